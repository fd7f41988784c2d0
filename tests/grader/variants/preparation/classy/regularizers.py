"""What keeps a network from learning its training data by heart. Style: base classes, records, cached look-ups."""

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

Params = dict[str, np.ndarray]


def is_bias(name):
    """Return whether the last dotted part of `name` begins with b: "b", "b1", "0.b", "hidden.bias". (given)

    Everything else is a weight: "w", "2.w", "1.slope", "block.w".
    """
    return name.split(".")[-1].startswith("b")


@functools.lru_cache(maxsize=1024)
def is_weight(name: str) -> bool:
    """Return whether `name` is that of a weight; a training loop asks for the same few names again and again."""
    return not is_bias(name)


class Penalty(ABC):
    """A price for weights: subclasses say what one array costs at strength 1, and the slope of that."""

    registry: ClassVar[dict[str, type["Penalty"]]] = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        Penalty.registry[cls.__name__] = cls

    def __init__(self, strength: float):
        self.strength = strength

    @staticmethod
    @abstractmethod
    def cost(w: np.ndarray) -> float:
        """Return what the array costs at strength 1."""

    @staticmethod
    @abstractmethod
    def slope(w: np.ndarray) -> np.ndarray:
        """Return the gradient of `cost`."""

    @staticmethod
    def weights(params: Params) -> Iterator[np.ndarray]:
        """Yield the arrays that are no biases."""
        return (value for name, value in params.items() if is_weight(name))

    def penalty(self, params: Params) -> float:
        """Return the penalty as a float; biases do not count."""
        return float(self.strength * math.fsum(map(self.cost, self.weights(params))))

    def gradient(self, params: Params) -> Params:
        """Return a dict with all names of `params`; zeros for biases."""
        result = {name: np.zeros_like(value) for name, value in params.items()}
        for name in filter(is_weight, params):
            result[name] += self.strength * self.slope(params[name])
        return result


class L0(Penalty):
    """strength · number of weights that are not 0."""

    @staticmethod
    def cost(w: np.ndarray) -> float:
        """Return the number of nonzero weights."""
        return np.count_nonzero(w)

    @staticmethod
    def slope(w: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros_like(w)


class L1(Penalty):
    """strength · Σ|w|."""

    @staticmethod
    def cost(w: np.ndarray) -> float:
        """Return the sum of the magnitudes."""
        return np.abs(w).sum()

    @staticmethod
    def slope(w: np.ndarray) -> np.ndarray:
        """Return 1 for positive weights, -1 for negative ones, 0 for 0."""
        return (w > 0).astype(w.dtype) - (w < 0)


class L2(Penalty):
    """strength · Σw²."""

    @staticmethod
    def cost(w: np.ndarray) -> float:
        """Return the sum of the squares."""
        return np.square(w).sum()

    @staticmethod
    def slope(w: np.ndarray) -> np.ndarray:
        """Return twice the weights."""
        return 2.0 * w


class Route(ABC):
    """The way that values take through a layer in one forward pass, and their gradients on the way back."""

    @abstractmethod
    def send(self, values: np.ndarray) -> np.ndarray:
        """Return a new array with the values that arrive."""


class Open(Route):
    """All values pass as they are."""

    def send(self, values: np.ndarray) -> np.ndarray:
        """Return a copy."""
        return values.copy()


@dataclass(frozen=True, slots=True, eq=False)
class Thinned(Route):
    """Some values pass, enlarged; the others are lost."""

    keep: np.ndarray
    chance: float  # of being kept

    @classmethod
    def draw(cls, shape: tuple[int, ...], p: float, rng: np.random.Generator) -> "Thinned":
        """Return a new draw: each place is lost with probability p."""
        chance = 1.0 - p
        return cls(np.asarray(rng.binomial(1, chance, size=shape), dtype=bool), chance)

    def send(self, values: np.ndarray) -> np.ndarray:
        """Return the values divided by the chance, and 0 where they are lost."""
        return np.divide(values, self.chance, out=np.zeros_like(values), where=self.keep)


class Dropout:
    """Set each entry to 0 with probability p, and divide the survivors by 1 - p; pass all in evaluation."""

    def __init__(self, p: float, rng: np.random.Generator):
        self.p = p  # 0 <= p < 1, the chance to drop
        self.rng = rng
        self.training = True
        self.params, self.grads = {}, {}
        self._latest: Route = Open()

    def train(self):
        """Switch to training: drop. (given)"""
        self.training = True

    def eval(self):
        """Switch to evaluation: pass on. (given)"""
        self.training = False

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Choose a route for x, keep it for `backward`, and return what arrives."""
        self._latest = Thinned.draw(x.shape, self.p, self.rng) if self.training else Open()
        return self._latest.send(x)

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return dx: upstream along the route of the latest forward."""
        return self._latest.send(upstream)


@dataclass(slots=True, eq=False)
class EarlyStopping:
    """Remember the best parameters so far, and say when to stop waiting for better ones.

    best_loss: the loss of the latest improvement, inf before the first. best_params: copies of the parameters
    at that moment, None before.
    """

    patience: int  # at least 1
    min_delta: float = 0.0
    best_loss: float = field(default=math.inf, init=False)
    best_params: Params | None = field(default=None, init=False, repr=False)
    waited: int = field(default=0, init=False)  # updates in a row without improvement

    @property
    def threshold(self) -> float:
        """What a loss must be below to be an improvement."""
        return self.best_loss - self.min_delta

    @property
    def exhausted(self) -> bool:
        """Whether the patience is at its end."""
        return self.waited >= self.patience

    def _remember(self, loss: float, params: Params) -> None:
        """Keep the loss and copies of the parameters, and start the count again."""
        self.best_loss = float(loss)
        self.best_params = {name: value.copy() for name, value in params.items()}
        self.waited = 0

    def update(self, loss: float, params: Params) -> bool:
        """Return True if this is at least the patience-th update in a row without improvement, else False."""
        if loss < self.threshold:
            self._remember(loss, params)
        else:
            self.waited += 1
        return self.exhausted


@dataclass(frozen=True, eq=False)
class MagnitudeRanking:
    """The entries of an array in the order of their magnitudes, computed once."""

    w: np.ndarray

    @functools.cached_property
    def magnitudes(self) -> np.ndarray:
        """|w| in one row."""
        return np.abs(self.w).ravel()

    def smallest(self, count: int) -> np.ndarray:
        """Return the places of the `count` smallest, in no particular order."""
        if count == 0:
            return np.empty(0, dtype=np.intp)
        return np.argpartition(self.magnitudes, count - 1)[:count]

    def mask_without(self, count: int) -> np.ndarray:
        """Return a mask of w's shape that is False for the `count` smallest."""
        mask = np.full(self.w.size, True)
        mask[self.smallest(count)] = False
        return mask.reshape(self.w.shape)


def magnitude_prune(w: np.ndarray, fraction: float) -> np.ndarray:
    """Return a mask of w's shape, True where a weight is kept: the round(fraction · size) smallest go."""
    return MagnitudeRanking(w).mask_without(round(fraction * w.size))
