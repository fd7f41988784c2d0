"""Grades one hand-in: imports, items, errors carried forward, diagnosis, score. Decides; never runs student code."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from autograder.model.errors import GraderFault
from autograder.model.result import Diagnosis, Outcome, Result
from autograder.model.submission import Submission
from autograder.sandbox.client import Nursery
from autograder.suite.errors import StudentError
from autograder.suite.items import Item
from autograder.suite.plugin import ItemRun
from autograder.suite.stage import Stage, Subject
from autograder.suite.transcript import Transcript

from . import carry
from .document import document
from .instrument import Instrument

CarriedRuns = dict[tuple[str, tuple[str, ...]], ItemRun]
"""Runs by the item's id and the questions that the reference stood in for."""


@dataclass
class Grading:
    """One hand-in being graded."""

    instrument: Instrument
    submission: Submission
    stage: Stage
    items: Sequence[Item]
    runs: dict[str, ItemRun] = field(default_factory=dict)
    carried: dict[str, carry.Carry] = field(default_factory=dict)
    unimportable: dict[str, str] = field(default_factory=dict)
    sentences: dict[str, tuple[Outcome, str, str]] = field(default_factory=dict)
    """Why a module's items cannot run as handed in: outcome, sentence, hint."""
    timeouts: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def module(self, item: Item) -> str:
        return self.instrument.assignment.questions[item.key].module


def stage_for(instrument: Instrument, nursery: Nursery, subject: Subject) -> Stage:
    """A stage for ``subject`` under the course's budget."""
    return Stage(
        name=instrument.name,
        assignment=instrument.assignment,
        nursery=nursery,
        budget=instrument.course.budget,
        secret=instrument.secret,
        given=instrument.given,
        reference=Subject(instrument.reference),
        stand_in_table=instrument.stand_ins,
        subject=subject,
        mistaken=instrument.mistaken,
    )


def grade(
    instrument: Instrument, submission: Submission, nursery: Nursery, keys: Collection[str] | None = None
) -> Result:
    """The result of ``submission``, its ``run`` block empty but for the times of items.

    ``keys`` restricts the questions. Calibration, which names mistakes its own way, puts `examine` and `conclude`
    together itself.
    """
    items = [item for item in instrument.items() if keys is None or item.key in keys]
    grading = examine(instrument, submission, nursery, items=items)
    return conclude(grading, nursery, _diagnose(grading))


def examine(
    instrument: Instrument,
    submission: Submission,
    nursery: Nursery,
    variant: int | None = None,
    items: Sequence[Item] | None = None,
    known: Mapping[str, ItemRun] = MappingProxyType({}),
    carried_runs: CarriedRuns | None = None,
) -> Grading:
    """Run ``items`` (all, by default) of ``submission``, some twice where an error is carried forward.

    ``variant`` overrides the draw that the files decide. ``known`` are runs of the same sources, by the item's id, that
    need not be done again; so are ``carried_runs``, and what is carried is added to them.
    """
    sources = {source.module: source.text for source in submission.sources}
    subject = Subject(sources, submission.variant if variant is None else variant)
    stage = stage_for(instrument, nursery, subject)
    grading = Grading(instrument, submission, stage, instrument.items() if items is None else items)
    _import_modules(grading)
    for item in grading.items:
        grading.runs[item.id] = known.get(item.id) or _run(grading, item)
    _carry_forward(grading, {} if carried_runs is None else carried_runs)
    return grading


def conclude(grading: Grading, nursery: Nursery, diagnoses: Mapping[str, Diagnosis]) -> Result:
    """The result of what was examined; raises GraderFault if a worker is left over."""
    result = document(
        grading.instrument,
        grading.submission,
        [grading.runs[item.id] for item in grading.items],
        diagnoses,
        {id: plan.stand_ins for id, plan in grading.carried.items()},
        grading.stage.subject.variant,
    )
    if nursery.settle():
        raise GraderFault("a worker outlived its hand-in")
    return result


def _import_modules(grading: Grading) -> None:
    """Try each module once, so that a broken import costs one wait and gives one sentence."""
    instrument = grading.instrument
    budget = instrument.course.budget
    stage = replace(grading.stage, budget=budget.model_copy(update={"item_wall": budget.import_wall}), transcripts=[])
    for name in instrument.assignment.modules:
        if grading.submission.source(name) is None:
            grading.unimportable[name] = name
            grading.sentences[name] = _absent(grading.submission, name)
            continue
        remote = stage.remote(stage.subject, True, (), Transcript())
        try:
            remote.import_module(name)
        except StudentError as error:
            grading.unimportable[name] = getattr(error, "importing", "") or name
            sentence = error.sentence if error.importing else f"importing {name}.py {error.sentence}"
            grading.sentences[name] = (Outcome.FAILED, sentence, error.hint)
        finally:
            stage.close()


def _absent(submission: Submission, name: str) -> tuple[Outcome, str, str]:
    note = next((each for each in submission.notes if each.blocks in (name, "*")), None)
    if note is None:
        return Outcome.NOT_ATTEMPTED, f"{name}.py was not handed in.", ""
    broken = note.level == "error" and note.code != "missing"
    return (Outcome.FAILED if broken else Outcome.NOT_ATTEMPTED), note.sentence, ""


def _run(grading: Grading, item: Item) -> ItemRun:
    budget = grading.instrument.course.budget
    module = grading.module(item)
    if module in grading.sentences:
        outcome, sentence, hint = grading.sentences[module]
        return ItemRun(item, outcome, sentence, hint)
    if time.monotonic() - grading.started > budget.submission_wall:
        return ItemRun(item, Outcome.NOT_CHECKED, f"the hand-in used up its {budget.submission_wall:g} s.")
    if grading.timeouts.get(item.question, 0) >= budget.timeouts_per_question:
        sentence = f"not tried: {budget.timeouts_per_question} tests of this question already ran out of time."
        return ItemRun(item, Outcome.FAILED, sentence)
    return _timed(grading, item, grading.stage)


def _timed(grading: Grading, item: Item, stage: Stage) -> ItemRun:
    """Run an item and count its time-out; a first one by the clock on the wall gets a second chance."""
    run = grading.instrument.collected.run(item, stage)
    if run.waited and not grading.timeouts.get(item.question, 0):
        run = grading.instrument.collected.run(item, stage)
    if run.timed_out:
        grading.timeouts[item.question] = grading.timeouts.get(item.question, 0) + 1
    return run


def _carry_forward(grading: Grading, done: CarriedRuns) -> None:
    """Judge failed items whose prerequisites failed once more, with the reference standing in for those."""
    assignment = grading.instrument.assignment
    failed = {run.item.key for run in grading.runs.values() if run.outcome != Outcome.PASSED}
    grading.timeouts.clear()
    for key in assignment.questions:
        again = [run for run in grading.runs.values() if run.item.key == key and _worth_another_try(run)]
        plan = carry.plan(assignment, key, failed, grading.unimportable) if again else None
        if plan is None:
            continue
        own = dict(grading.stage.subject.sources)
        own.update({name: grading.instrument.stubs[name] for name in plan.modules})
        stage = replace(
            grading.stage,
            subject=Subject(own, grading.stage.subject.variant),
            stand_ins=plan.stand_ins,
            transcripts=[],
        )
        if not _importable(grading, assignment.questions[key].module, stage):
            continue
        grading.carried[f"{grading.instrument.name}.{key}"] = plan
        for run in again:
            which = run.item.id, plan.stand_ins
            grading.runs[run.item.id] = done.get(which) or _run_carried(grading, run.item, stage)
            if grading.runs[run.item.id].carried:
                done[which] = grading.runs[run.item.id]


def _importable(grading: Grading, module: str, stage: Stage) -> bool:
    """Whether ``module`` can be imported on ``stage``; asked only where it could not as handed in."""
    if module not in grading.unimportable:
        return True
    if module not in stage.subject.sources:
        return False
    remote = stage.remote(stage.subject, True, stage.stand_ins, Transcript())
    try:
        remote.import_module(module)
        return True
    except StudentError:
        return False
    finally:
        stage.close()


def _worth_another_try(run: ItemRun) -> bool:
    own_stub = run.outcome == Outcome.NOT_ATTEMPTED and run.item.question in run.detail
    return run.outcome in (Outcome.FAILED, Outcome.NOT_ATTEMPTED) and not own_stub


def _run_carried(grading: Grading, item: Item, stage: Stage) -> ItemRun:
    budget = grading.instrument.course.budget
    before = grading.runs[item.id]
    spent = time.monotonic() - grading.started > budget.submission_wall
    if spent or grading.timeouts.get(item.question, 0) >= budget.timeouts_per_question:
        return before
    return replace(_timed(grading, item, stage), carried=True)


def _diagnose(grading: Grading) -> dict[str, Diagnosis]:
    found: dict[str, Diagnosis] = {}
    for key in grading.instrument.assignment.questions:
        runs = [run for run in grading.runs.values() if run.item.key == key]
        diagnosis = grading.instrument.namer.name(key, runs, grading.stage)
        if diagnosis is not None:
            found[f"{grading.instrument.name}.{key}"] = diagnosis
    return found
