"""The stand-in for CuPy beside NumPy everywhere, and beside CuPy itself where there is a GPU.

The values are NumPy's; what mixes libraries or copies silently is refused. The references of assignments 2
to 5 then run on each library and must agree with NumPy.
"""

import numpy as np
import pytest

from solutions import activations, losses, mlp, optimizers, pretend_cupy, regularizers, training
from tests.benchmarks.cupy_table import OPERATIONS, REFUSALS, outcome, real_cupy, same

CUPY = real_cupy()
LIBRARIES = [
    pytest.param(pretend_cupy, id="pretend"),
    pytest.param(CUPY, id="cupy", marks=pytest.mark.skipif(CUPY is None, reason="no CuPy with a GPU here")),
]
LAYERS = {
    **{name: getattr(activations, name) for name in ("Identity", "Step", "Sigmoid", "Tanh", "HardTanh", "ReLU")},
    **{name: getattr(activations, name) for name in ("LeakyReLU", "ELU")},
    "Dropout": lambda: regularizers.Dropout(0.5, np.random.default_rng(3)),
}
OPTIMIZERS = {
    name: getattr(optimizers, name)
    for name in ("SGD", "Momentum", "Nesterov", "Adagrad", "RMSProp", "Adadelta", "Adam")
}


@pytest.mark.parametrize("xp", LIBRARIES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_values_are_those_of_numpy(xp, name):
    found, expected = outcome(xp, OPERATIONS[name]), outcome(np, OPERATIONS[name])
    assert same(found, expected), (found, expected)
    if isinstance(expected, np.ndarray | np.generic):
        assert isinstance(found, xp.ndarray)


@pytest.mark.parametrize("xp", LIBRARIES)
@pytest.mark.parametrize("name", REFUSALS)
def test_what_mixes_libraries_is_refused(xp, name):
    assert isinstance(outcome(xp, REFUSALS[name]), TypeError | ValueError)


@pytest.mark.parametrize("name", REFUSALS)
def test_numpy_alone_would_not_refuse(name):
    assert not isinstance(outcome(np, REFUSALS[name]), Exception)


@pytest.mark.skipif(CUPY is None, reason="no CuPy with a GPU here")
@pytest.mark.parametrize("name", [*OPERATIONS, *REFUSALS])
def test_the_stand_in_does_as_cupy_does(name):
    operation = {**OPERATIONS, **REFUSALS}[name]
    assert same(outcome(pretend_cupy, operation), outcome(CUPY, operation))


@pytest.mark.parametrize("xp", LIBRARIES)
@pytest.mark.parametrize("name", LAYERS)
def test_blocks_run_where_their_arrays_live(xp, name):
    rng = np.random.default_rng(5)
    x, upstream = rng.normal(size=(2, 4, 3))
    (block, out, dx), (_, expected, gradient) = (_both_ways(LAYERS[name](), lib, x, upstream) for lib in (xp, np))
    assert isinstance(out, xp.ndarray) and isinstance(dx, xp.ndarray), block
    assert np.allclose(out.get(), expected, rtol=1e-12) and np.allclose(dx.get(), gradient, rtol=1e-12)


def _both_ways(block, xp, x, upstream):
    return block, block.forward(xp.asarray(x)), block.backward(xp.asarray(upstream))


@pytest.mark.parametrize("xp", LIBRARIES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_takes_the_same_path(xp, name):
    (history, params), (expected, right) = (_trained(lib, OPTIMIZERS[name]) for lib in (xp, np))
    assert np.allclose(history.train_loss, expected.train_loss, rtol=1e-9)
    assert np.allclose(history.validation_loss, expected.validation_loss, rtol=1e-9)
    for key, value in params.items():
        assert isinstance(value, xp.ndarray)
        assert np.allclose(value.get(), right[key], rtol=1e-7, atol=1e-9), key


def _trained(xp, optimizer):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 4)), rng.integers(0, 3, size=20)
    model = mlp.MLP([4, 8, 3], activations.Tanh, losses.SoftmaxCrossEntropy(), rng, dropout=0.2, xp=xp)
    held = xp.asarray(x[:5]), xp.asarray(y[:5])
    stopping = regularizers.EarlyStopping(patience=5)
    step = optimizer() if name_has_no_rate(optimizer) else optimizer(0.01)
    history = training.fit(
        model, xp.asarray(x), xp.asarray(y), step, 3, 6, rng,
        regularizer=regularizers.L2(0.01), validation=held, early_stopping=stopping,
    )  # fmt: skip
    return history, model.params


def name_has_no_rate(optimizer):
    """Adadelta's learning rate is 1 unless told."""
    return optimizer is optimizers.Adadelta
