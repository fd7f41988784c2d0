"""One known mistake, tried on the instrument: is it caught in every draw, named, and costly only where it belongs?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder import mistakes
from autograder.grading.engine import grade, stage_for
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


class Trial:
    """The gradings of one mistake on one nursery."""

    def __init__(
        self,
        instrument: Instrument,
        bases: Mapping[str, Mapping[str, str]],
        mistake: Mistake,
        nursery: Nursery,
        full: bool,
    ) -> None:
        self.instrument, self.bases, self.mistake, self.nursery, self.full = instrument, bases, mistake, nursery, full
        self.own = f"{instrument.name}.{mistake.question}"
        self.found = Findings()

    def run(self) -> Findings:
        """All gradings; with ``full`` of whole hand-ins in every draw, on both bases."""
        every = None if self.full else (self.mistake.question,)
        self.grade("reference", 0, every)
        for variant in range(1, VARIANTS):
            if self.full or not self._separates(variant):
                self.grade("reference", variant, every)
        if SHARING in self.bases:
            self.grade(SHARING, 0, None if self.full else self._reach())
        return self.found

    def _sources(self, base: str) -> dict[str, str]:
        instrument = self.instrument
        onto = None if base == "reference" else self.bases[base]
        return mistakes.apply(self.mistake, instrument.assignment, instrument.reference, onto)

    def _reach(self) -> tuple[str, ...]:
        """The question and all that rest on it."""
        assignment, key = self.instrument.assignment, self.mistake.question
        return tuple(each for each in assignment.questions if each == key or key in assignment.prerequisites(each))

    def _separates(self, variant: int) -> bool:
        """Whether an item that caught the mistake in the first draw catches it in this one."""
        self.found.gradings += 1
        stage = stage_for(self.instrument, self.nursery, Subject(self._sources("reference"), variant))
        first = next((item for item in self.instrument.collected.items if item.id in self.found.caught_by), None)
        return first is not None and self.instrument.collected.run(first, stage).outcome == Outcome.FAILED

    def _named(self, diagnosis: Diagnosis | None) -> bool:
        return diagnosis is not None and diagnosis.mistake in (self.mistake.id, *self.mistake.twins)

    def grade(self, base: str, variant: int, keys: tuple[str, ...] | None) -> None:
        """Grade the mistake put into ``base`` (``keys`` None: every question) and note what came of it."""
        submission = submission_of(base, self._sources(base), self.instrument)
        naming = base == "reference" and variant == 0
        result = grade(self.instrument, submission, self.nursery, variant, keys, naming)
        self.found.gradings += 1
        where = f"{self.mistake.id} ({base} draw {variant})"
        mine = next(question for question in result.questions if question.id == self.own)
        if result.score is None:
            fault = next(item for item in result.items if item.outcome == Outcome.FAULT)
            self.found.faults.append(f"{where}: grader fault at {fault.id}: {fault.message}")
        elif mine.points >= mine.max_points:
            self.found.missed.append(where)
        elif naming and not self._named(mine.diagnosis):
            said = mine.diagnosis.mistake if mine.diagnosis else "nothing"
            self.found.unnamed.append(f"{where}: said {said}")
        for item in lost(result):
            if item.question != self.own:
                self.found.misplaced.append(f"{where}: {item.id}: {item.message}")
            elif naming:
                self.found.caught_by.append(item.id)
