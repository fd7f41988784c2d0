"""Numerical gradients, each from the one before."""

import numpy as np


def moved(x, index, step):
    x = np.array(x, dtype=float)
    x[index] += step
    return x


def each_entry(x, slope):
    """The array of slope(index) over the entries of x."""
    result = np.empty(np.shape(x))
    for index in np.ndindex(result.shape):
        result[index] = slope(index)
    return result


def numerical_gradient(f, x, h=1e-5):
    return each_entry(x, lambda i: (f(moved(x, i, h)) - f(moved(x, i, -h))) / (2 * h))


def one_sided_gradient(f, x, h=1e-5):
    base = f(np.array(x, dtype=float))
    return each_entry(x, lambda i: (f(moved(x, i, h)) - base) / h)


def relative_error(a, b):
    a, b = np.array(a, dtype=float), np.array(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    scale = np.abs(a) + np.abs(b)
    return (np.abs(a - b) / np.maximum(scale, 1e-8)).max()


def check_gradient(block, inputs, upstream, h=1e-5):
    inputs = list(inputs)

    def loss_of(i):
        def loss(x):
            return (block.forward(*inputs[:i], x, *inputs[i + 1 :]) * upstream).sum()

        return loss

    numeric = [numerical_gradient(loss_of(i), x, h) for i, x in enumerate(inputs)]
    block.forward(*inputs)
    analytic = block.backward(upstream)
    if not isinstance(analytic, (tuple, list)):
        analytic = [analytic]
    return np.max([relative_error(a, n) for a, n in zip(analytic, numeric, strict=True)])


def numerical_jacobian(f, x, h=1e-5):
    size = np.size(f(np.array(x, dtype=float)))
    rows = [numerical_gradient(lambda v, i=i: np.ravel(f(v))[i], x, h).ravel() for i in range(size)]
    return np.array(rows)
