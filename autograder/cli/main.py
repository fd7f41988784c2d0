"""The tree of commands, and how errors become one line and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from rich.console import Console
from typer.exceptions import Abort, TyperException

from autograder.model.errors import GraderFault, WrongUse

from . import build, grade, prove

app = typer.Typer(
    name="backprop",
    help="Write backpropagation, check it, grade it. Students: check, submit. Instructors: grade, report, export.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command("check", help="(student) Run the public tests and show points per question.")
def _check() -> None:
    """Listed here; run by autograder.__main__ without any of the grader's packages."""


@app.command("submit", help="(student) Check the files and make the zip to hand in.")
def _submit() -> None:
    """Listed here; run by autograder.__main__ without any of the grader's packages."""


for module in (grade, build, prove):
    module.register(app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        result = typer.main.get_command(app).main(list(argv or sys.argv[1:]), "backprop", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (TyperException, WrongUse) as error:
        message = error.format_message() if isinstance(error, TyperException) else str(error)
        errors.print(f"backprop: {message}")
        return 2
    except GraderFault as fault:
        errors.print(f"backprop: grader fault: {fault}")
        return 3
    except (Abort, KeyboardInterrupt):
        errors.print("backprop: stopped; the same command goes on where it was")
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        errors.print(f"backprop: the system refused{place}: {error.strerror}; mend that and run the command again")
        return 3
