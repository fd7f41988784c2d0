"""The reference of assignment 2 against PyTorch in float64, forward and backward, to 1e-10.

Run with an interpreter that has PyTorch: `python -m pytest tests/benchmarks/test_torch_nonlinearities.py`.
Without it all is skipped. Where conventions differ, both sides are asserted, so that a change of either shows.
"""

import numpy as np
import pytest

from solutions import activations, losses

torch = pytest.importorskip("torch", reason="needs PyTorch: an extra (bench) that nothing else of the course needs")
F = torch.nn.functional
SEEDS = range(10)


def tensor(x, grad=True):
    """x as a float64 leaf; integers as they are."""
    result = torch.tensor(x)
    return result.requires_grad_() if grad and result.is_floating_point() else result


def agree(ours, theirs):
    """Equal to 1e-10 of the largest entry."""
    ours, theirs = np.asarray(ours), theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert np.max(np.abs(ours - theirs)) <= 1e-10 * np.max(np.abs(theirs)) + 1e-14


# name → (ours, theirs); inputs are random, so never on a kink
ACTIVATIONS = {
    "identity": (activations.Identity, torch.nn.Identity()),
    "step": (activations.Step, lambda x: torch.heaviside(x.detach(), torch.zeros(1, dtype=x.dtype)) + 0.0 * x),
    "sigmoid": (activations.Sigmoid, torch.sigmoid),
    "tanh": (activations.Tanh, torch.tanh),
    "hard_tanh": (activations.HardTanh, F.hardtanh),
    "relu": (activations.ReLU, F.relu),
    "leaky_relu": (activations.LeakyReLU, F.leaky_relu),
    "leaky_relu, 0.2": (lambda: activations.LeakyReLU(0.2), lambda x: F.leaky_relu(x, 0.2)),
    "elu": (activations.ELU, F.elu),
    "elu, 1.7": (lambda: activations.ELU(1.7), lambda x: F.elu(x, alpha=1.7)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_activations(name, scale):
    ours, theirs = ACTIVATIONS[name]
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x, upstream, block = scale * rng.normal(size=(7, 5)), rng.normal(size=(7, 5)), ours()
        leaf = tensor(x)
        output = theirs(leaf)
        output.backward(torch.tensor(upstream))
        agree(block.forward(x), output)
        agree(block.backward(upstream), leaf.grad)


def test_tanh_from_sigmoid():
    x = 5 * np.random.default_rng(0).normal(size=(7, 5))
    agree(activations.tanh_from_sigmoid(x), torch.tanh(torch.tensor(x)))


@pytest.mark.parametrize("slope", [0.25, -0.4, 1.6])
def test_prelu(slope):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x, upstream = rng.normal(size=(7, 5)), rng.normal(size=(7, 5))
        block, leaf, weight = activations.PReLU(slope), tensor(x), tensor(np.array([slope]))
        output = F.prelu(leaf, weight)
        output.backward(torch.tensor(upstream))
        agree(block.forward(x), output)
        agree(block.backward(upstream), leaf.grad)
        agree(block.grads["slope"], weight.grad)


def test_maxout():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        given = {"w1": (3, 5), "b1": (5,), "w2": (3, 5), "b2": (5,)}
        given = {name: rng.normal(size=shape) for name, shape in given.items()}
        x, upstream = rng.normal(size=(7, 3)), rng.normal(size=(7, 5))
        block, leaf, leaves = activations.Maxout(**given), tensor(x), {k: tensor(v) for k, v in given.items()}
        output = torch.maximum(leaf @ leaves["w1"] + leaves["b1"], leaf @ leaves["w2"] + leaves["b2"])
        output.backward(torch.tensor(upstream))
        agree(block.forward(x), output)
        agree(block.backward(upstream), leaf.grad)
        for name, theirs in leaves.items():
            agree(block.grads[name], theirs.grad)


def half_squared(scores, targets):
    """PyTorch's mean is over all entries and has no ½: times D / 2 gives ours."""
    return F.mse_loss(scores, targets) * scores[0].numel() / 2


def one_margin(scores, targets):
    """MultiMarginLoss divides by the number of classes too: times C gives ours."""
    return F.multi_margin_loss(scores, targets, margin=1.5) * scores.shape[1]


def hinge(scores, targets):
    """PyTorch has no binary hinge; with margin 1, a MarginRankingLoss against 0 is one."""
    return F.margin_ranking_loss(scores, torch.zeros_like(scores), targets, margin=1.0)


def matrix(rng):
    return 3 * rng.normal(size=(7, 5)), rng.integers(0, 5, size=7)


LOSSES = {
    "mean_squared_error": (losses.MeanSquaredError, half_squared, lambda rng: rng.normal(size=(2, 7, 5))),
    "mean_squared_error, (N,)": (losses.MeanSquaredError, half_squared, lambda rng: rng.normal(size=(2, 7))),
    "binary_hinge": (losses.BinaryHinge, hinge, lambda rng: (rng.normal(size=7), rng.choice([-1.0, 1.0], size=7))),
    "multiclass_svm": (lambda: losses.MulticlassSVM(1.5), one_margin, matrix),
    "softmax_cross_entropy": (losses.SoftmaxCrossEntropy, F.cross_entropy, matrix),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    make, theirs, draw = LOSSES[name]
    for seed in SEEDS:
        scores, targets = draw(np.random.default_rng(seed))
        loss, leaf = make(), tensor(scores)
        value = theirs(leaf, tensor(targets, grad=False))
        value.backward()
        agree(loss.forward(scores, targets), value)
        agree(loss.backward(), leaf.grad)


def test_softmax():
    scores = 4 * np.random.default_rng(1).normal(size=(7, 5))
    agree(losses.softmax(scores), F.softmax(torch.tensor(scores), dim=1))


FAR = np.array([[1000.0, -1000.0, 0.0], [-1000.0, -999.0, -1001.0], [5.0, 1000.0, 999.0]])


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu"])
def test_far_out(name):
    ours, theirs = ACTIVATIONS[name]
    block, leaf = ours(), tensor(FAR)
    output = theirs(leaf)
    output.sum().backward()
    agree(block.forward(FAR), output)
    agree(block.backward(np.ones_like(FAR)), leaf.grad)


def test_cross_entropy_far_out():
    loss, leaf, labels = losses.SoftmaxCrossEntropy(), tensor(FAR), np.array([1, 1, 2])
    value = F.cross_entropy(leaf, torch.tensor(labels))
    value.backward()
    agree(loss.forward(FAR, labels), value)
    agree(loss.backward(), leaf.grad)
    agree(losses.softmax(FAR), F.softmax(torch.tensor(FAR), dim=1))


def at_zero(theirs):
    leaf = tensor(np.zeros(1))
    theirs(leaf).backward(torch.ones(1, dtype=leaf.dtype))
    return leaf.grad.item()


@pytest.mark.parametrize(
    ("ours", "theirs", "here", "there"),
    [
        (activations.ReLU, F.relu, 0.0, 0.0),
        (lambda: activations.LeakyReLU(0.2), lambda x: F.leaky_relu(x, 0.2), 0.2, 0.2),
        (lambda: activations.ELU(1.7), lambda x: F.elu(x, alpha=1.7), 1.7, 1.7),
        (lambda: activations.PReLU(0.3), lambda x: F.prelu(x, torch.full((1,), 0.3, dtype=x.dtype)), 0.3, 0.3),
    ],
    ids=["relu", "leaky_relu", "elu", "prelu"],
)
def test_at_zero(ours, theirs, here, there):
    block = ours()
    block.forward(np.zeros(1))
    assert block.backward(np.ones(1)).tolist() == [pytest.approx(here)]
    assert at_zero(theirs) == pytest.approx(there)


def test_hard_tanh_at_its_corners():
    block, corners, leaf = activations.HardTanh(), np.array([-1.0, 1.0]), tensor(np.array([-1.0, 1.0]))
    block.forward(corners)
    F.hardtanh(leaf).sum().backward()
    assert block.backward(np.ones(2)).tolist() == leaf.grad.tolist() == [0.0, 0.0]


def test_maxout_ties_go_to_the_first_and_not_by_halves():
    one, zero = np.ones((1, 1)), np.zeros(1)
    block, first, second = activations.Maxout(one, zero, one, zero), tensor(zero), tensor(zero)
    block.forward(one)
    block.backward(one)
    torch.maximum(1.0 + first, 1.0 + second).sum().backward()
    assert (block.grads["b1"].item(), block.grads["b2"].item()) == (1.0, 0.0)
    assert (first.grad.item(), second.grad.item()) == (0.5, 0.5)


def test_margins_of_exactly_zero():
    """Ours have gradient 0 there, and so has MultiMarginLoss; MarginRankingLoss clamps, and passes the gradient on."""
    hinge_loss, svm = losses.BinaryHinge(), losses.MulticlassSVM(1.0)
    hinge_loss.forward(np.array([1.0]), np.array([1]))
    svm.forward(np.array([[2.0, 1.0]]), np.array([0]))
    assert hinge_loss.backward().tolist() == [0.0] and svm.backward().tolist() == [[0.0, 0.0]]
    first, second = tensor(np.array([1.0])), tensor(np.array([[2.0, 1.0]]))
    hinge(first, torch.ones(1, dtype=first.dtype)).backward()
    F.multi_margin_loss(second, torch.tensor([0])).backward()
    assert first.grad.tolist() == [-1.0]
    assert second.grad.tolist() == [[0.0, 0.0]]


def test_mean_squared_error_refuses_what_pytorch_broadcasts():
    with pytest.raises(ValueError, match="must be equal"):
        losses.MeanSquaredError().forward(np.ones((4, 1)), np.ones(4))
    with pytest.warns(UserWarning, match="broadcasting"):
        F.mse_loss(torch.ones(4, 1), torch.ones(4))
