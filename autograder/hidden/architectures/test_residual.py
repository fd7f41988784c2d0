"""Hidden items of residual.py. The blocks inside are released ones (layers, activations) and doubles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.suite import item, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import RemoteObject

from .passes import ask, call, check, differences, leaves_alone, made, truth, write


def affine(modules: Any, seed: int) -> Any:
    return modules.layers.Affine(3, 3, np.random.default_rng(seed))


def stack(modules: Any, seed: int) -> Any:
    layers, rng = modules.layers, np.random.default_rng(seed)
    return layers.Sequential(layers.Affine(3, 5, rng), modules.activations.Tanh(), layers.Affine(5, 3, rng))


def inner(modules: Any, seed: int) -> Any:
    return modules.residual.Residual(modules.activations.PReLU(0.1 + seed % 8 / 10))


INSIDE: dict[str, Callable[[Any, int], Any]] = {
    " around an Affine": affine,
    " around a Sequential": stack,
    " around a Residual": inner,
}


def pair(student: Any, reference: Any, draw: Draw, make: Callable[[Any, int], Any]) -> tuple[RemoteObject, Any]:
    """A Residual of the student's and one of the reference's, around blocks with the same parameters."""
    seed = int(draw.integers(0, 2**31))
    model = reference.residual.Residual(make(reference, seed))
    return made(student.residual.Residual(make(student, seed)), "Residual"), model


@item("architectures.residual", "value", "Residual: x plus the block, both ways, with the block's params and grads")
def test_residual(student, reference, draw):
    """Around three kinds of blocks; parameters are written through the Residual, and two passes follow one another."""
    found = []
    for label, make in INSIDE.items():
        block, model = pair(student, reference, draw, make)
        names = list(model.params)
        given = judge.mapping(block.params.fetch(), names, f"params{label}")
        values = {name: draw.signed(*array.shape) for name, array in model.params.items()}
        for name, value in values.items():
            model.params[name][...] = value
        write(block, values)
        passes = [truth(model, [draw.normal(size, 3)], draw) for size in (5, 2)]
        found += [(ask(student, block, each, label), each, label, given) for each in passes]
    for answer, each, label, given in found:
        judge.true(all(isinstance(value, np.ndarray) for value in given.values()), f"params{label} are no arrays.")
        check(answer, each, label)


def switched(flag: Any, expected: bool, what: str) -> None:
    """A bool, also as a 0-d array."""
    judge.true(
        isinstance(flag, bool | np.bool_ | np.ndarray) and np.array_equal(flag, expected),
        f"{what} is not {expected}.",
        "train() and eval() switch the flag of the Residual itself, and call the block's if it has them.",
    )


@item("architectures.residual", "modes", "Residual: train and eval reach the block, where it has modes", partners=True)
def test_residual_modes(student, reference, draw):
    """Around a block with modes (half as large in evaluation), a Residual of that, and an activation without modes."""
    w, b, x = draw.signed(3), draw.signed(3), draw.normal(5, 3)
    stretch, model = student.doubles.Stretch(w, b), reference.doubles.Stretch(w, b)
    block = made(student.residual.Residual(made(student.residual.Residual(stretch), "Residual")), "Residual")
    model = reference.residual.Residual(reference.residual.Residual(model))
    found = []
    for mode in (None, "eval", "train"):
        if mode:
            call(block, mode)
            getattr(model, mode)()
        each = truth(model, [x], draw)
        found.append((mode, block.training, stretch.training, ask(student, block, each), each))
    plain = made(student.residual.Residual(student.activations.ReLU()), "Residual")
    for mode in ("eval", "train"):
        call(plain, mode)
    output = call(plain, "forward", x)
    for mode, flag, inside, answer, each in found:
        when = f"after {mode}()" if mode else "at first"
        switched(flag, mode != "eval", f"training {when}")
        switched(inside, mode != "eval", f"training of the block inside {when}")
        check(answer, each, f" {when}")
    judge.array(output, x + np.maximum(x, 0.0), "the output around a ReLU")


@item("architectures.residual", "calls", "Residual: each pass calls the block's once", partners=True)
def test_residual_calls(student, draw):
    """A block that counts: two forward passes, then two backward passes."""
    bend = student.doubles.Bend(0.5)
    block = made(student.residual.Residual(bend), "Residual")
    for _ in range(2):
        call(block, "forward", draw.normal(5, 3))
    for _ in range(2):
        call(block, "backward", draw.upstream(5, 3))
    for name, count in (("forward", bend.forward_calls), ("backward", bend.backward_calls)):
        judge.true(
            judge.integer(count, "the number of calls") == 2,
            f"in two {name} passes the block's own {name} was called {count} times.",
            "Call it once and keep the result: it costs as much as the whole block, and Dropout draws anew each time.",
        )


@item("architectures.residual", "gradient", "Residual: backward is the derivative of forward")
def test_residual_gradient(student, reference, draw):
    """With respect to x; the block has a tanh inside."""
    block, model = pair(student, reference, draw, stack)
    write(block, {name: draw.signed(*array.shape) for name, array in model.params.items()})
    differences(block, [draw.normal(5, 3)], {}, draw.upstream(5, 3), draw, ["dx"])


@item("architectures.residual", "purity", "Residual: nothing changed or shared, backward repeatable, instances apart")
def test_residual_leaves_alone(student, reference, draw):
    pairs = [pair(student, reference, draw, affine) for _ in range(2)]
    x, more, other = (draw.normal(size, 3) for size in (5, 2, 5))
    passes = [truth(pairs[index][1], [each], draw) for index, each in ((0, x), (0, x), (0, more), (1, other))]
    leaves_alone(student, pairs[0][0], pairs[1][0], passes, ["x"])
