"""The reference solutions of optimization: worked numbers, whole histories over many seeds, and the general rules."""

import inspect
import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from solutions import doubles, optimizer_tests, optimizers, schedules

SEEDS = range(20)
STEPS = 12

# Steps for a constant gradient of 1, as in the handout's first table.
CONSTANT = {
    "sgd": (lambda: optimizers.SGD(1.0), [1, 1, 1]),
    "momentum": (lambda: optimizers.Momentum(1.0), [1, 1.9, 2.71]),
    "averaged": (lambda: optimizers.Momentum(1.0, averaged=True), [0.1, 0.19, 0.271]),
    "nesterov": (lambda: optimizers.Nesterov(1.0), [1.9, 2.71, 3.439]),
    "adagrad": (lambda: optimizers.Adagrad(1.0), [1, 0.7071067811, 0.5773502692]),
    "rmsprop": (lambda: optimizers.RMSProp(1.0), [3.1622775602, 2.2941572861, 1.9209468391]),
    "adadelta": (lambda: optimizers.Adadelta(), [0.0031622618, 0.0032444118, 0.0033007887]),
    "adam": (lambda: optimizers.Adam(1.0), [0.99999999, 0.99999999, 0.99999999]),
    "sparse_adam": (lambda: optimizers.SparseAdam(1.0), [0.99999999, 0.99999999, 0.99999999]),
}
# w after the gradients 2, -1 and 0.5, from 0, as in the handout's second table.
TURNING = {
    "momentum": [-2, -2.8, -4.02],
    "averaged": [-0.2, -0.28, -0.402],
    "nesterov": [-3.8, -3.52, -5.118],
    "adagrad": [-0.9999999999, -0.5527864045, -0.7710042947],
    "rmsprop": [-3.1622776102, -1.6878580704, -2.4424944496],
    "adadelta": [-0.0031622737, -0.0010771331, -0.0022302150],
    "adam": [-0.9999999950, -1.2663370330, -1.6067661786],
    "sparse_adam": [-0.9999999950, -1.2663370330, -1.6067661786],
}


def mean(history, rate):
    """The running mean of `history` from 0, as one weighted sum."""
    last = len(history) - 1
    return sum((1 - rate) * rate ** (last - i) * each for i, each in enumerate(history))


def summed(history, rate):
    last = len(history) - 1
    return sum(rate ** (last - i) * each for i, each in enumerate(history))


def adadelta_direction(history):
    """All of Adadelta from the start, with the running means as weighted sums."""
    moved = []
    for end in range(1, len(history) + 1):
        size = mean([np.zeros_like(history[0]), *(each**2 for each in moved)], 0.8) + 1e-3
        moved.append(np.sqrt(size / (mean([g**2 for g in history[:end]], 0.8) + 1e-3)) * history[end - 1])
    return moved[-1]


def adam_direction(history):
    first = mean(history, 0.7) / (1 - 0.7 ** len(history))
    second = mean([g**2 for g in history], 0.95) / (1 - 0.95 ** len(history))
    return first / (np.sqrt(second) + 1e-3)


# name → (class, its arguments beside lr, the direction from the whole history of gradients, without a recursion)
HISTORIES = {
    "sgd": (optimizers.SGD, {}, lambda h: h[-1]),
    "momentum": (optimizers.Momentum, {"momentum": 0.6}, lambda h: summed(h, 0.6)),
    "averaged": (optimizers.Momentum, {"momentum": 0.6, "averaged": True}, lambda h: mean(h, 0.6)),
    "nesterov": (optimizers.Nesterov, {"momentum": 0.6}, lambda h: h[-1] + 0.6 * summed(h, 0.6)),
    "adagrad": (optimizers.Adagrad, {"eps": 0.01}, lambda h: h[-1] / (np.sqrt(sum(g**2 for g in h)) + 0.01)),
    "adadelta": (optimizers.Adadelta, {"rho": 0.8, "eps": 1e-3}, adadelta_direction),
    "rmsprop": (
        optimizers.RMSProp,
        {"rho": 0.7, "eps": 1e-3},
        lambda h: h[-1] / (np.sqrt(mean([g**2 for g in h], 0.7)) + 1e-3),
    ),
    "adam": (optimizers.Adam, {"beta1": 0.7, "beta2": 0.95, "eps": 1e-3}, adam_direction),
    "sparse_adam": (optimizers.SparseAdam, {"beta1": 0.7, "beta2": 0.95, "eps": 1e-3}, adam_direction),
}
DECAYING = [name for name in HISTORIES if name != "sparse_adam"]


def make(name, **more):
    cls, options, _ = HISTORIES[name]
    return cls(**{"lr": 0.3, **options, **more})


@pytest.mark.parametrize("name", CONSTANT)
def test_the_steps_for_a_constant_gradient(name):
    optimizer, w = CONSTANT[name][0](), np.zeros(2)
    for expected in CONSTANT[name][1]:
        before = w.copy()
        optimizer.step({"w": w}, {"w": np.ones(2)})
        assert np.allclose(before - w, expected, rtol=0, atol=1.1e-10)  # ten digits, and Adagrad's eps


@pytest.mark.parametrize("name", TURNING)
def test_the_places_for_a_gradient_that_turns(name):
    optimizer, w = CONSTANT[name][0](), np.zeros(1)
    for g, expected in zip((2.0, -1.0, 0.5), TURNING[name], strict=True):
        optimizer.step({"w": w}, {"w": np.array([g])})
        assert np.allclose(w, expected, rtol=0, atol=6e-11)


@pytest.mark.parametrize("name", HISTORIES)
def test_steps_follow_from_the_whole_history(name):
    """Two names of one shape that come at different times, rates that change, arrays that stay the same objects."""
    _, _, direction = HISTORIES[name]
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        optimizer, idle = make(name), make(name)
        params = {"w": rng.normal(size=(3, 2)), "b": rng.normal(size=(3, 2))}
        objects, histories = dict(params), {"w": [], "b": []}
        for _ in range(STEPS):
            names = [each for each in ("b", "w") if rng.random() < 0.7]
            optimizer.lr = float(rng.uniform(0.1, 1))
            grads = {each: rng.normal(size=(3, 2)) for each in names}
            before, given = ({k: v.copy() for k, v in each.items()} for each in (params, grads))
            assert optimizer.step({each: params[each] for each in names}, grads) is None
            idle.step({"w": np.zeros((3, 2))}, {"w": np.ones((3, 2))})
            for each in names:
                histories[each].append(given[each])
                assert np.array_equal(grads[each], given[each])
                expected = before[each] - optimizer.lr * direction(histories[each])
                assert np.allclose(params[each], expected, rtol=1e-11, atol=1e-13)
            assert all(np.array_equal(params[k], before[k]) for k in params if k not in names)
            assert all(params[k] is objects[k] for k in params)


@pytest.mark.parametrize("name", DECAYING)
def test_weight_decay_is_decoupled_and_spares_no_name(name):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        plain, decaying = make(name), make(name, weight_decay=0.4)
        for _ in range(4):
            place = {"w": rng.normal(size=3), "b": rng.normal(size=2)}
            grads = {"w": rng.normal(size=3), "b": rng.normal(size=2)}
            one, other = ({k: v.copy() for k, v in place.items()} for _ in range(2))
            plain.lr = decaying.lr = float(rng.uniform(0.1, 1))
            plain.step(one, grads)
            decaying.step(other, grads)
            for k in place:  # the step is the same: no trace of the decay in any memory
                assert np.allclose(other[k], one[k] - plain.lr * 0.4 * place[k], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", HISTORIES)
def test_float32_stays_float32(name):
    optimizer, w = make(name), np.ones((2, 3), dtype=np.float32)
    array = w
    for _ in range(3):
        optimizer.step({"w": w}, {"w": np.full((2, 3), 0.5, dtype=np.float32)})
    assert w is array and w.dtype == np.float32 and np.all(w < 1)


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.filterwarnings("error")
def test_a_zero_gradient_moves_nothing_and_a_number_in_an_array_moves(name):
    optimizer, still, w = make(name), np.array([2.0, -1.0]), np.array(5.0)
    optimizer.step({"still": still, "w": w}, {"still": np.zeros(2), "w": np.array(1.0)})
    assert np.array_equal(still, [2.0, -1.0]) and w < 5.0


def test_nesterov_is_momentum_that_looks_ahead():
    """The two-place form v ← μ v + g(w - lr μ v), w ← w - lr v: our w is its place ahead."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(4, 4))
    hessian, lr, mu = a @ a.T, 0.02, 0.8
    ahead = rng.normal(size=4)
    behind, v, optimizer = ahead.copy(), np.zeros(4), optimizers.Nesterov(lr, momentum=mu)
    for _ in range(30):
        v = mu * v + hessian @ (behind - lr * mu * v)
        behind = behind - lr * v
        optimizer.step({"w": ahead}, {"w": hessian @ ahead})
        assert np.allclose(ahead, behind - lr * mu * v, rtol=1e-10, atol=1e-12)


def test_sparse_adam_moves_given_rows_only_and_sums_repeats():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        optimizer, w = make("sparse_adam"), rng.normal(size=(6, 3))
        m, v = np.zeros((6, 3)), np.zeros((6, 3))
        for t in range(1, STEPS):
            rows, before = rng.integers(0, 6, size=4), w.copy()
            values = rng.normal(size=(4, 3))
            kept = rows.copy(), values.copy()
            optimizer.step({"w": w}, {"w": (rows, values)})
            assert np.array_equal(rows, kept[0]) and np.array_equal(values, kept[1])
            for row in range(6):
                if row not in rows:
                    assert w[row].tobytes() == before[row].tobytes()
                    continue
                g = sum(value for place, value in zip(rows, values, strict=True) if place == row)
                m[row], v[row] = 0.7 * m[row] + 0.3 * g, 0.95 * v[row] + 0.05 * g**2
                step = m[row] / (1 - 0.7**t) / (np.sqrt(v[row] / (1 - 0.95**t)) + 1e-3)
                assert np.allclose(w[row], before[row] - 0.3 * step, rtol=1e-11, atol=1e-13)


def test_newton_lands_where_the_gradient_is_zero():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        turned, _ = np.linalg.qr(rng.normal(size=(6, 6)))
        hessian = (turned * rng.choice([-3.0, -1.0, 1.0, 2.0], size=6)) @ turned.T  # saddles too
        place, w = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
        array, gradient = w, (hessian @ (w - place).ravel()).reshape(2, 3)
        kept = gradient.copy(), hessian.copy()
        optimizers.Newton().step({"w": w}, {"w": gradient}, {"w": hessian})
        assert w is array and np.allclose(w, place, rtol=0, atol=1e-12)
        assert np.array_equal(gradient, kept[0]) and np.array_equal(hessian, kept[1])


def test_newton_damped():
    w = np.zeros(2)
    optimizers.Newton(lr=0.5, damping=1.0).step({"w": w}, {"w": np.array([2.0, 6.0])}, {"w": np.diag([1.0, -3.0])})
    assert np.allclose(w, [-0.5, 1.5], rtol=1e-15)


VALLEY = [  # optimizer → loss after 10, 30 and 50 steps on the handout's valley
    (optimizers.SGD(0.09), (7.70, 0.174, 0.00401)),
    (optimizers.SGD(0.1), (16.1, 10.1, 10.0)),
    (optimizers.SGD(0.101), (20.8, 32.9, 72.4)),
    (optimizers.Momentum(0.05, momentum=0.5), (6.28, 0.0477, 0.00036)),
]


@pytest.mark.parametrize(("optimizer", "losses"), VALLEY)
def test_the_valley_of_the_handout(optimizer, losses):
    path = optimizers.descend(lambda w: w * [1.0, 20.0], np.array([10.0, 1.0]), optimizer, 50)
    loss = (path[:, 0] ** 2 + 20 * path[:, 1] ** 2) / 2
    assert loss[0] == 60 and np.allclose(loss[[10, 30, 50]], losses, rtol=6e-3)


def test_descend_copies_what_it_keeps():
    start, optimizer = np.array([4.0, -2.0]), doubles.RecordingOptimizer(0.5)
    path = optimizers.descend(lambda w: w, start, optimizer, 3)  # a gradient that is its own argument
    assert np.array_equal(path, np.outer([1, 0.5, 0.25, 0.125], [4.0, -2.0])) and len(optimizer.log) == 3
    assert np.array_equal(start, [4.0, -2.0]) and not np.shares_memory(path, start)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (schedules.Constant(0.3), [0.3] * 10),
        (schedules.StepDecay(0.8, 3), [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]),
        (schedules.StepDecay(2.0, 1, factor=0.1), [2.0 * 0.1**e for e in range(5)]),
        (schedules.ExponentialDecay(0.5, 0.1), [0.5 * math.exp(-e / 10) for e in range(10)]),
        (schedules.Cyclic(1.0, 3.0, 4), [1, 1.5, 2, 2.5, 3, 2.5, 2, 1.5, 1, 1.5]),
        (schedules.Cyclic(0.1, 0.7, 1), [0.1, 0.7, 0.1, 0.7]),
        (schedules.Cyclic(0.1, 0.7, 3), [0.1, 0.3, 0.5, 0.7, 0.5, 0.3, 0.1]),
    ],
)
def test_schedules_epoch_by_epoch_and_backwards(schedule, rates):
    for epoch, rate in [*enumerate(rates), *reversed(list(enumerate(rates)))]:
        assert isinstance(schedule(epoch), float) and math.isclose(schedule(epoch), rate, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ({0: math.nan, -1: math.inf, -2: 0.75, -3: 0.5}, 0.001),
        ({-3: 0.5, -2: 0.75, -1: math.inf, 0: math.nan}, 0.001),
        ({-1: 2.0, -2: -3.0, -3: -math.inf}, 0.01),
        ({-2: 1.0, -1: 1.0, -3: 1.0}, 0.01),
        ({1: 0.25, 2: 0.5}, 10.0),
    ],
)
def test_the_best_power_of_ten(losses, best):
    asked = []

    def run(lr):
        asked.append(lr)
        return losses[round(math.log10(lr))]

    assert schedules.best_power_of_ten(run, list(losses)) == best
    assert asked == [10.0**e for e in losses]


def test_no_rate_is_best_where_every_run_diverged():
    with pytest.raises(ValueError, match="smaller exponents"):
        schedules.best_power_of_ten(lambda lr: math.nan, [-1, -2])


class Historian:
    """A right Momentum in another style: it keeps all gradients and adds them up anew."""

    def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
        self.lr, self.weight_decay = lr, weight_decay
        self.sum, self.rate, self.seen = (mean if averaged else summed), momentum, {}

    def step(self, params, grads):
        for name in params:
            self.seen.setdefault(name, []).append(grads[name].copy())
            decayed = params[name] * (1 - self.lr * self.weight_decay)
            np.copyto(params[name], decayed - self.lr * self.sum(self.seen[name], self.rate))


MOVE, STORE, KEPT = "w -= self.lr * v", "v = self.state[name]", "v *= self.momentum"
FRESH, DECAY = "self.state[name] = np.zeros_like(w)", "w *= 1 - self.lr * self.weight_decay"
GAIN, START = "v += share * grads[name]", "self.state = {}"
SAME = {  # other ways to say the same
    "as it is": [],
    "velocity made anew": [(KEPT, "v = self.momentum * v"), (GAIN, "self.state[name] = v = v + share * grads[name]")],
    "decay and step at once": [(DECAY, "v = v + self.weight_decay * w")],
    "assigned to all entries": [(MOVE, "w[...] = w - self.lr * v")],
    "entry bound to the same array": [(MOVE, "params[name] -= self.lr * v")],
}
WRONG = {  # id → pairs (text in the reference, what stands there instead)
    "stateless": [(STORE, "v = np.zeros_like(w)")],
    "uphill": [(MOVE, "w += self.lr * v")],
    "no averaging": [("1 - self.momentum if self.averaged else 1", "1")],
    "always averaged": [("1 - self.momentum if self.averaged else 1", "1 - self.momentum")],
    "averaged by default": [("averaged=False", "averaged=True")],
    "averaged the wrong way round": [("1 - self.momentum if", "self.momentum if")],
    "momentum 0.99": [("momentum=0.9", "momentum=0.99")],
    "decay by default": [("weight_decay=0.0", "weight_decay=0.01")],
    "nesterov": [(MOVE, "w -= self.lr * (grads[name] + self.momentum * v)")],
    "velocity of the sign": [(GAIN, "v += share * np.sign(grads[name])")],
    "old velocity": [(KEPT, "old = v.copy(); v *= self.momentum"), (MOVE, "w -= self.lr * old")],
    "one velocity for all names": [
        ("name not in self.state", "0 not in self.state"),
        ("[name] = np", "[0] = np"),
        (STORE, "v = self.state[0]"),
    ],
    "one velocity for each shape": [
        ("name not in", "w.shape not in"),
        ("[name] = np", "[w.shape] = np"),
        (STORE, "v = self.state[w.shape]"),
    ],
    "shared by instances": [(START, "self.state = self.shared"), ("def __init__", "shared = {}\n\n    def __init__")],
    "rebinding the local name": [(MOVE, "w = w - self.lr * v")],
    "rebinding the entry": [(DECAY, "w = w.copy()"), (MOVE, "params[name] = w - self.lr * v")],
    "coupled decay": [(GAIN, "v += share * (grads[name] + self.weight_decay * w)"), (DECAY, "pass")],
    "decay after the step": [(DECAY, "pass"), (MOVE, MOVE + "; " + DECAY)],
    "decay without lr": [(DECAY, "w *= 1 - self.weight_decay")],
    "decay of weights only": [(DECAY, DECAY + " * (not name.startswith('b'))")],
    "no decay": [(DECAY, "pass")],
    "lr at construction": [("self.lr = lr", "self.lr = self.first = lr"), (MOVE, "w -= self.first * v")],
    "decay by the lr at construction": [
        ("self.lr = lr", "self.lr = self.first = lr"),
        (DECAY, "w *= 1 - self.first * self.weight_decay"),
    ],
    "lr in the velocity": [(GAIN, "v += self.lr * share * grads[name]"), (MOVE, "w -= v")],
    "the first gradient as the velocity": [
        (FRESH, "self.state[name] = grads[name]"),
        (GAIN, "v += share * grads[name] if v is not grads[name] else 0"),
        (KEPT, "v *= 1 if v is grads[name] else self.momentum"),
    ],
    "gradient changed": [(GAIN, "grads[name] += self.weight_decay * w; v += share * grads[name]"), (DECAY, "pass")],
    "gradient scaled in place": [(MOVE, "w -= self.lr * v; grads[name] *= self.lr")],
    "bias correction": [(MOVE, "self.t = getattr(self, 't', 0) + 1; w -= self.lr * v / (1 - self.momentum ** self.t)")],
    "memory lost when lr changes": [
        (STORE, "v = self.state[name]; v *= getattr(self, 'before', self.lr) == self.lr; self.before = self.lr")
    ],
    "zero gradients skipped": [(KEPT, "v *= self.momentum if np.any(grads[name]) else 0.0")],
}


def edited(edits):
    """The reference's Momentum with other text in some places."""
    source = inspect.getsource(optimizers.Momentum)
    for old, new in edits:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    names = {"np": np}
    exec(source, names)
    return names["Momentum"]


@pytest.mark.parametrize("right", [Historian, *map(edited, SAME.values())], ids=["history", *SAME])
def test_check_momentum_accepts_right_ones(right):
    assert optimizer_tests.check_momentum(right) is None


@pytest.mark.parametrize("wrong", [edited(edits) for edits in WRONG.values()], ids=WRONG)
def test_check_momentum_catches_wrong_ones(wrong):
    with pytest.raises(AssertionError, match=r"\w+"):
        optimizer_tests.check_momentum(wrong)


class Careless(optimizers.SGD):
    """A wrong optimizer, in as many ways as `how` says."""

    def __init__(self, *how):
        super().__init__(0.5)
        self.how = how

    def step(self, params, grads):
        super().step(params, grads)
        if "replaces" in self.how:
            params["w"] = params["w"].copy()
        if "adds" in self.how:
            params["velocity"] = np.zeros(1)
        if "changes" in self.how:
            for grad in grads.values():
                (grad[1] if isinstance(grad, tuple) else grad)[...] = 0.0


@pytest.mark.parametrize(
    ("how", "words"),
    [((), []), (("replaces",), ["another array"]), (("adds",), ["other names"]), (("changes",), ["were changed"])],
)
def test_the_doubles_see_what_an_optimizer_must_not_do(how, words):
    start = {"w": np.ones(2), "b": np.ones(1)}
    parameters = doubles.Parameters(start)
    said = parameters.step(Careless(*how), {"w": np.full(2, 2.0), "b": np.zeros(1)})
    assert len(said) == len(words) and all(word in line for word, line in zip(words, said, strict=True))
    assert np.array_equal(parameters.values()["w"], [0.0, 0.0]) and np.array_equal(start["w"], [1.0, 1.0])


def test_the_doubles_look_into_pairs_and_hessians():
    pair = np.array([0]), np.ones((1, 2))
    still = SimpleNamespace(step=lambda params, grads: None)
    spoiling = SimpleNamespace(step=lambda params, grads, hessians: hessians["w"].fill(0.0))
    parameters = doubles.Parameters({"w": np.ones((3, 2))})
    assert parameters.step(still, {"w": pair}) == []
    [line] = parameters.step(spoiling, {"w": np.ones((3, 2))}, {"w": np.eye(6)})
    assert "the Hessians were changed" in line
    [line] = parameters.step(Careless("changes"), {"w": np.ones((3, 2))})
    assert "the gradients were changed" in line


def test_the_doubles_see_a_gradient_that_is_kept_and_changed_in_a_later_step():
    kept = edited(WRONG["the first gradient as the velocity"])(1.0)
    parameters = doubles.Parameters({"w": np.zeros(2), "b": np.zeros(2)})
    assert parameters.step(kept, {"w": np.ones(2)}) == []
    assert parameters.step(kept, {"b": np.ones(2)}) == []
    [line] = parameters.step(kept, {"w": np.ones(2)})
    assert "step 3 changed the gradients of step 1" in line


def test_the_doubles_let_the_caller_fill_a_gradient_anew():
    parameters, grads = doubles.Parameters({"w": np.zeros(2)}), {"w": np.ones(2)}
    for times in (1.0, -2.0, 0.0):
        grads["w"][...] = times
        assert parameters.step(optimizers.Momentum(1.0), grads) == []


def test_the_doubles_step_the_named_arrays_only():
    seen = []
    parameters = doubles.Parameters({"w": np.ones(2), "b": np.ones(2), "slope": np.ones(1)})
    optimizer = SimpleNamespace(step=lambda params, grads: seen.append(list(params)))
    assert parameters.step(optimizer, {"b": np.ones(2), "w": np.ones(2)}) == [] and seen == [["w", "b"]]


def test_fails_knows_an_assertion_from_other_errors():
    def refuse(subject):
        assert subject, "nothing there"

    assert doubles.fails(refuse, 0) and not doubles.fails(refuse, 1)
    with pytest.raises(ZeroDivisionError):
        doubles.fails(lambda subject: 1 / subject, 0)


def test_check_momentum_catches_the_wrong_one_of_the_doubles():
    with pytest.raises(AssertionError):
        optimizer_tests.check_momentum(doubles.UphillMomentum)


def test_the_rings_of_the_notebook_lie_on_the_right_paths():
    folder = Path(__file__).resolve().parents[2] / "assignments/4_optimization"
    rings = runpy.run_path(str(folder / "notebook_tools.py"))["RINGS"]
    for name, places in rings.items():
        optimizer = eval(f"optimizers.{name}")
        path = optimizers.descend(lambda w: w * np.array([1.0, 20.0]), np.array([10.0, 1.0]), optimizer, 60)
        assert np.allclose(np.transpose(places), path[::6], rtol=5.1e-3, atol=6e-4), name
    assert len(rings) == 7
