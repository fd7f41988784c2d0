"""The reference solutions of architectures: worked numbers, plain loops, differences over many seeds, general rules."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from solutions import doubles
from solutions.activations import Identity, PReLU, ReLU, Tanh
from solutions.attention import ScaledDotProductAttention
from solutions.convolution import Conv2D, MaxPool2D
from solutions.embeddings import Embedding, WindowClassifier
from solutions.initializers import xavier_normal
from solutions.layers import Affine, Sequential
from solutions.losses import SoftmaxCrossEntropy
from solutions.mlp import MLP
from solutions.optimizers import SGD, Adam, Momentum, SparseAdam
from solutions.regularizers import Dropout
from solutions.residual import Residual
from solutions.training import fit
from solutions.transfer import Bottleneck, freeze, prune_and_retrain

SEEDS = range(10)


def assert_slope(f, gradient, x, rng, h=1e-5):
    """The directional derivative of f at x is the projection of the gradient."""
    assert (np.shape(gradient), np.asarray(gradient).dtype) == (np.shape(x), np.float64)
    direction = rng.normal(size=np.shape(x))
    numeric = (f(x + h * direction) - f(x - h * direction)) / (2 * h)
    analytic = np.sum(gradient * direction)
    assert abs(numeric - analytic) <= 1e-7 * max(1.0, abs(analytic))


def of_input(block, inputs, i, upstream):
    """sum(upstream * output) as a function of input i."""
    return lambda value: np.sum(upstream * block.forward(*inputs[:i], value, *inputs[i + 1 :]))


def of_parameter(array, total):
    """total() as a function of one parameter, which is put back."""

    def f(value):
        before = array.copy()
        array[...] = value
        result = total()
        array[...] = before
        return result

    return f


def several(gradients):
    return gradients if isinstance(gradients, tuple) else (gradients,)


def fill(params, rng):
    """New values for every parameter, biases too, in place."""
    for array in params.values():
        array[...] = rng.normal(size=array.shape)


# name → (a block from rng, the shapes of its inputs)
BLOCKS = {
    "conv": (lambda rng: Conv2D(2, 3, 3, rng), [(2, 2, 7, 5)]),
    "conv stride": (lambda rng: Conv2D(3, 2, 2, rng, stride=3), [(2, 3, 9, 7)]),
    "conv padding": (lambda rng: Conv2D(2, 3, 3, rng, stride=2, padding=1), [(2, 2, 6, 5)]),
    "conv wide padding": (lambda rng: Conv2D(1, 2, 2, rng, padding=3), [(3, 1, 2, 3)]),
    "conv 1 by 1": (lambda rng: Conv2D(3, 5, 1, rng), [(2, 3, 2, 3)]),
    "pool": (lambda rng: MaxPool2D(2), [(2, 3, 5, 7)]),
    "pool overlapping": (lambda rng: MaxPool2D(3, 2), [(2, 3, 8, 7)]),
    "pool with gaps": (lambda rng: MaxPool2D(2, 3), [(2, 3, 8, 7)]),
    "residual": (lambda rng: Residual(Affine(3, 3, rng)), [(5, 3)]),
    "residual conv": (lambda rng: Residual(Conv2D(2, 2, 3, rng, padding=1)), [(3, 2, 5, 4)]),
    "residual stack": (lambda rng: Residual(Sequential(Affine(3, 5, rng), Tanh(), Affine(5, 3, rng))), [(7, 3)]),
    "residual twice": (lambda rng: Residual(Residual(PReLU(rng.normal()))), [(7, 3)]),
    "attention": (lambda rng: ScaledDotProductAttention(), [(5, 3), (7, 3), (7, 2)]),
    "attention heads": (lambda rng: ScaledDotProductAttention(), [(2, 3, 5, 7), (2, 3, 4, 7), (2, 3, 4, 2)]),
    "attention causal": (
        lambda rng: ScaledDotProductAttention(np.tril(np.ones((5, 5), dtype=bool))),
        [(3, 5, 2), (3, 5, 2), (3, 5, 7)],
    ),
    "attention per sample": (
        lambda rng: ScaledDotProductAttention((rng.random((3, 1, 7)) < 0.5) | (np.arange(7) == 2)),
        [(3, 5, 2), (3, 7, 2), (3, 7, 4)],
    ),
    "bottleneck": (lambda rng: Bottleneck(5, 2, rng), [(7, 5)]),
    "bottleneck tanh": (lambda rng: Bottleneck(5, 3, rng, activation=Tanh), [(2, 5)]),
    "adapter": (lambda rng: Residual(Bottleneck(5, 2, rng)), [(7, 5)]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_against_differences(name):
    make, shapes = BLOCKS[name]
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        block, inputs = make(rng), tuple(rng.normal(size=shape) for shape in shapes)
        fill(block.params, rng)
        upstream = rng.normal(size=block.forward(*inputs).shape)
        gradients = several(block.backward(upstream))
        assert block.params.keys() == block.grads.keys() and len(gradients) == len(inputs)
        found = {key: grad.copy() for key, grad in block.grads.items()}
        for i, gradient in enumerate(gradients):
            assert_slope(of_input(block, inputs, i, upstream), gradient, inputs[i], rng)
        for key, array in block.params.items():
            total = of_parameter(array, lambda: np.sum(upstream * block.forward(*inputs)))  # noqa: B023 (called at once)
            assert_slope(total, found[key], array.copy(), rng)


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_keep_the_general_rules(name):
    """Arguments untouched, nothing shared, backward twice, grads assigned, the same params, instances apart."""
    make, shapes = BLOCKS[name]
    rng = np.random.default_rng(0)
    block, other, inputs = make(rng), make(rng), tuple(rng.normal(size=shape) for shape in shapes)
    arrays, before = block.params, [x.copy() for x in inputs]
    output = block.forward(*inputs)
    upstream = rng.normal(size=output.shape)
    kept, out = upstream.copy(), output.copy()
    first = several(block.backward(upstream))
    first_values, grads = [g.copy() for g in first], {key: g.copy() for key, g in block.grads.items()}
    other.forward(*(x + 1.0 for x in inputs))
    second = several(block.backward(upstream))
    assert all(map(np.array_equal, inputs, before)) and np.array_equal(upstream, kept) and np.array_equal(output, out)
    assert all(np.array_equal(a, b) for a, b in zip(first_values, second, strict=True))
    assert all(np.array_equal(block.grads[key], grads[key]) for key in grads)
    assert all(block.params[key] is arrays[key] for key in arrays)
    everything = [*inputs, output, upstream, *first, *arrays.values()]
    for i, one in enumerate(everything):
        assert not any(np.shares_memory(one, each) for each in everything[i + 1 :])
    assert all(not np.shares_memory(g, one) for g in block.grads.values() for one in everything)


def convolved(x, w, b, stride, padding):
    """Cross-correlation, one product at a time."""
    (n, c, height, width), (o, _, k, _) = x.shape, w.shape
    padded = np.zeros((n, c, height + 2 * padding, width + 2 * padding))
    padded[:, :, padding : padding + height, padding : padding + width] = x
    rows, columns = (size // stride + 1 for size in (padded.shape[2] - k, padded.shape[3] - k))
    output = np.zeros((n, o, rows, columns))
    for place in np.ndindex(output.shape):
        sample, out, row, column = place
        top, left = row * stride, column * stride
        output[place] = b[out] + np.sum(padded[sample, :, top : top + k, left : left + k] * w[out])
    return output


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "size"),
    [(1, 1, 0, (3, 2)), (3, 1, 0, (5, 7)), (3, 2, 0, (8, 6)), (2, 3, 1, (7, 5)), (3, 1, 1, (3, 3)), (5, 2, 3, (4, 3))],
)
def test_convolution_is_the_plain_loop(kernel, stride, padding, size):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        conv, x = Conv2D(2, 3, kernel, rng, stride=stride, padding=padding), rng.normal(size=(2, 2, *size))
        fill(conv.params, rng)
        expected = convolved(x, conv.params["w"], conv.params["b"], stride, padding)
        assert np.allclose(conv.forward(x), expected, rtol=1e-12, atol=1e-13)


def test_convolution_worked():
    """An image of 1 to 9; a kernel that takes an entry and its lower right neighbour, plus 0.5."""
    conv, x = Conv2D(1, 1, 2, np.random.default_rng(0)), np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    conv.params["w"][...] = [[[[1.0, 0.0], [0.0, 2.0]]]]
    conv.params["b"][...] = 0.5
    assert np.array_equal(conv.forward(x), [[[[11.5, 14.5], [20.5, 23.5]]]])
    dx = conv.backward(np.array([[[[1.0, 0.0], [0.0, -1.0]]]]))
    assert np.array_equal(dx, [[[[1, 0, 0], [0, 2 - 1, 0], [0, 0, -2]]]])
    assert np.array_equal(conv.grads["w"], [[[[1 - 5, 2 - 6], [4 - 8, 5 - 9]]]])
    assert np.array_equal(conv.grads["b"], [0.0])


def test_a_floored_convolution_gives_zero_to_what_no_window_sees():
    conv = Conv2D(1, 1, 2, np.random.default_rng(0), stride=2)
    assert conv.forward(np.ones((1, 1, 5, 4))).shape == (1, 1, 2, 2)
    assert np.all(conv.backward(np.ones((1, 1, 2, 2)))[:, :, 4] == 0)


def test_convolution_starts_by_he_with_zero_biases():
    conv = Conv2D(8, 40, 5, np.random.default_rng(0))
    assert conv.params["w"].shape == (40, 8, 5, 5) and conv.params["b"].shape == (40,)
    assert math.isclose(np.var(conv.params["w"]), 2 / (8 * 25), rel_tol=0.1)  # 8000 draws: 6 standard deviations
    assert not np.any(conv.params["b"]) and not any(np.any(g) for g in conv.grads.values())
    again = Conv2D(8, 40, 5, np.random.default_rng(0))
    assert np.array_equal(conv.params["w"], again.params["w"])


@pytest.mark.parametrize(("kernel", "stride"), [(1, None), (2, None), (3, 1), (3, 2), (2, 3), (1, 2)])
def test_pooling_is_the_plain_loop(kernel, stride):
    step = stride or kernel
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x, pool = rng.integers(-3, 3, size=(2, 3, 7, 5)).astype(float), MaxPool2D(kernel, stride)  # ties, all below 0
        output = pool.forward(x)
        upstream, dx = rng.normal(size=output.shape), np.zeros_like(x)
        assert output.shape == (2, 3, (7 - kernel) // step + 1, (5 - kernel) // step + 1)
        for place in np.ndindex(output.shape):
            sample, channel, row, column = place
            top, left = row * step, column * step
            window = x[sample, channel, top : top + kernel, left : left + kernel]
            assert output[place] == window.max()
            i, j = divmod(int(np.argmax(window)), kernel)
            dx[sample, channel, top + i, left + j] += upstream[place]
        assert np.allclose(pool.backward(upstream), dx, rtol=1e-13, atol=1e-14)


def test_pooling_worked():
    x = np.array([[[[1.0, 5.0, 5.0], [5.0, 2.0, 0.0], [-1.0, -1.0, 9.0]]]])
    side_by_side, overlapping = MaxPool2D(2), MaxPool2D(2, 1)
    assert np.array_equal(side_by_side.forward(x), [[[[5.0]]]])
    assert np.array_equal(side_by_side.backward(np.full((1, 1, 1, 1), 2.0)), [[[[0, 2, 0], [0, 0, 0], [0, 0, 0]]]])
    assert np.array_equal(overlapping.forward(x), [[[[5.0, 5.0], [5.0, 9.0]]]])
    dx = overlapping.backward(np.array([[[[1.0, 2.0], [4.0, 8.0]]]]))
    assert np.array_equal(dx, [[[[0, 3, 0], [4, 0, 0], [0, 0, 8]]]])


def test_residual_of_what_gives_nothing_back_is_the_identity():
    rng, x = np.random.default_rng(0), np.array([[-1.0, -2.0]])
    deep = Sequential(*(Residual(ReLU()) for _ in range(30)))
    upstream = rng.normal(size=(1, 2))
    assert np.array_equal(deep.forward(x), x) and np.array_equal(deep.backward(upstream), upstream)
    doubling = Residual(Identity())
    assert np.array_equal(doubling.forward(x), 2 * x) and np.array_equal(doubling.backward(x), 2 * x)


def test_residual_has_the_parameters_and_modes_of_its_block():
    rng = np.random.default_rng(0)
    inner = Sequential(Affine(3, 3, rng), Dropout(0.5, rng))
    block = Residual(inner)
    assert block.training and block.params.keys() == {"0.w", "0.b"} == block.grads.keys()
    assert all(block.params[name] is inner.params[name] for name in inner.params)
    x = rng.normal(size=(50, 3))
    block.eval()
    assert not block.training and np.array_equal(block.forward(x), x + inner.forward(x))
    assert np.array_equal(block.forward(x), block.forward(x))
    block.train()
    assert block.training and not np.array_equal(block.forward(x), block.forward(x))
    plain = Residual(Tanh())
    plain.eval()
    plain.train()
    assert plain.params == {} == plain.grads and plain.training


def test_attention_worked():
    """d = 4, so the scores 2 ln 2 · (1, 0) become (ln 2, 0): weights 2/3 and 1/3."""
    attention = ScaledDotProductAttention()
    q, k = np.array([[2 * math.log(2), 0.0, 0.0, 0.0]]), np.eye(2, 4)
    v = np.array([[3.0, 0.0, 6.0], [0.0, 9.0, 0.0]])
    assert np.allclose(attention.forward(q, k, v), [[2.0, 3.0, 4.0]], rtol=1e-14)
    dq, dk, dv = attention.backward(np.array([[1.0, 0.0, 0.0]]))
    slope = 2 / 3 * 1 / 3 * 3  # p (1 - p) times the difference of the two values
    assert np.allclose(dq, [[slope / 2, -slope / 2, 0, 0]], rtol=1e-14)
    assert np.allclose(dk, np.outer([1, -1], q[0]) * slope / 2, rtol=1e-14)
    assert np.allclose(dv, [[2 / 3, 0, 0], [1 / 3, 0, 0]], rtol=1e-14)


def test_attention_sees_nothing_behind_its_mask():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        attention = ScaledDotProductAttention(np.tril(np.ones((5, 5), dtype=bool)))
        q, k, v, upstream = (rng.normal(size=(2, 5, 3)) for _ in range(4))
        before = attention.forward(q, k, v)
        upstream[:, 2:] = 0.0
        dq, dk, dv = attention.backward(upstream)
        assert not (np.any(dk[:, 2:]) or np.any(dv[:, 2:]) or np.any(dq[:, 2:]))
        k[:, 3:], v[:, 3:] = 1e3 * rng.normal(size=(2, 2, 2, 3))
        after = attention.forward(q, k, v)
        assert np.array_equal(before[:, :3], after[:, :3]) and not np.allclose(before[:, 3:], after[:, 3:])
        assert np.array_equal(after[:, 0], v[:, 0])  # the first query has one key


@pytest.mark.filterwarnings("error")
def test_attention_survives_large_scores():
    attention = ScaledDotProductAttention(np.array([[True, True, False]]))
    q, k, v = np.full((1, 1), 1000.0), np.array([[1.0], [-1.0], [9.0]]), np.array([[3.0], [5.0], [7.0]])
    assert np.array_equal(attention.forward(q, k, v), [[3.0]])
    dq, dk, dv = attention.backward(np.ones((1, 1)))
    assert not np.any(dq) and not np.any(dk) and np.array_equal(dv, [[1.0], [0.0], [0.0]])


@pytest.mark.parametrize("shape", [(), (7,), (3, 5), (2, 1, 3)])
def test_embedding_against_one_hot_rows(shape):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        sparse, full = Embedding(6, 3, rng), Embedding(6, 3, rng, sparse=False)
        full.params["w"][...] = sparse.params["w"]
        ids = rng.integers(0, 6, size=shape)
        upstream, kept = rng.normal(size=(*shape, 3)), ids.copy()
        one_hot = np.eye(6)[ids]
        for block in (sparse, full):
            output = block.forward(ids)
            assert output.shape == (*shape, 3) and np.array_equal(output, one_hot @ block.params["w"])
            assert not np.shares_memory(output, block.params["w"])
            assert block.backward(upstream) is None and block.backward(upstream) is None
        expected = np.tensordot(one_hot, upstream, axes=(range(len(shape)), range(len(shape))))
        rows, values = sparse.grads["w"]
        assert np.allclose(full.grads["w"], expected, rtol=1e-13, atol=1e-14) and np.array_equal(ids, kept)
        assert np.array_equal(rows, np.unique(ids)) and np.issubdtype(rows.dtype, np.integer)
        assert np.array_equal(values, full.grads["w"][rows])


def test_embedding_worked():
    block = Embedding(5, 2, np.random.default_rng(0))
    block.forward(np.array([[4, 1], [4, 4]]))
    block.backward(np.array([[[1.0, 2.0], [10.0, 20.0]], [[3.0, 4.0], [5.0, 6.0]]]))
    rows, values = block.grads["w"]
    assert np.array_equal(rows, [1, 4]) and np.array_equal(values, [[10.0, 20.0], [9.0, 12.0]])


def test_embedding_starts_with_its_spread_and_no_gradient():
    block, full = (Embedding(100, 80, np.random.default_rng(0), std=0.3, sparse=each) for each in (True, False))
    assert math.isclose(block.params["w"].std(), 0.3, rel_tol=0.05) and abs(block.params["w"].mean()) < 0.02
    assert np.array_equal(block.params["w"], full.params["w"])
    rows, values = block.grads["w"]
    assert rows.shape == (0,) and values.shape == (0, 80) and np.array_equal(full.grads["w"], np.zeros((100, 80)))
    assert math.isclose(Embedding(100, 80, np.random.default_rng(1)).params["w"].std(), 0.1, rel_tol=0.05)


def test_sparse_adam_takes_the_pair():
    block = Embedding(6, 3, np.random.default_rng(0))
    before, optimizer = block.params["w"].copy(), SparseAdam(0.1)
    block.forward(np.array([2, 5, 2]))
    block.backward(np.ones((3, 3)))
    optimizer.step(block.params, block.grads)
    moved = before - block.params["w"]
    assert np.allclose(moved[[2, 5]], 0.1, rtol=1e-6) and not np.any(moved[[0, 1, 3, 4]])


def classifier(rng, retrain=True):
    model = WindowClassifier(11, 3, 5, 7, 4, rng, retrain=retrain)
    for name, array in {**model.params, "vectors": model.vectors}.items():
        array[...] = rng.normal(size=array.shape, scale=0.1 if name.startswith("b") else 0.5)
    return model


@pytest.mark.parametrize("retrain", [True, False])
def test_window_classifier_against_differences(retrain):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        model, ids, labels = classifier(rng, retrain), rng.integers(0, 9, size=(6, 5)), rng.integers(0, 4, size=6)
        loss = model.loss(ids, labels)
        assert isinstance(loss, float)
        words = model.backward()
        grads = {name: grad.copy() for name, grad in model.grads.items()}
        assert model.params.keys() == grads.keys() and ("embedding.w" in grads) == retrain
        for name, array in model.params.items():
            total = of_parameter(array, lambda: model.loss(ids, labels))  # noqa: B023 (called at once)
            assert_slope(total, grads[name], array.copy(), rng)
        if retrain:
            assert model.vectors is model.params["embedding.w"] and not np.any(grads["embedding.w"][9:])
        summed = np.zeros_like(model.vectors)
        np.add.at(summed, ids, words)
        total = of_parameter(model.vectors, lambda: model.loss(ids, labels))  # noqa: B023 (called at once)
        assert words.shape == (6, 5, 3)
        assert_slope(total, summed, model.vectors.copy(), rng)


def test_window_classifier_is_its_formula():
    rng = np.random.default_rng(0)
    model, ids = classifier(rng), rng.integers(0, 11, size=(6, 5))
    p = model.params
    shapes = {"hidden.w": (15, 7), "hidden.b": (7,), "output.w": (7, 4), "output.b": (4,), "embedding.w": (11, 3)}
    assert {name: array.shape for name, array in p.items()} == shapes
    rows = np.stack([np.concatenate([p["embedding.w"][word] for word in window]) for window in ids])
    scores = np.tanh(rows @ p["hidden.w"] + p["hidden.b"]) @ p["output.w"] + p["output.b"]
    assert np.allclose(model.forward(ids), scores, rtol=1e-12)
    assert math.isclose(model.loss(ids, np.full(6, 2)), SoftmaxCrossEntropy().forward(scores, np.full(6, 2)))
    assert np.array_equal(model.predict(ids), scores.argmax(axis=1)) and model.predict(ids).dtype == np.int64


def test_fresh_classifiers_have_random_weights_and_no_biases():
    model = WindowClassifier(11, 3, 5, 7, 4, np.random.default_rng(0))
    again = WindowClassifier(11, 3, 5, 7, 4, np.random.default_rng(0))
    for name, array in model.params.items():
        assert np.array_equal(array, again.params[name]) and not np.any(model.grads[name])
        assert np.any(array) != name.endswith(".b")


@pytest.mark.parametrize("make_optimizer", [lambda: SGD(0.5), lambda: Momentum(0.1), lambda: Adam(0.05)])
def test_the_retraining_pitfall(make_optimizer):
    """Words 0 to 5 train, 6 to 8 are their synonyms that do not occur: retraining leaves those behind."""
    for retrain in (True, False):
        rng = np.random.default_rng(3)
        model = WindowClassifier(9, 4, 3, 8, 2, rng, retrain=retrain)
        model.vectors[:6] = rng.normal(size=(6, 4))
        model.vectors[6:] = model.vectors[:3]
        before = model.vectors.copy()
        ids = rng.integers(0, 6, size=(60, 3))
        labels = (ids[:, 1] < 3).astype(np.int64)
        history = fit(model, ids, labels, make_optimizer(), 30, 10, rng)
        moved = np.any(model.vectors != before, axis=1)
        assert history.train_loss[-1] < 0.5 * history.train_loss[0]
        assert moved.tolist() == [retrain] * 6 + [False] * 3


def mlp(rng, **more):
    model = MLP([5, 7, 6, 3], Tanh, SoftmaxCrossEntropy(), rng, initializer=xavier_normal, **more)
    return model, rng.normal(size=(20, 5)), rng.integers(0, 3, size=20)


def test_freeze_shows_the_rest_and_trains_the_model():
    rng = np.random.default_rng(0)
    model, x, labels = mlp(rng)
    frozen, before = freeze(model, ["0.", "2.w"]), {name: w.copy() for name, w in model.params.items()}
    assert frozen.params.keys() == {"2.b", "4.w", "4.b"}
    assert all(frozen.params[name] is model.params[name] for name in frozen.params)
    assert frozen.loss(x, labels) == model.loss(x, labels) and np.array_equal(frozen.forward(x), model.forward(x))
    frozen.loss(x, labels)
    assert np.array_equal(frozen.backward(), model.backward()) and frozen.grads.keys() == frozen.params.keys()
    assert all(np.array_equal(frozen.grads[name], model.grads[name]) for name in frozen.grads)
    fit(frozen, x, labels, Momentum(0.1, weight_decay=0.1), 3, 7, rng)
    for name, w in model.params.items():
        assert np.array_equal(w, before[name]) == (name in ("0.w", "0.b", "2.w"))
    assert len(model.params) == len(model.grads) == 6 and np.array_equal(frozen.predict(x), model.predict(x))


def test_freeze_reaches_modes_and_nests():
    rng = np.random.default_rng(0)
    model, _, _ = mlp(rng, dropout=0.5)
    frozen = freeze(freeze(model, ["0."]), ["3."])
    assert frozen.params.keys() == {"6.w", "6.b"}
    frozen.eval()
    assert not model.training and not frozen.training
    frozen.train()
    assert model.training and frozen.training


def test_freeze_nothing_everything_and_the_retraining_of_word_vectors():
    quadratic = doubles.QuadraticModel([1.0, 2.0])
    assert freeze(quadratic, []).params.keys() == {"w", "b"} and freeze(quadratic, ("w", "b")).params == {}
    rng = np.random.default_rng(0)
    model = WindowClassifier(11, 3, 5, 7, 4, rng)
    ids, labels, before = rng.integers(0, 11, size=(6, 5)), rng.integers(0, 4, size=6), model.vectors.copy()
    frozen = freeze(model, ["embedding."])
    fit(frozen, ids, labels, SGD(0.5), 5, 2, rng)
    assert np.array_equal(frozen.vectors, before) and "embedding.w" in model.params


def test_bottleneck_is_its_formula():
    rng = np.random.default_rng(0)
    block, x = Bottleneck(5, 2, rng), rng.normal(size=(7, 5))
    p = block.params
    shapes = {"down.w": (5, 2), "down.b": (2,), "up.w": (2, 5), "up.b": (5,)}
    assert {name: array.shape for name, array in p.items()} == shapes
    assert all(np.any(p[name]) != name.endswith(".b") for name in p)
    assert not any(np.any(grad) for grad in block.grads.values())
    fill(p, rng)
    expected = np.maximum(x @ p["down.w"] + p["down.b"], 0) @ p["up.w"] + p["up.b"]
    assert np.allclose(block.forward(x), expected, rtol=1e-12)
    made = []
    Bottleneck(5, 2, rng, activation=lambda: made.append(Tanh()) or made[-1])
    assert len(made) == 1


def recorded(step):
    """An optimizer from a function, that counts how many weights of `params` are 0 when a step begins."""
    optimizer = SimpleNamespace(lr=0.1, zeros=[])

    def counting(params, grads):
        optimizer.zeros.append({name: int(np.sum(w == 0)) for name, w in params.items()})
        step(params, grads)

    optimizer.step = counting
    return optimizer


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.5, 1.0])
def test_pruned_weights_stay_away(fraction):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        model, x, labels = mlp(rng)
        before, arrays = {name: w.copy() for name, w in model.params.items()}, model.params
        inner = Momentum(0.1, weight_decay=0.01)
        optimizer = recorded(inner.step)
        masks = prune_and_retrain(model, x, labels, fraction, optimizer, 3, 7, rng)
        assert masks.keys() == {"0.w", "2.w", "4.w"} and len(optimizer.zeros) == 9
        for name, mask in masks.items():
            w, gone = model.params[name], round(fraction * before[name].size)
            assert w is arrays[name] and mask.dtype == bool and mask.shape == w.shape and np.sum(~mask) == gone
            assert np.all(w[~mask] == 0) and np.all(w[mask] != before[name][mask])
            assert not gone or gone == w.size or np.abs(before[name][~mask]).max() <= np.abs(before[name][mask]).min()
            assert all(zeros[name] == gone for zeros in optimizer.zeros)  # from the first step on
            assert not np.shares_memory(mask, w)
        assert np.all(model.params["4.b"] != before["4.b"])  # a hidden unit may have lost all its ways out


def test_retraining_is_fit_with_the_mask_on():
    """Nothing pruned: the same as fit with the same rng. Something pruned: gradient descent in what is left."""
    x, y = np.random.default_rng(0).normal(size=(8, 4)), np.arange(8.0)
    one, other = (doubles.QuadraticModel([0.1, -2.0, 3.0, -0.2]) for _ in range(2))
    prune_and_retrain(one, x, y, 0.0, SGD(0.1), 4, 3, np.random.default_rng(1))
    fit(other, x, y, SGD(0.1), 4, 3, np.random.default_rng(1))
    assert all(np.array_equal(one.params[name], other.params[name]) for name in one.params)
    pruned, smaller = doubles.QuadraticModel([0.1, -2.0, 3.0, -0.2]), doubles.QuadraticModel([-2.0, 3.0])
    masks = prune_and_retrain(pruned, x, y, 0.5, SGD(0.1), 4, 3, np.random.default_rng(1))
    fit(smaller, x[:, 1:3], y, SGD(0.1), 4, 3, np.random.default_rng(1))
    assert masks.keys() == {"w"} and masks["w"].tolist() == [False, True, True, False]
    assert np.allclose(pruned.params["w"], [0, *smaller.params["w"], 0], rtol=1e-12)
    assert np.allclose(pruned.params["b"], smaller.params["b"], rtol=1e-12)
