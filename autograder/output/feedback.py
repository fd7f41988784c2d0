"""A result as what a student reads: per question what was lost, where, why and how to mend it.

A hidden item shows its title, its property and the grader's own sentences; a public item also its id, so that
the student can run it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.model.result import ItemResult, Outcome, PropertyResult, QuestionResult, Result

from .hygiene import line, markdown
from .words import STATUS, UNJUDGED, listed, number, of_points, plural, short_id, unscored

WIDTH = 92
_TOLD_FIRST = (Outcome.FAILED, Outcome.FAULT, Outcome.NOT_CHECKED, Outcome.NOT_ATTEMPTED)
_NO_SENTENCE = {
    Outcome.FAILED: "a test of this property does not pass yet",
    Outcome.NOT_ATTEMPTED: "not attempted yet",
    Outcome.NOT_CHECKED: "not checked",
    Outcome.FAULT: "our grader failed here; this is not your mistake",
    Outcome.PASSED: "earns points only when the values are right",
}


@dataclass(frozen=True)
class Lost:
    """A property whose points were not earned, told by the first of its items that says why."""

    name: str
    title: str
    points: float
    max_points: float
    outcome: Outcome
    public: bool
    where: str
    message: str
    hint: str
    more: int


@dataclass(frozen=True)
class Block:
    """One question for its student. ``diagnosis`` names the mistake, ``carried`` what stood in for failed parts."""

    id: str
    title: str
    points: float
    max_points: float
    outcome: Outcome
    unscored: bool
    diagnosis: str
    carried: tuple[str, ...]
    lost: tuple[Lost, ...]


def feedback_blocks(result: Result) -> tuple[Block, ...]:
    """One block per question, in the order of the result."""
    return tuple(_block(result, question) for question in result.questions)


def _block(result: Result, question: QuestionResult) -> Block:
    items = [item for item in result.items if item.question == question.id]
    lost = tuple(
        _lost(each, [item for item in items if item.property == each.name])
        for each in question.properties
        if each.points < each.max_points or each.outcome is Outcome.FAULT
    )
    if question.outcome is Outcome.NOT_ATTEMPTED:
        lost = ()
    elif question.outcome is Outcome.NOT_CHECKED:
        # The verdict says so once for the whole question; only a reason is worth a line.
        lost = tuple(each for each in lost if each.message not in _NO_SENTENCE.values())
    return Block(
        id=question.id,
        title=question.title,
        points=question.points,
        max_points=question.max_points,
        outcome=question.outcome,
        unscored=unscored(result, question),
        diagnosis=question.diagnosis.sentence if question.diagnosis else "",
        carried=question.carried,
        lost=lost,
    )


def _lost(part: PropertyResult, items: Sequence[ItemResult]) -> Lost:
    wrong = [item for item in items if item.outcome is not Outcome.PASSED]
    wrong.sort(key=lambda item: (item.visibility != "public", _TOLD_FIRST.index(item.outcome)))
    first = next(iter(wrong), None)
    told = first if first and first.outcome in (Outcome.FAILED, Outcome.FAULT) else None
    return Lost(
        name=part.name,
        title=part.title,
        points=part.points,
        max_points=part.max_points,
        outcome=part.outcome,
        public=first.visibility == "public" if first else part.name == "public",
        where=_where(told) if told else "",
        message=_said(first) or part.reason or _NO_SENTENCE[part.outcome],
        hint=first.hint if first else "",
        more=len(wrong) - 1 if told else 0,
    )


def _said(item: ItemResult | None) -> str:
    """The item's sentence, without the question's id: the block has it as its heading."""
    return item.message.removeprefix(f"{item.question}: ") if item else ""


def grouped(lost: Sequence[Lost]) -> tuple[Lost, ...]:
    """Properties that were lost for one and the same reason, and by no item of their own, told together at the end."""
    groups: dict[tuple[str, str, str], list[Lost]] = {}
    for each in lost:
        groups.setdefault((each.message, each.hint, each.where), []).append(each)
    return tuple(
        replace(
            same[0],
            title="; ".join(each.title for each in same),
            points=sum(each.points for each in same),
            max_points=sum(each.max_points for each in same),
        )
        for same in sorted(groups.values(), key=lambda group: not group[0].where)
    )


def _where(item: ItemResult) -> str:
    return f"{item.title} ({item.id})" if item.visibility == "public" else item.title


def headline(result: Result) -> str:
    """``87.5 of 100 points``, or why there is no score."""
    if result.score is None:
        return "No score yet: the grader failed, not your code. Your files are safe; the grading will be run again."
    score = of_points(result.score, result.max_score)
    return score if result.status == "graded" else f"{score} ({STATUS[result.status]})"


def verdict(block: Block) -> str:
    """A question's points in words."""
    if block.unscored:
        return f"no points yet, out of {number(block.max_points)}: the grader failed here, not your code"
    if block.outcome is Outcome.NOT_ATTEMPTED:
        return f"not attempted yet, {number(block.max_points)} to earn"
    if block.outcome in UNJUDGED:
        return f"not checked, {of_points(block.points, block.max_points)}"
    return of_points(block.points, block.max_points)


def carried_sentence(block: Block) -> str:
    """What stood in while the question was judged, or nothing."""
    if not block.carried:
        return ""
    names = listed(short_id(name) for name in block.carried)
    return f"Judged with ours in place of your {names}, so that a mistake there costs nothing here."


def feedback_text(result: Result, width: int = WIDTH) -> str:
    """The whole feedback as plain text for a terminal, ending in a newline."""
    rows = [headline(result)]
    rows += _wrapped(result.summary, width, "", "") if result.summary else []
    rows += [
        row for note in result.submission.notes for row in _wrapped(note_text(note.file, note.sentence), width, "! ")
    ]
    for block in feedback_blocks(result):
        rows += ["", *_text_block(block, width)]
    return "\n".join(rows) + "\n"


def note_text(file: str | None, sentence: str) -> str:
    return f"{file}: {sentence}" if file and file not in sentence else sentence


def _text_block(block: Block, width: int) -> Iterator[str]:
    yield line(f"{block.id} — {block.title}: {verdict(block)}")
    if block.diagnosis:
        yield from _wrapped(block.diagnosis, width, "  → ")
    if carried := carried_sentence(block):
        yield from _wrapped(carried, width, "  ")
    for lost in grouped(block.lost):
        where = f" [{lost.where}]" if lost.where else ""
        yield from _wrapped(
            f"{lost.title} (−{number(lost.max_points - lost.points)}): {lost.message}{where}", width, "  ✗ "
        )
        if lost.hint:
            yield from _wrapped(f"Hint: {lost.hint}", width, "    ")
        if lost.more:
            yield f"    and {plural(lost.more, 'more test')} of this property"


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    indent = " " * len(first) if rest is None else rest
    return textwrap.wrap(line(text), width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)


def markdown_lines(lost: Sequence[Lost]) -> list[str]:
    """One markdown list item per lost property, everything escaped."""
    rows = []
    for each in grouped(lost):
        where = f" — {markdown(each.where)}" if each.where else ""
        rows.append(f"- **{markdown(each.title)}**{where}: {markdown(each.message)}")
        if each.hint:
            rows.append(f"  - *Hint:* {markdown(each.hint)}")
        if each.more:
            rows.append(f"  - and {plural(each.more, 'more test')} of this property")
    return rows
