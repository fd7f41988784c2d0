"""Where layers fail, what rests on them is judged with the reference's: also objects that live in the worker."""

from pathlib import Path

import pytest

from autograder.grading.engine import grade
from autograder.grading.instrument import use_instrument
from autograder.model.submission import Source, Submission
from autograder.sandbox.thrifty import Thrifty

ROOT = Path(__file__).resolve().parents[3]
SECRET = b"a secret of the tests alone"
STYLES = ("reference", "shared")
"""Their modules import from one another what is asked for, and no helpers: those would be gone with the module."""

BREAKS = {
    "a stub": lambda instrument, module, text: instrument.stubs[module],
    "no Python": lambda instrument, module, text: text + "\ndef (:\n",
    "not there": lambda instrument, module, text: None,
}


def lost(instrument, nursery, sources):
    """The questions in which right code, with one module broken, loses points."""
    handed_in = tuple(Source(name, text) for name, text in sources.items() if text is not None)
    result = grade(instrument, Submission("x", handed_in), nursery)
    assert result.status != "grader fault"
    return {each.id.partition(".")[2] for each in result.questions if each.points < each.max_points}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["layers", "mlp"])
def test_a_broken_module_costs_its_own_questions_only(module):
    found, own = {}, set()

    def work(instrument):
        own.update(key for key, each in instrument.assignment.questions.items() if each.module == module)
        variants = ROOT / "tests/grader/variants/mlp"
        with Thrifty("sealed") as nursery:
            for style in STYLES:
                folder = ROOT / "solutions" if style == "reference" else variants / style
                right = {name: (folder / f"{name}.py").read_text() for name in instrument.assignment.modules}
                for how, broken in BREAKS.items():
                    sources = {**right, module: broken(instrument, module, right[module])}
                    found[style, how] = lost(instrument, nursery, sources)

    use_instrument(ROOT, "mlp", SECRET, work)
    assert own and found == {(style, how): own for style in STYLES for how in BREAKS}
