"""Questions in which students write tests: good ones pass, and ones that do not look are told what they miss."""

import pytest

from autograder.model.result import Outcome

HEAD = "import numpy as np\n\n\n"
LOOKS = """
    x, y = np.array([3.0, -4.0, 1.0]), np.array([1.0, -2.0, 1.0])
    gate = Maximum()
    assert np.allclose(gate.forward(x, y), [3, -2, 1])
    dx, dy = gate.backward(np.array([2.0, -3.0, 0.5]))
    assert np.allclose(dx, [2, 0, 0.5]) and np.allclose(dy, [0, -3, 0])
"""
# what the test does → (its source, the properties that fail, a part of the sentence)
TESTS = {
    "looks a little": (f"def check_maximum(Maximum):{LOOKS}", {"catches"}, "does not catch a Maximum that"),
    "looks at nothing": ("def check_maximum(Maximum):\n    Maximum()\n", {"value", "catches"}, "does not catch"),
    "refuses everything": ("def check_maximum(Maximum):\n    assert False\n", {"value", "catches"}, "refuses a right"),
    "counts its calls": (
        # In the order of the tables the right ones are the first two and the last two of the coarse item.
        "seen = []\n\n\ndef check_maximum(Maximum):\n    seen.append(1)\n    assert len(seen) in (1, 2, 7, 8)\n",
        {"value", "catches"},
        "refuses a right",
    ),
    "asks the class for its name": (
        "def check_maximum(Maximum):\n    named = repr(vars(Maximum)) + Maximum.__qualname__ + str(Maximum.__mro__)\n"
        "    assert 'mistake' not in named and '-' not in Maximum.__name__ and Maximum.__name__ == 'Maximum'\n",
        {"value", "catches"},
        "does not catch",
    ),
    "returns its verdict": ("def check_maximum(Maximum):\n    return True\n", {"value", "catches"}, "returns a bool"),
    "raises something else": (
        "def check_maximum(Maximum):\n    raise KeyError('no')\n",
        {"value", "catches"},
        "KeyError",
    ),
}


def outcomes(result):
    return {item.property: item for item in result.items if item.visibility == "hidden"}


def test_the_reference_and_every_style_tell_right_from_wrong(graded):
    result = graded(lambda instrument: instrument.reference, "check_maximum")
    assert result.score == 4 and {item.outcome for item in result.items} == {Outcome.PASSED}


@pytest.mark.parametrize(("source", "fails", "words"), TESTS.values(), ids=TESTS)
def test_a_test_that_does_not_tell_loses_what_it_misses(graded, source, fails, words):
    result = graded(lambda instrument: {**instrument.reference, "gate_tests": HEAD + source}, "check_maximum")
    found = outcomes(result)
    assert {name for name, item in found.items() if item.outcome == Outcome.FAILED} == fails
    assert any(words in found[name].message for name in fails), [item.message for item in found.values()]
    assert result.score == (2 + 1 if fails == {"catches"} else 0)


def test_what_is_planted_stands_for_itself_alone(using):
    """Each class is made anew: what one remembered on the class must not reach the next."""

    def work(instrument, _):
        one, two = instrument.mistaken("maximum-class-state"), instrument.mistaken("maximum-class-state")
        return one is not two, one.__name__

    assert using(work) == (True, "Maximum")
