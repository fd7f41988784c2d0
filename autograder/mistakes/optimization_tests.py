"""Known wrong tests: what students forget when they write `check_momentum`."""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(name: str, sentence: str, *edits: Edit, whole: str = "") -> Mistake:
    return Mistake(f"check-momentum-{name}", "check_momentum", sentence, edits, whole)


_DEFAULTS = '    assert right(even, classic), "with its defaults it takes a wrong path"\n'
_AVERAGED = (
    "    assert right(even, (0.25, -0.3125, -0.234375), momentum=0.75, averaged=True), "
    '"averaged, the path is wrong"\n'
)
_UNEVEN = '    assert right(uneven, (1.0, -1.5, -0.75), momentum=0.5), "it does not use the lr of the moment"\n'
_DECAY = '    assert right(uneven, classic, weight_decay=0.5), "its weight decay is wrong"\n'
_STARTS = 'starts = {"w": np.array([1.0, -2.0]), "b": np.array([0.5, 3.0])}'
_SLOPES = 'slopes = {"b": np.array([-2.0, 0.25]), "w": np.array([1.0, -0.5])}'
_UNCHANGED = '    assert np.array_equal(grads["w"], slopes["w"]), "it changes the gradients that it was given"\n'

TESTS = (
    _row(
        "accepts-all",
        "Your check_momentum asserts nothing, so every class passes. Work a path out by hand and compare.",
        whole="def check_momentum(Momentum):\n    Momentum(0.5)\n",
    ),
    _row(
        "returns-false",
        "Your check_momentum returns False where the class is wrong. Nobody reads that: a test speaks by an `assert` "
        "that fails.",
        (_DEFAULTS, "    if not right(even, classic):\n        return False\n"),
    ),
    _row(
        "raises-another",
        "Your check_momentum raises ValueError where the class is wrong. A test raises AssertionError: use `assert`.",
        (_DEFAULTS, "    if not right(even, classic):\n        raise ValueError\n"),
    ),
    _row(
        "wrong-sum",
        "Your check_momentum expects a wrong number, so it refuses right classes: with momentum 0.9 the gradients "
        "1, -2, 0 give the velocities 1, -1.1, -0.99.",
        ("classic = 1.0, -1.1, -0.99", "classic = 1.0, -1.1, -1.01"),
    ),
    _row(
        "one-step",
        "Your check_momentum makes one step only. There a Momentum that forgets its velocity is still right: the "
        "second step tells them apart.",
        ("zip((1.0, -2.0, 0.0), rates, velocities, strict=True)", "zip((1.0,), rates, velocities)"),
    ),
    _row(
        "too-loose",
        "Your check_momentum compares with so wide a tolerance that wrong numbers pass. Exact arithmetic differs in "
        "the last digits only: rtol=1e-9.",
        ("rtol=1e-9, atol=1e-12", "rtol=0.5, atol=5.0"),
    ),
    _row(
        "not-averaged",
        "Your check_momentum never asks for averaged=True, so a class that ignores it passes.",
        (_AVERAGED, ""),
    ),
    _row(
        "momentum-of-defaults",
        "Your check_momentum uses momentum 0.9 everywhere, so a class that has 0.9 in its formula passes.",
        ("(0.25, -0.3125, -0.234375), momentum=0.75", "(0.1, -0.11, -0.099)"),
        ("(1.0, -1.5, -0.75), momentum=0.5", "classic"),
    ),
    _row(
        "steady-lr",
        "Your check_momentum never changes lr between steps, so a class that keeps the first lr passes, and one that "
        "keeps lr in its velocity.",
        ("even, uneven = (0.5, 0.5, 0.5), (0.5, 0.1, 2.0)", "even = uneven = 0.5, 0.5, 0.5"),
    ),
    _row(
        "no-decay",
        "Your check_momentum never sets weight_decay, so any decay passes.",
        (_DECAY, ""),
        ("Momentum(0.5, weight_decay=0.5)", "Momentum(0.5)"),
    ),
    _row(
        "one-name",
        "Your check_momentum has one parameter only, so one velocity for all passes, and a decay that spares biases. "
        "Use two names, one of them a bias.",
        (_STARTS, 'starts = {"w": np.array([1.0, -2.0])}'),
        (_SLOPES, 'slopes = {"w": np.array([1.0, -0.5])}'),
    ),
    _row(
        "gradients-unwatched",
        "Your check_momentum does not look whether the gradients are still what they were. They belong to the model.",
        (_UNCHANGED, ""),
    ),
)
