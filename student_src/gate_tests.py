"""A test that you write yourself: it accepts a right `Maximum` gate and catches a wrong one.

A test is good if right code passes, however it is written, and wrong code fails. So compare with numbers that
you worked out by hand, and choose inputs for which each mistake gives other numbers.

Source: lecture note 3 (the max gate routes); CS231n notes, "Gradient checks".
"""

import numpy as np


def check_maximum(Maximum):
    """Return None if the class `Maximum` is right, and raise AssertionError if it is wrong.

    Maximum: a class, used like the one in `gates.py`: `gate = Maximum()`, then `gate.forward(x, y)` and
    `gate.backward(upstream)`. It is right if it does what the handout says of Maximum: values, gradients, ties,
    broadcasting, several forwards and backwards, several gates side by side.
    """
    raise NotImplementedError("circuits.check_maximum: write check_maximum")
