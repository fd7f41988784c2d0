"""Where the weights of a network start. Style: distributions and scaling rules as small objects, with caches."""

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Protocol

import numpy as np

Shape = tuple[int, ...]


class Layer(Protocol):
    """Anything with a forward pass."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the output for x."""


@dataclass(frozen=True)
class Distribution(ABC):
    """A distribution around 0 with one parameter, its scale."""

    scale: float

    @classmethod
    @abstractmethod
    def with_variance(cls, variance: float) -> "Distribution":
        """Return the member of the family that has this variance."""

    @abstractmethod
    def sample(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Return a new float64 array of independent draws."""


class Normal(Distribution):
    """N(0, scale²)."""

    @classmethod
    def with_variance(cls, variance: float) -> "Normal":
        """Return the normal distribution of this variance."""
        return cls(math.sqrt(variance))

    def sample(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Return normal numbers, not truncated."""
        return rng.normal(loc=0.0, scale=self.scale, size=shape)


class Uniform(Distribution):
    """U(-scale, scale)."""

    @classmethod
    def with_variance(cls, variance: float) -> "Uniform":
        """Return the uniform distribution of this variance, which is scale² / 3."""
        return cls(math.sqrt(3.0 * variance))

    def sample(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Return numbers from -scale to scale."""
        return rng.uniform(-self.scale, self.scale, size=shape)


@dataclass(frozen=True)
class VarianceScaling:
    """The rule Var(w) = gain / fan, with a distribution for each pair of sizes, made once and kept."""

    gain: float
    fan: Callable[[int, int], float]
    family: type[Distribution]

    registry: ClassVar[dict[str, "VarianceScaling"]] = {}

    @classmethod
    def register(cls, name: str, gain: float, fan: Callable[[int, int], float], family: type[Distribution]) -> None:
        """Make a rule known under a name."""
        cls.registry[name] = cls(gain, fan, family)

    @functools.lru_cache(maxsize=64)
    def distribution(self, fan_in: int, fan_out: int) -> Distribution:
        """Return the distribution of the weights of one layer."""
        return self.family.with_variance(self.gain / self.fan(fan_in, fan_out))

    def __call__(self, fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
        """Return new weights of shape (fan_in, fan_out)."""
        return self.distribution(fan_in, fan_out).sample((fan_in, fan_out), rng)


def fan_average(fan_in: int, fan_out: int) -> float:
    """Return the mean of the two sizes."""
    return (fan_in + fan_out) / 2


def fan_inputs(fan_in: int, fan_out: int) -> float:
    """Return the number of inputs."""
    return fan_in


VarianceScaling.register("xavier_normal", 1.0, fan_average, Normal)
VarianceScaling.register("xavier_uniform", 1.0, fan_average, Uniform)
VarianceScaling.register("he_normal", 2.0, fan_inputs, Normal)
VarianceScaling.register("he_uniform", 2.0, fan_inputs, Uniform)


def zeros(shape: Shape) -> np.ndarray:
    """Return an array of zeros: right for biases, fatal for weights (see `distinct_columns`)."""
    return np.zeros(shape, dtype=np.float64)


def small_normal(shape: Shape, rng: np.random.Generator, std: float = 0.01) -> np.ndarray:
    """Return normally distributed numbers with mean 0 and standard deviation `std`."""
    return Normal(std).sample(shape, rng)


def uniform(shape: Shape, rng: np.random.Generator, bound: float) -> np.ndarray:
    """Return numbers spread evenly over (-bound, bound)."""
    return Uniform(bound).sample(shape, rng)


def xavier_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Return (fan_in, fan_out) normal numbers with variance 2 / (fan_in + fan_out)."""
    return VarianceScaling.registry["xavier_normal"](fan_in, fan_out, rng)


def xavier_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Return (fan_in, fan_out) uniform numbers with variance 2 / (fan_in + fan_out)."""
    return VarianceScaling.registry["xavier_uniform"](fan_in, fan_out, rng)


def he_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Return (fan_in, fan_out) normal numbers with variance 2 / fan_in."""
    return VarianceScaling.registry["he_normal"](fan_in, fan_out, rng)


def he_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Return (fan_in, fan_out) uniform numbers with variance 2 / fan_in."""
    return VarianceScaling.registry["he_uniform"](fan_in, fan_out, rng)


class Stack:
    """Layers without biases, made only when the signal gets to them."""

    __slots__ = ("activation", "initializer", "rng", "sizes")

    def __init__(self, initializer: Callable, sizes: Sequence[int], activation: Callable[[], Layer], rng):
        self.initializer = initializer
        self.sizes = sizes
        self.activation = activation
        self.rng = rng

    def signals(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the output of each layer, from the first to the last."""
        for fan_in, fan_out in pairwise(self.sizes):
            weights = self.initializer(fan_in, fan_out, self.rng)
            x = self.activation().forward(x @ weights)
            yield x


def activation_stds(initializer, sizes, activation, x: np.ndarray, rng: np.random.Generator) -> list[float]:
    """Return the standard deviation over all entries of the output of each layer that x goes through."""
    return [float(np.std(signal)) for signal in Stack(initializer, sizes, activation, rng).signals(x)]


class Unit:
    """A column of weights as a dictionary key: equal columns are equal keys, and the hash is computed once."""

    __slots__ = ("_hash", "_weights")

    def __init__(self, weights: np.ndarray):
        self._weights = weights + 0.0  # a new array; -0.0 becomes 0.0, which has other bytes but is equal
        self._hash = hash(self._weights.tobytes())

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unit) and np.array_equal(self._weights, other._weights)


def distinct_columns(w: np.ndarray) -> int:
    """Return the number of different columns of w, a (D, K) array."""
    return len({Unit(column) for column in w.T})
