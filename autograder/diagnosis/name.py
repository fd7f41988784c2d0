"""Which known mistake is it? The one of the question that reproduces what the failing items saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from autograder.mistakes import Mistake, apply
from autograder.model.config import Assignment
from autograder.model.result import Diagnosis, Outcome
from autograder.suite.plugin import ItemRun
from autograder.suite.stage import Stage, Subject
from autograder.suite.transcript import Transcript

from .replay import REPLAY_WALL, agrees, reproduces

Records = Mapping[tuple[str, str], Sequence[Transcript]]
"""What mistakes answered when they were graded themselves, by their id ("" is the reference) and the item's."""

MOST_ITEMS = 8
MOST_UNEXPLAINED = 3
"""Items that no candidate reproduces before it is clear that none will: replays cost as much as the items did."""


class Namer:
    """Names mistakes of one assignment. ``table`` is its mistakes; ``reference`` the sources they change."""

    def __init__(self, table: Sequence[Mistake], assignment: Assignment, reference: Mapping[str, str]) -> None:
        self.table = table
        self.subject_of: Callable[[Mistake], Subject] = cache(
            lambda mistake: Subject(apply(mistake, assignment, reference))
        )
        self.reference = Subject(reference)

    def name(
        self, key: str, runs: Sequence[ItemRun], stage: Stage, records: Records = MappingProxyType({})
    ) -> Diagnosis | None:
        """The diagnosis of question ``key`` from all its item runs, or None when no known mistake fits.

        What ``records`` hold of the same draw need not be replayed. Each failing item leaves those candidates that
        reproduce it (all of them where none does: there may be a
        second mistake); items that passed decide between the last few.
        """
        candidates = [mistake for mistake in self.table if mistake.question == key]
        failing = [run for run in runs if run.outcome == Outcome.FAILED]
        if not candidates or not failing:
            return None
        wall = min(REPLAY_WALL, stage.budget.item_wall)
        quick = replace(stage, budget=stage.budget.model_copy(update={"item_wall": wall}), transcripts=[])
        replayed = [run for run in failing if run.transcripts][:MOST_ITEMS]
        telling = [run for run in replayed if not self._reproduced(run, quick, None, records)]
        left = self._narrowed(candidates, telling, quick, records)
        if not telling and all(run.item.prop == "cost" for run in failing):
            # Right values, yet failed: only the cost can be wrong. Its transcripts are large and may not be kept.
            left = [mistake for mistake in candidates if mistake.costs_only]
        if len(left) > 1:
            passing = [run for run in runs if run.outcome == Outcome.PASSED and run.transcripts]
            left = self._narrowed(left, passing[:MOST_ITEMS], quick, records) or left
        return Diagnosis(mistake=left[0].id, sentence=left[0].sentence) if left else None

    def _narrowed(
        self, candidates: list[Mistake], runs: Sequence[ItemRun], stage: Stage, records: Records
    ) -> list[Mistake]:
        """The candidates that reproduce at least one of ``runs``, narrowed item by item."""
        confirmed: list[Mistake] = []
        for tried, run in enumerate(runs):
            pool = confirmed or candidates
            if len(confirmed) == 1 or (not confirmed and tried >= MOST_UNEXPLAINED):
                break
            confirmed = [each for each in pool if self._reproduced(run, stage, each, records)] or confirmed
        return confirmed

    def _reproduced(self, run: ItemRun, stage: Stage, mistake: Mistake | None, records: Records) -> bool:
        recorded = records.get((mistake.id if mistake else "", run.item.id), ())
        if len(recorded) == len(run.transcripts):
            return all(agrees(*pair) for pair in zip(run.transcripts, recorded, strict=True))
        subject = self.subject_of(mistake) if mistake else self.reference
        return all(reproduces(transcript, stage, subject) for transcript in run.transcripts)
