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
        # BEGIN SOLUTION
        if scores.shape != targets.shape:
            raise ValueError(f"scores have shape {scores.shape}, targets {targets.shape}; they must be equal")
        self.residual = (scores - targets).astype(scores.dtype)
        return float(0.5 * np.sum(self.residual**2) / len(scores))
        # END SOLUTION

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        # BEGIN SOLUTION
        return self.residual / len(self.residual)
        # END SOLUTION


class BinaryHinge(Loss):
    """Σ max(0, 1 - t s) / N for a score s and a target t of ±1; the gradient is 0 where t s = 1."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N,) or (N, 1), targets (N,) of -1 and 1, integers or floats."""
        # BEGIN SOLUTION
        self.targets = targets.reshape(scores.shape).astype(scores.dtype)
        self.margins = 1.0 - self.targets * scores
        return float(np.sum(np.maximum(self.margins, 0.0)) / len(scores))
        # END SOLUTION

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        # BEGIN SOLUTION
        return np.where(self.margins > 0, -self.targets, 0.0) / len(self.targets)
        # END SOLUTION


class MulticlassSVM(Loss):
    """Σᵢ Σ_{j ≠ yᵢ} max(0, sᵢⱼ - s_{i,yᵢ} + margin) / N (lecture note 3); gradient 0 where a term is exactly 0."""

    def __init__(self, margin=1.0):
        self.margin = margin

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1."""
        # BEGIN SOLUTION
        self.rows, self.targets = np.arange(len(scores)), targets
        self.margins = scores - scores[self.rows, targets][:, np.newaxis] + self.margin
        self.margins[self.rows, targets] = 0.0  # the sum leaves the right class out
        return float(np.sum(np.maximum(self.margins, 0.0)) / len(scores))
        # END SOLUTION

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        # BEGIN SOLUTION
        gradient = (self.margins > 0).astype(self.margins.dtype)
        gradient[self.rows, self.targets] = -gradient.sum(axis=1)  # each term above 0 pulls the right score up
        return gradient / len(gradient)
        # END SOLUTION


def softmax(scores):
    """Return exp(scores) / Σ exp(scores) along the last axis: rows of numbers from 0 to 1 whose sum is 1.

    scores: (N, C) array. Finite and right for large |scores|, such as ±1000, also where the rows differ by
    that much: softmax does not change when a number is added to a whole row. Source: lecture note 3.
    """
    # BEGIN SOLUTION
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    # END SOLUTION


class SoftmaxCrossEntropy(Loss):
    """-Σᵢ log softmax(scoresᵢ)[yᵢ] / N, with gradient (softmax(scores) - one-hot(y)) / N (lecture note 3)."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1.

        Right for scores such as ±1000, where the probability of the right class itself rounds to 0.
        """
        # BEGIN SOLUTION
        self.scores, self.targets = scores, targets
        self.rows = np.arange(len(scores))
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_sums = np.log(np.sum(np.exp(shifted), axis=1))
        return float(np.sum(log_sums - shifted[self.rows, targets]) / len(scores))
        # END SOLUTION

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        # BEGIN SOLUTION
        gradient = softmax(self.scores)
        gradient[self.rows, self.targets] -= 1.0
        return gradient / len(gradient)
        # END SOLUTION
