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
        raise NotImplementedError(
            "architectures.scaled_dot_product_attention: "
            "write the forward pass of ScaledDotProductAttention"
        )

    def backward(self, upstream):
        """Return (dq, dk, dv), of the shapes of q, k and v; upstream is a (…, T, e) array."""
        raise NotImplementedError(
            "architectures.scaled_dot_product_attention: "
            "write the backward pass of ScaledDotProductAttention"
        )
