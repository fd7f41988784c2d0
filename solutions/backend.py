"""Where arrays live: NumPy's on the CPU, CuPy's on a GPU. Given in every bundle, not graded.

Both libraries have the same functions, so code that asks an array for its library runs on both. `xp` stands for
that library: `xp = get_array_module(x)`, then `xp.zeros(…)`. Most functions need not even that: NumPy hands
`np.exp(x)`, `np.where(…)`, `x @ w` and `x.sum()` over to the library of x. What makes an array out of nothing
(`zeros`, `arange`, `rng.normal`) does need it. Arrays of two libraries never mix, and reading a number back to the
CPU (`float(x)`, `if x > 0`, a loop over entries) stops the GPU each time: do it once per loss, not once per sample.
"""

import sys

import numpy as np


class Block:
    """What a layer without parameters and without modes offers: a base to build upon, if you like. (given)

    `params` and `grads` are dicts with the same keys, empty here. `train()` and `eval()` switch `training`.
    """

    def __init__(self):
        self.params = {}
        self.grads = {}
        self.training = True

    def forward(self, x):
        """Return the output for the array x; the first axis counts the samples."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass yet")

    def backward(self, upstream):
        """Return the gradient of sum(upstream * output) for x, using the latest `forward`; assign `grads`."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass yet")

    def train(self):
        """Switch to training mode."""
        self.training = True

    def eval(self):
        """Switch to evaluation mode."""
        self.training = False


def get_array_module(x):
    """Return the library that x belongs to: `cupy` for an array of CuPy's, else `numpy` (also for numbers). (given)

    Another array library is known by `x.__array_namespace__()`, as the array API standard has it.
    """
    library = type(x).__module__.partition(".")[0]
    if library == "cupy":
        return sys.modules["cupy"]
    return x.__array_namespace__() if hasattr(x, "__array_namespace__") else np


def to_numpy(x):
    """Return x as an array on the CPU: copied from the GPU if it is there, x itself if it is NumPy's. (given)"""
    return x.get() if hasattr(x, "get") else np.asarray(x)


def to_device(x, xp):
    """Return x as an array of the library `xp`: moved if it is another's, x itself if it is at home. (given)"""
    return to_numpy(x) if xp is np else xp.asarray(x)
