"""Numerical gradients: slow, approximate, easy to write, and so the judge of your analytic ones.

Move one entry of x by a small h, see how far f moves, divide. Always in float64: in float32 the difference
f(x + h) - f(x - h) drowns in rounding. Arguments may also be Python numbers, 0-d, integer or float32 arrays;
they are taken as float64, and f gets a new float64 array of x's shape at each call.

Source: lecture note 3 (numerical against analytic gradient); lecture note 2 (use two-sided gradient checks);
CS231n notes, "Gradient checks".
"""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Return the two-sided difference (f(x + h) - f(x - h)) / 2h for each entry of x.

    f: maps a float64 array of x's shape to a float; it is called exactly 2 · x.size times.
    Returns a float64 array of x's shape. The error falls with h².
    """
    # BEGIN SOLUTION
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        gradient[index] = (f(above) - f(below)) / (2 * h)
    return gradient
    # END SOLUTION


def one_sided_gradient(f, x, h=1e-5):
    """Return the one-sided difference (f(x + h) - f(x)) / h for each entry of x.

    f: maps a float64 array of x's shape to a float; it is called at most x.size + 1 times.
    Returns a float64 array of x's shape. The error falls with h only: cheaper than two sides, and worse.
    """
    # BEGIN SOLUTION
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    here = f(x.copy())
    for index in np.ndindex(x.shape):
        above = x.copy()
        above[index] += h
        gradient[index] = (f(above) - here) / h
    return gradient
    # END SOLUTION


def relative_error(a, b):
    """Return the largest |a - b| / max(1e-8, |a| + |b|) over the entries, as a float.

    0 means equal, 1 means that some entry has the wrong sign or is zero in one of the two alone.
    a, b: arrays of one shape, else ValueError. A NaN in either gives NaN.
    Source: CS231n notes, "Gradient checks".
    """
    # BEGIN SOLUTION
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"a has shape {a.shape} and b has shape {b.shape}: they must be equal")
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))
    # END SOLUTION


def check_gradient(block, inputs, upstream, h=1e-5):
    """Return the largest relative_error between a block's backward pass and numerical gradients, as a float.

    block: anything with `forward(*inputs)` and `backward(upstream)`, such as a gate. inputs: tuple of arrays.
    upstream: array of the output's shape. Each input is checked on the function sum(upstream * output) with
    the others held; the block's `params`, if it has any, are not. A NaN anywhere gives NaN.
    """
    # BEGIN SOLUTION
    inputs = tuple(np.array(x, dtype=np.float64) for x in inputs)
    block.forward(*inputs)
    gradients = block.backward(upstream)
    if len(inputs) == 1:
        gradients = (gradients,)
    errors = []
    for i, gradient in enumerate(gradients):

        def f(x, i=i):
            return np.sum(upstream * block.forward(*inputs[:i], x, *inputs[i + 1 :]))

        errors.append(relative_error(gradient, numerical_gradient(f, inputs[i], h)))
    return float(np.max(errors))
    # END SOLUTION


def numerical_jacobian(f, x, h=1e-5):
    """Return the matrix of two-sided differences: row i, column j is d f_i / d x_j.

    f: maps a float64 array of x's shape to an array of any one shape (or a float).
    Returns a float64 array of shape (f size, x size); entries of f and of x are counted in C order.
    Source: lecture note 4 (the matrix of dv_j / dv_i).
    """
    # BEGIN SOLUTION
    x = np.array(x, dtype=np.float64)
    columns = []
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        difference = np.array(f(above), dtype=np.float64) - np.asarray(f(below), dtype=np.float64)
        columns.append(difference.ravel() / (2 * h))
    return np.stack(columns, axis=1)
    # END SOLUTION
