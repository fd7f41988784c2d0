"""The table of questions in a handout, filled in from grading.yml."""

from __future__ import annotations

from ..model.config import Assignment, Question
from ..model.errors import WrongUse

BEGIN = "<!-- BEGIN QUESTIONS (generated from grading.yml) -->"
END = "<!-- END QUESTIONS -->"
HEADER = "| Question | What | Where | Points | Of which public | May rest on |\n|---|---|---|---:|---:|---|\n"


def handout(text: str, file: str, name: str, assignment: Assignment) -> str:
    """``text`` with the lines between the markers replaced; raises WrongUse unless each is there once."""
    for marker in (BEGIN, END):
        if text.count(marker) != 1:
            raise WrongUse(f"{file}: {marker} must stand there exactly once, for the table of questions")
    before, rest = text.split(BEGIN)
    if END not in rest:
        raise WrongUse(f"{file}: {END} stands above {BEGIN}; put it below")
    return f"{before}{BEGIN}\n{question_table(name, assignment)}{END}{rest.split(END)[1]}"


def question_table(name: str, assignment: Assignment) -> str:
    """One row per question, in the order of grading.yml, and the sums."""
    rows = "".join(_row(name, key, question) for key, question in assignment.questions.items())
    public = sum(question.points.get("public", 0) for question in assignment.questions.values())
    return f"{HEADER}{rows}| **Total** | | | **{assignment.points:g}** | **{round(public, 6):g}** | |\n"


def _row(name: str, key: str, question: Question) -> str:
    where = f"`{question.module}.py` · `{question.name}`"
    first = ", ".join(f"`{earlier}`" for earlier in question.after) or "–"
    public = question.points.get("public", 0)
    title = question.title.replace("|", "\\|")
    return f"| `{name}.{key}` | {title} | {where} | {question.max_points:g} | {public:g} | {first} |\n"
