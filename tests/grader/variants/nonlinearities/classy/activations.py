"""Activations as small engines: a piecewise linear one, a smooth one, and a gate; values are cached per forward pass.

An activation never stores loose intermediate values. Its `forward` opens a new record of the pass (a `Pass`), which
computes value and slope when they are first asked for and keeps them; `backward` reads the record.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

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


# --- records of a pass -----------------------------------------------------------------------------------------------


class Pass(ABC):
    """One forward pass over one array: `value` and `slope`, each of the shape and dtype of x."""

    x: np.ndarray

    @property
    @abstractmethod
    def value(self) -> np.ndarray:
        """The output."""

    @property
    @abstractmethod
    def slope(self) -> np.ndarray:
        """The derivative at each entry."""


@dataclass(frozen=True)
class LinearPieces:
    """Straight pieces, from left to right: piece i is slopes[i] · x + offsets[i], up to and including ends[i].

    The last piece has no end. A number that is equal to an end belongs to the piece on its left: the branch x ≤ 0.
    """

    ends: Sequence[float]
    slopes: Sequence[float]
    offsets: Sequence[float]

    def __post_init__(self):
        if not len(self.ends) + 1 == len(self.slopes) == len(self.offsets):
            raise ValueError("one end fewer than slopes, and as many offsets as slopes")

    def at(self, x: np.ndarray) -> LinearPass:
        """Open the record of a pass over x."""
        return LinearPass(self, x)


@dataclass
class LinearPass(Pass):
    """A pass through straight pieces: both results are looked up in the tables of slopes and offsets."""

    pieces: LinearPieces
    x: np.ndarray

    @cached_property
    def index(self) -> np.ndarray:
        """The number of the piece that each entry of x belongs to."""
        return np.searchsorted(np.asarray(self.pieces.ends, dtype=np.float64), self.x, side="left")

    def _look_up(self, table: Sequence[float]) -> np.ndarray:
        return np.asarray(table, dtype=self.x.dtype)[self.index]

    @cached_property
    def slope(self) -> np.ndarray:
        """The slope of each entry's piece."""
        return self._look_up(self.pieces.slopes)

    @cached_property
    def value(self) -> np.ndarray:
        """Slope · x + offset."""
        return self.slope * self.x + self._look_up(self.pieces.offsets)


@dataclass
class SigmoidPass(Pass):
    """s(x) and s(-x), both as fractions of e = exp(-|x|); they add up to 1, and the slope is their product."""

    x: np.ndarray

    @cached_property
    def _e(self) -> np.ndarray:
        return np.exp(-np.abs(self.x))

    @cached_property
    def _near_and_far(self) -> tuple[np.ndarray, np.ndarray]:
        """The two probabilities s(|x|) and s(-|x|)."""
        near = 1 / (1 + self._e)
        return near, self._e * near

    @cached_property
    def value(self) -> np.ndarray:
        """s(x)."""
        return np.where(self.x >= 0, *self._near_and_far)

    @cached_property
    def slope(self) -> np.ndarray:
        """s(x) (1 - s(x)), without the difference."""
        near, far = self._near_and_far
        return near * far


@dataclass
class ELUPass(Pass):
    """A line and an exponential that meet at 0."""

    x: np.ndarray
    alpha: float

    @cached_property
    def _curve(self) -> np.ndarray:
        """alpha exp(x) left of 0."""
        return self.alpha * np.exp(np.minimum(self.x, 0))

    @cached_property
    def value(self) -> np.ndarray:
        """x, or alpha exp(x) - alpha."""
        return np.where(self.x > 0, self.x, self._curve - self.alpha)

    @cached_property
    def slope(self) -> np.ndarray:
        """1, or alpha exp(x)."""
        return np.where(self.x > 0, np.ones_like(self.x), self._curve)


# --- elementwise activations -----------------------------------------------------------------------------------------


class Elementwise(Activation):
    """Template of all activations that work on each entry alone: subclasses say which record `forward` opens."""

    _latest: Pass | None = None

    def record(self, x: np.ndarray) -> Pass:
        """Open the record of a pass over x."""
        raise NotImplementedError

    @property
    def latest(self) -> Pass:
        """The record of the latest `forward` of this instance."""
        if self._latest is None:
            raise RuntimeError(f"{type(self).__name__}: call forward before backward")
        return self._latest

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the output, a copy of the one in the record."""
        self._latest = self.record(x)
        return np.array(self._latest.value)

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return dx = upstream · slope, entry by entry."""
        return upstream * self.latest.slope


class PiecewiseLinear(Elementwise):
    """An elementwise activation made of straight lines; subclasses give `pieces`, an attribute or a property."""

    pieces: LinearPieces

    def record(self, x: np.ndarray) -> Pass:
        """Look x up in the pieces as they are now."""
        return self.pieces.at(x)


class Identity(PiecewiseLinear):
    """f(x) = x, slope 1. Layers with nothing but this between them are one layer: see `collapse`."""

    pieces = LinearPieces(ends=(), slopes=(1.0,), offsets=(0.0,))


class Step(PiecewiseLinear):
    """Heaviside's step: 1 for x > 0, else 0 (so 0 at 0). Its gradient is 0 everywhere (lecture note 1)."""

    pieces = LinearPieces(ends=(0.0,), slopes=(0.0, 0.0), offsets=(0.0, 1.0))


class HardTanh(PiecewiseLinear):
    """f(x) = x between -1 and 1, and -1 or 1 outside. Slope 1 for |x| < 1, else 0, also at ±1.

    The number 1 belongs to the flat piece on its right, so the middle one ends at the last float64 before it.
    """

    pieces = LinearPieces(ends=(-1.0, float(np.nextafter(1.0, 0.0))), slopes=(0.0, 1.0, 0.0), offsets=(-1.0, 0.0, 1.0))


class ReLU(PiecewiseLinear):
    """f(x) = max(0, x). Slope 1 for x > 0, else 0, also at 0 (lecture notes 0 and 3)."""

    pieces = LinearPieces(ends=(0.0,), slopes=(0.0, 1.0), offsets=(0.0, 0.0))


class LeakyReLU(PiecewiseLinear):
    """f(x) = x for x > 0, else slope · x. Slope 1 for x > 0, else `slope`, also at 0.

    slope: a Python number between 0 and 1. Lecture note 0 has 0.01, note 3 has 0.1: so it is an argument.
    """

    def __init__(self, slope: float = 0.01):
        super().__init__()
        self.slope = slope

    @property
    def pieces(self) -> LinearPieces:
        """`slope` left of 0, 1 right of it."""
        return LinearPieces(ends=(0.0,), slopes=(self.slope, 1.0), offsets=(0.0, 0.0))


class PReLU(LeakyReLU):
    """Leaky ReLU whose slope is learnt: `params["slope"]`, one number for all entries (He et al. 2015).

    f(x) = x for x > 0, else slope · x, so df/dslope is 0 for x > 0, else x. All entries share the slope: their
    contributions add. The slope may become any number: negative, and larger than 1, too.
    """

    def __init__(self, slope: float = 0.25):
        Activation.__init__(self)
        self.params = {"slope": np.array([slope], dtype=np.float64)}
        self.grads = {"slope": np.zeros(1)}

    @property
    def slope(self) -> float:
        """The slope that stands in `params` now."""
        return float(self.params["slope"][0])

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return dx; set `grads["slope"]`, of shape (1,), anew at each call."""
        left = self.latest.index == 0
        self.grads["slope"] = np.sum(upstream * self.latest.x, where=left, keepdims=True).reshape(1)
        return super().backward(upstream)


class Sigmoid(Elementwise):
    """s(x) = 1 / (1 + exp(-x)), in (0, 1), with slope s(x) (1 - s(x)), at most 1/4 (lecture note 3)."""

    def record(self, x: np.ndarray) -> Pass:
        """Return a pass that never lets `exp` see a positive number."""
        return SigmoidPass(x)


class ELU(Elementwise):
    """f(x) = x for x > 0, else alpha (exp(x) - 1). Slope 1 for x > 0, else alpha exp(x), so alpha at 0.

    alpha: a positive Python number, the depth at which f levels off (Clevert et al. 2016).
    """

    def __init__(self, alpha: float = 1.0):
        super().__init__()
        self.alpha = alpha

    def record(self, x: np.ndarray) -> Pass:
        """Return a pass with the present alpha."""
        return ELUPass(x, self.alpha)


def stretched(sigmoid: Sigmoid, x: np.ndarray) -> np.ndarray:
    """Return 2 s(2x) - 1, the sigmoid stretched to (-1, 1) and made twice as steep."""
    return 2 * sigmoid.forward(2 * x) - 1


class Tanh(Activation):
    """tanh(x) = 2 s(2x) - 1, with a `Sigmoid` inside; by the chain rule its gradient is 4 times the sigmoid's at 2x."""

    def __init__(self):
        super().__init__()
        self._sigmoid = Sigmoid()

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return tanh(x); x is an array of any shape."""
        return stretched(self._sigmoid, x)

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return dx, of the shape and dtype of x: the outer 2 and the inner 2 are the 4."""
        return self._sigmoid.backward(4 * upstream)


# --- maxout ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Affine:
    """The map x w + b, with the latest gradients of its parameters."""

    w: np.ndarray
    b: np.ndarray
    dw: np.ndarray = field(init=False)
    db: np.ndarray = field(init=False)

    def __post_init__(self):
        self.w, self.b = np.array(self.w), np.array(self.b)
        self.dw, self.db = np.zeros_like(self.w), np.zeros_like(self.b)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x @ self.w + self.b

    def pull_back(self, x: np.ndarray, upstream: np.ndarray) -> np.ndarray:
        """Set the gradients of w and b, and return that of x."""
        self.dw, self.db = x.T @ upstream, upstream.sum(axis=0)
        return upstream @ self.w.T


class Maxout(Activation):
    """f(x) = max(x w1 + b1, x w2 + b2), entry by entry: the larger of two affine maps (Goodfellow et al. 2013).

    The larger piece gets the whole gradient, the other one zero; at a tie the first piece gets it all.
    w1, w2: arrays of shape (D, K); b1, b2: of shape (K,). The arrays belong to the two pieces; `params` and `grads`
    are views of them, made at each access.
    """

    def __init__(self, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray):
        self._pieces = {"1": Affine(w1, b1), "2": Affine(w2, b2)}
        self._x: np.ndarray | None = None
        self._winner: np.ndarray | None = None

    def _gather(self, prefix: str = "") -> dict[str, np.ndarray]:
        return {
            name + number: getattr(piece, prefix + name)
            for number, piece in self._pieces.items()
            for name in ("w", "b")
        }

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The parameters' own arrays, the same ones at every access."""
        return self._gather()

    @property
    def grads(self) -> dict[str, np.ndarray]:
        """The gradients of the latest `backward`."""
        return self._gather("d")

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the larger piece, of shape (N, K); x is an (N, D) array."""
        first, second = (piece(x) for piece in self._pieces.values())
        self._x, self._winner = x, np.where(first >= second, 0, 1)
        return np.where(self._winner == 0, first, second)

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return dx, of shape (N, D); set all four `grads` anew. `upstream` is an (N, K) array."""
        return sum(
            piece.pull_back(self._x, upstream * (self._winner == number))
            for number, piece in enumerate(self._pieces.values())
        )


# --- experiments -----------------------------------------------------------------------------------------------------


def tanh_from_sigmoid(x: np.ndarray) -> np.ndarray:
    """Return tanh(x) as 2 s(2x) - 1, through your own `Sigmoid`: tanh is a stretched, centred sigmoid.

    x: array of any shape. Right for large |x|, such as ±1000. Source: lecture note 3.
    """
    return stretched(Sigmoid(), x)


def local_slopes(block: Activation, x: np.ndarray) -> np.ndarray:
    """Return the slopes of an elementwise block at the entries of x: its response to an upstream gradient of ones."""
    output = block.forward(x)
    return block.backward(np.ones(np.shape(output), dtype=x.dtype))


def saturation(block: Activation, x: np.ndarray, threshold: float = 0.01) -> float:
    """Return the share of the entries of x at which |local slope| < threshold: a float from 0 to 1.

    A saturated unit passes almost no gradient on. block: an activation that works on each entry alone.
    """
    flat = np.abs(local_slopes(block, x)) < threshold
    return np.count_nonzero(flat) / flat.size


def dead_units(outputs: np.ndarray) -> np.ndarray:
    """Return a bool array of shape (K,): True where a unit's output is exactly 0 for all samples.

    outputs: (N, K) array, the outputs of K units for N samples. A dead ReLU gets no gradient from any sample.
    """
    return np.count_nonzero(outputs, axis=0) == 0


@dataclass(frozen=True)
class AffineMap:
    """The map x w + b as a value: `f.then(g)` is the map that applies f first."""

    w: np.ndarray
    b: np.ndarray

    @classmethod
    def identity(cls, size: int) -> AffineMap:
        """Return the map that changes nothing, on rows of `size` entries."""
        return cls(np.eye(size), np.zeros(size))

    def then(self, later: AffineMap) -> AffineMap:
        """Return the map that applies this one, and then the later one."""
        return AffineMap(self.w @ later.w, self.b @ later.w + later.b)


def collapse(weights: list[np.ndarray], biases: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return (w, b) of the one affine map x w + b that equals a stack of affine layers without activations.

    weights: list of arrays of shapes (D0, D1), (D1, D2), …; biases: list of arrays (D1,), (D2,), … Layer i maps
    x to x @ weights[i] + biases[i]; the first in the list comes first. At least one layer.
    Returns w of shape (D0, Dlast) and b of shape (Dlast,): new arrays, also for one layer.
    """
    stack = AffineMap.identity(weights[0].shape[0])
    for layer in map(AffineMap, weights, biases):
        stack = stack.then(layer)
    return stack.w, stack.b


def one_signed_columns(x: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    """Return a bool array of shape (K,): True where all entries of a column of xᵀ · upstream have one sign.

    xᵀ · upstream, of shape (D, K), is the gradient of a layer's weights; column k belongs to unit k. One sign:
    all entries > 0, or all < 0; a 0 has none.
    x: (N, D) array, the layer's inputs. upstream: (N, K) array, the gradient of its outputs.
    """
    layer = Affine(np.zeros((x.shape[1], upstream.shape[1])), np.zeros(upstream.shape[1]))
    layer.pull_back(x, upstream)
    return (layer.dw.min(axis=0) > 0) | (layer.dw.max(axis=0) < 0)
