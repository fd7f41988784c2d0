"""Students' commands, ``check`` and ``submit``: the only room they get. Standard library, NumPy, pytest."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import NoReturn

from .check import check
from .course import WrongUse, load_course
from .submit import submit

DONE, WRONG_USE = 0, 2
EPILOG = "Exit status: 0 when the job was done, whatever the tests say; 2 for wrong use, with one line."


def main(argv: list[str]) -> int:
    """Run ``check`` or ``submit``; returns 0 when the job was done, 2 for wrong use."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a console that cannot show an arrow shows a question mark
        sys.stdout.reconfigure(errors="replace")
    try:
        options = _parser().parse_args(argv)
        course = load_course(Path.cwd())
        if options.command == "check":
            check(course, options.questions, options.assignment, options.limit, options.watch)
        else:
            submit(course, options.assignment, options.output, options.anyway, options.limit)
    except WrongUse as error:
        print(f"backprop: {error}", file=sys.stderr)
        return WRONG_USE
    except SystemExit as end:  # argparse ends so after --help
        return int(end.code or 0)
    except KeyboardInterrupt:
        print("stopped")
    return DONE


class _Parser(argparse.ArgumentParser):
    """Wrong arguments are one line, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{message}; see: {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="backprop", description="Check your work, and hand it in.", epilog=EPILOG)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("check", help="run the public tests and show your points", epilog=EPILOG)
    one.add_argument(
        "questions",
        nargs="*",
        metavar="QUESTION",
        help="multiply, circuits.multiply, a module (gates) or an assignment (circuits); none means all",
    )
    one.add_argument("--watch", action="store_true", help="run again whenever a file of student_src changes")
    two = commands.add_parser("submit", help="make the zip file to hand in", epilog=EPILOG)
    two.add_argument("-o", "--output", type=Path, metavar="FILE.zip", help="where to put it: <assignment>.zip")
    two.add_argument("--anyway", action="store_true", help="make the zip even if a module is missing or broken")
    for each in (one, two):
        each.add_argument("-a", "--assignment", metavar="NAME", help="which one, where the course has several")
        each.add_argument(
            "--limit", type=_seconds, default=120.0, metavar="SECONDS", help="stop the tests after this: 120"
        )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value
