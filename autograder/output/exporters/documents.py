"""All results of a course assignment in one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence

from autograder.model.config import Assignment
from autograder.model.result import SCHEMA_VERSION, Result

from ..words import in_order


def documents_json(results: Sequence[Result], assignment: Assignment) -> str:
    """``{"schema_version", "assignment" (its title), "points", "results": [...]}``; sorted keys, LF."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "assignment": assignment.title,
        "points": assignment.points,
        "results": [result.model_dump(mode="json") for result in in_order(results)],
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
