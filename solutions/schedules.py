"""Schedules: the learning rate as a function of the epoch, and how to find one to begin with.

A schedule is called with the epoch, 0, 1, 2, …, and returns the learning rate of that epoch, a float. It keeps
no count: the same epoch always gives the same rate, in whatever order epochs are asked for.

Source: lecture note 0 (learning rates). It calls "halve every k epochs" and lr exp(-k t) by one name; they are
two schedules here.
"""

import math


class Constant:
    """The same rate in every epoch: lr."""

    def __init__(self, lr):
        self.lr = lr

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        # BEGIN SOLUTION
        return float(self.lr)
        # END SOLUTION


class StepDecay:
    """Stairs: lr · factor^(epoch // every). Epochs 0 to every - 1 have lr, the next `every` have lr · factor."""

    def __init__(self, lr, every, factor=0.5):
        self.lr = lr
        self.every = every
        self.factor = factor

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        # BEGIN SOLUTION
        return self.lr * self.factor ** (epoch // self.every)
        # END SOLUTION


class ExponentialDecay:
    """A smooth decay: lr · exp(-rate · epoch). Epoch 0 has the rate lr."""

    def __init__(self, lr, rate):
        self.lr = lr
        self.rate = rate

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        # BEGIN SOLUTION
        return self.lr * math.exp(-self.rate * epoch)
        # END SOLUTION


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
        # BEGIN SOLUTION
        place = epoch % (2 * self.half_cycle) / self.half_cycle  # 0 at low, 1 at high, just below 2 at the end
        return self.low + (self.high - self.low) * (1 - abs(place - 1))
        # END SOLUTION


def best_power_of_ten(run, exponents):
    """Try the learning rates 10.0**e and return the one that ends with the smallest loss (lecture note 0).

    run: function from a learning rate to the loss at the end of a short training; called once per exponent.
    exponents: list of ints, such as [-4, -3, -2, -1], in any order.
    A run whose loss is inf, -inf or nan has diverged and does not count. Of equal losses the first one wins.
    Returns a float. Raises ValueError if no run has a finite loss.
    """
    # BEGIN SOLUTION
    rates = [10.0**exponent for exponent in exponents]
    losses = [(run(rate), rate) for rate in rates]
    finite = [(loss, rate) for loss, rate in losses if math.isfinite(loss)]
    if not finite:
        raise ValueError("no learning rate gave a finite loss: try smaller exponents")
    return min(finite, key=lambda pair: pair[0])[1]
    # END SOLUTION
