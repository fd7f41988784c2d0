"""A test that you write yourself: it accepts a right `Momentum` and catches a wrong one.

A test is good if right code passes, however it is written, and wrong code fails. So compare numbers that you
worked out by hand, and choose inputs for which each mistake gives other numbers.
"""

import numpy as np


def check_momentum(Momentum):
    """Return None if the class `Momentum` is right, and raise AssertionError if it is wrong.

    Momentum: a class, used like the one in `optimizers.py`: `Momentum(lr, momentum=0.9, averaged=False,
    weight_decay=0.0)`, then `step(params, grads)` as often as you like, with `lr` writable in between.
    It is right if it does what the handout says of Momentum; how it stores its state is its own affair. The rules of
    check_momentum there say what a wrong one may get wrong, and what your arrays and your tolerance must be.
    """
    # BEGIN SOLUTION
    # Two names of one shape, one of them a bias: mixing them up, or leaving the bias out, gives other numbers.
    starts = {"w": np.array([1.0, -2.0]), "b": np.array([0.5, 3.0])}
    slopes = {"b": np.array([-2.0, 0.25]), "w": np.array([1.0, -0.5])}

    def right(rates, velocities, **options):
        """Return whether the steps are lr · velocity · slope, for gradients of 1, -2 and 0 times the slope."""
        optimizer, decay = Momentum(rates[0], **options), options.get("weight_decay", 0.0)
        params = {name: start.copy() for name, start in starts.items()}
        arrays, expected = dict(params), dict(starts)  # arrays: the objects that must move
        for times, rate, velocity in zip((1.0, -2.0, 0.0), rates, velocities, strict=True):
            if rate != rates[0]:
                optimizer.lr = rate
            optimizer.step(params, {name: times * slope for name, slope in slopes.items()})
            for name, slope in slopes.items():
                expected[name] = expected[name] * (1 - rate * decay) - rate * velocity * slope
        return all(np.allclose(arrays[name], expected[name], rtol=1e-9, atol=1e-12) for name in starts)

    even, uneven = (0.5, 0.5, 0.5), (0.5, 0.1, 2.0)
    classic = 1.0, -1.1, -0.99  # v ← 0.9 v + g for the gradients 1, -2, 0: in the last step only memory moves
    assert right(even, classic), "with its defaults it takes a wrong path"
    assert right(even, classic), "a second instance remembers what the first one saw"
    assert right(even, (0.25, -0.3125, -0.234375), momentum=0.75, averaged=True), "averaged, the path is wrong"
    assert right(uneven, (1.0, -1.5, -0.75), momentum=0.5), "it does not use the lr of the moment"
    assert right(uneven, classic, weight_decay=0.5), "its weight decay is wrong"

    grads, optimizer = {"w": slopes["w"].copy()}, Momentum(0.5, weight_decay=0.5)
    for _ in range(2):  # a velocity that is the gradient's own array changes it in the second step
        optimizer.step({"w": starts["w"].copy()}, grads)
    assert np.array_equal(grads["w"], slopes["w"]), "it changes the gradients that it was given"
    # END SOLUTION
