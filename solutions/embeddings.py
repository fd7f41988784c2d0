"""Word vectors: a table with a row for each word, and a classifier that learns them.

A word is an integer id from 0 to count - 1, its vector is row `id` of the table. Looking it up is a matrix product
with a one-hot row, done without the product; so the gradient of row r is the sum of the upstream gradients of all
places where r was looked up, and zero for words that do not occur. That zero is the pitfall of retraining word
vectors: words of the training data move, their synonyms stay behind (lecture note 2).

Sources: lecture note 2 (gradients with respect to words), lecture note 0 (sparse updates); Collobert et al. 2011.
"""

import numpy as np

from .activations import Tanh
from .initializers import xavier_normal
from .layers import Affine
from .losses import SoftmaxCrossEntropy


class Embedding:
    """output = w[ids]: `params["w"]` has shape (count, dim) and starts normal with standard deviation `std`.

    sparse: if True, `grads["w"]` is a pair (rows, values) such as SparseAdam takes: rows the different ids, sorted,
    values of shape (len(rows), dim) the gradient of each of those rows. If False, an array of shape (count, dim).
    Before the first `backward`, the pair is empty, the array zeros.
    """

    def __init__(self, count, dim, rng, std=0.1, sparse=True):
        self.sparse = sparse
        # BEGIN SOLUTION
        self.params = {"w": rng.normal(0.0, std, (count, dim))}
        empty = np.zeros(0, dtype=np.int64), np.zeros((0, dim))
        self.grads = {"w": empty if sparse else np.zeros((count, dim))}
        # END SOLUTION

    def forward(self, ids):
        """Return the vectors, of shape ids.shape + (dim,), a copy; ids is an integer array of any shape."""
        # BEGIN SOLUTION
        self.ids = ids
        return np.take(self.params["w"], ids, axis=0)
        # END SOLUTION

    def backward(self, upstream):
        """Return None, since ids have no gradient; set `grads["w"]` anew. upstream has the output's shape.

        An id that occurs several times gets the sum: `grad[ids] += upstream` would keep one of them.
        """
        # BEGIN SOLUTION
        w = self.params["w"]
        rows, place = np.unique(np.ravel(self.ids), return_inverse=True)
        values = np.zeros((len(rows), w.shape[1]))
        np.add.at(values, place, upstream.reshape(-1, w.shape[1]))
        if self.sparse:
            self.grads["w"] = rows, values
        else:
            self.grads["w"] = np.zeros_like(w)
            self.grads["w"][rows] = values
        # END SOLUTION


class WindowClassifier:
    """Classify a window of words: scores = (tanh(h w₁ + b₁)) w₂ + b₂, h the word vectors side by side.

    ids (N, window) → Embedding(sparse=False) → (N, window · dim) → Affine → Tanh → Affine → (N, classes).

    params and grads: "hidden.w" (window · dim, hidden), "hidden.b", "output.w" (hidden, classes), "output.b", and
    "embedding.w" (count, dim) only if `retrain`: otherwise no optimizer sees the word vectors, and they stay as they
    are. `grads` holds zeros until the first `backward`. Weights start random, biases at 0.
    vectors: the (count, dim) table of word vectors, with `retrain` the same array object as params["embedding.w"].
    """

    def __init__(self, count, dim, window, hidden, classes, rng, retrain=True):
        self.retrain = retrain
        # BEGIN SOLUTION
        self.embedding = Embedding(count, dim, rng, sparse=False)
        self.hidden = Affine(window * dim, hidden, rng, initializer=xavier_normal)
        self.tanh = Tanh()
        self.output = Affine(hidden, classes, rng, initializer=xavier_normal)
        self.criterion = SoftmaxCrossEntropy()
        self.learnt = {"hidden": self.hidden, "output": self.output}
        if retrain:
            self.learnt["embedding"] = self.embedding
        # END SOLUTION

    @property
    def params(self):
        """Dict of the learnt arrays, always the same array objects."""
        # BEGIN SOLUTION
        return {f"{part}.{name}": w for part, block in self.learnt.items() for name, w in block.params.items()}
        # END SOLUTION

    @property
    def grads(self):
        """Dict with the keys of `params`: the gradients of the latest `backward`."""
        # BEGIN SOLUTION
        return {f"{part}.{name}": g for part, block in self.learnt.items() for name, g in block.grads.items()}
        # END SOLUTION

    @property
    def vectors(self):
        """The (count, dim) table of word vectors itself, no copy."""
        # BEGIN SOLUTION
        return self.embedding.params["w"]
        # END SOLUTION

    def forward(self, ids):
        """Return the (N, classes) scores; ids is an (N, window) integer array."""
        # BEGIN SOLUTION
        self.looked_up = self.embedding.forward(ids)
        side_by_side = self.looked_up.reshape(len(ids), -1)
        return self.output.forward(self.tanh.forward(self.hidden.forward(side_by_side)))
        # END SOLUTION

    def loss(self, ids, labels):
        """Return the softmax cross-entropy, a float: the mean over the windows. labels: (N,) integers."""
        # BEGIN SOLUTION
        return self.criterion.forward(self.forward(ids), labels)
        # END SOLUTION

    def backward(self):
        """Set `grads` for the latest `loss`; return the gradient of the looked-up vectors, (N, window, dim).

        Entry [n, i] belongs to word i of window n alone. It is the same with and without `retrain`.
        """
        # BEGIN SOLUTION
        gradient = self.tanh.backward(self.output.backward(self.criterion.backward()))
        gradient = self.hidden.backward(gradient).reshape(self.looked_up.shape)
        self.embedding.backward(gradient)  # adds up the places of each word
        return gradient
        # END SOLUTION

    def predict(self, ids):
        """Return the class with the highest score for each window, int64, of shape (N,)."""
        # BEGIN SOLUTION
        return np.argmax(self.forward(ids), axis=1)
        # END SOLUTION
