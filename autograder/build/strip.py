"""Reference modules with the solution blocks taken out.

A block stands between ``# BEGIN SOLUTION`` and ``# END SOLUTION``, each alone on its line. Inside a function
it becomes a ``raise NotImplementedError`` that names the question; at the level of a module or a class it is
removed. All else stays byte for byte, except that blank lines around a removed block are not doubled.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..model.errors import WrongUse

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
LINE_LENGTH = 110
NOTEBOOK_STUB = "# Write your code here."

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_NEARLY = re.compile(r"#\W*(begin|end)\W*solutions?\b", re.IGNORECASE)
_PASSES = {
    "forward": "the forward pass of {}",
    "backward": "the backward pass of {}",
    "__init__": "the constructor of {}",
}


@dataclass(frozen=True)
class Block:
    """Lines ``start`` to ``end`` of a file, markers included, counted from 1.

    ``scope`` holds the names of the classes and functions around it; ``inside`` is true in a function.
    """

    start: int
    end: int
    indent: str
    scope: tuple[str, ...]
    inside: bool


def find_blocks(text: str, name: str) -> list[Block]:
    """The solution blocks of ``text`` in order; ``name`` is what an error calls the file. Raises WrongUse."""
    marks = list(_markers(text, name))
    for position, (line, kind, _) in enumerate(marks):
        if kind != (BEGIN, END)[position % 2]:
            raise WrongUse(f"{name}:{line}: {_unpaired(kind, marks[position - 1][0] if position else 0)}")
    if len(marks) % 2:
        raise WrongUse(f"{name}:{marks[-1][0]}: this block has no {END!r}; add one on a line of its own")
    if not marks:
        return []
    tree = _parse(text, name)
    return [_block(tree, name, *pair) for pair in zip(marks[::2], marks[1::2], strict=True)]


def stub(text: str, name: str, questions: Mapping[str, str]) -> str:
    """``text`` as students get it; ``questions`` maps ``Class``, ``Class.method`` or ``function`` to an id.

    Raises WrongUse, with file and line, for faulty markers, a block that belongs to no question, or a stub
    that is no valid Python.
    """

    def replacement(block: Block) -> list[str]:
        return _raise(block, *_question(block, name, questions)) if block.inside else []

    return _replaced(text, name, replacement)


def stripped_notebook(text: str, name: str) -> str:
    """The percent-format script ``text`` with a comment that invites to write in the place of every block."""

    def replacement(block: Block) -> list[str]:
        lines = [block.indent + NOTEBOOK_STUB + "\n"]
        return [*lines, block.indent + "...\n"] if block.scope else lines

    return _replaced(text, name, replacement)


def released(text: str, name: str) -> str:
    """The whole reference, only without the markers: for modules of earlier assignments."""
    markers = {line for line, _, _ in _markers(text, name)}
    lines = io.StringIO(text).readlines()
    return "".join(line for number, line in enumerate(lines, 1) if number not in markers)


def _markers(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    _parse(text, name)  # its errors tell the line
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    for token in tokens:
        if token.type != tokenize.COMMENT or not _NEARLY.match(token.string):
            continue
        line, column = token.start
        if token.string not in (BEGIN, END):
            raise WrongUse(f"{name}:{line}: {token.string!r} is no marker; write {BEGIN!r} or {END!r}")
        indent = token.line[:column]
        if indent.strip():
            raise WrongUse(f"{name}:{line}: {token.string!r} must stand alone on its line")
        yield line, token.string, indent


def _unpaired(kind: str, earlier: int) -> str:
    if kind == BEGIN:
        return f"{BEGIN!r} inside the block that begins in line {earlier}; blocks cannot be nested"
    return f"{END!r} without a {BEGIN!r} above it"


def _parse(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise WrongUse(f"{name}:{error.lineno}: no valid Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise WrongUse(f"{name}: no valid Python: {error}") from None


def _block(tree: ast.Module, name: str, begin: tuple[int, str, str], end: tuple[int, str, str]) -> Block:
    start, stop = begin[0], end[0]
    if begin[2] != end[2]:
        raise WrongUse(f"{name}:{stop}: {END!r} is not indented as its {BEGIN!r} in line {start}")
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and start < node.lineno < stop]
    if not inner:
        raise WrongUse(f"{name}:{start}: the solution block is empty")
    first, last = min(node.lineno for node in inner), max(node.end_lineno or 0 for node in inner)
    around = _around(tree, start, first)
    if last > stop or _around(tree, start, last) != around:
        raise WrongUse(f"{name}:{start}: the solution block cuts a statement or leaves its function")
    inside = any(not isinstance(node, ast.ClassDef) for node in around)
    return Block(start, stop, begin[2], tuple(node.name for node in around), inside)


def _around(tree: ast.Module, start: int, line: int) -> list[_Named]:
    """Classes and functions that began before ``start`` and still hold ``line``, outermost first."""
    named = (node for node in ast.walk(tree) if isinstance(node, _Named) and node.lineno < start)
    return sorted((node for node in named if line <= (node.end_lineno or 0)), key=lambda node: node.lineno)


def _question(block: Block, name: str, questions: Mapping[str, str]) -> tuple[str, str]:
    """The question's id, and what to write."""
    for length in range(len(block.scope), 0, -1):
        qualified = ".".join(block.scope[:length])
        if qualified in questions:
            return questions[qualified], _what(block.scope)
    raise WrongUse(
        f"{name}:{block.start}: the solution block in {'.'.join(block.scope)} belongs to no question of "
        "grading.yml; put it under a question's name, or move the whole helper into a block"
    )


def _what(scope: tuple[str, ...]) -> str:
    owner, *methods = scope
    if methods and methods[0] in _PASSES:
        return _PASSES[methods[0]].format(owner)
    return ".".join(scope[:2]) if owner[:1].isupper() or owner.startswith("_") else owner


def _raise(block: Block, question: str, what: str) -> list[str]:
    line = f'{block.indent}raise NotImplementedError("{question}: write {what}")\n'
    if len(line) <= LINE_LENGTH + 1:
        return [line]
    deeper = block.indent + "    "
    return [
        f"{block.indent}raise NotImplementedError(\n",
        f'{deeper}"{question}: "\n',
        f'{deeper}"write {what}"\n',
        f"{block.indent})\n",
    ]


def _replaced(text: str, name: str, replacement: Callable[[Block], list[str]]) -> str:
    blocks = find_blocks(text, name)
    lines = io.StringIO(text).readlines()
    for block in reversed(blocks):
        new = replacement(block)
        before, after = lines[: block.start - 1], lines[block.end :]
        if not new:
            _join(before, after)
        lines = [*before, *new, *after]
    result = "".join(lines)
    if blocks:
        _check_result(result, name, blocks)
    return result


def _join(before: list[str], after: list[str]) -> None:
    """Leave the larger of the two runs of blank lines, and none at the end of the file."""
    above = next((count for count, line in enumerate(reversed(before)) if line.strip()), len(before))
    below = next((count for count, line in enumerate(after) if line.strip()), len(after))
    surplus = above if below == len(after) else min(above, below)
    if surplus:
        del before[-surplus:]


def _check_result(result: str, name: str, blocks: list[Block]) -> None:
    try:
        ast.parse(result)
    except SyntaxError as error:
        starts = ", ".join(str(block.start) for block in blocks)
        raise WrongUse(
            f"{name}: without its solution blocks (lines {starts}) it is no valid Python: {error.msg} "
            f"in line {error.lineno} of the stub; leave a docstring or a statement beside the block"
        ) from None
