"""Which known mistake is it? The one of the question that reproduces what the failing items saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from autograder.mistakes import Mistake, apply
from autograder.model.config import Assignment
from autograder.model.result import Diagnosis, Outcome
from autograder.suite.plugin import ItemRun
from autograder.suite.stage import Stage, Subject

from .replay import REPLAY_WALL, reproduces

MOST_ITEMS = 8


class Namer:
    """Names mistakes of one assignment. ``table`` is its mistakes; ``reference`` the sources they change."""

    def __init__(self, table: Sequence[Mistake], assignment: Assignment, reference: Mapping[str, str]) -> None:
        self.table = table
        self.subject_of: Callable[[Mistake], Subject] = cache(
            lambda mistake: Subject(apply(mistake, assignment, reference))
        )
        self.reference = Subject(reference)

    def name(self, key: str, runs: Sequence[ItemRun], stage: Stage) -> Diagnosis | None:
        """The diagnosis of question ``key`` from all its item runs, or None when no known mistake fits."""
        candidates = [mistake for mistake in self.table if mistake.question == key]
        failing = [run for run in runs if run.outcome == Outcome.FAILED and run.transcripts]
        if not candidates or not failing:
            return None
        quick = replace(
            stage,
            budget=stage.budget.model_copy(update={"item_wall": min(REPLAY_WALL, stage.budget.item_wall)}),
            transcripts=[],
        )
        votes = self._votes(candidates, failing[:MOST_ITEMS], quick)
        best = max(votes.values(), default=0)
        if best == 0:
            return None
        leaders = [mistake for mistake in candidates if votes[mistake.id] == best]
        if len(leaders) > 1:
            passing = [run for run in runs if run.outcome == Outcome.PASSED and run.transcripts]
            counts = {each.id: self._count(each, passing[:MOST_ITEMS], quick) for each in leaders}
            leaders.sort(key=lambda each: -counts[each.id])
        return Diagnosis(mistake=leaders[0].id, sentence=leaders[0].sentence)

    def _votes(self, candidates: Sequence[Mistake], failing: Sequence[ItemRun], stage: Stage) -> dict[str, int]:
        telling = [run for run in failing if not self._reproduced(run, stage, self.reference)]
        votes = {mistake.id: self._count(mistake, telling, stage) for mistake in candidates}
        if not telling:
            # Right values, yet failed: only the cost can be wrong, and only a mistake that changes nothing else fits.
            for mistake in candidates:
                votes[mistake.id] = int(mistake.costs_only)
        return votes

    def _count(self, mistake: Mistake, runs: Sequence[ItemRun], stage: Stage) -> int:
        return sum(self._reproduced(run, stage, self.subject_of(mistake)) for run in runs)

    def _reproduced(self, run: ItemRun, stage: Stage, subject: Subject) -> bool:
        return all(reproduces(transcript, stage, subject) for transcript in run.transcripts)
