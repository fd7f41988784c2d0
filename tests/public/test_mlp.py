"""Public tests of assignment 5, multi-layer perceptrons. The hidden tests ask the same of other inputs, and more.

Run all with `pytest tests/public -m mlp`, one question with `pytest tests/public -m mlp.affine`. The tests "on the
GPU's arrays" use `pretend_cupy.py` and need no GPU.
"""

from itertools import pairwise

import numpy as np
import pytest
from public_checks import close, fresh, say

X = np.array([[1.0, 2.0], [3.0, -1.0]])
UPSTREAM = np.array([[1.0, 0.0, 2.0], [-1.0, 3.0, 0.5]])
AFFINE = {"w": np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]), "b": np.array([0.5, -0.5, 1.0])}
AFFINE_GRADS = {"w": np.array([[-2.0, 9.0, 3.5], [3.0, -3.0, 3.5]]), "b": np.array([0.0, 3.0, 2.5])}

LOOK = 'see "When a number is wrong" in the handout'


def rng(seed=0):
    return np.random.default_rng(seed)


def names(question, what, found, expected):
    """Assert that the dict `found` has these names, in any order."""
    problem = f"{what} has the names {sorted(found)}, expected {sorted(expected)}"
    assert set(found) == set(expected), say(question, problem)


def write(question, block, values):
    """Write the values into the block's parameters, in place, after checking names and shapes."""
    names(question, "params", block.params, values)
    for key, array in values.items():
        found = np.shape(block.params[key])
        problem = f'params["{key}"] has shape {found}, expected {array.shape}'
        assert found == array.shape, say(question, problem)
        block.params[key][...] = array


def grads_are(question, block, expected, hint=LOOK, **tolerance):
    """Assert that the block's grads are these."""
    names(question, "grads", block.grads, expected)
    for name, value in expected.items():
        close(question, f'grads["{name}"]', block.grads[name], value, hint, **tolerance)


def there(question, what, value):
    """Assert that `value` is an array of the pretended GPU's; return it as NumPy's."""
    problem = f"{what} is of type {type(value).__name__}, expected an array of pretend_cupy's"
    assert hasattr(value, "get") and not isinstance(value, np.ndarray), say(question, problem, "it left the GPU")
    return value.get()


# Affine


@pytest.mark.question("mlp.affine")
def test_affine_forward_and_gradients(student):
    question, block = "mlp.affine", student.layers.Affine(2, 3, rng())
    write(question, block, AFFINE)
    x, gradient = X.copy(), UPSTREAM.copy()
    block.forward(np.ones((5, 2)))  # backward uses the latest forward, of whatever N
    output = block.forward(x)
    close(question, "the output", output, np.array([[5.5, 1.5, 0.0], [1.5, -1.5, -2.0]]), "x w + b")
    fresh(question, "the output", output, x)
    for _ in range(2):  # backward assigns: a second call changes nothing
        dx = block.backward(gradient)
        close(question, "dx", dx, np.array([[-1.0, 2.0], [-1.5, 1.0]]), "the upstream gradient times w, transposed")
        grads_are(question, block, AFFINE_GRADS, "sums over the rows, assigned and not added")
        fresh(question, "dx", dx, gradient)
    close(question, "x, after your code ran,", x, X)
    close(question, "upstream, after your code ran,", gradient, UPSTREAM)


@pytest.mark.question("mlp.affine")
def test_affine_starts_from_its_initializer(student):
    question, asked, made = "mlp.affine", [], np.arange(6.0).reshape(2, 3)

    def initializer(fan_in, fan_out, generator):
        asked.append((fan_in, fan_out, isinstance(generator, np.random.Generator)))
        return made

    block = student.layers.Affine(2, 3, rng(), initializer)
    problem = f"the initializer was called with {asked} (fan_in, fan_out, is it a generator), expected [(2, 3, True)]"
    assert asked == [(2, 3, True)], say(question, problem)
    names(question, "params", block.params, ["w", "b"])
    close(question, 'params["w"] at first', block.params["w"], made)
    close(question, 'params["b"] at first', block.params["b"], np.zeros(3))
    fresh(question, 'params["w"]', block.params["w"], made)
    default = student.layers.Affine(4, 3, rng(7)).params["w"]
    expected = student.initializers.he_normal(4, 3, rng(7))
    close(question, "w without an initializer", default, expected, "he_normal, drawn from rng")


@pytest.mark.question("mlp.affine")
def test_affine_in_float32(student):
    question, block = "mlp.affine", student.layers.Affine(2, 3, rng(), dtype=np.float32)
    single = {"rtol": 1e-4, "atol": 1e-6}
    names(question, "params", block.params, AFFINE)
    for name, value in AFFINE.items():
        found = block.params[name].dtype
        assert found == np.float32, say(question, f'params["{name}"] has dtype {found}, expected float32')
        block.params[name][...] = value
    output = block.forward(X.astype(np.float32))
    expected = np.array([[5.5, 1.5, 0.0], [1.5, -1.5, -2.0]], dtype=np.float32)
    close(question, "the output", output, expected, **single)
    dx = block.backward(UPSTREAM.astype(np.float32))
    close(question, "dx", dx, np.array([[-1.0, 2.0], [-1.5, 1.0]], dtype=np.float32), **single)
    grads_are(question, block, {name: value.astype(np.float32) for name, value in AFFINE_GRADS.items()}, **single)


@pytest.mark.question("mlp.affine")
def test_affine_on_the_gpus_arrays(student):
    question, xp = "mlp.affine", student.pretend_cupy
    w, b = AFFINE["w"], AFFINE["b"]
    block = student.layers.Affine(2, 3, rng(), lambda fan_in, fan_out, generator: w, xp=xp)
    x, gradient, before = xp.asarray(X), xp.asarray(UPSTREAM), xp.counts()
    output, dx = block.forward(x), block.backward(gradient)
    problem = f"copies before forward and backward: {before}, after: {xp.counts()}, expected no more"
    assert xp.counts() == before, say(question, problem, "nothing need be read or sent here")
    close(question, "the output", there(question, "the output", output), X @ w)
    close(question, "dx", there(question, "dx", dx), np.array([[-1.0, 2.0], [-1.5, 1.0]]))
    for name, value in AFFINE_GRADS.items():
        grad = there(question, f'grads["{name}"]', block.grads[name])
        close(question, f'grads["{name}"]', grad, value)
    start = there(question, 'params["b"]', block.params["b"])
    close(question, 'params["b"]', start, 0 * b)


# Flatten


@pytest.mark.question("mlp.flatten")
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (3, 2, 1, 4), (1, 7)])
def test_flatten_there_and_back(student, shape):
    question, block = "mlp.flatten", student.layers.Flatten()
    x = np.arange(float(np.prod(shape))).reshape(shape)
    flat = block.forward(x)
    close(question, f"the output for x of shape {shape}", flat, np.arange(float(x.size)).reshape(shape[0], -1))
    fresh(question, "the output", flat, x)
    gradient = -flat
    dx = block.backward(gradient)
    close(question, "dx", dx, -x, "upstream in the shape of x")
    fresh(question, "dx", dx, gradient)
    names(question, "params", block.params, [])
    names(question, "grads", block.grads, [])


# Sequential: with blocks that are not yours, f(x) = w x + b x², or half of that in evaluation mode


def row_of_two(student):
    first = student.doubles.Stretch([2.0, -1.0], [0.0, 1.0])
    last = student.doubles.Stretch([1.0, 3.0], [1.0, 0.5])
    return student.layers.Sequential(first, student.layers.Sequential(last)), first, last


@pytest.mark.question("mlp.sequential")
def test_sequential_forward_and_backward(student):
    question, (row, first, last) = "mlp.sequential", row_of_two(student)
    x, upstream = np.array([[1.0, 2.0]]), np.array([[1.0, -2.0]])
    close(question, "the output", row.forward(x), np.array([[6.0, 8.0]]), "2 and 2 come out of the first block")
    dx = row.backward(upstream)
    expected = {"0.w": [5.0, -20.0], "0.b": [5.0, -40.0], "1.0.w": [2.0, -4.0], "1.0.b": [4.0, -8.0]}
    close(question, "dx", dx, np.array([[10.0, -30.0]]), "backwards, each block gets what the one behind it returned")
    grads_are(question, row, {name: np.array(value) for name, value in expected.items()})
    for label, block in (("first", first), ("last", last)):
        calls = [event for event, _ in block.log]
        problem = f"the {label} block was called {calls}, expected ['forward', 'backward']"
        assert calls == ["forward", "backward"], say(question, problem)


@pytest.mark.question("mlp.sequential")
def test_sequential_hands_out_the_blocks_own_parameters(student):
    question, (row, first, last) = "mlp.sequential", row_of_two(student)
    names(question, "params", row.params, ["0.w", "0.b", "1.0.w", "1.0.b"])
    row.params["0.w"][...] = [5.0, 7.0]
    close(question, "w of the first block, written through the row,", first.params["w"], np.array([5.0, 7.0]))
    last.params["b"][...] = [4.0, 6.0]
    close(question, 'params["1.0.b"], written in the block,', row.params["1.0.b"], np.array([4.0, 6.0]))
    close(question, "the output", row.forward(np.array([[1.0, 1.0]])), np.array([[105.0, 408.0]]))


@pytest.mark.question("mlp.sequential")
def test_sequential_modes_reach_all_blocks(student):
    question, (row, first, last) = "mlp.sequential", row_of_two(student)
    assert row.training is True, say(question, "training is not True at first")
    for switch, mode in ((row.eval, False), (row.train, True)):
        switch()
        found = (row.training, first.training, last.training)
        problem = f"training of the row, its first block and the block in the inner row is {found}"
        assert found == (mode,) * 3, say(question, problem + f", expected {mode} three times", "switch inside too")


@pytest.mark.question("mlp.sequential")
def test_sequential_takes_blocks_without_modes_and_parameters(student):
    question, x = "mlp.sequential", np.array([[1.0, -2.0]])
    row = student.layers.Sequential(student.activations.ReLU(), student.doubles.Stretch([3.0, 1.0], [0.0, 0.0]))
    close(question, "the output", row.forward(x), np.array([[3.0, 0.0]]))
    row.eval()  # an activation has neither train() nor eval()
    close(question, "the output in evaluation mode", row.forward(x), np.array([[1.5, 0.0]]))
    names(question, "params", row.params, ["1.w", "1.b"])


# MLP: sizes [2, 2, 2], ReLU


MLP_PARAMS = {
    "0.w": np.array([[1.0, -1.0], [0.5, 2.0]]),
    "0.b": np.array([0.0, 1.0]),
    "2.w": np.array([[1.0, 0.0], [-1.0, 1.0]]),
    "2.b": np.array([0.5, 0.0]),
}
SAMPLES, LABELS = np.array([[1.0, 2.0], [-2.0, 1.0]]), np.array([1, 0])
SCORES = np.array([[-1.5, 4.0], [-4.5, 5.0]])


MLP_LOSSES = {  # loss, dx and gradients, rounded to 10 digits
    "MulticlassSVM": (
        5.25,
        [[0.0, 0.0], [-1.0, 2.0]],
        {"0.w": [[0.0, -2.0], [0.0, 1.0]], "0.b": [0.0, 1.0], "2.w": [[0.0, 0.0], [-2.5, 2.5]], "2.b": [-0.5, 0.5]},
    ),
    "SoftmaxCrossEntropy": (
        4.7520766461,
        [[0.0061052066, -0.007122741], [-0.9999251538, 1.9998503075]],
        {
            "0.w": [[0.0020350689, -2.0039204453], [0.0040701377, 0.9917848783]],
            "0.b": [0.0020350689, 0.9958550161],
            "2.w": [[0.0040701377, -0.0040701377], [-2.491672609, 2.491672609]],
            "2.b": [-0.497927508, 0.497927508],
        },
    ),
}


@pytest.mark.question("mlp.mlp")
@pytest.mark.parametrize("criterion", MLP_LOSSES)
def test_mlp_scores_loss_and_gradients(student, criterion):
    question, (loss, dx, grads) = "mlp.mlp", MLP_LOSSES[criterion]
    model = student.mlp.MLP([2, 2, 2], student.activations.ReLU, getattr(student.losses, criterion)(), rng())
    write(question, model, MLP_PARAMS)
    x = SAMPLES.copy()
    close(question, "the scores", model.forward(x), SCORES, "affine, ReLU, affine, and nothing after that")
    for _ in range(2):  # gradients do not add up over batches
        close(question, f"the loss {criterion}", model.loss(x, LABELS.copy()), loss, rtol=1e-9)
        close(question, "dx", model.backward(), np.array(dx), LOOK, rtol=1e-9)
        grads_are(question, model, {name: np.array(value) for name, value in grads.items()}, rtol=1e-9)
    close(question, "x, after your code ran,", x, SAMPLES)


@pytest.mark.question("mlp.mlp")
def test_mlp_of_three_layers_against_differences(student):
    question, draws = "mlp.mlp", rng(3)
    criterion = student.losses.SoftmaxCrossEntropy()
    model = student.mlp.MLP([2, 4, 3, 3], student.activations.Tanh, criterion, rng())
    shapes = {"0.w": (2, 4), "0.b": (4,), "2.w": (4, 3), "2.b": (3,), "4.w": (3, 3), "4.b": (3,)}
    write(question, model, {name: draws.normal(size=shape) for name, shape in shapes.items()})
    x, labels, numerical = draws.normal(size=(3, 2)), np.array([2, 0, 1]), np.zeros((3, 2))
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-5
        numerical[place] = (model.loss(x + step, labels) - model.loss(x - step, labels)) / 2e-5
    model.loss(x, labels)
    hint = "each hidden layer needs an activation of its own, which remembers its own input"
    close(question, "dx", model.backward(), numerical, hint, rtol=1e-6)


@pytest.mark.question("mlp.mlp")
@pytest.mark.parametrize(
    ("sizes", "dropout", "positions"),
    [([3, 2], 0.5, "0"), ([3, 4, 2], 0.0, "02"), ([3, 4, 5, 2], 0.0, "024"), ([3, 4, 5, 2], 0.5, "036")],
)
def test_mlp_names_its_parameters_by_position(student, sizes, dropout, positions):
    question, criterion = "mlp.mlp", student.losses.SoftmaxCrossEntropy()
    model = student.mlp.MLP(sizes, student.activations.ReLU, criterion, rng(), dropout=dropout)
    expected = [f"{position}.{letter}" for position in positions for letter in "wb"]
    names(question, f"params for sizes {sizes}, dropout {dropout},", model.params, expected)
    for position, shape in zip(positions, pairwise(sizes), strict=True):
        found = np.shape(model.params[f"{position}.w"])
        assert found == shape, say(question, f'params["{position}.w"] has shape {found}, expected {shape}')


@pytest.mark.question("mlp.mlp")
def test_mlp_starts_from_its_initializer(student):
    question, asked = "mlp.mlp", []

    def initializer(fan_in, fan_out, generator):
        asked.append((fan_in, fan_out))
        return np.full((fan_in, fan_out), float(len(asked)))

    criterion = student.losses.SoftmaxCrossEntropy()
    model = student.mlp.MLP([3, 4, 2], student.activations.ReLU, criterion, rng(), initializer, dtype=np.float32)
    problem = f"the initializer was called with {asked}, expected [(3, 4), (4, 2)]"
    assert asked == [(3, 4), (4, 2)], say(question, problem)
    for name, value in (("0.w", np.full((3, 4), 1.0)), ("2.w", np.full((4, 2), 2.0)), ("2.b", np.zeros(2))):
        close(question, f'params["{name}"] at first', model.params[name], value.astype(np.float32))
    scores = model.forward(np.ones((5, 3), dtype=np.float32))
    close(question, "the scores", scores, np.full((5, 2), 24.0, dtype=np.float32), "dtype goes to every layer")


def dropping(student, p=0.25):
    """An MLP with 200 hidden units, each sigmoid(0) = 0.5 before dropout; the score is their sum."""
    criterion = student.losses.MeanSquaredError()
    model = student.mlp.MLP([1, 200, 1], student.activations.Sigmoid, criterion, rng(), dropout=p)
    start = {"0.w": (1, 200), "0.b": (200,), "3.w": (200, 1), "3.b": (1,)}
    write("mlp.mlp", model, {name: np.full(shape, float(name == "3.w")) for name, shape in start.items()})
    return model


@pytest.mark.question("mlp.mlp")
def test_mlp_drops_hidden_units_in_training(student):
    question, model = "mlp.mlp", dropping(student)
    model.loss(np.ones((1, 1)), np.array([[-1.0]]))  # the gradient of the score is then score + 1
    model.backward()
    g = float(model.grads["3.b"][0])
    assert g != 0, say(question, 'grads["3.b"] is 0, expected the score + 1', "backward starts with the criterion's")
    hidden = model.grads["3.w"] / g  # 0 if dropped, 0.5 / 0.75 if not: all are kept with a chance below 1e-24
    found = sorted(set(hidden.ravel().round(6).tolist()))
    problem = f"with dropout=0.25, hidden units of 0.5 have the values {found}, expected [0.0, 0.666667]"
    assert found == [0.0, 0.666667], say(question, problem, "dropout comes after the activation, in training mode")
    close(question, "the score, for this draw,", np.array([g - 1]), np.array([hidden.sum()]), "the scores drop nothing")
    expected = 0.5 * g * hidden.ravel()  # sigmoid'(0) = 0.25, divided by 0.75 where the unit was kept
    close(question, 'grads["0.b"]', model.grads["0.b"], expected, "backward uses the mask of the latest loss")


@pytest.mark.question("mlp.mlp")
def test_mlp_drops_nothing_in_evaluation(student):
    question, model, x = "mlp.mlp", dropping(student), np.ones((3, 1))
    model.eval()
    for _ in range(2):
        close(question, "a score in evaluation mode", model.forward(x), np.full((3, 1), 100.0))
    model.train()
    model.loss(x[:1], np.array([[-1.0]]))
    model.backward()
    assert np.any(model.grads["3.w"] == 0), say(question, "after train() no unit is dropped, eval() stays")


@pytest.mark.question("mlp.mlp")
@pytest.mark.parametrize("mode", [True, False])
def test_mlp_predicts_in_evaluation_and_leaves_the_mode(student, mode):
    question = "mlp.mlp"
    model = student.mlp.MLP([3, 4], student.activations.ReLU, student.losses.SoftmaxCrossEntropy(), rng())
    write(question, model, {"0.w": np.eye(3, 4), "0.b": np.array([0.0, 2.0, 1.0, 2.0])})
    x = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    (model.train if mode else model.eval)()
    close(question, "the labels", model.predict(x), np.array([1, 0, 2]), "the first of equal scores, row by row")
    assert model.training is mode, say(question, f"training was {mode} before predict and is {model.training} after")
    noisy = dropping(student)
    (noisy.train if mode else noisy.eval)()
    noisy.predict(np.ones((2, 1)))
    noisy.loss(np.ones((1, 1)), np.array([[-1.0]]))
    noisy.backward()
    dropped = bool(np.any(noisy.grads["3.w"] == 0))
    problem = f"with training {mode}, a loss after predict drops " + ("units" if dropped else "nothing")
    assert dropped is mode, say(question, problem, "predict leaves every block in the mode that it found")


@pytest.mark.question("mlp.mlp")
def test_mlp_predicts_without_dropout(student):
    criterion = student.losses.SoftmaxCrossEntropy()
    model = student.mlp.MLP([1, 200, 2], student.activations.Sigmoid, criterion, rng(), dropout=0.5)
    weights = {"0.w": np.zeros((1, 200)), "0.b": np.zeros(200)}
    write("mlp.mlp", model, weights | {"3.w": np.tile([1.0, 0.0], (200, 1)), "3.b": np.array([0.0, 99.5])})
    # the scores are 100 and 99.5; with dropout the first one falls below in about half of the 80 rows
    close("mlp.mlp", "the labels", model.predict(np.ones((80, 1))), np.zeros(80, dtype=np.int64), "evaluation mode")


@pytest.mark.question("mlp.mlp")
def test_mlp_on_the_gpus_arrays(student):
    question, xp = "mlp.mlp", student.pretend_cupy
    criterion = student.losses.MulticlassSVM()
    made = iter([MLP_PARAMS["0.w"], MLP_PARAMS["2.w"]])
    model = student.mlp.MLP(
        [2, 2, 2], student.activations.ReLU, criterion, rng(), lambda fan_in, fan_out, generator: next(made), xp=xp
    )
    x, labels = xp.asarray(SAMPLES), xp.asarray(LABELS)
    scores = there(question, "an array of scores", model.forward(x))
    hidden = np.maximum(SAMPLES @ MLP_PARAMS["0.w"], 0)
    close(question, "the scores, while b is 0,", scores, hidden @ MLP_PARAMS["2.w"])
    before = xp.counts()["to_host"]
    loss = model.loss(x, labels)
    there(question, "dx", model.backward())
    for name in MLP_PARAMS:
        there(question, f'grads["{name}"]', model.grads[name])
    reads = xp.counts()["to_host"] - before - 1 - len(MLP_PARAMS)  # the test read the arrays itself
    assert reads <= 1, say(question, f"loss and backward read {reads} times from the GPU, expected once", "the loss")
    close(question, "the loss", loss, 4.5)


# Batches and the split


@pytest.mark.question("mlp.minibatches")
@pytest.mark.parametrize(("n", "size", "lengths"), [(10, 3, [3, 3, 3, 1]), (6, 3, [3, 3]), (4, 9, [4]), (2, 1, [1, 1])])
def test_minibatches_hold_every_sample_once(student, n, size, lengths):
    question, batches = "mlp.minibatches", list(student.training.minibatches(n, size, rng()))
    found = [len(batch) for batch in batches]
    problem = f"{n} samples by {size}: the batches have {found} samples, expected {lengths}"
    assert found == lengths, say(question, problem, "the last batch has what is left")
    for batch in batches:
        problem = f"a batch is of type {type(batch).__name__}, expected an array of ints"
        assert isinstance(batch, np.ndarray) and batch.dtype.kind == "i", say(question, problem)
    numbers = sorted(int(each) for batch in batches for each in batch)
    assert numbers == list(range(n)), say(question, f"together they have {numbers}, expected each of 0 to {n - 1} once")


@pytest.mark.question("mlp.minibatches")
def test_minibatches_are_shuffled_by_rng(student):
    question, shared = "mlp.minibatches", rng(5)

    def order(generator):  # one order of 60! by chance: below 1e-80
        return [int(each) for batch in student.training.minibatches(60, 7, generator) for each in batch]

    first, second, again = order(shared), order(shared), order(rng(5))
    assert first != list(range(60)), say(question, "the order is 0, 1, 2, …: shuffle")
    assert first != second, say(question, "two calls with one rng give the same order: draw anew in each call")
    assert first == again, say(question, "equal seeds give different orders: all randomness comes from rng")


@pytest.mark.question("mlp.train_validation_split")
@pytest.mark.parametrize(("n", "fraction", "held"), [(10, 0.2, 2), (7, 0.5, 4), (5, 0.5, 2), (11, 0.25, 3), (9, 0, 0)])
def test_split_parts_all_samples(student, n, fraction, held):
    question, parts = "mlp.train_validation_split", student.training.train_validation_split(n, fraction, rng())
    assert isinstance(parts, (tuple, list)) and len(parts) == 2, say(question, "the result is no pair")
    found = (len(parts[0]), len(parts[1]))
    problem = f"n = {n}, fraction = {fraction}: sizes (train, validation) are {found}, expected {(n - held, held)}"
    assert found == (n - held, held), say(question, problem, "round(fraction * n) are for validation")
    numbers = sorted(int(each) for part in parts for each in part)
    assert numbers == list(range(n)), say(question, f"together they have {numbers}, expected each of 0 to {n - 1} once")


@pytest.mark.question("mlp.train_validation_split")
def test_split_is_random(student):
    question, split = "mlp.train_validation_split", student.training.train_validation_split
    first, again, other = (set(split(60, 0.5, rng(seed))[1].tolist()) for seed in (1, 1, 2))
    assert first == again, say(question, "equal seeds give different splits: all randomness comes from rng")
    assert first != other, say(question, "different seeds give the same split")  # by chance: below 1e-16


# fit: with a model, an optimizer and an early stopping that are not yours


LINE = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([2.0, 4.0, 6.0, 8.0])


def losses_are(question, what, found, expected):
    """Assert that a list of the history is this."""
    close(question, what, np.array(found), np.array(expected), LOOK)


@pytest.mark.question("mlp.fit")
def test_fit_full_batch(student):
    question, model = "mlp.fit", student.doubles.QuadraticModel([0.0])
    optimizer, (x, y) = student.doubles.RecordingOptimizer(0.1), (LINE[0].copy(), LINE[1].copy())
    history = student.training.fit(model, x, y, optimizer, 2, 4, rng())
    losses_are(question, "history.train_loss", history.train_loss, [15.0, 0.4375])
    losses_are(question, "history.lr", history.lr, [0.1, 0.1])
    assert list(history.validation_loss) == [], say(question, "history.validation_loss is not [] without validation")
    close(question, "w after two steps", model.params["w"], np.array([1.75]))
    close(question, "b after two steps", model.params["b"], np.array([0.575]))
    close(question, "x, after your code ran,", x, LINE[0])


@pytest.mark.question("mlp.fit")
def test_fit_walks_through_all_batches(student):
    question, model = "mlp.fit", student.doubles.QuadraticModel([0.0])
    x = np.arange(1.0, 8.0)[:, None]
    optimizer = student.doubles.RecordingOptimizer(0.0)  # w stays at 0: the loss of a sample is y²/2
    history = student.training.fit(model, x, 10 * x[:, 0], optimizer, 2, 3, rng())
    sizes = [len(seen) for _, seen, _ in model.log]
    assert sizes == [3, 3, 1] * 2, say(question, f"model.loss got batches of {sizes}, expected [3, 3, 1, 3, 3, 1]")
    assert len(optimizer.log) == 6, say(question, f"{len(optimizer.log)} steps for 6 batches: one step for each")
    for epoch in (model.log[:3], model.log[3:]):
        seen = np.concatenate([samples[:, 0] for _, samples, _ in epoch])
        targets = np.concatenate([labels for _, _, labels in epoch])
        problem = f"an epoch went through the samples {sorted(seen.astype(int).tolist())}, expected each of 1 to 7 once"
        assert sorted(seen) == list(range(1, 8)), say(question, problem)
        close(question, "y of the batches", targets, 10 * seen, "x and y have to be picked by the same numbers")
    hint = "the mean over the samples: the last batch is smaller, and counts less"
    close(question, "the training loss", np.array(history.train_loss), np.array([1000.0, 1000.0]), hint)


@pytest.mark.question("mlp.fit")
def test_fit_with_a_schedule_and_a_regularizer(student):
    question, model = "mlp.fit", student.doubles.QuadraticModel([3.0])
    optimizer, schedule = student.doubles.RecordingOptimizer(9.0), student.schedules.StepDecay(0.1, 1)
    history = student.training.fit(
        model, *LINE, optimizer, 3, 4, rng(), schedule=schedule, regularizer=student.regularizers.L2(0.25)
    )
    losses_are(question, "history.lr", history.lr, [0.1, 0.05, 0.025])
    losses_are(question, "lr in the steps", [lr for lr, _, _ in optimizer.log], [0.1, 0.05, 0.025])
    hint = "the gradient of the loss is 7.5, that of the penalty 2 · 0.25 · 3 = 1.5"
    close(question, "the gradient of w in step 1", optimizer.log[0][2]["w"], np.array([9.0]), hint)
    close(question, "the gradient of b in step 1", optimizer.log[0][2]["b"], np.array([2.5]), "biases are spared")
    close(question, "the first training loss", history.train_loss[0], 3.75, "history has no penalty in it")


@pytest.mark.question("mlp.fit")
def test_fit_validates_in_evaluation_mode(student):
    question, model = "mlp.fit", student.doubles.QuadraticModel([0.0])
    held_out = np.array([[2.0], [0.0], [1.0]]), np.array([1.0, 1.0, 1.0])
    model.eval()
    optimizer = student.doubles.RecordingOptimizer(0.1)
    history = student.training.fit(model, *LINE, optimizer, 2, 2, rng(), validation=held_out)
    found = [(mode, len(seen)) for mode, seen, _ in model.log]
    expected = [(True, 2), (True, 2), (False, 3)] * 2
    problem = f"the calls of model.loss were (training, samples) = {found}, expected {expected}"
    assert found == expected, say(question, problem)
    assert len(history.validation_loss) == 2, say(question, "history.validation_loss needs one entry per epoch")
    last = np.mean((model.forward(held_out[0]) - held_out[1]) ** 2) / 2
    close(question, "the last validation loss", history.validation_loss[-1], last, "measured after the epoch's steps")


@pytest.mark.question("mlp.fit")
def test_fit_takes_models_without_modes(student):
    model = student.doubles.PlainModel([0.0])
    optimizer = student.doubles.RecordingOptimizer(0.1)
    history = student.training.fit(model, *LINE, optimizer, 2, 4, rng(), validation=LINE)
    losses_are("mlp.fit", "history.train_loss", history.train_loss, [15.0, 0.4375])


@pytest.mark.question("mlp.fit")
@pytest.mark.parametrize(("stop_at", "epochs"), [(1, 1), (2, 2), (None, 4)])
@pytest.mark.parametrize("validated", [True, False])
def test_fit_stops_early_and_brings_the_best_back(student, stop_at, epochs, validated):
    question, model = "mlp.fit", student.doubles.QuadraticModel([0.0])
    stopping, optimizer = student.doubles.ScriptedStopping(stop_at, 1), student.doubles.RecordingOptimizer(0.01)
    held_out = (LINE[0][:3], LINE[1][:3]) if validated else None
    history = student.training.fit(model, *LINE, optimizer, 4, 4, rng(), validation=held_out, early_stopping=stopping)
    assert len(history.train_loss) == epochs, say(question, f"{len(history.train_loss)} epochs, expected {epochs}")
    watched = history.validation_loss if validated else history.train_loss
    hint = "the validation loss, or where there is none the training loss"
    close(question, "what update was told", np.array([loss for loss, _ in stopping.log]), np.array(watched), hint)
    # one step of 0.01 · 15 for w, of 0.01 · 5 for b
    close(question, "w at the end", model.params["w"], np.array([0.15]), "the best is back, also if it never stopped")
    close(question, "b at the end", model.params["b"], np.array([0.05]), "the best is back, also if it never stopped")


@pytest.mark.question("mlp.fit")
def test_fit_brings_the_best_back_in_place(student):
    question, model = "mlp.fit", student.doubles.PlainModel([0.0])  # its params is a new dict each time, as an MLP's
    stopping, optimizer = student.regularizers.EarlyStopping(patience=3), student.doubles.RecordingOptimizer(0.3)
    history = student.training.fit(model, *LINE, optimizer, 9, 4, rng(), early_stopping=stopping)
    assert len(history.train_loss) == 4, say(question, f"{len(history.train_loss)} epochs, expected 4: the loss grows")
    # the first update was the best: after one step, with the gradients -15 for w and -5 for b
    hint = "write into the arrays, model.params[name][...] = …: another array in the dict is not the model's"
    close(question, "w at the end", model.params["w"], np.array([4.5]), hint)
    close(question, "b at the end", model.params["b"], np.array([1.5]), hint)


@pytest.mark.question("mlp.fit")
def test_fit_on_the_gpus_arrays(student):
    question, xp = "mlp.fit", student.pretend_cupy
    model = student.doubles.QuadraticModel(xp.asarray([0.0]))
    x, y = xp.asarray(LINE[0]), xp.asarray(LINE[1])
    optimizer, before = student.doubles.RecordingOptimizer(0.1), xp.counts()["to_host"]
    stopping, penalty = student.doubles.ScriptedStopping(None, 1), student.regularizers.L2(0.0)
    history = student.training.fit(
        model, x, y, optimizer, 2, 4, rng(), regularizer=penalty, validation=(x, y), early_stopping=stopping
    )
    reads = xp.counts()["to_host"] - before
    problem = f"{reads} numbers or arrays were read from the GPU for 4 losses, expected 4 at most"
    assert reads <= 4, say(question, problem, "one float per loss, and nothing else")
    losses_are(question, "history.train_loss", history.train_loss, [15.0, 0.4375])
    close(question, "w at the end", there(question, 'params["w"]', model.params["w"]), np.array([1.5]))


@pytest.mark.question("mlp.fit")
def test_fit_teaches_an_mlp_exclusive_or(student):
    # right code has 91 % or more with each of 100 seeds of the weights; guessing has 50 %
    question, draws = "mlp.fit", rng(8)
    x, new = draws.uniform(-1, 1, (200, 2)), draws.uniform(-1, 1, (400, 2))

    def label(points):
        return (points[:, 0] * points[:, 1] > 0).astype(np.int64)

    model = student.mlp.MLP([2, 16, 2], student.activations.ReLU, student.losses.SoftmaxCrossEntropy(), rng(2))
    student.training.fit(model, x, label(x), student.optimizers.Adam(0.05), 12, 20, rng(3))
    share = float(np.mean(model.predict(new) == label(new)))
    problem = f"of new points {share:.0%} get the right label, expected at least 85 %"
    assert share >= 0.85, say(question, problem, "the loss may fall all the same: are y and x picked alike?")
