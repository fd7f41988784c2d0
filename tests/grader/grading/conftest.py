"""Hand-ins graded in this process, on a few questions and a small budget."""

import ctypes
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import mistakes
from autograder.grading.engine import grade
from autograder.grading.instrument import use_instrument
from autograder.model.submission import Source, Submission
from autograder.sandbox.client import Nursery

ROOT = Path(__file__).resolve().parents[3]
SECRET = b"a secret of the tests alone"
PR_SET_DUMPABLE = 4


def submission(sources, name="eve"):
    """A hand-in of these modules, without intake; a module whose text is None was not handed in."""
    return Submission(name, tuple(Source(module, text) for module, text in sources.items() if text is not None))


def with_budget(instrument, **budget):
    """The instrument with other limits."""
    course = instrument.course.model_copy(update={"budget": instrument.course.budget.model_copy(update=budget)})
    return replace(instrument, course=course)


def mistaken(instrument, id, base=None):
    """The sources with a known mistake in them."""
    mistake = next(each for each in mistakes.of(instrument.name) if each.id == id)
    return mistakes.apply(mistake, instrument.assignment, instrument.reference, base)


@pytest.fixture
def using():
    """``using(work)``: what ``work(instrument, nursery)`` returns."""

    def use(work):
        answers = []

        def inside(instrument):
            with Nursery(instrument.course.level) as nursery:
                answers.append(work(instrument, nursery))

        use_instrument(ROOT, "circuits", SECRET, inside)
        return answers[0]

    yield use
    if sys.platform == "linux":  # grading made this process unreadable for others; the next tests may read it
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


@pytest.fixture
def graded(using):
    """``graded(make, *keys, **budget)``: the result of ``make(instrument)``, module to text, on questions ``keys``."""

    def run(make, *keys, **budget):
        def work(instrument, nursery):
            return grade(with_budget(instrument, **budget), submission(make(instrument)), nursery, keys=keys)

        return using(work)

    return run
