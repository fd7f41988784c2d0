"""Gates: the smallest pieces of a circuit, each with a forward and a backward pass.

A gate knows two things: its output, and how that output moves when one of its inputs moves (the local
gradient). The chain rule does the rest: `backward` multiplies the gradient that arrives from above,
`upstream`, into each local gradient, and returns the gradient of `sum(upstream * output)` for each input.

Inputs are arrays, or Python numbers, 0-d or integer arrays, which count as float64. The output's dtype is
NumPy's promotion of the inputs; a gradient has the shape and dtype of its input. A Python number beside a
float32 array is an input like any other, so it is float64 and the output is float64 too; `factor` and
`offset` are no inputs and leave float32 as it is. Results are new arrays, and inputs stay untouched.

Source: lecture note 3 (gates, patterns in backward flow); CS231n notes, "Backpropagation, Intuitions".
"""

import numpy as np


def as_float(x):
    """Return `x` as a floating array: float32 and float64 as they are, anything else as float64. (given)"""
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)


def unbroadcast(gradient, shape):
    """Sum a gradient over the axes along which an input was broadcast.

    NumPy's broadcasting repeats an input of `shape` to fill the output. Each copy adds to the input's
    gradient, so the gradients of all copies are summed: gradients add at branches (lecture note 3).

    gradient: array of the output's shape. shape: tuple, the input's shape, may be ().
    Returns an array of `shape` and of the gradient's dtype; a copy where nothing is summed.
    Example: a (4, 3) gradient of a (3,) input is summed over axis 0; of a (4, 1) input over axis 1.
    """
    # BEGIN SOLUTION
    gradient = as_float(gradient)
    added = gradient.ndim - len(shape)  # axes that broadcasting put in front
    stretched = [added + axis for axis, size in enumerate(shape) if size == 1]
    summed = gradient.sum(axis=(*range(added), *stretched))
    return np.array(summed).reshape(shape)
    # END SOLUTION


class Gate:
    """What every gate offers: `forward`, then `backward` as often as you like. (given)

    `forward(*inputs)` returns the output and keeps what `backward` will need.
    `backward(upstream)` uses the latest `forward` of this instance. `upstream` has the output's shape and
    dtype. It returns one gradient per input: a tuple for two inputs, the bare array for one.
    """

    def forward(self, *inputs):
        """Return the gate's output."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self, upstream):
        """Return the gradient of sum(upstream * output) for each input."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass yet")


class Add(Gate):
    """f(x, y) = x + y, with df/dx = df/dy = 1: the gradient distributor (lecture note 3)."""

    def forward(self, x, y):
        """Return x + y; x and y are arrays of shapes that broadcast."""
        # BEGIN SOLUTION
        self.x, self.y = as_float(x), as_float(y)
        return self.x + self.y
        # END SOLUTION

    def backward(self, upstream):
        """Return (dx, dy), of the shapes and dtypes of x and y. Neither is `upstream` itself."""
        # BEGIN SOLUTION
        dx = unbroadcast(upstream, self.x.shape)
        dy = unbroadcast(upstream, self.y.shape)
        return dx.astype(self.x.dtype), dy.astype(self.y.dtype)
        # END SOLUTION


class Multiply(Gate):
    """f(x, y) = x y, entry by entry, with df/dx = y, df/dy = x: the gradient switcher (lecture note 3)."""

    def forward(self, x, y):
        """Return x * y; x and y are arrays of shapes that broadcast."""
        # BEGIN SOLUTION
        self.x, self.y = as_float(x), as_float(y)
        return self.x * self.y
        # END SOLUTION

    def backward(self, upstream):
        """Return (dx, dy), of the shapes and dtypes of x and y."""
        # BEGIN SOLUTION
        dx = unbroadcast(upstream * self.y, self.x.shape)
        dy = unbroadcast(upstream * self.x, self.y.shape)
        return dx.astype(self.x.dtype), dy.astype(self.y.dtype)
        # END SOLUTION


class Maximum(Gate):
    """f(x, y) = max(x, y), entry by entry: the gradient router (lecture note 3).

    The larger entry gets the whole gradient, the smaller one zero. At a tie the first input, x, gets it all;
    that is decided entry by entry, after broadcasting. (The CS231n notes give it to both: we do not.)
    """

    def forward(self, x, y):
        """Return the larger of x and y; x and y are arrays of shapes that broadcast."""
        # BEGIN SOLUTION
        self.x, self.y = as_float(x), as_float(y)
        return np.maximum(self.x, self.y)
        # END SOLUTION

    def backward(self, upstream):
        """Return (dx, dy), of the shapes and dtypes of x and y."""
        # BEGIN SOLUTION
        x_wins = self.x >= self.y
        dx = unbroadcast(np.where(x_wins, upstream, 0.0), self.x.shape)
        dy = unbroadcast(np.where(x_wins, 0.0, upstream), self.y.shape)
        return dx.astype(self.x.dtype), dy.astype(self.y.dtype)
        # END SOLUTION


class Exp(Gate):
    """f(x) = exp(x), with df/dx = exp(x), which is the output (lecture note 3)."""

    def forward(self, x):
        """Return exp(x); x is an array of any shape."""
        # BEGIN SOLUTION
        self.output = np.exp(as_float(x))
        return self.output
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return upstream * self.output
        # END SOLUTION


class Log(Gate):
    """f(x) = log(x), the natural logarithm, for x > 0, with df/dx = 1/x."""

    def forward(self, x):
        """Return log(x); x is an array of any shape, all entries positive."""
        # BEGIN SOLUTION
        self.x = as_float(x)
        return np.log(self.x)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return upstream / self.x
        # END SOLUTION


class Reciprocal(Gate):
    """f(x) = 1/x, for x ≠ 0, with df/dx = -1/x² (lecture note 3)."""

    def forward(self, x):
        """Return 1 / x; x is an array of any shape, no entry zero."""
        # BEGIN SOLUTION
        self.output = 1.0 / as_float(x)
        return self.output
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return -upstream * self.output**2
        # END SOLUTION


class Scale(Gate):
    """f(x) = a x, with df/dx = a; a is the constant `factor`, a Python number (lecture note 3)."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        """Return factor * x; x is an array of any shape."""
        # BEGIN SOLUTION
        return self.factor * as_float(x)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return self.factor * as_float(upstream)
        # END SOLUTION


class Shift(Gate):
    """f(x) = c + x, with df/dx = 1; c is the constant `offset`, a Python number (lecture note 3)."""

    def __init__(self, offset):
        self.offset = offset

    def forward(self, x):
        """Return offset + x; x is an array of any shape."""
        # BEGIN SOLUTION
        return self.offset + as_float(x)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x: a copy of `upstream`, not `upstream` itself."""
        # BEGIN SOLUTION
        return as_float(upstream).copy()
        # END SOLUTION


class Sigmoid(Gate):
    """f(x) = s(x) = 1 / (1 + exp(-x)), with df/dx = s(x) (1 - s(x)) (lecture note 3).

    The four gates Scale(-1), Exp, Shift(1), Reciprocal in a row, fused into one.
    """

    def forward(self, x):
        """Return s(x); x is an array of any shape. Finite and right for large |x|, such as ±1000."""
        # BEGIN SOLUTION
        x = as_float(x)
        e = np.exp(-np.abs(x))  # never overflows: for x < 0, s(x) = e / (1 + e)
        self.output = np.where(x >= 0, 1.0 / (1.0 + e), e / (1.0 + e))
        return self.output
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return upstream * self.output * (1.0 - self.output)
        # END SOLUTION


class MatMul(Gate):
    """f(x, y) = x y, the matrix product of two matrices: df/dx is a product with yᵀ, df/dy with xᵀ.

    The shapes leave one way only to multiply them (CS231n notes, "Gradients for vectorized operations").
    """

    def forward(self, x, y):
        """Return x @ y, of shape (n, k); x is an (n, m) array, y an (m, k) array. Only 2-D by 2-D."""
        # BEGIN SOLUTION
        self.x, self.y = as_float(x), as_float(y)
        return self.x @ self.y
        # END SOLUTION

    def backward(self, upstream):
        """Return (dx, dy), of the shapes and dtypes of x and y; `upstream` is an (n, k) array."""
        # BEGIN SOLUTION
        dx = upstream @ self.y.T
        dy = self.x.T @ upstream
        return dx.astype(self.x.dtype), dy.astype(self.y.dtype)
        # END SOLUTION
