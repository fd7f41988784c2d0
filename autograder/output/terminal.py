"""Results on a terminal: a table for people, one plain line per hand-in for pipes and logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.model.result import Outcome, QuestionResult, Result

from .hygiene import line
from .summary import summarise
from .words import (
    STATUS,
    UNJUDGED,
    in_order,
    number,
    people,
    percent,
    plural,
    score_share,
    short_id,
    unscored,
)

WORST: Final = 3
_COLOURS = {
    "graded": "green",
    "not attempted": "yellow",
    "unreadable": "red",
    "over budget": "yellow",
    "grader fault": "bold red",
}


def print_table(results: Sequence[Result], console: Console) -> None:
    """Print ``results``: a table when ``console`` is a terminal, otherwise one line each and a total."""
    if console.is_terminal:
        console.print(_table(results))
    else:
        for result in in_order(results):
            _plain(console, result_line(result))
    _plain(console, _total(results))


def result_line(result: Result) -> str:
    """``ada: 87.5/100 graded; multiply −2 (swapped), graph_backward −4``, without colour or line end."""
    told = _told(result)
    score = _score(result) + ("," if result.score is None else "")
    return f"{line(result.submission.id, 80)}: {score} {STATUS[result.status]}{f'; {told}' if told else ''}"


def _table(results: Sequence[Result]) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("Hand-in", overflow="fold", ratio=3)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Where points were lost", overflow="fold", ratio=6)
    for result in in_order(results):
        share = percent(score_share(result)).removesuffix(" %")
        who = people(result)
        # Text, never str: rich reads square brackets in a str as markup.
        name = Text(line(result.submission.id, 60)).append(f"\n{line(who, 60)}" if who else "", style="dim")
        status = Text(STATUS[result.status], style=_COLOURS[result.status])
        table.add_row(name, Text(_score(result)), Text(share), status, Text(_told(result)))
    return table


def _score(result: Result) -> str:
    return "no score" if result.score is None else f"{number(result.score)}/{number(result.max_score)}"


def _told(result: Result) -> str:
    """The questions that cost most, with the mistake where it has a name."""
    if result.status in ("unreadable", "grader fault", "over budget"):
        return line(result.summary, 160)
    lost = [each for each in result.questions if each.points < each.max_points and not unscored(result, each)]
    lost.sort(key=lambda each: (each.outcome in UNJUDGED, each.points - each.max_points))
    tried = [each for each in lost if each.outcome is not Outcome.NOT_ATTEMPTED]
    parts = [_cost(each) for each in tried[:WORST]]
    if more := len(tried[WORST:]):
        parts.append(f"{more} more")
    if empty := len(lost) - len(tried):
        parts.append(f"{empty} not attempted")
    return ", ".join(parts)


def _cost(question: QuestionResult) -> str:
    named = f" ({line(question.diagnosis.mistake, 60)})" if question.diagnosis else ""
    return f"{line(short_id(question.id), 60)} −{number(question.max_points - question.points)}{named}"


def _total(results: Sequence[Result]) -> str:
    summary = summarise(results)
    missing = len(summary.rows) - len(summary.shares)
    middle = f", median {percent(summary.median)}, mean {percent(summary.mean)}" if summary.shares else ""
    return f"{plural(len(summary.rows), 'hand-in')}{middle}{f', {missing} without a score' if missing else ''}"


def _plain(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)
