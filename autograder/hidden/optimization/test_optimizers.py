"""Hidden items of optimizers.py: whole trajectories on scripted gradients, judged step by step.

The parameters live in the grader (`Held`); each step sends them and brings them up to date. A script is a list of
`Move`s: the gradients of one step, and perhaps a learning rate that is set before it. Calls first, judges afterwards.
`value` items accept a parameter that is bound anew in its dict, and changed gradients: those are `purity`. They compare
moves to 1e-6 where an optimizer has an eps, which is asked for under `stability`, and to the course's tolerance
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from autograder.suite import item, judge
from autograder.suite.draws import Draw
from autograder.suite.inplace import Held, learnt, pure, same_path
from autograder.suite.proxy import RemoteObject, StudentProxy

from .learning import LESSONS, SEEDS, STEPS

SHAPES = {"w": (3, 2), "b": (5,)}
Grads = dict[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """An optimizer: how to make it in each kind of item.

    ``plain``: arguments where everything else is the default. ``settings``: other hyperparameters, one instance each.
    ``tiny``: gradients as small as the default eps; ``eps``: another eps, beside gradients of 0.01.
    """

    key: str
    name: str
    plain: Options = field(default_factory=dict)
    settings: tuple[Options, ...] = ()
    tiny: float = 0.0
    eps: float = 0.0

    @property
    def rtol(self) -> float | None:
        return 1e-6 if self.tiny else None


OPTIMIZERS = {
    case.key: case
    for case in (
        Case("sgd", "SGD", {"lr": 0.3}, ({},)),
        Case("momentum", "Momentum", {"lr": 0.2}, ({"momentum": 0.7}, {"momentum": 0.6, "averaged": True})),
        Case("nesterov", "Nesterov", {"lr": 0.2}, ({"momentum": 0.7},)),
        Case("adagrad", "Adagrad", {"lr": 0.3}, ({},), 1e-10, 0.02),
        Case("adadelta", "Adadelta", {}, ({"rho": 0.7}, {"rho": 0.95}), 1e-3, 3e-4),
        Case("rmsprop", "RMSProp", {"lr": 0.1}, ({"rho": 0.6},), 1e-8, 0.02),
        Case("adam", "Adam", {}, ({"beta1": 0.7, "beta2": 0.95}, {"beta1": 0.5}), 1e-8, 0.02),
        Case("sparse_adam", "SparseAdam", {}, ({"beta1": 0.7, "beta2": 0.95}, {"beta1": 0.5}), 1e-8, 0.02),
    )
}
DECAYING = tuple(key for key in OPTIMIZERS if key != "sparse_adam")
ADAPTIVE = tuple(key for key, case in OPTIMIZERS.items() if case.tiny)


@dataclass(frozen=True)
class Move:
    """One step: its gradients, and the learning rate to set before it (None: as it is)."""

    grads: Grads
    lr: float | None = None


def of_optimizers(prop: str, title: str, keys: Sequence[str] = tuple(OPTIMIZERS)) -> pytest.MarkDecorator:
    """One item per optimizer."""
    params = [pytest.param(OPTIMIZERS[key], id=key, marks=item(f"optimization.{key}", prop, title)) for key in keys]
    return pytest.mark.parametrize("case", params)


# Taking steps


def new(student: StudentProxy, name: str, options: Options) -> RemoteObject:
    """The student's optimizer."""
    optimizer = getattr(student.optimizers, name)(**options)
    if not isinstance(optimizer, RemoteObject):
        judge.fail(f"{name}(…) gives {judge.kind_of(optimizer)}, expected an optimizer with step.")
    return optimizer


def method(optimizer: Any) -> Callable[..., Any]:
    step = optimizer.step
    if not callable(step):
        judge.fail(f"step is {judge.kind_of(step)}, expected a method.")
    return step


def walk(held: Held, optimizer: Any, moves: Sequence[Move]) -> None:
    step = method(optimizer)
    for move in moves:
        if move.lr is not None:
            optimizer.lr = move.lr
        held.step(step, move.grads)


class Pair:
    """The student's optimizer and the reference's, made alike, each with its own copy of the same parameters."""

    def __init__(
        self, student: Any, reference: Any, name: str, options: Options, params: Mapping[str, Any], label: str = ""
    ) -> None:
        self.mine, self.true = Held(params, lambda: student.last, label), Held(params)
        self.optimizer = new(student, name, options)
        self.reference = getattr(reference.optimizers, name)(**options)

    def walk(self, moves: Sequence[Move]) -> None:
        walk(self.mine, self.optimizer, moves)
        walk(self.true, self.reference, moves)

    def check(self, rtol: float | None = None, hint: str = "") -> None:
        same_path(self.mine, self.true, rtol=rtol, hint=hint)


def some(draw: Draw, *names: str) -> Grads:
    """A gradient for each name, away from 0."""
    return {name: draw.signed(*SHAPES[name]) for name in names}


def scaled(grads: Grads, factor: float) -> Grads:
    return {name: factor * value for name, value in grads.items()}


# Values


@of_optimizers("value", "Steps with gradients that stay, turn round, vanish and change")
def test_steps(student, reference, draw, case):
    pair = Pair(student, reference, case.name, case.plain, some(draw, "w"))
    grads = some(draw, "w")
    turns = [1.0, 1.0, 1.0, -1.0, 0.0, 0.5]
    pair.walk([*(Move(scaled(grads, turn)) for turn in turns), Move(some(draw, "w"))])
    pair.check(case.rtol)


@of_optimizers("value", "Other hyperparameters, and a learning rate that changes between two steps")
def test_settings(student, reference, draw, case):
    pairs = []
    for options in case.settings:
        lr = float(draw.uniform(0.05, 0.2))
        label = "with " + ", ".join(f"{name}={value}" for name, value in options.items()) if options else ""
        pair = Pair(student, reference, case.name, {**options, "lr": lr}, some(draw, "w"), label)
        pair.walk([Move(some(draw, "w"), rate) for rate in (None, None, 3.0 * lr, None, 0.4 * lr)])
        pairs.append(pair)
    for pair in pairs:
        pair.check(case.rtol, "Use every hyperparameter. lr is read anew in each step, and no memory holds it.")


@of_optimizers("value", "Two names whose steps come at different times, two instances side by side")
def test_names(student, reference, draw, case):
    options = {**case.plain, "lr": 0.1}
    pairs = [
        Pair(student, reference, case.name, options, some(draw, "w", "b"), f"of the {which} optimizer")
        for which in ("first", "second")
    ]
    for names in (("w",), ("w", "b"), ("b",), ("b", "w")):
        for pair in pairs:
            pair.walk([Move(some(draw, *names))])
    for pair in pairs:
        pair.check(case.rtol, "What is remembered belongs to one name of one instance.")


@of_optimizers("decay", "Weight decay, w ← w (1 - lr · weight_decay), for weights and biases alike", DECAYING)
def test_decay(student, reference, draw, case):
    options = {**case.plain, "lr": 0.3, "weight_decay": float(draw.uniform(0.3, 0.6))}
    pair = Pair(student, reference, case.name, options, some(draw, "w", "b"))
    grads = [some(draw, "w", "b") for _ in range(2)]
    pair.walk([Move(grads[0]), Move(grads[1], 0.1), Move(scaled(grads[0], 0.0))])
    pair.check(case.rtol, "The decay is decoupled: it goes by the weights, never through the gradient or a memory.")


@of_optimizers("stability", "Gradients that are zero or as small as eps, and another eps", ADAPTIVE)
def test_stability(student, reference, draw, case):
    pairs = []
    for options, size in (({}, case.tiny), ({"eps": case.eps}, 0.01)):
        label = f"with eps={case.eps}" if options else ""
        pair = Pair(student, reference, case.name, {**options, "lr": 1.0}, some(draw, "w"), label)
        grads = [scaled(some(draw, "w"), size) for _ in range(3)]
        grads[0]["w"][1] = 0.0
        pair.walk([Move(each) for each in grads])
        pairs.append(pair)
    for pair in pairs:
        pair.check(hint="Mind where eps stands: it decides where gradients are small.")


@of_optimizers("purity", "Parameters are updated in place, gradients stay as they were")
def test_purity(student, draw, case):
    options = {**case.plain, **({"weight_decay": 0.1} if case.key in DECAYING else {})}
    held = Held(some(draw, "w", "b"), lambda: student.last)
    walk(held, new(student, case.name, options), [Move(some(draw, "w", "b")) for _ in range(3)])
    pure(held)


@of_optimizers("dtype", "float32 stays float32", ("sgd", "momentum"))
def test_dtype(student, reference, draw, case):
    single = {name: value.astype(np.float32) for name, value in some(draw, "w").items()}
    pair = Pair(student, reference, case.name, case.plain, single)
    pair.walk([Move({name: value.astype(np.float32) for name, value in some(draw, "w").items()}) for _ in range(3)])
    pair.check()


@of_optimizers("learning", f"The loss of a small problem falls within {STEPS} steps")
def test_learning(student, case):
    lesson = LESSONS[case.key]
    courses = []
    for seed in SEEDS:
        problem = lesson.problem(seed)
        held = Held(problem.start, lambda: student.last)
        step = method(new(student, case.name, lesson.arguments))
        with np.errstate(all="ignore"):
            for number in range(1, STEPS + 1):
                held.step(step, problem.gradient(held.params, number))
        courses.append((held, problem))
    for held, problem in courses:
        learnt(held, problem.loss, lesson.at_most, "a small quadratic problem")


# SparseAdam: rows

TABLE = (7, 3)


def rows_of(draw: Draw, *rows: int) -> Any:
    return np.array(rows), draw.signed(len(rows), TABLE[1])


@item("optimization.sparse_adam", "value", "Rows: those given move, the others keep every bit")
def test_rows(student, reference, draw):
    start = {"w": draw.signed(*TABLE)}
    pair = Pair(student, reference, "SparseAdam", {"lr": 0.1}, start)
    script = [rows_of(draw, 0, 2, 5), rows_of(draw, 1, 5), rows_of(draw, 0, 6), rows_of(draw, 2, 5, 6)]
    pair.walk([Move({"w": grad}) for grad in script])
    same_rows(pair, script)
    pair.check(1e-6, "Only the given rows of w, m and v change; t counts the steps of the name.")


def same_rows(pair: Pair, script: Sequence[Any]) -> None:
    """Rows that were not given keep every bit."""
    for number, (taken, grad) in enumerate(zip(pair.mine.history, script, strict=True), start=1):
        after = taken.after["w"]
        if not isinstance(grad, tuple) or not isinstance(after, np.ndarray) or after.shape != TABLE:
            continue
        others = np.setdiff1d(np.arange(TABLE[0]), grad[0])
        judge.true(
            np.array_equal(after[others], taken.before["w"][others]),
            f"step {number} moves rows of params['w'] for which it was given no gradient.",
            "A row that the batch does not hold keeps its weights and its memory.",
        )


@item("optimization.sparse_adam", "value", "Rows in any order, some of them several times")
def test_repeats(student, reference, draw):
    pair = Pair(student, reference, "SparseAdam", {"lr": 0.1}, {"w": draw.signed(*TABLE)})
    pair.walk([Move({"w": rows_of(draw, *rows)}) for rows in ((4, 1, 4), (6, 0, 1, 0, 0), (5, 4, 1))])
    pair.check(1e-6, "The values of a row that occurs several times are summed first, and squared afterwards.")


@item("optimization.sparse_adam", "value", "Rows of one name beside an array of another, at different times")
def test_rows_names(student, reference, draw):
    pair = Pair(student, reference, "SparseAdam", {"lr": 0.1}, {"w": draw.signed(*TABLE), "b": draw.signed(5)})
    b = [draw.signed(5) for _ in range(3)]
    w = [rows_of(draw, 3, 1), rows_of(draw, 1, 2)]
    pair.walk([Move({"w": w[0]}), Move({"b": b[0]}), Move({"b": b[1], "w": w[1]}), Move({"b": b[2]})])
    pair.check(1e-6, "Each name has its own m, v and t.")


@item("optimization.sparse_adam", "purity", "Rows and their values stay as they were")
def test_rows_purity(student, draw):
    held = Held({"w": draw.signed(*TABLE)}, lambda: student.last)
    moves = [Move({"w": rows_of(draw, *rows)}) for rows in ((4, 1, 4), (6, 0))]
    walk(held, new(student, "SparseAdam", {}), moves)
    pure(held)


# Newton


def hessian(draw: Draw, size: int, *, saddle: bool = False) -> Any:
    """Symmetric, far from diagonal, eigenvalues of size 0.5 to 4; for a saddle of both signs."""
    turned, _ = np.linalg.qr(draw.normal(size, size))
    values = draw.uniform(0.5, 4.0, size)
    if saddle:
        values[::2] *= -1
    matrix = (turned * values) @ turned.T
    return (matrix + matrix.T) / 2


@dataclass(frozen=True)
class Jump:
    """One item of Newton: shapes by name, its arguments, whether the surface is a saddle."""

    id: str
    title: str
    shapes: Mapping[str, tuple[int, ...]]
    options: Options = field(default_factory=dict)
    saddle: bool = False


JUMPS = (
    Jump("bowl", "One step to the bottom of a bowl", {"w": (5,)}),
    Jump("saddle", "One step to a saddle point: downhill or not", {"w": (5,)}, saddle=True),
    Jump("matrix", "Several parameters, matrices in C order, a learning rate", {"w": (3, 2), "b": (5,)}, {"lr": 0.4}),
    Jump("damping", "Damping on the diagonal", {"w": (3, 2)}, {"lr": 0.7, "damping": 0.3}),
)


def newton_step(held: Held, optimizer: Any, hessians: Grads, lowest: Grads) -> None:
    with np.errstate(all="ignore"):
        grads = {
            name: (hessians[name] @ (held.params[name] - lowest[name]).ravel()).reshape(held.params[name].shape)
            for name in hessians
        }
    held.step(method(optimizer), grads, hessians)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id, marks=item("optimization.newton", "value", case.title)) for case in JUMPS]
)
def test_newton(student, reference, draw, case):
    start, lowest = ({name: draw.signed(*shape) for name, shape in case.shapes.items()} for _ in range(2))
    hessians = {name: hessian(draw, value.size, saddle=case.saddle) for name, value in start.items()}
    pair = Pair(student, reference, "Newton", case.options, start)
    for held, optimizer in ((pair.mine, pair.optimizer), (pair.true, pair.reference)):
        newton_step(held, optimizer, hessians, lowest)
        if case.options:
            optimizer.lr = 0.9
            newton_step(held, optimizer, hessians, lowest)
    pair.check(1e-8)


@item("optimization.newton", "purity", "Gradients and Hessians stay as they were")
def test_newton_purity(student, draw):
    held = Held({"w": draw.signed(3, 2), "b": draw.signed(5)}, lambda: student.last)
    step = method(new(student, "Newton", {"damping": 0.3}))
    for _ in range(2):
        hessians = {name: hessian(draw, value.size) for name, value in held.params.items()}
        held.step(step, {name: draw.signed(*value.shape) for name, value in held.params.items()}, hessians)
    pure(held, ("grads", "hessians"))


# descend


class Surface:
    """The gradient of a surface that is no quadratic; what else it is asked for is noted, and answered with zeros."""

    def __init__(self, draw: Draw, size: int) -> None:
        self.rates, self.centre = draw.uniform(0.5, 1.5, size), draw.signed(size)
        self.odd = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        x = args[0] if len(args) == 1 and not kwargs else None
        if not isinstance(x, np.ndarray) or x.shape != self.centre.shape or x.dtype.kind != "f":
            self.odd = f"gradient is given {judge.kind_of(x)}, expected an array of shape {self.centre.shape}."
            return np.zeros(self.centre.shape)
        return self.rates * np.sinh(x - self.centre)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(steps, id=name, marks=item("optimization.descend", "value", title, partners=True))
        for name, steps, title in (
            ("path", 6, "Every place on the path, the start and the last one included"),
            ("one", 1, "A path of one step"),
        )
    ],
)
def test_descend(student, reference, draw, steps):
    gradient, start, lr = Surface(draw, 3), draw.signed(3), float(draw.uniform(0.1, 0.3))
    optimizer = student.doubles.RecordingOptimizer(lr)
    got = student.optimizers.descend(gradient, start.copy(), optimizer, steps)
    log = optimizer.log
    true = reference.optimizers.descend(gradient, start, reference.optimizers.SGD(lr), steps)
    judge.true(not gradient.odd, gradient.odd, "Give gradient the place where the path is now.")
    judge.array(got, true, "the path", hint="The path has the start in its first row and one row per step after it.")
    taken = len(judge.listed(log, None, "the optimizer's log"))
    judge.true(
        taken == steps, f"optimizer.step is called {taken} times, expected {steps}.", "Let it move the parameters."
    )


@item("optimization.descend", "purity", "start stays as it was", partners=True)
def test_descend_purity(student, draw):
    gradient, start = Surface(draw, 3), draw.signed(3)
    student.optimizers.descend(gradient, start, student.doubles.RecordingOptimizer(0.1), 3)
    facts = student.last
    judge.untouched(facts, ["gradient", "start"])
    judge.unshared(facts, ["gradient", "start"], ["the path"])
