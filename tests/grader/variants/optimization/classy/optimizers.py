"""Optimizers as a small class hierarchy: one frame for all steps, memories that grow on demand, cached buffers.

`Optimizer.step` does what all rules share: a memory for each name, decay, and the move in place with `lr`. A rule
only says its direction. Arrays of a `Memory`, scratch space included, are made once and written to from then on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

Arrays = Mapping[str, np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]


class Memory(dict):
    """What is remembered for one name: arrays like the parameter, made of zeros when first asked for.

    `powers` holds β, β², β³, … as running products, one for each β: the bias that is left after so many steps.
    """

    __slots__ = ("dtype", "powers", "shape")

    def __init__(self, like: np.ndarray) -> None:
        super().__init__()
        self.shape, self.dtype = like.shape, like.dtype
        self.powers: dict[str, float] = {}

    def __missing__(self, key: str) -> np.ndarray:
        self[key] = np.zeros(self.shape, self.dtype)
        return self[key]

    def correction(self, key: str, beta: float) -> float:
        """Count one more step for `key` and return 1 - βᵗ."""
        self.powers[key] = self.powers.get(key, 1.0) * beta
        return 1.0 - self.powers[key]


def blend(mean: np.ndarray, keep: float, new: np.ndarray) -> np.ndarray:
    """Update a running mean in place: mean ← keep · mean + (1 - keep) · new."""
    mean *= keep
    mean += (1.0 - keep) * new
    return mean


def safe_divide(top: np.ndarray, bottom: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write top / bottom to `out` and return it; where both began at 0 and eps is 0, the quotient is 0."""
    if bottom.all():
        return np.divide(top, bottom, out=out)
    out[...] = 0.0
    return np.divide(top, bottom, out=out, where=bottom != 0)


class MemoryMixin:
    """A memory for each name, of this instance only."""

    _memories: dict[str, Memory]

    @property
    def state(self) -> dict[str, Memory]:
        """Name → memory; made when it is first looked at."""
        try:
            return self._memories
        except AttributeError:
            self._memories = {}
            return self._memories

    def remember(self, name: str, w: np.ndarray) -> Memory:
        """Return the memory of `name`, a new one if the name is new."""
        memory = self.state.get(name)
        if memory is None:
            memory = self.state[name] = Memory(w)
        return memory


class Optimizer(MemoryMixin, ABC):
    """The frame of all dense rules with decoupled weight decay."""

    registry: ClassVar[dict[str, type[Optimizer]]] = {}

    lr: float
    weight_decay: float

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        Optimizer.registry[cls.__name__] = cls

    @abstractmethod
    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Update the memory and return the direction, which nobody will write to. `g` is only read."""

    def step(self, params: Arrays, grads: Arrays) -> None:
        """Move every array of `params` in place; `grads` holds an array of the same shape for each name."""
        for name, w in params.items():
            memory = self.remember(name, w)
            move = np.multiply(self.direction(memory, grads[name]), self.lr, out=memory["move"])
            if self.weight_decay:
                w *= 1.0 - self.lr * self.weight_decay
            w -= move


@dataclass(eq=False)
class SGD(Optimizer):
    """Gradient descent: w ← w - lr g (lecture note 4)."""

    lr: float
    weight_decay: float = 0.0

    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Return g."""
        return g


class Inertia(Optimizer):
    """A velocity v ← μ v + gain · g: what the two kinds of momentum share."""

    momentum: float

    @property
    def gain(self) -> float:
        """The factor of the gradient."""
        return 1.0

    def velocity(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Update v in place and return it."""
        v = memory["v"]
        v *= self.momentum
        v += g if self.gain == 1.0 else self.gain * g
        return v


@dataclass(eq=False)
class Momentum(Inertia):
    """Momentum: v ← μ v + g, then w ← w - lr v (Polyak 1964; lecture note 4).

    momentum: μ. averaged: if True, v ← μ v + (1 - μ) g instead, a running mean of the gradients.
    """

    lr: float
    momentum: float = 0.9
    averaged: bool = False
    weight_decay: float = 0.0

    @property
    def gain(self) -> float:
        """1 - μ in the averaged form."""
        return 1.0 - self.momentum if self.averaged else 1.0

    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Return the velocity."""
        return self.velocity(memory, g)


@dataclass(eq=False)
class Nesterov(Inertia):
    """Nesterov's momentum: v ← μ v + g, then w ← w - lr (g + μ v), with the new v.

    Momentum, looked at one step ahead (Sutskever et al. 2013; this form, without a gradient at another place,
    Bengio et al. 2012).
    """

    lr: float
    momentum: float = 0.9
    weight_decay: float = 0.0

    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Return g + μ v."""
        ahead = np.multiply(self.velocity(memory, g), self.momentum, out=memory["ahead"])
        ahead += g
        return ahead


class RootScaled(Optimizer):
    """Directions g / (√s + eps): Adagrad and RMSProp differ in how s is made."""

    eps: float

    @abstractmethod
    def squares(self, s: np.ndarray, g: np.ndarray) -> None:
        """Update s in place."""

    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Return g over the root of the squares."""
        self.squares(memory["s"], g)
        size = np.sqrt(memory["s"], out=memory["size"])
        size += self.eps
        return safe_divide(g, size, out=memory["direction"])


@dataclass(eq=False)
class Adagrad(RootScaled):
    """Adagrad: s ← s + g², then w ← w - lr g / (√s + eps), entry by entry (Duchi et al. 2011)."""

    lr: float
    eps: float = 1e-10
    weight_decay: float = 0.0

    def squares(self, s: np.ndarray, g: np.ndarray) -> None:
        """Add g² to the sum."""
        s += np.square(g)


@dataclass(eq=False)
class Adadelta(Optimizer):
    """Adadelta: a step in the units of w (Zeiler 2012).

    s ← ρ s + (1 - ρ) g²;  δ = √(d + eps) / √(s + eps) · g;  w ← w - lr δ;  then d ← ρ d + (1 - ρ) δ².
    rho: ρ. eps stands inside both roots. d is the mean of earlier δ², without lr, and begins at 0.
    """

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0

    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Return δ, whose square goes into d afterwards."""
        s, d = blend(memory["s"], self.rho, np.square(g)), memory["d"]
        ratio = safe_divide(d + self.eps, s + self.eps, out=memory["ratio"])  # one root of the quotient
        delta = np.sqrt(ratio, out=ratio)
        delta *= g
        blend(d, self.rho, np.square(delta))
        return delta


@dataclass(eq=False)
class RMSProp(RootScaled):
    """RMSProp: s ← ρ s + (1 - ρ) g², then w ← w - lr g / (√s + eps), entry by entry (Hinton 2012).

    rho: ρ. eps stands outside the root, and s begins at 0 without correction.
    """

    lr: float
    rho: float = 0.9
    eps: float = 1e-8
    weight_decay: float = 0.0

    def squares(self, s: np.ndarray, g: np.ndarray) -> None:
        """Blend g² into the mean."""
        blend(s, self.rho, np.square(g))


@dataclass(frozen=True, slots=True)
class Moments:
    """Adam's arithmetic on arrays m and v, whole ones or some rows; both are updated in place."""

    beta1: float
    beta2: float
    eps: float

    def direction(self, memory: Memory, m: np.ndarray, v: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Return m̂ / (√v̂ + eps) as a new array; `memory` counts the steps."""
        first, second = memory.correction("m", self.beta1), memory.correction("v", self.beta2)
        blend(m, self.beta1, g)
        blend(v, self.beta2, np.square(g))
        size = np.asarray(np.sqrt(v / second) + self.eps)
        return safe_divide(np.asarray(m / first), size, out=np.empty_like(m))


class MomentsMixin:
    """Gives an optimizer with beta1, beta2 and eps its `moments`, made anew only when one of them has changed."""

    beta1: float
    beta2: float
    eps: float
    _moments: Moments | None = None

    @property
    def moments(self) -> Moments:
        """The arithmetic for the present hyperparameters."""
        wanted = (self.beta1, self.beta2, self.eps)
        cached = self._moments
        if cached is None or (cached.beta1, cached.beta2, cached.eps) != wanted:
            cached = self._moments = Moments(*wanted)
        return cached


@dataclass(eq=False)
class Adam(MomentsMixin, Optimizer):
    """Adam, a running mean over a running size, both with their bias corrected (Kingma and Ba 2015).

    m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ);
    w ← w - lr m̂ / (√v̂ + eps).  t counts the steps of that name: 1 in its first.
    eps stands outside the root, after the correction. With weight_decay this is AdamW (Loshchilov, Hutter 2019).
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def direction(self, memory: Memory, g: np.ndarray) -> np.ndarray:
        """Return m̂ / (√v̂ + eps)."""
        return self.moments.direction(memory, memory["m"], memory["v"], g)


@dataclass(frozen=True, slots=True)
class RowGradient:
    """A sparse gradient in normal form: each row once, in rising order, with the sum of its values."""

    rows: np.ndarray
    values: np.ndarray

    @classmethod
    def from_pair(cls, pair: Pair, length: int) -> RowGradient:
        """Sum the repeats of a pair (rows, values) that belongs to a table of `length` rows."""
        rows, values = np.asarray(pair[0], dtype=np.intp), np.asarray(pair[1])
        unique, where = np.unique(rows % length, return_inverse=True)  # so that -1 is the last row
        sums = np.zeros((len(unique), *values.shape[1:]), values.dtype)
        np.add.at(sums, where.reshape(-1), values)
        return cls(unique, sums)


@dataclass(eq=False)
class SparseAdam(MomentsMixin, MemoryMixin):
    """Adam that touches only the rows it is given: for word vectors, of which a batch uses a few.

    A gradient is an array of w's shape (then every row moves, as in Adam), or a tuple (rows, values): rows is
    an integer array (k,), values is (k, ...), the gradients of those rows. A row may occur several times: its
    values are summed first. Only the given rows of w, m and v change; the others keep every bit.
    t counts the steps of that name, not of a row: every row of a step is corrected by the same t.
    eps stands as in Adam. There is no weight decay: it would touch every row.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def step(self, params: Arrays, grads: Mapping[str, np.ndarray | Pair]) -> None:
        """Move the arrays of `params` in place; `grads` holds an array or a pair (rows, values) for each name."""
        for name, w in params.items():
            memory, gradient = self.remember(name, w), grads[name]
            if isinstance(gradient, tuple):
                self._move_rows(w, memory, RowGradient.from_pair(gradient, len(w)))
            else:
                w -= self.lr * self.moments.direction(memory, memory["m"], memory["v"], gradient)

    def _move_rows(self, w: np.ndarray, memory: Memory, gradient: RowGradient) -> None:
        rows = gradient.rows
        m, v = memory["m"][rows], memory["v"][rows]  # copies
        w[rows] -= self.lr * self.moments.direction(memory, m, v, gradient.values)
        memory["m"][rows], memory["v"][rows] = m, v


@dataclass(frozen=True, slots=True)
class Spectrum:
    """A symmetric matrix H = Q diag(λ) Qᵀ, with a copy of H to recognise it by."""

    matrix: np.ndarray
    values: np.ndarray
    vectors: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray) -> Spectrum:
        """Decompose a copy of `matrix`."""
        own = np.array(matrix)
        return cls(own, *np.linalg.eigh(own))

    def solve(self, g: np.ndarray, damping: float) -> np.ndarray:
        """Return (H + damping·I)⁻¹ g, with one step of refinement."""
        apply_inverse: Callable[[np.ndarray], np.ndarray] = lambda x: (
            self.vectors @ ((self.vectors.T @ x) / (self.values + damping))
        )
        p = apply_inverse(g)
        return p + apply_inverse(g - self.matrix @ p - damping * p)


@dataclass(eq=False)
class Newton:
    """Newton's method: w ← w - lr (H + damping·I)⁻¹ g (lecture note 4).

    It jumps to the point where the gradient of the quadratic model is zero: a minimum, a maximum or a saddle.
    Each parameter has a Hessian of its own; second derivatives across parameters are left out.
    """

    lr: float = 1.0
    damping: float = 0.0
    _spectra: dict[str, Spectrum] = field(default_factory=dict, init=False, repr=False)

    def step(self, params: Arrays, grads: Arrays, hessians: Arrays) -> None:
        """Move every array of `params` in place.

        hessians[name]: (size, size) array, the second derivatives in the order of `w.ravel()` (C order).
        """
        for name, w in params.items():
            p = self._spectrum(name, hessians[name]).solve(grads[name].ravel(), self.damping)
            w -= self.lr * p.reshape(w.shape)

    def _spectrum(self, name: str, hessian: np.ndarray) -> Spectrum:
        """Decompose only where the Hessian is another one than in the step before: on a quadratic it never is."""
        cached = self._spectra.get(name)
        if cached is None or not np.array_equal(cached.matrix, hessian):
            cached = self._spectra[name] = Spectrum.of(hessian)
        return cached


class Trail:
    """A path that is being walked: the array that moves, and the rows of where it has been."""

    __slots__ = ("_length", "_rows", "params")

    NAME: ClassVar[str] = "place"

    def __init__(self, start: np.ndarray, steps: int) -> None:
        self.params = {self.NAME: np.array(start, dtype=np.float64)}
        self._rows = np.empty((steps + 1, *self.here.shape))
        self._length = 0
        self.mark()

    @property
    def here(self) -> np.ndarray:
        """The array that moves."""
        return self.params[self.NAME]

    @property
    def path(self) -> np.ndarray:
        """The rows marked so far."""
        return self._rows[: self._length]

    def mark(self) -> None:
        """Write down where we are."""
        self._rows[self._length] = self.here
        self._length += 1


def descend(gradient: Callable[[np.ndarray], np.ndarray], start: np.ndarray, optimizer, steps: int) -> np.ndarray:
    """Follow an optimizer over a surface and return where it has been.

    gradient: function from a (D,) array to the (D,) gradient there. start: (D,) array, left untouched.
    optimizer: any object with `step(params, grads)`. steps: int, how often to ask for a gradient and step.
    Returns the path, a (steps + 1, D) float64 array: the start, then the place after each step.
    """
    trail = Trail(start, steps)
    for _ in range(steps):
        optimizer.step(trail.params, {Trail.NAME: gradient(trail.here.copy())})
        trail.mark()
    return trail.path
