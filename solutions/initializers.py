"""Initialisers: where the weights of a network start.

A start decides whether signals and gradients survive the way through many layers. Equal weights never part
(symmetry); weights that are too small let the signal die out, weights that are too large saturate or explode.

Results are new float64 arrays. `shape` is a tuple; `fan_in` and `fan_out` are the numbers of inputs and
outputs of a layer, so its weights have shape (fan_in, fan_out) and it computes x @ w, one sample per row. All
randomness comes from `rng`, a np.random.Generator: never np.random's global functions, never a seed in here.

Source: lecture notes 0, 2 and 4 (initialisation); Glorot and Bengio (2010); He, Zhang, Ren and Sun (2015).
"""

import math
from itertools import pairwise

import numpy as np


def zeros(shape):
    """Return an array of zeros: right for biases, fatal for weights (see `distinct_columns`)."""
    # BEGIN SOLUTION
    return np.zeros(shape)
    # END SOLUTION


def small_normal(shape, rng, std=0.01):
    """Return normally distributed numbers with mean 0 and standard deviation `std` (lecture note 2).

    Not truncated: now and then an entry is larger than 3 std.
    """
    # BEGIN SOLUTION
    return rng.normal(0.0, std, shape)
    # END SOLUTION


def uniform(shape, rng, bound):
    """Return numbers spread evenly over (-bound, bound): mean 0, variance bound²/3 (lecture note 2)."""
    # BEGIN SOLUTION
    return rng.uniform(-bound, bound, shape)
    # END SOLUTION


def xavier_normal(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) normal numbers with mean 0 and variance 2 / (fan_in + fan_out).

    The compromise between 1 / fan_in, which keeps the variance of the activations on the way forward, and
    1 / fan_out, which keeps that of the gradients on the way back (Glorot and Bengio 2010; lecture note 0).
    """
    # BEGIN SOLUTION
    std = math.sqrt(2.0 / (fan_in + fan_out))
    return small_normal((fan_in, fan_out), rng, std)
    # END SOLUTION


def xavier_uniform(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) numbers, uniform around 0, with variance 2 / (fan_in + fan_out).

    The bound follows from the variance, which is bound² / 3 (Glorot and Bengio 2010).
    """
    # BEGIN SOLUTION
    bound = math.sqrt(6.0 / (fan_in + fan_out))
    return uniform((fan_in, fan_out), rng, bound)
    # END SOLUTION


def he_normal(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) normal numbers with mean 0 and variance 2 / fan_in.

    ReLU sets half of its inputs to zero and so halves the mean square: the 2 makes up for it (He et al. 2015).
    """
    # BEGIN SOLUTION
    std = math.sqrt(2.0 / fan_in)
    return small_normal((fan_in, fan_out), rng, std)
    # END SOLUTION


def he_uniform(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) numbers, uniform around 0, with variance 2 / fan_in (He et al. 2015)."""
    # BEGIN SOLUTION
    bound = math.sqrt(6.0 / fan_in)
    return uniform((fan_in, fan_out), rng, bound)
    # END SOLUTION


def activation_stds(initializer, sizes, activation, x, rng):
    """Send x through a stack of layers without biases and measure the spread after each (lecture note 4).

    initializer: called as initializer(fan_in, fan_out, rng), once per layer, in order; returns the weights.
    sizes: list of ints [D, K1, K2, …], the number of units from the input on. activation: a class or a
    callable without arguments, called once per layer; its result has `forward`. x: (N, D) array. rng: handed
    on to `initializer`.

    Layer by layer, x ← activation().forward(x @ w). Returns a list of len(sizes) - 1 floats: the standard
    deviation over all entries of the layer's output (divisor: the number of entries).
    """
    # BEGIN SOLUTION
    stds = []
    for fan_in, fan_out in pairwise(sizes):
        w = initializer(fan_in, fan_out, rng)
        x = activation().forward(x @ w)
        stds.append(float(np.std(x)))
    return stds
    # END SOLUTION


def distinct_columns(w):
    """Return the number of different columns of w, an int from 1 to K; w is a (D, K) array.

    Column k holds the weights of unit k. Units with equal columns compute the same output, get the same
    gradient and stay equal for ever: that is the symmetry which random numbers break (lecture note 2). Two
    columns are equal when all their entries are (==).
    """
    # BEGIN SOLUTION
    return np.unique(w, axis=1).shape[1]
    # END SOLUTION
