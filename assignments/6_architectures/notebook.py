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
# # 6 · Architectures
#
# This notebook runs **your** code: the files in `student_src/`. You write there, in an editor; here you look
# at what your layers do with digits, words and gradients. The handout `README.md` in this folder has the maths
# and the rules.
#
# Run the cells from the top. When a cell needs something that you have not written yet, it says so in one
# line and stops:
#
# ```
# architectures.conv2d: not written yet – see student_src/convolution.py, line 44
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
sys.path[:0] = [str(root), str(root / "assignments" / "6_architectures"), str(root / "assignments" / "shared")]

import notebook_tools as tools
import numpy as np
from course_data import digits
from notebook_common import at_least, compare, stop_at_missing

from student_src import attention, convolution, embeddings, residual, transfer
from student_src.activations import Identity, ReLU, Tanh
from student_src.initializers import xavier_normal
from student_src.layers import Affine, Flatten, Sequential
from student_src.losses import MeanSquaredError, SoftmaxCrossEntropy
from student_src.mlp import MLP
from student_src.optimizers import Adam, Momentum
from student_src.training import fit

stop_at_missing()

# %% [markdown]
# The data: 1797 digits of 8 × 8 pixels, −1 for paper and 1 for ink. 1200 of them are for training, the others are
# held out. And a model made of any block and any loss, for `fit`:

# %%
images, labels = digits()
order = np.random.default_rng(0).permutation(len(images))
known, held_out = order[:1200], order[1200:]


class Model:
    """A block with a loss at its end: what `fit` trains. shape: that of one sample, as the block wants it."""

    def __init__(self, block, loss, shape=(64,)):
        self.block, self.at_the_end, self.shape = block, loss, shape

    params = property(lambda self: self.block.params)
    grads = property(lambda self: self.block.grads)

    def scores(self, x):
        return self.block.forward(x.reshape(-1, *self.shape))

    def loss(self, x, targets):
        return self.at_the_end.forward(self.scores(x), targets)

    def backward(self):
        self.block.backward(self.at_the_end.backward())


def accuracy(predicted, right):
    return float(np.mean(predicted == right))


# %% [markdown]
# ## 1 · Convolution
#
# An image of 1 to 9, and a kernel that takes an entry and twice its lower right neighbour; the bias is 0.5. Backward,
# the entry in the middle is seen by the first window and by the last one, and gets $2 \cdot 1 + 1 \cdot (-1)$.

# %%
small = convolution.Conv2D(1, 1, 2, np.random.default_rng(0))
small.params["w"][...] = [[1.0, 0.0], [0.0, 2.0]]
small.params["b"][...] = 0.5
output = small.forward(np.arange(1.0, 10.0).reshape(1, 1, 3, 3))
dx = small.backward(np.array([[[[1.0, 0.0], [0.0, -1.0]]]]))
compare(
    ("output", output[0, 0], [[11.5, 14.5], [20.5, 23.5]]),
    ("dx", dx[0, 0], [[1, 0, 0], [0, 1, 0], [0, 0, -2]]),
    ("dw", small.grads["w"][0, 0], [[-4, -4], [-4, -4]]),
    ("db", small.grads["b"], [0.0]),
)

# %% [markdown]
# How many windows see each entry? A kernel of ones and an upstream gradient of ones count them: four in the middle,
# one in a corner. That is why dx *adds*. With stride 2 the last row and column of a 5 × 5 image are seen by none.

# %%
counting, strided = (convolution.Conv2D(1, 1, 2, np.random.default_rng(0), stride=s) for s in (1, 2))
counted = []
for layer, size in ((counting, 3), (strided, 5)):
    layer.params["w"][...] = 1.0
    counted.append(layer.backward(np.ones_like(layer.forward(np.zeros((1, 1, size, size)))))[0, 0])
seen_once = np.pad(np.ones((4, 4)), ((0, 1), (0, 1)))
compare(("windows that see it", counted[0], [[1, 2, 1], [2, 4, 2], [1, 2, 1]]))
compare(("stride 2: once, or never", counted[1].sum(axis=0), seen_once.sum(axis=0)))

# %% [markdown]
# dw against differences: change one entry of the kernel by ±h, and see what the sum of the outputs does.

# %%
rng = np.random.default_rng(1)
layer, x = convolution.Conv2D(2, 3, 3, rng, stride=2, padding=1), rng.normal(size=(4, 2, 8, 8))
upstream = rng.normal(size=layer.forward(x).shape)
layer.backward(upstream)
slopes, entries, h = [], [(0, 0, 0, 0), (1, 1, 2, 0), (2, 0, 1, 1)], 1e-5
for entry in entries:
    ends = []
    for change in (h, -2 * h):
        layer.params["w"][entry] += change
        ends.append(np.sum(upstream * layer.forward(x)))
    layer.params["w"][entry] += h
    slopes.append((ends[0] - ends[1]) / (2 * h))
compare(("dw and differences", [layer.grads["w"][entry] for entry in entries], slopes))

# %% [markdown]
# Now kernels on a digit: two that find edges and one that blurs, set by hand, and four that a small network learnt:
# `Conv2D(1, 4, 3)`, ReLU, and one `Affine` for the ten scores.

# %%
by_hand = {
    "ink on the right": np.array([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
    "ink below": np.array([[-1.0, -1, -1], [0, 0, 0], [1, 1, 1]]),
    "blur": np.full((3, 3), 1 / 9),
}
rng = np.random.default_rng(0)
filters = convolution.Conv2D(1, 4, 3, rng)
network = Sequential(filters, ReLU(), Flatten(), Affine(4 * 6 * 6, 10, rng))
model = Model(network, SoftmaxCrossEntropy(), (1, 8, 8))
fit(model, images[known], labels[known], Adam(0.01), 5, 30, rng)
right = accuracy(model.scores(images[held_out]).argmax(axis=1), labels[held_out])
at_least("held-out digits it reads", right, 0.9)

# %%
kernels = by_hand | {f"learnt {number}": filters.params["w"][number, 0] for number in range(4)}
bank = convolution.Conv2D(1, len(kernels), 3, np.random.default_rng(0))
bank.params["w"][:, 0] = list(kernels.values())
digit = images[labels == 0][0].reshape(8, 8)
tools.plot_kernels(digit, kernels, bank.forward(digit[np.newaxis, np.newaxis])[0])

# %% [markdown]
# The learnt ones are edges, too, in directions that nobody chose. All seven are cross-correlations: the kernel is
# laid on the image as you see it, not flipped.
#
# ## 2 · Max pooling
#
# Forward it takes the largest entry of each window, backward it sends the whole gradient there: a router. At a tie
# the first entry wins, row by row. Windows may overlap, and then one entry can win twice.

# %%
side_by_side, overlapping = convolution.MaxPool2D(2), convolution.MaxPool2D(2, 1)
ties = np.array([[1.0, 5, 5], [5, 2, 0], [-1, -1, 9]])
quarters = np.array([[1.0, 4, 2, 2], [4, 0, 2, 2], [-3, -1, 0, 7], [-1, -2, 7, 7]])
maxima = overlapping.forward(ties[np.newaxis, np.newaxis])
dx = overlapping.backward(np.array([[[[1.0, 2.0], [4.0, 8.0]]]]))
compare(("maxima", maxima[0, 0], [[5, 5], [5, 9]]), ("dx for 1, 2, 4, 8", dx[0, 0], [[0, 3, 0], [4, 0, 0], [0, 0, 8]]))
maxima = side_by_side.forward(quarters[np.newaxis, np.newaxis])
dx = side_by_side.backward(np.array([[[[1.0, 2.0], [4.0, 8.0]]]]))
compare(("maxima", maxima[0, 0], [[4, 2], [-1, 7]]))
compare(("dx for 1, 2, 4, 8", dx[0, 0], [[0, 1, 2, 0], [0, 0, 0, 0], [0, 4, 0, 8], [0, 0, 0, 0]]))


# %%
def routes(pool, x):
    """The maxima, and for each of them the gradient of x when only that one has an upstream gradient."""
    maxima = pool.forward(x[np.newaxis, np.newaxis])[0, 0]
    ways = {}
    for place in np.ndindex(maxima.shape):
        one = np.zeros_like(maxima)
        one[place] = 1.0
        ways[place] = pool.backward(one[np.newaxis, np.newaxis])[0, 0]
    return x, maxima, ways


tools.plot_routes(
    {"MaxPool2D(2)": routes(side_by_side, quarters), "MaxPool2D(2, 1): windows overlap": routes(overlapping, ties)}
)

# %% [markdown]
# An arrow for each gradient, from a maximum to where it goes; beside each maximum its row and column in the output.
# Of two fours the upper one wins, of four equal twos the first. On the right, one five wins twice. All entries that
# no arrow reaches get 0.
#
# ## 3 · Skip connections
#
# With a block that gives back nothing at all, a ReLU far below zero, thirty skips pass values and gradients on as
# they are. With the identity as block, everything doubles.

# %%
below, upstream = np.array([[-1.0, -2.0]]), np.array([[0.5, -3.0]])
deep = Sequential(*(residual.Residual(ReLU()) for _ in range(30)))
twice = residual.Residual(Identity())
compare(
    ("30 skips, forward", deep.forward(below), below),
    ("30 skips, backward", deep.backward(upstream), upstream),
    ("x + x", twice.forward(below), 2 * below),
    ("its gradient", twice.backward(upstream), 2 * upstream),
)

# %% [markdown]
# Thirty layers, each an `Affine` and a `Tanh`. The weights begin half as large as Xavier's, so each layer halves the
# gradient, more or less. How much of it arrives at layer 1?


# %%
def half_xavier(fan_in, fan_out, rng):
    return 0.5 * xavier_normal(fan_in, fan_out, rng)


def stack(skip, initializer=half_xavier, depth=30, width=32, seed=0):
    rng = np.random.default_rng(seed)
    blocks = [Sequential(Affine(width, width, rng, initializer=initializer), Tanh()) for _ in range(depth)]
    return [residual.Residual(block) for block in blocks] if skip else blocks


def gradient_norms(blocks):
    """The norm of the gradient behind the last block, before it, and so on to the input."""
    x = np.random.default_rng(1).normal(size=(20, 32))
    for block in blocks:
        x = block.forward(x)
    gradient = np.ones_like(x)
    norms = [np.linalg.norm(gradient)]
    for block in reversed(blocks):
        gradient = block.backward(gradient)
        norms.append(np.linalg.norm(gradient))
    return np.array(norms[::-1])


norms = {
    "plain": gradient_norms(stack(False)),
    "with skips": gradient_norms(stack(True)),
    "plain, Xavier's weights": gradient_norms(stack(False, xavier_normal)),
}
for name, each in norms.items():
    print(f"{name:<24} of the gradient at the end, {each[0] / each[-1]:.2g} arrives at the input")
tools.plot_curves(
    "30 layers: the gradient on its way back", np.arange(31), norms, "layers below", "norm of the gradient", log="y"
)

# %% [markdown]
# Read it from right to left. Without skips hardly a billionth arrives; with skips, the same weights lose nothing. A
# good start helps as well (assignment 3), but it has to be right for every layer, and the 1 of the skip is right for
# all. Does it matter? Four epochs of the same training for both:

# %%
for skip in (False, True):
    rng = np.random.default_rng(2)
    very_deep = Sequential(Affine(64, 32, rng), *stack(skip), Affine(32, 10, rng))
    model = Model(very_deep, SoftmaxCrossEntropy())
    history = fit(model, images[known], labels[known], Adam(0.001), 4, 30, rng)
    right = accuracy(model.scores(images[held_out]).argmax(axis=1), labels[held_out])
    curve = ", ".join(f"{loss:.2f}" for loss in history.train_loss)
    print(f"{'with skips' if skip else 'plain':<11} loss of each epoch {curve}   held-out accuracy {right:.3f}")
at_least("with skips", right, 0.85)

# %% [markdown]
# The plain stack stays at $\ln 10 = 2.30$, the loss of guessing.
#
# ## 4 · Attention
#
# Scores $2 \ln 2 \cdot (1, 0)$ become $(\ln 2, 0)$, since $\sqrt d = 2$: weights ⅔ and ⅓.

# %%
look = attention.ScaledDotProductAttention()
q, k = np.array([[2 * np.log(2), 0, 0, 0]]), np.eye(2, 4)
output = look.forward(q, k, np.array([[3.0, 0, 6], [0, 9, 0]]))
dq, dk, dv = look.backward(np.array([[1.0, 0, 0]]))
compare(
    ("output", output, [[2, 3, 4]]),
    ("dq", dq, [[1 / 3, -1 / 3, 0, 0]]),
    ("dk, first column", dk[:, 0], [2 / 3 * np.log(2), -2 / 3 * np.log(2)]),
    ("dv", dv, [[2 / 3, 0, 0], [1 / 3, 0, 0]]),
)

# %% [markdown]
# A sentence. Each word has a random vector of 64 numbers; a query is half the vector of its word, plus noise. So equal
# words find each other. With the identity matrix as values, the output *is* the weights. The causal mask lets
# a word look at itself and at what came before.

# %%
sentence = ["the", "dog", "saw", "the", "cat", "and", "the", "cat", "saw", "me"]
rng = np.random.default_rng(4)
vectors = {word: rng.normal(size=64) for word in sorted(set(sentence))}
k = np.array([vectors[word] for word in sentence])
q = 0.5 * k + rng.normal(size=k.shape)
everything, causal = np.eye(len(sentence)), np.tril(np.ones((len(sentence), len(sentence)), dtype=bool))
free = attention.ScaledDotProductAttention().forward(q, k, everything)
masked = attention.ScaledDotProductAttention(causal).forward(q, k, everything)
unscaled = attention.ScaledDotProductAttention().forward(np.sqrt(64) * q, k, everything)  # undoes the 1/√d
compare(
    ("each row sums to 1", free.sum(axis=1), np.ones(len(sentence))),
    ("masked ones, too", masked.sum(axis=1), np.ones(len(sentence))),
    ("weight on the future", np.abs(masked[~causal]).max(), 0.0),
    ("the first sees itself", masked[0, 0], 1.0),
)
tools.plot_heat(sentence, {"free": free, "causal": masked, "without 1/√d": unscaled})

# %% [markdown]
# On the right nearly all the weight lies on one word. That is not sharper sight but saturation: where a weight is
# nearly 1, its slope $p (1 - p)$ is nearly 0, and no gradient comes back. It gets worse with d, as scores of random
# vectors spread like $\sqrt d$:

# %%
print("   d    largest weight of a row, mean     slope p (1 − p), mean")
print("        with 1/√d     without             with 1/√d     without")
for d in (4, 16, 64, 256, 1024):
    rng = np.random.default_rng(5)
    q, k = rng.normal(size=(50, 10, d)), rng.normal(size=(50, 10, d))
    ones = np.broadcast_to(np.eye(10), (50, 10, 10))
    rows = [attention.ScaledDotProductAttention().forward(scale * q, k, ones) for scale in (1.0, np.sqrt(d))]
    largest, slope = ([f(p) for p in rows] for f in (lambda p: p.max(axis=-1).mean(), lambda p: (p * (1 - p)).mean()))
    print(f"{d:4}    {largest[0]:<13.3f} {largest[1]:<19.3f} {slope[0]:<13.3f} {slope[1]:.3f}")

# %% [markdown]
# ## 5 · Word vectors, and the pitfall of retraining them
#
# Word 4 occurs three times, so its row gets a sum; words 0, 2 and 3 do not occur, and get nothing.

# %%
table = embeddings.Embedding(5, 2, np.random.default_rng(0))
table.forward(np.array([[4, 1], [4, 4]]))
table.backward(np.array([[[1.0, 2.0], [10.0, 20.0]], [[3.0, 4.0], [5.0, 6.0]]]))
rows, values = table.grads["w"]
compare(("rows", rows, [1, 4]), ("their gradients", values, [[10, 20], [9, 12]]))

# %% [markdown]
# Thirty words of three kinds, with vectors of two numbers that somebody else has learnt: kinds lie near each other,
# and overlap. Each word has a synonym close by. The training data are windows of three words, and the label is the
# kind of the middle one. **No synonym occurs in them.** We train twice, with the vectors retrained and as they are.

# %%
WORDS, KINDS = 30, np.tile(np.repeat(np.arange(3), 10), 2)


def vocabulary(rng):
    """The vectors of 30 words and of their 30 synonyms, (60, 2)."""
    angles = 2 * np.pi * KINDS[:WORDS] / 3
    words = np.column_stack([np.cos(angles), np.sin(angles)]) + 0.8 * rng.normal(size=(WORDS, 2))
    return np.vstack([words, words + 0.08 * rng.normal(size=words.shape)])


def trained(seed, retrain):
    """The vectors before and after, and the accuracy on new windows of the same words, and of their synonyms."""
    rng = np.random.default_rng(seed)
    before = vocabulary(rng)
    windows, new = rng.integers(0, WORDS, size=(400, 3)), rng.integers(0, WORDS, size=(500, 3))
    model = embeddings.WindowClassifier(2 * WORDS, 2, 3, 12, 3, rng, retrain=retrain)
    model.vectors[...] = before
    fit(model, windows, KINDS[windows[:, 1]], Adam(0.02), 20, 20, rng)
    kinds = KINDS[new[:, 1]]
    return before, model.vectors, accuracy(model.predict(new), kinds), accuracy(model.predict(new + WORDS), kinds)


before, after, *_ = trained(5, True)
_, untouched, *_ = trained(5, False)
moved = np.linalg.norm(after - before, axis=1)
compare(
    ("synonyms have moved by", moved[WORDS:].max(), 0.0),
    ("words of the data moved", int(np.sum(moved[:WORDS] > 0)), WORDS),
    ("retrain=False: all moved by", np.abs(untouched - before).max(), 0.0),
)

# %%
results = {retrain: np.array([trained(seed, retrain)[2:] for seed in range(10)]) for retrain in (True, False)}
accuracies = {
    f"{what},\nretrain={retrain}": results[retrain][:, column]
    for column, what in enumerate(("words of the data", "their synonyms"))
    for retrain in (True, False)
}
print("accuracy, mean of 10 seeds   words of the data   their synonyms")
for retrain, each in results.items():
    print(f"retrain={retrain!s:<20} {each[:, 0].mean():<19.3f} {each[:, 1].mean():.3f}")
at_least("retrained: words it saw", results[True][:, 0].mean(), 0.95)
at_least("what their synonyms lose", (results[False] - results[True])[:, 1].mean(), 0.0)
tools.plot_words(before, after, KINDS, WORDS, accuracies)

# %% [markdown]
# Retrained words move out of the overlap to where their kind is, and all of them are read right. Their synonyms,
# which mean the same, stay behind, partly in areas that the network now gives to another kind: it reads *fewer* of
# them than the network that left the vectors alone. This is the pitfall of lecture note 2. Retraining pays for words
# that the training data have, and for nothing else: with few data, leave the vectors as they are.
#
# ## 6 · Transfer
#
# A network learns some digits; can its first layer help to learn others? `freeze` leaves the first layer as it is: an
# optimizer sees the last one only.

# %%
rng = np.random.default_rng(0)
model = MLP([64, 128, 3], ReLU, SoftmaxCrossEntropy(), rng)
frozen, before = transfer.freeze(model, ["0."]), {name: w.copy() for name, w in model.params.items()}
print("the optimizer sees:", ", ".join(frozen.params))
fit(frozen, images[labels < 3], labels[labels < 3], Momentum(0.01, weight_decay=0.1), 2, 20, rng)
compare(
    ("0.w has moved by", np.abs(model.params["0.w"] - before["0.w"]).max(), 0.0),
    ("2.w has moved", np.any(model.params["2.w"] != before["2.w"]), True),
    ("the same loss", frozen.loss(images[:9], labels[:9] % 3), model.loss(images[:9], labels[:9] % 3)),
)

# %% [markdown]
# The task: tell 7, 8 and 9 apart, from 5 to 40 images of each. The first layer, 128 units, comes from a network that
# has learnt 0 to 6 from many images. Three ways to go on, each with a fresh last layer and the same 40 epochs of Adam:
# the first layer **frozen**; **fine-tuned**, trained further with the rest; and everything **from scratch**.
#
# We do this twice. In the *easy* task the digits stand where they always stood. In the *hard* one each stands
# somewhere on a canvas of 12 × 12. The old network has seen its digits eight times each, in different places; of
# the new ones we have each image once, in one place.


# %%
def anywhere(pictures, rng):
    """Each 8 × 8 digit at a random place of a 12 × 12 canvas: (N, 64) → (N, 144)."""
    canvas = np.full((len(pictures), 12, 12), -1.0)
    places = rng.integers(0, 5, size=(len(pictures), 2))
    for sheet, picture, (down, right) in zip(canvas, pictures, places, strict=True):
        sheet[down : down + 8, right : right + 8] = picture.reshape(8, 8)
    return canvas.reshape(len(pictures), 144)


def where_it_stood(pictures, rng):
    return pictures


rng = np.random.default_rng(0)
old, new = (np.flatnonzero(chosen)[:8] for chosen in (labels < 7, labels >= 7))
rows = {
    "old, anywhere": anywhere(images[old], rng),
    "new, anywhere": anywhere(images[new], rng),
}
tools.plot_images({name: row.reshape(-1, 12, 12) for name, row in rows.items()})

# %%
WAYS, COUNTS = ("frozen", "fine-tuned", "from scratch"), (5, 10, 20, 40)


def continued(way, first_layer, x, y, rng):
    """A network for the three new digits, trained on x, y in one of the three ways."""
    model = MLP([x.shape[1], 128, 3], ReLU, SoftmaxCrossEntropy(), rng)
    if way != "from scratch":
        for name, w in first_layer.items():
            model.params[name][...] = w
    fit(transfer.freeze(model, ["0."]) if way == "frozen" else model, x, y, Adam(0.003), 40, 10, rng)
    return model


def one_transfer(seed, place, copies, epochs):
    """The accuracy on 300 held-out images of 7, 8, 9, for each way and each number of images: (3, 4)."""
    rng = np.random.default_rng(seed)
    old, new = np.flatnonzero(labels < 7), rng.permutation(np.flatnonzero(labels >= 7))
    many = np.concatenate([place(images[old], rng) for _ in range(copies)])
    teacher = MLP([many.shape[1], 128, 7], ReLU, SoftmaxCrossEntropy(), rng)
    fit(teacher, many, np.tile(labels[old], copies), Adam(0.003), epochs, 64, rng)
    first_layer = {name: w for name, w in teacher.params.items() if name.startswith("0.")}
    pool, test = new[:-300], new[-300:]
    x, scores = place(images[test], rng), np.zeros((3, len(COUNTS)))
    for column, count in enumerate(COUNTS):
        few = np.concatenate([pool[labels[pool] == digit][:count] for digit in (7, 8, 9)])
        few_x = place(images[few], rng)
        for row, way in enumerate(WAYS):
            student = continued(way, first_layer, few_x, labels[few] - 7, rng)
            scores[row, column] = accuracy(student.predict(x), labels[test] - 7)
    return scores


easy = np.array([one_transfer(seed, where_it_stood, 1, 30) for seed in range(3)])

# %%
hard = np.array([one_transfer(seed, anywhere, 8, 10) for seed in range(3)])
for name, each in (("easy", easy), ("hard", hard)):
    print(f"{name}: mean accuracy of 3 seeds with", ", ".join(map(str, COUNTS)), "images of each digit")
    for way, row in zip(WAYS, each.mean(axis=0), strict=True):
        print(f"  {way:<14}", "  ".join(f"{value:.3f}" for value in row))
inputs, hidden = 144, 128
print("numbers to train: frozen", hidden * 3 + 3, "  otherwise", (inputs + 1) * hidden + hidden * 3 + 3)

# %%
panels = {
    title: {way: each[:, row] for row, way in enumerate(WAYS)}
    for title, each in (("easy: where they always stood", easy), ("hard: anywhere on 12 × 12", hard))
}
tools.plot_bands(panels, COUNTS, "images of each new digit", "accuracy on held-out 7, 8, 9")

# %% [markdown]
# The dots are single seeds, and they scatter. Over twenty seeds, with 20 images of each new digit, we measured:
#
# | | frozen | fine-tuned | from scratch | better than from scratch |
# |---|---|---|---|---|
# | easy | 0.936 | 0.956 | 0.958 | frozen 1 of 20, fine-tuned 6 of 20 |
# | hard | 0.622 | 0.597 | 0.544 | frozen 19 of 20, fine-tuned 20 of 20 |
#
# So transfer is no magic. Digits that stand still are easy: a few images of the new ones teach a better first layer
# than many images of other digits, and whoever freezes it only ties his hands. Where a digit may stand anywhere, a few
# images cannot show what that means, and the old ones can. It is what was learnt that helps: a *random* first layer,
# frozen, reaches 0.463 on the hard task. With 5 to 20 images frozen is ahead, and trains 387 numbers instead of
# 18 947; with 40, fine-tuning has caught up.
#
# ## 7 · Bottleneck
#
# By hand: 3 features, a width of 1, and ReLU between. $x = (1, 2, 3)$ goes down to $1 - 2 + 3 + 0.5 = 2.5$, and up
# again. The second sample comes to −0.5, below zero, where the ReLU lets nothing through.

# %%
narrow = transfer.Bottleneck(3, 1, np.random.default_rng(0))
for name, value in {"down.w": [[1], [-1], [1]], "down.b": 0.5, "up.w": [[2, 0, -4]], "up.b": [0, 1, 0]}.items():
    narrow.params[name][...] = value
output = narrow.forward(np.array([[1.0, 2, 3], [-1, 0, 0]]))
dx = narrow.backward(np.ones((2, 3)))
compare(
    ("output", output, [[5, 1, -10], [0, 1, 0]]),
    ("dx", dx, [[-2, 2, -2], [0, 0, 0]]),
    ("gradient of up.w", narrow.grads["up.w"], [[2.5, 2.5, 2.5]]),
    ("gradient of down.w", narrow.grads["down.w"], [[-2], [-4], [-6]]),
)

# %% [markdown]
# Trained to give back its input, a bottleneck must say in a few numbers what is in a digit. With Tanh between; a narrow
# one with ReLU easily dies in training, all its units below zero for good. The last row of the table is the best
# that a bottleneck without any bend can do: the principal components.

# %%
WIDTHS = (1, 2, 4, 8, 16, 32)
rows, errors, best = {"input": [images[held_out[labels[held_out] == d][0]] for d in range(10)]}, [], []
mean = images[known].mean(axis=0)
components = np.linalg.svd(images[known] - mean, full_matrices=False)[2]
for width in WIDTHS:
    rng = np.random.default_rng(width)
    model = Model(transfer.Bottleneck(64, width, rng, activation=Tanh), MeanSquaredError())
    fit(model, images[known], images[known], Adam(0.01), 20, 30, rng)
    rows[f"width {width}"] = model.scores(np.array(rows["input"]))
    errors.append(np.mean((model.scores(images[held_out]) - images[held_out]) ** 2))
    rest = (images[held_out] - mean) @ (np.eye(64) - components[:width].T @ components[:width])
    best.append(np.mean(rest**2))
print("width                ", "   ".join(f"{width:<5}" for width in WIDTHS))
print("squared error a pixel", "   ".join(f"{error:.3f}" for error in errors))
print("principal components ", "   ".join(f"{error:.3f}" for error in best))
tools.plot_images({name: np.reshape(row, (-1, 8, 8)) for name, row in rows.items()})

# %% [markdown]
# One number says hardly more than the mean of all images, which has an error of 0.295. With eight, most digits can be
# read; with 32 of 64, little is lost. After twenty epochs the errors are still a little above those of
# the principal components: on these images the bend in the middle does not help.
#
# ## 8 · Pruning and retraining
#
# Take nine tenths of the weights away. Which ones? The smallest. And then train the others, to make up for it. First
# whether they stay away:


# %%
def reader(seed=0):
    """An MLP that has learnt the digits."""
    rng = np.random.default_rng(seed)
    model = MLP([64, 32, 10], ReLU, SoftmaxCrossEntropy(), rng)
    fit(model, images[known], labels[known], Adam(0.01), 10, 20, rng)
    return model


def pruned(fraction, epochs):
    model, rng = reader(), np.random.default_rng(1)
    masks = transfer.prune_and_retrain(model, images[known], labels[known], fraction, Adam(0.003), epochs, 20, rng)
    return model, masks


model, masks = pruned(0.75, 1)
compare(
    ("weights that are left", [int(mask.sum()) for mask in masks.values()], [512, 80]),
    ("the others are all", max(np.abs(model.params[name][~mask]).max() for name, mask in masks.items()), 0.0),
    ("biases are spared", np.all(model.params["2.b"] != 0), True),
)

# %%
FRACTIONS = (0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
at_once, again = [], []
for fraction in FRACTIONS:
    for epochs, accuracies in ((0, at_once), (6, again)):
        model, _ = pruned(fraction, epochs)
        accuracies.append(accuracy(model.predict(images[held_out]), labels[held_out]))
print("taken away    ", "  ".join(f"{fraction:<5g}" for fraction in FRACTIONS))
print("at once       ", "  ".join(f"{value:.3f}" for value in at_once))
print("after 6 epochs", "  ".join(f"{value:.3f}" for value in again))
at_least("80 % away, retrained", again[FRACTIONS.index(0.8)], 0.9)
full, (small, masks) = reader(), pruned(0.9, 6)
weights = {
    "all weights of 0.w": full.params["0.w"].ravel(),
    "90 % pruned, retrained: those that are left": small.params["0.w"][masks["0.w"]],
}
tools.plot_pruning(FRACTIONS, {"right after pruning": at_once, "after retraining": again}, weights)

# %% [markdown]
# Without half of its weights the network reads three digits in a hundred fewer. Retrained, it can do without four
# fifths of them at a smaller price. At nine tenths, retraining doubles what is left of the accuracy; beyond that the
# network is too small. On the right, the weights that stayed: the middle of the hill is gone, and retraining has
# filled a little of the gap.
#
# ## 9 · Hand in
#
# In a terminal, in the course folder:
#
# ```
# python -m pytest tests/public -m architectures
# python -m autograder check
# python -m autograder submit
# ```
#
# `submit` looks whether the right files are there and can be imported, tells you which questions are not
# attempted, and writes the zip to hand in. This notebook is not graded.
