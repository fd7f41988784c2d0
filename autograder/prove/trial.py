"""One known mistake, tried on the instrument: is it caught in every draw, named, and costly only where it belongs?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from autograder import mistakes
from autograder.diagnosis.name import Records
from autograder.grading.engine import CarriedRuns, Grading, examine, stage_for
from autograder.grading.instrument import Instrument
from autograder.mistakes import Mistake
from autograder.model.errors import GraderFault
from autograder.model.result import Diagnosis, Outcome
from autograder.model.submission import VARIANTS, Source, Submission
from autograder.sandbox.client import Nursery
from autograder.suite.items import Item
from autograder.suite.plugin import ItemRun
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


def lost(grading: Grading) -> list[ItemRun]:
    """The items that did not pass."""
    return [run for run in grading.runs.values() if run.outcome != Outcome.PASSED]


class Trials:
    """The gradings of all known mistakes of one question, on one nursery."""

    def __init__(
        self, instrument: Instrument, bases: Mapping[str, Mapping[str, str]], key: str, nursery: Nursery, full: bool
    ) -> None:
        self.instrument, self.bases, self.key, self.nursery, self.full = instrument, bases, key, nursery, full
        self.table = [each for each in mistakes.of(instrument.name) if each.question == key]
        assignment, items = instrument.assignment, instrument.items()
        self.own = [item for item in items if item.key == key]
        self.resting = [item for item in items if key in assignment.prerequisites(item.key)]
        """Items of the questions that rest on this one: what a mistake in it may spoil."""
        self.carried: CarriedRuns = {}
        """Where the reference stands in for this question, all its mistakes in one base are the same code."""

    def run(self, only: Collection[str] = ()) -> dict[str, Findings]:
        """What came of each mistake, or of those in ``only``, by its id.

        All are examined in the first draw before one is named: what they answered need not be replayed then.
        """
        items = None if self.full else self.own
        correct = submission_of("reference", self.bases["reference"], self.instrument)
        examined = {"": examine(self.instrument, correct, self.nursery, 0, items)}
        trials = {each.id: Trial(self, each) for each in self.table}
        for name, trial in trials.items():
            examined[name] = trial.examine("reference", 0, items)
        records = {
            (name, run.item.id): run.transcripts
            for name, grading in examined.items()
            for run in grading.runs.values()
            if run.transcripts and run.item.key == self.key and not run.carried
        }
        return {name: trial.run(examined[name], records) for name, trial in trials.items() if not only or name in only}


class Trial:
    """The gradings of one mistake."""

    def __init__(self, trials: Trials, mistake: Mistake) -> None:
        self.trials, self.mistake, self.instrument = trials, mistake, trials.instrument
        self.found = Findings()

    def run(self, first: Grading, records: Records) -> Findings:
        """Note the first draw's grading and do all others; with ``full`` whole hand-ins in every draw."""
        self.note(first, "reference", 0, self.diagnosis(first, records))
        sharing = [SHARING] if SHARING in self.trials.bases else []
        if self.trials.full:
            for base, variant in [*(("reference", n) for n in range(1, VARIANTS)), *((base, 0) for base in sharing)]:
                self.note(self.examine(base, variant), base, variant)
        else:
            for variant in range(1, VARIANTS):
                self._note_own(self._until_caught(first, "reference", variant), "reference", variant)
            for base in sharing:
                tried = {run.item.id: run for run in self._until_caught(first, base, 0)}
                items = [*(run.item for run in tried.values()), *self.trials.resting]
                caught = any(run.outcome != Outcome.PASSED for run in tried.values())
                carried = self.trials.carried if caught else None
                self.note(self.examine(base, 0, items, tried, carried), base, 0)
        if self.trials.nursery.settle():
            raise GraderFault("a worker outlived its hand-in")
        return self.found

    def examine(
        self,
        base: str,
        variant: int,
        items: Sequence[Item] | None = None,
        known: Mapping[str, ItemRun] = MappingProxyType({}),
        carried: CarriedRuns | None = None,
    ) -> Grading:
        """Run ``items`` (by default all) of the mistake put into ``base``, but for those whose run is known."""
        submission = submission_of(base, self._sources(base), self.instrument)
        return examine(self.instrument, submission, self.trials.nursery, variant, items, known, carried)

    def note(self, grading: Grading, base: str, variant: int, diagnosis: Diagnosis | None = None) -> None:
        """Note what came of one grading; only the first one, of the reference in draw 0, must be named."""
        self._note_own(list(grading.runs.values()), base, variant)
        where, own = self._where(base, variant), self.mistake.question
        misplaced = [run for run in lost(grading) if run.item.key != own]
        self.found.misplaced += [f"{where}: {run.item.id}: {run.message}" for run in misplaced]
        if base == "reference" and variant == 0:
            self.found.caught_by += [run.item.id for run in lost(grading) if run.item.key == own]
            if self.found.caught_by and (diagnosis is None or diagnosis.mistake not in self._names()):
                self.found.unnamed.append(f"{where}: said {diagnosis.mistake if diagnosis else 'nothing'}")

    def diagnosis(self, grading: Grading, records: Records) -> Diagnosis | None:
        """What the grader says of the question; ``records`` spare replays."""
        runs = [run for run in grading.runs.values() if run.item.key == self.mistake.question]
        return self.instrument.namer.name(self.mistake.question, runs, grading.stage, records)

    def _note_own(self, runs: Sequence[ItemRun], base: str, variant: int) -> None:
        """Note whether the mistake is caught in its own question, and what was a fault of ours."""
        self.found.gradings += 1
        where = self._where(base, variant)
        faults = [run for run in runs if run.outcome == Outcome.FAULT]
        self.found.faults += [f"{where}: grader fault at {run.item.id}: {run.message}" for run in faults]
        if all(run.outcome == Outcome.PASSED for run in runs if run.item.key == self.mistake.question):
            self.found.missed.append(where)

    def _until_caught(self, first: Grading, base: str, variant: int) -> list[ItemRun]:
        """Run the question's items until one does not pass, which then is the last.

        Those that caught the mistake in the first draw come first, hidden ones before public ones, fast ones before
        slow ones. What is the same in every draw is not run again on the same sources.
        """
        stage = stage_for(self.instrument, self.trials.nursery, Subject(self._sources(base), variant))
        before = [first.runs[item.id] for item in self.trials.own]
        before.sort(key=lambda run: (run.outcome == Outcome.PASSED, run.item.visibility == "public", run.seconds))
        runs: list[ItemRun] = []
        for run in before:
            known = base == "reference" and not run.item.drawn
            runs.append(run if known else self.instrument.collected.run(run.item, stage))
            if runs[-1].outcome != Outcome.PASSED:
                break
        return runs

    def _names(self) -> tuple[str, ...]:
        return (self.mistake.id, *self.mistake.twins)

    def _where(self, base: str, variant: int) -> str:
        return f"{self.mistake.id} ({base} draw {variant})"

    def _sources(self, base: str) -> dict[str, str]:
        instrument = self.instrument
        onto = None if base == "reference" else self.trials.bases[base]
        return mistakes.apply(self.mistake, instrument.assignment, instrument.reference, onto)
