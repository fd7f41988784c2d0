"""The reference solutions of mlp: worked numbers, gradients against differences over many seeds, the general rules.

The last part runs the same code on arrays that behave as CuPy's.
"""

from itertools import pairwise

import numpy as np
import pytest

from solutions import (
    activations,
    backend,
    doubles,
    initializers,
    layers,
    losses,
    mlp,
    numeric,
    optimizers,
    pretend_cupy,
    regularizers,
    schedules,
    training,
)

SEEDS = range(8)


def near(a, b, tolerance=1e-6):
    """Whether the largest difference is small beside the largest entry: differences are right to 5e-11 or so."""
    return a.shape == b.shape and np.max(np.abs(a - b)) <= tolerance * np.max(np.abs(b)) + 1e-9


def fill(block, rng):
    """Give every parameter random numbers, biases too: zeros hide mistakes."""
    for value in block.params.values():
        value[...] = rng.normal(size=value.shape)


def differences_agree(block, x, upstream):
    """Whether backward gives the derivatives of forward, for x and for every parameter."""
    block.forward(x)
    dx = block.backward(upstream)
    grads = dict(block.grads)

    def objective(_):
        return float(np.sum(upstream * block.forward(x)))

    numerical = {name: numeric.numerical_gradient(at(objective, w), w) for name, w in block.params.items()}
    assert all(near(grads[name], numerical[name]) for name in grads)
    return near(dx, numeric.numerical_gradient(lambda moved: float(np.sum(upstream * block.forward(moved))), x))


def at(objective, w):
    """The objective as a function of w: written into the parameter, and taken out again."""

    def moved(value):
        kept, w[...] = w.copy(), value
        try:
            return objective(value)
        finally:
            w[...] = kept

    return moved


# Affine, Flatten, Sequential


def affine():
    block = layers.Affine(2, 3, np.random.default_rng(0))
    block.params["w"][...] = [[1, 0, -1], [2, 1, 0]]
    block.params["b"][...] = [0.5, -0.5, 1]
    return block


def test_affine_worked_numbers():
    block = affine()
    assert np.array_equal(block.forward(np.array([[1.0, 2], [3, -1]])), [[5.5, 1.5, 0], [1.5, -1.5, -2]])
    dx = block.backward(np.array([[1.0, 0, 2], [-1, 3, 0.5]]))
    assert np.array_equal(dx, [[-1, 2], [-1.5, 1]])
    assert np.array_equal(block.grads["w"], [[-2, 9, 3.5], [3, -3, 3.5]])
    assert np.array_equal(block.grads["b"], [0, 3, 2.5])


@pytest.mark.parametrize("seed", SEEDS)
def test_layers_against_differences(seed):
    rng = np.random.default_rng(seed)
    block = layers.Affine(5, 3, rng)
    fill(block, rng)
    assert differences_agree(block, rng.normal(size=(7, 5)), rng.normal(size=(7, 3)))
    row = layers.Sequential(
        layers.Flatten(),
        layers.Affine(6, 5, rng),
        layers.Sequential(activations.Tanh(), layers.Affine(5, 3, rng)),
        activations.PReLU(),
    )
    fill(row, rng)
    assert list(row.params) == list(row.grads) == ["1.w", "1.b", "2.1.w", "2.1.b", "3.slope"]
    assert differences_agree(row, rng.normal(size=(7, 2, 3)), rng.normal(size=(7, 3)))


def test_affine_starts_from_its_initializer():
    asked = []

    def initializer(fan_in, fan_out, rng):
        asked.append((fan_in, fan_out, rng))
        return made

    made, rng = np.arange(6.0).reshape(2, 3), np.random.default_rng(0)
    block = layers.Affine(2, 3, rng, initializer, np.float32)
    assert asked == [(2, 3, rng)]
    assert np.array_equal(block.params["w"], made) and np.array_equal(block.params["b"], np.zeros(3))
    assert all(value.dtype == np.float32 for each in (block.params, block.grads) for value in each.values())
    assert all(np.array_equal(block.grads[k], np.zeros_like(block.params[k])) for k in ("w", "b"))
    assert not np.shares_memory(layers.Affine(2, 3, rng, initializer).params["w"], made)
    x = np.ones((5, 2), dtype=np.float32)
    assert block.forward(x).dtype == block.backward(np.ones((5, 3), dtype=np.float32)).dtype == np.float32
    assert block.grads["w"].dtype == block.grads["b"].dtype == np.float32
    default = layers.Affine(300, 200, np.random.default_rng(3)).params["w"]
    assert np.array_equal(default, initializers.he_normal(300, 200, np.random.default_rng(3)))


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (3, 2, 1, 4), (1, 7)])
def test_flatten_copies_there_and_back(shape):
    x = np.arange(float(np.prod(shape))).reshape(shape)
    block = layers.Flatten()
    flat = block.forward(x)
    back = block.backward(flat)
    assert flat.shape == (shape[0], x.size // shape[0]) and np.array_equal(flat.ravel(), x.ravel())
    assert np.array_equal(back, x) and not np.shares_memory(flat, x) and not np.shares_memory(back, flat)
    assert block.params == block.grads == {}


def test_backward_assigns_and_uses_the_latest_forward():
    block, rng = affine(), np.random.default_rng(1)
    x, upstream = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
    kept = x.copy(), upstream.copy()
    block.forward(rng.normal(size=(9, 2)))
    block.forward(x)
    first = block.backward(upstream), *block.grads.values()
    second = block.backward(upstream), *block.grads.values()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert np.array_equal(x, kept[0]) and np.array_equal(upstream, kept[1])
    assert block.params["w"] is block.params["w"] and block.params["w"].shape == (2, 3)


class Modeless:
    """A block without modes, in a row with others."""

    def __init__(self):
        self.params, self.grads = {}, {}

    def forward(self, x):
        return x + 1

    def backward(self, upstream):
        return upstream.copy()


def test_sequential_switches_all_that_have_modes():
    dropout = regularizers.Dropout(0.5, np.random.default_rng(0))
    row = layers.Sequential(Modeless(), layers.Sequential(dropout, layers.Flatten()))
    assert row.training and dropout.training
    row.eval()
    assert not row.training and not dropout.training and not row.blocks[1].training
    assert np.array_equal(row.forward(np.zeros((2, 3))), np.ones((2, 3)))
    row.train()
    assert row.training and dropout.training and set(np.unique(row.forward(np.zeros((9, 9))))) == {0.0, 2.0}


def test_sequential_hands_out_the_blocks_own_arrays():
    block = affine()
    row = layers.Sequential(layers.Flatten(), block)
    assert row.params["1.w"] is block.params["w"] and row.params["1.b"] is row.params["1.b"]
    row.params["1.w"][...] = 0
    assert np.array_equal(row.forward(np.ones((2, 2))), [[0.5, -0.5, 1]] * 2)


# MLP


def small(criterion):
    model = mlp.MLP([2, 2, 2], activations.ReLU, criterion, np.random.default_rng(0))
    for name, value in {
        "0.w": [[1, -1], [0.5, 2]],
        "0.b": [0, 1],
        "2.w": [[1, 0], [-1, 1]],
        "2.b": [0.5, 0],
    }.items():
        model.params[name][...] = value
    return model


def test_mlp_worked_numbers():
    x, labels = np.array([[1.0, 2], [-2, 1]]), np.array([1, 0])
    model = small(losses.MulticlassSVM())
    assert np.array_equal(model.forward(x), [[-1.5, 4], [-4.5, 5]]) and model.loss(x, labels) == 5.25
    assert np.array_equal(model.backward(), [[0, 0], [-1, 2]])
    expected = {"0.w": [[0, -2], [0, 1]], "0.b": [0, 1], "2.w": [[0, 0], [-2.5, 2.5]], "2.b": [-0.5, 0.5]}
    assert list(model.grads) == list(expected)
    assert all(np.array_equal(model.grads[name], value) for name, value in expected.items())
    assert np.array_equal(model.predict(x), [1, 1]) and model.predict(x).dtype == np.int64
    assert abs(small(losses.SoftmaxCrossEntropy()).loss(x, labels) - 4.7520767) < 1e-7


def labels_for(rng, n, classes):
    return rng.integers(0, classes, n)


CRITERIA = {
    "softmax": (losses.SoftmaxCrossEntropy, 3, labels_for),
    "svm": (losses.MulticlassSVM, 3, labels_for),
    "mse": (losses.MeanSquaredError, 3, lambda rng, n, d: rng.normal(size=(n, d))),
    "hinge": (losses.BinaryHinge, 1, lambda rng, n, _: rng.choice([-1.0, 1.0], n)),
}


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("seed", SEEDS)
def test_mlp_against_differences(seed, criterion, dropout):
    """With dropout, equal seeds give equal masks, so that a model made anew repeats the same loss."""
    rng = np.random.default_rng(seed)
    make_loss, outputs, targets_for = CRITERIA[criterion]
    x, targets, weights = rng.normal(size=(7, 5)), targets_for(rng, 7, outputs), {}

    def model():
        made = mlp.MLP([5, 4, 6, outputs], activations.Tanh, make_loss(), np.random.default_rng(seed), dropout=dropout)
        for name, value in made.params.items():
            value[...] = weights.setdefault(name, rng.normal(size=value.shape))
        return made

    trained = model()
    trained.loss(x, targets)
    dx = trained.backward()
    assert near(dx, numeric.numerical_gradient(lambda moved: model().loss(moved, targets), x))
    for name, gradient in trained.grads.items():
        w = weights[name]
        assert near(gradient, numeric.numerical_gradient(at(lambda _: model().loss(x, targets), w), w)), name


@pytest.mark.parametrize("sizes", [[3, 2], [4, 5, 3], [2, 5, 7, 3]])
def test_mlp_builds_its_row_of_blocks(sizes):
    made = []

    def activation():
        made.append(activations.Tanh())
        return made[-1]

    asked = []

    def initializer(fan_in, fan_out, rng):
        asked.append((fan_in, fan_out))
        return np.ones((fan_in, fan_out))

    for dropout, step in ((0.0, 2), (0.3, 3)):
        made.clear(), asked.clear()
        rng = np.random.default_rng(0)
        model = mlp.MLP(sizes, activation, losses.SoftmaxCrossEntropy(), rng, initializer, dropout)
        assert len(made) == len(sizes) - 2 and asked == list(pairwise(sizes))
        names = [f"{step * i}.{letter}" for i in range(len(sizes) - 1) for letter in "wb"]
        assert list(model.params) == list(model.grads) == names
        assert not model.params[names[1]].any()
        assert np.array_equal(model.forward(np.zeros((4, sizes[0]))), np.zeros((4, sizes[-1])))


def test_dropout_acts_in_training_only_and_predict_leaves_the_mode():
    rng = np.random.default_rng(0)
    model = mlp.MLP([3, 50, 2], activations.ReLU, losses.SoftmaxCrossEntropy(), rng, dropout=0.5)
    plain = mlp.MLP([3, 50, 2], activations.ReLU, losses.SoftmaxCrossEntropy(), np.random.default_rng(0))
    x = rng.normal(size=(6, 3))
    labels = plain.predict(x)
    for _ in range(3):
        assert np.array_equal(model.predict(x), labels) and model.training
        assert not np.array_equal(model.forward(x), model.forward(x))
    model.eval()
    assert np.array_equal(model.forward(x), plain.forward(x))
    assert np.array_equal(model.predict(x), labels) and not model.training
    assert np.array_equal(model.forward(x), plain.forward(x))
    model.train()
    assert not np.array_equal(model.forward(x), plain.forward(x))


def test_predict_takes_the_first_of_equal_scores():
    model = mlp.MLP([3, 4], activations.ReLU, losses.SoftmaxCrossEntropy(), np.random.default_rng(0))
    model.params["0.w"][...] = 0
    model.params["0.b"][...] = [0, 2, 1, 2]
    assert np.array_equal(model.predict(np.ones((2, 3))), [1, 1])


def test_mlp_keeps_float32():
    rng = np.random.default_rng(0)
    model = mlp.MLP([3, 5, 2], activations.ELU, losses.SoftmaxCrossEntropy(), rng, dropout=0.2, dtype=np.float32)
    x = rng.normal(size=(7, 3)).astype(np.float32)
    assert isinstance(model.loss(x, rng.integers(0, 2, 7)), float) and model.forward(x).dtype == np.float32
    assert model.backward().dtype == np.float32
    assert all(value.dtype == np.float32 for value in model.grads.values())


# Batches and the split


@pytest.mark.parametrize(("n", "size", "lengths"), [(10, 3, [3, 3, 3, 1]), (6, 3, [3, 3]), (4, 9, [4]), (2, 1, [1, 1])])
def test_minibatches(n, size, lengths):
    batches = list(training.minibatches(n, size, np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == lengths
    assert sorted(np.concatenate(batches)) == list(range(n)) and all(each.dtype.kind == "i" for each in batches)
    again = list(training.minibatches(n, size, np.random.default_rng(0)))
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


@pytest.mark.parametrize(("n", "fraction", "held_out"), [(10, 0.2, 2), (7, 0.5, 4), (5, 0.5, 2), (9, 0, 0), (4, 1, 4)])
def test_split(n, fraction, held_out):
    train, validation = training.train_validation_split(n, fraction, np.random.default_rng(0))
    assert len(validation) == held_out and sorted([*train, *validation]) == list(range(n))


def test_order_is_drawn_anew_and_every_place_is_reached():
    rng, seen = np.random.default_rng(0), np.zeros((6, 6), dtype=int)
    for _ in range(600):  # a place stays empty with a chance of 36 · (5/6)^600, below 1e-45
        seen[np.arange(6), np.concatenate(training.minibatches(6, 4, rng))] += 1
    assert seen.min() > 0


# fit


LINE = np.array([[1.0], [2], [3], [4]]), np.array([2.0, 4, 6, 8])


def test_fit_worked_numbers():
    model, optimizer = doubles.QuadraticModel([0.0]), doubles.RecordingOptimizer(0.1)
    history = training.fit(model, *LINE, optimizer, 2, 4, np.random.default_rng(0))
    assert np.allclose(history.train_loss, [15, 0.4375]) and history.lr == [0.1, 0.1]
    assert history.validation_loss == []
    assert np.allclose(optimizer.log[1][1]["w"], 1.5) and np.allclose(optimizer.log[1][1]["b"], 0.5)


@pytest.mark.parametrize("batch_size", [1, 3, 7])
def test_fit_is_its_docstring(batch_size):
    """Against the loop written out, with schedule, penalty, validation and modes."""
    rng = np.random.default_rng(5)
    x, y, start = rng.normal(size=(7, 3)), rng.normal(size=7), rng.normal(size=3)
    held_out, l2 = (rng.normal(size=(2, 3)), rng.normal(size=2)), regularizers.L2(0.3)
    model, optimizer = doubles.QuadraticModel(start), doubles.RecordingOptimizer(9.0)
    arrays = dict(model.params)
    schedule = schedules.StepDecay(0.2, 1)
    history = training.fit(model, x, y, optimizer, 3, batch_size, np.random.default_rng(1), schedule, l2, held_out)
    assert all(model.params[name] is arrays[name] for name in arrays)
    w, b, draws, log, steps = start.copy(), 0.0, np.random.default_rng(1), iter(model.log), iter(optimizer.log)
    for epoch, lr in enumerate([0.2, 0.1, 0.05]):
        total = 0.0
        for batch in training.minibatches(7, batch_size, draws):
            training_mode, seen, _ = next(log)
            assert training_mode and np.array_equal(seen, x[batch])
            error = x[batch] @ w + b - y[batch]
            total += float(np.sum(error**2)) / 2
            assert next(steps)[0] == lr
            gradient = x[batch].T @ error / len(batch) + 0.6 * w
            w, b = w - lr * gradient, b - lr * error.mean()
        training_mode, seen, _ = next(log)
        assert not training_mode and np.array_equal(seen, held_out[0])
        assert np.isclose(history.train_loss[epoch], total / 7, rtol=1e-12)
        expected = np.mean((held_out[0] @ w + b - held_out[1]) ** 2) / 2
        assert np.isclose(history.validation_loss[epoch], expected, rtol=1e-12)
    assert np.allclose(model.params["w"], w, rtol=1e-12) and history.lr == [0.2, 0.1, 0.05]
    assert next(log, None) is None and next(steps, None) is None


class Scripted:
    """Early stopping that answers from a list, and remembers what it was told."""

    def __init__(self, answers):
        self.answers, self.told, self.best_params = iter(answers), [], None

    def update(self, loss, params):
        self.told.append(loss)
        if len(self.told) == 1:
            self.best_params = {name: value.copy() for name, value in params.items()}
        return next(self.answers)


@pytest.mark.parametrize(("answers", "epochs"), [([False, True, False], 2), ([False] * 3, 3), ([True], 1)])
@pytest.mark.parametrize("validated", [True, False])
def test_early_stopping_ends_and_restores(answers, epochs, validated):
    model, stopping = doubles.QuadraticModel([0.0]), Scripted(answers)
    arrays = dict(model.params)
    history = training.fit(
        model, *LINE, doubles.RecordingOptimizer(0.01), 3, 4, np.random.default_rng(0),
        validation=LINE if validated else None, early_stopping=stopping,
    )  # fmt: skip
    assert len(history.train_loss) == len(history.lr) == epochs
    assert stopping.told == (history.validation_loss if validated else history.train_loss)
    assert all(model.params[name] is arrays[name] for name in arrays)
    assert all(np.array_equal(model.params[name], best) for name, best in stopping.best_params.items())
    assert model.params["w"] is not stopping.best_params["w"]


def test_early_stopping_without_any_best():
    model = doubles.QuadraticModel([np.nan])
    stopping = regularizers.EarlyStopping(2)
    history = training.fit(
        model, *LINE, optimizers.SGD(0.1), 5, 2, np.random.default_rng(0), early_stopping=stopping
    )
    assert len(history.train_loss) == 2 and stopping.best_params is None


def test_fit_leaves_its_arguments_and_numpys_generator_alone():
    x, y = LINE[0].copy(), LINE[1].copy()
    before = np.random.get_state()[1].copy()
    model = mlp.MLP([1, 3, 1], activations.Tanh, losses.MeanSquaredError(), np.random.default_rng(0), dropout=0.5)
    pair = x.copy(), y[:, None].copy()
    training.fit(model, x, y[:, None], optimizers.Adam(0.1), 3, 2, np.random.default_rng(0), validation=pair)
    assert np.array_equal(x, LINE[0]) and np.array_equal(y, LINE[1]) and np.array_equal(pair[0], x)
    assert np.array_equal(np.random.get_state()[1], before)


def test_equal_seeds_train_alike():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)

    def weights():
        draws = np.random.default_rng(7)
        model = mlp.MLP([4, 8, 3], activations.ReLU, losses.SoftmaxCrossEntropy(), draws, dropout=0.3)
        training.fit(model, x, y, optimizers.Adam(0.01), 3, 8, draws)
        return model.params

    first, second = weights(), weights()
    assert all(np.array_equal(first[name], second[name]) for name in first)


# On arrays that behave as CuPy's


@pytest.fixture
def transfers():
    pretend_cupy.transfers.update(to_host=0, to_device=0)
    return pretend_cupy.transfers


def pretended(optimizer, epochs=2):
    """An MLP trained on the CPU and on the pretended GPU, with what both gave."""
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(11, 3)), rng.integers(0, 4, 11)
    both = []
    for xp in (np, pretend_cupy):
        model = mlp.MLP([3, 5, 4], activations.ReLU, losses.SoftmaxCrossEntropy(), np.random.default_rng(0), xp=xp)
        data = backend.to_device(x, xp), backend.to_device(y, xp)
        l2 = regularizers.L2(0.01)
        pretend_cupy.transfers.update(to_host=0, to_device=0)
        history = training.fit(
            model, *data, optimizer(), epochs, 4, np.random.default_rng(1), regularizer=l2, validation=data
        )
        both.append((model, data, history))
    return both


ON_THE_GPU = ["SGD", "Momentum", "Nesterov", "Adagrad", "Adadelta", "RMSProp", "Adam", "SparseAdam"]


@pytest.mark.parametrize("name", ON_THE_GPU)
def test_training_on_the_pretended_gpu(name, transfers):
    (there, _, history), (here, data, same) = pretended(lambda: getattr(optimizers, name)(lr=0.05))
    assert transfers["to_host"] == 2 * (3 + 1)  # one number for each loss, and nothing else
    assert same == history and all(isinstance(loss, float) for loss in same.train_loss)
    for key, value in here.params.items():
        assert isinstance(value, pretend_cupy.Array) and isinstance(here.grads[key], pretend_cupy.Array)
        assert np.array_equal(backend.to_numpy(value), there.params[key])
    assert isinstance(here.predict(data[0]), pretend_cupy.Array)


def test_backend_knows_where_arrays_live():
    x = pretend_cupy.asarray([1.0, 2])
    assert backend.get_array_module(x) is pretend_cupy
    assert all(backend.get_array_module(each) is np for each in (np.ones(2), 3.0, [1], np.float32(1)))
    assert backend.to_device(x, pretend_cupy) is x and type(backend.to_device(x, np)) is np.ndarray
    assert np.array_equal(backend.to_numpy(backend.to_device(np.arange(3), pretend_cupy)), [0, 1, 2])


REFUSED = {
    "np.asarray": lambda x, n: np.asarray(x),
    "a sum with NumPy's": lambda x, n: x + n,
    "and the other way round": lambda x, n: n * x,
    "a product with NumPy's": lambda x, n: n @ x,
    "np.where": lambda x, n: np.where(x > 0, x, n),
    "np.concatenate": lambda x, n: np.concatenate([x, n]),
    "into NumPy's array": lambda x, n: np.add(x, 1, out=n),
    "NumPy's array written into ours": lambda x, n: x.__setitem__(..., n),
    "xp's own function": lambda x, n: pretend_cupy.exp(n),
}


@pytest.mark.parametrize("what", REFUSED)
def test_mixing_is_refused(what):
    with pytest.raises(TypeError):
        REFUSED[what](pretend_cupy.ones(3), np.ones(3))


def test_host_reads_are_counted(transfers):
    x = pretend_cupy.arange(3.0)
    assert float(x.sum()) == 3 and x.max().item() == 2 and bool(x[1] > 0) and x.tolist() == [0, 1, 2]
    assert transfers == {"to_host": 4, "to_device": 0}
    assert np.array_equal(x[np.array([2, 0])].get(), [2, 0]) and transfers == {"to_host": 5, "to_device": 1}
    x += np.float64(1) * x
    assert isinstance(x, pretend_cupy.Array) and np.array_equal(x.get(), [0, 2, 4])
    assert np.asarray(np.ones(3) > 0, like=x).get().all() and x.mean().shape == ()
