"""Mistakes in graph.py (assignment 1): orders, forward, backward, the neuron's loss; then those in numeric.py."""

from __future__ import annotations

from . import Mistake
from .circuits_numeric import NUMERIC

_WALK = """\
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
"""
_INPUTS = "        inputs = [node for node in self.nodes if node.gate is None]\n"
_CLEAR = """\
        for node in self.nodes:
            node.gradient = None
"""
_ZERO = """\
        for node in (*inputs, *order):
            node.gradient = np.zeros_like(node.value)
"""
_SEED = "        self.output.gradient += upstream\n"
_SHARES = """\
                for parent, gradient in zip(node.parents, gradients, strict=True):
                    parent.gradient += gradient
"""
_RETURN = "        return {node.name: node.gradient.copy() for node in inputs}\n"
_RUN = """\
        for node in self.topological_order():
            if node.gate is not None:
                node.value = node.gate.forward(*(parent.value for parent in node.parents))
        return np.array(self.output.value)
"""
_RESET = """\
        for node in self.nodes:
            node.value = None
"""

_ORDER = (
    Mistake(
        "order-as-stored",
        "topological_order",
        "The nodes come in the order in which they stand in `nodes`. That order means nothing (the tests shuffle it): "
        "find the order by following the parents.",
        edits=((_WALK, "        return list(self.nodes)\n"),),
    ),
    Mistake(
        "order-children-first",
        "topological_order",
        "The order is the wrong way round: children stand before their parents.",
        edits=(("return order\n", "return order[::-1]\n"),),
    ),
    Mistake(
        "order-everything",
        "topological_order",
        "The order holds every node of the graph. Only what the output depends on belongs in it: start at the output.",
        edits=(
            (
                _WALK,
                """\
        order, seen = [], set()
        stack = [(node, False) for node in self.nodes]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(parent, False) for parent in node.parents if parent not in seen]
        return order
""",
            ),
        ),
    ),
    Mistake(
        "order-from-the-first-end",
        "topological_order",
        "The walk starts at a node that nothing reads, not at `output`. `output` may be set to a node in the middle.",
        edits=(
            (
                "        order, seen = [], {self.output}\n        stack = [(self.output, iter(self.output.parents))]\n",
                """\
        read = {parent for node in self.nodes for parent in node.parents}
        end = next(node for node in self.nodes if node not in read and node.gate is not None)
        order, seen = [], {end}
        stack = [(end, iter(end.parents))]
""",
            ),
        ),
    ),
    Mistake(
        "order-without-output",
        "topological_order",
        "The output itself is missing from the order: the last node that is noted gets lost.",
        edits=(("return order\n", "return order[:-1]\n"),),
    ),
    Mistake(
        "order-without-inputs",
        "topological_order",
        "The inputs are missing from the order. They are nodes that the output depends on, so they belong in it.",
        edits=(("return order\n", "return [node for node in order if node.gate is not None]\n"),),
    ),
    Mistake(
        "order-by-levels",
        "topological_order",
        "The nodes are ordered by their shortest distance from the output. A node that is also further away must wait "
        "until all its children have been met.",
        edits=(
            (
                _WALK,
                """\
        order, seen = [self.output], {self.output}
        for node in order:
            for parent in node.parents:
                if parent not in seen:
                    seen.add(parent)
                    order.append(parent)
        return order[::-1]
""",
            ),
        ),
    ),
    Mistake(
        "order-noted-on-arrival",
        "topological_order",
        "A node is noted when the walk first reaches it, and the list turned round at the end. Where ways of unequal "
        "lengths meet, that puts a parent behind its child: note a node when all its parents are noted.",
        edits=(
            (
                _WALK,
                """\
        order, seen, stack = [], set(), [self.output]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                order.append(node)
                stack += node.parents
        return order[::-1]
""",
            ),
        ),
    ),
    Mistake(
        "order-no-memory",
        "topological_order",
        "A node that several gates read is listed once for each of them. Remember which nodes you have seen.",
        edits=(("                if parent not in seen:\n", "                if True:\n"),),
    ),
    Mistake(
        "order-double-parent",
        "topological_order",
        "A node whose gate reads one parent twice never becomes ready: it waits for two parents, and that one counts "
        "down once. Count wires, not different parents.",
        edits=(
            (
                _WALK,
                """\
        children, waiting, todo = {self.output: []}, {}, [self.output]
        for node in todo:
            waiting[node] = len(node.parents)
            for parent in dict.fromkeys(node.parents):
                if parent not in children:
                    children[parent] = []
                    todo.append(parent)
                children[parent].append(node)
        order = [node for node in todo if not node.parents]
        for node in order:
            for child in children[node]:
                waiting[child] -= 1
                if waiting[child] == 0:
                    order.append(child)
        return order
""",
            ),
        ),
    ),
    Mistake(
        "order-remembered",
        "topological_order",
        "The order is computed once and kept. When `output` is set to another node, the old order is of no use.",
        edits=(
            (
                "        order, seen = [], {self.output}\n",
                "        if getattr(self, 'known_order', None):\n"
                "            return self.known_order\n"
                "        order, seen = [], {self.output}\n",
            ),
            ("        return order\n", "        self.known_order = order\n        return order\n"),
        ),
    ),
    Mistake(
        "order-recursive",
        "topological_order",
        "The walk calls itself for each parent. In a graph 5000 gates deep Python's recursion limit ends it: use a "
        "loop and a stack of your own.",
        edits=(
            (
                _WALK,
                """\
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self.output)
        return order
""",
            ),
        ),
    ),
    Mistake(
        "order-every-path",
        "topological_order",
        "The walk follows every path and drops the repeats at the end. The order is right, but the number of paths "
        "doubles with each diamond: pass by a node that you have seen.",
        edits=(
            (
                _WALK,
                """\
        paths, stack = [], [(self.output, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                paths.append(node)
            else:
                stack.append((node, True))
                stack += [(parent, False) for parent in node.parents]
        return list(dict.fromkeys(paths))
""",
            ),
        ),
    ),
    Mistake(
        "order-searched-list",
        "topological_order",
        "Whether a node was seen is looked up in a list, which is searched from its beginning each time: O(V²). A set "
        "answers at once.",
        edits=(
            ("order, seen = [], {self.output}", "order, seen = [], [self.output]"),
            ("seen.add(parent)", "seen.append(parent)"),
        ),
    ),
    Mistake(
        "order-of-names",
        "topological_order",
        "The order holds the nodes' names. It must hold the nodes themselves.",
        edits=(("return order\n", "return [node.name for node in order]\n"),),
    ),
)

_FORWARD = (
    Mistake(
        "forward-no-return",
        "graph_forward",
        "The values are computed, but forward returns nothing: return the output's value.",
        edits=(("        return np.array(self.output.value)\n", ""),),
    ),
    Mistake(
        "forward-returns-a-float",
        "graph_forward",
        "The output is turned into a Python float. Nodes may hold arrays: return the output's value as it is.",
        edits=(("return np.array(self.output.value)", "return float(np.sum(self.output.value))"),),
    ),
    Mistake(
        "forward-keeps-no-values",
        "graph_forward",
        "The output is right, but the values stand in a variable of your own: `node.value` must be set for each node.",
        edits=(
            (
                _RUN,
                """\
        values = {}
        for node in self.topological_order():
            known = [values[parent] for parent in node.parents]
            values[node] = node.value if node.gate is None else node.gate.forward(*known)
            node.value = None
        return np.array(values[self.output])
""",
            ),
        ),
    ),
    Mistake(
        "forward-old-values",
        "graph_forward",
        "A node that has a value from the call before is not computed again. Each call of forward starts afresh.",
        edits=(
            (_RESET, ""),
            (
                "            if node.gate is not None:\n",
                "            if node.gate is not None and node.value is None:\n",
            ),
        ),
    ),
    Mistake(
        "forward-needs-arrays",
        "graph_forward",
        "forward takes arrays only. An input may also be a Python number: np.array(value) takes both.",
        edits=(("            value = np.array(value)\n", "            value = value.copy()\n"),),
    ),
    Mistake(
        "forward-as-stored",
        "graph_forward",
        "The gates run in the order in which the nodes stand in `nodes`. That order means nothing: take "
        "topological_order().",
        edits=(("in self.topological_order():\n", "in self.nodes:\n"),),
    ),
    Mistake(
        "forward-returns-the-last-stored",
        "graph_forward",
        "forward returns the value of the last node in `nodes`. The output is the node that `output` names.",
        edits=(("return np.array(self.output.value)", "return np.array(self.nodes[-1].value)"),),
    ),
    Mistake(
        "forward-inputs-by-position",
        "graph_forward",
        "The values are handed to the inputs in the order of the call. Each value has a name: give it to the input of "
        "that name.",
        edits=(
            (
                "        for name, value in values.items():\n",
                "        for name, value in zip(inputs, values.values()):\n",
            ),
        ),
    ),
    Mistake(
        "forward-parents-once",
        "graph_forward",
        "A node that a gate reads twice is handed to it once only. Pass one value for each entry of `parents`.",
        edits=(("in node.parents))", "in dict.fromkeys(node.parents)))"),),
    ),
    Mistake(
        "forward-idle-inputs-forgotten",
        "graph_forward",
        "An input that the output does not depend on gets no value. forward sets `value` of every input.",
        edits=(
            (
                "        return np.array(self.output.value)\n",
                "        for node in inputs.values():\n"
                "            if node not in self.topological_order():\n"
                "                node.value = None\n"
                "        return np.array(self.output.value)\n",
            ),
        ),
    ),
    Mistake(
        "forward-runs-everything",
        "graph_forward",
        "Gates run that the output does not depend on. Run those in topological_order() only.",
        edits=(
            (
                "        return np.array(self.output.value)\n",
                "        waiting = [node for node in self.nodes if node.value is None]\n"
                "        while waiting:\n"
                "            node = waiting.pop(0)\n"
                "            if any(parent.value is None for parent in node.parents):\n"
                "                waiting.append(node)\n"
                "            else:\n"
                "                node.value = node.gate.forward(*(parent.value for parent in node.parents))\n"
                "        return np.array(self.output.value)\n",
            ),
        ),
    ),
    Mistake(
        "forward-every-path",
        "graph_forward",
        "A gate runs once for each path to the output. Compute each node once, and use its value wherever it is read.",
        edits=(
            (
                _RUN,
                """\
        def compute(node):
            if node.gate is not None:
                node.value = node.gate.forward(*[compute(parent) for parent in node.parents])
            return node.value

        return np.array(compute(self.output))
""",
            ),
        ),
    ),
    Mistake(
        "forward-once-per-reader",
        "graph_forward",
        "A gate runs again for each gate that reads its output. Run it once, in its own turn, and use the value.",
        edits=(
            (
                _RUN,
                """\
        def run(node):
            if node.gate is not None:
                node.value = node.gate.forward(*(parent.value for parent in node.parents))

        for node in self.topological_order():
            for parent in node.parents:
                run(parent)
        run(self.output)
        return np.array(self.output.value)
""",
            ),
        ),
    ),
    Mistake(
        "forward-recursive",
        "graph_forward",
        "forward calls itself for each parent. In a graph 5000 gates deep Python's recursion limit ends it: go through "
        "topological_order() in a loop.",
        edits=(
            (
                _RUN,
                """\
        def compute(node):
            if node.value is None:
                node.value = node.gate.forward(*[compute(parent) for parent in node.parents])
            return node.value

        return np.array(compute(self.output))
""",
            ),
        ),
    ),
)

_BACKWARD = (
    Mistake(
        "backward-overwrites-at-branches",
        "graph_backward",
        "Where a node feeds several gates, the last share replaces the others. Gradients add at branches.",
        edits=(("parent.gradient += gradient", "parent.gradient = np.array(gradient)"),),
    ),
    Mistake(
        "backward-mean-at-branches",
        "graph_backward",
        "Where a node feeds several gates, the gradient is the mean of what they send. It is their sum.",
        edits=(
            (
                _SHARES,
                """\
                for parent, gradient in zip(node.parents, gradients, strict=True):
                    parent.gradient += gradient / sum(other.parents.count(parent) for other in order)
""",
            ),
        ),
    ),
    Mistake(
        "backward-ignores-upstream",
        "graph_backward",
        "The gradient at the output is 1, whatever `upstream` is. Start with `upstream`.",
        edits=(("self.output.gradient += upstream", "self.output.gradient += 1.0"),),
    ),
    Mistake(
        "backward-upstream-at-the-end",
        "graph_backward",
        "The inputs' gradients are right, the other nodes' are not: `upstream` is multiplied in at the end. Start with "
        "it at the output, and it flows through every node.",
        edits=(
            ("self.output.gradient += upstream", "self.output.gradient += 1.0"),
            (
                _RETURN,
                """\
        for node in inputs:
            if node.value.shape == self.output.value.shape:
                node.gradient = node.gradient * upstream
        return {node.name: node.gradient.copy() for node in inputs}
""",
            ),
        ),
    ),
    Mistake(
        "backward-inner-gradients-dropped",
        "graph_backward",
        "The gradients of the nodes in between are used and dropped. `node.gradient` is set for every node that the "
        "output depends on.",
        edits=(
            (
                _RETURN,
                """\
        for node in order:
            if node.gate is not None and node is not self.output:
                node.gradient = None
        return {node.name: node.gradient.copy() for node in inputs}
""",
            ),
        ),
    ),
    Mistake(
        "backward-by-node",
        "graph_backward",
        "The keys of the result are numbers or nodes. They are the names of the inputs.",
        edits=(
            ("return {node.name: node", "return {place: node"),
            ("for node in inputs}", "for place, node in enumerate(inputs)}"),
        ),
    ),
    Mistake(
        "backward-list",
        "graph_backward",
        "The result is a list of gradients. It is a dict: input name to gradient.",
        edits=(
            (
                "return {node.name: node.gradient.copy() for node in inputs}",
                "return [node.gradient.copy() for node in inputs]",
            ),
        ),
    ),
    Mistake(
        "backward-accumulates",
        "graph_backward",
        "A second call adds to the gradients of the first, at every node. Each call of backward starts afresh.",
        edits=(
            (_CLEAR, ""),
            (
                _ZERO,
                """\
        for node in (*inputs, *order):
            if node.gradient is None or node.gradient.shape != node.value.shape:
                node.gradient = np.zeros_like(node.value)
""",
            ),
        ),
    ),
    Mistake(
        "backward-accumulates-at-inputs",
        "graph_backward",
        "A second call adds to the inputs' gradients of the first. Each call of backward starts afresh.",
        edits=(
            (_CLEAR, ""),
            (
                _ZERO,
                """\
        for node in (*inputs, *order):
            if node.gate is not None or node.gradient is None or node.gradient.shape != node.value.shape:
                node.gradient = np.zeros_like(node.value)
""",
            ),
        ),
    ),
    Mistake(
        "backward-accumulates-inside",
        "graph_backward",
        "A second call starts with the inner gradients of the first: only the inputs' gradients are set to zero. Each "
        "call starts afresh, at every node.",
        edits=(
            (_CLEAR, ""),
            (
                _ZERO,
                """\
        for node in (*inputs, *order):
            if node.gate is None or node.gradient is None or node.gradient.shape != node.value.shape:
                node.gradient = np.zeros_like(node.value)
""",
            ),
        ),
    ),
    Mistake(
        "backward-remembers",
        "graph_backward",
        "A second call returns the gradients of the first. `upstream` may be another, so compute them again.",
        edits=(
            (
                "        order = self.topological_order()\n",
                """\
        if getattr(self, "known_output", None) is self.output.value:
            return {node.name: node.gradient.copy() for node in self.nodes if node.gate is None}
        self.known_output = self.output.value
        order = self.topological_order()
""",
            ),
        ),
    ),
    Mistake(
        "backward-no-default",
        "graph_backward",
        "backward cannot be called without an argument. `upstream` has a default, 1.0.",
        edits=(("upstream=1.0", "upstream"),),
    ),
    Mistake(
        "backward-upstream-not-broadcast",
        "graph_backward",
        "An upstream gradient that is a number stays a number. Broadcast it to the output's shape first.",
        edits=((_SEED, "        self.output.gradient = np.array(upstream, dtype=float)\n"),),
    ),
    Mistake(
        "backward-only-numbers-broadcast",
        "graph_backward",
        "An upstream number is spread over the output, a row is not. Broadcast whatever comes to the output's shape.",
        edits=(
            (
                _SEED,
                """\
        if np.ndim(upstream) == 0:
            upstream = np.full(self.output.value.shape, upstream)
        self.output.gradient = np.array(upstream, dtype=float)
""",
            ),
        ),
    ),
    Mistake(
        "backward-integers",
        "graph_backward",
        "The gradient of an integer input is an integer array, so its decimals are cut off. A gradient is float64.",
        edits=(
            (
                _RETURN,
                """\
        whole = {node.name for node in inputs if np.all(node.value == np.round(node.value))}
        return {
            node.name: node.gradient.astype(int) if node.name in whole else node.gradient.copy() for node in inputs
        }
""",
            ),
        ),
    ),
    Mistake(
        "backward-idle-inputs-missing",
        "graph_backward",
        "An input that the output does not depend on is missing from the result. Its gradient is zero, and it belongs "
        "in the dict.",
        edits=((_RETURN, "        return {node.name: node.gradient.copy() for node in order if node.gate is None}\n"),),
    ),
    Mistake(
        "backward-idle-inputs-none",
        "graph_backward",
        "The gradient of an input that the output does not depend on is None. It is zero, in the shape of its value.",
        edits=(
            ("        for node in (*inputs, *order):\n", "        for node in order:\n"),
            (_RETURN, "        return {node.name: node.gradient for node in inputs}\n"),
        ),
    ),
    Mistake(
        "backward-idle-inputs-number",
        "graph_backward",
        "The gradient of an input that the output does not depend on is the number 0. It has the shape of its value.",
        edits=(
            ("        for node in (*inputs, *order):\n", "        for node in order:\n"),
            (
                _RETURN,
                """\
        return {node.name: 0.0 if node.gradient is None else node.gradient.copy() for node in inputs}
""",
            ),
        ),
    ),
    Mistake(
        "backward-as-stored",
        "graph_backward",
        "The gates run in the reverse of the order in which the nodes stand in `nodes`. That order means nothing: take "
        "topological_order(), reversed.",
        edits=(
            (
                "        for node in reversed(order):\n            if node.gate is not None:\n",
                "        for node in reversed(self.nodes):\n            if node.gate is not None and node in order:\n",
            ),
        ),
    ),
    Mistake(
        "backward-not-reversed",
        "graph_backward",
        "The gates run from the inputs up. Backwards, a node must wait for its children: reverse the order.",
        edits=(("for node in reversed(order):", "for node in order:"),),
    ),
    Mistake(
        "backward-sends-on-too-early",
        "graph_backward",
        "A node sends its gradient on each time a share arrives, so what came before is sent again (doublings give 2, "
        "8, 48). Wait until all children have sent theirs: that is what the reverse topological order is for.",
        edits=(
            (
                "        for node in reversed(order):\n            if node.gate is not None:\n",
                """\
        waiting = [self.output]
        while waiting:
            node = waiting.pop(0)
            waiting += node.parents
            if node.gate is not None:
""",
            ),
        ),
    ),
    Mistake(
        "backward-double-parent",
        "graph_backward",
        "Where a gate reads one node twice, one of the two shares is lost. Both are added to that node's gradient.",
        edits=(
            (
                "in zip(node.parents, gradients, strict=True):",
                "in dict(zip(node.parents, gradients, strict=True)).items():",
            ),
        ),
    ),
    Mistake(
        "backward-every-path",
        "graph_backward",
        "A gate runs backward once for each path to the output: the sums are right, the work doubles with each "
        "diamond. Add up a node's gradient first, then run its gate once.",
        edits=(
            (
                """\
        for node in reversed(order):
            if node.gate is not None:
                gradients = node.gate.backward(node.gradient)
""",
                """\
        waiting = [(self.output, self.output.gradient)]
        while waiting:
            node, share = waiting.pop()
            if node.gate is not None:
                gradients = node.gate.backward(share)
""",
            ),
            (
                _SHARES,
                """\
                for parent, gradient in zip(node.parents, gradients, strict=True):
                    parent.gradient += gradient
                    waiting.append((parent, gradient))
""",
            ),
        ),
    ),
    Mistake(
        "backward-runs-forward",
        "graph_backward",
        "backward runs the gates forward again. The values are there since forward: use them.",
        edits=(
            (
                "                gradients = node.gate.backward(node.gradient)\n",
                "                node.gate.forward(*(parent.value for parent in node.parents))\n"
                "                gradients = node.gate.backward(node.gradient)\n",
            ),
        ),
    ),
    Mistake(
        "backward-runs-everything",
        "graph_backward",
        "Gates run backward that the output does not depend on. Run those in topological_order() only.",
        edits=(
            (
                _RETURN,
                """\
        for node in self.nodes:
            if node.gate is not None and node not in order:
                for parent in node.parents:
                    if parent.value is None:
                        break
                else:
                    node.gate.forward(*(parent.value for parent in node.parents))
                    node.gate.backward(np.zeros_like(node.parents[0].value))
        return {node.name: node.gradient.copy() for node in inputs}
""",
            ),
        ),
    ),
    Mistake(
        "backward-recursive",
        "graph_backward",
        "backward calls itself from node to node. In a graph 5000 gates deep Python's recursion limit ends it: go "
        "through topological_order() in a loop, from the end.",
        edits=(
            (
                "        for node in reversed(order):\n            if node.gate is not None:\n",
                """\
        def send(place):
            node = order[place]
            if node.gate is not None:
""",
            ),
            (
                _SHARES,
                """\
                for parent, gradient in zip(node.parents, gradients, strict=True):
                    parent.gradient += gradient
            if place > 0:
                send(place - 1)

        send(len(order) - 1)
""",
            ),
        ),
    ),
)


def _neuron(name: str, sentence: str, *edits: tuple[str, str]) -> Mistake:
    return Mistake(f"neuron-{name}", "neuron_loss_graph", sentence, edits=edits)


_NEURON = (
    _neuron(
        "sum-for-difference",
        "The error is y + σ. It is y − σ: shift by −y, or turn the sign of σ first.",
        ("Shift(-y)", "Shift(y)"),
    ),
    _neuron("no-half", "The squared error lacks its factor ½.", ("Scale(0.5)", "Scale(1.0)")),
    _neuron(
        "penalty-half",
        "The penalty is ½ · strength · w². In this course it is strength · w², without ½.",
        ("Scale(strength)", "Scale(strength / 2)"),
    ),
    _neuron(
        "penalty-double",
        "The penalty is 2 · strength · w². The 2 belongs to its derivative: multiply gates make it by themselves.",
        ("Scale(strength)", "Scale(2 * strength)"),
    ),
    _neuron("penalty-unscaled", "The penalty is w²: `strength` is missing.", ("Scale(strength)", "Scale(1.0)")),
    _neuron(
        "penalty-strength-squared",
        "The penalty is (strength · w)². Square w first, then scale.",
        (
            "graph.apply(Scale(strength), graph.apply(Multiply(), w, w))",
            "graph.apply(Multiply(), *[graph.apply(Scale(strength), w)] * 2)",
        ),
    ),
    _neuron(
        "penalty-not-squared",
        "The penalty is strength · w. It is strength · w².",
        ("graph.apply(Multiply(), w, w))", "w)"),
    ),
    _neuron(
        "penalty-on-bias",
        "The penalty is on b. It is on the weight w; biases are not penalised.",
        ("graph.apply(Multiply(), w, w)", "graph.apply(Multiply(), b, b)"),
    ),
    _neuron(
        "penalty-on-both",
        "The penalty is on w and b. It is on the weight w only; biases are not penalised.",
        (
            "graph.apply(Multiply(), w, w)",
            "graph.apply(Add(), graph.apply(Multiply(), w, w), graph.apply(Multiply(), b, b))",
        ),
    ),
    _neuron(
        "penalty-subtracted",
        "The penalty is subtracted from the loss. It is added: large weights cost.",
        ("Scale(strength)", "Scale(-strength)"),
    ),
    _neuron(
        "penalty-missing",
        "The penalty strength · w² is not part of the output. The node applied last is the output: add the two.",
        ("    graph.apply(Add(), data_loss, penalty)\n", "    graph.output = data_loss\n"),
    ),
    _neuron(
        "output-is-the-penalty",
        "The output is the penalty alone: it was applied last. Add it to the squared error, or set `output`.",
        ("    graph.apply(Add(), data_loss, penalty)\n", "    graph.output = penalty\n"),
    ),
    _neuron(
        "error-not-squared",
        "The error is not squared: the loss is ½ (y − σ)², not half the difference.",
        ("graph.apply(Multiply(), error, error)", "error"),
    ),
    _neuron("no-sigmoid", "The sigmoid is missing: the error is y − (w x + b).", ("graph.apply(Sigmoid(), z)", "z")),
    _neuron(
        "bias-multiplied",
        "The bias is multiplied in: z is w x b. It is w x + b.",
        (
            "graph.apply(Add(), graph.apply(Multiply(), w, x), b)",
            "graph.apply(Multiply(), graph.apply(Multiply(), w, x), b)",
        ),
    ),
    _neuron(
        "no-bias",
        "The bias b is not used: z is w x + b.",
        ("graph.apply(Add(), graph.apply(Multiply(), w, x), b)", "graph.apply(Multiply(), w, x)"),
    ),
    _neuron(
        "sigmoid-of-product",
        "The bias is added behind the sigmoid: σ(w x) + b. It belongs inside: σ(w x + b).",
        ("graph.apply(Add(), graph.apply(Multiply(), w, x), b)", "graph.apply(Multiply(), w, x)"),
        ("graph.apply(Sigmoid(), z)", "graph.apply(Add(), graph.apply(Sigmoid(), z), b)"),
    ),
    _neuron(
        "constant-dropped",
        "The square is multiplied out and its constant ½ y² left away. The gradient is right, the loss is not.",
        (
            "    data_loss = graph",
            "    constant = 0.5 * y * y\n    data_loss = graph",
        ),
        ("    penalty =", "    data_loss = graph.apply(Shift(-constant), data_loss)\n    penalty ="),
    ),
    _neuron(
        "default-strength",
        "A strength of 0 is taken for no strength at all and replaced. 0 means: no penalty.",
        ("    graph = Graph()\n", "    strength = strength or 0.1\n    graph = Graph()\n"),
    ),
    _neuron(
        "target-as-input",
        "y is an input of the graph. It is a constant: put it into a gate, such as Shift.",
        (
            "    error = graph.apply(Shift(-y), graph.apply(Sigmoid(), z))\n",
            "    error = graph.apply(Add(), graph.apply(Scale(-1.0), graph.apply(Sigmoid(), z)), graph.input('y'))\n",
        ),
    ),
    _neuron(
        "other-names",
        "The inputs have other names. They are called w, x and b.",
        (
            'graph.input("w"), graph.input("x"), graph.input("b")',
            'graph.input("weight"), graph.input("x"), graph.input("bias")',
        ),
    ),
    _neuron(
        "returns-the-node",
        "The result is the output's node. Return the graph.",
        ("    return graph\n", "    return graph.output\n"),
    ),
    _neuron(
        "no-return",
        "The graph is built but not returned.",
        ("    return graph\n", ""),
    ),
    _neuron(
        "square-without-upstream",
        "The squares are a gate of your own that returns its local gradient: upstream is missing. A multiply gate that "
        "reads the same node twice is a square too.",
        (
            "    graph = Graph()\n",
            """\
    class Square:
        def forward(self, x):
            self.x = x
            return x * x

        def backward(self, upstream):
            return 2 * self.x

    graph = Graph()
""",
        ),
        ("graph.apply(Multiply(), error, error)", "graph.apply(Square(), error)"),
        ("graph.apply(Multiply(), w, w)", "graph.apply(Square(), w)"),
    ),
)

GRAPH = (*_ORDER, *_FORWARD, *_BACKWARD, *_NEURON, *NUMERIC)

LEFT_OUT = {
    "constants / non-tracked inputs receive grad or graph silently missing": "a node is given and always tracked; what "
    "can go missing are inputs: backward-idle-inputs-missing and its two neighbours",
    "returns the upstream array itself": "no graph question has points for memory; the gates' purity items hold it",
    "mutates inputs in forward": "as above, the gates' purity items",
    "mutates upstream or cache in backward": "the graph's results are new arrays in every natural form; second calls "
    "are looked at by backward-accumulates and its neighbours",
    "stores view, history entries alias": "each value is copied when it crosses the wire, and no property of the graph "
    "is about memory",
}
