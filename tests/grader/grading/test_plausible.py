"""Hand-ins that answer everything plausibly earn no value item anywhere, and nothing of ours trips over them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.grading.engine import grade
from autograder.grading.instrument import use_instrument
from autograder.model.config import load_course
from autograder.model.result import Outcome
from autograder.model.submission import Source, Submission
from autograder.sandbox.client import Nursery
from autograder.sandbox.thrifty import Thrifty

ROOT = Path(__file__).resolve().parents[3]
SECRET = b"a secret of the tests alone"
READY = [name for name in load_course(ROOT / "grading.yml").assignments if (ROOT / "autograder/hidden" / name).is_dir()]

ANSWER_ALL = """
import numpy as np

class Anything:
    def __init__(self, *args, **kwargs): self.__dict__['params'] = {{'w': np.ones((2, 3))}}
    def __getattr__(self, name):
        if name.startswith('__'): raise AttributeError(name)
        return {attribute}
    def __call__(self, *args, **kwargs): return {result}
    def __iter__(self): return iter([self, self])
    def __len__(self): return 2
    def __getitem__(self, key): return self
    def __setitem__(self, key, value): pass
    def __contains__(self, key): return True
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __hash__(self): return 1
    def __bool__(self): return True
    def __float__(self): return 1.0
    def __int__(self): return 1
    def __index__(self): return 1
    def __array__(self, dtype=None, copy=None): return np.ones((2, 3))
    def __array_ufunc__(self, *args, **kwargs): return self
    def __array_function__(self, *args, **kwargs): return True
    def __add__(self, other): return self
    __radd__ = __mul__ = __rmul__ = __sub__ = __matmul__ = __truediv__ = __neg__ = __add__

def __getattr__(name):
    if name.startswith('__'): raise AttributeError(name)
    return {name}
"""


def chameleon(result, attribute="self", name="Anything"):
    return ANSWER_ALL.format(result=result, attribute=attribute, name=name)


BOUND = "(lambda *args, **kwargs: self(*args, **kwargs))"
HAND_INS = {
    "answers itself": chameleon("self", name="Anything()"),
    "objects that answer themselves": chameleon("self"),
    "first argument": chameleon("args[0] if args else self", BOUND),
    "first argument of a function": chameleon("args[0] if args else self", BOUND, "Anything()"),
    "last argument twice": chameleon("(args[-1], args[-1]) if args else self", BOUND),
    "zeros": chameleon("np.zeros_like(args[0]) if args else 0.0", BOUND),
    "zeros of a function": chameleon("np.zeros_like(args[0]) if args else 0.0", BOUND, "Anything()"),
    "ones": chameleon("np.ones_like(args[0], float) if args else 1.0", BOUND),
    "ones of a function": chameleon("np.ones_like(args[0], float) if args else 1.0", BOUND, "Anything()"),
    "None": chameleon("None", BOUND, "Anything()"),
    "a huge integer": chameleon("10**400", BOUND, "Anything()"),
    "NaN": chameleon("np.full(np.shape(args[0]), np.nan) if args else float('nan')", BOUND),
    "a forged array": "class Forger(np.ndarray):\n    __array_function__ = __array_ufunc__ = lambda *a, **k: True\n"
    + chameleon("np.ones((2, 3)).view(Forger)", BOUND, "Anything()").replace("import numpy as np", ""),
}
HAND_INS["a forged array"] = "import numpy as np\n" + HAND_INS["a forged array"]


IDENTITY = {"nonlinearities.identity"}
RIGHT = {"first argument": IDENTITY, "first argument of a function": IDENTITY | {"architectures.freeze"}}
"""What a hand-in answers rightly: who returns the argument has written the identity (and shares its memory), and
frozen a model without anything to freeze."""

FAST = ("answers itself", "zeros")
CASES = [
    pytest.param("circuits", FAST, Nursery, id="circuits-fast"),
    *(pytest.param(name, tuple(HAND_INS), Thrifty, id=name, marks=pytest.mark.slow) for name in READY),
]


def graded(name, titles, nursery_class):
    """Title → the result of a hand-in whose every module is one and the same text; nothing is diagnosed."""
    results = {}

    def work(instrument):
        undiagnosed = replace(instrument, namer=SimpleNamespace(name=lambda *_: None))
        with nursery_class(instrument.course.level) as nursery:
            for title in titles:
                sources = tuple(Source(module, HAND_INS[title]) for module in instrument.assignment.modules)
                results[title] = grade(undiagnosed, Submission(title, sources), nursery)

    use_instrument(ROOT, name, SECRET, work)
    return results


def wrong(result, right):
    """What should not be in the result of a hand-in that answers nothing rightly but `right`."""
    items = result.items
    passed = {item.question for item in items if item.property == "value" and item.outcome == Outcome.PASSED}
    earned = {question.id for question in result.questions if question.points}
    yield from (f"{item.id}: {item.message}" for item in items if item.outcome == Outcome.FAULT)
    yield from sorted((passed | earned) - right)
    if result.status not in ("graded", "not attempted"):
        yield result.status
    if result.score != sum(question.points for question in result.questions if question.id in right):
        yield f"a score of {result.score}"
    yield from (f"all of {each.id}" for each in result.questions if each.points >= each.max_points)


@pytest.mark.parametrize(("name", "titles", "nursery_class"), CASES)
def test_no_value_item_passes_and_nothing_of_ours_fails(name, titles, nursery_class):
    results = graded(name, titles, nursery_class)
    found = {title: list(wrong(result, RIGHT.get(title, set()))) for title, result in results.items()}
    assert found == {title: [] for title in titles}
