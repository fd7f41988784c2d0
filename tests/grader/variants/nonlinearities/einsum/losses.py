"""Losses, array style: each `forward` leaves a closure behind that returns the gradient."""

import numpy as np

# (N,) labels to an (N, C) mask, True at the label
one_hot = lambda labels, classes: labels[:, np.newaxis] == np.arange(classes)


class Loss:
    """What every loss offers: `forward`, then `backward` as often as you like. (given)

    Here `forward` stores a function without arguments in `pull`, which computes the gradient.
    """

    def forward(self, scores, targets):
        """Return the loss of the batch, a float."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self):
        """Return the gradient of the latest loss with respect to `scores`."""
        return self.pull()


class MeanSquaredError(Loss):
    """½ Σ (score - target)² / N: the sum runs over all entries, N counts the rows only."""

    def forward(self, scores, targets):
        """Return the loss; scores and targets are both (N,) or both (N, D).

        Raises ValueError if their shapes differ: (N, 1) - (N,) would silently give (N, N).
        """
        if np.shape(scores) != np.shape(targets):
            raise ValueError(f"scores {np.shape(scores)} against targets {np.shape(targets)}")
        r, n = np.subtract(scores, targets).astype(scores.dtype), len(scores)
        self.pull = lambda: r / n
        return np.vdot(r, r) / (2 * n)


class BinaryHinge(Loss):
    """Σ max(0, 1 - t s) / N for a score s and a target t of ±1; the gradient is 0 where t s = 1."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N,) or (N, 1), targets (N,) of -1 and 1, integers or floats."""
        t, n = targets.reshape(scores.shape).astype(scores.dtype), len(scores)
        short = 1 - t * scores
        self.pull = lambda: np.heaviside(short, 0) * t / -n
        return (short + np.abs(short)).sum() / (2 * n)


class MulticlassSVM(Loss):
    """Σᵢ Σ_{j ≠ yᵢ} max(0, sᵢⱼ - s_{i,yᵢ} + margin) / N (lecture note 3); gradient 0 where a term is exactly 0."""

    def __init__(self, margin=1.0):
        self.margin = margin

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1."""
        n, hot = len(scores), one_hot(targets, scores.shape[1])
        m = scores - np.einsum("nc,nc->n", scores, hot)[:, np.newaxis] + self.margin
        # The label's own term is margin > 0, so it pays too: row by row, (paying - number of those paying at the label)
        # has 1 - (1 + others) = -others there, and 1 or 0 elsewhere.
        paying = np.heaviside(m, 0)
        self.pull = lambda: (paying - np.einsum("nc,nk->nk", paying, hot)) / n
        return np.maximum(m, 0).sum(where=~hot) / n


def log_softmax(scores):
    """Return the logarithm of softmax: a row minus the log of the sum of its exponentials."""
    z = scores - scores.max(axis=1, keepdims=True)
    z -= np.log(np.einsum("nc->n", np.exp(z)))[:, np.newaxis]
    return z


def softmax(scores):
    """Return exp(scores) / Σ exp(scores) along the last axis: rows of positive numbers that sum to 1.

    scores: (N, C) array. Finite and right for large |scores|, such as ±1000, also where the rows differ by
    that much: softmax does not change when a number is added to a whole row. Source: lecture note 3.
    """
    return np.exp(log_softmax(scores))


class SoftmaxCrossEntropy(Loss):
    """-Σᵢ log softmax(scoresᵢ)[yᵢ] / N, with gradient (softmax(scores) - one-hot(y)) / N (lecture note 3)."""

    def forward(self, scores, targets):
        """Return the loss; scores are (N, C), targets (N,) integer labels from 0 to C - 1.

        Right for scores such as ±1000, where the probability of the right class itself rounds to 0.
        """
        log_p, hot, n = log_softmax(scores), one_hot(targets, scores.shape[1]), len(scores)
        self.pull = lambda: (np.exp(log_p) - hot) / n
        return -log_p[hot].sum() / n
