# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 · Circuits
#
# This notebook runs **your** code: the files in `student_src/`. You write there, in an editor; here you
# look at what your gates do. The handout `README.md` in this folder has the maths and the rules.
#
# Run the cells from the top. When a cell needs something that you have not written yet, it says so in one
# line and stops:
#
# ```
# circuits.multiply: not written yet – see student_src/gates.py, line 75
# ```
#
# Write it, save the file, run the cell again. The first cell makes sure that your edits are picked up.

# %%
# %load_ext autoreload
# %autoreload 2
import sys
from pathlib import Path

root = next((p for p in (Path.cwd(), *Path.cwd().parents) if (p / "student_src").is_dir()), None)
if root is None:
    raise SystemExit("No folder student_src above this notebook: open it inside the unpacked course folder.")
sys.path[:0] = [str(root), *(str(root / "assignments" / name) for name in ("1_circuits", "shared"))]

import numpy as np
from drawing import draw_circuit
from notebook_common import compare, stop_at_missing
from notebook_tools import plot_errors

from student_src import gates, graph, numeric

stop_at_missing()
rng = np.random.default_rng(7)

# %% [markdown]
# ## 1 · Broadcasting is a branch, so its gradient is a sum
#
# A bias of shape `(3,)` added to a `(4, 3)` matrix is used four times, once per row. Gradients add at
# branches: its gradient is the sum over these four rows. The gradient of a number is the sum of everything.
#
# `unbroadcast` undoes what broadcasting did, and gives the input's shape back.

# %%
upstream = np.arange(12.0).reshape(4, 3)
compare(
    ("(4, 3) to (3,)", gates.unbroadcast(upstream, (3,)), [18.0, 22.0, 26.0]),
    ("(4, 3) to (1, 3)", gates.unbroadcast(upstream, (1, 3)), [[18.0, 22.0, 26.0]]),
    ("(4, 3) to (4, 1)", gates.unbroadcast(upstream, (4, 1)), [[3.0], [12.0], [21.0], [30.0]]),
    ("(4, 3) to ()", gates.unbroadcast(upstream, ()), 66.0),
    ("(4, 3) to (4, 3)", gates.unbroadcast(upstream, (4, 3)), upstream),
)
print("a copy where nothing is summed:", not np.shares_memory(gates.unbroadcast(upstream, (4, 3)), upstream))

# %% [markdown]
# ## 2 · Three gates with two inputs
#
# Add **distributes** the upstream gradient, multiply **switches** the inputs, max **routes** it to the
# winner. With the upstream gradient 2, at x = 3 and y = −4:

# %%
x, y, upstream = np.array(3.0), np.array(-4.0), np.array(2.0)
for gate, value, dx, dy in [
    (gates.Add(), -1.0, 2.0, 2.0),
    (gates.Multiply(), -12.0, -8.0, 6.0),
    (gates.Maximum(), 3.0, 2.0, 0.0),
]:
    name = type(gate).__name__
    compare((f"{name} value", gate.forward(x, y), value))
    got_dx, got_dy = gate.backward(upstream)
    compare((f"{name} dx", got_dx, dx), (f"{name} dy", got_dy, dy))

# %% [markdown]
# The same gates on arrays that broadcast, and a tie. In the tie (the middle entry) the first input gets
# everything.

# %%
multiply = gates.Multiply()
multiply.forward(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([10.0, 20.0, 30.0]))
dx, dy = multiply.backward(np.ones((2, 3)))
compare(("Multiply dx", dx, [[10.0, 20.0, 30.0]] * 2), ("Multiply dy, summed", dy, [5.0, 7.0, 9.0]))

maximum = gates.Maximum()
maximum.forward(np.array([1.0, 5.0, 7.0]), np.array([2.0, 5.0, 6.0]))
dx, dy = maximum.backward(np.array([0.3, 0.5, 0.7]))
compare(("Maximum dx, a tie", dx, [0.0, 0.5, 0.7]), ("Maximum dy, a tie", dy, [0.3, 0.0, 0.0]))

# %% [markdown]
# ## 3 · Gates with one input
#
# Each multiplies the upstream gradient by its local gradient. At x = 2, with the upstream gradient 3:

# %%
x, upstream = np.array(2.0), np.array(3.0)
for gate, value, dx in [
    (gates.Exp(), np.e**2, 3 * np.e**2),
    (gates.Log(), np.log(2), 3 / 2),
    (gates.Reciprocal(), 1 / 2, -3 / 4),
    (gates.Scale(-5.0), -10.0, -15.0),
    (gates.Shift(-5.0), -3.0, 3.0),
    (gates.Sigmoid(), 0.8807970779778823, 0.3149807562105194),
]:
    name = type(gate).__name__
    compare((f"{name} value", gate.forward(x), value), (f"{name} dx", gate.backward(upstream), dx))

# %% [markdown]
# A sigmoid must survive large inputs. These should be 0, ½ and 1, with no `nan` among them:

# %%
print(gates.Sigmoid().forward(np.array([-1000.0, 0.0, 1000.0])))

# %% [markdown]
# ## 4 · The numerical gradient
#
# Slow, approximate, easy to write: so it is the judge of your backward passes. How good a judge is it? Here
# is the error of both differences for $f(x) = e^x$ at $x = 1$, where the truth is known, against the step
# $h$.

# %%
truth = np.array([np.e])
steps = np.logspace(-14, -1, 53)


def f(x):
    return float(np.exp(x).sum())


one_sided = [numeric.relative_error(numeric.one_sided_gradient(f, np.array([1.0]), h), truth) for h in steps]
two_sided = [numeric.relative_error(numeric.numerical_gradient(f, np.array([1.0]), h), truth) for h in steps]
# relative_error divides by |a| + |b|, about twice the truth: times 2 gives the usual relative error.
plot_errors(steps, {"one-sided": 2 * np.array(one_sided), "two-sided": 2 * np.array(two_sided)})

# %% [markdown]
# Read the picture from the right. As $h$ shrinks, the one-sided error falls with slope 1 and the two-sided
# one with slope 2, as Taylor's theorem says. Then rounding takes over: the numerator is a difference of two
# nearly equal numbers, its rounding error is divided by an ever smaller $h$, and the error climbs again
# with slope −1. (Above the dashed line of $\varepsilon / h$ or a little below it: rounding is noise.) The
# best two-sided step is near $10^{-5}$, which is why `h=1e-5` is the default.

# %%
best_one, best_two = int(np.argmin(one_sided)), int(np.argmin(two_sided))
print(f"one-sided: smallest error {2 * one_sided[best_one]:.0e} at h = {steps[best_one]:.0e}")
print(f"two-sided: smallest error {2 * two_sided[best_two]:.0e} at h = {steps[best_two]:.0e}")

# %% [markdown]
# Now let it judge your own gates. Random inputs, a random upstream gradient that is **not** all ones,
# different sizes on each axis: with ones or with squares, several mistakes stay invisible. Right gates are
# far below `1e-6`.

# %%
tall, row = rng.normal(size=(5, 3)), rng.normal(size=3)
positive = rng.uniform(0.5, 2.0, size=(5, 3))
cases = [
    (gates.Add(), (tall, row)),
    (gates.Multiply(), (tall, row)),
    (gates.Maximum(), (tall, row)),
    (gates.Exp(), (tall,)),
    (gates.Log(), (positive,)),
    (gates.Reciprocal(), (positive,)),
    (gates.Scale(-0.7), (tall,)),
    (gates.Shift(1.3), (tall,)),
    (gates.Sigmoid(), (tall,)),
]
upstream = rng.normal(size=(5, 3))
for gate, inputs in cases:
    print(f"{type(gate).__name__:<12}{numeric.check_gradient(gate, inputs, upstream):.1e}")

# %% [markdown]
# ## 5 · A circuit
#
# $f = (x + y)\,z$ at $x = -2$, $y = 5$, $z = -4$. Forwards, $q = x + y = 3$ and $f = qz = -12$. Backwards,
# the multiply gate switches ($\partial f/\partial q = z = -4$, $\partial f/\partial z = q = 3$) and the add
# gate distributes ($\partial f/\partial x = \partial f/\partial y = -4$).

# %%
circuit = graph.Graph()
x, y, z = circuit.input("x"), circuit.input("y"), circuit.input("z")
q = circuit.apply(gates.Add(), x, y)
circuit.apply(gates.Multiply(), q, z)

print([node.name or type(node.gate).__name__ for node in circuit.topological_order()])
value = circuit.forward(x=-2.0, y=5.0, z=-4.0)
gradient = circuit.backward()
compare(("f", value, -12.0), ("df/dx", gradient["x"], -4.0), ("df/dy", gradient["y"], -4.0))
compare(("df/dz", gradient["z"], 3.0), ("df/dq", q.gradient, -4.0))

# %%
draw_circuit(circuit, "f = (x + y) z")

# %% [markdown]
# Two more, with a max gate. $2\,(xy + \max(z, w))$ at $(3, -4, 2, -1)$:

# %%
circuit = graph.Graph()
x, y, z, w = (circuit.input(name) for name in "xyzw")
total = circuit.apply(gates.Add(), circuit.apply(gates.Multiply(), x, y), circuit.apply(gates.Maximum(), z, w))
circuit.apply(gates.Scale(2.0), total)
compare(("f", circuit.forward(x=3.0, y=-4.0, z=2.0, w=-1.0), -20.0))
for name, expected in zip("xyzw", (-8.0, 6.0, 2.0, 0.0), strict=True):
    compare((f"df/d{name}", circuit.backward()[name], expected))
draw_circuit(circuit, "2 (x y + max(z, w))")

# %% [markdown]
# ## 6 · Gradients add at branches
#
# In $(x + y) \max(y, z)$ the input $y$ is used twice. Each wire brings its own share back; the Σ under the
# node is their sum, and that sum is the gradient.

# %%
circuit = graph.Graph()
x, y, z = (circuit.input(name) for name in "xyz")
circuit.apply(gates.Multiply(), circuit.apply(gates.Add(), x, y), circuit.apply(gates.Maximum(), y, z))
compare(("f", circuit.forward(x=1.0, y=2.0, z=0.0), 6.0))
gradient = circuit.backward()
compare(("df/dx", gradient["x"], 2.0), ("df/dy", gradient["y"], 5.0), ("df/dz", gradient["z"], 0.0))
draw_circuit(circuit, "(x + y) max(y, z)")

# %% [markdown]
# The sharpest test of a branch: one node that stands twice at the same gate. $b = a + a$, $c = b + b$, so
# $c = 4a$.

# %%
circuit = graph.Graph()
a = circuit.input("a")
b = circuit.apply(gates.Add(), a, a)
circuit.apply(gates.Add(), b, b)
compare(("c", circuit.forward(a=1.0), 4.0), ("dc/da", circuit.backward()["a"], 4.0))
compare(("dc/da, asked again", circuit.backward()["a"], 4.0))
draw_circuit(circuit, "a node used twice by one gate")

# %% [markdown]
# With twenty doublings there are $2^{20}$ paths from the input to the output, and 21 nodes. Visiting nodes
# is instant, following paths is not. And with 5000 gates in a row, a recursive function would hit Python's
# limit.

# %%
for n in (1, 2, 3, 20):
    circuit = graph.Graph()
    node = circuit.input("y")
    for _ in range(n):
        node = circuit.apply(gates.Add(), node, node)
    circuit.forward(y=1.0)
    compare((f"{n} doublings", circuit.backward()["y"], 2.0**n))

circuit = graph.Graph()
node = circuit.input("x")
for _ in range(5000):
    node = circuit.apply(gates.Shift(0.001), node)
compare(("5000 shifts", circuit.forward(x=0.0), 5.0), ("their gradient", circuit.backward()["x"], 1.0))

# %% [markdown]
# ## 7 · The sigmoid neuron: composite against fused
#
# $f(w, x) = \sigma(w_0 x_0 + w_1 x_1 + w_2)$ at $w = (2, -3, -3)$, $x = (-1, -2)$, with the sigmoid taken
# apart into the four gates ×(−1), exp, +1, 1/x.


# %%
def neuron(fused):
    circuit = graph.Graph()
    w0, x0, w1, x1, w2 = (circuit.input(name) for name in ("w0", "x0", "w1", "x1", "w2"))
    products = circuit.apply(gates.Multiply(), w0, x0), circuit.apply(gates.Multiply(), w1, x1)
    node = circuit.apply(gates.Add(), circuit.apply(gates.Add(), *products), w2)
    sigmoid = (gates.Scale(-1.0), gates.Exp(), gates.Shift(1.0), gates.Reciprocal())
    for gate in (gates.Sigmoid(),) if fused else sigmoid:
        node = circuit.apply(gate, node)
    return circuit


expected = {
    "w0": -0.1966119332,
    "x0": 0.3932238665,
    "w1": -0.3932238665,
    "x1": -0.5898357997,
    "w2": 0.1966119332,
}
for fused in (False, True):
    circuit = neuron(fused)
    print("one fused sigmoid gate" if fused else "four gates")
    compare(("f", circuit.forward(w0=2.0, x0=-1.0, w1=-3.0, x1=-2.0, w2=-3.0), 0.7310585786))
    gradient = circuit.backward()
    compare(*((f"df/d{name}", gradient[name], value) for name, value in expected.items()))

# %%
circuit = neuron(fused=False)
circuit.forward(w0=2.0, x0=-1.0, w1=-3.0, x1=-2.0, w2=-3.0)
circuit.backward()
draw_circuit(circuit, "the sigmoid neuron, gate by gate")

# %% [markdown]
# Same numbers, and the fused gate is cheaper and safer. Feed both with −1000: the four gates compute
# $e^{1000}$, which is infinite in float64, and the gradient is lost.

# %%
four = graph.Graph()
node = four.input("x")
for gate in (gates.Scale(-1.0), gates.Exp(), gates.Shift(1.0), gates.Reciprocal()):
    node = four.apply(gate, node)
one = graph.Graph()
one.apply(gates.Sigmoid(), one.input("x"))
with np.errstate(all="ignore"):
    for x in (-1000.0, -30.0, 30.0):
        print(f"x = {x:7}", end="   ")
        print(f"four gates: {four.forward(x=x):.3g}, gradient {four.backward()['x']:.3g}", end="   ")
        print(f"fused: {one.forward(x=x):.3g}, gradient {one.backward()['x']:.3g}")

# %% [markdown]
# Everything used several times: $f = \dfrac{x + \sigma(y)}{\sigma(x) + (x + y)^2}$ at $(3, -4)$.

# %%
circuit = graph.Graph()
x, y = circuit.input("x"), circuit.input("y")
top = circuit.apply(gates.Add(), x, circuit.apply(gates.Sigmoid(), y))
total = circuit.apply(gates.Add(), x, y)
square = circuit.apply(gates.Multiply(), total, total)
bottom = circuit.apply(gates.Add(), circuit.apply(gates.Sigmoid(), x), square)
circuit.apply(gates.Multiply(), top, circuit.apply(gates.Reciprocal(), bottom))
compare(("f", circuit.forward(x=3.0, y=-4.0), 1.5456448841))
gradient = circuit.backward()
compare(("df/dx", gradient["x"], 2.0595697956), ("df/dy", gradient["y"], 1.5922327515))
draw_circuit(circuit, "every variable used several times")

# %% [markdown]
# ## 8 · The loss of a neuron, and a sign
#
# $L = \tfrac12 (y - \sigma(wx + b))^2 + \lambda w^2$ is the example of lecture note 4. The note prints $+(y
# - \sigma)\,\sigma' x + 2\lambda w$ for $\partial L/\partial w$; the inner derivative of $y - \sigma$
# brings a minus. Your circuit and the numerical gradient agree on it.

# %%
loss = graph.neuron_loss_graph(y=1.0, strength=0.1)
print("L =", loss.forward(w=0.7, x=1.5, b=-0.2))
gradient = loss.backward()

s = 1 / (1 + np.exp(-(0.7 * 1.5 - 0.2)))
slope = s * (1 - s)


def of_w(w):
    return float(loss.forward(w=w[0], x=1.5, b=-0.2))


compare(
    ("dL/dw, your circuit", gradient["w"], 0.0457806870),
    ("dL/dw, numerically", numeric.numerical_gradient(of_w, np.array([0.7]))[0], 0.0457806870),
    ("dL/db, your circuit", gradient["b"], -(1 - s) * slope),
)
print("with the sign of the note:", (1 - s) * slope * 1.5 + 2 * 0.1 * 0.7)

# %%
loss.forward(w=0.7, x=1.5, b=-0.2)
loss.backward()
draw_circuit(loss, "½ (y − σ(w x + b))² + λ w²")

# %% [markdown]
# This is all that training is: go forwards, go backwards, take a small step against the gradient.

# %%
w, b = 0.7, -0.2
for step in range(6):
    value = loss.forward(w=w, x=1.5, b=b)
    gradient = loss.backward()
    print(f"step {step}: L = {float(value):.6f}   w = {w:.4f}   b = {b:.4f}")
    w, b = w - float(gradient["w"]), b - float(gradient["b"])

# %% [markdown]
# ## 9 · Matrices
#
# With $Z = XY$, $X$ of shape `(n, m)`, $Y$ of shape `(m, k)`, and an upstream gradient $G$ of $Z$'s shape
# `(n, k)`, the shapes leave one way to multiply: $dX = G\,Y^\top$ and $dY = X^\top G$. The long way round
# is the Jacobian, a matrix of `(n k, n m)` numbers of which most are zero. Nobody builds it. Once, to see
# it:

# %%
X, Y, G = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))
matmul = gates.MatMul()
matmul.forward(X, Y)
dX, dY = matmul.backward(G)
jacobian = numeric.numerical_jacobian(lambda x: x @ Y, X)
print("the Jacobian of Z with respect to X has shape", jacobian.shape)
print(f"and {np.mean(np.abs(jacobian) < 1e-9):.0%} of it is zero")
compare(("dX through the Jacobian", (G.ravel() @ jacobian).reshape(X.shape), dX))
print(f"check_gradient: {numeric.check_gradient(gates.MatMul(), (X, Y), G):.1e}")

# %% [markdown]
# **A bias is a weight on an input of ones.** Put a column of ones beside $X$ and the bias under $W$ as one
# more row: one matrix product does both. Its gradient is the last row of the weights' gradient, and that is
# the column sum of $G$, the same as `unbroadcast` gives.

# %%
W, bias = rng.normal(size=(3, 4)), rng.normal(size=4)
wide, tall = np.hstack([X, np.ones((2, 1))]), np.vstack([W, bias])
matmul = gates.MatMul()
compare(("X W + b", matmul.forward(wide, tall), X @ W + bias))
compare(("db, two ways", matmul.backward(G)[1][-1], gates.unbroadcast(G, (4,))))

# %% [markdown]
# ## 10 · Hand in
#
# In a terminal, in the course folder:
#
# ```
# python -m pytest tests/public -m circuits
# python -m autograder check
# python -m autograder submit
# ```
#
# `submit` looks whether the right files are there and can be imported, tells you which questions are not
# attempted, and writes the zip to hand in. This notebook is not graded.
