"""Helpers of the notebook: a check, a clock, pictures. Given."""

import functools
import time

import numpy as np

INK, VALUE, SLOPE, WARN, QUIET = "#334155", "#15803d", "#b91c1c", "#b45309", "#94a3b8"
COLOURS = ("#1d4ed8", "#b91c1c", "#15803d", "#b45309", "#7e22ce", "#0e7490")


def disagreement(f, gradient, x, rng):
    """How far a gradient is from the derivative of f at x along a random direction: about 1e-9 when right."""
    direction, t = rng.normal(size=np.shape(x)), 1e-5
    steep = (f(x + t * direction) - f(x - t * direction)) / 2e-5
    return abs(steep - np.sum(gradient * direction)) / max(1.0, abs(steep))


def best_time(work, repeats=15):
    """The shortest of several runs, in milliseconds: the others were disturbed."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


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
def plot_gallery(plt, x, curves):
    """curves: name → (outputs, slopes) at x. A panel each, output in green, slope dashed in red."""
    figure, axes = plt.subplots(3, 3, figsize=(9.6, 7.4), sharex=True, sharey=True, layout="constrained")
    for ax, (name, (output, slope)) in zip(axes.flat, curves.items(), strict=True):
        for value, colour, style, label in ((output, VALUE, "-", "output"), (slope, SLOPE, "--", "slope")):
            broken = np.where(np.abs(np.diff(value, prepend=value[0])) > 0.12, np.nan, value)  # a jump is no line
            ax.plot(x, broken, style, color=colour, lw=1.8, label=label)
        ax.set(title=name, ylim=(-1.4, 2.2))
        ax.axhline(0, color=QUIET, lw=0.6)
        ax.axvline(0, color=QUIET, lw=0.6)
    axes[0, 0].legend(frameon=False, loc="lower right")
    return figure


@picture
def plot_saturation(plt, stds, shares, depths, factors):
    """Left: share of saturated entries against the spread of x. Right: what is left of a gradient by depth."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.2), layout="constrained")
    for (name, share), colour in zip(shares.items(), COLOURS, strict=False):
        left.semilogx(stds, share, "o-", ms=3.5, color=colour, label=name)
    left.set(title="entries with |slope| < 0.01", xlabel="standard deviation of x", ylabel="share", ylim=(-0.03, 1.03))
    for (name, factor), colour in zip(factors.items(), COLOURS, strict=False):
        right.semilogy(depths, factor, "o-", ms=3.5, color=colour, label=name)
    right.set(
        title="gradient that reaches the input", xlabel="activations in a row", ylabel="mean |slope| of the chain"
    )
    for ax in (left, right):
        ax.grid(alpha=0.25)
        ax.legend(frameon=False)
    return figure


@picture
def plot_dead(plt, outputs, dead, biases, shares):
    """Left: outputs, a column per unit, dead ones marked. Right: share of dead units against the bias."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.2), layout="constrained")
    left.imshow(outputs, aspect="auto", cmap="Greens", interpolation="nearest")
    for k in np.flatnonzero(dead):
        left.axvspan(k - 0.5, k + 0.5, color=SLOPE, alpha=0.35, lw=0)
    left.set(title="outputs of ReLU units (red: dead)", xlabel="unit", ylabel="sample")
    right.plot(biases, shares, "o-", ms=3.5, color=SLOPE)
    right.set(title="a bias pushed down", xlabel="bias of all units", ylabel="share of dead units", ylim=(-0.03, 1.03))
    right.grid(alpha=0.25)
    return figure


@picture
def plot_paths(plt, panels, goal):
    """panels: title → path (steps, 2) of two weights on their way to `goal`."""
    figure, axes = plt.subplots(1, len(panels), figsize=(10.4, 4.6), sharex=True, sharey=True, layout="constrained")
    for ax, (title, path) in zip(axes, panels.items(), strict=True):
        ax.plot(path[:, 0], path[:, 1], "o-", ms=3, lw=1.1, color=COLOURS[0])
        ax.plot(*path[0], "o", color=INK, ms=7)
        ax.plot(*goal, "*", color=WARN, ms=15)
        ax.annotate("start", path[0], xytext=(8, 6), textcoords="offset points", color=INK)
        ax.annotate("goal", goal, xytext=(8, 6), textcoords="offset points", color=WARN)
        ax.set(title=title, xlabel="$w_1$", ylabel="$w_2$")
        ax.set_aspect("equal")
        ax.grid(alpha=0.25)
    return figure


@picture
def plot_curves(plt, title, x, curves, xlabel="x", ylabel="output", ylim=None):
    """curves: label → values at x. A label that begins with '–' is drawn dashed."""
    figure, ax = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    for (label, y), colour in zip(curves.items(), COLOURS, strict=False):
        dashed = label.startswith("–")
        ax.plot(x, y, "--" if dashed else "-", lw=1.8, color=INK if dashed else colour, label=label.lstrip("– "))
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, ylim=ylim)
    ax.grid(alpha=0.25)
    ax.legend(frameon=False)
    return figure


@picture
def plot_losses(plt, x, curves):
    """curves: label → (losses, gradients) at x, in two panels."""
    figure, axes = plt.subplots(1, 2, figsize=(10.4, 4.4), layout="constrained")
    for (label, both), colour in zip(curves.items(), COLOURS, strict=False):
        for ax, y in zip(axes, both, strict=True):
            broken = np.where(np.abs(np.diff(y, prepend=y[0])) > 0.3, np.nan, y)
            ax.plot(x, broken, ":" if label.startswith("SVM") else "-", lw=2.2, color=colour, label=label)
    axes[0].set(title="loss", xlabel="score of the right class", ylim=(-0.2, 5))
    axes[1].set(title="its gradient", xlabel="score of the right class", ylim=(-2.6, 1.6))
    for ax in axes:
        ax.grid(alpha=0.25)
    axes[0].legend(frameon=False)
    return figure


@picture
def plot_times(plt, times):
    """times: name → (forward, backward) in milliseconds, as stacked bars."""
    figure, ax = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    names, both = list(times), np.array(list(times.values()))
    ax.barh(names, both[:, 0], color=VALUE, label="forward")
    ax.barh(names, both[:, 1], left=both[:, 0], color=SLOPE, label="backward")
    ax.invert_yaxis()
    ax.set(title="a million entries, on this machine", xlabel="milliseconds")
    ax.legend(frameon=False)
    return figure
