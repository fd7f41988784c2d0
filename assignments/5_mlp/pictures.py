"""Pictures for the notebook of assignment 5. Given, not graded: nothing to write here.

They need matplotlib. Without it each function says so in one line, and the notebook goes on with its numbers.
"""

import functools

import numpy as np

INK, QUIET = "#334155", "#cbd5e1"
COLOURS = ("#1d4ed8", "#b91c1c", "#15803d", "#b45309", "#7e22ce", "#0e7490")


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
        plt.close(figure)  # the notebook shows what the cell returns, once
        return figure

    return wrapped


@picture
def plot_products(plt, rows):
    """Matrices with their numbers and shapes. rows: lists of (label, array) and of signs between, such as "="."""
    figure, axes = plt.subplots(len(rows), 1, figsize=(6.6, 1.75 * len(rows)), layout="constrained", squeeze=False)
    for ax, row in zip(axes.flat, rows, strict=True):
        place = 0.0
        for part in row:
            if isinstance(part, str):
                ax.text(place + 0.3, 0, part, ha="center", va="center", fontsize=15, color=INK)
                place += 0.6
            else:
                place = _matrix(ax, place, *part)
        ax.set(xlim=(-0.2, 13.2), ylim=(-1.6, 2.0), aspect="equal", anchor="W")
        ax.axis("off")
    return figure


def _matrix(ax, left, label, array):
    """Draw one matrix from `left` on, its middle at height 0; return where it ends."""
    table = np.atleast_2d(array)
    high, wide = table.shape
    limit = max(np.max(np.abs(table)), 1.0)
    extent = (left, left + wide, -high / 2, high / 2)
    ax.imshow(table, cmap="RdBu", vmin=-2 * limit, vmax=2 * limit, extent=extent, interpolation="nearest")
    for (i, j), number in np.ndenumerate(table):
        ax.text(left + j + 0.5, high / 2 - i - 0.5, f"{number:g}", ha="center", va="center", fontsize=9)
    shape = " × ".join(map(str, np.shape(array)))
    ax.text(left + wide / 2, high / 2 + 0.15, f"{label}  ({shape})", ha="center", va="bottom", fontsize=9, color=INK)
    return left + wide


@picture
def plot_lines(plt, panels, xlabels, ylabel, log="", marks=None, ylim=None, columns=None, sharey=True):
    """Curves in panels. panels: title → {label: (x, y)}. xlabels: one text for each panel, or one for all.

    log: which axes are logarithmic, such as "xy". marks: label → x of a vertical line, in all panels.
    """
    columns = columns or len(panels)
    rows = -(-len(panels) // columns)
    size = (max(7.6, 3.7 * columns), 1.0 + 2.8 * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False, sharey=sharey)
    xlabels = [xlabels] * len(panels) if isinstance(xlabels, str) else xlabels
    for ax, (title, curves), xlabel in zip(axes.flat, panels.items(), xlabels, strict=True):
        for (label, (x, y)), colour in zip(curves.items(), COLOURS, strict=False):
            ax.plot(x, y, "o-" if len(x) < 30 else "-", ms=3.5, lw=1.6, color=colour, label=label)
        for (label, x), style in zip((marks or {}).items(), ("--", ":"), strict=False):
            ax.axvline(x, color=INK, lw=1, ls=style, label=label)
        ax.set(title=title, xlabel=xlabel)
        ax.set(xscale="log" if "x" in log else "linear", yscale="log" if "y" in log else "linear")
        if "x" not in log:
            ax.xaxis.get_major_locator().set_params(integer=True)
        if ylim:
            ax.set_ylim(ylim)
        ax.grid(alpha=0.25)
    for ax in axes[:, 0]:
        ax.set_ylabel(ylabel)
    axes.flat[0].legend(frameon=False, fontsize=9)
    return figure


@picture
def plot_regions(plt, panels):
    """Which class a model gives to each place of the plane. panels: title → (predict, x, y); rings: wrong points."""
    from matplotlib.colors import ListedColormap

    colours = ListedColormap(COLOURS[:3])
    figure, axes = plt.subplots(1, len(panels), figsize=(3.05 * len(panels), 3.3), layout="constrained", squeeze=False)
    steps = np.linspace(-1.25, 1.25, 151)
    plane = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    for ax, (title, (predict, x, y)) in zip(axes.flat, panels.items(), strict=True):
        regions = np.reshape(predict(plane), (151, 151))
        ax.imshow(regions, cmap=colours, vmin=0, vmax=2, alpha=0.22, origin="lower", extent=(-1.25, 1.25, -1.25, 1.25))
        ax.scatter(*x.T, c=y, cmap=colours, vmin=0, vmax=2, s=11, linewidths=0)
        wrong = predict(x) != y
        ax.scatter(*x[wrong].T, s=42, facecolors="none", edgecolors="black", linewidths=0.8)
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=10)
    return figure


@picture
def plot_flow(plt, blocks, values, gradients):
    """A row of blocks as boxes, and between them what goes forward (above) and comes back (below).

    blocks: names. values, gradients: arrays, one more than blocks: what goes into the first block, …, comes out of
    the last; a gradient may be None.
    """
    figure, ax = plt.subplots(figsize=(10.4, 2.2), layout="constrained")
    for number, name in enumerate(blocks):
        ax.text(
            2 * number + 1, 0, name, ha="center", va="center", color=INK,
            bbox={"boxstyle": "round,pad=0.55", "fc": "#f1f5f9", "ec": INK},
        )  # fmt: skip
    for number, (value, gradient) in enumerate(zip(values, gradients, strict=True)):
        _arrow(ax, 2 * number, _rows(value), COLOURS[0], side=1)
        if gradient is not None:
            _arrow(ax, 2 * number, _rows(gradient), COLOURS[1], side=-1)
    ax.set(xlim=(-0.8, 2 * len(blocks) + 0.8), ylim=(-1, 1))
    ax.axis("off")
    return figure


def _arrow(ax, middle, text, colour, side):
    """An arrow with a text: side 1 above the line and to the right, -1 below it and to the left."""
    ends = (middle + 0.42 * side, 0.1 * side), (middle - 0.42 * side, 0.1 * side)
    ax.annotate("", *ends, arrowprops={"arrowstyle": "->", "color": colour})
    where = {"ha": "center", "va": "bottom" if side > 0 else "top"}
    ax.text(middle, 0.28 * side, text, color=colour, family="monospace", fontsize=9, **where)


def _rows(array):
    """An array as text, one line for each row, numbers in columns."""
    lines = [[f"{number + 0.0:g}" for number in row] for row in np.atleast_2d(array)]
    width = max(len(text) for line in lines for text in line)
    return "\n".join(" ".join(text.rjust(width) for text in line) for line in lines)


@picture
def plot_images(plt, images, columns, titles=None, diverging=False):
    """Images of 8 × 8 in a grid. images: (count, 64). diverging: colours for signs, one scale for all."""
    rows = -(-len(images) // columns)
    wide, high = (0.62, 0.62) if titles is None else (1.05, 1.35)
    size = (wide * columns, high * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    top = np.max(np.abs(images))
    for ax in axes.flat:
        ax.axis("off")
    for number, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        ax.imshow(image.reshape(8, 8), cmap="RdBu" if diverging else "Greys", vmin=-top, vmax=top)
        if titles is not None:
            ax.set_title(titles[number], fontsize=9)
    return figure


@picture
def plot_bars(plt, title, bars, xlabel):
    """Bars that lie, on a logarithmic axis, with their numbers. bars: label → number."""
    figure, ax = plt.subplots(figsize=(8.4, 0.9 + 0.42 * len(bars)), layout="constrained")
    drawn = ax.barh(list(bars), list(bars.values()), color=COLOURS[0], height=0.6)
    ax.bar_label(drawn, padding=4, color=INK)
    ax.set(title=title, xlabel=xlabel, xscale="log", xlim=(0.7, 4 * max(bars.values())))
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    return figure
