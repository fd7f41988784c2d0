"""Scaled dot-product attention: each query looks at all keys and takes a weighted mean of the values.

    scores  = q kᵀ / √d                (…, T, S)
    weights = softmax of each row      (…, T, S), 0 where the mask forbids
    output  = weights v                (…, T, e)

Without 1/√d, scores of d-dimensional vectors have a spread of √d, and the softmax saturates.

Sources: lecture note 4 (layers); Vaswani et al. 2017, section 3.2.1.
"""

import math

import numpy as np

from .losses import softmax


class ScaledDotProductAttention:
    """softmax(q kᵀ / √d) v, with T queries and S pairs of a key and a value.

    mask: None, or a bool array that broadcasts to (…, T, S): True where query t may attend to key s. Each row has
    at least one True. A forbidden key gets weight 0, so neither it nor its value matters, or gets a gradient, there.
    Nothing is learnt here: `params` and `grads` stay empty.
    """

    def __init__(self, mask=None):
        self.mask = mask
        self.params, self.grads = {}, {}

    def forward(self, q, k, v):
        """Return the output, of shape (…, T, e).

        q: (…, T, d), k: (…, S, d), v: (…, S, e), all with the same leading axes, which may be none. Finite and right
        for large scores, such as ±1000.
        """
        # BEGIN SOLUTION
        self.q, self.k, self.v = q, k, v
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        if self.mask is not None:
            scores = np.where(self.mask, scores, -np.inf)  # before the softmax: the others share all the weight
        self.weights = softmax(scores)
        return self.weights @ v
        # END SOLUTION

    def backward(self, upstream):
        """Return (dq, dk, dv), of the shapes of q, k and v; upstream is a (…, T, e) array."""
        # BEGIN SOLUTION
        scale = 1.0 / math.sqrt(self.q.shape[-1])
        dv = self.weights.swapaxes(-1, -2) @ upstream
        dweights = upstream @ self.v.swapaxes(-1, -2)
        mean = np.sum(dweights * self.weights, axis=-1, keepdims=True)
        dscores = self.weights * (dweights - mean)  # the Jacobian of a softmax row, diag(p) - p pᵀ, times dweights
        dq = dscores @ self.k * scale
        dk = dscores.swapaxes(-1, -2) @ self.q * scale
        return dq, dk, dv
        # END SOLUTION
