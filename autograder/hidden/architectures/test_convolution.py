"""Hidden items of convolution.py: the convolution and max pooling.

Sizes differ pairwise where it matters: a mixed-up axis must not fit by chance. Calls first, judgement afterwards; only
an output of the wrong shape ends an item at once, since no upstream gradient would fit it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.suite import item, judge
from autograder.suite.draws import Draw
from autograder.suite.proxy import RemoteObject, StudentProxy
from autograder.suite.statistics import sample

from .passes import ask, call, check, differences, leaves_alone, made, seeded, truth, write

OVERLAPS = "dx has the shape of x, without the padding; an entry that several windows see gets the sum."
PLACES = "There are (size + 2·padding − kernel_size) // stride + 1 places: only where the whole window fits."


def label_of(kernel: int, options: dict[str, Any]) -> str:
    """Like " with kernel_size 2, stride 3"."""
    return f" with kernel_size {kernel}" + "".join(f", {name} {value}" for name, value in options.items())


# Conv2D


class Pair:
    """The student's Conv2D and the reference's, with the same parameters."""

    def __init__(
        self, student: Any, reference: Any, draw: Draw, channels: int, filters: int, kernel: int, **options: int
    ) -> None:
        self.label = label_of(kernel, options)
        self.params = {"w": draw.signed(filters, channels, kernel, kernel), "b": draw.signed(filters)}
        self.model = reference.convolution.Conv2D(channels, filters, kernel, seeded(draw), **options)
        for name, value in self.params.items():
            self.model.params[name][...] = value
        self.block = made(student.convolution.Conv2D(channels, filters, kernel, seeded(draw), **options), "Conv2D")
        write(self.block, self.params)


@item("architectures.conv2d", "value", "Conv2D: output, dx, and the gradients of filters and biases")
def test_conv(student, reference, draw):
    """Stride 1, no padding, several channels and filters."""
    pair = Pair(student, reference, draw, 3, 5, 3)
    each = truth(pair.model, [draw.normal(2, 3, 7, 6)], draw)
    check(ask(student, pair.block, each, hint=PLACES), each, back_hint=OVERLAPS)


@item("architectures.conv2d", "value", "Conv2D: with stride and padding")
def test_conv_strided(student, reference, draw):
    """Windows overlap, some lie in the padding, and the last row and column of it are beyond the last window."""
    pair = Pair(student, reference, draw, 3, 5, 3, stride=2, padding=2)
    each = truth(pair.model, [draw.normal(2, 3, 10, 6)], draw)
    check(ask(student, pair.block, each, pair.label, PLACES), each, pair.label, back_hint=OVERLAPS)


@item("architectures.conv2d", "value", "Conv2D: filters at the start come from rng, biases are zero")
def test_conv_start(student, draw):
    """Which numbers is free: filters differ from one another, equal seeds give equal ones, and others others."""
    seeds = [int(seed) for seed in draw.rng.permutation(1000)[:2]]
    made_of = [
        made(student.convolution.Conv2D(3, 5, 2, np.random.default_rng(seed)), "Conv2D").params.fetch()
        for seed in (seeds[0], seeds[0], seeds[1])
    ]
    filters = []
    for params in made_of:
        entries = judge.mapping(params, ["w", "b"], "params")
        filters.append(sample(entries["w"], (5, 3, 2, 2), "params['w']"))
        judge.array(entries["b"], np.zeros(5), "params['b']", hint="Biases start at zero.")
    distinct = len(np.unique(filters[0].reshape(5, -1), axis=0)) == 5
    judge.true(distinct, "two filters start alike.", "Filters that start alike stay alike: draw them from rng.")
    judge.array(filters[1], filters[0], "params['w'] from an equal seed", hint="Draw from the given rng only.")
    judge.true(
        not np.array_equal(filters[2], filters[0]),
        "params['w'] is the same whatever the seed.",
        "Draw from the given rng.",
    )


CONVOLUTIONS = [
    # (N, C, H, W), filters, kernel, options
    ((2, 3, 4, 5), 2, 1, {}),
    ((2, 1, 8, 7), 3, 2, {"stride": 3}),
    ((1, 2, 2, 3), 3, 2, {"padding": 3}),
    ((3, 2, 3, 3), 1, 3, {"stride": 2}),
]


@item("architectures.conv2d", "shape", "Conv2D: small and large kernels, strides and paddings")
def test_conv_shapes(student, reference, draw):
    """A kernel of one entry, a stride that skips pixels, wide padding, a kernel as large as the image."""
    answers = []
    for shape, filters, kernel, options in CONVOLUTIONS:
        pair = Pair(student, reference, draw, shape[1], filters, kernel, **options)
        each = truth(pair.model, [draw.normal(*shape)], draw)
        answers.append((ask(student, pair.block, each, pair.label, PLACES), each, pair.label))
    for answer, each, label in answers:
        check(answer, each, label, back_hint=OVERLAPS)


@item("architectures.conv2d", "gradient", "Conv2D: backward is the derivative of forward, also by filters and biases")
def test_conv_gradient(student, reference, draw):
    pair = Pair(student, reference, draw, 3, 2, 2, stride=2, padding=1)
    upstream = draw.upstream(2, 2, 3, 2)
    differences(pair.block, [draw.normal(2, 3, 5, 3)], pair.params, upstream, draw, ["dx"])


@item("architectures.conv2d", "purity", "Conv2D: nothing changed or shared, backward repeatable, instances apart")
def test_conv_leaves_alone(student, reference, draw):
    """Without padding, where nothing has to be copied."""
    pairs = [Pair(student, reference, draw, 3, 2, 2) for _ in range(2)]
    x, more, other = (draw.normal(2, 3, *size) for size in ((4, 5), (3, 4), (4, 5)))
    passes = [truth(pairs[index].model, [each], draw) for index, each in ((0, x), (0, x), (0, more), (1, other))]
    leaves_alone(student, pairs[0].block, pairs[1].block, passes, ["x"])


@item("architectures.conv2d", "cost", "Conv2D: no forward pass per weight")
def test_conv_cost(lots, cost):
    """693 weights, 6 places: differencing takes 694 forward passes, a loop over all products in Python 4158 rounds."""
    x, upstream = lots.normal(1, 7, 5, 4), lots.upstream(1, 11, 3, 2)

    def act(block: RemoteObject) -> None:
        call(block, "forward", x)
        call(block, "backward", upstream)

    def prepare(modules: StudentProxy) -> RemoteObject:
        return made(modules.convolution.Conv2D(7, 11, 3, seeded(lots)), "Conv2D")

    hint = "Use the formulas for dx, dw and db: no differences, and no window twice."
    cost.compare(prepare, act, "one pass of 11 filters over a small image", hint)


# MaxPool2D


def apart(draw: Draw, *shape: int) -> Any:
    """Values of both signs of which no two are closer than 0.1, so that differences change no winner."""
    size = int(np.prod(shape))
    places = draw.rng.permutation(size) - size // 2 + draw.uniform(0.0, 0.3, size)
    return (places / 7.0).reshape(shape)


def pools(student: Any, reference: Any, kernel: int, **options: int) -> tuple[RemoteObject, Any]:
    block = made(student.convolution.MaxPool2D(kernel, **options), "MaxPool2D")
    return block, reference.convolution.MaxPool2D(kernel, **options)


@item("architectures.max_pool2d", "value", "MaxPool2D: windows side by side")
def test_pool(student, reference, draw):
    """The last row and column fit no window; in one channel all entries are negative."""
    x = apart(draw, 2, 3, 7, 5)
    x[:, 1] = -np.abs(x[:, 1]) - 0.1
    block, model = pools(student, reference, 2)
    each = truth(model, [x], draw)
    check(ask(student, block, each, hint=PLACES), each)


POOLS = [
    ((2, 3, 8, 7), 3, {"stride": 2}),
    ((1, 2, 5, 4), 3, {"stride": 1}),
    ((2, 1, 8, 6), 2, {"stride": 3}),
    ((2, 3, 2, 3), 1, {}),
]


@item("architectures.max_pool2d", "shape", "MaxPool2D: windows that overlap, gaps between them, windows of one entry")
def test_pool_shapes(student, reference, draw):
    answers = []
    for shape, kernel, options in POOLS:
        block, model = pools(student, reference, kernel, **options)
        each, label = truth(model, [apart(draw, *shape)], draw), label_of(kernel, options)
        answers.append((ask(student, block, each, label, PLACES), each, label))
    for answer, each, label in answers:
        check(answer, each, label, "An entry gets the sum over the windows that it wins.")


TIES = ["XXXX", ".XX.", "X..X", "XX..", "..XX", ".X.X"]
"""Which entries of a 2 by 2 window are the largest, row by row."""


def tied(draw: Draw) -> Any:
    """One image of 2 by 3 windows for each of two channels, with the ties above; the first window is all zero."""
    x = np.empty((1, 2, 4, 6))
    for channel in range(2):
        for place, pattern in enumerate(TIES):
            top = 0.0 if place == 0 and channel == 0 else float(draw.number())
            window = np.array([top if mark == "X" else top - draw.number() ** 2 for mark in pattern])
            row, column = divmod(place, 3)
            x[0, channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = window.reshape(2, 2)
    return x


@item("architectures.max_pool2d", "ties", "MaxPool2D: of equal entries the first, row by row, gets all")
def test_pool_ties(student, reference, draw):
    """Each kind of tie within a window, and larger windows of few different numbers."""
    few = draw.integers(0, 3, 2, 2, 9, 7).astype(np.float64)
    answers = []
    for x, kernel in ((tied(draw), 2), (few, 3)):
        block, model = pools(student, reference, kernel)
        each = truth(model, [x], draw)
        answers.append((ask(student, block, each, hint=PLACES), each))
    for answer, each in answers:
        check(answer, each, hint="At a tie the first of the equal entries, row by row from the top left, gets it all.")


@item("architectures.max_pool2d", "gradient", "MaxPool2D: backward is the derivative of forward")
def test_pool_gradient(student, reference, draw):
    block, _ = pools(student, reference, 2)
    differences(block, [apart(draw, 2, 3, 5, 7)], {}, draw.upstream(2, 3, 2, 3), draw, ["dx"])


@item(
    "architectures.max_pool2d", "purity", "MaxPool2D: nothing changed or shared, backward repeatable, instances apart"
)
def test_pool_leaves_alone(student, reference, draw):
    """Windows of one entry among them, where the output is the image again."""
    pairs = [pools(student, reference, kernel) for kernel in (2, 2, 1, 1)]
    for (first, model), (second, other) in (pairs[:2], pairs[2:]):
        x, more, others = (apart(draw, 2, 3, *size) for size in ((4, 5), (3, 4), (4, 5)))
        passes = [truth(model, [each], draw) for each in (x, x, more)] + [truth(other, [others], draw)]
        leaves_alone(student, first, second, passes, ["x"])


@item("architectures.max_pool2d", "cost", "MaxPool2D: no forward pass per entry")
def test_pool_cost(lots, cost):
    """2352 entries: differencing takes thousands of forward passes; a loop over the 588 windows is well within."""
    x, upstream = lots.normal(3, 4, 14, 14), lots.upstream(3, 4, 7, 7)

    def act(block: RemoteObject) -> None:
        call(block, "forward", x)
        call(block, "backward", upstream)

    def prepare(modules: StudentProxy) -> RemoteObject:
        return made(modules.convolution.MaxPool2D(2), "MaxPool2D")

    hint = "Remember in forward which entry won; backward only has to hand the gradient to it."
    cost.compare(prepare, act, "one pass over 588 windows", hint)
