"""Learning items of words and transfer: does it learn at all? The lessons and their bands are in `data`.

No draws: everyone is asked the same, with the seeds that `data` names.
"""

from __future__ import annotations

import pytest

from autograder.suite import item, judge

from . import data

seeds = pytest.mark.parametrize("seed", data.SEEDS, ids=lambda seed: f"seed_{seed}")


def reached(accuracy: float, at_least: float, what: str, hint: str = "") -> None:
    judge.true(
        accuracy >= at_least,
        f"{what}: {100 * accuracy:.0f} % of the held-out labels are found, expected at least {100 * at_least:.0f} %.",
        hint,
    )


@seeds
@item("architectures.embedding", "learning", f"Word vectors come to their goals in {data.STEPS} steps of SparseAdam")
def test_word_vectors(student, seed):
    left = data.word_vectors(student, seed)
    wanted = f"expected at most {100 * data.EMBEDDING_LEAVES:.0f} %"
    judge.true(
        left <= data.EMBEDDING_LEAVES,
        f"after {data.STEPS} steps of SparseAdam {100 * left:.3g} % of the loss is left, {wanted}.",
    )


@seeds
@item("architectures.window_classifier", "learning", "The kind of the middle word, for windows not seen before")
def test_kinds_of_words(student, seed):
    reached(data.kinds_of_words(student, seed), data.CLASSIFIER, "the kind of the middle word")


@seeds
@item("architectures.freeze", "learning", "Layers that read digits, frozen, serve a new task: better than from scratch")
def test_transfer(student, seed):
    result = data.transfer(student, seed)
    judge.true(result.kept, "training the frozen model moves the layers that are frozen.")
    hint = "The new layer must learn: the frozen model shows the model's own arrays."
    reached(result.accuracy, data.FROZEN, "a new task on frozen layers", hint)


@seeds
@item("architectures.prune_and_retrain", "learning", "Four of five weights gone, and the digits read all the same")
def test_retraining(student, seed):
    result = data.pruning(student, seed)
    judge.true(
        result.zeros >= 0.99 * data.GONE,
        f"after pruning {100 * data.GONE:.0f} % and retraining, {100 * result.zeros:.0f} % of the weights are 0.",
        "Apply the masks after every step.",
    )
    reached(result.accuracy, data.RETRAINED, "digits after pruning and retraining")
