"""``python -m autograder`` and the script ``backprop``: students' commands need nothing but their room."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec

from . import student

STUDENT_COMMANDS = frozenset({"check", "submit"})


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 2 wrong use, 3 grader fault."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in STUDENT_COMMANDS:
        return student.main(arguments)
    if not _has_cli():
        return _in_a_student_bundle(arguments)
    try:
        cli = importlib.import_module("autograder.cli")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("autograder"):
            raise
        print(
            f"backprop: this command needs {error.name}, which is not installed; in the course's folder run: "
            "pip install -r requirements.txt",
            file=sys.stderr,
        )
        return 2
    return int(cli.main(arguments) or 0)


def _has_cli() -> bool:
    spec = find_spec("autograder.cli")
    return spec is not None and spec.origin is not None  # an empty folder left behind has no origin


def _in_a_student_bundle(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        return student.main(["--help"])
    print(
        f"backprop: no command {arguments[0]!r} here; there are: {', '.join(sorted(STUDENT_COMMANDS))}",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
