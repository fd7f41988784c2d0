"""The report: one page for the class and one per hand-in, offline, from results only.

No page needs the network or anything beside it. Style and script stand inside each page, allowed by their hashes;
the content security policy forbids everything else.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from autograder.model.config import Course
from autograder.model.errors import WrongUse
from autograder.model.files import atomic_write
from autograder.model.result import ItemResult, Outcome, Result

from .feedback import Block, carried_sentence, feedback_blocks, grouped, headline, note_text, verdict
from .hygiene import environment
from .summary import BINS, Row, Summary, spread, summarise
from .words import SIGNS, STATUS, number, percent, plural, share_of, short_id

GENERATOR = "backprop report"
_TEMPLATES = Path(__file__).parent / "templates"
_CHART = {"width": 560, "height": 230, "left": 8, "right": 8, "top": 22, "bottom": 26}


@dataclass(frozen=True)
class Bar:
    """A bar of the histogram, in the chart's units."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str


def write_report(results: Sequence[Result], course: Course, folder: Path) -> Path:
    """Write ``index.html`` and a page per hand-in into ``folder``; gives the path of the index.

    Pages of an earlier report that are no longer needed are removed; other files are left alone. Raises WrongUse
    when ``results`` are of several assignments, or of one that the course does not have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = render(results, course)
    for name, text in pages.items():
        atomic_write(folder / name, text)
    for path in folder.glob("*.html"):
        if path.name not in pages and _is_ours(path):
            path.unlink()
    return folder / "index.html"


def render(results: Sequence[Result], course: Course) -> Mapping[str, str]:
    """File name -> HTML, the index last, so that it never points to a page that is not there yet."""
    names = sorted({result.assignment for result in results})
    if len(names) > 1:
        raise WrongUse(
            f"one report is for one assignment, these results are of {', '.join(names)}; report on each by itself"
        )
    title = course.assignment(names[0]).title if names else ""
    summary = summarise(results)
    if twice := [row.result.submission.id for row, after in pairwise(summary.rows) if row.stem == after.stem]:
        raise WrongUse(f"two results are of the hand-in {twice[0]!r}; keep one of them")
    shared = {"course": course.title, "title": title, "assignment": names[0] if names else ""}
    jinja = _jinja()
    pages = {f"{row.stem}.html": _page(jinja, shared, summary, place) for place, row in enumerate(summary.rows)}
    pages["index.html"] = _index(jinja, shared, summary)
    return pages


def _index(jinja: Environment, shared: Mapping[str, str], summary: Summary) -> str:
    return jinja.get_template("index.html.j2").render(
        shared,
        summary=summary,
        bars=_bars(summary.bins),
        chart=_CHART,
        median_x=_median_x(summary),
        run=_runs(summary),
    )


def _page(jinja: Environment, shared: Mapping[str, str], summary: Summary, place: int) -> str:
    rows, row = summary.rows, summary.rows[place]
    blocks = feedback_blocks(row.result)
    questions = [_question(row.result, block, at) for at, block in enumerate(blocks)]
    # What lost points comes first: that is what somebody opens the page for.
    questions.sort(key=lambda each: each["block"].points >= each["block"].max_points)
    return jinja.get_template("submission.html.j2").render(
        shared,
        row=row,
        result=row.result,
        headline=headline(row.result),
        questions=questions,
        before=rows[place - 1] if place else None,
        after=rows[place + 1] if place + 1 < len(rows) else None,
        slowest=_slowest(row.result),
    )


def _question(result: Result, block: Block, place: int) -> dict[str, Any]:
    items: list[ItemResult] = [item for item in result.items if item.question == block.id]
    return {
        "number": place + 1,
        "block": block,
        "lost": grouped(block.lost),
        "verdict": verdict(block),
        "carried": carried_sentence(block),
        "chips": [
            (part, _chip(part.points, part.max_points, part.outcome)) for part in result.questions[place].properties
        ],
        "tests": items,
        "share": share_of(block.points, block.max_points),
    }


def _chip(points: float, max_points: float, outcome: Outcome) -> str:
    """The class of a property's chip."""
    if outcome is Outcome.FAULT:
        return "fault"
    if points >= max_points:
        return "full"
    # Passed and yet no points: held back by the values, not wrong in itself.
    return "zero" if outcome is Outcome.FAILED else "none"


def _slowest(result: Result) -> list[tuple[str, str]]:
    ranked = sorted(result.run.item_seconds.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(name, f"{seconds:.2g} s") for name, seconds in ranked[:3]]


def _bars(bins: Sequence[int]) -> list[Bar]:
    span = (_CHART["width"] - _CHART["left"] - _CHART["right"]) / BINS
    room = _CHART["height"] - _CHART["top"] - _CHART["bottom"]
    top = max([*bins, 1])
    bars = []
    for place, count in enumerate(bins):
        height = round(room * count / top, 2)
        label = f"{100 * place // BINS} to {100 * (place + 1) // BINS} %"
        x = round(_CHART["left"] + place * span + 3, 2)
        bars.append(Bar(x, _CHART["top"] + room - height, round(span - 6, 2), height, count, label))
    return bars


def _median_x(summary: Summary) -> float | None:
    if summary.median is None:
        return None
    return round(_CHART["left"] + summary.median * (_CHART["width"] - _CHART["left"] - _CHART["right"]), 2)


def _runs(summary: Summary) -> dict[str, Any]:
    """What the runs of all results have in common, for the head and the foot of the index."""
    runs = [row.result.run for row in summary.rows]
    started = sorted(run.started for run in runs if run.started)
    keys = sorted({key for run in runs for key in run.probe})
    probe = [(key, spread([run.probe.get(key, "unknown") for run in runs])) for key in keys]
    return {
        "when": " – ".join(dict.fromkeys((started[0], started[-1]))) if started else "",
        "level": spread([run.level for run in runs]),
        "open": [row for row in summary.rows if row.result.run.level not in ("", "sealed")],
        "probe": [each for each in probe if each[1] not in ("blocked", "works")],
        "held": sum(value in ("blocked", "works") for _, value in probe),
        "facts": [(key, spread([getattr(run, key) for run in runs])) for key in ("machine", "python", "numpy")],
        "seconds": f"{sum(run.seconds for run in runs):.1f}",
    }


@functools.cache
def _jinja() -> Environment:
    jinja = environment()
    style, script = (Markup((_TEMPLATES / name).read_text(encoding="utf-8")) for name in ("report.css", "report.js"))
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}"
    jinja.globals.update(
        style=style,
        script=script,
        policy=f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'",
        generator=GENERATOR,
        signs=SIGNS,
        statuses=STATUS,
        plural=plural,
        note_text=note_text,
    )
    jinja.filters.update(number=number, percent=percent, short_id=short_id, width=_width, who=_who)
    return jinja


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}'"


def _width(share: float | None) -> str:
    return f"{100 * (share or 0.0):.1f}"


def _who(row: Row) -> str:
    """The id, where the name does not say it already."""
    return "" if row.name == row.result.submission.id else row.result.submission.id


def _is_ours(path: Path) -> bool:
    """Whether an earlier run wrote ``path``: only those are removed."""
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return f'<meta name="generator" content="{GENERATOR}">'.encode() in file.read(4096)
