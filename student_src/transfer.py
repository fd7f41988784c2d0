"""Fewer degrees of freedom: freezing, a bottleneck, and pruning with retraining.

A network generalises when it cannot learn its data by heart. Transfer learning keeps what was learnt on other data
and trains the rest; a bottleneck lets little through; pruning takes the smallest weights away and retrains the
others to make up for them.

A model here is anything with `params`, `grads`, `loss(x, targets)` and `backward()`, such as MLP.

Sources: lecture note 4 (generalization), lecture note 1 (pruning); Yosinski et al. 2014; Han et al. 2015.
"""

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


def freeze(model, prefixes):
    """Return a model that computes as `model` does, but shows an optimizer only some of its parameters.

    prefixes: list of strings. A name that starts with one of them (str.startswith: "2." freezes "2.w" and "2.b",
    "2" would freeze "20.w" too) is absent from `params` and `grads`. All else is model's: the same arrays, methods
    and modes, looked up when asked for, so that training the result trains `model`. The model itself still shows
    all its parameters.
    """
    raise NotImplementedError("architectures.freeze: write freeze")


class Bottleneck:
    """x → Affine(features, width) → activation → Affine(width, features): all must pass through `width` numbers.

    x and the output are (N, features). params and grads: "down.w" (features, width), "down.b" (width,), "up.w"
    (width, features), "up.b" (features,). Weights start random, biases at 0; `grads` at zeros.
    activation: a class or a callable without arguments, called once; what it returns has neither parameters nor modes.
    Inside a Residual it is an adapter (Houlsby et al. 2019).
    """

    def __init__(self, features, width, rng, activation=ReLU):
        raise NotImplementedError("architectures.bottleneck: write the constructor of Bottleneck")

    @property
    def params(self):
        """Dict of the four learnt arrays, always the same array objects."""
        raise NotImplementedError("architectures.bottleneck: write Bottleneck.params")

    @property
    def grads(self):
        """Dict with the keys of `params`: the gradients of the latest `backward`."""
        raise NotImplementedError("architectures.bottleneck: write Bottleneck.grads")

    def forward(self, x):
        """Return the (N, features) output; x is an (N, features) array."""
        raise NotImplementedError("architectures.bottleneck: write the forward pass of Bottleneck")

    def backward(self, upstream):
        """Return dx, of shape (N, features); set all four `grads` anew."""
        raise NotImplementedError("architectures.bottleneck: write the backward pass of Bottleneck")


def prune_and_retrain(model, x, y, fraction, optimizer, epochs, batch_size, rng):
    """Take the smallest weights away, train the rest, and return which were kept.

    First `magnitude_prune` decides for each weight array on its own; biases are spared. What goes is set to 0 in
    place, at once. Then `fit(model, x, y, …)` trains the model for `epochs`, and after every step of the optimizer
    what was pruned is set to 0 again: momentum and weight decay would revive it, and so would any gradient. To get
    in after each step, give `fit` a Wrapper of the optimizer with a `step` of its own, or write the loop yourself.

    fraction: from 0 to 1. x, y, optimizer, epochs, batch_size, rng: as in `fit`; x and y stay untouched.
    Returns a dict from the name of each weight (no biases) to a bool mask of its shape, True where it was kept.
    """
    raise NotImplementedError("architectures.prune_and_retrain: write prune_and_retrain")
