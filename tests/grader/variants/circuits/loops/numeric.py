"""Numerical gradients with flat counting; the entry is put back after each step."""

import math

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    flat = x.reshape(-1)
    result = []
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        up = f(x)
        flat[i] = old - h
        down = f(x)
        flat[i] = old
        result.append((up - down) / (2 * h))
    return np.array(result, dtype=np.float64).reshape(x.shape)


def one_sided_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    flat = x.reshape(-1)
    start = f(x)
    result = np.zeros(flat.size)
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        result[i] = (f(x) - start) / h
        flat[i] = old
    return result.reshape(x.shape)


def relative_error(a, b):
    if np.shape(a) != np.shape(b):
        raise ValueError("the shapes differ")
    worst = 0.0
    a = np.atleast_2d(np.array(a, dtype=np.float64))
    b = np.atleast_2d(np.array(b, dtype=np.float64))
    for i in range(len(a)):
        scale = abs(a[i]) + abs(b[i])
        scale[scale < 1e-8] = 1e-8
        error = float(np.max(abs(a[i] - b[i]) / scale))
        if math.isnan(error):
            return error
        if error > worst:
            worst = error
    return worst


def check_gradient(block, inputs, upstream, h=1e-5):
    worst = 0.0
    arrays = []
    for x in inputs:
        arrays.append(np.array(x, dtype=np.float64))
    block.forward(*arrays)
    gradients = block.backward(upstream)
    if len(arrays) == 1:
        gradients = [gradients]
    gradients = [np.array(g) for g in gradients]
    for i in range(len(arrays)):
        flat = arrays[i].reshape(-1)
        numeric = np.zeros(flat.size)
        for k in range(flat.size):
            old = flat[k]
            values = []
            for step in (h, -h):
                flat[k] = old + step
                values.append(float(np.sum(np.array(block.forward(*arrays)) * upstream)))
            flat[k] = old
            numeric[k] = (values[0] - values[1]) / (2 * h)
        error = relative_error(gradients[i].reshape(-1), numeric)
        if math.isnan(error):
            return error
        worst = max(worst, error)
    return worst


def numerical_jacobian(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    jacobian = None
    for j in range(x.size):
        step = np.zeros(x.size)
        step[j] = h
        step = step.reshape(x.shape)
        up, down = np.array(f(np.array(x + step))), np.array(f(np.array(x - step)))
        if jacobian is None:
            jacobian = np.zeros((up.size, x.size))
        for i in range(up.size):
            jacobian[i, j] = (up.reshape(-1)[i] - down.reshape(-1)[i]) / (2 * h)
    return jacobian
