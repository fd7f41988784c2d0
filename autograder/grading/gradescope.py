"""One upload, graded as in a batch, with a document published before and after: never no result, never a silent 0."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autograder.intake import read_one
from autograder.model.errors import GraderFault
from autograder.model.result import Result
from autograder.sandbox.client import Nursery, NurseryFault

from .batch import fingerprint, run_block
from .document import ungraded
from .instrument import Instrument
from .jobs import run_jobs
from .selftest import check_confinement, check_reference


def grade_upload(instrument: Instrument, folder: Path, publish: Callable[[Result], None]) -> Result:
    """Grade ``folder``; ``publish`` gets the skeleton first, then the result (also one that is our fault)."""
    assignment = instrument.assignment
    submission = read_one(folder, assignment.modules, (*assignment.given, *assignment.needs), id="submission")
    result = ungraded(instrument, submission, "The grading did not come to its end.")
    publish(result)
    try:
        with Nursery("sealed") as nursery:
            probe = check_confinement(nursery)
            check_reference(instrument, nursery)
            ((_, result),) = run_jobs(instrument, [submission], [nursery])
            block = run_block(result, submission, probe, "sealed", fingerprint(instrument, submission))
            result = result.model_copy(update={"run": block})
    except (GraderFault, NurseryFault) as fault:
        result = ungraded(instrument, submission, str(fault))
    publish(result)
    return result
