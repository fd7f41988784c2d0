"""Losses as templates: a loss opens a record of the batch, which computes value and gradient when asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np


class Loss:
    """What every loss offers: `forward`, then `backward` as often as you like. (given)"""

    def forward(self, scores, targets):
        """Return the loss of the batch, a float."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self):
        """Return the gradient of the latest loss with respect to `scores`."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass yet")


# --- records of a batch ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def row_numbers(count: int) -> np.ndarray:
    """Return 0, 1, …, count - 1: read-only, so that all batches of one size may share it."""
    rows = np.arange(count)
    rows.setflags(write=False)
    return rows


@dataclass
class Batch(ABC):
    """Scores and targets of one batch. Subclasses give the sum over all rows, and its gradient; the mean is here."""

    scores: np.ndarray
    targets: np.ndarray

    @property
    def size(self) -> int:
        """The number of rows, N."""
        return self.scores.shape[0]

    @cached_property
    def at_labels(self) -> tuple[np.ndarray, np.ndarray]:
        """The index of each row's label in an (N, C) array."""
        return row_numbers(self.size), self.targets.astype(np.intp)

    @property
    @abstractmethod
    def total(self) -> float:
        """The sum of the rows' losses."""

    @property
    @abstractmethod
    def slopes(self) -> np.ndarray:
        """The gradient of `total`, of the scores' shape."""

    @cached_property
    def gradient(self) -> np.ndarray:
        """The gradient of the mean over the rows, of the scores' shape and dtype."""
        return (self.slopes / self.size).astype(self.scores.dtype, copy=False)


class RowMeanLoss(Loss):
    """Template of the four losses: `forward` opens a record of the batch, `backward` reads it."""

    _batch: Batch | None = None

    def open(self, scores: np.ndarray, targets: np.ndarray) -> Batch:
        """Check the batch and open its record."""
        raise NotImplementedError

    def forward(self, scores: np.ndarray, targets: np.ndarray) -> float:
        """Return the mean loss of the rows."""
        self._batch = self.open(scores, targets)
        return float(self._batch.total) / self._batch.size

    def backward(self) -> np.ndarray:
        """Return the gradient, of the shape and dtype of the scores: a copy of the one in the record."""
        if self._batch is None:
            raise RuntimeError(f"{type(self).__name__}: call forward before backward")
        return self._batch.gradient.copy()


# --- squared error ---------------------------------------------------------------------------------------------------


class SquaredErrorBatch(Batch):
    """Half the squares of the residuals."""

    @cached_property
    def slopes(self) -> np.ndarray:
        """The residuals."""
        return self.scores - self.targets

    @property
    def total(self) -> float:
        """Half the sum of their squares."""
        return 0.5 * np.sum(np.square(self.slopes))


class MeanSquaredError(RowMeanLoss):
    """½ Σ (score - target)² / N: the sum runs over all entries, N counts the rows only."""

    def open(self, scores: np.ndarray, targets: np.ndarray) -> Batch:
        """Refuse shapes that differ: (N, 1) - (N,) would silently give (N, N)."""
        if scores.shape != targets.shape:
            raise ValueError(f"scores of shape {scores.shape} and targets of shape {targets.shape} differ")
        return SquaredErrorBatch(scores, targets)


# --- hinges ----------------------------------------------------------------------------------------------------------


class HingeBatch(Batch):
    """Sum of max(0, term) over all terms; subclasses give `terms` and spread the active ones over the scores."""

    @property
    @abstractmethod
    def terms(self) -> np.ndarray:
        """What is missing to the margin; content where it is not positive."""

    @cached_property
    def active(self) -> np.ndarray:
        """The terms that pay, as a mask: a term of exactly 0 does not."""
        return self.terms > 0

    @property
    def total(self) -> float:
        """The sum of the terms that pay."""
        return np.sum(self.terms[self.active])


class BinaryHingeBatch(HingeBatch):
    """One term for each row: 1 - t s."""

    @cached_property
    def signs(self) -> np.ndarray:
        """The targets in the shape and dtype of the scores."""
        return self.targets.astype(self.scores.dtype).reshape(self.scores.shape)

    @cached_property
    def terms(self) -> np.ndarray:
        """1 - t s."""
        return 1 - self.signs * self.scores

    @cached_property
    def slopes(self) -> np.ndarray:
        """-t where the term pays."""
        return np.where(self.active, -self.signs, 0)


@dataclass
class MulticlassBatch(HingeBatch):
    """C terms for each row; the label's own one is set to 0, so that it never pays."""

    margin: float

    @cached_property
    def terms(self) -> np.ndarray:
        """The scores minus the label's score plus the margin."""
        terms = self.scores - self.scores[self.at_labels][:, np.newaxis] + self.margin
        terms[self.at_labels] = 0
        return terms

    @cached_property
    def slopes(self) -> np.ndarray:
        """1 where a term pays, and at the label minus the number of those that pay."""
        slopes = self.active.astype(self.scores.dtype)
        slopes[self.at_labels] -= np.count_nonzero(self.active, axis=1)
        return slopes


class BinaryHinge(RowMeanLoss):
    """Σ max(0, 1 - t s) / N for a score s and a target t of ±1; the gradient is 0 where t s = 1."""

    def open(self, scores: np.ndarray, targets: np.ndarray) -> Batch:
        """Scores are (N,) or (N, 1), targets (N,) of -1 and 1, integers or floats."""
        return BinaryHingeBatch(scores, targets)


class MulticlassSVM(RowMeanLoss):
    """Σᵢ Σ_{j ≠ yᵢ} max(0, sᵢⱼ - s_{i,yᵢ} + margin) / N (lecture note 3); gradient 0 where a term is exactly 0."""

    def __init__(self, margin: float = 1.0):
        self.margin = margin

    def open(self, scores: np.ndarray, targets: np.ndarray) -> Batch:
        """Scores are (N, C), targets (N,) integer labels from 0 to C - 1."""
        return MulticlassBatch(scores, targets, self.margin)


# --- softmax ---------------------------------------------------------------------------------------------------------


@dataclass
class StableRows:
    """Rows of scores, shifted by their own maxima; what softmax and its logarithm share is computed once."""

    scores: np.ndarray

    @cached_property
    def shifted(self) -> np.ndarray:
        """The rows with 0 as their largest entry."""
        return self.scores - np.max(self.scores, axis=1, keepdims=True)

    @cached_property
    def weights(self) -> np.ndarray:
        """Their exponentials."""
        return np.exp(self.shifted)

    @cached_property
    def totals(self) -> np.ndarray:
        """The rows' sums of exponentials, (N, 1)."""
        return np.sum(self.weights, axis=1, keepdims=True)

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax, a new array each time."""
        return self.weights / self.totals


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return exp(scores) / Σ exp(scores) along the last axis: rows of positive numbers that sum to 1.

    scores: (N, C) array. Finite and right for large |scores|, such as ±1000, also where the rows differ by
    that much: softmax does not change when a number is added to a whole row. Source: lecture note 3.
    """
    return StableRows(scores).probabilities


class CrossEntropyBatch(Batch):
    """Minus the logarithm of the labels' probabilities."""

    @cached_property
    def rows(self) -> StableRows:
        """The scores as rows ready for softmax."""
        return StableRows(self.scores)

    @property
    def total(self) -> float:
        """log Σ exp minus the label's score, both relative to the row's maximum."""
        return np.sum(np.log(self.rows.totals[:, 0]) - self.rows.shifted[self.at_labels])

    @property
    def slopes(self) -> np.ndarray:
        """Probabilities minus one-hot labels."""
        slopes = self.rows.probabilities
        slopes[self.at_labels] -= 1
        return slopes


class SoftmaxCrossEntropy(RowMeanLoss):
    """-Σᵢ log softmax(scoresᵢ)[yᵢ] / N, with gradient (softmax(scores) - one-hot(y)) / N (lecture note 3)."""

    def open(self, scores: np.ndarray, targets: np.ndarray) -> Batch:
        """Scores are (N, C), targets (N,) integer labels from 0 to C - 1."""
        return CrossEntropyBatch(scores, targets)
