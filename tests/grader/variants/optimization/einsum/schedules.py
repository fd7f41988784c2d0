"""Schedules, each rate in one line of closed form, and a vectorised choice among powers of ten."""

import numpy as np


class Constant:
    """The same rate in every epoch: lr."""

    def __init__(self, lr):
        self.lr = lr

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        return float(self.lr)


class StepDecay:
    """Stairs: lr · factor^(epoch // every). Epochs 0 to every - 1 have lr, the next `every` have lr · factor."""

    def __init__(self, lr, every, factor=0.5):
        self.lr = lr
        self.every = every
        self.factor = factor

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        return self.lr * float(self.factor) ** (epoch // self.every)


class ExponentialDecay:
    """A smooth decay: lr · exp(-rate · epoch). Epoch 0 has the rate lr."""

    def __init__(self, lr, rate):
        self.lr = lr
        self.rate = rate

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        return float(self.lr * np.exp(-self.rate * epoch))


class Cyclic:
    """A triangle: low at epoch 0, high at half_cycle, low at 2·half_cycle, and so on, straight lines between.

    half_cycle: int, the number of epochs from low to high (Smith 2017 calls it the step size).
    """

    def __init__(self, low, high, half_cycle):
        self.low = low
        self.high = high
        self.half_cycle = half_cycle

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        corners = self.half_cycle * np.arange(3)
        return float(np.interp(epoch % corners[-1], corners, [self.low, self.high, self.low]))


def best_power_of_ten(run, exponents):
    """Try the learning rates 10.0**e and return the one that ends with the smallest loss (lecture note 0).

    run: function from a learning rate to the loss at the end of a short training; called once per exponent.
    exponents: list of ints, such as [-4, -3, -2, -1], in any order.
    A run whose loss is inf, -inf or nan has diverged and does not count. Of equal losses the first one wins.
    Returns a float. Raises ValueError if no run has a finite loss.
    """
    rates = [10.0**e for e in exponents]  # Python's power: NumPy's may differ in the last bit
    losses = np.array([run(rate) for rate in rates], dtype=float)
    if not np.isfinite(losses).any():
        raise ValueError("every run has diverged")
    return rates[np.argmin(np.where(np.isfinite(losses), losses, np.inf))]
