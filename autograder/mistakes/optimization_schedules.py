"""Known wrong schedules: changes to solutions/schedules.py, the most telling first within each."""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


_COUNTS = (
    "Your {name} counts its own calls. A schedule is asked for any epoch, in any order and perhaps twice: compute the "
    "rate from `epoch` alone."
)
_KEEP_LR = "        self.lr = lr\n"

CONSTANT = (
    _row(
        "constant",
        "fades",
        "Your Constant divides by the epoch. The rate stays what it is.",
        ("return float(self.lr)", "return self.lr / (1 + epoch)"),
    ),
    _row(
        "constant",
        "no-return",
        "Your Constant returns nothing: a `return` is missing.",
        ("return float(self.lr)", "float(self.lr)"),
    ),
)

_STAIRS = "return self.lr * self.factor ** (epoch // self.every)"
STEP_DECAY = (
    _row(
        "step_decay",
        "smooth",
        "Your StepDecay divides with /, so the rate falls in every epoch. Stairs stay level for `every` epochs: //.",
        ("epoch // self.every", "epoch / self.every"),
    ),
    _row(
        "step_decay",
        "early",
        "Your StepDecay goes down one epoch early: it counts epochs from 1. They begin with 0, and epochs 0 to "
        "every - 1 have the full rate.",
        ("epoch // self.every", "(epoch + 1) // self.every"),
    ),
    _row(
        "step_decay",
        "late",
        "Your StepDecay goes down one epoch late. Epoch `every` is the first with the smaller rate.",
        ("epoch // self.every", "max(epoch - 1, 0) // self.every"),
    ),
    _row(
        "step_decay",
        "once",
        "Your StepDecay goes down once and then stays. It goes down again every `every` epochs.",
        ("(epoch // self.every)", "min(epoch // self.every, 1)"),
    ),
    _row(
        "step_decay",
        "dips",
        "Your StepDecay has the smaller rate in every `every`-th epoch only, and the full one in between. It stays "
        "down.",
        (_STAIRS, "return self.lr * (self.factor if epoch and epoch % self.every == 0 else 1)"),
    ),
    _row(
        "step_decay",
        "every-epoch",
        "Your StepDecay goes down in every epoch. Use `every`: factor ** (epoch // every).",
        ("(epoch // self.every)", "epoch"),
    ),
    _row(
        "step_decay",
        "always-half",
        "Your StepDecay halves, whatever `factor` is.",
        ("self.factor **", "0.5 **"),
    ),
    _row(
        "step_decay",
        "linear",
        "Your StepDecay multiplies by factor · (number of stairs). Each stair multiplies once more: a power.",
        (_STAIRS, "return self.lr * (self.factor * (epoch // self.every) if epoch >= self.every else 1)"),
    ),
    _row(
        "step_decay",
        "counts-calls",
        _COUNTS.format(name="StepDecay"),
        (_KEEP_LR, _KEEP_LR + "        self.calls = -1\n"),
        (_STAIRS, "self.calls += 1\n        return self.lr * self.factor ** (self.calls // self.every)"),
    ),
)

_DECAY = "return self.lr * math.exp(-self.rate * epoch)"
EXPONENTIAL = (
    _row(
        "exponential_decay",
        "grows",
        "Your ExponentialDecay grows: the minus in exp(-rate · epoch) is missing.",
        ("math.exp(-self", "math.exp(self"),
    ),
    _row(
        "exponential_decay",
        "early",
        "Your ExponentialDecay begins one epoch too far down: epoch 0 has the whole lr.",
        ("* epoch)", "* (epoch + 1))"),
    ),
    _row(
        "exponential_decay",
        "power-of-rate",
        "Your ExponentialDecay computes rate ** epoch. The rate stands in the exponent: exp(-rate · epoch).",
        ("math.exp(-self.rate * epoch)", "self.rate**epoch"),
    ),
    _row(
        "exponential_decay",
        "power-of-ten",
        "Your ExponentialDecay has the base 10. Here it is e: exp(-rate · epoch).",
        ("math.exp(-self.rate * epoch)", "10 ** (-self.rate * epoch)"),
    ),
    _row(
        "exponential_decay",
        "shrinks-by-rate",
        "Your ExponentialDecay computes (1 - rate) ** epoch, which is near exp(-rate · epoch) for a small rate only.",
        ("math.exp(-self.rate * epoch)", "(1 - self.rate) ** epoch"),
    ),
    _row(
        "exponential_decay",
        "divides",
        "Your ExponentialDecay computes lr / (1 + rate · epoch). That decay has a name of its own; here it is "
        "lr · exp(-rate · epoch).",
        (_DECAY, "return self.lr / (1 + self.rate * epoch)"),
    ),
    _row(
        "exponential_decay",
        "counts-calls",
        _COUNTS.format(name="ExponentialDecay"),
        (_KEEP_LR, _KEEP_LR + "        self.calls = -1\n"),
        (_DECAY, "self.calls += 1\n        return self.lr * math.exp(-self.rate * self.calls)"),
    ),
    _row(
        "exponential_decay",
        "changes-lr",
        "Your ExponentialDecay multiplies self.lr itself, so each call decays what the last one left. Leave self.lr "
        "alone and compute the rate from `epoch`.",
        (_DECAY, "self.lr *= math.exp(-self.rate * epoch)\n        return self.lr"),
    ),
)

_PLACE = "place = epoch % (2 * self.half_cycle) / self.half_cycle"
_TRIANGLE = "return self.low + (self.high - self.low) * (1 - abs(place - 1))"
CYCLIC = (
    _row(
        "cyclic",
        "half-period",
        "Your Cyclic goes up and down within half_cycle epochs. half_cycle is the way up alone: the top is at "
        "half_cycle, and low again at 2 · half_cycle.",
        (_PLACE, "place = epoch % self.half_cycle / self.half_cycle * 2"),
    ),
    _row(
        "cyclic",
        "sawtooth",
        "Your Cyclic jumps from the top to the bottom. It goes down as slowly as it went up.",
        (_PLACE, "place = epoch % self.half_cycle / self.half_cycle"),
    ),
    _row(
        "cyclic",
        "begins-high",
        "Your Cyclic begins at the top. Epoch 0 has the rate low.",
        ("(1 - abs(place - 1))", "abs(place - 1)"),
    ),
    _row(
        "cyclic",
        "shifted",
        "Your Cyclic is one epoch ahead: epochs begin with 0.",
        ("epoch % (2", "(epoch + 1) % (2"),
    ),
    _row(
        "cyclic",
        "once",
        "Your Cyclic goes through one cycle and stays at low. It begins again at 2 · half_cycle.",
        ("epoch % (2 * self.half_cycle) /", "min(epoch, 2 * self.half_cycle) /"),
    ),
    _row(
        "cyclic",
        "from-zero",
        "Your Cyclic goes down to 0 instead of low.",
        (_TRIANGLE, "return self.high * (1 - abs(place - 1))"),
    ),
    _row(
        "cyclic",
        "too-high",
        "Your Cyclic adds high to low at the top. The way up is high - low.",
        ("(self.high - self.low)", "self.high"),
    ),
    _row(
        "cyclic",
        "cosine",
        "Your Cyclic follows a cosine. Here it is a triangle: straight lines up and down.",
        ("(1 - abs(place - 1))", "(1 - math.cos(math.pi * place)) / 2"),
    ),
)

_BEST = "return min(finite, key=lambda pair: pair[0])[1]"
_LOSSES = "losses = [(run(rate), rate) for rate in rates]"
BEST = (
    _row(
        "best_power_of_ten",
        "exponent",
        "Your best_power_of_ten returns the exponent. The learning rate is asked for: 10.0**e.",
        (_BEST, "return exponents[rates.index(min(finite)[1])]"),
    ),
    _row(
        "best_power_of_ten",
        "loss",
        "Your best_power_of_ten returns the smallest loss. The learning rate that gave it is asked for.",
        ("pair[0])[1]", "pair[0])[0]"),
    ),
    _row(
        "best_power_of_ten",
        "largest",
        "Your best_power_of_ten returns the rate with the largest loss.",
        ("return min(finite", "return max(finite"),
    ),
    _row(
        "best_power_of_ten",
        "base-e",
        "Your best_power_of_ten tries powers of e. Powers of ten are asked for: 10.0**e.",
        ("10.0**exponent", "math.exp(exponent)"),
    ),
    _row(
        "best_power_of_ten",
        "smallest-rate",
        "Your best_power_of_ten compares the rates, not their losses.",
        ("pair[0])[1]", "pair[1])[1]"),
    ),
    _row(
        "best_power_of_ten",
        "stops-early",
        "Your best_power_of_ten stops as soon as a loss is larger than the one before. Losses go up and down: run all.",
        (
            _LOSSES,
            "losses = []\n"
            "    for rate in rates:\n"
            "        losses.append((run(rate), rate))\n"
            "        if len(losses) > 1 and losses[-1] > losses[-2]:\n"
            "            break",
        ),
    ),
    _row(
        "best_power_of_ten",
        "diverged",
        "Your best_power_of_ten lets runs count that ended in NaN or infinity. Nothing is smaller than NaN, nor "
        "larger: leave out what is not finite, math.isfinite.",
        (" if math.isfinite(loss)", ""),
    ),
    _row(
        "best_power_of_ten",
        "minus-infinity",
        "Your best_power_of_ten leaves out NaN and keeps -inf, which is smaller than every loss. Ask math.isfinite.",
        ("math.isfinite(loss)", "not math.isnan(loss)"),
    ),
    _row(
        "best_power_of_ten",
        "runs-again",
        "Your best_power_of_ten runs trainings again to compare them. A run is dear: keep its loss.",
        ("pair[0])[1]", "run(pair[1]))[1]"),
    ),
)

SCHEDULES: tuple[Mistake, ...] = (*CONSTANT, *STEP_DECAY, *EXPONENTIAL, *CYCLIC, *BEST)

LEFT_OUT = {
    "per-iteration instead of per-epoch": "a schedule is given the epoch; who calls it how often is a matter of `fit`",
    "of equal losses the last one": "the handout names the first; the difference costs nothing, so none is asked for",
}
"""Known mistakes that have no row here, and why."""
