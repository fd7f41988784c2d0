"""Hidden items of optimizer_tests.py: the student's test is run on right and on wrong classes.

Which class is called with what is up to the student; the verdicts alone count. Mistakes that live on shared memory
between two calls (a velocity that is the gradient's own array) cannot be planted: the wire carries copies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.suite import item, written
from autograder.suite.proxy import StudentProxy


class Separate:
    """Right, in another style: one small object per name, and the sum written out."""

    def __init__(self, lr: float, momentum: float = 0.9, averaged: bool = False, weight_decay: float = 0.0) -> None:
        self.lr, self.mu, self.share = lr, momentum, 1 - momentum if averaged else 1.0
        self.decay = weight_decay
        self.velocities: dict[str, Any] = {}

    def step(self, params: dict[str, Any], grads: dict[str, Any]) -> None:
        """One update, in place."""
        for name in reversed(list(params)):
            old = self.velocities.get(name, 0.0)
            new = self.velocities[name] = self.mu * np.asarray(old) + self.share * grads[name]
            params[name][...] = params[name] - self.lr * self.decay * params[name] - self.lr * new


GROSS = {
    "momentum-stateless": "forgets its velocity between steps",
    "momentum-uphill": "goes uphill",
    "momentum-always-averaged": "always averages",
    "momentum-replaces": "puts new arrays into params",
}
SUBTLE = {
    "momentum-never-averaged": "ignores averaged=True",
    "momentum-always-nine-tenths": "ignores its momentum and always uses 0.9",
    "momentum-first-lr": "keeps the lr it was made with",
    "momentum-lr-in-velocity": "lets old gradients count with the old lr",
    "momentum-names-share": "has one velocity for all names",
    "momentum-instances-share": "shares its velocity between instances",
    "momentum-decay-in-the-gradient": "adds the weight decay to the gradient",
    "momentum-decay-without-lr": "decays without lr",
    "momentum-decay-spares-biases": "does not decay biases",
    "momentum-changes-gradients": "changes the gradients it was given",
}


def tells(
    student: StudentProxy, reference: Any, mistaken: Callable[[str], type], faults: dict[str, str], lots: Any
) -> None:
    """Pass if the student's test accepts the right classes and catches those with ``faults``."""
    right = {"velocities in a dict": reference.optimizers.Momentum, "the sum written out": Separate}
    wrong = {fault: mistaken(id) for id, fault in faults.items()}
    written.must_tell(student.optimizer_tests.check_momentum, right, wrong, "Momentum", lots)


@item("optimization.check_momentum", "value", "accepts right classes, catches coarse mistakes")
def test_coarse(student, reference, mistaken, lots):
    tells(student, reference, mistaken, GROSS, lots)


@item("optimization.check_momentum", "catches", "catches subtler mistakes")
def test_subtle(student, reference, mistaken, lots):
    tells(student, reference, mistaken, SUBTLE, lots)
