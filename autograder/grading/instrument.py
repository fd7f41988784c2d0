"""The instrument for one assignment: course, suites collected once, reference, stand-ins, secret."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np

from autograder import mistakes
from autograder.diagnosis.name import Namer
from autograder.model.config import Assignment, Course, Question, load_course
from autograder.model.errors import GraderFault, WrongUse
from autograder.suite import standins
from autograder.suite.items import Item
from autograder.suite.plugin import Collected, collect

JUDGING_FOLDERS = ("diagnosis", "grading", "hidden", "intake", "mistakes", "model", "sandbox", "suite")
PACKAGE_ROOT = Path(__file__).resolve().parent.parent


def find_root(start: Path | None = None) -> Path:
    """The folder with grading.yml: ``start`` (default: here) or one above it, else the one beside the package."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, PACKAGE_ROOT.parent):
        if (folder / "grading.yml").is_file() and (folder / "solutions").is_dir():
            return folder
    raise WrongUse("no grading.yml here or above; run this in a checkout of the course")


@dataclass(frozen=True)
class Instrument:
    """Everything that judges, but no hand-in and no process."""

    root: Path
    course: Course
    name: str
    assignment: Assignment
    secret: bytes
    reference: Mapping[str, str]
    given: Mapping[str, str]
    stubs: Mapping[str, str]
    stand_ins: Mapping[str, standins.StandIn]
    collected: Collected
    namer: Namer
    digest: str

    def mistaken(self, id: str) -> type:
        """The class with the known mistake ``id``, made in this process; raises GraderFault for an unknown id."""
        mistake = next((each for each in mistakes.of(self.name) if each.id == id), None)
        if mistake is None:
            raise GraderFault(f"mistakes/{self.name}.py has no {id!r}")
        question = self.assignment.questions[mistake.question]
        text = mistakes.apply(mistake, self.assignment, self.reference)[question.module]
        namespace: dict[str, Any] = {"__name__": f"solutions.{question.module}", "__package__": "solutions"}
        exec(_compiled(text, f"<{id}>"), namespace)  # anew each time: classes may share what they remember
        made: type = namespace[question.name]
        return made

    def items(self) -> list[Item]:
        """Every item, in the order of its question in grading.yml."""
        order = {key: place for place, key in enumerate(self.assignment.questions)}
        return sorted(self.collected.items, key=lambda item: order[item.key])

    def questions(self) -> Iterator[tuple[str, Question]]:
        """Every question with its full id."""
        for key, question in self.assignment.questions.items():
            yield f"{self.name}.{key}", question


def use_instrument(root: Path, name: str, secret: bytes, work: Callable[[Instrument], None]) -> None:
    """Build the instrument for assignment ``name`` and do ``work`` with it (inside pytest's loop)."""
    course = load_course(root / "grading.yml")
    assignment = course.assignment(name)
    solutions = root / "solutions"
    reference = _sources(solutions, assignment.modules)
    given = _sources(solutions, (*assignment.given, *assignment.needs))
    stubs = _sources(root / "student_src", assignment.modules)
    modules = _import_reference(root, (*assignment.modules, *assignment.given, *assignment.needs))
    _check_names(name, assignment, modules)
    table = mistakes.of(name)
    suites = [PACKAGE_ROOT / "hidden" / name, root / "tests" / "public" / f"test_{name}.py"]

    def driver(collected: Collected) -> None:
        _check_items(collected, name, assignment)
        work(
            Instrument(
                root=root,
                course=course,
                name=name,
                assignment=assignment,
                secret=secret,
                reference=reference,
                given=given,
                stubs=stubs,
                stand_ins=_stand_ins(name, assignment, modules),
                collected=collected,
                namer=Namer(table, assignment, reference),
                digest=_digest(root, secret),
            )
        )

    collect(suites, modules, driver)


@lru_cache(maxsize=200)
def _compiled(text: str, name: str) -> CodeType:
    return compile(text, name, "exec")


def _sources(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    try:
        return {name: (folder / f"{name}.py").read_text(encoding="utf-8") for name in names}
    except OSError as error:
        raise GraderFault(f"{folder.name}/{Path(str(error.filename)).name} cannot be read") from None


def _import_reference(root: Path, names: tuple[str, ...]) -> Any:
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return SimpleNamespace(**{name: importlib.import_module(f"solutions.{name}") for name in names})


def _check_names(name: str, assignment: Assignment, modules: Any) -> None:
    """Every question's name stands in the reference."""
    for key, question in assignment.questions.items():
        found = getattr(modules, question.module)
        for part in question.name.split("."):
            found = getattr(found, part, None)
        if found is None:
            raise WrongUse(
                f"grading.yml: assignments.{name}.questions.{key}.name: "
                f"solutions/{question.module}.py has no {question.name!r}"
            )


def _stand_ins(name: str, assignment: Assignment, modules: Any) -> dict[str, standins.StandIn]:
    """A stand-in for every question, the hand-written ones first: any module of a hand-in may be broken."""
    own: dict[str, standins.StandIn] = importlib.import_module(f"autograder.hidden.{name}.stand_ins").STAND_INS
    table = dict(own)
    for key, question in assignment.questions.items():
        if key not in table:
            try:
                table[key] = standins.for_name(getattr(modules, question.module), question.name)
            except LookupError as error:
                raise GraderFault(f"hidden/{name}/stand_ins.py: {key}: {error}") from None
    return table


def _check_items(collected: Collected, name: str, assignment: Assignment) -> None:
    """Every question has items for exactly the properties its points name, and no test lacks a question."""
    wanted = {(key, prop) for key, question in assignment.questions.items() for prop in question.points}
    found = {(item.key, item.prop) for item in collected.items if item.question.startswith(f"{name}.")}
    strangers = [item.id for item in collected.items if (item.key, item.prop) not in wanted]
    if strangers:
        raise WrongUse(
            f"grading.yml: assignments.{name}.questions: the test {strangers[0]} belongs to no question "
            "or to a property without points; add it to grading.yml or mend the test's mark"
        )
    for key, prop in sorted(wanted - found):
        raise WrongUse(
            f"grading.yml: assignments.{name}.questions.{key}.points.{prop}: no test checks this property; "
            "write one or move its points"
        )


def _digest(root: Path, secret: bytes) -> str:
    """A hash of everything that decides a score: code, suites, reference, points, secret, NumPy's version."""
    hasher = hashlib.sha256(hashlib.sha256(secret).digest() + np.__version__.encode() + sys.version.encode())
    files = [root / "grading.yml"]
    for course_folder in ("solutions", "student_src", "tests/public"):
        files += sorted((root / course_folder).glob("*.py"))
    files += sorted((root / "assignments/shared").glob("*.csv"))  # what hidden suites learn from
    for folder in JUDGING_FOLDERS:
        files += sorted((PACKAGE_ROOT / folder).rglob("*.py"))
    for path in files:
        hasher.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()
