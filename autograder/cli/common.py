"""What several commands share: the course, its secret, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.grading.batch import Progress as Notify
from autograder.grading.instrument import find_root
from autograder.model.config import Course, load_course
from autograder.model.errors import WrongUse
from autograder.model.result import Result

console = Console(highlight=False)


def course_here() -> tuple[Path, Course]:
    """The course's root and its grading.yml."""
    root = find_root()
    return root, load_course(root / "grading.yml")


def the_assignment(course: Course, name: str | None) -> str:
    """``name``, or the only assignment there is."""
    if name is not None:
        course.assignment(name)
        return name
    if len(course.assignments) == 1:
        return next(iter(course.assignments))
    raise WrongUse(f"say which assignment with -a: {', '.join(course.assignments)}")


def check_file(path: Path) -> None:
    """Raises WrongUse when no file can be written at ``path``."""
    if not path.parent.is_dir():
        raise WrongUse(f"there is no folder {path.parent}; make it or give another file")
    if path.is_dir():
        raise WrongUse(f"{path} is a folder; give the name of a file")


@contextmanager
def progress_bar(total: int, what: str) -> Iterator[Notify]:
    """A bar on a terminal, a line per hand-in elsewhere; no thread of its own, since the grader forks."""
    if not sys.stdout.isatty():
        yield _lines(total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def notify(name: str, result: Result | None) -> None:
            progress.update(task, advance=0 if result is None else 1, description=f"{what} {name[:32]:32}")
            progress.refresh()

        yield notify


def _lines(total: int) -> Notify:
    done = 0

    def notify(name: str, result: Result | None) -> None:
        nonlocal done
        if result is not None:
            done += 1
            score = "not graded" if result.score is None else f"{result.score:g}/{result.max_score:g}"
            print(f"[{done}/{total}] {name}: {score}", flush=True)

    return notify
