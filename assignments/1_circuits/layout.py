"""Where the nodes of a drawn circuit stand: layers by longest path, few crossings, straight wires. Given.

Used by `drawing.py`. The method is Sugiyama's (1981): layers, then order, then coordinates.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean as mean

COLUMN, ROW = 104.0, 82.0


@dataclass(eq=False)
class Place:
    """A node of the graph, or a bend (`node` is None) of a wire that passes a layer."""

    node: object
    layer: int
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    left: list = field(default_factory=list)
    right: list = field(default_factory=list)


def layers_of(nodes):
    """Layer of each node: one more than its last parent; an input stands just before its first consumer."""
    layer = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = False
        for node in nodes:
            deepest = max((layer[p] + 1 for p in node.parents), default=0)
            moved |= deepest != layer[node]
            layer[node] = deepest
        if not moved:
            break
    for node in nodes:
        uses = [layer[child] for child in nodes if node in child.parents]
        if not node.parents and uses:
            layer[node] = min(uses) - 1
    return layer


def wires_of(nodes, place):
    """One list of places per (parent, slot, child): the parent, a bend in every layer between, the child."""
    wires = []
    for child in nodes:
        for slot, parent in enumerate(child.parents):
            bends = [Place(None, k) for k in range(place[parent].layer + 1, place[child].layer)]
            route = [place[parent], *bends, place[child]]
            for a, b in pairwise(route):
                a.right.append(b)
                b.left.append(a)
            wires.append((parent, slot, child, route))
    return wires


def crossings(columns):
    """How many pairs of wires cross, a wire being a straight line between neighbouring columns."""
    total = 0
    for column, following in pairwise(columns):
        position = {id(p): i for i, p in enumerate(following)}
        ends = [(i, position[id(q)]) for i, p in enumerate(column) for q in p.right]
        total += sum((a - c) * (b - d) < 0 for k, (a, b) in enumerate(ends) for c, d in ends[:k])
    return total


def untangle(columns):
    """Reorder each column by the mean place of its neighbours; keep the order with the fewest crossings."""
    best, fewest = [list(c) for c in columns], crossings(columns)
    for sweep in range(12):
        side = "left" if sweep % 2 == 0 else "right"
        order = columns if side == "left" else columns[::-1]
        rank = {id(p): float(i) for c in columns for i, p in enumerate(c)}
        for column in order:
            column.sort(key=lambda p: mean([rank[id(q)] for q in getattr(p, side)] or [rank[id(p)]]))
            rank.update((id(p), float(i)) for i, p in enumerate(column))
        if crossings(columns) < fewest:
            best, fewest = [list(c) for c in columns], crossings(columns)
    return best


def spread(wanted, gap):
    """The positions nearest to `wanted` (least squares) that keep their order and a distance of `gap`."""
    blocks = []
    for i, y in enumerate(wanted):
        blocks.append([y - i * gap, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    levels = [level for level, count in blocks for _ in range(count)]
    return [level + i * gap for i, level in enumerate(levels)]


def align(columns, gap):
    """Heights: each place near the mean of its neighbours, at last level with what comes before it."""
    for column in columns:
        for i, p in enumerate(column):
            p.y = (i - (len(column) - 1) / 2) * gap
    for turn in range(60):
        for column in columns if turn % 2 else columns[::-1]:
            wanted = [mean([q.y for q in p.left + p.right] or [p.y]) for p in column]
            move(column, wanted, gap)
    for column in columns:
        move(column, [mean([q.y for q in p.left] or [p.y]) for p in column], gap)


def move(column, wanted, gap):
    """Put the places of a column as near to the heights `wanted` as order and gap allow."""
    for p, y in zip(column, spread(wanted, gap), strict=True):
        p.y = float(y)


def arrange(nodes, width):
    """Places of all nodes and routes of all wires, with coordinates; `width(node)` is a node's width."""
    place = {node: Place(node, layer, width=width(node)) for node, layer in layers_of(nodes).items()}
    wires = wires_of(nodes, place)
    bends = [p for *_, route in wires for p in route[1:-1]]
    places = [*place.values(), *bends]
    columns = [[p for p in places if p.layer == k] for k in range(1 + max(p.layer for p in places))]
    columns = untangle(columns)
    align(columns, ROW * (1.3 if max(len(p.right) for p in places) > 2 else 1.0))
    x = 0.0
    for column in columns:
        widest = max(p.width for p in column)
        for p in column:
            p.x = x + widest / 2
        x += widest + COLUMN + 44 * max(0, max(len(p.right) for p in column) - 2)
    return place, wires
