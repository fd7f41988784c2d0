"""The test of Maximum, entry by entry, in plain Python."""

import numpy as np


def check_maximum(Maximum):
    rng = np.random.default_rng(7)
    shapes = [((3, 2), (3, 2)), ((3, 2), (2,)), ((1, 2), (3, 2)), ((3, 1), (3, 2)), ((), (4,)), ((4,), ())]
    gates = [(Maximum(), *(np.round(rng.normal(size=shape) * 2) / 2 for shape in pair)) for pair in shapes]
    for gate, x, y in gates:
        out = gate.forward(x, y)
        if not (np.shape(out) == np.broadcast(x, y).shape and np.all(out == np.where(x >= y, x, y))):
            raise AssertionError("forward")
    for gate, x, y in gates:
        upstream = rng.normal(size=np.broadcast(x, y).shape)
        kept = upstream.copy()
        dx, dy = gate.backward(upstream)
        want_x, want_y = np.zeros(x.shape), np.zeros(y.shape)
        bx, by = np.broadcast_arrays(x, y)
        for place in np.ndindex(upstream.shape):
            want, given = (want_x, x) if bx[place] >= by[place] else (want_y, y)
            own = place[len(place) - given.ndim :]
            want[tuple(0 if given.shape[i] == 1 else k for i, k in enumerate(own))] += kept[place]
        for got, want in ((dx, want_x), (dy, want_y)):
            if np.shape(got) != want.shape or np.max(np.abs(got - want)) > 1e-9:
                raise AssertionError("backward")
        if np.any(upstream != kept):
            raise AssertionError("upstream was changed")
