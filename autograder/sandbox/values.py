"""Values as trees that msgpack can carry, and back as plain ones: the only form in which data crosses the wire.

A tree is None, bool, int, float, str, or a list whose first entry is a tag of `TAGS`. Nothing is unpickled and no
name is resolved on the grader's side; arrays are rebuilt from an allow-listed dtype, a shape and bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

TAGS = {
    "l": "list",
    "t": "tuple",
    "d": "dict, as pairs",
    "n": "iterator, drained up to a cap",
    "a": "array: dtype, shape, bytes, and whether it was a scalar",
    "i": "integer beyond 64 bits, in decimal",
    "c": "complex number",
    "r": "random generator: name and state",
    "y": "NumPy's type of a number, by the name of its dtype; only the grader sends one",
    "h": "handle: number, type name, whether it can be called",
    "p": "name in a student module",
    "f": "function of the grader's",
    "s": "class of the grader's: source of its shell, number of the function that answers it",
    "o": "what cannot cross: its type name",
}

_DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
DTYPES = frozenset(_DTYPES.split())
_NAMES = {np.dtype(name): name for name in DTYPES}  # `dtype.name` takes longer than all else that packs a small array
TYPES = {np.dtype(name).type: name for name in DTYPES}
MAX_BYTES = 48 * 2**20
MAX_DIMENSIONS = 8
MAX_DEPTH = 32
MAX_ENTRIES = 200_000
MAX_STATE = 2_000
"""Characters of a generator's state; a PCG64's has about 150."""

Tree = Any
Hook = Callable[[Any], Tree]


class ValueFault(Exception):
    """A tree is not what `pack` makes, or is over a cap."""


class Opaque:
    """Stands for a value that cannot cross; only its type's name is known."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


class Packer:
    """Turns values into trees; ``other`` packs what is no plain data (objects, functions), or returns None.

    ``met`` is called with each array on the way.
    """

    def __init__(self, other: Hook, met: Callable[[np.ndarray], Any] | None = None) -> None:
        self.other, self.met = other, met
        self.left = MAX_ENTRIES
        self.arrays: list[tuple[str, np.ndarray]] = []

    def pack(self, value: Any, where: str = "", depth: int = 0) -> Tree:
        """The tree of ``value``; arrays met on the way are noted in ``arrays`` under their place in it."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            return ["o", f"{type(value).__name__} (too large or nested too deeply)"]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, np.ndarray | np.generic):
            return self._array(value, where)
        if isinstance(value, str):
            return text_of(value)
        if isinstance(value, int):
            number = int(value)
            return number if -(2**63) <= number < 2**63 else _large(number)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, complex):
            return ["c", value.real, value.imag]
        return self._container(value, where, depth + 1)

    def _container(self, value: Any, where: str, depth: int) -> Tree:
        if isinstance(value, list | tuple):
            tag = "l" if isinstance(value, list) else "t"
            return [tag, *[self.pack(entry, f"{where}[{i}]", depth) for i, entry in enumerate(value)]]
        if isinstance(value, dict):
            return [
                "d",
                *[
                    [self.pack(_plain_key(key), "", depth), self.pack(entry, f"{where}[{key!r}]", depth)]
                    for key, entry in list(value.items())
                ],
            ]
        return self.other(value)

    def _array(self, value: np.ndarray | np.generic, where: str) -> Tree:
        scalar = isinstance(value, np.generic)
        array = np.asarray(value)
        name = _NAMES.get(array.dtype) or array.dtype.name
        if name not in DTYPES or array.ndim > MAX_DIMENSIONS or array.nbytes > MAX_BYTES:
            return ["o", f"array of {name}, shape {tuple(map(int, array.shape))}"]
        if isinstance(value, np.ndarray):
            self.arrays.append((where, array))
            if self.met:
                self.met(value)
        native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
        return ["a", name, list(map(int, array.shape)), native.tobytes(), scalar]


class Unpacker:
    """Turns trees into values; ``special`` answers the tags h, p, f, s, r and y (or raises ValueFault).

    ``met`` is called with each array on the way.
    """

    def __init__(
        self, special: Callable[[list[Any]], Any], met: Callable[[np.ndarray], Any] | None = None
    ) -> None:
        self.special, self.met = special, met
        self.left = MAX_ENTRIES
        self.bytes_left = MAX_BYTES

    def unpack(self, tree: Tree, depth: int = 0) -> Any:
        """The plain value of ``tree``; raises ValueFault for anything `Packer` would not have made."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH + 1:
            raise ValueFault("too many or too deeply nested values")
        if tree is None or isinstance(tree, bool | int | float | str):
            return tree
        if not isinstance(tree, list) or not tree or not isinstance(tree[0], str) or tree[0] not in TAGS:
            raise ValueFault("no tagged value")
        tag, *rest = tree
        match tag:
            case "l" | "n":
                return [self.unpack(entry, depth + 1) for entry in rest]
            case "t":
                return tuple(self.unpack(entry, depth + 1) for entry in rest)
            case "d":
                return self._dict(rest, depth + 1)
            case "a":
                array = self._array(rest)
                if self.met and rest[3] is not True:
                    self.met(array)
                return array
            case _:
                return self._scalar(tag, rest, tree)

    def _scalar(self, tag: str, rest: list[Any], tree: list[Any]) -> Any:
        if tag == "i" and len(rest) == 1 and isinstance(rest[0], str) and len(rest[0]) <= 4000:
            digits = rest[0].removeprefix("-")
            if digits.isascii() and digits.isdigit():
                return int(rest[0])
        elif tag == "c" and len(rest) == 2 and all(isinstance(part, float) for part in rest):
            return complex(rest[0], rest[1])
        elif tag == "o" and len(rest) == 1 and isinstance(rest[0], str):
            return Opaque(rest[0][:200])
        elif tag in "hpfrsy":
            return self.special(tree)
        raise ValueFault(f"malformed value of tag {tag!r}")

    def _dict(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        result = {}
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2:
                raise ValueFault("a dict entry is no pair")
            key = self.unpack(pair[0], depth)
            try:
                result[key] = self.unpack(pair[1], depth)
            except TypeError:
                raise ValueFault("a dict key cannot be hashed") from None
        return result

    def _array(self, rest: list[Any]) -> np.ndarray:
        if len(rest) != 4 or not isinstance(rest[0], str) or rest[0] not in DTYPES or not isinstance(rest[1], list):
            raise ValueFault("malformed array")
        dtype, shape, data = np.dtype(rest[0]), rest[1], rest[2]
        if len(shape) > MAX_DIMENSIONS or not isinstance(data, bytes):
            raise ValueFault("malformed array")
        size = 1
        for length in shape:
            if type(length) is not int or not 0 <= length <= MAX_BYTES:
                raise ValueFault("malformed shape")
            size *= length
        self.bytes_left -= len(data)
        if size * dtype.itemsize != len(data) or self.bytes_left < 0:
            raise ValueFault("an array's bytes do not fit its shape")
        try:
            return np.frombuffer(data, dtype=dtype).reshape(shape).copy()
        except ValueError:
            raise ValueFault("malformed shape") from None


def pack_rng(rng: np.random.Generator) -> Tree:
    """A generator as its bit generator's name and state (128-bit integers travel as JSON text)."""
    state = rng.bit_generator.state
    return ["r", state["bit_generator"], json.dumps(state, default=_array_state)]


def unpack_rng(tree: Tree) -> np.random.Generator:
    """A PCG64 generator from its tree; raises ValueFault for anything else."""
    try:
        _, name, text = tree
        if name != "PCG64":
            raise ValueFault("only PCG64 generators cross the wire")
        generator = np.random.Generator(np.random.PCG64(0))
        if not isinstance(text, str) or len(text) > MAX_STATE:
            raise ValueFault("malformed generator state")
        generator.bit_generator.state = json.loads(text)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
        raise ValueFault(f"malformed generator state: {type(error).__name__}") from None
    return generator


def text_of(value: str, cap: int = MAX_BYTES) -> str:
    """A plain str that UTF-8 can carry, at most ``cap`` characters of ``value``."""
    plain = str.__str__(value)[:cap]
    return plain if plain.isascii() else plain.encode("utf-8", "replace").decode("utf-8")


def _array_state(value: Any) -> Any:
    return value.tolist()


def _large(number: int) -> Tree:
    return ["i", str(number)] if number.bit_length() < 12_000 else ["o", "int of thousands of digits"]


def _plain_key(key: Any) -> Any:
    # A NumPy number would come back as an array, which cannot be a key.
    return key.item() if isinstance(key, np.generic) else key
