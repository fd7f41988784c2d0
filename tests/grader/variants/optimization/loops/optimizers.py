"""Optimizers in plain Python: one loop over the names, one loop over the entries, numbers in between.

Every array is walked through with `.flat`, which goes over the entries of any shape, also (), row by row. The
memories are lists of Python floats, one list for each name, in the same order.
"""

import math

import numpy as np


def shrink(w, lr, weight_decay):
    """Decoupled weight decay: multiply every entry of w by 1 - lr·weight_decay, in place."""
    if weight_decay == 0:
        return
    factor = 1 - lr * weight_decay
    for i in range(w.size):
        w.flat[i] = factor * float(w.flat[i])


def move(w, i, step):
    """Lower entry number i of w by `step`, in place."""
    w.flat[i] = float(w.flat[i]) - step


def memory_for(state, name, w):
    """Return the list of numbers that is remembered for `name`: zeros, if the name is new."""
    if name not in state:
        state[name] = [0.0] * w.size
    return state[name]


def divide(top, bottom):
    """Return top / bottom, and 0 where there is nothing to divide by: no gradient yet, no step."""
    if bottom == 0:
        return 0.0
    return top / bottom


class SGD:
    """Gradient descent: w ← w - lr g (lecture note 4)."""

    def __init__(self, lr, weight_decay=0.0):
        self.lr = lr
        self.weight_decay = weight_decay

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name in params:
            w = params[name]
            g = grads[name]
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                move(w, i, self.lr * float(g.flat[i]))


class Momentum:
    """Momentum: v ← μ v + g, then w ← w - lr v (Polyak 1964; lecture note 4).

    momentum: μ. averaged: if True, v ← μ v + (1 - μ) g instead, a running mean of the gradients.
    """

    def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.averaged = averaged
        self.weight_decay = weight_decay
        self.state = {}  # name → list of velocities

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        if self.averaged:
            share = 1 - self.momentum
        else:
            share = 1.0
        for name in params:
            w = params[name]
            g = grads[name]
            v = memory_for(self.state, name, w)
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                v[i] = self.momentum * v[i] + share * float(g.flat[i])
                move(w, i, self.lr * v[i])


class Nesterov:
    """Nesterov's momentum: v ← μ v + g, then w ← w - lr (g + μ v), with the new v.

    Momentum, looked at one step ahead (Sutskever et al. 2013; this form, without a gradient at another place,
    Bengio et al. 2012).
    """

    def __init__(self, lr, momentum=0.9, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.state = {}  # name → list of velocities

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name in params:
            w = params[name]
            g = grads[name]
            v = memory_for(self.state, name, w)
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                gradient = float(g.flat[i])
                v[i] = self.momentum * v[i] + gradient
                move(w, i, self.lr * (gradient + self.momentum * v[i]))


class Adagrad:
    """Adagrad: s ← s + g², then w ← w - lr g / (√s + eps), entry by entry (Duchi et al. 2011)."""

    def __init__(self, lr, eps=1e-10, weight_decay=0.0):
        self.lr = lr
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}  # name → list of sums of squares

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name in params:
            w = params[name]
            g = grads[name]
            s = memory_for(self.state, name, w)
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                gradient = float(g.flat[i])
                s[i] = s[i] + gradient * gradient
                move(w, i, self.lr * divide(gradient, math.sqrt(s[i]) + self.eps))


class Adadelta:
    """Adadelta: a step in the units of w (Zeiler 2012).

    s ← ρ s + (1 - ρ) g²;  δ = √(d + eps) / √(s + eps) · g;  w ← w - lr δ;  then d ← ρ d + (1 - ρ) δ².
    rho: ρ. eps stands inside both roots. d is the mean of earlier δ², without lr, and begins at 0.
    """

    def __init__(self, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}  # name → list of mean squared gradients
        self.deltas = {}  # name → list of mean squared steps

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name in params:
            w = params[name]
            g = grads[name]
            s = memory_for(self.state, name, w)
            d = memory_for(self.deltas, name, w)
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                gradient = float(g.flat[i])
                s[i] = self.rho * s[i] + (1 - self.rho) * gradient * gradient
                delta = divide(math.sqrt(d[i] + self.eps) * gradient, math.sqrt(s[i] + self.eps))
                move(w, i, self.lr * delta)
                d[i] = self.rho * d[i] + (1 - self.rho) * delta * delta


class RMSProp:
    """RMSProp: s ← ρ s + (1 - ρ) g², then w ← w - lr g / (√s + eps), entry by entry (Hinton 2012).

    rho: ρ. eps stands outside the root, and s begins at 0 without correction.
    """

    def __init__(self, lr, rho=0.9, eps=1e-8, weight_decay=0.0):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}  # name → list of mean squared gradients

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name in params:
            w = params[name]
            g = grads[name]
            s = memory_for(self.state, name, w)
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                gradient = float(g.flat[i])
                s[i] = self.rho * s[i] + (1 - self.rho) * gradient * gradient
                move(w, i, self.lr * divide(gradient, math.sqrt(s[i]) + self.eps))


class Adam:
    """Adam, a running mean over a running size, both with their bias corrected (Kingma and Ba 2015).

    m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ);
    w ← w - lr m̂ / (√v̂ + eps).  t counts the steps of that name: 1 in its first.
    eps stands outside the root, after the correction. With weight_decay this is AdamW (Loshchilov, Hutter 2019).
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.weight_decay = weight_decay
        self.means = {}  # name → list of m
        self.squares = {}  # name → list of v
        self.counts = {}  # name → t

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name in params:
            w = params[name]
            g = grads[name]
            m = memory_for(self.means, name, w)
            v = memory_for(self.squares, name, w)
            t = self.counts.get(name, 0) + 1
            self.counts[name] = t
            shrink(w, self.lr, self.weight_decay)
            for i in range(w.size):
                gradient = float(g.flat[i])
                m[i] = self.beta1 * m[i] + (1 - self.beta1) * gradient
                v[i] = self.beta2 * v[i] + (1 - self.beta2) * gradient * gradient
                m_hat = m[i] / (1 - self.beta1**t)
                v_hat = v[i] / (1 - self.beta2**t)
                move(w, i, self.lr * divide(m_hat, math.sqrt(v_hat) + self.eps))


def add_up_rows(rows, values, count, width):
    """Return a dict: row number → list of its `width` gradients, repeats summed. `count` is the table's length."""
    sums = {}
    for place in range(len(rows)):
        row = int(rows[place]) % count  # -1 is the last row, as NumPy has it
        if row not in sums:
            sums[row] = [0.0] * width
        for j in range(width):
            sums[row][j] += float(values.flat[place * width + j])
    return sums


def all_rows(g, count, width):
    """Return the same dict for a gradient that is a whole array."""
    table = {}
    for row in range(count):
        table[row] = [float(g.flat[row * width + j]) for j in range(width)]
    return table


class SparseAdam:
    """Adam that touches only the rows it is given: for word vectors, of which a batch uses a few.

    A gradient is an array of w's shape (then every row moves, as in Adam), or a tuple (rows, values): rows is
    an integer array (k,), values is (k, ...), the gradients of those rows. A row may occur several times: its
    values are summed first. Only the given rows of w, m and v change; the others keep every bit.
    t counts the steps of that name, not of a row: every row of a step is corrected by the same t.
    eps stands as in Adam. There is no weight decay: it would touch every row.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.state = {}  # name → {row: (list of m, list of v)}, only for rows that had a gradient
        self.counts = {}  # name → t

    def step(self, params, grads):
        """Move the arrays of `params` in place; `grads` holds an array or a pair (rows, values) for each name."""
        for name in params:
            w = params[name]
            count = 1  # a number is a table of one row
            if w.ndim > 0:
                count = w.shape[0]
            width = w.size // count
            if isinstance(grads[name], tuple):
                rows, values = grads[name]
                sums = add_up_rows(rows, values, count, width)
            else:
                sums = all_rows(grads[name], count, width)
            if name not in self.state:
                self.state[name] = {}
            t = self.counts.get(name, 0) + 1
            self.counts[name] = t
            for row in sums:
                self.move_row(w, row, sums[row], self.state[name], t)

    def move_row(self, w, row, gradients, memory, t):
        """Adam's step for one row of w, whose entries stand one after the other."""
        width = len(gradients)
        if row not in memory:
            memory[row] = ([0.0] * width, [0.0] * width)
        m, v = memory[row]
        for j in range(width):
            m[j] = self.beta1 * m[j] + (1 - self.beta1) * gradients[j]
            v[j] = self.beta2 * v[j] + (1 - self.beta2) * gradients[j] * gradients[j]
            m_hat = m[j] / (1 - self.beta1**t)
            v_hat = v[j] / (1 - self.beta2**t)
            move(w, row * width + j, self.lr * divide(m_hat, math.sqrt(v_hat) + self.eps))


def solve(matrix, right):
    """Return x with matrix · x = right, as a list, by Gaussian elimination. Both are lists and are used up."""
    n = len(right)
    for column in range(n):
        pivot = column  # the largest entry below goes to the diagonal: a 0 there would be no good
        for row in range(column + 1, n):
            if abs(matrix[row][column]) > abs(matrix[pivot][column]):
                pivot = row
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        right[column], right[pivot] = right[pivot], right[column]
        for row in range(column + 1, n):
            factor = matrix[row][column] / matrix[column][column]
            if factor == 0:
                continue
            for k in range(column, n):
                matrix[row][k] -= factor * matrix[column][k]
            right[row] -= factor * right[column]
    x = [0.0] * n
    for row in range(n - 1, -1, -1):
        rest = right[row]
        for k in range(row + 1, n):
            rest -= matrix[row][k] * x[k]
        x[row] = rest / matrix[row][row]
    return x


class Newton:
    """Newton's method: w ← w - lr (H + damping·I)⁻¹ g (lecture note 4).

    It jumps to the point where the gradient of the quadratic model is zero: a minimum, a maximum or a saddle.
    Each parameter has a Hessian of its own; second derivatives across parameters are left out.
    """

    def __init__(self, lr=1.0, damping=0.0):
        self.lr = lr
        self.damping = damping

    def step(self, params, grads, hessians):
        """Move every array of `params` in place.

        hessians[name]: (size, size) array, the second derivatives in the order of `w.ravel()` (C order).
        """
        for name in params:
            w = params[name]
            g = grads[name]
            matrix = []
            right = []
            for i in range(w.size):
                line = [float(entry) for entry in hessians[name][i]]
                line[i] += self.damping
                matrix.append(line)
                right.append(float(g.flat[i]))
            p = solve(matrix, right)
            for i in range(w.size):
                move(w, i, self.lr * p[i])


def descend(gradient, start, optimizer, steps):
    """Follow an optimizer over a surface and return where it has been.

    gradient: function from a (D,) array to the (D,) gradient there. start: (D,) array, left untouched.
    optimizer: any object with `step(params, grads)`. steps: int, how often to ask for a gradient and step.
    Returns the path, a (steps + 1, D) float64 array: the start, then the place after each step.
    """
    w = np.array(start, dtype=np.float64)
    path = np.zeros((steps + 1, w.size))
    path[0] = w
    for number in range(steps):
        g = gradient(w.copy())
        optimizer.step({"w": w}, {"w": g})
        path[number + 1] = w
    return path
