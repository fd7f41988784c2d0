"""One hand-in, from its files to sources and notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from autograder.model.submission import Note, Source

from .naming import copy_number, near
from .preflight import absent_imports, parse
from .text import decode
from .tree import HAND_IN_BYTES, Listing, Odd, Parts, Refused, Tree, shown, shown_path, walk

EXTRA_NAMES = 50
"""The most names listed of files that were not used."""
NOTES_PER_CODE = 10
"""The most notes of one kind that block nothing; the rest is counted."""

_ARCHIVES = frozenset({".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip"})


@dataclass
class Reading:
    """What one hand-in came down to."""

    sources: list[Source] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    extra: tuple[str, ...] = ()


def read_hand_in(tree: Tree, at: Parts, modules: Sequence[str], given: Sequence[str]) -> Reading:
    """Read the modules below ``at``; whatever is wrong becomes a note, never an exception."""
    reading = Reading()
    try:
        listing = walk(tree, at)
    except Refused as refused:
        reading.notes.append(Note(refused.code, refused.sentence, level="error", blocks="*"))
        return reading
    chosen = {module: _choose(listing.files, module, reading.notes) for module in modules}
    _Reader(tree, at, listing, (*modules, *given), reading).read(chosen)
    reading.notes += _odd_notes(listing.odd, [module for module, place in chosen.items() if place is None])
    reading.notes += _missing_notes(listing, chosen, (*modules, *given), reading.notes)
    reading.notes += _given_notes(listing.files, given)
    unused = _unused(listing.files, chosen, given)
    reading.notes += _other_notes(unused, _named(unused, chosen, (*modules, *given)))
    reading.extra = _extra(unused)
    reading.notes = _capped(reading.notes)
    return reading


class _Reader:
    """Reads the chosen modules within the cap on all of them together."""

    def __init__(self, tree: Tree, at: Parts, listing: Listing, course: Sequence[str], reading: Reading) -> None:
        self.tree, self.at, self.course, self.reading = tree, at, course, reading
        self.handed_in = {place[-1][:-3] for place in listing.files if place[-1].endswith(".py")}
        self.left = HAND_IN_BYTES

    def read(self, chosen: dict[str, Parts | None]) -> None:
        for module, place in chosen.items():
            if place is not None:
                self._module(module, place)

    def _module(self, module: str, place: Parts) -> None:
        file = f"{module}.py"
        try:
            text, notes = decode(self._bytes(place), file)
            tree = parse(text, file)
        except Refused as refused:
            self.reading.notes.append(Note(refused.code, refused.sentence, file, "error", blocks=module))
            return
        self.reading.sources.append(Source(module, text))
        self.reading.notes += [*notes, *absent_imports(tree, file, self.course, self.handed_in)]

    def _bytes(self, place: Parts) -> bytes:
        data = self.tree.read((*self.at, *place))
        if len(data) > self.left:
            raise Refused(
                "too_large",
                f"{shown_path(place)}: the modules are larger than {HAND_IN_BYTES // 1000} kB together. "
                "Nothing in this file could be graded. Take out data and printed output, and hand in again.",
            )
        self.left -= len(data)
        return data


def _preference(place: Parts) -> tuple[int, bool, Parts]:
    """Shallowest first, then student_src/, then by name."""
    return len(place), place[-2:-1] != ("student_src",), place


def _choose(files: Sequence[Parts], module: str, notes: list[Note]) -> Parts | None:
    """The file to read as ``module``, and a note where there was a choice."""
    file = f"{module}.py"
    plain = sorted((place for place in files if place[-1] == file), key=_preference)
    copies = [place for place in files if copy_number(place[-1], module) is not None]
    if plain:
        if others := [*plain[1:], *copies]:
            used = f"{shown_path(plain[0])} was used and {_and(others)} not, though it has the name of the same module"
            notes.append(Note("several", f"{used}. If that is the wrong one, hand in only the right one.", file))
        return plain[0]
    best = sorted(copies, key=lambda place: (-_number(place, module), _preference(place)))
    if not best or (len(best) > 1 and _number(best[0], module) == _number(best[1], module)):
        return None
    sentence = (
        f"{file} was not there, so {shown_path(best[0])} was read as {file}. It costs nothing; rename it next time."
    )
    if best[1:]:
        sentence = (
            f"{file} was not there, so the copy with the highest number, {shown_path(best[0])}, "
            f"was read as {file}, "
            f"and not {_and(best[1:])}. If that is the wrong one, hand in only the right one."
        )
    notes.append(Note("copy", sentence, file))
    return best[0]


def _number(place: Parts, module: str) -> int:
    return copy_number(place[-1], module) or 0


def _and(places: Sequence[Parts]) -> str:
    names = [shown_path(place) for place in places[:3]]
    more = [f"{len(places) - 3} more"] if len(places) > 3 else []
    *first, last = [*names, *more]
    return f"{', '.join(first)} and {last}" if first else last


def _odd_notes(odd: Sequence[Odd], missing: Sequence[str]) -> list[Note]:
    notes = []
    for each in odd:
        name = re.split(r"[\\/]", each.parts[-1])[-1] if each.parts else ""
        blocks = next((module for module in missing if name == f"{module}.py"), None)
        notes.append(Note(each.code, each.sentence, shown(name) or None, "error" if blocks else "warning", blocks))
    return notes


def _missing_notes(
    listing: Listing, chosen: dict[str, Parts | None], course: Sequence[str], notes: Sequence[Note]
) -> list[Note]:
    if not listing.files and not listing.odd:
        sentence = (
            "The hand-in is empty, so nothing counts as attempted. Hand in the modules, or the zip that holds them."
        )
        empty = [Note("empty", sentence, level="error")]
    else:
        empty = []
    told = {note.blocks for note in notes}
    missing = [module for module, place in chosen.items() if place is None and module not in told]
    return empty + [_missing(module, listing.files, course) for module in missing]


def _missing(module: str, files: Sequence[Parts], course: Sequence[str]) -> Note:
    file = f"{module}.py"
    start = f"{file} is missing; its questions count as not attempted."
    alike = [place for place in files if near(place[-1], module, course)]
    if not alike:
        return Note("missing", f"{start} Hand it in under that name.", file, "error", module)
    copies = [place for place in alike if copy_number(place[-1], module) is not None]
    if len(copies) > 1:
        todo = f"Any of {_and(copies)} may be meant: hand in the right one as {file}."
    else:
        todo = f"Found {_and(alike)}, which was not read: save your work as {file} and hand it in again."
    return Note("near_name", f"{start} {todo}", file, "error", module)


def _given_notes(files: Sequence[Parts], given: Sequence[str]) -> list[Note]:
    names = {place[-1] for place in files}
    return [
        Note("given", f"{name}.py is given; yours was not used. Nothing needs doing.", f"{name}.py", "info")
        for name in given
        if f"{name}.py" in names
    ]


def _unused(files: Sequence[Parts], chosen: dict[str, Parts | None], given: Sequence[str]) -> list[Parts]:
    harmless = {"__init__.py", *(f"{name}.py" for name in given)}
    return [place for place in files if place not in chosen.values() and place[-1] not in harmless]


def _named(files: Sequence[Parts], chosen: dict[str, Parts | None], course: Sequence[str]) -> set[Parts]:
    """Those of ``files`` that a note on a choice or on a missing module speaks of already."""
    return {
        place
        for module, used in chosen.items()
        for place in files
        if place[-1] == f"{module}.py"
        or copy_number(place[-1], module) is not None
        or (used is None and near(place[-1], module, course))
    }


def _is_archive(place: Parts) -> bool:
    return PurePath(place[-1]).suffix.lower() in _ARCHIVES


def _other_notes(unused: Sequence[Parts], named: set[Parts]) -> list[Note]:
    notes = []
    for place in filter(_is_archive, unused):
        sentence = (
            f"{shown_path(place)} is an archive inside the hand-in, or not a zip, and was not opened. "
            "Nothing in it counts. Hand in the modules themselves, or one zip of them."
        )
        notes.append(Note("archive", sentence, shown(place[-1])))
    if others := [place for place in unused if not _is_archive(place) and place not in named]:
        sentence = (
            f"{_and(others)}: not used when graded. It costs nothing; "
            "work in other files than the modules does not count."
        )
        notes.append(Note("extra", sentence, level="info"))
    return notes


def _extra(unused: Sequence[Parts]) -> tuple[str, ...]:
    names = [shown_path(place) for place in unused[:EXTRA_NAMES]]
    return (*names, f"… and {len(unused) - EXTRA_NAMES} more") if len(unused) > EXTRA_NAMES else tuple(names)


def _capped(notes: Sequence[Note]) -> list[Note]:
    """At most NOTES_PER_CODE notes of each kind, besides those that block a module; the rest as a number."""
    kept, seen = [], Counter[str]()
    for note in notes:
        seen[note.code] += note.blocks is None
        if note.blocks is not None or seen[note.code] <= NOTES_PER_CODE:
            kept.append(note)
    return kept + [
        Note(code, f"And {count - NOTES_PER_CODE} more notes of the kind “{code}”.", level="info")
        for code, count in seen.items()
        if count > NOTES_PER_CODE
    ]
