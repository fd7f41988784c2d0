"""A test of Momentum as a table of scenarios: an exact oracle in fractions, an actor that watches, one runner for all.

A test is good if right code passes, however it is written, and wrong code fails. Each scenario is there for one rule;
the oracle is checked against the handout's numbers, worked out by hand, before anybody is judged by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

TOLERANCE = 1e-8
SHAPE = (2,)  # one shape for all names: a memory that they share must give wrong numbers, not an exception
NAMES = ("w", "b", "beta", "v")

Numbers = tuple[Fraction, ...]


def numbers(text: str) -> Numbers:
    """Return the decimals in `text` as exact fractions."""
    return tuple(Fraction(word) for word in text.split())


START = {name: numbers(text) for name, text in zip(NAMES, ("1 -2", "-1.5 3", "2.5 0.5", "-4 -1"), strict=True)}
GRADS = {
    "w": (numbers("1 -2"), numbers("-3 4"), numbers("0 0"), numbers("0.5 1")),
    "b": (numbers("4 1"), numbers("2 -1.5"), numbers("-1 0.5"), numbers("0 0")),
    "beta": (numbers("-1 0.5"), numbers("0 2"), numbers("3 0"), numbers("-2 -2.5")),
    "v": (numbers("0 0"), numbers("1 1"), numbers("-2 0.5"), numbers("1 -3")),
}
CONSTANT = numbers("0.25 0.25 0.25 0.25")
CHANGING = numbers("0.25 0 1.5 0.5")
EVERYBODY = (NAMES,) * 4
IN_TURNS = (("w",), ("b", "v"), ("beta", "b", "w"), ("v", "beta", "b", "w"))


@dataclass(frozen=True)
class Settings:
    """What the arguments of Momentum mean."""

    momentum: Fraction = Fraction("0.9")
    averaged: bool = False
    weight_decay: Fraction = Fraction(0)

    @property
    def gain(self) -> Fraction:
        """The factor of the gradient."""
        return 1 - self.momentum if self.averaged else Fraction(1)


@dataclass
class Oracle:
    """Where one parameter must be, without rounding. A new oracle for each name and instance: nothing is shared."""

    settings: Settings
    place: Numbers
    velocity: Numbers = field(init=False)

    def __post_init__(self) -> None:
        self.velocity = (Fraction(0),) * len(self.place)

    def step(self, lr: Fraction, gradient: Numbers) -> None:
        """Shrink, then move."""
        s = self.settings
        self.velocity = tuple(s.momentum * v + s.gain * g for v, g in zip(self.velocity, gradient, strict=True))
        kept = 1 - lr * s.weight_decay
        self.place = tuple(kept * w - lr * v for w, v in zip(self.place, self.velocity, strict=True))


class Actor:
    """One optimizer under test, the arrays it moves, and the oracles that know better."""

    __slots__ = ("arrays", "handed", "label", "optimizer", "oracles")

    def __init__(self, label: str, optimizer: Any, settings: Settings) -> None:
        self.label, self.optimizer = label, optimizer
        self.arrays = {name: self.as_array(place) for name, place in START.items()}
        self.oracles = {name: Oracle(settings, place) for name, place in START.items()}
        self.handed: list[tuple[np.ndarray, np.ndarray]] = []

    @staticmethod
    def as_array(values: Numbers) -> np.ndarray:
        """Return a new float64 array."""
        return np.array([float(value) for value in values]).reshape(SHAPE)

    def step(self, lr: Fraction, gradients: dict[str, Numbers], write_lr: bool) -> None:
        """Let the optimizer step, and look at everything afterwards."""
        params = {name: self.arrays[name] for name in gradients}
        grads = {name: self.as_array(gradient) for name, gradient in gradients.items()}
        self.handed.extend((grad, grad.copy()) for grad in grads.values())
        if write_lr:
            self.optimizer.lr = float(lr)
        self.optimizer.step(params, grads)
        for name, gradient in gradients.items():
            self.oracles[name].step(lr, gradient)
        for problem in self.problems(params, grads, gradients):
            raise AssertionError(f"{self.label}: {problem}")

    def problems(self, params: dict, grads: dict, named: Iterable[str]) -> Iterator[str]:
        """Yield a sentence for each broken rule."""
        if list(params) != list(named) or list(grads) != list(named):
            yield "a step must not add, remove or reorder names"
        for name in named:
            if params.get(name) is not self.arrays[name]:
                yield f"params[{name!r}] is another array than before"
            if not any(grads.get(name) is grad for grad, _ in self.handed):
                yield f"grads[{name!r}] is another array than before"
        for grad, copy in self.handed:
            if not np.array_equal(grad, copy):
                yield f"the gradient {copy} has become {grad}"
        for name, array in self.arrays.items():
            right = self.as_array(self.oracles[name].place)
            if not np.allclose(array, right, rtol=TOLERANCE, atol=TOLERANCE):
                yield f"{name!r} is {array}, expected {right}"


@dataclass(frozen=True)
class Scenario:
    """One way of making and using a Momentum.

    arguments, keywords: what follows lr at construction. rates: lr of each step. turns: the names of each step.
    actors: how many instances take turns, each with gradients that are -2 times those of the one before.
    write_lr: whether `optimizer.lr` is written at all; first_lr: the lr at construction, if it is not rates[0].
    """

    rule: str
    arguments: tuple = ()
    keywords: dict = field(default_factory=dict)
    rates: Numbers = CONSTANT
    turns: tuple[tuple[str, ...], ...] = EVERYBODY
    actors: int = 1
    write_lr: bool = True
    first_lr: Fraction | None = None
    lr_by_name: bool = False

    @cached_property
    def settings(self) -> Settings:
        """What an optimizer that is made like this must do."""
        return Settings(*self.arguments, **self.keywords)

    def make(self, momentum_class: type) -> Any:
        """Return a new optimizer."""
        lr = float(self.rates[0] if self.first_lr is None else self.first_lr)
        plain = [self.plain(value) for value in self.arguments]
        keywords = {name: self.plain(value) for name, value in self.keywords.items()}
        return momentum_class(lr=lr, **keywords) if self.lr_by_name else momentum_class(lr, *plain, **keywords)

    @staticmethod
    def plain(value: Fraction | bool) -> float | bool:
        """Return a Python number or bool."""
        return value if isinstance(value, bool) else float(value)

    def run(self, momentum_class: type) -> None:
        """Raise AssertionError where the class does not keep to the oracle."""
        actors: list[Actor] = []
        for number, (lr, names) in enumerate(zip(self.rates, self.turns, strict=True)):
            for index in range(self.actors):
                if index == len(actors):  # the second is made when the first has a memory
                    label = f"{self.rule} ({self.settings})"
                    actors.append(Actor(label, self.make(momentum_class), self.settings))
                factor = (-2) ** index
                gradients = {name: tuple(factor * g for g in GRADS[name][number]) for name in names}
                actors[index].step(lr, gradients, self.write_lr)

    def variants(self) -> Iterator[Scenario]:
        """Yield this scenario for both forms, with decay and without."""
        for averaged in (False, True):
            for decay in numbers("0 0.4"):
                yield replace(self, arguments=(Fraction("0.5"), averaged, decay))


def scenarios() -> Iterator[Scenario]:
    """Yield all scenarios, the simple ones first."""
    half, decay = Fraction("0.5"), Fraction("0.4")
    yield Scenario("defaults", write_lr=False)
    yield Scenario("defaults, lr by name", write_lr=False, lr_by_name=True)
    yield Scenario("no memory for momentum 0", keywords={"momentum": Fraction(0)}, write_lr=False)
    yield Scenario("averaged, default momentum", keywords={"averaged": True})
    yield Scenario("decay, default momentum", keywords={"weight_decay": decay})
    by_name = {"weight_decay": decay, "averaged": True, "momentum": half}
    yield Scenario("arguments by name in another order", keywords=by_name, lr_by_name=True)
    yield from Scenario("arguments by position", write_lr=False).variants()
    yield from Scenario("lr is read in each step and is part of no memory", rates=CHANGING).variants()
    yield from Scenario("lr is written before the first step", rates=CHANGING, first_lr=Fraction(3)).variants()
    yield from Scenario("each name has its memory", turns=IN_TURNS).variants()
    yield from Scenario("the order of names plays no part", turns=(NAMES, NAMES[::-1]) * 2).variants()
    yield from Scenario("each instance has its memory", rates=CHANGING, actors=3).variants()


def check_oracle() -> None:
    """Compare the oracle with the handout's numbers for the gradients 2, -1, 0.5, and for decay."""
    for averaged, expected in ((False, "-2 -2.8 -4.02"), (True, "-0.2 -0.28 -0.402")):
        oracle = Oracle(Settings(averaged=averaged), numbers("0"))
        for gradient, place in zip(numbers("2 -1 0.5"), numbers(expected), strict=True):
            oracle.step(Fraction(1), (gradient,))
            assert oracle.place == (place,), "the oracle of this test is wrong"
    oracle = Oracle(Settings(weight_decay=Fraction("0.2")), numbers("1"))
    oracle.step(Fraction("0.5"), numbers("1"))
    assert oracle.place == numbers("0.4"), "the oracle of this test is wrong about decay"


def check_momentum(Momentum: type) -> None:
    """Return None if the class `Momentum` is right, and raise AssertionError if it is wrong.

    Momentum: a class, used like the one in `optimizers.py`: `Momentum(lr, momentum=0.9, averaged=False,
    weight_decay=0.0)`, then `step(params, grads)` as often as you like, with `lr` writable in between.
    It is right if it does what the handout says of Momentum; how it stores its state is its own affair.
    """
    check_oracle()
    for scenario in scenarios():
        scenario.run(Momentum)
