"""Public tests of assignment 6, architectures. The hidden tests ask the same questions of other inputs, and more.

Run all with `pytest tests/public -m architectures`, one question with `pytest tests/public -m architectures.conv2d`.
"""

import math

import numpy as np
import pytest
from public_checks import close, fresh, say

LN2, LN3 = math.log(2), math.log(3)
SEED = 0


def rng(seed=SEED):
    """Return a new generator."""
    return np.random.default_rng(seed)


def runs(question, block, inputs, upstream, output, gradients, hint=""):
    """Check forward, then backward twice with different upstream gradients, and that nothing given has changed.

    inputs, gradients: dicts from the name of an input to an array, and to what backward returns for it.
    """
    given = [np.array(x, dtype=float) for x in inputs.values()]
    found = block.forward(*given)
    close(question, "the output", found, np.array(output, dtype=float), hint)
    fresh(question, "the output", found, *given)
    for factor in (1, -2):  # backward may be called repeatedly
        up = factor * np.array(upstream, dtype=float)
        kept, result = up.copy(), block.backward(up)
        if len(inputs) > 1:
            problem = f"backward should return a tuple of {len(inputs)} gradients"
            assert isinstance(result, (tuple, list)) and len(result) == len(inputs), say(question, problem)
        for name, dx in zip(inputs, result if len(inputs) > 1 else (result,), strict=True):
            close(question, f"d{name}", dx, factor * np.array(gradients[name], dtype=float), hint)
            fresh(question, f"d{name}", dx, up, *given)
        close(question, "upstream, after your code ran,", up, kept)
    for (name, x), now in zip(inputs.items(), given, strict=True):
        close(question, f"{name}, after your code ran,", now, np.array(x, dtype=float))


def write(question, block, values):
    """Set parameters in place, after a look at their names and shapes."""
    names = set(block.params)
    assert names == set(values), say(question, f"params has the keys {sorted(names)}, expected {sorted(values)}")
    for name, wanted in values.items():
        value, shape = np.array(wanted, dtype=float), np.shape(block.params[name])
        assert shape == value.shape, say(question, f'params["{name}"] has shape {shape}, expected {value.shape}')
        block.params[name][...] = value


def gradients(question, block, expected, hint=""):
    """Assert that `grads` holds exactly these arrays."""
    names = set(block.grads)
    assert names == set(expected), say(question, f"grads has the keys {sorted(names)}, expected {sorted(expected)}")
    for name, value in expected.items():
        close(question, f'grads["{name}"]', block.grads[name], np.array(value, dtype=float), hint)


def starts(question, make, biases):
    """Assert that weights start random, from the given rng alone, and biases at 0."""
    one, again, other = make(rng(1)), make(rng(1)), make(rng(2))
    for name in one.params:
        first, shape = one.params[name], np.shape(one.params[name])
        close(question, f'params["{name}"] from an equal seed', again.params[name], np.array(first))
        if name in biases:
            close(question, f'params["{name}"] at first', first, np.zeros(shape))
        else:
            problem = f'params["{name}"] does not depend on rng'
            assert not np.array_equal(first, other.params[name]), say(question, problem)


@pytest.mark.question("architectures.conv2d")
def test_conv2d_worked(student):
    question, conv = "architectures.conv2d", student.convolution.Conv2D(1, 1, 2, rng())
    write(question, conv, {"w": [[[[1.0, 0.0], [0.0, 2.0]]]], "b": [0.5]})
    x, upstream = np.arange(1.0, 10.0).reshape(1, 1, 3, 3), [[[[1.0, 0.0], [0.0, -1.0]]]]
    output, dx = [[[[11.5, 14.5], [20.5, 23.5]]]], [[[[1, 0, 0], [0, 1, 0], [0, 0, -2]]]]
    hint = "the kernel is not flipped; an entry under several windows gets the sum"
    runs(question, conv, {"x": x}, upstream, output, {"x": dx}, hint)
    conv.backward(np.array(upstream))
    hint = "sums over samples and places, anew at each backward, without 1/N"
    gradients(question, conv, {"w": [[[[-4, -4], [-4, -4]]]], "b": [0]}, hint)


# Two channels in, two filters out, a 3 × 4 image, stride 2, a border of zeros: each window lies in rows 0-1 or 2-3 of
# the 5 × 6 padded image, and in its columns 0-1, 2-3 or 4-5. The last padded row is in no window.
IMAGE = [[[1, -2, 3, 0], [2, 5, -1, 4], [0, 3, 1, -2]], [[2, 0, -1, 1], [1, 1, 2, -3], [4, -1, 0, 2]]]
FILTERS = [[[[1, 2], [0, -1]], [[3, 0], [1, 1]]], [[[0, 1], [2, 0]], [[-1, 1], [0, 2]]]]
SEEN = [[[2, -3, 2], [9, 5, -2]], [[3, -7, -1], [10, 5, -2]]]  # with biases 1 and -1
UP = [[[1, 2, -1], [0, 3, 1]], [[2, 0, 1], [-1, 1, 2]]]
BACK = [[[-1, 0, -2, 2], [-1, 3, 7, 1], [0, 2, -3, 4]], [[5, 2, 2, -1], [-1, 8, 1, 1], [-2, 3, 5, 1]]]
DW = [[[[19, -3], [3, 10]], [[0, 6], [-2, 0]]], [[[13, -3], [-1, 3]], [[-5, 1], [4, 0]]]]


def channels_and_stride():
    """Return the sizes and weights of a Conv2D, x and upstream; the output, dx and grads that are right."""
    x, biases = np.array(IMAGE, dtype=float), np.array([1.0, -1.0]).reshape(2, 1, 1)  # and a second sample: -x
    data = np.stack([x, -x]), np.stack([UP, 2 * np.array(UP)])
    right = np.stack([np.array(SEEN), 2 * biases - SEEN]), np.stack([BACK, 2 * np.array(BACK)])
    weights = {"w": FILTERS, "b": [1.0, -1.0]}
    return (2, 2, 2), {"stride": 2, "padding": 1}, weights, *data, *right, {"w": -np.array(DW), "b": [18, 15]}


def border_of_one():
    """Return the same for a 3 × 3 kernel of 1 to 9. x is 0 but at (1, 2), upstream but at (0, 1)."""
    x, upstream = np.zeros((1, 1, 3, 4)), np.zeros((1, 1, 3, 4))
    x[0, 0, 1, 2], upstream[0, 0, 0, 1] = 1.0, 2.0
    output = [[[[0, 9, 8, 7], [0, 6, 5, 4], [0, 3, 2, 1]]]]
    dx = [[[[8, 10, 12, 0], [14, 16, 18, 0], [0, 0, 0, 0]]]]
    weights = {"w": np.arange(1.0, 10.0).reshape(1, 1, 3, 3), "b": [0.0]}
    grads = {"w": [[[[0, 0, 0], [0, 0, 0], [0, 0, 2]]]], "b": [2]}
    return (1, 1, 3), {"padding": 1}, weights, x, upstream, output, dx, grads


@pytest.mark.question("architectures.conv2d")
@pytest.mark.parametrize("case", [channels_and_stride, border_of_one])
def test_conv2d_with_channels_stride_and_padding(student, case):
    sizes, options, weights, x, upstream, output, dx, grads = case()
    question, conv = "architectures.conv2d", student.convolution.Conv2D(*sizes, rng(), **options)
    write(question, conv, weights)
    hint = "⌊(H + 2·padding - kernel_size) / stride⌋ + 1 rows, and zeros on all four sides of x, not of dx"
    runs(question, conv, {"x": x}, upstream, output, {"x": dx}, hint)
    conv.backward(upstream.astype(float))
    hint = "sums over samples and places, anew at each backward, without 1/N"
    gradients(question, conv, grads, hint)


@pytest.mark.question("architectures.conv2d")
def test_conv2d_starts_random_with_zero_biases(student):
    question, conv = "architectures.conv2d", student.convolution.Conv2D(3, 5, 2, rng())
    shapes = {name: np.shape(conv.params[name]) for name in conv.params}
    wanted = {"w": (5, 3, 2, 2), "b": (5,)}
    assert shapes == wanted, say(question, f"params has the shapes {shapes}, expected {wanted}")
    starts(question, lambda generator: student.convolution.Conv2D(3, 5, 2, generator), ("b",))


@pytest.mark.question("architectures.max_pool2d")
def test_max_pool2d_side_by_side(student):
    # 5 × 4: the last row is cut off. A tie across rows, one across columns, and a window of negative numbers.
    x = [[[[1, 5, -3, -2], [5, 2, -8, -4], [7, 0, 6, 6], [3, 7, 1, 6], [9, 9, 9, 9]]]]
    dx = [[[[0, 2, 0, -3], [0, 0, 0, 0], [0.5, 0, 4, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]]
    hint = "the first of equal entries gets all, row by row from the top left; stride is kernel_size unless given"
    block, output = student.convolution.MaxPool2D(2), [[[[5, -2], [7, 6]]]]
    runs("architectures.max_pool2d", block, {"x": x}, [[[[2, -3], [0.5, 4]]]], output, {"x": dx}, hint)


@pytest.mark.question("architectures.max_pool2d")
def test_max_pool2d_with_windows_that_overlap(student):
    x = [[[[1, 5, 5], [5, 2, 0], [-1, -1, 9]]], [[[4, 1, 0], [1, 6, 1], [0, 1, 3]]]]
    output = [[[[5, 5], [5, 9]]], [[[6, 6], [6, 6]]]]
    dx = [[[[0, 3, 0], [4, 0, 0], [0, 0, 8]]], [[[0, 0, 0], [0, 15, 0], [0, 0, 0]]]]
    hint = "each window takes its own maximum; an entry that wins twice gets the sum"
    upstream = [[[[1, 2], [4, 8]]], [[[1, 2], [4, 8]]]]
    runs("architectures.max_pool2d", student.convolution.MaxPool2D(2, 1), {"x": x}, upstream, output, {"x": dx}, hint)


def stretch(student):
    """A block of the doubles': w x + b x², half of that in evaluation mode."""
    return student.doubles.Stretch([2.0, -1.0], [0.5, 1.0])


@pytest.mark.question("architectures.residual")
def test_residual_adds_what_the_block_makes(student):
    question, inner = "architectures.residual", stretch(student)
    block, x, upstream = student.residual.Residual(inner), [[1.0, 2.0], [-2.0, 3.0]], [[1.0, -1.0], [2.0, 0.5]]
    output, dx = [[1 + 2.5, 2 + 2], [-2 - 2, 3 + 6]], [[1 + 3, -1 - 3], [2 + 0, 0.5 + 2.5]]
    runs(question, block, {"x": x}, upstream, output, {"x": dx}, "dx = upstream + what the block sends back")
    hint = "those of the block's latest backward, under the same names"
    for factor in (1, -2):
        block.backward(factor * np.array(upstream))
        gradients(question, block, {"w": [factor * -3.0, factor * -0.5], "b": [factor * 9.0, factor * 0.5]}, hint)
    write(question, block, {"w": [0.0, 0.0], "b": [0.0, 0.0]})
    close(question, "the output, once the block's weights are 0,", block.forward(np.array(x)), np.array(x))
    calls = [event for event, _ in inner.log]
    problem = f"the block was called in this order: {', '.join(calls)}"
    once = ["forward", *["backward"] * 4, "forward"]
    assert calls == once, say(question, problem, "once for each call of yours")


@pytest.mark.question("architectures.residual")
def test_residual_switches_its_block(student):
    question, inner = "architectures.residual", stretch(student)
    block, x = student.residual.Residual(inner), np.array([[1.0, 2.0]])
    assert block.training, say(question, "training should be True at first")
    block.eval()
    assert not block.training, say(question, "training should be False after eval()")
    close(question, "the output after eval()", block.forward(x), np.array([[2.25, 3.0]]), "the block, too")
    block.train()
    assert block.training, say(question, "training should be True after train()")
    close(question, "the output after train()", block.forward(x), np.array([[3.5, 4.0]]), "the block, too")


@pytest.mark.question("architectures.residual")
def test_residual_takes_a_block_without_modes_and_parameters(student):
    question, block = "architectures.residual", student.residual.Residual(student.activations.ReLU())
    assert dict(block.params) == {}, say(question, "params of a ReLU's Residual should be {}")
    for switch in (block.eval, block.train):
        switch()  # a ReLU has neither
        close(question, "the output", block.forward(np.array([[2.0, -3.0]])), np.array([[4.0, -3.0]]))
        close(question, "dx", block.backward(np.array([[5.0, 7.0]])), np.array([[10.0, 7.0]]))


ATTENTION = "architectures.scaled_dot_product_attention"


@pytest.mark.question(ATTENTION)
def test_attention_worked(student):
    # d = 4, so the scores (2 ln 2, 0) / 2 have the weights 2/3 and 1/3
    q, k, v = [[2 * LN2, 0, 0, 0]], np.eye(2, 4), [[3, 0, 6], [0, 9, 0]]
    third = np.array([[1, -1, 0, 0]]) / 3
    back = {"q": third, "k": [[2 / 3 * LN2, 0, 0, 0], [-2 / 3 * LN2, 0, 0, 0]], "v": [[2 / 3, 0, 0], [1 / 3, 0, 0]]}
    block, inputs = student.attention.ScaledDotProductAttention(), {"q": q, "k": k, "v": v}
    hint = "1/√d, here 1/2, in both passes; and a softmax row has the Jacobian diag(p) - p pᵀ"
    runs(ATTENTION, block, inputs, [[1, 0, 0]], [[2, 3, 4]], back, hint)


@pytest.mark.question(ATTENTION)
def test_attention_does_not_see_what_the_mask_forbids(student):
    # two samples, two queries, three keys; d = 1. The second sample's first query may see one key only.
    mask = np.array([[[True, True, False], [True, False, True]], [[False, True, False], [True, True, True]]])
    q, k = [[[LN2], [0.0]], [[LN3], [LN3]]], [[[1.0], [0.0], [50.0]], [[0.0], [1.0], [2.0]]]
    v = [[[3.0], [6.0], [999.0]], [[13.0], [26.0], [39.0]]]
    output = [[[4.0], [501.0]], [[26.0], [34.0]]]
    dq = [[[-2 / 3], [249 * 49]], [[0], [(-24 + 2 * 45) / 13]]]  # Σ p (v - mean) k; the means are 4, 501, 26 and 34
    dv = [[[2 / 3 + 0.5], [1 / 3], [0.5]], [[1 / 13], [1 + 3 / 13], [9 / 13]]]
    dk = [[[-2 / 3 * LN2], [2 / 3 * LN2], [0]], [[-21 / 13 * LN3], [-24 / 13 * LN3], [45 / 13 * LN3]]]
    block, hint = student.attention.ScaledDotProductAttention(mask), "mask first, softmax afterwards: rows sum to 1"
    inputs = {"q": q, "k": k, "v": v}
    runs(ATTENTION, block, inputs, np.ones((2, 2, 1)), output, {"q": dq, "k": dk, "v": dv}, hint)


@pytest.mark.question(ATTENTION)
def test_attention_survives_large_scores(student):
    block = student.attention.ScaledDotProductAttention(np.array([True, True, False]))
    q, k, v = np.full((1, 1), 1000.0), np.array([[1.0], [-1.0], [9.0]]), np.array([[3.0], [5.0], [7.0]])
    back = {"q": [[0.0]], "k": np.zeros((3, 1)), "v": [[1.0], [0.0], [0.0]]}
    hint = "subtract each row's maximum before exp, as softmax of losses.py does"
    runs(ATTENTION, block, {"q": q, "k": k, "v": v}, [[1.0]], [[3.0]], back, hint)


@pytest.mark.question(ATTENTION)
def test_attention_with_leading_axes(student):
    generator = rng()
    q, k, v = (generator.normal(size=(2, 3, *shape)) for shape in ((5, 4), (6, 4), (6, 2)))
    block, one = (student.attention.ScaledDotProductAttention() for _ in range(2))
    output, upstream = block.forward(q, k, v), generator.normal(size=(2, 3, 5, 2))
    back = block.backward(upstream)
    for place in np.ndindex(2, 3):
        alone = one.forward(q[place].copy(), k[place].copy(), v[place].copy())
        close(ATTENTION, f"the output at leading index {place}", output[place], alone, "swap the last two axes only")
        for name, many, single in zip("qkv", back, one.backward(upstream[place].copy()), strict=True):
            close(ATTENTION, f"d{name} at leading index {place}", many[place], single)


def rows_and_values(question, given, rows, values):
    """Assert that a sparse gradient is the pair (rows, values)."""
    problem = 'grads["w"] should be a pair (rows, values)'
    assert isinstance(given, (tuple, list)) and len(given) == 2, say(question, problem)
    whole = isinstance(given[0], np.ndarray) and given[0].dtype.kind in "iu"
    assert whole, say(question, "rows should be an array of integers")
    hint = "each id once, in ascending order"
    close(question, "rows", given[0].astype(np.int64), np.array(rows, dtype=np.int64), hint)
    close(question, "values", given[1], np.array(values, dtype=float), "the sum over all places of that id")


IDS = np.array([[4, 1], [4, 4]])
PLACES = np.array([[[1.0, 2.0], [10.0, 20.0]], [[3.0, 4.0], [5.0, 6.0]]])
TABLE = np.array([[0.5, -1.0], [2.0, 3.0], [9.0, 9.5], [-4.0, 0.0], [7.0, -8.0]])


@pytest.mark.question("architectures.embedding")
def test_embedding_sums_the_places_of_a_word(student):
    question, block = "architectures.embedding", student.embeddings.Embedding(5, 2, rng())
    write(question, block, {"w": TABLE})
    ids, upstream = IDS.copy(), PLACES.copy()
    output = block.forward(ids)
    close(question, "the output", output, np.array([[[7.0, -8], [2, 3]], [[7, -8], [7, -8]]]))
    for _ in range(2):  # backward may be called repeatedly
        result = block.backward(upstream)
        assert result is None, say(question, "backward should return None: ids have no gradient")
        rows_and_values(question, block.grads["w"], [1, 4], [[10, 20], [9, 12]])
    close(question, "ids, after your code ran,", ids, IDS)
    close(question, "upstream, after your code ran,", upstream, PLACES)


@pytest.mark.question("architectures.embedding")
def test_embedding_with_a_full_gradient(student):
    question, block = "architectures.embedding", student.embeddings.Embedding(5, 2, rng(), sparse=False)
    block.forward(IDS.copy())
    block.backward(PLACES.copy())
    gradients(question, block, {"w": [[0, 0], [10, 20], [0, 0], [0, 0], [9, 12]]}, "zeros for words that do not occur")


@pytest.mark.question("architectures.embedding")
@pytest.mark.parametrize("shape", [(), (3,), (2, 1, 2)])
def test_embedding_takes_ids_of_any_shape(student, shape):
    question, block = "architectures.embedding", student.embeddings.Embedding(5, 2, rng())
    write(question, block, {"w": TABLE})
    output = block.forward(np.full(shape, 3))
    close(question, "the output", output, np.broadcast_to([-4.0, 0.0], (*shape, 2)).copy())
    block.backward(np.ones((*shape, 2)))
    rows_and_values(question, block.grads["w"], [3], np.full((1, 2), math.prod(shape)))
    output[...] = 99.0  # the caller may do that: it has a copy
    close(question, 'params["w"]', block.params["w"], TABLE, "return a copy of the rows")


@pytest.mark.question("architectures.embedding")
def test_embedding_starts_with_its_spread(student):
    question = "architectures.embedding"
    starts(question, lambda generator: student.embeddings.Embedding(7, 3, generator), ())
    for arguments, std in (({}, 0.1), ({"std": 2.0}, 2.0)):
        w = student.embeddings.Embedding(200, 50, rng(), **arguments).params["w"]
        problem = f"the standard deviation at first is {np.std(w):.3g}, expected about {std}"
        assert abs(np.std(w) / std - 1) < 0.05, say(question, problem)


# Words of one number, a window of two, one hidden unit, two classes: tanh(ln 2) = 0.6, and 0.6 · ln 3 / 0.6 = ln 3.
WORDS, WINDOWS, LABELS = [[LN2], [0.0], [5.0], [-7.0]], np.array([[0, 1], [0, 0]]), np.array([1, 0])
WORKED = {"hidden.w": [[1.0], [-1.0]], "hidden.b": [0.0], "output.w": [[LN3 / 0.6, 0.0]], "output.b": [0.0, 0.0]}
BACKS = {  # window 0 has h = 0.6 and p = (3/4, 1/4), window 1 has h = 0 and p = (1/2, 1/2)
    "output.w": [[0.225, -0.225]],
    "output.b": [0.125, -0.125],
    "hidden.w": [[-LN2 * LN3 / 60], [-5 / 12 * LN2 * LN3]],
    "hidden.b": [-LN3 / 60],
    "embedding.w": [[0.4 * LN3], [-0.4 * LN3], [0.0], [0.0]],
}


@pytest.mark.question("architectures.window_classifier")
def test_window_classifier_worked(student):
    question = "architectures.window_classifier"
    model = student.embeddings.WindowClassifier(4, 1, 2, 1, 2, rng())
    write(question, model, {**WORKED, "embedding.w": WORDS})
    close(question, "vectors", model.vectors, np.array(WORDS), 'the array of params["embedding.w"]')
    close(question, "the scores", model.forward(WINDOWS.copy()), np.array([[LN3, 0.0], [0.0, 0.0]]))
    close(question, "predict", model.predict(np.array([[0, 1], [1, 0]])), np.array([0, 1], dtype=np.int64))
    ids, labels = WINDOWS.copy(), LABELS.copy()
    close(question, "the loss", model.loss(ids, labels), 1.5 * LN2, "the mean of ln 4 and ln 2")
    for _ in range(2):  # backward may be called repeatedly
        words = model.backward()
        expected = LN3 * np.array([[[0.4], [-0.4]], [[-5 / 12], [5 / 12]]])
        close(question, "what backward returns", words, expected, "one gradient for each place, (N, window, dim)")
        gradients(question, model, BACKS)
    close(question, "ids, after your code ran,", ids, WINDOWS)
    close(question, "labels, after your code ran,", labels, LABELS)


@pytest.mark.question("architectures.window_classifier")
def test_window_classifier_puts_vectors_side_by_side(student):
    question = "architectures.window_classifier"
    model = student.embeddings.WindowClassifier(3, 2, 2, 4, 4, rng())
    vectors = np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]])
    plain = {"hidden.w": np.eye(4), "hidden.b": np.zeros(4), "output.w": np.eye(4), "output.b": np.zeros(4)}
    write(question, model, {**plain, "embedding.w": vectors})
    scores = np.tanh([[-0.5, 0.6, 0.1, -0.2], [0.3, 0.4, 0.3, 0.4]])
    hint = "the whole first vector, then the whole second one; no bend after the last layer"
    close(question, "the scores", model.forward(np.array([[2, 0], [1, 1]])), scores, hint)


@pytest.mark.question("architectures.window_classifier")
@pytest.mark.parametrize("retrain", [True, False])
def test_retraining_moves_the_words_that_occur(student, retrain):
    """The pitfall: words 0 to 3 train, 4 and 5 do not occur. Without `retrain` none may move."""
    question, generator = "architectures.window_classifier", rng(3)
    model = student.embeddings.WindowClassifier(6, 3, 2, 8, 2, generator, retrain=retrain)
    names = {"hidden.w", "hidden.b", "output.w", "output.b"} | ({"embedding.w"} if retrain else set())
    found = set(model.params)
    assert found == names, say(question, f"with retrain={retrain} params has {sorted(found)}, expected {sorted(names)}")
    before = np.array(model.vectors)
    ids = generator.integers(0, 4, size=(40, 2))
    labels = (ids[:, 0] < 2).astype(np.int64)
    at_first = model.loss(ids, labels)
    words = model.backward()
    assert np.shape(words) == (40, 2, 3), say(question, f"backward returns shape {np.shape(words)} for 40 windows of 2")
    assert set(model.grads) == names, say(question, f"with retrain={retrain} grads has the keys {sorted(model.grads)}")
    student.training.fit(model, ids, labels, student.optimizers.Momentum(0.1), 10, 10, generator)
    moved = np.any(np.array(model.vectors) != before, axis=1).tolist()
    expected = [retrain] * 4 + [False] * 2
    problem = f"with retrain={retrain} these words moved: {np.flatnonzero(moved).tolist()}"
    assert moved == expected, say(question, f"{problem}, expected {np.flatnonzero(expected).tolist()}")
    assert model.loss(ids, labels) < at_first, say(question, f"with retrain={retrain} training made the loss larger")


@pytest.mark.question("architectures.window_classifier")
def test_window_classifier_starts_random_with_zero_biases(student):
    make = student.embeddings.WindowClassifier
    starts("architectures.window_classifier", lambda g: make(6, 3, 2, 5, 4, g), ("hidden.b", "output.b"))


def network(student, generator, **more):
    """A small MLP of the released module, and data for it."""
    criterion, tanh = student.losses.SoftmaxCrossEntropy(), student.activations.Tanh
    model = student.mlp.MLP([3, 5, 4, 2], tanh, criterion, generator, **more)
    return model, generator.normal(size=(12, 3)), generator.integers(0, 2, size=12)


@pytest.mark.question("architectures.freeze")
def test_freeze_hides_names(student):
    question, (model, x, labels) = "architectures.freeze", network(student, rng())
    frozen = student.transfer.freeze(model, ["0.", "2.w"])
    for name, shown in (("params", frozen.params), ("grads", frozen.grads)):
        problem = f"{name} of the frozen model has the keys {sorted(shown)}"
        assert set(shown) == {"2.b", "4.w", "4.b"}, say(question, problem)
    close(question, "the loss", frozen.loss(x, labels), model.loss(x, labels), "the same as the model's")
    model.loss(x, labels)
    expected = model.backward()
    frozen.loss(2 * x, labels)
    frozen.backward()
    frozen.loss(x, labels)
    close(question, "what backward returns", frozen.backward(), expected, "the same as the model's")
    for name in ("2.b", "4.w", "4.b"):
        hint = "look the gradients up when they are asked for, in the model"
        close(question, f'grads["{name}"]', frozen.grads[name], np.array(model.grads[name]), hint)
    close(question, "predict", frozen.predict(x), model.predict(x), "the same as the model's")
    close(question, "the scores", frozen.forward(x), model.forward(x), "the same as the model's")
    assert len(model.params) == len(model.grads) == 6, say(question, "the model itself should still show all its names")


@pytest.mark.question("architectures.freeze")
def test_freeze_trains_the_rest_of_the_model(student):
    question, generator = "architectures.freeze", rng()
    model, x, labels = network(student, generator)
    frozen = student.transfer.freeze(model, ["0.", "2.w"])
    before = {name: np.array(model.params[name]) for name in model.params}
    optimizer = student.optimizers.Momentum(0.1, weight_decay=0.1)
    student.training.fit(frozen, x, labels, optimizer, 3, 5, generator)
    for name, old in before.items():
        still, wanted = np.array_equal(model.params[name], old), name in ("0.w", "0.b", "2.w")
        problem = f"{name} of the model has {'not ' if still else ''}moved in training"
        assert still == wanted, say(question, problem, "the frozen stay, the others are the model's own arrays")


@pytest.mark.question("architectures.freeze")
def test_freeze_reaches_the_modes(student):
    question, (model, x, _) = "architectures.freeze", network(student, rng(), dropout=0.5)
    frozen = student.transfer.freeze(model, ["0."])
    frozen.eval()
    modes = [model.training, frozen.training]
    assert modes == [False, False], say(question, f"after eval(), training of model and frozen are {modes}")
    close(question, "the scores in evaluation, asked twice,", frozen.forward(x), frozen.forward(x))
    frozen.train()
    modes = [model.training, frozen.training]
    assert modes == [True, True], say(question, f"after train(), training of model and frozen are {modes}")


NARROW = {"down.w": [[1.0], [2.0]], "down.b": [-1.0], "up.w": [[3.0, -1.0]], "up.b": [0.5, 0.0]}


@pytest.mark.question("architectures.bottleneck")
def test_bottleneck_worked(student):
    question, block = "architectures.bottleneck", student.transfer.Bottleneck(2, 1, rng())
    write(question, block, NARROW)
    x, upstream = [[1.0, 2.0], [-1.0, 0.5]], [[1.0, 2.0], [5.0, 7.0]]  # the unit is 4 for one sample, off for the other
    hint = "x → down → ReLU → up"
    runs(question, block, {"x": x}, upstream, [[12.5, -4.0], [0.5, 0.0]], {"x": [[1, 2], [0, 0]]}, hint)
    block.backward(np.array(upstream))
    back = {"down.w": [[1], [2]], "down.b": [1], "up.w": [[4, 8]], "up.b": [6, 9]}
    gradients(question, block, back, "sums over the samples, anew at each backward")


@pytest.mark.question("architectures.bottleneck")
def test_bottleneck_with_another_activation(student):
    question, tanh = "architectures.bottleneck", student.activations.Tanh
    block = student.transfer.Bottleneck(2, 1, rng(), activation=tanh)
    write(question, block, NARROW | {"down.b": [-5.0 - LN2]})
    output, dx = [[0.5 - 1.8, 0.6]], [[0.64, 1.28]]  # tanh(-ln 2) = -0.6, slope 0.64
    runs(question, block, {"x": [[1.0, 2.0]]}, [[1.0, 2.0]], output, {"x": dx})


@pytest.mark.question("architectures.bottleneck")
def test_bottleneck_starts_random_with_zero_biases(student):
    make = student.transfer.Bottleneck
    starts("architectures.bottleneck", lambda generator: make(5, 2, generator), ("down.b", "up.b"))


START = [0.1, -2.0, 3.0, -0.2]  # half of it: the first and the last weight go


@pytest.mark.question("architectures.prune_and_retrain")
def test_pruned_weights_stay_away(student):
    question, data = "architectures.prune_and_retrain", rng()
    x, y = data.normal(size=(8, 4)), data.normal(size=8)
    pruned, smaller = student.doubles.QuadraticModel(START), student.doubles.QuadraticModel([-2.0, 3.0])
    optimizer = student.doubles.RecordingOptimizer(lr=0.1)
    masks = student.transfer.prune_and_retrain(pruned, x, y, 0.5, optimizer, 4, 3, rng(1))
    assert isinstance(masks, dict), say(question, "it should return a dict of masks")
    assert set(masks) == {"w"}, say(question, f"the masks have the keys {sorted(masks)}", "weights only, no biases")
    close(question, 'the mask of "w"', masks["w"], np.array([False, True, True, False]), "True where kept")
    log = optimizer.log
    assert len(log) == 12, say(question, f"{len(log)} steps for 4 epochs of 3 batches")
    hint = "set what goes to 0 at once, in place"
    close(question, "w at the first step", log[0][1]["w"], np.array([0.0, -2.0, 3.0, 0.0]), hint)
    # what is left learns as a model does that never had the other two
    kept = x[:, 1:3].copy()
    student.training.fit(smaller, kept, y, student.optimizers.SGD(0.1), 4, 3, rng(1))
    first, second = smaller.params["w"]
    hint = "after every step, 0 again where the mask is False"
    close(question, "w after retraining", pruned.params["w"], np.array([0.0, first, second, 0.0]), hint)
    close(question, "b after retraining", pruned.params["b"], np.array(smaller.params["b"]), "biases train on")


@pytest.mark.question("architectures.prune_and_retrain")
def test_pruned_weights_stay_away_from_momentum(student):
    question, generator = "architectures.prune_and_retrain", rng()
    model, x, labels = network(student, generator)
    optimizer = student.optimizers.Momentum(0.1, weight_decay=0.01)
    student.training.fit(model, x, labels, optimizer, 2, 4, generator)  # now it remembers a velocity for every weight
    trained = {name: np.array(model.params[name]) for name in model.params}
    masks = student.transfer.prune_and_retrain(model, x, labels, 0.6, optimizer, 3, 4, generator)
    assert set(masks) == {"0.w", "2.w", "4.w"}, say(question, f"the masks have the keys {sorted(masks)}")
    for name, mask in masks.items():
        w, sizes = model.params[name], np.sort(np.abs(trained[name]), axis=None)
        smallest = np.abs(trained[name]) <= sizes[round(0.6 * w.size) - 1]
        close(question, f'the mask of "{name}"', mask, ~smallest, "each array by itself, as it was before retraining")
        problem = f"{np.sum(w[~mask] != 0)} pruned entries of {name} have come back"
        assert not np.any(w[~mask]), say(question, problem, "momentum moves what has no gradient")
