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
    # BEGIN SOLUTION
    x, y = np.array([[3.0, -4.0, -1.0], [2.0, 2.5, -6.0]]), np.array([[1.0, -2.0, -5.0], [7.0, 2.0, -6.5]])
    upstream = np.array([[2.0, -3.0, 0.5], [-1.5, 4.0, 1.25]])
    x_wins = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])

    def gives(gate, upstream, *expected):
        """Return whether backward gives the expected gradients, in values and shapes, and leaves upstream alone."""
        kept = upstream.copy()
        gradients = gate.backward(upstream)
        same = [np.shape(g) == np.shape(e) and np.allclose(g, e) for g, e in zip(gradients, expected, strict=True)]
        return all(same) and np.array_equal(upstream, kept)

    gate, other = Maximum(), Maximum()
    assert np.allclose(gate.forward(x, y), [[3, -2, -1], [7, 2.5, -6]]), "forward is not the larger value"
    other.forward(y, x)
    for _ in range(2):
        assert gives(gate, upstream, upstream * x_wins, upstream * (1 - x_wins)), "the larger input gets the gradient"
    gate.forward(x, x)
    assert gives(gate, upstream, upstream, 0 * upstream), "at a tie x gets it all; and the latest forward counts"

    row = np.array([1.0, 2.5, -7.0])
    gate.forward(x, row)
    assert gives(gate, upstream, upstream * (x >= row), (upstream * (x < row)).sum(axis=0)), "y is not un-broadcast"
    gate.forward(row, x)
    assert gives(gate, upstream, (upstream * (row >= x)).sum(axis=0), upstream * (row < x)), "x is not un-broadcast"
    # END SOLUTION
