"""Convolution and max pooling on one shared engine: unfold the windows, answer them, fold their gradients back."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

Shape = tuple[int, ...]


def under_kernel(x, i, j, stride, rows, columns):
    """Return what window entry (i, j) sees at each of rows × columns places: (N, C, rows, columns). (given)

    A view of x, an (N, C, H, W) array: `under_kernel(dx, …)[...] += …` adds to dx itself.
    """
    return x[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the windows lie: the size of the kernel, the step, and the border of zeros. Knows nothing of weights."""

    kernel_size: int
    stride: int
    padding: int = 0

    @property
    def area(self) -> int:
        """Number of entries of a window."""
        return self.kernel_size**2

    def places(self, length: int) -> int:
        """Return how many whole windows fit along an axis of this length."""
        return (length + 2 * self.padding - self.kernel_size) // self.stride + 1

    def padded_shape(self, shape: Shape) -> Shape:
        """Return the shape of images of this shape with their border."""
        samples, channels, height, width = shape
        return samples, channels, height + 2 * self.padding, width + 2 * self.padding

    def without_border(self, padded: np.ndarray) -> np.ndarray:
        """Return the view of padded images that leaves the border out."""
        border, (height, width) = self.padding, padded.shape[2:]
        return padded[:, :, border : height - border, border : width - border]

    def layers(self, padded: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Yield, for each window entry in C order, its number and the view of what it sees at all places."""
        rows, columns = ((length - self.kernel_size) // self.stride + 1 for length in padded.shape[2:])
        for number, (i, j) in enumerate(product(range(self.kernel_size), repeat=2)):
            yield number, under_kernel(padded, i, j, self.stride, rows, columns)

    def unfold(self, x: np.ndarray) -> np.ndarray:
        """Return the windows of x, a new (N, C, area, rows, columns) array."""
        padded = np.zeros(self.padded_shape(x.shape))
        self.without_border(padded)[...] = x
        samples, channels, height, width = x.shape
        windows = np.empty((samples, channels, self.area, self.places(height), self.places(width)))
        for number, seen in self.layers(padded):
            windows[:, :, number] = seen
        return windows

    def fold(self, windows: np.ndarray, shape: Shape) -> np.ndarray:
        """Return the transpose of `unfold`: each entry of an image of this shape gets the sum over its windows."""
        padded = np.zeros(self.padded_shape(shape))
        for number, seen in self.layers(padded):
            seen += windows[:, :, number]
        return self.without_border(padded).copy()


class WindowBlock(ABC):
    """A block that answers each window by itself. Subclasses say how; the windows themselves are settled here."""

    def __init__(self, geometry: Geometry, **params: np.ndarray) -> None:
        self.geometry = geometry
        self.params = params
        self.grads = {name: np.zeros_like(value) for name, value in params.items()}
        self._shape: Shape = ()

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return one number for each place and each output channel; x is an (N, C, H, W) array."""
        self._shape = x.shape
        return self.answer(self.geometry.unfold(x))

    def backward(self, upstream: np.ndarray) -> np.ndarray:
        """Return dx, of the shape of x; set `grads` anew where something is learnt."""
        return self.geometry.fold(self.blame(upstream), self._shape)

    @abstractmethod
    def answer(self, windows: np.ndarray) -> np.ndarray:
        """Return the output for (N, C, area, rows, columns) windows, and remember what `blame` needs."""

    @abstractmethod
    def blame(self, upstream: np.ndarray) -> np.ndarray:
        """Return the gradient of the windows, of their shape."""


class Conv2D(WindowBlock):
    """A bank of filters: one matrix product of the filters with all windows, laid in columns.

    params: "w" of shape (out_channels, in_channels, kernel_size, kernel_size), at first normal with variance
    2 / (in_channels · kernel_size²); "b" of shape (out_channels,), at first zeros. The kernel is not flipped.
    """

    def __init__(self, in_channels, out_channels, kernel_size, rng, stride=1, padding=0):
        geometry = Geometry(kernel_size, stride, padding)
        std = math.sqrt(2.0 / (in_channels * geometry.area))
        w = rng.normal(0.0, std, (out_channels, in_channels, kernel_size, kernel_size))
        super().__init__(geometry, w=w, b=np.zeros(out_channels))

    @property
    def filters(self) -> np.ndarray:
        """The weights as an (out_channels, in_channels · area) matrix: a view."""
        return self.params["w"].reshape(len(self.params["w"]), -1)

    def answer(self, windows):
        """Return the (N, out_channels, rows, columns) output."""
        samples, channels, area, rows, columns = windows.shape
        self._columns = windows.reshape(samples, channels * area, rows * columns)
        self._windows_shape = windows.shape
        output = (self.filters @ self._columns).reshape(samples, -1, rows, columns)
        output += self.params["b"][:, np.newaxis, np.newaxis]
        return output

    def blame(self, upstream):
        """Return the gradient of the windows; set the gradients of w and b anew."""
        g = upstream.reshape(*upstream.shape[:2], -1)
        dw = np.tensordot(g, self._columns, axes=((0, 2), (0, 2)))
        self.grads["w"] = dw.reshape(self.params["w"].shape)
        self.grads["b"] = g.sum(axis=(0, 2))
        return (self.filters.T @ g).reshape(self._windows_shape)


class MaxPool2D(WindowBlock):
    """The largest entry of each window, channel by channel; the first one in C order at a tie.

    stride: None means kernel_size, so that windows lie side by side. There is no padding.
    """

    _ENTRIES = 2  # the axis of the windows that counts their entries

    def __init__(self, kernel_size, stride=None):
        super().__init__(Geometry(kernel_size, kernel_size if stride is None else stride))

    def answer(self, windows):
        """Return the (N, C, rows, columns) maxima."""
        self._windows_shape = windows.shape
        self._winners = np.expand_dims(windows.argmax(axis=self._ENTRIES), self._ENTRIES)
        return np.take_along_axis(windows, self._winners, axis=self._ENTRIES).squeeze(self._ENTRIES)

    def blame(self, upstream):
        """Return the gradient of the windows: upstream where the winner stands, 0 elsewhere."""
        routed = np.zeros(self._windows_shape)
        np.put_along_axis(routed, self._winners, np.expand_dims(upstream, self._ENTRIES), axis=self._ENTRIES)
        return routed
