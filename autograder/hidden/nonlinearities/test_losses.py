"""Hidden items of losses.py: softmax and the four losses.

A loss has no upstream gradient: it is the end of the graph. Its loss is compared as a number, its gradient as an array
of the scores' shape and dtype. Softmax and cross-entropy may differ by 1e-6 outside `stability`, so that a small
constant added against zeros costs what it breaks and nothing else. Each test calls first and judges afterwards: what
was called is what the diagnosis can replay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import Facts, RemoteObject, StudentProxy

Shape = tuple[int, ...]
Data = tuple[Any, Any]
LENIENT = 1e-6


# Data: scores and targets off the kinks


def order(draw: Draw, n: int) -> Any:
    """A permutation of range(n)."""
    return np.argsort(draw.uniform(0.0, 1.0, n))


def labels(draw: Draw, n: int, classes: int) -> Any:
    """Integer labels, every class once before one comes again."""
    return (order(draw, n) + 1) % classes


def values(draw: Draw, *shape: int) -> Data:
    """Predictions and targets that differ everywhere, in both directions."""
    return draw.apart(*shape)


def sides(draw: Draw, *shape: int) -> Data:
    """Scores and targets ±1: both classes on the wrong side, within the margin, and beyond it."""
    n = shape[0]
    rows = order(draw, n)
    bands = [draw.uniform(0.3, 0.8, n), draw.uniform(1.2, 2.0, n), -draw.uniform(0.3, 2.0, n)]
    margins = np.choose(rows % 3, bands)
    targets = np.where(rows % 2 == 0, 1.0, -1.0)
    return (targets * margins).reshape(shape), targets


def ranked(draw: Draw, n: int, classes: int) -> Data:
    """Scores near multiples of 0.7, so that margins 1 and 1.6 to 1.9 are kept or broken clearly, and labels.

    The label's rank in its row runs through all; in the last of three rows or more it is ahead by far.
    """
    targets = labels(draw, n, classes)
    levels = np.array([order(draw, classes) for _ in range(n)])
    for row, label in enumerate(targets):
        other = int(np.argmax(levels[row] == row % classes))
        levels[row, [other, label]] = levels[row, [label, other]]
    scores = 0.7 * levels + draw.uniform(-0.05, 0.05, n, classes)
    if n > 2:
        scores[-1, targets[-1]] += 5.0
    return scores, targets


def classified(draw: Draw, n: int, classes: int) -> Data:
    return draw.signed(n, classes), labels(draw, n, classes)


@dataclass(frozen=True)
class LossCase:
    """A loss: how to make it and what to feed it."""

    key: str
    name: str
    data: Callable[..., Data]
    shape: Shape = (7, 5)
    more: tuple[Shape, ...] = ((1, 5), (3, 3))
    others: Shape = (11, 3)  # of another instance
    margins: bool = False
    rtol: float | None = None


LOSSES = {
    case.key: case
    for case in (
        LossCase("mean_squared_error", "MeanSquaredError", values, more=((7,), (1, 5), (5, 1), (3, 3))),
        LossCase("binary_hinge", "BinaryHinge", sides, shape=(7,), more=((1,), (11,)), others=(11,)),
        LossCase("multiclass_svm", "MulticlassSVM", ranked, margins=True),
        LossCase("softmax_cross_entropy", "SoftmaxCrossEntropy", classified, rtol=LENIENT),
    )
}
LABELLED = ("multiclass_svm", "softmax_cross_entropy")


def of_losses(prop: str, title: str, keys: Sequence[str] = tuple(LOSSES)) -> pytest.MarkDecorator:
    """One item per loss."""
    params = [
        pytest.param(LOSSES[key], id=key, marks=item(f"nonlinearities.{key}", prop, title.format(LOSSES[key].name)))
        for key in keys
    ]
    return pytest.mark.parametrize("case", params)


def margin_of(draw: Draw, case: LossCase) -> tuple[float, ...]:
    """The arguments of a loss: for the SVM a margin other than 1."""
    return (float(draw.uniform(1.6, 1.9)),) if case.margins else ()


# One pass through a loss: the truth, and the student's


@dataclass(frozen=True)
class Pass:
    """Scores and targets, what the loss is made with, and what the reference makes of them."""

    data: Data
    constants: tuple[float, ...]
    loss: float
    gradient: Any
    rtol: float | None

    @property
    def single(self) -> bool:
        """Whether float32 arrays take part, so that no more than their digits can be asked for."""
        return any(each.dtype == np.float32 for each in self.data)


def truth(reference: Any, case: LossCase, data: Data, constants: tuple[float, ...] = ()) -> Pass:
    loss = getattr(reference.losses, case.name)(*constants)
    return Pass(data, constants, float(loss.forward(*data)), loss.backward(), case.rtol)


def new(student: StudentProxy, case: LossCase, constants: tuple[float, ...] = ()) -> RemoteObject:
    """The student's loss."""
    loss = getattr(student.losses, case.name)(*constants)
    if not isinstance(loss, RemoteObject):
        judge.fail(f"{case.name}(…) gives {judge.kind_of(loss)}, expected a loss with forward and backward.")
    return loss


def call(loss: RemoteObject, method: str, *args: Any) -> Any:
    target = getattr(loss, method)
    if not callable(target):
        judge.fail(f"{method} is {judge.kind_of(target)}, expected a method.")
    return target(*args)


def watched(student: StudentProxy, loss: RemoteObject, method: str, *args: Any) -> tuple[Any, Facts]:
    result = call(loss, method, *args)
    return result, student.last


def check_loss(got: Any, expected: Pass, hint: str = "", rtol: float | None = None) -> None:
    if isinstance(got, np.ndarray) and got.shape != ():
        judge.fail(
            f"the loss is {judge.kind_of(got)}, expected a number.",
            hint or "Sum over all entries, and divide by the number of rows.",
        )
    value = judge.number(got, "the loss")
    if explained := factor(value, expected):
        judge.fail(f"the loss is wrong. {explained}", hint)
    rtol, atol = tolerances(expected, rtol)
    judge.close(np.asarray(value), np.asarray(expected.loss), "the loss", rtol=rtol, atol=atol, hint=hint)


def tolerances(expected: Pass, rtol: float | None) -> tuple[float | None, float | None]:
    """rtol and atol; None is what `judge` takes for float64."""
    return (judge.RTOL32, judge.ATOL32) if expected.single else (rtol or expected.rtol, None)


def factor(value: float, expected: Pass) -> str:
    """What the loss is multiplied by, where that says what to mend."""
    scores = expected.data[0]
    counts = [(len(scores), "the number of rows"), (scores.size, "the number of all entries")]
    if scores.ndim == 2:
        counts.append((scores.shape[1], "the number of columns"))
    known = [(-1.0, "It has the opposite sign."), (2.0, "It is twice as large."), (0.5, "It is half as large.")]
    known += [(float(count), f"It should be divided by {count}, {what}.") for count, what in counts]
    known += [(1.0 / count, f"It is divided once too often by {count}, {what}.") for count, what in counts]
    for times, sentence in known:
        if times != 1.0 and abs(value - times * expected.loss) <= LENIENT * abs(times * expected.loss) != 0.0:
            return sentence
    return ""


def check_gradient(got: Any, expected: Pass, hint: str = "", rtol: float | None = None) -> None:
    rtol, atol = tolerances(expected, rtol)
    judge.array(got, expected.gradient, "the gradient", rtol=rtol, atol=atol, hint=hint)


def go(
    student: StudentProxy, case: LossCase, passes: Sequence[Pass], hint: str = "", rtol: float | None = None
) -> None:
    """Each pass through an instance of its own: all calls, then all comparisons."""
    answers = []
    for each in passes:
        loss = new(student, case, each.constants)
        answers.append((call(loss, "forward", *each.data), call(loss, "backward")))
    for (value, gradient), each in zip(answers, passes, strict=True):
        check_loss(value, each, hint, rtol)
        check_gradient(gradient, each, hint, rtol)


# value


@of_losses("value", "{}: the loss and its gradient")
def test_values(student, reference, draw, case):
    """Several rows, one row, as many rows as columns; for the SVM also a margin of one's own.

    What is wrong here is wrong under most properties, since all compare values; it stays because `value` decides
    whether the others count.
    """
    passes = [truth(reference, case, case.data(draw, *shape)) for shape in (case.shape, *case.more)]
    if case.margins:
        passes.append(truth(reference, case, case.data(draw, *case.shape), margin_of(draw, case)))
    go(student, case, passes)


@item("nonlinearities.softmax", "value", "softmax: each row by itself")
def test_softmax(student, reference, draw):
    """More rows than columns, fewer, as many, and a single row or column."""
    given = [draw.signed(*shape) for shape in ((7, 5), (3, 11), (3, 3), (1, 5), (5, 1))]
    results = [student.losses.softmax(scores) for scores in given]
    for result, scores in zip(results, given, strict=True):
        judge.array(result, reference.losses.softmax(scores), f"softmax of {scores.shape} scores", rtol=LENIENT)


# shape


@item("nonlinearities.binary_hinge", "shape", "BinaryHinge: scores of shape (N, 1) with targets of shape (N,)")
def test_hinge_column(student, reference, draw):
    """What a network with one output gives. Broadcasting would pair every score with every target."""
    case = LOSSES["binary_hinge"]
    passes = [truth(reference, case, sides(draw, *shape)) for shape in ((7, 1), (1, 1))]
    hint = "An (N, 1) array and an (N,) array broadcast to (N, N): bring both to one shape first."
    go(student, case, passes, hint)


# ties


@item("nonlinearities.binary_hinge", "ties", "BinaryHinge: a margin of exactly 1 has gradient 0")
def test_hinge_kink(student, reference, draw):
    """Scores ±1 on the right side are on the kink; on the wrong side they are not."""
    case = LOSSES["binary_hinge"]
    scores, targets = sides(draw, 7)
    exact = order(draw, 7)
    scores[exact[:3]] = targets[exact[:3]]
    scores[exact[3]] = -targets[exact[3]]
    go(student, case, [truth(reference, case, (scores, targets))], "Where 1 − t·s is exactly 0 the gradient is 0.")


@item("nonlinearities.multiclass_svm", "ties", "MulticlassSVM: a margin kept exactly has gradient 0")
def test_svm_kink(student, reference, draw):
    """Scores in eighths, so that no difference is rounded; each row has a column on the kink."""
    case = LOSSES["multiclass_svm"]
    passes = []
    for constants in ((), (1.5,)):
        margin = constants[0] if constants else 1.0
        targets = labels(draw, 7, 5)
        scores = draw.integers(-16, 17, 7, 5) / 8.0
        rows = np.arange(7)
        scores[rows, (targets + 1 + rows % 4) % 5] = scores[rows, targets] - margin
        passes.append(truth(reference, case, (scores, targets), constants))
    go(student, case, passes, "Where the margin is exactly 0 neither column gets a gradient, and it does not count.")


# purity


@of_losses("purity", "{}: arguments stay as they were, backward can be repeated")
def test_leaves_alone(student, reference, draw, case):
    """Facts of every call, with right values; a second and third backward are as good as the first."""
    expected = truth(reference, case, case.data(draw, *case.shape))
    loss = new(student, case)
    value, facts = watched(student, loss, "forward", *expected.data)
    gradients = [call(loss, "backward") for _ in range(3)]
    check_loss(value, expected)
    judge.untouched(facts, ["scores", "targets"])
    again = ""
    for gradient in gradients:
        check_gradient(gradient, expected, again)
        again = "backward may be called repeatedly: it must not use up or change what forward kept."


@of_losses("purity", "{}: the latest forward counts, and instances share nothing")
def test_state(student, reference, draw, case):
    """Two instances in turn, then the first once more with new scores."""
    margin = margin_of(draw, case)
    first, second, third = (
        truth(reference, case, case.data(draw, *shape), constants)
        for shape, constants in ((case.shape, ()), (case.others, margin), (case.others, ()))
    )
    ours, theirs = new(student, case), new(student, case, margin)
    answers = [(call(ours, "forward", *first.data), call(theirs, "forward", *second.data))]
    answers.append((call(ours, "backward"), call(theirs, "backward")))
    answers.append((call(ours, "forward", *third.data), call(ours, "backward")))
    hint = "Does one loss keep its values where another one writes?"
    for value, gradient, each in zip(*answers[:2], (first, second), strict=True):
        check_loss(value, each, hint)
        check_gradient(gradient, each, hint)
    check_loss(answers[2][0], third, "forward computes anew each time.")
    check_gradient(answers[2][1], third, "backward uses the latest forward.")


@item("nonlinearities.softmax", "purity", "softmax: the scores stay as they were, the result is new")
def test_softmax_purity(student, reference, draw):
    scores = draw.signed(7, 5)
    expected = reference.losses.softmax(scores)
    result = student.losses.softmax(scores)
    facts = student.last
    judge.array(result, expected, "the result", rtol=LENIENT)
    judge.untouched(facts, ["scores"])
    judge.unshared(facts, ["scores"], ["the result"])


# gradient


@of_losses("gradient", "{}: backward is the derivative of forward")
def test_gradient(student, draw, case):
    """The student's backward against the student's forward, by central differences.

    It catches nothing that `value` does not; it stays because it tells which of the two passes to mend.
    """
    scores, targets = case.data(draw, *case.shape)
    loss = new(student, case)

    def forward(at: np.ndarray) -> np.ndarray:
        return np.asarray(judge.number(call(loss, "forward", at, targets), "the loss"))

    forward(scores)
    gradient = call(loss, "backward")
    if not isinstance(gradient, np.ndarray) or gradient.shape != scores.shape or gradient.dtype.kind != "f":
        judge.fail(f"the gradient is {judge.kind_of(gradient)}, expected an array of shape {scores.shape}.")
    error = gradcheck.directional_error(forward, [scores], [gradient], np.asarray(1.0), draw)
    if not error <= judge.GRADIENT_THRESHOLD:
        judge.fail(
            "your backward is not the derivative of your forward.",
            "Differentiate what forward computes, by hand: also its factors, and what it divides by.",
        )


# dtype


@of_losses("dtype", "{}: the gradient has the dtype of the scores")
def test_float32(student, reference, draw, case):
    """float32 scores, where targets are no labels also beside float64 ones, and the other way round."""
    scores, targets = case.data(draw, *case.shape)
    single = scores.astype(np.float32)
    given = [(single, targets)]
    if case.key not in LABELLED:
        given += [(single, targets.astype(np.float32)), (scores, targets.astype(np.float32))]
    go(student, case, [truth(reference, case, data) for data in given])


@of_losses("dtype", "{}: labels of any integer type", ("binary_hinge", *LABELLED))
def test_integer_labels(student, reference, draw, case):
    """Small integer types, beside float64 and float32 scores; unsigned ones where labels count from 0."""
    scores, targets = case.data(draw, *case.shape)
    small = np.uint8 if case.key in LABELLED else np.int8
    given = [(scores, targets.astype(np.int32)), (scores, targets.astype(small))]
    given.append((scores.astype(np.float32), targets.astype(np.int64)))
    go(student, case, [truth(reference, case, data) for data in given])


@item("nonlinearities.softmax", "dtype", "softmax: float32 stays float32")
def test_softmax_float32(student, reference, draw):
    scores = draw.signed(7, 5).astype(np.float32)
    judge.array(student.losses.softmax(scores), reference.losses.softmax(scores), "softmax of float32 scores")


# errors


def refused(student: StudentProxy, draw: Draw, pairs: Sequence[tuple[Shape, Shape]]) -> None:
    """Every pair of shapes ends in a ValueError; all are tried before one is judged."""
    accepted = []
    for scores, targets in pairs:
        loss = new(student, LOSSES["mean_squared_error"])
        try:
            call(loss, "forward", draw.signed(*scores), draw.signed(*targets))
            accepted.append((scores, targets))
        except ValueError:
            pass
    for scores, targets in accepted:
        judge.fail(
            f"scores of shape {scores} with targets of shape {targets} are accepted, expected a ValueError.",
            "Compare the shapes themselves before you subtract: broadcasting would compare anything with anything.",
        )


@item("nonlinearities.mean_squared_error", "errors", "MeanSquaredError: targets that would broadcast are refused")
def test_mse_broadcast(student, draw):
    """Shapes that fit by broadcasting, and would quietly give the mean over all pairs."""
    refused(student, draw, [((7, 1), (7,)), ((5, 3), (3,)), ((5, 3), (5, 1))])


@item("nonlinearities.mean_squared_error", "errors", "MeanSquaredError: targets of another shape are refused")
def test_mse_sizes(student, draw):
    """As many entries in another shape, and shapes of which NumPy itself complains."""
    refused(student, draw, [((7,), (7, 1)), ((1, 5), (5,)), ((5, 3), (3, 5))])


# stability

FAR = "Subtract from each row its own largest score first: softmax does not change, and exp cannot overflow."
TINY = "log(exp(s) / Σ exp) is s − log Σ exp: computed like that, a tiny probability never has to be stored."


def far(draw: Draw) -> Any:
    """Rows near 1000, near −1000, near 0, near 700 and −700; within a row the scores differ by a few."""
    return draw.signed(5, 3) + np.array([[1000.0], [-1000.0], [0.0], [720.0], [-720.0]])


def wide(draw: Draw, n: int) -> Any:
    """Rows whose first score is above the rest by 40 to 2000."""
    lead = np.resize([40.0, 60.0, 800.0, 2000.0], n)
    scores = draw.signed(n, 3)
    scores[:, 0] += lead / 2
    scores[:, 1:] -= (lead / 2)[:, None]
    return scores


@item("nonlinearities.softmax", "stability", "softmax: rows up to ±1000, one far below another")
def test_softmax_far(student, reference, draw):
    """Finite, right to the last digits, and the same when a row is shifted."""
    given = [far(draw), wide(draw, 5), draw.signed(7, 5)]
    results = [student.losses.softmax(scores) for scores in given]
    expected = [reference.losses.softmax(scores) for scores in given]
    for result, true in zip(results, expected, strict=True):
        judge.array(result, true, "the result", rtol=LENIENT, hint=FAR)
    for result, true in zip(results, expected, strict=True):
        judge.array(result, true, "the result", hint="After the shift nothing needs to be added against zeros.")


@item("nonlinearities.softmax_cross_entropy", "stability", "SoftmaxCrossEntropy: scores up to ±1000")
def test_cross_entropy_far(student, reference, draw):
    """One row far below another; every label has a fair probability."""
    case = LOSSES["softmax_cross_entropy"]
    passes = [truth(reference, case, (far(draw), labels(draw, 5, 3)))]
    go(student, case, passes, FAR)


@item("nonlinearities.softmax_cross_entropy", "stability", "SoftmaxCrossEntropy: a label with hardly any probability")
def test_cross_entropy_surprised(student, reference, draw):
    """Losses of about 40 up to 2000, where a probability is as good as 0; one ordinary row beside them."""
    case = LOSSES["softmax_cross_entropy"]
    passes = []
    for rows in (slice(0, 2), slice(2, 4)):
        scores = np.concatenate([wide(draw, 4)[rows], draw.signed(1, 3)])
        passes.append(truth(reference, case, (scores, np.array([1, 2, 0]))))
    go(student, case, passes, TINY, judge.RTOL)


# cost


@item("nonlinearities.softmax_cross_entropy", "cost", "SoftmaxCrossEntropy: no Jacobian")
def test_cross_entropy_cost(student, draw, cost):
    """7 rows of 2003 classes: the Jacobian of a row has four million entries, the gradient of all 14 021.

    A loop over rows or entries is slower than the reference, too, but far from the limit.
    """
    case = LOSSES["softmax_cross_entropy"]
    scores, targets = draw.normal(7, 2003), labels(draw, 7, 2003)

    def act(loss: RemoteObject) -> None:
        call(loss, "forward", scores, targets)
        call(loss, "backward")

    cost.compare(
        lambda modules: new(modules, case),
        act,
        "one pass over 7 rows of 2003 classes",
        "Simplify by hand: the gradient is (p − one-hot)/N, no (C, C) matrix per row is needed.",
    )
