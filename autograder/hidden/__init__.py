"""The hidden suites, one folder per assignment."""
