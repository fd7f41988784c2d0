"""The reference solutions of circuits: worked numbers, differences over many seeds, and the general rules."""

import warnings

import numpy as np
import pytest

from solutions import doubles, gates, graph, numeric

# name → (gate, how to draw its inputs)
ANY, POSITIVE = (lambda rng, shape: rng.normal(size=shape)), (lambda rng, shape: rng.uniform(0.5, 2, shape))
BINARY = {"add": gates.Add, "multiply": gates.Multiply, "maximum": gates.Maximum}
UNARY = {
    "exp": (gates.Exp, ANY),
    "log": (gates.Log, POSITIVE),
    "reciprocal": (gates.Reciprocal, POSITIVE),
    "scale": (lambda: gates.Scale(-2.5), ANY),
    "shift": (lambda: gates.Shift(3.5), ANY),
    "sigmoid": (gates.Sigmoid, ANY),
}
SHAPES = [((), ()), ((3,), ()), ((2, 3), (3,)), ((2, 1), (5, 1, 3)), ((1, 3), (2, 3)), ((7, 2, 3), (1,))]


def projections(gate, inputs, rng, h=1e-6):
    """Yield (numeric, analytic) derivative of sum(upstream * output) along a random direction, per input."""
    output = gate.forward(*inputs)
    upstream = rng.normal(size=np.shape(output))
    gradients = gate.backward(upstream)
    for i, gradient in enumerate(gradients if len(inputs) > 1 else (gradients,)):
        assert np.shape(gradient) == np.shape(inputs[i])
        direction = rng.normal(size=np.shape(inputs[i]))
        sides = [
            np.sum(upstream * gate.forward(*inputs[:i], inputs[i] + step * direction, *inputs[i + 1 :]))
            for step in (h, -h)
        ]
        yield (sides[0] - sides[1]) / (2 * h), np.sum(gradient * direction)


def assert_derivative(gate, inputs, rng):
    for numeric_slope, analytic in projections(gate, inputs, rng):
        assert abs(numeric_slope - analytic) <= 1e-7 * max(1.0, abs(analytic))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", SHAPES)
def test_binary_gates_against_differences(name, shapes):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for x_shape, y_shape in (shapes, shapes[::-1]):
            assert_derivative(BINARY[name](), (rng.normal(size=x_shape), rng.normal(size=y_shape)), rng)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 5)])
def test_unary_gates_against_differences(name, shape):
    make, draw = UNARY[name]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert_derivative(make(), (draw(rng, shape),), rng)


def test_matmul_against_differences():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert_derivative(gates.MatMul(), (rng.normal(size=(2, 3)), rng.normal(size=(3, 5))), rng)


def every_gate():
    """Yield (gate, float64 inputs) for each gate, two inputs of unlike shapes where that is allowed."""
    rng = np.random.default_rng(7)
    for make in BINARY.values():
        yield make(), (rng.normal(size=(2, 3)), rng.normal(size=(3,)))
    for make, draw in UNARY.values():
        yield make(), (draw(rng, (2, 3)),)
    yield gates.MatMul(), (rng.normal(size=(2, 3)), rng.normal(size=(3, 5)))


GATES = [pytest.param(gate, inputs, id=type(gate).__name__) for gate, inputs in every_gate()]


def run(gate, inputs):
    """Return (output, upstream, tuple of gradients)."""
    output = gate.forward(*inputs)
    upstream = np.linspace(-1, 2, np.size(output)).reshape(np.shape(output)).astype(output.dtype)
    gradients = gate.backward(upstream)
    return output, upstream, gradients if len(inputs) > 1 else (gradients,)


@pytest.mark.parametrize(("gate", "inputs"), GATES)
def test_gates_are_pure_and_repeatable(gate, inputs):
    before = [x.copy() for x in inputs]
    output, upstream, gradients = run(gate, inputs)
    arrays = [*inputs, output, upstream, *gradients]
    for i, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[:i])
    assert all(np.array_equal(x, y) for x, y in zip(inputs, before, strict=True))
    again = gate.backward(upstream)
    again = again if len(inputs) > 1 else (again,)
    assert all(np.array_equal(a, b) for a, b in zip(gradients, again, strict=True))


@pytest.mark.parametrize(("gate", "inputs"), GATES)
def test_gates_keep_float32(gate, inputs):
    exact = run(gate, inputs)
    output, _, gradients = run(gate, tuple(x.astype(np.float32) for x in inputs))
    assert output.dtype == np.float32
    assert all(g.dtype == np.float32 for g in gradients)
    for a, b in zip([output, *gradients], [exact[0], *exact[2]], strict=True):
        assert np.max(np.abs(a - b)) <= 1e-4 * np.max(np.abs(b)) + 1e-6


@pytest.mark.parametrize("name", BINARY)
def test_mixed_dtypes_promote_and_each_gradient_keeps_its_own(name):
    x, y = np.array([1.0, 2.0], dtype=np.float32), np.array([3.0, 0.5])
    output, _, (dx, dy) = run(BINARY[name](), (x, y))
    assert (output.dtype, dx.dtype, dy.dtype) == (np.float64, np.float32, np.float64)
    output, _, (dx, dy) = run(BINARY[name](), (x, 3))
    assert (output.dtype, dx.dtype, dy.dtype, dy.shape) == (np.float64, np.float32, np.float64, ())


@pytest.mark.parametrize(("gate", "inputs"), GATES)
def test_integers_count_as_float64(gate, inputs):
    integers = tuple(np.arange(1, x.size + 1, dtype=np.uint8).reshape(x.shape) for x in inputs)
    output, _, gradients = run(gate, integers)
    exact = run(gate, tuple(x.astype(np.float64) for x in integers))
    for a, b in zip([output, *gradients], [exact[0], *exact[2]], strict=True):
        assert a.dtype == np.float64
        assert np.array_equal(a, b)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [2, 2.0, np.array(2), np.array(2.0)], ids=["int", "float", "0-d int", "0-d"])
def test_numbers_count_as_float64_of_shape_nothing(name, x):
    output, _, (dx,) = run(UNARY[name][0](), (x,))
    assert (output.dtype, output.shape, dx.dtype, dx.shape) == (np.float64, (), np.float64, ())


def test_maximum_ties_go_to_x_after_broadcasting():
    gate = gates.Maximum()
    gate.forward(np.array([[1.0], [2.0]]), np.array([1.0, 2.0]))
    dx, dy = gate.backward(np.array([[1.0, 10.0], [100.0, 1000.0]]))
    assert dx.tolist() == [[1.0], [1100.0]]
    assert dy.tolist() == [0.0, 10.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_is_stable_and_silent(dtype):
    gate = gates.Sigmoid()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output = gate.forward(np.array([-1000.0, -90.0, 90.0, 1000.0], dtype=dtype))
        dx = gate.backward(np.ones(4, dtype=dtype))
    assert np.allclose(output, [0, 0, 1, 1], atol=1e-30, rtol=0)
    assert np.allclose(dx, 0, atol=1e-30, rtol=0)


def wire(formula, **inputs):
    """Return (graph, output value, gradients) of a formula over the named inputs."""
    g = graph.Graph()
    formula(g, *[g.input(name) for name in inputs])
    return g, g.forward(**inputs), g.backward()


def twice_product_plus_maximum(g, x, y, z, w):
    total = g.apply(gates.Add(), g.apply(gates.Multiply(), x, y), g.apply(gates.Maximum(), z, w))
    g.apply(gates.Scale(2), total)


def quotient_with_sigmoids(g, x, y):
    top = g.apply(gates.Add(), x, g.apply(gates.Sigmoid(), y))
    both = g.apply(gates.Add(), x, y)
    below = g.apply(gates.Add(), g.apply(gates.Sigmoid(), x), g.apply(gates.Multiply(), both, both))
    g.apply(gates.Multiply(), top, g.apply(gates.Reciprocal(), below))


def sum_times_maximum(g, x, y, z):
    g.apply(gates.Multiply(), g.apply(gates.Add(), x, y), g.apply(gates.Maximum(), y, z))


def sigmoid_neuron(g, w, x, b):
    g.apply(gates.Sigmoid(), g.apply(gates.Add(), g.apply(gates.MatMul(), w, x), b))


WORKED = [
    (
        lambda g, x, y, z: g.apply(gates.Multiply(), g.apply(gates.Add(), x, y), z),
        {"x": -2, "y": 5, "z": -4},
        -12,
        {"x": -4, "y": -4, "z": 3},
    ),
    (
        twice_product_plus_maximum,
        {"x": 3, "y": -4, "z": 2, "w": -1},
        -20,
        {"x": -8, "y": 6, "z": 2, "w": 0},
    ),
    (quotient_with_sigmoids, {"x": 3, "y": -4}, 1.5456448841, {"x": 2.0595697956, "y": 1.5922327515}),
    (sum_times_maximum, {"x": 1, "y": 2, "z": 0}, 6, {"x": 2, "y": 5, "z": 0}),
    (
        sigmoid_neuron,
        {"w": [[2.0, -3.0]], "x": [[-1.0], [-2.0]], "b": -3.0},
        [[0.7310585786]],
        {"w": [[-0.1966119332, -0.3932238665]], "x": [[0.3932238665], [-0.5898357997]], "b": 0.1966119332},
    ),
]


@pytest.mark.parametrize(("formula", "inputs", "value", "gradients"), WORKED)
def test_worked_examples(formula, inputs, value, gradients):
    _, output, found = wire(formula, **inputs)
    assert np.allclose(output, value, rtol=0, atol=1e-10)
    assert found.keys() == gradients.keys()
    for name, gradient in gradients.items():
        assert np.allclose(found[name], gradient, rtol=0, atol=1e-10)


def test_doublings_and_depth():
    def double(n):
        def formula(g, a):
            for _ in range(n):
                a = g.apply(gates.Add(), a, a)

        return formula

    for n in (1, 2, 3, 60):
        _, output, found = wire(double(n), a=1.0)
        assert (float(output), float(found["a"])) == (2.0**n, 2.0**n)

    g = graph.Graph()
    node = g.input("x")
    for _ in range(5000):
        node = g.apply(gates.Shift(1.0), node)
    assert (float(g.forward(x=0.0)), float(g.backward(3.0)["x"])) == (5000.0, 3.0)


def diamond(journal=None):
    """Return (graph, its gates): output = twist(bend(x), mix(bend(x), y)), beside an idle input and gate."""
    g = graph.Graph()
    x, y, idle = g.input("x"), g.input("y"), g.input("idle")
    used = [
        doubles.Bend(label="bend", journal=journal),
        doubles.Mix(2.0, -3.0, label="mix", journal=journal),
        doubles.Twist(label="twist", journal=journal),
    ]
    bent = g.apply(used[0], x)
    top = g.apply(used[2], bent, g.apply(used[1], bent, y))
    used.append(doubles.Twist(label="idle"))
    g.apply(used[3], top, idle)
    g.output = top
    return g, used


def test_graph_runs_each_needed_gate_once_in_any_order_of_nodes():
    for seed in range(10):
        journal = doubles.Journal()
        g, used = diamond(journal)
        g.nodes = [g.nodes[i] for i in np.random.default_rng(seed).permutation(len(g.nodes))]
        g.forward(x=1.0, y=2.0, idle=3.0)
        g.backward()
        labels = ["bend", "mix", "twist"]
        forward = [("forward", label) for label in labels]
        assert journal.entries == forward + [("backward", label) for label in reversed(labels)]
        assert [(gate.forward_calls, gate.backward_calls) for gate in used] == [(1, 1)] * 3 + [(0, 0)]


def test_graph_backward_starts_afresh_and_hands_out_copies():
    g, _ = diamond()
    x, y = np.array([0.5, -1.0]), np.array([2.0, 0.25])
    output = g.forward(x=x, y=y, idle=np.ones((2, 3), dtype=int))
    first, second = g.backward([1.0, -2.0]), g.backward([1.0, -2.0])
    for name in ("x", "y", "idle"):
        assert np.array_equal(first[name], second[name])
        assert not np.shares_memory(first[name], second[name])
    assert np.array_equal(first["idle"], np.zeros((2, 3)))
    assert first["idle"].dtype == np.float64
    x[...], output[...] = 0, 0
    assert np.array_equal(g.backward([1.0, -2.0])["x"], first["x"])
    assert [node.value is None for node in g.nodes] == [False] * 6 + [True]
    assert [node.gradient is None for node in g.nodes] == [False] * 6 + [True]


def test_graph_whose_output_is_an_input():
    g = graph.Graph()
    g.output = g.input("x")
    assert g.topological_order() == [g.output]
    assert g.forward(x=[1.0, 2.0]).tolist() == [1.0, 2.0]
    assert g.backward(3.0)["x"].tolist() == [3.0, 3.0]


def test_graph_refuses_what_is_used_twice_or_missing():
    g, gate = graph.Graph(), gates.Exp()
    x = g.input("x")
    g.apply(gate, x)
    for wrong in (
        lambda: g.input("x"),
        lambda: g.apply(gate, x),
        lambda: g.apply(gates.Exp()),
        g.forward,
        lambda: g.forward(x=1, y=2),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            wrong()


def test_neuron_loss_graph_has_the_sign_that_the_note_lost():
    for seed in range(20):
        w, x, b, y, strength = np.random.default_rng(seed).normal(size=5)
        g = graph.neuron_loss_graph(y, strength)
        s = 1 / (1 + np.exp(-(w * x + b)))
        assert np.isclose(g.forward(w=w, x=x, b=b), (y - s) ** 2 / 2 + strength * w * w, rtol=1e-12)
        found, slope = g.backward(), -(y - s) * s * (1 - s)
        expected = {"w": slope * x + 2 * strength * w, "x": slope * w, "b": slope}
        assert all(np.isclose(found[name], expected[name], rtol=1e-10) for name in expected)
    g = graph.neuron_loss_graph(1.0, 0.1)
    g.forward(w=0.7, b=-0.2, x=1.5)
    assert round(float(g.backward()["w"]), 7) == 0.0457807


def cubes(x):
    assert isinstance(x, np.ndarray)
    assert x.dtype == np.float64
    return float(np.sum(np.arange(1, x.size + 1).reshape(x.shape) * x**3))


@pytest.mark.parametrize("x", [2, 1.5, np.array(3), np.array([[1, 2, 3]]), np.ones((2, 3), dtype=np.float32)])
def test_numerical_gradients_take_any_input_as_float64(x):
    expected = 3 * np.arange(1, np.size(x) + 1).reshape(np.shape(x)) * np.asarray(x, dtype=float) ** 2
    for gradient, tolerance in ((numeric.numerical_gradient, 1e-8), (numeric.one_sided_gradient, 2e-3)):
        found = gradient(cubes, x)
        assert (found.shape, found.dtype) == (np.shape(x), np.float64)
        assert np.allclose(found, expected, rtol=0, atol=tolerance)


def test_numerical_gradients_count_their_calls_and_leave_x_alone():
    calls = []
    x = np.arange(6.0).reshape(2, 3)
    before = x.copy()

    def f(v):
        calls.append(v)
        v *= 2  # even an f that spoils its argument
        return float(v.sum())

    for gradient, expected in ((numeric.numerical_gradient, 12), (numeric.one_sided_gradient, 7)):
        calls.clear()
        assert np.allclose(gradient(f, x), 2.0)
        assert len(calls) == expected
        assert np.array_equal(x, before)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [([1, 5], [3, 5], 0.5), (2.0, 2.0, 0.0), ([0.0], [1e-12], 1e-4), ([np.uint8(10)], [np.uint8(30)], 0.5)],
)
def test_relative_error(a, b, expected):
    assert numeric.relative_error(a, b) == pytest.approx(expected)
    assert isinstance(numeric.relative_error(a, b), float)


def test_relative_error_refuses_shapes_and_keeps_nan():
    with pytest.raises(ValueError, match=r"\(3, 1\)"):
        numeric.relative_error(np.ones((3, 1)), np.ones(3))
    for a, b in (([np.nan, 1], [0, 9]), ([0, 9], [1, np.nan])):
        assert np.isnan(numeric.relative_error(a, b))


def test_check_gradient_tells_right_from_wrong():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        inputs, upstream = (rng.uniform(0.5, 1.2, (2, 3)), rng.uniform(0.5, 1.2, 3)), rng.uniform(0.5, 2, 2)
        assert numeric.check_gradient(doubles.RightBlock(), inputs, upstream) < 1e-7
        assert numeric.check_gradient(doubles.WrongBlock(), inputs, upstream) == pytest.approx(0.2, rel=1e-6)
        assert numeric.check_gradient(doubles.Bend(), inputs[:1], inputs[0]) < 1e-7
        assert np.isnan(numeric.check_gradient(doubles.RightBlock(), inputs, np.array([np.nan, 1.0])))


def test_numerical_jacobian():
    a = np.arange(10.0).reshape(2, 5)
    assert np.allclose(numeric.numerical_jacobian(lambda v: a @ v, np.ones(5)), a)
    b = np.arange(6.0).reshape(2, 3)
    jacobian = numeric.numerical_jacobian(lambda v: b @ v, np.ones((3, 4)))
    assert np.allclose(jacobian, np.kron(b, np.eye(4)))
    assert numeric.numerical_jacobian(np.sum, 2.0).shape == (1, 1)


def test_quadratic_model_and_recording_optimizer():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(5, 3)), rng.normal(size=5)
    model, optimizer = doubles.QuadraticModel([1.0, -2.0, 0.5]), doubles.RecordingOptimizer(lr=0.1)
    arrays = dict(model.params)
    model.eval()
    start = model.loss(x, y)
    dx = model.backward()
    for name, array in (*model.params.items(), ("x", x)):
        found = dx if name == "x" else model.grads[name].copy()

        def loss(value, array=array):
            array[...] = value
            return model.loss(x, y)

        before = array.copy()
        expected = numeric.numerical_gradient(loss, before)
        array[...] = before
        assert np.allclose(found, expected, rtol=0, atol=1e-8)
    optimizer.step(model.params, model.grads)
    assert model.loss(x, y) < start
    assert all(model.params[name] is array for name, array in arrays.items())
    (lr, params, grads), *rest = optimizer.log
    assert (lr, rest) == (0.1, [])
    assert np.allclose(params["w"] - 0.1 * grads["w"], model.params["w"])
    assert not model.log[0][0]
    model.train()
    assert model.training


def test_stretch_is_a_block_with_modes_whose_gradients_are_right():
    rng = np.random.default_rng(7)
    x, upstream = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    block = doubles.Stretch(rng.normal(size=3), rng.normal(size=3))
    in_training = block.forward(x)
    for switch, share in ((block.eval, 0.5), (block.train, 1.0)):
        switch()
        assert np.allclose(block.forward(x), share * in_training)
        dx = block.backward(upstream)
        assert np.allclose(numeric.numerical_gradient(lambda v: np.sum(block.forward(v) * upstream), x), dx)
        for name, array in block.params.items():
            right, kept = block.grads[name], array.copy()

            def loss(value, array=array):
                array[...] = value
                return np.sum(block.forward(x) * upstream)

            assert np.allclose(numeric.numerical_gradient(loss, kept), right)
            array[...] = kept
    assert block.log[:2] == [("forward", True), ("forward", False)] and ("backward", False) in block.log


def test_a_plain_model_is_the_quadratic_one_without_modes():
    x, y = np.ones((4, 2)), np.zeros(4)
    plain, full = doubles.PlainModel([1.0, 2.0]), doubles.QuadraticModel([1.0, 2.0])
    assert plain.loss(x, y) == full.loss(x, y) and np.array_equal(plain.backward(), full.backward())
    assert plain.params["w"] is plain.params["w"] and plain.grads.keys() == plain.params.keys()
    assert not any(hasattr(plain, name) for name in ("train", "eval", "training"))


def test_scripted_stopping_follows_its_script():
    params = {"w": np.zeros(2)}
    stopping, never = doubles.ScriptedStopping(3, 2), doubles.ScriptedStopping(None, 1)
    answers = []
    for loss in (3.0, 2.0, 1.0, 0.5):
        params["w"] += 1
        answers.append((stopping.update(loss, params), never.update(loss, params)))
    assert answers == [(False, False), (False, False), (True, False), (True, False)]
    assert stopping.best_params["w"].tolist() == [2.0, 2.0] and never.best_params["w"].tolist() == [1.0, 1.0]
    assert [loss for loss, _ in stopping.log] == [3.0, 2.0, 1.0, 0.5]
