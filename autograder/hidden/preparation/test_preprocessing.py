"""Hidden items of preprocessing.py: always fitted on one data set, and asked about it and about another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.suite import item, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import Facts, RemoteObject, StudentProxy

N, M, D = 11, 7, 5
SPREADS = (4.0, 2.2, 1.1, 0.6, 0.25)
"""Standard deviations along the principal axes: variances at least three times apart."""


# Data


def columns(draw: Draw, rows: int) -> np.ndarray:
    """Columns of different means and spreads, each mean some spreads from 0."""
    spreads = np.array([0.7, 1.9, 3.1, 0.4, 1.2])
    return draw.normal(rows, D) * spreads + draw.signed(D, low=2.0, high=5.0)


def cloud(draw: Draw, rows: int, spreads: Sequence[float] = SPREADS, turned: bool = True) -> np.ndarray:
    """Data with exactly these standard deviations (divisor ``rows``) along orthogonal axes, and a mean far from 0.

    ``turned``: the axes are a random rotation's; otherwise they are the columns.
    """
    size = len(spreads)
    centred = draw.normal(rows, size)
    units = np.linalg.qr(centred - centred.mean(axis=0))[0] * np.sqrt(rows)
    axes = np.linalg.qr(draw.normal(size, size))[0] if turned else np.eye(size)
    return np.asarray(units * np.array(spreads) @ axes.T + draw.signed(size, low=2.0, high=5.0))


# What is asked, and how answers are compared


@dataclass(frozen=True)
class Case:
    """A class of preprocessing.py."""

    key: str
    name: str
    hint: str
    arguments: tuple[Any, ...] = ()
    data: Callable[..., np.ndarray] = columns
    rows: int = N
    up_to_sign: bool = False
    rtol: float | None = None

    def new(self, student: StudentProxy, *arguments: Any) -> RemoteObject:
        """The student's object."""
        made = getattr(student.preprocessing, self.name)(*(arguments or self.arguments))
        if not isinstance(made, RemoteObject):
            judge.fail(f"{self.name}(…) gives {judge.kind_of(made)}, expected an object with fit and transform.")
        return made


LINEAR = 1e-6
"""Standardize and MinMaxScale: forgives an eps of 1e-8 added to the divisor, which `stability` asks about."""
MEAN = "Each column minus its mean over the training data."
STANDARD = "(x - mean) / standard deviation, each column with its own, divisor N."
RANGE = "Each column's smallest training entry becomes -1, its largest 1."
AXES = "Subtract the training mean, then project on the eigenvectors (columns) with the largest eigenvalues."
WHITE = "All coordinates along the principal axes, each divided by sqrt(λ + eps), λ with divisor N."
CASES = {
    case.key: case
    for case in (
        Case("mean_center", "MeanCenter", MEAN),
        Case("standardize", "Standardize", STANDARD, rtol=LINEAR),
        Case("min_max_scale", "MinMaxScale", RANGE, rtol=LINEAR),
        Case("pca", "PCA", AXES, (3,), cloud, 41, True, judge.NUMERIC_RTOL),
        Case("whiten", "Whiten", WHITE, (0.3,), cloud, 41, True, judge.NUMERIC_RTOL),
    )
}


def of_classes(prop: str, title: str, keys: Sequence[str] = tuple(CASES)) -> pytest.MarkDecorator:
    """One item per class."""
    params = [
        pytest.param(CASES[key], id=key, marks=item(f"preparation.{key}", prop, title.format(CASES[key].name)))
        for key in keys
    ]
    return pytest.mark.parametrize("case", params)


def call(made: RemoteObject, method: str, *args: Any) -> Any:
    target = getattr(made, method)
    if not callable(target):
        judge.fail(f"{method} is {judge.kind_of(target)}, expected a method.")
    return target(*args)


def watched(student: StudentProxy, made: RemoteObject, method: str, *args: Any) -> tuple[Any, Facts]:
    result = call(made, method, *args)
    return result, student.last


TRAINING, NEW = "the transformed training data", "the transformed new data"
FITTED = "Use the numbers that fit learnt from the training data, not those of the data at hand."


def check(case: Case, got: Sequence[Any], expected: Sequence[Any], any_order: bool = False, hint: str = "") -> None:
    """Results on training and new data: signs (and order) of columns are settled on the training data, for both."""
    got = settled(got, expected, any_order) if case.up_to_sign else list(got)
    for place, (value, true) in enumerate(zip(got, expected, strict=True)):
        what, more = (TRAINING, hint or case.hint) if place == 0 else (NEW, hint or FITTED)
        judge.array(value, true, what, rtol=case.rtol, hint=more)


def settled(got: Sequence[Any], expected: Sequence[np.ndarray], any_order: bool) -> list[Any]:
    """``got`` with its columns turned, and with ``any_order`` moved, as fits the first of ``expected`` best."""
    fits = all(
        isinstance(value, np.ndarray) and value.shape == true.shape and value.dtype == true.dtype
        for value, true in zip(got, expected, strict=True)
    )
    if not fits or not all(np.all(np.isfinite(value)) for value in got):
        return list(got)
    overlap = got[0].T @ expected[0]
    size = expected[0].shape[1]
    order = np.argmax(np.abs(overlap), axis=0) if any_order else np.arange(size)
    if len(set(order.tolist())) < size:
        return list(got)
    signs = np.where(overlap[order, np.arange(size)] < 0, -1.0, 1.0)
    return [value[:, order] * signs for value in got]


def truth(case: Case, reference: Any, data: Sequence[np.ndarray], *arguments: Any) -> list[Any]:
    """The reference fitted on the first of ``data``, on each of them."""
    fitted = getattr(reference.preprocessing, case.name)(*(arguments or case.arguments)).fit(data[0])
    return [fitted.transform(x) for x in data]


def answers(case: Case, student: StudentProxy, data: Sequence[np.ndarray], *arguments: Any) -> list[Any]:
    """The student's object fitted on the first of ``data``, on each of them; what fit returns is not asked here."""
    made = case.new(student, *arguments)
    call(made, "fit", data[0])
    return [call(made, "transform", x) for x in data]


# value


@of_classes("value", "{}: training data and new data", ("mean_center", "standardize", "min_max_scale"))
def test_columns(student, reference, draw, case):
    """The numbers of the training data for both. New data reach beyond its range; one of them is a single row."""
    data = [case.data(draw, case.rows), case.data(draw, M) * 2, case.data(draw, 1)]
    square = [case.data(draw, D), case.data(draw, D)]
    got, squared = answers(case, student, data), answers(case, student, square)
    check(case, got, truth(case, reference, data))
    check(case, squared, truth(case, reference, square), hint="Statistics are per column: axis=0.")


@item("preparation.pca", "value", "PCA: the leading principal components of training data and new data")
def test_pca(student, reference, draw):
    """Three of five, and one of five; compared up to sign and, here, in any order."""
    case = CASES["pca"]
    data = [cloud(draw, case.rows), cloud(draw, M)]
    got, single = answers(case, student, data), answers(case, student, data, 1)
    check(case, got, truth(case, reference, data), any_order=True)
    check(case, single, truth(case, reference, data, 1), hint="One component is an array of shape (N, 1).")


@item("preparation.whiten", "value", "Whiten: training data and new data, with the eps given and without")
def test_whiten(student, reference, draw):
    """Compared up to sign and, here, in any order. eps = 0.3 is large beside the smallest variance, 0.06."""
    case = CASES["whiten"]
    data = [cloud(draw, case.rows), cloud(draw, M)]
    tiny = [cloud(draw, case.rows, (4.0, 1.1, 0.02)), cloud(draw, M, (4.0, 1.1, 0.02))]
    got = answers(case, student, data)
    made = student.preprocessing.Whiten()
    call(made, "fit", tiny[0])
    default = [call(made, "transform", x) for x in tiny]
    check(case, got, truth(case, reference, data), any_order=True)
    fitted = reference.preprocessing.Whiten().fit(tiny[0])
    check(case, default, [fitted.transform(x) for x in tiny], any_order=True, hint="eps is 1e-5 unless given.")


# order


@of_classes("order", "{}: the axis of largest variance first", ("pca", "whiten"))
def test_order(student, reference, draw, case):
    """Turned data, and columns that are the principal axes already, in another order."""
    turned = [cloud(draw, case.rows), cloud(draw, M)]
    mixed = tuple(SPREADS[place] for place in (3, 0, 4, 2, 1))
    straight = [cloud(draw, case.rows, mixed, False), cloud(draw, M, mixed, False)]
    got, sorted_too = answers(case, student, turned), answers(case, student, straight)
    for values, data in ((got, turned), (sorted_too, straight)):
        expected = truth(case, reference, data)
        check(case, values, expected, any_order=True)
        check(case, values, expected, hint="np.linalg.eigh sorts from the smallest to the largest, eig not at all.")


# stability


CONSTANT = "A column whose largest and smallest training entries are equal becomes 0, in new data too."


def uneven(draw: Draw, rows: int) -> float:
    """A number whose mean over ``rows`` copies is not itself, by rounding."""
    value = float(draw.uniform(0.1, 0.9))
    while np.full(rows, value).mean() == value or np.full((rows, 2), value).mean(axis=0)[0] == value:
        value = float(draw.uniform(0.1, 0.9))
    return value


@of_classes("stability", "{}: constant columns become 0", ("standardize", "min_max_scale"))
def test_constant_columns(student, reference, draw, case):
    """A whole number, and one whose computed mean is off by rounding; new data need not be constant."""
    data = [columns(draw, N), columns(draw, M)]
    data[0][:, 1], data[0][:, 3] = float(draw.integers(2, 9)), uneven(draw, N)
    got = answers(case, student, data)
    check(case, got, truth(case, reference, data), hint=CONSTANT)


@of_classes("stability", "{}: columns of tiny spread count like any other", ("standardize", "min_max_scale"))
def test_tiny_columns(student, reference, draw, case):
    """Spreads of 1e-9, 1e-6 and 1: an eps under the fraction would show."""
    spreads = np.array([1e-9, 1.0, 1e-6])
    data = [draw.signed(rows, 3) * spreads for rows in (N, M)]
    got = answers(case, student, data)
    for value, true, what in zip(got, truth(case, reference, data), (TRAINING, NEW), strict=True):
        judge.array(value, true, what, hint="Add nothing to the divisor: only constant columns are special.")


# purity


@of_classes("purity", "{}: data stay as they were, results are new, fit returns the object itself")
def test_leaves_alone(student, reference, draw, case):
    """Facts of every call, with right values; transform can be repeated."""
    data = [case.data(draw, case.rows), case.data(draw, M)]
    made = case.new(student)
    fitted, facts = watched(student, made, "fit", data[0])
    rounds = [watched(student, made, "transform", x) for x in (*data, data[0])]
    judge.untouched(facts, ["x"])
    expected = truth(case, reference, data)
    check(case, [value for value, _ in rounds], [*expected, expected[0]], any_order=True)
    for _, each in rounds:
        judge.untouched(each, ["x"])
        judge.unshared(each, ["x"], ["the transformed data"])
    judge.true(
        fitted is made,
        f"fit returns {judge.kind_of(fitted)}, expected the {case.name} itself.",
        f"End fit with `return self`, so that {case.name}(…).fit(x).transform(x) works.",
    )


@of_classes("purity", "{}: the latest fit counts, and objects share nothing")
def test_state(student, reference, draw, case):
    """Two objects in turn, then the first fitted once more."""
    first, second, third = ([case.data(draw, case.rows), case.data(draw, M)] for _ in range(3))
    made = [case.new(student) for _ in range(2)]
    for each, data in zip(made, (first, second), strict=True):
        call(each, "fit", data[0])
    got = [[call(made[place], "transform", x) for x in data] for place, data in enumerate((first, second))]
    call(made[0], "fit", third[0])
    got.append([call(made[0], "transform", x) for x in third])
    hints = ["Does one object keep its numbers where another one writes?"] * 2 + ["transform uses the latest fit."]
    for values, data, hint in zip(got, (first, second, third), hints, strict=True):
        check(case, values, truth(case, reference, data), any_order=True, hint=hint)
