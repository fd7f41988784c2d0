"""Parameters of the student's models: their names and shapes, written and compared; the arrays themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.suite import judge
from autograder.suite.errors import NotAttempted
from autograder.suite.objects import by_handle
from autograder.suite.proxy import RemoteObject

Arrays = Mapping[str, np.ndarray]
SAME_ARRAYS = "Every access to params gives the same array objects: an optimizer writes into them."


def shapes_of(got: Any, shapes: Mapping[str, tuple[int, ...]], what: str = "params") -> dict[str, np.ndarray]:
    """A dict of float64 arrays with exactly these names and shapes."""
    entries = judge.mapping(got, list(shapes), what)
    for name, shape in shapes.items():
        value = entries[name]
        if not isinstance(value, np.ndarray) or value.shape != shape or value.dtype != np.float64:
            kind = f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else judge.kind_of(value)
            judge.fail(f"{what}[{name!r}] is {kind}, expected a float64 array of shape {shape}.")
    return entries


def write(model: RemoteObject, values: Arrays) -> list[Any]:
    """``params[name][...] = value`` for each, where ``params`` has exactly these names and shapes.

    Returns what `put` writes through, in the same order.
    """
    shapes_of(model.params.fetch(), {name: value.shape for name, value in values.items()})
    held = [model.params[name] for name in values]
    put(held, list(values.values()))
    return held


def put(held: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    """Write again, in one request for each array."""
    for array, value in zip(held, values, strict=True):
        array[...] = value


def overwrite(array: Any, value: np.ndarray, what: str) -> None:
    """``array[...] = value`` for an array of the student's, itself and no copy (`by_handle`)."""
    if not isinstance(array, RemoteObject):
        judge.fail(f"{what} is {judge.kind_of(array)}, expected an array.")
    array.put(np.arange(value.size), value.ravel())


def check_entries(got: Any, expected: Arrays, what: str, hint: str = "") -> None:
    """A dict of arrays, value by value."""
    entries = judge.mapping(got, list(expected), what)
    for name, value in expected.items():
        judge.array(entries[name], value, f"{what}[{name!r}]", hint=hint)


def handles(model: RemoteObject, names: Sequence[str]) -> list[Any]:
    """The parameters themselves: the same array is the same handle."""
    found = []
    for name in names:
        try:
            found.append(by_handle(model, "params", name))
        except NotAttempted:
            judge.fail(f"params has no entry {name!r}.")
    return found


def fresh_start(first: Any, again: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Two sets of new parameters, drawn with equal seeds: equal, weights random, biases at 0."""
    first, again = shapes_of(first, shapes), shapes_of(again, shapes)
    for name, value in first.items():
        if name.split(".")[-1].startswith("b"):
            judge.array(value, np.zeros(shapes[name]), f"params[{name!r}] of a new object")
            continue
        differ = np.unique(value).size == value.size
        judge.true(differ, f"params[{name!r}] of a new object repeats values.", "Weights start random, drawn from rng.")
        judge.true(
            np.array_equal(value, again[name]),
            f"params[{name!r}] differs between two objects made with equal seeds.",
            "Draw from the given rng only.",
        )


def check_again(got: Any, first: Any, what: str, hint: str) -> None:
    """A second answer is the first again; whether that was right is asked elsewhere."""
    if isinstance(first, dict):
        for name, value in first.items():
            check_again(judge.mapping(got, list(first), what)[name], value, f"{what}[{name!r}]", hint)
        return
    if not isinstance(first, np.ndarray) or first.dtype.kind != "f":
        judge.fail(f"{what} is {judge.kind_of(first)}, expected an array.")
    judge.array(got, first, what, hint=hint)
