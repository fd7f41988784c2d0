"""Helpers of the notebook: right and wrong paths, pictures. Given."""

import functools

import numpy as np

INK, WARN, QUIET = "#334155", "#b45309", "#94a3b8"
COLOURS = ("#1d4ed8", "#b91c1c", "#15803d", "#b45309", "#7e22ce", "#0e7490", "#be185d", "#4d7c0f")

RINGS = {
    "SGD(0.09)": (
        (10, 5.68, 3.22, 1.83, 1.04, 0.591, 0.335, 0.19, 0.108, 0.0614, 0.0349),
        (1, 0.262, 0.0687, 0.018, 0.00472, 0.00124, 0, 0, 0, 0, 0),
    ),
    "Momentum(0.05)": (
        (10, 2.49, -4.5, -2.8, 1.47, 1.97, -0.134, -1.09, -0.287, 0.486, 0.312),
        (1, 0.649, 0.4, 0.229, 0.116, 0.0453, 0.00321, -0.0195, -0.0297, -0.0323, -0.0305),
    ),
    "Nesterov(0.05)": (
        (10, 1.65, -3.39, -1.71, 0.785, 0.915, -0.0187, -0.363, -0.107, 0.108, 0.0759),
        (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ),
    "Adagrad(1.0)": (
        (10, 6.63, 5.1, 4.05, 3.27, 2.66, 2.17, 1.78, 1.46, 1.2, 0.991),
        (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ),
    "RMSProp(0.2)": (
        (10, 7.69, 6.35, 5.24, 4.26, 3.35, 2.53, 1.8, 1.18, 0.674, 0.319),
        (1, 0.00105, 0, 0, 0, 0, 0, 0, 0, -0.198, -0.00624),
    ),
    "Adadelta(eps=1e-2)": (
        (10, 8.12, 6.45, 5.03, 3.87, 2.92, 2.15, 1.54, 1.05, 0.679, 0.402),
        (1, 0.0358, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ),
    "Adam(0.3)": (
        (10, 8.21, 6.46, 4.82, 3.34, 2.08, 1.07, 0.332, -0.137, -0.377, -0.444),
        (1, -0.424, -0.144, 0.277, -0.016, -0.143, 0.0744, 0.0362, -0.0623, 0.0248, 0.0135),
    ),
}
"""x and y of the right paths on the valley at every sixth of sixty steps, in three digits."""


def steps_of(optimizer, gradients):
    """How far an optimizer goes down in each step from 0, for one number as gradient in each."""
    w, places = np.zeros(1), [0.0]
    for g in gradients:
        optimizer.step({"w": w}, {"w": np.array([float(g)])})
        places.append(float(w[0]))
    return -np.diff(places)


def wrong_momenta(right):
    """Name → a wrong Momentum, made of your right one: of its arguments, `step` and `lr` only."""

    class Wrong:
        """Has a right one inside, made by `make`; still right itself, until a subclass spoils something."""

        def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
            self.lr = lr
            self.options = momentum, averaged, weight_decay
            self.right = self.make(lr, *self.options)

        def make(self, lr, momentum, averaged, weight_decay):
            return right(lr, momentum, averaged, weight_decay)

        def step(self, params, grads):
            self.right.lr = self.lr
            self.right.step(params, grads)

    class Uphill(Wrong):
        def step(self, params, grads):
            super().step(params, {name: -grad for name, grad in grads.items()})

    class Forgets(Wrong):
        def step(self, params, grads):
            self.right = self.make(self.lr, *self.options)
            super().step(params, grads)

    class NeverAverages(Wrong):
        def make(self, lr, momentum, averaged, weight_decay):
            return right(lr, momentum, False, weight_decay)

    class OtherDefault(Wrong):
        def __init__(self, lr, momentum=0.95, averaged=False, weight_decay=0.0):
            super().__init__(lr, momentum, averaged, weight_decay)

    shared = {}

    class SharesMemory(Wrong):
        def make(self, lr, *options):
            return shared.setdefault(options, right(lr, *options))

    class Replaces(Wrong):
        def step(self, params, grads):
            moved = {name: array.copy() for name, array in params.items()}
            super().step(moved, grads)
            params.update(moved)

    class CouplesDecay(Wrong):
        def make(self, lr, momentum, averaged, weight_decay):
            self.decay = weight_decay
            return right(lr, momentum, averaged, 0.0)

        def step(self, params, grads):
            super().step(params, {name: grads[name] + self.decay * array for name, array in params.items()})

    class ReadsLrOnce(Wrong):
        def step(self, params, grads):
            self.right.step(params, grads)

    classes = Uphill, Forgets, NeverAverages, OtherDefault, SharesMemory, Replaces, CouplesDecay, ReadsLrOnce
    return {each.__name__: each for each in classes}


def caught(check, wrong):
    """Whether check(wrong) raises AssertionError, and with which message."""
    try:
        check(wrong)
    except AssertionError as error:
        return True, str(error)
    return False, ""


def picture(draw):
    """Hand `draw` matplotlib's pyplot first, and give the figure back to the notebook; a word where it is missing."""

    @functools.wraps(draw)
    def wrapped(*args, **kwargs):
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            print("(no picture: matplotlib is not installed)")
            return None
        figure = draw(plt, *args, **kwargs)
        plt.close(figure)
        return figure

    return wrapped


@picture
def plot_curves(plt, title, x, curves, xlabel, ylabel, log="", marker="", ylim=None):
    """curves: label → values at x, or a pair (x, values). log: which axes are logarithmic, such as "xy"."""
    figure, ax = plt.subplots(figsize=(7.6, 4.4), layout="constrained")
    for (label, y), colour in zip(curves.items(), COLOURS, strict=False):
        at, y = y if isinstance(y, tuple) else (x, y)
        ax.plot(at, y, marker + "-", ms=3.5, lw=1.6, color=colour, label=label)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.set(xscale="log" if "x" in log else "linear", yscale="log" if "y" in log else "linear")
    if ylim:
        ax.set_ylim(ylim)
    ax.grid(alpha=0.25)
    ax.legend(frameon=False)
    return figure


@picture
def plot_paths(plt, surface, panels, window, goal=(0.0, 0.0), columns=3, levels=None, rings=None):
    """panels: title → path (steps + 1, 2), one panel each, over the contours of surface(x, y).

    window: (left, right, bottom, top). rings: title → (x, y) of places on the right path, drawn as rings.
    """
    rows = -(-len(panels) // columns)
    size = (10.4, 0.4 + rows * 2.5)
    figure, axes = plt.subplots(
        rows, columns, figsize=size, sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    x, y = np.meshgrid(np.linspace(*window[:2], 161), np.linspace(*window[2:], 121))
    z = surface(x, y)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    for ax, (title, path) in zip(axes.flat, panels.items(), strict=False):
        ax.contour(x, y, z, levels=levels if levels is not None else 14, colors=QUIET, linewidths=0.7)
        ax.plot(path[:, 0], path[:, 1], "o-", ms=2.6, lw=1.1, color=COLOURS[0])
        if rings and title in rings:
            ax.plot(*rings[title], "o", ms=9, mfc="none", mec=COLOURS[1], mew=1.2)
        ax.plot(*path[0], "o", color=INK, ms=6)
        ax.plot(*goal, "*", color=WARN, ms=12)
        ax.set(title=title, xlim=window[:2], ylim=window[2:])
        ax.tick_params(labelbottom=True)  # also above a place without a panel
    return figure


@picture
def plot_rows(plt, panels):
    """panels: title → (rows, steps) array, how far each row of a table has moved in each step."""
    figure, axes = plt.subplots(1, len(panels), figsize=(10.4, 3.6), sharey=True, layout="constrained")
    top = max(float(np.max(moved)) for moved in panels.values())
    for ax, (title, moved) in zip(axes, panels.items(), strict=True):
        image = ax.imshow(moved, cmap="Blues", vmin=0, vmax=top, aspect="auto", interpolation="nearest")
        ax.set(title=title, xlabel="step", xticks=range(moved.shape[1]), yticks=range(moved.shape[0]))
        ax.set_xticklabels(range(1, moved.shape[1] + 1))
    axes[0].set_ylabel("row of the table")
    figure.colorbar(image, ax=axes, label="how far it moves")
    return figure
