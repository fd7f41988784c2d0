"""The notebook of mlp promises accuracies: the reference reaches them with any seed, and wrong code does not."""

from types import SimpleNamespace

import numpy as np
import pytest

from solutions import activations, losses, training
from tests.benchmarks import seeds


class Uphill(losses.SoftmaxCrossEntropy):
    """Its gradient has the wrong sign."""

    def backward(self):
        return -super().backward()


def fit_apart(model, x, y, *rest, **more):
    """Training on labels that belong to other samples, as where only x is indexed by the batch."""
    return training.fit(model, x, np.random.default_rng(0).permutation(y), *rest, **more)


MISTAKES = {
    "no activation": {"activations": SimpleNamespace(ReLU=activations.Identity)},
    "uphill": {"losses": SimpleNamespace(SoftmaxCrossEntropy=Uphill)},
    "labels of other samples": {
        "training": SimpleNamespace(fit=fit_apart, train_validation_split=training.train_validation_split)
    },
}
TOO_GOOD = {("digits", "no activation")}
"""A linear model reads the digits nearly as well: there the missing activation shows in the spiral alone."""
CASES = [(data, name) for data in ("spiral", "digits") for name in MISTAKES if (data, name) not in TOO_GOOD]


@pytest.mark.slow
def test_the_reference_reaches_the_marks_with_49_of_50_seeds(capsys):
    assert seeds.main([]) == 0, capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(("data", "mistake"), CASES)
def test_a_mistake_does_not_reach_them(data, mistake):
    train, reach = seeds.trainings()[data]
    with np.errstate(all="ignore"):
        found = seeds.accuracies(train, seeds.reference(**MISTAKES[mistake]), range(2))
    assert np.all(found < reach - 0.1), found


@pytest.mark.parametrize(("below", "count", "right"), [(0, 50, True), (1, 50, True), (2, 50, False), (1, 49, False)])
def test_the_script_says_whether_enough_seeds_reach_the_mark(monkeypatch, capsys, below, count, right):
    """The mark itself is reached."""

    def train(package, seed):
        return SimpleNamespace(accuracy=0.5 if seed < below else 0.95)

    monkeypatch.setattr(seeds, "trainings", lambda: {"toy": (train, 0.95)})
    assert seeds.main([str(count)]) == (0 if right else 1)
    assert f"| toy | 95 % | {count - below} of {count} | {50 if below else 95}.0 % |" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["0"], ["1"], ["-3"], ["many"]])
def test_wrong_use_is_told_and_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        seeds.main(words)
    assert end.value.code == 2 and "usage" in capsys.readouterr().err
