"""Skip connections: a mixin for modes, and a block that delegates everything but the sum."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import numpy as np


class Modes:
    """Mixin: `train()` and `eval()` switch `training`, here and in all `inner_blocks` that have such a method."""

    __slots__ = ()
    training: bool

    def inner_blocks(self) -> Iterable[Any]:
        """Return the blocks that follow this one's modes."""
        return ()

    def train(self) -> None:
        """Switch to training mode."""
        self._switch("train", training=True)

    def eval(self) -> None:
        """Switch to evaluation mode."""
        self._switch("eval", training=False)

    def _switch(self, method: str, training: bool) -> None:
        self.training = training
        for block in self.inner_blocks():
            getattr(block, method, _nothing)()


def _nothing() -> None:
    """Stand in for a mode that a block does not have."""


class Residual(Modes):
    """f(x) = x + block(x): the block learns what to add to x, and dx = upstream + what the block sends back."""

    __slots__ = ("block", "training")

    params = property(attrgetter("block.params"), doc="The block's parameters: the same array objects.")
    grads = property(attrgetter("block.grads"), doc="The block's gradients, looked up anew at each access.")

    def __init__(self, block):
        self.block = block
        self.training = True

    def inner_blocks(self):
        """Return the one block inside."""
        return (self.block,)

    def forward(self, x):
        """Return x + block(x), a new array of the shape of x."""
        return np.add(x, self.block.forward(x))

    def backward(self, upstream):
        """Return dx, a new array of the shape of x; the block's backward pass, called once, sets `grads`."""
        return np.add(upstream, self.block.backward(upstream))
