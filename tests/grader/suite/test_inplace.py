"""Parameters updated in place across the wire: right steps pass, and each kind of wrong one gets its own sentence."""

import numpy as np
import pytest

from autograder.suite import judge
from autograder.suite.inplace import Held, learnt, pure, same_path

START = {"w": np.array([1.0, -2.0, 3.0]), "b": np.array([0.5])}
GRADS = {"w": np.array([1.0, 2.0, -1.0]), "b": np.array([4.0])}


class SGD:
    def step(self, params, grads):
        for name, value in params.items():
            value -= 0.1 * grads[name]


RIGHT = """
class SGD:
    def step(self, params, grads):
        for name in params:
            {}
"""
IN_PLACE = "params[name][...] = params[name] - 0.1 * grads[name]"
NEW_ARRAY = "params[name] = params[name] - 0.1 * grads[name]"


def student_of(modules, body):
    student = modules(RIGHT.format(body.replace("; ", "\n            ")))
    return student, student.m.SGD()


def walked(modules, body, steps=3):
    student, optimizer = student_of(modules, body)
    mine, true, reference = Held(START, lambda: student.last), Held(START), SGD()
    for _ in range(steps):
        mine.step(optimizer.step, GRADS)
        true.step(reference.step, GRADS)
    return mine, true


@pytest.mark.parametrize("body", [IN_PLACE, NEW_ARRAY, "params[name] -= 0.1 * grads[name]"])
def test_right_steps_agree(modules, body):
    mine, true = walked(modules, body)
    same_path(mine, true)
    assert np.allclose(mine.params["w"], START["w"] - 0.3 * GRADS["w"])


def test_the_callers_arrays_stay():
    before = {name: value.copy() for name, value in START.items()}
    held = Held(START)
    held.step(SGD().step, GRADS)
    assert all(np.array_equal(START[name], before[name]) for name in START)
    assert np.array_equal(held.history[0].before["w"], START["w"])


def test_some_names_only(modules):
    student, optimizer = student_of(modules, IN_PLACE)
    held = Held(START, lambda: student.last)
    held.step(optimizer.step, {"b": GRADS["b"]})
    assert np.array_equal(held.params["w"], START["w"])
    assert np.allclose(held.params["b"], 0.1)


WRONG = {
    "p = params[name]; p = p - 0.1 * grads[name]": "step 1 leaves params['w'] as it was",
    "pass": "step 1 leaves params['w'] as it was",
    "params[name] += 0.1 * grads[name]": "step 1 is wrong in every entry. It has the opposite sign everywhere",
    "params[name] -= 0.2 * grads[name]": "Everywhere it is 2 times what it should be",
    "params[name] -= np.nan": "has NaN",
    "params[name] = None": "params['w'] after step 1 is None",
    "params[name] = 'text'": "is a string",
    "params[name] = [1.0, 2.0]": "is a list",
    "params[name] = np": "is an object",
    "params[name] = params[name][:1] * 2": "has shape (1,)",
    "params[name] = params[name].astype(np.float32)": "has dtype float32",
    "params[name] = np.zeros(3, complex)": "has dtype complex128",
    "params[name][...] = 1.7e308 * np.sign(params[name])": "is wrong",
}


@pytest.mark.parametrize(("body", "sentence"), WRONG.items())
def test_wrong_steps_are_told_apart(modules, body, sentence):
    student = modules(f"import numpy as np\n{RIGHT.format(body.replace('; ', chr(10) + ' ' * 12))}")
    optimizer = student.m.SGD()
    mine, true, reference = Held(START, lambda: student.last), Held(START), SGD()
    for _ in range(3):
        mine.step(optimizer.step, GRADS)
        true.step(reference.step, GRADS)
    with pytest.raises(judge.Wrong) as caught:
        same_path(mine, true)
    assert sentence in str(caught.value)


def test_the_first_wrong_step_is_named(modules):
    body = "self.t = getattr(self, 't', 0) + 1; params[name] -= (0.1 if self.t < 4 else 0.3) * grads[name]"
    mine, true = walked(modules, body)
    with pytest.raises(judge.Wrong, match=r"the move of params\['b'\] in step 2"):
        same_path(mine, true)


def test_a_label_says_which_history(modules):
    student, optimizer = student_of(modules, "pass")
    mine, true = Held(START, lambda: student.last, "of the second optimizer"), Held(START)
    mine.step(optimizer.step, GRADS)
    true.step(SGD().step, GRADS)
    with pytest.raises(judge.Wrong, match="step 1 of the second optimizer leaves"):
        same_path(mine, true)


def test_a_tolerance_is_for_moves():
    mine, true = Held(START), Held(START)
    true.step(SGD().step, GRADS)
    mine.step(SGD().step, {name: value * (1 + 1e-7) for name, value in GRADS.items()})
    same_path(mine, true, rtol=1e-6)
    with pytest.raises(judge.Wrong):
        same_path(mine, true)


def test_a_ratio_that_is_nearly_the_same_everywhere_is_a_hint():
    def nearly_twice(params, grads):
        params["w"] -= 0.1 * grads["w"] * np.array([2.0, 2.00001, 2.00002])

    mine, true = Held({"w": START["w"]}), Held({"w": START["w"]})
    mine.step(nearly_twice, {"w": GRADS["w"]})
    true.step(SGD().step, {"w": GRADS["w"]})
    with pytest.raises(judge.Wrong, match=r"Hint: It is about 2 times what it should be\. Mind lr"):
        same_path(mine, true, hint="Mind lr.")


def test_single_precision_has_its_own_tolerance(modules):
    student, optimizer = student_of(modules, IN_PLACE)
    single = {name: value.astype(np.float32) for name, value in START.items()}
    mine, true = Held(single, lambda: student.last), Held(single)
    for _ in range(2):
        mine.step(optimizer.step, GRADS)
        true.step(SGD().step, GRADS)
    same_path(mine, true)
    assert mine.params["w"].dtype == np.float32


IMPURE = {
    NEW_ARRAY: "puts a new array in the place",
    "params[name] -= grads[name]; grads[name] *= 2": "step 1 changes grads",
    "params[name] -= grads[name]; grads[name] = 0": "step 1 changes grads",
    "grads.pop(name)": "step 1 changes grads",
}


@pytest.mark.parametrize(("body", "sentence"), IMPURE.items())
def test_impure_steps_are_told_apart(modules, body, sentence):
    mine, _ = walked(modules, body)
    with pytest.raises(judge.Wrong, match=sentence):
        pure(mine)


def test_new_entries_are_impure(modules):
    student = modules("class SGD:\n    def step(self, params, grads):\n        params['v'] = 0\n")
    held = Held(START, lambda: student.last)
    held.step(student.m.SGD().step, GRADS)
    with pytest.raises(judge.Wrong, match="adds or removes entries"):
        pure(held)


def test_further_arguments_are_named(modules):
    student = modules("class A:\n    def step(self, params, grads, hessians):\n        hessians['w'] += 1\n")
    held = Held(START, lambda: student.last)
    held.step(student.m.A().step, {"w": GRADS["w"]}, {"w": np.eye(3)})
    with pytest.raises(judge.Wrong, match="changes hessians"):
        pure(held, ("grads", "hessians"))


def test_in_place_steps_are_pure(modules):
    pure(walked(modules, IN_PLACE)[0])


def test_what_is_left_of_the_loss():
    def loss(params):
        return float(params["w"] @ params["w"])

    held = Held({"w": START["w"]})
    for _ in range(10):
        held.step(SGD().step, {"w": held.params["w"]})
    learnt(held, loss, 0.9**20 * 1.001, "a bowl")
    with pytest.raises(judge.Wrong, match=r"on a bowl 12.2 % of the loss is left after 10 steps, expected at most 1 %"):
        learnt(held, loss, 0.01, "a bowl")


@pytest.mark.parametrize("end", [np.nan, np.inf, 1e200])
def test_a_loss_that_is_no_number_is_not_learnt(end):
    held = Held({"w": START["w"]})
    held.step(lambda params, grads: params["w"].fill(end), {"w": START["w"]})
    with pytest.raises(judge.Wrong, match="far more than all"):
        learnt(held, lambda params: float(np.sum(params["w"] ** 2)), 0.5, "a bowl")
