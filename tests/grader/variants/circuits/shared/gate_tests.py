"""The test of Maximum as a table of passes, each with its expected gradients."""

import numpy as np

UP = np.array([[2.0, -3.0, 0.5], [-1.5, 4.0, 1.25]])
BIG = np.array([[3.0, -4.0, -1.0], [2.0, 2.5, -6.0]])
ROW = np.array([1.0, 2.5, -7.0])
PASSES = [
    (BIG, BIG[::-1], [[2.0, 0.0, 0.5], [0.0, 4.0, 0.0]], [[0.0, -3.0, 0.0], [-1.5, 0.0, 1.25]]),
    (BIG, BIG, UP, np.zeros((2, 3))),
    (BIG, ROW, [[2.0, 0.0, 0.5], [-1.5, 4.0, 1.25]], [0.0, -3.0, 0.0]),
    (ROW, BIG, [0.0, 1.0, 0.0], [[2.0, 0.0, 0.5], [-1.5, 0.0, 1.25]]),
]


def check_maximum(Maximum):
    gates = []
    for x, y, dx, dy in PASSES:
        gate = Maximum()
        gates.append((gate, dx, dy))
        assert np.array_equal(gate.forward(x.copy(), y.copy()), np.maximum(x, y)), "forward"
    for gate, dx, dy in gates:
        upstream = UP.copy()
        first, second = gate.backward(upstream)
        assert np.array_equal(upstream, UP), "upstream was changed"
        for got, expected in ((first, dx), (second, dy)):
            assert got.shape == np.shape(expected), "shape"
            np.testing.assert_allclose(got, expected)
