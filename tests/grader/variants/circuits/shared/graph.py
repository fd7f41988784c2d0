"""A graph whose methods share the order, which is computed once per output."""

import numpy as np

from .gates import Add, Multiply, Scale, Shift, Sigmoid, to_float


class Node:
    def __init__(self, name=None, gate=None, parents=()):
        self.name, self.gate, self.parents = name, gate, tuple(parents)
        self.value = self.gradient = None


class Graph:
    def __init__(self):
        self.nodes = []
        self.output = None
        self.cache = (None, [])
        self.gates_by_id = {}

    def input(self, name):
        if any(node.name == name for node in self.nodes if node.gate is None):
            raise ValueError(f"input {name} is there already")
        self.nodes.append(Node(name))
        return self.nodes[-1]

    def apply(self, gate, *parents):
        if id(gate) in self.gates_by_id:
            raise ValueError("this gate is used already")
        self.gates_by_id[id(gate)] = gate
        self.output = Node(None, gate, parents)
        self.nodes.append(self.output)
        return self.output

    def topological_order(self):
        cached_output, order = self.cache
        if cached_output is not self.output:
            order = self.compute_order()
            self.cache = (self.output, order)
        return list(order)

    def compute_order(self):
        order, done, stack = [], set(), [(self.output, False)]
        while stack:
            node, parents_done = stack.pop()
            if parents_done:
                order.append(node)
            elif id(node) not in done:
                done.add(id(node))
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents if id(parent) not in done)
        return order

    def inputs(self):
        return [node for node in self.nodes if node.gate is None]

    def forward(self, **values):
        for node in self.inputs():
            node.value = to_float(values[node.name]).copy()
        for node in self.topological_order():
            if node.gate:
                node.value = node.gate.forward(*[parent.value for parent in node.parents])
        return to_float(self.output.value).copy()

    def backward(self, upstream=1.0):
        order = self.topological_order()
        for node in self.inputs() + order:
            node.gradient = np.zeros_like(to_float(node.value))
        self.output.gradient = self.output.gradient + upstream
        for node in order[::-1]:
            if node.gate:
                gradients = node.gate.backward(node.gradient)
                gradients = [gradients] if len(node.parents) == 1 else gradients
                for i, parent in enumerate(node.parents):
                    parent.gradient = parent.gradient + gradients[i]
        return {node.name: np.array(node.gradient) for node in self.inputs()}


def square(graph, node):
    return graph.apply(Multiply(), node, node)


def neuron_loss_graph(y, strength):
    g = Graph()
    w, x, b = (g.input(name) for name in "wxb")
    s = g.apply(Sigmoid(), g.apply(Add(), g.apply(Multiply(), w, x), b))
    residual = g.apply(Shift(y), g.apply(Scale(-1.0), s))
    g.apply(Add(), g.apply(Scale(0.5), square(g, residual)), g.apply(Scale(strength), square(g, w)))
    return g
