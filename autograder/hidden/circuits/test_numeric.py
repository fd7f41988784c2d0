"""Hidden items of numeric.py. The functions to differentiate live here: calls are counted, points are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograder.suite import item, judge
from autograder.suite.proxy import RemoteObject

H = 1e-5


class Probe:
    """A function given to the student; notes where it is evaluated. What f returns is passed on as it is."""

    def __init__(self, f: Callable[[np.ndarray], Any], shape: tuple[int, ...]) -> None:
        self.f, self.shape = f, shape
        self.points: list[np.ndarray] = []
        self.odd = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        x = args[0] if len(args) == 1 and not kwargs else None
        if isinstance(x, float) and self.shape == ():
            x = np.asarray(x)
        if not isinstance(x, np.ndarray) or x.shape != self.shape:
            self.odd = self.odd or f"f is given {judge.kind_of(x)}, expected an array of shape {self.shape}."
            x = np.zeros(self.shape)
        elif x.dtype != np.float64:
            self.odd = self.odd or f"f is given an array of dtype {x.dtype}, expected float64."
        self.points.append(np.array(x, dtype=np.float64))
        return self.f(self.points[-1].copy())

    def looked_at(self) -> list[np.ndarray]:
        """The points so far; fails where f was given something else."""
        judge.true(not self.odd, self.odd, "Take x as a float64 array first; f takes arrays of x's own shape.")
        return self.points


def curved(draw: Any, *shape: int) -> Callable[[np.ndarray], float]:
    """A function whose entries belong together: no slope is right beside a point that was not put back.

    Each second derivative is at least 3 and each third at least 5, so that one side, two sides and every h differ.
    """
    rates, weights = draw.uniform(2.0, 2.5, *shape), draw.signed(*shape, low=0.8, high=1.5)
    lean = draw.uniform(0.5, 1.0, *shape)

    def f(x: np.ndarray) -> float:
        return float(np.sum(weights * np.exp(rates * x)) + 3.0 * np.sum(lean * x) ** 3)

    return f


def near(got: Any, true: Any, what: str, atol: float | None = None) -> None:
    judge.array(got, true, what, rtol=judge.NUMERIC_RTOL, atol=atol)


def gradient_items(question: str, cases: Sequence[tuple[str, str, str]]) -> list[Any]:
    """One parameter per case: its id, its property, its title."""
    return [pytest.param(name, id=name, marks=item(question, prop, title)) for name, prop, title in cases]


def start(draw: Any, case: str) -> Any:
    """The x of a case."""
    match case:
        case "matrix":
            return draw.uniform(0.2, 0.9, 5, 3)
        case "purity":  # so near 0 that x + h - h is not x: to subtract is not to put back
            return draw.uniform(1e-6, 9e-6, 17)
        case "integers":
            return draw.rng.permutation(np.array([1, 0, -1, 2]))
        case "number":
            return float(draw.uniform(0.2, 0.9))
        case _:
            return draw.uniform(0.2, 0.9, 17)


CASES = [
    ("matrix", "value", "A matrix, by the default h"),
    ("step", "value", "The h that is given is used"),
    ("integers", "dtype", "An integer array counts as float64"),
    ("number", "dtype", "A Python number counts as float64"),
]


def differentiated(student: Any, reference: Any, draw: Any, name: str, case: str) -> None:
    """Run ``name`` on a case; its values against the reference's on the same function, points included."""
    x = start(draw, case)
    f = curved(draw, *np.shape(x))
    probe = Probe(f, np.shape(x))
    more = {"h": 0.05} if case == "step" else {}
    got = getattr(student.numeric, name)(probe, x, **more)
    probe.looked_at()
    near(got, getattr(reference.numeric, name)(f, x, **more), "the gradient")


def pure(student: Any, reference: Any, draw: Any, name: str) -> None:
    x = start(draw, "purity")
    f = curved(draw, *x.shape)
    got = getattr(student.numeric, name)(Probe(f, x.shape), x)
    facts = student.last
    near(got, getattr(reference.numeric, name)(f, x), "the gradient")
    judge.untouched(facts, ["f", "x"])
    judge.unshared(facts, ["f", "x"], ["the gradient"])


def moves(points: list[np.ndarray], x: np.ndarray) -> list[tuple[int, float]]:
    """(entry, by how much it is moved) of each point; entry -1 for x itself; fails where several entries move."""
    found = []
    for point in points:
        moved = np.flatnonzero(np.abs(point - x).ravel() > H / 1000)
        judge.true(len(moved) <= 1, "f is evaluated where more than one entry of x is moved.", "Put each entry back.")
        entry = int(moved[0]) if len(moved) else -1
        found.append((entry, float(point.ravel()[entry] - x.ravel()[entry]) if len(moved) else 0.0))
    return found


# numerical_gradient


@pytest.mark.parametrize("case", gradient_items("circuits.numerical_gradient", CASES))
def test_numerical_gradient(student, reference, draw, case):
    differentiated(student, reference, draw, "numerical_gradient", case)


@item("circuits.numerical_gradient", "calls", "f is called 2 · size times, at x ± h in one entry")
def test_numerical_gradient_points(student, draw):
    x = start(draw, "points")
    probe = Probe(curved(draw, *x.shape), x.shape)
    student.numeric.numerical_gradient(probe, x)
    found = moves(probe.looked_at(), x)
    judge.true(len(found) == 2 * x.size, f"f is called {len(found)} times for {x.size} entries, expected {2 * x.size}.")
    for i in range(x.size):
        steps = sorted(step for entry, step in found if entry == i)
        judge.true(len(steps) == 2, "f is not called twice for each entry, once on either side of x.")
        judge.true(bool(np.allclose(steps, [-H, H], rtol=1e-6)), "f is not evaluated at x + h and x - h, by h = 1e-5.")


@item("circuits.numerical_gradient", "purity", "x is what it was, to the last bit")
def test_numerical_gradient_purity(student, reference, draw):
    pure(student, reference, draw, "numerical_gradient")


# one_sided_gradient


@pytest.mark.parametrize("case", gradient_items("circuits.one_sided_gradient", CASES))
def test_one_sided_gradient(student, reference, draw, case):
    differentiated(student, reference, draw, "one_sided_gradient", case)


@item("circuits.one_sided_gradient", "calls", "f is called at most size + 1 times, by h = 1e-5")
def test_one_sided_gradient_points(student, draw):
    x = start(draw, "points")
    probe = Probe(curved(draw, *x.shape), x.shape)
    student.numeric.one_sided_gradient(probe, x)
    found = moves(probe.looked_at(), x)
    most = x.size + 1
    judge.true(
        len(found) <= most,
        f"f is called {len(found)} times for {x.size} entries; {most} are enough.",
        "f(x) is the same for every entry.",
    )
    for i in range(x.size):
        steps = [step for entry, step in found if entry == i]
        judge.true(
            len(steps) == 1 and bool(np.isclose(steps[0], H, rtol=1e-6)),
            "f is not evaluated once at x + h for each entry, by h = 1e-5.",
        )


@item("circuits.one_sided_gradient", "purity", "x is what it was, to the last bit")
def test_one_sided_gradient_purity(student, reference, draw):
    pure(student, reference, draw, "one_sided_gradient")


# relative_error


def pairs(draw: Any, case: str) -> tuple[Any, Any]:
    """The two arguments of a case."""
    match case:
        case "numbers":
            return draw.number(), draw.number()
        case "tiny":  # the largest error is where |a| + |b| is below 1e-8; and zero against zero is none
            scale = draw.uniform(0.8, 1.2)
            return scale * np.array([2.2e-9, 1.0, 0.0, 3e-13]), scale * np.array([1.8e-9, 1.05, 0.0, 1e-13])
        case "signs":  # the sum of the magnitudes: equal magnitudes of opposite signs are as wrong as can be
            b = draw.positive(5)
            return b * np.array([1.0, -1.0, 1.0, 1.0, 1.0]), b * (1 + 1e-3)
        case _:  # the largest error is neither where the numbers nor where their differences are largest
            b = draw.positive(5, 3) * 10.0 ** np.arange(-2.0, 3.0)[:, None]
            apart = draw.uniform(0.01, 0.05, 5, 3)
            apart[1, 1], apart[2, 2] = 0.4, -0.3
            return b * (1 + apart), b


ERROR_CASES = [
    ("arrays", "Arrays of very different magnitudes"),
    ("signs", "Opposite signs"),
    ("tiny", "Tiny numbers: the denominator is at least 1e-8"),
    ("numbers", "Two numbers"),
]


@pytest.mark.parametrize(
    "case", [pytest.param(n, id=n, marks=item("circuits.relative_error", "value", t)) for n, t in ERROR_CASES]
)
def test_relative_error(student, reference, draw, case):
    a, b = pairs(draw, case)
    judge.array(student.numeric.relative_error(a, b), reference.numeric.relative_error(a, b), "the relative error")


@item("circuits.relative_error", "value", "NaN stays NaN, wherever it stands")
def test_relative_error_nan(student, draw):
    for place in (0, 2, 4):
        a, b = draw.signed(5), draw.signed(5)
        (a if place else b)[place] = np.nan
        got = judge.number(student.numeric.relative_error(a, b), "the relative error")
        judge.true(bool(np.isnan(got)), "a NaN among the entries is lost; it must stay visible.")


def refused(student: Any, a: Any, b: Any) -> None:
    try:
        student.numeric.relative_error(a, b)
    except ValueError:
        return
    judge.fail("different shapes are accepted, expected a ValueError.", "Broadcasting would compare anything.")


@item("circuits.relative_error", "errors", "Shapes that would broadcast are refused")
def test_relative_error_shapes(student, draw):
    refused(student, draw.signed(5), draw.signed(3, 5))
    refused(student, draw.signed(5), draw.number())


@item("circuits.relative_error", "errors", "Shapes of equal size are refused")
def test_relative_error_sizes(student, draw):
    refused(student, draw.signed(5, 1), draw.signed(1, 5))
    refused(student, draw.signed(5), draw.signed(5, 1))


# check_gradient

QUIET = 1e-6
"""Right blocks stay two orders below; a difference at a moved point, or of one side, lies an order above."""


def block_inputs(draw: Any) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """(x, y) and upstream of the doubles' blocks; no gradient is near zero, where rounding would speak."""
    return (draw.signed(5, 3), draw.uniform(0.4, 1.1, 3)), draw.positive(5, low=0.6)


def error_of(student: Any, block: Any, inputs: tuple[Any, ...], upstream: Any, **more: Any) -> float:
    return judge.number(student.numeric.check_gradient(block, inputs, upstream, **more), "the result")


@item("circuits.check_gradient", "value", "A right block is found right", partners=True)
def test_check_right(student, draw):
    """Catches no mistake alone; it is the other side of the items below."""
    got = error_of(student, student.doubles.RightBlock(), *block_inputs(draw))
    judge.true(
        0 <= got < QUIET,
        f"a right block gets {got:.1e}, expected less than 1e-6.",
        "Is upstream in both gradients, and backward called right after a forward at the inputs themselves?",
    )


@item("circuits.check_gradient", "value", "A gradient 1.5 times too large: 0.2", partners=True)
def test_check_wrong(student, draw):
    got = error_of(student, student.doubles.WrongBlock(), *block_inputs(draw))
    judge.array(got, 0.2, "the error of a block whose second gradient is 1.5 times too large", rtol=1e-6)


def wrong_gate(student: Any, kind: str, slopes: Callable[..., Any]) -> Any:
    """A gate of the doubles with other local gradients."""
    gate = given(student, kind)
    gate.slopes = slopes
    return gate


def given(student: Any, kind: str) -> Any:
    gate = getattr(student.doubles, kind)()
    judge.true(isinstance(gate, RemoteObject), f"doubles.{kind} makes no gate.", "doubles.py is given: keep it.")
    return gate


def two(draw: Any) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """(x, y) and upstream of a Twist, whose gradients are upstream * (y + 1) and upstream * x."""
    return (draw.signed(7), draw.uniform(0.3, 2.0, 7)), draw.uniform(2.0, 3.0, 7)


@item("circuits.check_gradient", "value", "Both gradients are wrong, the first more", partners=True)
def test_check_first(student, draw):
    gate = wrong_gate(student, "Twist", lambda x, y: (3.0 * (y + 1), 1.5 * x))
    got = error_of(student, gate, *two(draw))
    judge.array(got, 0.5, "the error of a block with gradients 3 and 1.5 times too large", rtol=1e-6)


@item("circuits.check_gradient", "value", "A block with one input", partners=True)
def test_check_one(student, draw):
    gate = wrong_gate(student, "Bend", lambda x: (3.0 * (1 + 0.5 * np.cos(x)),))
    got = error_of(student, gate, (draw.signed(7),), draw.upstream(7))
    judge.array(got, 0.5, "the error of a block whose gradient is three times too large", rtol=1e-6)


@item("circuits.check_gradient", "value", "A block that forgets upstream once is found out", partners=True)
def test_check_upstream(student, draw):
    (x, y), upstream = two(draw)
    gate = given(student, "Twist")
    gate.backward = lambda upstream: (y + 1, upstream * x)
    true = float(np.max((upstream - 1) / (upstream + 1)))
    got = error_of(student, gate, (x, y), upstream)
    judge.array(got, true, "the error of a block that forgets upstream", rtol=1e-6)


@item("circuits.check_gradient", "value", "The h that is given is used", partners=True)
def test_check_step(student, draw):
    h = 0.1
    share = np.sin(h) / h  # by steps of h the slope of sin is cos times this
    gate = wrong_gate(student, "Twist", lambda x, y: (np.cos(x), np.ones(7)))
    gate.value = lambda x, y: np.sin(x) + y
    got = error_of(student, gate, *two(draw), h=h)
    judge.array(got, float((1 - share) / (1 + share)), "the error of a right block by h = 0.1", rtol=1e-6)


@item("circuits.check_gradient", "value", "A NaN in the first gradient is not lost", partners=True)
def test_check_nan(student, draw):
    gate = wrong_gate(student, "Twist", lambda x, y: (y + np.nan, x))
    got = error_of(student, gate, *two(draw))
    judge.true(bool(np.isnan(got)), "a NaN in a gradient is lost; the largest error must then be NaN.")


# numerical_jacobian


def field(draw: Any, outputs: tuple[int, ...], inputs: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """A curved function from arrays of the shape ``inputs`` to arrays of the shape ``outputs``."""
    size = int(np.prod(inputs))
    a, b = draw.uniform(0.5, 1.0, *outputs, size), draw.signed(*outputs, size, low=0.8)

    def f(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(a @ x.ravel()) + b @ np.exp(2 * x.ravel()))

    return f


JACOBIANS = [
    ("matrices", "value", "Matrices in and out are counted in C order", (2, 3), (5, 2), {}),
    ("scalar", "value", "A function that returns one number: one row", (5,), (), {}),
    ("step", "value", "The h that is given is used", (3,), (5,), {"h": 0.05}),
    ("integers", "dtype", "An integer array counts as float64", (3,), (2,), {}),
    ("number", "dtype", "A Python number counts as float64: one column", (), (5,), {}),
]


@pytest.mark.parametrize(
    ("case", "inputs", "outputs", "more"),
    [
        pytest.param(name, inputs, outputs, more, id=name, marks=item("circuits.numerical_jacobian", prop, title))
        for name, prop, title, inputs, outputs, more in JACOBIANS
    ],
)
def test_numerical_jacobian(student, reference, draw, case, inputs, outputs, more):
    x = np.array([1, 0, -1]) if case == "integers" else draw.uniform(0.2, 0.9, *inputs)
    x = float(x) if inputs == () else x
    f = field(draw, outputs, inputs)
    probe = Probe(lambda point: float(f(point)) if outputs == () else f(point), inputs)
    got = student.numeric.numerical_jacobian(probe, x, **more)
    probe.looked_at()
    near(got, reference.numeric.numerical_jacobian(f, x, **more), "the Jacobian")


@item("circuits.numerical_jacobian", "purity", "x is what it was, to the last bit")
def test_numerical_jacobian_purity(student, reference, draw):
    x = start(draw, "purity")
    f = field(draw, (2,), x.shape)
    got = student.numeric.numerical_jacobian(Probe(f, x.shape), x)
    facts = student.last
    near(got, reference.numeric.numerical_jacobian(f, x), "the Jacobian")
    judge.untouched(facts, ["f", "x"])
    judge.unshared(facts, ["f", "x"], ["the Jacobian"])
