"""Error carried forward: what is replaced by the reference when an item is judged once more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from autograder.model.config import Assignment


@dataclass(frozen=True)
class Carry:
    """``stand_ins``: questions whose names are replaced; ``modules``: modules that start from the stub's source."""

    stand_ins: tuple[str, ...]
    modules: tuple[str, ...]


def plan(
    assignment: Assignment, key: str, failed: Collection[str], unimportable: Mapping[str, str]
) -> Carry | None:
    """What to replace to judge question ``key`` on its own, or None when nothing it rests on failed.

    ``failed`` are the questions that lost something as handed in, ``unimportable`` the modules that are missing or
    cannot be imported, each with the module in which the import really fails.
    """
    question = assignment.questions[key]
    wanted = set(assignment.prerequisites(key)) & set(failed)
    modules = {name for name, culprit in unimportable.items() if name == culprit and name != question.module}
    if question.module in unimportable:
        if unimportable[question.module] == question.module and not _others_failed(assignment, question.module, failed):
            return None
        # Its own import fails, perhaps for a name that another module of the student's lacks.
        wanted |= {each for each in failed if assignment.questions[each].module != question.module}
    elif not wanted:
        return None
    wanted |= {each for each in assignment.questions if assignment.questions[each].module in modules}
    wanted.discard(key)
    order = tuple(each for each in assignment.questions if each in wanted)
    return Carry(order, tuple(sorted(modules))) if order else None


def _others_failed(assignment: Assignment, module: str, failed: Collection[str]) -> bool:
    return any(assignment.questions[each].module != module for each in failed)
