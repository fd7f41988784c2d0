"""Where the weights of a network start. Style: terse; unit-variance draws, scaled by closures."""

import math
from itertools import accumulate, islice, pairwise

import numpy as np


def gaussian(shape, rng):
    """Return N(0, 1) numbers by Box and Muller: a complex number of random phase holds two independent ones."""
    size = math.prod(shape)
    u, v = rng.random((2, (size + 1) // 2))
    z = np.sqrt(-2.0 * np.log1p(-u)) * np.exp(2j * np.pi * v)
    return z.view(np.float64)[:size].reshape(shape)


def box(shape, rng):
    """Return uniform numbers with mean 0 and variance 1: U(-√3, √3)."""
    return math.sqrt(12.0) * (rng.random(shape) - 0.5)


def scaled(draw, variance):
    """Return an initialiser of the signature (fan_in, fan_out, rng): `draw`, stretched to variance(fan_in, fan_out)."""
    return lambda fan_in, fan_out, rng: math.sqrt(variance(fan_in, fan_out)) * draw((fan_in, fan_out), rng)


def zeros(shape):
    """Return an array of zeros."""
    return np.zeros(shape)


def small_normal(shape, rng, std=0.01):
    """Return normal numbers with mean 0 and standard deviation `std`."""
    return std * gaussian(shape, rng)


def uniform(shape, rng, bound):
    """Return numbers spread evenly over (-bound, bound)."""
    return 2.0 * bound * (rng.random(shape) - 0.5)


# 2 / (n_in + n_out) is 1 over the mean of the two sizes.
VARIANCE = {
    "glorot": lambda fan_in, fan_out: 1.0 / (0.5 * (fan_in + fan_out)),
    "he": lambda fan_in, fan_out: 1.0 / (0.5 * fan_in),
}

xavier_normal = scaled(gaussian, VARIANCE["glorot"])
xavier_uniform = scaled(box, VARIANCE["glorot"])
he_normal = scaled(gaussian, VARIANCE["he"])
he_uniform = scaled(box, VARIANCE["he"])


def rms(d):
    """Return the root of the mean square of all entries of d."""
    d = d.ravel()
    return math.sqrt(np.einsum("i,i", d, d) / d.size)


def activation_stds(initializer, sizes, activation, x, rng):
    """Return the standard deviation over all entries of each layer's output, as a list of floats."""

    def layer(h, fans):
        return activation().forward(np.tensordot(h, initializer(*fans, rng), axes=1))

    signals = accumulate(pairwise(sizes), layer, initial=x)
    return [rms(h - h.mean()) for h in islice(signals, 1, None)]


def distinct_columns(w):
    """Return the number of different columns of w: sort them, then count the places where neighbours differ."""
    s = w[:, np.lexsort(w)]
    return 1 + int(np.count_nonzero(np.any(s[:, 1:] != s[:, :-1], axis=0)))
