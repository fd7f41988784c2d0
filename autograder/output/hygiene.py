"""The one place where text that came from a hand-in is made safe to show.

Names, exception messages and file names are the student's choice. Every renderer takes its text through here:
``line`` or ``block`` for plain text and terminals, ``markdown`` for Gradescope, ``cell`` for CSV. Templates
need no call: ``environment`` cleans and escapes every value they print.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

LINE: Final = 400
BLOCK: Final = 2000
ELLIPSIS: Final = "…"
FORMULA: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""First characters that make a spreadsheet compute a cell (their full-width forms too)."""

_TEMPLATES = Path(__file__).parent / "templates"
_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|\x1b[@-Z\\^_]")
_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cn"})
# Letters and marks by category, yet drawn as nothing: joiners, fillers, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_RESERVED = frozenset({"index", "con", "prn", "aux", "nul"})
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#+\-.!|~$:@=^])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def block(text: str, limit: int = BLOCK) -> str:
    """``text`` without control, bidi and invisible characters, at most ``limit`` characters; LF is kept."""
    return _cap("\n".join(row.rstrip() for row in _clean(text, limit).split("\n")).strip(), limit)


def line(text: str, limit: int = LINE) -> str:
    """``block`` on a single line, runs of white space as one space."""
    return _cap(_BLANKS.sub(" ", block(text, 8 * limit)).strip(), limit)


def markdown(text: str, limit: int = LINE) -> str:
    """``line`` for a markdown document: it shows as it is and starts no markup, link or formula."""
    escaped = _MARKDOWN.sub(r"\\\1", line(text, limit))
    return "".join(_ENTITIES.get(char, char) for char in escaped)


def cell(value: str | int | float | None) -> str | int | float:
    """A CSV cell: numbers stay numbers, None is empty, a text that would be a formula gets a ``'`` before it."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = line(value)
    return f"'{text}" if text[:1] in FORMULA and text else text


def file_stems(ids: Iterable[str]) -> Mapping[str, str]:
    """Id -> a file name without its ending: safe on every system, different for different ids, the id if it can be."""
    stems: dict[str, str] = {}
    taken = set(_RESERVED)
    for each in sorted(set(ids)):
        stem = each
        if not _STEM.fullmatch(each) or each.endswith(".") or each.casefold() in taken:
            digest = hashlib.sha256(each.encode("utf-8", "surrogatepass")).hexdigest()[:10]
            stem = f"{re.sub(r'[^A-Za-z0-9]+', '-', each)[:40].strip('-') or 'hand-in'}-{digest}"
        taken.add(stem.casefold())
        stems[each] = stem
    return stems


def environment() -> Environment:
    """Jinja for the report: autoescape on, every printed text cleaned as by ``block``, undefined names an error."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    return made


def _finalize(value: Any) -> Any:
    # Not stripped: a template prints separators too.
    return _cap(_clean(value, BLOCK), BLOCK) if isinstance(value, str) and not isinstance(value, Markup) else value


def _clean(text: str, limit: int) -> str:
    text = _BREAK.sub("\n", _ANSI.sub("", text[: 8 * limit])).replace("\t", " ")
    return "".join(_shown(char) for char in _INVISIBLE.sub("", text))


def _shown(char: str) -> str:
    if char == "\n" or (char.isascii() and char.isprintable()):
        return char
    category = unicodedata.category(char)
    if category == "Cs":
        return "�"
    return "" if category in _DROPPED else char


def _cap(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS
