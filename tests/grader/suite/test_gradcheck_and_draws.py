"""The numeric-gradient check never fails correct code and always fails wrong code; draws are the same everywhere."""

import numpy as np
import pytest

from autograder.suite import gradcheck, judge
from autograder.suite.draws import Draw

SECRET = b"a secret of the tests"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def setting(seed):
    draw = Draw(SECRET, "gradcheck", seed)
    return draw, draw.normal(5, 3), draw.normal(3, 7), draw.upstream(5, 7)


def forward(x, w):
    return sigmoid(x @ w)


def right(x, w, upstream):
    y = forward(x, w)
    before = upstream * y * (1 - y)
    return before @ w.T, x.T @ before


WRONG = {
    "sign": lambda dx, dw: (-dx, dw),
    "twice": lambda dx, dw: (dx, 2 * dw),
    "mean instead of sum": lambda dx, dw: (dx, dw / 5),
    "one row lost": lambda dx, dw: (dx * (np.arange(5) != 3)[:, None], dw),
    "zero": lambda dx, dw: (0 * dx, 0 * dw),
    "NaN": lambda dx, dw: (dx * np.nan, dw),
    "overflow": lambda dx, dw: (dx + 1e200, dw),
}


def test_2000_seeds_of_correct_code_stay_far_below_the_threshold():
    worst = 0.0
    for seed in range(2000):
        draw, x, w, upstream = setting(seed)
        worst = max(worst, gradcheck.directional_error(forward, [x, w], right(x, w, upstream), upstream, draw))
    assert worst < judge.GRADIENT_THRESHOLD / 10


@pytest.mark.parametrize("name", sorted(WRONG))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_wrong_code_is_caught_in_every_seed(name):
    for seed in range(100):
        draw, x, w, upstream = setting(seed)
        claimed = WRONG[name](*right(x, w, upstream))
        assert not gradcheck.directional_error(forward, [x, w], claimed, upstream, draw) <= judge.GRADIENT_THRESHOLD


def test_one_value_that_is_not_finite_is_not_forgotten():
    calls = []

    def sometimes(x, w):
        calls.append(1)
        return forward(x, w) * (np.nan if len(calls) == 1 else 1.0)

    draw, x, w, upstream = setting(0)
    assert np.isnan(gradcheck.directional_error(sometimes, [x, w], right(x, w, upstream), upstream, draw))


def test_the_item_passes_right_code_and_names_what_is_wrong():
    draw, x, w, upstream = setting(1)

    def check(forward_pass, backward):
        gradcheck.check(forward_pass, backward, [x, w], ["dx", "dw"], upstream, draw)

    check(forward, lambda up: right(x, w, up))
    for forward_pass, backward, sentence in (
        (forward, lambda up: right(-x, w, up), "not the derivative of your forward"),
        (lambda x, w: None, lambda up: None, "forward returns None"),
        (lambda x, w: (x @ w).T, lambda up: None, "forward returns an array of shape"),
        (forward, lambda up: x, "expected a tuple of 2"),
        (forward, lambda up: (x, w.T), "dw is an array of shape"),
        (forward, lambda up: (x, None), "dw is None"),
    ):
        with pytest.raises(judge.Wrong, match=sentence):
            check(forward_pass, backward)


DRAWS = {
    "normal": lambda draw: draw.normal(3, 2),
    "signed": lambda draw: draw.signed(3, 2),
    "apart": lambda draw: np.stack(draw.apart(3, 2)),
    "number": lambda draw: np.array(draw.number()),
    "integers": lambda draw: draw.integers(0, 10**9, 5),
    "direction": lambda draw: draw.direction([(2, 3)])[0],
}


@pytest.mark.parametrize("name", sorted(DRAWS))
def test_draws_depend_on_secret_item_and_variant_and_nothing_else(name):
    one = DRAWS[name](Draw(SECRET, "item", 3))
    np.random.seed(1)
    assert np.array_equal(one, DRAWS[name](Draw(SECRET, "item", 3)))
    for other in (Draw(SECRET, "item", 4), Draw(SECRET, "other", 3), Draw(b"another secret!!", "item", 3)):
        assert not np.array_equal(one, DRAWS[name](other))


def test_draws_keep_off_what_an_item_must_not_meet():
    for variant in range(200):
        draw = Draw(SECRET, "ranges", variant)
        values = draw.signed(5, 3)
        assert np.all((np.abs(values) >= 0.3) & (np.abs(values) <= 2)) and 0 < np.sum(values < 0) < values.size
        first, second = draw.apart(5, 3)
        assert np.all(np.abs(first - second) >= 0.2 - 1e-12) and 0 < np.sum(first > second) < 15
        assert sum(float(np.sum(part**2)) for part in draw.direction([(2,), (3, 1)])) == pytest.approx(1)
