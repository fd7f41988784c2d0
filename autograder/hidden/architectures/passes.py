"""One forward and one backward pass through a block: the truth, the student's, and how the two are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.suite import gradcheck, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import Facts, RemoteObject, StudentProxy

AGAIN = "backward may be called repeatedly: it must not use up, change or add to what is kept."
LATEST = "backward belongs to the latest forward of its own block; does one keep its values where another writes?"
ASSIGNED = "backward assigns grads: sums over all samples, of the parameter's own shape, never added to what was there."


def seeded(draw: Draw) -> np.random.Generator:
    """A generator for student code, fresh each time."""
    return np.random.default_rng(int(draw.integers(0, 2**31)))


def made(value: Any, what: str) -> RemoteObject:
    """``value`` where it is an object."""
    if not isinstance(value, RemoteObject):
        judge.fail(f"{what}(…) gives {judge.kind_of(value)}, expected an object with forward and backward.")
    return value


def call(block: RemoteObject, method: str, *args: Any) -> Any:
    target = getattr(block, method)
    if not callable(target):
        judge.fail(f"{method} is {judge.kind_of(target)}, expected a method.")
    return target(*args)


def write(block: RemoteObject, values: Mapping[str, Any]) -> None:
    """``params[name][...] = value`` for each, where there is an array of that shape to write into."""
    for name, value in values.items():
        array = block.params[name]
        if not isinstance(array, np.ndarray) or array.shape != value.shape:
            judge.fail(f"params[{name!r}] is {judge.kind_of(array)}, expected an array of shape {value.shape}.")
        array[...] = value


@dataclass(frozen=True)
class Pass:
    """Inputs, an upstream gradient, and what the reference makes of them. gradients: one per input, by name."""

    inputs: tuple[Any, ...]
    upstream: Any
    output: Any
    gradients: Mapping[str, Any]
    grads: Mapping[str, Any]


def truth(model: Any, inputs: Sequence[Any], draw: Draw, names: Sequence[str] = ("dx",)) -> Pass:
    """A pass through the reference's block ``model``; ``names`` are those of its gradients, in order."""
    output = model.forward(*inputs)
    upstream = draw.upstream(*output.shape)
    result = model.backward(upstream)
    parts = result if isinstance(result, tuple) else (result,)
    return Pass(tuple(inputs), upstream, output, dict(zip(names, parts, strict=True)), dict(model.grads))


@dataclass(frozen=True)
class Answer:
    """What a student's block makes of a pass, and the facts about both calls. grads: None where nothing is learnt."""

    output: Any
    result: Any
    grads: Any
    forward: Facts
    backward: Facts


def ask(student: StudentProxy, block: RemoteObject, each: Pass, label: str = "", hint: str = "") -> Answer:
    """Forward and backward of ``each``; fails at once where the output's shape leaves no sense to its upstream."""
    output = call(block, "forward", *each.inputs)
    forward = student.last
    if not isinstance(output, np.ndarray) or output.shape != each.output.shape:
        judge.array(output, each.output, f"the output{label}", hint=hint or "Is its shape as the handout says?")
    return back(student, block, each, output, forward)


def back(student: StudentProxy, block: RemoteObject, each: Pass, output: Any, forward: Facts) -> Answer:
    """Backward of ``each``, whose forward gave ``output``."""
    result = call(block, "backward", each.upstream)
    backward = student.last
    return Answer(output, result, block.grads.fetch() if each.grads else None, forward, backward)


def check(answer: Answer, each: Pass, label: str = "", hint: str = "", back_hint: str = "", **tolerance: Any) -> None:
    """Output, gradients of the inputs, gradients of the parameters; ``label`` says of which case."""
    judge.array(answer.output, each.output, f"the output{label}", hint=hint, **tolerance)
    gradients = {f"{name}{label}": value for name, value in each.gradients.items()}
    options = {"upstream": each.upstream, "hint": hint or back_hint, **tolerance}
    judge.arrays(answer.result, gradients, "the result of backward", **options)
    if each.grads:
        entries = judge.mapping(answer.grads, list(each.grads), "grads")
        for name, expected in each.grads.items():
            judge.array(entries[name], expected, f"grads[{name!r}]{label}", hint=hint or ASSIGNED)


def leaves_alone(
    student: StudentProxy, first: RemoteObject, other: RemoteObject, passes: Sequence[Pass], inputs: Sequence[str]
) -> None:
    """Two instances in turn, the first one used several times; facts of every call, with right values.

    ``passes``: two of the same inputs and one of other inputs of the first instance, then one of the other's.
    ``inputs`` names the arguments of forward.
    """
    start, again, later, others = passes
    outputs = [(call(first, "forward", *start.inputs), student.last)]
    outputs.append((call(other, "forward", *others.inputs), student.last))
    answers = [(back(student, first, start, *outputs[0]), start, LATEST)]
    answers.append((back(student, first, again, *outputs[0]), again, AGAIN))
    answers.append((back(student, other, others, *outputs[1]), others, LATEST))
    answers.append((ask(student, first, later), later, LATEST))
    for answer, each, hint in answers:
        check(answer, each, hint=hint)
        judge.untouched(answer.forward, inputs)
        judge.unshared(answer.forward, inputs, ["the output"])
        judge.untouched(answer.backward, ["upstream"])
        judge.unshared(answer.backward, ["upstream"], list(each.gradients))


def differences(
    block: RemoteObject,
    inputs: Sequence[Any],
    params: Mapping[str, Any],
    upstream: Any,
    draw: Draw,
    names: Sequence[str],
) -> None:
    """The student's backward against the student's forward, by central differences; ``params`` are inputs as well.

    It catches nothing that `value` does not; it stays because it tells which of the two passes to mend.
    """

    def forward(*args: Any) -> Any:
        write(block, dict(zip(params, args[len(inputs) :], strict=True)))
        return call(block, "forward", *args[: len(inputs)])

    def backward(given: Any) -> Any:
        result = call(block, "backward", given)
        parts = [result] if len(inputs) == 1 else judge.several(result, names, "the result of backward")
        if params:
            grads = judge.mapping(block.grads.fetch(), list(params), "grads")
            parts += [grads[name] for name in params]
        return parts[0] if len(parts) == 1 else tuple(parts)

    everything = [*names, *(f"grads[{name!r}]" for name in params)]
    gradcheck.check(forward, backward, (*inputs, *params.values()), everything, upstream, draw)
