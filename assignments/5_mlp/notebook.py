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
# # 5 · Multi-layer perceptrons
#
# This notebook runs **your** code: the files in `student_src/`. You write there, in an editor; here you look
# at what your network does. The handout `README.md` in this folder has the maths and the rules.
#
# Run the cells from the top. When a cell needs something that you have not written yet, it says so in one
# line and stops:
#
# ```
# mlp.affine: not written yet – see student_src/layers.py, line 32
# ```
#
# Write it, save the file, run the cell again. The first cell makes sure that your edits are picked up.

# %%
# %load_ext autoreload
# %autoreload 2
import sys
from itertools import pairwise
from pathlib import Path

root = next((p for p in (Path.cwd(), *Path.cwd().parents) if (p / "student_src").is_dir()), None)
if root is None:
    raise SystemExit("No folder student_src above this notebook: open it inside the unpacked course folder.")
sys.path[:0] = [str(root), str(root / "assignments" / "5_mlp"), str(root / "assignments" / "shared")]

import notebook_tools as tools
import numpy as np
import pictures
from course_data import digits, spiral
from notebook_common import at_least, compare, stop_at_missing

import student_src.schedules  # the package too: tools.train_spiral gets it whole
from student_src import (
    activations,
    backend,
    doubles,
    initializers,
    layers,
    losses,
    mlp,
    optimizers,
    pretend_cupy,
    regularizers,
    training,
)

stop_at_missing()

# %% [markdown]
# ## 1 · A layer is a matrix
#
# Two samples with two numbers each, a layer with three units. Every row of $x$ meets every column of $w$; $b$
# is added to each row. On the way back the shapes leave no choice where to transpose, and $db$ is a sum over
# the samples.

# %%
affine = layers.Affine(2, 3, np.random.default_rng(0))
affine.params["w"][...] = [[1, 0, -1], [2, 1, 0]]
affine.params["b"][...] = [0.5, -0.5, 1]
x, upstream = np.array([[1.0, 2], [3, -1]]), np.array([[1.0, 0, 2], [-1, 3, 0.5]])
out = affine.forward(x)
dx = affine.backward(upstream)
w, b, dw, db = affine.params["w"], affine.params["b"], affine.grads["w"], affine.grads["b"]
compare(
    ("x w + b", out, [[5.5, 1.5, 0], [1.5, -1.5, -2]]),
    ("dx", dx, [[-1, 2], [-1.5, 1]]),
    ("dw", dw, [[-2, 9, 3.5], [3, -3, 3.5]]),
    ("db", db, [0, 3, 2.5]),
)

# %%
pictures.plot_products(
    [
        [("x", x), "@", ("w", w), "+", ("b", b), "=", ("out", out)],
        [("upstream", upstream), "@", ("wᵀ", w.T), "=", ("dx", dx)],
        [("xᵀ", x.T), "@", ("upstream", upstream), "=", ("dw", dw)],
        [("ones", np.ones(2)), "@", ("upstream", upstream), "=", ("db", db)],
    ]
)

# %% [markdown]
# ## 2 · Loops against matrices
#
# The same layer three times: number by number, sample by sample, and yours. All give the same gradients. Then
# they are timed, forward and backward, on more and more samples.


# %%
def by_numbers(x, w, b, upstream):
    out, dw = [], np.zeros(w.shape)
    for row, gradient in zip(x, upstream, strict=True):
        out.append([sum(row[i] * w[i, k] for i in range(len(row))) + b[k] for k in range(len(b))])
        for i in range(len(row)):
            for k in range(len(b)):
                dw[i, k] += row[i] * gradient[k]
    dx = [[sum(gradient[k] * w[i, k] for k in range(len(b))) for i in range(len(w))] for gradient in upstream]
    return np.array(out), np.array(dx), dw


def by_samples(x, w, b, upstream):
    out, dx, dw = np.zeros(upstream.shape), np.zeros(x.shape), np.zeros(w.shape)
    for n in range(len(x)):
        out[n] = b + x[n] @ w
        dx[n] = w @ upstream[n]
        dw += np.outer(x[n], upstream[n])
    return out, dx, dw


def by_matrices(layer, x, upstream):
    out = layer.forward(x)
    dx = layer.backward(upstream)
    return out, dx, layer.grads["w"]


rng = np.random.default_rng(1)
layer = layers.Affine(20, 10, rng)
w, b = layer.params["w"], layer.params["b"]
some_x, some_g = rng.normal(size=(10_000, 20)), rng.normal(size=(10_000, 10))
mine = by_matrices(layer, some_x[:5], some_g[:5])
compare(
    ("numbers, largest difference", max(np.abs(mine[0] - by_numbers(some_x[:5], w, b, some_g[:5])[0]).flat), 0),
    ("dw by numbers", max(np.abs(mine[2] - by_numbers(some_x[:5], w, b, some_g[:5])[2]).flat), 0),
    ("dx by samples", max(np.abs(mine[1] - by_samples(some_x[:5], w, b, some_g[:5])[1]).flat), 0),
    ("dw by samples", max(np.abs(mine[2] - by_samples(some_x[:5], w, b, some_g[:5])[2]).flat), 0),
)

# %%
counts = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000]
ways = {
    "number by number": (lambda n: by_numbers(some_x[:n], w, b, some_g[:n]), counts[:5]),
    "sample by sample": (lambda n: by_samples(some_x[:n], w, b, some_g[:n]), counts),
    "matrix products (yours)": (lambda n: by_matrices(layer, some_x[:n], some_g[:n]), counts),
}
timed = {
    name: (sizes, np.array([tools.seconds(lambda work=work, n=n: work(n)) for n in sizes]))
    for name, (work, sizes) in ways.items()
}
gain = timed["sample by sample"][1][-1] / timed["matrix products (yours)"][1][-1]
print(f"10 000 samples: matrix products take {1e3 * timed['matrix products (yours)'][1][-1]:.2f} ms,", end=" ")
print(f"the loop over samples {gain:.0f} times as long")
pictures.plot_lines({"one layer, 20 → 10, forward and backward": timed}, "samples", "seconds", log="xy")

# %% [markdown]
# With one sample all costs are Python's. A loop pays them again for every sample (or number), a matrix product
# once. This is what the points for CPU time ask for: no loop over samples.
#
# ## 3 · Blocks in a row
#
# `Flatten` lays images in rows, and `Sequential` makes one block of many. Its parameters carry the position in
# their names.

# %%
images = np.arange(12.0).reshape(2, 2, 3)
flatten = layers.Flatten()
compare(
    ("Flatten", flatten.forward(images), np.arange(12.0).reshape(2, 6)),
    ("and back", flatten.backward(np.arange(12.0).reshape(2, 6)), images),
)
start = {"0.w": [[1, -1], [0.5, 2]], "0.b": [0, 1], "2.w": [[1, 0], [-1, 1]], "2.b": [0.5, 0]}


def fill(model):
    for name, value in start.items():
        model.params[name][...] = value
    return model


blocks = [layers.Affine(2, 2, rng), activations.ReLU(), layers.Affine(2, 2, rng)]
chain = fill(layers.Sequential(*blocks))
print("names:", ", ".join(chain.params))
x, labels = np.array([[1.0, 2], [-2, 1]]), np.array([1, 0])
compare(("scores", chain.forward(x), [[-1.5, 4], [-4.5, 5]]))

# %% [markdown]
# The same network as an `MLP`, which knows its loss too.

# %%
model = fill(mlp.MLP([2, 2, 2], activations.ReLU, losses.MulticlassSVM(), rng))
compare(("scores", model.forward(x), [[-1.5, 4], [-4.5, 5]]), ("SVM loss", model.loss(x, labels), 5.25))
compare(("dx", model.backward(), [[0, 0], [-1, 2]]))
compare(
    ("gradient of 0.w", model.grads["0.w"], [[0, -2], [0, 1]]),
    ("gradient of 0.b", model.grads["0.b"], [0, 1]),
    ("gradient of 2.w", model.grads["2.w"], [[0, 0], [-2.5, 2.5]]),
    ("gradient of 2.b", model.grads["2.b"], [-0.5, 0.5]),
    ("labels", model.predict(x), [1, 1]),
)
soft = fill(mlp.MLP([2, 2, 2], activations.ReLU, losses.SoftmaxCrossEntropy(), rng))
compare(("cross-entropy instead", soft.loss(x, labels), 4.7520767))

# %% [markdown]
# What your blocks hand to each other: values forward in blue, gradients backward in red. Two samples, so two
# rows everywhere. Where ReLU gave 0, nothing comes back.

# %%
criterion, values = losses.MulticlassSVM(), [x]
for block in blocks:
    values.append(block.forward(values[-1]))
values.append(criterion.forward(values[-1], labels))
gradients = [criterion.backward()]
for block in reversed(blocks):
    gradients.insert(0, block.backward(gradients[0]))
compare(("dx, block by block", gradients[0], [[0, 0], [-1, 2]]))
pictures.plot_flow(["Affine 0", "ReLU 1", "Affine 2", "SVM loss"], values, [*gradients, None])

# %% [markdown]
# ## 4 · The spiral
#
# First the parts of the training loop. Ten samples in batches of three; a quarter of ten held out; and two
# steps on four points, which you can follow by hand (the handout does).

# %%
batches = list(training.minibatches(10, 3, np.random.default_rng(0)))
train, validation = training.train_validation_split(10, 0.25, np.random.default_rng(0))
line_x, line_y = np.array([[1.0], [2], [3], [4]]), np.array([2.0, 4, 6, 8])
line = doubles.QuadraticModel([0.0])
history = training.fit(line, line_x, line_y, doubles.RecordingOptimizer(0.1), 2, 4, np.random.default_rng(0))
compare(
    ("lengths of the batches", [len(batch) for batch in batches], [3, 3, 3, 1]),
    ("each sample once", np.sort(np.concatenate(batches)), np.arange(10)),
    ("lengths of the split", [len(train), len(validation)], [8, 2]),
    ("losses of two epochs", history.train_loss, [15, 0.4375]),
    ("rates of two epochs", history.lr, [0.1, 0.1]),
)

# %% [markdown]
# Three arms of 200 points, a quarter of them held out, a network with two hidden layers of 32 units. The settings
# are in `notebook_tools.py`: try others. The dots are the points held out; rings are around those that lie on
# a wrong colour.

# %%
moments = [1, 3, 8, tools.SPIRAL["epochs"]]
runs = {epochs: tools.train_spiral(student_src, seed=0, epochs=epochs) for epochs in moments}
at_least("held-out accuracy", runs[moments[-1]].accuracy, tools.SPIRAL["reach"])
pictures.plot_regions(
    {
        f"after {epochs} epoch{'s' * (epochs > 1)}: {100 * run.accuracy:.0f} %": (run.model.predict, *run.held_out)
        for epochs, run in runs.items()
    }
)

# %% [markdown]
# Straight pieces, joined: each unit of the first layer folds the plane along one line, and training moves the
# folds. Take the activation away, and the best that is left is three straight cuts. In the very middle the
# arms meet; nobody can tell them apart there.
#
# ## 5 · Learning curves, and when to stop
#
# A harder spiral: so noisy that its arms overlap. The loss of the training points falls and falls; that of
# points it has not seen turns and rises. Early stopping looks at the validation loss, waits twenty epochs for a
# better one, and gives the best parameters back.


# %%
def noisy_run(stopping):
    rng = np.random.default_rng(1)
    train, validation = spiral(60, rng, noise=0.7), spiral(60, rng, noise=0.7)
    model = mlp.MLP([2, 64, 64, 3], activations.ReLU, losses.SoftmaxCrossEntropy(), rng)
    adam = optimizers.Adam(0.005)
    history = training.fit(model, *train, adam, 200, 32, rng, validation=validation, early_stopping=stopping)
    return model, history, train, validation


long, long_history, train, validation = noisy_run(None)
stopped, history, _, _ = noisy_run(regularizers.EarlyStopping(20))
ran, best = len(history.lr), int(np.argmin(history.validation_loss))
compare(
    ("the same run until then", history.validation_loss[-1], long_history.validation_loss[ran - 1]),
    ("stopped 20 after the best", ran - 1 - best, 20),
)
stopped.eval()
compare(("the best came back", stopped.loss(*validation), min(history.validation_loss)))

# %%
epochs = np.arange(1, 201)
curves = {"training": (epochs, long_history.train_loss), "validation": (epochs, long_history.validation_loss)}
marks = {f"best: epoch {best + 1}": best + 1, f"stopped: epoch {ran}": ran}
pictures.plot_lines({"without early stopping, and where it would stop": curves}, "epoch", "loss", marks=marks)

# %%
pictures.plot_regions(
    {
        f"{name} on {kind} data: {100 * np.mean(model.predict(data[0]) == data[1]):.0f} %": (model.predict, *data)
        for name, model in {"best": stopped, "last": long}.items()
        for kind, data in {"training": train, "validation": validation}.items()
    }
)

# %% [markdown]
# The last network has bent its borders round single training points. On validation data it is right about as
# often as the best one, but it is far too sure of itself where it is wrong, and that is what the loss says.
#
# ## 6 · How far a signal gets
#
# Eight hidden layers of 100 units, before any training. A batch of digits goes in: how large are the
# activations of each layer? Then the way back: how large is the loss's gradient for each of these activations?
# Three ways to draw the first weights.

# %%
data_x, data_y = digits()


def spread(initializer, activation):
    rng, sizes = np.random.default_rng(0), [64] + 8 * [100]
    blocks = []
    for inputs, units in pairwise(sizes):
        blocks.append(layers.Sequential(layers.Affine(inputs, units, rng, initializer), activation()))
    last, criterion = layers.Affine(100, 10, rng, initializer), losses.SoftmaxCrossEntropy()
    x, outputs, slopes = data_x[:200], [], []
    for block in blocks:
        x = block.forward(x)
        outputs.append(x.std())
    criterion.forward(last.forward(x), data_y[:200])
    gradient = last.backward(criterion.backward())
    for block in reversed(blocks):
        slopes.insert(0, gradient.std())
        gradient = block.backward(gradient)
    return outputs, slopes, [block.grads["0.w"].std() for block in blocks]


starts = {
    "small_normal, std 0.01": lambda fan_in, fan_out, rng: initializers.small_normal((fan_in, fan_out), rng),
    "xavier_normal": initializers.xavier_normal,
    "he_normal": initializers.he_normal,
}
bends = {"Tanh": activations.Tanh, "ReLU": activations.ReLU}
spreads = {bend: {name: spread(start, make) for name, start in starts.items()} for bend, make in bends.items()}

# %%
numbers = np.arange(1, 9)
pictures.plot_lines(
    {
        f"{bend}: {what}": {name: (numbers, found[which]) for name, found in rows.items()}
        for which, what in enumerate(["activations", "gradients of the activations"])
        for bend, rows in spreads.items()
    },
    "layer",
    "standard deviation",
    log="y",
    columns=2,
    sharey="row",
)

# %% [markdown]
# With small weights each layer makes the signal ten or more times smaller, and the way back shrinks the gradient
# in the same way. The gradient of a layer's weights is made of both, what comes in and what comes back, so
# here it is tiny in every layer:

# %%
print("standard deviation of the gradient of w in layers 1, 4 and 8")
for bend, rows in spreads.items():
    for name, (_, _, of_w) in rows.items():
        print(f"{bend:<5} {name:<23}" + "".join(f"{of_w[layer]:12.2g}" for layer in (0, 3, 7)))

# %% [markdown]
# He's factor 2 makes up for the half that ReLU cuts off; Xavier's has no such factor and suits tanh.
#
# ## 7 · Full batch, mini-batch, single sample
#
# One function, three batch sizes, on 512 digits. A batch's gradient is the mean of its samples' gradients:

# %%
train, rest = training.train_validation_split(len(data_x), 0.25, np.random.default_rng(0))
few_x, few_y = data_x[train][:512], data_y[train][:512]


def network(seed):
    return mlp.MLP([64, 32, 10], activations.ReLU, losses.SoftmaxCrossEntropy(), np.random.default_rng(seed))


model, single = network(2), []
for n in range(8):
    model.loss(few_x[n : n + 1], few_y[n : n + 1])
    model.backward()
    single.append(model.grads["2.w"].copy())
model.loss(few_x[:8], few_y[:8])
model.backward()
compare(("batch − mean of singles", np.abs(model.grads["2.w"] - np.mean(single, axis=0)).max(), 0))

# %% [markdown]
# Each gets a learning rate that suits it: the noisier the gradient, the smaller the steps.

# %%
plans = {
    "full batch, lr 1": (512, 1.0, 300),
    "mini-batch of 32, lr 0.3": (32, 0.3, 40),
    "single sample, lr 0.03": (1, 0.03, 12),
}
against = {"samples seen": {}, "steps": {}, "time": {}}
for name, (size, lr, epochs) in plans.items():
    model, steps = network(2), epochs * 512 // size
    watched = tools.Watched(optimizers.SGD(lr), np.geomspace(1, steps, 60).round())
    training.fit(model, few_x, few_y, watched, epochs, size, np.random.default_rng(3))
    compare((f"steps, {name.partition(',')[0]}", watched.steps, steps))
    made, passed, loss = tools.course_of(watched, model, few_x, few_y)
    against["samples seen"][name] = made * size / 512, loss
    against["steps"][name] = made, loss
    against["time"][name] = passed, loss

# %%
labels = ["epochs (512 samples each)", "steps", "seconds"]
pictures.plot_lines(against, labels, "loss of all 512 samples", log="xy")

# %% [markdown]
# Left: a sample seen is used best if a step follows at once; the full batch makes one step where the single
# samples make 512. Middle: one by one, the steps of a large batch are the better ones. Right: what counts in
# the end. A matrix product of 32 rows costs hardly more than one of a single row, so the mini-batch wins.
#
# ## 8 · Digits
#
# 1797 images of 8 × 8, by thirteen people, a quarter of them held out. One hidden layer of 128 units.

# %%
run = tools.train_digits(student_src, seed=0)
at_least("held-out accuracy", run.accuracy, tools.DIGITS["reach"])
held_x, held_y = run.held_out
said = run.model.predict(held_x)
wrong = np.flatnonzero(said != held_y)
print(f"{len(wrong)} of {len(held_y)} read wrongly")
pictures.plot_lines(
    {
        "digits": {
            "training": (np.arange(1, 21), run.history.train_loss),
            "validation": (np.arange(1, 21), run.history.validation_loss),
        }
    },
    "epoch",
    "loss",
    log="y",
)

# %% [markdown]
# What the first 64 of the hidden units look for: columns of `0.w` as images. Blue wants ink, red wants paper.
# Where all images are paper nothing is learnt: there you see the random start.

# %%
pictures.plot_images(run.model.params["0.w"].T[:64], columns=16, diverging=True)

# %% [markdown]
# And the held-out digits that it reads wrongly. Would you have known?

# %%
pictures.plot_images(held_x[wrong[:16]], 8, [f"read {said[n]}, is {held_y[n]}" for n in wrong[:16]])

# %% [markdown]
# ## 9 · Dropout
#
# 400 digits, and every fifth has a wrong label. A network with 256 hidden units can learn even those by heart.
# With dropout it cannot rely on single units, and what is left is what many of them agree on. The losses in
# the picture are all taken in evaluation mode, after each epoch.

# %%
rng = np.random.default_rng(3)
order = rng.permutation(len(data_x))
few, rest = order[:400], order[400:]
spoilt = data_y[few].copy()
spoilt[:80] = (spoilt[:80] + rng.integers(1, 10, 80)) % 10
unseen, curves, steps = (data_x[rest], data_y[rest]), {}, 13 * np.arange(1, 61)
for p in (0.0, 0.7):
    rng = np.random.default_rng(4)
    model = mlp.MLP([64, 256, 10], activations.ReLU, losses.SoftmaxCrossEntropy(), rng, dropout=p)
    watched = tools.Watched(optimizers.Adam(0.003), steps)
    history = training.fit(model, data_x[few], spoilt, watched, 60, 32, rng, validation=unseen)
    right = 100 * np.mean(model.predict(unseen[0]) == unseen[1])
    by_heart = 100 * np.mean(model.predict(data_x[few][:80]) == spoilt[:80])
    print(f"dropout {p}: {by_heart:3.0f} % of the wrong labels learnt, {right:.1f} % of the unseen digits right")
    _, _, seen = tools.course_of(watched, model, data_x[few], spoilt)
    curves[f"dropout {p}"] = {
        "training digits (a fifth wrong)": (np.arange(1, 61), seen),
        "unseen digits": (np.arange(1, 61), history.validation_loss),
    }
model.eval()
compare(("two evaluations differ by", np.abs(model.forward(held_x) - model.forward(held_x)).max(), 0))

# %%
pictures.plot_lines(curves, "epoch", "loss", ylim=(0, 1.7))

# %% [markdown]
# ## 10 · On a GPU
#
# `pretend_cupy` behaves as CuPy does, and counts what would be copied between CPU and GPU. A network that
# asks its arrays for their library trains there just as well, bit by bit, and only one number comes back for
# each loss. If you have CuPy and a GPU, the real one runs too.


# %%
def train_on(xp):
    rng = np.random.default_rng(0)
    model = mlp.MLP([64, 32, 10], activations.ReLU, losses.SoftmaxCrossEntropy(), rng, xp=xp)
    x, y = backend.to_device(few_x, xp), backend.to_device(few_y, xp)
    pretend_cupy.transfers.update(to_host=0, to_device=0)
    history = training.fit(model, x, y, optimizers.Momentum(0.1), 5, 32, rng)
    return history.train_loss, model, x


here, _, _ = train_on(np)
there, model, x = train_on(pretend_cupy)
copies = {"five epochs of fit: losses to the CPU": pretend_cupy.counts()["to_host"]}
copies["five epochs of fit: indices to the GPU"] = pretend_cupy.counts()["to_device"]
compare(
    ("losses, there and here", there, here),
    ("numbers read", copies["five epochs of fit: losses to the CPU"], 5 * 16),
)
pretend_cupy.transfers.update(to_host=0)
said = model.predict(x)
compare(("copies while it predicts", pretend_cupy.counts()["to_host"], 0))
at_once = backend.to_numpy(said)
copies["512 labels, read at once"] = pretend_cupy.counts()["to_host"]
one_by_one = [int(label) for label in said]
copies["512 labels, read one by one"] = pretend_cupy.counts()["to_host"] - 1
compare(("labels that differ", np.sum(at_once != one_by_one), 0))
cupy = tools.real_cupy()
if isinstance(cupy, str):
    print("no run on a real GPU with CuPy:", cupy)
else:
    compare(("losses on the GPU", train_on(cupy)[0], here))

# %%
pictures.plot_bars("copies between CPU and GPU", copies, "count")

# %% [markdown]
# Each copy to the CPU makes the program wait until the GPU has finished. Read a loss once per batch and labels
# all at once, and never number by number.
#
# ## 11 · Hand in
#
# In a terminal, in the course folder:
#
# ```
# python -m pytest tests/public -m mlp
# python -m autograder check
# python -m autograder submit
# ```
#
# `submit` looks whether the right files are there and can be imported, tells you which questions are not
# attempted, and writes the zip to hand in. This notebook is not graded.
