"""What keeps a network from learning its training data by heart. Style: terse; inner products and closures."""

import math

import numpy as np


def is_bias(name):
    """Return whether the last dotted part of `name` begins with b: "b", "b1", "0.b", "hidden.bias". (given)

    Everything else is a weight: "w", "2.w", "1.slope", "block.w".
    """
    return name.split(".")[-1].startswith("b")


class Price:
    """strength · Σ ⟨left(w), right(w)⟩ over the weights, with the gradient strength · slope(w)."""

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float."""
        return float(
            self.strength * sum(np.vdot(self.left(w), self.right(w)) for k, w in params.items() if not is_bias(k))
        )

    def gradient(self, params):
        """Return a dict with all names of `params`: a bias is a weight of strength 0."""
        return {
            k: np.multiply(self.slope(w), self.strength * (not is_bias(k)), out=np.empty_like(w))
            for k, w in params.items()
        }


def price(name, left, right, slope):
    """Return the subclass of Price with these three functions of w."""
    functions = {"left": staticmethod(left), "right": staticmethod(right), "slope": staticmethod(slope)}
    return type(name, (Price,), {"__doc__": Price.__doc__, "__module__": __name__, **functions})


L0 = price("L0", np.sign, np.sign, np.zeros_like)  # sign² is 1 for each nonzero weight
L1 = price("L1", np.sign, np.positive, np.sign)  # sign(w) w = |w|
L2 = price("L2", np.positive, np.positive, lambda w: w + w)


class Dropout:
    """Each entry times m: 0 with probability p, 1 / (1 - p) otherwise, and 1 in evaluation."""

    def __init__(self, p, rng):
        self.p = p  # 0 <= p < 1, the chance to drop
        self.rng = rng
        self.training = True
        self.params, self.grads = {}, {}

    def train(self):
        """Switch to training: drop. (given)"""
        self.training = True

    def eval(self):
        """Switch to evaluation: pass on. (given)"""
        self.training = False

    def forward(self, x):
        """Return m x. Given the draw, the map is linear and diagonal, so it is its own transpose: keep it."""
        m = (self.rng.random(x.shape) >= self.p) / (1.0 - self.p) if self.training else 1.0
        self.linear = lambda v: np.multiply(v, m, out=np.empty_like(v))
        return self.linear(x)

    def backward(self, upstream):
        """Return dx: upstream through the map of the latest forward."""
        return self.linear(upstream)


class EarlyStopping:
    """Count the updates in a row without loss < best_loss - min_delta, and keep copies of the best parameters."""

    def __init__(self, patience, min_delta=0.0):
        self.patience = patience  # at least 1
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.best_params = None
        self.waited = 0  # updates in a row without improvement

    def update(self, loss, params):
        """Return whether this is at least the patience-th update in a row without improvement."""
        if better := loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_params = float(loss), {k: np.array(v) for k, v in params.items()}
        self.waited = 0 if better else self.waited + 1
        return self.waited >= self.patience


def magnitude_prune(w, fraction):
    """Return the mask of the weights whose rank by |w|, from 0 on, is at least round(fraction · size)."""
    rank = np.argsort(np.argsort(np.abs(w), axis=None, kind="stable"))  # the inverse permutation
    return (rank >= round(fraction * w.size)).reshape(w.shape)
