"""Schedules as immutable values: frozen dataclasses with one method each, their rates memoised in one cache."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache


class Schedule(ABC):
    """A learning rate for each epoch. Subclasses are frozen, so equal schedules may share cached rates."""

    __slots__ = ()

    @abstractmethod
    def rate_of(self, epoch: int) -> float:
        """Work out the rate of `epoch`."""

    def __call__(self, epoch: int) -> float:
        """Return the learning rate of `epoch`, an int from 0 on."""
        return _cached_rate(self, epoch)


@lru_cache(maxsize=4096)
def _cached_rate(schedule: Schedule, epoch: int) -> float:
    return float(schedule.rate_of(epoch))


@dataclass(frozen=True, slots=True)
class Constant(Schedule):
    """The same rate in every epoch: lr."""

    lr: float

    def rate_of(self, epoch: int) -> float:
        """Return lr."""
        return self.lr


@dataclass(frozen=True, slots=True)
class StepDecay(Schedule):
    """Stairs: lr · factor^(epoch // every). Epochs 0 to every - 1 have lr, the next `every` have lr · factor."""

    lr: float
    every: int
    factor: float = 0.5

    def rate_of(self, epoch: int) -> float:
        """Return lr times one factor for each stair."""
        return self.lr * math.pow(self.factor, epoch // self.every)


@dataclass(frozen=True, slots=True)
class ExponentialDecay(Schedule):
    """A smooth decay: lr · exp(-rate · epoch). Epoch 0 has the rate lr."""

    lr: float
    rate: float

    def rate_of(self, epoch: int) -> float:
        """Return lr times the share that is left."""
        return self.lr * math.exp(-self.rate * epoch)


@dataclass(frozen=True, slots=True)
class Cyclic(Schedule):
    """A triangle: low at epoch 0, high at half_cycle, low at 2·half_cycle, and so on, straight lines between.

    half_cycle: int, the number of epochs from low to high (Smith 2017 calls it the step size).
    """

    low: float
    high: float
    half_cycle: int

    def rate_of(self, epoch: int) -> float:
        """Return a mean of low and high, weighted with the distances in epochs."""
        from_low = self.half_cycle - abs(self.half_cycle - epoch % (2 * self.half_cycle))
        return (self.low * (self.half_cycle - from_low) + self.high * from_low) / self.half_cycle


@dataclass(frozen=True, order=True, slots=True)
class Trial:
    """One run. Trials are ordered by loss, then by their place in the list."""

    loss: float
    place: int
    rate: float = field(compare=False)

    @property
    def converged(self) -> bool:
        """Whether the loss is finite."""
        return math.isfinite(self.loss)


def best_power_of_ten(run: Callable[[float], float], exponents: Iterable[int]) -> float:
    """Try the learning rates 10.0**e and return the one that ends with the smallest loss (lecture note 0).

    run: function from a learning rate to the loss at the end of a short training; called once per exponent.
    exponents: list of ints, such as [-4, -3, -2, -1], in any order.
    A run whose loss is inf, -inf or nan has diverged and does not count. Of equal losses the first one wins.
    Returns a float. Raises ValueError if no run has a finite loss.
    """
    rates = [10.0**exponent for exponent in exponents]
    trials = [Trial(float(run(rate)), place, rate) for place, rate in enumerate(rates)]
    best = min((trial for trial in trials if trial.converged), default=None)
    if best is None:
        raise ValueError(f"none of the learning rates {rates} ends with a finite loss")
    return best.rate
