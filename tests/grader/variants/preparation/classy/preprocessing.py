"""What to do with the data before a network sees it. Style: one engine of statistics, pipelines of small steps."""

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np


class Statistics:
    """All that can be learnt from training data: each number is computed when first asked for, and kept.

    The object lives during `fit` only; what `fit` keeps are the steps made of its numbers.
    """

    def __init__(self, x: np.ndarray):
        self._x = x

    @property
    def count(self) -> int:
        """The number N of samples."""
        return self._x.shape[0]

    @property
    def features(self) -> int:
        """The number D of features."""
        return self._x.shape[1]

    @functools.cached_property
    def low(self) -> np.ndarray:
        """The smallest entry of each column."""
        return np.min(self._x, axis=0)

    @functools.cached_property
    def high(self) -> np.ndarray:
        """The largest entry of each column."""
        return np.max(self._x, axis=0)

    @functools.cached_property
    def constant(self) -> np.ndarray:
        """True for columns whose entries are all equal."""
        return self.low == self.high

    @functools.cached_property
    def mean(self) -> np.ndarray:
        """The mean of each column: the first sample plus the mean distance from it, exact for constant columns."""
        return self._x[0] + np.mean(self._x - self._x[0], axis=0)

    @functools.cached_property
    def centered(self) -> np.ndarray:
        """The data minus their mean."""
        return self._x - self.mean

    @functools.cached_property
    def deviation(self) -> np.ndarray:
        """The standard deviation of each column, divisor N; in units of the range, so that no square underflows."""
        unit = np.where(self.constant, 1.0, self.high - self.low)
        return unit * (np.linalg.norm(self.centered / unit, axis=0) / np.sqrt(self.count))

    @functools.cached_property
    def _spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Variances and axes (as columns), largest first.

        With centred data = Q R, the covariance is Rᵀ R / N: the singular values of R, D × D after adding rows
        of zeros where there are fewer samples than features, hold the variances, without squaring the data.
        """
        triangle = np.linalg.qr(self.centered, mode="r")
        square = np.zeros((self.features, self.features))
        square[: triangle.shape[0]] = triangle
        _, singular, rows = np.linalg.svd(square)
        leading = np.take_along_axis(rows, np.argmax(np.abs(rows), axis=1)[:, None], axis=1)
        axes = np.where(leading < 0, -rows, rows).T  # one of two signs: the largest entry is positive
        return singular**2 / self.count, axes

    @property
    def variances(self) -> np.ndarray:
        """The variance along each principal axis, largest first."""
        return self._spectrum[0]

    @property
    def axes(self) -> np.ndarray:
        """The principal axes as columns, in the order of `variances`."""
        return self._spectrum[1]


class Step(ABC):
    """One thing done to data: takes an array, returns a new one."""

    @abstractmethod
    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the new array."""


@dataclass(frozen=True, eq=False)
class Shift(Step):
    """Subtract an origin."""

    origin: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return x minus the origin."""
        return x - self.origin


@dataclass(frozen=True, eq=False)
class Rotate(Step):
    """Turn to new axes, the columns of a matrix."""

    axes: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the coordinates of x along the axes."""
        return x @ self.axes


@dataclass(frozen=True, eq=False)
class Divide(Step):
    """Divide each column by its unit; a column whose unit is 0 is left to a later `Silence`."""

    unit: np.ndarray

    @functools.cached_property
    def _safe(self) -> np.ndarray:
        return np.where(self.unit == 0, 1.0, self.unit)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return x in these units."""
        return x / self._safe


@dataclass(frozen=True, eq=False)
class Silence(Step):
    """Set columns to 0."""

    columns: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return x with these columns 0."""
        return np.where(self.columns, 0.0, x)


class Transformer(ABC):
    """`fit` plans the steps from the statistics of the training data; `transform` takes them."""

    _steps: tuple[Step, ...] | None = None

    @abstractmethod
    def plan(self, training: Statistics) -> tuple[Step, ...]:
        """Return the steps, at least one."""

    def fit(self, x: np.ndarray) -> Self:
        """Learn from x, an (N, D) array, and return self. Forgets what was learnt before."""
        self._steps = self.plan(Statistics(x))
        return self

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Return a new array: x, an (M, D) array, after all steps."""
        if self._steps is None:
            raise RuntimeError(f"{type(self).__name__}: fit comes before transform")
        return functools.reduce(lambda data, step: step(data), self._steps, x)


class MeanCenter(Transformer):
    """Subtract from each column its mean over the training data."""

    def plan(self, training: Statistics) -> tuple[Step, ...]:
        """Return the steps."""
        return (Shift(training.mean),)


class Standardize(Transformer):
    """Subtract the training mean and divide by the training deviation; constant columns become 0."""

    def plan(self, training: Statistics) -> tuple[Step, ...]:
        """Return the steps."""
        return Shift(training.mean), Divide(training.deviation), Silence(training.constant)


class MinMaxScale(Transformer):
    """Training minimum to -1, training maximum to 1; constant columns become 0."""

    def plan(self, training: Statistics) -> tuple[Step, ...]:
        """Return the steps: distance from the minimum in units of half the range, less one."""
        half = (training.high - training.low) / 2
        return Shift(training.low), Divide(half), Shift(np.ones(training.features)), Silence(training.constant)


class PCA(Transformer):
    """Coordinates along the first n_components principal axes."""

    def __init__(self, n_components: int | None):
        self.n_components = n_components

    def plan(self, training: Statistics) -> tuple[Step, ...]:
        """Return the steps."""
        return Shift(training.mean), Rotate(training.axes[:, : self.n_components])


class Whiten(PCA):
    """Coordinates along all principal axes, each divided by sqrt(λ + eps)."""

    def __init__(self, eps: float = 1e-5):
        super().__init__(n_components=None)  # all of them
        self.eps = eps

    def plan(self, training: Statistics) -> tuple[Step, ...]:
        """Return the steps of a full PCA and two more; with eps = 0, an axis without spread becomes 0."""
        unit = np.sqrt(training.variances + self.eps)
        return *super().plan(training), Divide(unit), Silence(unit == 0)
