"""Where an item runs: who is being judged, under which limits, with which stand-ins; opens workers for the item."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from autograder.model.config import Assignment, Budget
from autograder.sandbox import wire
from autograder.sandbox.client import Limits, Nursery, compile_all

from .draws import Draw
from .items import Item
from .proxy import STAND_IN_BASE, Remote, StudentProxy
from .standins import StandIn
from .transcript import Transcript

PACKAGE = "student_src"
MOST_CODES = 2_000
_codes: dict[bytes, bytes | None] = {}
"""Code of modules by what decides it; None where a module does not compile."""


@dataclass(frozen=True)
class Subject:
    """Sources to judge: module name to text, the given modules among them."""

    sources: Mapping[str, str]
    variant: int = 0


@dataclass
class Stage:
    """Everything around the items of one hand-in."""

    name: str
    assignment: Assignment
    nursery: Nursery
    budget: Budget
    secret: bytes
    given: Mapping[str, str]
    reference: Subject
    stand_in_table: Mapping[str, StandIn]
    subject: Subject
    mistaken: Callable[[str], type]
    """The class with a known mistake, by the mistake's id: for questions in which students write tests."""
    stand_ins: tuple[str, ...] = ()
    transcripts: list[Transcript] = field(default_factory=list)
    _open: list[Remote] = field(default_factory=list)

    def draw(self, item: Item) -> Draw:
        return Draw(self.secret, item.id, self.subject.variant)

    def student(self, item: Item) -> StudentProxy:
        """A proxy of the hand-in, with the stage's stand-ins, whose transcript is kept."""
        transcript = Transcript(self.stand_ins, item.partners)
        self.transcripts.append(transcript)
        return self._proxy(self.subject, item.partners, self.stand_ins, transcript)

    def reference_proxy(self, item: Item) -> StudentProxy:
        """A proxy of the reference in a worker of the same kind: what costs are compared with."""
        return self._proxy(self.reference, item.partners, (), Transcript())

    def remote(self, subject: Subject, partners: bool, stand_ins: tuple[str, ...], transcript: Transcript) -> Remote:
        """A worker-to-be for ``subject``; closed by `close`."""
        limits = Limits(self.budget.item_wall, self.budget.item_cpu, self.budget.memory * 2**20)
        remote = Remote(self.nursery, limits, self._setup(subject, partners, stand_ins), transcript)
        self._open.append(remote)
        return remote

    def close(self) -> None:
        """End every worker of the item."""
        for remote in self._open:
            remote.close()
        self._open.clear()

    def _proxy(
        self, subject: Subject, partners: bool, stand_ins: tuple[str, ...], transcript: Transcript
    ) -> StudentProxy:
        names = frozenset([*self.assignment.modules, *self.assignment.given, *self.assignment.needs])
        return StudentProxy(self.remote(subject, partners, stand_ins, transcript), names)

    def _setup(
        self, subject: Subject, partners: bool, stand_ins: tuple[str, ...]
    ) -> Callable[[Remote], wire.Setup]:
        def make(remote: Remote) -> wire.Setup:
            replaced = []
            for index, key in enumerate(stand_ins):
                entry = self.stand_in_table[key]
                remote.functions[STAND_IN_BASE + index] = entry.answerer()
                question = self.assignment.questions[key]
                replaced.append(wire.StandIn(question.module, question.name, entry.shell, STAND_IN_BASE + index))
            withheld = [] if partners else list(self.assignment.given)
            sources = {**subject.sources, **self.given}
            code = self._compiled(sources, replaced)
            rest = {name: "" if name in code else text for name, text in sources.items()}
            return wire.Setup(PACKAGE, rest, withheld, replaced, code)

        return make

    def _compiled(self, sources: dict[str, str], replaced: list[wire.StandIn]) -> dict[str, bytes]:
        """The modules as code where they compile: done once, in a worker that runs none of it."""
        keys = {name: _code_key(name, sources, replaced) for name in sources}
        missing = [name for name, key in keys.items() if key not in _codes]
        if missing:
            if len(_codes) >= MOST_CODES:
                _codes.clear()
                missing = list(sources)
            found = compile_all(self.nursery, PACKAGE, sources, replaced, missing)
            _codes.update({keys[name]: found.get(name) for name in missing})
        return {name: code for name, key in keys.items() if (code := _codes[key]) is not None}


def _code_key(name: str, sources: Mapping[str, str], replaced: list[wire.StandIn]) -> bytes:
    """Hash of what a module's code depends on: its text, the modules beside it, the names replaced in it."""
    names = sorted(each.name for each in replaced if each.module == name)
    text = "\0".join((name, " ".join(sorted(sources)), " ".join(names), sources[name]))
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
