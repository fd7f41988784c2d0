"""One forked grader per hand-in, so many at a time: the child grades, the parent alone writes."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from autograder.model.errors import GraderFault
from autograder.model.result import Result, read_result
from autograder.model.submission import Submission
from autograder.sandbox.client import Nursery, NurseryFault
from autograder.sandbox.layers import hide_this_process

from .document import ungraded
from .engine import grade
from .instrument import Instrument

GRACE_SECONDS = 120.0


@dataclass
class _Job:
    submission: Submission
    nursery: Nursery
    pid: int
    pipe: int
    deadline: float
    data: bytearray = field(default_factory=bytearray)
    tries: int = 1


def run_jobs(
    instrument: Instrument,
    submissions: Sequence[Submission],
    nurseries: Sequence[Nursery],
    started: Callable[[Submission], None] = lambda _: None,
) -> Iterator[tuple[Submission, Result]]:
    """Grade all, as many at a time as there are nurseries; yields each result as it is done.

    A grader process that dies or stalls is tried once more with a fresh nursery, then reported as our fault.
    """
    hide_this_process()
    waiting, free = list(submissions), list(nurseries)
    running: dict[int, _Job] = {}
    selector = selectors.DefaultSelector()
    try:
        while waiting or running:
            while waiting and free:
                submission = waiting.pop(0)
                started(submission)
                _start(instrument, submission, free.pop(), selector, running)
            for job in _finished(selector, running):
                result = _outcome(instrument, job)
                if result is None and job.tries == 1:
                    job.nursery.restart()
                    _start(instrument, job.submission, job.nursery, selector, running, tries=2)
                    continue
                if result is None:
                    job.nursery.restart()
                    reason = "The grader stopped while grading this."
                    result = ungraded(instrument, job.submission, reason)
                free.append(job.nursery)
                yield job.submission, result
    finally:
        for job in running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGKILL)
            os.waitpid(job.pid, 0)
            os.close(job.pipe)
        selector.close()


def _start(
    instrument: Instrument,
    submission: Submission,
    nursery: Nursery,
    selector: selectors.BaseSelector,
    running: dict[int, _Job],
    tries: int = 1,
) -> None:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(instrument, submission, nursery, write)
    os.close(write)
    deadline = time.monotonic() + 2 * instrument.course.budget.submission_wall + GRACE_SECONDS
    running[read] = _Job(submission, nursery, pid, read, deadline, tries=tries)
    selector.register(read, selectors.EVENT_READ)


def _child(instrument: Instrument, submission: Submission, nursery: Nursery, write: int) -> None:
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        hide_this_process()
        data = grade(instrument, submission, nursery).to_json().encode()
        while data:
            data = data[os.write(write, data) :]
        status = 0
    except (NurseryFault, GraderFault, OSError, MemoryError):
        status = 2
    finally:
        os._exit(status)


def _finished(selector: selectors.BaseSelector, running: dict[int, _Job]) -> list[_Job]:
    """Jobs that ended by now: the pipe closed, or the deadline passed."""
    done = []
    for key, _ in selector.select(timeout=1.0):
        job = running[key.fd]
        data = os.read(key.fd, 2**20)
        job.data += data
        if not data:
            done.append(job)
    now = time.monotonic()
    for job in running.values():
        if job.deadline < now and job not in done:
            os.kill(job.pid, signal.SIGKILL)
            job.data.clear()
            done.append(job)
    for job in done:
        selector.unregister(job.pipe)
        del running[job.pipe]
        os.close(job.pipe)
    return done


def _outcome(instrument: Instrument, job: _Job) -> Result | None:
    _, status = os.waitpid(job.pid, 0)
    if status != 0:
        return None
    try:
        return read_result(bytes(job.data), job.submission.id)
    except GraderFault:
        return None
