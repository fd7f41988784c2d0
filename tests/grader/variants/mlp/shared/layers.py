"""Layers: Affine and Flatten keep what they need in closures, Sequential builds its dicts once and updates them."""

import numpy

from .backend import Block
from .initializers import he_normal


class Affine(Block):
    def __init__(self, fan_in, fan_out, rng, initializer=he_normal, dtype=numpy.float64, xp=numpy):
        super().__init__()
        weights = numpy.asarray(initializer(fan_in, fan_out, rng))
        self.params["w"] = xp.asarray(weights.astype(dtype))
        self.params["b"] = xp.zeros((fan_out,), dtype=dtype)
        self.grads.update((name, xp.zeros_like(value)) for name, value in self.params.items())

    def forward(self, x):
        w, b = self.params["w"], self.params["b"]

        def back(upstream):
            self.grads.update(w=numpy.dot(x.T, upstream), b=numpy.sum(upstream, axis=0))
            return numpy.dot(upstream, w.T)

        self.back = back
        return numpy.dot(x, w) + b

    def backward(self, upstream):
        return self.back(upstream)


class Flatten(Block):
    def forward(self, x):
        self.back = lambda upstream: upstream.copy().reshape(x.shape)
        return x.copy().reshape(x.shape[0], -1)

    def backward(self, upstream):
        return self.back(upstream)


class Sequential:
    def __init__(self, *blocks):
        self.blocks = blocks
        self.training = True

    def _gathered(self, what):
        gathered = {}
        for position, block in enumerate(self.blocks):
            gathered.update((f"{position}.{name}", value) for name, value in getattr(block, what).items())
        return gathered

    @property
    def params(self):
        return self._gathered("params")

    @property
    def grads(self):
        return self._gathered("grads")

    def forward(self, x):
        output = self.blocks[0].forward(x)
        for block in self.blocks[1:]:
            output = block.forward(output)
        return output

    def backward(self, upstream):
        gradient = self.blocks[-1].backward(upstream)
        for block in self.blocks[-2::-1]:
            gradient = block.backward(gradient)
        return gradient

    def train(self):
        self._switch(True)

    def eval(self):
        self._switch(False)

    def _switch(self, training):
        self.training = training
        for block in self.blocks:
            switch = getattr(block, "train" if training else "eval", None)
            if switch:
                switch()
