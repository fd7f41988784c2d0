"""Before any hand-in is graded: does the seal hold, and does the reference pass, on this machine, now?"""

from __future__ import annotations

from autograder.model.errors import GraderFault
from autograder.model.result import Outcome
from autograder.sandbox.client import Nursery
from autograder.sandbox.probe import faults, probe
from autograder.suite.stage import Subject

from .engine import stage_for
from .instrument import Instrument


def check_confinement(nursery: Nursery) -> dict[str, str]:
    """The probe's outcomes; raises GraderFault when the level ``sealed`` is claimed and does not hold."""
    outcomes = probe(nursery)
    found = faults(outcomes)
    if nursery.level == "sealed" and found:
        raise GraderFault(
            f"this machine does not seal workers ({', '.join(found[:3])}); nothing was graded. Grade on Linux 4.14 "
            "or newer on x86-64 or arm64, outside gVisor-like kernels; `backprop probe` shows each layer"
        )
    return outcomes


def check_reference(instrument: Instrument, nursery: Nursery) -> None:
    """Run one value item of each question on the reference; raises GraderFault naming the first that fails."""
    stage = stage_for(instrument, nursery, Subject(instrument.reference))
    for key in instrument.assignment.questions:
        item = next(each for each in instrument.collected.items if each.key == key and each.prop == "value")
        run = instrument.collected.run(item, stage)
        if run.outcome != Outcome.PASSED:
            raise GraderFault(
                f"self-test: the reference does not pass {item.id} on this machine ({run.message}); nothing was graded"
            )
