"""A pytest plugin for the process that runs the public tests: writes what happens, line by line, to a file.

The file is named by BACKPROP_RECORD; BACKPROP_QUESTIONS names the questions to run, or all if it is empty.
Each line is a JSON object, written at once: what a crash or an endless loop leaves is still worth reading.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Generator
from pathlib import Path

import pytest

RECORD, QUESTIONS = "BACKPROP_RECORD", "BACKPROP_QUESTIONS"


def question_of(item: pytest.Item) -> str:
    """The id in the item's mark ``question``, or "" if it has none."""
    mark = item.get_closest_marker("question")
    return str(mark.args[0]) if mark is not None and mark.args else ""


def pytest_sessionstart() -> None:
    """Note that pytest is there at all."""
    _write(event="started", test="")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what was asked for, and note what will run."""
    wanted = set(os.environ.get(QUESTIONS, "").split())
    dropped = [item for item in items if wanted and question_of(item) not in wanted]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if not wanted or question_of(item) in wanted]
    for item in items:
        _write(event="collected", test=item.nodeid, question=question_of(item))


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a test file that cannot be read at all."""
    if report.failed:
        _write(event="unreadable", test=report.nodeid, message=_last_line(str(report.longrepr)))


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note that a test begins: if no result follows, it is the one that never ended."""
    _write(event="begun", test=nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, None]:
    """Note how each phase of a test came out, and of a failure the first line."""
    yield
    if call.excinfo is not None:
        kind, message, place = _describe(call.excinfo.value)
        _write(event="failed", test=item.nodeid, kind=kind, message=message, place=place)
    elif call.when == "call":
        _write(event="passed", test=item.nodeid)


def _describe(error: BaseException) -> tuple[str, str, str]:
    """The error's type, the first line of its message, and the line of student_src where it arose."""
    message = str(error).strip().partition("\n")[0]
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]
    if isinstance(error, SyntaxError) and error.filename and _is_own(error.filename):
        return type(error).__name__, str(error.msg), f"{Path(error.filename).name}, line {error.lineno}"
    place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return type(error).__name__, message, place


def _is_own(filename: str) -> bool:
    return Path(filename).parent.name == "student_src"


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("E").strip() if lines else ""


def _write(**fields: str) -> None:
    if path := os.environ.get(RECORD):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(fields) + "\n")
