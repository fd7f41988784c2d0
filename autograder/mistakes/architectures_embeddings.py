"""Known wrong embeddings and window classifiers: changes to solutions/embeddings.py, the most telling first."""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


# Lines of the reference that many rows change

_LOOK_UP = '        return np.take(self.params["w"], ids, axis=0)\n'
_SUM = "        np.add.at(values, place, upstream.reshape(-1, w.shape[1]))\n"
_PAIR = '            self.grads["w"] = rows, values\n'
_ZEROS = '            self.grads["w"] = np.zeros_like(w)\n'
_FILL = '            self.grads["w"][rows] = values\n'
_NORMAL = '{"w": rng.normal(0.0, std, (count, dim))}'

EMBEDDING = (
    _row(
        "embedding",
        "loses-repeats",
        "Your Embedding adds with `grad[ids] += …`. Where an id occurs several times NumPy writes once, and only the "
        "last of its gradients is left. Sum them: np.add.at(grad, ids, …).",
        (_SUM, "        values[place] += upstream.reshape(-1, w.shape[1])\n"),
    ),
    _row(
        "embedding",
        "mean-of-repeats",
        "Your Embedding takes the mean over the places where an id occurs. The same vector is used in each of them, "
        "and gradients add at branches: take the sum.",
        (_SUM, _SUM + "        values /= np.bincount(place)[:, None]\n"),
    ),
    _row(
        "embedding",
        "rows-repeat",
        "Your Embedding hands out an id several times, once for each place where it occurs. Make the rows unique, and "
        "sum their values: np.unique(ids, return_inverse=True).",
        (_PAIR, '            self.grads["w"] = np.ravel(self.ids).copy(), upstream.reshape(-1, w.shape[1]).copy()\n'),
    ),
    _row(
        "embedding",
        "rows-unsorted",
        "Your Embedding lists the rows in the order in which they first occur. They are sorted: np.unique does both.",
        (
            _PAIR,
            "            order = np.argsort(np.unique(np.ravel(self.ids), return_index=True)[1])\n"
            '            self.grads["w"] = rows[order], values[order]\n',
        ),
    ),
    _row(
        "embedding",
        "every-row",
        "Your Embedding lists every row of the table, those of absent words with zeros. Then SparseAdam moves them "
        "all, by what it remembers: the pair holds the rows that occur, and no others.",
        (
            _PAIR,
            '            self.grads["w"] = np.arange(len(w)), np.zeros_like(w)\n'
            '            self.grads["w"][1][rows] = values\n',
        ),
    ),
    _row(
        "embedding",
        "always-full",
        "Your Embedding makes the gradient of the whole table even if sparse is True. Then it is the pair (rows, "
        "values), only of what occurs.",
        ("        if self.sparse:\n", "        if False:\n"),
    ),
    _row(
        "embedding",
        "always-pair",
        "Your Embedding makes the pair (rows, values) even if sparse is False. Then the gradient is an array of the "
        "table's shape, zeros where nothing was looked up.",
        ("        if self.sparse:\n", "        if True:\n"),
    ),
    _row(
        "embedding",
        "default-full",
        "Your Embedding is not sparse unless it is told so. The default is sparse=True.",
        ("sparse=True):", "sparse=False):"),
    ),
    _row(
        "embedding",
        "accumulates",
        "Your Embedding adds to the gradient of the pass before. backward assigns grads: begin with zeros each time.",
        (_ZEROS, ""),
        (_FILL, '            self.grads["w"] = self.grads["w"].copy()\n            self.grads["w"][rows] += values\n'),
    ),
    _row(
        "embedding",
        "rows-left-over",
        "Your Embedding keeps the gradients of rows that occurred in an earlier pass only. The gradient of a row that "
        "was not looked up is zero: begin with zeros each time.",
        (_ZEROS, ""),
        (_FILL, '            self.grads["w"] = self.grads["w"].copy()\n            self.grads["w"][rows] = values\n'),
    ),
    _row(
        "embedding",
        "std-is-variance",
        "Your Embedding takes std for a variance. rng.normal wants the standard deviation itself.",
        (_NORMAL, '{"w": rng.normal(0.0, np.sqrt(std), (count, dim))}'),
    ),
    _row(
        "embedding",
        "std-fixed",
        "Your Embedding draws with the standard deviation 0.1, whatever std says.",
        (_NORMAL, '{"w": rng.normal(0.0, 0.1, (count, dim))}'),
    ),
    _row(
        "embedding",
        "returns-gradient",
        "Your Embedding returns a gradient from backward. Ids are names, not numbers to be moved a little: they have "
        "no gradient, and backward returns None.",
        (_PAIR, _PAIR + "            return values.copy()\n"),
        (_FILL, _FILL + '        return self.grads["w"].copy()\n'),
    ),
    _row(
        "embedding",
        "flattens",
        "Your Embedding forgets the axes of ids: one vector after the other. The result has the shape ids.shape + "
        "(dim,), as w[ids] has by itself.",
        (_LOOK_UP, '        return np.take(self.params["w"], np.ravel(ids), axis=0)\n'),
    ),
    _row(
        "embedding",
        "two-axes-only",
        "Your Embedding works for ids with two axes only. They may have any shape, (), (N,), (N, T, …): w[ids] and "
        "upstream.reshape(-1, dim) take them all.",
        (
            _LOOK_UP,
            "        n, length = ids.shape\n"
            '        return np.take(self.params["w"], ids, axis=0).reshape(n, length, -1)\n',
        ),
    ),
    _row(
        "embedding",
        "view-of-the-table",
        "Your Embedding returns a row of the table itself where ids is a single number: who changes the result changes "
        "the word. Return a copy.",
        (_LOOK_UP, '        w = self.params["w"]\n        return w[ids].copy() if np.ndim(ids) else w[int(ids)]\n'),
    ),
    _row(
        "embedding",
        "table-shared",
        "All your Embeddings of a size share one table, because it is kept on the class. Make it in __init__, on self.",
        ("    def __init__(self, count", "    tables = {}\n\n    def __init__(self, count"),
        (
            _NORMAL,
            '{"w": self.tables.setdefault((count, dim, std), rng.normal(0.0, std, (count, dim)))}',
        ),
    ),
    Mistake(
        "embedding-one-hot",
        "embedding",
        "Your Embedding multiplies by a one-hot matrix. That is what looking up means, and it touches every row of "
        "the table for each word: take the rows, w[ids].",
        (
            (
                _LOOK_UP,
                '        one_hot = (np.ravel(ids)[:, None] == np.arange(len(self.params["w"]))).astype(np.float64)\n'
                '        return (one_hot @ self.params["w"]).reshape(*np.shape(ids), -1)\n',
            ),
            (
                '            self.grads["w"] = rows, values\n',
                "            one_hot = (np.ravel(self.ids)[:, None] == np.arange(len(w))).astype(np.float64)\n"
                "            values = (one_hot.T @ upstream.reshape(-1, w.shape[1]))[rows]\n"
                '            self.grads["w"] = rows, values\n',
            ),
        ),
        costs_only=True,
    ),
)

_FOUND = "        self.looked_up = self.embedding.forward(ids)\n"
_SIDE_BY_SIDE = "        side_by_side = self.looked_up.reshape(len(ids), -1)\n"
_SCORES = "        return self.output.forward(self.tanh.forward(self.hidden.forward(side_by_side)))\n"
_LOSS = "        return self.criterion.forward(self.forward(ids), labels)\n"
_BEND = "        gradient = self.tanh.backward(self.output.backward(self.criterion.backward()))\n"
_TO_WORDS = "        gradient = self.hidden.backward(gradient).reshape(self.looked_up.shape)\n"
_INTO_TABLE = "        self.embedding.backward(gradient)  # adds up the places of each word\n"
_RETURN = "        return gradient\n"
_RETRAINED = '        if retrain:\n            self.learnt["embedding"] = self.embedding\n'
_NO_RETRAINING = "With retrain=False the vectors are fixed: 'embedding.w' belongs into neither params nor grads."

WINDOW_CLASSIFIER = (
    _row(
        "window_classifier",
        "retrain-ignored",
        f"Your WindowClassifier retrains its word vectors whatever `retrain` says. {_NO_RETRAINING}",
        (_RETRAINED, '        self.learnt["embedding"] = self.embedding\n'),
    ),
    _row(
        "window_classifier",
        "frozen-but-listed",
        "Your WindowClassifier lists the word vectors with retrain=False, with zeros for a gradient. Momentum and "
        f"weight decay move them all the same. {_NO_RETRAINING}",
        (_RETRAINED, '        self.learnt["embedding"] = self.embedding\n'),
        (_INTO_TABLE, f"        if self.retrain:\n    {_INTO_TABLE}"),
    ),
    _row(
        "window_classifier",
        "never-retrains",
        "Your WindowClassifier leaves the word vectors out of params and grads even with retrain=True, so they never "
        "learn.",
        (_RETRAINED, ""),
    ),
    _row(
        "window_classifier",
        "no-gradient-without-retraining",
        "Your WindowClassifier returns no gradient of the words with retrain=False. That they are not moved does not "
        "make the loss deaf to them: backward returns the same in both cases.",
        (_RETURN, "        return gradient if self.retrain else np.zeros_like(gradient)\n"),
    ),
    _row(
        "window_classifier",
        "vectors-are-a-copy",
        "Your `vectors` is a copy of the table. It is the table itself: whoever puts in vectors learnt elsewhere "
        "writes there, and forward must see it.",
        ('        return self.embedding.params["w"]\n', '        return self.embedding.params["w"].copy()\n'),
    ),
    _row(
        "window_classifier",
        "no-tanh-derivative",
        "Your WindowClassifier goes back through tanh as if it were not there. Its derivative, 1 - tanh², belongs "
        "between the two affine layers.",
        (_BEND, "        gradient = self.output.backward(self.criterion.backward())\n"),
    ),
    _row(
        "window_classifier",
        "relu",
        "Your WindowClassifier has a ReLU. The bend of this one is tanh.",
        (
            "        self.tanh = Tanh()\n",
            "        from .activations import ReLU\n\n        self.tanh = ReLU()\n",
        ),
    ),
    _row(
        "window_classifier",
        "tanh-on-the-scores",
        "Your WindowClassifier bends the scores as well. Scores are any numbers: no tanh after the last layer.",
        (
            "        self.tanh = Tanh()\n",
            "        self.tanh = Tanh()\n        self.last = Tanh()\n",
        ),
        (_SCORES, _SCORES.replace("return ", "return self.last.forward(").rstrip("\n") + ")\n"),
        (_BEND, _BEND.replace("self.criterion.backward()", "self.last.backward(self.criterion.backward())")),
    ),
    _row(
        "window_classifier",
        "side-by-dimension",
        "Your WindowClassifier lays out a window by dimension: first entry 0 of every word, then entry 1, and so on. "
        "Whole vectors stand side by side, word after word: vectors.reshape(N, -1).",
        (_SIDE_BY_SIDE, "        side_by_side = self.looked_up.swapaxes(1, 2).reshape(len(ids), -1)\n"),
        (
            _TO_WORDS,
            "        n, window, dim = self.looked_up.shape\n"
            "        gradient = self.hidden.backward(gradient).reshape(n, dim, window).swapaxes(1, 2).copy()\n",
        ),
    ),
    _row(
        "window_classifier",
        "mean-of-the-window",
        "Your WindowClassifier averages the vectors of a window, and no longer knows which word stands where. They "
        "stand side by side: window · dim numbers.",
        ("Affine(window * dim, hidden", "Affine(dim, hidden"),
        (_SIDE_BY_SIDE, "        side_by_side = self.looked_up.mean(axis=1)\n"),
        (
            _TO_WORDS,
            "        gradient = self.hidden.backward(gradient)[:, None, :] / self.looked_up.shape[1]\n"
            "        gradient = np.repeat(gradient, self.looked_up.shape[1], axis=1)\n",
        ),
    ),
    _row(
        "window_classifier",
        "returns-the-table",
        "Your WindowClassifier returns the gradient of the table, (count, dim). That stands in grads; backward returns "
        "the gradient of the words in their places, (N, window, dim).",
        (_RETURN, '        return self.embedding.grads["w"].copy()\n'),
    ),
    _row(
        "window_classifier",
        "returns-it-flat",
        "Your WindowClassifier returns the gradient of the words side by side, (N, window · dim). Give each word its "
        "own row: (N, window, dim).",
        (_RETURN, "        return gradient.reshape(len(gradient), -1)\n"),
    ),
    _row(
        "window_classifier",
        "loses-repeats",
        "Your WindowClassifier loses gradients where a word occurs several times: `grad[ids] += …` writes once. The "
        "sum over all places is what Embedding.backward makes.",
        (_FOUND, "        self.ids = ids\n" + _FOUND),
        (
            _INTO_TABLE,
            '        self.embedding.grads["w"] = np.zeros_like(self.vectors)\n'
            '        self.embedding.grads["w"][self.ids] += gradient\n',
        ),
    ),
    _row(
        "window_classifier",
        "middle-word-only",
        "Your WindowClassifier teaches only the word in the middle. Every word of the window had a part in the scores, "
        "and gets its gradient.",
        (
            _INTO_TABLE,
            "        middle = np.zeros_like(gradient)\n"
            "        half = gradient.shape[1] // 2\n"
            "        middle[:, half] = gradient[:, half]\n"
            "        self.embedding.backward(middle)\n",
        ),
    ),
    _row(
        "window_classifier",
        "gradient-of-a-sum",
        "Your WindowClassifier takes the sum over the windows for its loss. The loss is the mean: divide by N, in "
        "loss and gradient.",
        (_LOSS, "        self.count = len(ids)\n" + _LOSS.rstrip("\n") + " * len(ids)\n"),
        (_BEND, _BEND.replace("self.criterion.backward()", "self.criterion.backward() * self.count")),
    ),
    _row(
        "window_classifier",
        "predicts-the-score",
        "Your WindowClassifier predicts the largest score itself. The class is the place of the largest score: argmax.",
        ("np.argmax(", "np.max("),
    ),
    _row(
        "window_classifier",
        "predicts-one-row",
        "Your WindowClassifier predicts the window with the largest score for each class. Look along the classes: "
        "axis 1.",
        ("np.argmax(self.forward(ids), axis=1)", "np.argmax(self.forward(ids), axis=0)"),
    ),
    _row(
        "window_classifier",
        "ties-to-the-last",
        "Your WindowClassifier predicts the last of several largest scores. At a tie the first wins, as in np.argmax.",
        (
            "        return np.argmax(self.forward(ids), axis=1)\n",
            "        backwards = self.forward(ids)[:, ::-1]\n"
            "        return backwards.shape[1] - 1 - np.argmax(backwards, axis=1)\n",
        ),
    ),
    _row(
        "window_classifier",
        "starts-at-zero",
        "Your WindowClassifier starts with zeros in its hidden layer. All hidden units are alike then, and stay alike: "
        "draw the weights.",
        ("hidden, rng, initializer=xavier_normal)", "hidden, rng, initializer=lambda m, n, rng: np.zeros((m, n)))"),
    ),
)

EMBEDDINGS = (*EMBEDDING, *WINDOW_CLASSIFIER)
LEFT_OUT = {
    "with retrain=False, backward returns None": "window-classifier-no-gradient-without-retraining stands for it",
    "embedding with sparse=False adds up over calls in the pair as well": "embedding-accumulates stands for it",
    "grads of an Embedding before the first backward": "an empty pair and zeros are both right: not asked",
    "ids beyond the table": "ids are 0 to count - 1: not asked",
}
"""Known mistakes that have no row here, and why."""
