"""Hidden items of gates.py: unbroadcast and the ten gates.

`value` items use inputs of equal shapes, so that a gate which forgets to undo broadcasting loses `shape` and nothing
else; Python numbers and integers are asked for under `dtype`. Each test calls first and judges afterwards: what was
called is what the diagnosis can replay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import Facts, RemoteObject, StudentProxy

Shape = tuple[int, ...]
Inputs = tuple[Any, ...]


# Inputs: shapes in, one array per shape out


def signed(draw: Draw, *shapes: Shape) -> Inputs:
    """Both signs, magnitudes from 0.3 to 2."""
    return tuple(draw.signed(*shape) for shape in shapes)


def positive(draw: Draw, *shapes: Shape) -> Inputs:
    return tuple(draw.positive(*shape) for shape in shapes)


def apart(draw: Draw, *shapes: Shape) -> Inputs:
    """Two arrays without ties, neither the larger everywhere, also where they meet by broadcasting."""
    if shapes[0] == shapes[1]:
        return draw.apart(*shapes[0])
    sizes = [int(np.prod(shape)) for shape in shapes]
    decides = sizes.index(max(sizes))
    bounds = [(1.0, 2.0) if index == decides else (0.3, 0.9) for index in range(2)]
    return tuple(draw.signed(*shape, low=low, high=high) for shape, (low, high) in zip(shapes, bounds, strict=True))


def nothing(draw: Draw) -> Inputs:
    """The arguments of a gate without constants."""
    return ()


def constant(draw: Draw) -> Inputs:
    """A factor or offset, away from 0 and ±1."""
    return (float(np.sign(draw.number()) * draw.uniform(1.3, 2.9)),)


@dataclass(frozen=True)
class GateCase:
    """A gate: how to make it and what to feed it."""

    key: str
    name: str
    inputs: Callable[..., Inputs] = signed
    constants: Callable[[Draw], Inputs] = nothing
    shapes: tuple[Shape, ...] = ((5, 3),)
    others: tuple[Shape, ...] = ((5, 3),)  # of another instance: different where only shapes are remembered
    whole: float = 3.0  # inputs times this, rounded, are integers that keep off zero and ties

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("x", "y")[: len(self.shapes)]

    @property
    def gradients(self) -> tuple[str, ...]:
        return ("dx", "dy")[: len(self.shapes)]


TWO = ((5, 3), (5, 3))
GATES = {
    case.key: case
    for case in (
        GateCase("add", "Add", shapes=TWO, others=((7,), (7,))),
        GateCase("multiply", "Multiply", shapes=TWO, others=TWO),
        GateCase("maximum", "Maximum", apart, shapes=TWO, others=TWO, whole=10.0),
        GateCase("exp", "Exp"),
        GateCase("log", "Log", positive),
        GateCase("reciprocal", "Reciprocal"),
        GateCase("scale", "Scale", constants=constant),
        GateCase("shift", "Shift", constants=constant),
        GateCase("sigmoid", "Sigmoid"),
        GateCase("mat_mul", "MatMul", shapes=((5, 3), (3, 7)), others=((5, 3), (3, 7))),
    )
}
BROADCASTING = ("add", "multiply", "maximum")


def of_gates(prop: str, title: str, keys: Sequence[str] = tuple(GATES)) -> pytest.MarkDecorator:
    """One item per gate."""
    params = [
        pytest.param(GATES[key], id=key, marks=item(f"circuits.{key}", prop, title.format(GATES[key].name)))
        for key in keys
    ]
    return pytest.mark.parametrize("case", params)


# One pass through a gate: the truth, and the student's


@dataclass(frozen=True)
class Pass:
    """Inputs, an upstream gradient, and what the reference makes of them."""

    inputs: Inputs
    upstream: Any
    output: Any
    gradients: dict[str, Any]


def truth(reference: Any, draw: Draw, case: GateCase, inputs: Inputs, constants: Inputs = ()) -> Pass:
    gate = getattr(reference.gates, case.name)(*constants)
    output = np.asarray(gate.forward(*inputs))
    upstream = draw.upstream(*output.shape).astype(output.dtype)
    return with_upstream(gate, case, inputs, output, upstream)


def with_upstream(gate: Any, case: GateCase, inputs: Inputs, output: Any, upstream: Any) -> Pass:
    gradients = gate.backward(upstream)
    several = gradients if isinstance(gradients, tuple) else (gradients,)
    return Pass(inputs, upstream, output, dict(zip(case.gradients, several, strict=True)))


def new(student: StudentProxy, case: GateCase, constants: Inputs = ()) -> RemoteObject:
    """The student's gate."""
    gate = getattr(student.gates, case.name)(*constants)
    if not isinstance(gate, RemoteObject):
        judge.fail(f"{case.name}(…) gives {judge.kind_of(gate)}, expected a gate with forward and backward.")
    return gate


def call(gate: RemoteObject, method: str, *args: Any) -> Any:
    target = getattr(gate, method)
    if not callable(target):
        judge.fail(f"{method} is {judge.kind_of(target)}, expected a method.")
    return target(*args)


def watched(student: StudentProxy, gate: RemoteObject, method: str, *args: Any) -> tuple[Any, Facts]:
    result = call(gate, method, *args)
    return result, student.last


def check_output(got: Any, expected: Pass, what: str = "the result of forward", hint: str = "") -> None:
    judge.array(got, expected.output, what, hint=hint)


def check_gradients(got: Any, expected: Pass, hint: str = "") -> None:
    judge.arrays(got, expected.gradients, "the result of backward", upstream=expected.upstream, hint=hint)


def as_single(got: Any) -> Any:
    """float64 as float32, where only the value is in question."""
    return got.astype(np.float32) if isinstance(got, np.ndarray) and got.dtype == np.float64 else got


def go(student: StudentProxy, case: GateCase, passes: Sequence[Pass], constants: Inputs = (), hint: str = "") -> None:
    """Each pass through an instance of its own: all calls, then all comparisons."""
    answers = []
    for each in passes:
        gate = new(student, case, constants)
        answers.append((call(gate, "forward", *each.inputs), call(gate, "backward", each.upstream)))
    for (output, gradients), each in zip(answers, passes, strict=True):
        check_output(output, each, hint=hint)
        check_gradients(gradients, each, hint)


# unbroadcast


UNBROADCAST = {
    "leading": (
        "a row, repeated in front",
        [((3, 5), (5,)), ((2, 3, 5), (5,)), ((2, 3, 5), (3, 5))],
    ),
    "stretched": (
        "axes of size 1 that were stretched",
        [((3, 5), (3, 1)), ((3, 5), (1, 5)), ((2, 3, 5), (2, 1, 5)), ((2, 3, 5), (1, 3, 1)), ((1, 5), (1, 5))],
    ),
    "both": (
        "new axes in front and stretched ones together",
        [((7, 3, 5), (3, 1)), ((2, 3, 5, 7), (3, 1, 7)), ((3, 5), (1,))],
    ),
    "number": ("the gradient of a single number", [((3, 5), ()), ((7,), ()), ((), ())]),
    "square": ("axes of the same size", [((3, 3), (3,)), ((3, 3), (3, 1)), ((2, 3, 2), (3, 2))]),
}


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(cases, id=name, marks=item("circuits.unbroadcast", "value", f"unbroadcast: {title}"))
        for name, (title, cases) in UNBROADCAST.items()
    ],
)
def test_unbroadcast(student, reference, draw, cases):
    """Sums over what was broadcast.

    `leading`, the plainest case, catches nothing that `both` and `number` let pass; it stays for its plain sentence.
    """
    gradients = [draw.upstream(*size) for size, _ in cases]
    results = [student.gates.unbroadcast(g, shape) for g, (_, shape) in zip(gradients, cases, strict=True)]
    for result, gradient, (size, shape) in zip(results, gradients, cases, strict=True):
        expected = reference.gates.unbroadcast(gradient, shape)
        judge.array(result, expected, f"unbroadcast of a {size} gradient to {shape}")


@item("circuits.unbroadcast", "value", "unbroadcast: float32 stays float32")
def test_unbroadcast_float32(student, reference, draw):
    cases = [((3, 5), (5,)), ((3, 5), (3, 1)), ((3, 5), (3, 5))]
    gradients = [draw.upstream(*size).astype(np.float32) for size, _ in cases]
    results = [student.gates.unbroadcast(g, shape) for g, (_, shape) in zip(gradients, cases, strict=True)]
    for result, gradient, (_, shape) in zip(results, gradients, cases, strict=True):
        judge.array(result, reference.gates.unbroadcast(gradient, shape), "unbroadcast of a float32 gradient")


@item("circuits.unbroadcast", "purity", "unbroadcast: a copy where nothing is summed, the gradient left as it was")
def test_unbroadcast_purity(student, reference, draw):
    """Leaves its argument alone and returns memory of its own."""
    nothing_summed = [((3, 5), (3, 5)), ((1, 5), (1, 5)), ((1, 5), (5,))]
    answers = []
    for size, shape in [*nothing_summed, ((3, 5), (5,)), ((3, 5), (3, 1))]:
        gradient = draw.upstream(*size)
        answers.append((student.gates.unbroadcast(gradient, shape), student.last, gradient, shape))
    for result, facts, gradient, shape in answers:
        judge.array(result, reference.gates.unbroadcast(gradient, shape), "the result")
        judge.untouched(facts, ["gradient"])
        judge.unshared(facts, ["gradient"], ["the result"])


# value


@of_gates("value", "{}: forward and backward on arrays")
def test_arrays(student, reference, draw, case):
    """Matrices of both signs; where there is one input, also other numbers of axes, down to none.

    What is wrong here is wrong under every property, since all compare values; it stays because `value` decides
    whether the others count.
    """
    constants = case.constants(draw)
    one = [((7,),), ((2, 3, 5),), ((1, 1),), ((),)]
    more = one if len(case.shapes) == 1 else [case.shapes]
    passes = [truth(reference, draw, case, case.inputs(draw, *each), constants) for each in (case.shapes, *more)]
    go(student, case, passes, constants)


@item("circuits.multiply", "value", "Multiply: where an input is zero")
def test_multiply_zero(student, reference, draw):
    """x = 0 stops the output, not the gradient of x."""
    case = GATES["multiply"]
    x, y = case.inputs(draw, *case.shapes)
    x[0, 1] = x[3, 2] = y[1, 1] = 0.0
    go(student, case, [truth(reference, draw, case, (x, y))])


@item("circuits.mat_mul", "value", "MatMul: square matrices, a row times a column, a column times a row")
def test_mat_mul_square_and_thin(student, reference, draw):
    """Where every product has a shape that fits, only the right one is right; a single row or column stays an axis."""
    case = GATES["mat_mul"]
    shapes: list[tuple[Shape, Shape]] = [((3, 3), (3, 3)), ((1, 5), (5, 1)), ((7, 1), (1, 3))]
    go(student, case, [truth(reference, draw, case, case.inputs(draw, *each)) for each in shapes])


# shape


BROADCASTS: dict[str, tuple[str, list[tuple[Shape, Shape]]]] = {
    "row": ("a matrix with a row", [((5, 3), (3,)), ((3,), (2, 5, 3))]),
    "stretched": (
        "axes of size 1, also in both inputs at once",
        [((5, 1), (1, 3)), ((3, 1), (2, 3, 5)), ((2, 3, 5), (2, 1, 5)), ((1, 7), (3, 7))],
    ),
    "number": ("an array with a 0-d array", [((), (2, 3)), ((2, 3), ()), ((), ())]),
}


@pytest.mark.parametrize(
    ("case", "pairs"),
    [
        pytest.param(
            case, pairs, id=f"{case.key}-{name}", marks=item(f"circuits.{case.key}", "shape", f"{case.name}: {title}")
        )
        for case in (GATES[key] for key in BROADCASTING)
        for name, (title, pairs) in BROADCASTS.items()
    ],
)
def test_broadcasting(student, reference, draw, case, pairs):
    """Outputs broadcast, gradients have the shapes of the inputs.

    Each gate is asked for all three: which of them a gate gets wrong depends on how it undoes broadcasting, and that
    is the students' own choice in each gate (the table has one such way per gate, not all of them for all).
    """
    passes = [truth(reference, draw, case, case.inputs(draw, *pair)) for pair in pairs]
    go(student, case, passes)


# ties


def tied(draw: Draw, shape: Shape) -> tuple[Any, Any]:
    """Two arrays of ``shape`` that agree in some entries (fixed places), each the larger in others."""
    x, y = draw.apart(*shape)
    x.flat[::3] = y.flat[::3]
    return x, y


@item("circuits.maximum", "ties", "Maximum: at a tie all to x")
def test_ties(student, reference, draw):
    """Equal shapes. The item on broadcasting catches the same; this one says it without broadcasting in the way."""
    case = GATES["maximum"]
    x, y = tied(draw, (5, 3))
    go(student, case, [truth(reference, draw, case, (x, y))], hint=TIES)


@item("circuits.maximum", "ties", "Maximum: ties that arise by broadcasting")
def test_ties_by_broadcasting(student, reference, draw):
    """Decided entry by entry, for the entries that meet."""
    case = GATES["maximum"]
    x = np.sort(draw.signed(5, 1), axis=0)
    y = x[[1, 3, 2], 0].reshape(1, 3).copy()
    number = np.array(float(x[2, 0]))
    go(student, case, [truth(reference, draw, case, pair) for pair in ((x, y), (y, x), (number, x))], hint=TIES)


@item("circuits.maximum", "ties", "Maximum: nearly equal is no tie")
def test_no_ties(student, reference, draw):
    """A difference in the ninth digit decides."""
    case = GATES["maximum"]
    x = draw.signed(5, 3)
    y = x * (1 + draw.signed(5, 3, low=2e-9, high=5e-9))
    go(student, case, [truth(reference, draw, case, (x, y))], hint="Equal means ==, not almost equal.")


TIES = "At a tie the first input, x, gets the whole gradient, and y nothing."


# purity


@of_gates("purity", "{}: arguments stay as they were, results are new, backward can be repeated")
def test_leaves_alone(student, reference, draw, case):
    """Facts of every call, with right values; a second and third backward are as good as the first."""
    constants = case.constants(draw)
    first = truth(reference, draw, case, case.inputs(draw, *case.shapes), constants)
    model = getattr(reference.gates, case.name)(*constants)
    model.forward(*first.inputs)
    second = with_upstream(model, case, first.inputs, first.output, draw.upstream(*first.output.shape))
    gate = new(student, case, constants)
    output, facts = watched(student, gate, "forward", *first.inputs)
    rounds = [(each, *watched(student, gate, "backward", each.upstream)) for each in (first, second, first)]
    check_output(output, first)
    judge.untouched(facts, case.arguments)
    judge.unshared(facts, case.arguments, ["the output"])
    again = ""
    for each, gradients, facts in rounds:
        check_gradients(gradients, each, again)
        judge.untouched(facts, ["upstream"])
        judge.unshared(facts, ["upstream"], case.gradients)
        again = "backward may be called repeatedly: it must not use up or change what forward kept."


@of_gates("purity", "{}: the latest forward counts, and instances share nothing")
def test_state(student, reference, draw, case):
    """Two instances in turn, then the first once more with new inputs."""
    kept = [case.constants(draw), case.constants(draw)]
    passes = [
        truth(reference, draw, case, case.inputs(draw, *shapes), constants)
        for shapes, constants in ((case.shapes, kept[0]), (case.others, kept[1]), (case.others, kept[0]))
    ]
    gates = [new(student, case, constants) for constants in kept]
    outputs = [call(gate, "forward", *each.inputs) for gate, each in zip(gates, passes, strict=False)]
    answers = [call(gate, "backward", each.upstream) for gate, each in zip(gates, passes, strict=False)]
    outputs.append(call(gates[0], "forward", *passes[2].inputs))
    answers.append(call(gates[0], "backward", passes[2].upstream))
    hints = ["Does one gate keep its values where another one writes?"] * 2 + ["backward uses the latest forward."]
    for output, gradients, each, hint in zip(outputs, answers, passes, hints, strict=True):
        check_output(output, each, hint=hint)
        check_gradients(gradients, each, hint)


# gradient


@of_gates("gradient", "{}: backward is the derivative of forward")
def test_gradient(student, draw, case):
    """The student's backward against the student's forward, by central differences.

    It catches nothing that `value` does not; it stays because it tells which of the two passes to mend.
    """
    constants = case.constants(draw)
    inputs = case.inputs(draw, *case.shapes)
    gate = new(student, case, constants)
    shape = np.broadcast_shapes(*case.shapes) if case.key != "mat_mul" else (case.shapes[0][0], case.shapes[1][1])
    gradcheck.check(
        lambda *args: call(gate, "forward", *args),
        lambda upstream: call(gate, "backward", upstream),
        inputs,
        case.gradients,
        draw.upstream(*shape),
        draw,
    )


# dtype


@of_gates("dtype", "{}: float32")
def test_float32(student, reference, draw, case):
    """float32 in, float32 out. Beside float64 the output is promoted, and each gradient has the dtype of its input."""
    constants = case.constants(draw)
    given = [tuple(x.astype(np.float32) for x in case.inputs(draw, *case.shapes))]
    if len(case.shapes) == 2:
        x, y = case.inputs(draw, *case.shapes)
        given += [(x.astype(np.float32), y), (x, y.astype(np.float32))]
    go(student, case, [truth(reference, draw, case, inputs, constants) for inputs in given], constants)
    if case.key in BROADCASTING:
        # A number is an input like any other. Forward alone: undoing broadcasting is asked for under `shape`.
        beside = truth(reference, draw, case, (x.astype(np.float32), 0.1 * draw.number()))
        check_output(call(new(student, case), "forward", *beside.inputs), beside, "float32 with a number")


@of_gates("dtype", "{}: numbers and integers count as float64")
def test_numbers(student, reference, draw, case):
    """Integer arrays, and (not for matrices) Python numbers."""
    constants = case.constants(draw)
    whole = [np.rint(case.whole * x).astype(np.int64) for x in case.inputs(draw, *case.shapes)]
    given = [tuple(whole)]
    if case.key != "mat_mul":
        given.append(tuple(int(x[0, 0]) for x in whole))
        given.append(tuple(float(x) for x in case.inputs(draw, *[() for _ in case.shapes])))
    go(student, case, [truth(reference, draw, case, inputs, constants) for inputs in given], constants)


# stability


@item("circuits.sigmoid", "stability", "Sigmoid: far from zero, up to ±1000")
def test_sigmoid_far(student, reference, draw):
    """Finite and right where exp overflows, in float32 from 89 on; moderate entries beside them set the scale."""
    case = GATES["sigmoid"]
    far = np.concatenate([draw.uniform(700, 1000, 2), draw.uniform(90, 120, 2), draw.uniform(30, 50, 1)])
    x = np.concatenate([far, -far, draw.signed(3), [1000.0, -1000.0]])
    hint = "exp of a large number is infinite, and infinity times 0 or over infinity is NaN: keep exponents negative."
    go(student, case, [truth(reference, draw, case, (x,))], hint=hint)
    single = truth(reference, draw, case, (x.astype(np.float32),))
    gate = new(student, case)
    output, gradient = call(gate, "forward", *single.inputs), call(gate, "backward", single.upstream)
    check_output(as_single(output), single, hint=hint)
    check_gradients(as_single(gradient), single, hint)


@item("circuits.sigmoid", "stability", "Sigmoid: the small gradient where it is nearly flat")
def test_sigmoid_nearly_flat(student, draw):
    """Between 9 and 11, on both sides, where differences of nearly equal outputs lose the digits."""
    x = np.concatenate([draw.uniform(9, 11, 4), draw.uniform(-11, -9, 3)])
    upstream = draw.upstream(7)
    gate = new(student, GATES["sigmoid"])
    output, gradient = call(gate, "forward", x), call(gate, "backward", upstream)
    e = np.exp(-np.abs(x))
    judge.array(output, np.where(x > 0, 1 / (1 + e), e / (1 + e)), "the result of forward")
    hint = "Use the derivative's formula, not differences of outputs."
    judge.array(gradient, upstream * e / (1 + e) ** 2, "dx", upstream=upstream, rtol=1e-9, atol=0.0, hint=hint)


# cost


@item("circuits.mat_mul", "cost", "MatMul: backward takes two matrix products")
def test_mat_mul_cost(student, draw, cost):
    """Two products against a loop over 180 000 entries, or 180 000 forward passes."""
    case = GATES["mat_mul"]
    x, y = draw.normal(13, 6007), draw.normal(6007, 17)
    upstream = draw.upstream(13, 17)

    def prepare(modules: StudentProxy) -> RemoteObject:
        gate = new(modules, case)
        call(gate, "forward", x, y)
        return gate

    cost.compare(
        prepare,
        lambda gate: call(gate, "backward", upstream),
        "backward of a (13, 6007) by (6007, 17) product",
        "Each gradient is one matrix product: no loop over entries, no differences.",
    )
