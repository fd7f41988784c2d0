"""Points by property, and what is replaced by the reference when an error is carried forward."""

from pathlib import Path

import pytest

from autograder.grading.carry import plan
from autograder.grading.score import score_question, together
from autograder.model.config import Question, load_course
from autograder.model.result import ItemResult, Outcome

ROOT = Path(__file__).resolve().parents[3]
ASSIGNMENT = load_course(ROOT / "grading.yml").assignment("circuits")
QUESTION = Question(title="T", module="gates", name="T", points={"value": 3, "shape": 2, "purity": 0.5})
P, F, N, C, X = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ATTEMPTED, Outcome.NOT_CHECKED, Outcome.FAULT

TOGETHER = [
    ([], C), ([P], P), ([P, P], P), ([P, F], F), ([N, N], N), ([N], N), ([N, P], F), ([N, F], F), ([C, P], C),
    ([C, F], F), ([C, N], C), ([C], C), ([X, P], X), ([X, F], X), ([X, N], X), ([X, C], X),
]  # fmt: skip


@pytest.mark.parametrize(("outcomes", "wanted"), TOGETHER)
def test_outcomes_together_are_the_worst(outcomes, wanted):
    assert together(outcomes) == together(outcomes[::-1]) == wanted


def scored(value, shape, purity):
    outcomes = {"value": value, "shape": shape, "purity": purity}
    items = [
        ItemResult(id=f"{name}{at}", title="", question="q", property=name, visibility="hidden", outcome=outcome)
        for name, each in outcomes.items()
        for at, outcome in enumerate(each)
    ]
    return score_question("q", QUESTION, items, None, ())


POINTS = {
    "all": (([P, P], [P], [P]), 5.5, P),
    "half a property is none": (([P, P], [P, F], [P]), 3.5, F),
    "no points without value": (([P, F], [P], [P]), 0, F),
    "nothing attempted": (([N], [N], [N]), 0, N),
    "value not attempted": (([N], [P], [P]), 0, F),
    "value not checked": (([C], [P], [P]), 0, C),
    "the rest not checked": (([P], [C], [P]), 3.5, C),
    "value without items": (([], [P], [P]), 0, P),
}


@pytest.mark.parametrize(("outcomes", "points", "outcome"), POINTS.values(), ids=POINTS)
def test_points_of_a_property_are_whole_and_need_the_values(outcomes, points, outcome):
    result = scored(*outcomes)
    assert (result.points, result.max_points, result.outcome) == (points, 5.5, outcome)


def test_a_property_that_waits_for_the_values_says_so():
    value, shape, purity = scored([F], [P], [F]).properties
    assert shape.reason == "counts once the values are right"
    assert value.reason == purity.reason == ""


GATES = tuple(key for key, question in ASSIGNMENT.questions.items() if question.module == "gates")
GRAPH = tuple(key for key, question in ASSIGNMENT.questions.items() if question.module == "graph")
# name -> (question, failed questions, unimportable module -> culprit, stand-ins, modules that start from the stub)
PLANS = {
    "nothing failed": ("add", (), {}, None, ()),
    "only itself": ("add", ("add",), {}, None, ()),
    "a stranger failed": ("add", ("add", "exp"), {}, None, ()),
    "one prerequisite": ("add", ("add", "unbroadcast"), {}, ("unbroadcast",), ()),
    "through another": ("sigmoid", ("sigmoid", "unbroadcast"), {}, ("unbroadcast",), ()),
    "in the file's order": ("sigmoid", ("multiply", "exp", "add"), {}, ("add", "multiply", "exp"), ()),
    "later questions stay": ("scale", ("multiply", "shift"), {}, ("multiply",), ()),
    "its own module is broken": ("add", GATES, {"gates": "gates"}, None, ()),
    "another module is broken": ("neuron_loss_graph", GATES, {"gates": "gates"}, GATES, ("gates",)),
    "nothing rests on the broken one": ("exp", GRAPH, {"graph": "graph"}, None, ()),
    "one's own broken, others failed": ("exp", ("exp", *GRAPH), {"gates": "gates"}, GRAPH, ()),
}


@pytest.mark.parametrize(("key", "failed", "broken", "stand_ins", "modules"), PLANS.values(), ids=PLANS)
def test_what_is_replaced(key, failed, broken, stand_ins, modules):
    found = plan(ASSIGNMENT, key, failed, broken)
    if stand_ins is None:
        assert found is None
    else:
        assert (found.stand_ins, found.modules) == (stand_ins, modules)


@pytest.mark.parametrize("key", ASSIGNMENT.questions)
def test_a_question_never_stands_in_for_itself(key):
    everything = tuple(ASSIGNMENT.questions)
    module = ASSIGNMENT.questions[key].module
    for broken in ({}, {name: name for name in ASSIGNMENT.modules if name != module}):
        found = plan(ASSIGNMENT, key, everything, broken)
        assert found is None or key not in found.stand_ins
