"""Hidden items of regularizers.py: three penalties, dropout, early stopping, pruning by magnitude.

Which numbers dropout draws is free. Each entry of its output is either 0 or the scaled input; which of the two is read
off the output, and everything else is judged from that. Checks of samples state their bounds in `statistics`: an item
makes at most five, so a right hand-in is failed by one with probability < 3e-10.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.suite import item, judge, statistics
from autograder.suite.draws import Draw
from autograder.suite.objects import by_handle
from autograder.suite.proxy import Facts, RemoteObject, StudentProxy

Params = dict[str, np.ndarray]


def new(student: StudentProxy, name: str, *args: Any) -> RemoteObject:
    """The student's ``name(*args)``."""
    made = getattr(student.regularizers, name)(*args)
    if not isinstance(made, RemoteObject):
        judge.fail(f"{name}(…) gives {judge.kind_of(made)}, expected an object.")
    return made


def call(target: RemoteObject, method: str, *args: Any) -> Any:
    found = getattr(target, method)
    if not callable(found):
        judge.fail(f"{method} is {judge.kind_of(found)}, expected a method.")
    return found(*args)


# The penalties

PLAIN: dict[str, tuple[int, ...]] = {"0.w": (5, 3), "conv.w": (2, 3, 2, 2)}
WEIGHTS = {
    **PLAIN,
    "embedding.w": (7, 2),
    "1.slope": (1,),
    "b.w": (2, 3),
    "wb": (5, 3),
}
BIASES = {"0.b": (3,), "hidden.bias": (3,), "b1": (5,), "block.0.b": (1,)}
PENALTIES = ("l0", "l1", "l2")
BY_NAME = "The last dotted part of the name decides: a bias if it begins with b, else a weight."
FORMULAS = {
    "L0": "The penalty is strength times the number of weights that are not exactly 0; its gradient is 0.",
    "L1": "The penalty is strength times the sum of |w|; its gradient is strength times the sign of w.",
    "L2": "The penalty is strength times the sum of w², without ½ and without a root; its gradient 2 · strength · w.",
}


def of_penalties(prop: str, title: str) -> pytest.MarkDecorator:
    """One item per penalty, with the name of its class."""
    params = [
        pytest.param(key.upper(), id=key, marks=item(f"preparation.{key}", prop, title.format(key.upper())))
        for key in PENALTIES
    ]
    return pytest.mark.parametrize("name", params)


def some_params(draw: Draw, zeros: bool = False) -> Params:
    """Weights and biases in turn, of both signs; with ``zeros`` every third entry is exactly 0."""
    shapes = {**WEIGHTS, **BIASES}
    names = [name for pair in zip(WEIGHTS, [*BIASES, None, None], strict=True) for name in pair if name is not None]
    params = {name: draw.signed(*shapes[name]) for name in names}
    for value in params.values():
        if zeros:
            value.flat[1::3] = 0.0
    return params


def strength_of(draw: Draw) -> float:
    """Away from 0, ½, 1 and 2, whose mistakes look alike."""
    return float(draw.uniform(0.15, 0.4))


def check_penalty(got: Any, expected: float, what: str = "the penalty", hint: str = BY_NAME) -> None:
    judge.array(judge.number(got, what), expected, what, hint=hint)


def check_gradient(got: Any, expected: Params, hint: str) -> None:
    """One array per name, weights with plain names first: what is wrong there is not about names."""
    parts = judge.mapping(got, list(expected), "the gradient")
    for name in (*WEIGHTS, *BIASES):
        what = f"the gradient of the {'bias' if name in BIASES else 'weight'} {name!r}"
        judge.array(parts[name], expected[name], what, hint=hint if name in PLAIN else BY_NAME)


@of_penalties("value", "{}: the penalty of all weights and no biases")
def test_penalty(student, reference, draw, name):
    """Of plain weights (tiny entries among them, exact zeros for L0 alone), of biases only, of all."""
    strength, params = strength_of(draw), some_params(draw, zeros=name == "L0")
    params["0.w"][2, 0], params["conv.w"][0, 0, 0, 0] = 1e-9, -1e-9
    cases = {
        "the penalty of weights alone": ({key: params[key] for key in PLAIN}, FORMULAS[name]),
        "the penalty of biases alone": ({key: params[key] for key in BIASES}, BY_NAME),
        "the penalty": (params, BY_NAME),
    }
    model = getattr(reference.regularizers, name)(strength)
    regularizer = new(student, name, strength)
    answers = [call(regularizer, "penalty", each) for each, _ in cases.values()]
    for got, (what, (each, hint)) in zip(answers, cases.items(), strict=True):
        check_penalty(got, model.penalty(each), what, hint)


@of_penalties("value", "{}: one gradient for every parameter, zeros for biases")
def test_penalty_gradient(student, reference, draw, name):
    strength, params = strength_of(draw), some_params(draw)
    got = call(new(student, name, strength), "gradient", params)
    check_gradient(got, getattr(reference.regularizers, name)(strength).gradient(params), FORMULAS[name])


@item("preparation.l1", "ties", "L1: no pull on a weight that is exactly 0")
def test_l1_kink(student, reference, draw):
    strength, params = strength_of(draw), some_params(draw, zeros=True)
    got = call(new(student, "L1", strength), "gradient", params)
    check_gradient(got, reference.regularizers.L1(strength).gradient(params), "At the kink, w = 0, the gradient is 0.")


@of_penalties("purity", "{}: params stay as they were, gradients are arrays of their own")
def test_penalty_purity(student, reference, draw, name):
    """The dict keeps its entries, too; the gradient is asked for twice."""
    strength, params = strength_of(draw), some_params(draw, zeros=name == "L0")
    model, regularizer = getattr(reference.regularizers, name)(strength), new(student, name, strength)
    answers = [
        (call(regularizer, method, params), student.last, method) for method in ("gradient", "penalty", "gradient")
    ]
    for got, facts, method in answers:
        judge.untouched(facts, ["params"])
        if method == "penalty":
            check_penalty(got, model.penalty(params))
        else:
            check_gradient(got, model.gradient(params), FORMULAS[name])
            own_arrays(facts)


def own_arrays(facts: Facts) -> None:
    judge.true(
        not facts.shared,
        "an entry of the gradient shares memory with params or with another entry.",
        "Make a new array for each name: whoever adds to one of them later would change the other.",
    )


# Dropout

FRESH = "Draw a new mask for each entry in each forward, from the rng that was given."
LATEST = "backward passes on exactly what the latest forward passed on, scaled alike."
EVALUATED = "The latest forward was in evaluation and passed everything on unscaled, and so does its backward."


def dropout(student: StudentProxy, draw: Draw, p: float | None = None) -> tuple[RemoteObject, float]:
    """A dropout of its own generator, and its p: 0.2 to 0.35, far from the chance to keep."""
    p = float(draw.uniform(0.2, 0.35)) if p is None else p
    return new(student, "Dropout", p, generator(seed_of(draw))), p


def seed_of(draw: Draw) -> int:
    return int(draw.integers(0, 2**31))


def generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def survivors(got: Any, x: np.ndarray, p: float, what: str = "the result of forward in training") -> np.ndarray:
    """Which entries survived, as bool; every one of them is x / (1 - p), or the check fails."""
    if not isinstance(got, np.ndarray) or got.shape != x.shape:
        judge.array(got, x, what)
    alive = np.asarray(got != 0)
    hint = "What survives is divided by 1 - p, in training and nowhere else."
    judge.array(got, np.where(alive, x / (1 - p), 0).astype(x.dtype), what, hint=hint)
    return alive


def some_dropped(alive: np.ndarray, what: str) -> None:
    """For 143 entries or more: all survive with probability < 0.8^143 < 2e-14."""
    judge.true(not np.all(alive), f"{what} drops nothing.", "p is the chance to drop an entry in training.")


@item("preparation.dropout", "value", "Dropout: each entry is dropped with probability p, the others are scaled")
def test_dropout_share(student, draw):
    """The share of zeros, and no dependence between neighbouring samples or units: three checks of a sample."""
    block, p = dropout(student, draw)
    x = draw.signed(151, 67)
    alive = survivors(call(block, "forward", x), x, p)
    judge.true(not np.all(alive == alive[:1]), "forward drops the same units in every sample.", FRESH)
    judge.true(not np.all(alive == alive[:, :1]), "forward drops whole samples, all units at once.", FRESH)
    statistics.share(~alive, p, "the share of zeros", "p is the chance to drop, 1 - p the chance to keep.")
    for axis, neighbours in enumerate(("samples", "units")):
        centred = np.moveaxis(~alive - p, axis, 0)
        what = f"which entries are dropped in neighbouring {neighbours}:"
        statistics.unrelated(centred[0:-1:2], centred[1::2], 0.5, what, FRESH)


@item("preparation.dropout", "value", "Dropout: training at first, evaluation, training again, p = 0")
def test_dropout_modes(student, draw):
    """Evaluation passes x on bit by bit; so does p = 0. Any number of axes."""
    block, p = dropout(student, draw)
    x, deep, line = draw.signed(13, 11), draw.signed(5, 3, 2, 7), draw.signed(149)
    first = block.training, call(block, "forward", x)
    call(block, "eval")
    evaluated = block.training, call(block, "forward", x)
    call(block, "train")
    again = [call(block, "forward", each) for each in (x, deep, line)]
    idle = call(dropout(student, draw, 0.0)[0], "forward", x)
    judge.true(first[0], "training is not True at first.")
    some_dropped(survivors(first[1], x, p), "the first forward, in training,")
    judge.true(evaluated[0] is False, "after eval(), training is not False.")
    exactly(evaluated[1], x, "the result of forward in evaluation")
    for got, each in zip(again, (x, deep, line), strict=True):
        some_dropped(survivors(got, each, p), "forward after train()")
    exactly(idle, x, "the result of forward with p = 0")


def exactly(got: Any, x: np.ndarray, what: str) -> None:
    judge.array(got, x, what, rtol=0.0, atol=0.0, hint="Nothing is dropped and nothing scaled there.")


@item("preparation.dropout", "value", "Dropout: a new draw in every forward, from the given rng")
def test_dropout_draws(student, draw):
    """Equal seeds give equal results, other seeds others: two checks of a sample."""
    p, seed = float(draw.uniform(0.2, 0.35)), seed_of(draw)
    x = draw.signed(31, 37)
    blocks = [new(student, "Dropout", p, generator(each)) for each in (seed, seed, seed + 1)]
    results = [[call(block, "forward", x), call(block, "forward", x)] for block in blocks]
    alive = [[survivors(got, x, p) - (1 - p) for got in pair] for pair in results]
    statistics.unrelated(alive[0][0], alive[0][1], 0.5, "the first and the second forward", FRESH)
    statistics.unrelated(alive[0][0], alive[2][0], 0.5, "two dropouts with generators of different seeds", FRESH)
    for first, second in zip(results[0], results[1], strict=True):
        hint = "Use the generator that was given and nothing else: neither np.random's own nor a new one."
        judge.array(second, first, "the result of forward, with a generator of the same seed,", hint=hint)


@item("preparation.dropout", "gradient", "Dropout: backward uses the mask of the latest forward, scaled")
def test_dropout_backward(student, draw):
    """Three times after the first forward, once after the second."""
    block, p = dropout(student, draw)
    x, upstream, other = draw.signed(13, 11), draw.upstream(13, 11), draw.upstream(13, 11)
    first = call(block, "forward", x)
    answers = [(each, call(block, "backward", each)) for each in (upstream, other, upstream)]
    second = call(block, "forward", x)
    last = call(block, "backward", upstream)
    factor = survivors(first, x, p) / (1 - p)
    for each, got in answers:
        judge.array(got, each * factor, "the result of backward", upstream=each, hint=LATEST)
    factor = survivors(second, x, p) / (1 - p)
    what = "the result of backward after a second forward"
    judge.array(last, upstream * factor, what, upstream=upstream, hint=LATEST)


@item("preparation.dropout", "gradient", "Dropout: backward in evaluation, and between the modes")
def test_dropout_backward_modes(student, draw):
    """The mode in which the latest forward ran counts, whatever has been switched since."""
    block, p = dropout(student, draw)
    fresh, _ = dropout(student, draw)
    x, upstream = draw.signed(13, 11), draw.upstream(13, 11)
    dropped = call(block, "forward", x)
    call(block, "eval")
    switched = call(block, "backward", upstream)
    passed = [evaluated(each, x, upstream) for each in (block, fresh)]
    call(block, "train")
    back = call(block, "backward", upstream)
    for _, got in passed:
        exactly_passed(got, upstream, "the result of backward in evaluation")
    expected = upstream * survivors(dropped, x, p) / (1 - p)
    hint = "The latest forward was in training: its mask counts, though eval() came in between."
    judge.array(switched, expected, "the result of backward after eval()", upstream=upstream, hint=hint)
    exactly_passed(back, upstream, "the result of backward after train()")


def evaluated(block: RemoteObject, x: np.ndarray, upstream: np.ndarray) -> tuple[Any, Any]:
    """Output and gradient in evaluation."""
    call(block, "eval")
    return call(block, "forward", x), call(block, "backward", upstream)


def exactly_passed(got: Any, upstream: np.ndarray, what: str) -> None:
    judge.array(got, upstream, what, rtol=0.0, atol=0.0, hint=EVALUATED)


@item("preparation.dropout", "purity", "Dropout: arguments stay as they were, results are copies")
def test_dropout_purity(student, draw):
    """In training, in evaluation (before the first training forward) and with p = 0."""
    x, upstream = draw.signed(13, 11), draw.upstream(13, 11)
    blocks = [dropout(student, draw), dropout(student, draw), dropout(student, draw, 0.0)]
    call(blocks[1][0], "eval")
    answers = []
    for block, p in blocks:
        output = call(block, "forward", x), student.last
        answers.append((p, output, (call(block, "backward", upstream), student.last)))
    for place, (p, (output, on_forward), (gradient, on_backward)) in enumerate(answers):
        judge.untouched(on_forward, ["x"])
        judge.unshared(on_forward, ["x"], ["the output"])
        judge.untouched(on_backward, ["upstream"])
        judge.unshared(on_backward, ["upstream"], ["the gradient"])
        factor = np.ones(x.shape) if place else survivors(output, x, p) / (1 - p)
        judge.array(output, x * factor, "the result of forward")
        judge.array(gradient, upstream * factor, "the result of backward", upstream=upstream, hint=LATEST)


@item("preparation.dropout", "purity", "Dropout: instances share nothing")
def test_dropout_instances(student, draw):
    """Two forwards, then two backwards."""
    (first, p), (second, q) = dropout(student, draw), dropout(student, draw)
    x, upstream = draw.signed(13, 11), draw.upstream(13, 11)
    outputs = [call(block, "forward", x) for block in (first, second)]
    gradients = [call(block, "backward", upstream) for block in (first, second)]
    hint = "Does one dropout keep its mask where another one writes?"
    for output, gradient, each in zip(outputs, gradients, (p, q), strict=True):
        factor = survivors(output, x, each) / (1 - each)
        judge.array(gradient, upstream * factor, "the result of backward", upstream=upstream, hint=hint)


@item("preparation.dropout", "dtype", "Dropout: float32 stays float32")
def test_dropout_float32(student, draw):
    """Forward and backward, in training and in evaluation."""
    block, p = dropout(student, draw)
    x, upstream = draw.signed(13, 11).astype(np.float32), draw.upstream(13, 11).astype(np.float32)
    output, gradient = call(block, "forward", x), call(block, "backward", upstream)
    passed, back = evaluated(block, x, upstream)
    factor = survivors(output, x, p) / np.float32(1 - p)
    judge.array(gradient, upstream * factor.astype(np.float32), "the result of backward in training")
    judge.array(passed, x, "the result of forward in evaluation")
    judge.array(back, upstream, "the result of backward in evaluation")


# Early stopping

NAN = math.nan


@dataclass(frozen=True)
class Course:
    """A training: losses in steps of a drawn size, above a drawn base; min_delta in the same steps."""

    patience: int
    losses: tuple[float, ...]
    min_delta: int = 0


COURSES = {
    "patience": (
        "value",
        "EarlyStopping: stops at the patience-th update in a row without improvement",
        [
            Course(2, (3, 2, 2, 2)),
            Course(1, (5, 4, 2, 6)),
            Course(3, (5, 6, 6, 4, 7, 3, 4, 4, 3)),
            Course(2, (5, 7, 6)),
        ],
    ),
    "min_delta": (
        "value",
        "EarlyStopping: an improvement is more than min_delta, from the best loss",
        [
            Course(2, (9, 8, 7), 2),
            Course(3, (9, 8, 6, 5, 4, 3, 2, 4, 2), 2),
            Course(2, (9, 10, 9), 3),
            Course(4, (12, 11, 10, 9, 8, 7, 9, 8, 5), 3),
        ],
    ),
    "nan": (
        "stability",
        "EarlyStopping: NaN never improves, and counts as an update",
        [Course(2, (3, NAN, 2, NAN, NAN)), Course(3, (NAN, 4, 3, NAN, 5, NAN)), Course(2, (NAN, 5, 6, 4, NAN, 6))],
    ),
}


def follow(stopper: RemoteObject, losses: Sequence[float], params: Sequence[Any]) -> list[Any]:
    """What each update says."""
    return [call(stopper, "update", loss, each) for loss, each in zip(losses, params, strict=True)]


def until_stop(model: Any, losses: Sequence[float], params: Sequence[Any]) -> list[bool]:
    """What the reference's updates say; the table's trainings end with the update that stops."""
    says = [bool(model.update(loss, each)) for loss, each in zip(losses, params, strict=True)]
    assert says.index(True) == len(says) - 1, "the table: a training ends with its stop"
    return says


IN_A_ROW = "Count updates without improvement in a row; stop when there are as many as patience."
IMPROVES = "It is the loss of the latest improvement: one that is less than best_loss - min_delta."
NEVER = "A NaN never improves; else it is an update like any other."


def check_stop(said: Any, stop: bool, number: int, hint: str) -> None:
    if isinstance(said, np.ndarray) and said.shape == () and said.dtype == np.bool_:
        said = bool(said)
    if not isinstance(said, bool):
        missing = "Is a return missing?" if said is None else ""
        judge.fail(f"update number {number} gives {judge.kind_of(said)}, expected True or False.", missing)
    judge.true(said == stop, f"update number {number} says {said}, expected {stop}.", hint or IN_A_ROW)


def check_best(got: Any, expected: Params, hint: str = "") -> None:
    parts = judge.mapping(got, list(expected), "best_params")
    for name, true in expected.items():
        judge.array(parts[name], true, f"best_params[{name!r}]", hint=hint)


@pytest.mark.parametrize(
    "courses",
    [
        pytest.param(courses, id=key, marks=item("preparation.early_stopping", prop, title))
        for key, (prop, title, courses) in COURSES.items()
    ],
)
def test_early_stopping(student, reference, draw, courses):
    """Each training until it should stop. Losses are multiples of 1/64: differences are exact."""
    runs = []
    for course in courses:
        step, base = int(draw.integers(3, 9)) / 64, int(draw.integers(64, 256)) / 64
        losses = [base + step * each for each in course.losses]
        params = [{"0.w": draw.signed(2, 3), "0.b": draw.signed(3)} for _ in losses]
        settings = (course.patience, step * course.min_delta) if course.min_delta else (course.patience,)
        model, stopper = reference.regularizers.EarlyStopping(*settings), new(student, "EarlyStopping", *settings)
        says = until_stop(model, losses, params), follow(stopper, losses, params)
        runs.append((says, model, (stopper.best_loss, stopper.best_params), any(map(math.isnan, losses))))
    for (expected, said), model, (best_loss, best_params), has_nan in runs:
        hint = NEVER if has_nan else ""
        for number, (true, got) in enumerate(zip(expected, said, strict=True), 1):
            check_stop(got, true, number, hint)
        judge.array(judge.number(best_loss, "best_loss"), model.best_loss, "best_loss", hint=hint or IMPROVES)
        check_best(best_params, model.best_params, "They are the parameters of the update that improved last.")


@item("preparation.early_stopping", "purity", "EarlyStopping: best_params are copies, params stay as they were")
def test_early_stopping_purity(student, draw):
    """The parameter of a block in the worker goes on changing in place, as an optimizer changes it."""
    values = [{"slope": draw.signed(1)} for _ in range(4)]
    block = student.activations.PReLU()
    live = in_worker(block)
    stopper = new(student, "EarlyStopping", 2)
    watched, best = [], []
    for loss, now in zip((2.0, 1.0, 3.0, 2.0), values, strict=True):
        block.params["slope"][...] = now["slope"]
        follow(stopper, [loss], [live])
        watched.append(student.last)
        best.append(stopper.best_params)
    for facts in watched:
        judge.untouched(facts, ["loss", "params"])
    for got, expected in zip(best, (values[0], values[1], values[1], values[1]), strict=True):
        check_best(got, expected, "Copy every array: the optimizer goes on writing into those of params.")


def in_worker(block: RemoteObject) -> Any:
    """The dict ``params`` of ``block`` itself, not its values: what is given to student code stays live."""
    return by_handle(block, "params")


# Pruning

PRUNE = {
    "count": (
        "magnitude_prune: the smallest |w| of the whole array, as many as round(fraction·size)",
        [((5, 7), 0.25), ((5, 7), 0.35), ((5, 7), 0.6), ((7,), 0.25), ((2, 3, 2, 3), 0.4), ((3, 5), 0.04)],
    ),
    "ends": ("magnitude_prune: fraction 0 keeps all, fraction 1 nothing", [((5, 3), 0.0), ((5, 3), 1.0)]),
}


COUNT = "fraction is the share that goes: round(fraction·size) entries are False, True = kept."


def check_mask(got: Any, w: np.ndarray, fraction: float, hint: str = COUNT) -> None:
    """The right number of entries is False, and none of them is larger than one that is True."""
    if not isinstance(got, np.ndarray) or got.shape != w.shape or got.dtype != np.bool_:
        judge.array(got, np.zeros(w.shape, bool), "the mask", hint="True = kept, in the shape of w.")
    pruned, count = int(np.sum(~got)), round(fraction * w.size)
    where = f"of {w.size} entries with fraction {fraction:g}"
    judge.true(pruned == count, f"the mask has {pruned} False {where}, expected {count}.", hint)
    if 0 < count < w.size:
        size = np.abs(w)
        judge.true(
            bool(np.max(size[~got]) <= np.min(size[got])),
            f"the mask keeps an entry smaller than one that goes, {where}.",
            "The smallest magnitudes |w| of the whole array go; True = kept.",
        )


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(cases, id=key, marks=item("preparation.magnitude_prune", "value", title))
        for key, (title, cases) in PRUNE.items()
    ],
)
def test_magnitude_prune(student, draw, cases):
    """Distinct magnitudes of both signs; no case where fraction·size ends in a half."""
    weights = [draw.signed(*shape) for shape, _ in cases]
    masks = [student.regularizers.magnitude_prune(w, case[1]) for w, case in zip(weights, cases, strict=True)]
    for got, w, (_, fraction) in zip(masks, weights, cases, strict=True):
        check_mask(got, w, fraction)


@item("preparation.magnitude_prune", "ties", "magnitude_prune: the count is exact among equal |w|")
def test_magnitude_prune_ties(student, draw):
    """One magnitude in both signs; many zeros, as after an earlier pruning; a few levels. Of equal ones any may go."""
    level = draw.number()
    signs = np.where(np.arange(35) % 3 == 0, -1.0, 1.0).reshape(5, 7)
    sparse = draw.signed(5, 7)
    sparse.flat[::2] = 0.0
    levels = np.sort(draw.uniform(0.3, 2.0, 3))[draw.rng.permutation(np.arange(35) % 3)].reshape(5, 7)
    cases = [(level * signs, 0.4), (sparse, 0.2), (sparse, 0.8), (levels * signs, 0.25), (levels * signs, 0.75)]
    masks = [student.regularizers.magnitude_prune(w, fraction) for w, fraction in cases]
    hint = "Equal magnitudes stand on both sides of the limit: a threshold alone cannot tell how many of them go."
    for got, (w, fraction) in zip(masks, cases, strict=True):
        check_mask(got, w, fraction, hint)


@item("preparation.magnitude_prune", "purity", "magnitude_prune: w stays as it was")
def test_magnitude_prune_purity(student, draw):
    w = draw.signed(5, 7)
    got, facts = student.regularizers.magnitude_prune(w, 0.4), student.last
    judge.untouched(facts, ["w"])
    judge.unshared(facts, ["w"], ["the mask"])
    check_mask(got, w, 0.4)
