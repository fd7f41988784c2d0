"""The data of assignments 5 and 6: the digits of digits.csv (see DATA.md), and spirals as many as you like. Given."""

from pathlib import Path

import numpy as np


def digits():
    """Return the images, (1797, 64) floats from -1 (paper) to 1 (ink), and the labels, (1797,) ints; see DATA.md."""
    table = np.loadtxt(Path(__file__).with_name("digits.csv"), delimiter=",", dtype=np.int64)
    return table[:, :-1] / 8 - 1, table[:, -1]


def spiral(per_arm, rng, arms=3, noise=0.12):
    """Return points of a spiral, (arms · per_arm, 2), and the number of each point's arm.

    After the case study of the CS231n notes: the radius grows from 0 to 1 while the angle turns by four radians.
    noise: standard deviation of the angle, in radians.
    """
    radius = np.tile(np.linspace(0.0, 1.0, per_arm), arms)
    arm = np.repeat(np.arange(arms), per_arm)
    angle = 4 * (arm + radius) + noise * rng.normal(size=radius.shape)
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]), arm
