"""A stand-in for CuPy on a machine without a GPU: given in every bundle, public, not graded.

Arrays keep their numbers in NumPy's memory but behave as CuPy's do. NumPy's functions called on them come back with
arrays of this library. Where CuPy would refuse (a NumPy array beside one of ours, a silent conversion to NumPy), so
does this. Where CuPy would copy between CPU and GPU, `transfers` counts. Used as `xp`:

    from . import pretend_cupy as xp
    x = xp.asarray(np.ones((4, 3)))    # to the pretended GPU
    np.exp(x).get()                    # and back

It is no faster than NumPy, and it is not complete: what it lacks is an AttributeError or a TypeError, never a wrong
number. Sources: CuPy's documentation, "Differences between CuPy and NumPy"; cupy/_core/core.pyx (`__array_ufunc__`,
`__array_function__`), cupy/_core/_routines_indexing.pyx (indices may be lists and NumPy arrays: they are copied over);
cupy/linalg/_einsum.py (its options).
"""

import sys

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

REFUSED = {"einsum": ("out", "order", "casting")}  # what NumPy's function takes and CuPy's does not
transfers = {"to_host": 0, "to_device": 0}  # copies so far; set an entry to 0 to count anew


def counts():
    """Return a copy of `transfers`."""
    return dict(transfers)


def _inside(value):
    """Return `value` with our arrays replaced by their memory; a NumPy array anywhere in it is a TypeError."""
    if isinstance(value, Array):
        return value._memory
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, list | tuple):
        return type(value)(map(_inside, value))
    return value


def _outside(value):
    """Return `value` with NumPy's arrays and scalars wrapped: a sum is a 0-d array here, not a number."""
    if isinstance(value, np.ndarray | np.generic):
        return Array(np.asarray(value))
    if isinstance(value, tuple):
        return tuple(map(_outside, value))
    if isinstance(value, list):
        return list(map(_outside, value))
    return value


def _call(function, args, kwargs):
    for option in REFUSED.get(function.__name__, ()):
        if option in kwargs:
            raise TypeError(f"{function.__name__} takes no {option}= here")
    return _outside(function(*map(_inside, args), **{key: _inside(value) for key, value in kwargs.items()}))


def _index(key):
    """Return an index for the memory: lists and NumPy arrays are copied to the GPU, as CuPy does."""
    if isinstance(key, tuple):
        return tuple(map(_index, key))
    if isinstance(key, list | np.ndarray):
        transfers["to_device"] += 1
        return np.asarray(key)
    return _inside(key)


class Array(NDArrayOperatorsMixin):
    """An array on the pretended GPU; made by `array`, `zeros` and so on, not by hand."""

    def __init__(self, memory):
        self._memory = memory

    def __array_namespace__(self, api_version=None):
        return sys.modules[__name__]

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if "out" in kwargs:
            [out] = kwargs["out"]
            getattr(ufunc, method)(*map(_inside, inputs), **{**kwargs, "out": (_inside(out),)})
            return out
        return _call(getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        if any(kind not in (Array, np.ndarray) for kind in types):
            return NotImplemented
        if function.__name__ in ("array", "asarray"):  # np.asarray(mask, like=x): these take NumPy's arrays in
            return globals()[function.__name__](*args, **kwargs)
        return _call(function, args, kwargs)

    def get(self):
        """Return a copy on the CPU."""
        transfers["to_host"] += 1
        return self._memory.copy()

    def item(self):
        """Return the only entry as a Python number."""
        return self.get().item()

    def tolist(self):
        """Return the entries as nested lists of Python numbers."""
        return self.get().tolist()

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __bool__(self):
        return bool(self.get())

    def __index__(self):
        return self.get().__index__()

    def __len__(self):
        return len(self._memory)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key):
        return _outside(self._memory[_index(key)])

    def __setitem__(self, key, value):
        self._memory[_index(key)] = _inside(value)

    def __repr__(self):
        return f"pretend_cupy.array({self._memory!r})"

    def __deepcopy__(self, memo):
        return self.copy()


def _method(name):
    def method(self, *args, **kwargs):
        return _call(getattr(self._memory, name), args, kwargs)

    method.__name__ = name
    return method


METHODS = [
    *("all", "any", "argmax", "argmin", "argsort", "astype", "clip", "copy", "cumprod", "cumsum", "diagonal", "dot"),
    *("fill", "flatten", "max", "mean", "min", "nonzero", "prod", "ravel", "repeat", "reshape", "round", "sort"),
    *("squeeze", "std", "sum", "swapaxes", "take", "trace", "transpose", "var"),
]
for _name in METHODS:
    setattr(Array, _name, _method(_name))
for _name in ("dtype", "shape", "ndim", "size", "nbytes", "T"):
    setattr(Array, _name, property(lambda self, name=_name: _outside(getattr(self._memory, name))))

ndarray = Array


def array(value, dtype=None, copy=True):
    """Return a new array of ours from ours, NumPy's, lists or numbers."""
    if isinstance(value, Array):
        return Array(np.array(value._memory, dtype=dtype, copy=copy or None))
    transfers["to_device"] += 1
    return Array(np.array(value, dtype=dtype))


def asarray(value, dtype=None):
    """Return `value` itself if it is ours already and has the dtype, else a new array."""
    return value if isinstance(value, Array) and dtype in (None, value.dtype) else array(value, dtype)


def asnumpy(value):
    """Return a copy of `value` on the CPU."""
    return value.get() if isinstance(value, Array) else np.asarray(value)


def __getattr__(name):
    """Everything else is NumPy's, for arrays of ours: functions refuse NumPy's arrays, as CuPy's do."""
    if name in ("random", "linalg", "fft", "testing", "lib") or name.startswith("_"):
        raise AttributeError(f"pretend_cupy has no {name}")
    value = getattr(np, name)
    if isinstance(value, type) or not callable(value):
        return value
    return lambda *args, **kwargs: _call(value, args, kwargs)
