"""Checks that say in one sentence what is wrong: type, then shape, dtype, finite, value. Needs only NumPy."""

import numpy as np


def say(question, problem, hint=""):
    """Return the sentence of a failed check."""
    return f"{question}: {problem}." + (f" Hint: {hint}" if hint else "")


def show(value):
    """Return the value as short text in one line; -0 is shown as 0."""
    value = np.asarray(value)
    if value.dtype.kind == "f":
        value = value + value.dtype.type(0)
    return " ".join(np.array2string(value, precision=6, separator=", ", threshold=30).split())


def close(question, name, actual, expected, hint="", rtol=1e-10, atol=1e-14):
    """Assert that `actual` is an array like `expected`: type, shape, dtype, finite, value, in this order.

    max|actual - expected| <= rtol · max|expected| + atol; for float32 use rtol=1e-4, atol=1e-6.
    Where the shape is (), a Python number is as good as an array.
    """
    expected = np.asarray(expected)
    number = expected.shape == () and isinstance(actual, (bool, int, float))
    if not number and not isinstance(actual, (np.ndarray, np.generic)):
        wanted = "a number" if expected.shape == () else "an array"
        problem = f"{name} is of type {type(actual).__name__}, expected {wanted}"
        raise AssertionError(say(question, problem, hint))
    if np.shape(actual) != expected.shape:
        problem = f"{name} has shape {np.shape(actual)}, expected {expected.shape}"
        raise AssertionError(say(question, problem, hint))
    if not number and actual.dtype != expected.dtype:
        problem = f"{name} has dtype {actual.dtype}, expected {expected.dtype}"
        raise AssertionError(say(question, problem, hint))
    if not np.all(np.isfinite(actual)):
        raise AssertionError(say(question, f"{name} has entries that are inf or nan", hint))
    worst = np.max(np.abs(np.asarray(actual, dtype=np.float64) - expected))
    if not worst <= rtol * np.max(np.abs(expected)) + atol:
        problem = f"{name} is {show(actual)}, expected {show(expected)}"
        raise AssertionError(say(question, problem, hint))


def pair(question, name, value):
    """Return `value` as a tuple of two, after checking that it is a tuple or list of two."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise AssertionError(say(question, f"{name} is not a tuple of two gradients, one for each input"))
    return tuple(value)


def fresh(question, name, result, *others):
    """Assert that `result` shares no memory with any of `others`."""
    if any(np.shares_memory(result, other) for other in others):
        raise AssertionError(say(question, f"{name} shares memory with an array you were given: copy it"))


def says_no(question, what, call):
    """Assert that `call()` raises ValueError."""
    try:
        call()
    except ValueError:
        return
    raise AssertionError(say(question, f"{what} should raise ValueError"))
