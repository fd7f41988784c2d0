"""Fewer degrees of freedom: a live view of a model, a model of named blocks, and an optimizer that keeps zeros."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from .activations import ReLU
from .layers import Affine
from .regularizers import is_bias, magnitude_prune
from .training import fit


class Wrapper:
    """Something that behaves like `inner`: what a subclass does not define itself is looked up there. (given)"""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):  # Python calls this only where the ordinary look-up found nothing
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)


class FrozenView:
    """A model seen through a filter of names. It stores nothing but the model and the prefixes.

    Whatever is read is read from the model, whatever is set is set there (`view.training = False`, too).
    """

    __slots__ = ("_FrozenView__model", "_FrozenView__prefixes")

    def __init__(self, model: Any, prefixes: Sequence[str]) -> None:
        self.__model = model
        self.__prefixes = tuple(prefixes)

    def __getattr__(self, name: str) -> Any:  # only where the ordinary look-up found nothing
        if name.startswith("_FrozenView__"):
            raise AttributeError(name)
        return getattr(self.__model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__slots__:
            object.__setattr__(self, name, value)
        elif name in ("params", "grads"):
            raise AttributeError(f"{name} of a frozen model cannot be replaced")
        else:
            setattr(self.__model, name, value)

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The model's parameters that are not frozen: the same array objects."""
        return self.__shown(self.__model.params)

    @property
    def grads(self) -> dict[str, np.ndarray]:
        """The gradients of the model's latest `backward` that are not frozen."""
        return self.__shown(self.__model.grads)

    def __shown(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        return {name: array for name, array in arrays.items() if not name.startswith(self.__prefixes)}


def freeze(model, prefixes):
    """Return a model that computes as `model` does, but shows an optimizer only some of its parameters."""
    return FrozenView(model, prefixes)


class NamedBlocks:
    """Base of models that show the parameters of some of their blocks, each under "{block}.{name}"."""

    def __init__(self, **learning: Any) -> None:
        self._learning = learning

    @property
    def params(self) -> dict[str, np.ndarray]:
        """Dict of the learnt arrays: a new dict of the same array objects."""
        return self._gather("params")

    @property
    def grads(self) -> dict[str, np.ndarray]:
        """Dict with the keys of `params`: the gradients of the latest `backward`."""
        return self._gather("grads")

    def _gather(self, what: str) -> dict[str, Any]:
        blocks = self._learning.items()
        return {f"{part}.{name}": value for part, block in blocks for name, value in getattr(block, what).items()}


class Bottleneck(NamedBlocks):
    """x → Affine(features, width) → activation → Affine(width, features): all must pass through `width` numbers.

    params and grads: "down.w" (features, width), "down.b" (width,), "up.w" (width, features), "up.b" (features,).
    activation: a class or a callable without arguments, called once; what it returns learns nothing.
    """

    def __init__(self, features, width, rng, activation=ReLU):
        down, up = Affine(features, width, rng), Affine(width, features, rng)
        self._chain = (down, activation(), up)
        super().__init__(down=down, up=up)

    def forward(self, x):
        """Return the (N, features) output; x is an (N, features) array."""
        return reduce(lambda signal, block: block.forward(signal), self._chain, x)

    def backward(self, upstream):
        """Return dx, of shape (N, features); set all four `grads` anew."""
        return reduce(lambda gradient, block: block.backward(gradient), reversed(self._chain), upstream)


class Pruning(Wrapper):
    """An optimizer that sets what was pruned to 0 again after each step of the one inside, which it leaves alone."""

    def __init__(self, optimizer: Any, masks: Mapping[str, np.ndarray]) -> None:
        super().__init__(optimizer)
        self._gone = {name: ~mask for name, mask in masks.items()}

    def step(self, params: Mapping[str, np.ndarray], grads: Mapping[str, np.ndarray]) -> None:
        """Move the parameters in place, then clear those that were pruned."""
        self.inner.step(params, grads)
        self.clear(params)

    def clear(self, params: Mapping[str, np.ndarray]) -> None:
        """Set what was pruned to 0, in place."""
        for name, gone in self._gone.items():
            np.copyto(params[name], 0.0, where=gone)


def prune_and_retrain(model, x, y, fraction, optimizer, epochs, batch_size, rng):
    """Take the smallest weights away, train the rest, and return which were kept: name of a weight → bool mask."""
    masks = {name: magnitude_prune(w, fraction) for name, w in model.params.items() if not is_bias(name)}
    pruning = Pruning(optimizer, masks)
    pruning.clear(model.params)
    fit(model, x, y, pruning, epochs, batch_size, rng)
    return masks
