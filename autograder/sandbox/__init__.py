"""Runs code nobody trusts in a sealed process and brings back values. Knows no course.

This folder is loaded twice: as ``autograder.sandbox`` in the grader, and under the bare name ``sandbox`` in the
nursery, whose path holds nothing else of ours. So its modules import each other relatively and nothing above them.
"""
