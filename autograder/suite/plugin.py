"""The pytest plugin of the grader: collects the suites once, gives them their fixtures, notes how each item ends.

pytest runs with our own ini and without other plugins, cache or conftest; the loop is handed to a driver, which runs
the collected items for as many hand-ins as it likes.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from _pytest.runner import runtestprotocol

from autograder.model.config import PROPERTIES
from autograder.model.errors import GraderFault
from autograder.model.result import Outcome
from autograder.sandbox.client import NurseryFault

from . import judge as judge_module
from .cost import Cost
from .draws import Draw
from .errors import NotAttempted, StudentError
from .items import Item, describe, unique
from .proxy import StudentProxy
from .stage import Stage
from .transcript import Transcript

KEPT_BYTES = 2 * 2**20
"""Of one item's transcripts: with more it cannot be replayed, so that a hand-in cannot fill the grader's memory."""


@dataclass
class ItemRun:
    """How one item ended for one subject."""

    item: Item
    outcome: Outcome
    message: str = ""
    hint: str = ""
    detail: str = ""
    transcripts: list[Transcript] = field(default_factory=list)
    seconds: float = 0.0
    carried: bool = False
    timed_out: bool = False
    waited: bool = False
    """The clock on the wall ran out, not the CPU's: the code may sleep, or the machine be overloaded."""


class CoursePlugin:
    """Fixtures and bookkeeping. ``driver`` gets the collected items and does all the running."""

    def __init__(self, driver: Callable[[Collected], None]) -> None:
        self.driver = driver
        self.stage: Stage | None = None
        self.item: Item | None = None
        self.error: BaseException | None = None
        self.reference_modules: Any = None

    @pytest.fixture
    def student(self) -> Iterator[StudentProxy]:
        """The hand-in behind the wire."""
        stage, item = self._now()
        yield stage.student(item)

    @pytest.fixture
    def draw(self) -> Draw:
        """This item's hidden inputs."""
        stage, item = self._now()
        return stage.draw(item)

    @pytest.fixture
    def lots(self) -> Draw:
        """The same in every draw, yet unknown outside: for an order that must not be guessed, where no values are."""
        stage, item = self._now()
        return Draw(stage.secret, item.id, -1)

    @pytest.fixture
    def judge(self) -> Any:
        """The ordered checks."""
        return judge_module

    @pytest.fixture
    def reference(self) -> Any:
        """The reference modules, in this process: ``reference.gates.Multiply``."""
        return self.reference_modules

    @pytest.fixture
    def cost(self) -> Cost:
        """CPU time of the student's code against the reference's."""
        stage, item = self._now()
        return Cost(stage, item)

    @pytest.fixture
    def mistaken(self) -> Callable[[str], type]:
        """Known wrong classes by the mistake's id: what tests that students write should catch."""
        stage, _ = self._now()
        return stage.mistaken

    def _now(self) -> tuple[Stage, Item]:
        assert self.stage is not None and self.item is not None
        return self.stage, self.item

    def pytest_configure(self, config: pytest.Config) -> None:
        for line in ("item: a hidden item", "question(id): a public test's question"):
            config.addinivalue_line("markers", line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Keep the error; a report of our own, since pytest's would format a traceback that nobody reads."""
        error = call.excinfo.value if call.excinfo is not None else None
        self.error = self.error or error
        skipped = isinstance(error, pytest.skip.Exception)
        outcome: Literal["passed", "failed", "skipped"] = "skipped" if skipped else "failed" if error else "passed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)  # type: ignore[arg-type]  # it is no collecting

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise pytest.UsageError("the hidden suites could not be collected")
        # What is collected lives as long as the process: no collector needs to walk it, in no forked child.
        gc.collect()
        gc.freeze()
        self.driver(Collected(self, session.items))
        return True


class Collected:
    """The collected items; `run` runs one of them on a stage."""

    def __init__(self, plugin: CoursePlugin, tests: Sequence[pytest.Item]) -> None:
        self.plugin = plugin
        self._tests = {describe(test).id: test for test in tests}
        self._beside = _neighbours(tests)
        self.items = [describe(test) for test in tests]
        unique(self.items)
        for each in self.items:
            if each.prop not in PROPERTIES:
                raise GraderFault(f"{each.id}: {each.prop!r} is no property")

    def run(self, item: Item, stage: Stage) -> ItemRun:
        """Run ``item`` for the stage's subject; student trouble is an outcome, ours is `Outcome.FAULT`."""
        plugin = self.plugin
        plugin.stage, plugin.item, plugin.error = stage, item, None
        stage.transcripts = []
        started, test = time.monotonic(), self._tests[item.id]
        test.session._setupstate.teardown_exact(test)  # of the last item's file, if that was another one
        try:
            reports = runtestprotocol(test, log=False, nextitem=self._beside[test])
        finally:
            stage.close()
        run = _judged(item, plugin.error, any(report.skipped for report in reports))
        if sum(transcript.received for transcript in stage.transcripts) <= KEPT_BYTES:
            run.transcripts = stage.transcripts
        run.seconds = time.monotonic() - started
        return run


def _neighbours(tests: Sequence[pytest.Item]) -> dict[pytest.Item, pytest.Item | None]:
    """For each test another one of its file: told that it is next, pytest leaves the file set up, which is dear."""
    files: dict[Any, list[pytest.Item]] = {}
    for test in tests:
        files.setdefault(test.parent, []).append(test)
    return {test: next((each for each in files[test.parent][:2] if each is not test), None) for test in tests}


def _judged(item: Item, error: BaseException | None, skipped: bool) -> ItemRun:
    match error:
        case None if not skipped:
            return ItemRun(item, Outcome.PASSED)
        case NotAttempted():
            return ItemRun(item, Outcome.NOT_ATTEMPTED, error.sentence, error.hint, error.detail)
        case StudentError():
            run = ItemRun(item, Outcome.FAILED, error.sentence, error.hint, error.detail)
            kind = getattr(error, "kind", "")
            run.timed_out, run.waited = kind in ("time", "cpu"), kind == "time"
            return run
        case judge_module.Wrong():
            return ItemRun(item, Outcome.FAILED, error.sentence, error.hint)
        case AssertionError() | pytest.fail.Exception() if item.visibility == "public":
            return ItemRun(item, Outcome.FAILED, str(error).strip())
        case NurseryFault():
            return ItemRun(item, Outcome.FAULT, f"The grader could not run this item: {error}")
        case Exception() if item.visibility == "public":
            # A public test is plain pytest: what it trips over is what the student returned.
            return ItemRun(item, Outcome.FAILED, f"the test could not use what was returned ({type(error).__name__}).")
        case Exception():
            return ItemRun(item, Outcome.FAULT, f"The grader failed on this item ({type(error).__name__}).")
        case _:
            return ItemRun(item, Outcome.FAULT, "This item was skipped or interrupted.")


def collect(paths: Sequence[Path], reference: Any, driver: Callable[[Collected], None]) -> None:
    """Collect the tests at ``paths`` and hand them to ``driver``; raises GraderFault when that is impossible."""
    caught: list[BaseException] = []

    def guarded(collected: Collected) -> None:
        try:
            driver(collected)
        except BaseException as error:
            caught.append(error)

    plugin = CoursePlugin(guarded)
    plugin.reference_modules = reference
    ini = Path(__file__).with_name("pytest.ini")
    options = ["-c", str(ini), "--rootdir", str(ini.parent), "--noconftest", "--assert=plain", "-s"]
    options += ["--disable-plugin-autoload"]
    options += ["-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler", "-p", "no:junitxml"]
    options += ["-p", "no:logging"]
    status = pytest.main([*options, *map(str, paths)], plugins=[plugin])
    if caught:
        raise caught[0]
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise GraderFault(f"pytest could not collect the suites (exit status {int(status)})")
