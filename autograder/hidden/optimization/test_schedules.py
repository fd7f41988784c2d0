"""Hidden items of schedules.py: rates at many epochs, in no order; the search for a rate with losses made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.suite import item, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import RemoteObject


def rates(schedule: Any, epochs: Sequence[int]) -> list[Any]:
    if not (isinstance(schedule, RemoteObject) and schedule._can_call):
        judge.fail("a schedule cannot be called, expected an object with the method __call__(epoch).")
    return [schedule(epoch) for epoch in epochs]


@dataclass(frozen=True)
class Case:
    """An item: a schedule, its arguments as bounds between which they are drawn or as they are, and its epochs."""

    key: str
    id: str
    title: str
    name: str
    arguments: Mapping[str, Any]
    epochs: Sequence[int]

    def drawn(self, draw: Draw) -> dict[str, Any]:
        return {
            name: float(draw.uniform(*value)) if isinstance(value, tuple) else value
            for name, value in self.arguments.items()
        }


LR = (0.05, 0.9)
CASES = (
    Case("constant", "same", "The same rate in every epoch", "Constant", {"lr": LR}, (0, 1, 2, 17)),
    Case("step_decay", "stairs", "The first stairs, by half", "StepDecay", {"lr": LR, "every": 3}, range(8)),
    Case(
        "step_decay",
        "factor",
        "Another factor, epochs in any order",
        "StepDecay",
        {"lr": LR, "every": 5, "factor": (0.2, 0.4)},
        (12, 4, 5, 0, 9, 10, 12, 31),
    ),
    Case("exponential_decay", "decay", "From epoch 0 on", "ExponentialDecay", {"lr": LR, "rate": (0.1, 0.4)}, range(6)),
    Case(
        "exponential_decay",
        "any_order",
        "Epochs in any order, a faster decay",
        "ExponentialDecay",
        {"lr": LR, "rate": (1.2, 1.6)},
        (7, 0, 3, 1, 7, 2),
    ),
    Case(
        "cyclic",
        "cycle",
        "Up and down again",
        "Cyclic",
        {"low": (0.01, 0.1), "high": (0.5, 1.0), "half_cycle": 3},
        range(7),
    ),
    Case(
        "cyclic",
        "cycles",
        "Later cycles, epochs in any order",
        "Cyclic",
        {"low": (0.01, 0.1), "high": (0.5, 1.0), "half_cycle": 5},
        (25, 7, 10, 0, 18, 7, 32, 44, 20),
    ),
)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{case.key}-{case.id}", marks=item(f"optimization.{case.key}", "value", case.title))
        for case in CASES
    ],
)
def test_schedule(student, reference, draw, case):
    arguments = case.drawn(draw)
    got = rates(getattr(student.schedules, case.name)(**arguments), case.epochs)
    schedule = getattr(reference.schedules, case.name)(**arguments)
    for epoch, value in zip(case.epochs, got, strict=True):
        judge.array(
            value,
            schedule(epoch),
            f"the rate of epoch {epoch}",
            hint="Write the rates of the first epochs down by hand.",
        )


# best_power_of_ten


class Runs:
    """``run``, for the student: a loss for each exponent; notes the learning rates it is asked for."""

    def __init__(self, losses: Mapping[int, float]) -> None:
        self.losses = losses
        self.asked: list[float] = []
        self.odd = ""

    def __call__(self, *args: Any, **kwargs: Any) -> float:
        value = np.asarray(args[0] if len(args) == 1 and not kwargs else None)
        lr = float(value) if value.shape == () and value.dtype.kind in "iuf" else float("nan")
        known = [e for e in self.losses if abs(lr - 10.0**e) <= 1e-9 * 10.0**e]
        if not known:
            self.odd = "run is given something else than 10.0**e for an e of exponents."
            return 0.0
        self.asked.append(10.0 ** known[0])
        return self.losses[known[0]]

    def check(self) -> None:
        judge.true(not self.odd, self.odd, "Try 10.0**e for every e in exponents, and nothing else.")


def losses_of(draw: Draw, exponents: Sequence[int], best: int) -> dict[int, float]:
    """A loss for each exponent, apart from each other; the smallest at ``best``."""
    values = draw.rng.permutation(np.arange(1, len(exponents) + 1)) + draw.uniform(0.1, 0.4, len(exponents))
    return {e: 0.5 if e == best else float(value) for e, value in zip(exponents, values, strict=True)}


def searched(student: Any, runs: Runs, best: int, hint: str = "Return the rate itself, 10.0**e.") -> None:
    got = student.schedules.best_power_of_ten(runs, list(runs.losses))
    runs.check()
    judge.array(got, 10.0**best, "the learning rate", hint=hint)


@pytest.mark.parametrize(
    ("exponents", "best"),
    [
        pytest.param(exponents, best, id=name, marks=item("optimization.best_power_of_ten", "value", title))
        for name, exponents, best, title in (
            ("middle", (-5, -4, -3, -2, -1), -3, "The best in the middle"),
            ("unordered", (-1, -6, 0, 1, -2), 1, "Exponents in any order, also 0 and above"),
        )
    ],
)
def test_best(student, draw, exponents, best):
    searched(student, Runs(losses_of(draw, exponents, best)), best)


@item("optimization.best_power_of_ten", "calls", "Each rate is run once")
def test_best_calls(student, draw):
    runs = Runs(losses_of(draw, (-4, -1, -3, -2), -3))
    student.schedules.best_power_of_ten(runs, list(runs.losses))
    runs.check()
    judge.true(
        sorted(runs.asked) == sorted(10.0**e for e in runs.losses),
        f"run is called {len(runs.asked)} times for {len(runs.losses)} exponents, expected once for each.",
        "A run is a training: keep its loss instead of asking again.",
    )


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(values, id=name, marks=item("optimization.best_power_of_ten", "stability", title))
        for name, values, title in (
            ("nan", (float("nan"), float("nan")), "Runs that end in NaN do not count"),
            ("infinite", (float("inf"), float("-inf")), "Runs that end in inf or -inf do not count"),
        )
    ],
)
def test_best_diverged(student, draw, bad):
    runs = Runs({-5: bad[0], **losses_of(draw, (-4, -3, -2), -3), -1: bad[1]})
    searched(student, runs, -3, "A run whose loss is not finite has diverged: it is not the best.")
