"""Activations, array style: each `forward` leaves a closure behind that pulls an upstream gradient back."""

from functools import reduce

import numpy as np

# ln s(x) = -ln(1 + exp(-x)): exact in relative terms at both ends, and nothing overflows.
log_sigmoid = lambda x: -np.logaddexp(0, -x)


class Activation:
    """What every activation offers: `forward`, then `backward` as often as you like. (given)

    `params` and `grads` are dicts with the same keys, empty where nothing is learnt. Here `forward` stores the
    linear map upstream -> dx in `pull`, and `backward` applies it.
    """

    def __init__(self):
        self.params = {}
        self.grads = {}

    def forward(self, x):
        """Return the output for the array x."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self, upstream):
        """Return the gradient of sum(upstream * output) for x, using the latest `forward`."""
        return self.pull(upstream)


class Identity(Activation):
    """f(x) = x, slope 1. Layers with nothing but this between them are one layer: see `collapse`."""

    def forward(self, x):
        """Return a copy of x, an array of any shape."""
        self.pull = np.array
        return np.array(x)


class Step(Activation):
    """Heaviside's step: 1 for x > 0, else 0 (so 0 at 0). Its gradient is 0 everywhere (lecture note 1)."""

    def forward(self, x):
        """Return an array of zeros and ones with the shape and dtype of x."""
        self.pull = np.zeros_like
        return np.heaviside(x, 0)


class Sigmoid(Activation):
    """s(x) = 1 / (1 + exp(-x)), in (0, 1), with slope s(x) s(-x), at most 1/4 (lecture note 3)."""

    def forward(self, x):
        """Return exp(ln s(x)); the slope is s(x) (1 - s(x)) = s(x) s(-x), whose logarithm is ln s(x) + ln s(-x)."""
        log_s = log_sigmoid(x)
        self.pull = lambda g: g * np.exp(log_s + log_sigmoid(-x))
        return np.exp(log_s)


class Tanh(Activation):
    """tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x)), in (-1, 1), with slope 1 / cosh(x)²."""

    def forward(self, x):
        """Return tanh(x); 1 - tanh² = 1 / cosh², which is 0 where cosh overflows."""

        def pull(g):
            with np.errstate(over="ignore"):
                return g / np.square(np.cosh(x))

        self.pull = pull
        return np.tanh(x)


class HardTanh(Activation):
    """f(x) = x between -1 and 1, and -1 or 1 outside. Slope 1 for |x| < 1, else 0, also at ±1."""

    def forward(self, x):
        """Return x clipped to [-1, 1]; the slope is the step of 1 - |x|."""
        self.pull = lambda g: g * np.heaviside(1 - np.abs(x), 0)
        y = np.empty_like(x)
        return np.minimum(np.maximum(x, -1, out=y), 1, out=y)


class ReLU(Activation):
    """f(x) = (x + |x|) / 2. Slope 1 for x > 0, else 0, also at 0 (lecture notes 0 and 3)."""

    def forward(self, x):
        """Return (x + |x|) / 2; x is an array of any shape."""
        on = np.greater(x, 0)
        self.pull = lambda g: np.multiply(g, on)
        y = np.abs(x, out=np.empty_like(x))
        y += x
        y *= 0.5
        return y


class LeakyReLU(Activation):
    """f(x) = max(x, slope · x), which needs 0 <= slope <= 1. Slope 1 for x > 0, else `slope`, also at 0.

    slope: a Python number between 0 and 1. Lecture note 0 has 0.01, note 3 has 0.1: so it is an argument.
    """

    def __init__(self, slope=0.01):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        """Return max(x, slope * x); x is an array of any shape."""
        on, a = np.greater(x, 0), self.slope
        self.pull = lambda g: np.where(on, g, a * g)
        return np.maximum(x, a * x)


class ELU(Activation):
    """f(x) = max(x, 0) + alpha expm1(min(x, 0)). Slope 1 for x > 0, else alpha exp(x), so alpha at 0.

    alpha: a positive Python number, the depth at which f levels off (Clevert et al. 2016).
    """

    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        """Return f(x); min(x, 0) is 0 where x > 0, so both terms may be added everywhere."""
        on, low, a = np.greater(x, 0), np.minimum(x, 0), self.alpha
        self.pull = lambda g: np.where(on, g, a * g * np.exp(low))
        return np.maximum(x, 0) + a * np.expm1(low)


class PReLU(Activation):
    """Leaky ReLU whose slope is learnt: `params["slope"]`, one number for all entries (He et al. 2015).

    f(x) = max(x, 0) + slope · min(x, 0), for any slope at all, so df/dslope is min(x, 0).
    """

    def __init__(self, slope=0.25):
        super().__init__()
        self.params = {"slope": np.array([slope], dtype=np.float64)}
        self.grads = {"slope": np.zeros(1)}

    def forward(self, x):
        """Return f(x) for the slope that stands in `params` now; x is an array of any shape."""
        on, low, a = np.greater(x, 0), np.minimum(x, 0), self.params["slope"].item()

        def pull(g):
            self.grads["slope"] = np.reshape(np.vdot(g, low), 1)
            return np.where(on, g, a * g)

        self.pull = pull
        return np.maximum(x, 0) + a * low


class Maxout(Activation):
    """f(x) = max over p of (x W[p] + b[p]), with p = 0, 1: the larger of two affine maps (Goodfellow et al. 2013).

    The weights live in one tensor W of shape (2, D, K) and one matrix b of shape (2, K); w1, b1, w2, b2 in `params`
    are windows on them, so whoever writes into `params` writes into W and b.
    """

    def __init__(self, w1, b1, w2, b2):
        super().__init__()
        self.w, self.b = np.stack([w1, w2]), np.stack([b1, b2])
        self.params = self.named(self.w, self.b)
        self.grads = self.named(np.zeros_like(self.w), np.zeros_like(self.b))

    named = staticmethod(lambda w, b: {"w1": w[0], "b1": b[0], "w2": w[1], "b2": b[1]})

    def forward(self, x):
        """Return the larger piece, of shape (N, K); x is an (N, D) array."""
        w = self.w
        z = np.tensordot(x, w, axes=(1, 1)) + self.b  # (N, 2, K)
        first = z[:, 0] >= z[:, 1]
        won = np.stack([first, ~first], axis=1)

        def pull(g):
            split = g[:, np.newaxis] * won
            dw = np.tensordot(x, split, axes=(0, 0)).transpose(1, 0, 2)  # (2, D, K)
            self.grads = self.named(dw, np.einsum("npk->pk", split))
            return np.tensordot(split, w, axes=((1, 2), (0, 2)))

        self.pull = pull
        return z.max(axis=1)


def tanh_from_sigmoid(x):
    """Return tanh(x) as 2 s(2x) - 1, through your own `Sigmoid`: tanh is a stretched, centred sigmoid.

    x: array of any shape. Right for large |x|, such as ±1000. Source: lecture note 3.
    """
    return 2 * Sigmoid().forward(2 * x) - 1


def saturation(block, x, threshold=0.01):
    """Return the share of the entries of x at which |local slope| < threshold: a float from 0 to 1.

    A saturated unit passes almost no gradient on. block: an activation that works on each entry alone.
    """
    return np.mean(np.abs(block.backward(np.ones_like(block.forward(x)))) < threshold)


def dead_units(outputs):
    """Return a bool array of shape (K,): True where a unit's output is exactly 0 for all samples.

    outputs: (N, K) array, the outputs of K units for N samples. A dead ReLU gets no gradient from any sample.
    """
    return ~np.any(outputs, axis=0)


def collapse(weights, biases):
    """Return (w, b) of the one affine map x w + b that equals a stack of affine layers without activations.

    For rows (x, 1) a layer is the matrix [[w, 0], [b, 1]], and a stack of layers is the product of their matrices.
    weights: list of arrays of shapes (D0, D1), (D1, D2), …; biases: list of arrays (D1,), (D2,), …
    Returns w of shape (D0, Dlast) and b of shape (Dlast,): new arrays, also for one layer.
    """
    layers = (
        np.block([[w, np.zeros((len(w), 1))], [b[np.newaxis], np.ones((1, 1))]])
        for w, b in zip(weights, biases, strict=True)
    )
    product = reduce(np.matmul, layers)
    return product[:-1, :-1].copy(), product[-1, :-1].copy()


def one_signed_columns(x, upstream):
    """Return a bool array of shape (K,): True where all entries of a column of xᵀ · upstream have one sign.

    One sign: all D entries > 0, or all < 0, that is, their signs (+1, 0, -1) add up to D or -D.
    x: (N, D) array, the layer's inputs. upstream: (N, K) array, the gradient of its outputs.
    """
    signs = np.sign(np.einsum("nd,nk->dk", x, upstream))
    return np.abs(np.einsum("dk->k", signs)) == x.shape[1]
