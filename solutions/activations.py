"""Activations: the bends between linear layers, and five small experiments on what they do to gradients.

An activation works on each entry alone. `forward(x)` takes an array of any shape (one axis or more);
`backward(upstream)` returns the gradient of `sum(upstream * output)` for x, of the shape and dtype of x: float32
in, float32 out.
Results are new arrays, inputs stay untouched, and `backward` may be called several times after one `forward`.
At a kink the branch x ≤ 0 counts.

Sources: lecture notes 0, 1 and 3 (the gallery of activations); Clevert et al. 2016 (ELU), He et al. 2015
(PReLU), Goodfellow et al. 2013 (maxout); CS231n notes, "Neural Networks 1".
"""

import numpy as np


class Activation:
    """What every activation offers: `forward`, then `backward` as often as you like. (given)

    `params` and `grads` are dicts with the same keys, empty where nothing is learnt.
    """

    def __init__(self):
        self.params = {}
        self.grads = {}

    def forward(self, x):
        """Return the output for the array x."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self, upstream):
        """Return the gradient of sum(upstream * output) for x, using the latest `forward`."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass yet")


class Identity(Activation):
    """f(x) = x, slope 1. Layers with nothing but this between them are one layer: see `collapse`."""

    def forward(self, x):
        """Return a copy of x, an array of any shape."""
        # BEGIN SOLUTION
        return x.copy()
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x: a copy of `upstream`, not `upstream` itself."""
        # BEGIN SOLUTION
        return upstream.copy()
        # END SOLUTION


class Step(Activation):
    """Heaviside's step: 1 for x > 0, else 0 (so 0 at 0). Its gradient is 0 everywhere (lecture note 1)."""

    def forward(self, x):
        """Return an array of zeros and ones with the shape and dtype of x."""
        # BEGIN SOLUTION
        return (x > 0).astype(x.dtype)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x: nothing gets through."""
        # BEGIN SOLUTION
        return np.zeros_like(upstream)
        # END SOLUTION


class Sigmoid(Activation):
    """s(x) = 1 / (1 + exp(-x)), from 0 to 1, with slope s(x) (1 - s(x)), at most 1/4 (lecture note 3)."""

    def forward(self, x):
        """Return s(x); x is an array of any shape. Finite and right for large |x|, such as ±1000."""
        # BEGIN SOLUTION
        e = np.exp(-np.abs(x))  # at most 1: for x < 0, s(x) = exp(x) / (1 + exp(x))
        self.output = np.where(x >= 0, 1.0, e) / (1.0 + e)
        return self.output
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return upstream * self.output * (1.0 - self.output)
        # END SOLUTION


class Tanh(Activation):
    """tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x)), from -1 to 1, with slope 1 - tanh(x)²."""

    def forward(self, x):
        """Return tanh(x); x is an array of any shape. Finite and right for large |x|, such as ±1000."""
        # BEGIN SOLUTION
        self.output = np.tanh(x)
        return self.output
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return upstream * (1.0 - self.output**2)
        # END SOLUTION


class HardTanh(Activation):
    """f(x) = x between -1 and 1, and -1 or 1 outside. Slope 1 for |x| < 1, else 0, also at ±1."""

    def forward(self, x):
        """Return x clipped to [-1, 1]; x is an array of any shape."""
        # BEGIN SOLUTION
        self.inside = np.abs(x) < 1
        return np.clip(x, -1.0, 1.0)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return np.where(self.inside, upstream, 0.0)
        # END SOLUTION


class ReLU(Activation):
    """f(x) = max(0, x). Slope 1 for x > 0, else 0, also at 0 (lecture notes 0 and 3)."""

    def forward(self, x):
        """Return max(0, x); x is an array of any shape."""
        # BEGIN SOLUTION
        self.positive = x > 0
        return np.where(self.positive, x, 0.0)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return np.where(self.positive, upstream, 0.0)
        # END SOLUTION


class LeakyReLU(Activation):
    """f(x) = x for x > 0, else slope · x. Slope 1 for x > 0, else `slope`, also at 0.

    slope: a Python number between 0 and 1. Lecture note 0 has 0.01, note 3 has 0.1: so it is an argument.
    """

    def __init__(self, slope=0.01):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        """Return x where it is positive, and slope * x elsewhere; x is an array of any shape."""
        # BEGIN SOLUTION
        self.positive = x > 0
        return np.where(self.positive, x, self.slope * x)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return np.where(self.positive, upstream, self.slope * upstream)
        # END SOLUTION


class ELU(Activation):
    """f(x) = x for x > 0, else alpha (exp(x) - 1). Slope 1 for x > 0, else alpha exp(x), so alpha at 0.

    alpha: a positive Python number, the depth at which f levels off (Clevert et al. 2016).
    """

    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        """Return f(x); x is an array of any shape. Finite and right for large |x|, such as ±1000."""
        # BEGIN SOLUTION
        self.positive = x > 0
        self.x_below = np.minimum(x, 0.0)  # exp of a large x must not overflow in the branch not taken
        return np.where(self.positive, x, self.alpha * np.expm1(self.x_below))
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x."""
        # BEGIN SOLUTION
        return upstream * np.where(self.positive, 1.0, self.alpha * np.exp(self.x_below))
        # END SOLUTION


class PReLU(Activation):
    """Leaky ReLU whose slope is learnt: `params["slope"]`, one number for all entries (He et al. 2015).

    f(x) = x for x > 0, else slope · x, so df/dslope is 0 for x > 0, else x. All entries share the slope: their
    contributions add. The slope may become any number: negative, and larger than 1, too.
    """

    def __init__(self, slope=0.25):
        super().__init__()
        self.params = {"slope": np.array([slope], dtype=np.float64)}
        self.grads = {"slope": np.zeros(1)}

    def forward(self, x):
        """Return f(x) for the slope that stands in `params` now; x is an array of any shape."""
        # BEGIN SOLUTION
        self.x = x
        return np.where(x > 0, x, self.params["slope"][0] * x)  # [0]: a number, so that x may have no axes
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape and dtype of x; set `grads["slope"]`, of shape (1,), anew at each call."""
        # BEGIN SOLUTION
        below = np.where(self.x > 0, 0.0, upstream)
        self.grads["slope"] = np.array([np.sum(below * self.x)])
        return np.where(self.x > 0, upstream, self.params["slope"][0] * upstream)
        # END SOLUTION


class Maxout(Activation):
    """f(x) = max(x w1 + b1, x w2 + b2), entry by entry: the larger of two affine maps (Goodfellow et al. 2013).

    The larger piece gets the whole gradient, the other one zero; at a tie the first piece gets it all.
    w1, w2: arrays of shape (D, K); b1, b2: of shape (K,). `params` holds copies of them under these names,
    `grads` zeros of the same names and shapes until the first `backward`.
    """

    def __init__(self, w1, b1, w2, b2):
        super().__init__()
        # BEGIN SOLUTION
        self.params = {"w1": w1.copy(), "b1": b1.copy(), "w2": w2.copy(), "b2": b2.copy()}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        # END SOLUTION

    def forward(self, x):
        """Return the larger piece, of shape (N, K); x is an (N, D) array."""
        # BEGIN SOLUTION
        self.x = x
        first = x @ self.params["w1"] + self.params["b1"]
        second = x @ self.params["w2"] + self.params["b2"]
        self.first_wins = first >= second
        return np.where(self.first_wins, first, second)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of shape (N, D); set all four `grads` anew. `upstream` is an (N, K) array."""
        # BEGIN SOLUTION
        to_first = np.where(self.first_wins, upstream, 0.0)
        to_second = np.where(self.first_wins, 0.0, upstream)
        self.grads["w1"], self.grads["b1"] = self.x.T @ to_first, to_first.sum(axis=0)
        self.grads["w2"], self.grads["b2"] = self.x.T @ to_second, to_second.sum(axis=0)
        return to_first @ self.params["w1"].T + to_second @ self.params["w2"].T
        # END SOLUTION


def tanh_from_sigmoid(x):
    """Return tanh(x) as 2 s(2x) - 1, through your own `Sigmoid`: tanh is a stretched, centred sigmoid.

    x: array of any shape. Right for large |x|, such as ±1000. Source: lecture note 3.
    """
    # BEGIN SOLUTION
    return 2.0 * Sigmoid().forward(2.0 * x) - 1.0
    # END SOLUTION


def saturation(block, x, threshold=0.01):
    """Return the share of the entries of x at which |local slope| < threshold: a float from 0 to 1.

    A saturated unit passes almost no gradient on. block: an activation that works on each entry alone.
    Use only its `forward` and `backward`: with an upstream gradient of ones, `backward` returns the slopes.
    """
    # BEGIN SOLUTION
    output = block.forward(x)
    slopes = block.backward(np.ones_like(output))
    return float(np.mean(np.abs(slopes) < threshold))
    # END SOLUTION


def dead_units(outputs):
    """Return a bool array of shape (K,): True where a unit's output is exactly 0 for all samples.

    outputs: (N, K) array, the outputs of K units for N samples. A dead ReLU gets no gradient from any sample.
    """
    # BEGIN SOLUTION
    return np.all(outputs == 0, axis=0)
    # END SOLUTION


def collapse(weights, biases):
    """Return (w, b) of the one affine map x w + b that equals a stack of affine layers without activations.

    weights: list of arrays of shapes (D0, D1), (D1, D2), …; biases: list of arrays (D1,), (D2,), … Layer i maps
    x to x @ weights[i] + biases[i]; the first in the list comes first. At least one layer.
    Returns w of shape (D0, Dlast) and b of shape (Dlast,): new arrays, also for one layer.
    """
    # BEGIN SOLUTION
    w, b = weights[0].copy(), biases[0].copy()
    for next_w, next_b in zip(weights[1:], biases[1:], strict=True):
        w, b = w @ next_w, b @ next_w + next_b
    return w, b
    # END SOLUTION


def one_signed_columns(x, upstream):
    """Return a bool array of shape (K,): True where all entries of a column of xᵀ · upstream have one sign.

    xᵀ · upstream, of shape (D, K), is the gradient of a layer's weights; column k belongs to unit k. One sign:
    all entries > 0, or all < 0; a 0 has none. Then all weights of the unit must grow together or shrink
    together, and the way to a goal that asks for both is a zig-zag (lecture note 3).
    x: (N, D) array, the layer's inputs. upstream: (N, K) array, the gradient of its outputs.
    """
    # BEGIN SOLUTION
    gradient = x.T @ upstream
    return np.all(gradient > 0, axis=0) | np.all(gradient < 0, axis=0)
    # END SOLUTION
