"""What the `learning` items of words and transfer teach, and how well it must be learnt: the same for everyone.

Data come as arguments, labels are permuted from seed to seed, and held-out rows are sent to `predict` alone, after the
training: there is nothing to know by heart. A lesson takes modules, a student's or ours, and a seed.
`tests/benchmarks/learning_architectures.py` measures the lessons over many seeds; its table is kept beside it. Only the
seeds of `SEEDS` are graded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.suite import judge

FILE = Path(__file__).parents[3] / "assignments" / "shared" / "digits.csv"
SEEDS = (7,)
Array = np.ndarray


@dataclass(frozen=True)
class Digits:
    """Images, an (N, 64) array from -0.5 to 0.5, and which digit each is."""

    x: Array
    y: Array

    @classmethod
    def read(cls, rows: int) -> Digits:
        """The first ``rows`` of the course's digits."""
        table = np.loadtxt(FILE, delimiter=",", max_rows=rows)
        return cls(table[:, :-1] / 16 - 0.5, table[:, -1].astype(np.int64))

    def some(self, rng: np.random.Generator, digits: Any, sizes: tuple[int, ...]) -> list[tuple[Array, Array]]:
        """Sets of ``sizes`` images, without common ones, of ``digits`` only; labels are places in ``digits``."""
        rows = rng.permutation(np.flatnonzero(np.isin(self.y, digits)))
        place = {int(digit): label for label, digit in enumerate(digits)}
        labels = np.array([place.get(int(digit), -1) for digit in self.y])
        parts = np.split(rows[: sum(sizes)], np.cumsum(sizes)[:-1])
        return [(self.x[part], labels[part]) for part in parts]


DIGITS = Digits.read(1200)


def accuracy(model: Any, x: Array, labels: Array) -> float:
    """The share of ``labels`` that ``model.predict`` finds."""
    found = model.predict(x)
    if not isinstance(found, np.ndarray) or found.shape != labels.shape or found.dtype.kind not in "iu":
        judge.fail(f"predict returns {judge.kind_of(found)}, expected {len(labels)} integers.")
    return float(np.mean(found == labels))


# Embedding

VOCABULARY, WIDTH, STEPS = 12, 3, 30


def word_vectors(modules: Any, seed: int) -> float:
    """The share of Σ½|w[id] - goal[id]|² that 30 steps of SparseAdam leave; a step sees ten words, some repeated."""
    rng = np.random.default_rng(seed)
    goal, everything = rng.normal(size=(VOCABULARY, WIDTH)), np.arange(VOCABULARY)
    block = judge.built(modules.embeddings.Embedding(VOCABULARY, WIDTH, np.random.default_rng(seed)), "Embedding(…)")
    optimizer = modules.optimizers.SparseAdam(0.2)
    start = np.sum((looked_up(block, everything) - goal) ** 2)
    for _ in range(STEPS):
        ids = rng.integers(0, VOCABULARY, size=(2, 5))
        block.backward(looked_up(block, ids) - goal[ids])
        optimizer.step(block.params, block.grads)
    return float(np.sum((looked_up(block, everything) - goal) ** 2) / start)


def looked_up(block: Any, ids: Array) -> Array:
    vectors = block.forward(ids)
    shape = (*ids.shape, WIDTH)
    if not isinstance(vectors, np.ndarray) or vectors.shape != shape or vectors.dtype.kind != "f":
        judge.fail(f"forward returns {judge.kind_of(vectors)}, expected an array of shape {shape}.")
    return vectors


# WindowClassifier

WORDS, KINDS, WINDOW, TRAINED_WINDOWS, HELD_OUT = 30, 3, 5, 300, 200


def kinds_of_words(modules: Any, seed: int) -> float:
    """The share of held-out windows whose middle word's kind is found; which word is of which kind the seed decides."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(WORDS) % KINDS)
    ids = rng.integers(0, WORDS, size=(TRAINED_WINDOWS + HELD_OUT, WINDOW))
    labels = kinds[ids[:, WINDOW // 2]]
    model = modules.embeddings.WindowClassifier(WORDS, 5, WINDOW, 16, KINDS, np.random.default_rng(seed))
    judge.built(model, "WindowClassifier(…)")
    known = slice(0, TRAINED_WINDOWS)
    modules.training.fit(model, ids[known], labels[known], modules.optimizers.Adam(0.02), 6, 20, rng)
    return accuracy(model, ids[TRAINED_WINDOWS:], labels[TRAINED_WINDOWS:])


# freeze

OLD, FEW_OF_EACH, NEW = 500, 4, 300
READ = ("0.w", "0.b", "2.w", "2.b")
"""The parameters of the layers that read digits, and are then frozen."""


@dataclass(frozen=True)
class Transferred:
    """Held-out accuracy on the new task, and whether the frozen layers kept every bit."""

    accuracy: float
    kept: bool


@dataclass(frozen=True)
class Reading:
    """Digits to learn to read, and a new task with few images: which of two groups of digits is it of?"""

    old: tuple[Array, Array]
    few: tuple[Array, Array]
    held_out: tuple[Array, Array]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Reading:
        """The images, and the groups, five digits each, by lot."""
        group, rows = rng.permutation(10) % 2, rng.permutation(len(DIGITS.y))
        old, rest = rows[:OLD], rows[OLD:]
        few = np.concatenate([rest[DIGITS.y[rest] == digit][:FEW_OF_EACH] for digit in range(10)])
        held_out = np.setdiff1d(rest, few)[:NEW]
        x, y = DIGITS.x, DIGITS.y
        return cls((x[old], y[old]), (x[few], group[y[few]]), (x[held_out], group[y[held_out]]))


def transfer(modules: Any, seed: int, frozen: bool = True) -> Transferred:
    """A network learns to read ten digits; a new layer on top of it, all below it frozen, learns the new task.

    ``frozen`` False: the same network without what was read, trained as a whole on the new task: from scratch.
    """
    rng = np.random.default_rng(seed)
    task = Reading.drawn(rng)
    relu, loss, optimizers = modules.activations.ReLU, modules.losses.SoftmaxCrossEntropy, modules.optimizers
    model = modules.mlp.MLP([64, 32, 10, 2], relu, loss(), np.random.default_rng(seed + 1))
    if not frozen:
        modules.training.fit(model, *task.few, optimizers.Adam(0.01), 30, 10, rng)
        return Transferred(accuracy(model, *task.held_out), False)
    reader = modules.mlp.MLP([64, 32, 10], relu, loss(), np.random.default_rng(seed))
    modules.training.fit(reader, *task.old, optimizers.Adam(0.01), 6, 20, rng)
    read = {name: np.array(reader.params[name]) for name in READ}
    for name, value in read.items():
        model.params[name][...] = value
    top = judge.built(modules.transfer.freeze(model, ["0.", "2."]), "freeze(model, …)")
    modules.training.fit(top, *task.few, optimizers.Adam(0.05), 30, 10, rng)
    kept = all(np.array_equal(model.params[name], value) for name, value in read.items())
    return Transferred(accuracy(top, *task.held_out), kept)


# prune_and_retrain

IMAGES, GONE = 400, 0.8


@dataclass(frozen=True)
class Pruned:
    """Held-out accuracy after retraining, and the share of weights that are 0 then."""

    accuracy: float
    zeros: float


def pruning(modules: Any, seed: int) -> Pruned:
    """A trained network loses four of five weights, and retrains the fifth."""
    rng = np.random.default_rng(seed)
    known, held_out = DIGITS.some(rng, rng.permutation(10), (IMAGES, HELD_OUT))
    loss, optimizers = modules.losses.SoftmaxCrossEntropy(), modules.optimizers
    model = modules.mlp.MLP([64, 32, 10], modules.activations.ReLU, loss, np.random.default_rng(seed))
    modules.training.fit(model, *known, optimizers.Adam(0.01), 8, 20, rng)
    modules.transfer.prune_and_retrain(model, *known, GONE, optimizers.Adam(0.01), 5, 20, rng)
    zeros = [np.array(model.params[name]) == 0 for name in ("0.w", "2.w")]
    return Pruned(accuracy(model, *held_out), float(np.mean(np.concatenate([each.ravel() for each in zeros]))))


EMBEDDING_LEAVES = 0.2
"""Of the loss, at most."""
CLASSIFIER, FROZEN, RETRAINED = 0.9, 0.9, 0.85
"""Accuracies, at least."""
