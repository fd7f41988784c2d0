"""Hidden items of embeddings.py: the table of word vectors, and the classifier that may retrain them.

`retrain` is the experiment of the lecture: words that occur in training move, synonyms of theirs that do not occur keep
every bit, and with retrain=False no word moves. Calls first, judges afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge, statistics
from autograder.suite.draws import Draw
from autograder.suite.objects import by_handle
from autograder.suite.proxy import RemoteObject, StudentProxy

from .models import SAME_ARRAYS, Arrays, check_again, check_entries, fresh_start, handles, overwrite, put, write
from .passes import call, made, seeded

# Embedding

COUNT, DIM = 11, 3
IDS = np.array([[7, 2, 7, 0, 5], [2, 9, 4, 7, 9]])
LATER = np.array([[4, 10], [3, 4]])
REPEATS = "The gradient of a row is the sum over all places where its id stands."
PAIR = "grads['w'] is the pair (rows, values): the different ids in rising order, and a row of values for each."


def embedding(student: StudentProxy, draw: Draw, **options: Any) -> tuple[RemoteObject, np.ndarray]:
    """A student's Embedding, and the table that was written into it."""
    block = made(student.embeddings.Embedding(COUNT, DIM, seeded(draw), **options), "Embedding")
    table = draw.signed(COUNT, DIM)
    write(block, {"w": table})
    return block, table


def passed(block: RemoteObject, ids: np.ndarray, upstream: np.ndarray) -> tuple[Any, Any, Any]:
    """The result of forward, that of backward, and grads."""
    return call(block, "forward", ids), call(block, "backward", upstream), block.grads.fetch()


def summed(ids: np.ndarray, upstream: np.ndarray, width: int, count: int = COUNT) -> np.ndarray:
    """The gradient of the table, every row of it."""
    full = np.zeros((count, width))
    np.add.at(full, ids.ravel(), upstream.reshape(-1, width))
    return full


def check_pass(got: Any, table: np.ndarray, ids: np.ndarray, upstream: np.ndarray, sparse: bool) -> None:
    output, nothing, grads = got
    hint = "It has the shape ids.shape + (dim,): w[id] for each id."
    judge.array(output, table[ids], "the result of forward", hint=hint)
    full = summed(ids, upstream, DIM)
    gradient = judge.mapping(grads, ["w"], "grads")["w"]
    if sparse:
        check_pair(gradient, np.unique(ids), full)
    else:
        judge.array(gradient, full, "grads['w']", hint=REPEATS)
    judge.true(nothing is None, f"backward returns {judge.kind_of(nothing)}, expected None.", "Ids have no gradient.")


def check_pair(got: Any, rows: np.ndarray, full: np.ndarray) -> None:
    found, values = judge.several(got, ["rows", "values"], "grads['w']")
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "iu":
        judge.fail(f"the first of grads['w'] is {judge.kind_of(found)}, expected an array of integers.", PAIR)
    judge.array(found.astype(np.int64), rows.astype(np.int64), "the array of rows", hint=PAIR)
    judge.array(values, full[rows], "the array of values", hint=REPEATS)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(options, id=name, marks=item("architectures.embedding", "value", title))
        for name, options, title in (
            ("sparse", {"sparse": True}, "Vectors of ids, and the gradient of the rows that occur"),
            ("dense", {"sparse": False}, "With sparse=False, the gradient of the whole table"),
        )
    ],
)
def test_lookup(student, draw, options):
    """Ids that repeat within a row and across rows, in no order; then other ids in the same instance."""
    block, table = embedding(student, draw, **options)
    passes = [(ids, draw.upstream(*ids.shape, DIM)) for ids in (IDS, LATER)]
    answers = [passed(block, *each) for each in passes]
    for answer, each in zip(answers, passes, strict=True):
        check_pass(answer, table, *each, sparse=options["sparse"])


@item("architectures.embedding", "value", "A new table: the standard deviation is std, 0.1 if nothing is said")
def test_start(student, draw):
    """5000 numbers each, at most 18 checks in all: a right table fails with probability < 1e-9 (`statistics`)."""
    seed = int(draw.integers(0, 2**31))
    tables = []
    for options in ({}, {"std": 0.3}, {"std": 0.3}):
        block = made(student.embeddings.Embedding(100, 50, np.random.default_rng(seed), **options), "Embedding")
        tables.append((block.params.fetch(), options.get("std", 0.1)))
    for params, std in tables:
        table = statistics.sample(judge.mapping(params, ["w"], "params")["w"], (100, 50), "params['w']")
        statistics.normal(table, std, f"a new table with std {std}")
    judge.array(tables[2][0]["w"], tables[1][0]["w"], "a table drawn with an equal seed")


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(shape, id=name, marks=item("architectures.embedding", "shape", f"Ids of shape {shape}"))
        for name, shape in (("one", ()), ("row", (7,)), ("three_axes", (2, 1, 3)))
    ],
)
def test_shapes(student, draw, shape):
    block, table = embedding(student, draw)
    ids = np.asarray(draw.integers(0, COUNT, *shape))
    upstream = draw.upstream(*shape, DIM)
    check_pass(passed(block, ids, upstream), table, ids, upstream, sparse=True)


@item("architectures.embedding", "purity", "Ids, upstream and table stay as they were; backward can be repeated")
def test_embedding_purity(student, draw):
    """The vectors are copies, of one id as well; two instances know nothing of each other."""
    block, table = embedding(student, draw)
    other, _ = embedding(student, draw)
    upstream, facts, answers = draw.upstream(*IDS.shape, DIM), [], []
    for ids, gradient in ((np.array(4), draw.upstream(DIM)), (IDS, upstream)):
        answers.append(passed_watched(student, block, ids, gradient, facts))
        call(other, "forward", LATER)
        call(other, "backward", draw.upstream(*LATER.shape, DIM))
        answers.append((answers[-1][0], call(block, "backward", gradient), block.grads.fetch()))
    for forward, backward in facts:
        judge.untouched(forward, ["ids"])
        judge.unshared(forward, ["ids"], ["the result of forward"])
        judge.untouched(backward, ["upstream"])
    for answer in answers[2:]:
        check_pass(answer, table, IDS, upstream, sparse=True)
    judge.array(judge.mapping(block.params.fetch(), ["w"], "params")["w"], table, "params['w'] after it all")


def passed_watched(student: StudentProxy, block: RemoteObject, ids: Any, upstream: Any, facts: list[Any]) -> Any:
    output = call(block, "forward", ids)
    forward = student.last
    nothing = call(block, "backward", upstream)
    facts.append((forward, student.last))
    return output, nothing, block.grads.fetch()


@item("architectures.embedding", "cost", "A table of 100 000 words: looked up, not multiplied")
def test_embedding_cost(student, cost):
    """60 ids: a one-hot matrix has six million entries. Zeros for the whole table are wasteful, and pass."""
    rng = np.random.default_rng(0)
    ids, upstream = rng.integers(0, 100_000, (6, 10)), rng.normal(size=(6, 10, DIM))

    def act(block: RemoteObject) -> None:
        for _ in range(6):
            call(block, "forward", ids)
            call(block, "backward", upstream)

    cost.compare(
        lambda modules: made(modules.embeddings.Embedding(100_000, DIM, rng), "Embedding"),
        act,
        "six passes of 60 ids through a table of 100 000 words",
        "Take the rows that are asked for, w[ids]. A product with a one-hot matrix touches every row.",
    )


# WindowClassifier

WORDS, WIDTH, WINDOW, HIDDEN, CLASSES = 13, 2, 3, 7, 5
SIZES = (WORDS, WIDTH, WINDOW, HIDDEN, CLASSES)
ONCE = "backward assigns grads and never adds to them; it may be called again."
SHAPES = {
    "embedding.w": (WORDS, WIDTH),
    "hidden.w": (WINDOW * WIDTH, HIDDEN),
    "hidden.b": (HIDDEN,),
    "output.w": (HIDDEN, CLASSES),
    "output.b": (CLASSES,),
}
LEARNT = [name for name in SHAPES if name != "embedding.w"]
WINDOWS = np.array([[4, 0, 4], [1, 4, 2], [7, 7, 7], [0, 9, 3], [11, 2, 1]])
ITSELF = "vectors is the table itself, no copy: forward looks up there."
NO_WORDS = "With retrain=False no optimizer may see the word vectors: they stand in neither params nor grads."


def classifier(student: StudentProxy, rng: np.random.Generator, **options: Any) -> RemoteObject:
    return made(student.embeddings.WindowClassifier(*SIZES, rng, **options), "WindowClassifier")


def weights(draw: Draw) -> dict[str, np.ndarray]:
    return {name: draw.signed(*shape, low=0.1, high=0.8) for name, shape in SHAPES.items()}


def truth(reference: Any, values: Arrays, ids: np.ndarray, labels: np.ndarray) -> tuple[Any, Any, Any, Any]:
    """Scores, loss, the gradient of the words in their places, and all gradients."""
    model = reference.embeddings.WindowClassifier(*SIZES, np.random.default_rng(0))
    for name, value in values.items():
        model.params[name][...] = value
    return model.forward(ids), model.loss(ids, labels), model.backward(), model.grads


def asked(model: RemoteObject, ids: np.ndarray, labels: np.ndarray) -> tuple[Any, Any, Any, Any]:
    """The same of the student's."""
    scores = call(model, "forward", ids)
    loss = call(model, "loss", ids, labels)
    return scores, loss, call(model, "backward"), model.grads.fetch()


def check_answers(got: tuple[Any, Any, Any, Any], true: tuple[Any, Any, Any, Mapping[str, Any]]) -> None:
    scores, loss, words, grads = got
    hint = "The vectors of a window lie side by side, word after word: then Affine, tanh, Affine."
    judge.array(scores, true[0], "the array of scores", hint=hint)
    judge.array(judge.number(loss, "the loss"), true[1], "the loss", hint="Cross-entropy, the mean over windows.")
    check_entries(grads, true[3], "grads")
    hint = "Entry [n, i] is the gradient of word i of window n alone; the table's gradient, summed, is grads'."
    judge.array(words, true[2], "the result of backward", hint=hint)


@item("architectures.window_classifier", "value", "Scores, loss and all gradients, words that repeat among them")
def test_classifier(student, reference, draw):
    """Set weights; then other windows through the same instance."""
    model, values = classifier(student, seeded(draw)), weights(draw)
    write(model, values)
    data = [(WINDOWS, draw.integers(0, CLASSES, 5)), (WINDOWS[1:3, ::-1].copy(), draw.integers(0, CLASSES, 2))]
    answers = [asked(model, *each) for each in data]
    for answer, each in zip(answers, data, strict=True):
        check_answers(answer, truth(reference, values, *each))


@item("architectures.window_classifier", "value", "A new classifier, and the classes it predicts")
def test_predict(student, draw):
    """Weights random, biases 0, equal seeds alike. Then set weights: the largest score, the first at a tie."""
    seed = int(draw.integers(0, 2**31))
    one, two = (classifier(student, np.random.default_rng(seed)) for _ in range(2))
    new = one.params.fetch(), two.params.fetch()
    values = weights(draw)
    write(one, values)
    ids = draw.integers(0, WORDS, 17, WINDOW)
    scores, labels = call(one, "forward", ids), call(one, "predict", ids)
    tie = {"output.w": np.zeros((HIDDEN, CLASSES)), "output.b": np.array([0.5, 2.0, -1.0, 2.0, 1.0])}
    write(one, {**values, **tie})
    tied = call(one, "predict", ids)
    fresh_start(*new, SHAPES)
    if not isinstance(scores, np.ndarray) or scores.shape != (17, CLASSES):
        judge.fail(f"forward returns {judge.kind_of(scores)}, expected an array of shape {(17, CLASSES)}.")
    judge.array(labels, scores.argmax(axis=1), "the result of predict", hint="The place of the largest score, int64.")
    judge.array(tied, np.full(17, 1), "the result of predict at ties", hint="The first of the largest scores.")


OCCUR, SYNONYMS = [0, 1, 2, 3, 4, 5], [6, 7, 8]  # words 9 to 12 are neither


def experiment(student: StudentProxy, draw: Draw, retrain: bool) -> tuple[RemoteObject, np.ndarray, np.ndarray]:
    """Two epochs on words 0 to 5, where 6 to 8 have the vectors of 0 to 2: the model, and its vectors before, after."""
    model = classifier(student, seeded(draw), retrain=retrain)
    before = table(model).copy()
    before[SYNONYMS] = before[OCCUR[:3]]
    overwrite(by_handle(model, "vectors"), before, "vectors")
    judge.true(np.array_equal(table(model), before), "what is written into vectors is not there afterwards.", ITSELF)
    ids = np.array([seeded(draw).permutation(OCCUR) for _ in range(4)]).reshape(8, WINDOW)
    labels = draw.integers(0, CLASSES, 8)
    optimizer = student.optimizers.Momentum(0.3)
    student.training.fit(model, ids, labels, optimizer, 2, 3, seeded(draw))
    return model, before, table(model)


def table(model: RemoteObject) -> np.ndarray:
    vectors = model.vectors
    if not isinstance(vectors, np.ndarray) or vectors.shape != (WORDS, WIDTH) or vectors.dtype != np.float64:
        judge.fail(f"vectors is {judge.kind_of(vectors)}, expected the float64 array of shape {(WORDS, WIDTH)}.")
    return vectors


@item("architectures.window_classifier", "retrain", "Words that occur in training move, their synonyms stay behind")
def test_pitfall(student, draw):
    model, before, after = experiment(student, draw, True)
    names = list(judge.mapping(model.params.fetch(), list(SHAPES), "params"))
    moved = np.any(after != before, axis=1)
    judge.true("embedding.w" in names, "the word vectors are not in params.")
    judge.true(
        bool(np.all(moved[OCCUR])),
        "training does not move the vectors of all words that occur in it.",
        "vectors is the array params['embedding.w'] itself, and an optimizer moves it by grads['embedding.w'].",
    )
    judge.true(
        not np.any(moved[6:]),
        "training moves vectors of words that do not occur in it.",
        "Rows that were not looked up have gradient zero, and keep every bit.",
    )


@item("architectures.window_classifier", "retrain", "With retrain=False no word moves, and all else learns")
def test_without_retraining(student, draw):
    """Nothing in params or grads can reach the words."""
    model = classifier(student, seeded(draw), retrain=False)
    start = model.params.fetch()
    model, before, after = experiment(student, draw, False)
    params, grads = model.params.fetch(), model.grads.fetch()
    for what, got in (("params", params), ("grads", grads)):
        if isinstance(got, dict) and "embedding.w" in got:
            judge.fail(f"with retrain=False, {what} has the entry 'embedding.w'.", NO_WORDS)
        judge.mapping(got, LEARNT, what)
    judge.mapping(start, LEARNT, "params")
    judge.array(after, before, "the table of vectors after training with retrain=False", rtol=0.0, atol=0.0)
    judge.true(any(np.any(grad) for grad in grads.values()), "with retrain=False all gradients are zero.")


@item("architectures.window_classifier", "retrain", "With retrain=False: the words' gradient all the same")
def test_vectors(student, reference, draw):
    """vectors is the table that forward looks into: writing to it changes the scores."""
    model, values = classifier(student, seeded(draw), retrain=False), weights(draw)
    write(model, {name: values[name] for name in LEARNT})
    table(model)
    overwrite(by_handle(model, "vectors"), values["embedding.w"], "vectors")
    labels = draw.integers(0, CLASSES, 5)
    got = asked(model, WINDOWS, labels)
    scores, loss, words, grads = truth(reference, values, WINDOWS, labels)
    judge.array(got[0], scores, "the array of scores after vectors[...] = …", hint=ITSELF)
    check_answers(got, (scores, loss, words, {name: grads[name] for name in LEARNT}))


@item("architectures.window_classifier", "gradient", "backward is the derivative of the loss")
def test_classifier_gradient(student, draw):
    """By all five arrays, the table of words among them."""
    model, values = classifier(student, seeded(draw)), weights(draw)
    labels = draw.integers(0, CLASSES, 5)

    def loss(*arrays: np.ndarray) -> Any:
        put(held, arrays)
        return np.array([judge.number(call(model, "loss", WINDOWS, labels), "the loss")])

    def backward(_: np.ndarray) -> list[Any]:
        call(model, "backward")
        grads = judge.mapping(model.grads.fetch(), list(values), "grads")
        return [grads[name] for name in values]

    held = write(model, values)
    names = [f"grads[{name!r}]" for name in values]
    gradcheck.check(loss, backward, list(values.values()), names, np.ones(1), draw)


@item("architectures.window_classifier", "purity", "Ids and labels stay, params are the same arrays, backward repeats")
def test_classifier_purity(student, draw):
    model = classifier(student, seeded(draw))
    write(model, weights(draw))
    before, vectors = handles(model, list(SHAPES)), by_handle(model, "vectors")
    labels, facts = draw.integers(0, CLASSES, 5), []
    call(model, "forward", WINDOWS)
    facts.append((student.last, ["ids"], "the result of forward"))
    call(model, "loss", WINDOWS, labels)
    facts.append((student.last, ["ids", "labels"], "the loss"))
    first, grads = call(model, "backward"), model.grads.fetch()
    facts.append((student.last, [], "the result of backward"))
    second, again = call(model, "backward"), model.grads.fetch()
    call(model, "predict", WINDOWS)
    facts.append((student.last, ["ids"], "the result of predict"))
    for fact, names, result in facts:
        judge.untouched(fact, names)
        judge.unshared(fact, names, [result])
    for name, one, two in zip(SHAPES, before, handles(model, list(SHAPES)), strict=True):
        judge.true(one is two, f"params[{name!r}] is another array at the next access.", SAME_ARRAYS)
    judge.true(vectors is before[0], "vectors is not the array params['embedding.w'].", ITSELF)
    check_again(second, first, "the result of a second backward", ONCE)
    check_again(again, judge.mapping(grads, list(SHAPES), "grads"), "after a second backward, grads", ONCE)
