"""Gates that lean on one another: one base class for two inputs, the rest built from other gates."""

import numpy as np


def to_float(x):
    x = np.asarray(x)
    return x.astype(float) if x.dtype.kind != "f" else x


def unbroadcast(gradient, shape):
    gradient = to_float(gradient)
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return np.array(gradient)


class Gate:
    """Base class."""


class TwoInputs(Gate):
    """forward and backward of every elementwise gate with two inputs."""

    def forward(self, x, y):
        self.inputs = (to_float(x), to_float(y))
        return self.value(*self.inputs)

    def backward(self, upstream):
        shares = self.shares(upstream, *self.inputs)
        return tuple(unbroadcast(share, x.shape).astype(x.dtype) for share, x in zip(shares, self.inputs, strict=True))


class Add(TwoInputs):
    def value(self, x, y):
        return x + y

    def shares(self, upstream, x, y):
        return upstream, upstream


class Multiply(TwoInputs):
    def value(self, x, y):
        return x * y

    def shares(self, upstream, x, y):
        return upstream * y, upstream * x


class Maximum(TwoInputs):
    def value(self, x, y):
        return np.where(x >= y, x, y)

    def shares(self, upstream, x, y):
        first = (x >= y).astype(upstream.dtype if hasattr(upstream, "dtype") else float)
        return upstream * first, upstream * (1 - first)


class WithConstant(Gate):
    """A gate with two inputs, one of which is a constant of the input's dtype."""

    gate_class = None

    def forward(self, x):
        x = to_float(x)
        self.gate = self.gate_class()
        return self.gate.forward(x, np.asarray(self.constant, dtype=x.dtype))

    def backward(self, upstream):
        return self.gate.backward(upstream)[0]


class Scale(WithConstant):
    gate_class = Multiply

    def __init__(self, factor):
        self.factor = self.constant = factor


class Shift(WithConstant):
    gate_class = Add

    def __init__(self, offset):
        self.offset = self.constant = offset


class OneInput(Gate):
    """Gates whose local gradient is a function of input and output."""

    def forward(self, x):
        self.x = to_float(x)
        self.out = self.value(self.x)
        return self.out

    def backward(self, upstream):
        return upstream * self.slope()


class Exp(OneInput):
    def value(self, x):
        return np.exp(x)

    def slope(self):
        return self.out


class Reciprocal(OneInput):
    def value(self, x):
        return 1 / x

    def slope(self):
        return -self.out * self.out


class Log(OneInput):
    def value(self, x):
        return np.log(x)

    def slope(self):
        return Reciprocal().forward(self.x)


class Sigmoid(Gate):
    """The circuit of lecture note 3 on |x|, where exp cannot overflow; s' is the same at x and -x."""

    def forward(self, x):
        x = to_float(x)
        self.chain = [Scale(-1.0), Exp(), Shift(1.0), Reciprocal()]
        values = [np.abs(x)]
        for gate in self.chain:
            values.append(gate.forward(values[-1]))
        return np.where(x >= 0, values[-1], values[2] * values[-1])

    def backward(self, upstream):
        for gate in reversed(self.chain):
            upstream = gate.backward(upstream)
        return upstream


class MatMul(TwoInputs):
    def value(self, x, y):
        return np.dot(x, y)

    def shares(self, upstream, x, y):
        return np.dot(upstream, y.T), np.dot(x.T, upstream)
