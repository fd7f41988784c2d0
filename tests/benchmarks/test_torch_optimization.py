"""Agreement with PyTorch in float64, and where our convention differs, that it differs as the handout says.

Needs torch, which the course itself does not: `python -m pytest tests/benchmarks/test_torch_optimization.py`.
Each comparison takes 20 steps of random gradients on two parameters, to 1e-10.
"""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed here")

from solutions import optimizers, schedules  # noqa: E402 - only where PyTorch is

SEEDS, STEPS = range(5), 20
SHAPES = {"w": (4, 3), "b": (3,)}
TOLERANCE = {"rtol": 1e-10, "atol": 1e-12}


def gradients(rng):
    """A dict of gradients of all sizes; sometimes an entry is 0."""
    grads = {name: rng.normal(size=shape) * 10.0 ** rng.uniform(-3, 2) for name, shape in SHAPES.items()}
    grads["b"][int(rng.integers(0, 3))] = 0.0
    return grads


def starts(rng):
    """The same start for both sides: arrays for ours, tensors for torch's."""
    params = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    return params, {name: torch.tensor(value, dtype=torch.float64) for name, value in params.items()}


def walk(ours, theirs, make_gradients, *, between=lambda ours, theirs, rng: None):
    """Yield (our params, torch's as arrays) after each of 20 steps, for each seed."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        params, tensors = starts(rng)
        mine, torchs = ours(), theirs(list(tensors.values()))
        for _ in range(STEPS):
            between(mine, torchs, rng)
            grads = make_gradients(rng)
            for name, tensor in tensors.items():
                tensor.grad = torch.tensor(grads[name], dtype=torch.float64)
            mine.step(params, grads)
            torchs.step()
            yield params, {name: tensor.numpy().copy() for name, tensor in tensors.items()}


def change_lr(mine, theirs, rng):
    """A new learning rate on both sides."""
    mine.lr = theirs.param_groups[0]["lr"] = float(rng.uniform(0.01, 0.3))


def agree(pairs):
    for ours, theirs in pairs:
        for name in SHAPES:
            assert np.allclose(ours[name], theirs[name], **TOLERANCE), name


SAME = {
    "sgd": (lambda: optimizers.SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (lambda: optimizers.Momentum(0.1), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    "nesterov": (
        lambda: optimizers.Nesterov(0.1, momentum=0.8),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True),
    ),
    "adagrad": (lambda: optimizers.Adagrad(0.1), lambda p: torch.optim.Adagrad(p, lr=0.1)),
    "adadelta": (lambda: optimizers.Adadelta(), lambda p: torch.optim.Adadelta(p)),
    "rmsprop": (lambda: optimizers.RMSProp(0.1), lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.9)),
    "adam": (lambda: optimizers.Adam(), lambda p: torch.optim.Adam(p)),
    "adam with an eps that shows": (lambda: optimizers.Adam(eps=0.1), lambda p: torch.optim.Adam(p, eps=0.1)),
    "sparse_adam on arrays": (lambda: optimizers.SparseAdam(), lambda p: torch.optim.Adam(p)),
    "adamw": (
        lambda: optimizers.Adam(0.01, weight_decay=0.3),
        lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.3),
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), SAME.values(), ids=SAME)
def test_twenty_steps(ours, theirs):
    agree(walk(ours, theirs, gradients))


@pytest.mark.parametrize(("ours", "theirs"), SAME.values(), ids=SAME)
def test_twenty_steps_at_changing_rates(ours, theirs):
    agree(walk(ours, theirs, gradients, between=change_lr))


def test_plain_decay_is_coupled_or_not_for_sgd():
    """w (1 - lr λ) - lr g, both ways: for plain descent decoupled decay is torch's L2."""
    agree(
        walk(
            lambda: optimizers.SGD(0.1, weight_decay=0.3),
            lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.3),
            gradients,
        )
    )


COUPLED = {
    "momentum": (
        lambda: optimizers.Momentum(0.1, weight_decay=0.3),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.3),
    ),
    "nesterov": (
        lambda: optimizers.Nesterov(0.1, weight_decay=0.3),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.3),
    ),
    "adagrad": (
        lambda: optimizers.Adagrad(0.1, weight_decay=0.3),
        lambda p: torch.optim.Adagrad(p, lr=0.1, weight_decay=0.3),
    ),
    "adadelta": (
        lambda: optimizers.Adadelta(weight_decay=0.3),
        lambda p: torch.optim.Adadelta(p, weight_decay=0.3),
    ),
    "rmsprop": (
        lambda: optimizers.RMSProp(0.1, weight_decay=0.3),
        lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.9, weight_decay=0.3),
    ),
    "adam": (lambda: optimizers.Adam(0.1, weight_decay=0.3), lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.3)),
}


@pytest.mark.parametrize(("ours", "theirs"), COUPLED.values(), ids=COUPLED)
def test_torch_puts_the_decay_into_the_gradient_and_we_do_not(ours, theirs):
    apart = [np.max(np.abs(mine["w"] - other["w"])) for mine, other in walk(ours, theirs, gradients)]
    assert max(apart) > 1e-3


@pytest.mark.parametrize("name", ["momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam"])
def test_decoupled_decay_is_torchs_step_after_a_shrink(name):
    """Ours is: shrink by 1 - lr λ, then torch's optimizer without any decay, fed the same gradient."""
    options = {} if name == "adadelta" else {"lr": 0.1}
    ours_class = {"momentum": "Momentum", "nesterov": "Nesterov", "adagrad": "Adagrad", "adadelta": "Adadelta"}
    cls = getattr(optimizers, {**ours_class, "rmsprop": "RMSProp", "adam": "Adam"}[name])
    make = {
        "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
        "adadelta": lambda p: torch.optim.Adadelta(p),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    }[name]

    def shrink(mine, theirs, rng):
        for tensor in theirs.param_groups[0]["params"]:
            tensor.mul_(1 - mine.lr * 0.3)

    agree(walk(lambda: cls(**options, weight_decay=0.3), make, gradients, between=shrink))


def test_averaged_momentum_starts_small_where_torchs_dampening_starts_whole():
    """torch takes the first gradient whole, v₁ = g₁, and averages from then on; ours begins at v₁ = (1 - μ) g₁."""
    lr, mu = 0.1, 0.8
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        w, first = rng.normal(size=3), rng.normal(size=3)
        start, tensor = w.copy(), torch.tensor(w, dtype=torch.float64)
        theirs = torch.optim.SGD([tensor], lr=lr, momentum=mu, dampening=mu)
        ours = optimizers.Momentum(lr, momentum=mu, averaged=True)
        for number in range(1, STEPS + 1):
            g = first if number == 1 else rng.normal(size=3)
            tensor.grad = torch.tensor(g, dtype=torch.float64)
            theirs.step()
            ours.step({"w": w}, {"w": g})
            if number == 1:
                assert np.allclose(start - w, lr * (1 - mu) * g, **TOLERANCE)
                assert np.allclose(start - tensor.numpy(), lr * g, **TOLERANCE)
            ahead = lr * sum(mu**i for i in range(1, number + 1)) * first  # μ g₁ too much, fading with μ
            assert np.allclose(w - tensor.numpy(), ahead, **TOLERANCE)


def sparse_walk(make, theirs, between=lambda mine, number: None):
    """Yield (our table, torch's) after each of 20 steps with pairs (rows, values), repeats among them."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        w = rng.normal(size=(7, 3))
        tensor, mine = torch.tensor(w, dtype=torch.float64), make()
        torchs = theirs([tensor])
        for number in range(1, STEPS + 1):
            rows, values = rng.integers(0, 7, size=5), rng.normal(size=(5, 3))
            between(mine, number)
            mine.step({"w": w}, {"w": (rows, values)})
            tensor.grad = torch.sparse_coo_tensor(
                rows[None], values, size=(7, 3), dtype=torch.float64, check_invariants=True
            )
            torchs.step()
            yield w, tensor.numpy().copy()


def test_sparse_adam_where_eps_plays_no_part():
    pairs = sparse_walk(
        lambda: optimizers.SparseAdam(0.1, eps=1e-30), lambda p: torch.optim.SparseAdam(p, lr=0.1, eps=1e-30)
    )
    for ours, theirs in pairs:
        assert np.allclose(ours, theirs, **TOLERANCE)


def test_sparse_adam_has_its_eps_after_the_correction_and_torch_before():
    """torch: √v + eps, then corrected, so its eps is ours divided by √(1 - β₂ᵗ). With that, they agree."""

    def corrected(mine, number):
        mine.eps = 1e-2 / math.sqrt(1 - 0.999**number)

    def theirs(p):
        return torch.optim.SparseAdam(p, lr=0.1, eps=1e-2)

    for mine, other in sparse_walk(lambda: optimizers.SparseAdam(0.1), theirs, corrected):
        assert np.allclose(mine, other, **TOLERANCE)
    apart = [np.max(np.abs(a - b)) for a, b in sparse_walk(lambda: optimizers.SparseAdam(0.1, eps=1e-2), theirs)]
    assert max(apart) > 1e-3


SCHEDULES = {
    "step": (schedules.StepDecay(0.8, 3), 0.8, lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=3, gamma=0.5)),
    "exponential": (
        schedules.ExponentialDecay(0.5, 0.1),
        0.5,
        lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=math.exp(-0.1)),
    ),
    "cyclic": (
        schedules.Cyclic(0.01, 0.3, 4),
        0.01,
        lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.01, 0.3, step_size_up=4, cycle_momentum=False),
    ),
}


@pytest.mark.parametrize(("ours", "lr", "theirs"), SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_for_thirty_epochs(ours, lr, theirs):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
    scheduler = theirs(optimizer)
    for epoch in range(30):
        assert math.isclose(ours(epoch), optimizer.param_groups[0]["lr"], rel_tol=1e-10)
        optimizer.step()
        scheduler.step()
