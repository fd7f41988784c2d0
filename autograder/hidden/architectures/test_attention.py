"""Hidden items of attention.py: T queries, S keys and values, of pairwise different sizes d and e."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.suite import item
from autograder.suite.draws import Draw
from autograder.suite.proxy import RemoteObject

from .passes import Answer, Pass, ask, check, differences, leaves_alone, made, truth

INPUTS = ("q", "k", "v")
GRADIENTS = ("dq", "dk", "dv")
T, S, D, E = 5, 7, 3, 2


def sequences(draw: Draw, *leading: int, t: int = T, s: int = S, d: int = D, e: int = E) -> list[Any]:
    """Queries, keys and values."""
    return [draw.normal(*leading, *shape) for shape in ((t, d), (s, d), (s, e))]


def pair(student: Any, reference: Any, mask: Any = None) -> tuple[RemoteObject, Any]:
    """An attention of the student's and one of the reference's; without a mask neither is told of one."""
    given = () if mask is None else (mask,)
    block = made(student.attention.ScaledDotProductAttention(*given), "ScaledDotProductAttention")
    return block, reference.attention.ScaledDotProductAttention(*given)


def passed(student: Any, reference: Any, draw: Draw, inputs: list[Any], mask: Any = None) -> tuple[Answer, Pass]:
    """A pass of an attention made for it."""
    block, model = pair(student, reference, mask)
    each = truth(model, inputs, draw, GRADIENTS)
    return ask(student, block, each, hint="The output is (…, T, e): a mean of values for each query."), each


@item("architectures.scaled_dot_product_attention", "value", "Attention: the output, dq, dk and dv")
def test_attention(student, reference, draw):
    """One sequence, no mask."""
    check(*passed(student, reference, draw, sequences(draw)))


FORBIDDEN = "A forbidden key has weight 0, and the others share all of it; nothing of it is seen or gets a gradient."


@item("architectures.scaled_dot_product_attention", "mask", "Attention: a causal mask, no query sees what comes after")
def test_attention_causal(student, reference, draw):
    """Three sequences and one mask (T, T)."""
    mask = np.tril(np.ones((T, T), bool))
    check(*passed(student, reference, draw, sequences(draw, 3, s=T), mask), hint=FORBIDDEN)


@item("architectures.scaled_dot_product_attention", "mask", "Attention: masks of shape (S,), (T, S) and (N, 1, S)")
def test_attention_masks(student, reference, draw):
    """Values that nobody may see are a thousand times as large."""
    nobody = np.array([2, 5])
    masks = [draw.rng.random(shape) < 0.5 for shape in ((S,), (T, S), (3, 1, S))]
    answers = []
    for mask in masks:
        mask[..., nobody], mask[..., [0, 3]] = False, [True, False]
        inputs = sequences(draw, 3)
        inputs[2][:, nobody] *= 1e3
        answers.append((*passed(student, reference, draw, inputs, mask), f" with a mask of shape {mask.shape}"))
    for answer, each, label in answers:
        check(answer, each, label, FORBIDDEN)


@item("architectures.scaled_dot_product_attention", "shape", "Attention: any leading axes, one query, one key")
def test_attention_shapes(student, reference, draw):
    """Samples and heads; a single query; a single key, which gets all the weight."""
    cases = [
        (" with leading axes (2, 3)", sequences(draw, 2, 3, t=4, s=5)),
        (" with one query", sequences(draw, 3, t=1)),
        (" with one key", sequences(draw, 2, s=1, d=1)),
    ]
    answers = [(*passed(student, reference, draw, inputs), label) for label, inputs in cases]
    for answer, each, label in answers:
        check(answer, each, label, "Leading axes are separate sequences: swap the last two axes only.")


def far(draw: Draw) -> list[Any]:
    """Scores around 1000 in one row, around -1000 in the next, and moderate ones: k has a column of ones."""
    q, k, v = sequences(draw)
    k[:, 0] = 1.0
    q[:, 0] = np.sqrt(D) * np.array([1000.0, -1000.0, 0.0, 500.0, -3.0])
    return [q, k, v]


@item("architectures.scaled_dot_product_attention", "stability", "Attention: scores of ±1000, forbidden ones too")
def test_attention_far(student, reference, draw):
    """Rows that differ by 2000; rows in which one key takes all; the forbidden scores the largest by 1000.

    atol is for rows that saturate: their true gradients are far smaller than the rounding of their parts.
    """
    rows = far(draw)
    steep = sequences(draw)
    steep[0] *= 500.0
    hidden = far(draw)
    hidden[1][[1, 4], 0] = [2.0, 0.0]
    mask = np.ones((T, S), bool)
    mask[0, 1] = mask[3, 1] = mask[1, 4] = mask[4, 4] = False
    answers = [passed(student, reference, draw, *given) for given in ((rows,), (steep,), (hidden, mask))]
    for answer, each in answers:
        check(
            answer,
            each,
            hint="Mask the scores, then subtract each row's largest score before exp.",
            rtol=1e-9,
            atol=1e-10,
        )


@item("architectures.scaled_dot_product_attention", "gradient", "Attention: backward is the derivative of forward")
def test_attention_gradient(student, reference, draw):
    """With a causal mask."""
    block, _ = pair(student, reference, np.tril(np.ones((4, 4), bool)))
    inputs = sequences(draw, 2, t=4, s=4)
    differences(block, inputs, {}, draw.upstream(2, 4, E), draw, GRADIENTS)


@item(
    "architectures.scaled_dot_product_attention",
    "purity",
    "Attention: nothing changed or shared, backward repeatable, instances apart",
)
def test_attention_leaves_alone(student, reference, draw):
    """With a mask, which counts the same in each forward pass; the second sequence has fewer queries."""
    mask = np.array([True, False, True, True, False, True, True])
    pairs = [pair(student, reference, mask.copy()) for _ in range(2)]
    x, more, other = (sequences(draw, t=t) for t in (T, 2, T))
    passes = [
        truth(pairs[index][1], inputs, draw, GRADIENTS) for index, inputs in ((0, x), (0, x), (0, more), (1, other))
    ]
    leaves_alone(student, pairs[0][0], pairs[1][0], passes, INPUTS)
