"""Names: files called almost like a module, and ids of hand-ins."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

ID_LENGTH: Final = 80

_COPY = re.compile(
    r" ?\((?P<browser>\d{1,4})\)|-(?P<upload>\d{1,4})"
    r"|(?: -)? copy(?: \(?(?P<copy>\d{1,4})\)?)?",
    re.IGNORECASE,
)
_ENDINGS = (".py.txt", ".ipynb", ".txt", ".pyw", ".py")


def copy_number(name: str, module: str) -> int | None:
    """Which copy of ``module``.py a browser, a file manager or an upload page made of it, or None.

    ``gates (2).py`` 2, ``gates-1.py`` 1, ``gates copy.py`` and ``gates - Copy.py`` 1, ``gates copy 2.py`` 2.
    """
    if not (name.startswith(module) and name.endswith(".py")):
        return None
    found = _COPY.fullmatch(name[len(module) : -3])
    if found is None:
        return None
    return next((int(number) for number in found.groups() if number), 1)


def resembles(name: str, modules: Iterable[str]) -> bool:
    """Whether ``name`` is surely one of ``modules``: the same, a copy, in other case, with another ending."""
    stem = _stem(name)
    return any(stem == module or copy_number(name, module) is not None for module in modules)


def near(name: str, module: str, others: Iterable[str]) -> bool:
    """Whether ``name`` may mean ``module``.py: what resembles it, and ``gates_final.py`` or ``gate.py``.

    ``others`` are names with a meaning of their own, which are nobody's misspelling.
    """
    stem = _stem(name)
    if stem is None or len(stem) > ID_LENGTH or (name.endswith(".py") and stem in others and name == f"{stem}.py"):
        return False
    if stem == module or re.match(re.escape(module) + r"[^a-z]", stem):
        return True
    return bool(difflib.get_close_matches(stem, [module], cutoff=0.8))


def _stem(name: str) -> str | None:
    lower = name.lower()
    return next((lower.removesuffix(ending) for ending in _ENDINGS if lower.endswith(ending)), None)


def safe_id(name: str) -> str:
    """``name`` in ASCII letters, digits, ``.``, ``_`` and ``-``; at most ID_LENGTH long, not empty, no
    leading dot.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip("._").rstrip("._")[:ID_LENGTH].rstrip("._")
    return safe or "hand-in"


def unique_ids(names: Sequence[str]) -> list[str]:
    """An id for each of ``names``, in their order, no two the same even where case does not count.

    A name that is a good id keeps it, whoever else maps to it; the others get ``-2``, ``-3``, … in their
    order.
    """
    ids = [""] * len(names)
    used: set[str] = set()
    for index in sorted(range(len(names)), key=lambda each: safe_id(names[each]) != names[each]):
        ids[index] = _unused(safe_id(names[index]), used)
        used.add(ids[index].lower())
    return ids


def _unused(wanted: str, used: set[str]) -> str:
    candidate, number = wanted, 1
    while candidate.lower() in used:
        number += 1
        ending = f"-{number}"
        candidate = wanted[: ID_LENGTH - len(ending)] + ending
    return candidate
