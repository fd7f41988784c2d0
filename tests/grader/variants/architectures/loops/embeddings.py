"""Word vectors and a window classifier, written word by word and place by place."""

import numpy as np

from .initializers import xavier_normal
from .losses import SoftmaxCrossEntropy


class Embedding:
    """output = w[ids]: `params["w"]` has shape (count, dim) and starts normal with standard deviation `std`.

    sparse: if True, `grads["w"]` is a pair (rows, values), if False an array of shape (count, dim).
    """

    def __init__(self, count, dim, rng, std=0.1, sparse=True):
        self.sparse = sparse
        self.count = count
        self.dim = dim
        self.params = {"w": rng.normal(0.0, std, (count, dim))}
        if sparse:
            self.grads = {"w": (np.zeros(0, dtype=np.int64), np.zeros((0, dim)))}
        else:
            self.grads = {"w": np.zeros((count, dim))}

    def forward(self, ids):
        """Return the vectors, of shape ids.shape + (dim,), a copy; ids is an integer array of any shape."""
        self.words = ids.ravel().tolist()  # plain Python integers, one after the other
        vectors = np.zeros((len(self.words), self.dim))
        for place, word in enumerate(self.words):
            vectors[place] = self.params["w"][word]
        return vectors.reshape(*ids.shape, self.dim)

    def backward(self, upstream):
        """Return None, since ids have no gradient; set `grads["w"]` anew. upstream has the output's shape."""
        sums = self.sum_by_word(upstream.reshape(len(self.words), self.dim))
        words = sorted(sums)
        values = np.array([sums[word] for word in words])
        if self.sparse:
            self.grads["w"] = (np.array(words, dtype=np.int64), values)
        else:
            full = np.zeros((self.count, self.dim))
            for word in words:
                full[word] = sums[word]
            self.grads["w"] = full

    def sum_by_word(self, gradients):
        """Return a dict from each word of the latest forward to the sum of the gradients at its places."""
        sums = {}
        for word, gradient in zip(self.words, gradients, strict=True):
            if word in sums:
                sums[word] += gradient
            else:
                sums[word] = gradient.copy()
        return sums


class WindowClassifier:
    """Classify a window of words: scores = (tanh(h w₁ + b₁)) w₂ + b₂, h the word vectors side by side.

    params and grads: "hidden.w" (window · dim, hidden), "hidden.b", "output.w" (hidden, classes), "output.b", and
    "embedding.w" (count, dim) only if `retrain`. vectors: the (count, dim) table of word vectors itself.
    """

    def __init__(self, count, dim, window, hidden, classes, rng, retrain=True):
        self.retrain = retrain
        self.window = window
        self.dim = dim
        self.embedding = Embedding(count, dim, rng, sparse=False)
        self.vectors = self.embedding.params["w"]
        self.criterion = SoftmaxCrossEntropy()
        self.params = {
            "hidden.w": xavier_normal(window * dim, hidden, rng),
            "hidden.b": np.zeros(hidden),
            "output.w": xavier_normal(hidden, classes, rng),
            "output.b": np.zeros(classes),
        }
        if retrain:
            self.params["embedding.w"] = self.vectors
        self.grads = {}
        for name in self.params:
            self.grads[name] = np.zeros(self.params[name].shape)

    def columns_of(self, i):
        """Return the slice of columns of the long row h in which word i of the window lies."""
        return slice(i * self.dim, (i + 1) * self.dim)

    def forward(self, ids):
        """Return the (N, classes) scores; ids is an (N, window) integer array."""
        words = self.embedding.forward(ids)
        self.h = np.zeros((len(ids), self.window * self.dim))
        for i in range(self.window):
            self.h[:, self.columns_of(i)] = words[:, i]
        self.unit = np.tanh(self.h @ self.params["hidden.w"] + self.params["hidden.b"])
        return self.unit @ self.params["output.w"] + self.params["output.b"]

    def loss(self, ids, labels):
        """Return the softmax cross-entropy, a float: the mean over the windows. labels: (N,) integers."""
        return self.criterion.forward(self.forward(ids), labels)

    def backward(self):
        """Set `grads` for the latest `loss`; return the gradient of the looked-up vectors, (N, window, dim)."""
        dscores = self.criterion.backward()
        dunit = dscores @ self.params["output.w"].T
        dbefore = dunit * (1.0 - self.unit * self.unit)  # through tanh
        dh = dbefore @ self.params["hidden.w"].T

        self.grads["output.w"] = self.unit.T @ dscores
        self.grads["output.b"] = dscores.sum(axis=0)
        self.grads["hidden.w"] = self.h.T @ dbefore
        self.grads["hidden.b"] = dbefore.sum(axis=0)

        dwords = np.zeros((len(dh), self.window, self.dim))
        for i in range(self.window):
            dwords[:, i] = dh[:, self.columns_of(i)]
        if self.retrain:
            self.embedding.backward(dwords)
            self.grads["embedding.w"] = self.embedding.grads["w"]
        return dwords

    def predict(self, ids):
        """Return the class with the highest score for each window, int64, of shape (N,)."""
        labels = []
        for scores in self.forward(ids):
            labels.append(int(scores.argmax()))
        return np.array(labels, dtype=np.int64)
