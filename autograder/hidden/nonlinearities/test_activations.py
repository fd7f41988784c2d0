"""Hidden items of activations.py: the activations, maxout, and the experiments.

`value` items keep away from the kinks, which `ties` asks for, and from large inputs, which `stability` asks for. Each
test calls first and judges afterwards: what was called is what the diagnosis can replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge
from autograder.suite.draws import Draw
from autograder.suite.objects import by_handle
from autograder.suite.proxy import Facts, RemoteObject, StudentProxy

Shape = tuple[int, ...]
Constants = Mapping[str, float]


# Inputs


def signed(draw: Draw, *shape: int) -> Any:
    """Both signs, magnitudes from 0.3 to 2."""
    return draw.signed(*shape)


def around_one(draw: Draw, *shape: int) -> Any:
    """Both signs, half of each inside and half outside of [-1, 1], at least 0.2 away from its ends."""
    inner, outer = draw.positive(*shape, low=0.2, high=0.8), draw.positive(*shape, low=1.2, high=2.5)
    place = draw.rng.permutation(inner.size).reshape(shape)
    return np.where(place % 2 == 0, 1.0, -1.0) * np.where(place // 2 % 2 == 0, inner, outer)


def nothing(draw: Draw) -> Constants:
    """The arguments of an activation without constants."""
    return {}


def slope(draw: Draw) -> Constants:
    """A slope that is no default."""
    return {"slope": float(draw.uniform(0.3, 0.7))}


def alpha(draw: Draw) -> Constants:
    """A depth away from 1, in which nothing of ELU could tell a factor."""
    return {"alpha": float(draw.uniform(1.4, 2.6))}


@dataclass(frozen=True)
class Case:
    """An activation: how to make it and what to feed it."""

    key: str
    name: str
    inputs: Callable[..., Any] = signed
    constants: Callable[[Draw], Constants] = nothing
    kinks: tuple[float, ...] = (0.0, -0.0)
    hint: str = ""


CASES = {
    case.key: case
    for case in (
        Case("identity", "Identity"),
        Case("step", "Step", hint="At 0 the step is still 0."),
        Case("sigmoid", "Sigmoid"),
        Case("tanh", "Tanh"),
        Case("hard_tanh", "HardTanh", around_one, kinks=(1.0, -1.0), hint="At 1 and at -1 the slope is 0."),
        Case("relu", "ReLU", hint="At 0 the slope is 0."),
        Case("leaky_relu", "LeakyReLU", constants=slope, hint="At 0 the branch x ≤ 0 counts: `slope`."),
        Case("elu", "ELU", constants=alpha, hint="At 0 the branch x ≤ 0 counts: alpha."),
        Case("prelu", "PReLU", constants=slope, hint="At 0 the branch x ≤ 0 counts: the slope that is learnt."),
    )
}
LEARNT = ("slope",)
"""The parameters of PReLU."""


def of_blocks(prop: str, title: str, *keys: str) -> pytest.MarkDecorator:
    """One item per activation."""
    params = [
        pytest.param(CASES[key], id=key, marks=item(f"nonlinearities.{key}", prop, title.format(CASES[key].name)))
        for key in keys
    ]
    return pytest.mark.parametrize("case", params)


# One pass through an activation: the truth, and the student's


@dataclass(frozen=True)
class Pass:
    """An input, an upstream gradient, and what the reference makes of them."""

    x: Any
    upstream: Any
    output: Any
    dx: Any
    grads: Mapping[str, Any]


def truth(model: Any, x: Any, draw: Draw) -> Pass:
    """A pass through the reference's block ``model``."""
    output = model.forward(x)
    upstream = draw.upstream(*output.shape).astype(output.dtype)
    return Pass(x, upstream, output, model.backward(upstream), dict(model.grads))


def made(value: Any, what: str) -> RemoteObject:
    """``value`` where it is a block."""
    if not isinstance(value, RemoteObject):
        judge.fail(f"{what}(…) gives {judge.kind_of(value)}, expected an object with forward and backward.")
    return value


def new(student: StudentProxy, case: Case, constants: Constants) -> RemoteObject:
    return made(getattr(student.activations, case.name)(**constants), case.name)


def model_of(reference: Any, case: Case, constants: Constants) -> Any:
    return getattr(reference.activations, case.name)(**constants)


def call(block: RemoteObject, method: str, *args: Any) -> Any:
    target = getattr(block, method)
    if not callable(target):
        judge.fail(f"{method} is {judge.kind_of(target)}, expected a method.")
    return target(*args)


def watched(student: StudentProxy, block: RemoteObject, method: str, *args: Any) -> tuple[Any, Facts]:
    result = call(block, method, *args)
    return result, student.last


@dataclass(frozen=True)
class Answer:
    """What a student's block makes of a pass; grads is None where nothing is learnt."""

    output: Any
    dx: Any
    grads: Any = None


def ask(block: RemoteObject, each: Pass) -> Answer:
    """Forward and backward of ``each``, and the gradients of the parameters if there are any."""
    output, dx = call(block, "forward", each.x), call(block, "backward", each.upstream)
    return Answer(output, dx, block.grads.fetch() if each.grads else None)


def write(block: RemoteObject, name: str, value: Any) -> None:
    """``params[name][...] = value``, where there is an array of that shape to write into."""
    array = block.params[name]
    if not isinstance(array, np.ndarray) or array.shape != value.shape:
        judge.fail(f"params[{name!r}] is {judge.kind_of(array)}, expected an array of shape {value.shape}.")
    array[...] = value


def check(answer: Answer, each: Pass, hint: str = "", **tolerance: Any) -> None:
    judge.array(answer.output, each.output, "the result of forward", hint=hint, **tolerance)
    judge.array(answer.dx, each.dx, "dx", upstream=each.upstream, hint=hint, **tolerance)
    check_grads(answer.grads, each, hint)


SHAPE = "A parameter is shared by all samples: its gradient is a sum, of the parameter's own shape."


def check_grads(got: Any, each: Pass, hint: str = "") -> None:
    if each.grads:
        entries = judge.mapping(got, list(each.grads), "grads")
        for name, expected in each.grads.items():
            judge.array(entries[name], expected, f"grads[{name!r}]", hint=hint or SHAPE)


# value


@of_blocks(
    "value",
    "{}: forward and backward on arrays",
    "identity",
    "step",
    "sigmoid",
    "tanh",
    "hard_tanh",
    "relu",
    "leaky_relu",
    "elu",
)
def test_arrays(student, reference, draw, case):
    """Arrays of one to three axes, both signs; constants by default and otherwise."""
    answers = []
    for shape, constants in (((5, 3), {}), ((7,), case.constants(draw)), ((2, 3, 5), case.constants(draw))):
        each = truth(model_of(reference, case, constants), case.inputs(draw, *shape), draw)
        answers.append((ask(new(student, case, constants), each), each))
    for answer, each in answers:
        check(answer, each)


@item("nonlinearities.prelu", "value", "PReLU: forward, backward, and the gradient of the slope")
def test_prelu(student, reference, draw):
    """The default slope, and one that is given; the slope's gradient is a sum over all entries."""
    case, answers = CASES["prelu"], []
    for shape, constants in (((5, 3), {}), ((2, 3, 5), case.constants(draw))):
        each = truth(model_of(reference, case, constants), case.inputs(draw, *shape), draw)
        block = new(student, case, constants)
        answers.append((block.params.fetch(), constants.get("slope", 0.25), ask(block, each), each))
    for params, expected, answer, each in answers:
        entries = judge.mapping(params, LEARNT, "params")
        judge.array(entries["slope"], np.array([expected]), "params['slope']")
        check(answer, each)


@item("nonlinearities.prelu", "value", "PReLU: the slope in params is the one that counts, whatever it became")
def test_prelu_learnt(student, reference, draw):
    """Slopes that learning may reach: negative, and above 1."""
    case, answers = CASES["prelu"], []
    for value in (draw.uniform(-0.7, -0.3), draw.uniform(1.4, 1.9)):
        each = truth(model_of(reference, case, {"slope": float(value)}), case.inputs(draw, 5, 3), draw)
        block = new(student, case, {})
        write(block, "slope", np.array([value]))
        answers.append((ask(block, each), each))
    for answer, each in answers:
        check(answer, each, "The slope is params['slope'], and x ≤ 0 decides where it counts.")


# ties


@of_blocks("ties", "{}: at a kink, and close to one", "step", "hard_tanh", "relu", "leaky_relu", "elu", "prelu")
def test_kinks(student, reference, draw, case):
    """The kinks themselves (0 with either sign), a billionth to either side, and ordinary entries."""
    constants = case.constants(draw)
    kinks = np.array(case.kinks)
    x = np.concatenate([kinks, kinks + 1e-9, kinks - 1e-9, case.inputs(draw, 5), kinks])
    each = truth(model_of(reference, case, constants), x, draw)
    check(ask(new(student, case, constants), each), each, case.hint)


# purity


AGAIN = "backward may be called repeatedly: it must not use up, change or add to what is kept."
LATEST = "backward belongs to the latest forward of its own block; does one keep its values where another writes?"


@of_blocks("purity", "{}: nothing changed, nothing shared, backward repeatable, instances apart", *CASES)
def test_leaves_alone(student, reference, draw, case):
    """Two instances in turn, one of them used several times; facts of every call, with right values."""
    kept = [case.constants(draw), case.constants(draw)]
    models = [model_of(reference, case, constants) for constants in kept]
    first, other = (truth(models[index], case.inputs(draw, 5, 3), draw) for index in (0, 1))
    again = truth(models[0], first.x, draw)
    later = truth(models[0], case.inputs(draw, 7), draw)
    blocks = [new(student, case, constants) for constants in kept]
    forward = [
        (*watched(student, blocks[0], "forward", first.x), first),
        (*watched(student, blocks[1], "forward", other.x), other),
    ]
    backward = [around(student, blocks[0], each, AGAIN) for each in (first, again)]
    backward.append(around(student, blocks[1], other, LATEST))
    forward.append((*watched(student, blocks[0], "forward", later.x), later))
    backward.append(around(student, blocks[0], later, LATEST))
    for output, facts, each in forward:
        judge.array(output, each.output, "the result of forward", hint=LATEST)
        judge.untouched(facts, ["x"])
        judge.unshared(facts, ["x"], ["the output"])
    for dx, grads, facts, each, hint in backward:
        judge.array(dx, each.dx, "dx", upstream=each.upstream, hint=hint)
        check_grads(grads, each, hint)
        judge.untouched(facts, ["upstream"])
        judge.unshared(facts, ["upstream"], ["dx"])


def around(student: StudentProxy, block: RemoteObject, each: Pass, hint: str) -> tuple[Any, ...]:
    """A backward pass, what it left in grads, and its facts."""
    dx, facts = watched(student, block, "backward", each.upstream)
    return dx, (block.grads.fetch() if each.grads else None), facts, each, hint


# gradient


@of_blocks(
    "gradient", "{}: backward is the derivative of forward", "sigmoid", "tanh", "hard_tanh", "relu", "leaky_relu", "elu"
)
def test_gradient(student, draw, case):
    """The student's backward against the student's forward, by central differences.

    It catches nothing that `value` does not; it stays because it tells which of the two passes to mend.
    """
    x = case.inputs(draw, 5, 3)
    block = new(student, case, case.constants(draw))
    gradcheck.check(
        lambda each: call(block, "forward", each),
        lambda upstream: call(block, "backward", upstream),
        (x,),
        ("dx",),
        draw.upstream(5, 3),
        draw,
    )


class Learning:
    """Forward and backward in which the parameters are inputs like x: a new block for each forward."""

    def __init__(self, make: Callable[..., RemoteObject], names: Sequence[str]) -> None:
        self.make, self.names = make, names

    def forward(self, x: Any, *params: Any) -> Any:
        self.block = self.make(*params)
        return call(self.block, "forward", x)

    def backward(self, upstream: Any) -> tuple[Any, ...]:
        dx = call(self.block, "backward", upstream)
        grads = judge.mapping(self.block.grads.fetch(), self.names, "grads")
        return (dx, *(grads[name] for name in self.names))

    def check(self, inputs: Sequence[Any], upstream: Any, draw: Draw) -> None:
        names = ["dx", *(f"grads[{name!r}]" for name in self.names)]
        gradcheck.check(self.forward, self.backward, inputs, names, upstream, draw)


@item("nonlinearities.prelu", "gradient", "PReLU: backward is the derivative of forward, also by the slope")
def test_prelu_gradient(student, draw):
    """As `test_gradient`; the slope is an input as well."""
    case = CASES["prelu"]
    learning = Learning(lambda value: new(student, case, {"slope": float(value[0])}), LEARNT)
    learning.check((case.inputs(draw, 5, 3), np.array([slope(draw)["slope"]])), draw.upstream(5, 3), draw)


# dtype


@of_blocks("dtype", "{}: float32", "sigmoid", "tanh", "hard_tanh", "relu", "leaky_relu", "elu")
def test_float32(student, reference, draw, case):
    """float32 in, float32 out, in both passes."""
    constants = case.constants(draw)
    x = case.inputs(draw, 5, 3).astype(np.float32)
    each = truth(model_of(reference, case, constants), x, draw)
    check(ask(new(student, case, constants), each), each, "float32 in, float32 out: a constant array is float64.")


# stability


def far(draw: Draw) -> Any:
    """Both signs, where exp overflows, and in float32 from 89 on; moderate entries beside them."""
    large = np.concatenate([draw.uniform(720, 990, 2), draw.uniform(95, 120, 2), draw.uniform(30, 50, 1)])
    return np.concatenate([large, -large, draw.signed(3), [1000.0, -1000.0]])


def as_single(got: Any) -> Any:
    """float64 as float32, where only the value is in question."""
    return got.astype(np.float32) if isinstance(got, np.ndarray) and got.dtype == np.float64 else got


OVERFLOW = "exp of a large number is infinite, and infinity times 0 or over infinity is NaN: keep exponents negative."


@of_blocks("stability", "{}: far from zero, up to ±1000", "sigmoid", "tanh", "elu")
def test_far(student, reference, draw, case):
    """Finite and right in both passes, in float64 and in float32."""
    constants, x = case.constants(draw), far(draw)
    passes = [truth(model_of(reference, case, constants), each, draw) for each in (x, x.astype(np.float32))]
    answers = [ask(new(student, case, constants), each) for each in passes]
    check(answers[0], passes[0], OVERFLOW)
    check(Answer(as_single(answers[1].output), as_single(answers[1].dx)), passes[1], OVERFLOW)


FLAT = {"sigmoid": (1.0, 1e-9), "tanh": (2.0, 5e-7)}
"""r where the slope is r² e / (1 + e)² with e = exp(-r |x|), and how exactly the usual formula gives it."""


@of_blocks("stability", "{}: the small gradient where it is nearly flat", *FLAT)
def test_nearly_flat(student, reference, draw, case):
    """Between 9 and 11, on both sides, where differences of nearly equal outputs lose the digits.

    1 - tanh² itself is right to 1e-7 of the largest gradient here, differences to 1e-5.
    """
    x = np.concatenate([draw.uniform(9, 9.2, 1), draw.uniform(9, 11, 3), draw.uniform(-11, -9, 3)])
    each = truth(model_of(reference, case, {}), x, draw)
    answer = ask(new(student, case, {}), each)
    rate, rtol = FLAT[case.key]
    e = np.exp(-rate * np.abs(x))
    expected = each.upstream * rate**2 * e / (1 + e) ** 2
    judge.array(answer.output, each.output, "the result of forward")
    hint = "Use the derivative's formula, not differences of outputs."
    judge.array(answer.dx, expected, "dx", upstream=each.upstream, rtol=rtol, atol=0.0, hint=hint)


# Maxout


PIECES = ("w1", "b1", "w2", "b2")


def pieces(draw: Draw, d: int, k: int) -> dict[str, Any]:
    """Weights and biases of two affine maps."""
    return {"w1": draw.normal(d, k), "b1": draw.signed(k), "w2": draw.normal(d, k), "b2": draw.signed(k)}


def decided(draw: Draw, n: int, d: int, k: int) -> tuple[Any, dict[str, Any]]:
    """An input and two maps of it that differ by 0.02 at least, so that differences cross no kink."""
    while True:
        x, params = draw.normal(n, d), pieces(draw, d, k)
        gap = x @ (params["w1"] - params["w2"]) + params["b1"] - params["b2"]
        if np.min(np.abs(gap)) > 0.02 and np.ptp(np.sign(gap)) > 0:
            return x, params


def maxout(student: StudentProxy, params: Mapping[str, Any]) -> RemoteObject:
    return made(student.activations.Maxout(*params.values()), "Maxout")


@item("nonlinearities.maxout", "value", "Maxout: forward, backward, and the gradients of both pieces")
def test_maxout(student, reference, draw):
    """As it was made, and then with other parameters written into `params`."""
    x, params = decided(draw, 7, 5, 3)
    y, others = decided(draw, 11, 5, 3)
    first, second = (
        truth(reference.activations.Maxout(*each.values()), data, draw) for data, each in ((x, params), (y, others))
    )
    block = maxout(student, params)
    kept, one = block.params.fetch(), ask(block, first)
    for name in PIECES:
        write(block, name, others[name])
    two = ask(block, second)
    for name, value in judge.mapping(kept, PIECES, "params").items():
        judge.array(value, params[name], f"params[{name!r}]")
    check(one, first)
    check(two, second, "After `params[name][...] = …` the new values count.")


@item("nonlinearities.maxout", "ties", "Maxout: at a tie all to the first piece")
def test_maxout_ties(student, reference, draw):
    """Ties in two rows of a column, and in a whole column. Whole numbers, so that every sum is exact."""
    x, w1, b1 = (np.asarray(draw.integers(1, 6, *shape), float) for shape in ((7, 5), (5, 3), (3,)))
    w2, b2 = w1.copy(), b1.copy()
    w2[:, 0] += np.array([1.0, -2.0, 1.0, 2.0, -1.0])
    w2[2, 1] += 1.0
    x[[1, 4], 2] = 0.0
    each = truth(reference.activations.Maxout(w1, b1, w2, b2), x, draw)
    answer = ask(maxout(student, dict(zip(PIECES, (w1, b1, w2, b2), strict=True))), each)
    check(answer, each, "At a tie the first piece, w1 and b1, gets the whole gradient, and the second nothing.")


@item("nonlinearities.maxout", "purity", "Maxout: nothing changed or shared, backward repeatable, instances apart")
def test_maxout_leaves_alone(student, reference, draw):
    """Facts of every call, with right values; gradients are set anew each time."""
    (x, params), (y, others) = decided(draw, 7, 5, 3), decided(draw, 7, 5, 3)
    model = reference.activations.Maxout(*params.values())
    first, again = truth(model, x, draw), truth(model, x, draw)
    other = truth(reference.activations.Maxout(*others.values()), y, draw)
    one, making = maxout(student, params), student.last
    two = maxout(student, others)
    forward = [(*watched(student, block, "forward", each.x), each) for block, each in ((one, first), (two, other))]
    backward = [around(student, one, each, AGAIN) for each in (first, again)]
    backward.append(around(student, two, other, LATEST))
    judge.untouched(making, PIECES)
    for output, facts, each in forward:
        judge.array(output, each.output, "the result of forward", hint=LATEST)
        judge.untouched(facts, ["x"])
        judge.unshared(facts, ["x"], ["the output"])
    for dx, grads, facts, each, hint in backward:
        judge.array(dx, each.dx, "dx", upstream=each.upstream, hint=hint)
        check_grads(grads, each, hint)
        judge.untouched(facts, ["upstream"])
        judge.unshared(facts, ["upstream"], ["dx"])


@item("nonlinearities.maxout", "purity", "Maxout: it keeps copies of the arrays it is made from")
def test_maxout_copies(student, draw):
    """A second block is made from the first one's own arrays; writing into it must not reach the first."""
    params = pieces(draw, 5, 3)
    first = maxout(student, params)
    theirs = [by_handle(first, "params", name) for name in PIECES]
    second = made(student.activations.Maxout(*theirs), "Maxout")
    for name in PIECES:
        write(second, name, draw.normal(*params[name].shape))
    kept = judge.mapping(first.params.fetch(), PIECES, "params")
    for name in PIECES:
        hint = "Another block was made from the same arrays and then changed: copy what you are given."
        judge.array(kept[name], params[name], f"params[{name!r}]", hint=hint)


@item("nonlinearities.maxout", "gradient", "Maxout: backward is the derivative of forward, also by the parameters")
def test_maxout_gradient(student, draw):
    """As `test_gradient`; weights and biases are inputs as well."""
    x, params = decided(draw, 7, 5, 3)
    learning = Learning(lambda *given: maxout(student, dict(zip(PIECES, given, strict=True))), PIECES)
    learning.check((x, *params.values()), draw.upstream(7, 3), draw)


@item("nonlinearities.maxout", "cost", "Maxout: backward takes matrix products, no loop over entries")
def test_maxout_cost(student, draw, cost):
    """Four products against a loop over 31 000 entries. A loop over samples, or over units, is well within."""
    params = pieces(draw, 7, 61)
    x, upstream = draw.normal(509, 7), draw.upstream(509, 61)

    def prepare(modules: StudentProxy) -> RemoteObject:
        block = maxout(modules, params)
        call(block, "forward", x)
        return block

    cost.compare(
        prepare,
        lambda block: call(block, "backward", upstream),
        "backward of 509 samples and 61 units",
        "Each gradient is a matrix product or a sum over an axis: no loop over entries, no differences.",
    )


# tanh_from_sigmoid


@item("nonlinearities.tanh_from_sigmoid", "value", "tanh_from_sigmoid: the hyperbolic tangent")
def test_tanh_from_sigmoid(student, draw):
    """Arrays of one and of three axes."""
    inputs = [draw.signed(7), draw.signed(2, 3, 5)]
    for got, x in [(student.activations.tanh_from_sigmoid(x), x) for x in inputs]:
        judge.array(got, np.tanh(x), "the result")


@item("nonlinearities.tanh_from_sigmoid", "stability", "tanh_from_sigmoid: far from zero, up to ±1000")
def test_tanh_from_sigmoid_far(student, draw):
    x = far(draw)
    judge.array(student.activations.tanh_from_sigmoid(x), np.tanh(x), "the result", hint=OVERFLOW)


# saturation


def flat_and_steep(draw: Draw) -> Any:
    """35 entries of both signs: 11 where the sigmoid's slope is under 0.003, 13 under 0.1, 11 above 0.19."""
    sizes = np.concatenate([draw.uniform(6, 8, 11), draw.uniform(2.2, 3, 13), draw.uniform(0.3, 1, 11)])
    return draw.rng.permutation(sizes * np.where(np.arange(35) % 2 == 0, 1.0, -1.0)).reshape(5, 7)


@item("nonlinearities.saturation", "value", "saturation: the share of flat entries of a sigmoid")
def test_saturation(student, draw):
    """The default threshold, and a larger one."""
    x = flat_and_steep(draw)
    block = made(student.activations.Sigmoid(), "Sigmoid")
    few = student.activations.saturation(block, x)
    more = student.activations.saturation(block, x, threshold=0.15)
    judge.array(few, 11 / 35, "the share below 0.01")
    judge.array(more, 24 / 35, "the share below 0.15", hint="Does `threshold` count?")


@item("nonlinearities.saturation", "value", "saturation: falling slopes, and slopes exactly at the threshold")
def test_saturation_of_prelu(student, draw):
    """Slope -0.5 on 17 of 35 entries, then slope 0 there."""
    x = flat_and_steep(draw)
    falling, flat = (made(student.activations.PReLU(slope=value), "PReLU") for value in (-0.5, 0.0))
    answers = [
        student.activations.saturation(block, x, threshold)
        for block, threshold in ((falling, 0.01), (falling, 0.75), (flat, 0.0), (flat, 0.01))
    ]
    judge.array(answers[0], 0.0, "the share below 0.01 where slopes are 1 and -0.5", hint="Take |slope|.")
    judge.array(answers[1], 17 / 35, "the share below 0.75 where slopes are 1 and -0.5")
    judge.array(answers[2], 0.0, "the share below 0 where slopes are 1 and 0", hint="0 is not less than 0.")
    judge.array(answers[3], 17 / 35, "the share below 0.01 where slopes are 1 and 0")


@item("nonlinearities.saturation", "purity", "saturation: x stays as it was")
def test_saturation_purity(student, draw):
    x = flat_and_steep(draw)
    block = made(student.activations.Sigmoid(), "Sigmoid")
    share, facts = student.activations.saturation(block, x), student.last
    judge.array(share, 11 / 35, "the share below 0.01")
    judge.untouched(facts, ["block", "x", "threshold"])


# dead_units


PER_UNIT = "One bool per unit, that is per column."


def outputs_of_units(draw: Draw) -> tuple[Any, Any]:
    """Outputs of 6 units for 7 samples, and which units are dead.

    Alive: one that is zero for some samples (the first and the last among them), one that is tiny, one that is
    negative or zero, one whose outputs add up to zero exactly. Dead: all 0, or some of them -0.
    """
    outputs = np.zeros((7, 6))
    outputs[2:5, 0] = draw.positive(3)
    outputs[:, 1] = draw.positive(7) * 1e-12
    outputs[1:6, 2] = -draw.positive(5)
    outputs[[0, 3], 4] = np.array([1.0, -1.0]) * draw.positive(1)
    outputs[::2, 5] = -0.0
    return outputs, np.array([False, False, False, True, False, True])


@item("nonlinearities.dead_units", "value", "dead_units: zero for every sample, and nothing else")
def test_dead_units(student, draw):
    """Some units are nearly dead, or dead for some samples; and one sample alone."""
    outputs, dead = outputs_of_units(draw)
    alone = np.array([[0.0, float(draw.positive(1)[0]), 0.0]])
    answers = [student.activations.dead_units(each) for each in (outputs, alone)]
    judge.array(answers[0], dead, "the result", hint=PER_UNIT)
    judge.array(answers[1], np.array([True, False, True]), "the result for one sample", hint=PER_UNIT)


@item("nonlinearities.dead_units", "purity", "dead_units: outputs stay as they were")
def test_dead_units_purity(student, draw):
    outputs, dead = outputs_of_units(draw)
    got, facts = student.activations.dead_units(outputs), student.last
    judge.array(got, dead, "the result", hint=PER_UNIT)
    judge.untouched(facts, ["outputs"])


# collapse


def stack(draw: Draw, *sizes: int) -> tuple[list[Any], list[Any]]:
    """Weights and biases of affine layers from each size to the next."""
    pairs = list(pairwise(sizes))
    return [draw.normal(*pair) for pair in pairs], [draw.signed(size) for size in sizes[1:]]


STACKS = {
    "layers": ("three layers of different sizes, and two", [(5, 3, 7, 2), (3, 5, 2)]),
    "square": ("layers of one size, in the right order", [(3, 3, 3, 3)]),
    "single": ("a single layer", [(5, 3)]),
}


def check_collapsed(got: Any, reference: Any, given: tuple[list[Any], list[Any]]) -> None:
    judge.arrays(got, dict(zip(("w", "b"), reference.activations.collapse(*given), strict=True)))


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param(sizes, id=name, marks=item("nonlinearities.collapse", "value", f"collapse: {title}"))
        for name, (title, sizes) in STACKS.items()
    ],
)
def test_collapse(student, reference, draw, sizes):
    """Where all sizes are equal, only the right order is right."""
    stacks = [stack(draw, *each) for each in sizes]
    for got, given in [(student.activations.collapse(*given), given) for given in stacks]:
        check_collapsed(got, reference, given)


@item("nonlinearities.collapse", "purity", "collapse: lists and arrays stay as they were, results are new")
def test_collapse_purity(student, reference, draw):
    """Also of a single layer, where nothing is multiplied."""
    answers = []
    for given in (stack(draw, 5, 3), stack(draw, 3, 3, 3)):
        answers.append((student.activations.collapse(*given), student.last, given))
    for got, facts, given in answers:
        check_collapsed(got, reference, given)
        judge.untouched(facts, ["weights", "biases"])
        judge.unshared(facts, ["weights", "biases"], ["w", "b"])


# one_signed_columns


@item("nonlinearities.one_signed_columns", "value", "one_signed_columns: all plus, all minus, and mixed columns")
def test_one_signed_columns(student, draw):
    """Inputs and upstream gradients that give a chosen gradient: one odd entry, in each place, is enough to mix."""
    signs = np.array([[1, -1, -1, 1, 1, 1, -1], [1, -1, 1, -1, 1, -1, 1], [1, -1, 1, 1, -1, 1, 1]])
    x = draw.normal(5, 3)
    upstream = x @ np.linalg.solve(x.T @ x, signs * draw.positive(3, 7))
    got = student.activations.one_signed_columns(x, upstream)
    expected = np.array([True, True, False, False, False, False, False])
    judge.array(got, expected, "the result", hint="A column of xᵀ · upstream belongs to one unit: one bool each.")


@item("nonlinearities.one_signed_columns", "value", "one_signed_columns: inputs of one sign, one sample, and zeros")
def test_one_signed_columns_zeros(student, draw):
    """One sample of positive inputs moves all weights of a unit alike; a zero entry has no sign."""
    sample, upstream = draw.positive(1, 3), draw.upstream(1, 5)
    no_signal = upstream.copy()
    no_signal[0, 2] = 0.0
    dead = draw.positive(7, 3)
    dead[:, 1] = 0.0
    given = [(sample, upstream), (sample, no_signal), (dead, draw.positive(7, 2))]
    answers = [student.activations.one_signed_columns(*each) for each in given]
    judge.array(answers[0], np.ones(5, bool), "the result for one sample of positive inputs")
    judge.array(answers[1], no_signal[0] != 0, "the result where a column is zero", hint="0 is neither > 0 nor < 0.")
    judge.array(answers[2], np.zeros(2, bool), "the result where an input is always zero", hint="0 has no sign.")
