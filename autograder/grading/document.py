"""The result document of one hand-in: items, questions, status, the record of who and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.model.result import (
    Diagnosis,
    FileRecord,
    ItemResult,
    NoteRecord,
    Outcome,
    PersonRecord,
    QuestionResult,
    Result,
    Run,
    Status,
    SubmissionRecord,
)
from autograder.model.submission import Submission
from autograder.suite.plugin import ItemRun

from .instrument import Instrument
from .score import score_question, together


def document(
    instrument: Instrument,
    submission: Submission,
    runs: Sequence[ItemRun],
    diagnoses: Mapping[str, Diagnosis],
    carried: Mapping[str, tuple[str, ...]],
    variant: int,
) -> Result:
    """The result of ``runs``; of the ``run`` block only the items' times. Questions without a run are left out.

    ``diagnoses`` and ``carried`` (the prerequisites that were replaced) go by the full id of a question.
    """
    items = tuple(_item_result(run) for run in runs)
    judged = {item.question for item in items}
    questions = tuple(
        score_question(
            id, question, [item for item in items if item.question == id], diagnoses.get(id), carried.get(id, ())
        )
        for id, question in instrument.questions()
        if id in judged
    )
    fault = any(item.outcome == Outcome.FAULT for item in items)
    return Result(
        assignment=instrument.name,
        submission=record(submission, variant),
        status=_status(submission, items),
        score=None if fault else round(sum(question.points for question in questions), 6),
        max_score=instrument.assignment.points,
        summary=_summary(questions),
        questions=questions,
        items=items,
        run=Run(item_seconds={run.item.id: round(run.seconds, 4) for run in runs}),
    )


def ungraded(instrument: Instrument, submission: Submission, reason: str) -> Result:
    """The skeleton: every expected item a grader fault with its reason, the score empty, never 0."""
    runs = [ItemRun(item, Outcome.FAULT, reason) for item in instrument.items()]
    return document(instrument, submission, runs, {}, {}, submission.variant).model_copy(update={"summary": reason})


def _item_result(run: ItemRun) -> ItemResult:
    item = run.item
    message = run.message
    if item.visibility == "public" and run.detail and run.outcome == Outcome.FAILED:
        message = f"{message} {run.detail}"
    if message and not message.startswith(item.question):
        message = f"{item.question}: {message}"
    return ItemResult(
        id=item.id,
        title=item.title,
        question=item.question,
        property=item.prop,
        visibility=item.visibility,
        outcome=run.outcome,
        message=message,
        hint=run.hint,
        carried=run.carried,
    )


def record(submission: Submission, variant: int) -> SubmissionRecord:
    """Who and what: the part of a result that comes from intake."""
    return SubmissionRecord(
        id=submission.id,
        people=tuple(PersonRecord(name=p.name, sid=p.sid, email=p.email) for p in submission.people),
        files=tuple(FileRecord(name=f"{each.module}.py", sha256=each.sha256) for each in submission.sources),
        notes=tuple(
            NoteRecord(code=n.code, sentence=n.sentence, file=n.file, level=n.level) for n in submission.notes
        ),
        digest=submission.digest,
        variant=variant,
    )


def _status(submission: Submission, items: Sequence[ItemResult]) -> Status:
    outcomes = {item.outcome for item in items}
    if Outcome.FAULT in outcomes:
        return "grader fault"
    if any(note.blocks == "*" for note in submission.notes):
        return "unreadable"
    if Outcome.NOT_CHECKED in outcomes:
        return "over budget"
    return "not attempted" if together(list(outcomes)) == Outcome.NOT_ATTEMPTED else "graded"


def _summary(questions: Sequence[QuestionResult]) -> str:
    full = sum(question.points == question.max_points for question in questions)
    untouched = sum(question.outcome == Outcome.NOT_ATTEMPTED for question in questions)
    rest = f", {untouched} not attempted" if untouched else ""
    return f"{full} of {len(questions)} questions with full points{rest}"
