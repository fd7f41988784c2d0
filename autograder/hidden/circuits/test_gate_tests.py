"""Hidden items of gate_tests.py: the student's test is run on right and on wrong classes.

Which class is called with what is up to the student; the verdicts alone count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.suite import item, written
from autograder.suite.proxy import StudentProxy


class Where:
    """Right, in another style: two masks, and broadcasting undone axis by axis."""

    def forward(self, x: Any, y: Any) -> Any:
        """The larger of the two, entry by entry."""
        self.inputs = np.asarray(x, np.float64), np.asarray(y, np.float64)
        return np.where(self.inputs[0] >= self.inputs[1], *self.inputs)

    def backward(self, upstream: Any) -> list[Any]:
        """(dx, dy), as a list."""
        x, y = self.inputs
        return [self._like(upstream * (x >= y), x), self._like(upstream * ~(x >= y), y)]

    def _like(self, gradient: Any, x: Any) -> Any:
        while gradient.ndim > x.ndim:
            gradient = gradient.sum(0)
        for axis, size in enumerate(x.shape):
            if size == 1:
                gradient = gradient.sum(axis, keepdims=True)
        return gradient


COARSE = {
    "maximum-minimum": "returns the smaller value",
    "maximum-to-both": "gives both inputs the gradient",
    "maximum-to-the-smaller": "gives the smaller input the gradient",
    "maximum-ignores-upstream": "leaves upstream out",
}
SUBTLE = {
    "maximum-ties-to-y": "gives y the gradient at a tie",
    "maximum-ties-to-both": "gives both the gradient at a tie",
    "maximum-ties-halved": "halves the gradient at a tie",
    "maximum-like-relu": "asks whether x is positive",
    "maximum-by-upstream": "routes by the sign of upstream",
    "maximum-whole-array": "decides once for the whole array",
    "maximum-times-winner": "multiplies by the larger value",
    "maximum-not-unbroadcast": "returns gradients of the output's shape",
    "maximum-first-not-unbroadcast": "undoes broadcasting for y only",
    "maximum-class-state": "remembers its inputs on the class",
    "maximum-changes-upstream": "changes upstream",
}


def tells(
    student: StudentProxy, reference: Any, mistaken: Callable[[str], type], faults: dict[str, str], lots: Any
) -> None:
    """Pass if the student's test accepts the right classes and catches those with ``faults``."""
    right = {"the course's": reference.gates.Maximum, "written with np.where": Where}
    wrong = {fault: mistaken(id) for id, fault in faults.items()}
    written.must_tell(student.gate_tests.check_maximum, right, wrong, "Maximum", lots)


@item("circuits.check_maximum", "value", "accepts right classes, catches coarse mistakes")
def test_coarse(student, reference, mistaken, lots):
    tells(student, reference, mistaken, COARSE, lots)


@item("circuits.check_maximum", "catches", "catches subtler mistakes")
def test_subtle(student, reference, mistaken, lots):
    tells(student, reference, mistaken, SUBTLE, lots)
