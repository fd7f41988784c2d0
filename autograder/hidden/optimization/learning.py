"""The small problems of the `learning` items, and how much of the loss may be left. The same for everyone: no draws.

`tests/benchmarks/learning.py` measures the shares over many seeds, for the reference and for each known mistake; its
table is kept beside it. Only the seeds of `SEEDS` are graded, in 40 steps each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

STEPS = 40
SEEDS = (3,)
CONDITION, DISTANCE = 20.0, 3.0
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Problem:
    """Where to start, the loss (0 at best), and the gradient at the parameters of step 1, 2, …"""

    start: Arrays
    loss: Callable[[Arrays], float]
    gradient: Callable[[Arrays, int], dict[str, Any]]


def valley(seed: int) -> Problem:
    """½ (w - c)ᵀ A (w - c): a long valley, turned against the axes; A has eigenvalues from 1 to 20 (`CONDITION`)."""
    rng = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    a = (turned * np.geomspace(1.0, CONDITION, 5)) @ turned.T
    lowest, way = rng.normal(size=5), rng.normal(size=5)
    start = lowest + DISTANCE * way / np.linalg.norm(way)
    return Problem(
        {"w": start},
        lambda params: float((params["w"] - lowest) @ a @ (params["w"] - lowest)) / 2,
        lambda params, _: {"w": a @ (params["w"] - lowest)},
    )


def word_vectors(seed: int) -> Problem:
    """½ |w - c|² for the 7 rows of w, of which a step sees four, one of them twice."""
    rng = np.random.default_rng(seed)
    lowest, start = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
    seen = [np.append(chosen, chosen[0]) for chosen in (rng.permutation(7)[:4] for _ in range(STEPS))]

    def gradient(params: Arrays, step: int) -> dict[str, Any]:
        rows = seen[step - 1]
        return {"w": (rows, (params["w"] - lowest)[rows])}

    return Problem({"w": start}, lambda params: float(np.sum((params["w"] - lowest) ** 2)) / 2, gradient)


@dataclass(frozen=True)
class Lesson:
    """How an optimizer is to learn: its arguments, the problem, the share of the loss that may be left."""

    at_most: float
    arguments: Mapping[str, Any] = field(default_factory=dict)
    problem: Callable[[int], Problem] = valley


LESSONS = {
    "sgd": Lesson(0.02, {"lr": 0.08}),
    "momentum": Lesson(0.02, {"lr": 0.03, "momentum": 0.8}),
    "nesterov": Lesson(0.02, {"lr": 0.03, "momentum": 0.8}),
    "adagrad": Lesson(0.05, {"lr": 0.5}),
    "adadelta": Lesson(0.15, {"lr": 0.1, "eps": 0.1}),
    "rmsprop": Lesson(0.05, {"lr": 0.1}),
    "adam": Lesson(0.05, {"lr": 0.2}),
    "sparse_adam": Lesson(0.2, {"lr": 0.2}, word_vectors),
}
