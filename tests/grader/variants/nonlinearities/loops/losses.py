"""Losses, written with plain Python loops over samples and classes (but for the one whose cost is graded)."""

import math

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
        """Return the loss; scores and targets are both (N,) or both (N, D).

        Raises ValueError if their shapes differ: (N, 1) - (N,) would silently give (N, N).
        """
        if scores.shape != targets.shape:
            raise ValueError(f"scores have shape {scores.shape}, but targets have shape {targets.shape}")
        self.scores = scores
        self.residuals = []
        total = 0.0
        for s, t in zip(scores.reshape(-1).tolist(), targets.reshape(-1).tolist(), strict=True):
            self.residuals.append(s - t)
            total += (s - t) ** 2
        return 0.5 * total / len(scores)

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        rows = len(self.scores)
        gradient = [r / rows for r in self.residuals]
        return np.array(gradient, dtype=self.scores.dtype).reshape(self.scores.shape)


class BinaryHinge(Loss):
    """Σ max(0, 1 - t s) / N for a score s and a target t of ±1; the gradient is 0 where t s = 1."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N,) or (N, 1), targets (N,) of -1 and 1, integers or floats."""
        self.scores = scores
        self.targets = targets
        total = 0.0
        for s, t in zip(scores.reshape(-1).tolist(), targets.tolist(), strict=True):
            total += max(0.0, 1.0 - t * s)
        return total / len(scores)

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        rows = len(self.scores)
        gradient = []
        for s, t in zip(self.scores.reshape(-1).tolist(), self.targets.tolist(), strict=True):
            if t * s < 1:
                gradient.append(-t / rows)
            else:
                gradient.append(0.0)
        return np.array(gradient, dtype=self.scores.dtype).reshape(self.scores.shape)


class MulticlassSVM(Loss):
    """Σᵢ Σ_{j ≠ yᵢ} max(0, sᵢⱼ - s_{i,yᵢ} + margin) / N (lecture note 3); gradient 0 where a term is exactly 0."""

    def __init__(self, margin=1.0):
        self.margin = margin

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1."""
        rows, classes = scores.shape
        self.gradient = np.zeros(scores.shape, dtype=scores.dtype)
        total = 0.0
        for i in range(rows):
            y = int(targets[i])
            paying = 0
            for j in range(classes):
                if j == y:
                    continue
                term = scores[i, j] - scores[i, y] + self.margin
                if term > 0:
                    total += float(term)
                    paying += 1
                    self.gradient[i, j] = 1.0 / rows
            self.gradient[i, y] = -paying / rows
        return total / rows

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        return self.gradient.copy()


def softmax(scores):
    """Return exp(scores) / Σ exp(scores) along the last axis: rows of positive numbers that sum to 1.

    scores: (N, C) array. Finite and right for large |scores|, such as ±1000, also where the rows differ by
    that much: softmax does not change when a number is added to a whole row. Source: lecture note 3.
    """
    probabilities = []
    for row in scores.tolist():
        largest = max(row)
        exponentials = [math.exp(s - largest) for s in row]
        total = sum(exponentials)
        probabilities.append([e / total for e in exponentials])
    return np.array(probabilities, dtype=scores.dtype)


class SoftmaxCrossEntropy(Loss):
    """-Σᵢ log softmax(scoresᵢ)[yᵢ] / N, with gradient (softmax(scores) - one-hot(y)) / N (lecture note 3).

    Its cost is graded, so it works on whole arrays, one step of the handout's formula per line.
    """

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1.

        Right for scores such as ±1000, where the probability of the right class itself rounds to 0.
        """
        rows = np.arange(len(scores))
        largest = scores.max(axis=1, keepdims=True)
        shifted = scores - largest
        self.exponentials = np.exp(shifted)
        self.totals = self.exponentials.sum(axis=1, keepdims=True)
        self.targets = targets
        minus_log_p = -shifted[rows, targets] + np.log(self.totals[:, 0])
        return float(minus_log_p.sum() / len(scores))

    def backward(self):
        """Return the gradient, of the shape and dtype of the scores."""
        rows = np.arange(len(self.exponentials))
        gradient = self.exponentials / self.totals
        gradient[rows, self.targets] -= 1.0
        gradient /= len(rows)
        return gradient
