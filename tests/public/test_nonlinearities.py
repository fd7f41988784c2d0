"""Public tests of assignment 2, nonlinearities. The hidden tests ask the same questions of other inputs, and more.

Run all with `pytest tests/public -m nonlinearities`, one question with
`pytest tests/public -m nonlinearities.relu`.
"""

import math

import numpy as np
import pytest
from public_checks import close, fresh, says_no

# Both signs, sizes that differ, a zero (the kink), and an upstream gradient that is not all ones.
X = np.array([[0.5, -1.5, 0.0], [3.0, 0.25, -0.5]])
UPSTREAM = np.array([[2.0, -3.0, 0.5], [1.25, 4.0, -1.5]])
FAR = np.array([-1000.0, 1000.0])
E = math.exp
LOOK = 'divide it by the expected one, and see "When a number is wrong" in the handout'

# name, arguments, forward(X), the local slopes at X: by hand.
ELEMENTWISE = {
    "identity": ("Identity", {}, X, np.ones((2, 3))),
    "step": ("Step", {}, [[1, 0, 0], [1, 1, 0]], np.zeros((2, 3))),
    "hard_tanh": ("HardTanh", {}, [[0.5, -1, 0], [1, 0.25, -0.5]], [[1, 0, 1], [0, 1, 1]]),
    "relu": ("ReLU", {}, [[0.5, 0, 0], [3, 0.25, 0]], [[1, 0, 0], [1, 1, 0]]),
    "leaky_relu": ("LeakyReLU", {"slope": 0.2}, [[0.5, -0.3, 0], [3, 0.25, -0.1]], [[1, 0.2, 0.2], [1, 1, 0.2]]),
    "elu": (
        "ELU",
        {"alpha": 2.0},
        [[0.5, 2 * E(-1.5) - 2, 0], [3, 0.25, 2 * E(-0.5) - 2]],
        [[1, 2 * E(-1.5), 2], [1, 1, 2 * E(-0.5)]],
    ),
    "prelu": ("PReLU", {"slope": -0.5}, [[0.5, 0.75, 0], [3, 0.25, 0.25]], [[1, -0.5, -0.5], [1, 1, -0.5]]),
}


def runs(question, block, x, upstream, output, slopes, **tolerance):
    """Check forward, then backward twice with different upstream gradients, and that nothing given changed."""
    x_given, upstream_given = x.copy(), upstream.copy()
    found = block.forward(x_given)
    close(question, "the output", found, np.array(output, dtype=x.dtype), **tolerance)
    fresh(question, "the output", found, x_given)
    for factor in (1, -2):  # backward may be called repeatedly
        given = factor * upstream_given
        dx = block.backward(given)
        close(question, "dx", dx, (factor * upstream * np.array(slopes)).astype(x.dtype), hint=LOOK, **tolerance)
        fresh(question, "dx", dx, given, x_given)
    close(question, "x, after your code ran,", x_given, x)
    close(question, "upstream, after your code ran,", upstream_given, upstream)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.question(f"nonlinearities.{name}")) for name in ELEMENTWISE]
)
def test_output_and_gradient(student, name):
    cls, arguments, output, slopes = ELEMENTWISE[name]
    block = getattr(student.activations, cls)(**arguments)
    runs(f"nonlinearities.{name}", block, X, UPSTREAM, output, slopes)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.question(f"nonlinearities.{name}"))
        for name in ("hard_tanh", "relu", "leaky_relu", "elu")
    ],
)
def test_float32_stays_float32(student, name):
    cls, arguments, output, slopes = ELEMENTWISE[name]
    block = getattr(student.activations, cls)(**arguments)
    x, upstream = X.astype(np.float32), UPSTREAM.astype(np.float32)
    runs(f"nonlinearities.{name}", block, x, upstream, output, slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.question("nonlinearities.sigmoid")
def test_sigmoid_at_zero_and_elsewhere(student):
    s = 1 / (1 + math.e)  # at -1
    x, upstream = np.array([[0.0, -1.0], [1.0, 2.0]]), np.array([[2.0, -3.0], [0.5, 1.0]])
    output = np.array([[0.5, s], [1 - s, 1 / (1 + E(-2))]])
    runs("nonlinearities.sigmoid", student.activations.Sigmoid(), x, upstream, output, output * (1 - output))


@pytest.mark.question("nonlinearities.sigmoid")
def test_sigmoid_is_finite_far_out(student):
    block = student.activations.Sigmoid()
    runs("nonlinearities.sigmoid", block, FAR, np.array([1.0, 2.0]), [0.0, 1.0], [0.0, 0.0])


@pytest.mark.question("nonlinearities.tanh")
def test_tanh_at_zero_and_elsewhere(student):
    x, upstream = np.array([[0.0, -0.5, 1.0]]), np.array([[2.0, -3.0, 0.5]])
    output = np.array([[0.0, -math.tanh(0.5), math.tanh(1.0)]])
    runs("nonlinearities.tanh", student.activations.Tanh(), x, upstream, output, 1 - output**2)


@pytest.mark.question("nonlinearities.tanh")
def test_tanh_is_finite_far_out(student):
    block = student.activations.Tanh()
    runs("nonlinearities.tanh", block, FAR, np.array([1.0, 2.0]), [-1.0, 1.0], [0.0, 0.0])


@pytest.mark.question("nonlinearities.hard_tanh")
def test_hard_tanh_at_its_corners(student):
    x, upstream = np.array([-1.0, 1.0, -1.001, 0.999]), np.array([2.0, -3.0, 0.5, 4.0])
    output, slopes = [-1.0, 1.0, -1.0, 0.999], [0, 0, 0, 1]
    runs("nonlinearities.hard_tanh", student.activations.HardTanh(), x, upstream, output, slopes)


@pytest.mark.question("nonlinearities.leaky_relu")
def test_leaky_relu_has_slope_a_hundredth_unless_told(student):
    x, upstream = np.array([-3.0, 2.0]), np.array([5.0, 7.0])
    runs("nonlinearities.leaky_relu", student.activations.LeakyReLU(), x, upstream, [-0.03, 2.0], [0.01, 1.0])


@pytest.mark.question("nonlinearities.elu")
def test_elu_levels_off_at_minus_alpha(student):
    block = student.activations.ELU(1.5)
    runs("nonlinearities.elu", block, FAR, np.array([1.0, 2.0]), [-1.5, 1000.0], [0.0, 1.0])


@pytest.mark.question("nonlinearities.prelu")
def test_prelu_learns_its_slope(student):
    question, block = "nonlinearities.prelu", student.activations.PReLU()
    close(question, 'params["slope"] at first', block.params["slope"], np.array([0.25]))
    block.params["slope"][...] = 0.5
    x, upstream = np.array([[-2.0, 3.0], [4.0, -1.0]]), np.array([[1.5, 7.0], [-2.0, 5.0]])
    runs(question, block, x, upstream, [[-1.0, 3.0], [4.0, -0.5]], [[0.5, 1.0], [1.0, 0.5]])
    block.backward(upstream.copy())
    hint = "the sum of upstream * x over the entries with x ≤ 0, of shape (1,), anew at each backward"
    close(question, 'grads["slope"]', block.grads["slope"], np.array([-8.0]), hint=hint)


W1, B1 = np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]]), np.array([0.0, 1.0, 0.5])
W2, B2 = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, 1.0]]), np.array([1.0, 0.0, 0.5])
ROWS = np.array([[2.0, 1.0], [1.0, 3.0]])


@pytest.mark.question("nonlinearities.maxout")
def test_maxout_takes_the_larger_piece(student):
    # the pieces: [[2, 3, -.5], [1, 7, 2.5]] and [[2, 2, -.5], [4, 1, 2.5]], with ties in three entries
    question, block = "nonlinearities.maxout", student.activations.Maxout(W1, B1, W2, B2)
    close(question, "the output", block.forward(ROWS.copy()), np.array([[2.0, 3.0, -0.5], [4.0, 7.0, 2.5]]))
    for _ in range(2):  # backward may be called repeatedly
        dx = block.backward(UPSTREAM.copy())
        close(question, "dx", dx, np.array([[1.5, -5.5], [1.5, 7.75]]), hint="at a tie, all to the first piece")
    expected = {
        "w1": [[4.0, -2.0, -0.5], [2.0, 9.0, -4.0]],
        "b1": [2.0, 1.0, -1.0],
        "w2": [[1.25, 0.0, 0.0], [3.75, 0.0, 0.0]],
        "b2": [1.25, 0.0, 0.0],
    }
    for name, value in expected.items():
        close(question, f'grads["{name}"]', block.grads[name], np.array(value))


@pytest.mark.question("nonlinearities.maxout")
def test_maxout_keeps_copies_of_its_weights(student):
    question, given = "nonlinearities.maxout", {"w1": W1.copy(), "b1": B1.copy(), "w2": W2.copy(), "b2": B2.copy()}
    block = student.activations.Maxout(**given)
    assert set(block.params) == set(given), f"{question}: params has the keys {sorted(block.params)}"
    for name, value in given.items():
        close(question, f'params["{name}"]', block.params[name], value)
        fresh(question, f'params["{name}"]', block.params[name], value)


@pytest.mark.question("nonlinearities.tanh_from_sigmoid")
def test_tanh_is_a_stretched_sigmoid(student):
    x = np.array([[-1000.0, -0.5, 0.0], [0.25, 2.0, 1000.0]])
    result = student.activations.tanh_from_sigmoid(x.copy())
    close("nonlinearities.tanh_from_sigmoid", "the result", result, np.tanh(x), hint="2 s(2x) - 1")


@pytest.mark.question("nonlinearities.saturation")
@pytest.mark.parametrize(("threshold", "share"), [(0.01, 0.25), (0.11, 0.5), (0.0, 0.0), (0.3, 1.0)])
def test_saturation_counts_small_slopes(student, threshold, share):
    # the sigmoid's slopes: 0.0025, 0.25, 0.105, 0.2, 0.00034, 0.24, 0.197, 0.105
    x = np.array([[6.0, 0.0], [2.0, 0.98], [-8.0, 0.4], [-1.0, -2.0]])
    result = student.activations.saturation(student.activations.Sigmoid(), x, threshold)
    close("nonlinearities.saturation", f"the share below {threshold}", result, share)


@pytest.mark.question("nonlinearities.dead_units")
def test_dead_units_are_zero_for_all_samples(student):
    outputs = np.array([[0.0, 0.0, 1.0, 2.0], [0.0, 3.0, -1.0, 2.0], [0.0, 0.0, 0.0, 2.0]])
    result = student.activations.dead_units(outputs.copy())
    close("nonlinearities.dead_units", "the result", result, np.array([True, False, False, False]))


@pytest.mark.question("nonlinearities.collapse")
def test_three_linear_layers_are_one(student):
    weights = [np.array([[1.0, 2.0]]), np.array([[0.0, 1.0, -1.0], [2.0, 0.0, 1.0]]), np.array([[1.0], [2.0], [4.0]])]
    biases = [np.array([3.0, -1.0]), np.array([0.0, 1.0, 2.0]), np.array([-5.0])]
    w, b = student.activations.collapse([w.copy() for w in weights], [b.copy() for b in biases])
    close("nonlinearities.collapse", "w", w, np.array([[10.0]]))
    close("nonlinearities.collapse", "b", b, np.array([-7.0]), hint="each later layer acts on the earlier biases")


@pytest.mark.question("nonlinearities.collapse")
def test_one_layer_collapses_to_a_copy(student):
    weight, bias = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    w, b = student.activations.collapse([weight], [bias])
    close("nonlinearities.collapse", "w", w, np.array([[1.0, 2.0], [3.0, 4.0]]))
    close("nonlinearities.collapse", "b", b, np.array([5.0, 6.0]))
    fresh("nonlinearities.collapse", "w", w, weight)
    fresh("nonlinearities.collapse", "b", b, bias)


@pytest.mark.question("nonlinearities.one_signed_columns")
def test_positive_inputs_give_gradients_of_one_sign(student):
    upstream = np.array([[-2.0, 3.0, 1.0, -1.0], [-1.0, 1.0, 0.5, 2.0]])
    positive, mixed = np.array([[0.5, 1.0, 2.0], [1.5, 0.1, 3.0]]), np.array([[0.5, -1.0, 2.0], [1.5, 0.1, 3.0]])
    question, columns = "nonlinearities.one_signed_columns", student.activations.one_signed_columns
    close(question, "with positive x", columns(positive, upstream), np.array([True, True, True, False]))
    close(question, "with x of both signs", columns(mixed, upstream), np.array([False, False, False, True]))


def loss_is(question, loss, scores, targets, value, gradient, **tolerance):
    """Check forward, then backward twice, and that nothing given changed."""
    scores_given, targets_given = scores.copy(), targets.copy()
    close(question, "the loss", loss.forward(scores_given, targets_given), value, **tolerance)
    for _ in range(2):  # backward may be called repeatedly
        found = loss.backward()
        close(question, "the gradient", found, np.array(gradient, dtype=scores.dtype), **({"hint": LOOK} | tolerance))
    close(question, "scores, after your code ran,", scores_given, scores)
    close(question, "targets, after your code ran,", targets_given, targets)


@pytest.mark.question("nonlinearities.mean_squared_error")
def test_mean_squared_error_is_a_mean_over_rows(student):
    question, targets = "nonlinearities.mean_squared_error", np.array([[0.0, 1.0, -1.0], [2.0, 0.0, 0.0]])
    scores = np.array([[1.0, 3.0, -1.0], [2.0, 0.0, -4.0]])
    gradient = [[0.5, 1.0, 0.0], [0.0, 0.0, -2.0]]
    loss_is(question, student.losses.MeanSquaredError(), scores, targets, 5.25, gradient)
    scores, targets = np.array([3.0, -1.0, 0.0, 1.0]), np.array([1.0, -1.0, 2.0, 0.0])
    loss_is(question, student.losses.MeanSquaredError(), scores, targets, 1.125, [0.5, 0.0, -0.5, 0.25])


@pytest.mark.question("nonlinearities.mean_squared_error")
def test_mean_squared_error_refuses_shapes_that_differ(student):
    loss = student.losses.MeanSquaredError()
    says_no("nonlinearities.mean_squared_error", "(4, 1) and (4,)", lambda: loss.forward(np.ones((4, 1)), np.ones(4)))


@pytest.mark.question("nonlinearities.binary_hinge")
@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_binary_hinge(student, shape):
    # t s = 0, 2, 1, -3, 0.5: the third is the kink
    scores, targets = np.array([0.0, 2.0, -1.0, 3.0, -0.5]).reshape(shape), np.array([1, 1, -1, -1, -1])
    gradient = np.array([-0.2, 0.0, 0.0, 0.2, 0.2]).reshape(shape)
    loss_is("nonlinearities.binary_hinge", student.losses.BinaryHinge(), scores, targets, 1.1, gradient)


@pytest.mark.question("nonlinearities.multiclass_svm")
@pytest.mark.parametrize(
    ("margin", "scores", "label", "value"),
    [(10.0, [13.0, -7.0, 11.0], 0, 8.0), (1.0, [-2.85, 0.86, 0.28], 2, 1.58), (1.0, [0.0] * 10, 3, 9.0)],
)
def test_multiclass_svm_of_one_row(student, margin, scores, label, value):
    question, loss = "nonlinearities.multiclass_svm", student.losses.MulticlassSVM(margin)
    close(question, "the loss", loss.forward(np.array([scores]), np.array([label])), value)


@pytest.mark.question("nonlinearities.multiclass_svm")
def test_multiclass_svm_gradient(student):
    # terms: 0.5 and 2.25 in the first row; 0 (the kink) and none in the second
    scores, labels = np.array([[1.0, 0.5, 2.25], [3.0, 4.0, -2.0]]), np.array([0, 1])
    gradient = [[-1.0, 0.5, 0.5], [0.0, 0.0, 0.0]]
    hint = "each term above 0 sends 1/N to its class and -1/N to the right class"
    loss = student.losses.MulticlassSVM()
    loss_is("nonlinearities.multiclass_svm", loss, scores, labels, 1.375, gradient, hint=hint)


@pytest.mark.question("nonlinearities.softmax")
def test_softmax_of_rows(student):
    question, scores = "nonlinearities.softmax", np.array([[1.0, 2.0, 3.0], [0.0, 0.0, math.log(2)]])
    total = 1 + E(-1) + E(-2)
    expected = np.array([[E(-2) / total, E(-1) / total, 1 / total], [0.25, 0.25, 0.5]])
    close(question, "the result", student.losses.softmax(scores), expected)
    close(question, "scores, after your code ran,", scores[0], np.array([1.0, 2.0, 3.0]))


@pytest.mark.question("nonlinearities.softmax")
def test_softmax_does_not_see_what_is_added_to_a_row(student):
    scores = np.array([[1001.0, 1002.0, 1003.0], [-999.0, -998.0, -997.0], [-1000.0, 1000.0, 0.0]])
    total = 1 + E(-1) + E(-2)
    row = [E(-2) / total, E(-1) / total, 1 / total]
    hint = "subtract each row's maximum"
    close("nonlinearities.softmax", "the result", student.losses.softmax(scores), [row, row, [0, 1, 0]], hint=hint)


@pytest.mark.question("nonlinearities.softmax_cross_entropy")
def test_softmax_cross_entropy_of_zero_scores_is_log_c(student):
    # natural logarithms of 4; with C = 10 it is 2.302585
    scores, labels = np.zeros((2, 4)), np.array([3, 0])
    gradient = [[0.125, 0.125, 0.125, -0.375], [-0.375, 0.125, 0.125, 0.125]]
    loss = student.losses.SoftmaxCrossEntropy()
    loss_is("nonlinearities.softmax_cross_entropy", loss, scores, labels, math.log(4), gradient)


@pytest.mark.question("nonlinearities.softmax_cross_entropy")
def test_softmax_cross_entropy_of_the_worked_row(student):
    question, loss = "nonlinearities.softmax_cross_entropy", student.losses.SoftmaxCrossEntropy()
    value = loss.forward(np.array([[-2.85, 0.86, 0.28]]), np.array([2]))
    close(question, "the loss", value, 1.0402, atol=5e-5)


@pytest.mark.question("nonlinearities.softmax_cross_entropy")
def test_softmax_cross_entropy_far_out(student):
    scores, labels = np.array([[1000.0, -1000.0], [1000.0, -1000.0]]), np.array([0, 1])
    gradient, hint = [[0.0, 0.0], [0.5, -0.5]], "log softmax(s)[y] = (s[y] - max s) - log Σ exp(s - max s)"
    loss = student.losses.SoftmaxCrossEntropy()
    loss_is("nonlinearities.softmax_cross_entropy", loss, scores, labels, 1000.0, gradient, hint=hint)
