"""Does a line of a solution stand in anything that students get?

A line counts when it says something: no import, no plain storing or returning of names, at least 12
characters other than blanks, and arithmetic or two other operations (one, or prose, from 24 characters on).
A long line is looked for anywhere in a line, a short one as a whole line. What students may read anyway, in
given code and docstrings outside the blocks, is exempt. Of a long line only what is returned or assigned counts,
so that another name in front of it hides nothing.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .strip import find_blocks

SHORT, LONG, PROSE = 12, 20, 24
"""Characters other than blanks: what a line needs to tell anything; to be looked for inside lines; to tell
something with one operation or as prose."""

_OPERATIONS = (ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Subscript, ast.IfExp, ast.comprehension)
_DRESSING = re.compile(r"^(?:>>>|\.\.\.|[-*>|`]|\d+\.)+|[|`]+$")


@dataclass(frozen=True)
class SolutionLine:
    """A telling line of a block: where it stands, and what of it counts, without blanks and trailing comment."""

    file: str
    line: int
    key: str


@dataclass(frozen=True)
class Leak:
    """``str`` gives the line for the user."""

    file: str
    line: int
    source: SolutionLine

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: repeats the solution's line {self.source.file}:{self.source.line}"


def solution_lines(sources: Mapping[str, str]) -> list[SolutionLine]:
    """The telling lines of all blocks in ``sources`` (file to text). Raises WrongUse for faulty markers."""
    found = []
    for file, text in sources.items():
        lines = text.split("\n")
        for block in find_blocks(text, file):
            for number in range(block.start + 1, block.end):
                if _tells(lines[number - 1]):
                    found.append(SolutionLine(file, number, _essence(lines[number - 1])))
    return found


def given_texts(sources: Mapping[str, str]) -> list[str]:
    """What stands outside the blocks."""
    texts = []
    for file, text in sources.items():
        lines = text.split("\n")
        for block in reversed(find_blocks(text, file)):
            del lines[block.start - 1 : block.end]
        texts.append("\n".join(lines))
    return texts


def find_leaks(secret: Iterable[SolutionLine], given: Iterable[str], shown: Mapping[str, str]) -> list[Leak]:
    """Every telling line that is not in ``given`` and occurs in ``shown`` (file to text), once per file."""
    allowed = _Haystack("\n".join(given))
    wanted = {line.key: line for line in secret if allowed.find(line.key) is None}
    leaks = []
    for file, text in shown.items():
        haystack = _Haystack(_readable(file, text))
        for key, source in wanted.items():
            if (number := haystack.find(key)) is not None:
                leaks.append(Leak(file, number, source))
    return sorted(leaks, key=lambda leak: (leak.file, leak.line))


class _Haystack:
    def __init__(self, text: str) -> None:
        self.lines = [_key(line) for line in text.split("\n")]
        self.whole: dict[str, int] = {}
        for number, line in enumerate(self.lines, 1):
            self.whole.setdefault(line, number)
            self.whole.setdefault(_DRESSING.sub("", line), number)
        self.blob = "\n".join(self.lines)

    def find(self, key: str) -> int | None:
        """The first line that is (or, for a long key, holds) ``key``."""
        if len(key) < LONG:
            return self.whole.get(key)
        position = self.blob.find(key)
        return None if position < 0 else self.blob.count("\n", 0, position) + 1


def _readable(file: str, text: str) -> str:
    """A notebook's cells as text; anything else as it is."""
    if not file.endswith(".ipynb"):
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def _key(line: str) -> str:
    code = line.strip()
    code = code.lstrip("# ") if code.startswith("#") else re.split(r"\s{2,}#", code, maxsplit=1)[0]
    return "".join(code.split())


def _tells(line: str) -> bool:
    length = len(_key(line))
    if length < SHORT:
        return False
    tree = _tree(line.strip())
    if tree is None:  # prose, or a part of a longer statement
        return length >= PROSE
    if any(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body):
        return False
    operations = sum(_weight(node) for node in ast.walk(tree))
    prose = line.strip().startswith("#") or any(isinstance(node, ast.Constant) for node in _bare(tree))
    return operations >= 2 or (length >= PROSE and (operations == 1 or prose))


def _essence(line: str) -> str:
    """What is returned or assigned, where that is long and tells by itself; else the whole line."""
    value = re.split(r"^(?:return\b|[\w\s.,*]+[-+*/@]?=(?!=))", line.strip(), maxsplit=1)[-1]
    return _key(value) if len(_key(value)) >= LONG and _tells(value) else _key(line)


def _weight(node: ast.AST) -> int:
    """Arithmetic says most: one operator is enough to make a line tell."""
    return 2 if isinstance(node, ast.BinOp | ast.AugAssign) else int(isinstance(node, _OPERATIONS))


def _bare(tree: ast.Module) -> list[ast.expr]:
    return [node.value for node in tree.body if isinstance(node, ast.Expr)]


def _tree(code: str) -> ast.Module | None:
    """The line as a statement of its own; a header (``for …:``) gets an empty body."""
    for attempt in (code, f"{code} pass", f"if 0: pass\n{code} pass", f"try: pass\n{code} pass"):
        try:
            with warnings.catch_warnings(action="ignore"):
                return ast.parse(attempt)
        except (SyntaxError, ValueError):
            continue
    return None
