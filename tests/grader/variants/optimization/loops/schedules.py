"""Schedules: the learning rate as a function of the epoch, and how to find one to begin with. Plain loops."""

import math


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
        rate = float(self.lr)
        for _ in range(epoch // self.every):  # one drop for every full stair behind us
            rate = rate * self.factor
        return rate


class ExponentialDecay:
    """A smooth decay: lr · exp(-rate · epoch). Epoch 0 has the rate lr."""

    def __init__(self, lr, rate):
        self.lr = lr
        self.rate = rate

    def __call__(self, epoch):
        """Return the learning rate of `epoch`, an int from 0 on."""
        return self.lr * math.exp(-self.rate * epoch)


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
        place = epoch % (2 * self.half_cycle)
        if place > self.half_cycle:  # on the way down
            place = 2 * self.half_cycle - place
        part = place / self.half_cycle  # 0 is low, 1 is high
        return self.low + (self.high - self.low) * part


def best_power_of_ten(run, exponents):
    """Try the learning rates 10.0**e and return the one that ends with the smallest loss (lecture note 0).

    run: function from a learning rate to the loss at the end of a short training; called once per exponent.
    exponents: list of ints, such as [-4, -3, -2, -1], in any order.
    A run whose loss is inf, -inf or nan has diverged and does not count. Of equal losses the first one wins.
    Returns a float. Raises ValueError if no run has a finite loss.
    """
    best_rate = None
    best_loss = None
    for exponent in exponents:
        rate = 10.0**exponent
        loss = float(run(rate))
        if not math.isfinite(loss):
            continue
        if best_loss is None or loss < best_loss:
            best_rate = rate
            best_loss = loss
    if best_rate is None:
        raise ValueError("no learning rate has a finite loss")
    return best_rate
