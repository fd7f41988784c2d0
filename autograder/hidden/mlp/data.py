"""What the `learning` items learn from, and how well: a spiral and the digits. The same for everyone: no draws.

`tests/benchmarks/learning_mlp.py` measures the share of right labels over many seeds, for the reference and for each
known mistake of `fit`; its table is kept beside it. Only the seed `SEED` is graded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.suite import judge

DIGITS = Path(__file__).resolve().parents[3] / "assignments" / "shared" / "digits.csv"
SEED = 3
Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Data:
    """Samples and labels: to train with, to watch in training (perhaps none), and those that are held out."""

    train: Pair
    held_out: Pair
    validation: Pair | None = None

    def renamed(self, names: np.ndarray) -> Data:
        """The same samples; label k is names[k]."""
        train, held_out = ((x, names[labels]) for x, labels in (self.train, self.held_out))
        return Data(train, held_out, self.validation and (self.validation[0], names[self.validation[1]]))


def spiral(per_arm: int, rng: np.random.Generator, arms: int = 3, noise: float = 0.1) -> Pair:
    """Points (arms · per_arm, 2) and their arms, after the case study of the CS231n notes: the radius grows from 0 to
    1 while the angle turns by four radians. noise: standard deviation of the angle, in radians."""
    radius = np.tile(np.linspace(0.0, 1.0, per_arm), arms)
    arm = np.repeat(np.arange(arms), per_arm)
    angle = 4 * (arm + radius) + noise * rng.normal(size=radius.shape)
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]), arm


@lru_cache(maxsize=1)
def digits() -> Pair:
    """All images, (1797, 64) floats from -1 to 1, and their labels; where they are from: DATA.md beside the file."""
    text = DIGITS.read_text("ascii").replace("\n", ",").rstrip(",")
    table = np.array(text.split(","), dtype=np.int64).reshape(-1, 65)
    return table[:, :-1] / 8 - 1, table[:, -1]


def spirals(seed: int) -> Data:
    """180 points to train with, 300 of another spiral held out."""
    rng = np.random.default_rng(seed)
    return Data(spiral(60, rng), spiral(100, rng))


def some_digits(seed: int) -> Data:
    """400 images to train with, 150 to watch, 300 held out."""
    x, labels = digits()
    order = np.random.default_rng(seed).permutation(len(x))
    train, watched, held_out = ((x[part], labels[part]) for part in np.split(order[:850], [400, 550]))
    return Data(train, held_out, watched)


@dataclass(frozen=True)
class Lesson:
    """How an MLP is to learn: its data, its settings, and the share of held-out labels that must be right."""

    data: Callable[[int], Data]
    at_least: float
    hidden: tuple[int, ...]
    classes: int
    lr: float
    epochs: int
    batch_size: int
    rate: float = 0.0
    dropout: float = 0.0
    strength: float = 0.0
    patience: int = 0


LESSONS = {
    "spiral": Lesson(spirals, 0.85, (24, 24), 3, lr=0.04, epochs=12, batch_size=20, rate=0.12),
    "digits": Lesson(
        some_digits, 0.8, (24,), 10, lr=0.01, epochs=6, batch_size=32, dropout=0.1, strength=1e-4, patience=3
    ),
}
"""About a hundred steps each: where the reference stands in for the layers, a step is a dozen messages."""


def learnt(modules: Any, lesson: Lesson, data: Data, seed: int) -> Any:
    """Train on ``data.train`` with ``modules`` (a proxy of the hand-in, or modules), then ask for the labels of
    ``data.held_out``: its samples are sent only then, its labels never."""
    x, labels = data.train
    sizes = [x.shape[1], *lesson.hidden, lesson.classes]
    made, order = np.random.default_rng(seed + 1), np.random.default_rng(seed + 2)
    criterion = modules.losses.SoftmaxCrossEntropy()
    model = modules.mlp.MLP(sizes, modules.activations.ReLU, criterion, made, dropout=lesson.dropout)
    judge.built(model, "MLP(…)")
    optimizer = modules.optimizers.Adam(lesson.lr)
    options: dict[str, Any] = {}
    if lesson.rate:
        options["schedule"] = modules.schedules.ExponentialDecay(lesson.lr, lesson.rate)
    if lesson.strength:
        options["regularizer"] = modules.regularizers.L2(lesson.strength)
    if data.validation is not None:
        options["validation"] = data.validation
    if lesson.patience:
        options["early_stopping"] = modules.regularizers.EarlyStopping(lesson.patience)
    modules.training.fit(model, x, labels, optimizer, lesson.epochs, lesson.batch_size, order, **options)
    return model.predict(data.held_out[0])
