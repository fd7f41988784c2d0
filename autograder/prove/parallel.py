"""Many gradings on a few processes: forks, each with a nursery of its own; results come back as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from autograder.model.errors import GraderFault
from autograder.sandbox.client import Nursery

T = TypeVar("T")


def spread(tasks: Sequence[T], work: Callable[[T, Nursery], Any], jobs: int) -> list[Any]:
    """``work(task, nursery)`` for each task, in the order of the tasks; raises GraderFault if a process fails."""
    jobs = max(1, min(jobs, len(tasks)))
    children = [_start(tasks[index::jobs], work, index) for index in range(jobs)]
    answers: list[Any] = [None] * len(tasks)
    failed = ""
    for index, (pid, pipe) in enumerate(children):
        with os.fdopen(pipe, "rb") as file:
            data = file.read()
        _, status = os.waitpid(pid, 0)
        document = json.loads(data) if data else {"fault": f"ended with status {status}"}
        failed = failed or document.get("fault", "")
        answers[index::jobs] = document.get("answers") or [None] * len(tasks[index::jobs])
    if failed:
        raise GraderFault(f"a process failed: {failed}")
    return answers


def _start(tasks: Sequence[T], work: Callable[[T, Nursery], Any], slot: int) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    status = 1
    try:
        with Nursery("sealed", slot) as nursery:
            document: dict[str, Any] = {"answers": [work(task, nursery) for task in tasks]}
        status = 0
    except BaseException as error:
        document = {"fault": f"{type(error).__name__}: {error}"}
    try:
        with os.fdopen(write, "wb") as file:
            file.write(json.dumps(document).encode())
    finally:
        os._exit(status)
