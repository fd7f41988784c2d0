"""Optimizers as filters. Terse: each rule is a matrix or a closure, and two factories turn it into a `step`.

SGD, Momentum and Nesterov are linear in (memory, gradient), so a 2 × 2 matrix says all of them. The adaptive rules
remember root mean squares r = √s, not the squares s: √(a r² + b g²) = hypot(√a r, √b g), which never underflows.

`lr` multiplies the finished direction. Decay, w ← w (1 - lr·weight_decay), comes first.
"""

from collections import Counter

import numpy as np

_ratio = lambda a, b: np.divide(a, b, out=np.zeros_like(a), where=b != 0)  # 0 / 0 is no step


def _rule(direction, slots):
    """Return a `step` from direction(self, name, g, *memory), where memory is `slots` views that it may write to."""

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name, w in params.items():
            if name not in self.state:
                self.state[name] = np.zeros((slots, *w.shape), w.dtype)
            d = direction(self, name, grads[name], *(self.state[name][k, ...] for k in range(slots)))
            np.multiply(w, 1 - self.lr * self.weight_decay, out=w)
            np.subtract(w, self.lr * d, out=w)

    return step


def _linear(transfer):
    """Return a `step` from the matrix of (v, g) → (new v, direction), a function of the optimizer."""

    def direction(self, name, g, v):
        v[...], d = np.einsum("ij,j...->i...", np.array(transfer(self), v.dtype), np.stack([v, g]))
        return d

    return _rule(direction, 1)


def _mean_root(r, rho, x):
    """r ← √(ρ r² + (1 - ρ) x²), in place."""
    return np.hypot(rho**0.5 * r, (1 - rho) ** 0.5 * x, out=r)


class SGD:
    """Gradient descent: w ← w - lr g (lecture note 4)."""

    def __init__(self, lr, weight_decay=0.0):
        self.lr = lr
        self.weight_decay = weight_decay
        self.state = {}

    step = _linear(lambda self: [[0, 0], [0, 1]])


class Momentum:
    """Momentum: v ← μ v + g, then w ← w - lr v (Polyak 1964; lecture note 4).

    momentum: μ. averaged: if True, v ← μ v + (1 - μ) g instead, a running mean of the gradients.
    The memory is the plain v in both forms; the averaged one is (1 - μ) v.
    """

    def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.averaged = averaged
        self.weight_decay = weight_decay
        self.state = {}

    step = _linear(lambda self: np.outer([1, 1 - self.momentum if self.averaged else 1], [self.momentum, 1]))


class Nesterov:
    """Nesterov's momentum: v ← μ v + g, then w ← w - lr (g + μ v), with the new v.

    In terms of the old v: g + μ (μ v + g) = μ² v + (1 + μ) g.
    """

    def __init__(self, lr, momentum=0.9, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.state = {}

    step = _linear(lambda self: [[self.momentum, 1], [self.momentum**2, 1 + self.momentum]])


class Adagrad:
    """Adagrad: s ← s + g², then w ← w - lr g / (√s + eps), entry by entry (Duchi et al. 2011)."""

    def __init__(self, lr, eps=1e-10, weight_decay=0.0):
        self.lr = lr
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}

    step = _rule(lambda self, name, g, r: _ratio(g, np.hypot(r, g, out=r) + self.eps), 1)


def _adadelta(self, name, g, r, q):
    """r: root mean square of the gradients, q: of the steps; √(q² + eps) / √(r² + eps) is a ratio of two hypots."""
    root = self.eps**0.5
    delta = _ratio(np.hypot(q, root) * g, np.hypot(_mean_root(r, self.rho, g), root))
    _mean_root(q, self.rho, delta)
    return delta


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
        self.state = {}

    step = _rule(_adadelta, 2)


class RMSProp:
    """RMSProp: s ← ρ s + (1 - ρ) g², then w ← w - lr g / (√s + eps), entry by entry (Hinton 2012).

    rho: ρ. eps stands outside the root, and s begins at 0 without correction.
    """

    def __init__(self, lr, rho=0.9, eps=1e-8, weight_decay=0.0):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}

    step = _rule(lambda self, name, g, r: _ratio(g, _mean_root(r, self.rho, g) + self.eps), 1)


def _adam(self, name, g, m, r):
    """With c = 1 - βᵗ: (m / c₁) / (r / √c₂ + eps) = (√c₂ / c₁) m / (r + eps √c₂). Writes to m and r."""
    self.clock[name] += 1
    c, root = 1 - self.beta1 ** self.clock[name], (1 - self.beta2 ** self.clock[name]) ** 0.5
    m += (1 - self.beta1) * (g - m)
    return _ratio(root / c * m, _mean_root(r, self.beta2, g) + self.eps * root)


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
        self.state = {}
        self.clock = Counter()

    step = _rule(_adam, 2)


def _gather(w, gradient):
    """Return an index into w and the gradient of what it picks: all of w, or sorted rows with the repeats summed."""
    if not isinstance(gradient, tuple):
        return ..., gradient
    rows, values = gradient[0].astype(np.intp) % len(w), gradient[1]
    order = np.argsort(rows, kind="stable")
    unique, first = np.unique(rows[order], return_index=True)
    return unique, np.add.reduceat(values[order], first, axis=0) if rows.size else values


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
        self.state = {}
        self.clock = Counter()

    def step(self, params, grads):
        """Move the arrays of `params` in place; `grads` holds an array or a pair (rows, values) for each name."""
        for name, w in params.items():
            if name not in self.state:
                self.state[name] = np.zeros((2, *w.shape), w.dtype)
            at, g = _gather(w, grads[name])
            picked = self.state[name][:, at]
            w[at] -= self.lr * _adam(self, name, g, picked[0, ...], picked[1, ...])
            self.state[name][:, at] = picked


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
        for name, w in params.items():
            curvature = np.array(hessians[name])
            np.einsum("ii->i", curvature)[...] += self.damping  # a view of the diagonal
            np.subtract(w, self.lr * np.linalg.tensorsolve(curvature.reshape(2 * w.shape), grads[name]), out=w)


def descend(gradient, start, optimizer, steps):
    """Follow an optimizer over a surface and return where it has been.

    gradient: function from a (D,) array to the (D,) gradient there. start: (D,) array, left untouched.
    optimizer: any object with `step(params, grads)`. steps: int, how often to ask for a gradient and step.
    Returns the path, a (steps + 1, D) float64 array: the start, then the place after each step.
    """
    w = np.array(start, dtype=np.float64)

    def place(_):
        optimizer.step({"w": w}, {"w": gradient(w.copy())})
        return w.copy()

    return np.stack([w.copy(), *map(place, range(steps))])
