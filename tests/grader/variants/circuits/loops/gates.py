"""Plain loops: over axes, rows or columns."""

import numpy as np


def floats(x):
    x = np.asarray(x)
    if x.dtype == np.float32 or x.dtype == np.float64:
        return x
    return np.asarray(x, dtype=np.float64)


def by_slices(f, *arrays):
    """Apply f to each slice of arrays of one shape, along the first or the last axis, the shorter one."""
    first = arrays[0]
    if first.ndim < 2:
        return np.array(f(*arrays))
    axis = 0 if first.shape[0] < first.shape[-1] else -1
    slices = []
    for i in range(first.shape[axis]):
        slices.append(f(*[np.take(a, i, axis=axis) for a in arrays]))
    return np.stack(slices, axis=axis)


def unbroadcast(gradient, shape):
    total = floats(gradient).copy()
    for _ in range(total.ndim - len(shape)):
        total = total.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and total.shape[axis] > 1:
            total = total.sum(axis=axis, keepdims=True)
    return np.asarray(total)


class Gate:
    pass


class Add(Gate):
    def forward(self, x, y):
        x = floats(x)
        y = floats(y)
        self.x_shape, self.x_dtype = x.shape, x.dtype
        self.y_shape, self.y_dtype = y.shape, y.dtype
        return x + y

    def backward(self, upstream):
        dx = unbroadcast(upstream, self.x_shape)
        dy = unbroadcast(upstream, self.y_shape)
        return dx.astype(self.x_dtype), dy.astype(self.y_dtype)


class Multiply(Gate):
    def forward(self, x, y):
        self.x = floats(x)
        self.y = floats(y)
        return by_slices(lambda a, b: a * b, *np.broadcast_arrays(self.x, self.y))

    def backward(self, upstream):
        upstream = floats(upstream)
        x, y = np.broadcast_arrays(self.x, self.y)
        dx = by_slices(lambda g, b: g * b, upstream, y)
        dy = by_slices(lambda g, a: g * a, upstream, x)
        dx = unbroadcast(dx, self.x.shape).astype(self.x.dtype)
        dy = unbroadcast(dy, self.y.shape).astype(self.y.dtype)
        return [dx, dy]


class Maximum(Gate):
    def forward(self, x, y):
        self.x = floats(x)
        self.y = floats(y)
        a, b = np.broadcast_arrays(self.x, self.y)
        return by_slices(np.maximum, a, b).astype(np.result_type(a, b))

    def backward(self, upstream):
        x, y = np.broadcast_arrays(self.x, self.y)
        dx = np.zeros(x.shape, dtype=self.x.dtype)
        dy = np.zeros(x.shape, dtype=self.y.dtype)
        first = x >= y
        second = ~first
        dx[first] = np.asarray(upstream)[first]
        dy[second] = np.asarray(upstream)[second]
        return unbroadcast(dx, self.x.shape), unbroadcast(dy, self.y.shape)


class Exp(Gate):
    def forward(self, x):
        self.x = floats(x)
        return by_slices(np.exp, self.x)

    def backward(self, upstream):
        return by_slices(lambda g, x: g * np.exp(x), floats(upstream), self.x)


class Log(Gate):
    def forward(self, x):
        self.x = floats(x)
        return by_slices(np.log, self.x)

    def backward(self, upstream):
        return by_slices(lambda g, x: g / x, floats(upstream), self.x)


class Reciprocal(Gate):
    def forward(self, x):
        self.x = floats(x)
        return np.array(1 / self.x)

    def backward(self, upstream):
        return -floats(upstream) / (self.x * self.x)


class Scale(Gate):
    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return floats(x) * self.factor

    def backward(self, upstream):
        return floats(upstream) * self.factor


class Shift(Gate):
    def __init__(self, offset):
        self.offset = offset

    def forward(self, x):
        return floats(x) + self.offset

    def backward(self, upstream):
        return floats(upstream) + 0.0


class Sigmoid(Gate):
    def forward(self, x):
        x = floats(x)
        self.s = np.zeros(x.shape, dtype=x.dtype)
        positive = x > 0
        self.s[positive] = 1 / (1 + np.exp(-x[positive]))
        e = np.exp(x[~positive])
        self.s[~positive] = e / (1 + e)
        return self.s.copy()

    def backward(self, upstream):
        return by_slices(lambda g, s: g * s * (1 - s), floats(upstream), self.s)


class MatMul(Gate):
    def forward(self, x, y):
        self.x = floats(x)
        self.y = floats(y)
        return self.product(self.x, self.y, np.result_type(self.x, self.y))

    def backward(self, upstream):
        dx = self.product(upstream, self.y.T, self.x.dtype)
        dy = self.product(self.x.T, upstream, self.y.dtype)
        return dx, dy

    def product(self, a, b, dtype):
        result = np.zeros((a.shape[0], b.shape[1]), dtype=dtype)
        for i in range(a.shape[0]):
            result[i] = a[i] @ b
        return result
