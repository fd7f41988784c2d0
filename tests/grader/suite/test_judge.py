"""The ordered checks: each passes what is right and says in a sentence what is not."""

import warnings

import numpy as np
import pytest

from autograder.sandbox.values import Opaque
from autograder.suite import judge
from autograder.suite.patterns import explain
from autograder.suite.proxy import Facts, RemoteName, RemoteObject

TRUE = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
CHAMELEONS = [
    None,
    True,
    5,
    2.5,
    1j,
    "text",
    (),
    [],
    {},
    (TRUE,),
    [TRUE, TRUE],
    {"a": TRUE},
    10**400,
    -(10**400),
    10**20,
    2**63,
    float("nan"),
    float("inf"),
    float("-inf"),
    Opaque("thing"),
    RemoteObject(None, 1, "X", True),
    RemoteName(None, "m", ("x",)),
    np.array(1.0),
    np.array(np.nan),
    np.zeros((2, 3), bool),
    np.zeros((2, 3), np.float16),
    np.zeros((2, 3), complex),
    np.zeros(0),
    np.zeros((0, 3)),
    np.zeros((1,) * 8),
    np.full((2, 3), 1.7e308),
    np.full((2, 3), np.inf),
    np.full((2, 3), np.nan),
    np.frombuffer(b"\x02" * 6, bool).reshape(2, 3),
    np.array(2**64 - 1, np.uint64),
    np.full((2, 3), 5e-324),
]
CHECKS = {
    "array": lambda got: judge.array(got, TRUE, "dx", upstream=-TRUE),
    "array of -1e308": lambda got: judge.array(got, np.full((2, 3), -1.7e308), "dx"),
    "integers": lambda got: judge.array(got, np.arange(6).reshape(2, 3), "dx"),
    "number": lambda got: judge.array(got, 2.0, "loss"),
    "empty": lambda got: judge.array(got, np.zeros((0, 2)), "dx"),
    "arrays": lambda got: judge.arrays(got, {"dx": TRUE, "dy": TRUE[0]}),
    "one": lambda got: judge.arrays(got, {"dx": TRUE * 2}),
    "mapping": lambda got: judge.mapping(got, ["weights", "bias"], "params"),
    "listed": lambda got: judge.listed(got, 7, "order"),
    "integer": lambda got: judge.integer(got, "count") == 0 or judge.fail("no"),
    "real number": lambda got: judge.number(got, "loss") == 0.125 or judge.fail("no"),
    "true": lambda got: judge.true(got == 3, "no"),
    "several": lambda got: judge.several(got, "abc"),
}


@pytest.mark.parametrize("check", sorted(CHECKS))
@pytest.mark.parametrize("got", CHAMELEONS, ids=lambda got: f"{type(got).__name__}")
def test_whatever_comes_back_a_check_says_wrong_and_never_trips(check, got):
    with pytest.raises(judge.Wrong) as wrong, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        CHECKS[check](got)
    assert wrong.value.sentence.endswith(".") or wrong.value.sentence == "no"


GOOD = [
    (TRUE.copy(), TRUE),
    (TRUE * (1 + 5e-11), TRUE),
    (2.0, 2.0),
    (np.array(2.0), 2.0),
    (2, 2.0),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (TRUE.astype(np.float32) * np.float32(1.00001), TRUE.astype(np.float32)),
    (np.arange(3), np.arange(3)),
    (True, np.True_),
]


@pytest.mark.parametrize(("got", "true"), GOOD, ids=range(len(GOOD)))
def test_what_is_right_passes(got, true):
    judge.array(got, true, "dx")


BAD = [
    (None, TRUE, "is None, expected an array of shape (2, 3)", "return missing"),
    ([1.0], TRUE, "is a list", ""),
    ((TRUE,), TRUE, "is a tuple of one array", ""),
    (2.0, TRUE, "is a float", ""),
    (TRUE.T, TRUE, "has shape (3, 2), expected (2, 3)", "transposed"),
    (TRUE[0], TRUE, "has shape (3,)", "shape of its input"),
    (TRUE.reshape(6), TRUE, "has shape (6,)", "keep the axes"),
    (np.stack([TRUE, TRUE]), TRUE, "has shape (2, 2, 3)", "sum over the axes"),
    (np.array([2.0]), 2.0, "has shape (1,)", ""),
    (TRUE.astype(np.float32), TRUE, "has dtype float32, expected float64", ""),
    (TRUE.astype(int), TRUE, "has dtype int64", ""),
    (TRUE.astype(complex), TRUE, "has dtype complex128", ""),
    (np.where(TRUE > 4, np.nan, TRUE), TRUE, "has NaN in 1 of 6 entries", ""),
    (np.full_like(TRUE, np.inf), TRUE, "has infinity in every entry", ""),
    (TRUE * (1 + 1e-8), TRUE, "is wrong in", ""),
    (TRUE + np.eye(2, 3), TRUE, "is wrong in 2 of 6 entries", ""),
    (float("nan"), 2.0, "has NaN in its value", ""),
    (2.0 + 1e-6, 2.0, "is wrong in its value", ""),
]


@pytest.mark.parametrize(("got", "true", "sentence", "hint"), BAD, ids=range(len(BAD)))
def test_what_is_wrong_has_its_sentence(got, true, sentence, hint):
    with pytest.raises(judge.Wrong) as wrong:
        judge.array(got, true, "dx")
    assert wrong.value.sentence.startswith("dx ") and sentence in wrong.value.sentence
    assert hint in wrong.value.hint


def test_order_type_before_shape_before_dtype_before_value():
    with pytest.raises(judge.Wrong, match="shape"):
        judge.array(np.full((3, 2), np.nan, np.float32), TRUE, "dx")
    with pytest.raises(judge.Wrong, match="dtype"):
        judge.array(np.full((2, 3), np.nan, np.float32), TRUE, "dx")
    with pytest.raises(judge.Wrong, match="NaN"):
        judge.array(np.full((2, 3), np.nan), TRUE, "dx")


def test_tuples_of_the_wrong_length_and_dicts_of_other_keys():
    judge.arrays((TRUE, TRUE[0]), {"dx": TRUE, "dy": TRUE[0]})
    judge.arrays(TRUE, {"dx": TRUE})
    with pytest.raises(judge.Wrong, match="a tuple of 3, expected a tuple of 2"):
        judge.arrays((TRUE,) * 3, {"dx": TRUE, "dy": TRUE})
    assert judge.mapping({"b": 1, "a": 2}, ["a", "b"], "params") == {"b": 1, "a": 2}
    with pytest.raises(judge.Wrong, match="no entry 'b'"):
        judge.mapping({"a": 1}, ["a", "b"], "params")
    with pytest.raises(judge.Wrong, match="3 entries"):
        judge.mapping({"a": 1, "b": 2, "c": 3}, ["a", "b"], "params")


RNG = np.random.default_rng(5)
DX, UP = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))
PATTERNS = [
    (DX * 0, "zero everywhere"),
    (-DX, "opposite sign"),
    (DX.T, "transposed"),
    (DX * 4, "4 times"),
    (DX / 32, "0.031 times"),
    (DX * 0.9990234375, "0.999023 times"),
    (np.where(DX > 0, DX, 0), "Where it is wrong it is zero"),
    (UP, "upstream gradient itself"),
    (DX / UP, "upstream gradient is missing"),
    (DX * UP, "multiplied in twice"),
    (RNG.normal(size=(4, 4)), ""),
]


@pytest.mark.parametrize(("value", "sentence"), PATTERNS, ids=[each[1] or "nothing" for each in PATTERNS])
def test_patterns_are_named(value, sentence):
    found = explain(value, DX, UP)
    assert sentence in found and bool(sentence) == bool(found)


def test_a_gradient_that_should_be_zero():
    assert "zero everywhere" in explain(np.ones(3), np.zeros(3)) and "should" in explain(np.ones(3), np.zeros(3))


FORGED = ["", "0", "9" * 5000, "²", "٣", "x" * 10**6, "<b>", "0[", "[0]", "\x1b[0m", "1.5", "-1"]


@pytest.mark.parametrize("where", FORGED, ids=range(len(FORGED)))
def test_forged_facts_are_a_short_sentence(where):
    for fact in ("contents", "replaced", "keys"):
        with pytest.raises(judge.Wrong) as wrong:
            judge.untouched(Facts(((where, fact, None),)), ["x"])
        assert len(wrong.value.sentence) < 200 and wrong.value.sentence.isprintable()
    for other in (f"argument {where}", f"result {where}", where):
        with pytest.raises(judge.Wrong) as wrong:
            judge.unshared(Facts((), ((where, other),)), ["x"], ["dx"])
        assert len(wrong.value.sentence) < 200 and wrong.value.sentence.isprintable()


def test_facts_name_the_argument():
    judge.untouched(Facts((("0", "rng", None),)))
    judge.unshared(Facts())
    with pytest.raises(judge.Wrong, match="argument y is changed"):
        judge.untouched(Facts((("1", "contents", None),)), ["x", "y"])
    with pytest.raises(judge.Wrong, match="dy shares memory with the argument upstream"):
        judge.unshared(Facts((), (("[1]", "argument 0"),)), ["upstream"], ["dx", "dy"])
    with pytest.raises(judge.Wrong, match="dy shares memory with dx"):
        judge.unshared(Facts((), (("[1]", "result [0]"),)), ["upstream"], ["dx", "dy"])
    with pytest.raises(judge.Wrong, match="a parameter"):
        judge.unshared(Facts((), (("", "params['w']"),)))


@pytest.mark.parametrize("value", [None, 1, 2.0, "x", [], (), {}, np.zeros(2), np.float64(1), Opaque("object array")])
def test_a_plain_value_is_no_object(value):
    with pytest.raises(judge.Wrong, match="expected an object"):
        judge.built(value, "MLP(…)")


def test_an_object_is_one():
    thing = object()
    assert judge.built(thing, "MLP(…)") is thing
