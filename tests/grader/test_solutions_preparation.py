"""The reference solutions of preparation: moments and differences over many seeds, worked numbers, general rules."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solutions import activations, initializers, preprocessing, regularizers

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(20)

# name → (how to call it for a (300, 100) array, variance, fourth moment over squared variance)
NORMAL, UNIFORM = 3.0, 1.8
RANDOM = {
    "small_normal": (lambda rng: initializers.small_normal((300, 100), rng), 1e-4, NORMAL),
    "wide_normal": (lambda rng: initializers.small_normal((300, 100), rng, std=3.0), 9.0, NORMAL),
    "uniform": (lambda rng: initializers.uniform((300, 100), rng, 0.6), 0.12, UNIFORM),
    "xavier_normal": (lambda rng: initializers.xavier_normal(300, 100, rng), 0.005, NORMAL),
    "xavier_uniform": (lambda rng: initializers.xavier_uniform(300, 100, rng), 0.005, UNIFORM),
    "he_normal": (lambda rng: initializers.he_normal(300, 100, rng), 1 / 150, NORMAL),
    "he_uniform": (lambda rng: initializers.he_uniform(300, 100, rng), 1 / 150, UNIFORM),
}


def generator(seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", RANDOM)
def test_initializers_have_their_moments(name):
    make, variance, kurtosis = RANDOM[name]
    for seed in SEEDS:  # limits of 6 standard errors, for the fourth moment 7
        w = make(generator(seed))
        assert (w.shape, w.dtype, w.flags.owndata) == ((300, 100), np.float64, True)
        assert abs(w.mean()) < 6 * math.sqrt(variance / w.size)
        assert abs(np.mean(w**2) / variance - 1) < 6 * math.sqrt((kurtosis - 1) / w.size)
        assert abs(np.mean(w**4) / variance**2 - kurtosis) < 0.4
        if kurtosis == UNIFORM:
            assert np.max(np.abs(w)) <= math.sqrt(3 * variance)


@pytest.mark.parametrize("name", RANDOM)
def test_initializers_draw_from_rng_alone(name):
    make, _, _ = RANDOM[name]
    before = repr(np.random.get_state())
    rng = generator(1)
    first, second = make(rng), make(rng)
    assert np.array_equal(first, make(generator(1))) and not np.array_equal(first, second)
    assert repr(np.random.get_state()) == before


@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 4)])
def test_plain_initializers_take_any_shape(shape):
    assert np.array_equal(initializers.zeros(shape), np.zeros(shape))
    assert initializers.zeros(shape).dtype == np.float64
    assert initializers.small_normal(shape, generator(0)).shape == shape
    assert initializers.uniform(shape, generator(0), 1.0).shape == shape


@pytest.mark.parametrize("activation", [activations.Identity, activations.ReLU, activations.Tanh])
def test_activation_stds_against_a_loop(activation):
    sizes = [5, 7, 2, 11]
    x = generator(3).normal(size=(13, 5))
    before = x.copy()
    stds = initializers.activation_stds(initializers.he_normal, sizes, activation, x, generator(4))
    rng, h, expected = generator(4), before, []
    for fan_in, fan_out in pairwise(sizes):
        h = activation().forward(h @ initializers.he_normal(fan_in, fan_out, rng))
        expected.append(np.sqrt(np.mean((h - np.mean(h)) ** 2)))
    assert np.allclose(stds, expected, rtol=1e-12)
    assert all(isinstance(std, float) for std in stds)
    assert np.array_equal(x, before)


def test_the_handout_s_table_of_ten_layers():
    x = generator(0).normal(size=(400, 300))

    def run(initializer, activation):
        return initializers.activation_stds(initializer, [300] * 11, activation, x, generator(1))

    small = run(lambda i, o, rng: initializers.small_normal((i, o), rng), activations.Tanh)
    wide = run(lambda i, o, rng: initializers.small_normal((i, o), rng, 1.0), activations.Tanh)
    xavier = run(initializers.xavier_normal, activations.Tanh)
    he, lost = run(initializers.he_normal, activations.ReLU), run(initializers.xavier_normal, activations.ReLU)
    assert run(lambda i, o, rng: initializers.zeros((i, o)), activations.Tanh) == [0.0] * 10
    assert small[-1] < 1e-6 and min(wide) > 0.95 and 0.15 < xavier[-1] < 0.4
    assert 0.4 < he[-1] < 1.6 and lost[-1] < 0.1


def test_symmetry_stays_for_ever_and_random_numbers_break_it():
    x, y = generator(0).normal(size=(20, 3)), generator(1).normal(size=(20, 1))

    def train(w1, w2):
        for _ in range(30):
            h = np.tanh(x @ w1)
            delta = (h @ w2 - y) / len(x)
            w1, w2 = w1 - 0.3 * x.T @ (delta @ w2.T * (1 - h**2)), w2 - 0.3 * h.T @ delta
        return np.round(w1, 12)  # a matrix product may round equal columns differently in the last bit

    assert initializers.distinct_columns(train(np.full((3, 5), 0.3), np.full((5, 1), 0.2))) == 1
    assert not np.any(train(initializers.zeros((3, 5)), initializers.zeros((5, 1))))
    random = initializers.xavier_normal(3, 5, generator(2))
    assert initializers.distinct_columns(train(random, np.full((5, 1), 0.2))) == 5


@given(st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 1)), min_size=1, max_size=8))
def test_distinct_columns_against_a_set(columns):
    w = np.array(columns, dtype=float).T
    w[w == 0] *= -1.0  # -0.0 == 0.0
    found = initializers.distinct_columns(w)
    assert (found, type(found)) == (len(set(columns)), int)


# Preprocessing

MAKERS = {
    "MeanCenter": preprocessing.MeanCenter,
    "Standardize": preprocessing.Standardize,
    "MinMaxScale": preprocessing.MinMaxScale,
    "PCA": lambda: preprocessing.PCA(2),
    "Whiten": preprocessing.Whiten,
}


def cloud(seed, n=23):
    """Return (n, 3) data with correlated columns, a mean far from 0 and variances well apart."""
    rng = generator(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return rng.normal(size=(n, 3)) * [5.0, 1.0, 0.2] @ turn.T + rng.normal(size=3) * 10


@pytest.mark.parametrize("name", MAKERS)
def test_preprocessing_is_pure_and_learns_in_fit_only(name):
    x, new = cloud(0), cloud(1, n=7) + 3.0
    before = x.copy(), new.copy()
    block = MAKERS[name]()
    assert block.fit(x) is block
    first = block.transform(x)
    rows = [block.transform(row[None, :]) for row in new]
    together = block.transform(new)
    assert np.allclose(together, np.vstack(rows), rtol=1e-10)  # a row's result does not depend on the others
    assert np.array_equal(first, block.transform(x))
    assert not any(np.shares_memory(first, other) for other in (x, together))
    assert np.array_equal(x, before[0]) and np.array_equal(new, before[1])
    assert np.array_equal(MAKERS[name]().fit(new).fit(x).transform(x), first)


def test_training_data_get_the_statistics_that_the_handout_names():
    for seed in SEEDS:
        x = cloud(seed)
        assert np.allclose(preprocessing.MeanCenter().fit(x).transform(x).mean(axis=0), 0, atol=1e-12)
        standard = preprocessing.Standardize().fit(x).transform(x)
        assert np.allclose(standard.mean(axis=0), 0, atol=1e-12) and np.allclose((standard**2).mean(axis=0), 1)
        scaled = preprocessing.MinMaxScale().fit(x).transform(x)
        assert np.allclose(scaled.min(axis=0), -1) and np.allclose(scaled.max(axis=0), 1)


def test_pca_and_whiten_against_singular_values():
    for seed in SEEDS:
        x, new = cloud(seed), cloud(seed + 100)
        centered = x - x.mean(axis=0)
        _, singular, axes = np.linalg.svd(centered, full_matrices=False)
        variances = singular**2 / len(x)
        expected = (new - x.mean(axis=0)) @ axes.T
        for k in (1, 2, 3):
            found = preprocessing.PCA(k).fit(x).transform(new)
            assert found.shape == (len(new), k)
            assert np.allclose(np.abs(found), np.abs(expected[:, :k]), rtol=1e-8, atol=1e-8)
        for eps in (1e-5, 0.3):
            block = preprocessing.Whiten(eps).fit(x)
            covariance = block.transform(x).T @ block.transform(x) / len(x)
            assert np.allclose(covariance, np.diag(variances / (variances + eps)), atol=1e-8)
            found = np.abs(block.transform(new)), np.abs(expected) / np.sqrt(variances + eps)
            assert np.allclose(*found, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e9, 1e-9])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_constant_column_becomes_zero(value, n):
    x = np.column_stack([np.full(n, value), np.arange(n)])
    new = np.array([[value + 1.0, 5.0], [value, -5.0]])
    for make in (preprocessing.Standardize, preprocessing.MinMaxScale):
        block = make().fit(x)
        for data in (x, new):
            result = block.transform(data)
            assert not np.any(result[:, 0]) and np.all(np.isfinite(result)) and np.all(result[:, 1] != result[0, 1] - 1)
    assert np.all(np.isfinite(preprocessing.Whiten().fit(x).transform(x)))


def test_worked_numbers_of_the_five_samples():
    x = np.array([[1.0, 10, -1.5], [2, 30, -1], [3, 20, -0.5], [4, 15, -1.25], [5, 25, -0.75]])
    new = np.array([[6.0, 0.0, 2.0]])
    standard, scaled = preprocessing.Standardize().fit(x), preprocessing.MinMaxScale().fit(x)
    assert np.allclose(preprocessing.MeanCenter().fit(x).transform(new), [[3, -20, 3]])
    assert np.allclose(standard.transform(new), [[2.121320, -2.828427, 8.485281]], atol=1e-6)
    assert np.allclose(standard.transform(x)[1], [-0.707107, 1.414214, 0], atol=1e-6)
    assert np.allclose(scaled.transform(x)[3:], [[0.5, -0.5, -0.5], [1, 0.5, 0.5]])
    assert np.allclose(scaled.transform(new), [[1.5, -2, 6]])


def test_worked_numbers_of_the_tilted_cloud():
    x = np.array([[13.0, -16.0], [7.0, -24.0], [8.4, -18.8], [11.6, -21.2]])
    assert np.allclose(np.cov(x.T, bias=True), [[5.78, 5.04], [5.04, 8.72]])
    new = np.array([[6.0, -17.0]])
    pca, whiten = preprocessing.PCA(2).fit(x), preprocessing.Whiten().fit(x)
    assert np.allclose(np.abs(pca.transform(x)), [[5, 0], [5, 0], [0, 2], [0, 2]], atol=1e-12)
    assert np.allclose(np.abs(pca.transform(new)), [[0, 5]], atol=1e-12)
    assert np.allclose(np.abs(whiten.transform(x))[[0, 2]], [[1.414213, 0], [0, 1.414210]], atol=1e-6)
    assert np.allclose(np.abs(whiten.transform(new)), [[0, 3.535525]], atol=1e-6)


# Regularisers

PENALTIES = (regularizers.L0, regularizers.L1, regularizers.L2)
WORKED = {
    "0.w": np.array([[1.5, 0.0, -2.0], [0.0, -0.5, 3.0]]),
    "0.b": np.array([4.0, 0.0, -6.0]),
    "1.slope": np.array([0.25]),
    "block.w": np.array([2.5, 0.0]),
}


NAMES = {
    True: ("b", "0.b", "b1", "hidden.bias", "a.b.c.b"),
    False: ("w", "2.w", "slope", "block.w", "wb", "0.b.w"),
}


@pytest.mark.parametrize(("name", "expected"), [(name, bias) for bias, names in NAMES.items() for name in names])
def test_a_bias_is_known_by_its_last_part(name, expected):
    assert regularizers.is_bias(name) is expected
    params = {name: np.array([2.0, -3.0])}
    for penalty in PENALTIES:
        assert (penalty(0.5).penalty(params) == 0.0) is expected


@pytest.mark.parametrize("penalty", PENALTIES)
def test_penalties_against_differences(penalty):
    h = 1e-6
    for seed in SEEDS:
        rng = generator(seed)
        block = penalty(rng.uniform(0.1, 2.0))
        params = {"0.w": rng.uniform(0.5, 2, (2, 3)) * rng.choice([-1, 1], (2, 3)), "0.b": rng.normal(size=3)}
        before = {name: value.copy() for name, value in params.items()}
        gradient = block.gradient(params)
        assert gradient.keys() == params.keys() and isinstance(block.penalty(params), float)
        for name, value in params.items():
            assert not np.shares_memory(gradient[name], value) and gradient[name].shape == value.shape
            direction = rng.normal(size=value.shape)
            sides = [block.penalty({**params, name: value + step * direction}) for step in (h, -h)]
            assert np.isclose((sides[0] - sides[1]) / (2 * h), np.sum(gradient[name] * direction), atol=1e-6)
        assert not np.any(gradient["0.b"])
        assert all(np.array_equal(params[name], before[name]) for name in params)


@pytest.mark.parametrize(
    ("block", "penalty", "gradient"),
    [
        (regularizers.L0(0.5), 3.0, [[0, 0, 0], [0, 0, 0]]),
        (regularizers.L1(0.5), 4.875, [[0.5, 0, -0.5], [0, -0.5, 0.5]]),
        (regularizers.L2(0.3), 6.54375, [[0.9, 0, -1.2], [0, -0.3, 1.8]]),
    ],
)
def test_worked_penalties(block, penalty, gradient):
    assert block.penalty(WORKED) == pytest.approx(penalty, rel=1e-12)
    found = block.gradient(WORKED)
    assert found.keys() == WORKED.keys() and np.allclose(found["0.w"], gradient) and not np.any(found["0.b"])
    assert block.penalty({}) == 0.0 and block.gradient({}) == {}


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_keeps_the_expected_value_and_the_dtype(p, dtype):
    for seed in SEEDS:
        block, x = regularizers.Dropout(p, generator(seed)), np.full((100, 200), 2.0, dtype=dtype)
        output = block.forward(x)
        dx = block.backward(np.full_like(x, -3.0))
        assert (output.dtype, dx.dtype, output.shape) == (dtype, dtype, x.shape)
        assert np.allclose(output[output != 0], 2 / (1 - p), rtol=1e-6)
        assert abs(np.mean(output == 0) - p) <= 6 * math.sqrt(p * (1 - p) / x.size)
        assert np.allclose(dx, -1.5 * output, rtol=1e-6)
        assert not any(np.shares_memory(output, other) for other in (x, dx))


def test_dropout_draws_afresh_and_alike_for_equal_seeds():
    x = generator(0).normal(size=(7, 5, 3))
    one, two = (regularizers.Dropout(0.4, generator(1)) for _ in range(2))
    first, second = one.forward(x), one.forward(x)
    assert not np.array_equal(first, second)
    assert np.array_equal(two.forward(x), first) and np.array_equal(two.forward(x), second)
    assert one.params == one.grads == {}


def test_dropout_in_evaluation_is_a_copy_and_backward_follows_the_latest_forward():
    x, upstream = generator(0).normal(size=(30, 20)), generator(1).normal(size=(30, 20))
    block = regularizers.Dropout(0.5, generator(2))
    output = block.forward(x)
    block.eval()
    dx = block.backward(upstream)  # the latest forward was training
    assert np.array_equal(dx == 0, output == 0) and np.any(dx == 0)
    output, dx = block.forward(x), block.backward(upstream)
    assert np.array_equal(output, x) and np.array_equal(dx, upstream)
    assert not np.shares_memory(output, x) and not np.shares_memory(dx, upstream)
    block.train()
    assert np.any(block.forward(x) == 0)


PATIENCE = [
    (2, 0.0, [3, 2, 2, 2], "FFFT"),
    (1, 0.0, [3, 2, 2.5], "FFT"),
    (2, 0.0, [5, 6, 4, 6, 3, 7, 7], "FFFFFFT"),
    (2, 0.5, [3, 2.75, 2.25, 2, 1.9], "FFFFT"),
    (3, 0.0, [1, math.nan, math.nan, math.nan], "FFFT"),
    (1, 0.0, [math.nan, 5, 5, 5, 4], "TFTTF"),
]


@pytest.mark.parametrize(("patience", "min_delta", "losses", "answers"), PATIENCE)
def test_early_stopping_answers(patience, min_delta, losses, answers):
    stopping = regularizers.EarlyStopping(patience, min_delta)
    found = [stopping.update(float(loss), {"w": np.zeros(2)}) for loss in losses]
    assert all(isinstance(answer, bool) for answer in found)
    assert "".join("T" if answer else "F" for answer in found) == answers


@given(
    st.lists(st.one_of(st.integers(0, 6).map(float), st.just(math.nan)), max_size=12),
    st.integers(1, 3),
    st.sampled_from([0.0, 1.0, 1.5]),
)
def test_early_stopping_against_its_definition(losses, patience, min_delta):
    stopping, w = regularizers.EarlyStopping(patience, min_delta), np.zeros(3)
    assert (stopping.best_loss, stopping.best_params) == (math.inf, None)
    best, improved = math.inf, []
    for step, loss in enumerate(losses):
        w[...] = step
        answer = stopping.update(loss, {"w": w})
        improved.append(loss < best - min_delta)
        best = loss if improved[-1] else best
        assert answer == (len(improved) >= patience and not any(improved[-patience:]))
        assert stopping.best_loss == best
    if any(improved):
        last = max(step for step, yes in enumerate(improved) if yes)
        assert stopping.best_params["w"].tolist() == [last] * 3
        assert not np.shares_memory(stopping.best_params["w"], w)
    else:
        assert stopping.best_params is None


@given(
    st.lists(st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_magnitude_prune_against_its_definition(values, fraction):
    w = np.array(values)
    before = w.copy()
    mask = regularizers.magnitude_prune(w, fraction)
    assert (mask.shape, mask.dtype) == (w.shape, np.bool_)
    assert np.count_nonzero(~mask) == round(fraction * w.size)
    assert np.max(np.abs(w[~mask]), initial=0.0) <= np.min(np.abs(w[mask]), initial=math.inf)
    assert np.array_equal(w, before)


@pytest.mark.parametrize(("size", "fraction", "gone"), [(5, 0.5, 2), (7, 0.5, 4), (6, 0.3, 2), (4, 0, 0), (4, 1, 4)])
def test_magnitude_prune_rounds_as_python_does(size, fraction, gone):
    w = generator(0).normal(size=(1, size, 1))
    mask = regularizers.magnitude_prune(w, fraction)
    assert mask.shape == w.shape and np.count_nonzero(~mask) == gone
