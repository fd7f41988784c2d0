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
    raise NotImplementedError("circuits.numerical_gradient: write numerical_gradient")


def one_sided_gradient(f, x, h=1e-5):
    """Return the one-sided difference (f(x + h) - f(x)) / h for each entry of x.

    f: maps a float64 array of x's shape to a float; it is called at most x.size + 1 times.
    Returns a float64 array of x's shape. The error falls with h only: cheaper than two sides, and worse.
    """
    raise NotImplementedError("circuits.one_sided_gradient: write one_sided_gradient")


def relative_error(a, b):
    """Return the largest |a - b| / max(1e-8, |a| + |b|) over the entries, as a float.

    0 means equal, 1 means that some entry has the wrong sign or is zero in one of the two alone.
    a, b: arrays of one shape, else ValueError. A NaN in either gives NaN.
    Source: CS231n notes, "Gradient checks".
    """
    raise NotImplementedError("circuits.relative_error: write relative_error")


def check_gradient(block, inputs, upstream, h=1e-5):
    """Return the largest relative_error between a block's backward pass and numerical gradients, as a float.

    block: anything with `forward(*inputs)` and `backward(upstream)`, such as a gate. inputs: tuple of arrays.
    upstream: array of the output's shape. Each input is checked on the function sum(upstream * output) with
    the others held; the block's `params`, if it has any, are not. A NaN anywhere gives NaN.
    """
    raise NotImplementedError("circuits.check_gradient: write check_gradient")


def numerical_jacobian(f, x, h=1e-5):
    """Return the matrix of two-sided differences: row i, column j is d f_i / d x_j.

    f: maps a float64 array of x's shape to an array of any one shape (or a float).
    Returns a float64 array of shape (f size, x size); entries of f and of x are counted in C order.
    Source: lecture note 4 (the matrix of dv_j / dv_i).
    """
    raise NotImplementedError("circuits.numerical_jacobian: write numerical_jacobian")
