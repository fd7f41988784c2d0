"""grading.yml as a typed model: assignments, questions, points by property, budgets, visibility, secret.

Every fault of the file becomes one line ``grading.yml: <path of the key>: <what is wrong>``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .errors import WrongUse

PROPERTIES: Mapping[str, str] = {
    "public": "the public tests",
    "value": "right values",
    "shape": "shapes and broadcasting",
    "ties": "kinks and ties",
    "purity": "arguments left alone, nothing shared",
    "dtype": "types and dtypes",
    "stability": "no overflow, no cancellation",
    "gradient": "backward is the derivative of forward",
    "order": "every graph, every order",
    "calls": "each thing done once",
    "depth": "deep graphs",
    "cost": "no wasted work",
    "errors": "bad input is refused",
    "decay": "weight decay",
    "catches": "subtler mistakes are caught",
    "modes": "training and evaluation kept apart",
    "labels": "predicted labels",
    "stopping": "stops in time, the best comes back",
    "mask": "what the mask forbids is not seen",
    "retrain": "which words move",
    "device": "runs on a GPU's arrays",
    "learning": "it learns",
}
"""The properties points can belong to, and what a report calls them. ``value`` gates all others."""

DEMO_SECRET = b"the demo's secret is public; it grades nothing real"

Visibility = Literal["visible", "after_due_date", "after_published", "hidden"]
Points = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Budget(_Strict):
    """Limits of one hand-in; times in seconds, memory in MiB."""

    item_wall: Seconds = 5.0
    item_cpu: Seconds = 2.0
    import_wall: Seconds = 3.0
    submission_wall: Seconds = 240.0
    timeouts_per_question: Annotated[int, Field(ge=1, le=100)] = 3
    memory: Annotated[int, Field(ge=64, le=65536)] = 512


class Secret(_Strict):
    """Where the course secret comes from: the content of a file, or of an environment variable."""

    file: str | None = None
    variable: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Secret:
        if (self.file is None) == (self.variable is None):
            raise ValueError("give exactly one of `file` and `variable`")
        return self

    def read(self, root: Path) -> bytes:
        """The secret itself, at least 16 bytes; raises WrongUse with what to do when it is missing or short."""
        if self.variable is not None:
            value, place = os.environ.get(self.variable, "").encode(), f"the environment variable {self.variable}"
        else:
            path = root / Path(str(self.file)).expanduser()
            place = f"the file {self.file}"
            try:
                value = path.read_bytes().strip()
            except OSError:
                value = b""
        if len(value) < 16:
            raise WrongUse(
                f"grading.yml: secret: {place} holds no secret of at least 16 characters; "
                "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return value


class Question(_Strict):
    """One public name that a student writes, and the points of its properties."""

    title: str
    module: Name
    name: str
    after: tuple[Name, ...] = ()
    points: dict[str, Points]

    @field_validator("after", mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("points")
    @classmethod
    def _known_properties(cls, value: dict[str, float]) -> dict[str, float]:
        if unknown := sorted(set(value) - set(PROPERTIES)):
            raise ValueError(f"unknown property {unknown[0]!r}; known are {', '.join(PROPERTIES)}")
        if "value" not in value:
            raise ValueError("the property 'value' is missing: without it nothing could be earned")
        return value

    @property
    def max_points(self) -> float:
        return round(sum(self.points.values()), 6)


class VisibilityPolicy(_Strict):
    """When students see the items of each kind on Gradescope."""

    public: Visibility = "visible"
    hidden: Visibility = "after_due_date"


class Assignment(_Strict):
    """One assignment: the modules students write, the given ones, its questions.

    given: partners for public tests, withheld from hidden ones unless they ask. needs: released or given modules that
    students' code may import. shared: files of assignments/shared/ that go into the bundle, too.
    """

    title: str
    folder: str
    modules: Annotated[tuple[Name, ...], Field(min_length=1)]
    given: tuple[Name, ...] = ()
    needs: tuple[Name, ...] = ()
    shared: tuple[str, ...] = ()
    points: Points
    visibility: VisibilityPolicy = VisibilityPolicy()
    questions: dict[Name, Question]

    @field_validator("modules", "given", "needs", "shared", mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _consistent(self) -> Assignment:
        seen: set[str] = set()
        for key, question in self.questions.items():
            if question.module not in self.modules:
                raise ValueError(f"questions.{key}.module: {question.module!r} is not one of `modules`")
            for earlier in question.after:
                if earlier not in seen:
                    raise ValueError(f"questions.{key}.after: {earlier!r} is no question above this one")
            seen.add(key)
        total = math.fsum(question.max_points for question in self.questions.values())
        if abs(total - self.points) > 1e-6:
            raise ValueError(f"points: the questions add up to {total:g}, not to {self.points:g}")
        return self

    def prerequisites(self, key: str) -> tuple[str, ...]:
        """Every question that ``key`` rests on, directly or through others, in the order of the file."""
        wanted, stack = set[str](), list(self.questions[key].after)
        while stack:
            earlier = stack.pop()
            if earlier not in wanted:
                wanted.add(earlier)
                stack.extend(self.questions[earlier].after)
        return tuple(name for name in self.questions if name in wanted)


class Course(_Strict):
    """The whole of grading.yml."""

    schema_version: Literal[1]
    title: str
    secret: Secret
    level: Literal["sealed", "process"] = "sealed"
    budget: Budget = Budget()
    assignments: dict[Name, Assignment]

    def assignment(self, name: str) -> Assignment:
        """The assignment of that name; raises WrongUse with the names there are."""
        if name not in self.assignments:
            raise WrongUse(f"no assignment {name!r} in grading.yml; there are: {', '.join(self.assignments)}")
        return self.assignments[name]


def load_course(path: Path) -> Course:
    """Read and validate ``path``; raises WrongUse with one line that names the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path.name}: cannot be read ({error.__class__.__name__}); give a UTF-8 file") from None
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise WrongUse(f"{path.name}: {where}not valid YAML: {problem}") from None
    try:
        return Course.model_validate(data)
    except ValidationError as error:
        raise WrongUse(f"{path.name}: {_first_fault(error)}") from None


class _Loader(yaml.SafeLoader):
    """YAML with two mends: ``1e-5`` is a number, and a key given twice is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "the file"
    what = {
        "extra_forbidden": "unknown key; remove it or mend its spelling",
        "missing": "is missing",
    }.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    got = fault.get("input")
    tell = isinstance(got, str | int | float | bool) and fault["type"] != "extra_forbidden"
    shown = f" (got {got!r})" if tell else ""
    more = f"; and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return f"{where}: {what}{shown}{more}"


def question_ids(course: Course) -> Iterator[str]:
    """Every question id, ``<assignment>.<question>``, in the order of the file."""
    for name, assignment in course.assignments.items():
        for key in assignment.questions:
            yield f"{name}.{key}"
