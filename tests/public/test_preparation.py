"""Public tests of assignment 3, preparation. The hidden tests ask the same questions of other inputs, and more.

Run all with `pytest tests/public -m preparation`, one question with `pytest tests/public -m preparation.whiten`.

Which random numbers you draw is free. So the tests of random results look at mean, variance and range, with
limits that a right answer misses less than once in a thousand million runs.
"""

import math

import numpy as np
import pytest
from public_checks import close, fresh, say

# Five samples of three features on very different scales. Column means 3, 20, -1.
DATA = np.array([[1.0, 10.0, -1.5], [2.0, 30.0, -1.0], [3.0, 20.0, -0.5], [4.0, 15.0, -1.25], [5.0, 25.0, -0.75]])
NEW = np.array([[6.0, 0.0, 2.0], [-1.0, 40.0, -1.0]])  # samples that `fit` has not seen

# Two features along the directions (3, 4) / 5 and (-4, 3) / 5, with variances 12.5 and 2, and mean (10, -20).
AXES = np.array([[0.6, -0.8], [0.8, 0.6]])
CLOUD = np.array([[5.0, 0.0], [-5.0, 0.0], [0.0, 2.0], [0.0, -2.0]]) @ AXES.T + np.array([10.0, -20.0])
COORDINATES = np.array([[5.0, 0.0], [-5.0, 0.0], [0.0, 2.0], [0.0, -2.0]])  # up to sign

PARAMS = {
    "0.w": np.array([[1.5, 0.0, -2.0], [0.0, -0.5, 3.0]]),
    "0.b": np.array([4.0, 0.0, -6.0]),
    "1.slope": np.array([0.25]),
    "block.w": np.array([2.5, 0.0]),
}


def copies(params):
    """Return a dict with copies of the arrays."""
    return {name: value.copy() for name, value in params.items()}


def rng(seed=7):
    """Return a fresh generator."""
    return np.random.default_rng(seed)


def sample(question, w, shape):
    """Assert that w is a finite float64 array of `shape`, and return it."""
    assert isinstance(w, np.ndarray), say(question, f"the result is of type {type(w).__name__}, expected an array")
    assert w.shape == shape, say(question, f"the result has shape {w.shape}, expected {shape}")
    assert w.dtype == np.float64, say(question, f"the result has dtype {w.dtype}, expected float64")
    assert np.all(np.isfinite(w)), say(question, "the result has entries that are inf or nan")
    return w


def spread(question, w, shape, variance):
    """Assert that the entries of w, 30 000 of them, have mean 0 and about this variance.

    The mean may be 0.05 standard deviations off, the variance 6 %: 8 and 7 times what chance does.
    """
    sample(question, w, shape)
    mean, std = np.mean(w), math.sqrt(variance)
    assert abs(mean) <= 0.05 * std, say(question, f"the mean is {mean:.4f}, expected about 0", "spread around 0")
    ratio = np.var(w) / variance
    problem = f"the variance is {ratio:.3f} times the right one, which is {variance:.6f}"
    assert abs(ratio - 1) <= 0.06, say(question, problem, "std is the root of the variance")


def bounded(question, w, bound):
    """Assert that the entries of w reach up to the bound, on both sides, and not beyond."""
    low, high = np.min(w), np.max(w)
    assert -bound <= low and high <= bound, say(question, f"entries from {low:.4f} to {high:.4f} leave ±{bound:.4f}")
    problem = f"entries from {low:.4f} to {high:.4f} do not reach ±{bound:.4f}"
    assert low < -0.99 * bound and high > 0.99 * bound, say(question, problem)


def normal(question, w, std):
    """Assert that the entries of w are not cut off: about 1.2 % of normal numbers are beyond 2.5 std."""
    share = np.mean(np.abs(w) > 2.5 * std)
    problem = f"{share:.2%} of the entries are beyond 2.5 std, expected about 1.24 %"
    assert 0.007 < share < 0.019, say(question, problem, "normal numbers, not truncated")


def repeats(question, make):
    """Assert that equal seeds give equal results, other seeds others, and that the global state stays."""
    before = repr(np.random.get_state())
    first, second, other = make(rng(1)), make(rng(1)), make(rng(2))
    hint = "draw from `rng` and from nothing else"
    assert np.array_equal(first, second), say(question, "two generators with one seed give two results", hint)
    assert not np.array_equal(first, other), say(question, "the result does not depend on `rng`", hint)
    assert repr(np.random.get_state()) == before, say(question, "np.random's global state changed", hint)


def up_to_sign(question, name, actual, expected, hint=""):
    """Assert that each column of `actual` is that of `expected` or its negative."""
    expected = np.asarray(expected)
    if isinstance(actual, np.ndarray) and actual.shape == expected.shape:
        flip = np.sign(np.sum(actual * expected, axis=0))
        expected = expected * np.where(flip < 0, -1.0, 1.0)
    close(question, name, actual, expected, hint, rtol=1e-6)


@pytest.mark.question("preparation.zeros")
@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 4)])
def test_zeros(student, shape):
    close("preparation.zeros", f"zeros({shape})", student.initializers.zeros(shape), np.zeros(shape))


@pytest.mark.question("preparation.small_normal")
@pytest.mark.parametrize("std", [0.01, 2.5])
def test_small_normal_has_its_spread(student, std):
    w = student.initializers.small_normal((300, 100), rng(), std=std)
    spread("preparation.small_normal", w, (300, 100), std**2)
    normal("preparation.small_normal", w, std)


@pytest.mark.question("preparation.small_normal")
def test_small_normal_is_small_and_of_any_shape(student):
    w = student.initializers.small_normal((30, 50, 20), rng())
    spread("preparation.small_normal", w, (30, 50, 20), 0.01**2)
    repeats("preparation.small_normal", lambda g: student.initializers.small_normal((4, 3), g))


@pytest.mark.question("preparation.uniform")
@pytest.mark.parametrize("bound", [0.05, 3.0])
def test_uniform_fills_its_range(student, bound):
    w = student.initializers.uniform((300, 100), rng(), bound)
    spread("preparation.uniform", w, (300, 100), bound**2 / 3)
    bounded("preparation.uniform", w, bound)


@pytest.mark.question("preparation.uniform")
def test_uniform_draws_from_rng(student):
    repeats("preparation.uniform", lambda g: student.initializers.uniform((4, 3), g, 0.5))


@pytest.mark.question("preparation.xavier_normal")
def test_xavier_normal(student):
    w = student.initializers.xavier_normal(300, 100, rng())
    spread("preparation.xavier_normal", w, (300, 100), 2 / 400)
    normal("preparation.xavier_normal", w, math.sqrt(2 / 400))
    repeats("preparation.xavier_normal", lambda g: student.initializers.xavier_normal(4, 3, g))


@pytest.mark.question("preparation.xavier_uniform")
def test_xavier_uniform(student):
    w = student.initializers.xavier_uniform(300, 100, rng())
    spread("preparation.xavier_uniform", w, (300, 100), 2 / 400)
    bounded("preparation.xavier_uniform", w, math.sqrt(6 / 400))
    repeats("preparation.xavier_uniform", lambda g: student.initializers.xavier_uniform(4, 3, g))


@pytest.mark.question("preparation.he_normal")
def test_he_normal(student):
    w = student.initializers.he_normal(300, 100, rng())
    spread("preparation.he_normal", w, (300, 100), 2 / 300)
    normal("preparation.he_normal", w, math.sqrt(2 / 300))
    repeats("preparation.he_normal", lambda g: student.initializers.he_normal(4, 3, g))


@pytest.mark.question("preparation.he_uniform")
def test_he_uniform(student):
    w = student.initializers.he_uniform(300, 100, rng())
    spread("preparation.he_uniform", w, (300, 100), 2 / 300)
    bounded("preparation.he_uniform", w, math.sqrt(6 / 300))
    repeats("preparation.he_uniform", lambda g: student.initializers.he_uniform(4, 3, g))


@pytest.mark.question("preparation.activation_stds")
def test_activation_stds_of_known_weights(student):
    def doubling(fan_in, fan_out, rng):
        return 2.0 * np.eye(fan_in, fan_out)

    x = np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]])
    identity, relu = student.activations.Identity, student.activations.ReLU
    question = "preparation.activation_stds"
    stds = student.initializers.activation_stds(doubling, [3, 3, 3], identity, x.copy(), rng())
    assert isinstance(stds, (list, tuple)), say(question, f"the result is of type {type(stds).__name__}")
    assert len(stds) == 2, say(question, f"{len(stds)} numbers, expected one for each of the 2 layers")
    close(question, "the spread after layer 1", stds[0], 2 * np.std(x))
    close(question, "the spread after layer 2", stds[1], 4 * np.std(x), "its input is layer 1's output")
    stds = student.initializers.activation_stds(doubling, [3, 3], relu, x.copy(), rng())
    close(question, "the spread after ReLU", stds[0], np.std([2, 0, 6, 0, 10, 0]), "measure after the activation")


@pytest.mark.question("preparation.activation_stds")
def test_activation_stds_asks_for_the_right_sizes(student):
    calls = []

    def listing(fan_in, fan_out, rng):
        calls.append((fan_in, fan_out))
        return rng.normal(size=(fan_in, fan_out))

    student.initializers.activation_stds(listing, [3, 5, 2, 7], student.activations.Tanh, DATA.copy(), rng())
    problem = f"the initializer was called with {calls}, expected (3, 5), (5, 2), (2, 7)"
    assert calls == [(3, 5), (5, 2), (2, 7)], say("preparation.activation_stds", problem)


@pytest.mark.question("preparation.distinct_columns")
@pytest.mark.parametrize(
    ("w", "expected"),
    [
        ([[0.5, 0.5, 0.5], [1.0, 1.0, 1.0]], 1),
        ([[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 5.0]], 3),
        ([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]], 2),
        ([[1.0, 1.0 + 1e-12]], 2),
    ],
)
def test_distinct_columns(student, w, expected):
    found = student.initializers.distinct_columns(np.array(w))
    problem = f"{found} for the columns of {w}, expected {expected}"
    assert found == expected, say("preparation.distinct_columns", problem)


@pytest.mark.question("preparation.mean_center")
def test_mean_center(student):
    question, x, block = "preparation.mean_center", DATA.copy(), student.preprocessing.MeanCenter()
    assert block.fit(x) is block, say(question, "fit does not return self")
    centered = block.transform(x)
    close(question, "the centred data", centered, DATA - [3.0, 20.0, -1.0])
    assert np.array_equal(x, DATA), say(question, "fit or transform changed its argument", "no -= on x")
    fresh(question, "the centred data", centered, x)


@pytest.mark.question("preparation.mean_center")
def test_mean_center_of_new_data(student):
    block = student.preprocessing.MeanCenter().fit(DATA.copy())
    hint = "transform uses the means of fit"
    close("preparation.mean_center", "new data", block.transform(NEW.copy()), NEW - [3.0, 20.0, -1.0], hint)


@pytest.mark.question("preparation.standardize")
def test_standardize(student):
    question, block = "preparation.standardize", student.preprocessing.Standardize()
    assert block.fit(DATA.copy()) is block, say(question, "fit does not return self")
    std = np.sqrt([2.0, 50.0, 0.125])  # for example (4 + 1 + 0 + 1 + 4) / 5
    expected = (DATA - [3.0, 20.0, -1.0]) / std
    close(question, "the data", block.transform(DATA.copy()), expected, "the variance divides by N")
    expected = (NEW - [3.0, 20.0, -1.0]) / std
    close(question, "new data", block.transform(NEW.copy()), expected, "transform uses what fit saw")


@pytest.mark.question("preparation.standardize")
def test_standardize_of_constant_columns(student):
    x = np.array([[7.0, 1.0, 0.1], [7.0, 3.0, 0.1], [7.0, 5.0, 0.1]])
    result = student.preprocessing.Standardize().fit(x.copy()).transform(x.copy())
    r = math.sqrt(1.5)
    hint = "a constant column becomes 0; the std of 0.1, 0.1, 0.1 is not exactly 0"
    expected = np.array([[0.0, -r, 0.0], [0.0, 0.0, 0.0], [0.0, r, 0.0]])
    close("preparation.standardize", "the data", result, expected, hint)


@pytest.mark.question("preparation.min_max_scale")
def test_min_max_scale(student):
    question, block = "preparation.min_max_scale", student.preprocessing.MinMaxScale()
    assert block.fit(DATA.copy()) is block, say(question, "fit does not return self")
    low, high = np.array([1.0, 10.0, -1.5]), np.array([5.0, 30.0, -0.5])
    expected = 2 * (DATA - low) / (high - low) - 1
    close(question, "the data", block.transform(DATA.copy()), expected, "from -1 to 1")
    expected = np.array([[1.5, -2.0, 6.0], [-2.0, 2.0, 0.0]])
    close(question, "new data", block.transform(NEW.copy()), expected, "new data may land beyond ±1")


@pytest.mark.question("preparation.min_max_scale")
def test_min_max_scale_of_a_constant_column(student):
    x = np.array([[7.0, 1.0], [7.0, 3.0], [7.0, 5.0]])
    result = student.preprocessing.MinMaxScale().fit(x.copy()).transform(x.copy())
    expected = np.array([[0.0, -1.0], [0.0, 0.0], [0.0, 1.0]])
    close("preparation.min_max_scale", "the data", result, expected, "a constant column becomes 0")


@pytest.mark.question("preparation.pca")
def test_pca_finds_the_long_direction(student):
    question, block = "preparation.pca", student.preprocessing.PCA(1)
    assert block.fit(CLOUD.copy()) is block, say(question, "fit does not return self")
    hint = "the direction of largest variance is (3, 4) / 5 or its negative"
    up_to_sign(question, "the first coordinate", block.transform(CLOUD.copy()), COORDINATES[:, :1], hint)


@pytest.mark.question("preparation.pca")
def test_pca_puts_the_largest_variance_first(student):
    result = student.preprocessing.PCA(2).fit(CLOUD.copy()).transform(CLOUD.copy())
    hint = "eigh gives the smallest eigenvalue first"
    up_to_sign("preparation.pca", "the data along the axes", result, COORDINATES, hint)


@pytest.mark.question("preparation.pca")
def test_pca_of_new_data(student):
    block = student.preprocessing.PCA(2).fit(CLOUD.copy())
    old_and_new = np.vstack([CLOUD, [[13.0, -16.0], [6.0, -17.0]]])
    expected = np.vstack([COORDINATES, [[5.0, 0.0], [0.0, 5.0]]])
    hint = "transform subtracts the mean that fit saw, and uses its axes"
    up_to_sign("preparation.pca", "old and new data", block.transform(old_and_new), expected, hint)


@pytest.mark.question("preparation.whiten")
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_whiten(student, eps):
    question, block = "preparation.whiten", student.preprocessing.Whiten(eps=eps)
    assert block.fit(CLOUD.copy()) is block, say(question, "fit does not return self")
    expected = COORDINATES / np.sqrt(np.array([12.5, 2.0]) + eps)
    hint = "divide by sqrt(λ + eps), where λ is the variance with divisor N"
    up_to_sign(question, "the data", block.transform(CLOUD.copy()), expected, hint)


@pytest.mark.question("preparation.whiten")
def test_whiten_of_new_data(student):
    block = student.preprocessing.Whiten(eps=0.0).fit(CLOUD.copy())
    result = block.transform(np.array([[13.0, -16.0], [6.0, -17.0], [10.0, -20.0]]))
    expected = np.array([[5.0, 0.0], [0.0, 5.0], [0.0, 0.0]]) / np.sqrt([12.5, 2.0])
    up_to_sign("preparation.whiten", "new data", result, expected, "mean, axes and variances are those of fit")


def check_penalty(student, name, strength, penalty, gradient):
    """Check penalty and gradient of `name` on PARAMS. gradient: dict without the biases."""
    question, params = f"preparation.{name.lower()}", copies(PARAMS)
    block = getattr(student.regularizers, name)(strength)
    close(question, "the penalty", block.penalty(params), penalty, "biases do not count, `slope` does")
    result = block.gradient(params)
    assert isinstance(result, dict), say(question, f"the gradient is of type {type(result).__name__}, expected a dict")
    problem = f"the gradient has the names {sorted(result)}, expected {sorted(PARAMS)}"
    assert set(result) == set(PARAMS), say(question, problem)
    for key, value in {"0.b": np.zeros(3), **gradient}.items():
        close(question, f"the gradient of {key}", result[key], value)
        fresh(question, f"the gradient of {key}", result[key], *params.values())
    same = all(np.array_equal(params[key], PARAMS[key]) for key in PARAMS)
    assert same, say(question, "the parameters changed")


@pytest.mark.question("preparation.l0")
def test_l0(student):
    zeros = {name: np.zeros_like(value) for name, value in PARAMS.items()}
    check_penalty(student, "L0", 0.5, 0.5 * 6, zeros)


@pytest.mark.question("preparation.l1")
def test_l1(student):
    gradient = {
        "0.w": 0.5 * np.array([[1.0, 0.0, -1.0], [0.0, -1.0, 1.0]]),
        "1.slope": np.array([0.5]),
        "block.w": np.array([0.5, 0.0]),
    }
    check_penalty(student, "L1", 0.5, 0.5 * 9.75, gradient)


@pytest.mark.question("preparation.l2")
def test_l2(student):
    gradient = {name: 2 * 0.3 * value for name, value in PARAMS.items() if name != "0.b"}
    check_penalty(student, "L2", 0.3, 0.3 * 21.8125, gradient)


@pytest.mark.question("preparation.dropout")
@pytest.mark.parametrize("p", [0.2, 0.75])
def test_dropout_drops_and_scales(student, p):
    question, x = "preparation.dropout", np.full((100, 200), 3.0)
    output = sample(question, student.regularizers.Dropout(p, rng()).forward(x.copy()), x.shape)
    dropped = np.mean(output == 0)
    problem = f"{dropped:.1%} of the entries are dropped, expected about {p:.0%}"
    assert abs(dropped - p) < 0.025, say(question, problem, "p is the chance to drop")
    survivors = output[output != 0]
    close(question, "the value of what survives", survivors, np.full(survivors.shape, 3 / (1 - p)), "divide by 1 - p")


@pytest.mark.question("preparation.dropout")
def test_dropout_sends_the_gradient_the_same_way(student):
    question, x = "preparation.dropout", np.linspace(1.0, 2.0, 24).reshape(4, 6)
    upstream = -np.arange(1.0, 25.0).reshape(4, 6)
    block = student.regularizers.Dropout(0.6, rng())  # what survives is multiplied by 2.5
    output = block.forward(x.copy())
    for _ in range(2):  # backward draws nothing
        dx = block.backward(upstream.copy())
        close(question, "dx", dx, upstream * output / x, "the same entries, the same factor as in forward")


@pytest.mark.question("preparation.dropout")
def test_dropout_does_nothing_in_evaluation(student):
    question, x, above = "preparation.dropout", DATA.copy(), np.array(DATA[::-1])
    block = student.regularizers.Dropout(0.5, rng())
    block.eval()
    output = block.forward(x)
    close(question, "the output in evaluation", output, DATA, "no dropping, no factor")
    fresh(question, "the output in evaluation", output, x)
    close(question, "dx in evaluation", block.backward(above), DATA[::-1])
    block.train()
    output = block.forward(np.ones((100, 100)))
    assert np.any(output == 0), say(question, "nothing is dropped after train()")


@pytest.mark.question("preparation.dropout")
def test_dropout_keeps_float32(student):
    question, x = "preparation.dropout", np.linspace(1.0, 2.0, 24, dtype=np.float32).reshape(4, 6)
    block = student.regularizers.Dropout(0.6, rng())
    for switch, mode in ((block.train, "training"), (block.eval, "evaluation")):
        switch()
        for name, result in (("output", block.forward(x.copy())), ("dx", block.backward(x.copy()))):
            dtype = np.asarray(result).dtype
            problem = f"for float32 the {name} in {mode} has dtype {dtype}, expected float32"
            assert dtype == np.float32, say(question, problem, "give the factors the dtype of x")


@pytest.mark.question("preparation.early_stopping")
@pytest.mark.parametrize(
    ("patience", "min_delta", "losses", "answers"),
    [
        (2, 0.0, [3.0, 2.0, 2.0, 2.0], "FFFT"),
        (1, 0.0, [3.0, 2.0, 2.5], "FFT"),
        (2, 0.0, [5.0, 6.0, 4.0, 6.0, 3.0, 7.0, 7.0], "FFFFFFT"),
        (2, 0.5, [3.0, 2.75, 2.25, 2.0, 1.9], "FFFFT"),
        (3, 0.0, [1.0, math.nan, math.nan, math.nan], "FFFT"),
    ],
)
def test_early_stopping_says_when(student, patience, min_delta, losses, answers):
    stopping = student.regularizers.EarlyStopping(patience, min_delta)
    found = "".join("T" if stopping.update(loss, {"w": np.ones(2)}) else "F" for loss in losses)
    problem = f"losses {losses} with patience {patience}, min_delta {min_delta} give {found}, expected {answers}"
    assert found == answers, say("preparation.early_stopping", problem)


@pytest.mark.question("preparation.early_stopping")
def test_early_stopping_keeps_copies_of_the_best(student):
    question, stopping = "preparation.early_stopping", student.regularizers.EarlyStopping(5)
    w = np.array([1.0, 2.0])
    for loss in (3.0, 1.0, 2.0):
        w += 10.0
        stopping.update(loss, {"w": w})
    close(question, "best_loss", stopping.best_loss, 1.0)
    best = stopping.best_params
    assert isinstance(best, dict), say(question, f"best_params is of type {type(best).__name__}, expected a dict")
    assert set(best) == {"w"}, say(question, f"best_params has the names {sorted(best)}, expected ['w']")
    hint = "copy the arrays: training goes on and changes them in place"
    close(question, "the best w", best["w"], np.array([21.0, 22.0]), hint)


@pytest.mark.question("preparation.magnitude_prune")
@pytest.mark.parametrize(
    ("fraction", "kept"),
    [
        (0.0, [[True, True, True], [True, True, True]]),
        (0.5, [[True, False, True], [False, True, False]]),
        (0.3, [[True, False, True], [False, True, True]]),
        (1.0, [[False, False, False], [False, False, False]]),
    ],
)
def test_magnitude_prune(student, fraction, kept):
    w = np.array([[-5.0, 0.1, 2.0], [-0.5, 3.0, 1.0]])
    mask = student.regularizers.magnitude_prune(w.copy(), fraction)
    close("preparation.magnitude_prune", f"the mask for {fraction}", mask, np.array(kept), "True is kept")


@pytest.mark.question("preparation.magnitude_prune")
def test_magnitude_prune_takes_exactly_so_many_of_equals(student):
    question, w = "preparation.magnitude_prune", np.array([1.0, -1.0, 1.0, 2.0, -1.0, 0.5, 1.0])
    mask = student.regularizers.magnitude_prune(w.copy(), 0.4)  # round(2.8) = 3 of 7
    assert isinstance(mask, np.ndarray), say(question, f"the mask is of type {type(mask).__name__}, expected an array")
    assert mask.shape == (7,) and mask.dtype == bool, say(question, "the mask is no bool array of w's shape")
    gone = np.count_nonzero(~mask)
    assert gone == 3, say(question, f"{gone} of 7 are pruned, expected round(0.4 · 7) = 3", "count, no threshold")
    assert mask[3] and not mask[5], say(question, "the largest is pruned, or the smallest is kept")
