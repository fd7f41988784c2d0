"""Optimizers: what to do with a gradient once backpropagation has found it.

`step(params, grads)` moves each parameter and returns None. Both are dicts with the same keys. The arrays of
`params` are changed in place (the same array objects, new contents), those of `grads` stay untouched. Whatever
an optimizer remembers, it remembers for each name by itself, and instances share nothing. How it does so is its own
affair; a float32 parameter stays float32.

`lr` may be changed between two steps: it multiplies the finished direction and is no part of any memory.
`weight_decay` is decoupled: first w ← w (1 - lr·weight_decay), for every parameter, biases too; then the step.

Source: lecture note 4 (optimizers), whose adaptive step divides by a norm and whose momentum has three
variants; here squares are taken entry by entry, and each variant has a name. Papers: see each class.
"""

import numpy as np


class SGD:
    """Gradient descent: w ← w - lr g (lecture note 4)."""

    def __init__(self, lr, weight_decay=0.0):
        self.lr = lr
        self.weight_decay = weight_decay

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.sgd: write SGD.step")


class Momentum:
    """Momentum: v ← μ v + g, then w ← w - lr v (Polyak 1964; lecture note 4).

    momentum: μ. averaged: if True, v ← μ v + (1 - μ) g instead, a running mean of the gradients.
    """

    def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.averaged = averaged
        self.weight_decay = weight_decay
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.momentum: write Momentum.step")


class Nesterov:
    """Nesterov's momentum: v ← μ v + g, then w ← w - lr (g + μ v), with the new v.

    Momentum, looked at one step ahead (Sutskever et al. 2013; this form, without a gradient at another place,
    Bengio et al. 2012).
    """

    def __init__(self, lr, momentum=0.9, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.nesterov: write Nesterov.step")


class Adagrad:
    """Adagrad: s ← s + g², then w ← w - lr g / (√s + eps), entry by entry (Duchi et al. 2011)."""

    def __init__(self, lr, eps=1e-10, weight_decay=0.0):
        self.lr = lr
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.adagrad: write Adagrad.step")


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
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.adadelta: write Adadelta.step")


class RMSProp:
    """RMSProp: s ← ρ s + (1 - ρ) g², then w ← w - lr g / (√s + eps), entry by entry (Hinton 2012).

    rho: ρ. eps stands outside the root, and s begins at 0 without correction.
    """

    def __init__(self, lr, rho=0.9, eps=1e-8, weight_decay=0.0):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.weight_decay = weight_decay
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.rmsprop: write RMSProp.step")


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
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        raise NotImplementedError("optimization.adam: write Adam.step")


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
        self.state = {}  # name → what you want to remember for it

    def step(self, params, grads):
        """Move the arrays of `params` in place; `grads` holds an array or a pair (rows, values) for each name."""
        raise NotImplementedError("optimization.sparse_adam: write SparseAdam.step")


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
        raise NotImplementedError("optimization.newton: write Newton.step")


def descend(gradient, start, optimizer, steps):
    """Follow an optimizer over a surface and return where it has been.

    gradient: function from a (D,) array to the (D,) gradient there. start: (D,) array, left untouched.
    optimizer: any object with `step(params, grads)`. steps: int, how often to ask for a gradient and step.
    Returns the path, a (steps + 1, D) float64 array: the start, then the place after each step.
    """
    raise NotImplementedError("optimization.descend: write descend")
