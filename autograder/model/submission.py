"""One hand-in after intake: allow-listed source texts, what was noticed on the way, and its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

VARIANTS = 8
"""How many draws of hidden inputs an item has; a hand-in's files decide which one it meets."""


@dataclass(frozen=True)
class Source:
    """A module: ``module`` is its name without ``.py``, ``text`` its LF-normalised source without a BOM."""

    module: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Note:
    """Something intake noticed; ``blocks`` names the module that cannot be graded because of it, if any."""

    code: str
    sentence: str
    file: str | None = None
    level: Literal["info", "warning", "error"] = "warning"
    blocks: str | None = None


@dataclass(frozen=True)
class Person:
    """Who handed in, as far as the source of the hand-in says."""

    name: str = ""
    sid: str = ""
    email: str = ""


@dataclass(frozen=True)
class Submission:
    """What one hand-in came down to. ``origin`` (a path as given) belongs to a result's ``run`` block only."""

    id: str
    sources: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()
    people: tuple[Person, ...] = ()
    origin: str = ""
    extra: tuple[str, ...] = field(default=())

    def source(self, module: str) -> Source | None:
        return next((source for source in self.sources if source.module == module), None)

    def why_missing(self, module: str) -> str | None:
        """The sentence that tells why ``module`` is not there, if intake knows one."""
        return next((note.sentence for note in self.notes if note.blocks in (module, "*")), None)

    @property
    def digest(self) -> str:
        """SHA-256 over names and texts, in the order of the names: the same files, the same digest, everywhere."""
        hasher = hashlib.sha256()
        for source in sorted(self.sources, key=lambda each: each.module):
            text = source.text.encode("utf-8")
            hasher.update(f"{source.module}\0{len(text)}\0".encode() + text)
        return hasher.hexdigest()

    @property
    def variant(self) -> int:
        return int(self.digest[:8], 16) % VARIANTS
