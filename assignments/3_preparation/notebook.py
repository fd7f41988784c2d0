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
# # 3 · Preparation
#
# This notebook runs **your** code: the files in `student_src/`. You write there, in an editor; here you
# look at what your code does to weights and data. The handout `README.md` in this folder has the maths and
# the rules.
#
# Run the cells from the top. When a cell needs something that you have not written yet, it says so in one
# line and stops:
#
# ```
# preparation.whiten: not written yet – see student_src/preprocessing.py, line 111
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
sys.path[:0] = [str(root), *(str(root / "assignments" / name) for name in ("3_preparation", "shared"))]

import numpy as np
import pictures
from notebook_common import compare, stop_at_missing
from notebook_tools import up_to_sign

from student_src import activations, initializers, preprocessing, regularizers

stop_at_missing()

# %% [markdown]
# ## 1 · Zeros, and symmetry
#
# A small network, 4 inputs, 6 tanh units, 1 output, learns a curved function by plain gradient steps. Three
# starts: zeros everywhere; equal numbers everywhere; small random numbers.

# %%
compare(("zeros((2, 3))", initializers.zeros((2, 3)), [[0, 0, 0], [0, 0, 0]]))
data = np.random.default_rng(0).normal(size=(200, 4))
target = np.sin(2 * data[:, :1]) + data[:, 1:2] * data[:, 2:3]


def train(w1, w2, steps=600, lr=0.1):
    """Gradient steps on the mean squared error; returns (w1, losses)."""
    losses = []
    for _ in range(steps):
        hidden = np.tanh(data @ w1)
        error = hidden @ w2 - target
        losses.append(float(np.mean(error**2)) / 2)
        delta = error / len(data)
        w1, w2 = w1 - lr * data.T @ (delta @ w2.T * (1 - hidden**2)), w2 - lr * hidden.T @ delta
    return w1, losses


rng = np.random.default_rng(1)
starts = {
    "zeros": (initializers.zeros((4, 6)), initializers.zeros((6, 1))),
    "all 0.5": (np.full((4, 6), 0.5), np.full((6, 1), 0.5)),
    "random": (initializers.small_normal((4, 6), rng, std=0.5), initializers.small_normal((6, 1), rng, std=0.5)),
}
trained = {label: train(*start) for label, start in starts.items()}

# %% [markdown]
# Each column of a panel is a unit. With zeros nothing moves. With equal numbers all six units learn, and
# all learn the same: it is a network with one unit, six times over. Only random numbers give six units.
#
# We round before counting, because a matrix product may round equal columns differently in the last bit.
# Try `steps=3000`: such a last bit grows from step to step, and on many machines breaks the symmetry at
# last. It is nothing to rely on.

# %%
for label, (w1, losses) in trained.items():
    print(f"{label:<8} distinct columns {initializers.distinct_columns(np.round(w1, 6))}   last loss {losses[-1]:.4f}")
pictures.plot_weights(
    {label: w1 for label, (w1, _) in trained.items()}, {label: losses for label, (_, losses) in trained.items()}
)

# %% [markdown]
# ## 2 · Seven ways to be random
#
# 300 inputs, 100 outputs. The dashed lines stand one **right** standard deviation from 0: for a uniform
# distribution on (−r, r) that is $r/\sqrt 3$.

# %%
shape = (300, 100)
samples = {
    "small_normal": initializers.small_normal(shape, np.random.default_rng(0)),
    "uniform, 0.1": initializers.uniform(shape, np.random.default_rng(1), 0.1),
    "xavier_normal": initializers.xavier_normal(*shape, np.random.default_rng(2)),
    "xavier_uniform": initializers.xavier_uniform(*shape, np.random.default_rng(3)),
    "he_normal": initializers.he_normal(*shape, np.random.default_rng(4)),
    "he_uniform": initializers.he_uniform(*shape, np.random.default_rng(5)),
}
right = {
    "small_normal": 0.01,
    "uniform, 0.1": 0.1 / np.sqrt(3),
    "xavier_normal": np.sqrt(2 / 400),
    "xavier_uniform": np.sqrt(2 / 400),
    "he_normal": np.sqrt(2 / 300),
    "he_uniform": np.sqrt(2 / 300),
}
for label, w in samples.items():
    verdict = "ok  " if abs(np.std(w) / right[label] - 1) < 0.03 and abs(np.mean(w)) < 0.05 * right[label] else "LOOK"
    print(f"{verdict}  {label:<15} mean {np.mean(w):9.6f}   std {np.std(w):.6f}   expected about {right[label]:.6f}")
pictures.plot_starts(samples, right)

# %% [markdown]
# ## 3 · Ten layers deep
#
# 500 samples go through ten layers of 300 units. Your `activation_stds` measures the spread after each.
# `U(0, 1)` is the bad example of lecture note 1: its mean is ½, so that all inputs push the same way.

# %%
batch = np.random.default_rng(0).normal(size=(500, 300))
sizes = [300] * 11
initial = {
    "normal, std 0.01": lambda fan_in, fan_out, rng: initializers.small_normal((fan_in, fan_out), rng),
    "normal, std 1": lambda fan_in, fan_out, rng: initializers.small_normal((fan_in, fan_out), rng, std=1.0),
    "U(0, 1)": lambda fan_in, fan_out, rng: rng.random((fan_in, fan_out)),
    "Xavier": initializers.xavier_normal,
    "He": initializers.he_normal,
}
spreads = {
    kind.__name__: {
        label: initializers.activation_stds(start, sizes, kind, batch, np.random.default_rng(1))
        for label, start in initial.items()
    }
    for kind in (activations.Tanh, activations.ReLU)
}
for kind, curves in spreads.items():
    for label, stds in curves.items():
        print(f"{kind:<5} {label:<17}", " ".join(f"{std:8.1e}" for std in stds))
pictures.plot_spread(spreads)

# %% [markdown]
# A spread of 1 after tanh is no good sign. Look at the outputs themselves: with std 1 (and with U(0, 1))
# they are all at −1 or 1, where tanh is flat and passes no gradient. With std 0.01 they are all near 0. With
# Xavier they use the whole range, in every layer.

# %%
outputs = {}
for label in ("normal, std 0.01", "normal, std 1", "Xavier"):
    x, rng, outputs[label] = batch, np.random.default_rng(1), {}
    for layer in range(1, 11):
        x = activations.Tanh().forward(x @ initial[label](300, 300, rng))
        if layer in (1, 2, 5, 10):
            outputs[label][layer] = x
pictures.plot_layers(outputs)

# %% [markdown]
# ## 4 · The data cloud
#
# First the five samples of the handout, and one new sample, which `fit` has not seen.

# %%
five = np.array([[1.0, 10, -1.5], [2, 30, -1], [3, 20, -0.5], [4, 15, -1.25], [5, 25, -0.75]])
new = np.array([[6.0, 0.0, 2.0]])
a, b = np.sqrt(2), np.sqrt(0.5)
center = preprocessing.MeanCenter().fit(five)
compare(
    ("MeanCenter, sample 2", center.transform(five)[1], [-1, 10, 0]),
    ("MeanCenter, new", center.transform(new), [[3, -20, 3]]),
)
standard = preprocessing.Standardize().fit(five)
compare(
    ("Standardize, sample 2", standard.transform(five)[1], [-b, a, 0]),
    ("Standardize, new", standard.transform(new), [[2.121320, -2.828427, 8.485281]]),
)
scale = preprocessing.MinMaxScale().fit(five)
compare(
    ("MinMaxScale, sample 4", scale.transform(five)[3], [0.5, -0.5, -0.5]),
    ("MinMaxScale, new", scale.transform(new), [[1.5, -2, 6]]),
)
flat = np.array([[7.0, 0.1], [7.0, 0.1], [7.0, 0.1]])
for kind in (preprocessing.Standardize, preprocessing.MinMaxScale):
    compare((f"{kind.__name__}, constant", kind().fit(flat).transform(flat), np.zeros((3, 2))))

# %% [markdown]
# Then the tilted cloud. Each column may come with the opposite sign.

# %%
tilted = np.array([[13.0, -16.0], [7.0, -24.0], [8.4, -18.8], [11.6, -21.2]])
pca = preprocessing.PCA(2).fit(tilted)
coordinates = pca.transform(tilted)
compare(("PCA", coordinates, up_to_sign(coordinates, [[5, 0], [-5, 0], [0, 2], [0, -2]])))
white = preprocessing.Whiten().fit(tilted).transform(tilted)
p, q = 5 / np.sqrt(12.50001), 2 / np.sqrt(2.00001)
compare(("Whiten", white, up_to_sign(white, [[p, 0], [-p, 0], [0, q], [0, -q]])))

# %% [markdown]
# Now 400 samples (blue) in two correlated features, and some new ones (orange), which come from somewhere
# else: a little to the upper right. All are transformed with the statistics of the blue ones, so the orange
# ones stay where they are **beside** the blue ones. Had they been centred with their own mean, they would lie on
# top of them, and nobody could see that they are different.

# %%
rng = np.random.default_rng(3)
turn = np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]])
training = rng.normal(size=(400, 2)) * [2.0, 0.6] @ turn.T + [4.0, 1.5]
new = rng.normal(size=(15, 2)) * 0.3 + [8.0, 3.0]
clouds = {"original": (training, new)}
for block in (
    preprocessing.MeanCenter(),
    preprocessing.Standardize(),
    preprocessing.MinMaxScale(),
    preprocessing.PCA(2),
    preprocessing.Whiten(),
):
    block.fit(training)
    clouds[type(block).__name__] = (block.transform(training), block.transform(new))
for title, (cloud, _) in clouds.items():
    covariance = np.cov(cloud.T, bias=True)
    print(f"{title:<12} mean {np.round(cloud.mean(axis=0), 3) + 0.0}   covariance {covariance.round(3).tolist()}")
pictures.plot_clouds(clouds)

# %% [markdown]
# Centring moves. Standardising also stretches the columns, and leaves the correlation. PCA turns the cloud;
# nothing is stretched. Whitening turns and stretches: covariance 1, 0, 0, 1.
#
# ## 5 · Three prices for weights
#
# Worked numbers first. The biases cost nothing.

# %%
params = {
    "0.w": np.array([[1.5, 0.0, -2.0], [0.0, -0.5, 3.0]]),
    "0.b": np.array([4.0, 0.0, -6.0]),
    "1.slope": np.array([0.25]),
    "block.w": np.array([2.5, 0.0]),
}
for block, penalty, gradient in [
    (regularizers.L0(0.5), 3.0, np.zeros((2, 3))),
    (regularizers.L1(0.5), 4.875, [[0.5, 0, -0.5], [0, -0.5, 0.5]]),
    (regularizers.L2(0.3), 6.54375, [[0.9, 0, -1.2], [0, -0.3, 1.8]]),
]:
    name, found = type(block).__name__, block.gradient(params)
    compare(
        (f"{name} penalty", block.penalty(params), penalty),
        (f"{name} gradient of 0.w", found["0.w"], gradient),
        (f"{name} gradient of 0.b", found["0.b"], np.zeros(3)),
    )

# %% [markdown]
# Six weights, of which the data want the values 2, 1, 0.4, −0.3, −1, −1.6, walk down data loss plus penalty.
# L1 pulls all with the same force: the weights that the data want least end at 0 (they rattle around it by one
# step). L2 pulls the large ones most, and none of them ever gets to 0.

# %%
wanted = np.array([2.0, 1.0, 0.4, -0.3, -1.0, -1.6])
paths = {}
for title, block in {
    "no penalty": regularizers.L2(0.0),
    "L1, strength 0.5": regularizers.L1(0.5),
    "L2, strength 0.25": regularizers.L2(0.25),
}.items():
    w = np.random.default_rng(2).normal(size=6)
    path = [w]
    for _ in range(200):
        w = w - 0.03 * (w - wanted + block.gradient({"w": w})["w"])
        path.append(w)
    paths[title] = np.array(path)
    print(f"{title:<18}", " ".join(f"{value:7.3f}" for value in w))
pictures.plot_paths(paths)

# %% [markdown]
# ## 6 · Dropout
#
# An input of ones. White is dropped; what survives is scaled up, and the more is dropped the more it is
# scaled: the mean stays near 1. In evaluation nothing happens.

# %%
ones = np.ones((50, 50))
drops = {}
for p in (0.2, 0.5, 0.8):
    block = regularizers.Dropout(p, np.random.default_rng(5))
    out = drops[f"p = {p}"] = block.forward(ones)
    above = np.random.default_rng(6).normal(size=ones.shape)
    dx = block.backward(above)  # the input is 1, so the factor of each entry is its output
    compare((f"dx = upstream · factor, p = {p}", np.ptp(dx - above * out), 0.0))
drops["p = 0.8, next"] = block.forward(ones)
block.eval()
drops["p = 0.8, eval"] = block.forward(ones)
compare(("evaluation", np.ptp(drops["p = 0.8, eval"]), 0.0))
pictures.plot_masks(drops)

# %% [markdown]
# ## 7 · Early stopping
#
# Twenty-five noisy samples, a hundred random tanh features, plain gradient steps on the output weights.
# The training loss falls and falls. The validation loss turns.

# %%
rng = np.random.default_rng(4)


def curve(count):
    """Noisy samples of a sine."""
    place = rng.uniform(-3, 3, size=(count, 1))
    return place, np.sin(1.5 * place) + 0.35 * rng.normal(size=place.shape)


inner, shift = 1.5 * rng.normal(size=(1, 100)), 2 * rng.normal(size=100)
places, values = curve(25)
other_places, other_values = curve(200)
features, other_features = np.tanh(places @ inner + shift), np.tanh(other_places @ inner + shift)


def mean_squared(w, features, values):
    """Half the mean squared error."""
    return float(np.mean((features @ w - values) ** 2)) / 2


def follow(stopping, epochs):
    """Train on after the stop; returns (training losses, validation losses, epoch of the stop, best at the stop)."""
    w, training, validation, stop = initializers.zeros((100, 1)), [], [], None
    for number in range(epochs):
        w -= 0.02 * features.T @ (features @ w - values) / len(values)
        training.append(mean_squared(w, features, values))
        validation.append(mean_squared(w, other_features, other_values))
        if stopping.update(validation[-1], {"w": w}) and stop is None:
            stop, best = number, (stopping.best_loss, stopping.best_params["w"].copy())
    if stop is None:
        raise SystemExit("LOOK  the validation loss turned, and update never returned True")
    return training, validation, stop, best


training, validation, stop, (best_loss, best) = follow(regularizers.EarlyStopping(patience=50), 20000)
compare(
    ("best_loss", best_loss, min(validation[: stop + 1])),
    ("loss of best_params", mean_squared(best, other_features, other_values), best_loss),
    ("epochs waited", stop - int(np.argmin(validation[: stop + 1])), 50),
)
print(f"validation loss with best_params {best_loss:.4f}, after all epochs {validation[-1]:.4f}")
pictures.plot_stopping(training, validation, int(np.argmin(validation[: stop + 1])), stop)

# %% [markdown]
# The table of the handout, with T where `update` says stop:

# %%
nan = float("nan")
for patience, min_delta, losses, answers in [
    (2, 0.0, [3, 2, 2, 2], "FFFT"),
    (1, 0.0, [3, 2, 2.5], "FFT"),
    (2, 0.0, [5, 6, 4, 6, 3, 7, 7], "FFFFFFT"),
    (2, 0.5, [3, 2.75, 2.25, 2, 1.9], "FFFFT"),
    (3, 0.0, [1, nan, nan, nan], "FFFT"),
]:
    stopping = regularizers.EarlyStopping(patience, min_delta)
    said = [stopping.update(loss, {"w": np.zeros(1)}) for loss in losses]
    compare((f"patience {patience}, {losses}"[:28], said, [answer == "T" for answer in answers]))

# %% [markdown]
# ## 8 · Pruning
#
# A hundred weights were trained above. How many does the curve need? Remove the smallest, and look at the
# validation loss, without training again; beside it, as many taken at random. Half of them cost little if
# they are the smallest, and a lot if they are not. Then come those that matter.

# %%
example = np.array([[-5.0, 0.1, 2.0], [-0.5, 3.0, 1.0]])
compare(
    ("fraction 0.5", regularizers.magnitude_prune(example, 0.5), [[1, 0, 1], [0, 1, 0]]),
    ("fraction 0.3", regularizers.magnitude_prune(example, 0.3), [[1, 0, 1], [0, 1, 1]]),
)
fractions = np.linspace(0, 1, 21)
pruned, at_random = [], []
for fraction in fractions:
    mask = regularizers.magnitude_prune(best, fraction)
    pruned.append(mean_squared(best * mask, other_features, other_values))
    shuffled = (np.random.default_rng(seed).permutation(mask) for seed in range(20))
    at_random.append(np.median([mean_squared(best * other, other_features, other_values) for other in shuffled]))
pictures.plot_pruned(
    best, regularizers.magnitude_prune(best, 0.5), fractions, {"smallest": pruned, "at random": at_random}
)

# %% [markdown]
# ## 9 · Hand in
#
# In a terminal, in the course folder:
#
# ```
# python -m pytest tests/public -m preparation
# python -m autograder check
# python -m autograder submit
# ```
#
# `submit` looks whether the right files are there and can be imported, tells you which questions are not
# attempted, and writes the zip to hand in. This notebook is not graded.
