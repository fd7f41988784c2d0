"""Pictures of the notebook. Given."""

import functools

import numpy as np

INK, WARN, QUIET = "#334155", "#b45309", "#94a3b8"
COLOURS = ("#1d4ed8", "#b91c1c", "#15803d", "#b45309", "#7e22ce", "#0e7490", "#be185d", "#4d7c0f")


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


def _bare(ax, title=""):
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)


def _signed(ax, array, title=""):
    """An array in red (below zero), white (zero) and blue (above)."""
    top = max(float(np.abs(array).max()), 1e-12)
    ax.imshow(array, cmap="RdBu", vmin=-top, vmax=top, interpolation="nearest")
    _bare(ax, title)


def _numbers(ax, array, white=()):
    for (row, column), value in np.ndenumerate(array):
        colour = "white" if (row, column) in white else INK
        ax.text(column, row, f"{value:.2g}", ha="center", va="center", fontsize=8, color=colour)


@picture
def plot_kernels(plt, image, kernels, outputs):
    """image: (H, W). kernels: name → (k, k), outputs: an array (filters, rows, columns) in the same order."""
    columns = len(kernels) + 1
    figure, axes = plt.subplots(2, columns, figsize=(1.75 * columns, 3.9), layout="constrained")
    axes[0, 0].imshow(image, cmap="gray_r", interpolation="nearest")
    _bare(axes[0, 0], "the digit")
    axes[1, 0].axis("off")
    axes[1, 0].text(0.5, 0.5, "above: kernel\nbelow: output\n\nblue: above 0\nred: below 0", ha="center", va="center")
    for (name, kernel), output, (top, bottom) in zip(kernels.items(), outputs, axes.T[1:], strict=True):
        _signed(top, kernel, name)
        strong = zip(*np.nonzero(np.abs(kernel) > 0.6 * np.abs(kernel).max()), strict=True)
        _numbers(top, kernel, set(strong))
        _signed(bottom, output)
    return figure


@picture
def plot_routes(plt, panels):
    """panels: title → (x, maxima, routes). routes: (output row, output column) → gradient of x for a 1 there."""
    figure, axes = plt.subplots(1, len(panels), figsize=(4.6 * len(panels), 3.5), layout="constrained")
    for ax, (title, (x, maxima, routes)) in zip(axes, panels.items(), strict=True):
        ax.imshow(np.zeros_like(x), cmap="Greys", vmin=0, vmax=1)
        ax.hlines(np.arange(len(x) + 1) - 0.5, -0.5, x.shape[1] - 0.5, color=QUIET, lw=0.8)
        ax.vlines(np.arange(x.shape[1] + 1) - 0.5, -0.5, len(x) - 0.5, color=QUIET, lw=0.8)
        for (row, column), value in np.ndenumerate(x):
            ax.text(column - 0.28, row - 0.26, f"{value:g}", ha="center", va="center", color=INK)
        left, heights = x.shape[1] + 1.4, np.linspace(0, len(x) - 1, maxima.size)
        for (place, dx), height, colour in zip(routes.items(), heights, COLOURS, strict=False):
            box = {"boxstyle": "square,pad=0.35", "fc": "white", "ec": colour, "lw": 1.6}
            ax.text(left, height, f"{maxima[place]:g}", ha="center", va="center", color=INK, bbox=box)
            ax.text(left + 0.45, height, f"{place[0]}, {place[1]}", va="center", color=colour, fontsize=9)
            for row, column in zip(*np.nonzero(dx), strict=True):
                arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.5, "shrinkA": 12, "shrinkB": 0}
                ax.annotate("", (column, row), (left, height), arrowprops=arrow)
        ax.text(left, -0.95, "maxima", ha="center", color=INK)
        ax.text((x.shape[1] - 1) / 2, -0.95, "x", ha="center", color=INK)
        ax.set(xlim=(-0.6, left + 1.2), ylim=(len(x) - 0.4, -1.2))
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    return figure


@picture
def plot_curves(plt, title, x, curves, xlabel, ylabel, log=""):
    """curves: label → values at x. log: which axes are logarithmic, such as "xy"."""
    figure, ax = plt.subplots(figsize=(7.6, 4.2), layout="constrained")
    for (label, y), colour in zip(curves.items(), COLOURS, strict=False):
        ax.plot(x, y, "o-", ms=3.5, lw=1.6, color=colour, label=label)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.set(xscale="log" if "x" in log else "linear", yscale="log" if "y" in log else "linear")
    ax.grid(alpha=0.25)
    ax.legend(frameon=False)
    return figure


@picture
def plot_heat(plt, words, panels):
    """panels: title → weights (T, S), 0 to 1: a row for each query, a column for each key."""
    figure, axes = plt.subplots(1, len(panels), figsize=(3.9 * len(panels), 4.1), sharey=True, layout="constrained")
    for ax, (title, weights) in zip(axes, panels.items(), strict=True):
        image = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        ax.set(title=title, xticks=range(len(words)), yticks=range(len(words)), xlabel="key")
        ax.set_xticklabels(words, rotation=60, ha="right", rotation_mode="anchor")
    axes[0].set_yticklabels(words)
    axes[0].set_ylabel("query")
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    return figure


@picture
def plot_words(plt, before, after, kinds, seen, accuracies):
    """before, after: (count, 2) word vectors; kinds: (count,) ints; seen: how many words, from 0, are in the data.

    accuracies: label → accuracies, one per seed, drawn on the right.
    """
    figure, (ax, right) = plt.subplots(
        1, 2, figsize=(11.2, 5.0), layout="constrained", gridspec_kw={"width_ratios": (3, 2)}
    )
    for word, kind in enumerate(kinds):
        colour, (x, y) = COLOURS[kind], before[word]
        if word < seen:
            ax.plot(x, y, "o", ms=3.5, color=colour, alpha=0.5)
            arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", after[word], (x, y), arrowprops=arrow)
        else:
            ax.plot(*after[word], "s", ms=6, mfc="none", mec=colour, mew=1.3)
    ax.plot([], [], "o", ms=4, color=INK, label="word of the training data: before → after")
    ax.plot([], [], "s", mfc="none", mec=INK, label="its synonym, not in the data: stays")
    ends = np.vstack([before, after])
    margin = 0.06 * np.ptp(ends, axis=0)
    ax.set(title="retrain=True: word vectors, coloured by kind", aspect="equal")
    ax.set_xlim(ends[:, 0].min() - margin[0], ends[:, 0].max() + margin[0])
    ax.set_ylim(ends[:, 1].min() - margin[1], ends[:, 1].max() + margin[1])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), frameon=False)
    for place, values in enumerate(accuracies.values()):
        colour = COLOURS[place // 2]
        right.barh(place, np.mean(values), color=colour, alpha=0.3)
        right.plot(values, np.full(len(values), place), "o", ms=3.5, color=colour)
        right.text(0.42, place, f"{np.mean(values):.2f}", va="center", color=INK)
    right.set(title="accuracy, a dot for each seed", xlim=(0.4, 1.02), yticks=range(len(accuracies)))
    right.set_yticklabels(accuracies)
    right.invert_yaxis()
    return figure


@picture
def plot_images(plt, rows, columns=None):
    """rows: label → images (n, H, W), a row for each label; columns: a heading for each image, or None."""
    width = max(len(images) for images in rows.values())
    figure, axes = plt.subplots(
        len(rows), width, figsize=(0.95 * width + 1.2, 0.98 * len(rows)), layout="constrained", squeeze=False
    )
    for (label, images), line in zip(rows.items(), axes, strict=True):
        for image, ax in zip(images, line, strict=True):
            ax.imshow(image, cmap="gray_r", vmin=-1, vmax=1, interpolation="nearest")
            _bare(ax)
        line[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    for heading, ax in zip(columns or (), axes[0], strict=bool(columns)):
        ax.set_title(heading, fontsize=9)
    return figure


@picture
def plot_bands(plt, panels, x, xlabel, ylabel):
    """panels: title → (label → accuracies (runs, len(x))): the mean as a line, each run as a dot."""
    figure, axes = plt.subplots(1, len(panels), figsize=(5.2 * len(panels), 4.2), sharey=True, layout="constrained")
    shifts = (0.96, 1.0, 1.04)
    for ax, (title, curves) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        for (label, runs), colour, shift in zip(curves.items(), COLOURS, shifts, strict=False):
            at = np.array(x) * shift
            ax.plot(at, np.mean(runs, axis=0), "-", lw=1.8, color=colour, label=label)
            for run in runs:
                ax.plot(at, run, "o", ms=3.2, alpha=0.45, color=colour)
        ax.set(title=title, xlabel=xlabel, xscale="log")
        ax.set_xticks(x, [str(each) for each in x])
        ax.minorticks_off()
        ax.grid(alpha=0.25)
    np.atleast_1d(axes)[0].set_ylabel(ylabel)
    np.atleast_1d(axes)[0].legend(frameon=False)
    return figure


@picture
def plot_pruning(plt, fractions, curves, histograms):
    """curves: label → accuracy at each fraction. histograms: label → weights."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.8, 4.2), layout="constrained")
    for (label, y), colour in zip(curves.items(), COLOURS, strict=False):
        left.plot(range(len(fractions)), y, "o-", ms=4, color=colour, label=label)
    left.set(xlabel="share of each weight array taken away", ylabel="accuracy on held-out digits")
    left.set_xticks(range(len(fractions)), [f"{fraction:g}" for fraction in fractions])
    left.grid(alpha=0.25)
    left.legend(frameon=False)
    top = max(float(np.abs(weights).max()) for weights in histograms.values())
    for (label, weights), colour in zip(histograms.items(), COLOURS, strict=False):
        right.hist(weights, np.linspace(-top, top, 61), histtype="stepfilled", alpha=0.35, color=colour, label=label)
    right.set(xlabel="weight", ylabel="how many", ylim=(0, 1.25 * right.get_ylim()[1]))
    right.legend(frameon=False)
    return figure
