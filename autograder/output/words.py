"""How results are put into words and signs: the same in the report, the feedback and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from autograder.model.result import Outcome, QuestionResult, Result

from .hygiene import line

SIGNS: Final[Mapping[Outcome, str]] = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.NOT_ATTEMPTED: "–",
    Outcome.NOT_CHECKED: "?",
    Outcome.FAULT: "!",
}
STATUS: Final[Mapping[str, str]] = {
    "graded": "graded",
    "not attempted": "nothing attempted",
    "unreadable": "could not be read",
    "over budget": "over the time budget",
    "grader fault": "grader fault",
}
UNJUDGED: Final = frozenset({Outcome.NOT_CHECKED, Outcome.FAULT})


def number(value: float) -> str:
    """Points as people write them: ``2``, ``0.5``, ``66.666667``."""
    rounded = round(float(value), 6) + 0.0
    return str(int(rounded)) if rounded.is_integer() else repr(rounded)


def of_points(points: float, max_points: float) -> str:
    return f"{number(points)} of {number(max_points)} point{'' if max_points == 1 else 's'}"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share as whole per cent; 100 only when nothing is missing, 0 only when nothing is there."""
    if share is None:
        return ""
    if 0 < share < 1:
        return f"{min(99, max(1, round(100 * share)))} %"
    return f"{round(100 * share)} %"


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def share_of(points: float, max_points: float) -> float:
    return min(1.0, max(0.0, points / max_points)) if max_points > 0 else 0.0


def score_share(result: Result) -> float | None:
    """The score as a part of the maximum, or None where there is no score."""
    return None if result.score is None else share_of(result.score, result.max_score)


def unscored(result: Result, question: QuestionResult) -> bool:
    """Whether the points of ``question`` are unknown rather than lost: the instrument failed on it."""
    return question.outcome is Outcome.FAULT or (result.score is None and question.outcome in UNJUDGED)


def short_id(question_id: str) -> str:
    """``circuits.multiply`` without its assignment."""
    return question_id.rpartition(".")[2]


def people(result: Result) -> str:
    """The names of who handed in, on one line; the address or number of a person without a name."""
    shown = (person.name or person.email or person.sid for person in result.submission.people)
    return "; ".join(line(name) for name in shown if name)


def in_order(results: Iterable[Result]) -> Sequence[Result]:
    """By id of the hand-in: the order of every table."""
    return sorted(results, key=lambda each: (each.submission.id, each.assignment, each.submission.digest))
