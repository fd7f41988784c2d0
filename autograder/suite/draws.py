"""Hidden inputs: HMAC(course secret, item, variant). The same files draw the same inputs everywhere.

An item fixes shapes, signs, ties and repeats; only values are drawn. All arrays are float64, C-contiguous, writable.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Draw:
    """The draws of one item for one variant."""

    def __init__(self, secret: bytes, item: str, variant: int) -> None:
        digest = hmac.new(secret, f"{item}/{variant}".encode(), hashlib.sha256).digest()
        self.rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

    def normal(self, *shape: int, scale: float = 1.0) -> Array:
        """Standard normal values times ``scale``."""
        return self.rng.normal(size=shape) * scale

    def uniform(self, low: float, high: float, *shape: int) -> Array:
        return self.rng.uniform(low, high, size=shape)

    def signed(self, *shape: int, low: float = 0.3, high: float = 2.0) -> Array:
        """Both signs, magnitudes in [low, high]: away from 0, never 1-like by chance; mixed signs for size > 1."""
        values = self.rng.uniform(low, high, size=shape)
        signs = np.where(np.arange(values.size) % 2 == 0, 1.0, -1.0)
        return np.asarray(values * self.rng.permutation(signs).reshape(shape))

    def positive(self, *shape: int, low: float = 0.3, high: float = 2.0) -> Array:
        return self.rng.uniform(low, high, size=shape)

    def upstream(self, *shape: int) -> Array:
        """A non-uniform upstream gradient of both signs."""
        return self.signed(*shape, low=0.4, high=2.5)

    def apart(self, *shape: int, gap: float = 0.2) -> tuple[Array, Array]:
        """Two arrays of one shape that differ by at least ``gap`` everywhere, each the larger about half the time."""
        middle, half = self.normal(*shape), self.signed(*shape, low=gap / 2, high=1.0)
        return np.asarray(middle + half), np.asarray(middle - half)

    def number(self, low: float = 0.3, high: float = 2.0) -> float:
        """A Python number of random sign and magnitude in [low, high]."""
        return float(self.rng.uniform(low, high) * self.rng.choice([-1.0, 1.0]))

    def integers(self, low: int, high: int, *shape: int) -> Any:
        """Integers in [low, high)."""
        return self.rng.integers(low, high, size=shape)

    def direction(self, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
        """A random unit direction over several arrays together."""
        parts = [np.asarray(self.rng.normal(size=shape)) for shape in shapes]
        norm = np.sqrt(sum(float(np.sum(part**2)) for part in parts))
        return [np.asarray(part / norm) for part in parts]
