"""Facts about a call that only the student's process can see: arguments that changed, arrays that share memory.

They are worth few points: code that forges them runs in the same process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import values

_OVERLAP_WORK = 10_000


class Watch:
    """What a call's arguments looked like before it."""

    def __init__(self, args: Sequence[Any], names: Sequence[str]) -> None:
        self.arrays: list[tuple[str, np.ndarray]] = []
        self._copies: list[np.ndarray] = []
        self._containers: list[tuple[str, Any, dict[Any, Any]]] = []
        self._generators: list[tuple[str, np.random.Generator, Any]] = []
        for value, name in zip(args, names, strict=True):
            self._look(value, name)

    def changes(self, pack: Callable[[Any], Any]) -> list[Any]:
        """[where, what, new value] for each change: "contents" of an array, "replaced" or "keys" of a container."""
        found: list[Any] = []
        for (name, array), copy in zip(self.arrays, self._copies, strict=True):
            if array.shape != copy.shape or array.dtype != copy.dtype or array.tobytes() != copy.tobytes():
                found.append([name, "contents", pack(array)])
        for name, container, before in self._containers:
            now = _entries(container)
            if list(now) != list(before):
                found.append([name, "keys", pack(container)])
            found += [
                [f"{name}[{key!r}]", "replaced", pack(now[key])]
                for key in now
                if key in before and now[key] is not before[key]
            ]
        for name, generator, state in self._generators:
            if generator.bit_generator.state != state:
                found.append([name, "rng", values.pack_rng(generator)])
        return found

    def _look(self, value: Any, name: str) -> None:
        if isinstance(value, np.ndarray):
            self.arrays.append((name, value))
            self._copies.append(value.copy())
        elif isinstance(value, list | dict):
            self._containers.append((name, value, _entries(value)))
            for key, entry in _entries(value).items():
                self._look(entry, f"{name}[{key!r}]")
        elif isinstance(value, tuple):
            for key, entry in enumerate(value):
                self._look(entry, f"{name}[{key}]")
        elif isinstance(value, np.random.Generator):
            self._generators.append((name, value, value.bit_generator.state))


def _entries(container: Any) -> dict[Any, Any]:
    return dict(container) if isinstance(container, dict) else dict(enumerate(container))


def shared_memory(
    results: Sequence[tuple[str, np.ndarray]], arguments: Sequence[tuple[str, np.ndarray]], owner: Any
) -> list[tuple[str, str]]:
    """Pairs (place in the result, what it shares memory with): an argument, a parameter, another result."""
    params = getattr(owner, "params", None)
    others = [(f"argument {name}", array) for name, array in arguments]
    if isinstance(params, dict):
        others += [
            (f"params[{key!r}]", array) for key, array in params.items() if isinstance(array, np.ndarray)
        ]
    found = []
    for index, (place, array) in enumerate(results):
        rivals = others + [(f"result {where}", other) for where, other in results[:index]]
        found += [(place, name) for name, other in rivals if _overlap(array, other)]
    return [(values.text_of(a, 200), values.text_of(b, 200)) for a, b in found]


def _overlap(first: np.ndarray, second: np.ndarray) -> bool:
    if not np.may_share_memory(first, second):
        return False
    try:
        return bool(np.shares_memory(first, second, max_work=_OVERLAP_WORK))  # type: ignore[arg-type]  # the stubs know only two of the numbers
    except np.exceptions.TooHardError:
        return True


def update(given: Any, value: Any) -> None:
    """Do to a callback's argument in place what the grader's function did to its copy."""
    if isinstance(given, np.random.Generator):
        given.bit_generator.state = value.bit_generator.state
    else:
        given[...] = value
