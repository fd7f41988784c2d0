"""Regularisers with one base class for the penalties, a mask by booleans, and a threshold that is sorted."""

import copy
import math

import numpy as np


class Penalty:
    """strength times a sum over the weights; subclasses say which function of an entry is summed."""

    def __init__(self, strength):
        self.strength = strength

    def penalty(self, params):
        total = 0.0
        for name in params:
            if name.rsplit(".", 1)[-1][:1] != "b":
                total += self.value(params[name]).sum()
        return self.strength * total

    def gradient(self, params):
        result = {}
        for name in params:
            bias = name.rsplit(".", 1)[-1][:1] == "b"
            result[name] = 0.0 * params[name] if bias else self.strength * self.slope(params[name])
        return result


class L0(Penalty):
    def value(self, w):
        return w != 0

    def slope(self, w):
        return np.zeros(w.shape)


class L1(Penalty):
    def value(self, w):
        return abs(w)

    def slope(self, w):
        return np.where(w > 0, 1.0, np.where(w < 0, -1.0, 0.0))


class L2(Penalty):
    def value(self, w):
        return w * w

    def slope(self, w):
        return w + w


class Dropout:
    def __init__(self, p, rng):
        self.p, self.rng = p, rng
        self.training = True
        self.params, self.grads = {}, {}

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def forward(self, x):
        if self.training and self.p > 0:
            self.keep = self.rng.binomial(1, 1 - self.p, x.shape).astype(bool)
            self.scale = 1 / (1 - self.p)
        else:
            self.keep, self.scale = np.full(x.shape, True), 1.0
        return np.where(self.keep, self.scale * x, 0).astype(x.dtype)

    def backward(self, upstream):
        dx = np.zeros_like(upstream)
        dx[self.keep] = self.scale * upstream[self.keep]
        return dx


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_params = math.inf, None
        self.bad = 0

    def update(self, loss, params):
        improved = bool(np.less(loss, self.best_loss - self.min_delta))
        self.bad = 0 if improved else self.bad + 1
        if improved:
            self.best_loss, self.best_params = loss, copy.deepcopy(params)
        return np.bool_(self.bad >= self.patience)


def magnitude_prune(w, fraction):
    mask = np.full(w.shape, True)
    count = round(fraction * w.size)
    if count:
        mask.flat[np.argpartition(np.abs(w).ravel(), count - 1)[:count]] = False
    return mask
