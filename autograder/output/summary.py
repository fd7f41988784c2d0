"""What a set of results says about the class: rows, cells, distribution, questions, mistakes, attention."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from autograder.model.result import Outcome, QuestionResult, Result

from .hygiene import file_stems
from .words import (
    SIGNS,
    STATUS,
    in_order,
    number,
    of_points,
    people,
    percent,
    score_share,
    share_of,
    unscored,
)

LOW: Final = 0.4
"""A graded hand-in below this share of the points is worth a look."""
BINS: Final = 10
_WATCHED: Final = {"grader fault": "fault", "unreadable": "unreadable", "over budget": "over budget"}


@dataclass(frozen=True)
class Cell:
    """One question of one hand-in: ``kind`` is the class of its colour, ``sign`` what stands in it."""

    kind: str
    sign: str
    text: str
    order: float


@dataclass(frozen=True)
class Row:
    """One hand-in in the table."""

    result: Result
    stem: str
    name: str
    share: float | None
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class QuestionStat:
    """How the class did on one question; ``judged`` counts the hand-ins whose points are known."""

    id: str
    title: str
    max_points: float
    judged: int
    mean: float | None
    passed: int
    not_attempted: int
    mistake: str
    mistake_count: int


@dataclass(frozen=True)
class MistakeStat:
    """A named mistake and who made it."""

    mistake: str
    sentence: str
    questions: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Attention:
    """Hand-ins that want a person's eyes, and why."""

    rows: tuple[Row, ...]
    kind: str
    why: str


@dataclass(frozen=True)
class Summary:
    """Everything the index page shows."""

    rows: tuple[Row, ...]
    questions: tuple[QuestionStat, ...]
    mistakes: tuple[MistakeStat, ...]
    attention: tuple[Attention, ...]
    bins: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.shares) if self.shares else None

    @property
    def median(self) -> float | None:
        return statistics.median(self.shares) if self.shares else None


def summarise(results: Sequence[Result]) -> Summary:
    """Statistics over ``results`` (of one assignment), in the order of their ids."""
    ordered = in_order(results)
    titles = {question.id: question for result in ordered for question in result.questions}
    stems = file_stems(result.submission.id for result in ordered)
    rows = tuple(_row(result, stems[result.submission.id], tuple(titles)) for result in ordered)
    shares = tuple(sorted(row.share for row in rows if row.share is not None))
    return Summary(
        rows=rows,
        questions=tuple(_question(question, ordered) for question in titles.values()),
        mistakes=_mistakes(rows),
        attention=tuple(_attention(rows)),
        bins=_bins(shares),
        shares=shares,
    )


def _row(result: Result, stem: str, questions: Sequence[str]) -> Row:
    found = {question.id: question for question in result.questions}
    cells = tuple(_cell(result, found[each]) if each in found else None for each in questions)
    return Row(result, stem, people(result) or result.submission.id, score_share(result), cells)


def _cell(result: Result, question: QuestionResult) -> Cell:
    share = share_of(question.points, question.max_points)
    text = f"{question.title}: {of_points(question.points, question.max_points)}"
    if question.outcome is Outcome.FAULT or unscored(result, question):
        return Cell("fault", SIGNS[question.outcome], f"{question.title}: {question.outcome.value}, no points", -1)
    if question.outcome in (Outcome.NOT_ATTEMPTED, Outcome.NOT_CHECKED):
        return Cell("none", SIGNS[question.outcome], f"{text}, {question.outcome.value}", 0)
    if share == 1:
        return Cell("full", SIGNS[Outcome.PASSED], text, 1)
    if share == 0:
        return Cell("zero", SIGNS[Outcome.FAILED], text, 0)
    return Cell("most" if share >= 0.6 else "some", percent(share).removesuffix(" %"), text, share)


def _question(question: QuestionResult, results: Sequence[Result]) -> QuestionStat:
    same = [(result, each) for result in results for each in result.questions if each.id == question.id]
    judged = [each for result, each in same if not unscored(result, each)]
    named = Counter(each.diagnosis.mistake for _, each in same if each.diagnosis)
    # The most frequent; of equally frequent ones the first by name, whatever the order of the hand-ins.
    mistake, count = min(named.items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))
    return QuestionStat(
        id=question.id,
        title=question.title,
        max_points=question.max_points,
        judged=len(judged),
        mean=statistics.fmean(share_of(each.points, each.max_points) for each in judged) if judged else None,
        passed=sum(each.outcome is Outcome.PASSED for each in judged),
        not_attempted=sum(each.outcome is Outcome.NOT_ATTEMPTED for each in judged),
        mistake=mistake,
        mistake_count=count,
    )


def _mistakes(rows: Sequence[Row]) -> tuple[MistakeStat, ...]:
    found: dict[str, list[tuple[Row, QuestionResult]]] = {}
    for row in rows:
        for question in row.result.questions:
            if question.diagnosis:
                found.setdefault(question.diagnosis.mistake, []).append((row, question))
    stats = []
    for mistake, pairs in found.items():
        first = pairs[0][1].diagnosis
        who = {row.stem: row for row, _ in pairs}
        asked = tuple(dict.fromkeys(question.id for _, question in pairs))
        stats.append(MistakeStat(mistake, first.sentence if first else "", asked, tuple(who.values())))
    return tuple(sorted(stats, key=lambda each: (-len(each.rows), each.mistake)))


def _attention(rows: Sequence[Row]) -> Iterator[Attention]:
    for row in sorted(rows, key=lambda each: each.result.status not in _WATCHED):
        result = row.result
        errors = [note.sentence for note in result.submission.notes if note.level == "error"]
        if result.status in _WATCHED:
            yield Attention((row,), _WATCHED[result.status], result.summary or STATUS[result.status])
        elif errors:
            yield Attention((row,), "note", errors[0])
        elif result.status == "not attempted":
            yield Attention((row,), "empty", "nothing was attempted")
        elif row.share is not None and row.share < LOW:
            yield Attention((row,), "low", of_points(result.score or 0.0, result.max_score))
    for same in _twins(rows):
        yield Attention(tuple(same), "same files", "all their files are the same")


def _twins(rows: Sequence[Row]) -> list[list[Row]]:
    """Hand-ins with exactly the same files."""
    by_digest: dict[str, list[Row]] = {}
    for row in rows:
        if row.result.status == "graded" and row.result.submission.files:
            by_digest.setdefault(row.result.submission.digest, []).append(row)
    return [same for same in by_digest.values() if len(same) > 1]


def _bins(shares: Sequence[float]) -> tuple[int, ...]:
    # Rounded first: 0.7 of 100 points must not fall below its own edge.
    places = Counter(min(BINS - 1, int(round(share * BINS, 9))) for share in shares)
    return tuple(places[place] for place in range(BINS))


def spread(values: Sequence[str]) -> str:
    """Equal values once, otherwise each with its count: what the runs of several results have in common."""
    counts = Counter(value for value in values if value)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{value} ({number(count)})" for value, count in sorted(counts.items()))
