"""A test of Momentum in another style: a table of scripts, each compared with sums worked out here."""

import numpy as np

SCRIPTS = [
    ({}, [1.0, 1.0, -2.0, 0.0]),
    ({"momentum": 0.5}, [2.0, 0.0, 1.0]),
    ({"momentum": 0.8, "averaged": True}, [1.0, -3.0, 2.0]),
    ({"momentum": 0.6, "weight_decay": 0.25}, [0.0, 1.0, 2.0]),
]


def check_momentum(Momentum):
    for settings, gradients in SCRIPTS:
        _check(Momentum, settings, gradients)


def _check(Momentum, settings, gradients):
    rate, mu, decay = 0.5, settings.get("momentum", 0.9), settings.get("weight_decay", 0.0)
    optimizer, other = Momentum(rate, **settings), Momentum(rate, **settings)
    other.step({"w": np.ones(2)}, {"w": np.ones(2)})
    scales = {"w": np.array([1.0, -3.0]), "b": np.array([2.0])}
    arrays = {"w": np.array([1.0, 2.0]), "b": np.array([-1.0])}
    expected = {name: array.copy() for name, array in arrays.items()}
    params = dict(arrays)
    v = 0.0
    for number, g in enumerate(gradients):
        if number == 2:
            rate = optimizer.lr = 0.125
        v = mu * v + (g * (1 - mu) if settings.get("averaged") else g)
        grads = {name: g * scale for name, scale in scales.items()}
        kept = {name: grad.copy() for name, grad in grads.items()}
        optimizer.step(params, grads)
        for name, scale in scales.items():
            expected[name] = (1 - rate * decay) * expected[name] - rate * v * scale
            assert np.array_equal(grads[name], kept[name]), "a gradient was changed"
            assert np.allclose(arrays[name], expected[name]), f"{name} is wrong with {settings}"
