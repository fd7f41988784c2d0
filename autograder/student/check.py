"""``backprop check``: the public tests as a table of questions, and a word on what they do not decide."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .course import Assignment, Course
from .runner import NOT_ATTEMPTED, PASSED, Standing, assignments_of, run_tests

PAUSE = 0.5
"""Seconds between two looks at the files while watching."""


def check(course: Course, names: Sequence[str], assignment: str | None, limit: float, watch: bool) -> None:
    """Print the table for the questions that ``names`` mean; with ``watch`` again after each change.

    Raises WrongUse for a name that means no question.
    """
    questions = course.select(names, assignment)

    def show() -> None:
        standings = run_tests(course, questions, limit)
        for each in assignments_of(course, questions):
            mine = [standing for standing in standings if standing.question.assignment == each.name]
            print("\n".join(table(each, mine)), flush=True)

    show()
    if watch:
        watch_files(course.student_src, show)


def watch_files(folder: Path, show: Callable[[], None], sleep: Callable[[float], None] = time.sleep) -> None:
    """Call ``show`` whenever a module in ``folder`` changed, until Ctrl-C."""
    seen = _stamps(folder)
    print("Watching student_src. Save a file to run again, press Ctrl-C to stop.", flush=True)
    try:
        while True:
            sleep(PAUSE)
            if (now := _stamps(folder)) != seen:
                seen = now
                print(flush=True)
                show()
    except KeyboardInterrupt:
        print("\nStopped watching.")


def table(assignment: Assignment, standings: Sequence[Standing]) -> list[str]:
    """The lines to print for one assignment."""
    rows = [("question", "what", "public tests", "points")]
    rows += [
        (each.question.id, each.question.title, each.status, f"{each.points:g} of {each.question.public:g}")
        for each in standings
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [f"{assignment.name}: {assignment.title}", ""]
    lines += [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return [*lines, "", *_failures(standings), *_honest(assignment, standings)]


def _failures(standings: Sequence[Standing]) -> list[str]:
    """One line per question that does not pass; the untouched ones only where nothing else is to do."""
    failing = [each.message for each in standings if each.status not in (PASSED, NOT_ATTEMPTED) and not each.waits_for]
    untouched = [f"Next: {each.message}" for each in standings if each.status == NOT_ATTEMPTED or each.waits_for]
    lines = list(dict.fromkeys(failing)) or untouched[:1]
    return [*lines, ""] if lines else []


def _honest(assignment: Assignment, standings: Sequence[Standing]) -> list[str]:
    """The points reached, and what the public tests leave open."""
    reached = round(sum(each.points for each in standings), 6)
    public = round(sum(each.question.public for each in standings), 6)
    total = round(sum(each.question.points for each in standings), 6)
    whole = len(standings) == len(assignment.questions)
    which = "" if whole else " of these questions"
    return [
        f"You have {reached:g} of {public:g} public points{which}.",
        f"Public tests decide {public:g} of {total:g} points{which}, and count only when the hidden value tests "
        f"of the same question pass. The other {round(total - public, 6):g} are decided by hidden tests.",
    ]


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    stamps = {}
    for path in folder.glob("*.py"):
        try:
            stat = path.stat()
        except OSError:  # an editor is replacing it
            continue
        stamps[path.name] = (stat.st_mtime_ns, stat.st_size)
    return stamps
