"""What the course asks: ``tests/public/course.json``, and the questions that a name means."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COURSE_JSON = Path("tests", "public", "course.json")


class WrongUse(Exception):
    """Something the student gave is wrong; the message is one line that says what to do."""


@dataclass(frozen=True)
class Question:
    """One question: ``public`` of its ``points`` are decided by the public tests."""

    id: str
    title: str
    module: str
    name: str
    points: float
    public: float
    assignment: str


@dataclass(frozen=True)
class Assignment:
    """One assignment; ``modules`` are the files to hand in, ``given`` what these may import, without ``.py``."""

    name: str
    title: str
    folder: str
    modules: tuple[str, ...]
    given: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Course:
    """The course as it lies in the folder ``root``."""

    root: Path
    assignments: dict[str, Assignment]

    @property
    def student_src(self) -> Path:
        return self.root / "student_src"

    def one(self, name: str | None) -> Assignment:
        """The assignment called ``name``, or the only one; raises WrongUse."""
        if name is None:
            if len(self.assignments) == 1:
                return next(iter(self.assignments.values()))
            raise WrongUse(f"which assignment? Add -a NAME: one of {', '.join(self.assignments)}")
        if name not in self.assignments:
            raise WrongUse(f"there is no assignment {name!r}; there are: {', '.join(self.assignments)}")
        return self.assignments[name]

    def select(self, names: Sequence[str], assignment: str | None) -> list[Question]:
        """The questions that ``names`` mean, in the order of the course; all if there are no names."""
        chosen = [self.one(assignment)] if assignment is not None else list(self.assignments.values())
        questions = [question for each in chosen for question in each.questions]
        wanted: set[str] = set()
        for name in names:
            matching = [question.id for question in questions if name in _names(question)]
            if not matching:
                raise WrongUse(_unknown(name, questions))
            wanted.update(matching)
        return [question for question in questions if question.id in wanted or not names]


def load_course(start: Path) -> Course:
    """The course in ``start``, a folder above it, or the one this package lies in; raises WrongUse."""
    home = Path(__file__).resolve().parents[2]
    for root in (start, *start.parents, home):
        if (root / COURSE_JSON).is_file():
            return _read(root)
    raise WrongUse(f"there is no {COURSE_JSON.as_posix()} here; run it in the folder that you unpacked")


def _read(root: Path) -> Course:
    try:
        data = json.loads((root / COURSE_JSON).read_text(encoding="utf-8"))
        assignments = {name: _assignment(name, each) for name, each in data["assignments"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise WrongUse(f"{COURSE_JSON.as_posix()} cannot be read; take it from the course's bundle again") from None
    return Course(root, assignments)


def _assignment(name: str, data: dict[str, Any]) -> Assignment:
    questions, modules = data["questions"], data["modules"]
    given, needs = data.get("given", []), data.get("needs", [])
    if not all(isinstance(each, list) for each in (questions, modules, given, needs)):
        raise TypeError
    return Assignment(
        name=name,
        title=str(data["title"]),
        folder=str(data["folder"]),
        modules=tuple(map(str, modules)),
        given=tuple(map(str, (*given, *needs))),
        questions=tuple(_question(name, each) for each in questions),
    )


def _question(assignment: str, data: dict[str, str | float]) -> Question:
    return Question(
        id=str(data["id"]),
        title=str(data["title"]),
        module=str(data["module"]),
        name=str(data["name"]),
        points=float(data["points"]),
        public=float(data["public"]),
        assignment=assignment,
    )


def _names(question: Question) -> tuple[str, ...]:
    module = question.module
    return (
        question.id,
        question.id.partition(".")[2],
        question.name,
        question.assignment,
        module,
        f"{module}.py",
    )


def _unknown(name: str, questions: Sequence[Question]) -> str:
    short = [each for question in questions for each in (_names(question)[1], question.module, question.assignment)]
    close = difflib.get_close_matches(name.rpartition(".")[2].lower(), dict.fromkeys(short), n=3, cutoff=0.5)
    ending = f"did you mean {' or '.join(close)}?" if close else "name a question, a module or an assignment"
    return f"there is no question {name!r}; {ending}"
