"""From item outcomes to points: a property's points when all its items pass, none where ``value`` does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.model.config import PROPERTIES, Question
from autograder.model.result import Diagnosis, ItemResult, Outcome, PropertyResult, QuestionResult

_WORST_FIRST = (Outcome.FAULT, Outcome.FAILED, Outcome.NOT_CHECKED, Outcome.NOT_ATTEMPTED)


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of several items: passed only if all are; all not attempted stays not attempted."""
    if outcomes and all(outcome == Outcome.NOT_ATTEMPTED for outcome in outcomes):
        return Outcome.NOT_ATTEMPTED
    for outcome in _WORST_FIRST:
        if outcome in outcomes:
            return Outcome.FAILED if outcome == Outcome.NOT_ATTEMPTED else outcome
    return Outcome.PASSED if outcomes else Outcome.NOT_CHECKED


def score_question(
    id: str,
    question: Question,
    items: Sequence[ItemResult],
    diagnosis: Diagnosis | None,
    carried: tuple[str, ...],
) -> QuestionResult:
    """The result of one question from its items."""
    outcomes = {
        name: together([item.outcome for item in items if item.property == name]) for name in question.points
    }
    holds = outcomes["value"] == Outcome.PASSED
    properties = tuple(
        PropertyResult(
            name=name,
            title=PROPERTIES[name],
            points=points if holds and outcomes[name] == Outcome.PASSED else 0.0,
            max_points=points,
            outcome=outcomes[name],
            reason="" if holds or outcomes[name] != Outcome.PASSED else "counts once the values are right",
        )
        for name, points in question.points.items()
    )
    return QuestionResult(
        id=id,
        title=question.title,
        points=round(sum(each.points for each in properties), 6),
        max_points=question.max_points,
        outcome=together([item.outcome for item in items]),
        properties=properties,
        diagnosis=diagnosis,
        carried=carried,
    )
