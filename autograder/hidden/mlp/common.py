"""What the hidden items of layers.py and mlp.py share: blocks to write into and read, arrays of `pretend_cupy`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.suite import judge
from autograder.suite.draws import Draw
from autograder.suite.objects import by_handle
from autograder.suite.proxy import RemoteObject, StudentProxy

Arrays = Mapping[str, np.ndarray]

WRITTEN = "Every access to params gives the same arrays, and forward and backward use what stands in them now."
ASSIGNED = "backward assigns grads anew: the sums over this batch, nothing of the batches before."
OF_DEVICE = "Make arrays with xp: xp.zeros, xp.array. Sums and products of a device's arrays stay there by themselves."


def seed_of(draw: Draw) -> int:
    return int(draw.integers(0, 2**31))


def generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def made(what: Any, name: str) -> RemoteObject:
    """What the student's ``name(…)`` gave, if it is an object."""
    if not isinstance(what, RemoteObject):
        judge.fail(f"{name}(…) gives {judge.kind_of(what)}, expected an object.")
    return what


def call(target: RemoteObject, method: str, *args: Any) -> Any:
    found = getattr(target, method)
    if not callable(found):
        judge.fail(f"{method} is {judge.kind_of(found)}, expected a method.")
    return found(*args)


def write(block: RemoteObject, values: Arrays) -> None:
    """Put ``values`` into the student's parameters, in place: as long as each is an array of that shape."""
    params = block.params
    found = judge.mapping(params.fetch(), list(values), "params")
    for name, value in values.items():
        array = found[name]
        if not isinstance(array, np.ndarray) or array.shape != value.shape:
            judge.array(array, value, f"params[{name!r}]")
        params._remote.put(params._number, ["params"], value, name)  # params[name][...] would fetch them all again


def write_both(block: RemoteObject, true: Any, draw: Draw) -> None:
    """The same values for the student's block and the reference's, none of them 0."""
    values = {name: draw.signed(*value.shape).astype(value.dtype) for name, value in true.params.items()}
    write(block, values)
    for name, value in values.items():
        true.params[name][...] = value


def check_named(got: Any, expected: Arrays, what: str, hint: str = "") -> None:
    """A dict of arrays: ``what`` is "params" or "grads"."""
    parts = judge.mapping(got, list(expected), what)
    for name, true in expected.items():
        judge.array(parts[name], true, f"{what}[{name!r}]", hint=hint)


def same_arrays(block: RemoteObject, names: list[str], act: Callable[[], Any]) -> Callable[[], None]:
    """Look at ``params`` before and after ``act``; the check, for later, is that the arrays are the same objects."""

    judge.mapping(block.params.fetch(), names, "params")

    def look() -> list[Any]:
        return [by_handle(block, "params", name) for name in names]

    before = look()
    act()
    after = [look(), look()]

    def check() -> None:
        for name, first, *later in zip(names, before, *after, strict=True):
            judge.true(
                all(each is first for each in later),
                f"params[{name!r}] is another array than before.",
                "Who trains the model holds on to these arrays: keep them, and change nothing but their contents.",
            )

    return check


# On the device


def on_device(student: StudentProxy, value: np.ndarray) -> RemoteObject:
    """``value`` as an array of pretend_cupy's, made by ours."""
    return made(student.pretend_cupy.asarray(value), "pretend_cupy.asarray")


def reads(student: StudentProxy) -> int:
    """How often something was copied to the host so far."""
    counts = judge.mapping(student.pretend_cupy.counts(), ["to_host", "to_device"], "counts()")
    return judge.integer(counts["to_host"], "the number of copies")


def fetched(value: Any, what: str) -> Any:
    """The numbers of an array that should be the device's."""
    if isinstance(value, np.ndarray):
        judge.fail(f"{what} is an array of NumPy's, expected one of the device's library.", OF_DEVICE)
    if not isinstance(value, RemoteObject) or value._type_name != "Array":
        judge.fail(f"{what} is {judge.kind_of(value)}, expected an array of the device's library.", OF_DEVICE)
    return value.get()
