"""Schedules in another style."""

import numpy as np


class Constant:
    def __init__(self, lr):
        self.lr = lr

    def __call__(self, epoch):
        return self.lr


class StepDecay:
    def __init__(self, lr, every, factor=0.5):
        self.lr = lr
        self.every = every
        self.factor = factor

    def __call__(self, epoch):
        lr = self.lr
        while epoch >= self.every:
            lr *= self.factor
            epoch -= self.every
        return lr


class ExponentialDecay:
    def __init__(self, lr, rate):
        self.lr = lr
        self.rate = rate

    def __call__(self, epoch):
        return self.lr * np.exp(-self.rate * epoch)


class Cyclic:
    def __init__(self, low, high, half_cycle):
        self.low = low
        self.high = high
        self.half_cycle = half_cycle

    def __call__(self, epoch):
        number, place = divmod(epoch, self.half_cycle)
        if number % 2:
            place = self.half_cycle - place
        return np.interp(place, [0, self.half_cycle], [self.low, self.high])


def best_power_of_ten(run, exponents):
    best, smallest = None, float("inf")
    for exponent in exponents:
        lr = float(f"1e{exponent}")
        loss = run(lr)
        if np.isfinite(loss) and loss < smallest:
            best, smallest = lr, loss
    if best is None:
        raise ValueError("every run diverged")
    return best
