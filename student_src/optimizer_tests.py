"""A test that you write yourself: it accepts a right `Momentum` and catches a wrong one.

A test is good if right code passes, however it is written, and wrong code fails. So compare numbers that you
worked out by hand, and choose inputs for which each mistake gives other numbers.
"""

import numpy as np


def check_momentum(Momentum):
    """Return None if the class `Momentum` is right, and raise AssertionError if it is wrong.

    Momentum: a class, used like the one in `optimizers.py`: `Momentum(lr, momentum=0.9, averaged=False,
    weight_decay=0.0)`, then `step(params, grads)` as often as you like, with `lr` writable in between.
    It is right if it does what the handout says of Momentum; how it stores its state is its own affair. The rules of
    check_momentum there say what a wrong one may get wrong, and what your arrays and your tolerance must be.
    """
    raise NotImplementedError("optimization.check_momentum: write check_momentum")
