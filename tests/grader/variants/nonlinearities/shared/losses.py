"""Losses that lean on one another's work: margins through ReLU, cross-entropy's gradient through softmax."""

import numpy as np

from .activations import ReLU


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Loss:
    """Keeps what backward returns."""

    def forward(self, scores, targets):
        loss, gradient = self.both(scores, targets)
        self.gradient = (gradient / len(scores)).astype(scores.dtype).reshape(scores.shape)
        return float(loss) / len(scores)

    def backward(self):
        return self.gradient.copy()


class MeanSquaredError(Loss):
    def both(self, scores, targets):
        if np.shape(scores) != np.shape(targets):
            raise ValueError("scores and targets differ in shape")
        error = scores - targets
        return np.vdot(error, error) / 2, error


class BinaryHinge(Loss):
    def both(self, scores, targets):
        t = np.asarray(targets, dtype=scores.dtype)
        relu = ReLU()
        loss = relu.forward(1 - t * scores.reshape(-1)).sum()
        return loss, -t * relu.backward(np.ones_like(t))


class MulticlassSVM(Loss):
    def __init__(self, margin=1.0):
        self.margin = margin

    def both(self, scores, targets):
        rows = np.arange(len(scores))
        margins = scores - scores[rows, targets][:, None] + self.margin
        margins[rows, targets] = -1  # the label is no rival of itself
        relu = ReLU()
        loss = relu.forward(margins).sum()
        gradient = relu.backward(np.ones_like(margins))
        gradient[rows, targets] -= gradient.sum(axis=1)
        return loss, gradient


class SoftmaxCrossEntropy(Loss):
    def both(self, scores, targets):
        onehot = np.arange(scores.shape[1]) == np.asarray(targets)[:, None]
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -log_p[onehot].sum(), softmax(scores) - onehot
