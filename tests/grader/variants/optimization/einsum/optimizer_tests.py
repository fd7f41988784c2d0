"""A test of Momentum against the closed form of its path: two triangular matrices and one einsum.

A test is good if right code passes, however it is written, and wrong code fails. Here the velocities are geometric sums
of the gradients and the path is a sum of velocities, so nothing is iterated as a Momentum would iterate it.
"""

from itertools import product

import numpy as np

DEFAULTS = {"momentum": 0.9, "averaged": False, "weight_decay": 0.0}
NAMES = "w", "b", "bias"
START = np.array([[1.0, -2.0], [-1.5, 3.0], [2.5, 0.5]])  # one row for each name

# (step, name, entry): gradients that grow, turn and vanish, no two alike.
GRADS = np.array(
    [
        [[1.0, -2.0], [4.0, 1.0], [-1.0, 0.5]],
        [[-3.0, 4.0], [2.0, -1.5], [0.0, 2.0]],
        [[0.0, 0.0], [-1.0, 0.5], [3.0, 0.0]],
        [[0.5, 1.0], [0.0, 0.0], [-2.0, -2.5]],
    ]
)
RATES = np.array([0.5, 0.0, 1.5, 0.2])


def closed_form(start, grads, rates, momentum, averaged, weight_decay):
    """Return the places after each step, an array like grads: (steps, entries).

    v_j = c Σ_{k ≤ j} μ^(j-k) g_k,  w_i = w_0 Π_{l ≤ i} f_l - Σ_{j ≤ i} (Π_{j < l ≤ i} f_l) lr_j v_j,  f = 1 - lr λ.
    """
    i, j, k = np.ogrid[: len(rates), : len(rates), : len(rates)]
    memory = (1 - momentum if averaged else 1) * np.where(i >= j, momentum ** np.maximum(i - j, 0), 0)[..., 0]
    shrink = 1 - rates * weight_decay
    kept = np.where((j < k) & (k <= i), shrink, 1).prod(-1) * (i >= j)[..., 0]
    return np.cumprod(shrink)[:, None] * start - np.einsum("ij,j,jk,kn->in", kept, rates, memory, grads)


def film(label, make, settings, rates, seen, actors=1):
    """Walk with `actors` optimizers in turn and compare each place; seen[step, name] says who has a gradient when.

    make() returns a new optimizer; settings are the arguments it should behave by. Actor a has gradients times 1 - 2a.
    """
    arrays = [{name: row.copy() for name, row in zip(NAMES, START, strict=True)} for _ in range(actors)]
    scale = 1.0 - 2.0 * np.arange(actors)
    expected = np.tile(START, (len(rates) + 1, actors, 1, 1))
    for a, n in np.ndindex(actors, len(NAMES)):
        on = np.flatnonzero(seen[:, n])
        path = closed_form(START[n], scale[a] * GRADS[on, n], rates[on], **settings)
        for place, t in zip(path, on, strict=True):
            expected[t + 1 :, a, n] = place
    optimizers, handed = [None] * actors, []
    for t, a in np.ndindex(len(rates), actors):
        optimizers[a] = optimizer = optimizers[a] or make()  # the second is made after the first has moved
        names = [NAMES[n] for n in np.flatnonzero(seen[t])][:: (-1) ** t]
        params = {name: arrays[a][name] for name in names}
        grads = {name: scale[a] * GRADS[t, NAMES.index(name)] for name in names}
        handed += [(grad, grad.copy()) for grad in grads.values()]
        optimizer.lr = float(rates[t])
        optimizer.step(params, grads)
        where = f"{label}, step {t + 1}"
        assert list(params) == names == list(grads), f"{where}: params or grads has other names than before"
        assert all(params[name] is arrays[a][name] for name in names), f"{where}: a new array stands in params"
        assert all(np.array_equal(*pair) for pair in handed), f"{where}: a gradient was changed"
        same = all(grads[name] is grad for name, (grad, _) in zip(names, handed[-len(names) :], strict=True))
        assert same, f"{where}: another gradient stands in grads"
        for name, right in zip(NAMES, expected[t + 1, a], strict=True):
            is_right = np.allclose(arrays[a][name], right, rtol=1e-8, atol=1e-8)
            assert is_right, f"{where}: {name!r} is {arrays[a][name]}, expected {right}"


def worked_numbers(Momentum):
    """The handout's own numbers, without a formula, and with lr only as it was given to the constructor."""
    for options, places in (({}, (-2, -2.8, -4.02)), ({"averaged": True}, (-0.2, -0.28, -0.402))):
        for rate, optimizer in ((1.0, Momentum(1.0, **options)), (0.25, Momentum(lr=0.25, **options))):
            w = np.zeros(2)
            for g, place in zip((2.0, -1.0, 0.5), places, strict=True):
                optimizer.step({"w": w}, {"w": np.full(2, g)})
                assert np.allclose(w, rate * place, rtol=1e-8, atol=1e-8), f"{options}: {w}, expected {rate * place}"


def check_momentum(Momentum):
    """Return None if the class `Momentum` is right, and raise AssertionError if it is wrong.

    Momentum: a class, used like the one in `optimizers.py`: `Momentum(lr, momentum=0.9, averaged=False,
    weight_decay=0.0)`, then `step(params, grads)` as often as you like, with `lr` writable in between.
    It is right if it does what the handout says of Momentum; how it stores its state is its own affair.
    """
    worked_numbers(Momentum)
    steps = len(GRADS)
    everyone = np.ones((steps, len(NAMES)), bool)
    in_turns = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [1, 1, 1]], bool)
    even = np.full(steps, 0.2)

    # Every subset of the arguments by name: what is left out has its default.
    for momentum, averaged, decay in product((None, 0.0, 0.6), (None, False, True), (None, 0.0, 0.4)):
        given = {"momentum": momentum, "averaged": averaged, "weight_decay": decay}
        given = {key: value for key, value in given.items() if value is not None}
        for rates in (even, RATES):
            make = lambda given=given, lr=rates[0]: Momentum(lr=float(lr), **given)
            film(f"Momentum with {given}", make, DEFAULTS | given, rates, everyone)

    # By position; then names that take turns, and two instances that take turns.
    for values in product((0.6,), (False, True), (0.0, 0.4)):
        settings = dict(zip(DEFAULTS, values, strict=True))
        make = lambda values=values: Momentum(0.2, *values)
        film(f"Momentum(0.2, *{values})", make, settings, even, everyone)
        film(f"names in turns, {settings}", make, settings, RATES, in_turns)
        film(f"two instances in turns, {settings}", make, settings, RATES, everyone, actors=2)
