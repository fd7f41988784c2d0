"""Your modules: write here, then run `python -m autograder check` in the folder above."""
