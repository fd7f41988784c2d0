"""Layers: a whole batch at once, one sample per row, without a loop over samples.

A layer is a block: `forward(x)` returns the output and keeps what `backward` needs; `backward(upstream)` returns
the gradient of `sum(upstream * output)` for x, of x's shape and dtype, and assigns `grads` (never adds to what is
there). It uses the latest `forward`, and may be called several times. Results are new arrays, inputs stay
untouched.
`params` and `grads` are dicts with the same keys; every access to `params` gives the same array objects.

Layers run wherever their arrays live (see backend.py): `x`, `upstream` and `params` belong to one library.

Sources: lecture notes 1 (each layer one matrix and one function; dL/dI and dL/dw for every block), 2
(vectorisation) and 4 (forward and backward as matrix products; its z = W z lacks a transpose: here z = x W + b).
"""

import numpy

from .backend import Block
from .initializers import he_normal


class Affine(Block):
    """f(x) = x w + b for every row x of a batch: dx = g wᵀ, dw = xᵀ g, db = Σ g over the rows.

    fan_in, fan_out: ints, the numbers of inputs and outputs. initializer: called once, as
    initializer(fan_in, fan_out, rng), gives the first w; b starts at 0. Both have `dtype` and belong to the
    array library `xp`, while rng and what the initializer returns are always NumPy's. x has that dtype too.
    `params`: "w" (fan_in, fan_out) and "b" (fan_out,). `grads`: the same, zeros until the first `backward`.
    """

    def __init__(self, fan_in, fan_out, rng, initializer=he_normal, dtype=numpy.float64, xp=numpy):
        super().__init__()
        # BEGIN SOLUTION
        w = xp.array(initializer(fan_in, fan_out, rng), dtype=dtype)  # a copy: nobody else's array
        self.params = {"w": w, "b": xp.zeros(fan_out, dtype=dtype)}
        self.grads = {name: xp.zeros_like(value) for name, value in self.params.items()}
        # END SOLUTION

    def forward(self, x):
        """Return x w + b, of shape (N, fan_out), for the w and b that stand in `params` now; x is (N, fan_in)."""
        # BEGIN SOLUTION
        self.x = x
        return x @ self.params["w"] + self.params["b"]
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of shape (N, fan_in); assign both `grads`. `upstream` is an (N, fan_out) array.

        The gradients of w and b are sums over the rows. The 1/N of a mean is in the loss, and nowhere else.
        """
        # BEGIN SOLUTION
        self.grads["w"] = self.x.T @ upstream
        self.grads["b"] = upstream.sum(axis=0)
        return upstream @ self.params["w"].T
        # END SOLUTION


class Flatten(Block):
    """Lay all axes but the first in one row: (N, …) → (N, D), in C order. Nothing is computed, nothing learnt."""

    def forward(self, x):
        """Return a copy of x as an (N, D) array; x has two axes or more. An (N, D) array keeps its shape."""
        # BEGIN SOLUTION
        self.shape = x.shape
        return x.reshape(len(x), -1).copy()
        # END SOLUTION

    def backward(self, upstream):
        """Return dx: a copy of upstream, an (N, D) array, in the shape of x."""
        # BEGIN SOLUTION
        return upstream.reshape(self.shape).copy()
        # END SOLUTION


class Sequential:
    """Blocks in a row, as one block: each gets the output of the one before it, and on the way back the reverse.

    blocks: at least one, each with `forward`, `backward`, `params` and `grads`. They may have parameters or none,
    modes (`train`, `eval`) or none, and may be a Sequential again. Whether the row is one block or many makes no
    difference from outside.
    """

    def __init__(self, *blocks):
        self.blocks = blocks
        self.training = True

    @property
    def params(self):
        """All parameters, each under "{position}.{name}": position from 0, as in {"0.w": …, "0.b": …, "2.w": …}.

        The values are the blocks' own arrays, so that who changes one in place changes the block.
        """
        # BEGIN SOLUTION
        blocks = enumerate(self.blocks)
        return {f"{i}.{name}": value for i, block in blocks for name, value in block.params.items()}
        # END SOLUTION

    @property
    def grads(self):
        """The blocks' gradients, with the keys of `params`: those of the latest `backward`."""
        # BEGIN SOLUTION
        blocks = enumerate(self.blocks)
        return {f"{i}.{name}": value for i, block in blocks for name, value in block.grads.items()}
        # END SOLUTION

    def forward(self, x):
        """Return the output of the last block."""
        # BEGIN SOLUTION
        for block in self.blocks:
            x = block.forward(x)
        return x
        # END SOLUTION

    def backward(self, upstream):
        """Return the gradient of x; every block assigns its `grads`."""
        # BEGIN SOLUTION
        for block in reversed(self.blocks):
            upstream = block.backward(upstream)
        return upstream
        # END SOLUTION

    def train(self):
        """Switch to training mode, with every block that has modes."""
        # BEGIN SOLUTION
        self.training = True
        for block in self.blocks:
            if hasattr(block, "train"):
                block.train()
        # END SOLUTION

    def eval(self):
        """Switch to evaluation mode, with every block that has modes."""
        # BEGIN SOLUTION
        self.training = False
        for block in self.blocks:
            if hasattr(block, "eval"):
                block.eval()
        # END SOLUTION
