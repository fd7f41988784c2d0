"""Bytes of a module into source text: UTF-8, no BOM, LF line ends, nothing that hides what a reader sees."""

from __future__ import annotations

import codecs
import re
from typing import Final

from autograder.model.submission import Note

from .tree import Refused, shown

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_ASCII_LIKE = re.compile(r"(us-)?ascii|latin-?1|iso-?8859-\d+|iso-?latin-1|(cp|windows-)125\d")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates: those that make text run otherwise than it looks (CVE-2021-42574)."""


def decode(data: bytes, file: str) -> tuple[str, tuple[Note, ...]]:
    """The text of the module ``file`` and what was mended on the way; raises Refused when it is not UTF-8."""
    for mark, name in _WIDE:
        if data.startswith(mark):
            raise _refused(file, f"line 1, byte 1: is saved as {name}", _SAVE)
    notes = []
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        notes.append(_mended("bom", file, "begins with a byte-order mark, which was taken off"))
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        notes.append(_mended("newlines", file, "has Windows or old Mac line ends, which were read as plain ones"))
    if b"\0" in data:
        raise _refused(file, f"{_position(data, data.index(0))}: has a NUL byte, so it is not plain text", _SAVE)
    notes += _cookie_notes(data, file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise _refused(file, f"{_position(data, error.start)}: byte 0x{byte:02x} is not UTF-8", _SAVE) from None
    if found := _BIDI.search(text):
        line, char = text.count("\n", 0, found.start()) + 1, ord(found[0])
        what = f"line {line}: has the invisible character U+{char:04X}, which changes the direction of writing"
        raise _refused(file, what, "Delete it (retype the line) and hand in again.", "bidi")
    return text, tuple(notes)


_SAVE = "Save it as UTF-8 and hand in again."


def _cookie_notes(data: bytes, file: str) -> list[Note]:
    """PEP 263: a coding comment in line 1, or in line 2 after a blank or comment line.

    One that names a superset of ASCII over a pure ASCII file changes nothing, so it costs nothing.
    """
    for number, line in enumerate(data.split(b"\n", 2)[:2], start=1):
        if found := _COOKIE.match(line):
            name = found[1].decode("ascii", "replace")
            plain = name.lower().replace("_", "-")
            if re.fullmatch(r"utf-?8(-.*)?", plain):
                return []
            declares = f"line {number}, byte {found.start(1) + 1}: declares the encoding {shown(name, 30)}"
            if not (data.isascii() and _ASCII_LIKE.fullmatch(plain)):
                raise _refused(file, declares, f"Take that comment out. {_SAVE}")
            what = (
                f"{file}, {declares}, but holds plain ASCII and was read as UTF-8. It costs nothing; "
                "take that comment out."
            )
            return [Note("encoding", what, file, "info")]
        if not _BLANK.match(line):
            return []
    return []


def _position(data: bytes, at: int) -> str:
    """Line and byte of it, both from 1; ``data`` has LF line ends."""
    return f"line {data.count(10, 0, at) + 1}, byte {at - data.rfind(10, 0, at)}"


def _mended(code: str, file: str, what: str) -> Note:
    return Note(code, f"{file} {what}. It costs nothing, and nothing needs doing.", file, "info")


def _refused(file: str, what: str, todo: str, code: str = "encoding") -> Refused:
    return Refused(code, f"{file}, {what}. Nothing in this file could be graded. {todo}")
