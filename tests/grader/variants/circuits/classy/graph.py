"""A graph with properties, an enum of colours and a small builder language."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt  # needless imports are a style, too
import numpy as np

from student_src.gates import Add, Multiply, Scale, Shift, Sigmoid, as_floating


class Colour(enum.Enum):
    GREY = enum.auto()
    BLACK = enum.auto()


@dataclass(eq=False)
class Node:
    name: str | None = None
    gate: Any = None
    parents: tuple[Node, ...] = ()
    value: Any = field(default=None, repr=False)
    gradient: Any = field(default=None, repr=False)

    @property
    def is_input(self) -> bool:
        return self.gate is None


class Graph:
    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._output: Node | None = None
        self._places: dict[int, Any] = {}

    @property
    def output(self) -> Node | None:
        return self._output

    @output.setter
    def output(self, node: Node) -> None:
        self._output = node

    @property
    def inputs(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes if node.is_input}

    def input(self, name: str) -> Node:
        if name in self.inputs:
            raise ValueError(f"duplicate input {name}")
        node = Node(name=name)
        self.nodes.append(node)
        return node

    def apply(self, gate: Any, *parents: Node) -> Node:
        if id(gate) in self._places:
            raise ValueError("duplicate gate")
        self._places[id(gate)] = gate
        self.output = Node(gate=gate, parents=parents)
        self.nodes.append(self.output)
        return self.output

    def topological_order(self) -> list[Node]:
        colours: dict[Node, Colour] = {}
        order: list[Node] = []
        stack = [self.output]
        while stack:
            node = stack[-1]
            match colours.get(node):
                case None:
                    colours[node] = Colour.GREY
                    stack += [parent for parent in node.parents if parent not in colours]
                case Colour.GREY:
                    colours[node] = Colour.BLACK
                    order.append(node)
                    stack.pop()
                case Colour.BLACK:
                    stack.pop()
        return order

    def forward(self, **values: Any) -> np.ndarray:
        for name, node in self.inputs.items():
            node.value = as_floating(values[name]).copy()
        for node in self.topological_order():
            if not node.is_input:
                node.value = node.gate.forward(*(parent.value for parent in node.parents))
        return np.array(self.output.value)

    def backward(self, upstream: Any = 1.0) -> dict[str, np.ndarray]:
        order = self.topological_order()
        totals: dict[int, Any] = {}
        totals[id(self.output)] = np.broadcast_to(upstream, np.shape(self.output.value)).astype(float)
        for node in order[::-1]:
            node.gradient = np.array(totals[id(node)])
            if node.is_input:
                continue
            result = node.gate.backward(node.gradient)
            for parent, part in zip(node.parents, result if isinstance(result, tuple) else (result,), strict=True):
                totals[id(parent)] = totals.get(id(parent), 0.0) + part
        for node in self.inputs.values():
            if id(node) not in totals:
                node.gradient = np.zeros_like(node.value)
        return {name: node.gradient.copy() for name, node in self.inputs.items()}


class Wire:
    """A node with operators, so that a formula reads as a formula."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self.graph, self.node = graph, node

    def __add__(self, other: Wire | float) -> Wire:
        if isinstance(other, Wire):
            return Wire(self.graph, self.graph.apply(Add(), self.node, other.node))
        return Wire(self.graph, self.graph.apply(Shift(other), self.node))

    def __mul__(self, other: Wire | float) -> Wire:
        if isinstance(other, Wire):
            return Wire(self.graph, self.graph.apply(Multiply(), self.node, other.node))
        return Wire(self.graph, self.graph.apply(Scale(other), self.node))

    def sigmoid(self) -> Wire:
        return Wire(self.graph, self.graph.apply(Sigmoid(), self.node))


def neuron_loss_graph(y: float, strength: float) -> Graph:
    graph = Graph()
    w, x, b = (Wire(graph, graph.input(name)) for name in ("w", "x", "b"))
    error = (w * x + b).sigmoid() * -1.0 + y
    loss = error * error * 0.5 + w * w * strength
    graph.output = loss.node
    return graph


if __name__ == "__main__":
    print(neuron_loss_graph(1.0, 0.1).forward(w=0.7, x=1.5, b=-0.2))
