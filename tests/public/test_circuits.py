"""Public tests of assignment 1, circuits. The hidden tests ask the same questions of other inputs, and more.

Run all with `pytest tests/public -m circuits`, one question with `pytest tests/public -m circuits.multiply`.
"""

import math
from copy import copy

import numpy as np
import pytest
from public_checks import close, fresh, pair, says_no

# Inputs with pairwise different sizes, both signs, and an upstream gradient that is not all ones.
X = np.array([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7]])
Y = np.array([[-0.4, 1.1, 0.9], [2.5, -1.6, 0.2]])
UPSTREAM = np.array([[2.0, -3.0, 0.5], [1.25, 4.0, -1.5]])
ROW = np.array([0.8, -0.6, 1.7])


def once(gate, x, upstream):
    """Return (output, dx) of a gate with one input. The gate gets copies, so that it cannot spoil ours."""
    return gate.forward(copy(x)), gate.backward(copy(upstream))


def both(question, gate, x, y, upstream):
    """Return (output, dx, dy) of a gate with two inputs."""
    output = gate.forward(copy(x), copy(y))
    return output, *pair(question, "the result of backward", gate.backward(copy(upstream)))


@pytest.mark.question("circuits.unbroadcast")
@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((3,), [3.25, 1.0, -1.0]),
        ((2, 1), [[-0.5], [3.75]]),
        ((1, 3), [[3.25, 1.0, -1.0]]),
        ((), 3.25),
    ],
)
def test_unbroadcast_sums_the_axes_that_were_broadcast(student, shape, expected):
    result = student.gates.unbroadcast(UPSTREAM.copy(), shape)
    close("circuits.unbroadcast", f"the gradient of a {shape} input", result, np.array(expected))


@pytest.mark.question("circuits.unbroadcast")
def test_unbroadcast_handles_added_and_stretched_axes_together(student):
    gradient = np.arange(30.0).reshape(5, 2, 3)
    expected = gradient.sum(axis=(0, 2)).reshape(2, 1)
    close("circuits.unbroadcast", "the gradient", student.gates.unbroadcast(gradient, (2, 1)), expected)


@pytest.mark.question("circuits.unbroadcast")
def test_unbroadcast_copies_where_nothing_is_summed(student):
    gradient = UPSTREAM.copy()
    result = student.gates.unbroadcast(gradient, (2, 3))
    close("circuits.unbroadcast", "the gradient", result, UPSTREAM)
    fresh("circuits.unbroadcast", "the gradient", result, gradient)


@pytest.mark.question("circuits.add")
def test_add_hands_its_gradient_to_both_inputs(student):
    # q = x + y of f = (x + y) z, at x = -2, y = 5, z = -4
    q, dx, dy = both("circuits.add", student.gates.Add(), -2.0, 5.0, np.array(-4.0))
    close("circuits.add", "-2 + 5", q, 3.0)
    close("circuits.add", "dx", dx, -4.0)
    close("circuits.add", "dy", dy, -4.0)


@pytest.mark.question("circuits.add")
def test_add_on_arrays(student):
    gate, upstream = student.gates.Add(), UPSTREAM.copy()
    close("circuits.add", "the output", gate.forward(X.copy(), Y.copy()), X + Y)
    dx, dy = pair("circuits.add", "the result of backward", gate.backward(upstream))
    close("circuits.add", "dx", dx, UPSTREAM)
    close("circuits.add", "dy", dy, UPSTREAM)
    fresh("circuits.add", "dx", dx, upstream, dy)


@pytest.mark.question("circuits.add")
def test_add_broadcasts(student):
    output, dx, dy = both("circuits.add", student.gates.Add(), X, ROW, UPSTREAM)
    close("circuits.add", "the output", output, X + ROW)
    close("circuits.add", "dx", dx, UPSTREAM)
    close("circuits.add", "dy", dy, np.array([3.25, 1.0, -1.0]), hint="sum over the axes that were broadcast")


@pytest.mark.question("circuits.multiply")
def test_multiply_switches_its_inputs(student):
    # f = q z of f = (x + y) z, at q = 3, z = -4
    f, dx, dy = both("circuits.multiply", student.gates.Multiply(), 3.0, -4.0, np.array(1.0))
    close("circuits.multiply", "3 · -4", f, -12.0)
    close("circuits.multiply", "dx", dx, -4.0, hint="if x grows by 1, by how much does x y grow?")
    close("circuits.multiply", "dy", dy, 3.0)


@pytest.mark.question("circuits.multiply")
def test_multiply_uses_the_upstream_gradient(student):
    gate = student.gates.Multiply()
    close("circuits.multiply", "the output", gate.forward(X.copy(), Y.copy()), X * Y)
    for _ in range(2):  # backward may be called repeatedly
        dx, dy = pair("circuits.multiply", "the result of backward", gate.backward(UPSTREAM.copy()))
        close("circuits.multiply", "dx", dx, UPSTREAM * Y)
        close("circuits.multiply", "dy", dy, UPSTREAM * X)


@pytest.mark.question("circuits.multiply")
def test_multiply_broadcasts(student):
    output, dx, dy = both("circuits.multiply", student.gates.Multiply(), X, ROW, UPSTREAM)
    close("circuits.multiply", "the output", output, X * ROW)
    close("circuits.multiply", "dx", dx, UPSTREAM * ROW)
    expected = (UPSTREAM * X).sum(axis=0)
    close("circuits.multiply", "dy", dy, expected, hint="sum over the axes that were broadcast")


@pytest.mark.question("circuits.maximum")
def test_maximum_routes_the_gradient_to_the_larger_input(student):
    # max(z, w) of 2 (x y + max(z, w)), at z = 2, w = -1
    output, dx, dy = both("circuits.maximum", student.gates.Maximum(), 2.0, -1.0, np.array(2.0))
    close("circuits.maximum", "max(2, -1)", output, 2.0)
    close("circuits.maximum", "dx", dx, 2.0)
    close("circuits.maximum", "dy", dy, 0.0)


@pytest.mark.question("circuits.maximum")
def test_maximum_gives_ties_to_the_first(student):
    x, y = np.array([1.0, 2.0, -3.0, 4.0]), np.array([1.0, 5.0, -3.0, -4.0])
    upstream = np.array([0.5, -1.5, 2.5, 3.0])
    output, dx, dy = both("circuits.maximum", student.gates.Maximum(), x, y, upstream)
    close("circuits.maximum", "the output", output, np.array([1.0, 5.0, -3.0, 4.0]))
    close("circuits.maximum", "dx", dx, np.array([0.5, 0.0, 2.5, 3.0]), hint="at a tie x gets all of it")
    close("circuits.maximum", "dy", dy, np.array([0.0, -1.5, 0.0, 0.0]), hint="at a tie y gets nothing")


@pytest.mark.question("circuits.maximum")
def test_maximum_broadcasts(student):
    output, dx, dy = both("circuits.maximum", student.gates.Maximum(), X, 0.4, UPSTREAM)
    close("circuits.maximum", "the output", output, np.maximum(X, 0.4))
    close("circuits.maximum", "dx", dx, np.array([[2.0, 0.0, 0.5], [1.25, 0.0, 0.0]]))
    close("circuits.maximum", "dy", dy, -0.5, hint="sum over the axes that were broadcast")


@pytest.mark.question("circuits.mat_mul")
def test_matmul_on_small_matrices(student):
    x, y = np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, -1.0], [0.0, 2.0], [4.0, 0.5]])
    output, dx, dy = both("circuits.mat_mul", student.gates.MatMul(), x, y, np.array([[2.0, -1.0]]))
    close("circuits.mat_mul", "the output", output, np.array([[13.0, 4.5]]))
    close("circuits.mat_mul", "dx", dx, np.array([[3.0, -2.0, 7.5]]), hint="the shapes leave one product")
    close("circuits.mat_mul", "dy", dy, np.array([[2.0, -1.0], [4.0, -2.0], [6.0, -3.0]]))


@pytest.mark.question("circuits.mat_mul")
def test_matmul_uses_the_upstream_gradient(student):
    y = np.linspace(-1.0, 2.0, 15).reshape(3, 5)
    upstream = np.cos(np.arange(10.0)).reshape(2, 5)
    output, dx, dy = both("circuits.mat_mul", student.gates.MatMul(), X, y, upstream)
    close("circuits.mat_mul", "the output", output, X @ y)
    close("circuits.mat_mul", "dx", dx, np.einsum("nk,mk->nm", upstream, y))
    close("circuits.mat_mul", "dy", dy, np.einsum("nm,nk->mk", X, upstream))


# First the number in the neuron of lecture note 3: scale by -1, exp, shift by 1, reciprocal, from x = 1.


@pytest.mark.question("circuits.scale")
def test_scale_in_the_neuron(student):
    output, dx = once(student.gates.Scale(-1.0), 1.0, np.array(-0.1966))
    close("circuits.scale", "forward(1)", output, -1.0)
    close("circuits.scale", "backward(-0.1966)", dx, 0.1966)


@pytest.mark.question("circuits.scale")
def test_scale_on_arrays(student):
    output, dx = once(student.gates.Scale(2.5), X, UPSTREAM)
    close("circuits.scale", "the output", output, 2.5 * X)
    close("circuits.scale", "dx", dx, 2.5 * UPSTREAM, hint="the local gradient is the factor")


@pytest.mark.question("circuits.exp")
def test_exp_in_the_neuron(student):
    output, dx = once(student.gates.Exp(), -1.0, np.array(-0.5344))
    close("circuits.exp", "forward(-1)", output, 0.3679, atol=5e-5)
    close("circuits.exp", "backward(-0.5344)", dx, -0.1966, atol=5e-5)


@pytest.mark.question("circuits.exp")
def test_exp_on_arrays(student):
    output, dx = once(student.gates.Exp(), X, UPSTREAM)
    close("circuits.exp", "the output", output, np.exp(X))
    close("circuits.exp", "dx", dx, UPSTREAM * np.exp(X))


@pytest.mark.question("circuits.shift")
def test_shift_in_the_neuron(student):
    output, dx = once(student.gates.Shift(1.0), 0.3679, np.array(-0.5344))
    close("circuits.shift", "forward(0.3679)", output, 1.3679)
    close("circuits.shift", "backward(-0.5344)", dx, -0.5344)


@pytest.mark.question("circuits.shift")
def test_shift_on_arrays(student):
    upstream = UPSTREAM.copy()
    gate = student.gates.Shift(-3.5)
    output, dx = gate.forward(X.copy()), gate.backward(upstream)
    close("circuits.shift", "the output", output, X - 3.5)
    close("circuits.shift", "dx", dx, UPSTREAM)
    fresh("circuits.shift", "dx", dx, upstream)


@pytest.mark.question("circuits.reciprocal")
def test_reciprocal_in_the_neuron(student):
    output, dx = once(student.gates.Reciprocal(), 1 + math.exp(-1), np.array(1.0))
    close("circuits.reciprocal", "1 / 1.3679", output, 0.7311, atol=5e-5)
    close("circuits.reciprocal", "backward(1)", dx, -0.5344, atol=5e-5)


@pytest.mark.question("circuits.reciprocal")
def test_reciprocal_on_arrays(student):
    output, dx = once(student.gates.Reciprocal(), X, UPSTREAM)
    close("circuits.reciprocal", "the output", output, 1 / X)
    close("circuits.reciprocal", "dx", dx, -UPSTREAM / X**2)


@pytest.mark.question("circuits.log")
def test_log_undoes_exp(student):
    output, dx = once(student.gates.Log(), np.array([1.0, math.e, math.e**2]), np.array([3.0, -2.0, 5.0]))
    close("circuits.log", "the output", output, np.array([0.0, 1.0, 2.0]))
    close("circuits.log", "dx", dx, np.array([3.0, -2.0 / math.e, 5.0 / math.e**2]))


@pytest.mark.question("circuits.log")
def test_log_takes_an_integer_as_float64(student):
    output, dx = once(student.gates.Log(), np.array([1, 4, 5]), np.array([1.0, 3.0, -2.0]))
    close("circuits.log", "the output", output, np.array([0.0, 2 * math.log(2), math.log(5)]))
    close("circuits.log", "dx", dx, np.array([1.0, 0.75, -0.4]))


@pytest.mark.question("circuits.sigmoid")
def test_sigmoid_of_the_neuron(student):
    output, dx = once(student.gates.Sigmoid(), 1.0, np.array(1.0))
    close("circuits.sigmoid", "forward(1)", output, 0.7310585786, atol=1e-10)
    close("circuits.sigmoid", "backward(1)", dx, 0.1966119332, atol=1e-10)


@pytest.mark.question("circuits.sigmoid")
def test_sigmoid_at_zero_and_on_arrays(student):
    output, dx = once(student.gates.Sigmoid(), np.array([0.0, -1.0]), np.array([2.0, -3.0]))
    s = 1 / (1 + math.e)
    close("circuits.sigmoid", "the output", output, np.array([0.5, s]))
    close("circuits.sigmoid", "dx", dx, np.array([0.5, -3.0 * s * (1 - s)]), hint="s' = s (1 - s)")


@pytest.mark.question("circuits.sigmoid")
def test_sigmoid_is_finite_far_out(student):
    output, dx = once(student.gates.Sigmoid(), np.array([-1000.0, 1000.0]), np.array([1.0, 2.0]))
    close("circuits.sigmoid", "the output at ±1000", output, np.array([0.0, 1.0]), hint="exp(1000) is inf")
    close("circuits.sigmoid", "dx at ±1000", dx, np.array([0.0, 0.0]))


def assert_parents_first(question, order, expected):
    """Assert that `order` lists each of the `expected` nodes once, parents before children."""
    assert isinstance(order, (list, tuple)), f"{question}: the order is not a list"
    assert len(order) == len(expected), f"{question}: {len(order)} nodes, expected {len(expected)}"
    for node in expected:
        assert node in order, f"{question}: a node that the output depends on is missing"
        for parent in node.parents:
            assert order.index(parent) < order.index(node), f"{question}: a node stands before its parent"


@pytest.mark.question("circuits.topological_order")
def test_order_of_a_diamond(student):
    doubles, graph = student.doubles, student.graph.Graph()
    x = graph.input("x")
    left, right = graph.apply(doubles.Bend(), x), graph.apply(doubles.Bend(), x)
    top = graph.apply(doubles.Twist(), left, right)
    graph.nodes = [top, right, x, left]  # `nodes` is in no particular order
    assert_parents_first("circuits.topological_order", graph.topological_order(), [x, left, right, top])


@pytest.mark.question("circuits.topological_order")
def test_order_leaves_out_what_the_output_does_not_need(student):
    doubles, graph = student.doubles, student.graph.Graph()
    x, y = graph.input("x"), graph.input("y")
    needed = graph.apply(doubles.Mix(2.0, 3.0), x, x)  # one node, twice a parent
    graph.apply(doubles.Twist(), needed, y)
    graph.output = needed
    assert_parents_first("circuits.topological_order", graph.topological_order(), [x, needed])


@pytest.mark.question("circuits.topological_order")
def test_order_of_a_deep_graph(student):
    doubles, graph = student.doubles, student.graph.Graph()
    x = graph.input("x")
    top = doubles.chain(graph, x, 1500)
    order = list(graph.topological_order())
    assert len(order) == 1501, f"circuits.topological_order: a chain of 1500 gates has {len(order)} nodes in the order"
    assert order[0] == x and order[-1] == top, "circuits.topological_order: the input comes first, the output last"
    for place in range(100, 1501, 200):
        parents = list(order[place].parents)
        in_line = parents == [order[place - 1]]
        assert in_line, "circuits.topological_order: a chain has one order only, from the input up"


@pytest.mark.question("circuits.graph_forward")
def test_graph_forward_computes_each_node(student):
    doubles, graph = student.doubles, student.graph.Graph()
    x, y = graph.input("x"), graph.input("y")
    mixed = graph.apply(doubles.Mix(2.0, 3.0), x, y)
    twisted = graph.apply(doubles.Twist(), mixed, x)
    close("circuits.graph_forward", "the output", graph.forward(x=-2.0, y=5.0), 11.0 * -2.0 + 11.0)
    close("circuits.graph_forward", "the value of the first gate's node", mixed.value, 11.0)
    close("circuits.graph_forward", "the value of the output's node", twisted.value, -11.0)
    close("circuits.graph_forward", "the value of the input y", y.value, 5.0)


@pytest.mark.question("circuits.graph_forward")
def test_graph_forward_runs_each_needed_gate_once(student):
    doubles, graph = student.doubles, student.graph.Graph()
    shared, unused = doubles.Bend(rate=0.25), doubles.Bend()
    x = graph.input("x")
    bent = graph.apply(shared, x)
    top = graph.apply(doubles.Twist(), bent, bent)
    graph.apply(unused, top)
    graph.output = top
    bend = X + 0.25 * np.sin(X)
    close("circuits.graph_forward", "the output", graph.forward(x=X.copy()), bend * bend + bend)
    assert shared.forward_calls == 1, "circuits.graph_forward: a gate ran more than once in one forward"
    assert unused.forward_calls == 0, "circuits.graph_forward: a gate ran that the output does not depend on"


@pytest.mark.question("circuits.graph_backward")
def test_graph_backward_adds_up_at_branches(student):
    doubles, graph = student.doubles, student.graph.Graph()
    a = graph.input("a")  # b = a + a, c = b + b: dc/da = 4
    b = graph.apply(doubles.Mix(1.0, 1.0), a, a)
    graph.apply(doubles.Mix(1.0, 1.0), b, b)
    close("circuits.graph_backward", "c", graph.forward(a=1.0), 4.0)
    for _ in range(2):  # each call starts afresh
        gradients = graph.backward()
        assert isinstance(gradients, dict), "circuits.graph_backward: the result is not a dict"
        assert set(gradients) == {"a"}, "circuits.graph_backward: the keys are not the names of the inputs"
        close("circuits.graph_backward", "dc/da", gradients["a"], 4.0, "add up what the children send")
        close("circuits.graph_backward", "dc/db", b.gradient, 2.0)


@pytest.mark.question("circuits.graph_backward")
def test_graph_backward_of_a_diamond(student):
    doubles, graph = student.doubles, student.graph.Graph()
    x, y = graph.input("x"), graph.input("y")
    bent = graph.apply(doubles.Bend(rate=0.5), x)
    graph.apply(doubles.Twist(), bent, graph.apply(doubles.Mix(2.0, -3.0), bent, y))
    graph.forward(x=X.copy(), y=Y.copy())
    gradients = graph.backward(UPSTREAM.copy())
    h = X + 0.5 * np.sin(X)  # the output is h (2 h - 3 y) + h
    dx = UPSTREAM * (4 * h - 3 * Y + 1) * (1 + 0.5 * np.cos(X))
    close("circuits.graph_backward", "dx", gradients["x"], dx)
    close("circuits.graph_backward", "dy", gradients["y"], UPSTREAM * h * -3.0)


@pytest.mark.question("circuits.graph_backward")
def test_graph_backward_answers_for_every_input(student):
    doubles, graph = student.doubles, student.graph.Graph()
    x, idle, gate = graph.input("x"), graph.input("idle"), doubles.Bend()
    bent = graph.apply(gate, x)
    graph.apply(doubles.Twist(), bent, idle)
    graph.output = bent
    graph.forward(x=np.zeros(3), idle=np.ones((2, 5)))
    gradients = graph.backward(2.0)  # broadcast to the output's shape
    close("circuits.graph_backward", "dx", gradients["x"], np.full(3, 3.0))
    close("circuits.graph_backward", "the gradient of an idle input", gradients["idle"], np.zeros((2, 5)))
    assert gate.backward_calls == 1, "circuits.graph_backward: a gate ran more than once in one backward"


@pytest.mark.question("circuits.neuron_loss_graph")
def test_neuron_loss_of_the_lecture(student):
    graph = student.graph.neuron_loss_graph(1.0, 0.1)
    z = 0.7 * 1.5 - 0.2
    s = 1 / (1 + math.exp(-z))
    loss = graph.forward(w=0.7, x=1.5, b=-0.2)
    close("circuits.neuron_loss_graph", "L", loss, (1 - s) ** 2 / 2 + 0.1 * 0.49)
    gradients = graph.backward()
    hint = "the lecture note prints the first term with +: it is minus"
    close("circuits.neuron_loss_graph", "dL/dw", gradients["w"], 0.0457807, hint=hint, atol=5e-8)
    close("circuits.neuron_loss_graph", "dL/db", gradients["b"], -(1 - s) * s * (1 - s))
    close("circuits.neuron_loss_graph", "dL/dx", gradients["x"], -(1 - s) * s * (1 - s) * 0.7)


@pytest.mark.question("circuits.neuron_loss_graph")
def test_neuron_loss_without_penalty(student):
    graph = student.graph.neuron_loss_graph(0.25, 0.0)
    close("circuits.neuron_loss_graph", "L", graph.forward(w=3.0, x=0.0, b=0.0), 0.25**2 / 2)
    close("circuits.neuron_loss_graph", "dL/dw", graph.backward()["w"], 0.0)


def counted(f):
    """Return f and a list that gets f's argument at each call."""
    calls = []

    def counting(x):
        calls.append(np.array(x))
        return f(x)

    return counting, calls


@pytest.mark.question("circuits.numerical_gradient")
def test_numerical_gradient_of_the_first_circuit(student):
    f, calls = counted(lambda v: float((v[0] + v[1]) * v[2]))
    gradient = student.numeric.numerical_gradient(f, np.array([-2.0, 5.0, -4.0]))
    close("circuits.numerical_gradient", "the gradient", gradient, np.array([-4.0, -4.0, 3.0]), rtol=1e-6)
    assert len(calls) == 6, f"circuits.numerical_gradient: {len(calls)} calls of f, expected 2 · 3"


@pytest.mark.question("circuits.numerical_gradient")
def test_numerical_gradient_is_two_sided(student):
    gradient = student.numeric.numerical_gradient(lambda x: float(x**2), 3.0, h=0.1)
    hint = "(3.1² - 2.9²) / 0.2; one-sided it would be 6.1"
    close("circuits.numerical_gradient", "d x²/dx at 3, h = 0.1", gradient, 6.0, hint=hint)


@pytest.mark.question("circuits.numerical_gradient")
def test_numerical_gradient_of_integers_and_matrices(student):
    x = np.array([[1, -2, 3], [0, 4, 5]])
    gradient = student.numeric.numerical_gradient(lambda v: float(np.sum(v**3)), x)
    hint = "an integer array cannot hold x + h"
    close("circuits.numerical_gradient", "the gradient", gradient, 3.0 * x**2, hint=hint, rtol=1e-6)


@pytest.mark.question("circuits.one_sided_gradient")
def test_one_sided_gradient_is_off_by_h(student):
    f, calls = counted(lambda v: float(np.sum(v**2)))
    gradient = student.numeric.one_sided_gradient(f, np.array([3.0, -1.0]), h=0.1)
    close("circuits.one_sided_gradient", "the gradient", gradient, np.array([6.1, -1.9]))
    assert len(calls) <= 3, f"circuits.one_sided_gradient: {len(calls)} calls of f, expected 3 at most"


@pytest.mark.question("circuits.one_sided_gradient")
def test_one_sided_gradient_keeps_the_shape(student):
    gradient = student.numeric.one_sided_gradient(lambda v: float(np.sum(v * Y)), X.copy())
    close("circuits.one_sided_gradient", "the gradient", gradient, Y, rtol=1e-6)


@pytest.mark.question("circuits.relative_error")
@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([2.0, -4.0], [2.0, -4.0], 0.0),
        ([1.0, 5.0], [3.0, 5.0], 0.5),
        ([1.0], [-1.0], 1.0),
        ([0.0, 0.0], [1e-12, 0.0], 1e-4),
    ],
)
def test_relative_error_by_hand(student, a, b, expected):
    error = student.numeric.relative_error(np.array(a), np.array(b))
    close("circuits.relative_error", "the error", error, expected)


@pytest.mark.question("circuits.relative_error")
def test_relative_error_refuses_other_shapes(student):
    a, b = np.ones((3, 1)), np.ones(3)
    says_no("circuits.relative_error", "shapes (3, 1) and (3,)", lambda: student.numeric.relative_error(a, b))


@pytest.mark.question("circuits.relative_error")
def test_relative_error_keeps_nan(student):
    error = student.numeric.relative_error(np.array([1.0, np.nan, 2.0]), np.array([1.0, 1.0, 1.0]))
    assert np.isnan(error), f"circuits.relative_error: a nan must not get lost, and the error is {error}"


@pytest.mark.question("circuits.check_gradient")
def test_check_gradient_accepts_a_right_block(student):
    inputs, upstream = (X.copy(), ROW.copy()), np.array([1.5, -2.0])
    error = student.numeric.check_gradient(student.doubles.RightBlock(), inputs, upstream)
    assert 0 <= error < 1e-6, f"circuits.check_gradient: a right block has error {error}"


@pytest.mark.question("circuits.check_gradient")
def test_check_gradient_finds_a_wrong_second_gradient(student):
    inputs, upstream = (X.copy(), ROW.copy()), np.array([1.5, -2.0])
    error = student.numeric.check_gradient(student.doubles.WrongBlock(), inputs, upstream)
    hint = "take the largest error over all inputs"
    close("circuits.check_gradient", "the error of a dy 1.5 times too large", error, 0.2, hint, rtol=1e-6)


@pytest.mark.question("circuits.check_gradient")
def test_check_gradient_of_a_block_with_one_input(student):
    error = student.numeric.check_gradient(student.doubles.Bend(), (X.copy(),), UPSTREAM.copy())
    assert 0 <= error < 1e-6, f"circuits.check_gradient: a right block has error {error}"


@pytest.mark.question("circuits.numerical_jacobian")
def test_numerical_jacobian_of_a_linear_map(student):
    jacobian = student.numeric.numerical_jacobian(lambda v: X @ v, np.array([0.3, -0.2, 1.0]))
    hint = "row i, column j is the derivative of output i for input j"
    close("circuits.numerical_jacobian", "the Jacobian of v → X v", jacobian, X, hint, rtol=1e-6)


@pytest.mark.question("circuits.numerical_jacobian")
def test_numerical_jacobian_counts_entries_in_c_order(student):
    jacobian = student.numeric.numerical_jacobian(lambda v: (v**2).T, X.copy())
    expected = np.zeros((6, 6))
    for i in range(2):
        for j in range(3):
            expected[2 * j + i, 3 * i + j] = 2 * X[i, j]
    close("circuits.numerical_jacobian", "the Jacobian of v → (v²)ᵀ", jacobian, expected, rtol=1e-6)


@pytest.mark.question("circuits.check_maximum")
def test_check_maximum_accepts_yours(student):
    result = student.gate_tests.check_maximum(student.gates.Maximum)
    assert result is None, f"circuits.check_maximum: it returned {result!r}, expected None"


@pytest.mark.question("circuits.check_maximum")
def test_check_maximum_catches_one_that_returns_the_smaller_value(student):
    caught = student.doubles.fails(student.gate_tests.check_maximum, student.doubles.SmallerMaximum)
    assert caught, "circuits.check_maximum: a Maximum that returns the smaller value passes"
