"""Everything people see of a grading: report, gradebook, feedback, exports. Reads results, never grades."""

from __future__ import annotations

from .exporters import EXPORTERS, Exporter, grades_csv, results_json
from .feedback import feedback_blocks, feedback_text
from .report import write_report
from .terminal import print_table, result_line

__all__ = [
    "EXPORTERS",
    "Exporter",
    "feedback_blocks",
    "feedback_text",
    "grades_csv",
    "print_table",
    "result_line",
    "results_json",
    "write_report",
]
