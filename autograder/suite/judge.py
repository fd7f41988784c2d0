"""Ordered checks of values that came back, each with its own sentence: type, shape, dtype, finite, value.

Whatever student code returns, a check either passes or raises `Wrong`; it never trips over the value. Comparisons
are positive (``error <= tolerance``), so NaN fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from autograder.sandbox.values import Opaque

from .objects import RemoteName, RemoteObject
from .patterns import explain
from .proxy import Facts

RTOL, ATOL = 1e-10, 1e-14
RTOL32, ATOL32 = 1e-4, 1e-6
NUMERIC_RTOL = 1e-6
GRADIENT_THRESHOLD = 1e-6


class Wrong(AssertionError):
    """A check failed: ``sentence`` says what is wrong and what was expected, ``hint`` how to look for it."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(f"{sentence} Hint: {hint}" if hint else sentence)
        self.sentence, self.hint = sentence, hint


def fail(sentence: str, hint: str = "") -> NoReturn:
    raise Wrong(sentence, hint)


def kind_of(value: Any) -> str:
    """What students call the type of a value that came back."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, RemoteObject | RemoteName | Opaque):
        return "an object"
    return {"str": "a string", "int": "an int", "float": "a float", "bool": "a bool"}.get(
        type(value).__name__, f"a {type(value).__name__}"
    )


def built(value: Any, what: str) -> Any:
    """``value``, if it is an object: attributes and methods can then be asked for. Fails for plain values."""
    if value is None or isinstance(value, bool | int | float | complex | str | list | tuple | dict | Opaque):
        fail(f"{what} gives {kind_of(value)}, expected an object.")
    if isinstance(value, np.ndarray | np.generic | np.random.Generator):
        fail(f"{what} gives {kind_of(value)}, expected an object.")
    return value


def array(
    got: Any,
    expected: Any,
    what: str,
    *,
    upstream: Any = None,
    rtol: float | None = None,
    atol: float | None = None,
    hint: str = "",
) -> None:
    """Pass if ``got`` is ``expected`` in type, shape, dtype and value.

    Where ``expected`` has shape (), a Python or NumPy number is as good. ``upstream`` helps to explain a difference.
    """
    true = np.asarray(expected)
    value = _typed(got, true, what, hint)
    if value.shape != true.shape:
        fail(f"{what} has shape {value.shape}, expected {true.shape}.", hint or _shape_hint(value, true))
    if value.dtype != true.dtype and not isinstance(got, bool | int | float):
        fail(f"{what} has dtype {value.dtype}, expected {true.dtype}.", hint)
    close(value, true, what, upstream=upstream, rtol=rtol, atol=atol, hint=hint)


def _typed(got: Any, true: np.ndarray, what: str, hint: str) -> np.ndarray:
    if isinstance(got, np.ndarray):
        return got
    if true.shape == () and isinstance(got, bool | int | float):
        return np.asarray(got if abs(got) < 2**63 else _as_float(got))
    wanted = "a number" if true.shape == () else f"an array of shape {true.shape}"
    if isinstance(got, tuple | list) and len(got) == 1 and isinstance(got[0], np.ndarray):
        fail(f"{what} is a {type(got).__name__} of one array, expected the array itself.", hint)
    fail(f"{what} is {kind_of(got)}, expected {wanted}.", hint or ("Is a return missing?" if got is None else ""))


def _shape_hint(value: np.ndarray, true: np.ndarray) -> str:
    if value.ndim > true.ndim or value.size > true.size:
        return "A gradient has the shape of its input: sum over the axes that were broadcast."
    if value.shape == true.shape[::-1]:
        return "It looks transposed."
    if value.size == true.size:
        return "The number of entries is right; keep the axes of the input."
    return "A gradient has the shape of its input."


def close(
    value: np.ndarray,
    true: np.ndarray,
    what: str,
    *,
    upstream: Any = None,
    rtol: float | None = None,
    atol: float | None = None,
    hint: str = "",
) -> None:
    """Pass if every entry is finite where it should be and ``max|a - b| <= rtol * max|b| + atol`` (API.md)."""
    if value.dtype.kind == "c":
        fail(f"{what} is complex, expected real numbers.", hint)
    single = true.dtype == np.float32
    rtol = (RTOL32 if single else RTOL) if rtol is None else rtol
    atol = (ATOL32 if single else ATOL) if atol is None else atol
    if true.size == 0:
        return
    if not np.all(np.isfinite(value)):
        bad = "NaN" if np.any(np.isnan(value)) else "infinity"
        fail(f"{what} has {bad} in {_share(~np.isfinite(value))}.", hint)
    difference = np.abs(value.astype(np.float64) - true.astype(np.float64))
    limit = rtol * float(np.max(np.abs(true))) + atol
    if float(np.max(difference)) <= limit:
        return
    wrong = ~(difference <= limit)
    worst = float(np.max(difference)) / max(float(np.max(np.abs(true))), 1e-300)
    size = f"; the largest error is {worst:.1e} of the largest true value" if worst < 1e-2 else ""
    explained = explain(value, true, None if upstream is None else np.asarray(upstream))
    fail(f"{what} is wrong in {_share(wrong)}{size}.{' ' + explained if explained else ''}", hint)


def _share(mask: np.ndarray) -> str:
    count = int(np.sum(mask))
    if mask.ndim == 0 or mask.size == 1:
        return "its value"
    return "every entry" if count == mask.size else f"{count} of {mask.size} entries"


def several(got: Any, names: Sequence[str], what: str = "the result") -> list[Any]:
    """The parts of a tuple (or list) of ``len(names)`` values, named for the sentence."""
    if isinstance(got, tuple | list) and len(got) == len(names):
        return list(got)
    expected = f"a tuple of {len(names)} ({', '.join(names)})"
    kind = f"a {type(got).__name__} of {len(got)}" if isinstance(got, tuple | list) else kind_of(got)
    fail(f"{what} is {kind}, expected {expected}.", "Is a return missing?" if got is None else "")


def arrays(
    got: Any, expected: Mapping[str, Any], what: str = "the result", *, upstream: Any = None, **options: Any
) -> None:
    """A tuple of values in the order of ``expected``; one expected value means the bare value, not a tuple."""
    parts = [got] if len(expected) == 1 else several(got, list(expected), what)
    for part, (name, true) in zip(parts, expected.items(), strict=True):
        array(part, true, name, upstream=upstream, **options)


def mapping(got: Any, keys: Sequence[str], what: str) -> dict[str, Any]:
    """A dict with exactly ``keys`` (in any order)."""
    if not isinstance(got, dict):
        fail(f"{what} is {kind_of(got)}, expected a dict with the keys {', '.join(keys)}.")
    missing = [key for key in keys if key not in got]
    if missing:
        fail(f"{what} has no entry {missing[0]!r}; expected the keys {', '.join(keys)}.")
    if len(got) != len(keys):
        fail(f"{what} has {len(got)} entries, expected exactly the keys {', '.join(keys)}.")
    return got


def listed(got: Any, length: int | None, what: str) -> list[Any]:
    """A list or tuple, of ``length`` entries unless None."""
    if not isinstance(got, list | tuple):
        fail(f"{what} is {kind_of(got)}, expected a list.")
    if length is not None and len(got) != length:
        fail(f"{what} has {len(got)} entries, expected {length}.")
    return list(got)


def integer(got: Any, what: str) -> int:
    """A whole number, also as a 0-d array."""
    if isinstance(got, np.ndarray) and got.shape == () and got.dtype.kind in "iu":
        return int(got)
    if isinstance(got, int) and not isinstance(got, bool):
        return got
    fail(f"{what} is {kind_of(got)}, expected a whole number.")


def number(got: Any, what: str) -> float:
    """A real number, also as a 0-d array; NaN allowed."""
    if isinstance(got, np.ndarray) and got.shape == () and got.dtype.kind in "iuf":
        return float(got)
    if isinstance(got, int | float) and not isinstance(got, bool):
        return _as_float(got)
    fail(f"{what} is {kind_of(got)}, expected a number.")


def _as_float(value: float) -> float:
    """``value`` as a float, infinite where it is an integer beyond all floats."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def true(condition: bool, sentence: str, hint: str = "") -> None:
    """Pass if ``condition`` is True itself."""
    if condition is not True and not (isinstance(condition, np.bool_) and bool(condition)):
        fail(sentence, hint)


def untouched(facts: Facts, names: Sequence[str] = ()) -> None:
    """No argument of the last call changed (a generator's state may). ``names`` name the arguments by position."""
    for where, what, _ in facts.changes:
        if what != "rng":
            fail(
                f"the argument {_argument(where, names)} is changed by the call.",
                "Work on a copy, or compute a new array: never `x -= …` or `x[...] = …` on an argument.",
            )


def unshared(facts: Facts, names: Sequence[str] = (), results: Sequence[str] = ()) -> None:
    """No array of the last call's result shares memory with an argument, a parameter or another result."""
    for place, other in facts.shared:
        result = _argument(place.strip("[]"), results) if place else (results[0] if results else "the result")
        kind, _, where = other.partition(" ")
        rival = f"the argument {_argument(where, names)}" if kind == "argument" else _rival(other, results)
        fail(
            f"{result} shares memory with {rival}.",
            "Return a copy: whoever changes one of them later would change the other.",
        )


def _rival(other: str, results: Sequence[str]) -> str:
    kind, _, where = other.partition(" ")
    if kind == "result":
        return _argument(where.strip("[]"), results) if where else "another result"
    return "a parameter"


def _argument(where: str, names: Sequence[str]) -> str:
    head = where.partition("[")[0]
    if not head.isascii() or len(head) > 30:
        return "given"  # not from our own watch: student code wrote to the wire
    if head.isdigit() and int(head) < len(names):
        return names[int(head)]
    return head if head.isidentifier() else f"number {int(head) + 1}" if head.isdigit() else "given"
