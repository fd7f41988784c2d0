"""The trusted side of backprop-course: it grades, and nothing of a hand-in ever runs in its process."""

__version__ = "0.1.0"
