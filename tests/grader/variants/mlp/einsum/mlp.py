"""The multi-layer perceptron: affine layers with bends between them, and a loss at the end. Style: a tape of pullbacks.

    x → Affine → activation (→ Dropout) → Affine → … → Affine → scores → criterion → loss

The model stands alone, without `Affine` and `Sequential`: all weights lie in one flat array, w and b of each layer
are views of it, and so are the gradients in a second one. `forward` notes for each place the map from the gradient
of its output to that of its input; `backward` folds the gradient of the scores through them, last one first.

Sources: lecture notes 1, 3 and 4; CS231n notes, "Neural Networks", parts 1 and 2.
"""

from collections import namedtuple
from itertools import accumulate, chain, pairwise

import numpy
import numpy as np

from .initializers import he_normal
from .layers import named, switch
from .regularizers import Dropout

Layer = namedtuple("Layer", ["params", "grads"])  # views of the two flat arrays; no methods


def carve(sizes, dtype, xp):
    """Cut one flat array of zeros into {"w": (D, K), "b": (K,)} for each pair of sizes."""
    shapes = [shape for d, k in pairwise(sizes) for shape in ((d, k), (k,))]
    ends = list(accumulate((int(np.prod(shape)) for shape in shapes), initial=0))
    flat = xp.zeros(ends[-1], dtype=dtype)
    views = [flat[i:j].reshape(shape) for (i, j), shape in zip(pairwise(ends), shapes, strict=True)]
    return [{"w": w, "b": b} for w, b in zip(views[::2], views[1::2], strict=True)]


def affine(params, grads, x):
    """Return x w + b and its pullback, which takes g to g wᵀ and writes the gradients of w and b."""

    def pullback(g):
        grads["w"][...] = np.einsum("nd,nk->dk", x, g)
        grads["b"][...] = np.einsum("nk->k", g)
        return np.einsum("nk,dk->nd", g, params["w"])

    return np.einsum("nd,dk->nk", x, params["w"]) + params["b"], pullback


def apply(block, x):
    """Return the block's output and its pullback."""
    return affine(*block, x) if isinstance(block, Layer) else (block.forward(x), block.backward)


def nested(block):
    """Yield the block, and all blocks within it."""
    yield block
    for inner in getattr(block, "blocks", ()):
        yield from nested(inner)


class MLP:
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
        sizes,
        activation,
        criterion,
        rng,
        initializer=he_normal,
        dropout=0.0,
        dtype=numpy.float64,
        xp=numpy,
    ):
        self.criterion = criterion
        self.training = True
        layers = [Layer(*both) for both in zip(carve(sizes, dtype, xp), carve(sizes, dtype, xp), strict=True)]
        for (params, _), (fan_in, fan_out) in zip(layers, pairwise(sizes), strict=True):
            params["w"][...] = xp.array(initializer(fan_in, fan_out, rng), dtype=dtype)
        bends = ([activation(), Dropout(dropout, rng)] if dropout > 0 else [activation()] for _ in layers[1:])
        self.blocks = [*layers[:1], *chain(*((*bend, layer) for bend, layer in zip(bends, layers[1:], strict=True)))]

    params = property(lambda self: named("params", self.blocks), doc="The same arrays at every access, by position.")
    grads = property(lambda self: named("grads", self.blocks), doc="Of the latest `backward`, zeros before the first.")
    train, eval = switch(True), switch(False)

    def forward(self, x):
        """Return the scores, of shape (N, C); x is an (N, D) array."""
        self.tape = []
        for block in self.blocks:
            x, pullback = apply(block, x)
            self.tape.append(pullback)
        return x

    def loss(self, x, targets):
        """Return the criterion's loss of the batch, a float, without any penalty; targets as it wants them."""
        return self.criterion.forward(self.forward(x), targets)

    def backward(self):
        """Return the gradient of the latest `loss` for its x, (N, D); assign all `grads`."""
        g = self.criterion.backward()
        for pullback in reversed(self.tape):
            g = pullback(g)
        return g

    def predict(self, x):
        """Return the place of the largest score of each row, the first at a tie: int64 array of shape (N,)."""
        moded = [each for each in nested(self) if hasattr(each, "eval")]
        modes = [getattr(each, "training", self.training) for each in moded]
        self.eval()
        try:
            return self.forward(x).argmax(axis=1).astype(np.int64)
        finally:
            for each, training in zip(moded, modes, strict=True):  # from the outside in, so that the inner mode stays
                (each.train if training else each.eval)()
