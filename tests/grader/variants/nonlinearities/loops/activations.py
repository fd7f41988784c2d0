"""Activations, written with plain Python loops over the entries.

The base class `Elementwise` walks through the entries of an array; each activation only says what happens to one
number. Values are taken out of the arrays as Python floats and put back into an array of x's dtype.
"""

import math

import numpy as np


def numbers_of(array):
    """Return all entries of an array as a flat list of Python floats."""
    return np.asarray(array).reshape(-1).tolist()


def array_like(numbers, x):
    """Return the flat list `numbers` as a new array with the shape and dtype of x."""
    x = np.asarray(x)
    return np.array(numbers, dtype=x.dtype).reshape(x.shape)


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


class Elementwise(Activation):
    """An activation that works on one number at a time: `value_at(v)` and `slope_at(v)` say how."""

    def value_at(self, v):
        """Return f(v) for the number v."""
        raise NotImplementedError

    def slope_at(self, v):
        """Return f'(v) for the number v; at a kink the slope that the course chose."""
        raise NotImplementedError

    def forward(self, x):
        """Return f(x), entry by entry."""
        self.x = x
        outputs = []
        for v in numbers_of(x):
            outputs.append(self.value_at(v))
        return array_like(outputs, x)

    def backward(self, upstream):
        """Return upstream times slope, entry by entry."""
        gradient = []
        for g, v in zip(numbers_of(upstream), numbers_of(self.x), strict=True):
            gradient.append(g * self.slope_at(v))
        return array_like(gradient, self.x)


class Identity(Elementwise):
    """f(x) = x, slope 1. Layers with nothing but this between them are one layer: see `collapse`."""

    def value_at(self, v):
        """Return v."""
        return v

    def slope_at(self, v):
        """Return 1."""
        return 1.0


class Step(Elementwise):
    """Heaviside's step: 1 for x > 0, else 0 (so 0 at 0). Its gradient is 0 everywhere (lecture note 1)."""

    def value_at(self, v):
        """Return 1 right of 0, else 0."""
        if v > 0:
            return 1.0
        return 0.0

    def slope_at(self, v):
        """Return 0: nothing gets through."""
        return 0.0


class Sigmoid(Activation):
    """s(x) = 1 / (1 + exp(-x)), in (0, 1), with slope s(x) (1 - s(x)), at most 1/4 (lecture note 3)."""

    def forward(self, x):
        """Return s(x); `math.exp` never sees a positive number, so it cannot overflow."""
        self.x = x
        self.outputs = []
        for v in numbers_of(x):
            if v >= 0:
                s = 1.0 / (1.0 + math.exp(-v))
            else:
                s = math.exp(v) / (1.0 + math.exp(v))
            self.outputs.append(s)
        return array_like(self.outputs, x)

    def backward(self, upstream):
        """Return upstream * s * (1 - s), with the s that `forward` kept."""
        gradient = []
        for g, s in zip(numbers_of(upstream), self.outputs, strict=True):
            gradient.append(g * s * (1.0 - s))
        return array_like(gradient, self.x)


class Tanh(Activation):
    """tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x)), in (-1, 1), with slope 1 - tanh(x)²."""

    def forward(self, x):
        """Return tanh(x)."""
        self.x = x
        self.outputs = [math.tanh(v) for v in numbers_of(x)]
        return array_like(self.outputs, x)

    def backward(self, upstream):
        """Return upstream * (1 - y²), with the output y that `forward` kept."""
        gradient = []
        for g, y in zip(numbers_of(upstream), self.outputs, strict=True):
            gradient.append(g * (1.0 - y * y))
        return array_like(gradient, self.x)


class HardTanh(Elementwise):
    """f(x) = x between -1 and 1, and -1 or 1 outside. Slope 1 for |x| < 1, else 0, also at ±1."""

    def value_at(self, v):
        """Return v, or the corner that it lies beyond."""
        if v >= 1:
            return 1.0
        if v <= -1:
            return -1.0
        return v

    def slope_at(self, v):
        """Return 1 strictly between the corners, else 0."""
        if -1 < v < 1:
            return 1.0
        return 0.0


class ReLU(Elementwise):
    """f(x) = max(0, x). Slope 1 for x > 0, else 0, also at 0 (lecture notes 0 and 3)."""

    def value_at(self, v):
        """Return v if it is positive, else 0."""
        if v > 0:
            return v
        return 0.0

    def slope_at(self, v):
        """Return 1 right of 0, else 0."""
        if v > 0:
            return 1.0
        return 0.0


class LeakyReLU(Elementwise):
    """f(x) = x for x > 0, else slope · x. Slope 1 for x > 0, else `slope`, also at 0.

    slope: a Python number between 0 and 1. Lecture note 0 has 0.01, note 3 has 0.1: so it is an argument.
    """

    def __init__(self, slope=0.01):
        super().__init__()
        self.slope = slope

    def value_at(self, v):
        """Return v if it is positive, else slope times v."""
        if v > 0:
            return v
        return self.slope * v

    def slope_at(self, v):
        """Return 1 right of 0, else the slope."""
        if v > 0:
            return 1.0
        return self.slope


class ELU(Elementwise):
    """f(x) = x for x > 0, else alpha (exp(x) - 1). Slope 1 for x > 0, else alpha exp(x), so alpha at 0.

    alpha: a positive Python number, the depth at which f levels off (Clevert et al. 2016).
    """

    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def value_at(self, v):
        """Return v if it is positive, else the exponential piece."""
        if v > 0:
            return v
        return self.alpha * (math.exp(v) - 1.0)

    def slope_at(self, v):
        """Return 1 right of 0, else the slope of the exponential piece."""
        if v > 0:
            return 1.0
        return self.alpha * math.exp(v)


class PReLU(Elementwise):
    """Leaky ReLU whose slope is learnt: `params["slope"]`, one number for all entries (He et al. 2015).

    f(x) = x for x > 0, else slope · x, so df/dslope is 0 for x > 0, else x. All entries share the slope: their
    contributions add. The slope may become any number: negative, and larger than 1, too.
    """

    def __init__(self, slope=0.25):
        super().__init__()
        self.params = {"slope": np.array([slope], dtype=np.float64)}
        self.grads = {"slope": np.zeros(1)}

    def value_at(self, v):
        """Return v if it is positive, else the present slope times v."""
        if v > 0:
            return v
        return float(self.params["slope"][0]) * v

    def slope_at(self, v):
        """Return 1 right of 0, else the present slope."""
        if v > 0:
            return 1.0
        return float(self.params["slope"][0])

    def backward(self, upstream):
        """Return dx; set `grads["slope"]` to the sum of upstream * x over the entries with x <= 0."""
        total = 0.0
        for g, v in zip(numbers_of(upstream), numbers_of(self.x), strict=True):
            if v <= 0:
                total += g * v
        self.grads["slope"] = np.array([total])
        return super().backward(upstream)


class Maxout(Activation):
    """f(x) = max(x w1 + b1, x w2 + b2), entry by entry: the larger of two affine maps (Goodfellow et al. 2013).

    The larger piece gets the whole gradient, the other one zero; at a tie the first piece gets it all.
    w1, w2: arrays of shape (D, K); b1, b2: of shape (K,). `params` holds copies of them under these names,
    `grads` arrays of the same names and shapes. Its cost is graded, so here there are no loops.
    """

    def __init__(self, w1, b1, w2, b2):
        super().__init__()
        self.params = {"w1": w1.copy(), "b1": b1.copy(), "w2": w2.copy(), "b2": b2.copy()}
        for name in self.params:
            self.grads[name] = np.zeros(self.params[name].shape)

    def forward(self, x):
        """Return the larger piece, of shape (N, K); x is an (N, D) array."""
        first = x @ self.params["w1"] + self.params["b1"]
        second = x @ self.params["w2"] + self.params["b2"]
        self.x = x
        self.first_wins = first >= second
        return np.maximum(first, second)

    def backward(self, upstream):
        """Return dx, of shape (N, D); set all four `grads` anew. `upstream` is an (N, K) array."""
        to_first = upstream.copy()
        to_first[~self.first_wins] = 0.0
        to_second = upstream - to_first
        self.grads["w1"] = self.x.T @ to_first
        self.grads["b1"] = to_first.sum(axis=0)
        self.grads["w2"] = self.x.T @ to_second
        self.grads["b2"] = to_second.sum(axis=0)
        return to_first @ self.params["w1"].T + to_second @ self.params["w2"].T


def tanh_from_sigmoid(x):
    """Return tanh(x) as 2 s(2x) - 1, through your own `Sigmoid`: tanh is a stretched, centred sigmoid.

    x: array of any shape. Right for large |x|, such as ±1000. Source: lecture note 3.
    """
    doubled = array_like([2.0 * v for v in numbers_of(x)], x)
    s = Sigmoid().forward(doubled)
    return array_like([2.0 * v - 1.0 for v in numbers_of(s)], x)


def saturation(block, x, threshold=0.01):
    """Return the share of the entries of x at which |local slope| < threshold: a float from 0 to 1.

    A saturated unit passes almost no gradient on. block: an activation that works on each entry alone.
    Use only its `forward` and `backward`: with an upstream gradient of ones, `backward` returns the slopes.
    """
    block.forward(x)
    slopes = numbers_of(block.backward(np.ones(x.shape, dtype=x.dtype)))
    flat = 0
    for slope in slopes:
        if abs(slope) < threshold:
            flat += 1
    return flat / len(slopes)


def dead_units(outputs):
    """Return a bool array of shape (K,): True where a unit's output is exactly 0 for all samples.

    outputs: (N, K) array, the outputs of K units for N samples. A dead ReLU gets no gradient from any sample.
    """
    samples, units = outputs.shape
    dead = np.ones(units, dtype=bool)
    for n in range(samples):
        for k in range(units):
            if outputs[n, k] != 0:
                dead[k] = False
    return dead


def matrix_product(a, b):
    """Return a @ b for two matrices given as arrays or lists of rows, as a list of rows."""
    product = []
    for i in range(len(a)):
        row = []
        for j in range(len(b[0])):
            total = 0.0
            for k in range(len(b)):
                total += a[i][k] * b[k][j]
            row.append(total)
        product.append(row)
    return product


def collapse(weights, biases):
    """Return (w, b) of the one affine map x w + b that equals a stack of affine layers without activations.

    weights: list of arrays of shapes (D0, D1), (D1, D2), …; biases: list of arrays (D1,), (D2,), … Layer i maps
    x to x @ weights[i] + biases[i]; the first in the list comes first. At least one layer.
    Returns w of shape (D0, Dlast) and b of shape (Dlast,): new arrays, also for one layer.
    """
    w = weights[0].tolist()
    b = biases[0].tolist()
    for layer in range(1, len(weights)):
        next_w = weights[layer].tolist()
        next_b = biases[layer].tolist()
        w = matrix_product(w, next_w)
        moved = matrix_product([b], next_w)[0]  # this layer acts on the bias of those before it
        b = [moved[k] + next_b[k] for k in range(len(next_b))]
    return np.array(w), np.array(b)


def one_signed_columns(x, upstream):
    """Return a bool array of shape (K,): True where all entries of a column of xᵀ · upstream have one sign.

    xᵀ · upstream, of shape (D, K), is the gradient of a layer's weights; column k belongs to unit k. One sign:
    all entries > 0, or all < 0; a 0 has none. Then all weights of the unit must grow together or shrink
    together, and the way to a goal that asks for both is a zig-zag (lecture note 3).
    x: (N, D) array, the layer's inputs. upstream: (N, K) array, the gradient of its outputs.
    """
    gradient = matrix_product(x.T.tolist(), upstream.tolist())
    inputs, units = len(gradient), len(gradient[0])
    answer = np.zeros(units, dtype=bool)
    for k in range(units):
        positive = 0
        negative = 0
        for d in range(inputs):
            if gradient[d][k] > 0:
                positive += 1
            elif gradient[d][k] < 0:
                negative += 1
        answer[k] = inputs in (positive, negative)
    return answer
