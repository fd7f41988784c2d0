"""What keeps a network from learning its training data by heart. Style: plain loops over weights and entries."""

import math

import numpy as np


def is_bias(name):
    """Return whether the last dotted part of `name` begins with b: "b", "b1", "0.b", "hidden.bias". (given)

    Everything else is a weight: "w", "2.w", "1.slope", "block.w".
    """
    return name.split(".")[-1].startswith("b")


def all_weights(params):
    """Return one long list of all weights in `params`, without the biases."""
    weights = []
    for name in params:
        if not is_bias(name):
            for weight in params[name].reshape(-1).tolist():
                weights.append(weight)
    return weights


def gradient_by(params, slope):
    """Return a dict of new arrays: slope(w) for each weight w, and 0 for each entry of a bias."""
    gradients = {}
    for name in params:
        gradient = np.zeros(params[name].shape, dtype=params[name].dtype)
        if not is_bias(name):
            flat = gradient.reshape(-1)
            weights = params[name].reshape(-1).tolist()
            for i in range(len(weights)):
                flat[i] = slope(weights[i])
        gradients[name] = gradient
    return gradients


class L0:
    """strength · number of weights that are not 0. It counts, so its gradient is 0 wherever it exists."""

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float; biases do not count."""
        count = 0
        for weight in all_weights(params):
            if weight != 0:
                count += 1
        return float(self.strength * count)

    def gradient(self, params):
        """Return a dict with all names of `params`: zeros of each array's shape."""
        return gradient_by(params, lambda weight: 0.0)


class L1:
    """strength · Σ|w|: every weight is pulled towards 0 with the same force, and small ones get there."""

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float; biases do not count."""
        total = 0.0
        for weight in all_weights(params):
            total += abs(weight)
        return self.strength * total

    def slope(self, weight):
        """Return the gradient for one weight: strength with the sign of the weight, and 0 at 0."""
        if weight > 0:
            return self.strength
        if weight < 0:
            return -self.strength
        return 0.0

    def gradient(self, params):
        """Return a dict with all names of `params`; zeros for biases."""
        return gradient_by(params, self.slope)


class L2:
    """strength · Σw², without ½ and without a root: large weights are pulled harder than small ones."""

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        """Return the penalty as a float; biases do not count."""
        total = 0.0
        for weight in all_weights(params):
            total += weight * weight
        return self.strength * total

    def slope(self, weight):
        """Return the gradient for one weight."""
        return 2 * self.strength * weight

    def gradient(self, params):
        """Return a dict with all names of `params`; zeros for biases."""
        return gradient_by(params, self.slope)


class Dropout:
    """Set each entry to 0 with probability p, and divide the survivors by 1 - p; in evaluation, do nothing."""

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

    def draw_factor(self):
        """Return the factor of one entry: 0 with probability p, else 1 / (1 - p)."""
        if self.rng.random() < self.p:
            return 0.0
        return 1.0 / (1.0 - self.p)

    def multiply(self, array):
        """Return a new array: each entry times its factor, in the dtype of `array`."""
        entries = array.reshape(-1).tolist()
        result = np.zeros(len(entries), dtype=array.dtype)
        for i in range(len(entries)):
            result[i] = self.factors[i] * entries[i]
        return result.reshape(array.shape)

    def forward(self, x):
        """Return x with entries dropped, or a copy of x in evaluation; any shape, float32 stays float32."""
        self.factors = []
        for _ in range(x.size):
            if self.training:
                self.factors.append(self.draw_factor())
            else:
                self.factors.append(1.0)
        return self.multiply(x)

    def backward(self, upstream):
        """Return dx: upstream through the latest forward, with its factors, all 1 if it was evaluation."""
        return self.multiply(upstream)


class EarlyStopping:
    """Remember the best parameters so far, and say when to stop waiting for better ones.

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
        """Return True if this is at least the patience-th update in a row without improvement, else False."""
        if loss < self.best_loss - self.min_delta:
            self.best_loss = float(loss)
            self.best_params = {}
            for name in params:
                self.best_params[name] = params[name].copy()
            self.waited = 0
            return False
        self.waited += 1
        return self.waited >= self.patience


def magnitude_prune(w, fraction):
    """Return a mask of w's shape, True where a weight is kept: the round(fraction · size) smallest |w| go."""
    sizes = []
    for weight in w.reshape(-1).tolist():
        sizes.append(abs(weight))
    positions = list(range(len(sizes)))
    positions.sort(key=lambda position: sizes[position])
    mask = np.ones(len(sizes), dtype=bool)
    for position in positions[: round(fraction * len(sizes))]:
        mask[position] = False
    return mask.reshape(w.shape)
