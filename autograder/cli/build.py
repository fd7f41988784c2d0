"""Commands that make things: sync and the bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.build.bundles import bundle_gradescope, bundle_student
from autograder.build.sync import sync as synchronise
from autograder.model.errors import WrongUse

from .common import console, course_here, the_assignment
from .grade import AssignmentOption


def register(app: typer.Typer) -> None:
    app.command("sync", help="Generate again what is generated: stubs, notebooks, tables.")(sync)
    app.command("bundle", help="Make a zip: 'student' or 'gradescope'.")(bundle)


def sync(
    check: Annotated[bool, typer.Option("--check", help="Only say what differs; exit 1 if anything does.")] = False,
) -> int:
    """Write or check every generated file."""
    root, _ = course_here()
    drifts = synchronise(root, check)
    for drift in drifts:
        console.print(str(drift) if check else f"written: {drift.path}", soft_wrap=True)
    if not drifts:
        console.print("everything generated is up to date")
    return 1 if check and drifts else 0


def bundle(
    kind: Annotated[str, typer.Argument(help="student or gradescope.", metavar="KIND")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The zip to write.")],
    assignment: AssignmentOption = None,
) -> None:
    """Write one bundle."""
    root, course = course_here()
    name = the_assignment(course, assignment)
    if kind == "student":
        names = bundle_student(course, root, name, out)
    elif kind == "gradescope":
        names = bundle_gradescope(course, root, name, course.secret.read(root), out)
    else:
        raise WrongUse(f"no bundle {kind!r}; there are: student, gradescope")
    console.print(f"{out}: {len(names)} files for {name}", soft_wrap=True)
