"""Activations that lean on one another: Tanh on Sigmoid, the leaky family on ReLU, the rest on one base class."""

import numpy as np


class Activation:
    def __init__(self):
        self.params = {}
        self.grads = {}


class BySlope(Activation):
    """An activation of which only the value and the slope at x differ."""

    def forward(self, x):
        self.x = x
        return self.value(x)

    def backward(self, upstream):
        return upstream * self.local(self.x)


class Identity(BySlope):
    def value(self, x):
        return 1 * x

    def local(self, x):
        return np.ones_like(x)


class Step(BySlope):
    def value(self, x):
        return np.heaviside(x, np.zeros_like(x))

    def local(self, x):
        return np.zeros_like(x)


class Sigmoid(BySlope):
    def value(self, x):
        half = np.exp(-np.logaddexp(np.zeros_like(x), -x))
        self.out = half
        return half

    def local(self, x):
        return self.out - self.out * self.out


class Tanh(Activation):
    """tanh x = 2 s(2x) - 1, in both passes."""

    def forward(self, x):
        self.inner = Sigmoid()
        return 2 * self.inner.forward(2 * x) - 1

    def backward(self, upstream):
        return 4 * self.inner.backward(upstream)


class HardTanh(BySlope):
    def value(self, x):
        return np.minimum(np.maximum(x, -1), 1)

    def local(self, x):
        return ((x > -1) & (x < 1)).astype(x.dtype)


class ReLU(BySlope):
    def value(self, x):
        return np.maximum(x, 0)

    def local(self, x):
        return np.heaviside(x, np.zeros_like(x))


class LeakyReLU(Activation):
    """The line slope·x plus (1 - slope) times a ReLU."""

    def __init__(self, slope=0.01):
        super().__init__()
        self.slope = slope
        self.relu = ReLU()

    def forward(self, x):
        return self.slope * x + (1 - self.slope) * self.relu.forward(x)

    def backward(self, upstream):
        return self.slope * upstream + (1 - self.slope) * self.relu.backward(upstream)


class ELU(BySlope):
    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def value(self, x):
        self.out = np.maximum(x, 0) + self.alpha * (np.exp(np.minimum(x, 0)) - 1)
        return self.out

    def local(self, x):
        return np.where(x > 0, np.ones_like(x), self.out + self.alpha)


class PReLU(Activation):
    """A leaky ReLU of the slope of the moment; what the slope moves is x less its ReLU."""

    def __init__(self, slope=0.25):
        super().__init__()
        self.params["slope"] = np.full(1, float(slope))
        self.grads["slope"] = np.zeros(1)

    def forward(self, x):
        self.leaky = LeakyReLU(float(self.params["slope"][0]))
        self.below = x - ReLU().forward(x)
        return self.leaky.forward(x)

    def backward(self, upstream):
        self.grads = {"slope": np.array([np.vdot(self.below, upstream)])}
        return self.leaky.backward(upstream)


class Maxout(Activation):
    def __init__(self, w1, b1, w2, b2):
        super().__init__()
        self.params = {key: np.array(value) for key, value in zip(self.keys(), (w1, b1, w2, b2), strict=True)}

    @staticmethod
    def keys():
        return ("w1", "b1", "w2", "b2")

    def forward(self, x):
        self.x = x
        pieces = np.stack([x @ self.params["w1"] + self.params["b1"], x @ self.params["w2"] + self.params["b2"]])
        self.winner = pieces.argmax(axis=0)
        return pieces.max(axis=0)

    def backward(self, upstream):
        dx = np.zeros_like(self.x)
        for index, number in enumerate("12"):
            share = upstream * (self.winner == index)
            self.grads["w" + number] = np.einsum("nd,nk->dk", self.x, share)
            self.grads["b" + number] = share.sum(0)
            dx += share @ self.params["w" + number].T
        return dx


def tanh_from_sigmoid(x):
    return 2 * Sigmoid().forward(2 * x) - 1


def saturation(block, x, threshold=0.01):
    output = block.forward(x)
    slopes = np.abs(block.backward(np.full(output.shape, 1.0)))
    return np.count_nonzero(slopes < threshold) / slopes.size


def dead_units(outputs):
    return ~outputs.any(axis=0)


def collapse(weights, biases):
    """From the back: an affine map applied to the rows of the next one."""
    w, b = np.eye(len(weights[-1][0])), np.zeros(len(weights[-1][0]))
    for weight, bias in zip(reversed(weights), reversed(biases), strict=True):
        w, b = weight @ w, bias @ w + b
    return w, b


def one_signed_columns(x, upstream):
    signs = np.sign(np.dot(x.T, upstream))
    return np.abs(signs.sum(axis=0)) == len(signs)
