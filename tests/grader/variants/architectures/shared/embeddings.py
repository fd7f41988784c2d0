"""Word vectors, written with sorting and one's own Embedding inside the classifier."""

import numpy as np

from .activations import Tanh
from .initializers import xavier_normal
from .layers import Affine, Sequential
from .losses import SoftmaxCrossEntropy


class Embedding:
    def __init__(self, count, dim, rng, std=0.1, sparse=True):
        self.sparse = sparse
        self.params = {"w": std * rng.standard_normal((count, dim))}
        self.grads = {"w": np.zeros((count, dim))}

    def forward(self, ids):
        self.shape, self.flat = ids.shape, ids.reshape(-1)
        return self.params["w"][self.flat].reshape(*self.shape, -1)

    def backward(self, upstream):
        count, dim = self.params["w"].shape
        order = np.argsort(self.flat, kind="stable")
        ordered = self.flat[order]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        sums = np.add.reduceat(upstream.reshape(-1, dim)[order], starts, axis=0)
        rows = ordered[starts]
        if self.sparse:
            self.grads = {"w": (rows, sums)}
            return
        full = np.zeros((count, dim))
        full[rows] = sums
        self.grads = {"w": full}


class WindowClassifier:
    def __init__(self, count, dim, window, hidden, classes, rng, retrain=True):
        self.retrain = retrain
        self.words = Embedding(count, dim, rng, sparse=False)
        first = Affine(window * dim, hidden, rng, xavier_normal)
        second = Affine(hidden, classes, rng, xavier_normal)
        self.rest = Sequential(first, Tanh(), second)
        self.loss_function = SoftmaxCrossEntropy()
        self.params = {
            "hidden.w": first.params["w"],
            "hidden.b": first.params["b"],
            "output.w": second.params["w"],
            "output.b": second.params["b"],
        }
        self.vectors = self.words.params["w"]
        if retrain:
            self.params["embedding.w"] = self.vectors
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def forward(self, ids):
        self.ids = ids
        return self.rest.forward(self.words.forward(ids).reshape(len(ids), -1))

    def loss(self, ids, labels):
        return self.loss_function.forward(self.forward(ids), labels)

    def backward(self):
        dx = self.rest.backward(self.loss_function.backward())
        dx = dx.reshape(*self.ids.shape, -1)
        self.words.backward(dx)
        names = {"0.w": "hidden.w", "0.b": "hidden.b", "2.w": "output.w", "2.b": "output.b"}
        self.grads = {names[name]: value for name, value in self.rest.grads.items()}
        if self.retrain:
            self.grads["embedding.w"] = self.words.grads["w"]
        return dx

    def predict(self, ids):
        return self.forward(ids).argmax(axis=1)
