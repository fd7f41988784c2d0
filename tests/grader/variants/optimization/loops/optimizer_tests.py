"""A test of Momentum with numbers worked out by hand: one small function for each rule, plain loops.

A test is good if right code passes, however it is written, and wrong code fails. So compare numbers that you
worked out by hand, and choose inputs for which each mistake gives other numbers.
"""

import numpy as np

# Two names of one shape, none of them at 0; "b" stands for the biases.
START = {"w": [1.0, -2.0], "b": [0.5, 3.0]}

# Three steps: gradients that turn, and for "w" a zero at the end, where only memory moves.
GRADS = [
    {"w": [1.0, -2.0], "b": [4.0, 1.0]},
    {"w": [-3.0, 4.0], "b": [2.0, -1.0]},
    {"w": [0.0, 0.0], "b": [-1.0, 0.5]},
]


def same(actual, expected):
    """Return whether all numbers of two short arrays agree up to rounding."""
    for one, other in zip(actual, expected, strict=True):
        if not abs(one - other) <= 1e-8:  # written so that a nan is not the same
            return False
    return True


class Walk:
    """Arrays that optimizers move; after each step everything that must hold is looked at."""

    def __init__(self, start=START):
        self.arrays = {}
        for name in start:
            self.arrays[name] = np.array(start[name])
        self.given = []  # pairs (gradient, copy of it), of all steps so far

    def step(self, what, optimizer, grads, expected):
        """Step for the names in `grads`; assert that afterwards the arrays are as in `expected`."""
        names = list(grads)
        params = {}
        arrays = {}
        for name in names:
            params[name] = self.arrays[name]
            arrays[name] = np.array(grads[name])
            self.given.append((arrays[name], np.array(grads[name])))
        optimizer.step(params, arrays)
        assert list(params) == names, f"{what}: the names in params have changed"
        assert list(arrays) == names, f"{what}: the names in grads have changed"
        for name in names:
            assert params[name] is self.arrays[name], f"{what}: params[{name!r}] is another array now"
            assert same(arrays[name], grads[name]), f"{what}: grads[{name!r}] was changed"
        for gradient, copy in self.given:
            assert same(gradient, copy), f"{what}: the gradient of an earlier step was changed"
        for name in expected:
            message = f"{what}: {name!r} is {self.arrays[name]}, expected {expected[name]}"
            assert same(self.arrays[name], expected[name]), message


def check_three_steps(what, optimizer, places, rates=None):
    """Walk with GRADS and compare with three places; set lr before each step if there are rates."""
    walk = Walk()
    for number in range(3):
        if rates is not None:
            optimizer.lr = rates[number]
        walk.step(f"{what}, step {number + 1}", optimizer, GRADS[number], places[number])


# The velocities for μ = 0.5 and GRADS, used in most of what follows:
#   w: (1, -2), (-2.5, 3), (-1.25, 1.5)        b: (4, 1), (4, -0.5), (1, 0.25)


def check_formula(Momentum):
    """lr = 0.2, μ = 0.5: each step is 0.2 v. With μ = 0 nothing is remembered: each step is 0.2 g."""
    places = [
        {"w": [0.8, -1.6], "b": [-0.3, 2.8]},
        {"w": [1.3, -2.2], "b": [-1.1, 2.9]},
        {"w": [1.55, -2.5], "b": [-1.3, 2.85]},
    ]
    check_three_steps("v ← μ v + g", Momentum(0.2, momentum=0.5), places)
    check_three_steps("arguments by name", Momentum(weight_decay=0.0, averaged=False, momentum=0.5, lr=0.2), places)
    places = [
        {"w": [0.8, -1.6], "b": [-0.3, 2.8]},
        {"w": [1.4, -2.4], "b": [-0.7, 3.0]},
        {"w": [1.4, -2.4], "b": [-0.5, 2.9]},
    ]
    check_three_steps("momentum=0.0", Momentum(0.2, momentum=0.0), places)


def check_averaged(Momentum):
    """Averaged, μ = 0.75, lr = 0.4.

    w: v = (0.25, -0.5), (-0.5625, 0.625), (-0.421875, 0.46875).
    b: v = (1, 0.25), (1.25, -0.0625), (0.6875, 0.078125).
    """
    places = [
        {"w": [0.9, -1.8], "b": [0.1, 2.9]},
        {"w": [1.125, -2.05], "b": [-0.4, 2.925]},
        {"w": [1.29375, -2.2375], "b": [-0.675, 2.89375]},
    ]
    check_three_steps("averaged", Momentum(0.4, momentum=0.75, averaged=True), places)


def check_defaults(Momentum):
    """Only lr = 0.5 is given, so μ = 0.9.

    w: v = (1, -2), (-2.1, 2.2), (-1.89, 1.98).
    b: v = (4, 1), (5.6, -0.1), (4.04, 0.41).
    Averaged, with the default μ, each step is a tenth of that.
    """
    places = [
        {"w": [0.5, -1.0], "b": [-1.5, 2.5]},
        {"w": [1.55, -2.1], "b": [-4.3, 2.55]},
        {"w": [2.495, -3.09], "b": [-6.32, 2.345]},
    ]
    check_three_steps("defaults", Momentum(0.5), places)
    check_three_steps("lr=0.5 and defaults", Momentum(lr=0.5), places)
    places = [
        {"w": [0.95, -1.9], "b": [0.3, 2.95]},
        {"w": [1.055, -2.01], "b": [0.02, 2.955]},
        {"w": [1.1495, -2.109], "b": [-0.182, 2.9345]},
    ]
    check_three_steps("averaged and defaults", Momentum(0.5, averaged=True), places)


def check_lr(Momentum):
    """The rates 0.2, 0, 0.4 with μ = 0.5: lr multiplies v, so 0 stops w but not v."""
    rates = [0.2, 0.0, 0.4]
    places = [
        {"w": [0.8, -1.6], "b": [-0.3, 2.8]},
        {"w": [0.8, -1.6], "b": [-0.3, 2.8]},
        {"w": [1.3, -2.2], "b": [-0.7, 2.7]},
    ]
    check_three_steps("lr is written", Momentum(0.2, momentum=0.5), places, rates)
    check_three_steps("lr is written before the first step", Momentum(7.0, momentum=0.5), places, rates)
    places = [  # averaged, μ = 0.5: half of the moves
        {"w": [0.9, -1.8], "b": [0.1, 2.9]},
        {"w": [0.9, -1.8], "b": [0.1, 2.9]},
        {"w": [1.15, -2.1], "b": [-0.1, 2.85]},
    ]
    check_three_steps("averaged, lr is written", Momentum(0.2, momentum=0.5, averaged=True), places, rates)


def check_decay(Momentum):
    """weight_decay = 0.5, lr = 0.2: w is multiplied by 0.9, then lowered by 0.2 v; v as without decay, μ = 0.5.

    w[0]: 0.9 · 1 - 0.2 = 0.7; 0.63 + 0.5 = 1.13; 1.017 + 0.25 = 1.267.
    """
    places = [
        {"w": [0.7, -1.4], "b": [-0.35, 2.5]},
        {"w": [1.13, -1.86], "b": [-1.115, 2.35]},
        {"w": [1.267, -1.974], "b": [-1.2035, 2.065]},
    ]
    check_three_steps("decay", Momentum(0.2, momentum=0.5, weight_decay=0.5), places)
    check_three_steps("arguments by position", Momentum(0.2, 0.5, False, 0.5), places)
    places = [  # averaged: 0.1 v of the v above
        {"w": [0.8, -1.6], "b": [0.05, 2.6]},
        {"w": [0.97, -1.74], "b": [-0.355, 2.39]},
        {"w": [0.998, -1.716], "b": [-0.4195, 2.126]},
    ]
    check_three_steps("decay, averaged", Momentum(0.2, momentum=0.5, averaged=True, weight_decay=0.5), places)
    check_three_steps("four arguments by position", Momentum(0.2, 0.5, True, 0.5), places)
    places = [  # the rates 0.2, 0, 0.4: factors 0.9, 1, 0.8
        {"w": [0.7, -1.4], "b": [-0.35, 2.5]},
        {"w": [0.7, -1.4], "b": [-0.35, 2.5]},
        {"w": [1.06, -1.72], "b": [-0.68, 1.9]},
    ]
    check_three_steps("decay with the lr of the step", Momentum(3.0, 0.5, weight_decay=0.5), places, [0.2, 0.0, 0.4])
    # Zero gradients: w shrinks, and what was taken off must not come back.
    optimizer = Momentum(0.2, weight_decay=0.5)
    walk = Walk()
    zeros = {"w": [0.0, 0.0], "b": [0.0, 0.0]}
    for factor in [0.9, 0.81, 0.729]:
        expected = {"w": [factor, -2 * factor], "b": [0.5 * factor, 3 * factor]}
        walk.step("decay alone", optimizer, zeros, expected)


def check_names(Momentum):
    """lr = 1, μ = 0.5: each name remembers its own, in any order, and rests when it is not named."""
    for averaged, share in [(False, 1.0), (True, 0.5)]:
        what = f"memory for each name, averaged={averaged}"
        optimizer = Momentum(1.0, momentum=0.5, averaged=averaged)
        walk = Walk({"w": [0.0, 0.0], "b": [0.0, 0.0]})
        expected = {"w": [-2 * share, -4 * share], "b": [0.0, 0.0]}  # v = (2, 4)
        walk.step(what, optimizer, {"w": [2.0, 4.0]}, expected)
        expected["b"] = [-1 * share, share]  # v = (1, -1)
        walk.step(what, optimizer, {"b": [1.0, -1.0]}, expected)
        expected = {"w": [-3 * share, -6 * share], "b": [-1.5 * share, 1.5 * share]}  # halves of both v
        walk.step(what, optimizer, {"b": [0.0, 0.0], "w": [0.0, 0.0]}, expected)


def check_instances(Momentum):
    """Two optimizers take turns, then a third one begins: each has a memory of its own."""
    for averaged, share in [(False, 1.0), (True, 0.5)]:
        what = f"memory for each instance, averaged={averaged}"
        one, two = Momentum(1.0, 0.5, averaged), Momentum(1.0, 0.5, averaged)
        here, there = Walk({"w": [0.0, 0.0]}), Walk({"w": [0.0, 0.0]})
        here.step(what, one, {"w": [2.0, 4.0]}, {"w": [-2 * share, -4 * share]})
        there.step(what, two, {"w": [-1.0, 0.0]}, {"w": [share, 0.0]})
        here.step(what, one, {"w": [0.0, 0.0]}, {"w": [-3 * share, -6 * share]})
        three, elsewhere = Momentum(1.0, 0.5, averaged), Walk({"w": [0.0, 0.0]})
        elsewhere.step(what, three, {"w": [0.0, 2.0]}, {"w": [0.0, -2 * share]})
        there.step(what, two, {"w": [0.0, 0.0]}, {"w": [1.5 * share, 0.0]})
        here.step(what, one, {"w": [0.0, 0.0]}, {"w": [-3.5 * share, -7 * share]})


def check_momentum(Momentum):
    """Return None if the class `Momentum` is right, and raise AssertionError if it is wrong.

    Momentum: a class, used like the one in `optimizers.py`: `Momentum(lr, momentum=0.9, averaged=False,
    weight_decay=0.0)`, then `step(params, grads)` as often as you like, with `lr` writable in between.
    It is right if it does what the handout says of Momentum; how it stores its state is its own affair.
    """
    for check in [
        check_formula,
        check_averaged,
        check_defaults,
        check_lr,
        check_decay,
        check_names,
        check_instances,
    ]:
        check(Momentum)
