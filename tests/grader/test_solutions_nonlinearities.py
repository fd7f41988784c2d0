"""The reference solutions of nonlinearities: worked numbers, differences over many seeds, kinks, and ±1000."""

import warnings
from itertools import pairwise

import numpy as np
import pytest

from solutions import activations, losses

SEEDS = range(25)
FAR = [-1000.0, -95.0, 95.0, 1000.0]  # exp(95) overflows in float32, exp(1000) in float64

ELEMENTWISE = {
    "identity": activations.Identity,
    "step": activations.Step,
    "sigmoid": activations.Sigmoid,
    "tanh": activations.Tanh,
    "hard_tanh": activations.HardTanh,
    "relu": activations.ReLU,
    "leaky_relu": lambda: activations.LeakyReLU(0.2),
    "elu": lambda: activations.ELU(1.7),
    "prelu": lambda: activations.PReLU(-0.6),
}
PLAIN = [name for name in ELEMENTWISE if name != "prelu"]
LOSSES = {
    "mean_squared_error": losses.MeanSquaredError,
    "binary_hinge": losses.BinaryHinge,
    "multiclass_svm": lambda: losses.MulticlassSVM(1.5),
    "softmax_cross_entropy": losses.SoftmaxCrossEntropy,
}


def off_kinks(x):
    """x, with what is within 0.01 of -1, 0 or 1 moved away."""
    near = np.min([np.abs(x - kink) for kink in (-1, 0, 1)], axis=0) < 0.01
    return np.where(near, x + 0.05, x)


def assert_slope(f, gradient, x, rng, h=1e-5):
    """The directional derivative of f at x is the projection of the gradient."""
    assert (np.shape(gradient), np.asarray(gradient).dtype) == (np.shape(x), np.float64)
    direction = rng.normal(size=np.shape(x))
    numeric = (f(x + h * direction) - f(x - h * direction)) / (2 * h)
    analytic = np.sum(gradient * direction)
    assert abs(numeric - analytic) <= 1e-7 * max(1.0, abs(analytic))


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("shape", [(), (7,), (5, 3), (2, 1, 3, 5)])
def test_activations_against_differences(name, shape):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x, upstream, block = off_kinks(2 * rng.normal(size=shape)), rng.normal(size=shape), ELEMENTWISE[name]()
        block.forward(x)
        gradient = block.backward(upstream)
        assert_slope(lambda v, block=block, g=upstream: np.sum(g * block.forward(v)), gradient, x, rng)


def of_parameter(block, name, x, upstream):
    """sum(upstream * output) as a function of one parameter, which is put back."""

    def f(value):
        before = block.params[name].copy()
        block.params[name][...] = value
        total = np.sum(upstream * block.forward(x))
        block.params[name][...] = before
        return total

    return f


def maxout(rng, d=3, k=5):
    return activations.Maxout(*(rng.normal(size=shape) for shape in ((d, k), (k,), (d, k), (k,))))


@pytest.mark.parametrize("make", [lambda rng: activations.PReLU(rng.normal()), maxout])
def test_blocks_that_learn_against_differences(make):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        block, x = make(rng), rng.normal(size=(7, 3))
        upstream = rng.normal(size=block.forward(x).shape)
        dx, grads = block.backward(upstream), dict(block.grads)
        assert block.params.keys() == grads.keys()
        assert_slope(lambda v, block=block, g=upstream: np.sum(g * block.forward(v)), dx, x, rng)
        for name, gradient in grads.items():
            value = block.params[name].copy()
            assert_slope(of_parameter(block, name, x, upstream), gradient, value, rng)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_keep_dtype_inputs_and_results_apart(name, dtype):
    rng = np.random.default_rng(4)
    x, upstream = rng.normal(size=(5, 3)).astype(dtype), rng.normal(size=(5, 3)).astype(dtype)
    before, block = (x.copy(), upstream.copy()), ELEMENTWISE[name]()
    output, first, second = block.forward(x), block.backward(upstream), block.backward(upstream)
    assert block.params == block.grads == {}
    assert output.dtype == first.dtype == dtype
    assert np.array_equal(x, before[0]) and np.array_equal(upstream, before[1])
    assert np.array_equal(first, second)
    arrays = [x, upstream, output, first, second]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


KINKS = [
    ("step", [0.0, -0.0], [0.0, 0.0], [0.0, 0.0]),
    ("hard_tanh", [-1.0, 1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
    ("relu", [0.0, -0.0], [0.0, 0.0], [0.0, 0.0]),
    ("leaky_relu", [0.0, -0.0], [0.0, 0.0], [0.2, 0.2]),
    ("elu", [0.0, -0.0], [0.0, 0.0], [1.7, 1.7]),
    ("prelu", [0.0, -0.0], [0.0, 0.0], [-0.6, -0.6]),
]


@pytest.mark.parametrize(("name", "x", "output", "slopes"), KINKS)
def test_kinks_take_the_branch_below(name, x, output, slopes):
    block = ELEMENTWISE[name]()
    assert np.array_equal(block.forward(np.array(x)), output)
    assert np.allclose(block.backward(np.full(len(x), -3.0)), -3 * np.array(slopes), rtol=1e-15, atol=0)


@pytest.mark.parametrize(
    ("name", "output", "slopes"),
    [
        ("sigmoid", [0, 0, 1, 1], [0, 0, 0, 0]),
        ("tanh", [-1, -1, 1, 1], [0, 0, 0, 0]),
        ("elu", [-1.7, -1.7, 95, 1000], [0, 0, 1, 1]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_are_stable_and_silent(name, output, slopes, dtype):
    block = ELEMENTWISE[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = block.forward(np.array(FAR, dtype=dtype))
        dx = block.backward(np.ones(4, dtype=dtype))
    assert np.allclose(found, output, rtol=1e-6, atol=1e-30)
    assert np.allclose(dx, slopes, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize(
    ("block", "output", "slopes"),
    [  # the table of the handout, at -2, -0.5, 0, 0.5, 2
        (activations.Step, [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]),
        (activations.Sigmoid, [0.1192, 0.3775, 0.5, 0.6225, 0.8808], [0.105, 0.235, 0.25, 0.235, 0.105]),
        (activations.Tanh, [-0.964, -0.4621, 0, 0.4621, 0.964], [0.0707, 0.7864, 1, 0.7864, 0.0707]),
        (activations.HardTanh, [-1, -0.5, 0, 0.5, 1], [0, 1, 1, 1, 0]),
        (activations.ReLU, [0, 0, 0, 0.5, 2], [0, 0, 0, 1, 1]),
        (activations.LeakyReLU, [-0.02, -0.005, 0, 0.5, 2], [0.01, 0.01, 0.01, 1, 1]),
        (activations.ELU, [-0.8647, -0.3935, 0, 0.5, 2], [0.1353, 0.6065, 1, 1, 1]),
        (activations.PReLU, [-0.5, -0.125, 0, 0.5, 2], [0.25, 0.25, 0.25, 1, 1]),
    ],
)
def test_the_table_of_the_handout(block, output, slopes):
    block = block()
    assert np.allclose(block.forward(np.array([-2, -0.5, 0, 0.5, 2])), output, rtol=0, atol=5.1e-5)
    assert np.allclose(block.backward(np.ones(5)), slopes, rtol=0, atol=5.1e-5)


def test_prelu_sets_its_gradient_and_keeps_its_array():
    block = activations.PReLU()
    slope, x = block.params["slope"], np.array([-2.0, 3.0, -1.0])
    for _ in range(2):
        block.forward(x)
        assert block.backward(np.array([1.0, 2.0, -4.0])).tolist() == [0.25, 2.0, -1.0]
        assert block.grads["slope"].tolist() == [2.0]
    slope[...] = 3.0
    assert block.params["slope"] is slope
    assert block.forward(x).tolist() == [-6.0, 3.0, -3.0]


def test_maxout_of_the_handout():
    given = [np.array(a) for a in ([[1.0, -1], [2, 0]], [0.0, 1], [[0.0, 3], [1, 1]], [1.0, 0])]
    block = activations.Maxout(*given)
    assert block.forward(np.array([[1.0, -1.0], [2.0, 0.5]])).tolist() == [[0, 2], [3, 6.5]]
    for _ in range(2):
        assert block.backward(np.array([[1.0, 2.0], [3.0, -1.0]])).tolist() == [[6, 3], [0, 5]]
    expected = {"w1": [[6, 0], [1.5, 0]], "b1": [3, 0], "w2": [[1, 0], [-1, -2.5]], "b2": [1, 1]}
    assert {name: value.tolist() for name, value in block.grads.items()} == expected
    for array in given:
        array[...] = 7.0  # copies were kept
    assert block.forward(np.array([[1.0, -1.0]])).tolist() == [[0, 2]]


def test_maxout_gives_ties_to_the_first_piece():
    w, b = np.array([[1.0, 2.0]]), np.array([0.5, -1.0])
    block = activations.Maxout(w, b, w, b)
    block.forward(np.array([[2.0], [-3.0]]))
    block.backward(np.ones((2, 2)))
    assert block.grads["b1"].tolist() == [2, 2] and block.grads["b2"].tolist() == [0, 0]
    assert block.grads["w1"].tolist() == [[-1, -1]] and block.grads["w2"].tolist() == [[0, 0]]


def test_maxout_can_be_a_relu():
    x, upstream = np.random.default_rng(5).normal(size=(2, 7, 3))
    pieces = activations.Maxout(np.eye(3), np.zeros(3), np.zeros((3, 3)), np.zeros(3))
    relu = activations.ReLU()
    assert np.allclose(pieces.forward(x), relu.forward(x))
    assert np.allclose(pieces.backward(upstream), relu.backward(upstream))


def test_tanh_from_sigmoid():
    x = np.concatenate([FAR, np.random.default_rng(0).normal(scale=3, size=100)])
    assert np.allclose(activations.tanh_from_sigmoid(x), np.tanh(x), rtol=0, atol=1e-15)


def test_saturation_is_the_share_of_flat_entries():
    x = np.array([[-4.585, -4.584], [4.584, 4.585], [0.0, 1.0]])  # the slope of s is 0.01 at 4.58486
    assert activations.saturation(activations.Sigmoid(), x) == pytest.approx(2 / 6)
    assert activations.saturation(activations.Sigmoid(), x, threshold=0.26) == 1.0
    assert activations.saturation(activations.ReLU(), np.array([-1.0, 0.0, 1.0, 2.0])) == 0.5
    assert activations.saturation(activations.PReLU(-0.005), np.array([-1.0, 1.0])) == 0.5  # |slope|
    assert activations.saturation(activations.Identity(), x, threshold=1.0) == 0.0  # strictly below


def test_dead_units_are_exactly_zero_everywhere():
    outputs = np.array([[0.0, 1.0, 0.0, -0.0], [0.0, -1.0, 1e-300, 0.0]])
    assert activations.dead_units(outputs).tolist() == [True, False, False, True]


def test_collapse_equals_the_stack():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 6, size=rng.integers(2, 6))
        weights = [rng.normal(size=pair) for pair in pairwise(sizes)]
        biases = [rng.normal(size=size) for size in sizes[1:]]
        x = rng.normal(size=(7, sizes[0]))
        w, b = activations.collapse(weights, biases)
        assert not np.shares_memory(w, weights[0]) and not np.shares_memory(b, biases[0])
        expected = x
        for weight, bias in zip(weights, biases, strict=True):
            expected = expected @ weight + bias
        assert np.allclose(x @ w + b, expected)


def test_one_signed_columns():
    rng = np.random.default_rng(6)
    one_sample, positive = rng.normal(size=(1, 7)), rng.uniform(0.1, 1, (1, 5))
    assert activations.one_signed_columns(positive, one_sample).all()  # the zig-zag of lecture note 3
    x, upstream = np.array([[1.0, 2.0, -1.0]]), np.array([[1.0, -1.0]])
    assert activations.one_signed_columns(x, upstream).tolist() == [False, False]
    assert activations.one_signed_columns(x[:, :2], upstream).tolist() == [True, True]
    x = np.array([[1.0, 2.0], [3.0, 1.0]])  # columns [-1, -3], [7, 4], [0, 5]: a zero has no sign
    assert activations.one_signed_columns(x, np.array([[-1.0, 1, 3], [0, 2, -1]])).tolist() == [True, True, False]


def batch(name, rng, n=7, c=5):
    """Scores and targets off the kinks."""
    if name == "mean_squared_error":
        return rng.normal(size=(2, n, c))
    if name == "binary_hinge":
        targets = rng.choice([-1, 1], size=n)
        return off_kinks(2 * rng.normal(size=n)), targets
    return 2 * rng.normal(size=(n, c)), rng.integers(0, c, size=n)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_against_differences(name):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        (scores, targets), loss = batch(name, rng), LOSSES[name]()
        assert isinstance(loss.forward(scores, targets), float)
        gradient = loss.backward()
        assert_slope(lambda s, loss=loss, t=targets: loss.forward(s, t), gradient, scores, rng, h=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_keep_dtype_inputs_and_results_apart(name, dtype):
    scores, targets = batch(name, np.random.default_rng(8))
    scores, loss = scores.astype(dtype), LOSSES[name]()
    before = scores.copy(), targets.copy()
    value, first, second = loss.forward(scores, targets), loss.backward(), loss.backward()
    assert value == pytest.approx(LOSSES[name]().forward(before[0].astype(float), targets), rel=1e-5)
    assert first.dtype == second.dtype == dtype
    assert np.array_equal(first, second) and not np.shares_memory(first, second)
    assert np.array_equal(scores, before[0]) and np.array_equal(targets, before[1])
    first[...] = 9.0  # what a caller does with a result is not seen again
    assert np.array_equal(loss.backward(), second)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_means_over_rows(name):
    scores, targets = batch(name, np.random.default_rng(9))
    loss = LOSSES[name]()
    rows = [loss.forward(scores[i : i + 1], targets[i : i + 1]) for i in range(len(scores))]
    assert loss.forward(scores, targets) == pytest.approx(np.mean(rows), rel=1e-13)


@pytest.mark.parametrize("make", [lambda: losses.MulticlassSVM(0.7), losses.SoftmaxCrossEntropy])
def test_rows_of_the_gradient_sum_to_zero(make):
    loss = make()
    loss.forward(*batch("svm", np.random.default_rng(10)))
    assert np.allclose(loss.backward().sum(axis=1), 0, rtol=0, atol=1e-16)


SVM, CROSS = losses.MulticlassSVM, losses.SoftmaxCrossEntropy


@pytest.mark.parametrize(
    ("loss", "scores", "targets", "value", "gradient"),
    [  # the handout's worked numbers
        (
            losses.MeanSquaredError(),
            [[1.0, 2.0], [0.0, -1.0], [4.0, 0.0]],
            [[0, 2], [0, 1], [1, 1]],
            2.5,
            [[1 / 3, 0], [0, -2 / 3], [1, -1 / 3]],
        ),
        (losses.BinaryHinge(), [2.0, 0.5, -0.5, 3.0], [1, 1, 1, -1], 1.5, [0, -0.25, -0.25, 0.25]),
        (losses.BinaryHinge(), [[0.0]], [1], 1.0, [[-1]]),
        (SVM(10.0), [[13.0, -7.0, 11.0]], [0], 8.0, [[-1, 0, 1]]),
        (SVM(), [[-2.85, 0.86, 0.28]], [2], 1.58, [[0, 1, -1]]),
        (SVM(), [[0.0] * 10], [0], 9.0, [[-9] + [1] * 9]),
        (CROSS(), [[-2.85, 0.86, 0.28]], [2], 1.0401906, [[0.0154493, 0.6311634, -0.6466127]]),
        (CROSS(), [[0.0] * 10], [9], 2.302585, [[0.1] * 9 + [-0.9]]),
        (CROSS(), [[1000.0, -1000.0, 0.0]], [1], 2000.0, [[1, -1, 0]]),
    ],
)
def test_worked_losses(loss, scores, targets, value, gradient):
    assert loss.forward(np.array(scores), np.array(targets)) == pytest.approx(value, abs=5.1e-8, rel=1e-7)
    assert np.allclose(loss.backward(), gradient, rtol=0, atol=5.1e-8)


def test_losses_have_gradient_zero_at_the_kink():
    hinge, svm = losses.BinaryHinge(), losses.MulticlassSVM(2.0)
    assert hinge.forward(np.array([1.0, -1.0]), np.array([1, -1])) == 0.0
    assert hinge.backward().tolist() == [0.0, 0.0]
    assert svm.forward(np.array([[3.0, 1.0, -5.0], [4.0, 2.0, 2.5]]), np.array([0, 0])) == 0.25
    assert svm.backward().tolist() == [[0, 0, 0], [-0.5, 0, 0.5]]


@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((4,), (4, 1)), ((4, 3), (3,)), ((4, 3), (1, 3)), ((3, 4), (4, 3))])
def test_mean_squared_error_refuses_other_shapes(shapes):
    with pytest.raises(ValueError, match="must be equal"):
        losses.MeanSquaredError().forward(*map(np.ones, shapes))


@pytest.mark.parametrize("targets", [np.array([1, -1, 1]), np.array([1.0, -1.0, 1.0])])
def test_binary_hinge_takes_columns_and_rows_alike(targets):
    scores = np.array([0.5, 0.25, 3.0], dtype=np.float32)
    row, column = losses.BinaryHinge(), losses.BinaryHinge()
    assert row.forward(scores, targets) == column.forward(scores[:, np.newaxis], targets) == pytest.approx(1.75 / 3)
    assert np.array_equal(row.backward()[:, np.newaxis], column.backward())
    assert (column.backward().shape, column.backward().dtype) == ((3, 1), np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_and_its_loss_are_stable_and_silent(dtype):
    scores = np.array([[1000.0, 999.0], [-1000.0, -999.0], [-1000.0, 1000.0], [0.0, 95.0]], dtype=dtype)
    loss, labels = losses.SoftmaxCrossEntropy(), np.array([0, 0, 0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = losses.softmax(scores)
        value = loss.forward(scores, labels)
        gradient = loss.backward()
    s = 1 / (1 + np.exp(-1))
    expected = np.array([[s, 1 - s], [1 - s, s], [0, 1], [0, 1]])
    assert p.dtype == gradient.dtype == dtype
    assert np.allclose(p, expected, rtol=1e-6, atol=1e-30)
    assert value == pytest.approx((-np.log(s) - np.log(1 - s) + 2000) / 4, rel=1e-6)
    assert np.allclose(gradient, (expected - np.eye(2)[labels]) / 4, rtol=1e-5, atol=1e-30)


def test_softmax_does_not_see_what_is_added_to_a_row():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        scores, shift = rng.normal(size=(7, 5)), rng.normal(scale=300, size=(7, 1))
        p, before = losses.softmax(scores), scores.copy()
        assert np.allclose(p.sum(axis=1), 1, rtol=1e-14)
        assert np.allclose(losses.softmax(scores + shift), p, rtol=1e-11)
        assert np.array_equal(scores, before)
    assert np.allclose(losses.softmax(np.array([[1.0, 2.0, 3.0]])), [[0.0900, 0.2447, 0.6652]], atol=5.1e-5)
