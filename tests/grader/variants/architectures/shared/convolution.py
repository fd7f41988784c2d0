"""Convolution as one matrix product per image patch; both layers cut and paste patches with the same two helpers."""

import numpy as np


def places(shape, kernel, stride):
    return [(size - kernel) // stride + 1 for size in shape[2:]]


def patches(x, kernel, stride):
    """All windows of x: (N, C, rows, columns, kernel, kernel)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


def paste(pieces, shape, stride):
    """The opposite of `patches`: add each window's piece to an image of zeros."""
    image = np.zeros(shape)
    kernel = pieces.shape[-1]
    rows, columns = places(shape, kernel, stride)
    for y in range(rows):
        for x in range(columns):
            top, left = y * stride, x * stride
            image[:, :, top : top + kernel, left : left + kernel] += pieces[:, :, y, x]
    return image


class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size, rng, stride=1, padding=0):
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        shape = (out_channels, in_channels, kernel_size, kernel_size)
        self.params = {"w": rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:])), "b": np.zeros(out_channels)}
        self.grads = {name: np.zeros_like(array) for name, array in self.params.items()}

    def forward(self, x):
        n, c, height, width = x.shape
        p = self.padding
        self.image = np.zeros((n, c, height + 2 * p, width + 2 * p))
        self.inner = (..., slice(p, p + height), slice(p, p + width))
        self.image[self.inner] = x
        self.seen = patches(self.image, self.kernel_size, self.stride)
        output = np.tensordot(self.seen, self.params["w"], axes=([1, 4, 5], [1, 2, 3]))
        return np.moveaxis(output + self.params["b"], -1, 1).copy()

    def backward(self, upstream):
        self.grads = {
            "w": np.tensordot(upstream, self.seen, axes=([0, 2, 3], [0, 2, 3])),
            "b": np.sum(upstream, axis=(0, 2, 3)),
        }
        pieces = np.moveaxis(np.tensordot(upstream, self.params["w"], axes=([1], [0])), 3, 1)
        return paste(pieces, self.image.shape, self.stride)[self.inner].copy()


class MaxPool2D:
    def __init__(self, kernel_size, stride=None):
        self.kernel_size = kernel_size
        self.stride = stride or kernel_size
        self.params, self.grads = {}, {}

    def forward(self, x):
        self.shape = x.shape
        windows = patches(x, self.kernel_size, self.stride)
        flat = windows.reshape(*windows.shape[:4], -1)
        best = flat.argmax(axis=-1)[..., np.newaxis]
        self.won = np.zeros_like(flat)
        np.put_along_axis(self.won, best, 1.0, axis=-1)
        return np.take_along_axis(flat, best, axis=-1)[..., 0]

    def backward(self, upstream):
        pieces = self.won * upstream[..., np.newaxis]
        kernel = self.kernel_size
        return paste(pieces.reshape(*upstream.shape, kernel, kernel), self.shape, self.stride)
