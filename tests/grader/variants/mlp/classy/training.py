"""Training: batches, a split, and the loop around forward, backward and step. Style: one class for each duty.

One function does all three ways of lecture note 1: full batch (batch_size = N), single sample (batch_size = 1) and
mini-batch. The gradient of a batch is the mean over its samples, a noisy guess at the mean over all of them
(lecture note 4), and many cheap guesses get further than one dear truth.

All randomness comes from `rng`, a np.random.Generator, always on the CPU. Data may live on a GPU: `x[batch]` picks rows
there too, and the one number that comes back for each batch is its loss.
Sources: lecture notes 1, 3 (the four lines of mini-batch SGD) and 4 (early stopping, test against training data).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class History:
    """What happened, epoch by epoch: lists of floats with one entry per epoch that was run. (given)

    train_loss: mean over the samples, each at the time of its batch. validation_loss: stays [] without validation
    data. lr: the learning rate of the epoch.
    """

    train_loss: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    lr: list = field(default_factory=list)


def set_mode(model, training):
    """Switch the model to training mode, or to evaluation mode, if it has modes. (given)"""
    switch = getattr(model, "train" if training else "eval", None)
    if switch is not None:
        switch()


@dataclass(frozen=True)
class Batches:
    """An order of samples, cut into batches as they are asked for. It can be gone through more than once."""

    order: np.ndarray
    batch_size: int

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self.order), self.batch_size):
            yield self.order[start : start + self.batch_size].copy()


@dataclass
class WeightedMean:
    """A mean that grows: each value counts as often as its weight says."""

    total: float = 0.0
    weight: int = 0

    def add(self, value: float, weight: int) -> None:
        """Take one more value."""
        self.total += value * weight
        self.weight += weight

    @property
    def value(self) -> float:
        """The mean so far."""
        return self.total / self.weight


class NoPenalty:
    """A regularizer that adds nothing."""

    def add_to(self, grads: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """Return the gradients as they are, in a dict of their own."""
        return dict(grads)


@dataclass
class Penalty(NoPenalty):
    """A regularizer of assignment 4, added to gradients without touching them."""

    regularizer: Any

    def add_to(self, grads: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """Return new gradients: those of the loss plus those of the penalty at `params`."""
        penalty = self.regularizer.gradient(params)
        return {name: grad + penalty[name] for name, grad in grads.items()}


class Patience:
    """Early stopping that never stops and has nothing to bring back."""

    def is_over(self, loss: float, model: Any) -> bool:
        """Return whether this was the last epoch."""
        return False

    def restore(self, model: Any) -> None:
        """Bring the best parameters back."""


@dataclass
class LimitedPatience(Patience):
    """Early stopping as the caller wants it."""

    stopping: Any

    def is_over(self, loss: float, model: Any) -> bool:
        """Tell it the loss and the parameters, once, and return what it says."""
        return bool(self.stopping.update(loss, model.params))

    def restore(self, model: Any) -> None:
        """Write the best parameters into the model's own arrays, if there are any."""
        best = self.stopping.best_params
        if best is None:
            return
        for name, own in model.params.items():
            own[...] = best[name]


@dataclass
class Trainer:
    """The loop of `fit`, one method for each of its parts."""

    model: Any
    optimizer: Any
    batch_size: int
    rng: np.random.Generator
    schedule: Callable[[int], float] | None
    penalty: NoPenalty
    patience: Patience
    history: History = field(default_factory=History)

    def run(self, train: tuple, validation: tuple | None, epochs: int) -> History:
        """Train for `epochs` epochs or until the patience is over; bring the best back."""
        for epoch in range(epochs):
            self._set_rate(epoch)
            watched = self._epoch(*train)
            if validation is not None:
                watched = self._validate(*validation)
            if self.patience.is_over(watched, self.model):
                break
        self.patience.restore(self.model)
        return self.history

    def _set_rate(self, epoch: int) -> None:
        if self.schedule is not None:
            self.optimizer.lr = self.schedule(epoch)
        self.history.lr.append(float(self.optimizer.lr))

    def _epoch(self, x: Any, y: Any) -> float:
        set_mode(self.model, True)
        mean = WeightedMean()
        for batch in minibatches(len(x), self.batch_size, self.rng):
            mean.add(self._step(x[batch], y[batch]), len(batch))
        self.history.train_loss.append(mean.value)
        return mean.value

    def _step(self, x: Any, y: Any) -> float:
        loss = float(self.model.loss(x, y))
        self.model.backward()
        params = self.model.params
        self.optimizer.step(params, self.penalty.add_to(self.model.grads, params))
        return loss

    def _validate(self, x: Any, y: Any) -> float:
        set_mode(self.model, False)
        loss = float(self.model.loss(x, y))
        self.history.validation_loss.append(loss)
        return loss


def minibatches(n, batch_size, rng):
    """Cut 0, …, n - 1 into batches, in an order drawn from `rng`: an iterable of int arrays.

    Each has batch_size entries, the last one those that are left, at least one. All n numbers occur once.
    batch_size may be larger than n: then there is one batch.
    """
    order = np.arange(n)
    rng.shuffle(order)
    return Batches(order, batch_size)


def train_validation_split(n, fraction, rng):
    """Part 0, …, n - 1 at random into (train, validation), two int arrays that have no number in common.

    fraction: the share of the second, from 0 to 1: it has exactly round(fraction · n) entries, with Python's round.
    """
    held_out = np.zeros(n, dtype=bool)
    held_out[rng.choice(n, size=round(fraction * n), replace=False)] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def fit(
    model,
    x,
    y,
    optimizer,
    epochs,
    batch_size,
    rng,
    schedule=None,
    regularizer=None,
    validation=None,
    early_stopping=None,
):
    """Train `model` in place on the samples x, y, and return a History.

    model: `params`, `grads`, `loss(x, y)` → float, `backward()`; `train()` and `eval()` if it has modes.
    x: (N, …) array, y: (N, …) array, of the model's array library. optimizer: `step(params, grads)` and a
    writable `lr`. schedule: function from the epoch (0, 1, …) to the learning rate. regularizer:
    `gradient(params)` → dict. validation: a pair (x, y). early_stopping: `update(loss, params)` → bool and
    `best_params`.

    Epoch e, in this order:
    1. `optimizer.lr = schedule(e)`, if there is a schedule.
    2. In training mode, for each batch of `minibatches(len(x), batch_size, rng)`: loss, backward, and one step
       with the gradients, plus the regularizer's at the same parameters. The history's losses are without penalty.
    3. In evaluation mode, the loss of the whole validation data, if given.
    4. `early_stopping.update` with that loss, or with the training loss where there is no validation, and the
       parameters. If it returns True this was the last epoch; its entries stand in the history.
    At the end, with early stopping, `best_params` go back into the parameters, in place, also when it never fired.
    """
    penalty = NoPenalty() if regularizer is None else Penalty(regularizer)
    patience = Patience() if early_stopping is None else LimitedPatience(early_stopping)
    trainer = Trainer(model, optimizer, batch_size, rng, schedule, penalty, patience)
    return trainer.run((x, y), validation, epochs)
