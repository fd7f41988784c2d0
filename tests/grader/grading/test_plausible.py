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
RIGHT = {"first argument": IDENTITY, "first argument of a function": IDENTITY}
"""What a hand-in answers rightly: who returns the argument has written the identity (and shares its memory)."""

FAST = {("circuits", title) for title in ("answers itself", "zeros")}
CASES = [
    pytest.param((name, title), id=f"{name}-{title}", marks=[] if (name, title) in FAST else [pytest.mark.slow])
    for name in READY
    for title in HAND_INS
]


@pytest.fixture(scope="module")
def graded(request):
    """The result of a hand-in whose every module is one and the same text; nothing is diagnosed."""
    name, title = request.param
    results = []

    def work(instrument):
        undiagnosed = replace(instrument, namer=SimpleNamespace(name=lambda *_: None))
        sources = tuple(Source(module, HAND_INS[title]) for module in instrument.assignment.modules)
        with Nursery(instrument.course.level) as nursery:
            results.append(grade(undiagnosed, Submission(title, sources), nursery))

    use_instrument(ROOT, name, SECRET, work)
    return results[0]


@pytest.mark.parametrize("graded", CASES, indirect=True)
def test_no_value_item_passes_and_nothing_of_ours_fails(graded):
    right = RIGHT.get(graded.submission.id, set())
    passed = {
        item.question for item in graded.items if item.property == "value" and item.outcome == Outcome.PASSED
    }
    faults = [(item.id, item.message) for item in graded.items if item.outcome == Outcome.FAULT]
    earned = {question.id for question in graded.questions if question.points}
    assert (passed - right, faults) == (set(), [])
    assert earned <= right and graded.status in ("graded", "not attempted")
    assert graded.score == sum(question.points for question in graded.questions if question.id in right)
    assert all(question.points < question.max_points for question in graded.questions)
