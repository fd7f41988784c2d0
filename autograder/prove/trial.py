"""One known mistake, tried on the instrument: is it caught in every draw, named, and costly only where it belongs?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from autograder import mistakes
from autograder.diagnosis.name import Records
from autograder.grading.engine import Grading, conclude, examine, stage_for
from autograder.grading.instrument import Instrument
from autograder.mistakes import Mistake
from autograder.model.result import Diagnosis, ItemResult, Outcome, Result
from autograder.model.submission import VARIANTS, Source, Submission
from autograder.sandbox.client import Nursery
from autograder.suite.stage import Subject

SHARING = "shared"
"""The style whose questions use each other's work as far as honest code can."""


@dataclass
class Findings:
    """What came of one mistake; each line names the mistake first."""

    gradings: int = 0
    missed: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    caught_by: list[str] = field(default_factory=list)


def submission_of(name: str, sources: Mapping[str, str], instrument: Instrument) -> Submission:
    """A hand-in from texts, without intake."""
    modules = instrument.assignment.modules
    return Submission(id=name, sources=tuple(Source(key, text) for key, text in sources.items() if key in modules))


def lost(result: Result) -> list[ItemResult]:
    """The items that did not pass."""
    return [item for item in result.items if item.outcome != Outcome.PASSED]


class Trials:
    """The gradings of all known mistakes of one question, on one nursery."""

    def __init__(
        self, instrument: Instrument, bases: Mapping[str, Mapping[str, str]], key: str, nursery: Nursery, full: bool
    ) -> None:
        self.instrument, self.bases, self.key, self.nursery, self.full = instrument, bases, key, nursery, full
        self.table = [each for each in mistakes.of(instrument.name) if each.question == key]

    def run(self, only: Collection[str] = ()) -> dict[str, Findings]:
        """What came of each mistake, or of those in ``only``, by its id.

        All are examined in the first draw before one is named: what they answered need not be replayed then.
        """
        keys = None if self.full else (self.key,)
        correct = submission_of("reference", self.bases["reference"], self.instrument)
        examined = {"": examine(self.instrument, correct, self.nursery, 0, keys)}
        trials = {each.id: Trial(self, each) for each in self.table}
        for name, trial in trials.items():
            examined[name] = trial.examine("reference", 0, keys)
        records = {
            (name, run.item.id): run.transcripts
            for name, grading in examined.items()
            for run in grading.runs.values()
            if run.transcripts and run.item.key == self.key and not run.carried
        }
        return {
            name: trial.run(examined[name], keys, records)
            for name, trial in trials.items()
            if not only or name in only
        }


class Trial:
    """The gradings of one mistake."""

    def __init__(self, trials: Trials, mistake: Mistake) -> None:
        self.trials, self.mistake, self.instrument = trials, mistake, trials.instrument
        self.own = f"{trials.instrument.name}.{mistake.question}"
        self.found = Findings()

    def run(self, first: Grading, keys: tuple[str, ...] | None, records: Records) -> Findings:
        """Note the first draw's grading and do all others; with ``full`` whole hand-ins in every draw."""
        self.note(first, "reference", 0, self.diagnosis(first, records))
        for variant in range(1, VARIANTS):
            if self.trials.full or not self._separates(variant):
                self.note(self.examine("reference", variant, keys), "reference", variant)
        if SHARING in self.trials.bases:
            reach = None if self.trials.full else self._reach()
            self.note(self.examine(SHARING, 0, reach), SHARING, 0)
        return self.found

    def examine(self, base: str, variant: int, keys: tuple[str, ...] | None) -> Grading:
        """Run the items of the mistake put into ``base`` (``keys`` None: every question)."""
        submission = submission_of(base, self._sources(base), self.instrument)
        return examine(self.instrument, submission, self.trials.nursery, variant, keys)

    def note(self, grading: Grading, base: str, variant: int, diagnosis: Diagnosis | None = None) -> None:
        """Note what came of one grading; only the first one, of the reference in draw 0, must be named."""
        found, first = self.found, base == "reference" and variant == 0
        result = conclude(grading, self.trials.nursery, {})
        found.gradings += 1
        where = f"{self.mistake.id} ({base} draw {variant})"
        mine = next(question for question in result.questions if question.id == self.own)
        if result.score is None:
            fault = next(item for item in result.items if item.outcome == Outcome.FAULT)
            found.faults.append(f"{where}: grader fault at {fault.id}: {fault.message}")
        elif mine.points >= mine.max_points:
            found.missed.append(where)
        elif first and (diagnosis is None or diagnosis.mistake not in (self.mistake.id, *self.mistake.twins)):
            found.unnamed.append(f"{where}: said {diagnosis.mistake if diagnosis else 'nothing'}")
        for item in lost(result):
            if item.question != self.own:
                found.misplaced.append(f"{where}: {item.id}: {item.message}")
            elif first:
                found.caught_by.append(item.id)

    def _sources(self, base: str) -> dict[str, str]:
        instrument = self.instrument
        onto = None if base == "reference" else self.trials.bases[base]
        return mistakes.apply(self.mistake, instrument.assignment, instrument.reference, onto)

    def diagnosis(self, grading: Grading, records: Records) -> Diagnosis | None:
        """What the grader says of the question; ``records`` spare replays."""
        runs = [run for run in grading.runs.values() if run.item.key == self.mistake.question]
        return self.instrument.namer.name(self.mistake.question, runs, grading.stage, records)

    def _reach(self) -> tuple[str, ...]:
        """The question and all that rest on it."""
        assignment, key = self.instrument.assignment, self.mistake.question
        return tuple(each for each in assignment.questions if each == key or key in assignment.prerequisites(each))

    def _separates(self, variant: int) -> bool:
        """Whether an item that caught the mistake in the first draw catches it in this one."""
        self.found.gradings += 1
        subject = Subject(self._sources("reference"), variant)
        stage = stage_for(self.instrument, self.trials.nursery, subject)
        first = next((item for item in self.instrument.collected.items if item.id in self.found.caught_by), None)
        return first is not None and self.instrument.collected.run(first, stage).outcome == Outcome.FAILED
