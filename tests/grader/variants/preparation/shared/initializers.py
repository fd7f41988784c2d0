"""Initialisers that lean on one another: a uniform and a normal one, and variances for the rest."""

import math  # a mistake put in here may use it
from itertools import pairwise  # a mistake put in here may use it

import numpy as np


def zeros(shape):
    return np.full(shape, 0.0)


def small_normal(shape, rng, std=0.01):
    return std * rng.standard_normal(shape)


def uniform(shape, rng, bound):
    return bound * (2 * rng.random(shape) - 1)


def xavier_normal(fan_in, fan_out, rng):
    return small_normal((fan_in, fan_out), rng, np.sqrt(2 / (fan_in + fan_out)))


def xavier_uniform(fan_in, fan_out, rng):
    return uniform((fan_in, fan_out), rng, np.sqrt(3) * np.sqrt(2 / (fan_in + fan_out)))


def he_normal(fan_in, fan_out, rng):
    return small_normal(shape=(fan_in, fan_out), rng=rng, std=np.sqrt(2 / fan_in))


def he_uniform(fan_in, fan_out, rng):
    return uniform(shape=(fan_in, fan_out), rng=rng, bound=np.sqrt(6 / fan_in))


def activation_stds(initializer, sizes, activation, x, rng):
    result = []
    for layer in range(1, len(sizes)):
        weights = initializer(fan_in=sizes[layer - 1], fan_out=sizes[layer], rng=rng)
        x = activation().forward(np.dot(x, weights))
        result.append(np.sqrt(np.mean((x - np.mean(x)) ** 2)))
    return tuple(result)


def distinct_columns(w):
    return len({tuple(column) for column in w.T.tolist()})
