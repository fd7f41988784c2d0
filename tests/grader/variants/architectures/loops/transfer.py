"""Fewer degrees of freedom: freezing, a bottleneck, and pruning with a training loop of its own."""

import numpy as np

from .activations import ReLU
from .initializers import he_normal
from .regularizers import is_bias, magnitude_prune
from .training import minibatches, set_mode


class Wrapper:
    """Something that behaves like `inner`: what a subclass does not define itself is looked up there. (given)"""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):  # Python calls this only where the ordinary look-up found nothing
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)


class Frozen(Wrapper):
    """A model that does not show the names that begin with one of the prefixes."""

    def __init__(self, model, prefixes):
        super().__init__(model)
        self.prefixes = list(prefixes)

    def is_frozen(self, name):
        """Return whether the name begins with one of the prefixes."""
        for prefix in self.prefixes:
            if name.startswith(prefix):
                return True
        return False

    def without_frozen(self, arrays):
        """Return a new dict with the same arrays, without those that are frozen."""
        shown = {}
        for name, array in arrays.items():
            if not self.is_frozen(name):
                shown[name] = array
        return shown

    @property
    def params(self):
        """The model's parameters without the frozen ones."""
        return self.without_frozen(self.inner.params)

    @property
    def grads(self):
        """The model's gradients of its latest `backward`, without the frozen ones."""
        return self.without_frozen(self.inner.grads)


def freeze(model, prefixes):
    """Return a model that computes as `model` does, but shows an optimizer only some of its parameters."""
    return Frozen(model, prefixes)


def affine_rows(x, w, b):
    """Return x w + b, one sample after the other."""
    output = np.zeros((len(x), len(b)))
    for n, row in enumerate(x):
        output[n] = row @ w + b
    return output


def affine_rows_back(x, w, upstream):
    """Return (dx, dw, db) of affine_rows: the shares of the samples add up in dw and db."""
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[1])
    for n, (row, g) in enumerate(zip(x, upstream, strict=True)):
        dx[n] = w @ g
        dw += np.outer(row, g)
        db += g
    return dx, dw, db


class Bottleneck:
    """x → affine (features, width) → activation → affine (width, features): all must pass `width` numbers.

    params and grads: "down.w" (features, width), "down.b" (width,), "up.w" (width, features), "up.b" (features,).
    activation: a class or a callable without arguments, called once; what it returns learns nothing.
    """

    def __init__(self, features, width, rng, activation=ReLU):
        self.activation = activation()
        self.params = {
            "down.w": he_normal(features, width, rng),
            "down.b": np.zeros(width),
            "up.w": he_normal(width, features, rng),
            "up.b": np.zeros(features),
        }
        self.grads = {}
        for name in self.params:
            self.grads[name] = np.zeros(self.params[name].shape)

    def forward(self, x):
        """Return the (N, features) output; x is an (N, features) array."""
        self.x = x
        before = affine_rows(x, self.params["down.w"], self.params["down.b"])
        self.unit = self.activation.forward(before)
        return affine_rows(self.unit, self.params["up.w"], self.params["up.b"])

    def backward(self, upstream):
        """Return dx, of shape (N, features); set all four `grads` anew."""
        dunit, dw, db = affine_rows_back(self.unit, self.params["up.w"], upstream)
        self.grads["up.w"], self.grads["up.b"] = dw, db
        dbefore = self.activation.backward(dunit)
        dx, dw, db = affine_rows_back(self.x, self.params["down.w"], dbefore)
        self.grads["down.w"], self.grads["down.b"] = dw, db
        return dx


def set_to_zero(model, masks):
    """Write 0 into the model's weights wherever their mask says False."""
    params = model.params
    for name, mask in masks.items():
        params[name][~mask] = 0.0


def prune_and_retrain(model, x, y, fraction, optimizer, epochs, batch_size, rng):
    """Take the smallest weights away, train the rest, and return which were kept: name of a weight → bool mask.

    The loop is that of `fit`, with one more line after each step: what was pruned is set to 0 again.
    """
    masks = {}
    for name, array in model.params.items():
        if not is_bias(name):
            masks[name] = magnitude_prune(array, fraction)
    set_to_zero(model, masks)

    for _ in range(epochs):
        set_mode(model, training=True)
        for batch in minibatches(len(x), batch_size, rng):
            model.loss(x[batch], y[batch])
            model.backward()
            optimizer.step(model.params, model.grads)
            set_to_zero(model, masks)
    return masks
