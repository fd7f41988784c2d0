"""Where the weights of a network start. Style: plain loops, one random number at a time."""

import math

import numpy as np


def fill(shape, draw):
    """Return a new array of `shape` whose entries are the results of calling draw(), one call per entry."""
    numbers = [draw() for _ in range(math.prod(shape))]
    return np.array(numbers).reshape(shape)


def zeros(shape):
    """Return an array of zeros: right for biases, fatal for weights (see `distinct_columns`)."""
    return np.zeros(shape)


def small_normal(shape, rng, std=0.01):
    """Return normally distributed numbers with mean 0 and standard deviation `std` (not truncated)."""
    return std * fill(shape, rng.standard_normal)


def uniform(shape, rng, bound):
    """Return numbers spread evenly over (-bound, bound): mean 0, variance bound²/3."""
    return bound * (2.0 * fill(shape, rng.random) - 1.0)  # random() is between 0 and 1


def xavier_variance(fan_in, fan_out):
    """Return the variance that Glorot and Bengio recommend."""
    return 2.0 / (fan_in + fan_out)


def he_variance(fan_in):
    """Return the variance that He et al. recommend: twice 1 / fan_in, because ReLU throws half away."""
    return 2.0 / fan_in


def bound_for(variance):
    """Return r such that numbers spread evenly over (-r, r) have this variance: it is r²/3."""
    return math.sqrt(3.0 * variance)


def xavier_normal(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) normal numbers with mean 0 and variance 2 / (fan_in + fan_out)."""
    return small_normal((fan_in, fan_out), rng, math.sqrt(xavier_variance(fan_in, fan_out)))


def xavier_uniform(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) numbers, uniform around 0, with variance 2 / (fan_in + fan_out)."""
    return uniform((fan_in, fan_out), rng, bound_for(xavier_variance(fan_in, fan_out)))


def he_normal(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) normal numbers with mean 0 and variance 2 / fan_in."""
    return small_normal((fan_in, fan_out), rng, math.sqrt(he_variance(fan_in)))


def he_uniform(fan_in, fan_out, rng):
    """Return (fan_in, fan_out) numbers, uniform around 0, with variance 2 / fan_in."""
    return uniform((fan_in, fan_out), rng, bound_for(he_variance(fan_in)))


def std_of_all(array):
    """Return the standard deviation over all entries of an array, as a float."""
    numbers = array.reshape(-1).tolist()
    mean = math.fsum(numbers) / len(numbers)
    total = 0.0
    for number in numbers:
        total += (number - mean) * (number - mean)
    return math.sqrt(total / len(numbers))


def activation_stds(initializer, sizes, activation, x, rng):
    """Send x through a stack of layers without biases; return the standard deviation after each, in a list."""
    stds = []
    signal = x
    for layer in range(len(sizes) - 1):
        w = initializer(sizes[layer], sizes[layer + 1], rng)
        signal = activation().forward(signal @ w)
        stds.append(std_of_all(signal))
    return stds


def distinct_columns(w):
    """Return the number of different columns of w, a (D, K) array: an int from 1 to K."""
    seen = []
    for k in range(w.shape[1]):
        column = w[:, k].tolist()
        if column not in seen:
            seen.append(column)
    return len(seen)
