"""Workers that are used again: what calibration runs on, where all code is ours."""

from __future__ import annotations

import time
from dataclasses import replace

from . import wire
from .client import RESPONSE_CAP, Limits, Nursery, Worker, WorkerGone

LENT_CPU = 1.0
"""Seconds that a worker may have used when it is lent once more."""


class Thrifty(Nursery):
    """Uses a worker again after a `wire.Reset`: for sources that we trust, the known mistakes and correct work.

    Calibration runs tens of thousands of items; a fork and its page faults cost more than most of them do.
    """

    def __init__(self, level: str = "sealed", slot: int = 0) -> None:
        self.idle: list[Lent] = []
        super().__init__(level, slot)

    def spawn(self, limits: Limits) -> Worker:
        """An idle worker that forgot what it had seen, or a new one."""
        while self.idle:
            worker = self.idle.pop()
            if worker.renew(limits):
                return worker
        return super().spawn(replace(limits, cpu=limits.cpu + LENT_CPU))

    def settle(self) -> int:
        """Wait for those that ended; how many live that are not idle."""
        return super().settle() - len(self.idle)

    def _worker(self, pid: int, fd: int, limits: Limits) -> Worker:
        return Lent(self, pid, fd, limits)


class Lent(Worker):
    """A worker that goes back to its `Thrifty` nursery when it is closed."""

    nursery: Thrifty

    def close(self) -> None:
        """Give it back, unless it ended."""
        if not self.closed:
            self.nursery.idle.append(self)

    def renew(self, limits: Limits) -> bool:
        """Make it as good as new; False when it has used so much of its CPU time that a new one must do."""
        self.deadline, self.left = time.monotonic() + limits.wall, RESPONSE_CAP
        try:
            if self.cpu_seconds() < LENT_CPU and isinstance(self.request(wire.Reset(0)), wire.Reply):
                return True
        except WorkerGone:
            return False
        super().close()
        return False
