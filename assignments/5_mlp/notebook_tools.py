"""What the notebook trains, on which data and for how long, and helpers to watch it. Given.

`course` is the package with your modules: `student_src` in the notebook. All randomness of a run comes from its seed:
the data, the split, the first weights, the dropout and the order of the samples.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from course_data import digits, spiral

SPIRAL = {
    "per_arm": 200,
    "noise": 0.12,
    "sizes": [2, 32, 32, 3],
    "lr": 0.02,
    "decay": 0.05,
    "epochs": 60,
    "batch_size": 32,
    "reach": 0.95,
}
"""The spiral: its points, the network, the training, and the share of held-out points that must be right."""

DIGITS = {"sizes": [64, 128, 10], "lr": 0.003, "decay": 0.05, "epochs": 20, "batch_size": 32, "reach": 0.96}
"""The same for the digits."""

HELD_OUT = 0.25
"""The share of the data that no step sees."""


@dataclass
class Run:
    """A trained model, its History, and its data: x, y for training and held_out, a pair (x, y)."""

    model: Any
    history: Any
    x: np.ndarray
    y: np.ndarray
    held_out: tuple

    @property
    def accuracy(self):
        """The share of held-out samples that the model gets right."""
        x, y = self.held_out
        return float(np.mean(self.model.predict(x) == y))


def train_spiral(course, seed, epochs=None):
    """Return a Run on the spiral, with the settings `SPIRAL`; fewer epochs are the same run, stopped earlier."""
    rng = np.random.default_rng(seed)
    data = spiral(SPIRAL["per_arm"], rng, noise=SPIRAL["noise"])
    return _train(course, data, SPIRAL, rng, SPIRAL["epochs"] if epochs is None else epochs)


def train_digits(course, seed):
    """Return a Run on the digits, with the settings `DIGITS`."""
    return _train(course, digits(), DIGITS, np.random.default_rng(seed), DIGITS["epochs"])


def _train(course, data, settings, rng, epochs):
    x, y = data
    train, rest = course.training.train_validation_split(len(x), HELD_OUT, rng)
    held_out = x[rest], y[rest]
    model = course.mlp.MLP(settings["sizes"], course.activations.ReLU, course.losses.SoftmaxCrossEntropy(), rng)
    schedule = course.schedules.ExponentialDecay(settings["lr"], settings["decay"])
    optimizer = course.optimizers.Adam(settings["lr"])
    history = course.training.fit(
        model, x[train], y[train], optimizer, epochs, settings["batch_size"], rng, schedule, validation=held_out
    )
    return Run(model, history, x[train], y[train], held_out)


class Watched:
    """An optimizer that also copies the parameters after some of its steps.

    optimizer: what makes the steps. moments: numbers of steps, from 1. kept: list of (number of the step, seconds
    since this was made, dict of copies); the time that the copies take is not counted.
    """

    def __init__(self, optimizer, moments):
        self.optimizer, self.moments = optimizer, {int(moment) for moment in moments}
        self.steps, self.kept, self.begun = 0, [], time.perf_counter()

    @property
    def lr(self):
        return self.optimizer.lr

    @lr.setter
    def lr(self, value):
        self.optimizer.lr = value

    def step(self, params, grads):
        """Make the step; copy the parameters if this is one of the moments."""
        self.optimizer.step(params, grads)
        self.steps += 1
        if self.steps in self.moments:
            now = time.perf_counter()
            copies = {name: value.copy() for name, value in params.items()}
            self.kept.append((self.steps, now - self.begun, copies))
            self.begun += time.perf_counter() - now


def course_of(watched, model, x, y):
    """Return (steps, seconds, losses): the loss of x, y in evaluation mode at each moment. Moves model's parameters."""
    model.eval()
    losses = []
    for _, _, copies in watched.kept:
        for name, value in model.params.items():
            value[...] = copies[name]
        losses.append(model.loss(x, y))
    steps, seconds, _ = zip(*watched.kept, strict=True)
    return np.array(steps), np.array(seconds), np.array(losses)


def seconds(work, at_least=0.02):
    """The time that one call of work() takes, in seconds: the best of three tries of `at_least` seconds or one call."""
    best, calls = np.inf, 1
    for _ in range(3):
        begun = time.perf_counter()
        for _ in range(calls):
            work()
        passed = time.perf_counter() - begun
        best, calls = min(best, passed / calls), max(1, int(at_least / (passed / calls + 1e-9)))
    return best


def real_cupy():
    """The library CuPy, or the reason why it cannot be used here, as text."""
    try:
        import cupy

        return cupy if cupy.cuda.runtime.getDeviceCount() else "it finds no GPU"
    except ImportError:
        return "it is not installed"
    except Exception as error:  # a driver that is missing or too old says so in CuPy's own kinds of error
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
