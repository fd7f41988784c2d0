"""Hidden items of graph.py: orders, forward and backward through graphs of the doubles' gates, the neuron's loss.

A circuit is a table: inputs, then steps (name, gate, its arguments, its parents). `build` makes the same graph of the
student's modules and of the reference's; what is expected comes from the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.suite import gradcheck, item, judge
from autograder.suite.errors import NotAttempted
from autograder.suite.proxy import RemoteObject

DEPTH = 5000


@dataclass(frozen=True)
class Circuit:
    """``inputs``: names. ``steps``: name, gate of doubles, its arguments, names of its parents. ``output``: a name."""

    inputs: str
    steps: tuple[tuple[str, str, tuple[float, ...], str], ...]
    output: str = ""

    def needed(self) -> list[str]:
        """The names of the nodes that the output depends on."""
        parents = {name: above.split() for name, _, _, above in self.steps}
        found, todo = [], [self.output or self.steps[-1][0]]
        while todo:
            name = todo.pop()
            if name not in found:
                found.append(name)
                todo += parents.get(name, [])
        return found


BRANCH = Circuit(
    "x y",
    (
        ("bent", "Bend", (0.4,), "x"),
        ("mixed", "Mix", (2.0, -3.0), "bent y"),
        ("top", "Twist", (), "bent mixed"),
    ),
)
DIAMOND = Circuit(
    "x y", (("left", "Bend", (0.4,), "x"), ("right", "Mix", (2.0, -3.0), "x y"), ("top", "Twist", (), "left right"))
)
# From x to the top there are ways of one to seven gates; a walk by levels comes too early to `far`, whose own parent
# is read once and lies on two paths.
UNEQUAL = Circuit(
    "x y",
    (
        ("near", "Mix", (0.7, 1.3), "x y"),
        ("first", "Bend", (0.2,), "x"),
        ("far", "Bend", (0.6,), "first"),
        ("further", "Twist", (), "far y"),
        ("furthest", "Bend", (-0.3,), "further"),
        ("joined", "Mix", (1.1, -0.4), "furthest far"),
        ("both", "Twist", (), "joined near"),
        ("top", "Mix", (0.9, 0.5), "both x"),
    ),
)
TWICE = Circuit(
    "x",
    (("square", "Twist", (), "x x"), ("bent", "Bend", (0.5,), "square"), ("top", "Mix", (0.8, 1.7), "bent bent")),
)
LEFTOVERS = Circuit(
    "idle x other y",
    (
        ("bent", "Bend", (0.3,), "x"),
        ("aside", "Mix", (1.5, 0.2), "bent other"),
        ("top", "Twist", (), "bent y"),
        ("above", "Mix", (0.6, 0.9), "top aside"),
        ("highest", "Bend", (0.2,), "above"),
    ),
    output="top",
)
LADDER = Circuit(
    "x",
    tuple(
        step
        for k in range(25)
        for step in (
            (f"left{k}", "Bend", (0.01,), f"top{k - 1}" if k else "x"),
            (f"right{k}", "Bend", (0.02,), f"top{k - 1}" if k else "x"),
            (f"top{k}", "Mix", (0.5, 0.6), f"left{k} right{k}"),
        )
    ),
)
DOUBLINGS = Circuit("x", tuple((f"y{k}", "Mix", (1.0, 1.0), f"y{k - 1} y{k - 1}" if k else "x x") for k in range(3)))


@dataclass
class Built:
    """A graph, its nodes and its gates by name; on the student's side all are handles."""

    graph: Any
    nodes: dict[str, Any]
    gates: dict[str, Any]


def build(modules: Any, circuit: Circuit, shuffled: bool = False) -> Built:
    """The circuit as a graph of ``modules``, whose nodes stand in an order that is of no use if ``shuffled``."""
    built = Built(_there(modules.graph.Graph()), {}, {})
    for name in circuit.inputs.split():
        built.nodes[name] = _there(use(built.graph, "input", name))
    for name, gate, args, above in circuit.steps:
        built.gates[name] = _there(getattr(modules.doubles, gate)(*args))
        parents = [built.nodes[each] for each in above.split()]
        built.nodes[name] = _there(use(built.graph, "apply", built.gates[name], *parents))
    if shuffled:
        nodes = list(built.nodes.values())
        built.graph.nodes = [*nodes[1::2][::-1], *nodes[::2][::-1]]
    if circuit.output:
        built.graph.output = built.nodes[circuit.output]
    return built


def _there(value: Any) -> Any:
    """An object: the student's behind the wire, or the reference's here; whatever else comes back is judged."""
    ours = type(value).__module__.endswith((".graph", ".doubles"))
    judge.true(
        ours or isinstance(value, RemoteObject),
        "the given classes do not make a graph, its nodes and its gates.",
        "Graph, Node, input, apply and doubles.py are given: keep them as they are.",
    )
    return value


def use(owner: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Call the method ``name``, also where the student has put something else in its place."""
    method = getattr(owner, name)
    judge.true(callable(method), f"{name} is no method.", "Keep the names and the classes of the stubs.")
    return method(*args, **kwargs)


def drawn(draw: Any, circuit: Circuit, *shape: int) -> dict[str, np.ndarray]:
    """A value for each input of the circuit."""
    return {name: draw.signed(*shape) for name in circuit.inputs.split()}


def expected(reference: Any, circuit: Circuit, values: dict[str, Any], upstream: Any = 1.0) -> Built:
    """The reference's graph after forward and backward."""
    built = build(reference, circuit)
    built.graph.forward(**values)
    built.graph.backward(upstream)
    return built


# Graph.topological_order


def check_order(got: Any, nodes: dict[str, Any], needed: list[str], parents: dict[str, list[str]]) -> None:
    """Pass if ``got`` lists the ``needed`` nodes once each, parents first."""
    known = {id(node): name for name, node in nodes.items()}
    names = []
    for entry in judge.listed(got, None, "the order"):
        if id(entry) not in known:
            judge.fail(f"the order holds {judge.kind_of(entry)}, expected the graph's own nodes.")
        names.append(known[id(entry)])
    judge.true(len(set(names)) == len(names), "a node stands in the order more than once.")
    judge.true(not set(needed) - set(names), "a node that the output depends on is not in the order.")
    judge.true(
        len(names) == len(needed),
        "the order holds a node that the output does not depend on.",
        "Start at the output and follow the parents.",
    )
    place = {name: i for i, name in enumerate(names)}
    early = any(place[above] > place[name] for name in names for above in parents.get(name, []))
    judge.true(not early, "a node stands before one of its parents.", "Note a node when all its parents are noted.")


def ordered(built: Built, circuit: Circuit) -> None:
    parents = {name: above.split() for name, _, _, above in circuit.steps}
    check_order(use(built.graph, "topological_order"), built.nodes, circuit.needed(), parents)


@pytest.mark.parametrize(
    "circuit",
    [
        pytest.param(
            DIAMOND,
            id="diamond",
            marks=item("circuits.topological_order", "value", "A branch that joins again", partners=True),
        ),
        pytest.param(
            TWICE,
            id="twice",
            marks=item("circuits.topological_order", "order", "A node that a gate reads twice", partners=True),
        ),
        pytest.param(
            UNEQUAL,
            id="unequal",
            marks=item("circuits.topological_order", "order", "Ways of unequal lengths", partners=True),
        ),
        pytest.param(
            LEFTOVERS,
            id="leftovers",
            marks=item("circuits.topological_order", "order", "Nodes that the output does not need", partners=True),
        ),
        pytest.param(
            LADDER,
            id="ladder",
            marks=item("circuits.topological_order", "depth", "25 diamonds: 33 million paths", partners=True),
        ),
    ],
)
def test_order(student, circuit):
    """The diamond catches no mistake alone: it is the plainest case, and decides what `value` earns."""
    ordered(build(student, circuit, shuffled=True), circuit)


@item("circuits.topological_order", "order", "Asked again after the output has moved", partners=True)
def test_order_again(student):
    built = build(student, DIAMOND, shuffled=True)
    built.graph.output = built.nodes["right"]
    use(built.graph, "topological_order")
    built.graph.output = built.nodes["top"]
    ordered(built, DIAMOND)


def chained(student: Any, lanes: int = 1) -> Any:
    """A graph of ``lanes`` chains from the one input x, each 5000 gates deep, that join in gates at the end."""
    graph = _there(student.graph.Graph())
    x = _there(use(graph, "input", "x"))
    ends = [_there(student.doubles.chain(graph, x, DEPTH)) for _ in range(lanes)]
    while len(ends) > 1:
        ends.append(_there(use(graph, "apply", student.doubles.Mix(0.5, 0.5), ends.pop(0), ends.pop(0))))
    return graph


@item("circuits.topological_order", "depth", "25 000 nodes, 5000 deep, in O(V + E)", partners=True)
def test_order_of_many(student):
    """A list that is searched for each node takes three hundred million steps here, and recursion breaks off."""
    lanes = 5
    graph = chained(student, lanes)
    top, length = graph.output, lanes * DEPTH + lanes
    order = judge.listed(use(graph, "topological_order"), length, "the order of five chains of 5000 gates")
    place = {id(node): i for i, node in enumerate(order)}
    judge.true(len(place) == length, "a node stands in the order more than once.")
    judge.true(place.get(id(top)) == length - 1, "the output does not stand at the end of the order.")
    for i in range(0, length, length // 40):
        parents = judge.listed(read(order[i], "parents", "an entry of the order"), None, "a node's parents")
        judge.true(
            all(place.get(id(parent), length) < i for parent in parents), "a node stands before one of its parents."
        )


# Graph.forward


def check_output(got: Any, true: Any, what: str = "the output's value") -> None:
    judge.array(_as_float(got), true, what)


def _as_float(value: Any) -> Any:
    """What is compared in value only: an integer array counts as float64 (dtype is no property of the graph)."""
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype.kind in "iu" else value


def check_nodes(built: Built, true: Built, attribute: str, names: list[str]) -> None:
    """Pass if ``attribute`` of each named node is what the reference's is."""
    for name in names:
        kind = f"the input {name}" if name not in built.gates else "the output of a gate"
        got = getattr(built.nodes[name], attribute)
        judge.array(_as_float(got), getattr(true.nodes[name], attribute), f"node.{attribute} of {kind}")


@item("circuits.graph_forward", "value", "The output of a branch that joins again", partners=True)
def test_forward(student, reference, draw):
    """Catches no mistake alone: it is the plainest case, and decides what `value` earns."""
    values = drawn(draw, BRANCH, 5, 3)
    true = expected(reference, BRANCH, values)
    check_output(use(build(student, BRANCH).graph, "forward", **values), true.graph.output.value)


@item("circuits.graph_forward", "value", "The value of every node", partners=True)
def test_forward_sets_values(student, reference, draw):
    values = drawn(draw, BRANCH, 5, 3)
    built, true = build(student, BRANCH), expected(reference, BRANCH, values)
    use(built.graph, "forward", **values)
    check_nodes(built, true, "value", BRANCH.needed())


@item("circuits.graph_forward", "value", "Run again on other values, of another shape", partners=True)
def test_forward_again(student, reference, draw):
    built = build(student, BRANCH)
    for shape in ((5, 3), (7,)):
        values = drawn(draw, BRANCH, *shape)
        got = use(built.graph, "forward", **values)
        check_output(got, expected(reference, BRANCH, values).graph.output.value)


@item("circuits.graph_forward", "value", "Numbers and integer arrays as inputs", partners=True)
def test_forward_numbers(student, reference, draw):
    for values in ({"x": draw.number(), "y": 3}, {"x": draw.integers(2, 9, 5), "y": draw.integers(2, 9, 5)}):
        got = use(build(student, BRANCH).graph, "forward", **values)
        check_output(got, expected(reference, BRANCH, values).graph.output.value)


@pytest.mark.parametrize(
    ("circuit", "shuffled"),
    [
        pytest.param(
            UNEQUAL,
            True,
            id="shuffled",
            marks=item("circuits.graph_forward", "order", "Ways of unequal lengths, nodes shuffled", partners=True),
        ),
        pytest.param(
            TWICE,
            False,
            id="twice",
            marks=item("circuits.graph_forward", "order", "A node read twice", partners=True),
        ),
    ],
)
def test_forward_order(student, reference, draw, circuit, shuffled):
    values = drawn(draw, circuit, 5, 3)
    built, true = build(student, circuit, shuffled), expected(reference, circuit, values)
    check_output(use(built.graph, "forward", **values), true.graph.output.value)


@item("circuits.graph_forward", "order", "An output in the middle, inputs that it does not need", partners=True)
def test_forward_leftovers(student, reference, draw):
    values = drawn(draw, LEFTOVERS, 5, 3) | {"idle": draw.signed(2, 7)}
    built, true = build(student, LEFTOVERS), expected(reference, LEFTOVERS, values)
    check_output(use(built.graph, "forward", **values), true.graph.output.value)
    check_nodes(built, true, "value", ["idle", "other"])


def check_calls(built: Built, circuit: Circuit, attribute: str) -> None:
    """Pass if each gate that the output needs ran once, and every other never."""
    way = attribute.removesuffix("_calls")
    for name, gate in built.gates.items():
        calls = judge.integer(getattr(gate, attribute), f"the count of a gate's {way} calls")
        if name in circuit.needed():
            judge.true(calls >= 1, f"a gate that the output needs did not run {way}.")
            judge.true(calls <= 1, f"a gate ran {way} more than once in one call of {way}.")
        else:
            judge.true(calls == 0, f"a gate ran {way} although the output does not depend on it.")


@pytest.mark.parametrize(
    "circuit",
    [
        pytest.param(
            UNEQUAL,
            id="once",
            marks=item("circuits.graph_forward", "calls", "Each gate runs forward once", partners=True),
        ),
        pytest.param(
            LEFTOVERS,
            id="unneeded",
            marks=item("circuits.graph_forward", "calls", "Gates that are not needed do not run", partners=True),
        ),
    ],
)
def test_forward_calls(student, draw, circuit):
    built = build(student, circuit)
    use(built.graph, "forward", **drawn(draw, circuit, 5))
    check_calls(built, circuit, "forward_calls")


DEEP_X, DEEP_UPSTREAM = (0.75, -1.5, 0.5), (-1.25, 0.5, 2.0)
_deep: list[tuple[Any, dict[str, Any]]] = []


def deep(reference: Any) -> tuple[Any, dict[str, Any]]:
    """Output and gradients of the reference's chain of 5000 gates; worked out once, it takes longer than the wire."""
    if not _deep:
        graph = reference.graph.Graph()
        reference.doubles.chain(graph, graph.input("x"), DEPTH)
        output = graph.forward(x=np.array(DEEP_X))
        _deep.append((output, graph.backward(np.array(DEEP_UPSTREAM))))
    return _deep[0]


@item("circuits.graph_forward", "depth", "A chain of 5000 gates", partners=True)
def test_forward_deep(student, reference):
    check_output(use(chained(student), "forward", x=np.array(DEEP_X)), deep(reference)[0])


# Graph.backward


def check_gradients(got: Any, true: dict[str, Any], upstream: Any = None) -> None:
    """Pass if ``got`` is the dict of gradients ``true``, of float64."""
    entries = judge.mapping(got, list(true), "the result of backward")
    for name, gradient in true.items():
        judge.array(entries[name], gradient, f"the gradient of {name}", upstream=upstream)


def ran(student: Any, circuit: Circuit, values: dict[str, Any], shuffled: bool = False) -> Built:
    """The student's graph after forward."""
    built = build(student, circuit, shuffled)
    use(built.graph, "forward", **values)
    return built


def gradients_of(true: Built, circuit: Circuit) -> dict[str, Any]:
    return {name: true.nodes[name].gradient for name in circuit.inputs.split()}


@item("circuits.graph_backward", "value", "A branch that joins again", partners=True)
def test_backward(student, reference, draw):
    """Catches no mistake alone: it is the plainest case, and decides what `value` earns."""
    values, upstream = drawn(draw, BRANCH, 5, 3), draw.upstream(5, 3)
    got = use(ran(student, BRANCH, values).graph, "backward", upstream)
    check_gradients(got, gradients_of(expected(reference, BRANCH, values, upstream), BRANCH), upstream)


@item("circuits.graph_backward", "value", "The gradient of every node", partners=True)
def test_backward_sets_gradients(student, reference, draw):
    values, upstream = drawn(draw, BRANCH, 5, 3), draw.upstream(5, 3)
    built = ran(student, BRANCH, values)
    use(built.graph, "backward", upstream)
    check_nodes(built, expected(reference, BRANCH, values, upstream), "gradient", BRANCH.needed())


@item("circuits.graph_backward", "value", "Called again: each call starts afresh", partners=True)
def test_backward_again(student, reference, draw):
    built = build(student, BRANCH)
    for shape in ((5, 3), (7,)):
        values = drawn(draw, BRANCH, *shape)
        use(built.graph, "forward", **values)
        for _ in range(2):
            upstream = draw.upstream(*shape)
            got = use(built.graph, "backward", upstream)
            check_gradients(got, gradients_of(expected(reference, BRANCH, values, upstream), BRANCH), upstream)


# Its last gate's local gradients are numbers: an upstream number that nobody broadcasts stays one.
SPREAD = Circuit("x y", (("bent", "Bend", (0.4,), "x"), ("top", "Mix", (1.5, -0.7), "bent y")))


@item("circuits.graph_backward", "shape", "No upstream given: 1 for every entry of the output", partners=True)
def test_backward_default(student, reference, draw):
    values = drawn(draw, SPREAD, 5, 3)
    built, true = ran(student, SPREAD, values), expected(reference, SPREAD, values)
    check_gradients(use(built.graph, "backward"), gradients_of(true, SPREAD))
    check_nodes(built, true, "gradient", ["top"])


@item("circuits.graph_backward", "shape", "An upstream row is broadcast to the output's shape", partners=True)
def test_backward_row(student, reference, draw):
    values, upstream = drawn(draw, SPREAD, 5, 3), draw.upstream(3)
    built, true = ran(student, SPREAD, values), expected(reference, SPREAD, values, upstream)
    check_gradients(use(built.graph, "backward", upstream), gradients_of(true, SPREAD))
    check_nodes(built, true, "gradient", ["top"])


@item("circuits.graph_backward", "shape", "Numbers and integers have float64 gradients", partners=True)
def test_backward_numbers(student, reference, draw):
    for values in ({"x": draw.number(), "y": 3}, {"x": draw.integers(2, 9, 5), "y": draw.integers(2, 9, 5)}):
        upstream = draw.upstream(*np.shape(values["x"]))
        got = use(ran(student, BRANCH, values).graph, "backward", upstream)
        check_gradients(got, gradients_of(expected(reference, BRANCH, values, upstream), BRANCH))


@item("circuits.graph_backward", "shape", "An input that is not needed: zeros of its shape", partners=True)
def test_backward_idle(student, reference, draw):
    values, upstream = drawn(draw, LEFTOVERS, 5, 3) | {"idle": draw.signed(2, 7)}, draw.upstream(5, 3)
    built, true = ran(student, LEFTOVERS, values), expected(reference, LEFTOVERS, values, upstream)
    check_gradients(use(built.graph, "backward", upstream), gradients_of(true, LEFTOVERS))
    check_nodes(built, true, "gradient", ["idle"])


@pytest.mark.parametrize(
    ("circuit", "shuffled"),
    [
        pytest.param(
            UNEQUAL,
            True,
            id="shuffled",
            marks=item("circuits.graph_backward", "order", "Ways of unequal lengths, nodes shuffled", partners=True),
        ),
        pytest.param(
            DOUBLINGS,
            False,
            id="doublings",
            marks=item("circuits.graph_backward", "order", "A node read twice: three doublings, 8", partners=True),
        ),
    ],
)
def test_backward_order(student, reference, draw, circuit, shuffled):
    values, upstream = drawn(draw, circuit, 5, 3), draw.upstream(5, 3)
    built, true = ran(student, circuit, values, shuffled), expected(reference, circuit, values, upstream)
    check_gradients(use(built.graph, "backward", upstream), gradients_of(true, circuit), upstream)


@pytest.mark.parametrize(
    "circuit",
    [
        pytest.param(
            UNEQUAL,
            id="once",
            marks=item("circuits.graph_backward", "calls", "Each gate runs backward once, none forward", partners=True),
        ),
        pytest.param(
            LEFTOVERS,
            id="unneeded",
            marks=item("circuits.graph_backward", "calls", "Gates that are not needed do not run", partners=True),
        ),
    ],
)
def test_backward_calls(student, draw, circuit):
    values, upstream = drawn(draw, circuit, 5), draw.upstream(5)
    built = ran(student, circuit, values)
    before = {name: _forward_calls(gate) for name, gate in built.gates.items()}
    use(built.graph, "backward", upstream)
    check_calls(built, circuit, "backward_calls")
    same = all(_forward_calls(gate) == before[name] for name, gate in built.gates.items())
    judge.true(same, "backward runs gates forward.", "The values are there since forward: use them.")


def _forward_calls(gate: Any) -> int:
    return judge.integer(gate.forward_calls, "the count of a gate's forward calls")


@item("circuits.graph_backward", "depth", "A chain of 5000 gates", partners=True)
def test_backward_deep(student, reference):
    graph = chained(student)
    use(graph, "forward", x=np.array(DEEP_X))
    check_gradients(use(graph, "backward", np.array(DEEP_UPSTREAM)), deep(reference)[1])


@item("circuits.graph_backward", "gradient", "Backward is the derivative of your own forward", partners=True)
def test_backward_numerically(student, draw):
    """Catches no mistake alone: it tells those whose forward is at fault that their backward is right."""
    values, upstream = drawn(draw, UNEQUAL, 5, 3), draw.upstream(5, 3)
    built = build(student, UNEQUAL)

    def forward(x: np.ndarray, y: np.ndarray) -> Any:
        return use(built.graph, "forward", x=x, y=y)

    def backward(upstream: np.ndarray) -> Any:
        got = judge.mapping(use(built.graph, "backward", upstream), ["x", "y"], "the result of backward")
        return got["x"], got["y"]

    gradcheck.check(forward, backward, list(values.values()), ["the gradient of x", "of y"], upstream, draw)


# neuron_loss_graph: the suite reads the student's graph and runs its gates itself, so that nothing here depends on
# the student's Graph.forward and Graph.backward.

MANY = 300
NAMES = ("w", "x", "b")


@dataclass
class Wired:
    """A node of the student's graph as read over the wire."""

    gate: Any
    name: Any
    parents: list[int]


def read(owner: Any, name: str, what: str) -> Any:
    """An attribute of a student's object; what is no object, or lacks it, is judged."""
    if not isinstance(owner, RemoteObject):
        judge.fail(f"{what} is {judge.kind_of(owner)}, and has no {name}.")
    try:
        return getattr(owner, name)
    except NotAttempted:
        judge.fail(f"{what} has no {name}.")


def wiring(graph: Any) -> tuple[list[Wired], dict[str, int]]:
    """The nodes that the output needs, parents first, and the place of each input by name."""
    places: dict[int, int] = {}
    wired: list[Wired] = []
    for node, gate, name, above in _walk(graph):
        places[id(node)] = len(wired)
        wired.append(Wired(gate, name, [places[id(parent)] for parent in above]))
    inputs = {node.name: i for i, node in enumerate(wired) if node.gate is None and isinstance(node.name, str)}
    judge.true(
        len(inputs) == sum(node.gate is None for node in wired) and set(inputs) <= set(NAMES),
        "the graph has an input that is not w, x or b.",
        "y and strength are constants: they go into gates.",
    )
    for name in NAMES:
        judge.true(name in inputs, f"the loss does not depend on the input {name}.")
    return wired, inputs


def _walk(graph: Any) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    """Node, gate, name and parents of what the output needs, parents first; judges cycles and strange parts."""
    stack = [(read(graph, "output", "the result of neuron_loss_graph"), False)]
    facts: dict[int, tuple[Any, Any, Any, list[Any]]] = {}
    done, open_nodes = set(), set()
    while stack:
        node, leaving = stack.pop()
        if leaving:
            done.add(id(node))
            yield facts[id(node)]
        elif id(node) in open_nodes:
            judge.true(id(node) in done, "the graph has a cycle: a node depends on itself.")
        else:
            judge.true(len(facts) < MANY, f"the graph has more than {MANY} nodes; a dozen will do.")
            facts[id(node)] = _facts(node)
            open_nodes.add(id(node))
            stack.append((node, True))
            stack += [(parent, False) for parent in facts[id(node)][3] if id(parent) not in done]


def _facts(node: Any) -> tuple[Any, Any, Any, list[Any]]:
    gate, name = read(node, "gate", "a node of the graph"), read(node, "name", "a node of the graph")
    parents = judge.listed(read(node, "parents", "a node of the graph"), None, "a node's parents")
    judge.true(bool(parents) == (gate is not None), "a node has parents without a gate, or a gate without parents.")
    judge.true(len(parents) <= 10, "a gate reads more than ten nodes.")
    return node, gate, name, parents


class Driven:
    """Runs the gates of a student's graph, in our order."""

    def __init__(self, graph: Any) -> None:
        self.wired, self.inputs = wiring(graph)

    def forward(self, *inputs: Any) -> np.ndarray:
        """The output at ``inputs``, which are w, x and b."""
        values: list[Any] = []
        given = dict(zip(NAMES, inputs, strict=True))
        for node in self.wired:
            if node.gate is None:
                values.append(np.asarray(given[node.name]))
            else:
                result = self._run(node, "forward", *(values[i] for i in node.parents))
                values.append(np.asarray(judge.number(result, "a gate's output")))
        return np.asarray(values[-1])

    def backward(self, upstream: Any) -> tuple[np.ndarray, ...]:
        """The gradients of w, x and b."""
        gradients = [np.zeros(()) for _ in self.wired]
        gradients[-1] = np.asarray(upstream)
        for i in reversed(range(len(self.wired))):
            node = self.wired[i]
            if node.gate is None:
                continue
            result = self._run(node, "backward", gradients[i])
            one = len(node.parents) == 1
            parts = [result] if one else judge.several(result, ["a gradient"] * len(node.parents), "a gate's result")
            for parent, part in zip(node.parents, parts, strict=True):
                gradients[parent] = np.asarray(gradients[parent] + judge.number(part, "a gate's gradient"))
        return tuple(gradients[self.inputs[name]] for name in NAMES)

    def _run(self, node: Wired, method: str, *args: Any) -> Any:
        function = read(node.gate, method, "a gate of the graph")
        judge.true(callable(function), f"{method} of a gate is no method.")
        return function(*args)


def neurons(draw: Any) -> Iterator[tuple[float, float, tuple[float, ...]]]:
    """Constants y and strength, and inputs; the last without a penalty."""
    for y, strength in ((1.0, 0.3), (float(draw.uniform(-2, 0)), float(draw.uniform(0.5, 2))), (0.4, 0.0)):
        yield y, strength, tuple(draw.number() for _ in NAMES)


def truth(reference: Any, y: float, strength: float, inputs: tuple[float, ...]) -> tuple[Any, list[Any]]:
    graph = reference.graph.neuron_loss_graph(y, strength)
    loss = graph.forward(**dict(zip(NAMES, inputs, strict=True)))
    gradients = graph.backward()
    return loss, [gradients[name] for name in NAMES]


@item("circuits.neuron_loss_graph", "value", "The loss and its gradients, for several y and strengths")
def test_neuron_loss(student, reference, draw):
    for y, strength, inputs in neurons(draw):
        driven = Driven(student.graph.neuron_loss_graph(y, strength))
        loss, gradients = truth(reference, y, strength, inputs)
        judge.array(driven.forward(*inputs), loss, "the loss")
        for name, got, gradient in zip(NAMES, driven.backward(1.0), gradients, strict=True):
            judge.array(got, gradient, f"the gradient of the loss with respect to {name}")


@item("circuits.neuron_loss_graph", "gradient", "The gradient is the derivative of the loss")
def test_neuron_numerically(student, draw):
    """Catches no mistake alone: it tells a circuit that is another function from a gate that is at fault."""
    driven = Driven(student.graph.neuron_loss_graph(1.0, 0.3))
    inputs = [np.asarray(draw.number()) for _ in NAMES]
    names = [f"the gradient of {name}" for name in NAMES]
    gradcheck.check(driven.forward, driven.backward, inputs, names, np.asarray(draw.number()), draw)
