"""Hidden items of training.py: batches, a split, and the loop around forward, backward and step.

Which order a shuffle gives is free. Batches and splits are judged by what they hold; for `fit` the order is read from
the log of the given model, and what must come of it is worked out here. Partners are the given doubles: a model, an
optimizer and an early stopping that are not the student's. Chances that right code fails are below 1e-10 an item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.suite import item, judge
from autograder.suite.draws import Draw
from autograder.suite.objects import RemoteName, by_handle
from autograder.suite.proxy import RemoteObject, StudentProxy

from .common import generator, seed_of

FROM_RNG = "All randomness comes from the `rng` that is given: no seed and no generator of your own."


# Batches


def batches(student: StudentProxy, n: int, batch_size: int, rng: np.random.Generator) -> list[Any]:
    got = student.training.minibatches(n, batch_size, rng)
    if isinstance(got, RemoteObject):  # any iterable will do, also one of the student's own class
        got = RemoteName(got._remote, got._number, ("__iter__",))()
    if isinstance(got, np.ndarray) and got.ndim == 2:
        got = list(got)
    return judge.listed(got, None, f"minibatches({n}, {batch_size}, rng)")


def numbers(part: Any, what: str) -> list[float]:
    """The numbers of a batch or a part; whether they are an int array is asked under `shape`."""
    entries = part.ravel().tolist() if isinstance(part, np.ndarray) else judge.listed(part, None, what)
    return [judge.number(each, f"an entry of {what}") for each in entries]


def int_array(part: Any, length: int, what: str) -> None:
    if not (isinstance(part, np.ndarray) and part.dtype.kind in "iu"):
        judge.fail(f"{what} is {judge.kind_of(part)}, expected an int array.", "It is an index into x and y.")
    judge.true(part.shape == (length,), f"{what} has shape {part.shape}, expected ({length},).")


def lengths_of(n: int, batch_size: int) -> list[int]:
    return [min(batch_size, n - start) for start in range(0, n, batch_size)]


@item("mlp.minibatches", "value", "Every sample once, batch_size in each batch, the rest in the last")
def test_batches(student, draw):
    cases = [(n, size, batches(student, n, size, generator(seed_of(draw)))) for n, size in ((10, 3), (6, 3), (23, 5))]
    for n, size, got in cases:
        parts = [numbers(part, f"a batch of minibatches({n}, {size}, rng)") for part in got]
        found = list(map(len, parts))
        judge.true(
            found == lengths_of(n, size),
            f"minibatches({n}, {size}, rng) has batches of {found} entries, expected {lengths_of(n, size)}.",
            "Each has batch_size entries, the last one those that are left.",
        )
        whole = [each for part in parts for each in part]
        judge.true(
            sorted(whole) == list(range(n)),
            f"minibatches({n}, {size}, rng) does not hold every number from 0 to {n - 1} exactly once.",
            "Shuffle range(n) once, then cut it.",
        )


@item("mlp.minibatches", "value", "Shuffled, and anew in every call")
def test_batches_shuffled(student, draw):
    """With 40 samples in batches of 8 both chances of a false alarm are below 1e-20."""
    rng = generator(seed_of(draw))
    first, second = ([numbers(each, "a batch") for each in batches(student, 40, 8, rng)] for _ in range(2))
    judge.true(
        not all(max(part) - min(part) < 8 for part in first if part),
        "each batch holds 8 numbers in a row: samples that stood together stay together.",
        "Shuffle the samples themselves, not the batches and not within a batch.",
    )
    judge.true(first != second, "a second call with the same generator gives the same batches again.", FROM_RNG)


@item("mlp.minibatches", "shape", "Int arrays of one axis, also for one sample or a batch_size above n")
def test_batches_shape(student, draw):
    for n, size in ((4, 9), (1, 1), (7, 4)):
        got, what = batches(student, n, size, generator(seed_of(draw))), f"minibatches({n}, {size}, rng)"
        wanted = lengths_of(n, size)
        judge.true(len(got) == len(wanted), f"{what} has {len(got)} batches, expected {len(wanted)}.")
        for part, length in zip(got, wanted, strict=True):
            int_array(part, length, f"a batch of {what}")


@item("mlp.minibatches", "purity", "Equal seeds give equal batches, other seeds others")
def test_batches_by_rng(student, draw):
    seed = seed_of(draw)
    seeds = (seed, seed, seed + 1)
    first, again, other = (
        [numbers(part, "a batch") for part in batches(student, 40, 8, generator(each))] for each in seeds
    )
    judge.true(first == again, "generators with equal seeds give different batches.", FROM_RNG)
    judge.true(first != other, "generators with different seeds give the same batches.", FROM_RNG)


# The split


def two_parts(got: Any, what: str) -> list[Any]:
    return judge.several(got, ("train", "validation"), what)


def split(student: StudentProxy, n: int, fraction: float, rng: np.random.Generator) -> list[Any]:
    what = f"train_validation_split({n}, {fraction}, rng)"
    return two_parts(student.training.train_validation_split(n, fraction, rng), what)


@item("mlp.train_validation_split", "value", "round(fraction · n) in the second part, all others in the first")
def test_split(student, draw):
    cases = ((10, 0.25), (14, 0.25), (9, 0.5), (11, 0.2), (13, 0.3))
    seeds = [seed_of(draw) for _ in cases]
    parted = [
        student.training.train_validation_split(*case, generator(s)) for case, s in zip(cases, seeds, strict=True)
    ]
    for (n, fraction), got in zip(cases, parted, strict=True):
        what = f"train_validation_split({n}, {fraction}, rng)"
        train, held_out = (numbers(part, what) for part in two_parts(got, what))
        expected = round(fraction * n)
        judge.true(
            len(held_out) == expected,
            f"the second part of {what} has {len(held_out)} entries, expected {expected}.",
            "fraction is the share of the second part, the validation: round(fraction * n).",
        )
        judge.true(
            sorted(train + held_out) == list(range(n)),
            f"the two parts of {what} together do not hold every number from 0 to {n - 1} exactly once.",
            "Shuffle once; what is in one part is not in the other.",
        )


@item("mlp.train_validation_split", "value", "Parted at random, by the generator that is given")
def test_split_random(student, draw):
    """30 of 60: right code gives a block of neighbours, or two equal parts, with a chance below 1e-16."""
    seed = seed_of(draw)
    rng = generator(seed)
    found = [set(numbers(split(student, 60, 0.5, each)[1], "validation")) for each in (rng, rng, generator(seed))]
    first, later, again = found
    judge.true(
        max(first, default=60) - min(first, default=0) >= 30,
        "the second part holds neighbours only: nothing is shuffled.",
        "Data are often sorted, by class or by day: part them at random.",
    )
    judge.true(first != later, "a second call with the same generator gives the same split again.", FROM_RNG)
    judge.true(first == again, "generators with equal seeds give different splits.", FROM_RNG)


@item("mlp.train_validation_split", "shape", "Two int arrays, also where one is empty")
def test_split_shape(student, draw):
    for n, fraction in ((8, 0.25), (5, 0.0), (6, 1.0)):
        parts, held_out = split(student, n, fraction, generator(seed_of(draw))), round(fraction * n)
        for part, name, length in zip(parts, ("train", "validation"), (n - held_out, held_out), strict=True):
            int_array(part, length, f"{name} of train_validation_split({n}, {fraction}, rng)")


# fit

LR = 0.1
Params = dict[str, np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]


@dataclass
class Step:
    """What the optimizer is given: the rate, the parameters before the step, the gradients."""

    lr: float
    params: Params
    grads: Params


@dataclass
class Course:
    """What must come of a training: all steps, the losses of each epoch, the parameters at its end."""

    steps: list[Step] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    ends: list[Params] = field(default_factory=list)


def double(student: StudentProxy, name: str, *args: Any) -> RemoteObject:
    """A given partner, in the worker."""
    made = getattr(student.doubles, name)(*args)
    if not isinstance(made, RemoteObject):
        judge.fail(f"{name} of doubles.py is no longer what it was.", "Leave the given modules as they are.")
    return made


def log_of(model: RemoteObject) -> list[tuple[Any, np.ndarray, np.ndarray]]:
    """(training, x, y) of every call of the model's ``loss``."""
    entries = []
    for entry in judge.listed(model.log, None, "the model's log"):
        mode, x, y = judge.several(entry, ("training", "x", "y"), "what the model was given")
        for given, name in ((x, "x"), (y, "y")):
            if not isinstance(given, np.ndarray):
                judge.fail(f"the model's loss is given {judge.kind_of(given)} for {name}, expected an array.")
        entries.append((mode, x, y))
    return entries


def copied(arrays: Mapping[str, np.ndarray]) -> Params:
    return {name: value.copy() for name, value in arrays.items()}


def course(
    model: Any,
    data: Pair,
    epochs: Sequence[Sequence[np.ndarray]],
    rates: Sequence[float],
    strength: float = 0.0,
    validation: Pair | None = None,
) -> Course:
    """Train ``model``, a QuadraticModel of the grader's, by the given batches."""
    (x, y), true = data, Course()
    for order, lr in zip(epochs, rates, strict=True):
        total = 0.0
        for batch in order:
            total += model.loss(x[batch], y[batch]) * len(batch)
            model.backward()
            grads = {"w": model.grads["w"] + 2 * strength * model.params["w"], "b": model.grads["b"]}
            true.steps.append(Step(lr, copied(model.params), copied(grads)))
            for name, value in model.params.items():
                value -= lr * grads[name]
        true.train_loss.append(total / len(x))
        true.ends.append(copied(model.params))
        if validation is not None:
            true.validation_loss.append(model.loss(*validation))
    return true


class Training:
    """One call of the student's ``fit`` on given doubles, and what it left behind."""

    def __init__(
        self,
        student: StudentProxy,
        draw: Draw,
        n: int,
        epochs: int,
        batch_size: int,
        model: str = "QuadraticModel",
        evaluating: bool = False,
        **options: Any,
    ) -> None:
        self.data = draw.normal(n, 3), draw.normal(n)
        self.start, self.epochs, self.batch_size = draw.signed(3), epochs, batch_size
        self.model = double(student, model, self.start)
        self.optimizer = double(student, "RecordingOptimizer", LR)
        self.arrays = self._arrays()
        if evaluating:
            self.model.eval()
        rng = generator(seed_of(draw))
        self.history = student.training.fit(self.model, *self.data, self.optimizer, epochs, batch_size, rng, **options)

    def _arrays(self) -> list[Any]:
        return [by_handle(self.model, "params", name) for name in ("w", "b")]

    def order(self) -> list[list[np.ndarray]]:
        """For each epoch the batches as the model saw them. A batch that comes twice in a row counts once, and so
        does not the loss of all samples at once: what is computed too often is asked under `calls`."""
        seen: list[np.ndarray] = []
        for _, x, y in log_of(self.model):
            batch = self._which(x, y)
            if not (len(batch) > self.batch_size or (seen and np.array_equal(batch, seen[-1]))):
                seen.append(batch)
        per_epoch = len(lengths_of(len(self.data[0]), self.batch_size))
        judge.true(
            len(seen) == self.epochs * per_epoch,
            f"the model is given {len(seen)} batches in {self.epochs} epochs of {per_epoch} batches.",
            "An epoch takes all batches of minibatches(len(x), batch_size, rng), the last and smaller one too.",
        )
        return [seen[start : start + per_epoch] for start in range(0, len(seen), per_epoch)]

    def _which(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The samples of a batch by their number; rows of x are all different."""
        if x.ndim != 2 or x.shape[1:] != (3,) or y.shape != x.shape[:1]:
            judge.fail(f"a batch has shapes {x.shape} and {y.shape}, expected (n, 3) and (n,).")
        same = (x[:, None] == self.data[0]).all(axis=2)
        judge.true(bool(same.any(axis=1).all()), "a batch has a row that is no row of x.")
        batch = same.argmax(axis=1)
        judge.true(
            bool(np.array_equal(y, self.data[1][batch])),
            "the targets of a batch belong to other samples than its rows.",
            "Index x and y with the same batch.",
        )
        return np.asarray(batch)

    def check_steps(self, true: Course) -> None:
        steps = judge.listed(self.optimizer.log, None, "the optimizer's log")
        for number, (got, step) in enumerate(zip(steps, true.steps, strict=False), start=1):
            lr, params, grads = judge.several(got, ("lr", "params", "grads"), "a step")
            judge.array(lr, step.lr, f"the learning rate in step {number}")
            for given, wanted, what in ((params, step.params, "params"), (grads, step.grads, "the gradients")):
                given = judge.mapping(given, list(wanted), f"{what} of step {number}")
                for name, value in wanted.items():
                    judge.array(given[name], value, f"{name!r} of {what} in step {number}", hint=HINTS[what])
        judge.true(
            len(steps) == len(true.steps),
            f"optimizer.step is called {len(steps)} times, expected {len(true.steps)}.",
            "One step for each batch.",
        )

    def check_history(self, **lists: Sequence[float]) -> None:
        check_history(self.history, lists)

    def check_params(self, wanted: Params, when: str, hint: str = "") -> None:
        for name, value in wanted.items():
            judge.array(self.model.params[name], value, f"params[{name!r}] {when}", hint=hint)

    def check_in_place(self) -> None:
        judge.true(
            all(new is old for new, old in zip(self._arrays(), self.arrays, strict=True)),
            "fit puts new arrays in the place of the model's parameters.",
            "Write into them, params[name][...] = best: an optimizer or a model may hold the arrays themselves.",
        )


HINTS = {
    "params": "The optimizer is given model.params itself, whose arrays it changes.",
    "the gradients": "loss, then backward, then step; with a regularizer its gradient is added, once.",
}
MEANINGS = {
    "train_loss": "The mean over the samples, each at the time of its batch and without penalty: the last, smaller "
    "batch counts for less.",
    "validation_loss": "The loss of all validation data at the end of the epoch.",
    "lr": "The rate with which the epoch was run.",
}


def check_history(history: Any, lists: Mapping[str, Sequence[float]]) -> None:
    if not isinstance(history, RemoteObject):
        judge.fail(f"fit gives {judge.kind_of(history)}, expected a History.", "Is a return missing?")
    for name, wanted in lists.items():
        got = judge.listed(getattr(history, name), len(wanted), f"history.{name}")
        for epoch, (mine, true) in enumerate(zip(got, wanted, strict=True)):
            judge.array(mine, true, f"history.{name}[{epoch}]", hint=MEANINGS[name])


@item("mlp.fit", "value", "Mini-batches: every step, and the history, with a schedule", partners=True)
def test_fit_batches(student, reference, draw):
    """17 samples in batches of 5: two epochs in the same order have a chance below 1e-14."""
    rates = [float(rate) for rate in draw.positive(3, low=0.05, high=0.2)]
    # A rate for any epoch: who asks once more than there are epochs is told by the steps, not by an error.
    training = Training(student, draw, 17, 3, 5, schedule=lambda epoch: rates[int(epoch) % 3])
    epochs = training.order()
    for number, order in enumerate(epochs):
        judge.true(
            bool(np.array_equal(np.sort(np.concatenate(order)), np.arange(17))),
            f"epoch {number} does not take every sample exactly once.",
        )
        judge.true(list(map(len, order)) == lengths_of(17, 5), f"epoch {number} has batches of other sizes than 5.")
    true = course(reference.doubles.QuadraticModel(training.start), training.data, epochs, rates)
    training.check_steps(true)
    training.check_history(train_loss=true.train_loss, validation_loss=[], lr=rates)
    training.check_params(true.ends[-1], "at the end")
    judge.true(
        any(not np.array_equal(one, other) for one, other in zip(epochs[0], epochs[1], strict=True)),
        "two epochs take the samples in the same order.",
        "Call minibatches anew in every epoch.",
    )


@item("mlp.fit", "value", "Full batch: a penalty's gradient, validation losses, no schedule", partners=True)
def test_fit_full_batch(student, reference, draw):
    strength, validation = float(draw.uniform(0.2, 0.4)), (draw.normal(9, 3), draw.normal(9))
    penalty = student.regularizers.L2(strength)
    training = Training(student, draw, 7, 3, 7, regularizer=penalty, validation=validation)
    model, epochs = reference.doubles.QuadraticModel(training.start), [[np.arange(7)]] * 3
    true = course(model, training.data, epochs, [LR] * 3, strength, validation)
    training.check_steps(true)
    training.check_history(train_loss=true.train_loss, validation_loss=true.validation_loss, lr=[LR] * 3)
    training.check_params(true.ends[-1], "at the end")


@item("mlp.fit", "calls", "One loss and one step for each batch, one loss for each validation", partners=True)
def test_fit_calls(student, draw):
    training = Training(student, draw, 8, 2, 3, validation=(draw.normal(5, 3), draw.normal(5)))
    losses, steps = len(log_of(training.model)), len(judge.listed(training.optimizer.log, None, "the optimizer's log"))
    judge.true(
        losses == 8 and steps == 6,
        f"in 2 epochs of 3 batches and a validation the model's loss is called {losses} times and the optimizer's "
        f"step {steps} times, expected 8 and 6.",
        "Keep the loss of each batch: to compute it again costs another forward pass.",
    )


@item("mlp.fit", "modes", "Batches in training mode, validation in evaluation mode, in every epoch", partners=True)
def test_fit_modes(student, draw):
    validation = draw.normal(5, 3), draw.normal(5)
    training = Training(student, draw, 7, 2, 4, evaluating=True, validation=validation)
    found = [(mode, np.array_equal(x, validation[0])) for mode, x, _ in log_of(training.model)]
    judge.true(any(validated for _, validated in found), "the model never sees the validation data as a whole.")
    for mode, validated in found:
        judge.true(
            mode is not validated,
            "a validation loss is computed in training mode."
            if validated
            else "a batch of the training data is run in evaluation mode.",
            "set_mode(model, training=True) before the batches of every epoch, training=False before validation.",
        )


@item("mlp.fit", "modes", "A model without modes is trained as well", partners=True)
def test_fit_without_modes(student, reference, draw):
    validation = draw.normal(5, 3), draw.normal(5)
    training = Training(student, draw, 6, 2, 6, model="PlainModel", validation=validation)
    model = reference.doubles.QuadraticModel(training.start)
    true = course(model, training.data, [[np.arange(6)]] * 2, [LR] * 2, validation=validation)
    training.check_history(train_loss=true.train_loss, validation_loss=true.validation_loss)


def told(stopping: Any, true: Course, losses: Sequence[float]) -> None:
    """Pass if early stopping was updated at the end of each epoch with ``losses`` and the parameters."""
    log = judge.listed(stopping.log, None, "the log of early stopping")
    judge.true(
        len(log) == len(losses),
        f"early_stopping.update is called {len(log)} times, expected {len(losses)}: once for each epoch that was run.",
        "Ask it at the end of every epoch, and stop as soon as it says True.",
    )
    for number, (entry, loss) in enumerate(zip(log, losses, strict=True)):
        seen, params = judge.several(entry, ("loss", "params"), "what update was given")
        hint = "The validation loss where there is validation, else the training loss."
        judge.array(seen, loss, f"the loss given to update after epoch {number}", hint=hint)
        params = judge.mapping(params, list(true.ends[number]), "the params given to update")
        for name, value in true.ends[number].items():
            judge.array(params[name], value, f"params[{name!r}] given to update after epoch {number}")


BACK = "At the end best_params go back into the parameters, also when early stopping never fired."


@item("mlp.fit", "stopping", "Stops when told, by the validation loss; the best comes back in place", partners=True)
def test_fit_stops(student, reference, draw):
    validation, stopping = (draw.normal(5, 3), draw.normal(5)), double(student, "ScriptedStopping", 3, 2)
    training = Training(student, draw, 6, 5, 6, validation=validation, early_stopping=stopping)
    model, epochs = reference.doubles.QuadraticModel(training.start), [[np.arange(6)]] * 3
    true = course(model, training.data, epochs, [LR] * 3, validation=validation)
    told(stopping, true, true.validation_loss)
    training.check_history(train_loss=true.train_loss, validation_loss=true.validation_loss, lr=[LR] * 3)
    training.check_params(true.ends[1], "at the end", BACK)
    training.check_in_place()


@item("mlp.fit", "stopping", "Without validation by the training loss; the best comes back anyhow", partners=True)
def test_fit_never_stopped(student, reference, draw):
    stopping = double(student, "ScriptedStopping", None, 1)
    training = Training(student, draw, 6, 3, 6, early_stopping=stopping)
    model = reference.doubles.QuadraticModel(training.start)
    true = course(model, training.data, [[np.arange(6)]] * 3, [LR] * 3)
    told(stopping, true, true.train_loss)
    training.check_params(true.ends[0], "at the end", BACK)


@item("mlp.fit", "stopping", "Where no epoch was the best, the parameters stay", partners=True)
def test_fit_without_best(student, reference, draw):
    stopping = double(student, "ScriptedStopping", 2, 9)
    training = Training(student, draw, 6, 3, 6, early_stopping=stopping)
    model = reference.doubles.QuadraticModel(training.start)
    true = course(model, training.data, [[np.arange(6)]] * 2, [LR] * 2)
    training.check_history(train_loss=true.train_loss)
    training.check_params(true.ends[-1], "at the end", "best_params is None here: nothing can come back.")


@item("mlp.fit", "purity", "The model's own gradients stay without the penalty's", partners=True)
def test_fit_gradients(student, reference, draw):
    strength = float(draw.uniform(0.2, 0.4))
    training = Training(student, draw, 5, 2, 5, regularizer=student.regularizers.L2(strength))
    model = reference.doubles.QuadraticModel(training.start)
    course(model, training.data, [[np.arange(5)]] * 2, [LR] * 2, strength)
    for name, value in model.grads.items():
        hint = "Add the regularizer's gradient in a new dict with new arrays."
        judge.array(training.model.grads[name], value, f"the model's grads[{name!r}] afterwards", hint=hint)


@item("mlp.fit", "purity", "The data stay as they are, and all randomness comes from rng", partners=True)
def test_fit_purity(student, draw):
    """17 samples: two orders agree by chance below 1e-14."""
    data, seed = (draw.normal(17, 3), draw.normal(17)), seed_of(draw)
    options = {"validation": (draw.normal(4, 3), draw.normal(4))}
    orders = []
    for each in (seed, seed, seed + 1):
        model, optimizer = double(student, "QuadraticModel", np.ones(3)), double(student, "RecordingOptimizer", LR)
        student.training.fit(model, *data, optimizer, 1, 4, generator(each), **options)
        judge.untouched(student.last, ("model", "x", "y", "optimizer"))
        orders.append([x for _, x, _ in log_of(model)])
    same = [len(orders[0]) == len(other) and all(map(np.array_equal, orders[0], other)) for other in orders[1:]]
    judge.true(same[0], "with equal seeds the batches differ.", FROM_RNG)
    judge.true(not same[1], "with different seeds the batches are the same.", FROM_RNG)


def host_reads(student: StudentProxy) -> int:
    counts = judge.mapping(student.pretend_cupy.counts(), ("to_host", "to_device"), "counts()")
    return judge.integer(counts["to_host"], "a count")


@item("mlp.fit", "device", "On a GPU's arrays: one number comes back for each loss", partners=True)
def test_fit_device(student, draw):
    """The same model, data and seed on the CPU and on the pretended GPU."""
    start, seed, raw = draw.signed(3), seed_of(draw), (draw.normal(11, 3), draw.normal(11))
    histories, reads = [], 0
    for move in (lambda array: array, student.pretend_cupy.asarray):
        data, model = tuple(map(move, raw)), double(student, "QuadraticModel", move(start))
        penalty, stopping = student.regularizers.L2(0.1), double(student, "ScriptedStopping", None, 1)
        before, optimizer = host_reads(student), student.optimizers.SGD(LR)
        history = student.training.fit(model, *data, optimizer, 2, 4, generator(seed), None, penalty, data, stopping)
        check_history(history, {})
        histories.append(history)
        reads = host_reads(student) - before
    here, there = histories
    for name in ("train_loss", "validation_loss"):
        check_history(there, {name: judge.listed(getattr(here, name), None, f"history.{name}")})
    judge.true(
        reads <= 8,
        f"numbers are read back to the CPU {reads} times for 8 losses.",
        "x[batch] picks rows on the GPU too. Only the losses need to come back, each once.",
    )
