"""The multi-layer perceptron: affine layers with bends between them, and a loss at the end. Style: a plan, then a row.

    x → Affine → activation (→ Dropout) → Affine → … → Affine → scores → criterion → loss

`loss` runs this forward for a whole batch, `backward` sends the gradient back: matrix products all the way
(lecture note 4). There is no activation and no dropout after the last layer, whose outputs are the scores.

Sources: lecture notes 1, 3 and 4; CS231n notes, "Neural Networks", parts 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy

from .initializers import he_normal
from .layers import Affine, Array, Arrays, BlockLike, Initializer, Modal, Sequential
from .regularizers import Dropout


@dataclass(frozen=True)
class Plan:
    """How blocks are made and in which order they stand: a linear layer for each pair of sizes, bends between."""

    sizes: tuple[int, ...]
    linear: Callable[[int, int], BlockLike]
    between: tuple[Callable[[], BlockLike], ...]  # factories: called anew for each hidden layer

    def blocks(self) -> Iterator[BlockLike]:
        """Yield new blocks, from the input to the scores."""
        (fan_in, fan_out), *hidden = pairwise(self.sizes)
        yield self.linear(fan_in, fan_out)
        for fan_in, fan_out in hidden:
            yield from (make() for make in self.between)
            yield self.linear(fan_in, fan_out)


class MLP(Modal):
    """A classifier or a regression, from the sizes of its layers.

    sizes: list of ints [D, H1, …, C], at least two: inputs, hidden units of each layer, scores. [D, C] is a
    linear model. activation: a class or a callable without arguments, called once per hidden layer.
    criterion: a loss, with `forward(scores, targets)` → float and `backward()`. rng, initializer, dtype, xp: as
    in `Affine`. dropout: the chance to drop, from 0 to below 1; at 0 there are no dropout blocks, above 0 there
    is one after every activation.

    Parameters are named by the position in the row of blocks, as `Sequential` does: "0.w", "0.b", "2.w", "2.b", …
    without dropout, "0.w", "0.b", "3.w", … with it. x, targets and parameters belong to one array library.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], BlockLike],
        criterion: Any,
        rng: numpy.random.Generator,
        initializer: Initializer = he_normal,
        dropout: float = 0.0,
        dtype: Any = numpy.float64,
        xp: ModuleType = numpy,
    ) -> None:
        self.criterion = criterion
        self.training = True
        linear = partial(Affine, rng=rng, initializer=initializer, dtype=dtype, xp=xp)
        between = (activation, partial(Dropout, dropout, rng)) if dropout > 0 else (activation,)
        self.network = Sequential(*Plan(tuple(sizes), linear, between).blocks())
        self.children = (self.network,)

    @property
    def params(self) -> Arrays:
        """Dict from name to array: every access gives the same array objects."""
        return self.network.params

    @property
    def grads(self) -> Arrays:
        """Dict with the keys of `params`: the gradients of the latest `backward`, zeros before the first."""
        return self.network.grads

    def forward(self, x: Array) -> Array:
        """Return the scores, of shape (N, C); x is an (N, D) array."""
        return self.network.forward(x)

    def loss(self, x: Array, targets: Array) -> float:
        """Return the criterion's loss of the batch, a float, without any penalty; targets as it wants them."""
        return self.criterion.forward(self.forward(x), targets)

    def backward(self) -> Array:
        """Return the gradient of the latest `loss` for its x, (N, D); assign all `grads`."""
        return self.network.backward(self.criterion.backward())

    def predict(self, x: Array) -> Array:
        """Return the place of the largest score of each row, the first at a tie: int64 array of shape (N,)."""
        with self.evaluating():
            scores = self.forward(x)
        return scores.argmax(axis=1).astype(numpy.int64)
