"""What can be said of a module without running it: does it parse, and does it import what is not there."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Collection, Iterator
from typing import Final

from autograder.model.submission import Note

from .tree import Refused, shown

NESTING: Final = 100
"""The most brackets open at once. Python's own limit is 200; older parsers crashed on such text."""
IMPORTS: Final = 10
"""The most notes about imports of one module."""

_TOKENS = re.compile(
    r'"""(?:[^\\]|\\(?:.|\Z))*?(?:"""|\Z)|' + r"'''(?:[^\\]|\\(?:.|\Z))*?(?:'''|\Z)|"
    r'"(?:[^"\\\n]|\\.)*"?|' + r"'(?:[^'\\\n]|\\.)*'?|#[^\n]*|[(\[{]|[)\]}]",
    re.DOTALL,
)
_PACKAGE = "student_src"


def parse(text: str, file: str) -> ast.Module:
    """The syntax tree of a module; raises Refused with the line and Python's own message.

    Only parsed: student text is neither compiled to code nor run here. Brackets are counted first by a scan
    that skips strings and comments, so that no text reaches the parser that makes it recurse deeply.
    """
    if line := _too_nested(text):
        raise _refused(file, line, f"more than {NESTING} brackets are open at once")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, filename=file)
    except SyntaxError as error:
        raise _refused(file, error.lineno or 1, shown(error.msg or "invalid syntax", 200)) from None
    except (RecursionError, MemoryError):
        raise _refused(file, 1, "an expression in this file is nested too deeply to be read") from None
    except ValueError as error:
        raise _refused(file, 1, shown(str(error), 200)) from None


def absent_imports(tree: ast.Module, file: str, course: Collection[str], handed_in: Collection[str]) -> list[Note]:
    """One note per imported package that is neither the standard library, NumPy nor one of ``course``.

    ``handed_in`` are further Python files of the hand-in, without ``.py``: these are not used, which is
    worth saying.
    """
    known = {"numpy", _PACKAGE, "__future__", *sys.stdlib_module_names}
    first: dict[str, int] = {}
    for name, line, is_local in _imported(tree):
        if name not in course and (is_local or name not in known):
            first[name] = min(line, first.get(name, line))
    return [_absent(file, name, line, name in handed_in) for name, line in list(first.items())[:IMPORTS]]


def _absent(file: str, name: str, line: int, was_handed_in: bool) -> Note:
    start = f"{file} line {line} imports {shown(name)}, which"
    if was_handed_in:
        sentence = f"{start} was handed in but is not used when graded. Move what you need from it into {file}."
        return Note("import", sentence, file, "warning")
    sentence = f"{start} is not available when graded; fine as long as nothing uses it."
    return Note("import", sentence, file, "info")


def _imported(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """(name, line, whether it must be a module of the hand-in) of every import, in all forms allowed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _top(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.level:
            if node.level > 1:
                yield "." * node.level + (node.module or ""), node.lineno, True
            elif node.module:
                yield node.module.partition(".")[0], node.lineno, True
            else:
                yield from ((alias.name, node.lineno, True) for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            yield from ((alias.name, node.lineno, True) for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield _top(node.module, node.lineno)


def _top(dotted: str, line: int) -> tuple[str, int, bool]:
    first, _, rest = dotted.partition(".")
    if first == _PACKAGE and rest:
        return rest.partition(".")[0], line, True
    return first, line, False


def _too_nested(text: str) -> int | None:
    """The line where more than NESTING brackets are open, if any."""
    depth = 0
    for token in _TOKENS.finditer(text):
        if token[0] in ("(", "[", "{"):
            depth += 1
        elif token[0] in (")", "]", "}"):
            depth = max(0, depth - 1)
        if depth > NESTING:
            return text.count("\n", 0, token.start()) + 1
    return None


def _refused(file: str, line: int, what: str) -> Refused:
    sentence = f"{file}, line {line}: {what}. Nothing in this file could be graded. Mend it and hand in again."
    return Refused("syntax", sentence)
