"""Layers: a whole batch at once, one sample per row, without a loop over samples. Style: homogeneous coordinates.

f(x) = x w + b is one product x̃ θ with x̃ = (x, 1) and θ = (w over b); w and b are views of θ. One product
x̃ᵀ g is then dw over db. Rows of blocks are folds.

A layer is a block: `forward(x)` returns the output and keeps what `backward` needs; `backward(upstream)` returns
the gradient of `sum(upstream * output)` for x, of x's shape and dtype, and assigns `grads` (never adds to what is
there). It uses the latest `forward`, and may be called several times. Results are new arrays, inputs stay
untouched.
`params` and `grads` are dicts with the same keys; every access to `params` gives the same array objects.

Layers run wherever their arrays live (see backend.py): `x`, `upstream` and `params` belong to one library.

Sources: lecture notes 1 (each layer one matrix and one function; dL/dI and dL/dw for every block), 2
(vectorisation) and 4 (forward and backward as matrix products; its z = W z lacks a transpose: here z = x W + b).
"""

from functools import reduce

import numpy
import numpy as np

from .backend import Block
from .initializers import he_normal


def _split(theta):
    """The views w = θ[:-1] and b = θ[-1]."""
    return {"w": theta[:-1], "b": theta[-1]}


class Affine(Block):
    """f(x) = x w + b for every row x of a batch: dx = g wᵀ, dw = xᵀ g, db = Σ g over the rows.

    fan_in, fan_out: ints, the numbers of inputs and outputs. initializer: called once, as
    initializer(fan_in, fan_out, rng), gives the first w; b starts at 0. Both have `dtype` and belong to the
    array library `xp`, while rng and what the initializer returns are always NumPy's. x has that dtype too.
    `params`: "w" (fan_in, fan_out) and "b" (fan_out,). `grads`: the same, zeros until the first `backward`.
    """

    def __init__(self, fan_in, fan_out, rng, initializer=he_normal, dtype=numpy.float64, xp=numpy):
        super().__init__()
        self.theta, self.slope = (xp.zeros((fan_in + 1, fan_out), dtype=dtype) for _ in range(2))
        self.theta[:-1] = xp.array(initializer(fan_in, fan_out, rng), dtype=dtype)
        self.params, self.grads = _split(self.theta), _split(self.slope)

    def forward(self, x):
        """Return x̃ θ, of shape (N, fan_out); x is (N, fan_in)."""
        self.x1 = np.concatenate((x, np.ones_like(x[:, :1])), axis=1)
        return self.x1 @ self.theta

    def backward(self, upstream):
        """Return dx = g wᵀ, of shape (N, fan_in); dθ = x̃ᵀ g goes into `grads`. `upstream` is (N, fan_out)."""
        np.matmul(self.x1.T, upstream, out=self.slope)
        return upstream @ self.params["w"].T


class Flatten(Block):
    """Lay all axes but the first in one row: (N, …) → (N, D), in C order. Nothing is computed, nothing learnt."""

    def forward(self, x):
        """Return a copy of x as an (N, D) array; x has two axes or more. An (N, D) array keeps its shape."""
        self.shape = x.shape
        return x.reshape(len(x), -1).copy()

    def backward(self, upstream):
        """Return dx: a copy of upstream, an (N, D) array, in the shape of x."""
        return upstream.reshape(self.shape).copy()


def named(which, blocks):
    """One dict {"{position}.{name}": array} of the `params` or `grads` (that is `which`) of all blocks."""
    return {f"{i}.{name}": a for i, block in enumerate(blocks) for name, a in getattr(block, which).items()}


def switch(training):
    """Make a method `train` or `eval`, for everything that has `blocks`."""
    method = "train" if training else "eval"

    def to_mode(self):
        self.training = training
        for has_modes in filter(None, (getattr(block, method, None) for block in self.blocks)):
            has_modes()

    to_mode.__name__ = method
    to_mode.__doc__ = f"Call {method}() here and in every block that has it."
    return to_mode


class Sequential:
    """Blocks in a row, as one block: each gets the output of the one before it, and on the way back the reverse.

    blocks: at least one, each with `forward`, `backward`, `params` and `grads`. They may have parameters or none,
    modes (`train`, `eval`) or none, and may be a Sequential again. Whether the row is one block or many makes no
    difference from outside.
    """

    def __init__(self, *blocks):
        self.blocks = blocks
        self.training = True

    params = property(lambda self: named("params", self.blocks), doc="The blocks' own arrays, by position.")
    grads = property(lambda self: named("grads", self.blocks), doc="Those of the latest `backward`.")
    train, eval = switch(True), switch(False)

    def forward(self, x):
        """Return the output of the last block."""
        return reduce(lambda signal, block: block.forward(signal), self.blocks, x)

    def backward(self, upstream):
        """Return the gradient of x; every block assigns its `grads`."""
        return reduce(lambda signal, block: block.backward(signal), self.blocks[::-1], upstream)
