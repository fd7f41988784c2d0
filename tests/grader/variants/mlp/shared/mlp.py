"""A multi-layer perceptron that is a Sequential: names, modes and gradients are inherited."""

from itertools import pairwise

import numpy

from .initializers import he_normal
from .layers import Affine, Sequential
from .regularizers import Dropout


class MLP(Sequential):
    def __init__(
        self,
        sizes,
        activation,
        criterion,
        rng,
        initializer=he_normal,
        dropout=0.0,
        dtype=numpy.float64,
        xp=numpy,
    ):
        def parts():
            for number, (fan_in, fan_out) in enumerate(pairwise(sizes)):
                if number:
                    yield activation()
                    if dropout:
                        yield Dropout(dropout, rng)
                yield Affine(fan_in, fan_out, rng, initializer=initializer, dtype=dtype, xp=xp)

        super().__init__(*parts())
        self.criterion = criterion

    def loss(self, x, targets):
        return self.criterion.forward(self.forward(x), targets)

    def backward(self):
        return super().backward(self.criterion.backward())

    def predict(self, x):
        mode = "train" if self.training else "eval"
        self.eval()
        scores = self.forward(x)
        getattr(self, mode)()
        return scores.argmax(axis=-1).astype(numpy.int64)
