"""Gates as dataclasses over a table of operations. Also runs as a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import matplotlib.pyplot as plt  # needless imports are a style, too
import numpy as np

Array = np.ndarray


class Operation(NamedTuple):
    value: Callable[..., Array]
    slopes: tuple[Callable[..., Any], ...]


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


OPERATIONS: dict[str, Operation] = {
    "add": Operation(lambda x, y: x + y, (lambda x, y: 1.0, lambda x, y: 1.0)),
    "multiply": Operation(lambda x, y: x * y, (lambda x, y: y, lambda x, y: x)),
    "maximum": Operation(np.maximum, (lambda x, y: x >= y, lambda x, y: x < y)),
    "exp": Operation(np.exp, (np.exp,)),
    "log": Operation(np.log, (lambda x: 1.0 / x,)),
    "reciprocal": Operation(lambda x: 1.0 / x, (lambda x: -1.0 / np.square(x),)),
    "sigmoid": Operation(_sigmoid, (lambda x: _sigmoid(x) * _sigmoid(-x),)),
}


def as_floating(x: Any) -> Array:
    array = np.asarray(x)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Array:
    """Pad the shape with ones on the left, sum where it says 1, drop the padding."""
    gradient = as_floating(gradient)
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, (have, want) in enumerate(zip(gradient.shape, padded, strict=True)) if have != want)
    return np.sum(gradient, axis=axes, keepdims=True).reshape(shape).copy()


@dataclass
class Cache:
    """What the latest forward pass saw."""

    inputs: tuple[Array, ...]
    operation: Operation

    @cached_property
    def slopes(self) -> list[Any]:
        return [slope(*self.inputs) for slope in self.operation.slopes]


@dataclass
class Gate:
    cache: Cache | None = field(default=None, init=False, repr=False)

    @property
    def operation(self) -> Operation:
        return OPERATIONS[type(self).__name__.lower()]

    def forward(self, *inputs: Any) -> Array:
        self.cache = Cache(tuple(map(as_floating, inputs)), self.operation)
        return self.operation.value(*self.cache.inputs)

    def backward(self, upstream: Any) -> Array | tuple[Array, ...]:
        if self.cache is None:
            raise RuntimeError("forward first")
        gradients = tuple(
            unbroadcast(upstream * slope, x.shape).astype(x.dtype)
            for slope, x in zip(self.cache.slopes, self.cache.inputs, strict=True)
        )
        return gradients[0] if len(gradients) == 1 else gradients


class Add(Gate): ...


class Multiply(Gate): ...


class Maximum(Gate): ...


class Exp(Gate): ...


class Log(Gate): ...


class Reciprocal(Gate): ...


class Sigmoid(Gate): ...


@dataclass
class Scale(Gate):
    factor: float

    @property
    def operation(self) -> Operation:
        return Operation(lambda x: self.factor * x, (lambda x: self.factor,))


@dataclass
class Shift(Gate):
    offset: float

    @property
    def operation(self) -> Operation:
        return Operation(lambda x: self.offset + x, (lambda x: 1.0,))


@dataclass
class MatMul(Gate):
    @property
    def operation(self) -> Operation:
        return Operation(np.matmul, ())

    def backward(self, upstream: Array) -> tuple[Array, Array]:
        assert self.cache is not None
        x, y = self.cache.inputs
        dx = np.einsum("nk,mk->nm", upstream, y, optimize=True)
        dy = np.einsum("nm,nk->mk", x, upstream, optimize=True)
        return np.array(dx, dtype=x.dtype, order="C"), np.array(dy, dtype=y.dtype, order="C")


print(f"{len(OPERATIONS)} operations loaded")

if __name__ == "__main__":
    print(Sigmoid().forward(0.0))
