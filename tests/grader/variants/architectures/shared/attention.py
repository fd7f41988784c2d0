"""Attention by einsum; the mask is a very negative score, and the softmax is that of the losses."""

import math

import numpy as np

from .losses import softmax


class ScaledDotProductAttention:
    def __init__(self, mask=None):
        self.mask = mask
        self.params, self.grads = {}, {}

    def forward(self, q, k, v):
        self.q, self.k, self.v = q / math.sqrt(q.shape[-1]), k, v
        scores = np.einsum("...td,...sd->...ts", self.q, k)
        if self.mask is not None:
            scores[np.broadcast_to(~self.mask, scores.shape)] = -1e30
        self.weights = softmax(scores)
        return np.einsum("...ts,...se->...te", self.weights, v)

    def backward(self, upstream):
        p = self.weights
        inner = p * np.einsum("...te,...se->...ts", upstream, self.v)
        inner -= p * inner.sum(axis=-1, keepdims=True)
        dq = np.einsum("...ts,...sd->...td", inner, self.k) / math.sqrt(self.k.shape[-1])
        return dq, np.einsum("...ts,...td->...sd", inner, self.q), np.einsum("...ts,...te->...se", p, upstream)
