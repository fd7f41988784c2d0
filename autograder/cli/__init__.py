"""The command line: parse and print, nothing else. Exit status 0 done, 2 wrong use, 3 grader fault."""

from __future__ import annotations

import os

# One thread for BLAS, before NumPy is imported: the grader forks, and a CPU clock must mean one thing.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from .main import main  # noqa: E402 - after the environment

__all__ = ["main"]
