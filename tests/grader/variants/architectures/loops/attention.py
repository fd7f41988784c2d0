"""Scaled dot-product attention, one query at a time: a query looks only at the keys that it may see."""

import math

import numpy as np


def softmax_of_row(scores):
    """Return exp(scores) / Σ exp(scores) of a one-dimensional array, the largest score taken off first."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


class ScaledDotProductAttention:
    """softmax(q kᵀ / √d) v, with T queries and S pairs of a key and a value.

    mask: None, or a bool array that broadcasts to (…, T, S): True where query t may attend to key s.
    """

    def __init__(self, mask=None):
        self.mask = mask
        self.params, self.grads = {}, {}

    def forward(self, q, k, v):
        """Return the output, of shape (…, T, e). q: (…, T, d), k: (…, S, d), v: (…, S, e)."""
        self.q, self.k, self.v = q, k, v
        self.scale = 1.0 / math.sqrt(q.shape[-1])
        self.looks = []  # (index of the query, index of its sample, numbers of the keys it sees, their weights)
        queries, keys = q.shape[:-1], k.shape[-2]
        may_see = np.broadcast_to(True if self.mask is None else self.mask, (*queries, keys))

        output = np.zeros((*queries, v.shape[-1]))
        for query in np.ndindex(*queries):
            sample = query[:-1]
            allowed = np.flatnonzero(may_see[query])
            scores = self.scale * (k[sample][allowed] @ q[query])
            weights = softmax_of_row(scores)
            output[query] = weights @ v[sample][allowed]
            self.looks.append((query, sample, allowed, weights))
        return output

    def backward(self, upstream):
        """Return (dq, dk, dv), of the shapes of q, k and v; upstream is a (…, T, e) array."""
        dq, dk, dv = np.zeros(self.q.shape), np.zeros(self.k.shape), np.zeros(self.v.shape)
        for query, sample, allowed, weights in self.looks:
            g = upstream[query]
            to_weights = self.v[sample][allowed] @ g
            mean = np.sum(weights * to_weights)
            to_scores = weights * (to_weights - mean)
            dq[query] = self.scale * (to_scores @ self.k[sample][allowed])
            dk[sample][allowed] += self.scale * np.outer(to_scores, self.q[query])
            dv[sample][allowed] += np.outer(weights, g)
        return dq, dk, dv
