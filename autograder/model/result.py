"""What grading leaves behind: ``results/<id>.json``, versioned. Everything else is derived from these files.

All that depends on time, machine, level or path stands in ``run``; the rest is byte-identical for the same files.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import GraderFault

SCHEMA_VERSION: Final = 1
Status = Literal["graded", "not attempted", "unreadable", "over budget", "grader fault"]


class Outcome(StrEnum):
    """How an item, a property or a question came out."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    NOT_CHECKED = "not checked"
    FAULT = "grader fault"


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemResult(_Frozen):
    """One hidden or public test item. ``message`` says where, what and expected; ``hint`` how to mend it."""

    id: str
    title: str
    question: str
    property: str
    visibility: Literal["public", "hidden"]
    outcome: Outcome
    message: str = ""
    hint: str = ""
    carried: bool = Field(default=False, description="judged with failed prerequisites replaced")


class PropertyResult(_Frozen):
    """The points of one property: all of ``max_points`` when every item passed and ``value`` holds, else 0."""

    name: str
    title: str
    points: float
    max_points: float
    outcome: Outcome
    reason: str = ""


class Diagnosis(_Frozen):
    """A named mistake: ``mistake`` is an id of the table of known mistakes."""

    mistake: str
    sentence: str


class QuestionResult(_Frozen):
    """One question: ``outcome`` is passed when all its points were earned."""

    id: str
    title: str
    points: float
    max_points: float
    outcome: Outcome
    properties: tuple[PropertyResult, ...]
    diagnosis: Diagnosis | None = None
    carried: tuple[str, ...] = Field(default=(), description="prerequisites replaced while judging")


class FileRecord(_Frozen):
    name: str
    sha256: str


class NoteRecord(_Frozen):
    code: str
    sentence: str
    file: str | None = None
    level: Literal["info", "warning", "error"] = "warning"


class PersonRecord(_Frozen):
    name: str = ""
    sid: str = ""
    email: str = ""


class SubmissionRecord(_Frozen):
    """Who and what was graded."""

    id: str
    people: tuple[PersonRecord, ...] = ()
    files: tuple[FileRecord, ...] = ()
    notes: tuple[NoteRecord, ...] = ()
    digest: str
    variant: int


class Run(_Frozen):
    """What differs between runs: never compared, never part of a score."""

    started: str = ""
    seconds: float = 0.0
    level: str = ""
    probe: dict[str, str] = {}
    machine: str = ""
    python: str = ""
    numpy: str = ""
    origin: str = ""
    fingerprint: str = Field(default="", description="hash of the hand-in and of everything that judged it")
    item_seconds: dict[str, float] = {}


class Result(_Frozen):
    """The document ``results/<id>.json``.

    ``score`` is null when the instrument failed (``status`` "grader fault"); it is never 0 for that reason.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    assignment: str
    submission: SubmissionRecord
    status: Status
    score: float | None
    max_score: float
    summary: str = ""
    questions: tuple[QuestionResult, ...]
    items: tuple[ItemResult, ...]
    run: Run = Run()

    def to_json(self) -> str:
        """Deterministic text: sorted keys, two spaces, LF, a newline at the end."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def without_run(self) -> dict[str, Any]:
        """The document without its ``run`` block: what two gradings of the same files must agree on."""
        return self.model_dump(mode="json", exclude={"run"})


def read_result(text: str | bytes, name: str) -> Result:
    """Parse a result file; raises GraderFault naming ``name`` when it is not one of ours."""
    try:
        return Result.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise GraderFault(f"{name} is no result of schema {SCHEMA_VERSION}: {where}: {first['msg']}") from None
