"""``grades.csv``: one row per hand-in, one column per question."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from autograder.model.config import Assignment
from autograder.model.result import PersonRecord, Result

from ..hygiene import cell
from ..words import in_order, number, short_id, unscored

COLUMNS = ("submission", "name", "id", "score", "max_score", "status")
_WHOLE = 2**53


def grades_csv(results: Sequence[Result], assignment: Assignment) -> str:
    """The gradebook as RFC 4180 text with LF ends: sorted by submission, empty where there is no score.

    Texts are quoted and can start no formula; numbers are bare. The people of a group are joined with ``; ``.
    """
    columns = _question_columns(results, assignment)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([cell(name) for name in (*COLUMNS, *columns.values())])
    for result in in_order(results):
        writer.writerow(_row(result, columns))
    return buffer.getvalue()


def _question_columns(results: Sequence[Result], assignment: Assignment) -> Mapping[str, str]:
    """Question key -> column: the order of grading.yml, the ids of the results."""
    ids = {short_id(question.id): question.id for result in in_order(results) for question in result.questions}
    columns = {key: ids.pop(key, key) for key in assignment.questions}
    return {**columns, **ids}


def _row(result: Result, columns: Mapping[str, str]) -> list[str | int | float]:
    points = {
        short_id(question.id): None if unscored(result, question) else question.points for question in result.questions
    }
    return [
        cell(result.submission.id),
        _joined(result.submission.people, "name"),
        _joined(result.submission.people, "sid"),
        _number(result.score),
        _number(result.max_score),
        cell(result.status),
        *(_number(points.get(key)) for key in columns),
    ]


def _joined(people: Sequence[PersonRecord], key: str) -> str:
    # Each by itself: a spreadsheet that splits at ";" must not meet a formula either.
    return "; ".join(str(cell(getattr(person, key))) for person in people)


def _number(value: float | None) -> str | int | float:
    if value is None:
        return ""
    text = number(value)
    return int(text) if text.lstrip("-").isdigit() and abs(value) < _WHOLE else float(text)
