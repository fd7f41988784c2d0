"""Freezing by an object that passes on what it does not know, pruning by one that masks what an optimizer has done."""

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


class FrozenModel:
    def __init__(self, model, prefixes):
        self._model, self._prefixes = model, list(prefixes)

    def _free(self, entries):
        free = {}
        for name in entries:
            if not any(name[: len(prefix)] == prefix for prefix in self._prefixes):
                free[name] = entries[name]
        return free

    @property
    def params(self):
        return self._free(self._model.params)

    @property
    def grads(self):
        return self._free(self._model.grads)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._model, name)


def freeze(model, prefixes):
    return FrozenModel(model, prefixes)


class Bottleneck:
    def __init__(self, features, width, rng, activation=ReLU):
        self.blocks = {"down": Affine(features, width, rng), "up": Affine(width, features, rng)}
        self.bend = activation()
        self.params = {}
        for part, block in self.blocks.items():
            self.params[part + ".w"], self.params[part + ".b"] = block.params["w"], block.params["b"]
        self.grads = {name: np.zeros(value.shape) for name, value in self.params.items()}

    def forward(self, x):
        squeezed = self.bend.forward(self.blocks["down"].forward(x))
        return self.blocks["up"].forward(squeezed)

    def backward(self, upstream):
        dx = self.blocks["up"].backward(upstream)
        dx = self.blocks["down"].backward(self.bend.backward(dx))
        self.grads = {f"{part}.{key}": self.blocks[part].grads[key] for part in ("down", "up") for key in ("w", "b")}
        return dx


class MaskingOptimizer:
    def __init__(self, optimizer, masks):
        self.optimizer, self.masks = optimizer, masks

    @property
    def lr(self):
        return self.optimizer.lr

    @lr.setter
    def lr(self, value):
        self.optimizer.lr = value

    def step(self, params, grads):
        # The gradients, too: what is masked afterwards need not be moved.
        masked = {name: grad * self.masks.get(name, 1.0) for name, grad in grads.items()}
        self.optimizer.step(params, masked)
        for name, mask in self.masks.items():
            params[name] *= mask


def prune_and_retrain(model, x, y, fraction, optimizer, epochs, batch_size, rng):
    masks = {}
    for name, w in model.params.items():
        if is_bias(name):
            continue
        masks[name] = magnitude_prune(w, fraction)
        w *= masks[name]
    fit(model, x, y, MaskingOptimizer(optimizer, masks), epochs, batch_size, rng)
    return masks
