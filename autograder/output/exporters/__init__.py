"""Formats that other systems read: a table of name -> exporter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autograder.model.config import Assignment
from autograder.model.result import Result

from .documents import documents_json
from .gradescope import archive, results_json
from .table import grades_csv


@dataclass(frozen=True)
class Exporter:
    """``write(results, assignment)`` gives the content of one file, best named ``<something><suffix>``."""

    title: str
    suffix: str
    write: Callable[[Sequence[Result], Assignment], str | bytes]


EXPORTERS: Final[Mapping[str, Exporter]] = {
    "csv": Exporter("gradebook, one row per hand-in", ".csv", grades_csv),
    "gradescope": Exporter("a zip with <submission>/results.json for each hand-in", ".zip", archive),
    "json": Exporter("all results in one document", ".json", documents_json),
}

__all__ = ["EXPORTERS", "Exporter", "grades_csv", "results_json"]
