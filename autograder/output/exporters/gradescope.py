"""Gradescope's ``results.json``: per question one test for its public part and one for its hidden part.

The maxima add up to the assignment's points and the scores to the result's score. When the instrument failed
there is no score anywhere, not a 0: the format asks for one, so Gradescope reports a failed autograder, and the
staff find the reason in a test that only they see.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from autograder.model.config import Assignment, Visibility
from autograder.model.errors import GraderFault
from autograder.model.result import Outcome, QuestionResult, Result

from ..feedback import Block, Lost, carried_sentence, feedback_blocks, headline, markdown_lines, note_text
from ..hygiene import ELLIPSIS, file_stems, line, markdown
from ..words import in_order

LIMIT: Final = 95_000
"""Characters of a whole document; Gradescope cuts output at 100,000."""

FAULT_TEXT: Final = (
    "Our grader failed while it looked at your work. This is not your mistake, and it is not a 0: there is no "
    "score yet. Your files have arrived. Please tell your teachers; they can run the grading again."
)

_LATER: Final[Mapping[Visibility, str]] = {
    "visible": "",
    "after_due_date": "The hidden tests have run; you see what they say, and the total, after the due date\\.",
    "after_published": "The hidden tests have run; you see what they say, and the total, when grades are published\\.",
    "hidden": "The hidden tests have run; your teachers see what they say\\.",
}


def results_json(result: Result, assignment: Assignment) -> str:
    """The text of ``results.json`` for one hand-in, below ``LIMIT`` characters; raises GraderFault on wrong sums."""
    document = results_document(result, assignment)
    cap = 8000
    while len(text := json.dumps(document, indent=1, ensure_ascii=False) + "\n") > LIMIT and cap > 60:
        cap //= 2
        for part in (document, *document["tests"]):
            part["output"] = _shortened(part.get("output", ""), cap)
    return text


def results_document(result: Result, assignment: Assignment) -> dict[str, Any]:
    """The same as a dictionary, uncut."""
    document: dict[str, Any] = {
        "output": _notes(result, assignment),
        "output_format": "md",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "execution_time": math.ceil(max(0.0, result.run.seconds)),
        "extra_data": {
            "schema_version": result.schema_version,
            "assignment": result.assignment,
            "status": result.status,
            "digest": result.submission.digest,
            "level": line(result.run.level),
        },
    }
    if result.score is None:
        return {**document, "output": markdown(FAULT_TEXT), "tests": [_fault(result)]}
    tests = list(_tests(result, assignment))
    _check_sums(result, assignment, tests)
    return {"score": round(result.score, 6), **document, "tests": tests}


def archive(results: Sequence[Result], assignment: Assignment) -> bytes:
    """A zip with ``<submission>/results.json`` for each; the same results make the same bytes."""
    buffer = io.BytesIO()
    stems = file_stems(result.submission.id for result in results)
    with zipfile.ZipFile(buffer, "w") as file:
        for result in in_order(results):
            entry = zipfile.ZipInfo(f"{stems[result.submission.id]}/results.json")
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, results_json(result, assignment))
    return buffer.getvalue()


def _tests(result: Result, assignment: Assignment) -> Iterator[dict[str, Any]]:
    blocks = feedback_blocks(result)
    for place, (question, block) in enumerate(zip(result.questions, blocks, strict=True), 1):
        yield from _question_tests(str(place), question, block, assignment)


def _question_tests(
    place: str, question: QuestionResult, block: Block, assignment: Assignment
) -> Iterator[dict[str, Any]]:
    public = [part for part in question.properties if part.name == "public"]
    rest = [part for part in question.properties if part.name != "public"]
    shown = [lost for lost in block.lost if lost.public]
    hidden = [lost for lost in block.lost if not lost.public]
    # Diagnosis and carried questions rest on hidden items: they are told with those, unless only public ones failed.
    story = [f"**{markdown(block.diagnosis)}**", ""] if block.diagnosis else []
    story += [markdown(carried), ""] if (carried := carried_sentence(block)) else []
    sides = (
        (public, "public tests", shown, [] if hidden else story, assignment.visibility.public),
        (rest, "hidden tests", hidden, story if hidden else [], assignment.visibility.hidden),
    )
    for side, (parts, title, lost, story, visibility) in enumerate(sides, 1):
        if parts:
            score = round(math.fsum(part.points for part in parts), 6)
            top = round(math.fsum(part.max_points for part in parts), 6)
            yield {
                "score": score,
                "max_score": top,
                "status": "passed" if score >= top else "failed",
                "name": line(f"{question.id} — {question.title} ({title})"),
                "number": f"{place}.{side}",
                "output": _output(block, lost, story, passed=score >= top),
                "output_format": "md",
                "visibility": visibility,
            }


def _output(block: Block, lost: Sequence[Lost], story: Sequence[str], *, passed: bool) -> str:
    if block.outcome is Outcome.NOT_ATTEMPTED:
        return "Not attempted yet\\."
    if passed:
        return "All tests pass\\."
    nothing = "Not checked\\." if block.outcome is Outcome.NOT_CHECKED else "Not earned yet\\."
    return "\n".join([*story, *(markdown_lines(lost) or [nothing])])


def _notes(result: Result, assignment: Assignment) -> str:
    """What students see at once: no total and no summary of it while any of its parts is held back."""
    later = _LATER[assignment.visibility.hidden] or _LATER[assignment.visibility.public]
    rows = [later] if later else [f"**{markdown(headline(result))}**"]
    rows += [markdown(result.summary)] if result.summary and (not later or result.status != "graded") else []
    rows += [markdown(note_text(note.file, note.sentence)) for note in result.submission.notes]
    return "\n\n".join(rows)


def _fault(result: Result) -> dict[str, Any]:
    """What the staff see: the items on which the instrument failed. No score: a score would be a verdict."""
    rows = [markdown(result.summary)] if result.summary else []
    broken = [item for item in result.items if item.outcome is Outcome.FAULT]
    rows += [f"- {markdown(item.id)}: {markdown(item.message)}" for item in broken]
    return {
        "name": "Grader fault (for the staff): nothing was scored, run the grading again",
        "number": "0",
        "output": "\n".join(rows) or "The result does not say which test failed\\.",
        "output_format": "md",
        "visibility": "hidden",
    }


def _check_sums(result: Result, assignment: Assignment, tests: Sequence[dict[str, Any]]) -> None:
    """A table that does not add up would show students two different scores."""
    if not tests:
        return
    for key, expected in (("score", result.score or 0.0), ("max_score", assignment.points)):
        total = math.fsum(test[key] for test in tests)
        if abs(total - expected) > 1e-6:
            raise GraderFault(f"{result.submission.id}: {key} adds up to {total:g}, not to {expected:g}")


def _shortened(text: str, cap: int) -> str:
    """Whole lines only, so that no escape is cut in two."""
    kept: list[str] = []
    length = 0
    for row in text.split("\n"):
        length += len(row) + 1
        if length > cap:
            return "\n".join([*kept, ELLIPSIS])
        kept.append(row)
    return text
