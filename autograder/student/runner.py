"""Runs the public tests in a process of their own and says how each question stands."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .course import Assignment, Course, Question, WrongUse
from .recorder import QUESTIONS, RECORD

PASSED, NOT_ATTEMPTED, CANNOT_RUN = "passed", "not attempted", "cannot run"
BACKWARD_MISSING = "backward missing"
"""What a block is called whose tests all get through forward and stop at backward."""

_HOME = Path(__file__).resolve().parents[2]
_ID = re.compile(r"^[a-z0-9_]+\.[a-z0-9_]+(?=:)")


@dataclass(frozen=True)
class Standing:
    """How a question stands: ``passed`` of ``tests`` tests, a word for it, and the first failure's line."""

    question: Question
    status: str
    passed: int
    tests: int
    message: str = ""
    waits_for: str = ""

    @property
    def points(self) -> float:
        """All of the question's public points when all its public tests pass, else none."""
        return self.question.public if self.status == PASSED else 0.0


@dataclass(frozen=True)
class _Failure:
    kind: str
    message: str
    place: str = ""


def run_tests(course: Course, questions: Sequence[Question], limit: float) -> list[Standing]:
    """The standing of each of ``questions``; raises WrongUse when there are no public tests or no pytest."""
    names = dict.fromkeys(question.assignment for question in questions)
    files = [course.root / "tests" / "public" / f"test_{name}.py" for name in names]
    if missing := [file.name for file in files if not file.is_file()]:
        raise WrongUse(f"tests/public/{missing[0]} is missing; take it from the course's bundle again")
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "record")
        ending, output = _pytest(course, questions, files, record, limit)
        events = [json.loads(line) for line in _lines(record) if line.endswith("}")]
    if not events:
        raise WrongUse(f"pytest could not start: {_last(output)}")
    broken = broken_modules(course, (question.module for question in questions))
    passed, failures = _read(events, ending)
    return [_standing(question, passed, failures, events, broken) for question in questions]


def broken_modules(course: Course, modules: Iterable[str]) -> dict[str, str]:
    """Of ``modules``, those that are missing or no valid Python, and the line that says so."""
    broken = {}
    for module in dict.fromkeys(modules):
        path = course.student_src / f"{module}.py"
        try:
            with warnings.catch_warnings(action="ignore"):
                ast.parse(path.read_bytes(), filename=path.name)
        except SyntaxError as error:
            code = (error.text or "").strip()
            broken[module] = f"student_src/{module}.py, line {error.lineno}: {error.msg}" + (
                f": {code}" if code else ""
            )
        except OSError:
            broken[module] = f"student_src/{module}.py is missing: the name must be exactly this"
        except (ValueError, RecursionError, MemoryError) as error:
            broken[module] = f"student_src/{module}.py is no Python: {error}"
    return broken


def environment(course: Course) -> dict[str, str]:
    """For a process that imports the student's modules: nothing written beside them, no other plugins."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
    paths = [str(_HOME), str(course.root / "tests" / "public"), os.environ.get("PYTHONPATH", "")]
    return inherited | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "BACKPROP_STUDENT": str(course.student_src),
    }


def not_attempted(standings: Iterable[Standing]) -> list[str]:
    """The ids of the questions that are as they came."""
    return [standing.question.id for standing in standings if standing.status == NOT_ATTEMPTED]


def assignments_of(course: Course, questions: Iterable[Question]) -> list[Assignment]:
    """The assignments that ``questions`` belong to, in the order of the course."""
    names = {question.assignment for question in questions}
    return [assignment for name, assignment in course.assignments.items() if name in names]


def _pytest(
    course: Course, questions: Sequence[Question], files: Sequence[Path], record: Path, limit: float
) -> tuple[str, str]:
    """Run the tests; returns how a test that did not report ended, and pytest's output."""
    chosen = {RECORD: str(record), QUESTIONS: " ".join(question.id for question in questions)}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-p", "autograder.student.recorder", "--rootdir", str(course.root), "-o", "addopts="]
    try:
        done = subprocess.run(
            [*command, "--import-mode=importlib", *map(str, files)],
            cwd=course.root,
            env=environment(course) | chosen,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {limit:g} s; is there an endless loop?", ""
    return f"ended Python itself (status {done.returncode})", done.stdout.decode("utf-8", "replace")


def _lines(record: Path) -> list[str]:
    return record.read_text(encoding="utf-8", errors="replace").splitlines() if record.is_file() else []


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _read(events: list[dict[str, str]], ending: str) -> tuple[set[str], dict[str, _Failure]]:
    """The tests that passed, and the first failure of each that did not."""
    passed, failures, begun = set[str](), dict[str, _Failure](), dict[str, None]()
    for event in events:
        test = event["test"]
        if event["event"] == "begun":
            begun[test] = None
        elif event["event"] == "passed":
            passed.add(test)
        elif event["event"] == "failed":
            failures.setdefault(test, _Failure(event["kind"], event["message"], event["place"]))
        elif event["event"] == "unreadable":
            failures[""] = _Failure("", event["message"])
    for test in begun:
        if test not in passed and test not in failures:
            failures[test] = _Failure("", ending)
    return passed - set(failures), failures


def _standing(
    question: Question,
    passed: set[str],
    failures: dict[str, _Failure],
    events: list[dict[str, str]],
    broken: dict[str, str],
) -> Standing:
    tests = [each["test"] for each in events if each["event"] == "collected" and each["question"] == question.id]
    good = sum(test in passed for test in tests)
    failed = [failures[test] for test in tests if test in failures]
    if question.module in broken:
        return Standing(question, CANNOT_RUN, good, len(tests), f"{question.id}: {broken[question.module]}")
    if not tests:
        reason = failures.get("", _Failure("", "has no public test"))
        return Standing(question, CANNOT_RUN if "" in failures else "no public test", 0, 0, _line(question, reason))
    if good == len(tests):
        return Standing(question, PASSED, good, good)
    reason = failed[0] if failed else _Failure("", "was not reached: an earlier test stopped everything")
    missing = {_missing(failure) for failure in failed}
    first = missing.pop() if good == 0 and len(missing) == 1 else ""
    if first == question.id:
        half = all("write the backward pass" in failure.message for failure in failed)
        status = BACKWARD_MISSING if half else NOT_ATTEMPTED
        return Standing(question, status, 0, len(tests), _line(question, reason))
    status = f"waits for {first.partition('.')[2]}" if first else f"{good} of {len(tests)} tests"
    return Standing(question, status, good, len(tests), _line(question, reason), waits_for=first)


def _missing(failure: _Failure) -> str:
    """The question that a stub's NotImplementedError names, or ""."""
    match = _ID.match(failure.message) if failure.kind == "NotImplementedError" else None
    return match.group() if match else ""


def _line(question: Question, failure: _Failure) -> str:
    if _ID.match(failure.message):
        return failure.message
    plain = failure.kind in ("", "AssertionError", "Failed") and failure.message
    what = failure.message if plain else f"{failure.kind}: {failure.message}".rstrip(": ")
    return f"{question.id}: {what}" + (f" (student_src/{failure.place})" if failure.place else "")
