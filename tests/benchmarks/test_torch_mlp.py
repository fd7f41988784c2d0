"""The reference of mlp beside PyTorch in float64: 1e-10 wherever PyTorch has the same thing.

Not part of the course's own tests (PyTorch is no dependency): run it where torch is installed, from the root,
with `python -m pytest tests/benchmarks/test_torch_mlp.py`.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is a yardstick here and no dependency of the course")

from solutions import activations, layers, losses, mlp, optimizers, regularizers, training  # noqa: E402 - needs torch

SEEDS = range(10)
F = torch.nn.functional
ACTIVATIONS = {
    "tanh": (activations.Tanh, torch.tanh),
    "relu": (activations.ReLU, torch.relu),
    "elu": (activations.ELU, F.elu),
    "leaky": (activations.LeakyReLU, F.leaky_relu),
    "sigmoid": (activations.Sigmoid, torch.sigmoid),
}
SIZES = [[5, 3], [5, 4, 3], [5, 7, 4, 3]]


def tensor(array, dtype=torch.float64):
    """A tensor that collects a gradient, of an array's values."""
    return torch.tensor(array, dtype=dtype, requires_grad=True)


def agree(ours, theirs, tolerance=1e-10):
    """Assert shape, float64 and max|ours - theirs| <= tolerance · max|theirs|."""
    theirs = theirs.detach().numpy()
    assert (ours.shape, ours.dtype, theirs.dtype) == (theirs.shape, np.float64, np.float64)
    assert np.max(np.abs(ours - theirs), initial=0.0) <= tolerance * np.max(np.abs(theirs), initial=1e-300) + 1e-14


@pytest.mark.parametrize("seed", SEEDS)
def test_affine(seed):
    rng = np.random.default_rng(seed)
    layer = layers.Affine(5, 3, rng)
    layer.params["b"][...] = rng.normal(size=3)
    x, upstream = rng.normal(size=(7, 5)), rng.normal(size=(7, 3))
    inputs, w, b = tensor(x), tensor(layer.params["w"]), tensor(layer.params["b"])
    theirs = F.linear(inputs, w.T, b)  # PyTorch keeps w as (fan_out, fan_in)
    agree(layer.forward(x), theirs)
    theirs.backward(torch.tensor(upstream))
    agree(layer.backward(upstream), inputs.grad)
    agree(layer.grads["w"], w.grad)
    agree(layer.grads["b"], b.grad)


def scores_of(model, tensors, inputs, activation, masks=()):
    """The scores of our model, computed by PyTorch; masks: what each dropout multiplied by."""
    names = [name for name in tensors if name.endswith("w")]
    values, masks = inputs, iter(masks)
    for number, name in enumerate(names):
        values = values @ tensors[name] + tensors[name.replace("w", "b")]
        if number < len(names) - 1:
            values = activation(values) * next(masks, 1.0)
    return values


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_mlp_loss_and_every_gradient(name, sizes):
    ours, theirs = ACTIVATIONS[name]
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        model = mlp.MLP(sizes, ours, losses.SoftmaxCrossEntropy(), rng)
        x, labels = rng.normal(size=(6, 5)), rng.integers(0, 3, size=6)
        tensors, inputs = {key: tensor(value) for key, value in model.params.items()}, tensor(x)
        loss = F.cross_entropy(scores_of(model, tensors, inputs, theirs), torch.tensor(labels))
        assert model.loss(x, labels) == pytest.approx(loss.item(), rel=1e-10)
        loss.backward()
        agree(model.backward(), inputs.grad)
        for key, value in tensors.items():
            agree(model.grads[key], value.grad)


def test_mlp_with_dropout_given_the_masks_that_it_drew():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        model = mlp.MLP([5, 7, 4, 3], activations.Tanh, losses.SoftmaxCrossEntropy(), rng, dropout=0.4)
        x, labels = rng.normal(size=(6, 5)), rng.integers(0, 3, size=6)
        loss = model.loss(x, labels)
        dropouts = [block for block in model.network.blocks if isinstance(block, regularizers.Dropout)]
        masks = [torch.tensor(block.backward(np.ones((6, n)))) for block, n in zip(dropouts, (7, 4), strict=True)]
        assert all((mask == 0).any() and (mask > 1).any() for mask in masks)
        tensors, inputs = {key: tensor(value) for key, value in model.params.items()}, tensor(x)
        theirs = F.cross_entropy(scores_of(model, tensors, inputs, torch.tanh, masks), torch.tensor(labels))
        assert loss == pytest.approx(theirs.item(), rel=1e-10)
        theirs.backward()
        agree(model.backward(), inputs.grad)
        for key, value in tensors.items():
            agree(model.grads[key], value.grad)


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_epochs_of_fit_are_ten_epochs_of_theirs(seed):
    """Whole batches, so that the order of the samples does not matter."""
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(size=(20, 5)), rng.integers(0, 3, size=20)
    model = mlp.MLP([5, 8, 3], activations.Tanh, losses.SoftmaxCrossEntropy(), rng)
    tensors = {key: tensor(value) for key, value in model.params.items()}
    step = torch.optim.Adam(tensors.values(), lr=0.01)
    expected = []
    for _ in range(10):
        step.zero_grad()
        loss = F.cross_entropy(scores_of(model, tensors, torch.tensor(x), torch.tanh), torch.tensor(labels))
        loss.backward()
        step.step()
        expected.append(loss.item())
    history = training.fit(model, x, labels, optimizers.Adam(0.01), 10, 20, rng)
    assert history.train_loss == pytest.approx(expected, rel=1e-9)
    for key, value in tensors.items():
        agree(model.params[key], value, 1e-8)
