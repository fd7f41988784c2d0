"""Regularisers: what keeps a network from learning its training data by heart.

Penalties add a price for weights to the loss. Dropout silences units at random. Early stopping ends the
training when it no longer helps. Pruning takes away the weights that matter least.

`params` is a dict from name to array, such as {"0.w": …, "0.b": …}. Arguments stay untouched, and results
share no memory with them.

Source: lecture notes 0, 1, 2 and 4 (regularisation); Srivastava et al. (2014) for dropout; Han et al. (2015) for
pruning.
"""

import math

import numpy as np


def is_bias(name):
    """Return whether the last dotted part of `name` begins with b: "b", "b1", "0.b", "hidden.bias". (given)

    Everything else is a weight: "w", "2.w", "1.slope", "block.w".
    """
    return name.split(".")[-1].startswith("b")


class L0:
    """strength · number of weights that are not 0. It counts, so its gradient is 0 wherever it exists."""

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float; biases do not count."""
        # BEGIN SOLUTION
        count = sum(np.count_nonzero(w) for name, w in params.items() if not is_bias(name))
        return float(self.strength * count)
        # END SOLUTION

    def gradient(self, params):
        """Return a dict with all names of `params`: zeros of each array's shape."""
        # BEGIN SOLUTION
        return {name: np.zeros_like(w) for name, w in params.items()}
        # END SOLUTION


class L1:
    """strength · Σ|w|: every weight is pulled towards 0 with the same force, and small ones get there.

    Gradient: strength · sign(w), and 0 at w = 0 (Tibshirani 1996; lecture note 1).
    """

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float; biases do not count."""
        # BEGIN SOLUTION
        total = sum(np.sum(np.abs(w)) for name, w in params.items() if not is_bias(name))
        return float(self.strength * total)
        # END SOLUTION

    def gradient(self, params):
        """Return a dict with all names of `params`; zeros for biases."""
        # BEGIN SOLUTION
        return {name: np.zeros_like(w) if is_bias(name) else self.strength * np.sign(w) for name, w in params.items()}
        # END SOLUTION


class L2:
    """strength · Σw², without ½ and without a root: large weights are pulled harder than small ones.

    Gradient: 2 · strength · w (lecture note 4).
    """

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float; biases do not count."""
        # BEGIN SOLUTION
        total = sum(np.sum(w**2) for name, w in params.items() if not is_bias(name))
        return float(self.strength * total)
        # END SOLUTION

    def gradient(self, params):
        """Return a dict with all names of `params`; zeros for biases."""
        # BEGIN SOLUTION
        return {name: np.zeros_like(w) if is_bias(name) else 2.0 * self.strength * w for name, w in params.items()}
        # END SOLUTION


class Dropout:
    """Set each entry to 0 with probability p, and divide the survivors by 1 - p (Srivastava et al. 2014).

    The division ("inverted dropout") keeps the expected value, so that evaluation needs no factor: there the
    input passes as it is. Each training forward draws afresh from `rng`; `backward` uses the same draw as the
    latest forward. `params` and `grads` stay empty: nothing is learnt.
    """

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
        """Return x with entries dropped, or a copy of x in evaluation; any shape, float32 stays float32."""
        # BEGIN SOLUTION
        self.factor = None  # what each entry was multiplied by; None in evaluation
        if not self.training:
            return x.copy()
        survives = self.rng.random(x.shape) >= self.p
        survives = np.asarray(survives, like=x)  # drawn by NumPy, but x may live on a GPU
        self.factor = survives.astype(x.dtype) / (1.0 - self.p)
        return x * self.factor
        # END SOLUTION

    def backward(self, upstream):
        """Return dx: upstream through the latest forward, with its mask, or a copy if it was evaluation.

        Draws nothing, and may be called several times. upstream and dx have the shape and dtype of x.
        """
        # BEGIN SOLUTION
        return upstream.copy() if self.factor is None else upstream * self.factor
        # END SOLUTION


class EarlyStopping:
    """Remember the best parameters so far, and say when to stop waiting for better ones (lecture note 4).

    An update improves when loss < best_loss - min_delta; a NaN never does. best_loss: the loss of the latest
    improvement, inf before the first. best_params: copies of the parameters at that moment, None before.
    """

    def __init__(self, patience, min_delta=0.0):
        self.patience = patience  # at least 1
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.best_params = None
        self.waited = 0  # updates in a row without improvement

    def update(self, loss, params):
        """Return True if this is at least the patience-th update in a row without improvement, else False.

        loss: float, of the validation data. params: dict from name to array, kept as copies on improvement.
        """
        # BEGIN SOLUTION
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.best_params = {name: value.copy() for name, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        # END SOLUTION


def magnitude_prune(w, fraction):
    """Return a mask of w's shape, True where a weight is kept: the smallest |w| go (lecture note 1).

    w: array of any shape. fraction: from 0 to 1. Exactly round(fraction · size) entries are False, with
    Python's round; no entry that goes is larger than one that stays. Among equal |w| any may go.
    """
    # BEGIN SOLUTION
    count = round(fraction * w.size)
    smallest_first = np.argsort(np.abs(w), axis=None)
    kept = np.ones(w.size, dtype=bool)
    kept[smallest_first[:count]] = False
    return kept.reshape(w.shape)
    # END SOLUTION
