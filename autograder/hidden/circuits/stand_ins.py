"""What stands in for the prerequisites of assignment 1 that the generic shells cannot do.

A graph lives in the worker, and so do its gates: the shells pass the wiring as lists of numbers and get the order
back. A function to differentiate may live there too, and a callback never calls the student: the shell asks for the
points, evaluates f at them, and asks for the result.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.suite.standins import StandIn

ORDER_SHELL = """
def stand_in(reference):
    def topological_order(self):
        places = {id(node): place for place, node in enumerate(self.nodes)}
        parents = [[places[id(parent)] for parent in node.parents] for node in self.nodes]
        return [self.nodes[place] for place in reference(parents, places[id(self.output)])]
    return topological_order
"""

FORWARD_SHELL = """
def stand_in(reference):
    def forward(self, **values):
        places = {id(node): place for place, node in enumerate(self.nodes)}
        parents = [[places[id(parent)] for parent in node.parents] for node in self.nodes]
        names = [node.name if node.gate is None else None for node in self.nodes]
        order, ready = reference(parents, places[id(self.output)], names, values)
        for node, value in zip(self.nodes, ready):
            node.value = value
        for node in (self.nodes[place] for place in order):
            if node.gate is not None:
                node.value = node.gate.forward(*(parent.value for parent in node.parents))
        return np.array(self.output.value)
    return forward
"""

BACKWARD_SHELL = """
def stand_in(reference):
    def backward(self, upstream=1.0):
        places = {id(node): place for place, node in enumerate(self.nodes)}
        parents = [[places[id(parent)] for parent in node.parents] for node in self.nodes]
        order, zeros = reference(parents, places[id(self.output)], [node.value for node in self.nodes])
        for node, zero in zip(self.nodes, zeros):
            node.gradient = zero
        self.output.gradient += upstream
        for node in (self.nodes[place] for place in reversed(order)):
            if node.gate is not None:
                parts = node.gate.backward(node.gradient)
                for parent, part in zip(node.parents, parts if len(node.parents) > 1 else (parts,)):
                    parent.gradient += part
        return {node.name: node.gradient.copy() for node in self.nodes if node.gate is None}
    return backward
"""

NUMERIC_SHELL = """
def stand_in(reference):
    def numerical_gradient(f, x, h=1e-5):
        return reference(x, h, [f(point) for point in reference(x, h, None)])
    return numerical_gradient
"""


def _reference(module: str) -> Any:
    return importlib.import_module(f"solutions.{module}")


def _wired(parents: Sequence[Sequence[int]], output: int) -> tuple[Any, list[Any]]:
    """The reference's graph of that wiring, without gates, and its nodes."""
    module = _reference("graph")
    graph = module.Graph()
    nodes = [module.Node() for _ in parents]
    for node, places in zip(nodes, parents, strict=True):
        node.parents = tuple(nodes[place] for place in places)
    graph.nodes, graph.output = list(nodes), nodes[output]
    return graph, nodes


def order(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    """The reference's order, by the nodes' places. parents: for each node the places of its parents."""
    graph, nodes = _wired(parents, output)
    places = {id(node): place for place, node in enumerate(nodes)}
    return [places[id(node)] for node in graph.topological_order()]


def forward_plan(
    parents: Sequence[Sequence[int]], output: int, names: Sequence[str | None], values: dict[str, Any]
) -> tuple[list[int], list[Any]]:
    """The order, and the value each node has before a gate runs: an input's as the reference takes it, else None."""
    module = _reference("graph")
    inputs = module.Graph()
    nodes = {name: inputs.input(name) for name in names if name is not None}
    inputs.output = next(iter(nodes.values()))
    inputs.forward(**values)
    return order(parents, output), [None if name is None else nodes[name].value for name in names]


def backward_plan(parents: Sequence[Sequence[int]], output: int, values: Sequence[Any]) -> tuple[list[int], list[Any]]:
    """The order, and the gradient each node starts from: zeros, or None where the value is."""
    zeros = [None if value is None else np.zeros(np.shape(value), np.asarray(value).dtype) for value in values]
    return order(parents, output), zeros


def two_phases(x: Any, h: float, answers: Sequence[Any] | None) -> Any:
    """Without ``answers`` the points at which the reference calls f; with them, in that order, its result."""
    points: list[Any] = []
    left = iter(answers or ())

    def f(point: Any) -> Any:
        points.append(point)
        return 0.0 if answers is None else next(left)

    result = _reference("numeric").numerical_gradient(f, x, h)
    return points if answers is None else result


def _always(answerer: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    return lambda: answerer


STAND_INS = {
    "topological_order": StandIn(ORDER_SHELL, _always(order)),
    "graph_forward": StandIn(FORWARD_SHELL, _always(forward_plan)),
    "graph_backward": StandIn(BACKWARD_SHELL, _always(backward_plan)),
    "numerical_gradient": StandIn(NUMERIC_SHELL, _always(two_phases)),
}
