"""Parameters that student code updates in place: kept here, sent with every step, brought up to date by its facts.

The student's ``step(params, grads)`` changes arrays of the worker's; what changed comes back as facts about the call.
`Held` applies them and keeps a history; `same_path` says at which step a history first leaves the true one, `pure`
whether a step did what only the caller may do. Values and purity are apart: an entry of ``params`` that was bound to a
new array counts as updated for `same_path`, and is what `pure` finds.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import judge
from .proxy import Facts

Arrays = dict[str, np.ndarray]
Script = Callable[[Arrays], Mapping[str, Any]]
IN_PLACE = "Update the array itself: params[name] -= … or params[name][...] = … ."
REBOUND = f"`p = p - …` gives the name p to a new array that nobody else sees. {IN_PLACE}"


@dataclass(frozen=True)
class Taken:
    """One step: the parameters before it, what came back for each of them, and the facts about the call."""

    before: Arrays
    after: dict[str, Any]
    facts: Facts


class Held:
    """Parameters and their history. ``last`` gives the facts of the last call; None: ``step`` runs in this process.

    ``label`` tells several such histories apart in sentences: "of the second optimizer", "with rho=0.6".
    """

    def __init__(
        self, params: Mapping[str, np.ndarray], last: Callable[[], Facts] | None = None, label: str = ""
    ) -> None:
        self.params: Arrays = {name: value.copy() for name, value in params.items()}
        self.last, self.label = last, label
        self.history: list[Taken] = []

    def step(self, step: Callable[..., Any], grads: Mapping[str, Any], *more: Mapping[str, Any]) -> None:
        """Call ``step`` on the parameters that ``grads`` names, with copies of the rest; note what came of it."""
        given = {name: self.params[name] for name in grads}
        before = {name: value.copy() for name, value in given.items()}
        step(given, *copy.deepcopy((dict(grads), *more)))
        facts = Facts() if self.last is None else self.last()
        after = _after(given, facts)
        for name, value in after.items():
            if _usable(value, before[name]):
                self.params[name] = value
        self.history.append(Taken(before, {name: _copied(value) for name, value in after.items()}, facts))


def _after(given: Arrays, facts: Facts) -> dict[str, Any]:
    after: dict[str, Any] = dict(given)
    for name in given:
        for where, what, value in facts.changes:
            if where == f"0[{name!r}]" and what in ("contents", "replaced"):
                after[name] = value
    return after


def _usable(value: Any, before: np.ndarray) -> bool:
    return isinstance(value, np.ndarray) and value.shape == before.shape and value.dtype.kind == "f"


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def same_path(mine: Held, true: Held, *, rtol: float | None = None, hint: str = "") -> None:
    """Pass if every step moved every parameter as in ``true``; fails at the first that did not.

    A move is right if it is within ``rtol`` of the largest true one, or if the parameters agree by the rule of all
    values (judge.RTOL of the largest entry).
    """
    for number, (got, wanted) in enumerate(zip(mine.history, true.history, strict=True), start=1):
        for name in wanted.after:
            _same_move(got, wanted, name, f"step {number} {mine.label}".rstrip(), rtol, hint)


def _same_move(got: Taken, wanted: Taken, name: str, where: str, rtol: float | None, hint: str) -> None:
    value, goal = got.after[name], wanted.after[name]
    if not _usable(value, goal) or value.dtype != goal.dtype:
        judge.array(value, goal, f"params[{name!r}] after {where}", hint=IN_PLACE)
    before, moved = got.before[name], goal - wanted.before[name]
    if np.any(moved) and np.array_equal(value, before):
        judge.fail(f"{where} leaves params[{name!r}] as it was.", REBOUND)
    single = goal.dtype == np.float32
    share, floor = (judge.RTOL32, judge.ATOL32) if single else (judge.RTOL, judge.ATOL)
    atol = share * float(np.max(np.abs(goal), initial=0.0)) + floor
    with np.errstate(all="ignore"):
        what, took = f"the move of params[{name!r}] in {where}", value - before
        limits = {"rtol": share if rtol is None else rtol, "atol": atol}
        if times := _times(took, moved):
            hint = f"{times} {hint}".rstrip()
        judge.close(took, moved, what, hint=hint, **limits)


def _times(took: np.ndarray, moved: np.ndarray) -> str:
    """A ratio that all entries share only roughly (there is an eps in it), which `judge` does not see."""
    there = moved != 0
    ratio = took[there].astype(np.float64) / moved[there]
    if ratio.size < 2 or not np.all(np.isfinite(ratio)) or np.any(took[~there]):
        return ""
    spread, middle = float(np.ptp(ratio)), float(np.median(ratio))
    return f"It is about {middle:.3g} times what it should be." if 1e-8 < spread <= 1e-4 * abs(middle) else ""


def pure(held: Held, others: tuple[str, ...] = ("grads",)) -> None:
    """Pass if no step changed anything but the contents of the parameters; ``others`` names the further arguments."""
    for number, taken in enumerate(held.history, start=1):
        for where, what, _ in taken.facts.changes:
            _allowed(where, what, number, others)


def _allowed(where: str, what: str, number: int, others: tuple[str, ...]) -> None:
    head = where.partition("[")[0]
    if head != "0":
        name = {str(place): name for place, name in enumerate(others, start=1)}.get(head, "an argument")
        judge.fail(f"step {number} changes {name}.", "Only params may change: compute a new array instead.")
    if what == "replaced":
        judge.fail(f"step {number} puts a new array in the place of an entry of params.", IN_PLACE)
    if what == "keys":
        judge.fail(f"step {number} adds or removes entries of params.", "What is remembered belongs into self.")


def learnt(held: Held, loss: Callable[[Arrays], float], at_most: float, what: str, hint: str = "") -> None:
    """Pass if ``loss`` of the parameters is at most ``at_most`` of what it was before the first step (NaN is not)."""
    start = loss(held.history[0].before)
    with np.errstate(all="ignore"):
        share = loss(held.params) / start
    if not share <= at_most:
        steps = len(held.history)
        left = f"{100 * share:.3g} %" if share < 10 else "far more than all"
        wanted = f"expected at most {100 * at_most:.3g} %"
        judge.fail(f"on {what} {left} of the loss is left after {steps} steps, {wanted}.", hint)
