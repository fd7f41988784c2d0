"""What stands in for the prerequisites of assignment 5 that the generic shells cannot do.

Their arguments live in the worker: blocks, activations, a criterion, an initializer, the module ``xp``. The shells
call what lives there themselves, and ask the grader for the rest: numbers, orders, names. An array of
`pretend_cupy` crosses by its memory, which counts no transfer, and comes back as one of its arrays.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.suite.standins import StandIn

CROSSING = """
def inside(value):
    return getattr(value, "_memory", value)

def outside(value, like):
    return type(like)(np.asarray(value)) if hasattr(like, "_memory") else value
"""

AFFINE_SHELL = f"""{CROSSING}
def stand_in(reference):
    class Affine:
        def __init__(self, fan_in, fan_out, rng, initializer=None, dtype=np.float64, xp=np):
            w = None if initializer is None else initializer(fan_in, fan_out, rng)
            first = reference("first", fan_in, fan_out, rng, w, np.dtype(dtype).name)
            self.params = {{name: xp.array(value) for name, value in first.items()}}
            self.grads = {{name: xp.zeros_like(value) for name, value in self.params.items()}}
            self.training = True

        def _params(self):
            return {{name: inside(value) for name, value in self.params.items()}}

        def forward(self, x):
            self.x = x
            return outside(reference("forward", self._params(), inside(x)), x)

        def backward(self, upstream):
            dx, grads = reference("backward", self._params(), inside(self.x), inside(upstream))
            self.grads = {{name: outside(value, upstream) for name, value in grads.items()}}
            return outside(dx, upstream)

        def train(self):
            self.training = True

        def eval(self):
            self.training = False
    return Affine
"""

SEQUENTIAL_SHELL = """
def stand_in(reference):
    class Sequential:
        def __init__(self, *blocks):
            self.blocks = blocks
            self.training = True
            self._order, self._back = reference("orders", len(blocks))
            self._known = {}

        def _collected(self, what):
            names = [list(getattr(block, what)) for block in self.blocks]
            if self._known.get(what, (None,))[0] != names:
                self._known[what] = names, reference("names", names)
            return {key: getattr(self.blocks[i], what)[name] for key, i, name in self._known[what][1]}

        @property
        def params(self):
            return self._collected("params")

        @property
        def grads(self):
            return self._collected("grads")

        def forward(self, x):
            for place in self._order:
                x = self.blocks[place].forward(x)
            return x

        def backward(self, upstream):
            for place in self._back:
                upstream = self.blocks[place].backward(upstream)
            return upstream

        def _switch(self, name):
            self.training = reference(name)
            for block in self.blocks:
                getattr(block, name, lambda: None)()

        def train(self):
            self._switch("train")

        def eval(self):
            self._switch("eval")
    return Sequential
"""

MLP_SHELL = f"""{CROSSING}
def numbers(thing):
    return {{name: value for name, value in vars(thing).items() if isinstance(value, int | float)}}

def stand_in(reference):
    class MLP:
        def __init__(
            self, sizes, activation, criterion, rng, initializer=None, dropout=0.0, dtype=np.float64, xp=np
        ):
            self.criterion, self.training, bend = criterion, True, activation()
            weights = initializer and [initializer(*fans, rng) for fans in reference("fans", list(sizes))]
            parts = [(type(each).__name__, numbers(each)) for each in (bend, criterion)]
            made = reference("make", list(sizes), *parts, rng, weights, dropout, np.dtype(dtype).name)
            self._number, params = made
            self.params = {{name: xp.array(value) for name, value in params.items()}}
            self.grads = {{name: xp.zeros_like(value) for name, value in self.params.items()}}

        def _ask(self, method, *args):
            params = {{name: inside(value) for name, value in self.params.items()}}
            return reference(method, self._number, params, self.training, *map(inside, args))

        def forward(self, x):
            return outside(self._ask("forward", x), x)

        def loss(self, x, targets):
            self._x = x
            return self._ask("loss", x, targets)

        def backward(self):
            dx, grads = self._ask("backward")
            self.grads = {{name: outside(value, self._x) for name, value in grads.items()}}
            return outside(dx, self._x)

        def predict(self, x):
            return outside(self._ask("predict", x), x)

        def train(self):
            self.training = True

        def eval(self):
            self.training = False
    return MLP
"""


def _reference(module: str) -> Any:
    return importlib.import_module(f"solutions.{module}")


# Affine


def _affine(params: Mapping[str, Any]) -> Any:
    w = params["w"]
    layer = _reference("layers").Affine(*w.shape, None, lambda *_: w, w.dtype)
    layer.params["b"][...] = params["b"]
    return layer


def affine(what: str, *args: Any) -> Any:
    """The parameters at first, the output, or (dx, grads); nothing is kept from call to call."""
    if what == "first":
        fan_in, fan_out, rng, w, dtype = args
        initializer = _reference("initializers").he_normal if w is None else lambda *_: w
        return _reference("layers").Affine(fan_in, fan_out, rng, initializer, dtype).params
    layer = _affine(args[0])
    output = layer.forward(args[1])
    return output if what == "forward" else (layer.backward(args[2]), layer.grads)


# Sequential


class _Noting:
    """A block that notes when it runs."""

    def __init__(self, place: int, notes: list[int]) -> None:
        self.place, self.notes = place, notes

    def forward(self, x: Any) -> Any:
        self.notes.append(self.place)
        return x

    backward = forward


def _orders(length: int) -> tuple[list[int], list[int]]:
    notes: list[int] = []
    row = _reference("layers").Sequential(*[_Noting(place, notes) for place in range(length)])
    row.forward(None)
    row.backward(None)
    return notes[:length], notes[length:]


def _names(names: Sequence[Sequence[str]]) -> list[tuple[str, int, str]]:
    blocks = [SimpleNamespace(params={name: (i, name) for name in each}) for i, each in enumerate(names)]
    return [(key, *place) for key, place in _reference("layers").Sequential(*blocks).params.items()]


def sequential(what: str, *args: Any) -> Any:
    """The orders of forward and backward, whose parameter each name is, or what a mode makes of `training`."""
    if what in ("train", "eval"):
        row = _reference("layers").Sequential()
        getattr(row, what)()
        return row.training
    return (_orders if what == "orders" else _names)(*args)


# MLP


def _part(module: str, name: str, numbers: Mapping[str, Any]) -> Any:
    """The reference's activation or loss of that name, with the numbers that the worker's has."""
    made = getattr(_reference(module), name)()
    vars(made).update(numbers)
    return made


def _fans(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """What the reference's MLP asks its initializer for."""
    asked: list[tuple[int, int]] = []

    def initializer(fan_in: int, fan_out: int, rng: Any) -> Any:
        asked.append((fan_in, fan_out))
        return np.zeros((fan_in, fan_out))

    _reference("mlp").MLP(sizes, _reference("activations").Identity, None, None, initializer)
    return asked


def _make(sizes: Any, activation: Any, criterion: Any, rng: Any, weights: Any, dropout: float, dtype: Any) -> Any:
    left = iter(weights or ())
    initializer = _reference("initializers").he_normal if weights is None else lambda *_: next(left)

    def bend() -> Any:
        return _part("activations", *activation)

    return _reference("mlp").MLP(sizes, bend, _part("losses", *criterion), rng, initializer, dropout, dtype)


def models() -> Callable[..., Any]:
    """What answers the shells of one worker: it keeps a model of the reference's for each."""
    made: list[Any] = []

    def answer(what: str, *args: Any) -> Any:
        if what == "fans":
            return _fans(*args)
        if what == "make":
            made.append(_make(*args))
            return len(made) - 1, made[-1].params
        number, params, training, *rest = args
        model = made[number]
        for name, value in params.items():
            model.params[name][...] = value
        (model.train if training else model.eval)()
        if what not in ("forward", "loss", "backward", "predict"):
            raise LookupError("no such method")
        result = getattr(model, what)(*rest)
        return (result, model.grads) if what == "backward" else result

    return answer


def _always(answerer: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    return lambda: answerer


STAND_INS = {
    "affine": StandIn(AFFINE_SHELL, _always(affine)),
    "sequential": StandIn(SEQUENTIAL_SHELL, _always(sequential)),
    "mlp": StandIn(MLP_SHELL, models),
}
