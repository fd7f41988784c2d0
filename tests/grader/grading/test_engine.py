"""One hand-in through the engine: imports, budgets, errors carried forward, names of mistakes, faults."""

from dataclasses import replace

import pytest

from autograder.grading.engine import grade
from autograder.model.result import Outcome
from tests.grader.grading.conftest import mistaken, submission

NUMPY = "import numpy as np\n"


def question(result, key):
    return next(each for each in result.questions if each.id == f"circuits.{key}")


def full(result, *keys):
    return all(question(result, key).points == question(result, key).max_points for key in keys)


def messages(result, key):
    return [item.message for item in result.items if item.question == f"circuits.{key}" and item.message]


def with_module(**texts):
    """The reference with other modules; None leaves one out."""
    return lambda instrument: {**instrument.reference, **texts}


def added(module, text):
    """The reference with ``text`` at the end of one module."""
    return lambda instrument: {**instrument.reference, module: instrument.reference[module] + text}


def test_the_reference_has_the_points_of_its_questions(graded):
    result = graded(lambda instrument: instrument.reference, "unbroadcast", "multiply")
    assert (result.status, result.score) == ("graded", 10.5)
    assert {item.outcome for item in result.items} == {Outcome.PASSED}
    assert not any(each.diagnosis or each.carried for each in result.questions)


def test_stubs_are_not_attempted(graded):
    result = graded(lambda instrument: instrument.stubs, "multiply", "topological_order", "relative_error")
    assert (result.status, result.score) == ("not attempted", 0)
    assert {item.outcome for item in result.items} == {Outcome.NOT_ATTEMPTED}


def test_a_missing_module_costs_its_own_questions(graded):
    result = graded(with_module(graph=None), "exp", "topological_order")
    assert full(result, "exp")
    assert question(result, "topological_order").outcome == Outcome.NOT_ATTEMPTED
    assert set(messages(result, "topological_order")) == {"circuits.topological_order: graph.py was not handed in."}


def test_no_module_at_all_is_not_attempted(graded):
    result = graded(lambda instrument: dict.fromkeys(instrument.reference), "exp", "relative_error")
    assert (result.status, result.score) == ("not attempted", 0)


# What stands in gates.py → a part of the sentence on its questions.
BROKEN = {
    "syntax": (NUMPY + "def exp(:\n", "line 2"),
    "raises": (NUMPY + "1 / 0\n", "ZeroDivisionError"),
    "a package that is not there": ("import scipy_of_mine\nscipy_of_mine.x\n", "ImportError in gates.py, line 2"),
    "leaves": ("import os\nos._exit(0)\n", "exit status 0"),
    "exits": ("raise SystemExit(0)\n", "SystemExit"),
}


@pytest.mark.parametrize(("text", "part"), BROKEN.values(), ids=BROKEN)
def test_a_module_that_cannot_be_imported_costs_no_other(graded, text, part):
    result = graded(with_module(gates=text), "exp", "topological_order", "neuron_loss_graph")
    assert full(result, "topological_order", "neuron_loss_graph")
    assert "exp" in question(result, "neuron_loss_graph").carried
    assert (question(result, "exp").points, question(result, "exp").outcome) == (0, Outcome.FAILED)
    assert all(part in message for message in messages(result, "exp")) and messages(result, "exp")
    assert result.score == 6 + 4.5


def test_an_unused_import_of_a_missing_package_costs_nothing(graded):
    assert full(graded(added("gates", "\nimport scipy_of_mine\n"), "exp"), "exp")


def test_an_import_that_never_ends_costs_one_wait_and_no_other_module(graded):
    result = graded(
        with_module(gates="while True:\n    pass\n"), "exp", "log", "relative_error",
        import_wall=1, item_wall=1, item_cpu=1,
    )  # fmt: skip
    assert full(result, "relative_error")
    assert question(result, "exp").points == question(result, "log").points == 0
    assert len({each.split(": ", 1)[1] for each in messages(result, "exp")}) == 1
    waited = {seconds for item, seconds in result.run.item_seconds.items() if item.startswith("circuits.exp/")}
    assert waited == {0.0}


SPIN = "\n\ndef _spin(self, x):\n    while True:\n        pass\n\n\nReciprocal.forward = _spin\n"


@pytest.mark.parametrize("most", [1, 2])
def test_after_so_many_timeouts_the_rest_of_a_question_fails(graded, most):
    result = graded(
        added("gates", SPIN), "exp", "reciprocal", item_wall=1, item_cpu=1, import_wall=3, timeouts_per_question=most
    )
    assert full(result, "exp")
    assert question(result, "reciprocal").points == 0
    said = messages(result, "reciprocal")
    items = [item for item in result.items if item.question == "circuits.reciprocal"]
    not_tried = [each for each in said if f"{most} tests of this question already ran out of time" in each]
    assert {item.outcome for item in items} == {Outcome.FAILED}
    assert len(not_tried) == len(items) - most > 0


def test_a_hand_in_over_its_budget_is_said_to_be_and_the_rest_is_not_checked(graded):
    result = graded(lambda instrument: instrument.reference, "exp", submission_wall=1e-6)
    assert result.status == "over budget"
    assert {item.outcome for item in result.items} == {Outcome.NOT_CHECKED}
    assert all("used up its 1e-06 s" in message for message in messages(result, "exp"))
    assert question(result, "exp").points == 0


def test_a_mistake_costs_once_and_is_named(graded):
    result = graded(
        lambda instrument: mistaken(instrument, "unbroadcast-only-leading"), "unbroadcast", "add", "multiply"
    )
    assert full(result, "add", "multiply")
    own = question(result, "unbroadcast")
    assert own.points < own.max_points and own.diagnosis.mistake == "unbroadcast-only-leading" and not own.carried
    for key in ("add", "multiply"):
        assert question(result, key).carried == ("unbroadcast",) and question(result, key).diagnosis is None
    carried = {item.question for item in result.items if item.carried}
    assert carried == {"circuits.add", "circuits.multiply"}


def test_a_mistake_of_ones_own_is_not_carried_away_with_the_prerequisite(graded):
    def both(instrument):
        return mistaken(instrument, "multiply-not-switched", mistaken(instrument, "unbroadcast-only-leading"))

    result = graded(both, "unbroadcast", "add", "multiply")
    assert full(result, "add")
    assert question(result, "multiply").points < question(result, "multiply").max_points
    assert question(result, "unbroadcast").points < question(result, "unbroadcast").max_points
    assert question(result, "multiply").diagnosis.mistake == "multiply-not-switched"
    assert question(result, "unbroadcast").diagnosis.mistake == "unbroadcast-only-leading"


# Wrong in ways that no table knows.
UNKNOWN = """


def _odd_backward(self, upstream):
    dx, dy = _right_backward(self, upstream)
    return dx * 1.37 + 0.11, dy * 0.71 - 0.23


_right_backward, Multiply.backward = Multiply.backward, _odd_backward
"""


def test_an_unknown_mistake_is_given_no_name(graded):
    result = graded(added("gates", UNKNOWN), "multiply")
    multiply = question(result, "multiply")
    assert multiply.points < multiply.max_points and multiply.outcome == Outcome.FAILED
    assert multiply.diagnosis is None


def test_a_known_mistake_elsewhere_keeps_its_name_beside_an_unknown_one(graded):
    def both(instrument):
        sources = mistaken(instrument, "unbroadcast-only-leading")
        return {**sources, "gates": sources["gates"] + UNKNOWN}

    result = graded(both, "unbroadcast", "multiply")
    assert question(result, "unbroadcast").diagnosis.mistake == "unbroadcast-only-leading"
    assert question(result, "multiply").diagnosis is None
    assert question(result, "multiply").points < question(result, "multiply").max_points


def test_a_known_and_an_unknown_mistake_in_one_question_get_no_third_name(graded):
    def both(instrument):
        sources = mistaken(instrument, "multiply-not-switched")
        return {**sources, "gates": sources["gates"] + UNKNOWN}

    diagnosis = question(graded(both, "multiply"), "multiply").diagnosis
    assert diagnosis is None or diagnosis.mistake == "multiply-not-switched"


def test_a_fault_of_ours_leaves_the_score_empty(using):
    def work(instrument, nursery):
        broken = replace(instrument, secret=None)  # no hidden input can be drawn
        return grade(broken, submission(instrument.reference), nursery, keys=("exp",))

    result = using(work)
    assert (result.status, result.score) == ("grader fault", None)
    assert Outcome.FAULT in {item.outcome for item in result.items}
    assert "TypeError" in " ".join(messages(result, "exp"))


def test_the_same_files_have_the_same_result(using):
    def work(instrument, nursery):
        sources = mistaken(instrument, "multiply-not-switched")
        texts = (sources, dict(reversed(sources.items())))
        return [grade(instrument, submission(each), nursery, keys=("multiply",)) for each in texts]

    first, second = using(work)
    assert first.submission.digest == second.submission.digest
    first_files = first.without_run()["submission"].pop("files")
    assert sorted(map(str, first_files)) == sorted(map(str, second.without_run()["submission"].pop("files")))
    assert [first.items, first.questions, first.score] == [second.items, second.questions, second.score]
