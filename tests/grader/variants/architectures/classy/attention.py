"""Scaled dot-product attention as a small graph of four gates, each with a backward pass of its own."""

import math
from dataclasses import dataclass, field

import numpy as np

from .losses import softmax


def swapped(x: np.ndarray) -> np.ndarray:
    """Return the view of x with its last two axes swapped."""
    return np.swapaxes(x, -1, -2)


class ProductWithTransposed:
    """f(a, b) = factor · a bᵀ, for stacks of matrices."""

    def forward(self, a: np.ndarray, b: np.ndarray, factor: float) -> np.ndarray:
        """Return the stack of products."""
        self.a, self.b, self.factor = a, b, factor
        return factor * (a @ swapped(b))

    def backward(self, upstream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (da, db)."""
        g = self.factor * upstream
        return g @ self.b, swapped(g) @ self.a


class Product:
    """f(a, b) = a b, for stacks of matrices."""

    def forward(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the stack of products."""
        self.a, self.b = a, b
        return a @ b

    def backward(self, upstream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (da, db)."""
        return upstream @ swapped(self.b), swapped(self.a) @ upstream


@dataclass(slots=True)
class Mask:
    """f(scores) = the score where `allowed` (or everywhere, if that is None), else -∞."""

    allowed: np.ndarray | None

    def forward(self, scores: np.ndarray) -> np.ndarray:
        """Return the masked scores."""
        return scores if self.allowed is None else np.where(self.allowed, scores, -np.inf)

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return the gradient of the scores: none where they were not used."""
        return upstream if self.allowed is None else np.where(self.allowed, upstream, 0.0)


class SoftmaxRows:
    """The softmax along the last axis, whose Jacobian is diag(p) - p pᵀ for each row."""

    def forward(self, scores: np.ndarray) -> np.ndarray:
        """Return the weights p."""
        self.p = softmax(scores)
        return self.p

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return the gradient of the scores: p times the distance of upstream from its mean."""
        mean = np.sum(self.p * upstream, axis=-1, keepdims=True)
        return self.p * (upstream - mean)


@dataclass(eq=False)
class ScaledDotProductAttention:
    """softmax(q kᵀ / √d) v, with T queries and S pairs of a key and a value.

    mask: None, or a bool array that broadcasts to (…, T, S): True where query t may attend to key s.
    Nothing is learnt here: `params` and `grads` stay empty.
    """

    mask: np.ndarray | None = None
    params: dict[str, np.ndarray] = field(default_factory=dict, init=False)
    grads: dict[str, np.ndarray] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._compare = ProductWithTransposed()
        self._forbid = Mask(self.mask)
        self._normalise = SoftmaxRows()
        self._mix = Product()

    def forward(self, q, k, v):
        """Return the output, of shape (…, T, e). q: (…, T, d), k: (…, S, d), v: (…, S, e)."""
        scores = self._compare.forward(q, k, 1.0 / math.sqrt(q.shape[-1]))
        weights = self._normalise.forward(self._forbid.forward(scores))
        return self._mix.forward(weights, v)

    def backward(self, upstream):
        """Return (dq, dk, dv), of the shapes of q, k and v; upstream is a (…, T, e) array."""
        dweights, dv = self._mix.backward(upstream)
        dscores = self._forbid.backward(self._normalise.backward(dweights))
        dq, dk = self._compare.backward(dscores)
        return dq, dk, dv
