"""The notebook's plot of errors against the step. Given."""

import numpy as np
from drawing import GRADIENT, INK, VALUE, page, text

COLOURS = (GRADIENT, VALUE)


def plot_errors(h, errors, title="error of the numerical gradient"):
    """Errors against the step h, both axes logarithmic. errors: dict of label → array like h.

    Drawn with matplotlib where it is installed, else as a plain SVG.
    """
    errors = {label: np.maximum(np.asarray(e, dtype=float), 1e-16) for label, e in errors.items()}
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        return svg_errors(np.asarray(h, dtype=float), errors, title)
    figure, axes = plt.subplots(figsize=(7.2, 4.6), layout="constrained")
    for (label, e), colour in zip(errors.items(), COLOURS, strict=False):
        axes.loglog(h, e, "o-", ms=3.5, lw=1.4, color=colour, label=label)
    for x, y, note, spot in guides():
        axes.loglog(x, y, "--", lw=1, color=INK)
        axes.annotate(note, spot, color=INK)
    axes.set(xlabel="step h", ylabel="relative error", title=title, ylim=(1e-14, 10))
    axes.legend(loc="lower left", frameon=False)
    axes.grid(alpha=0.25)
    plt.close(figure)
    return figure


def guides():
    """Where theory puts the errors for f = exp at 1: lines (x, y) with a note and where it stands."""
    one, two, fine = np.array([1e-10, 1e-1]), np.array([4e-7, 1e-1]), np.array([1e-14, 1e-4])
    return (
        (one, one / 2, "slope 1: h/2", (1e-6, 1e-4)),
        (two, two**2 / 6, "slope 2: h²/6", (4e-4, 1e-9)),
        (fine, 1.1e-16 / fine, "slope −1: round-off ε/h", (1e-11, 2e-4)),
    )


def svg_errors(h, errors, title):
    """`plot_errors` without matplotlib."""
    width, height, left, bottom = 640.0, 420.0, 70.0, 56.0
    low, high = np.floor(np.log10(h.min())), np.ceil(np.log10(h.max()))

    def spot(x, y):
        across = (np.log10(x) - low) / (high - low)
        up = (np.log10(np.clip(y, 1e-14, 10)) + 14) / 15
        return left + across * (width - left - 24), height - bottom - up * (height - bottom - 40)

    def line(x, y, style):
        points = " ".join("{:.1f},{:.1f}".format(*spot(a, b)) for a, b in zip(x, y, strict=True))
        return f"<polyline points='{points}' fill='none' {style}/>"

    body = [text(width / 2, 24, title, INK, weight="bold"), text(width / 2, height - 12, "step h", INK)]
    body.append(text(left, 24, "rel. error", INK))
    for e in range(int(low), int(high) + 1, 2):
        x, y = spot(10.0**e, 1e-14)
        body += [line([10.0**e] * 2, [1e-14, 10], "stroke='#e2e8f0'"), text(x, y + 18, f"1e{e}", INK)]
    for e in range(-14, 2, 2):
        x, y = spot(10.0**low, 10.0**e)
        body += [line([10.0**low, 10.0**high], [10.0**e] * 2, "stroke='#e2e8f0'")]
        body += [text(x - 8, y + 4, f"1e{e}", INK, "end")]
    for x, y, note, place in guides():
        body += [
            line(x, y, f"stroke='{INK}' stroke-dasharray='5 4'"),
            text(*spot(*place), note, INK, "start"),
        ]
    for k, ((label, e), colour) in enumerate(zip(errors.items(), COLOURS, strict=False)):
        body += [line(h, e, f"stroke='{colour}' stroke-width='2'")]
        body += [text(left + 12, height - bottom - 34 + 18 * k, label, colour, "start")]
    return page(width, height, body, title)
