"""Tests that students write, tested: they must accept right classes and catch wrong ones.

The student's function gets shells of our classes (`standins.planted`), so neither the right code nor the wrong
enters their process; what they see is what the class answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import judge
from .draws import Draw
from .errors import StudentRaised
from .standins import planted


def accepts(check: Callable[..., Any], cls: type, name: str) -> bool:
    """Whether ``check(cls)`` returns None; False for an AssertionError, or when the class itself raised.

    Whatever else the student's test raises stays raised. ``name`` is what the class is called in the student's
    process: our own would tell what is wrong with it.
    """
    plant = planted(cls, name)
    raised: list[Exception] = []

    def answer_for(*args: Any) -> Any:
        try:
            return plant.answer(*args)
        except Exception as error:
            raised.append(error)
            raise

    try:
        answer = check(replace(plant, answer=answer_for))
    except StudentRaised as error:
        if error.builtin != "AssertionError" and not raised:
            raise
        return False
    if answer is not None:
        judge.fail(
            f"it returns {judge.kind_of(answer)}, expected None.",
            "A right class passes in silence; a wrong one makes an `assert` fail.",
        )
    return True


def must_tell(
    check: Callable[..., Any], right: Mapping[str, type], wrong: Mapping[str, type], name: str, lots: Draw
) -> None:
    """Pass if the student's test accepts every right class and catches every wrong one.

    The keys say how a right one is written, and what a wrong one does. They come in an order that nobody knows, right
    ones twice: a test that counts its calls instead of looking cannot know whose turn it is.
    """
    turns = [*right.items(), *wrong.items(), *right.items()]
    verdicts: dict[str, list[bool]] = {label: [] for label, _ in turns}
    for turn in lots.rng.permutation(len(turns)):
        label, cls = turns[turn]
        verdicts[label].append(accepts(check, cls, name))
    refused = [style for style in right if not all(verdicts[style])]
    if refused:
        judge.fail(
            f"your test refuses a right {name} ({refused[0]}).",
            "Work the expected numbers out by hand, and compare them with a tolerance: np.allclose.",
        )
    passed = [fault for fault in wrong if any(verdicts[fault])]
    if passed:
        rest = f", nor {len(passed) - 1} more" if len(passed) > 1 else ""
        judge.fail(
            f"your test does not catch a {name} that {passed[0]}{rest}.",
            "Ask: for which inputs would this mistake give another number? Add an assertion with those.",
        )
