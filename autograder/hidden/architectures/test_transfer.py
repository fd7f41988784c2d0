"""Hidden items of transfer.py: a frozen model, a bottleneck, pruning with retraining.

What is trained here is trained by the course's own `fit` and optimizers, and compared with the same training of the
reference in this process. Calls first, judges afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge
from autograder.suite.draws import Draw
from autograder.suite.errors import NotAttempted, StudentRaised
from autograder.suite.proxy import RemoteObject, StudentProxy

from .models import SAME_ARRAYS, check_entries, fresh_start, handles, put, write
from .passes import call, made, seeded

# freeze

DEEP = [3, 4, 2, 5, 2, 4, 3]  # blocks 0, 2, …, 10: "0." also stands within "10."
NAMES = [f"{place}.{name}" for place in range(0, 12, 2) for name in "wb"]
STARTS = "A name is frozen if it starts with one of the prefixes: str.startswith, no more and no less."
OFFERS = "It offers what the model offers: params, grads, forward, loss, backward, predict, train, eval, training."
LIVE = "Look the gradients up when they are asked for: every backward makes new ones."
SHARED = "Leave the model's arrays as they are, in its params and in yours: training the one trains the other."


def network(modules: Any, sizes: Sequence[int], seed: int, **options: Any) -> Any:
    """An MLP of the course's: the same for the student's modules and ours."""
    rng, loss = np.random.default_rng(seed), modules.losses.SoftmaxCrossEntropy()
    return modules.mlp.MLP(list(sizes), modules.activations.Tanh, loss, rng, **options)


def frozen_of(student: StudentProxy, model: RemoteObject, prefixes: Any) -> RemoteObject:
    return made(student.transfer.freeze(model, prefixes), "freeze")


def of(model: RemoteObject, name: str) -> Any:
    """An attribute that a frozen model has from its model."""
    try:
        found = getattr(model, name)
    except NotAttempted:
        judge.fail(f"the frozen model has no {name}.", OFFERS)
    if name != "training" and not callable(found):
        judge.fail(f"{name} of the frozen model is {judge.kind_of(found)}, expected a method.", OFFERS)
    return found


def seed_of(draw: Draw) -> int:
    return int(draw.integers(0, 2**31))


def shown(prefixes: Sequence[str]) -> list[str]:
    return [name for name in NAMES if not name.startswith(tuple(prefixes))]


@pytest.mark.parametrize(
    "prefixes",
    [
        pytest.param(prefixes, id=name, marks=item("architectures.freeze", "value", title))
        for name, prefixes, title in (
            ("block", ["0."], "One block frozen: names, losses, gradients, predictions"),
            ("several", ("4.", "8.", "0.b", "6.w"), "Several prefixes: blocks, a bias, a weight"),
            ("none", [], "Nothing frozen"),
        )
    ],
)
def test_freeze(student, reference, draw, prefixes):
    """Compared with the model itself, for two batches; with none frozen, all is as the model has it."""
    seed, names = seed_of(draw), shown(prefixes)
    model = network(student, DEEP, seed)
    frozen = frozen_of(student, model, prefixes)
    params, answers = frozen.params.fetch(), []
    for n in (5, 2):
        x, labels = draw.normal(n, 3), draw.integers(0, 3, n)
        scores, loss = of(frozen, "forward")(x), of(frozen, "loss")(x, labels)
        dx, grads = of(frozen, "backward")(), frozen.grads.fetch()
        answers.append((x, labels, scores, loss, dx, grads, of(frozen, "predict")(x)))
    true = network(reference, DEEP, seed)
    check_shown(params, names, "params")
    check_entries(params, {name: true.params[name] for name in names}, "params")
    for answer in answers:
        check_frozen(answer, true, names)


def check_shown(got: Any, names: Sequence[str], what: str) -> None:
    """The names that a frozen model shows."""
    if not isinstance(got, dict):
        judge.fail(f"{what} is {judge.kind_of(got)}, expected a dict.")
    hidden = [name for name in names if name not in got]
    left = [name for name in NAMES if name in got and name not in names]
    judge.true(not left, f"{what} still has frozen names.", STARTS)
    judge.true(not hidden, f"{what} lacks names that are not frozen.", STARTS)
    judge.mapping(got, list(names), what)


def check_frozen(answer: Any, true: Any, names: Sequence[str]) -> None:
    x, labels, scores, loss, dx, grads, predicted = answer
    judge.array(scores, true.forward(x), "the result of forward")
    judge.array(judge.number(loss, "the loss"), true.loss(x, labels), "the loss")
    judge.array(dx, true.backward(), "the result of backward", hint="The gradient still runs through frozen layers.")
    check_shown(grads, names, "grads")
    check_entries(grads, {name: true.grads[name] for name in names}, "grads", LIVE)
    judge.array(predicted, true.predict(x), "the result of predict")


@item("architectures.freeze", "value", "Training the frozen model trains the model, but for what is frozen")
def test_frozen_training(student, reference, draw):
    """Momentum with weight decay, which moves all that it is shown: frozen arrays keep every bit."""
    prefixes, seed, order = ["0.", "6.w"], seed_of(draw), seed_of(draw)
    x, labels = draw.normal(7, 3), draw.integers(0, 3, 7)
    model = network(student, DEEP, seed)
    start = model.params.fetch()
    frozen = frozen_of(student, model, prefixes)
    train(student, frozen, x, labels, order)
    after, seen = model.params.fetch(), frozen.params.fetch()
    true = network(reference, DEEP, seed)
    train(reference, reference.transfer.freeze(true, prefixes), x, labels, order)
    judge.mapping(after, NAMES, "after training the frozen model, the model's params")
    for name in NAMES:
        if name.startswith(tuple(prefixes)):
            what = f"the model's {name!r} after training with prefixes {prefixes}"
            judge.array(after[name], start[name], what, rtol=0.0, atol=0.0, hint="Leave it out of params and grads.")
    check_entries(after, true.params, "after training the frozen model, the model's params", SHARED)
    check_shown(seen, shown(prefixes), "params")


def train(modules: Any, model: Any, x: np.ndarray, labels: np.ndarray, seed: int) -> None:
    optimizer = modules.optimizers.Momentum(0.1, weight_decay=0.2)
    modules.training.fit(model, x, labels, optimizer, 2, 4, np.random.default_rng(seed))


@item("architectures.freeze", "modes", "train and eval reach the model, whichever of the two is asked")
def test_frozen_modes(student, draw):
    """With dropout. An evaluation gives the same twice; training does not (1 - 2**-60)."""
    model = network(student, [3, 60, 3], seed_of(draw), dropout=0.5)
    frozen = frozen_of(student, model, ["0."])
    x, seen, outputs = draw.normal(2, 3), [(model.training, of(frozen, "training"))], []
    for target, mode in ((frozen, "eval"), (frozen, "train"), (model, "eval"), (model, "train")):
        of(target, mode)()
        seen.append((model.training, of(frozen, "training")))
        outputs.append([of(frozen, "forward")(x) for _ in range(2)])
    for (inner, outer), mode in zip(seen, ("", "eval", "train", "eval", "train"), strict=True):
        expected, when = mode != "eval", f"after {mode}()" if mode else "at first"
        for whose, value in (("the model", inner), ("the frozen model", outer)):
            judge.true(value is expected, f"{when}, training of {whose} is not {expected}.", "There is one mode.")
    for pair, training in zip(outputs, (False, True, False, True), strict=True):
        same = all(isinstance(each, np.ndarray) for each in pair) and np.array_equal(*pair)
        state = "training" if training else "evaluation"
        judge.true(same is not training, f"in {state} mode, the dropout inside behaves as in the other mode.")


@item("architectures.freeze", "modes", "A model without modes stays one, and can be trained", partners=True)
def test_frozen_without_modes(student, draw):
    """fit asks whether there is a train and an eval; here there is none."""
    model = student.doubles.PlainModel(draw.signed(3))
    frozen = frozen_of(student, model, ["b"])
    before = model.params.fetch()
    optimizer = student.optimizers.SGD(0.1)
    try:
        student.training.fit(frozen, draw.normal(5, 3), draw.signed(5), optimizer, 1, 5, seeded(draw))
    except StudentRaised as error:
        judge.fail(f"fit, on a frozen model without modes, {error.sentence}", "Offer train and eval if the model does.")
    after = judge.mapping(model.params.fetch(), ["w", "b"], "the model's params")
    judge.array(after["b"], before["b"], "the model's frozen 'b'", rtol=0.0, atol=0.0)
    judge.true(not np.array_equal(after["w"], before["w"]), "fit leaves the model's 'w' as it was.", SHARED)


@item("architectures.freeze", "purity", "The model stays whole, its arrays the same; so do the prefixes", partners=True)
def test_freeze_purity(student, draw):
    """A model whose params are a plain dict; afterwards it is trained as a whole."""
    model = student.doubles.QuadraticModel(draw.signed(3))
    arrays = handles(model, ["w", "b"])
    frozen = frozen_of(student, model, ["w"])
    facts = student.last
    (first,), (second,) = (handles(frozen, ["b"]) for _ in range(2))
    kept = handles(model, ["w", "b"])
    before = model.params.fetch()
    optimizer = student.optimizers.SGD(0.1)
    try:
        student.training.fit(model, draw.normal(5, 3), draw.signed(5), optimizer, 1, 5, seeded(draw))
    except StudentRaised as error:
        judge.fail(f"after freeze, training the model itself {error.sentence}", SHARED)
    after, grads = model.params.fetch(), model.grads.fetch()
    judge.untouched(facts, ["model", "prefixes"])
    for what, got in (("params", before), ("params", after), ("grads", grads)):
        judge.mapping(got, ["w", "b"], f"after freeze, the {what} of the model itself")
    judge.true(kept == arrays, "freeze puts other arrays into the model.", SHARED)
    judge.true(first is arrays[1] is second, "params['b'] is not the model's own array.", SAME_ARRAYS)
    for name in ("w", "b"):
        moved = not np.array_equal(after[name], before[name])
        judge.true(moved, f"after freeze, training the model itself leaves its {name!r} as it was.", SHARED)


# Bottleneck

FEATURES, WIDTH = 5, 2
BETWEEN = "Affine, activation, Affine: no more. backward goes through the three in reverse."
SHAPES = {"down.w": (FEATURES, WIDTH), "down.b": (WIDTH,), "up.w": (WIDTH, FEATURES), "up.b": (FEATURES,)}


def bottleneck(student: StudentProxy, draw: Draw, *more: Any) -> tuple[RemoteObject, dict[str, np.ndarray]]:
    """The student's, and the weights that were written into it."""
    block = made(student.transfer.Bottleneck(FEATURES, WIDTH, seeded(draw), *more), "Bottleneck")
    values = {name: draw.signed(*shape) for name, shape in SHAPES.items()}
    write(block, values)
    return block, values


def check_bottleneck(
    got: Any, reference: Any, values: Any, data: Any, activation: str = "ReLU", hint: str = BETWEEN
) -> None:
    x, upstream = data
    block = reference.transfer.Bottleneck(
        FEATURES, WIDTH, np.random.default_rng(0), getattr(reference.activations, activation)
    )
    for name, value in values.items():
        block.params[name][...] = value
    output, dx, grads = got
    judge.array(output, block.forward(x), f"the output with {activation}", hint=hint)
    judge.array(dx, block.backward(upstream), f"dx with {activation}", upstream=upstream, hint=hint)
    check_entries(grads, block.grads, "grads")


def passed(block: RemoteObject, data: Any) -> tuple[Any, Any, Any]:
    return call(block, "forward", data[0]), call(block, "backward", data[1]), block.grads.fetch()


def batch(draw: Draw, n: int = 7) -> tuple[np.ndarray, np.ndarray]:
    return draw.signed(n, FEATURES), draw.upstream(n, FEATURES)


@item("architectures.bottleneck", "value", "Output, dx and four gradients, with ReLU and with Tanh")
def test_bottleneck(student, reference, draw):
    answers = []
    for more, name in (((), "ReLU"), ((student.activations.Tanh,), "Tanh")):
        block, values = bottleneck(student, draw, *more)
        for n in (7, 3):
            data = batch(draw, n)
            answers.append((passed(block, data), values, data, name))
    for got, values, data, name in answers:
        check_bottleneck(got, reference, values, data, name)


@item("architectures.bottleneck", "value", "A new bottleneck: weights random, biases 0, equal seeds alike")
def test_new_bottleneck(student, draw):
    seed = seed_of(draw)
    new = [
        made(student.transfer.Bottleneck(FEATURES, WIDTH, np.random.default_rng(seed)), "Bottleneck").params.fetch()
        for _ in range(2)
    ]
    fresh_start(*new, SHAPES)


@item("architectures.bottleneck", "gradient", "backward is the derivative of forward, also by the four arrays")
def test_bottleneck_gradient(student, draw):
    block, values = bottleneck(student, draw, student.activations.Tanh)
    held = write(block, values)

    def forward(x: np.ndarray, *arrays: np.ndarray) -> Any:
        put(held, arrays)
        return call(block, "forward", x)

    def backward(upstream: np.ndarray) -> list[Any]:
        dx = call(block, "backward", upstream)
        grads = judge.mapping(block.grads.fetch(), list(SHAPES), "grads")
        return [dx, *(grads[name] for name in SHAPES)]

    x, upstream = batch(draw, 3)
    names = ["dx", *(f"grads[{name!r}]" for name in SHAPES)]
    gradcheck.check(forward, backward, [x, *values.values()], names, upstream, draw)


@item("architectures.bottleneck", "purity", "Arguments stay, backward repeats, two bottlenecks share nothing")
def test_bottleneck_purity(student, reference, draw):
    """One forward after the other, then the backwards: each has kept its own."""
    one, values = bottleneck(student, draw)
    data, before = batch(draw), handles(one, list(SHAPES))
    other, _ = bottleneck(student, draw)
    output = call(one, "forward", data[0])
    facts = [(student.last, "x", "the output")]
    call(other, "forward", draw.signed(7, FEATURES))
    call(one, "backward", data[1])
    facts.append((student.last, "upstream", "dx"))
    got = output, call(one, "backward", data[1]), one.grads.fetch()
    after = handles(one, list(SHAPES))
    for fact, name, result in facts:
        judge.untouched(fact, [name])
        judge.unshared(fact, [name], [result])
    judge.true(before == after, "an entry of params is another array at the next access.", SAME_ARRAYS)
    hint = "Another bottleneck was used in between: each has an activation of its own, made in __init__."
    check_bottleneck(got, reference, values, data, hint=hint)


# prune_and_retrain

SMALL, LARGE = [5, 4, 6, 3], [2.0, 0.3, 1.0]
WEIGHTS = ["0.w", "1.slope", "2.w", "3.slope", "4.w"]
MASKS = "A bool mask for every weight, no bias, True where it was kept; decided before training, array by array."
AGAIN = "Set what was pruned to 0 before the first step, and again after each step."


def scaled(modules: Any, seed: int) -> Any:
    """An MLP with two PReLUs, whose slopes are weights, too; its layers' weights differ in scale."""
    rng, loss = np.random.default_rng(seed), modules.losses.SoftmaxCrossEntropy()
    model = modules.mlp.MLP(SMALL, modules.activations.PReLU, loss, rng)
    for place, scale in zip((0, 2, 4), LARGE, strict=True):
        fan_in, fan_out = SMALL[place // 2 : place // 2 + 2]
        model.params[f"{place}.w"][...] = rng.normal(scale=scale, size=(fan_in, fan_out))
        model.params[f"{place}.b"][...] = rng.normal(scale=0.01, size=fan_out)
    return model


def experienced(modules: Any, model: Any, x: np.ndarray, y: np.ndarray, seed: int) -> Any:
    """An optimizer that has velocities already when the pruning begins."""
    optimizer = modules.optimizers.Momentum(0.1, weight_decay=0.1)
    modules.training.fit(model, x, y, optimizer, 1, 4, np.random.default_rng(seed))
    return optimizer


@pytest.mark.parametrize(
    "fraction",
    [
        pytest.param(fraction, id=name, marks=item("architectures.prune_and_retrain", "value", title))
        for name, fraction, title in (
            ("most", 0.7, "Most of each weight array taken away, and the rest retrained"),
            ("nothing", 0.0, "Fraction 0: the same as fit"),
            ("all", 1.0, "Fraction 1: only biases are left"),
        )
    ],
)
def test_pruning(student, reference, draw, fraction):
    """Momentum and weight decay from before: both move what was pruned unless the mask is applied in every step."""
    seeds, x, y = [seed_of(draw) for _ in range(3)], draw.normal(7, 5), draw.integers(0, 3, 7)
    answers = []
    for modules in (student, reference):
        model = scaled(modules, seeds[0])
        optimizer = experienced(modules, model, x, y, seeds[1])
        rng = np.random.default_rng(seeds[2])
        masks = modules.transfer.prune_and_retrain(model, x, y, fraction, optimizer, 2, 3, rng)
        answers.append((masks, model.params.fetch() if modules is student else model.params))
    (masks, params), (true_masks, true_params) = answers
    check_masks(masks, true_masks)
    check_entries(params, true_params, "after retraining, params", AGAIN)


def check_masks(got: Any, expected: Any) -> None:
    entries = judge.mapping(got, list(expected), "the dict of masks")
    for name, mask in expected.items():
        judge.array(entries[name], mask, f"the mask of {name!r}", hint=MASKS)


@item("architectures.prune_and_retrain", "value", "What every step begins with: pruned at once", partners=True)
def test_every_step(student, reference, draw):
    """What the optimizer is shown, on a quadratic model; gradients may be masked or not."""
    start = draw.signed(6)
    x, y, seed = draw.normal(7, 6), draw.signed(7), seed_of(draw)
    answers = []
    for modules in (student, reference):
        model, optimizer = modules.doubles.QuadraticModel(start), modules.doubles.RecordingOptimizer(0.1)
        rng = np.random.default_rng(seed)
        masks = modules.transfer.prune_and_retrain(model, x, y, 0.5, optimizer, 2, 3, rng)
        answers.append((masks, optimizer.log, model))
    (masks, seen, model), (true_masks, true_seen, true_model) = answers
    check_masks(masks, true_masks)
    seen = judge.listed(seen, None, "the optimizer's log")
    judge.true(len(seen) == len(true_seen), f"the optimizer takes {len(seen)} steps, expected {len(true_seen)}.")
    for number, (entry, true) in enumerate(zip(seen, true_seen, strict=True), start=1):
        _, params, _ = judge.several(entry, ["lr", "params", "grads"], "an entry of the optimizer's log")
        check_entries(params, true[1], f"before step {number}, params", AGAIN)
    check_entries(model.params.fetch(), true_model.params, "at the end, params", AGAIN)


@item("architectures.prune_and_retrain", "purity", "Data stay, params are the same arrays, the optimizer is as before")
def test_pruning_purity(student, draw):
    """Afterwards a step of the optimizer on the same model moves all its weights again."""
    model, optimizer = scaled(student, seed_of(draw)), student.optimizers.SGD(0.1)
    names = list(model.params)
    before = handles(model, names)
    x, y = draw.normal(7, 5), draw.integers(0, 3, 7)
    masks = student.transfer.prune_and_retrain(model, x, y, 0.5, optimizer, 1, 4, seeded(draw))
    facts, after, values = student.last, handles(model, names), model.params.fetch()
    student.training.fit(model, x, y, optimizer, 1, 7, seeded(draw))
    later = model.params.fetch()
    judge.untouched(facts, ["model", "x", "y"])
    judge.unshared(facts, ["model", "x", "y"], ["the masks"])
    judge.true(before == after, "an entry of params is another array after the call.", "w[~mask] = 0 writes in place.")
    for got in (values, later):
        judge.mapping(got, names, "after the call, params")
    revived = [name for name in WEIGHTS if np.count_nonzero(later[name]) > np.count_nonzero(values[name])]
    pruned = any(np.any(values[name] == 0) for name in WEIGHTS)
    judge.true(
        bool(revived) or not pruned,
        "after the call, the optimizer still keeps pruned weights at 0.",
        "The optimizer is not yours: give fit one of your own that passes the step on to it and applies the masks.",
    )
    judge.mapping(masks, WEIGHTS, "the dict of masks")
