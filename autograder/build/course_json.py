"""``tests/public/course.json``: what student commands and public tests need of grading.yml, and no more.

Of the points it tells each question's total and what its public tests decide; how the rest is divided among
hidden properties stays in grading.yml.
"""

from __future__ import annotations

import json
from typing import Any

from ..model.config import Assignment, Course, Question

FILE = "tests/public/course.json"


def course_json(course: Course, only: str | None = None) -> str:
    """The text of the file, for all assignments or ``only`` one; deterministic, with a newline at the end."""
    names = [only] if only is not None else list(course.assignments)
    data = {
        "title": course.title,
        "assignments": {name: _assignment(name, course.assignment(name)) for name in names},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _assignment(name: str, assignment: Assignment) -> dict[str, Any]:
    return {
        "title": assignment.title,
        "folder": assignment.folder,
        "modules": list(assignment.modules),
        "given": list(assignment.given),
        "needs": list(assignment.needs),
        "points": assignment.points,
        "questions": [_question(name, key, question) for key, question in assignment.questions.items()],
    }


def _question(assignment: str, key: str, question: Question) -> dict[str, Any]:
    return {
        "id": f"{assignment}.{key}",
        "title": question.title,
        "module": question.module,
        "name": question.name,
        "points": question.max_points,
        "public": question.points.get("public", 0.0),
        "after": [f"{assignment}.{earlier}" for earlier in question.after],
    }
