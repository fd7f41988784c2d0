"""Known wrong skip connections and attentions: changes to solutions/residual.py and attention.py.

The list began with what students of public courses get wrong (no gradient for the skip, no 1/√d, the softmax along the
wrong axis, the mask after the softmax, overflow); the rest comes from the formulas. `LEFT_OUT` says what has no row.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]
ATTENTION_KEY = "scaled_dot_product_attention"


def _residual(name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"residual-{name}", "residual", sentence, edits)


def _attention(name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"attention-{name}", ATTENTION_KEY, sentence, edits)


_SUM = "return x + self.block.forward(x)"
_BACK = "return upstream + self.block.backward(upstream)"
_PARAMS = "return self.block.params"
_GRADS = "return self.block.grads"
_TRAIN = 'if hasattr(self.block, "train"):\n            self.block.train()'
_EVAL = 'if hasattr(self.block, "eval"):\n            self.block.eval()'
RESIDUAL = (
    _residual(
        "no-skip-gradient",
        "Your Residual's dx is the block's alone. x also goes straight to the sum, where the local gradient is 1: add "
        "upstream.",
        (_BACK, "return self.block.backward(upstream)"),
    ),
    _residual(
        "no-skip",
        "Your Residual is the block alone, both ways. The output is x + block(x), and dx gets upstream as well.",
        (_SUM, "return self.block.forward(x)"),
        (_BACK, "return self.block.backward(upstream)"),
    ),
    _residual(
        "skip-only",
        "Your Residual's dx is the skip's alone. x goes through the block, too: add what the block's backward returns.",
        (_BACK, "self.block.backward(upstream)\n        return upstream.copy()"),
    ),
    _residual(
        "product",
        "Your Residual multiplies the two gradients. The two ways meet in a sum, so the gradients of x add.",
        (_BACK, "return upstream * self.block.backward(upstream)"),
    ),
    _residual(
        "skip-twice",
        "Your Residual adds x twice. It is x + block(x), and upstream once plus what the block sends back.",
        (_SUM, "return 2 * x + self.block.forward(x)"),
        (_BACK, "return 2 * upstream + self.block.backward(upstream)"),
    ),
    _residual(
        "relu-after",
        "Your Residual applies a ReLU to the sum, as the first paper on it did. Here it is x + block(x) and nothing "
        "else, so that the way round stays open for negative values.",
        (_SUM, "self.total = x + self.block.forward(x)\n        return self.total * (self.total > 0)"),
        (
            _BACK,
            "upstream = upstream * (self.total > 0)\n        return upstream + self.block.backward(upstream)",
        ),
    ),
    _residual(
        "stale-grads",
        "Your Residual keeps the first `grads` it saw of its block. A block may make a new dict in each backward pass: "
        "look it up anew each time.",
        (_GRADS, 'self.__dict__.setdefault("kept", self.block.grads)\n        return self.kept'),
    ),
    _residual(
        "renamed",
        "Your Residual puts a prefix before the names of the block's parameters. They keep their names: `params` and "
        "`grads` are the block's.",
        (_PARAMS, 'return {f"block.{name}": value for name, value in self.block.params.items()}'),
        (_GRADS, 'return {f"block.{name}": value for name, value in self.block.grads.items()}'),
    ),
    _residual(
        "params-copied",
        "Your Residual hands out copies of the block's parameters. To write into a copy moves nothing: return the same "
        "array objects each time.",
        (_PARAMS, "return {name: value.copy() for name, value in self.block.params.items()}"),
    ),
    _residual(
        "eval-not-inside",
        "Your Residual's eval() does not reach the block, so a Dropout inside goes on dropping.",
        (_EVAL, "pass"),
    ),
    _residual(
        "train-not-inside",
        "Your Residual's train() does not reach the block, so after eval() it never trains again.",
        (_TRAIN, "pass"),
    ),
    _residual(
        "modes-unasked",
        "Your Residual calls train() and eval() of any block. ReLU and other blocks have no modes: ask with hasattr "
        "first.",
        (_TRAIN, "self.block.train()"),
        (_EVAL, "self.block.eval()"),
    ),
    _residual(
        "flag-forgotten",
        "Your Residual switches its block and leaves its own `training` as it was.",
        ("self.training = True\n        if", "if"),
        ("self.training = False\n        if", "if"),
    ),
    _residual(
        "backward-twice",
        "Your Residual calls the block's backward twice in one pass. Once is enough: keep what it returns.",
        (_BACK, f"self.block.backward(upstream)\n        {_BACK}"),
    ),
    _residual(
        "forward-twice",
        "Your Residual calls the block's forward twice in one pass. Once is enough: keep what it returns. A Dropout "
        "inside draws anew each time.",
        (_SUM, f"self.block.forward(x)\n        {_SUM}"),
    ),
    _residual(
        "changes-x",
        "Your Residual adds the block's output to the array x itself. The caller still needs it: compute a new array, "
        "x + …, never x += ….",
        (_SUM, "x += self.block.forward(x)\n        return x.copy()"),
    ),
    _residual(
        "changes-upstream",
        "Your Residual adds the block's gradient to the array upstream itself. Others still need it: compute a new "
        "array, upstream + ….",
        (_BACK, "upstream += self.block.backward(upstream)\n        return upstream.copy()"),
    ),
)

_KEEP = "self.q, self.k, self.v = q, k, v"
_SCORES = "scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])"
_MASK = "scores = np.where(self.mask, scores, -np.inf)  # before the softmax: the others share all the weight"
_WEIGHTS = "self.weights = softmax(scores)"
_OUTPUT = "return self.weights @ v"
_SCALE = "scale = 1.0 / math.sqrt(self.q.shape[-1])"
_DV = "dv = self.weights.swapaxes(-1, -2) @ upstream"
_MEAN = "np.sum(dweights * self.weights, axis=-1, keepdims=True)"
_DSCORES = "dscores = self.weights * (dweights - mean)"
_DQ = "dq = dscores @ self.k * scale"
_DK = "dk = dscores.swapaxes(-1, -2) @ self.q * scale"


def _scaled(by: str, back: str) -> tuple[Edit, Edit]:
    """Scores and their way back divided by something else."""
    return (_SCORES, f"scores = q @ k.swapaxes(-1, -2) / {by}"), (_SCALE, f"scale = 1.0 / {back}")


ATTENTION = (
    _attention(
        "not-scaled",
        "Your attention does not divide the scores by √d. Without it the scores of d-dimensional vectors spread by √d, "
        "and the softmax saturates.",
        *_scaled("1.0", "1.0"),
    ),
    _attention(
        "scaled-by-d",
        "Your attention divides the scores by d. It is the square root of d: a sum of d products spreads by √d.",
        *_scaled("q.shape[-1]", "self.q.shape[-1]"),
    ),
    _attention(
        "scaled-by-e",
        "Your attention takes d from the values. The scores are sums over the entries of a query, q.shape[-1] of them.",
        *_scaled("math.sqrt(v.shape[-1])", "math.sqrt(self.v.shape[-1])"),
    ),
    _attention(
        "scaled-by-length",
        "Your attention divides the scores by the root of the number of keys. d is the length of a query, q.shape[-1].",
        *_scaled("math.sqrt(k.shape[-2])", "math.sqrt(self.k.shape[-2])"),
    ),
    _attention(
        "scale-not-back",
        "Your attention divides the scores by √d and forgets it in backward. dq and dk get the same 1/√d.",
        (_SCALE, "scale = 1.0"),
    ),
    _attention(
        "dk-not-scaled",
        "Your attention's dk lacks the 1/√d that dq has. The scores hold it once, whichever side you come from.",
        (_DK, _DK.removesuffix(" * scale")),
    ),
    _attention(
        "over-queries",
        "Your attention's weights sum to 1 over the queries. For each query they sum to 1 over the keys: the softmax "
        "runs along the last axis of the scores.",
        (_WEIGHTS, "self.weights = softmax(scores.swapaxes(-1, -2)).swapaxes(-1, -2)"),
        (_MEAN, _MEAN.replace("axis=-1", "axis=-2")),
    ),
    _attention(
        "jacobian-diagonal",
        "Your attention takes the softmax's derivative to be p(1 − p), its diagonal. All scores of a row share one "
        "sum: dscores = p · (dweights − Σ p · dweights).",
        (_DSCORES, "dscores = self.weights * (1.0 - self.weights) * dweights"),
    ),
    _attention(
        "jacobian-no-mean",
        "Your attention's softmax gradient is p · dweights. A larger score takes weight from the others, too: subtract "
        "the row's mean Σ p · dweights first.",
        (_DSCORES, "dscores = self.weights * dweights"),
    ),
    _attention(
        "jacobian-one-mean",
        "Your attention subtracts one mean for all rows in the softmax's gradient. Each row of scores is a softmax of "
        "its own: sum along the last axis, and keep it.",
        (_MEAN, "np.sum(dweights * self.weights)"),
    ),
    _attention(
        "dv-not-transposed",
        "Your attention's dv uses the weights as they are. Value s is seen by all queries: dv = weightsᵀ · upstream.",
        (_DV, "dv = self.weights @ upstream"),
    ),
    _attention(
        "all-axes-transposed",
        "Your attention turns all axes round with `.T`. Leading axes are separate sequences: swap the last two only, "
        "k.swapaxes(-1, -2).",
        (_SCORES, _SCORES.replace("k.swapaxes(-1, -2)", "k.T")),
        (_DV, _DV.replace("swapaxes(-1, -2)", "T")),
        (_DK, _DK.replace("swapaxes(-1, -2)", "T")),
    ),
    _attention(
        "mask-inverted",
        "Your attention hides what the mask allows. True means: this query may attend to this key.",
        (_MASK, "scores = np.where(self.mask, -np.inf, scores)"),
    ),
    _attention(
        "mask-zero-score",
        "Your attention gives forbidden keys a score of 0. exp(0) is 1, so they keep weight: make it minus infinity.",
        (_MASK, "scores = np.where(self.mask, scores, 0.0)"),
    ),
    _attention(
        "mask-after-softmax",
        "Your attention masks the weights after the softmax, and a row no longer sums to 1. Mask the scores: then the "
        "allowed keys share all the weight.",
        (_MASK, "pass"),
        (
            _WEIGHTS,
            f"{_WEIGHTS}\n        if self.mask is not None:\n            self.weights = self.weights * self.mask",
        ),
    ),
    _attention(
        "mask-not-back",
        "Your attention masks in forward and goes back through the unmasked weights. Keep the weights that made the "
        "output: they are 0 where the mask forbids.",
        (_MASK, "pass"),
        (
            _OUTPUT,
            "if self.mask is None:\n"
            "            return self.weights @ v\n"
            "        allowed = np.where(self.mask, self.weights, 0.0)\n"
            "        return allowed / allowed.sum(axis=-1, keepdims=True) @ v",
        ),
    ),
    _attention(
        "mask-renormalised",
        "Your attention masks after the softmax and divides by what is left. Where a forbidden score is far the "
        "largest, nothing is left, and that is 0/0: mask the scores, before the softmax.",
        (_MASK, "pass"),
        (
            _WEIGHTS,
            f"{_WEIGHTS}\n"
            "        if self.mask is not None:\n"
            "            allowed = self.weights * self.mask\n"
            "            self.weights = allowed / allowed.sum(axis=-1, keepdims=True)",
        ),
    ),
    _attention(
        "mask-too-weak",
        "Your attention lowers forbidden scores by 1000. Scores of that size occur, and then what is forbidden is "
        "seen: take minus infinity, or at least −1e9 in place of the score.",
        (_MASK, "scores = scores - 1e3 * ~self.mask"),
    ),
    _attention(
        "overflow",
        "Your attention overflows: exp of a large score is infinite. Subtract the row's largest score first, which "
        "changes nothing; softmax in losses.py does it.",
        (_WEIGHTS, "e = np.exp(scores)\n        self.weights = e / e.sum(axis=-1, keepdims=True)"),
    ),
    _attention(
        "global-maximum",
        "Your attention subtracts the largest of all scores. A row far below it is left with zeros, and that is 0/0: "
        "subtract each row's own largest score.",
        (_WEIGHTS, "e = np.exp(scores - scores.max())\n        self.weights = e / e.sum(axis=-1, keepdims=True)"),
    ),
    _attention(
        "class-state",
        "All your attentions keep their weights in one place, on the class, so the last forward of any of them wins. "
        "What a block remembers belongs to the instance, to `self`.",
        (_WEIGHTS, _WEIGHTS.replace("self.", "ScaledDotProductAttention.")),
    ),
    _attention(
        "changes-q",
        "Your attention divides the array q itself by √d. The caller still needs it: compute a new array instead "
        "of `/=`.",
        (_SCORES, "q /= math.sqrt(q.shape[-1])\n        scores = q @ k.swapaxes(-1, -2)"),
        (_DK, _DK.removesuffix(" * scale")),
    ),
)

BLOCKS = (*RESIDUAL, *ATTENTION)

LEFT_OUT = {
    "forbidden scores of −1e9": "right wherever the course's numbers go: accepted",
    "softmax over all scores at once": "the released softmax takes rows; its own rows stand in assignment 2, and "
    "attention-over-queries for the wrong axis",
    "dk without the transpose": "as attention-dv-not-transposed, and rarer",
}
"""Known mistakes that have no row here, and why."""
