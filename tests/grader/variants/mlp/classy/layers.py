"""Layers: a whole batch at once, one sample per row, without a loop over samples. Style: small classes, typed.

A layer is a block: `forward(x)` returns the output and keeps what `backward` needs; `backward(upstream)` returns
the gradient of `sum(upstream * output)` for x, of x's shape and dtype, and assigns `grads` (never adds to what is
there). It uses the latest `forward`, and may be called several times. Results are new arrays, inputs stay
untouched.
`params` and `grads` are dicts with the same keys; every access to `params` gives the same array objects.

Layers run wherever their arrays live (see backend.py): `x`, `upstream` and `params` belong to one library.

Sources: lecture notes 1 (each layer one matrix and one function; dL/dI and dL/dw for every block), 2
(vectorisation) and 4 (forward and backward as matrix products; its z = W z lacks a transpose: here z = x W + b).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from types import ModuleType
from typing import Any, Protocol

import numpy

from .backend import Block
from .initializers import he_normal

Array = Any  # NumPy's or CuPy's
Arrays = dict[str, Array]
Initializer = Callable[[int, int, numpy.random.Generator], numpy.ndarray]


class BlockLike(Protocol):
    """What a block has to offer. `train()`, `eval()` and `training` are optional."""

    params: Arrays
    grads: Arrays

    def forward(self, x: Array) -> Array:
        """Return the output for x."""

    def backward(self, upstream: Array) -> Array:
        """Return the gradient of x."""


class Modal:
    """Mixin: a mode of its own, and that of all `children`, as far as these have modes."""

    __slots__ = ()
    children: tuple[BlockLike, ...] = ()
    training: bool

    def train(self) -> None:
        """Switch to training mode, with every child that has modes."""
        self._switch("train", True)

    def eval(self) -> None:
        """Switch to evaluation mode, with every child that has modes."""
        self._switch("eval", False)

    def _switch(self, method: str, training: bool) -> None:
        self.training = training
        for child in self.children:
            if hasattr(child, method):
                getattr(child, method)()

    def walk(self) -> Iterator[Any]:
        """Yield this object and everything below that has modes, parents before their children."""
        yield self
        for child in self.children:
            if isinstance(child, Modal):
                yield from child.walk()
            elif hasattr(child, "train") and hasattr(child, "eval"):
                yield child

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Evaluation mode inside `with`; afterwards everything below is in the mode it was in before."""
        modes = [(each, getattr(each, "training", self.training)) for each in self.walk()]
        self.eval()
        try:
            yield
        finally:
            for each, training in modes:
                (each.train if training else each.eval)()


class Affine(Modal):
    """f(x) = x w + b for every row x of a batch: dx = g wᵀ, dw = xᵀ g, db = Σ g over the rows.

    fan_in, fan_out: ints, the numbers of inputs and outputs. initializer: called once, as
    initializer(fan_in, fan_out, rng), gives the first w; b starts at 0. Both have `dtype` and belong to the
    array library `xp`, while rng and what the initializer returns are always NumPy's. x has that dtype too.
    `params`: "w" (fan_in, fan_out) and "b" (fan_out,). `grads`: the same, zeros until the first `backward`.
    """

    __slots__ = ("_x", "grads", "params", "training")

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        rng: numpy.random.Generator,
        initializer: Initializer = he_normal,
        dtype: Any = numpy.float64,
        xp: ModuleType = numpy,
    ) -> None:
        self.training = True
        start = initializer(fan_in, fan_out, rng)
        self.params: Arrays = {"w": xp.array(start, dtype=dtype), "b": xp.zeros(fan_out, dtype=dtype)}
        self.grads: Arrays = {name: xp.zeros(value.shape, dtype=dtype) for name, value in self.params.items()}
        self._x: Array = None

    def forward(self, x: Array) -> Array:
        """Return x w + b, of shape (N, fan_out), for the w and b that stand in `params` now; x is (N, fan_in)."""
        self._x = x
        return x @ self.params["w"] + self.params["b"]

    def backward(self, upstream: Array) -> Array:
        """Return dx, of shape (N, fan_in); assign both `grads`. `upstream` is an (N, fan_out) array."""
        self.grads = {"w": self._x.T @ upstream, "b": upstream.sum(axis=0)}
        return upstream @ self.params["w"].T


class Reshape(Block):
    """Base of blocks that move no number: only the shape changes, there and back, and both ways are copies."""

    def target(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the output's shape for an x of this shape."""
        raise NotImplementedError

    def forward(self, x: Array) -> Array:
        """Return a copy of x in the target's shape, in C order."""
        self._shape = x.shape
        return x.copy().reshape(self.target(x.shape))

    def backward(self, upstream: Array) -> Array:
        """Return dx: a copy of upstream in the shape of x."""
        return upstream.copy().reshape(self._shape)


class Flatten(Reshape):
    """Lay all axes but the first in one row: (N, …) → (N, D), in C order. Nothing is computed, nothing learnt."""

    def target(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return (N, D), where D is the product of the axes behind the first."""
        rows, *others = shape
        return rows, int(numpy.prod(others))


class Sequential(Modal):
    """Blocks in a row, as one block: each gets the output of the one before it, and on the way back the reverse.

    blocks: at least one, each with `forward`, `backward`, `params` and `grads`. They may have parameters or none,
    modes (`train`, `eval`) or none, and may be a Sequential again. Whether the row is one block or many makes no
    difference from outside.
    """

    def __init__(self, *blocks: BlockLike) -> None:
        self.children = blocks
        self.training = True

    @cached_property
    def _own(self) -> Arrays:
        return self._named("params")  # the arrays of params never change, so the names are made once

    def _named(self, attribute: str) -> Arrays:
        named: Arrays = {}
        for position, block in enumerate(self.children):
            named.update((f"{position}.{name}", array) for name, array in getattr(block, attribute).items())
        return named

    @property
    def params(self) -> Arrays:
        """All parameters, each under "{position}.{name}": the blocks' own arrays, in a dict for the caller."""
        return self._own.copy()

    @property
    def grads(self) -> Arrays:
        """The blocks' gradients, with the keys of `params`: those of the latest `backward`."""
        return self._named("grads")

    def forward(self, x: Array) -> Array:
        """Return the output of the last block."""
        for block in self.children:
            x = block.forward(x)
        return x

    def backward(self, upstream: Array) -> Array:
        """Return the gradient of x; every block assigns its `grads`."""
        for block in reversed(self.children):
            upstream = block.backward(upstream)
        return upstream
