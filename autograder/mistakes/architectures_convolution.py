"""Known wrong convolutions and poolings: changes to solutions/convolution.py, the most telling first within each.

The list began with what students of public courses get wrong (true convolution, ties in a max gate, means instead of
sums); the rest comes from the geometry of windows and from what overlaps. `LEFT_OUT` says what has no row.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit, costs_only: bool = False) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits, costs_only=costs_only)


_SQUARE = (
    "Your {name} takes the number of columns from the height of the image. Images need not be square: rows come from "
    "H, columns from W."
)
_CLASS_STATE = (
    "All your {name} blocks keep what backward needs in one place, on the class, so the last forward of any of them "
    "wins. What a block remembers belongs to the instance, to `self`."
)
_OVERWRITTEN = (
    "Where windows overlap, your {name}'s dx holds the gradient of one window only. An entry that several windows see "
    "gets the sum: `+=`, not `=`. Gradients add where a value branches."
)
_CEIL = (
    "Your {name} also counts windows that stick out at the bottom or on the right. Only places where the whole window "
    "fits count: round down with `//`."
)

_START_W = "w = rng.normal(0.0, std, (out_channels, in_channels, kernel_size, kernel_size))"
_START_B = '"b": np.zeros(out_channels)'
_PAD = "self.padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"
_SIZES = "for size in self.padded.shape[2:])"
_BIAS = " + b[:, np.newaxis, np.newaxis]"
_PRODUCT = 'np.einsum("ncyx,oc->noyx", seen, w[:, :, i, j])'
_SEEN = "seen = under_kernel(self.padded, i, j, self.stride, rows, columns)\n            dw"
_DW = 'dw[:, :, i, j] = np.einsum("noyx,ncyx->oc", upstream, seen)'
_SHARES = 'np.einsum("noyx,oc->ncyx", upstream, w[:, :, i, j])'
_ADD = "[...] += shares  # windows overlap: add"
_GRADS = 'self.grads = {"w": dw, "b": upstream.sum(axis=(0, 2, 3))}'
_CROP = "dx[:, :, p : p + height, p : p + width]"
_INNER = "height, width = dx.shape[2] - 2 * p, dx.shape[3] - 2 * p"
CONV2D = (
    _row(
        "conv2d",
        "flipped",
        "Your Conv2D flips the kernel: that is true convolution. Layers called convolution compute cross-correlation: "
        "window entry (i, j) meets w[…, i, j].",
        (_PRODUCT, _PRODUCT.replace("i, j]", "-1 - i, -1 - j]")),
        (_DW, _DW.replace("dw[:, :, i, j]", "dw[:, :, -1 - i, -1 - j]")),
        (_SHARES, _SHARES.replace("i, j]", "-1 - i, -1 - j]")),
    ),
    _row(
        "conv2d",
        "dx-mirrored",
        "Your Conv2D's dx has the kernel mirrored. The pixel that met w[…, i, j] on the way forward gets its share "
        "through the same w[…, i, j] on the way back.",
        (_SHARES, _SHARES.replace("i, j]", "-1 - i, -1 - j]")),
    ),
    _row("conv2d", "dx-overwritten", _OVERWRITTEN.format(name="Conv2D"), (_ADD, "[...] = shares")),
    _row(
        "conv2d",
        "dx-with-padding",
        "Your Conv2D returns the gradient of the padded image. What the padding got is nobody's: cut it off, so that "
        "dx has the shape of x.",
        (_CROP, "dx"),
    ),
    _row(
        "conv2d",
        "padding-one-side",
        "Your Conv2D pads at the top and on the left only. `padding` rows and columns of zeros go on every side.",
        (_PAD, _PAD.replace("(p, p), (p, p)", "(p, 0), (p, 0)")),
        (_INNER, _INNER.replace("2 * p", "p")),
    ),
    _row(
        "conv2d",
        "size-without-padding",
        "Your Conv2D forgets the padding when it counts the places. There are (H + 2·padding − kernel_size) // stride "
        "+ 1 rows.",
        (_SIZES, "for size in x.shape[2:])"),
    ),
    _row(
        "conv2d",
        "ceil",
        _CEIL.format(name="Conv2D"),
        (_PAD, _PAD.replace("(p, p), (p, p)", "(p, p + self.stride - 1), (p, p + self.stride - 1)")),
        (_INNER, _INNER.replace("2 * p", "2 * p - self.stride + 1")),
    ),
    _row(
        "conv2d",
        "square",
        _SQUARE.format(name="Conv2D"),
        (_SIZES, "for size in [self.padded.shape[2]] * 2)"),
    ),
    _row(
        "conv2d",
        "dw-stride-one",
        "Your Conv2D's gradient of w takes windows that lie side by side, whatever the stride is. It must meet the "
        "same places as forward did.",
        (_SEEN, _SEEN.replace("self.stride", "1")),
    ),
    _row(
        "conv2d",
        "dw-transposed",
        "Your Conv2D's gradient of w has rows and columns swapped: what belongs to w[…, i, j] stands at [j, i].",
        (_DW, _DW.replace("i, j]", "j, i]")),
    ),
    _row(
        "conv2d",
        "dw-mean",
        "Your Conv2D divides the gradients of w and b by the number of samples. A layer sums over samples; the 1/N "
        "belongs to the loss, which has put it into upstream already.",
        (_GRADS, 'self.grads = {"w": dw / len(upstream), "b": upstream.sum(axis=(0, 2, 3)) / len(upstream)}'),
    ),
    _row(
        "conv2d",
        "db-mean",
        "Your Conv2D's gradient of b is a mean. A bias is added at every place of every sample, so its gradient is "
        "the sum over all of them.",
        (_GRADS, _GRADS.replace("upstream.sum", "upstream.mean")),
    ),
    _row(
        "conv2d",
        "db-one-place",
        "Your Conv2D's gradient of b sums over the samples only. A bias is added at every row and column, too: sum "
        "over axes 0, 2 and 3.",
        (_GRADS, _GRADS.replace("axis=(0, 2, 3)", "axis=0")),
    ),
    _row(
        "conv2d",
        "no-bias",
        "Your Conv2D forgets the biases: b[o] is added at every place of filter o.",
        (_BIAS, ""),
    ),
    _row(
        "conv2d",
        "accumulates",
        "Your Conv2D adds to `grads` in each backward pass. Assign them: a second pass starts anew.",
        (
            _GRADS,
            'for name, grad in (("w", dw), ("b", upstream.sum(axis=(0, 2, 3)))):\n'
            "            self.grads[name] = self.grads[name] + grad",
        ),
    ),
    _row("conv2d", "class-state", _CLASS_STATE.format(name="Conv2D"), (_PAD, _PAD.replace("self.", "Conv2D."))),
    _row(
        "conv2d",
        "rng-ignored",
        "Your Conv2D makes a generator of its own, so all layers start with the same filters. Draw from the rng that "
        "is given.",
        (_START_W, _START_W.replace("rng.normal", "np.random.default_rng(0).normal")),
    ),
    _row(
        "conv2d",
        "starts-at-zero",
        "Your Conv2D's filters all start at zero, so they get the same gradient and stay alike for ever. Draw them "
        "from rng; only the biases start at zero.",
        (_START_W, "w = np.zeros((out_channels, in_channels, kernel_size, kernel_size))"),
    ),
    _row(
        "conv2d",
        "random-bias",
        "Your Conv2D draws its biases from rng. They start at zero: the random filters are enough to tell units apart.",
        (_START_B, '"b": rng.normal(0.0, std, out_channels)'),
    ),
    _row(
        "conv2d",
        "differenced",
        "Your Conv2D gets the gradient of w by trying: a forward pass for every single weight. The formula takes one "
        "pass for all of them.",
        (_PAD, f"self.x = x\n        {_PAD}"),
        (
            _GRADS,
            "x, before = self.x, self.forward(self.x)\n"
            "        for place in np.ndindex(*w.shape):\n"
            "            kept = w[place]\n"
            "            w[place] = kept + 1.0\n"
            "            dw[place] = np.sum(upstream * (self.forward(x) - before))\n"
            "            w[place] = kept\n"
            f"        {_GRADS}",
        ),
        costs_only=True,
    ),
)

_KEEP = "self.x = x\n"
_POOL_SIZES = "for size in x.shape[2:])"
_STACK = "windows = np.stack([under_kernel(x, i, j, self.stride, rows, columns) for i, j in offsets])"
_WINNER = "self.winner = windows.argmax(axis=0)  # of equal ones the first"
_MAXIMA = "return windows.max(axis=0)"
_COUNT = "for number, (i, j) in enumerate("
_WON = "shares = np.where(self.winner == number, upstream, 0.0)"
_PASTE = "under_kernel(dx, i, j, self.stride, rows, columns)[...] += shares"
_FIRST = "The first one gets it all, row by row from the top left."
MAX_POOL2D = (
    _row(
        "max_pool2d",
        "ties-all",
        f"Where entries of a window tie, your MaxPool2D gives each of them the whole gradient. {_FIRST}",
        (_WINNER, "self.winner = windows == windows.max(axis=0)"),
        (_WON, "shares = np.where(self.winner[number], upstream, 0.0)"),
    ),
    _row(
        "max_pool2d",
        "ties-shared",
        f"Where entries of a window tie, your MaxPool2D divides the gradient among them. {_FIRST}",
        (_WINNER, "won = windows == windows.max(axis=0)\n        self.winner = won / won.sum(axis=0)"),
        (_WON, "shares = self.winner[number] * upstream"),
    ),
    _row(
        "max_pool2d",
        "ties-last",
        f"Where entries of a window tie, your MaxPool2D gives the gradient to the last. {_FIRST}",
        (_WINNER, "self.winner = len(windows) - 1 - windows[::-1].argmax(axis=0)"),
    ),
    _row(
        "max_pool2d",
        "ties-by-columns",
        f"Where entries of a window tie, your MaxPool2D looks for the first one column by column. {_FIRST}",
        (_STACK, _STACK.replace("(x, i, j,", "(x, j, i,")),
        (_COUNT, "for number, (j, i) in enumerate("),
    ),
    _row(
        "max_pool2d",
        "stride-ignored",
        "Your MaxPool2D always moves on by kernel_size. Use `stride` where it is given: windows may overlap, or leave "
        "gaps.",
        ("stride is None else stride", "stride is None else kernel_size"),
    ),
    _row(
        "max_pool2d",
        "overwritten",
        _OVERWRITTEN.format(name="MaxPool2D"),
        (
            _PASTE,
            _PASTE.replace(
                "+= shares", "= np.where(shares != 0, shares, under_kernel(dx, i, j, self.stride, rows, columns))"
            ),
        ),
    ),
    _row(
        "max_pool2d",
        "zero-at-least",
        "Your MaxPool2D never returns less than 0, as if the search began there or zeros stood around the image. Start "
        "with an entry of the window, or with −infinity.",
        (_MAXIMA, "return np.maximum(windows.max(axis=0), 0.0)"),
    ),
    _row(
        "max_pool2d",
        "ceil",
        _CEIL.format(name="MaxPool2D"),
        (
            _KEEP,
            "more = (0, self.stride - 1)\n"
            "        self.x = x = np.pad(x, ((0, 0), (0, 0), more, more), constant_values=-np.inf)\n",
        ),
        ("return dx", "return dx[:, :, : dx.shape[2] - self.stride + 1, : dx.shape[3] - self.stride + 1].copy()"),
    ),
    _row(
        "max_pool2d",
        "square",
        _SQUARE.format(name="MaxPool2D"),
        (_POOL_SIZES, "for size in [x.shape[2]] * 2)"),
    ),
    _row(
        "max_pool2d",
        "first-channel",
        "Your MaxPool2D looks for the winner in the first channel and hands out the gradients of all channels there. "
        "Each channel has its own winners.",
        (_WINNER, "self.winner = windows.argmax(axis=0)[:, :1]"),
    ),
    _row(
        "max_pool2d",
        "spread-evenly",
        "Your MaxPool2D spreads the gradient evenly over the window, as an average would. Only the largest entry "
        "counts, so it alone gets the gradient.",
        (_WON, "shares = upstream / self.kernel_size**2"),
    ),
    _row(
        "max_pool2d",
        "local-only",
        "Your MaxPool2D's dx says who won, 1 or 0, and leaves upstream out. The winner gets the upstream gradient of "
        "its window.",
        (_WON, "shares = np.where(self.winner == number, 1.0, 0.0)"),
    ),
    _row(
        "max_pool2d",
        "class-state",
        _CLASS_STATE.format(name="MaxPool2D"),
        (_WINNER, _WINNER.replace("self.", "MaxPool2D.")),
    ),
    _row(
        "max_pool2d",
        "differenced",
        "Your MaxPool2D gets dx by trying: two forward passes for every single entry. Remember in forward which entry "
        "won, and hand it the gradient.",
        (
            "return dx",
            "x, dx = self.x, np.zeros_like(self.x)\n"
            "        for place in np.ndindex(*x.shape):\n"
            "            near = x.copy()\n"
            "            near[place] = x[place] + 2.0**-10\n"
            "            ahead = self.forward(near)\n"
            "            near[place] = x[place] - 2.0**-10\n"
            "            dx[place] = np.sum(upstream * (ahead - self.forward(near))) * 2.0**9\n"
            "        self.x = x\n"
            "        return dx",
        ),
    ),
)

CONVOLUTION = (*CONV2D, *MAX_POOL2D)

LEFT_OUT = {
    "MaxPool2D with stride 1 by default": "`__init__` is given in the stub; who forgets the stride has max-pool2d-"
    "stride-ignored",
    "max gate tie: none gets the gradient": "nothing natural does that to a window: one of the entries always wins",
    "NumPy on arrays of a GPU": "asked in assignment 5 (device), where layers can be told of another array library",
    "loops over places or samples in Python": "slower than the reference, and right: accepted",
}
"""Known mistakes that have no row here, and why."""
