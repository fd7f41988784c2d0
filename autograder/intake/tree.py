"""A read-only view of what was handed in, the same for folders and zips: names, and bytes up to a cap."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

MODULE_BYTES: Final = 200_000
"""The most bytes of one module."""
HAND_IN_BYTES: Final = 600_000
"""The most bytes of all modules of one hand-in together."""
ENTRIES: Final = 2_000
"""The most files and folders looked at in one hand-in."""
FOLDER_ENTRIES: Final = 10_000
"""The most names in one folder. A fuller one is not looked into: no file system's order decides a grade."""
DEPTH: Final = 8
"""How many folders deep a file may lie."""

Parts = tuple[str, ...]

_JUNK = frozenset({"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "node_modules", "site-packages", "venv"})
_SHOWN = 80


class Refused(Exception):
    """Something handed in is not read; ``code`` and ``sentence`` become the note that tells the student."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True)
class Odd:
    """Something that is neither a folder nor a file to read: a link, a device, a refused entry of a zip."""

    parts: Parts
    code: str
    sentence: str


@dataclass(frozen=True)
class Children:
    """What stands in one folder, each sorted; hidden files and known junk are left out."""

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    odd: tuple[Odd, ...] = ()


class Tree(Protocol):
    """A folder, a zip, or some files of one."""

    def children(self, at: Parts) -> Children:
        """What stands in the folder ``at``; raises Refused when it cannot be listed."""

    def read(self, at: Parts) -> bytes:
        """The file ``at``, at most MODULE_BYTES of it; raises Refused when it is longer or cannot be read."""


@dataclass(frozen=True)
class Broken:
    """A hand-in that cannot be opened at all."""

    refused: Refused

    def children(self, at: Parts) -> Children:
        raise self.refused

    def read(self, at: Parts) -> bytes:
        raise self.refused


@dataclass(frozen=True)
class Listing:
    files: tuple[Parts, ...]
    odd: tuple[Odd, ...]


def visible(name: str) -> bool:
    """False for dot files and for what systems and tools leave behind."""
    return not name.startswith(".") and name not in _JUNK


def shown(text: str, most: int = _SHOWN) -> str:
    """``text`` fit for a sentence: no control, bidi or broken characters (shown as escapes), at most
    ``most`` long.
    """
    safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[: most + 1])
    return safe if len(safe) <= most else safe[: most - 1] + "…"


def shown_path(parts: Parts) -> str:
    return shown("/".join(parts)) or "the hand-in"


def too_large(parts: Parts) -> Refused:
    return Refused(
        "too_large",
        f"{shown_path(parts)} is larger than {MODULE_BYTES // 1000} kB. "
        "Nothing in this file could be graded. "
        "Take out data and printed output, and hand in again.",
    )


def walk(tree: Tree, at: Parts = ()) -> Listing:
    """Every visible file below ``at``, breadth first, within ENTRIES and DEPTH.

    Raises Refused if ``at`` itself cannot be listed. Paths are relative to ``at``. Breadth first, because
    modules stand near the top: a cap cuts off the deepest files.
    """
    files: list[Parts] = []
    odd: list[Odd] = []
    queue: deque[Parts] = deque([()])
    seen = 0
    while queue:
        here = queue.popleft()
        children = _listed(tree, at, here)
        odd.extend(Odd(each.parts[len(at) :], each.code, each.sentence) for each in children.odd)
        seen += len(children.folders) + len(children.files) + len(children.odd)
        if seen > ENTRIES:
            odd.append(Odd(here, "too_many", _TOO_MANY))
            break
        files.extend((*here, name) for name in children.files)
        if len(here) < DEPTH:
            queue.extend((*here, name) for name in children.folders)
        else:
            odd.extend(_too_deep((*here, name)) for name in children.folders)
    return Listing(tuple(files), tuple(odd))


_TOO_MANY = (
    f"The hand-in holds more than {ENTRIES} files and folders, and those beyond were not looked at. "
    "If a module is said to be missing, hand in the modules alone."
)


def _listed(tree: Tree, at: Parts, here: Parts) -> Children:
    try:
        return tree.children((*at, *here))
    except Refused as refused:
        if not here:
            raise
        return Children(odd=(Odd((*at, *here), refused.code, refused.sentence),))


def _too_deep(parts: Parts) -> Odd:
    return Odd(
        parts,
        "too_deep",
        f"{shown_path(parts)} lies more than {DEPTH} folders deep and was not looked into. "
        "If a module is said to be missing, move it to the top and hand in again.",
    )
