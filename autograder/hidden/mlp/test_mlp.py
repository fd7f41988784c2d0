"""Hidden items of mlp.py: scores, loss and gradients, names and first parameters, dropout and modes, labels.

Activations, losses and Dropout are the released ones, so that only what MLP does with them is judged. Each test calls
first and judges afterwards: what was called is what the diagnosis can replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge, planted, statistics
from autograder.suite.draws import Draw
from autograder.suite.proxy import RemoteObject, StudentProxy

from .common import (
    ASSIGNED,
    WRITTEN,
    call,
    check_named,
    fetched,
    generator,
    made,
    on_device,
    reads,
    same_arrays,
    seed_of,
    write,
    write_both,
)

Targets = Callable[[Draw, int, int], Any]


def labels(draw: Draw, n: int, classes: int) -> Any:
    """Every class occurs, if there are as many samples."""
    return draw.rng.permutation(np.arange(n) % classes)


def values(draw: Draw, n: int, columns: int) -> Any:
    return draw.signed(n, columns)


@dataclass(frozen=True)
class Case:
    """A model: sizes, names of activation and loss, what its targets are."""

    key: str
    title: str
    sizes: tuple[int, ...]
    activation: str
    criterion: str
    targets: Targets = labels

    def model(self, student: StudentProxy, seed: int = 1, **options: Any) -> RemoteObject:
        return made(student.mlp.MLP(*self._parts(student), generator(seed), **options), "MLP")

    def true(self, reference: Any, seed: int = 1, **options: Any) -> Any:
        return reference.mlp.MLP(*self._parts(reference), generator(seed), **options)

    def _parts(self, modules: Any) -> Any:
        criterion = getattr(modules.losses, self.criterion)()
        return list(self.sizes), getattr(modules.activations, self.activation), criterion

    def pair(self, student: StudentProxy, reference: Any, draw: Draw, **options: Any) -> tuple[RemoteObject, Any]:
        """The student's model and the reference's, with the same parameters."""
        mine, true = self.model(student, **options), self.true(reference, **options)
        write_both(mine, true, draw)
        return mine, true

    def batch(self, draw: Draw, n: int) -> tuple[Any, Any]:
        return draw.signed(n, self.sizes[0]), self.targets(draw, n, self.sizes[-1])


SHALLOW = Case("shallow", "One hidden layer: scores, loss and gradients", (5, 4, 3), "Tanh", "SoftmaxCrossEntropy")
DEEP = Case(
    "deep",
    "Three hidden layers, two as large as each other, with parameters of their activations",
    (5, 7, 7, 4, 2),
    "PReLU",
    "MeanSquaredError",
    values,
)
LINEAR = Case("linear", "No hidden layer: a linear classifier", (5, 3), "ReLU", "MulticlassSVM")
CASES = (SHALLOW, DEEP, LINEAR)

PREDICTED = "the result of predict"
FORWARD = "the result of forward"
SCORES = "Affine, activation, Affine, activation, …, Affine: the scores are what the last Affine gives."
NAMES = "Blocks are counted from 0: Affine, activation, Dropout where dropout > 0; the activation counts, too."


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.key, marks=item("mlp.mlp", "value", case.title)) for case in CASES]
)
def test_mlp(student, reference, draw, case):
    """Two batches of different length; the parameters are written anew between them."""
    mine, true = case.pair(student, reference, draw)
    answers = []
    for n in (11, 13):
        x, targets = case.batch(draw, n)
        got = call(mine, "forward", x), call(mine, "loss", x, targets), call(mine, "backward"), mine.grads.fetch()
        answers.append((got, (true.forward(x), true.loss(x, targets), true.backward(), dict(true.grads))))
        write_both(mine, true, draw)
    for number, (got, expected) in enumerate(answers):
        hint = f"The latest batch counts. {WRITTEN}" if number else ""
        judge.array(got[0], expected[0], FORWARD, hint=hint or SCORES)
        loss = judge.number(got[1], "the loss")
        judge.array(loss, expected[1], "the loss", hint=hint or "The criterion's, and no more.")
        if not number:  # later ones are asked for under `purity`: whoever adds up has one mistake
            check_named(got[3], expected[3], "grads")
        judge.array(got[2], expected[2], "dx, which backward returns,", hint=hint if number else "")


@item("mlp.mlp", "value", "The first parameters: one initializer and one rng for all layers, in order")
def test_mlp_start(student, reference, draw):
    """The initializer is ours; the other model takes the default. The activation is ours as well."""
    seed, sizes, asked, bends = seed_of(draw), [5, 7, 3, 2], [], []

    class Steep(reference.activations.LeakyReLU):
        def __init__(self):
            super().__init__(0.3)
            bends.append(self)

    def initializer(fan_in, fan_out, rng):
        asked.append((fan_in, fan_out))
        return rng.normal(size=(fan_in, fan_out))

    def model(modules: Any, activation: Any, *args: Any) -> Any:
        return modules.mlp.MLP(sizes, activation, modules.losses.SoftmaxCrossEntropy(), generator(seed), *args)

    steep = planted(Steep, "LeakyReLU")
    models = [made(model(student, steep, initializer), "MLP"), made(model(student, student.activations.Tanh), "MLP")]
    params = [each.params.fetch() for each in models]
    called, count = len(asked), len(bends)
    x = draw.signed(11, 5)
    scores = call(models[0], "forward", x)
    fans = [tuple(judge.integer(each, "a size that the initializer gets") for each in pair) for pair in asked[:called]]
    expected = list(pairwise(sizes))
    judge.true(fans == expected, f"the initializer is called with (fan_in, fan_out) = {fans}, expected {expected}.")
    judge.true(count == 2, f"the activation is called {count} times, expected once for each of 2 hidden layers.")
    wanted = model(reference, Steep, initializer), model(reference, reference.activations.Tanh)
    for got, true in zip(params, wanted, strict=True):
        check_named(got, true.params, "params", f"Every layer takes initializer and rng as they were given. {NAMES}")
    judge.array(scores, wanted[0].forward(x), FORWARD, hint=SCORES)


@item("mlp.mlp", "gradient", "backward is the derivative of loss, for x and all parameters")
def test_mlp_gradient(student, draw):
    mine = SHALLOW.model(student)
    shapes = {"0.w": (5, 4), "0.b": (4,), "2.w": (4, 3), "2.b": (3,)}
    x, targets = SHALLOW.batch(draw, 7)
    inputs = [x, *(draw.signed(*shape) for shape in shapes.values())]

    def loss(x, *params):
        write(mine, dict(zip(shapes, params, strict=True)))
        return np.asarray(judge.number(call(mine, "loss", x, targets), "the loss"))

    def backward(_):
        dx = call(mine, "backward")
        grads = judge.mapping(mine.grads.fetch(), list(shapes), "grads")
        return [dx, *(grads[name] for name in shapes)]

    gradcheck.check(loss, backward, inputs, ["dx", *shapes], np.ones(()), draw)


DROPPING = Case("", "", (5, 7, 7, 3), "Tanh", "MeanSquaredError", values)


@item("mlp.mlp", "gradient", "With dropout backward is the derivative of the loss that was drawn")
def test_mlp_dropout_gradient(student, draw):
    """Models of one seed draw alike: the same masks for x + h and x - h."""
    seed, (x, targets) = seed_of(draw), DROPPING.batch(draw, 11)

    def fresh() -> RemoteObject:
        return DROPPING.model(student, seed, dropout=0.4)

    def loss(x):
        return np.asarray(judge.number(call(fresh(), "loss", x, targets), "the loss"))

    def backward(_):
        model = fresh()
        call(model, "loss", x, targets)
        return call(model, "backward")

    gradcheck.check(loss, backward, [x], ["dx"], np.ones(()), draw)


# Modes


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


@dataclass
class Shown:
    """A model whose scores show the dropped outputs of its last hidden layer: the last w is the identity.

    `scores` are those without dropout; `kept` reads off what survived, or fails. All 403 units of 31 rows survive with
    probability 0.8^403 < 1e-39, and `statistics.share` states the bound of the share.
    """

    model: RemoteObject
    params: Mapping[str, Any]
    x: Any
    p: float

    @property
    def hidden(self) -> Any:
        return sigmoid(self.x @ self.params["0.w"] + self.params["0.b"])

    @property
    def scores(self) -> Any:
        return self.hidden + self.params["3.b"]

    def kept(self, got: Any, when: str) -> Any:
        if not isinstance(got, np.ndarray) or got.shape != self.hidden.shape:
            judge.array(got, self.scores, f"{FORWARD} {when}")
        shown = got - self.params["3.b"]
        alive = np.asarray(np.abs(shown) > 1e-9)
        hint = "Dropout comes after every activation, and nowhere else; p is the chance to drop."
        expected = np.where(alive, self.hidden / (1 - self.p), 0.0)
        judge.array(shown, expected, f"what forward shows of the hidden units {when}", hint=hint)
        judge.true(not np.all(alive), f"nothing is dropped {when}.", hint)
        return alive


SHOWING = Case("", "", (5, 13, 13), "Sigmoid", "MeanSquaredError", values)


def showing(student: StudentProxy, draw: Draw) -> Shown:
    p = float(draw.uniform(0.2, 0.3))
    model = SHOWING.model(student, seed_of(draw), dropout=p)
    params = {"0.w": draw.signed(5, 13), "0.b": draw.signed(13), "3.w": np.eye(13), "3.b": draw.signed(13)}
    write(model, params)
    return Shown(model, params, draw.signed(31, 5), p)


@item("mlp.mlp", "modes", "Dropout after each activation in training, none in evaluation")
def test_mlp_modes(student, draw):
    shown = showing(student, draw)
    model, x = shown.model, shown.x
    first = model.training, call(model, "forward", x)
    call(model, "eval")
    evaluated = model.training, call(model, "forward", x)
    call(model, "train")
    again = model.training, call(model, "forward", x)
    judge.true(first[0] is True and again[0] is True, "training is not True at first and after train().")
    judge.true(evaluated[0] is False, "training is not False after eval().")
    alive = shown.kept(first[1], "in training")
    statistics.share(~alive, shown.p, "the share of dropped units", "dropout is the chance to drop.")
    judge.array(evaluated[1], shown.scores, f"{FORWARD} in evaluation", hint="There nothing is dropped or scaled.")
    shown.kept(again[1], "after train()")


@item("mlp.mlp", "modes", "The loss is that of the mode that is on")
def test_mlp_loss_modes(student, draw):
    """A loss in training is that of the dropped scores: off from the plain one."""
    shown = showing(student, draw)
    targets = draw.signed(31, 13)
    losses = [call(shown.model, "loss", shown.x, targets)]
    call(shown.model, "eval")
    losses.append(call(shown.model, "loss", shown.x, targets))
    trained, evaluated = (judge.number(each, "the loss") for each in losses)
    plain = float(np.sum((shown.scores - targets) ** 2)) / 2 / len(targets)
    judge.array(evaluated, plain, "the loss in evaluation", hint="After eval() nothing is dropped, in loss neither.")
    off = abs(trained - plain) > 1e-6 * plain
    judge.true(off, "the loss in training is the one without dropout.", "loss is computed in the mode that is on.")


@item("mlp.mlp", "modes", "Dropout between all layers: the names say so")
def test_mlp_dropout_names(student, reference):
    case = Case("", "", (5, 7, 3, 2), "PReLU", "SoftmaxCrossEntropy")
    got, expected = [], []
    for dropout in (0.4, 0.0):
        got.append(case.model(student, dropout=dropout).params.fetch())
        expected.append(case.true(reference, dropout=dropout).params)
    for found, wanted in zip(got, expected, strict=True):
        judge.mapping(found, list(wanted), "params")


@item("mlp.mlp", "modes", "predict works in evaluation mode and leaves the mode as it was")
def test_mlp_predict_modes(student, draw):
    """31 rows: where units are dropped the label of each may change. Two of three calls come in training mode.

    What is no label at all, or of another type, is asked for under `labels`.
    """
    shown = showing(student, draw)
    model, x = shown.model, shown.x
    answers, outputs = [call(model, "predict", x)], []
    outputs.append((model.training, call(model, "forward", x)))
    answers.append(call(model, "predict", x))
    call(model, "eval")
    answers.append(call(model, "predict", x))
    outputs.append((model.training, call(model, "forward", x)))
    expected = shown.scores.argmax(axis=1)
    for got in answers:
        if _are_labels(got, len(x)):
            judge.array(got.astype(np.int64), expected, PREDICTED, hint="predict drops nothing.")
    kept = "predict leaves the mode as it was."
    judge.true(outputs[0][0] is True, "after predict in training mode, training is not True.", kept)
    shown.kept(outputs[0][1], "after predict in training mode")
    judge.true(outputs[1][0] is False, "after predict in evaluation mode, training is not False.", kept)
    judge.array(outputs[1][1], shown.scores, f"{FORWARD} after predict in evaluation mode", hint=kept)


def _are_labels(got: Any, n: int) -> bool:
    """Whole numbers of any type, one per row."""
    if not isinstance(got, np.ndarray) or got.shape != (n,) or got.dtype.kind not in "iuf":
        return False
    return bool(np.all(got == np.round(got)))


# Labels


@item("mlp.mlp", "labels", "predict: the place of the largest score of each row")
def test_mlp_predict(student, reference, draw):
    mine, true = SHALLOW.pair(student, reference, draw)
    x = draw.signed(23, 5)
    got = call(mine, "predict", x)
    hint = "One label per row: argmax over the columns, int64, of shape (N,)."
    judge.array(got, true.predict(x), PREDICTED, hint=hint)


@item("mlp.mlp", "labels", "predict: the first of equal scores")
def test_mlp_predict_ties(student, draw):
    """Scores are small integers and a half, exact in any order of summation; columns 0 and 2, 1 and 3 are equal."""
    case = Case("", "", (3, 4), "ReLU", "SoftmaxCrossEntropy")
    mine = case.model(student)
    pair, x = draw.integers(-4, 5, 3, 2).astype(float), draw.integers(-4, 5, 23, 3).astype(float)
    params = {"0.w": np.hstack([pair, pair]), "0.b": np.array([0.5, 0.0, 0.5, 0.0])}
    write(mine, params)
    got = call(mine, "predict", x)
    judge.array(got, (x @ params["0.w"] + params["0.b"]).argmax(axis=1), PREDICTED, hint="A tie goes to the first.")


# Other properties


@item("mlp.mlp", "purity", "Gradients are assigned, x and targets stay, params are the same arrays")
def test_mlp_purity(student, reference, draw):
    mine, true = SHALLOW.pair(student, reference, draw)
    x, targets = SHALLOW.batch(draw, 11)
    facts, rounds = [], []

    def run():
        for _ in range(2):
            for method, args in (("loss", (x, targets)), ("backward", ()), ("backward", ())):
                call(mine, method, *args)
                facts.append(student.last)
                rounds.append(mine.grads.fetch() if method == "backward" else None)
        for method in ("forward", "predict"):
            call(mine, method, x)
            facts.append(student.last)

    same = same_arrays(mine, list(true.params), run)
    true.loss(x, targets), true.backward()
    for each in facts:
        judge.untouched(each, ["x", "targets"])
        judge.unshared(each, ["x", "targets"], ["the result"])
    for grads in rounds:
        if grads is not None:
            check_named(grads, true.grads, "grads", ASSIGNED)
    same()


@item("mlp.mlp", "dtype", "float32: parameters, scores and gradients of every layer")
def test_mlp_dtype(student, reference, draw):
    case = Case("", "", (5, 4, 7, 3), "Tanh", "SoftmaxCrossEntropy")
    first = case.model(student, dtype=np.float32).params.fetch()
    mine, true = case.pair(student, reference, draw, dtype=np.float32)
    x, targets = case.batch(draw, 11)
    x = x.astype(np.float32)
    scores = call(mine, "forward", x)
    call(mine, "loss", x, targets)
    dx, grads = call(mine, "backward"), mine.grads.fetch()
    check_named(first, case.true(reference, dtype=np.float32).params, "params", "dtype goes to every layer.")
    judge.array(scores, true.forward(x), FORWARD)
    true.loss(x, targets)
    judge.array(dx, true.backward(), "dx")
    check_named(grads, true.grads, "grads")


@item("mlp.mlp", "device", "On a GPU's arrays: one number is read back for each loss", partners=True)
def test_mlp_device(student, reference, draw):
    w = {"0.w": draw.signed(5, 4), "2.w": draw.signed(4, 3)}
    x, targets = SHALLOW.batch(draw, 11)
    mine = SHALLOW.model(student, initializer=_of(w), xp=student.pretend_cupy)
    params = judge.mapping(mine.params.fetch(), ["0.w", "0.b", "2.w", "2.b"], "params")
    start = {name: fetched(value, f"params[{name!r}]") for name, value in params.items()}
    moved = on_device(student, x), on_device(student, targets)
    before = reads(student)
    scores, loss = call(mine, "forward", moved[0]), call(mine, "loss", *moved)
    dx, grads = call(mine, "backward"), mine.grads.fetch()
    predicted = call(mine, "predict", moved[0])
    after = reads(student)
    true = SHALLOW.true(reference, initializer=_of(w))
    check_named(start, true.params, "params")
    judge.array(fetched(scores, FORWARD), true.forward(x), FORWARD)
    judge.array(judge.number(loss, "the loss"), true.loss(x, targets), "the loss")
    judge.array(fetched(dx, "dx"), true.backward(), "dx")
    parts = judge.mapping(grads, list(true.grads), "grads")
    check_named({name: fetched(value, f"grads[{name!r}]") for name, value in parts.items()}, true.grads, "grads")
    judge.array(fetched(predicted, PREDICTED), true.predict(x), PREDICTED)
    judge.true(
        after - before <= 1,
        f"forward, loss, backward and predict read {after - before} times from the device, expected once.",
        "The loss is the one number that comes back.",
    )


def _of(weights: Mapping[str, Any]) -> Callable[[int, int, Any], Any]:
    """An initializer that gives the first of ``weights`` of that shape."""

    def initializer(fan_in: int, fan_out: int, rng: Any) -> Any:
        return next(value for value in weights.values() if value.shape == (fan_in, fan_out))

    return initializer


