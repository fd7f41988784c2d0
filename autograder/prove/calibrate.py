"""The instrument's own test: what do correct work, stubs and every known mistake get, over all draws?

Solutions must have every point, stubs none ("not attempted" everywhere), every mistake must lose points in its own
question, be named, and lose nothing elsewhere; on the reference and on a hand-in whose questions share helpers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import mistakes
from autograder.grading.engine import grade
from autograder.grading.instrument import Instrument
from autograder.mistakes import Mistake
from autograder.model.result import Outcome, Result
from autograder.model.submission import VARIANTS, Source, Submission
from autograder.sandbox.client import Nursery

from .parallel import spread

STYLES = Path("tests") / "grader" / "variants"
SHARING = "shared"


@dataclass(frozen=True)
class Case:
    """One thing to grade: ``base`` names the sources, ``mistake`` the row put into them, ``keys`` the questions."""

    base: str
    variant: int
    mistake: str = ""
    keys: tuple[str, ...] | None = None


@dataclass
class Calibration:
    """The figures of one assignment."""

    assignment: str
    mistakes: int = 0
    cases: int = 0
    low: list[str] = field(default_factory=list)
    """Correct work that lost points."""
    paid: list[str] = field(default_factory=list)
    """Stubs that earned points, or were not said to be not attempted."""
    missed: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    correct: dict[str, float] = field(default_factory=dict)
    stubs: float = 0.0
    catches: dict[str, list[str]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not (self.low or self.paid or self.missed or self.misplaced or self.unnamed)

    def lines(self) -> list[str]:
        """The figures as text, every failing case on its own line."""
        styles = ", ".join(f"{name} {percent:g} %" for name, percent in self.correct.items())
        caught = 100 * (1 - len({each.split()[0] for each in self.missed}) / max(1, self.mistakes))
        head = [
            f"{self.assignment}: {self.cases} gradings over {VARIANTS} draws",
            f"  correct work      {styles}",
            f"  stubs             {self.stubs:g} %",
            f"  mistakes caught   {caught:g} % of {self.mistakes}",
            f"  misplaced         {len(self.misplaced)}",
            f"  not named         {len(self.unnamed)}",
        ]
        faults = {
            "correct work lost points": self.low,
            "stubs": self.paid,
            "not caught": self.missed,
            "misplaced": self.misplaced,
            "not named": self.unnamed,
        }
        return head + [f"  ! {what}: {line}" for what, found in faults.items() for line in found]

    def document(self) -> dict[str, Any]:
        """The figures for machines."""
        missed = {each.split()[0] for each in self.missed}
        return {
            "assignment": self.assignment,
            "solutions_percent": min(self.correct.values(), default=0.0),
            "styles_percent": self.correct,
            "stubs_percent": self.stubs,
            "mistakes": self.mistakes,
            "mistakes_caught_percent": 100 * (1 - len(missed) / max(1, self.mistakes)),
            "misplaced": len(self.misplaced),
            "unnamed": len(self.unnamed),
            "gradings": self.cases,
            "variants": VARIANTS,
            "holds": self.holds,
            "failures": self.low + self.paid + self.missed + self.misplaced + self.unnamed,
            "items": {item: sorted(rows) for item, rows in sorted(self.catches.items())},
        }


def correct_styles(instrument: Instrument) -> dict[str, dict[str, str]]:
    """Name to sources of all correct hand-ins at hand: the reference, and the other styles of a checkout."""
    styles = {"reference": dict(instrument.reference)}
    for folder in sorted((instrument.root / STYLES / instrument.name).glob("*/")):
        texts = {name: folder / f"{name}.py" for name in instrument.assignment.modules}
        styles[folder.name] = {name: path.read_text(encoding="utf-8") for name, path in texts.items()}
    return styles


def submission_of(name: str, sources: Mapping[str, str], instrument: Instrument) -> Submission:
    """A hand-in from texts, without intake."""
    modules = instrument.assignment.modules
    return Submission(id=name, sources=tuple(Source(key, text) for key, text in sources.items() if key in modules))


def calibrate(instrument: Instrument, jobs: int = 1) -> Calibration:
    """Grade every case and sum up."""
    table = {mistake.id: mistake for mistake in mistakes.of(instrument.name)}
    bases = {**correct_styles(instrument), "stubs": dict(instrument.stubs)}
    cases = _cases(instrument, table, bases)

    def work(case: Case, nursery: Nursery) -> str:
        sources = _sources(instrument, table, bases, case)
        submission = submission_of(case.base, sources, instrument)
        return grade(instrument, submission, nursery, case.variant, case.keys).to_json()

    calibration = Calibration(instrument.name, mistakes=len(table), cases=len(cases))
    for case, text in zip(cases, spread(cases, work, jobs), strict=True):
        _note(calibration, case, Result.model_validate_json(text), table)
    return calibration


def _cases(instrument: Instrument, table: Mapping[str, Mistake], bases: Mapping[str, Any]) -> list[Case]:
    """Whole gradings of everything once, and per further draw what the mistake can reach."""
    every = range(VARIANTS)
    cases = [Case(base, variant) for base in bases for variant in every]
    for mistake in table.values():
        reach = _reach(instrument, mistake.question)
        for base in ("reference", SHARING):
            if base in bases:
                cases.append(Case(base, 0, mistake.id))
        cases += [Case("reference", variant, mistake.id, reach) for variant in every if variant]
    return cases


def _reach(instrument: Instrument, key: str) -> tuple[str, ...]:
    """The question, those that rest on it, and those that these rest on."""
    assignment = instrument.assignment
    near = {each for each in assignment.questions if key in assignment.prerequisites(each)} | {key}
    return tuple(each for each in assignment.questions if each in near)


def _sources(
    instrument: Instrument, table: Mapping[str, Mistake], bases: Mapping[str, dict[str, str]], case: Case
) -> dict[str, str]:
    if not case.mistake:
        return bases[case.base]
    base = None if case.base == "reference" else bases[case.base]
    return mistakes.apply(table[case.mistake], instrument.assignment, instrument.reference, base)


def _note(calibration: Calibration, case: Case, result: Result, table: Mapping[str, Mistake]) -> None:
    where = f"{case.base} draw {case.variant}"
    if result.score is None:
        fault = next(item.message for item in result.items if item.outcome == Outcome.FAULT)
        calibration.low.append(f"{case.mistake or case.base} ({where}): grader fault: {fault}")
    elif case.mistake:
        _note_mistake(calibration, case, result, table[case.mistake], where)
    elif case.base == "stubs":
        calibration.stubs = max(calibration.stubs, 100 * result.score / result.max_score)
        if result.score or any(item.outcome != Outcome.NOT_ATTEMPTED for item in result.items):
            calibration.paid.append(f"{where}: {result.score:g} points, status {result.status}")
    else:
        percent = 100 * result.score / result.max_score
        calibration.correct[case.base] = min(percent, calibration.correct.get(case.base, 100.0))
        calibration.low += [f"{where}: {item.id}: {item.message}" for item in _lost(result)]


def _lost(result: Result) -> list[Any]:
    return [item for item in result.items if item.outcome != Outcome.PASSED]


def _note_mistake(calibration: Calibration, case: Case, result: Result, mistake: Mistake, where: str) -> None:
    own = f"{result.assignment}.{mistake.question}"
    mine = next(question for question in result.questions if question.id == own)
    if mine.points >= mine.max_points:
        calibration.missed.append(f"{mistake.id} ({where})")
    elif mine.diagnosis is None or mine.diagnosis.mistake not in (mistake.id, *mistake.twins):
        said = mine.diagnosis.mistake if mine.diagnosis else "nothing"
        calibration.unnamed.append(f"{mistake.id} ({where}): said {said}")
    for item in _lost(result):
        if item.question != own:
            calibration.misplaced.append(f"{mistake.id} ({where}): {item.id}: {item.message}")
        elif case.base == "reference":
            caught = calibration.catches.setdefault(item.id, [])
            if mistake.id not in caught:
                caught.append(mistake.id)


def lonely_items(catches: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each item the mistakes that it alone catches."""
    owners: dict[str, list[str]] = {}
    for item, rows in catches.items():
        for row in rows:
            owners.setdefault(row, []).append(item)
    return {item: [row for row in rows if owners[row] == [item]] for item, rows in catches.items()}
