"""Hidden items of learning: an MLP is trained in the worker, and asked for labels of samples it has never seen.

Which number stands for which class is drawn for the item, so that no labels can be brought along. The data, the first
weights and the order have fixed seeds: what right code reaches is measured (tests/benchmarks/learning_mlp.md), and
with none of the seeds there it comes near the bands.
"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.suite import item, judge

from .data import LESSONS, SEED, learnt

TITLES = {
    "spiral": "A network learns the arms of a spiral",
    "digits": "A network learns to read digits, with dropout, penalty and early stopping",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=name, marks=item("mlp.fit", "learning", title)) for name, title in TITLES.items()]
)
def test_learns(student, lots, name):
    lesson = LESSONS[name]
    data = lesson.data(SEED).renamed(lots.rng.permutation(lesson.classes))
    with student.unwatched():
        got = learnt(student, lesson, data, SEED)
    _, labels = data.held_out
    if not (isinstance(got, np.ndarray) and got.shape == labels.shape and got.dtype.kind in "iu"):
        judge.fail(f"predict gives {judge.kind_of(got)}, expected {len(labels)} integer labels.")
    right = float(np.mean(got == labels))
    judge.true(
        right >= lesson.at_least,
        f"after {lesson.epochs} epochs {100 * right:.0f} % of the held-out labels are right, "
        f"expected at least {100 * lesson.at_least:.0f} %.",
        "Does history.train_loss fall? Do x and y of a batch belong together? Does each step reach the parameters?",
    )
