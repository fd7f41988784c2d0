"""The reference of preparation beside PyTorch in float64: 1e-10 wherever PyTorch has the same thing.

Not part of the course's own tests (PyTorch is no dependency): run it where torch is installed, from the root,
with `python -m pytest tests/benchmarks/test_torch_preparation.py`.
"""

from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is a yardstick here and no dependency of the course")

from solutions import activations, initializers, preprocessing, regularizers  # noqa: E402 - only where PyTorch is

SEEDS = range(10)
SIZES = [(300, 100), (100, 300), (7, 11), (1, 5)]


def agree(ours, theirs, tolerance=1e-10):
    """Assert shape, float64 and max|ours - theirs| <= tolerance · max|theirs|."""
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else np.asarray(theirs)
    assert (ours.shape, ours.dtype, theirs.dtype) == (theirs.shape, np.float64, np.float64)
    assert np.max(np.abs(ours - theirs), initial=0.0) <= tolerance * np.max(np.abs(theirs), initial=1e-300) + 1e-14


class Recorder:
    """A generator that draws nothing: it notes what it was asked for."""

    def normal(self, mean, std, shape):
        """Note mean and std."""
        self.asked = mean, std
        return np.zeros(shape)

    def uniform(self, low, high, shape):
        """Note the range."""
        self.asked = low, high
        return np.zeros(shape)


class TorchRecorder:
    """A tensor-like object whose `normal_` and `uniform_` note what torch.nn.init asks of them."""

    def __init__(self, monkeypatch, shape):
        self.tensor = torch.zeros(shape, dtype=torch.float64)
        monkeypatch.setattr(torch.Tensor, "normal_", self._note)
        monkeypatch.setattr(torch.Tensor, "uniform_", self._note)

    def _note(self, first, second, **kwargs):
        self.asked = first, second
        return self.tensor


TORCH = {
    "xavier_normal": lambda w: torch.nn.init.xavier_normal_(w),
    "xavier_uniform": lambda w: torch.nn.init.xavier_uniform_(w),
    "he_normal": lambda w: torch.nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "he_uniform": lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu"),
}


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize(("fan_in", "fan_out"), SIZES)
def test_initializers_ask_for_the_numbers_that_torch_asks_for(monkeypatch, name, fan_in, fan_out):
    ours, theirs = Recorder(), TorchRecorder(monkeypatch, (fan_out, fan_in))  # torch keeps weights as (out, in)
    assert getattr(initializers, name)(fan_in, fan_out, ours).shape == (fan_in, fan_out)
    TORCH[name](theirs.tensor)
    agree(np.array(ours.asked), np.array(theirs.asked))


@pytest.mark.parametrize("name", TORCH)
def test_initializers_spread_like_torch(name):
    w = torch.empty((400, 600), dtype=torch.float64)
    torch.manual_seed(0)
    TORCH[name](w)
    ours = getattr(initializers, name)(600, 400, np.random.default_rng(0))
    for power in (2, 4):
        assert np.mean(ours**power) == pytest.approx(float((w**power).mean()), rel=0.03)


def test_activation_stds():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        sizes, x = [5, 7, 3, 11], rng.normal(size=(13, 5))
        weights = [rng.normal(size=shape) for shape in pairwise(sizes)]
        for ours, theirs in ((activations.Tanh, torch.tanh), (activations.ReLU, torch.relu)):
            left = iter(weights)
            found = initializers.activation_stds(lambda *_, left=left: next(left), sizes, ours, x, rng)
            h, expected = torch.tensor(x), []
            for w in weights:
                h = theirs(h @ torch.tensor(w))
                expected.append(float(torch.std(h, correction=0)))
            agree(np.array(found), np.array(expected))


def cloud(seed):
    """Return training and new data, correlated, with a mean far from 0 and variances well apart."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    scale, mean = [7.0, 3.0, 1.5, 0.6, 0.2] * turn, rng.normal(size=5) * 10
    return rng.normal(size=(101, 5)) @ scale.T + mean, rng.normal(size=(13, 5)) @ scale.T + mean


def test_column_by_column():
    for seed in SEEDS:
        x, new = cloud(seed)
        t, n = torch.tensor(x), torch.tensor(new)
        mean, std = t.mean(dim=0), t.std(dim=0, correction=0)
        low, high = t.amin(dim=0), t.amax(dim=0)
        agree(preprocessing.MeanCenter().fit(x).transform(new), n - mean)
        agree(preprocessing.Standardize().fit(x).transform(new), (n - mean) / std)
        agree(preprocessing.MinMaxScale().fit(x).transform(new), 2 * (n - low) / (high - low) - 1)


def test_standardise_is_batch_normalisation_without_eps():
    for seed in SEEDS:
        x, _ = cloud(seed)
        expected = torch.nn.functional.batch_norm(torch.tensor(x), None, None, training=True, eps=1e-30)
        agree(preprocessing.Standardize().fit(x).transform(x), expected)


def signs(ours, theirs):
    """Return the torch coordinates, each column with the sign of ours."""
    theirs = theirs.numpy()
    return theirs * np.sign(np.sum(ours * theirs, axis=0))


def test_pca_and_whiten_through_torch_linalg():
    for seed in SEEDS:
        x, new = cloud(seed)
        mean = torch.tensor(x).mean(dim=0)
        _, singular, axes = torch.linalg.svd(torch.tensor(x) - mean, full_matrices=False)
        values, vectors = torch.linalg.eigh(torch.cov(torch.tensor(x).T, correction=0))
        coordinates = (torch.tensor(new) - mean) @ axes.T
        for k in range(1, 6):
            found = preprocessing.PCA(k).fit(x).transform(new)
            agree(found, signs(found, coordinates[:, :k]))
            agree(found, signs(found, (torch.tensor(new) - mean) @ vectors.flip(1)[:, :k]))
        agree(singular.numpy() ** 2 / len(x), values.flip(0))
        for eps in (1e-5, 0.5):
            found = preprocessing.Whiten(eps).fit(x).transform(new)
            agree(found, signs(found, coordinates / torch.sqrt(singular**2 / len(x) + eps)))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (regularizers.L1, lambda strength, w: strength * torch.linalg.vector_norm(w, 1)),
        (regularizers.L2, lambda strength, w: strength * torch.linalg.vector_norm(w, 2) ** 2),
    ],
)
def test_penalties_by_autograd(ours, theirs):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        strength = float(rng.uniform(0.1, 2.0))
        params = {"0.w": rng.normal(size=(3, 5)), "0.b": rng.normal(size=5), "1.slope": rng.normal(size=1)}
        tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
        weights = torch.cat([tensors["0.w"].ravel(), tensors["1.slope"]])
        loss = theirs(strength, weights)
        loss.backward()
        block = ours(strength)
        agree(np.array(block.penalty(params)), loss)
        for name, gradient in block.gradient(params).items():
            expected = tensors[name].grad
            agree(gradient, torch.zeros_like(tensors[name]) if expected is None else expected)


def test_l1_at_zero_is_torch_s_convention():
    w = torch.tensor([0.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    torch.abs(w).sum().backward()
    agree(regularizers.L1(1.0).gradient({"w": w.detach().numpy()})["w"], w.grad)


def test_l0_counts_as_torch_does():
    w = np.array([[0.0, 1.5, -2.0], [0.0, 0.0, 1e-300]])
    assert regularizers.L0(0.5).penalty({"w": w}) == 0.5 * float(torch.linalg.vector_norm(torch.tensor(w), 0))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.75])
def test_dropout_backward_through_its_own_mask(p):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x, upstream = rng.normal(size=(3, 7, 5)), rng.normal(size=(3, 7, 5))
        block = regularizers.Dropout(p, rng)
        output = block.forward(x)
        t = torch.tensor(x, requires_grad=True)
        expected = t * torch.tensor(output != 0) / (1 - p)
        expected.backward(torch.tensor(upstream))
        agree(output, expected)
        agree(block.backward(upstream), t.grad)


@pytest.mark.parametrize("p", [0.2, 0.75])
def test_dropout_drops_and_scales_as_torch_does(p):
    torch.manual_seed(0)
    x = np.full((200, 300), 3.0)
    theirs = torch.nn.Dropout(p)(torch.tensor(x)).numpy()
    ours = regularizers.Dropout(p, np.random.default_rng(0)).forward(x)
    agree(np.unique(ours), np.unique(theirs))
    assert np.mean(ours == 0) == pytest.approx(np.mean(theirs == 0), abs=0.02)
    assert np.array_equal(torch.nn.Dropout(p).eval()(torch.tensor(x)).numpy(), x)


def test_magnitude_prune_is_l1_unstructured():
    from torch.nn.utils import prune

    for seed in SEEDS:
        w = np.random.default_rng(seed).normal(size=(7, 11))
        for fraction in (0.0, 0.1, 0.33, 0.5, 0.9, 1.0):
            layer = torch.nn.Linear(11, 7, bias=False, dtype=torch.float64)
            layer.weight.data[...] = torch.tensor(w)
            prune.l1_unstructured(layer, "weight", amount=float(fraction))
            mask = regularizers.magnitude_prune(w, fraction)
            assert np.array_equal(mask, layer.weight_mask.numpy().astype(bool))
