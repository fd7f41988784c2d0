"""Many gradings on a few processes: forks, each with a nursery of its own; results come back as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from autograder.model.errors import GraderFault
from autograder.sandbox.client import Nursery
from autograder.sandbox.thrifty import Thrifty

T = TypeVar("T")
_NUMBER = struct.Struct("<I")


def spread(tasks: Sequence[T], work: Callable[[T, Nursery], Any], jobs: int) -> list[Any]:
    """``work(task, nursery)`` for each task, in the order of the tasks; raises GraderFault if a process fails.

    Each process takes the next task when it is free, so the longest tasks should come first.
    """
    jobs = max(1, min(jobs, len(tasks)))
    queue, feed = os.pipe()
    cpus = _cpus(jobs)
    children = [_start(tasks, work, slot, cpus[slot], queue, feed) for slot in range(jobs)]
    os.close(queue)
    with os.fdopen(feed, "wb") as file, contextlib.suppress(BrokenPipeError):
        file.write(b"".join(_NUMBER.pack(number) for number in range(len(tasks))))
    answers: list[Any] = [None] * len(tasks)
    failed = ""
    for pid, pipe in children:
        with os.fdopen(pipe, "rb") as stream:
            data = stream.read()
        _, status = os.waitpid(pid, 0)
        document: dict[str, Any] = json.loads(data) if data else {"fault": f"ended with status {status}"}
        failed = failed or document.get("fault", "")
        for number, answer in document.get("answers", []):
            answers[number] = answer
    if failed:
        raise GraderFault(f"a process failed: {failed}")
    return answers


def _cpus(jobs: int) -> list[int | None]:
    """A CPU for each process and the workers it waits for, or None where there are more CPUs than processes.

    The two never run at the same time; on one CPU they wake each other sooner, and find its caches warm.
    """
    cpus = sorted(os.sched_getaffinity(0))
    return [cpus[slot % len(cpus)] if jobs >= len(cpus) else None for slot in range(jobs)]


def _start(
    tasks: Sequence[T], work: Callable[[T, Nursery], Any], slot: int, cpu: int | None, queue: int, feed: int
) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    os.close(feed)
    status = 1
    try:
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        with Thrifty("sealed", slot) as nursery:
            numbers = iter(lambda: os.read(queue, _NUMBER.size), b"")
            document: dict[str, Any] = {
                "answers": [(n, work(tasks[n], nursery)) for (n,) in map(_NUMBER.unpack, numbers)]
            }
        status = 0
    except BaseException as error:
        document = {"fault": f"{type(error).__name__}: {error}"}
    try:
        with os.fdopen(write, "wb") as file:
            file.write(json.dumps(document).encode())
    finally:
        os._exit(status)
