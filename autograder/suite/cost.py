"""Cost items: the student's CPU time against the reference's in the same kind of worker, by the kernel's clock.

The wrong way (differencing, complex step, exponential recursion) costs at least 100 times, the limit is 20 times:
wide enough for every honest style and for a noisy machine. Never wall time, never against the student's own forward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import judge
from .items import Item
from .proxy import StudentProxy
from .stage import Stage

LIMIT = 20.0
FLOOR = 0.002
"""Seconds: below it the clock and the wire are measured, not the code."""
ATTEMPTS = 3


class Cost:
    """Compares two workers that do the same."""

    def __init__(self, stage: Stage, item: Item) -> None:
        self.stage, self.item = stage, item

    def compare(
        self,
        prepare: Callable[[StudentProxy], Any],
        act: Callable[[Any], Any],
        what: str,
        hint: str = "",
        limit: float = LIMIT,
    ) -> None:
        """Pass if ``act(prepare(modules))`` costs the student at most ``limit`` times the reference's CPU time.

        Only ``act`` is measured. It is measured again, up to three times, before it counts as too slow.
        """
        reference = self._seconds(self.stage.reference_proxy(self.item), prepare, act)
        for _ in range(ATTEMPTS):
            student = self._seconds(self.stage.student(self.item), prepare, act)
            if student <= limit * max(reference, FLOOR):
                return
        times = student / max(reference, FLOOR)
        rounded = f"{times:.0f}" if times < 100 else "over 100"
        judge.fail(f"{what} takes {rounded} times the CPU time of the reference; the limit is {limit:g} times.", hint)

    def _seconds(
        self, proxy: StudentProxy, prepare: Callable[[StudentProxy], Any], act: Callable[[Any], Any]
    ) -> float:
        with proxy.unwatched():
            prepared = prepare(proxy)
            before = proxy.cpu_seconds()
            act(prepared)
            return proxy.cpu_seconds() - before
