"""Checks of random samples, by tail bounds in closed form: a right sample fails one check with probability < 1e-10.

Each bound below has the form ``P(wrong alarm) <= 2 exp(-U)`` with U = 25, that is 2.8e-11. The draws of an item are
fixed, so a sample passes always or never; the bound says how rarely an edit of the files can draw a false alarm.

A *scale* is what makes a centred value sub-Gaussian: the standard deviation of a normal value, and half the width of
the range of a bounded one (Hoeffding's lemma): r for values in [-r, r], 1/2 for zeros and ones.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import judge

U = 25.0
FALSE_ALARM = 2 * math.exp(-U)

Array = np.ndarray[Any, np.dtype[np.float64]]


def ratio(value: float, true: float) -> str:
    """``value / true`` with two digits, as sentences have it; with three near 1."""
    quotient = value / true
    if 10 <= quotient < 1e4:
        return f"{quotient:.0f}"
    return f"{quotient:.3g}" if abs(quotient - 1) < 0.1 else f"{quotient:.2g}"


def sample(got: Any, shape: tuple[int, ...], what: str, hint: str = "") -> Array:
    """``got`` if it is a finite float64 array of ``shape``; fails otherwise."""
    if not isinstance(got, np.ndarray):
        judge.fail(
            f"{what} is {judge.kind_of(got)}, expected an array of shape {shape}.",
            hint or ("Is a return missing?" if got is None else ""),
        )
    if got.shape != shape:
        judge.fail(f"{what} has shape {got.shape}, expected {shape}.", hint)
    if got.dtype != np.float64:
        judge.fail(f"{what} has dtype {got.dtype}, expected float64.", hint)
    if not np.all(np.isfinite(got)):
        judge.fail(f"{what} has entries that are not finite.", hint)
    return got


def mean(values: Array, expected: float, scale: float, what: str, hint: str = "") -> None:
    """|mean - expected| <= scale sqrt(2U/n): the tail of a normal mean; Hoeffding's inequality for bounded values."""
    found = float(np.mean(values))
    if not abs(found - expected) <= scale * math.sqrt(2 * U / values.size):
        judge.fail(f"{what} has mean {found:.2g}, expected about {expected:.2g}.", hint)


def share(mask: Any, probability: float, what: str, hint: str = "") -> None:
    """The share of True among independent entries: n KL(share, probability) <= U (Chernoff's bound, both sides).

    ``what`` reads like "the share of zeros". Sharp for rare entries too, and exact where ``probability`` is 0 or 1.
    """
    found = float(np.mean(mask))
    if not np.size(mask) * divergence(found, probability) <= U:
        judge.fail(f"{what} is {found:.2g}, expected about {probability:.2g}.", hint)


def divergence(q: float, p: float) -> float:
    """Kullback-Leibler divergence of two coins, q ln(q/p) + (1-q) ln((1-q)/(1-p)); infinite where p excludes q."""
    parts = [(q, p), (1 - q, 1 - p)]
    if any(b <= 0 < a for a, b in parts):
        return math.inf
    return sum(a * math.log(a / b) for a, b in parts if a > 0)


def unrelated(first: Array, second: Array, scale: float, what: str, hint: str = "") -> None:
    """Two centred samples, independent of each other: |sum xy| <= scale sqrt(2U sum x^2).

    Given the first, the sum over the second is sub-Gaussian (exactly normal for normal values). Equal samples, and
    samples that grow together, fail. ``scale`` is the second's.
    """
    product = abs(float(np.sum(first * second)))
    size = float(np.sum(first * first))
    if not product <= scale * math.sqrt(2 * U * size):
        judge.fail(f"{what} depend on each other, expected independent draws.", hint)


def distinct(values: Array, what: str, hint: str = "") -> None:
    """Nearly all magnitudes differ: with 52 random bits each, a million hold less than one repeat on average.

    Of a large sample the first 4096 entries, and about as many spread evenly, are looked at: repeats within a row, and
    of whole rows, show. A tenth may repeat: numbers cut off at a limit are told by their variance and tails.
    """
    magnitudes = np.abs(values).ravel()
    for part in (magnitudes[:4096], magnitudes[:: values.size // 4096 + 1]):
        found = np.unique(part).size
        if not found >= 0.9 * part.size:
            judge.fail(f"{what} repeats itself: of {part.size} entries only {found} differ in magnitude.", hint)


def normal(values: Array, std: float, what: str, hint: str = "") -> None:
    """Independent values of N(0, std^2): mean, variance, and the shares beyond 1 and 3 standard deviations.

    The sum of squares over std^2 is chi-square with n degrees: it lies between n - 2 sqrt(nU) and n + 2 sqrt(nU) + 2U
    (Laurent and Massart 2000, lemma 1). With n = 120 000 that is a variance ratio from 0.971 to 1.030.
    """
    distinct(values, what, hint)
    mean(values, 0.0, std, what, hint)
    n = values.size
    low, high = -2 * math.sqrt(U / n), 2 * math.sqrt(U / n) + 2 * U / n
    variance(values, std**2, low, high, what, hint)
    for limit in (1.0, 3.0):
        beyond = f"{what}: the share beyond {limit:g} standard deviation{'s' if limit > 1 else ''}"
        share(np.abs(values) > limit * std, math.erfc(limit / math.sqrt(2)), beyond, hint)
    neighbours(values, std, what, hint)


def uniform(values: Array, bound: float, what: str, hint: str = "") -> None:
    """Independent values of U(-bound, bound): range, mean, variance, and the share beyond half the bound.

    Squares over bound^2 have mean 1/3, variance 4/45 and lie within 2/3 of their mean: Bernstein's inequality,
    n t^2 <= U (2 * 4/45 + 2 t (2/3)/3). With n = 120 000 that is a variance ratio from 0.981 to 1.019.
    """
    distinct(values, what, hint)
    mean(values, 0.0, bound, what, hint)
    third = U * (2 / 3) / (3 * values.size)
    t = 3 * (third + math.sqrt(third**2 + 2 * U * (4 / 45) / values.size))
    variance(values, bound**2 / 3, -t, t, what, hint)
    largest = float(np.max(np.abs(values)))
    if not largest <= bound:
        judge.fail(f"{what} reaches {ratio(largest, bound)} times the bound.", hint)
    share(np.abs(values) > bound / 2, 0.5, f"{what}: the share beyond half the bound", hint)
    neighbours(values, bound, what, hint)


def variance(values: Array, expected: float, low: float, high: float, what: str, hint: str = "") -> None:
    """The mean square, over ``expected``, lies within [1 + low, 1 + high]."""
    found = float(np.mean(values * values))
    if not low <= found / expected - 1 <= high:
        judge.fail(f"{what} has {ratio(found, expected)} times the variance it should have.", hint)


def neighbours(values: Array, scale: float, what: str, hint: str = "") -> None:
    """No neighbours along any axis grow together: entries 0, 2, 4, ... against 1, 3, 5, ..."""
    for axis, length in enumerate(values.shape):
        along = np.moveaxis(values, axis, 0)[: length // 2 * 2]
        if length > 1:
            unrelated(along[0::2], along[1::2], scale, f"{what}: neighbouring entries", hint)
