"""Checks of samples: right ones pass, also small and large; each wrong distribution fails with its sentence."""

import math

import numpy as np
import pytest

from autograder.suite import statistics
from autograder.suite.judge import Wrong

SHAPE = (400, 301)
STD, BOUND = 0.3, 0.7


def rng(seed=0):
    return np.random.default_rng(seed)


def normal(std=STD):
    return rng().normal(0, std, SHAPE)


def uniform(low=-BOUND, high=BOUND):
    return rng().uniform(low, high, SHAPE)


def truncated(limit):
    values = normal()
    while np.any(beyond := np.abs(values) > limit * STD):
        values[beyond] = rng(1).normal(0, STD, int(beyond.sum()))
    return values * (STD / values.std())


def mirrored(values):
    half = values[:, :150]
    return np.concatenate([half, -half, values[:, 300:]], axis=1)


@pytest.mark.parametrize("shape", [SHAPE, (1, 7), (50,), (3, 1), (2, 3, 5), (1000, 997)])
def test_right_samples_pass(shape):
    for seed in range(20 if np.prod(shape) < 1000 else 2):
        statistics.normal(rng(seed).normal(0, STD, shape), STD, "w")
        statistics.uniform(rng(seed).uniform(-BOUND, BOUND, shape), BOUND, "w")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros(SHAPE), "only 1 differ"),
        (normal(1e-9), "has 1.1e-17 times the variance"),
        (normal(STD * math.sqrt(1.05)), "1.05 times the variance"),
        (normal(STD * math.sqrt(0.95)), "0.952 times the variance"),
        (normal(STD * math.sqrt(2)), "2 times the variance"),
        (normal(STD**2), "0.09 times the variance"),
        (normal() + 0.03, "mean 0.0"),
        (truncated(2), "beyond"),
        (truncated(3), "beyond 3 standard deviations"),
        (uniform(-STD * math.sqrt(3), STD * math.sqrt(3)), "beyond 1 standard deviation is"),
        (np.abs(normal()), "mean 0.2"),
        (np.tile(normal()[:, :43], (1, 7)), "repeats itself"),
        (mirrored(normal()), "repeats itself"),
        (np.sort(normal(), axis=0), "depend on each other"),
        (np.sort(normal(), axis=1), "depend on each other"),
        (np.sort(normal(), axis=None).reshape(SHAPE), "depend on each other"),
        (np.full(SHAPE, np.nan), "only 1 differ"),
    ],
)
def test_what_is_not_normal_fails(values, words):
    with pytest.raises(Wrong) as caught:
        statistics.normal(values, STD, "w", "look here")
    assert caught.value.sentence.startswith("w")
    assert words in caught.value.sentence
    assert caught.value.hint == "look here"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (uniform(0, BOUND), "mean 0.35"),
        (uniform(-BOUND / 2, BOUND / 2), "0.25 times the variance"),
        (uniform(-BOUND * 1.025, BOUND * 1.025), "1.05 times the variance"),
        (uniform(-BOUND * 1.001, BOUND * 1.001), "times the bound"),
        (normal(BOUND / math.sqrt(3)), "times the bound"),
        (np.sign(uniform()) * (np.sqrt(BOUND**2 / 3) + uniform() / 100), "beyond half the bound is 1,"),
        (np.linspace(-BOUND, BOUND, 120_400).reshape(SHAPE), "depend on each other"),
        (np.linspace(-BOUND, 0.999 * BOUND, 120_400).reshape(SHAPE), "depend on each other"),
        (np.tile(uniform()[:1], (400, 1)), "repeats itself"),
    ],
)
def test_what_is_not_uniform_fails(values, words):
    with pytest.raises(Wrong) as caught:
        statistics.uniform(values, BOUND, "w")
    assert words in caught.value.sentence


@pytest.mark.parametrize("probability", [0.0, 0.003, 0.25, 0.5, 0.9, 1.0])
def test_a_share(probability):
    for n in (7, 300, 40_000):
        statistics.share(rng(n).random(n) < probability, probability, "the share of zeros")
    wrong = {0.0: 1e-3, 1.0: 0.999}.get(probability, probability * 0.7)
    with pytest.raises(Wrong, match="the share of zeros is"):
        statistics.share(rng().random(400_000) < wrong, probability, "the share of zeros")


def test_the_bound_of_a_share_holds_exactly():
    """Summed over all outcomes of 40 coins, the alarms are rarer than promised; and the divergence is a divergence."""
    n, p = 40, 0.3
    alarms = [k for k in range(n + 1) if n * statistics.divergence(k / n, p) > statistics.U]
    assert alarms
    assert sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in alarms) < statistics.FALSE_ALARM < 1e-10
    assert statistics.divergence(p, p) == 0
    assert statistics.divergence(0.5, 0.0) == math.inf


def test_two_samples_that_belong_together():
    first, second = normal(), rng(5).normal(0, STD, SHAPE)
    statistics.unrelated(first, second, STD, "two calls")
    for related in (first, -first, second + 0.1 * first):
        with pytest.raises(Wrong, match="two calls depend on each other"):
            statistics.unrelated(first, related, STD, "two calls")


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "w is None, expected an array of shape (2, 3)"),
        ([[0.0] * 3] * 2, "w is a list"),
        (np.zeros((3, 2)), "shape (3, 2), expected (2, 3)"),
        (np.zeros((2, 3), np.float32), "dtype float32"),
        (np.full((2, 3), np.inf), "not finite"),
    ],
)
def test_what_is_no_sample(got, words):
    with pytest.raises(Wrong) as caught:
        statistics.sample(got, (2, 3), "w")
    assert words in caught.value.sentence


def test_a_sample_comes_back():
    values = np.ones((2, 3))
    assert statistics.sample(values, (2, 3), "w") is values


def test_ratios_have_two_digits_unless_they_would_read_as_one():
    assert [statistics.ratio(value, 2.0) for value in (1.0, 0.666666, 2.0833, 246.9)] == ["0.5", "0.33", "1.04", "123"]
