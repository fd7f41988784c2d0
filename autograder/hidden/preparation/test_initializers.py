"""Hidden items of initializers.py.

Which draws students make is free: samples are judged by `autograder.suite.statistics`, each check with a false alarm
below 3e-11. An item makes at most 24 of them, so it is wrong with a probability below 1e-9. 120 400 values tell a
variance ratio of 1.05 from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograder.suite import item, judge, statistics
from autograder.suite.draws import Draw
from autograder.suite.proxy import StudentProxy

LARGE = (400, 301)  # not square: fan_in and fan_out differ; 963 KB, so that two fit into a transcript
SMALL = (7, 5)


# zeros


SHAPES = ((5, 3), (7,), (2, 3, 5), ())


def as_double(got: Any) -> Any:
    """Numbers of any kind as float64, where only the value is in question."""
    return got.astype(np.float64) if isinstance(got, np.ndarray) and got.dtype.kind in "biuf" else got


@item("preparation.zeros", "value", "zeros: zeros of any shape")
def test_zeros(student):
    results = [student.initializers.zeros(shape) for shape in SHAPES]
    for result, shape in zip(results, SHAPES, strict=True):
        judge.array(as_double(result), np.zeros(shape), f"zeros({shape})")


@item("preparation.zeros", "dtype", "zeros: float64")
def test_zeros_dtype(student):
    judge.array(student.initializers.zeros((5, 3)), np.zeros((5, 3)), "zeros((5, 3))", hint="Weights are float64.")


# The six random initialisers


@dataclass(frozen=True)
class Case:
    """A random initialiser: ``call(function, shape, rng, size)`` and the check of its sample."""

    key: str
    check: Callable[[Any, float, str, str], None]
    spread: Callable[[int, int], float] | None = None  # of fan_in and fan_out; None: the caller's own
    hint: str = ""

    def call(self, student: StudentProxy, shape: tuple[int, ...], rng: Any, size: float) -> Any:
        function = getattr(student.initializers, self.key)
        if self.spread is not None:
            return function(*shape, rng)
        return function(shape, rng, size)


def normal_std(variance: Callable[[int, int], float]) -> Callable[[int, int], float]:
    return lambda fan_in, fan_out: float(np.sqrt(variance(fan_in, fan_out)))


def uniform_bound(variance: Callable[[int, int], float]) -> Callable[[int, int], float]:
    return lambda fan_in, fan_out: float(np.sqrt(3 * variance(fan_in, fan_out)))


def xavier(fan_in: int, fan_out: int) -> float:
    """The variance of Glorot and Bengio (2010)."""
    return 2 / (fan_in + fan_out)


def he(fan_in: int, fan_out: int) -> float:
    """The variance of He et al. (2015)."""
    return 2 / fan_in


XAVIER_HINT = "The variance is 2 / (fan_in + fan_out)."
HE_HINT = "The variance is 2 / fan_in."
BOUND_HINT = " Numbers uniform over (-b, b) have variance b²/3."
CASES = (
    Case("small_normal", statistics.normal, hint="std is the standard deviation."),
    Case("uniform", statistics.uniform, hint="Uniform over (-bound, bound)."),
    Case("xavier_normal", statistics.normal, normal_std(xavier), XAVIER_HINT),
    Case("xavier_uniform", statistics.uniform, uniform_bound(xavier), XAVIER_HINT + BOUND_HINT),
    Case("he_normal", statistics.normal, normal_std(he), HE_HINT),
    Case("he_uniform", statistics.uniform, uniform_bound(he), HE_HINT + BOUND_HINT),
)


def of_cases(prop: str, title: str) -> pytest.MarkDecorator:
    """One item per random initialiser."""
    params = [
        pytest.param(case, id=case.key, marks=item(f"preparation.{case.key}", prop, title.format(case.key)))
        for case in CASES
    ]
    return pytest.mark.parametrize("case", params)


def seed(draw: Draw) -> int:
    return int(draw.integers(0, 2**31))


@of_cases("value", "{}: mean, spread, shape and independence of many numbers")
def test_sample(student, draw, case):
    """A new generator, some 120 000 numbers."""
    size = float(draw.uniform(0.1, 0.4)) if case.spread is None else case.spread(*LARGE)
    got = case.call(student, LARGE, np.random.default_rng(seed(draw)), size)
    what = f"the sample of {case.key}"
    case.check(statistics.sample(got, LARGE, what), size, what, case.hint)


@item("preparation.small_normal", "value", "small_normal: std is 0.01 unless given; any number of axes")
def test_small_normal_default(student, draw):
    """15 150 numbers tell a variance ratio of 1.15 from 1."""
    shapes = ((150, 101), (2, 3, 5), (7,))
    rngs = [np.random.default_rng(seed(draw)) for _ in shapes]
    results = [student.initializers.small_normal(shape, rng) for shape, rng in zip(shapes, rngs, strict=True)]
    for result, shape in zip(results, shapes, strict=True):
        what = f"small_normal({shape}, rng)"
        statistics.normal(statistics.sample(result, shape, what), 0.01, what, "std is 0.01 by default.")


@item("preparation.uniform", "value", "uniform: any number of axes")
def test_uniform_shapes(student, draw):
    shapes = ((2, 3, 5), (7,))
    bound = float(draw.uniform(0.1, 0.4))
    rngs = [np.random.default_rng(seed(draw)) for _ in shapes]
    results = [student.initializers.uniform(shape, rng, bound) for shape, rng in zip(shapes, rngs, strict=True)]
    for result, shape in zip(results, shapes, strict=True):
        what = f"uniform({shape}, rng, bound)"
        statistics.uniform(statistics.sample(result, shape, what), bound, what)


@of_cases("purity", "{}: all randomness comes from rng")
def test_generator(student, draw, case):
    """Equal seeds give equal numbers; another seed, and the same generator later, others."""
    number = seed(draw)
    first, again, other = (np.random.default_rng(each) for each in (number, number, number + 1))
    results = [case.call(student, SMALL, rng, 0.3) for rng in (first, first, again, other)]
    samples = [statistics.sample(each, SMALL, f"the sample of {case.key}") for each in results]
    judge.true(
        np.array_equal(samples[0], samples[2]),
        f"{case.key} gives different numbers for generators with equal seeds.",
        "Draw from `rng` only; np.random's own functions know nothing of it.",
    )
    judge.true(
        not np.array_equal(samples[0], samples[3]),
        f"{case.key} gives the same numbers for generators with different seeds.",
        "Draw from the `rng` that is given: no generator and no seed of your own.",
    )
    judge.true(
        not np.array_equal(samples[0], samples[1]),
        f"{case.key} gives the same numbers when it is called again with the same generator.",
        "Draw from the `rng` itself, so that it moves on: two layers must not start with equal weights.",
    )


# activation_stds


class Layers:
    """An initialiser of ours: fixed weights, layer by layer; notes the states of the generators it is given.

    It draws from them, too, without using the numbers: a generator that was handed on comes back advanced.
    """

    def __init__(self, draw: Draw, sizes: list[int]) -> None:
        self.weights = [draw.signed(a, b, low=0.1, high=0.9) for a, b in pairwise(sizes)]
        self.made = 0
        self.states: list[Any] = []

    def __call__(self, fan_in: int, fan_out: int, rng: Any) -> np.ndarray:
        if isinstance(rng, np.random.Generator):
            self.states.append(rng.bit_generator.state)
            rng.random()
        w = next((w for w in self.weights[self.made :] if w.shape == (fan_in, fan_out)), np.zeros((fan_in, fan_out)))
        self.made += 1
        return w.copy()


SIZES = [5, 7, 3, 11, 2]


def stack(draw: Draw) -> tuple[Layers, np.ndarray, Any]:
    """An initialiser, data of mean 0.5 (a spread is not a root mean square), a generator."""
    return Layers(draw, SIZES), draw.normal(13, 5) + 0.5, np.random.default_rng(seed(draw))


def plain_list(got: Any) -> Any:
    """An array of one axis counts as a list."""
    return list(got) if isinstance(got, np.ndarray) and got.ndim == 1 else got


def check_stds(got: Any, expected: list[float]) -> None:
    entries = judge.listed(plain_list(got), len(expected), "the result of activation_stds")
    found = [
        judge.number(entry, f"the standard deviation after layer {place}") for place, entry in enumerate(entries, 1)
    ]
    hint = "x becomes activation().forward(x @ w); then the standard deviation of all entries of x, and on with this x."
    judge.array(np.array(found), np.array(expected), "the list of standard deviations", hint=hint)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=name, marks=item("preparation.activation_stds", "value", f"activation_stds: with {name}"))
        for name in ("Tanh", "ReLU")
    ],
)
def test_activation_stds(student, reference, draw, name):
    """One standard deviation per layer, of all entries of its output.

    Tanh is odd, so its outputs' mean is small; ReLU's is not, which tells a standard deviation from a mean square.
    """
    layers, x, rng = stack(draw)
    got = student.initializers.activation_stds(layers, list(SIZES), getattr(student.activations, name), x, rng)
    layers.made = 0
    activation = getattr(reference.activations, name)
    check_stds(got, reference.initializers.activation_stds(layers, SIZES, activation, x, rng))


@item("preparation.activation_stds", "purity", "activation_stds: hands rng on, leaves sizes and x as they were")
def test_activation_stds_purity(student, reference, draw):
    """The generator that arrives at the initialiser is the one that was given."""
    layers, x, rng = stack(draw)
    same = np.random.default_rng()
    same.bit_generator.state = rng.bit_generator.state
    got = student.initializers.activation_stds(layers, list(SIZES), student.activations.Tanh, x, rng)
    facts, states, layers.made, layers.states = student.last, layers.states, 0, []
    check_stds(got, reference.initializers.activation_stds(layers, SIZES, reference.activations.Tanh, x, same))
    judge.untouched(facts, ["initializer", "sizes", "activation", "x"])
    judge.true(
        states == layers.states,
        "the initializer is given another generator than rng, or one that does not move on.",
        "Call initializer(fan_in, fan_out, rng) with the rng that was given, as it is.",
    )


# distinct_columns


def with_columns(draw: Draw, places: list[int], size: int = 5) -> np.ndarray:
    """Columns drawn once each, set to ``places``."""
    return draw.signed(size, max(places) + 1)[:, places].copy()


def shuffled(draw: Draw) -> np.ndarray:
    """Columns of the same entries in another order: equal sums, equal first rows."""
    column = draw.positive(5)
    return np.stack([column, column[[0, 2, 1, 3, 4]], column[[0, 4, 3, 2, 1]], column], axis=1)


def dependent(draw: Draw) -> np.ndarray:
    """Multiples of one column, and one that differs in the tenth digit."""
    column = draw.signed(7, 1)
    nearly = column.copy()
    nearly[3] *= 1 + 3e-10
    return np.concatenate([column, 2 * column, -column, nearly, 2 * column], axis=1)


COLUMNS: dict[str, tuple[str, list[tuple[str, Callable[[Draw], np.ndarray]]]]] = {
    "repeats": (
        "columns that repeat, side by side and apart",
        [
            ("with repeated columns", lambda draw: with_columns(draw, [0, 1, 0, 2, 2, 3, 0])),
            ("of equal columns", lambda draw: with_columns(draw, [0, 0, 0])),
            ("of different columns", lambda draw: with_columns(draw, [0, 1, 2, 3, 4, 5, 6])),
            ("of one column", lambda draw: with_columns(draw, [0])),
            ("of one row", lambda draw: with_columns(draw, [0, 1, 0], 1)),
        ],
    ),
    "nearly": (
        "columns that have much in common are different still",
        [
            ("of columns with the same entries in another order", shuffled),
            ("of columns that are multiples of one another, or nearly equal", dependent),
        ],
    ),
}


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(cases, id=name, marks=item("preparation.distinct_columns", "value", f"distinct_columns: {title}"))
        for name, (title, cases) in COLUMNS.items()
    ],
)
def test_distinct_columns(student, reference, draw, cases):
    inputs = [make(draw) for _, make in cases]
    counts = [student.initializers.distinct_columns(w) for w in inputs]
    for count, w, (what, _) in zip(counts, inputs, cases, strict=True):
        found, true = judge.integer(count, "the result"), reference.initializers.distinct_columns(w)
        judge.true(found == true, f"distinct_columns of a {w.shape} array {what} is {found}, expected {true}.")
