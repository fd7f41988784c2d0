"""The reference of architectures beside PyTorch in float64: 1e-10 wherever PyTorch has the same thing.

Not part of the course's own tests (PyTorch is no dependency): run it where torch is installed, from the root,
with `python -m pytest tests/benchmarks/test_torch_architectures.py`.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is a yardstick here and no dependency of the course")

from solutions import attention, convolution, embeddings, residual, transfer  # noqa: E402 - only where PyTorch is

SEEDS = range(10)
F = torch.nn.functional


def tensor(array):
    """A float64 tensor that collects a gradient, of an array's values."""
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def agree(ours, theirs, tolerance=1e-10):
    """Assert shape, float64 and max|ours - theirs| <= tolerance · max|theirs|."""
    theirs = theirs.detach().numpy()
    assert (ours.shape, ours.dtype, theirs.dtype) == (theirs.shape, np.float64, np.float64)
    assert np.max(np.abs(ours - theirs), initial=0.0) <= tolerance * np.max(np.abs(theirs), initial=1e-300) + 1e-14


def compare(block, theirs, inputs, rng):
    """Output, gradients of inputs and of params; theirs(params, *inputs) computes with tensors."""
    for array in block.params.values():
        array[...] = rng.normal(size=array.shape)
    params = {name: tensor(array) for name, array in block.params.items()}
    tensors = [tensor(x) for x in inputs]
    output, expected = block.forward(*inputs), theirs(params, *tensors)
    agree(output, expected)
    upstream = rng.normal(size=output.shape)
    expected.backward(torch.tensor(upstream))
    gradients = block.backward(upstream)
    for ours, x in zip(gradients if isinstance(gradients, tuple) else (gradients,), tensors, strict=True):
        agree(ours, x.grad)
    for name, param in params.items():
        agree(block.grads[name], param.grad)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (3, 1, 1), (3, 2, 0), (2, 3, 1), (5, 1, 3)])
def test_convolution(kernel, stride, padding):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        block = convolution.Conv2D(2, 3, kernel, rng, stride=stride, padding=padding)

        def theirs(params, x):
            return F.conv2d(x, params["w"], params["b"], stride=stride, padding=padding)

        compare(block, theirs, [rng.normal(size=(5, 2, 7, 8))], rng)


@pytest.mark.parametrize(("kernel", "stride"), [(2, None), (3, 1), (3, 2), (2, 3)])
@pytest.mark.parametrize("ties", [False, True])
def test_pooling(kernel, stride, ties):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(5, 3, 7, 8))
        x = np.round(x) if ties else x
        compare(convolution.MaxPool2D(kernel, stride), lambda _, x: F.max_pool2d(x, kernel, stride), [x], rng)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
def test_attention(masked, leading):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        mask = (rng.random((*leading, 5, 7)) < 0.5) | (np.arange(7) == 3) if masked else None
        inputs = [rng.normal(size=(*leading, *shape)) for shape in ((5, 4), (7, 4), (7, 2))]
        allowed = torch.tensor(mask) if masked else None

        def theirs(_, q, k, v, allowed=allowed):
            return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)

        compare(attention.ScaledDotProductAttention(mask), theirs, inputs, rng)


def test_adapter():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)

        def theirs(p, x):
            return x + torch.relu(x @ p["down.w"] + p["down.b"]) @ p["up.w"] + p["up.b"]

        compare(residual.Residual(transfer.Bottleneck(7, 3, rng)), theirs, [rng.normal(size=(5, 7))], rng)


@pytest.mark.parametrize("sparse", [False, True])
def test_embedding(sparse):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        block, ids = embeddings.Embedding(11, 3, rng, sparse=sparse), rng.integers(0, 11, size=(5, 4))
        w, upstream = tensor(block.params["w"]), rng.normal(size=(5, 4, 3))
        expected = F.embedding(torch.tensor(ids), w, sparse=sparse)
        agree(block.forward(ids), expected)
        expected.backward(torch.tensor(upstream))
        block.backward(upstream)
        if sparse:
            theirs, (rows, values) = w.grad.coalesce(), block.grads["w"]
            assert np.array_equal(rows, theirs.indices()[0].numpy())
            agree(values, theirs.values())
        else:
            agree(block.grads["w"], w.grad)


def test_window_classifier():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        model = embeddings.WindowClassifier(11, 3, 5, 7, 4, rng)
        params = {name: tensor(array) for name, array in model.params.items()}
        ids, labels = rng.integers(0, 11, size=(6, 5)), rng.integers(0, 4, size=6)
        words = F.embedding(torch.tensor(ids), params["embedding.w"])
        words.retain_grad()
        hidden = torch.tanh(words.reshape(6, 15) @ params["hidden.w"] + params["hidden.b"])
        loss = F.cross_entropy(hidden @ params["output.w"] + params["output.b"], torch.tensor(labels))
        loss.backward()
        assert abs(model.loss(ids, labels) - loss.item()) <= 1e-12 * loss.item()
        agree(model.backward(), words.grad)
        for name, param in params.items():
            agree(model.grads[name], param.grad)
