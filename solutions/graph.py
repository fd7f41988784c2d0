"""A computational graph: gates wired together, run forwards, then backwards.

Forwards, every node is computed from its parents. Backwards, every node hands each parent its share of the
gradient, and a node that feeds several others adds up what they send. Both walk one list, the topological
order, in which parents come before their children; the backward pass reads it from the end.

Source: lecture note 4 (forward and backward over v_1 … v_N); lecture note 3 (gradients add at branches).
"""

import numpy as np

from .gates import Add, Multiply, Scale, Shift, Sigmoid


class Node:
    """One value of the graph: an input, or the output of a gate. (given)

    name: the input's name, None for the output of a gate. gate: the gate, None for an input.
    parents: tuple of the nodes that the gate reads, in order; one node may stand there several times.
    value: set by Graph.forward. gradient: set by Graph.backward. Both None before.
    Nodes are compared by identity, so they may stand in sets and be keys of dicts.
    """

    def __init__(self, name=None, gate=None, parents=()):
        self.name = name
        self.gate = gate
        self.parents = tuple(parents)
        self.value = None
        self.gradient = None

    def __repr__(self):
        return f"Node({self.name or type(self.gate).__name__})"


class Graph:
    """A graph of gates, built node by node: `x = graph.input("x")`, `y = graph.apply(Exp(), x)`.

    nodes: list of all nodes, in no particular order (tests shuffle it: do not rely on it).
    output: the node applied last; you may set it to another node.
    """

    def __init__(self):
        """Start an empty graph. (given)"""
        self.nodes = []
        self.output = None
        self._names = set()
        self._gates = {}  # by id: gates need not be hashable

    def input(self, name):
        """Add an input and return its node. ValueError if the name is used already. (given)"""
        if name in self._names:
            raise ValueError(f"the graph has an input {name!r} already: give each input its own name")
        self._names.add(name)
        self.nodes.append(Node(name=name))
        return self.nodes[-1]

    def apply(self, gate, *parents):
        """Add a gate that reads `parents`, make its node the output, and return it. (given)

        ValueError if there is no parent, or if this very gate instance stands in the graph already: a gate
        keeps what its backward pass needs, so it can serve at one place only.
        """
        if not parents:
            raise ValueError("apply needs at least one parent: graph.apply(gate, x)")
        if id(gate) in self._gates:
            raise ValueError(f"this {type(gate).__name__} is in the graph already: make one for each place")
        self._gates[id(gate)] = gate
        self.output = Node(gate=gate, parents=parents)
        self.nodes.append(self.output)
        return self.output

    def topological_order(self):
        """Return the list of the nodes that `output` depends on: itself included, once each, parents first.

        Any order with parents before children is right. O(V + E) steps, and no recursion: a graph may be
        thousands of nodes deep. Nodes that `output` does not depend on are left out.
        Source: depth-first search, a node noted when all its parents are (lecture note 4: i = 1, …, N).
        """
        # BEGIN SOLUTION
        order, seen = [], {self.output}
        stack = [(self.output, iter(self.output.parents))]
        while stack:
            node, parents = stack[-1]
            for parent in parents:  # goes on where it stopped the last time
                if parent not in seen:
                    seen.add(parent)
                    stack.append((parent, iter(parent.parents)))
                    break
            else:  # all parents are noted
                order.append(node)
                stack.pop()
        return order
        # END SOLUTION

    def forward(self, **values):
        """Compute the graph and return the output's value, a new array: `graph.forward(x=2.0, y=3.0)`.

        values: one array or number per input, also for inputs that the output does not depend on; integers
        count as float64. ValueError if one is missing, or if there is no input of that name.
        Sets `value` of every input and of every node that the output depends on; each of those gates runs
        forward once. Gates that the output does not depend on do not run; their `value` is None.
        Source: lecture note 4, "compute v_i as function of parents(v_i)".
        """
        # BEGIN SOLUTION
        inputs = {node.name: node for node in self.nodes if node.gate is None}
        if inputs.keys() != values.keys():
            raise ValueError(f"forward needs a value for each of {sorted(inputs)}, and got {sorted(values)}")
        for node in self.nodes:
            node.value = None
        for name, value in values.items():
            value = np.array(value)
            inputs[name].value = value if value.dtype.kind == "f" else value.astype(np.float64)
        for node in self.topological_order():
            if node.gate is not None:
                node.value = node.gate.forward(*(parent.value for parent in node.parents))
        return np.array(self.output.value)
        # END SOLUTION

    def backward(self, upstream=1.0):
        """Return {input name: gradient of sum(upstream * output)}, for every input. Call `forward` before.

        upstream: number or array, broadcast to the output's shape. A gradient has the shape and dtype of its
        input's value; it is zero where the output does not depend on the input. Each call starts afresh.
        Sets `gradient` of every input and of every node that the output depends on; each of those gates runs
        backward once. For the gates that the output does not depend on, `gradient` is None.
        Source: lecture note 4, dL/dv_i = Σ_j dL/dv_j · dv_j/dv_i over the children j of i.
        """
        # BEGIN SOLUTION
        order = self.topological_order()
        inputs = [node for node in self.nodes if node.gate is None]
        for node in self.nodes:
            node.gradient = None
        for node in (*inputs, *order):
            node.gradient = np.zeros_like(node.value)
        self.output.gradient += upstream
        for node in reversed(order):
            if node.gate is not None:
                gradients = node.gate.backward(node.gradient)
                if len(node.parents) == 1:
                    gradients = (gradients,)
                for parent, gradient in zip(node.parents, gradients, strict=True):
                    parent.gradient += gradient
        return {node.name: node.gradient.copy() for node in inputs}
        # END SOLUTION


def neuron_loss_graph(y, strength):
    """Return the Graph of the loss of one sigmoid neuron, over the inputs `w`, `x` and `b` (numbers).

    L(w, x, b) = ½ (y - s(w x + b))² + strength · w², s the sigmoid. y, strength: Python numbers, constants.
    Built from the gates; the graph is not run yet. Its gradient is
    dL/dw = -(y - s) s' x + 2 strength w. (The note prints the first term with +: a slip.)
    Source: lecture note 4.
    """
    # BEGIN SOLUTION
    graph = Graph()
    w, x, b = graph.input("w"), graph.input("x"), graph.input("b")
    z = graph.apply(Add(), graph.apply(Multiply(), w, x), b)
    error = graph.apply(Shift(-y), graph.apply(Sigmoid(), z))
    data_loss = graph.apply(Scale(0.5), graph.apply(Multiply(), error, error))
    penalty = graph.apply(Scale(strength), graph.apply(Multiply(), w, w))
    graph.apply(Add(), data_loss, penalty)
    return graph
    # END SOLUTION
