"""Hidden items of layers.py: the affine layer, flattening, blocks in a row.

Biases are never 0 where a result is judged, and the sizes are pairwise different primes. Each test calls first and
judges afterwards: what was called is what the diagnosis can replay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge
from autograder.suite.draws import Draw
from autograder.suite.objects import by_handle
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

FAN_IN, FAN_OUT = 5, 3
SIZES = (7, 11)


def affine(student: StudentProxy, *args: Any, fans: Any = (FAN_IN, FAN_OUT), **options: Any) -> RemoteObject:
    """The student's layer; of a generator of ours unless ``args`` say more."""
    return made(student.layers.Affine(*fans, *(args or (generator(1),)), **options), "Affine")


def affine_pair(student: StudentProxy, reference: Any, draw: Draw, **options: Any) -> tuple[RemoteObject, Any]:
    """The student's layer and the reference's, with the same parameters."""
    layer, true = affine(student, **options), reference.layers.Affine(FAN_IN, FAN_OUT, generator(1), **options)
    write_both(layer, true, draw)
    return layer, true


# Affine


@item("mlp.affine", "value", "The first parameters: w from the initializer, b zeros")
def test_affine_start(student, reference, draw):
    """The initializer is ours and draws from what it is given; the other layer takes the default."""
    seed, asked = seed_of(draw), []

    def initializer(fan_in, fan_out, rng):
        asked.append((fan_in, fan_out))
        return rng.normal(size=(fan_in, fan_out))

    layers = [affine(student, generator(seed), initializer), affine(student, generator(seed))]
    params = [layer.params.fetch() for layer in layers]
    judge.true(len(asked) == 1, f"the initializer is called {len(asked)} times, expected once.")
    for got, expected, name in zip(asked[0], (FAN_IN, FAN_OUT), ("fan_in", "fan_out"), strict=True):
        given = judge.integer(got, f"the initializer's {name}")
        judge.true(given == expected, f"the initializer gets {given} for {name}, expected {expected}.")
    shape = FAN_IN, FAN_OUT
    hint = "w is initializer(fan_in, fan_out, rng), with the rng that was given; b is zeros."
    for got, w in zip(params, (generator(seed).normal(size=shape), default(reference, seed)), strict=True):
        check_named(got, {"w": w, "b": np.zeros(FAN_OUT)}, "params", hint)


def default(reference: Any, seed: int) -> Any:
    return reference.initializers.he_normal(FAN_IN, FAN_OUT, generator(seed))


@item("mlp.affine", "value", "The output x w + b, for the parameters as they are now")
def test_affine_forward(student, reference, draw):
    """Two batches of different length, the parameters written anew between them."""
    layer, true = affine_pair(student, reference, draw)
    answers = []
    for n in SIZES:
        x = draw.signed(n, FAN_IN)
        answers.append((call(layer, "forward", x), true.forward(x)))
        write_both(layer, true, draw)
    for got, expected in answers:
        judge.array(got, expected, "the output", hint=_sized(got, expected, WRITTEN))


def _sized(got: Any, expected: Any, hint: str) -> str:
    """``hint`` where the shape is right: of a wrong one the shape itself says more."""
    return hint if isinstance(got, np.ndarray) and got.shape == expected.shape else ""


@item("mlp.affine", "value", "The gradients of x, w and b")
def test_affine_backward(student, reference, draw):
    """Of the latest forward, with parameters that were written after the layer was made."""
    layer, true = affine_pair(student, reference, draw)
    answers = []
    for n in SIZES:
        x, upstream = draw.signed(n, FAN_IN), draw.upstream(n, FAN_OUT)
        for each in (draw.signed(2, FAN_IN), x):
            call(layer, "forward", each), true.forward(each)
        got = call(layer, "backward", upstream), layer.grads.fetch()
        answers.append((got, (true.backward(upstream), dict(true.grads))))
        write_both(layer, true, draw)
    (dx, grads), (true_dx, true_grads) = answers[0]
    check_named(grads, true_grads, "grads")
    judge.array(dx, true_dx, "dx")
    judge.array(answers[1][0][0], answers[1][1][0], "dx of a second batch", hint=WRITTEN)


@item("mlp.affine", "gradient", "backward is the derivative of forward, for x, w and b")
def test_affine_gradient(student, draw):
    layer = affine(student)
    inputs = draw.signed(7, FAN_IN), draw.signed(FAN_IN, FAN_OUT), draw.signed(FAN_OUT)

    def forward(x, w, b):
        write(layer, {"w": w, "b": b})
        return call(layer, "forward", x)

    def backward(upstream):
        dx = call(layer, "backward", upstream)
        grads = judge.mapping(layer.grads.fetch(), ["w", "b"], "grads")
        return dx, grads["w"], grads["b"]

    names = ["dx", "grads['w']", "grads['b']"]
    gradcheck.check(forward, backward, inputs, names, draw.upstream(7, FAN_OUT), draw)


@item("mlp.affine", "purity", "Gradients are assigned, arguments stay, layers share nothing")
def test_affine_purity(student, reference, draw):
    """A second layer runs in between; backward is called twice after each forward."""
    layer, true = affine_pair(student, reference, draw)
    other = affine(student, fans=(FAN_OUT, 2))
    x, upstream, further = draw.signed(7, FAN_IN), draw.upstream(7, FAN_OUT), draw.upstream(7, 2)
    facts, rounds = [], []

    def run():
        for _ in range(2):
            call(layer, "forward", x)
            facts.append((student.last, ["x"], "the output"))
            call(other, "forward", upstream)
            for _ in range(2):
                call(layer, "backward", upstream)
                facts.append((student.last, ["upstream"], "dx"))
                call(other, "backward", further)
                rounds.append(layer.grads.fetch())

    same = same_arrays(layer, ["w", "b"], run)
    true.forward(x), true.backward(upstream)
    for each, names, result in facts:
        judge.untouched(each, names)
        judge.unshared(each, names, [result])
    for grads in rounds:
        check_named(grads, true.grads, "grads", f"{ASSIGNED} They belong to this layer alone.")
    same()


@item("mlp.affine", "dtype", "float32: parameters, output and gradients")
def test_affine_dtype(student, reference, draw):
    layer, true = affine(student, dtype=np.float32), reference.layers.Affine(5, 3, generator(1), dtype=np.float32)
    first = layer.params.fetch()
    write_both(layer, true, draw)
    x, upstream = (each.astype(np.float32) for each in (draw.signed(7, FAN_IN), draw.upstream(7, FAN_OUT)))
    output, dx, grads = call(layer, "forward", x), call(layer, "backward", upstream), layer.grads.fetch()
    start = reference.layers.Affine(5, 3, generator(1), dtype=np.float32).params
    check_named(first, start, "params")
    judge.array(output, true.forward(x), "the output")
    judge.array(dx, true.backward(upstream), "dx")
    check_named(grads, true.grads, "grads")


@item("mlp.affine", "cost", "A batch of 50 000 rows, forward and backward: no loop over samples")
def test_affine_cost(cost):
    rng = generator(5)
    x, upstream = rng.normal(size=(50_000, 2)), rng.normal(size=(50_000, 1))

    def prepare(student):
        data = made(student.backend.Block(), "Block")
        data.x, data.upstream = x, upstream  # there before the clock runs
        return affine(student, fans=(2, 1)), by_handle(data, "x"), by_handle(data, "upstream")

    def act(prepared):
        layer, x, upstream = prepared
        call(layer, "forward", x)
        call(layer, "backward", upstream)

    hint = "The whole batch is one matrix: three products with @ and one sum do all of it."
    cost.compare(prepare, act, "forward and backward of 50 000 rows", hint)


@item("mlp.affine", "device", "On a GPU's arrays: results are its own, nothing is read back", partners=True)
def test_affine_device(student, reference, draw):
    """b is filled in place: the device's arrays cannot be written from NumPy's."""
    w, bias = draw.signed(FAN_IN, FAN_OUT), draw.number()
    x, upstream = draw.signed(7, FAN_IN), draw.upstream(7, FAN_OUT)
    layer = affine(student, generator(1), lambda fan_in, fan_out, rng: w, xp=student.pretend_cupy)
    params = judge.mapping(layer.params.fetch(), ["w", "b"], "params")
    start = {name: fetched(value, f"params[{name!r}]") for name, value in params.items()}
    params["b"].fill(bias)
    moved = on_device(student, x), on_device(student, upstream)
    before = reads(student)
    output, dx, grads = call(layer, "forward", moved[0]), call(layer, "backward", moved[1]), layer.grads.fetch()
    after = reads(student)
    true = reference.layers.Affine(FAN_IN, FAN_OUT, generator(1), lambda *_: w)
    check_named(start, true.params, "params")
    true.params["b"][...] = bias
    judge.array(fetched(output, "the output"), true.forward(x), "the output")
    judge.array(fetched(dx, "dx"), true.backward(upstream), "dx")
    parts = judge.mapping(grads, ["w", "b"], "grads")
    check_named({name: fetched(value, f"grads[{name!r}]") for name, value in parts.items()}, true.grads, "grads")
    never_read(before, after)


def never_read(before: int, after: int) -> None:
    judge.true(
        before == after,
        f"forward and backward read {after - before} times from the device, expected never.",
        "Every copy to the CPU makes the GPU wait: leave arrays where they are.",
    )


# Flatten

SHAPES = ((7, 2, 3), (5, 3, 2, 2), (11, 4))


@item("mlp.flatten", "value", "(N, …) to (N, D) and back, for batches of different shapes")
def test_flatten(student, draw):
    block = made(student.layers.Flatten(), "Flatten")
    answers = []
    for shape in SHAPES:
        x = draw.signed(*shape)
        flat = x.reshape(len(x), -1)
        upstream = draw.upstream(*flat.shape)
        out, back = call(block, "forward", x), call(block, "backward", upstream)
        answers.append((shape, (out, flat), (back, upstream.reshape(shape))))
    for shape, forward, backward in answers:
        hint = "The first axis counts the samples; all others become one, in C order: x.reshape(len(x), -1)."
        judge.array(*forward, f"the output for x of shape {shape}", hint=_sized(*forward, hint))
        hint = "backward gives every number back to the place it came from, in the shape of the latest x."
        judge.array(*backward, f"dx for x of shape {shape}", hint=hint)


@item("mlp.flatten", "purity", "Output and dx are copies, x and upstream stay")
def test_flatten_purity(student, draw):
    block = made(student.layers.Flatten(), "Flatten")
    facts = []
    for shape in SHAPES:
        x = draw.signed(*shape)
        call(block, "forward", x)
        facts.append((student.last, ["x"], "the output"))
        call(block, "backward", draw.upstream(len(x), x.size // len(x)))
        facts.append((student.last, ["upstream"], "dx"))
    for each, names, result in facts:
        judge.untouched(each, names)
        judge.unshared(each, names, [result])


# Sequential

Build = Callable[[Any], Any]


def stretch(draw: Draw) -> Build:
    """A block of 5 columns with parameters and modes: how to make it from the student's modules, or from ours."""
    w, b = draw.signed(5), draw.signed(5)
    return lambda modules: modules.doubles.Stretch(w, b)


def bend(name: str, *args: Any) -> Build:
    """A released activation: it has no modes, and parameters if it is PReLU."""
    return lambda modules: getattr(modules.activations, name)(*args)


def row(*parts: Build) -> Build:
    return lambda modules: modules.layers.Sequential(*[part(modules) for part in parts])


def three(draw: Draw) -> Build:
    return row(stretch(draw), bend("Tanh"), stretch(draw))


def nested(draw: Draw) -> Build:
    return row(bend("Tanh"), row(stretch(draw), bend("PReLU", 0.4), row(stretch(draw))), bend("PReLU", 0.6))


NAMED = "Every name is the block's position, counted from 0, a dot, and the block's own name for it."
REVERSE = "On the way back the last block is first, and each gets what the one behind it returned."
ROWS = {
    "three": (three, "Three blocks: values, gradients, names"),
    "nested": (nested, "Rows within rows, blocks with parameters and without"),
}


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(build, id=key, marks=item("mlp.sequential", "value", title, partners=True))
        for key, (build, title) in ROWS.items()
    ],
)
def test_sequential(student, reference, draw, build):
    """Two batches; before the second one parameters are written through the row."""
    make = build(draw)
    mine, true = made(make(student), "Sequential"), make(reference)
    answers = []
    for n in SIZES:
        x, upstream = draw.signed(n, 5), draw.upstream(n, 5)
        got = call(mine, "forward", x), call(mine, "backward", upstream), mine.params.fetch(), mine.grads.fetch()
        expected = true.forward(x), true.backward(upstream), true.params, true.grads
        answers.append((got, _copied(expected)))
        write_both(mine, true, draw)
    for number, (got, expected) in enumerate(answers):
        own = "params hands out the blocks' own arrays: who writes there changes the block." if number else ""
        judge.array(got[0], expected[0], "the output", hint=own or "Each block gets the output of the one before it.")
        check_named(got[2], expected[2], "params", own or NAMED)
        check_named(got[3], expected[3], "grads", own or REVERSE)
        judge.array(got[1], expected[1], "dx", hint=own if isinstance(got[1], np.ndarray) else "")


def _copied(parts: Any) -> Any:
    return [{name: value.copy() for name, value in part.items()} if isinstance(part, dict) else part for part in parts]


@item("mlp.sequential", "value", "Every block runs once in forward and once in backward", partners=True)
def test_sequential_once(student, draw):
    blocks = [stretch(draw)(student) for _ in range(3)]
    mine = made(student.layers.Sequential(*blocks), "Sequential")
    call(mine, "forward", draw.signed(7, 5))
    call(mine, "backward", draw.upstream(7, 5))
    call(mine, "backward", draw.upstream(7, 5))
    logs = [judge.listed(block.log, None, "a log") for block in blocks]
    for place, log in enumerate(logs):
        events = [str(each[0]) for each in log if isinstance(each, tuple) and each]
        times = {event: events.count(event) for event in ("forward", "backward")}
        judge.true(
            times == {"forward": 1, "backward": 2},
            f"in one forward and two backward passes block {place} runs forward {times['forward']} times and backward "
            f"{times['backward']} times.",
            "A block that draws, such as Dropout, would draw anew each time.",
        )


@item("mlp.sequential", "gradient", "backward is the derivative of forward, for x and all parameters", partners=True)
def test_sequential_gradient(student, draw):
    mine = made(three(draw)(student), "Sequential")
    names = ["0.w", "0.b", "2.w", "2.b"]
    inputs = [draw.signed(7, 5), *(draw.signed(5) for _ in names)]

    def forward(x, *values):
        write(mine, dict(zip(names, values, strict=True)))
        return call(mine, "forward", x)

    def backward(upstream):
        dx = call(mine, "backward", upstream)
        grads = judge.mapping(mine.grads.fetch(), names, "grads")
        return [dx, *(grads[name] for name in names)]

    gradcheck.check(forward, backward, inputs, ["dx", *names], draw.upstream(7, 5), draw)


@item("mlp.sequential", "modes", "train and eval reach every block that has modes", partners=True)
def test_sequential_modes(student, reference, draw):
    """Blocks without modes stand between; a row stands inside. Evaluation halves what a Stretch gives."""
    make = row(stretch(draw), bend("Tanh"), row(bend("Identity"), stretch(draw)))
    mine, true, x = made(make(student), "Sequential"), make(reference), draw.signed(7, 5)
    answers = [(mine.training, call(mine, "forward", x), true.training, true.forward(x), "at first")]
    for mode in ("eval", "train", "eval"):
        call(mine, mode)
        getattr(true, mode)()
        got = mine.training, call(mine, "forward", x)
        answers.append((*got, true.training, true.forward(x), f"after {mode}()"))
    for training, output, wanted, expected, when in answers:
        judge.true(training is wanted, f"training is {_flag(training)} {when}, expected {wanted}.")
        judge.array(output, expected, f"the output {when}", hint="Call train or eval of every block that has it.")


def _flag(value: Any) -> str:
    return str(value) if isinstance(value, bool) else judge.kind_of(value)


@item("mlp.sequential", "purity", "params gives the same arrays each time; arguments stay as they were", partners=True)
def test_sequential_purity(student, draw):
    mine = made(three(draw)(student), "Sequential")
    facts = []

    def run():
        for method, value, name in (("forward", draw.signed(7, 5), "x"), ("backward", draw.upstream(7, 5), "upstream")):
            call(mine, method, value)
            facts.append((student.last, [name]))

    same = same_arrays(mine, ["0.w", "0.b", "2.w", "2.b"], run)
    for each, names in facts:
        judge.untouched(each, names)
        judge.unshared(each, names, ["the result"])
    same()
