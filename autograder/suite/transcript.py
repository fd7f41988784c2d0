"""What went over the wire while an item ran: enough to run it again against other modules."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.sandbox import wire
from autograder.sandbox.client import WorkerGone


@dataclass
class Exchange:
    """One request, the callbacks it caused with our answers, and how it ended."""

    request: wire.Frame
    callbacks: list[tuple[wire.Callback, wire.Answer | wire.Refuse]] = field(default_factory=list)
    response: wire.Response | None = None
    gone: WorkerGone | None = None


@dataclass
class Transcript:
    """All exchanges of one worker, in order, the set-up's ingredients beside them."""

    stand_ins: tuple[str, ...] = ()
    partners: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    received: int = 0
    """Bytes the worker sent; a large transcript is not kept."""
