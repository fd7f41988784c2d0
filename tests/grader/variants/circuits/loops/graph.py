"""A graph by counting: a node is ready when all its parents are."""

import numpy as np
from gates import Add, Multiply, Scale, Shift, Sigmoid


class Node:
    def __init__(self, name=None, gate=None, parents=()):
        self.name = name
        self.gate = gate
        self.parents = parents
        self.value = None
        self.gradient = None


class Graph:
    def __init__(self):
        self.nodes = []
        self.output = None
        self.taken = {}

    def input(self, name):
        if name in self.taken:
            raise ValueError("name used twice: " + name)
        node = Node(name=name)
        self.taken[name] = node
        self.nodes.append(node)
        return node

    def apply(self, gate, *parents):
        if id(gate) in self.taken:
            raise ValueError("gate used twice")
        node = Node(gate=gate, parents=parents)
        self.taken[id(gate)] = node
        self.nodes.append(node)
        self.output = node
        return node

    def topological_order(self):
        children = {self.output: []}
        waiting = {}
        ready = []
        todo = [self.output]
        while todo:
            node = todo.pop()
            waiting[node] = len(node.parents)
            if not node.parents:
                ready.append(node)
            for parent in node.parents:
                if parent not in children:
                    children[parent] = []
                    todo.append(parent)
                children[parent].append(node)
        order = []
        while ready:
            node = ready.pop()
            order.append(node)
            for child in children[node]:
                waiting[child] -= 1
                if waiting[child] == 0:
                    ready.append(child)
        return order

    def forward(self, **values):
        for node in self.nodes:
            if node.gate is None:
                node.value = np.array(values[node.name]) + 0.0
        for node in self.topological_order():
            if node.gate is None:
                continue
            arguments = []
            for parent in node.parents:
                arguments.append(parent.value)
            node.value = node.gate.forward(*arguments)
        return np.copy(self.output.value)

    def backward(self, upstream=1.0):
        order = self.topological_order()
        for node in self.nodes:
            node.gradient = None
        self.output.gradient = np.zeros(np.shape(self.output.value)) + upstream
        for k in range(len(order) - 1, -1, -1):
            node = order[k]
            if node.gate is None:
                continue
            gradients = node.gate.backward(node.gradient)
            if len(node.parents) == 1:
                gradients = [gradients]
            for j in range(len(node.parents)):
                parent = node.parents[j]
                if parent.gradient is None:
                    parent.gradient = np.array(gradients[j])
                else:
                    parent.gradient = parent.gradient + gradients[j]
        result = {}
        for node in self.nodes:
            if node.gate is None:
                if node.gradient is None:
                    node.gradient = np.zeros(np.shape(node.value))
                result[node.name] = np.copy(node.gradient)
        return result


def neuron_loss_graph(y, strength):
    graph = Graph()
    b = graph.input("b")
    w = graph.input("w")
    x = graph.input("x")
    penalty = graph.apply(Multiply(), graph.apply(Scale(strength), w), w)
    z = graph.apply(Add(), b, graph.apply(Multiply(), x, w))
    difference = graph.apply(Shift(-y), graph.apply(Sigmoid(), z))
    half = graph.apply(Scale(0.5), difference)
    graph.apply(Add(), penalty, graph.apply(Multiply(), half, difference))
    return graph
