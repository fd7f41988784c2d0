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
        raise NotImplementedError("circuits.topological_order: write Graph.topological_order")

    def forward(self, **values):
        """Compute the graph and return the output's value, a new array: `graph.forward(x=2.0, y=3.0)`.

        values: one array or number per input, also for inputs that the output does not depend on; integers
        count as float64. ValueError if one is missing, or if there is no input of that name.
        Sets `value` of every input and of every node that the output depends on; each of those gates runs
        forward once. Gates that the output does not depend on do not run; their `value` is None.
        Source: lecture note 4, "compute v_i as function of parents(v_i)".
        """
        raise NotImplementedError("circuits.graph_forward: write the forward pass of Graph")

    def backward(self, upstream=1.0):
        """Return {input name: gradient of sum(upstream * output)}, for every input. Call `forward` before.

        upstream: number or array, broadcast to the output's shape. A gradient has the shape and dtype of its
        input's value; it is zero where the output does not depend on the input. Each call starts afresh.
        Sets `gradient` of every input and of every node that the output depends on; each of those gates runs
        backward once. For the gates that the output does not depend on, `gradient` is None.
        Source: lecture note 4, dL/dv_i = Σ_j dL/dv_j · dv_j/dv_i over the children j of i.
        """
        raise NotImplementedError("circuits.graph_backward: write the backward pass of Graph")


def neuron_loss_graph(y, strength):
    """Return the Graph of the loss of one sigmoid neuron, over the inputs `w`, `x` and `b` (numbers).

    L(w, x, b) = ½ (y - s(w x + b))² + strength · w², s the sigmoid. y, strength: Python numbers, constants.
    Built from the gates; the graph is not run yet. Its gradient is
    dL/dw = -(y - s) s' x + 2 strength w. (The note prints the first term with +: a slip.)
    Source: lecture note 4.
    """
    raise NotImplementedError("circuits.neuron_loss_graph: write neuron_loss_graph")
