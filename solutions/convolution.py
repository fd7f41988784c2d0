"""Convolution and max pooling: layers that look at a small window of an image at a time.

Images are (N, C, H, W): samples, channels, rows, columns. A window of kernel_size × kernel_size slides over rows
and columns in steps of `stride`; only places where the whole window fits count, so there are
(H + 2·padding - kernel_size) // stride + 1 rows, and as many columns for W. Each place makes one output.

`backward(upstream)` takes an array of the output's shape and returns the gradient of `sum(upstream * output)` for
x. An entry that several windows see gets the sum of their gradients, one that no window sees gets 0.

A loop over the kernel_size² entries of the window is enough: window entry (i, j) meets all places at once, as one
strided slice of the image (see `under_kernel`). Loops over places and samples are right as well.

Sources: lecture note 4 (layers); LeCun et al. 1998; CS231n notes, "Convolutional Neural Networks".
"""

import math

import numpy as np


def under_kernel(x, i, j, stride, rows, columns):
    """Return what window entry (i, j) sees at each of rows × columns places: (N, C, rows, columns). (given)

    A view of x, an (N, C, H, W) array: `under_kernel(dx, …)[...] += …` adds to dx itself.
    """
    return x[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]


class Conv2D:
    """A bank of filters: output[n, o] = b[o] + Σ over c, i, j of x[n, c, … + i, … + j] · w[o, c, i, j].

    This is cross-correlation, as in every deep-learning library: the kernel is not flipped. `padding` rows and
    columns of zeros are put around each image first.
    params: "w" of shape (out_channels, in_channels, kernel_size, kernel_size), at first random (ours: normal with
    variance 2 / (in_channels · kernel_size²), He et al. 2015); "b" of shape (out_channels,), at first zeros.
    `grads` holds zeros of the same names and shapes until the first `backward`.
    """

    def __init__(self, in_channels, out_channels, kernel_size, rng, stride=1, padding=0):
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        # BEGIN SOLUTION
        std = math.sqrt(2.0 / (in_channels * kernel_size**2))
        w = rng.normal(0.0, std, (out_channels, in_channels, kernel_size, kernel_size))
        self.params = {"w": w, "b": np.zeros(out_channels)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        # END SOLUTION

    def forward(self, x):
        """Return the (N, out_channels, rows, columns) output; x is an (N, in_channels, H, W) array."""
        # BEGIN SOLUTION
        p, w, b = self.padding, self.params["w"], self.params["b"]
        self.padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = ((size - self.kernel_size) // self.stride + 1 for size in self.padded.shape[2:])
        output = np.zeros((len(x), len(b), rows, columns)) + b[:, np.newaxis, np.newaxis]
        for i, j in np.ndindex(self.kernel_size, self.kernel_size):
            seen = under_kernel(self.padded, i, j, self.stride, rows, columns)
            output += np.einsum("ncyx,oc->noyx", seen, w[:, :, i, j])
        return output
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape of x; set both `grads` anew. upstream is (N, out_channels, rows, columns)."""
        # BEGIN SOLUTION
        p, w = self.padding, self.params["w"]
        rows, columns = upstream.shape[2:]
        dw, dx = np.zeros_like(w), np.zeros_like(self.padded)
        for i, j in np.ndindex(self.kernel_size, self.kernel_size):
            seen = under_kernel(self.padded, i, j, self.stride, rows, columns)
            dw[:, :, i, j] = np.einsum("noyx,ncyx->oc", upstream, seen)
            shares = np.einsum("noyx,oc->ncyx", upstream, w[:, :, i, j])
            under_kernel(dx, i, j, self.stride, rows, columns)[...] += shares  # windows overlap: add
        self.grads = {"w": dw, "b": upstream.sum(axis=(0, 2, 3))}
        height, width = dx.shape[2] - 2 * p, dx.shape[3] - 2 * p
        return dx[:, :, p : p + height, p : p + width]  # what the padding got is nobody's
        # END SOLUTION


class MaxPool2D:
    """The largest entry of each window, channel by channel: a gradient router, like Maximum (lecture note 3).

    The largest entry gets the whole gradient of its window. At a tie the first one does, row by row from the top
    left. stride: None means kernel_size, so that windows lie side by side. There is no padding.
    """

    def __init__(self, kernel_size, stride=None):
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.params, self.grads = {}, {}

    def forward(self, x):
        """Return the (N, C, rows, columns) maxima; x is an (N, C, H, W) array."""
        # BEGIN SOLUTION
        self.x = x
        rows, columns = ((size - self.kernel_size) // self.stride + 1 for size in x.shape[2:])
        offsets = np.ndindex(self.kernel_size, self.kernel_size)  # row by row
        windows = np.stack([under_kernel(x, i, j, self.stride, rows, columns) for i, j in offsets])
        self.winner = windows.argmax(axis=0)  # of equal ones the first
        return windows.max(axis=0)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, of the shape of x; upstream is an (N, C, rows, columns) array."""
        # BEGIN SOLUTION
        rows, columns = upstream.shape[2:]
        dx = np.zeros_like(self.x)
        for number, (i, j) in enumerate(np.ndindex(self.kernel_size, self.kernel_size)):
            shares = np.where(self.winner == number, upstream, 0.0)
            under_kernel(dx, i, j, self.stride, rows, columns)[...] += shares
        return dx
        # END SOLUTION
