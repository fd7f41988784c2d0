"""The test of Maximum as a class of cases. Uses the gradient of a right gate written down once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """Inputs, and the share of the upstream gradient that x gets."""

    x: Any
    y: Any
    to_x: Any

    def check(self, gate: Any, upstream: Any) -> None:
        before = upstream.tobytes()
        got = gate.backward(upstream)
        assert upstream.tobytes() == before
        wanted = upstream * np.array(self.to_x), upstream * (1 - np.array(self.to_x))
        for one, whole, given in zip(got, wanted, (self.x, self.y), strict=True):
            shape = np.shape(given)
            expected = whole if shape == whole.shape else whole.sum(0)
            assert np.shape(one) == shape
            assert np.allclose(one, expected, rtol=1e-9, atol=1e-9)


A, B = np.array([[1.0, -2.0], [-3.0, 5.0], [0.5, 4.0]]), np.array([[2.0, -5.0], [-4.0, 6.0], [0.5, 1.0]])
CASES = (
    Case(A, B, [[0, 1], [1, 0], [1, 1]]),
    Case(A, A, np.ones((3, 2))),
    Case(A, np.array([0.5, 4.0]), [[1, 0], [0, 1], [1, 1]]),
    Case(np.array([0.5, 4.0]), A, [[0, 1], [1, 0], [1, 1]]),
)


def check_maximum(Maximum: Any) -> None:
    """Several gates at once, each asked twice."""
    upstream = np.array([[1.5, -2.0], [3.0, 0.5], [-1.0, 2.5]])
    pairs = [(case, Maximum()) for case in CASES]
    for case, gate in pairs:
        assert np.allclose(gate.forward(case.x, case.y), np.maximum(case.x, case.y))
    for case, gate in pairs * 2:
        case.check(gate, upstream)
