"""Pictures for the notebook of assignment 1. Given, not graded: nothing to write here.

`draw_circuit(graph)` draws your own circuit from left to right, as in the lecture: on every wire the value
stands above (blue), the gradient that comes back through this wire below (orange). Needs nothing but NumPy.
"""

import math
from html import escape
from pathlib import Path

import numpy as np
from layout import arrange

VALUE, GRADIENT, INK, PAPER, WIRE = "#0b5cad", "#c2410c", "#334155", "#ffffff", "#94a3b8"
PILL, MARGIN = 38.0, 26.0
MOST_NODES = 120
FONT = "font-family='DejaVu Sans Mono, Menlo, Consolas, monospace' font-size='12.5'"
SYMBOLS = {
    "Add": "+", "Multiply": "×", "Maximum": "max", "Exp": "exp", "Log": "log",
    "Reciprocal": "1/x", "Sigmoid": "σ", "MatMul": "@",
}  # fmt: skip


class Svg(str):
    """SVG text that a notebook shows as a picture."""

    def _repr_svg_(self):
        return str(self)

    def __repr__(self):
        return f"<SVG picture, {len(self)} characters: show it in a notebook, or save it>"

    def save(self, path):
        """Write the picture to `path`, for example `picture.save("neuron.svg")`."""
        Path(path).write_text(self, encoding="utf-8")


def number(value):
    """A value as a short text: four decimals, or its shape if it has more than one entry."""
    array = np.asarray(value, dtype=float)
    if array.size != 1:
        return str(array.shape)
    x = float(array.reshape(()))
    if x == 0 or not math.isfinite(x):
        return format(x + 0.0, "g")
    if not 1e-3 <= abs(x) < 1e5:
        return format(x, ".2e")
    return format(x, ".4f").rstrip("0").rstrip(".")


def symbol(node):
    """What is written inside a node: the name of an input, the sign of a gate."""
    if node.gate is None:
        return str(node.name)
    kind = type(node.gate).__name__
    if kind == "Scale" and hasattr(node.gate, "factor"):
        return "× " + number(node.gate.factor)
    if kind == "Shift" and hasattr(node.gate, "offset"):
        sign = "−" if node.gate.offset < 0 else "+"
        return f"{sign} {number(abs(node.gate.offset))}"
    return SYMBOLS.get(kind, kind)


def needed(graph):
    """The nodes that the output depends on, itself included."""
    seen, todo = set(), [graph.output]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo.extend(node.parents)
    return seen


def wire_gradients(graph):
    """(child, slot) → the gradient that this wire carries back; empty before `graph.backward`."""
    found = {}
    for node in needed(graph):
        if node.gate is None or node.gradient is None or node.value is None:
            continue
        back = node.gate.backward(np.array(node.gradient, dtype=float))
        parts = back if isinstance(back, tuple | list) else (back,)
        found.update({(node, slot): part for slot, part in enumerate(parts)})
    return found


def text(x, y, content, colour, anchor="middle", weight="normal"):
    """A text with a white rim, so that it stays readable on top of a wire."""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-weight='{weight}' fill='{colour}' "
        f"stroke='{PAPER}' stroke-width='4' stroke-linejoin='round' paint-order='stroke'>"
        f"{escape(content)}</text>"
    )


def labels(x, y, value, gradient):
    """The value above the point (x, y), the gradient below it."""
    above = [] if value is None else [text(x, y - 6, number(value), VALUE)]
    return above + ([] if gradient is None else [text(x, y + 15, number(gradient), GRADIENT)])


def curve(route, start, end, bow):
    """One wire as cubic Bézier pieces, arrays (4, 2): level at both ends, without kinks at the bends."""
    points = np.array([(p.x, p.y) for p in route])
    points[0] += (route[0].width / 2 - abs(start) / 6, start)
    points[-1] += (-route[-1].width / 2 - 1, end)
    slope = np.zeros(len(points))
    rise = np.diff(points[:, 1]) / np.diff(points[:, 0])
    one_way = rise[:-1] * rise[1:] > 0  # elsewhere level, or the curve would swing past its bends
    slope[1:-1][one_way] = 2 / (1 / rise[:-1][one_way] + 1 / rise[1:][one_way])
    pieces = []
    for i in range(len(points) - 1):
        half = (points[i + 1, 0] - points[i, 0]) / (2 if len(points) == 2 else 3)
        first = points[i] + np.array([half, half * slope[i] + bow])
        last = points[i + 1] - np.array([half, half * slope[i + 1] - bow])
        pieces.append(np.array([points[i], first, last, points[i + 1]]))
    return pieces


def label_spot(pieces, taken, length):
    """The point of the wire where a label of `length` characters covers least of the boxes in `taken`.

    taken: their centres and their sizes, two lists; the label's box is added.
    """
    box = np.array([length * 7.6 + 4, 38.0])
    best, least = pieces[0][0], math.inf
    for i, t in [(i, t) for t in (0.45, 0.55, 0.35, 0.65, 0.75, 0.25) for i in range(len(pieces))]:
        spot = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3]) @ pieces[i]
        covered = 0.02 * abs(pieces[i][0, 1] - pieces[i][3, 1])
        centres, sizes = taken
        overlap = np.maximum(0, (box + np.array(sizes)) / 2 - np.abs(spot - np.array(centres)))
        covered += float(overlap.prod(axis=1).sum())
        if covered < least:
            best, least = spot, covered
    taken[0].append(best)
    taken[1].append(box)
    return best


def draw_wire(pieces):
    """The path of one wire."""
    path = "M {:.1f} {:.1f}".format(*pieces[0][0])
    path += "".join(" C" + "".join(f" {v:.1f}" for v in piece[1:].ravel()) for piece in pieces)
    return f"<path d='{path}' fill='none' stroke='{WIRE}' stroke-width='1.8' marker-end='url(#tip)'/>"


def ports_of(wires):
    """(child, slot) → (start, end, bow): where a wire leaves and arrives beside the middle of a node, and how
    far it bows out. Wires keep the order in which they come, so that they do not cross at a node."""
    ends = {}
    for child in {w[2] for w in wires}:
        arriving = sorted((w for w in wires if w[2] is child), key=lambda w: (w[3][-2].y, w[1]))
        parents = [w[0] for w in arriving]
        for k, (parent, slot, _, _) in enumerate(arriving):
            twins = [i for i, p in enumerate(parents) if p is parent]
            bow = (k - sum(twins) / len(twins)) * 70 if len(twins) > 1 else 0.0
            ends[child, slot] = 0.0, fan(k, len(arriving), 16), bow
    for parent in {w[0] for w in wires}:
        leaving = sorted((w for w in wires if w[0] is parent), key=lambda w: (w[3][1].y, ends[w[2], w[1]][2]))
        for k, (_, slot, child, _) in enumerate(leaving):
            ends[child, slot] = fan(k, len(leaving), 9), *ends[child, slot][1:]
    return ends


def fan(k, count, step):
    """The height of the k-th of `count` wires at a node, 0 for the middle one."""
    return (k - (count - 1) / 2) * min(step, 30 / count)


def width_of(node):
    """The width of a node's pill."""
    return max(PILL, 8.2 * len(symbol(node)) + 20)


def draw_node(place, total):
    """The pill of a node; `total` is the gradient of a node with several consumers, or None."""
    x, y, width = place.x, place.y, place.width
    fill, radius = ("#e2e8f0", 7) if place.node.gate is None else ("#fef3c7", PILL / 2)
    drawn = [
        f"<rect x='{x - width / 2:.1f}' y='{y - PILL / 2:.1f}' width='{width:.1f}' height='{PILL}' "
        f"rx='{radius}' fill='{fill}' stroke='{INK}' stroke-width='1.4'/>",
        f"<text x='{x:.1f}' y='{y + 4.5:.1f}' text-anchor='middle' fill='{INK}' font-weight='bold' "
        f"font-size='14'>{escape(symbol(place.node))}</text>",
    ]
    if total is not None:
        drawn.append(text(x, y + PILL / 2 + 15, "Σ " + number(total), GRADIENT, weight="bold"))
    return drawn


def page(width, height, body, title):
    """A white page with a picture and its title (for screen readers)."""
    return Svg(
        f"<svg xmlns='http://www.w3.org/2000/svg' role='img' width='{width:.0f}' height='{height:.0f}' "
        f"viewBox='0 0 {width:.0f} {height:.0f}' {FONT}><title>{escape(title)}</title>"
        "<defs><marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' "
        f"orient='auto'><path d='M 0 0.8 L 8 4 L 0 7.2 z' fill='{WIRE}'/></marker></defs>"
        f"<rect width='100%' height='100%' rx='8' fill='{PAPER}'/>{''.join(body)}</svg>"
    )


def draw_wires(graph, place, wires):
    """Paths and labels of all wires between nodes."""
    back, ends = wire_gradients(graph), ports_of(wires)
    lines, notes = [], []
    taken = [[p.x, p.y + 6] for p in place.values()], [[p.width, PILL + 14] for p in place.values()]
    for parent, slot, child, route in wires:
        pieces, gradient = curve(route, *ends[child, slot]), back.get((child, slot))
        lines.append(draw_wire(pieces))
        length = max(len(number(v)) for v in (parent.value, gradient, 0.0) if v is not None)
        notes += labels(*label_spot(pieces, taken, length), parent.value, gradient)
    return lines, notes


def draw_circuit(graph, title="circuit"):
    """The circuit of `graph` as an SVG picture, left to right.

    Uses only `graph.nodes`, `graph.output` and, of each node, `name`, `gate`, `parents`, `value`, `gradient`.
    Call `graph.forward` (and `graph.backward`) first to see numbers. A node with several consumers shows its
    summed gradient as Σ under the node; the gradient on a wire is what this one wire brings back.
    """
    nodes = list(graph.nodes)
    if not 0 < len(nodes) <= MOST_NODES:
        return page(420, 60, [text(210, 34, f"{len(nodes)} nodes: 1 to {MOST_NODES} can be drawn", INK)], title)
    place, wires = arrange(nodes, width_of)
    lines, notes = draw_wires(graph, place, wires)
    uses = {node: sum(w[0] is node for w in wires) for node in nodes}
    right = max(p.x + p.width / 2 for p in place.values()) + 84
    for node, p in place.items():
        start, end = p.x + p.width / 2, right if node is graph.output else p.x + p.width / 2 + 60
        if node is graph.output:
            lines.append(draw_wire([np.array([(start, p.y), (start, p.y), (end, p.y), (end, p.y)])]))
        if node is graph.output or not uses[node]:
            notes += labels((start + end) / 2, p.y, node.value, node.gradient)
        notes += draw_node(p, node.gradient if uses[node] > 1 else None)
    heights = [q.y for w in wires for q in w[3]] + [p.y for p in place.values()]
    top, bottom = min(heights) - PILL / 2 - 34, max(heights) + PILL / 2 + 40
    width, height = right + 2 * MARGIN, bottom - top + MARGIN
    legend = [
        text(MARGIN, height - 12, "above: value →", VALUE, "start"),
        text(MARGIN + 130, height - 12, "below: gradient ←", GRADIENT, "start"),
    ]
    shift = f"<g transform='translate({MARGIN} {-top:.1f})'>"
    return page(width, height, [shift, *lines, *notes, "</g>", *legend], title)
