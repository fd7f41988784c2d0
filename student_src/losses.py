"""Losses: one number that says how wrong a batch of scores is, and its gradient.

`forward(scores, targets)` returns a float: the mean over the N rows (samples), never over columns.
`backward()` takes no argument, since a loss stands at the end of the graph and its upstream gradient is 1. It
returns the gradient of the latest `forward` with respect to `scores`, of their shape and dtype, whatever the
dtype of the targets. The 1/N is in it. Results are new arrays, and inputs stay untouched.

Sources: lecture notes 1, 3 and 4; CS231n notes, "Linear classification" (SVM and softmax).
"""

import numpy as np


class Loss:
    """What every loss offers: `forward`, then `backward` as often as you like. (given)"""

    def forward(self, scores, targets):
        """Return the loss of the batch, a float."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self):
        """Return the gradient of the latest loss with respect to `scores`."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass yet")


class MeanSquaredError(Loss):
    """½ Σ (score - target)² / N: the sum runs over all entries, N counts the rows only."""

    def forward(self, scores, targets):
        """Return the loss; scores and targets are both (N,) or both (N, D), float64 or float32 each.

        Raises ValueError if their shapes differ: (N, 1) - (N,) would silently give (N, N).
        """
        raise NotImplementedError(
            "nonlinearities.mean_squared_error: "
            "write the forward pass of MeanSquaredError"
        )

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        raise NotImplementedError(
            "nonlinearities.mean_squared_error: "
            "write the backward pass of MeanSquaredError"
        )


class BinaryHinge(Loss):
    """Σ max(0, 1 - t s) / N for a score s and a target t of ±1; the gradient is 0 where t s = 1."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N,) or (N, 1), targets (N,) of -1 and 1, integers or floats."""
        raise NotImplementedError("nonlinearities.binary_hinge: write the forward pass of BinaryHinge")

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        raise NotImplementedError("nonlinearities.binary_hinge: write the backward pass of BinaryHinge")


class MulticlassSVM(Loss):
    """Σᵢ Σ_{j ≠ yᵢ} max(0, sᵢⱼ - s_{i,yᵢ} + margin) / N (lecture note 3); gradient 0 where a term is exactly 0."""

    def __init__(self, margin=1.0):
        self.margin = margin

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1."""
        raise NotImplementedError("nonlinearities.multiclass_svm: write the forward pass of MulticlassSVM")

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        raise NotImplementedError("nonlinearities.multiclass_svm: write the backward pass of MulticlassSVM")


def softmax(scores):
    """Return exp(scores) / Σ exp(scores) along the last axis: rows of numbers from 0 to 1 whose sum is 1.

    scores: (N, C) array. Finite and right for large |scores|, such as ±1000, also where the rows differ by
    that much: softmax does not change when a number is added to a whole row. Source: lecture note 3.
    """
    raise NotImplementedError("nonlinearities.softmax: write softmax")


class SoftmaxCrossEntropy(Loss):
    """-Σᵢ log softmax(scoresᵢ)[yᵢ] / N, with gradient (softmax(scores) - one-hot(y)) / N (lecture note 3)."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1.

        Right for scores such as ±1000, where the probability of the right class itself rounds to 0.
        """
        raise NotImplementedError(
            "nonlinearities.softmax_cross_entropy: "
            "write the forward pass of SoftmaxCrossEntropy"
        )

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        raise NotImplementedError(
            "nonlinearities.softmax_cross_entropy: "
            "write the backward pass of SoftmaxCrossEntropy"
        )
