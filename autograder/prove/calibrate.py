"""The instrument's own test: what do correct work, stubs and every known mistake get, over all draws?

Solutions must have every point, stubs none ("not attempted" everywhere), every mistake must lose points in its own
question, be named, and lose nothing elsewhere; on the reference and on a hand-in whose questions share helpers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import mistakes
from autograder.grading.engine import conclude, examine
from autograder.grading.instrument import Instrument
from autograder.mistakes import Mistake
from autograder.model.result import Outcome, Result
from autograder.model.submission import VARIANTS, Submission
from autograder.sandbox.client import Nursery
from autograder.suite.plugin import ItemRun

from .parallel import spread
from .trial import Findings, Trials, submission_of

STYLES = Path("tests") / "grader" / "variants"


@dataclass
class Calibration:
    """The figures of one assignment."""

    assignment: str
    mistakes: int = 0
    gradings: int = 0
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

    def note(self, mistake: Mistake, findings: Findings) -> None:
        """Add what came of one mistake."""
        self.gradings += findings.gradings
        self.missed += findings.missed
        self.misplaced += findings.misplaced
        self.unnamed += findings.unnamed
        self.low += findings.faults
        for item in findings.caught_by:
            self.catches.setdefault(item, []).append(mistake.id)

    def lines(self) -> list[str]:
        """The figures as text, every failing case on its own line."""
        styles = ", ".join(f"{name} {percent:g} %" for name, percent in self.correct.items())
        caught = 100 * (1 - len({each.split()[0] for each in self.missed}) / max(1, self.mistakes))
        sole = sole_catches(self.catches)
        spare = sum(not rows for rows in sole.values())
        head = [
            f"{self.assignment}: {self.gradings} gradings over {VARIANTS} draws",
            f"  correct work      {styles}",
            f"  stubs             {self.stubs:g} %",
            f"  mistakes caught   {caught:g} % of {self.mistakes}",
            f"  misplaced         {len(self.misplaced)}",
            f"  not named         {len(self.unnamed)}",
            f"  items             {len(sole)}, of which {spare} catch nothing alone",
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
            "gradings": self.gradings,
            "variants": VARIANTS,
            "holds": self.holds,
            "failures": self.low + self.paid + self.missed + self.misplaced + self.unnamed,
            "items": {item: sorted(rows) for item, rows in sorted(self.catches.items())},
            "sole_catches": dict(sorted(sole_catches(self.catches).items())),
        }


def correct_styles(instrument: Instrument) -> dict[str, dict[str, str]]:
    """Name to sources of all correct hand-ins at hand: the reference, and the other styles of a checkout."""
    styles = {"reference": dict(instrument.reference)}
    for folder in sorted((instrument.root / STYLES / instrument.name).glob("*/")):
        texts = {name: folder / f"{name}.py" for name in instrument.assignment.modules}
        styles[folder.name] = {name: path.read_text(encoding="utf-8") for name, path in texts.items()}
    return styles


def calibrate(instrument: Instrument, jobs: int = 1, full: bool = False) -> Calibration:
    """Grade correct work and stubs in every draw, then every mistake, and sum up.

    A mistake is graded on its own question in the first draw (caught? named?), on all that rests on it in a hand-in
    whose questions share helpers (misplaced?), and each further draw must separate it too. ``full`` grades whole
    hand-ins in every draw instead.
    """
    bases = {**correct_styles(instrument), "stubs": dict(instrument.stubs)}
    table = mistakes.of(instrument.name)
    calibration = Calibration(instrument.name, mistakes=len(table), gradings=len(bases) * VARIANTS)

    def work(task: tuple[str, str], nursery: Nursery) -> Any:
        kind, name = task
        if kind == "whole":
            return _grade_whole(instrument, submission_of(name, bases[name], instrument), nursery, full)
        return {id: vars(found) for id, found in Trials(instrument, bases, name, nursery, full).run().items()}

    questions = Counter(row.question for row in table).most_common()
    tasks = [*(("question", key) for key, _ in questions), *(("whole", base) for base in bases)]
    answers = dict(zip(tasks, spread(tasks, work, jobs), strict=True))
    for base in bases:
        for variant, text in enumerate(answers["whole", base]):
            _note_whole(calibration, base, variant, Result.model_validate_json(text))
    for mistake in table:
        calibration.note(mistake, Findings(**answers["question", mistake.question][mistake.id]))
    return calibration


def _grade_whole(instrument: Instrument, submission: Submission, nursery: Nursery, full: bool) -> list[str]:
    """The results of a hand-in in every draw; items whose inputs are never drawn run once, unless ``full``."""
    known: dict[str, ItemRun] = {}
    results: list[str] = []
    for variant in range(VARIANTS):
        grading = examine(instrument, submission, nursery, variant, known=known)
        known = {} if full else {id: run for id, run in grading.runs.items() if not run.item.drawn}
        results.append(conclude(grading, nursery, {}).to_json())
    return results


def _note_whole(calibration: Calibration, base: str, variant: int, result: Result) -> None:
    where = f"{base} draw {variant}"
    percent = 100 * (result.score or 0.0) / result.max_score
    if base == "stubs":
        calibration.stubs = max(calibration.stubs, percent)
        if percent or any(item.outcome != Outcome.NOT_ATTEMPTED for item in result.items):
            calibration.paid.append(f"{where}: {percent:g} %, status {result.status}")
        return
    calibration.correct[base] = min(percent, calibration.correct.get(base, 100.0))
    lost = [item for item in result.items if item.outcome != Outcome.PASSED]
    calibration.low += [f"{where}: {item.id}: {item.message}" for item in lost]


def sole_catches(catches: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each hidden item the mistakes that no other hidden item catches; public tests are known and do not count."""
    hidden = {item: rows for item, rows in catches.items() if item.split("/")[1] != "public"}
    owners = Counter(row for rows in hidden.values() for row in rows)
    return {item: sorted(row for row in rows if owners[row] == 1) for item, rows in hidden.items()}
