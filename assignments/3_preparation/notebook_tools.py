"""Helper of the notebook for what is right up to a sign. Given."""

import numpy as np


def up_to_sign(yours, expected):
    """`expected`, each column with the sign that yours has: both signs of an axis are right."""
    yours, expected = np.asarray(yours, dtype=float), np.asarray(expected, dtype=float)
    if yours.shape != expected.shape:
        return expected
    return expected * np.where(np.sum(yours * expected, axis=0) < 0, -1.0, 1.0)
