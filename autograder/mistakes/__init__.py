"""Known wrong implementations, as tables of small changes to the reference.

A `Mistake` edits the definition of one question (a function, a class, or a method) and says to the student what is
wrong. The same rows diagnose hand-ins, prove the suites (`backprop calibrate`) and make the demo's hand-ins.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from autograder.model.config import Assignment
from autograder.model.errors import GraderFault

KEPT = 256
"""Sources whose parts are remembered: to parse one takes as long as to run an item."""


@dataclass(frozen=True)
class Mistake:
    """One known mistake.

    ``question`` is the key in grading.yml; ``edits`` are (old, new) texts within the reference's definition of that
    question, each old text standing there exactly once; ``whole`` replaces the definition instead. ``sentence`` is
    what the student reads. ``twins`` are ids of rows whose values no test could tell apart from this one's.
    ``costs_only``: every value is right, only the work is too much.
    """

    id: str
    question: str
    sentence: str
    edits: tuple[tuple[str, str], ...] = ()
    whole: str = ""
    twins: tuple[str, ...] = ()
    costs_only: bool = False


def of(assignment: str) -> tuple[Mistake, ...]:
    """The table of an assignment."""
    table: tuple[Mistake, ...] = importlib.import_module(f"autograder.mistakes.{assignment}").MISTAKES
    return table


def apply(
    mistake: Mistake,
    assignment: Assignment,
    reference: Mapping[str, str],
    base: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The sources ``base`` (the reference's own when None) with the mistake's definition in place of theirs."""
    question = assignment.questions[mistake.question]
    wrong = _edited(mistake, definition(reference[question.module], question.name))
    sources = dict(reference if base is None else base)
    target = sources[question.module]
    begin, end = span(target, question.name)
    lines = target.splitlines(keepends=True)
    text = "".join([*lines[:begin], wrong, *lines[end:]])
    sources[question.module] = text if base is None else _with_helpers(text, reference[question.module])
    return sources


def _edited(mistake: Mistake, text: str) -> str:
    if mistake.whole:
        return mistake.whole.rstrip("\n") + "\n"
    for old, new in mistake.edits:
        if text.count(old) != 1:
            times = text.count(old)
            raise GraderFault(f"mistake {mistake.id}: {old!r} stands {times} times in the reference, not once")
        text = text.replace(old, new)
    return text


def definition(source: str, name: str) -> str:
    """The text of the definition of ``name`` (``Multiply``, ``Graph.backward``) in ``source``."""
    begin, end = span(source, name)
    return "".join(source.splitlines(keepends=True)[begin:end])


@lru_cache(maxsize=KEPT)
def span(source: str, name: str) -> tuple[int, int]:
    """First line (from 0) and line after the last of the definition of ``name``; raises GraderFault if absent."""
    body: list[ast.stmt] = ast.parse(source).body
    node: ast.stmt | None = None
    for part in name.split("."):
        node = next(
            (each for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == part), None
        )
        if node is None:
            raise GraderFault(f"no definition of {name} to change")
        body = node.body
    assert node is not None and node.end_lineno is not None
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *[each.lineno for each in decorators]]) - 1, node.end_lineno


@lru_cache(maxsize=KEPT)
def _top(source: str) -> dict[str, str]:
    """The functions and classes of a module, by name."""
    lines = source.splitlines(keepends=True)
    return {
        node.name: "".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def _with_helpers(source: str, reference: str) -> str:
    """Add what the transplanted definition uses of the reference module's given helpers and is not there."""
    here = _top(source)
    added = [text for name, text in _top(reference).items() if name not in here and f"{name}(" in source]
    helpers = "".join(f"\n\n{text}\n" for text in added)
    return f"{source.rstrip()}\n{helpers}"
