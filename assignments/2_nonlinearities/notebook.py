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
# # 2 · Nonlinearities and losses
#
# This notebook runs **your** code: the files in `student_src/`. You write there, in an editor; here you look
# at what your activations and losses do. The handout `README.md` in this folder has the maths and the rules.
#
# Run the cells from the top. When a cell needs something that you have not written yet, it says so in one
# line and stops:
#
# ```
# nonlinearities.relu: not written yet – see student_src/activations.py, line 100
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
sys.path[:0] = [str(root), *(str(root / "assignments" / name) for name in ("2_nonlinearities", "shared"))]

import notebook_tools as tools
import numpy as np
from notebook_common import compare, stop_at_missing

from student_src import activations, losses

stop_at_missing()
rng = np.random.default_rng(7)

# %% [markdown]
# ## 1 · Straight pieces
#
# Five activations made of straight lines. The slope at each entry is a number that you can read off; backwards
# it multiplies the upstream gradient. Here is x = (−2, −0.5, 0, 0.5, 2) with an upstream gradient of ones, so that
# `backward` returns the slopes. Look at the middle one: at a kink the branch x ≤ 0 counts.

# %%
x, ones = np.array([-2.0, -0.5, 0.0, 0.5, 2.0]), np.ones(5)
for block, output, slope in [
    (activations.Identity(), x, ones),
    (activations.Step(), [0, 0, 0, 1, 1], 0 * ones),
    (activations.ReLU(), [0, 0, 0, 0.5, 2], [0, 0, 0, 1, 1]),
    (activations.LeakyReLU(), [-0.02, -0.005, 0, 0.5, 2], [0.01, 0.01, 0.01, 1, 1]),
    (activations.HardTanh(), [-1, -0.5, 0, 0.5, 1], [0, 1, 1, 1, 0]),
]:
    name = type(block).__name__
    compare((name, block.forward(x), output), (f"{name}, slope", block.backward(ones), slope))

# %% [markdown]
# `Step` has slope 0 everywhere. Nothing that stands before a step ever hears from the loss: it cannot learn.
#
# ## 2 · Curves
#
# Sigmoid and tanh know their slope from their **output**: $s(1 - s)$ and $1 - y^2$. ELU is a line and a curve that
# meet at 0.

# %%
for block, output, slope in [
    (
        activations.Sigmoid(),
        [0.119203, 0.377541, 0.5, 0.622459, 0.880797],
        [0.104994, 0.235004, 0.25, 0.235004, 0.104994],
    ),
    (activations.Tanh(), [-0.964028, -0.462117, 0, 0.462117, 0.964028], [0.070651, 0.786448, 1, 0.786448, 0.070651]),
    (activations.ELU(), [-0.864665, -0.393469, 0, 0.5, 2], [0.135335, 0.606531, 1, 1, 1]),
]:
    name = type(block).__name__
    compare((name, block.forward(x), output), (f"{name}, slope", block.backward(ones), slope))
compare(("tanh_from_sigmoid", activations.tanh_from_sigmoid(x), np.tanh(x)))

# %% [markdown]
# All must survive large inputs. No `nan` and no `inf` here, and slopes of 0 or 1:

# %%
far = np.array([-1000.0, 1000.0])
for block in (activations.Sigmoid(), activations.Tanh(), activations.ELU()):
    print(f"{type(block).__name__:<10}", block.forward(far), " slopes", block.backward(np.ones(2)))

# %% [markdown]
# ## 3 · The gallery
#
# Each activation in green and its slope in red, dashed, both from your code. (PReLU starts as a leaky ReLU with
# slope 0.25.)

# %%
grid = np.linspace(-3, 3, 601)
gallery = [
    activations.Identity(),
    activations.Step(),
    activations.HardTanh(),
    activations.Sigmoid(),
    activations.Tanh(),
    activations.ELU(),
    activations.ReLU(),
    activations.LeakyReLU(0.1),
    activations.PReLU(),
]
tools.plot_gallery(
    grid, {type(block).__name__: (block.forward(grid), block.backward(np.ones(601))) for block in gallery}
)

# %% [markdown]
# Where the red line is 0, nothing passes. Where it is below 1, less passes. Only the family of ReLU is at 1 on a
# whole half of the axis. Sigmoid's red line is at most ¼.
#
# Is each `backward` the derivative of its `forward`? Differences along a random direction, with a random upstream
# gradient, say. Right blocks are far below `1e-6`.

# %%
x, g = rng.normal(size=(2, 5, 3))  # g: the upstream gradient
for block in gallery[2:]:
    block.forward(x)
    gap = tools.disagreement(lambda v, b=block: np.sum(g * b.forward(v)), block.backward(g), x, rng)
    print(f"{type(block).__name__:<12}{gap:.1e}")

# %% [markdown]
# ## 4 · Saturation
#
# Feed a block with numbers of a larger and larger spread, and count the entries whose slope is below 0.01. For
# sigmoid and tanh the share grows towards 1: large weights switch such a network off before it starts. ReLU does
# not care about the spread: half of it is always off, and the other half never saturates.
#
# On the right: many activations in a row, $x \leftarrow f(x)$, and what is left of a gradient at the input. Ten
# sigmoids leave less than a millionth.

# %%
noise = rng.normal(size=20000)
stds = np.logspace(-1, 2, 25)
kinds = (activations.Sigmoid, activations.Tanh, activations.ReLU)
shares = {kind.__name__: [activations.saturation(kind(), std * noise) for std in stds] for kind in kinds}


def chain(kind, depth, x):
    blocks = [kind() for _ in range(depth)]
    for block in blocks:
        x = block.forward(x)
    gradient = np.ones_like(x)
    for block in reversed(blocks):
        gradient = block.backward(gradient)
    return np.mean(np.abs(gradient))


depths = range(1, 11)
left_over = {kind.__name__: [chain(kind, depth, noise[:2000]) for depth in depths] for kind in kinds}
print(f"ten sigmoids leave {left_over['Sigmoid'][-1]:.1e} of the gradient, ten ReLUs {left_over['ReLU'][-1]:.2f}")
tools.plot_saturation(stds, shares, depths, left_over)

# %% [markdown]
# ## 5 · Dead units
#
# Forty ReLU units look at 60 samples. The further their biases are pushed below 0 (one too large a step is
# enough), the more of them are 0 for **every** sample. A dead unit gets no gradient from any of them: its weights and
# its bias stay as they are.

# %%
samples, weights = rng.normal(size=(60, 8)), rng.normal(size=(8, 40)) / np.sqrt(8)
relu = activations.ReLU()
outputs = relu.forward(samples @ weights - 1.8)
dead = activations.dead_units(outputs)
gradient = samples.T @ relu.backward(rng.normal(size=outputs.shape))
print(f"{dead.sum()} of {dead.size} units are dead")
print("largest weight gradient of a dead unit:", np.abs(gradient[:, dead]).max(initial=0.0))
biases = np.linspace(0, -5, 26)
dead_shares = [np.mean(activations.dead_units(relu.forward(samples @ weights + b))) for b in biases]
tools.plot_dead(outputs, dead, biases, dead_shares)

# %% [markdown]
# With a leaky ReLU in its place none is dead: exactly 0 for all samples does not happen.

# %%
leaky = activations.LeakyReLU()
print("dead leaky units:", int(activations.dead_units(leaky.forward(samples @ weights - 1.8)).sum()))

# %% [markdown]
# ## 6 · One sign, and the zig-zag
#
# One unit, two weights, one sample at a time. If both inputs are positive, both weights get gradients of the same
# sign: they grow together or shrink together. But the goal is to the lower right: $w_1$ up, $w_2$ down. So the
# path goes up and down the diagonal. With centred inputs it is free.


# %%
def walk(samples, goal, lr, steps):
    """Half a squared error per sample; which of the steps had a gradient of one sign?"""
    w, path, one_signed = np.zeros((2, 1)), [np.zeros(2)], 0
    for step in range(steps):
        x = samples[step % len(samples)][np.newaxis]
        upstream = x @ (w - goal[:, np.newaxis])
        one_signed += int(activations.one_signed_columns(x, upstream)[0])
        w = w - lr * (x.T @ upstream)
        path.append(w[:, 0].copy())
    return np.array(path), one_signed


goal = np.array([1.0, -1.0])
positive = rng.uniform(0.1, 1.0, size=(200, 2))
centred = positive - positive.mean(axis=0)
centred *= positive.std() / centred.std() * 2
paths = {}
for title, samples_of_two in (("all inputs positive", positive), ("centred inputs", centred)):
    path, one_signed = walk(samples_of_two, goal, lr=0.9, steps=60)
    paths[f"{title}: {one_signed} of 60 steps of one sign"] = path
tools.plot_paths(paths, goal)

# %% [markdown]
# All 60 steps on the left have one sign: your `one_signed_columns` said so. This is one reason to centre data
# (assignment 3), and to prefer tanh to the sigmoid, whose outputs are all positive.
#
# ## 7 · Linear layers collapse
#
# Three layers of 8 units on a line of inputs. Without activations they are one straight line, and `collapse` finds
# it. With ReLU between them, the same weights bend.

# %%
stack_w = [rng.normal(size=pair) / np.sqrt(pair[0]) for pair in ((1, 8), (8, 8), (8, 1))]
stack_b = [rng.normal(size=size) for size in (8, 8, 1)]
line = np.linspace(-3, 3, 301)[:, np.newaxis]


def network(kind, x):
    for layer, (w, b) in enumerate(zip(stack_w, stack_b, strict=True)):
        x = x @ w + b
        if layer < 2:
            x = kind().forward(x)
    return x[:, 0]


w, b = activations.collapse(stack_w, stack_b)
some = line[::75]
compare(("three layers against one", network(activations.Identity, some), (some @ w + b)[:, 0]))

# %%
curves = {
    "ReLU between the layers": network(activations.ReLU, line),
    "tanh": network(activations.Tanh, line),
    "– identity: the collapsed line": (line @ w + b)[:, 0],
}
tools.plot_curves("the same three layers", line[:, 0], curves)

# %% [markdown]
# ## 8 · Slopes that are learnt
#
# PReLU's slope is a parameter: its gradient is the **sum** of upstream · x over the entries with x ≤ 0.

# %%
prelu = activations.PReLU()
prelu.forward(np.array([-2.0, 3.0, -1.0]))
compare(("PReLU dx", prelu.backward(np.array([1.0, 2.0, -4.0])), [0.25, 2.0, -1.0]))
compare(("PReLU slope's gradient", prelu.grads["slope"], [2.0]))

x = rng.normal(size=200)
for step in range(6):
    residual = prelu.forward(x) - np.where(x > 0, x, -0.5 * x)  # the data want the slope −0.5
    prelu.backward(residual / x.size)
    print(f"step {step}: loss {0.5 * np.mean(residual**2):.5f}   slope {prelu.params['slope'][0]:+.4f}")
    prelu.params["slope"] -= 2.0 * prelu.grads["slope"]

# %% [markdown]
# Maxout takes the larger of two affine maps. Two lines make a |x|, a ReLU, or anything with one bend.

# %%
maxout = activations.Maxout(
    np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([0.0, 1.0]), np.array([[0.0, 3.0], [1.0, 1.0]]), np.array([1.0, 0.0])
)
compare(("Maxout", maxout.forward(np.array([[1.0, -1.0], [2.0, 0.5]])), [[0.0, 2.0], [3.0, 6.5]]))
compare(("Maxout dx", maxout.backward(np.array([[1.0, 2.0], [3.0, -1.0]])), [[6.0, 3.0], [0.0, 5.0]]))
for name, expected in (("w1", [[6, 0], [1.5, 0]]), ("b1", [3, 0]), ("w2", [[1, 0], [-1, -2.5]]), ("b2", [1, 1])):
    compare((f"Maxout {name}", maxout.grads[name], expected))

# %%
bends = activations.Maxout(
    np.array([[1.0, 1.0, 1.0]]), np.zeros(3), np.array([[-1.0, 0.0, 0.3]]), np.array([0.0, 0, 0.9])
)
three = bends.forward(line)
labels = ("x and −x: |x|", "x and 0: ReLU", "x and 0.3x + 0.9: a bend elsewhere")
tools.plot_curves("three maxout units", line[:, 0], dict(zip(labels, three.T, strict=True)))

# %% [markdown]
# ## 9 · Losses
#
# The worked numbers of the handout, a loss and its gradient each. The mean is over the rows.

# %%
for loss, scores, targets, value, gradient in [
    (
        losses.MeanSquaredError(),
        [[1.0, 2], [0, -1], [4, 0]],
        [[0.0, 2], [0, 1], [1, 1]],
        2.5,
        [[1 / 3, 0], [0, -2 / 3], [1, -1 / 3]],
    ),
    (losses.BinaryHinge(), [2.0, 0.5, -0.5, 3.0], [1, 1, 1, -1], 1.5, [0, -0.25, -0.25, 0.25]),
    (losses.MulticlassSVM(10.0), [[13.0, -7.0, 11.0]], [0], 8.0, [[-1, 0, 1]]),
    (losses.MulticlassSVM(), [[-2.85, 0.86, 0.28]], [2], 1.58, [[0, 1, -1]]),
    (losses.SoftmaxCrossEntropy(), [[-2.85, 0.86, 0.28]], [2], 1.0401906, [[0.0154493, 0.6311634, -0.6466127]]),
]:
    name = type(loss).__name__
    compare((name, loss.forward(np.array(scores), np.array(targets)), value))
    compare(("    its gradient", loss.backward(), gradient))

# %% [markdown]
# And by differences, with random scores:

# %%
scores, labels_of_rows = rng.normal(size=(7, 5)), rng.integers(0, 5, size=7)
for loss, s, t in [
    (losses.MeanSquaredError(), scores, rng.normal(size=(7, 5))),
    (losses.BinaryHinge(), scores[:, 0], rng.choice([-1, 1], size=7)),
    (losses.MulticlassSVM(), scores, labels_of_rows),
    (losses.SoftmaxCrossEntropy(), scores, labels_of_rows),
]:
    loss.forward(s, t)
    gap = tools.disagreement(lambda v, f=loss, t=t: f.forward(v, t), loss.backward(), s, rng)
    print(f"{type(loss).__name__:<20}{gap:.1e}")

# %% [markdown]
# What do the losses want? Let the score $s$ of the right class vary, with one other class at 0 (and for the
# squared error the target 1). The hinges are content from the margin on: their gradient is 0 there. Softmax
# always wants a little more. The squared error punishes a score that is *too* right.

# %%
curves = {}
axis = np.linspace(-4, 4, 401)
for loss, label in (
    (losses.BinaryHinge(), "binary hinge"),
    (losses.MulticlassSVM(), "SVM, two classes"),
    (losses.SoftmaxCrossEntropy(), "softmax, two classes"),
    (losses.MeanSquaredError(), "half squared error"),
):
    values, slopes = [], []
    for s in axis:
        if label == "binary hinge":
            value, target = np.array([s]), np.array([1])
        elif label == "half squared error":
            value, target = np.array([s]), np.array([1.0])
        else:
            value, target = np.array([[s, 0.0]]), np.array([0])
        values.append(loss.forward(value, target))
        slopes.append(loss.backward().ravel()[0])
    curves[label] = (np.array(values), np.array(slopes))
tools.plot_losses(axis, curves)

# %% [markdown]
# (The binary hinge and the SVM with two classes lie on each other: the same function.)
#
# The first loss of an untrained network, where all scores are near 0, is known beforehand. A network that starts
# elsewhere has a bug.

# %%
zero, any_labels = np.zeros((4, 10)), np.array([0, 3, 9, 3])
compare(("softmax, 10 classes", losses.SoftmaxCrossEntropy().forward(zero, any_labels), np.log(10)))
compare(("SVM, 10 classes", losses.MulticlassSVM().forward(zero, any_labels), 9.0))

# %% [markdown]
# ## 10 · The logarithm of a small probability
#
# Push the score of the right class down, with the other at 0. The truth is nearly a straight line: minus the
# score. $\log p$ gives up when $p$ is 0 in floating point, at a score of −746. And $-\log(p + 10^{-8})$ stops at
# 18.4, where its gradient is lost as well. Yours should stay on the line.

# %%
compare(("softmax of (1, 2, 3)", losses.softmax(np.array([[1.0, 2.0, 3.0]])), [[0.090031, 0.244728, 0.665241]]))
compare(("the same + 1000", losses.softmax(np.array([[1001.0, 1002.0, 1003.0]])), [[0.090031, 0.244728, 0.665241]]))
down = np.linspace(0, -40, 81)
mine = [losses.SoftmaxCrossEntropy().forward(np.array([[s, 0.0]]), np.array([0])) for s in down]
careless = [-np.log(losses.softmax(np.array([[s, 0.0]]))[0, 0] + 1e-8) for s in down]
far_out = losses.SoftmaxCrossEntropy().forward(np.array([[1000.0, -1000.0]]), np.array([1]))
compare(("the loss at (1000, −1000)", far_out, 2000.0))
tools.plot_curves(
    "a confident mistake", down, {"your loss": mine, "−log(p + 1e-8)": careless}, "score of the right class", "loss"
)

# %% [markdown]
# ## 11 · Why ReLU is fast
#
# A comparison is cheaper than an exponential. Your own code, timed on a million numbers, the best of 15 runs
# (of one, where a run takes long):

# %%
million, upstream = rng.normal(size=(2, 1000, 1000))
times = {}


def fastest(work):
    once = tools.best_time(work, repeats=1)
    return once if once > 100 else min(once, tools.best_time(work, repeats=14))


for name in ("ReLU", "LeakyReLU", "HardTanh", "ELU", "Tanh", "Sigmoid"):
    block = getattr(activations, name)()
    block.forward(million)
    forward = fastest(lambda b=block: b.forward(million))
    times[name] = forward, fastest(lambda b=block: b.backward(upstream))
for name, (forward, backward) in times.items():
    print(f"{name:<10} forward {forward:6.1f} ms   backward {backward:6.1f} ms")
tools.plot_times(times)

# %% [markdown]
# The exponential is one reason; much depends on how a library computes it, and on how you wrote it. The other two
# reasons are in sections 4 and 5: a slope of exactly 1 where the unit is on, and many units that are off.
#
# ## 12 · Hand in
#
# In a terminal, in the course folder:
#
# ```
# python -m pytest tests/public -m nonlinearities
# python -m autograder check
# python -m autograder submit
# ```
#
# `submit` looks whether the right files are there and can be imported, tells you which questions are not
# attempted, and writes the zip to hand in. This notebook is not graded.
