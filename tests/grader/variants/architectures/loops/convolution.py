"""Convolution and max pooling, written place by place: look at one window, do the sum, go on to the next."""

import math

import numpy as np


def count_places(length, kernel_size, stride):
    """Return how often a window of kernel_size fits into `length` entries, in steps of stride."""
    return (length - kernel_size) // stride + 1


def corners(rows, columns, stride):
    """Return a list of (y, z, top, left): each place of the output, and where its window begins."""
    places = []
    for y in range(rows):
        for z in range(columns):
            places.append((y, z, y * stride, z * stride))
    return places


def put_border(x, padding):
    """Return a copy of the images with `padding` rows and columns of zeros on all four sides."""
    samples, channels, height, width = x.shape
    padded = np.zeros((samples, channels, height + 2 * padding, width + 2 * padding))
    padded[:, :, padding : padding + height, padding : padding + width] = x
    return padded


def cut_border(padded, padding):
    """Return a copy of the images without the border: the opposite of put_border."""
    height, width = padded.shape[2] - 2 * padding, padded.shape[3] - 2 * padding
    return padded[:, :, padding : padding + height, padding : padding + width].copy()


class Conv2D:
    """A bank of filters: output[n, o] = b[o] + Σ over c, i, j of x[n, c, … + i, … + j] · w[o, c, i, j].

    The kernel is not flipped. `padding` rows and columns of zeros are put around each image first.
    params: "w" (out_channels, in_channels, kernel_size, kernel_size) and "b" (out_channels,).
    """

    def __init__(self, in_channels, out_channels, kernel_size, rng, stride=1, padding=0):
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        std = math.sqrt(2.0 / (in_channels * kernel_size * kernel_size))
        w = rng.normal(0.0, std, (out_channels, in_channels, kernel_size, kernel_size))
        b = np.zeros(out_channels)
        self.params = {"w": w, "b": b}
        self.grads = {"w": np.zeros(w.shape), "b": np.zeros(b.shape)}

    def forward(self, x):
        """Return the (N, out_channels, rows, columns) output; x is an (N, in_channels, H, W) array."""
        w, b, k = self.params["w"], self.params["b"], self.kernel_size
        self.padded = put_border(x, self.padding)
        samples, _, height, width = self.padded.shape
        rows = count_places(height, k, self.stride)
        columns = count_places(width, k, self.stride)
        self.places = corners(rows, columns, self.stride)

        filters = w.reshape(len(w), -1)  # one row of numbers for each filter
        output = np.zeros((samples, len(w), rows, columns))
        for y, z, top, left in self.places:
            output[:, :, y, z] = self.window_rows(top, left) @ filters.T + b
        return output

    def window_rows(self, top, left):
        """Return the window at one place of every sample, each laid in one row: (N, in_channels · kernel_size²)."""
        k = self.kernel_size
        return self.padded[:, :, top : top + k, left : left + k].reshape(len(self.padded), -1)

    def backward(self, upstream):
        """Return dx, of the shape of x; set both `grads` anew. upstream is (N, out_channels, rows, columns)."""
        w, k = self.params["w"], self.kernel_size
        filters = w.reshape(len(w), -1)
        dw = np.zeros(filters.shape)
        db = np.zeros(len(w))
        dpadded = np.zeros(self.padded.shape)
        for y, z, top, left in self.places:
            g = upstream[:, :, y, z]  # (N, out_channels): what comes back at this place
            dw += g.T @ self.window_rows(top, left)
            db += g.sum(axis=0)
            dwindow = (g @ filters).reshape(len(g), w.shape[1], k, k)
            dpadded[:, :, top : top + k, left : left + k] += dwindow
        self.grads["w"] = dw.reshape(w.shape)
        self.grads["b"] = db
        return cut_border(dpadded, self.padding)


def first_largest(image, top, left, kernel_size):
    """Return (row, column) of the largest entry of a window, the first one at a tie. image: a list of lists."""
    best_row, best_column = top, left
    best = image[top][left]
    for row in range(top, top + kernel_size):
        for column in range(left, left + kernel_size):
            if image[row][column] > best:  # >, not >=: an equal one comes too late
                best_row, best_column = row, column
                best = image[row][column]
    return best_row, best_column


class MaxPool2D:
    """The largest entry of each window, channel by channel, gets the whole gradient of its window.

    At a tie the first one does, row by row from the top left. stride: None means kernel_size.
    """

    def __init__(self, kernel_size, stride=None):
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.params, self.grads = {}, {}

    def forward(self, x):
        """Return the (N, C, rows, columns) maxima; x is an (N, C, H, W) array."""
        k = self.kernel_size
        samples, channels, height, width = x.shape
        rows = count_places(height, k, self.stride)
        columns = count_places(width, k, self.stride)
        self.shape = x.shape
        self.winners = []  # (place in the output, where its winner stands in x)
        output = np.zeros((samples, channels, rows, columns))
        places = corners(rows, columns, self.stride)
        for n in range(samples):
            for c in range(channels):
                image = x[n, c].tolist()
                for y, z, top, left in places:
                    row, column = first_largest(image, top, left, k)
                    output[n, c, y, z] = image[row][column]
                    self.winners.append(((n, c, y, z), (n, c, row, column)))
        return output

    def backward(self, upstream):
        """Return dx, of the shape of x; upstream is an (N, C, rows, columns) array."""
        dx = np.zeros(self.shape)
        for place, winner in self.winners:
            dx[winner] += upstream[place]
        return dx
