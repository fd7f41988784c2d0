"""Pictures for the notebook of assignment 3. Given, not graded: nothing to write here.

They need matplotlib. Without it each function says so in one line, and the notebook goes on with its numbers.
"""

import functools

import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

BLUE, ORANGE, INK, GREY = "#0b5cad", "#c2410c", "#334155", "#cbd5e1"
COLOURS = (BLUE, ORANGE, "#15803d", "#7e22ce", "#0891b2", "#a16207", "#be123c", "#475569")
NO_PICTURE = "no picture: it needs matplotlib (python -m pip install matplotlib)"


def picture(draw):
    """Return `draw`, a function that makes a figure; without matplotlib it prints one line instead."""

    @functools.wraps(draw)
    def made(*args, **kwargs):
        if plt is None:
            print(NO_PICTURE)
            return None
        figure = draw(*args, **kwargs)
        plt.close(figure)  # the notebook shows what the cell returns, once
        return figure

    return made


def panels(count, width=3.1, height=2.7, **options):
    """Return (figure, list of axes): `count` panels in a row."""
    figure, axes = plt.subplots(1, count, figsize=(width * count, height), layout="constrained", **options)
    return figure, np.atleast_1d(axes).tolist()


def bare(axes):
    """Take ticks away."""
    axes.set(xticks=[], yticks=[])


@picture
def plot_weights(weights, losses):
    """Weights after training as colours, one panel for each start, and the losses on the way.

    weights: dict of label → (D, K) array. losses: dict of label → list.
    """
    figure, axes = panels(len(weights) + 1, width=2.9)
    top = max(float(np.max(np.abs(w))) for w in weights.values()) or 1.0
    for spot, (label, w) in zip(axes, weights.items(), strict=False):
        image = spot.imshow(w, cmap="RdBu", vmin=-top, vmax=top, aspect="auto")
        spot.set(title=label, xlabel="unit", ylabel="input")
        bare(spot)
    figure.colorbar(image, ax=axes[-2], shrink=0.85)
    for (label, loss), colour in zip(losses.items(), COLOURS, strict=False):
        axes[-1].plot(loss, color=colour, label=label)
    axes[-1].set(title="loss", xlabel="step", ylim=(0, 1))
    axes[-1].legend(frameon=False, fontsize=8)
    return figure


@picture
def plot_starts(samples, deviations):
    """Histograms of weights. samples: dict of label → array. deviations: dict of label → the right std."""
    figure, axes = panels(len(samples), width=2.15, height=2.5, sharey=False)
    for spot, (label, w) in zip(axes, samples.items(), strict=True):
        spot.hist(np.ravel(w), bins=60, color=BLUE)
        for side in (-1, 1):
            spot.axvline(side * deviations[label], color=ORANGE, lw=1.5, ls="--")
        spot.set(title=label, yticks=[])
        spot.title.set_fontsize(10)
        spot.tick_params(labelsize=8)
    axes[0].set_ylabel("orange: ± right std")
    return figure


@picture
def plot_spread(spreads):
    """Standard deviations layer by layer. spreads: dict of title → dict of label → list."""
    figure, axes = panels(len(spreads), width=4.6, height=3.5, sharey=True)
    for spot, (title, curves) in zip(axes, spreads.items(), strict=True):
        spot.axhline(1.0, color=GREY, lw=1)
        for k, (label, stds) in enumerate(curves.items()):
            width, colour = 3.5 - 0.5 * k, COLOURS[k % len(COLOURS)]  # lines on top of each other stay visible
            spot.semilogy(np.arange(1, len(stds) + 1), stds, "o-", ms=width + 1.5, lw=width, color=colour, label=label)
        spot.set(title=title, xlabel="layer", xticks=range(1, 11), ylim=(1e-10, 1e10))
    axes[0].set_ylabel("standard deviation of the output")
    axes[0].legend(frameon=False, fontsize=9, loc="upper left")
    return figure


@picture
def plot_layers(outputs):
    """Histograms of the outputs of layers, one row for each start. outputs: dict of label → dict of layer → array."""
    columns = len(next(iter(outputs.values())))
    size = (2.3 * columns, 1.6 * len(outputs))
    figure, axes = plt.subplots(len(outputs), columns, figsize=size, layout="constrained", squeeze=False)
    for number, (row, (label, layers)) in enumerate(zip(axes, outputs.items(), strict=True)):
        for spot, (layer, values) in zip(row, layers.items(), strict=True):
            spot.hist(np.ravel(values), bins=np.linspace(-1, 1, 51), color=BLUE)
            spot.set(yticks=[], xlim=(-1.05, 1.05), xticks=[-1, 0, 1])
            if number == 0:
                spot.set_title(f"layer {layer}", fontsize=10)
        row[0].set_ylabel(label)
    return figure


@picture
def plot_clouds(clouds):
    """Training data (blue) and new data (orange) in two dimensions. clouds: dict of title → (training, new)."""
    figure, axes = panels(len(clouds), width=2.35, height=2.6)
    for spot, (title, (training, new)) in zip(axes, clouds.items(), strict=True):
        spot.axhline(0, color=GREY, lw=0.8, zorder=0)
        spot.axvline(0, color=GREY, lw=0.8, zorder=0)
        spot.plot(*training.T, ".", color=BLUE, ms=3, alpha=0.55)
        spot.plot(*new.T, ".", color=ORANGE, ms=5)
        reach = 1.08 * max(np.max(np.abs(training)), np.max(np.abs(new)))
        spot.set(title=title, xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        spot.title.set_fontsize(10)
        spot.tick_params(labelsize=7)
    return figure


@picture
def plot_paths(paths):
    """Weights on their way, one panel for each penalty. paths: dict of title → (steps + 1, D) array."""
    figure, axes = panels(len(paths), width=3.8, height=3.0, sharey=True)
    for spot, (title, path) in zip(axes, paths.items(), strict=True):
        spot.axhline(0, color=INK, lw=0.8)
        for k, curve in enumerate(np.asarray(path).T):
            spot.plot(curve, color=COLOURS[k % len(COLOURS)], lw=1.6)
        spot.set(title=title, xlabel="step")
    axes[0].set_ylabel("weights")
    return figure


@picture
def plot_masks(outputs):
    """What comes out for an input of ones: white is dropped, dark is scaled up. outputs: dict of title → 2-D array."""
    figure, axes = panels(len(outputs), width=2.2, height=2.5)
    top = max(float(np.max(output)) for output in outputs.values())
    for spot, (title, output) in zip(axes, outputs.items(), strict=True):
        image = spot.imshow(output, cmap="Blues", vmin=0, vmax=top, interpolation="nearest")
        spot.set_title(f"{title}\nmean {np.mean(output):.3f}", fontsize=10)
        bare(spot)
    figure.colorbar(image, ax=axes[-1], shrink=0.8)
    return figure


@picture
def plot_stopping(training, validation, best, stop):
    """Loss curves; best: the epoch of best_params. stop: the epoch at which `update` returned True."""
    figure, (spot,) = panels(1, width=6.6, height=3.6)
    spot.semilogx(np.arange(1, len(training) + 1), training, color=BLUE, label="training")
    spot.semilogx(np.arange(1, len(validation) + 1), validation, color=ORANGE, label="validation")
    spot.axvline(best + 1, color=INK, lw=1, ls="--", label=f"best_params: epoch {best + 1}")
    spot.axvline(stop + 1, color=INK, lw=1, ls=":", label=f"stopped: epoch {stop + 1}")
    spot.set(title="the validation loss turns", xlabel="epoch", ylabel="loss", ylim=(0, 2.2 * min(validation)))
    spot.legend(frameon=False, fontsize=9)
    return figure


@picture
def plot_pruned(w, mask, fractions, losses):
    """The weights that stay (blue) and go (orange), and the loss against the fraction that goes."""
    figure, (left, right) = panels(2, width=4.4, height=3.1)
    bins = np.linspace(np.min(w), np.max(w), 31)
    left.hist([w[mask], w[~mask]], bins=bins, stacked=True, color=[BLUE, ORANGE], label=["kept", "pruned"])
    left.set(title="weights", yticks=[])
    left.legend(frameon=False)
    for (label, loss), colour in zip(losses.items(), COLOURS, strict=False):
        right.plot(fractions, loss, "o-", ms=3.5, color=colour, label=label)
    right.set(title="loss without them", xlabel="fraction pruned", ylim=(0, None))
    right.legend(frameon=False)
    return figure
