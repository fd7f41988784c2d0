"""Word vectors with two layouts of the gradient, and a window classifier put together from named blocks."""

from dataclasses import dataclass
from functools import partial, reduce
from typing import Protocol

import numpy as np

from .activations import Tanh
from .initializers import xavier_normal
from .layers import Affine
from .losses import SoftmaxCrossEntropy
from .transfer import NamedBlocks


def sums_by_id(ids: np.ndarray, gradients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows, values): the different ids in ascending order, and the sum of the gradients of each.

    ids: (M,) integers, at least one; gradients: (M, dim). Equal ids are brought together, then added run by run.
    """
    order = np.argsort(ids, kind="stable")
    rows, starts = np.unique(ids[order], return_index=True)
    return rows, np.add.reduceat(gradients[order], starts, axis=0)


class Layout(Protocol):
    """How the gradient of a (count, dim) table is handed over."""

    def zeros(self) -> object:
        """Return the gradient before the first `backward`."""

    def gradient(self, rows: np.ndarray, values: np.ndarray) -> object:
        """Return the gradient that is `values` in `rows` and 0 elsewhere."""


@dataclass(frozen=True, slots=True)
class PairLayout:
    """The pair (rows, values), such as SparseAdam takes."""

    count: int
    dim: int

    def zeros(self):
        """Return a pair without rows."""
        return np.zeros(0, dtype=np.int64), np.zeros((0, self.dim))

    def gradient(self, rows, values):
        """Return the pair."""
        return rows, values


@dataclass(frozen=True, slots=True)
class FullLayout:
    """An array of the table's shape."""

    count: int
    dim: int

    def zeros(self):
        """Return an array of zeros."""
        return np.zeros((self.count, self.dim))

    def gradient(self, rows, values):
        """Return a new array, 0 in the rows that are not named."""
        full = self.zeros()
        full[rows] = values
        return full


class Embedding:
    """output = w[ids]: `params["w"]` has shape (count, dim) and starts normal with standard deviation `std`.

    sparse: if True, `grads["w"]` is a pair (rows, values), if False an array of shape (count, dim).
    """

    def __init__(self, count, dim, rng, std=0.1, sparse=True):
        self.sparse = sparse
        self.layout: Layout = (PairLayout if sparse else FullLayout)(count, dim)
        self.params = {"w": rng.normal(0.0, std, (count, dim))}
        self.grads = {"w": self.layout.zeros()}

    def forward(self, ids):
        """Return the vectors, of shape ids.shape + (dim,), a copy; ids is an integer array of any shape."""
        self._ids = ids.reshape(-1)
        return np.take(self.params["w"], ids, axis=0)

    def backward(self, upstream):
        """Return None, since ids have no gradient; set `grads["w"]` anew. upstream has the output's shape."""
        rows, values = sums_by_id(self._ids, upstream.reshape(len(self._ids), -1))
        self.grads["w"] = self.layout.gradient(rows, values)


class SideBySide:
    """(N, window, dim) → (N, window · dim), word after word: a reshape that remembers the way back."""

    def forward(self, vectors: np.ndarray) -> np.ndarray:
        """Return the long rows."""
        self._shape = vectors.shape
        return vectors.reshape(len(vectors), -1)

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return the rows cut into one piece for each place."""
        return upstream.reshape(self._shape)


class WindowClassifier(NamedBlocks):
    """Classify a window of words: Embedding → side by side → Affine → Tanh → Affine → scores.

    params and grads: "hidden.w" (window · dim, hidden), "hidden.b", "output.w" (hidden, classes), "output.b", and
    "embedding.w" (count, dim) only if `retrain`: otherwise no optimizer sees the word vectors.
    """

    def __init__(self, count, dim, window, hidden, classes, rng, retrain=True):
        affine = partial(Affine, rng=rng, initializer=xavier_normal)
        self.retrain = retrain
        self._embedding = Embedding(count, dim, rng, sparse=False)
        to_hidden, to_output = affine(window * dim, hidden), affine(hidden, classes)
        self._chain = (SideBySide(), to_hidden, Tanh(), to_output)
        self._criterion = SoftmaxCrossEntropy()
        super().__init__(hidden=to_hidden, output=to_output, **({"embedding": self._embedding} if retrain else {}))

    @property
    def vectors(self):
        """The (count, dim) table of word vectors itself, no copy."""
        return self._embedding.params["w"]

    def forward(self, ids):
        """Return the (N, classes) scores; ids is an (N, window) integer array."""
        return reduce(lambda signal, block: block.forward(signal), self._chain, self._embedding.forward(ids))

    def loss(self, ids, labels):
        """Return the softmax cross-entropy, a float: the mean over the windows. labels: (N,) integers."""
        return self._criterion.forward(self.forward(ids), labels)

    def backward(self):
        """Set `grads` for the latest `loss`; return the gradient of the looked-up vectors, (N, window, dim)."""
        blocks = reversed(self._chain)
        words = reduce(lambda gradient, block: block.backward(gradient), blocks, self._criterion.backward())
        if self.retrain:
            self._embedding.backward(words)
        return words

    def predict(self, ids):
        """Return the class with the highest score for each window, int64, of shape (N,)."""
        return np.argmax(self.forward(ids), axis=1).astype(np.int64)
