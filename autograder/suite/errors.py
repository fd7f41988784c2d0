"""How student code can fail to give a value: raised to the test that asked, as an exception of ours.

Where student code raised a built-in exception, ours is an instance of that class too, so that a test may say
``except ValueError`` about local modules and about the proxy alike.
"""

from __future__ import annotations

import builtins
import re
from typing import Any

from autograder.sandbox import wire
from autograder.sandbox.client import WorkerGone

_MIMICKED = """
ValueError TypeError KeyError IndexError AttributeError ZeroDivisionError ArithmeticError RuntimeError
NotImplementedError RecursionError OverflowError FloatingPointError LookupError MemoryError NameError
""".split()  # noqa: SIM905 - a list of names reads better as text


class StudentError(Exception):
    """Base. ``sentence`` names no text of the student's; ``detail`` may, and is shown for public items only."""

    importing = ""
    """The module whose import failed, if that was it."""

    def __init__(self, sentence: str, detail: str = "", hint: str = "") -> None:
        super().__init__(f"{sentence} {detail}".strip())
        self.sentence, self.detail, self.hint = sentence, detail, hint


class NotAttempted(StudentError):
    """The stub still raises, or the name is not there."""


class StudentRaised(StudentError):
    """Student code raised something of its own; ``builtin`` names the built-in exception that it is."""

    builtin = "Exception"


class StudentGone(StudentError):
    """The worker timed out, crashed or left; ``kind`` as in `WorkerGone`."""

    def __init__(self, gone: WorkerGone) -> None:
        sentence, hint = _ENDINGS[gone.kind]
        super().__init__(sentence.format(detail=gone.detail), hint=hint)
        self.kind = gone.kind


_ENDINGS = {
    "time": ("gave no answer in time ({detail}).", "Is there a loop that never ends, or a wait for input?"),
    "cpu": ("{detail}.", "Is there a loop that never ends, or work that grows much faster than the input?"),
    "crash": ("ended the Python process ({detail}).", "Very deep recursion or a huge allocation can do that."),
    "exit": ("{detail} instead of returning.", "Remove calls of exit(), quit(), sys.exit() and os._exit()."),
    "protocol": ("did not return a value that can be read ({detail}).", "Return plain numbers, tuples and arrays."),
}


def from_response(response: wire.Raised | wire.Missing) -> StudentError:
    """The exception for a worker's `Raised` or `Missing`."""
    if isinstance(response, wire.Missing):
        return NotAttempted(f"is not there: {_plain(response.what)}.", hint="Keep the names of the stubs.")
    file, line, function = response.where
    known = next((kind for kind in response.bases if kind in vars(builtins)), "Exception")
    place = f" in {file}, line {line}" if re.fullmatch(r"[A-Za-z_]\w{0,40}\.py", file, re.ASCII) else ""
    detail = f"({_plain(function)}: {response.message})" if function else f"({response.message})"
    if response.importing:
        sentence = f"cannot be imported: {_plain(response.importing)}.py raises {known}{place}."
        module = _plain(response.importing)
        error = StudentRaised(sentence, detail, f'Try it yourself: python -c "import student_src.{module}"')
        error.importing = module
        return error
    if "NotImplementedError" in response.bases:
        return NotAttempted("is not written yet.", detail)
    hint = _HINTS.get(known, "")
    if known == "RuntimeError" and "start new thread" in response.message:
        hint = "Threads and other processes are out of reach when your work is graded; compute in one."
    mimicked = next((kind for kind in response.bases if kind in _MIMICKED), known)
    raised = _mimic(mimicked)(f"raised {known}{place}.", detail, hint)
    raised.builtin = known
    return raised


_HINTS = {
    "MemoryError": "It needs far more memory than the reference; is an array larger than it must be?",
    "RecursionError": "Use a loop and a list of your own instead of recursion.",
    "PermissionError": "Files, network and other processes are out of reach when your work is graded.",
    "SystemExit": "Remove calls of exit(), quit() and sys.exit().",
    "ImportError": "Only NumPy, the standard library and the course's modules are there when your work is graded.",
    "ModuleNotFoundError": "Only NumPy, the standard library and the course's modules are there.",
}
_classes: dict[str, type[StudentRaised]] = {}


def _mimic(kind: str) -> type[StudentRaised]:
    if kind not in _MIMICKED:
        return StudentRaised
    if kind not in _classes:
        bases: tuple[Any, ...] = (StudentRaised, getattr(builtins, kind))
        _classes[kind] = type(f"Student{kind}", bases, {"__str__": Exception.__str__})
    return _classes[kind]


def missing_entry(owner: str, key: object) -> StudentError:
    """The KeyError of reading an entry that the student's dict does not have."""
    return _mimic("KeyError")(f"has no entry {_plain(str(key))!r} in {owner}.")


def _plain(text: str) -> str:
    return "".join(each for each in text if each.isprintable())[:100]
