"""Numerical gradients as small strategy objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt  # needless imports are a style, too
import numpy as np


@dataclass(frozen=True)
class Probe:
    """The neighbours of x, one entry moved at a time."""

    x: np.ndarray
    h: float

    @classmethod
    def around(cls, x: Any, h: float) -> Probe:
        return cls(np.array(x, dtype=np.float64), h)

    def __iter__(self) -> Iterator[np.ndarray]:
        for unit in np.eye(self.x.size):
            yield self.h * unit.reshape(self.x.shape)

    def two_sided(self, f: Callable) -> list[Any]:
        return [(f(np.asarray(self.x + step)) - f(np.asarray(self.x - step))) / (2 * self.h) for step in self]

    def one_sided(self, f: Callable) -> list[Any]:
        base = f(self.x.copy())
        return [(f(np.asarray(self.x + step)) - base) / self.h for step in self]


def numerical_gradient(f: Callable, x: Any, h: float = 1e-5) -> np.ndarray:
    return np.array(Probe.around(x, h).two_sided(f), dtype=np.float64).reshape(np.shape(x))


def one_sided_gradient(f: Callable, x: Any, h: float = 1e-5) -> np.ndarray:
    return np.array(Probe.around(x, h).one_sided(f), dtype=np.float64).reshape(np.shape(x))


def relative_error(a: Any, b: Any) -> np.float64:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} != {b.shape}")
    return np.max(abs(a - b) / np.clip(abs(a) + abs(b), 1e-8, None))


class Checker:
    def __init__(self, block: Any, inputs: tuple, upstream: np.ndarray, h: float) -> None:
        self.block, self.inputs, self.upstream, self.h = block, inputs, upstream, h

    def analytic(self) -> tuple:
        self.block.forward(*self.inputs)
        result = self.block.backward(self.upstream)
        return (result,) if len(self.inputs) == 1 else tuple(result)

    def numeric(self, i: int) -> np.ndarray:
        def objective(x: np.ndarray) -> float:
            inputs = list(self.inputs)
            inputs[i] = x
            return float((self.upstream * self.block.forward(*inputs)).sum())

        return numerical_gradient(objective, self.inputs[i], self.h)

    def worst(self) -> float:
        errors = [relative_error(g, self.numeric(i)) for i, g in enumerate(self.analytic())]
        return float(np.max(errors))


def check_gradient(block: Any, inputs: tuple, upstream: np.ndarray, h: float = 1e-5) -> float:
    return Checker(block, inputs, upstream, h).worst()


def numerical_jacobian(f: Callable, x: Any, h: float = 1e-5) -> np.ndarray:
    columns = Probe.around(x, h).two_sided(lambda v: np.array(f(v), dtype=np.float64))
    return np.array([np.ravel(column) for column in columns]).T.copy()


if __name__ == "__main__":
    print(numerical_gradient(np.sum, np.zeros(3)))
