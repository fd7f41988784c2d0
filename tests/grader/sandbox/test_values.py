"""Trees: everything plain survives the round trip, everything malformed is a ValueFault."""

import contextlib
import math
import tracemalloc

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import values

DTYPES = sorted(values.DTYPES)


def opaque(value):
    return ["o", type(value).__name__]


def special(tree):
    if tree[0] == "r":
        return values.unpack_rng(tree)
    raise values.ValueFault("not here")


def there_and_back(value):
    wire_bytes = msgspec.msgpack.encode(values.Packer(opaque).pack(value))
    return values.Unpacker(special).unpack(msgspec.msgpack.decode(wire_bytes))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers()
KEYS = st.integers() | st.text() | st.tuples(st.integers(), st.text())
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)


def same(first, second):
    if type(first) is not type(second):
        return False
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    return repr(first) == repr(second)  # tells NaN, -0.0 and huge numbers apart


@given(NESTED)
def test_plain_values_survive(value):
    assert same(value, there_and_back(value))


@given(st.sampled_from(DTYPES), st.lists(st.integers(0, 4), max_size=5), st.randoms(use_true_random=False))
def test_arrays_survive(name, shape, random):
    count = math.prod(shape)
    array = np.array([random.randrange(2) if name == "bool" else random.randrange(100) for _ in range(count)], name)
    array = array.reshape(shape)
    for each in (array, array.T, array[..., ::-1] if shape else array, array.astype(array.dtype.newbyteorder(">"))):
        back = there_and_back(each)
        assert type(back) is np.ndarray and back.dtype == np.dtype(name) and back.shape == each.shape
        assert back.flags.writeable and back.flags.c_contiguous
        np.testing.assert_array_equal(back, each)


@pytest.mark.parametrize("scalar", [np.float32(1.5), np.int8(3), np.bool_(True), np.float64("nan"), np.complex64(2j)])
def test_numpy_scalars_come_back_as_arrays_without_axes(scalar):
    back = there_and_back(scalar)
    assert (
        back.shape == ()
        and back.dtype == scalar.dtype
        and np.array_equal(back, scalar, equal_nan=scalar.dtype.kind == "f")
    )


@pytest.mark.parametrize("kind", [np.float32, np.floating, np.object_, np.datetime64, float, np.ndarray])
def test_types_are_no_plain_values(kind):
    assert values.Packer(lambda value: ["o", "other"]).pack(kind) == ["o", "other"]


def test_numpy_numbers_are_good_dict_keys():
    assert there_and_back({np.int64(3): 1.0, np.str_("a"): 2.0}) == {3: 1.0, "a": 2.0}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**300, -(10**3000)])
def test_large_integers_survive(number):
    assert there_and_back(number) == number


def test_an_integer_beyond_the_cap_is_never_another_number():
    assert isinstance(there_and_back(2**100_000), values.Opaque)


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a"]),
        np.array([None]),
        np.zeros(2, "M8[s]"),
        np.zeros(2, [("x", float)]),
        np.zeros(2, np.longdouble),
        np.zeros((1,) * 9),
        np.zeros(values.MAX_BYTES + 1, np.uint8),
    ],
    ids=lambda array: f"{array.dtype}-{array.ndim}",
)
def test_other_arrays_are_opaque(array):
    assert isinstance(there_and_back(array), values.Opaque)


class Forger(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return True

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingFloat(float):
    def __eq__(self, other):
        return True

    def __float__(self):
        return 1.0

    __hash__ = float.__hash__


class LyingText(str):
    def __str__(self):
        return "right"

    __hash__ = str.__hash__


def test_subclasses_are_stripped():
    back = there_and_back(np.array([1.0, 2.0]).view(Forger))
    assert type(back) is np.ndarray and back.tolist() == [1.0, 2.0]
    number = there_and_back(LyingFloat(3.0))
    assert type(number) is float and number == 3.0 and number != 1.0
    text = there_and_back(LyingText("wrong"))
    assert type(text) is str and text == "wrong"


def test_self_reference_and_great_depth_end():
    loop = []
    loop.append(loop)
    assert isinstance(there_and_back(loop), list)
    bush = []
    bush.extend([bush, bush])
    packed = values.Packer(opaque).pack(bush)
    assert isinstance(packed, list)


def test_surrogates_become_text_that_can_travel():
    assert there_and_back("a\ud800b") == "a?b"


ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=16)
    | st.sampled_from([*values.TAGS, *DTYPES, "PCG64", "{}", '{"state": {"state": -1}}'])
)
TREES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.tuples(st.sampled_from(sorted(values.TAGS)), st.lists(inner, max_size=5)).map(
            lambda both: [both[0], *both[1]]
        )
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=25,
)


@settings(max_examples=200)
@given(TREES)
def test_arbitrary_trees_are_values_or_a_fault(tree):
    with contextlib.suppress(values.ValueFault):
        values.Unpacker(special).unpack(tree)


GOOD_STATE = values.pack_rng(np.random.default_rng(3))


@pytest.mark.parametrize(
    "tree",
    [
        ["a", [], [2], b"", False],
        ["a", {}, [2], b"", False],
        ["a", "float64", [2], bytes(15), False],
        ["a", "float64", [-1], b"", False],
        ["a", "float64", [True], bytes(8), False],
        ["a", "float64", [2.0], bytes(16), False],
        ["a", "float64", [10**12], b"", False],
        ["a", "float64", [0, *[2**25] * 6], b"", False],
        ["a", "float64", [1] * 9, bytes(8), False],
        ["a", "float64", [1], "12345678", False],
        ["a", "object", [1], bytes(8), False],
        ["a", "float64", [1], bytes(8)],
        ["i", "1" * 5000],
        ["i", "--1"],
        ["i", "²"],
        ["i", "1_0"],
        ["c", 1, 2],
        ["d", ["l"]],
        ["d", [["l"], 1]],
        ["d", [1, 2, 3]],
        ["x"],
        [],
        [["l"]],
        {},
        b"bytes",
        ["r", "MT19937", "{}"],
        ["r", "PCG64", "[" * 3000],
        ["r", "PCG64", GOOD_STATE[2].replace('"inc": ', '"inc": -')],
        ["r", "PCG64", GOOD_STATE[2].replace('"has_uint32": 0', '"has_uint32": 1e999')],
        ["r", "PCG64", GOOD_STATE[2].replace('"has_uint32": 0', f'"has_uint32": {10**30}')],
        ["r", "PCG64", 5],
        ["r"],
        ["h", 1, "x", True],
        ["y"],
        ["y", "object"],
        ["y", ["float64"]],
    ],
    ids=lambda tree: repr(tree)[:40],
)
def test_malformed_trees_are_refused(tree):
    with pytest.raises(values.ValueFault):
        values.Unpacker(special).unpack(tree)


def test_a_claimed_size_is_never_allocated():
    tracemalloc.start()
    try:
        for shape in ([10**7], [10**3] * 3, [values.MAX_BYTES]):
            with pytest.raises(values.ValueFault):
                values.Unpacker(special).unpack(["a", "float64", shape, b"12345678", False])
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_many_arrays_together_are_capped():
    part = ["a", "uint8", [2**24], bytes(2**24), False]
    with pytest.raises(values.ValueFault, match="fit"):
        values.Unpacker(special).unpack(["l", *[part] * 4])


def test_many_and_deep_values_are_capped():
    deep = 1
    for _ in range(100):
        deep = ["l", deep]
    for tree in (deep, ["l", *[None] * values.MAX_ENTRIES]):
        with pytest.raises(values.ValueFault, match="deeply"):
            values.Unpacker(special).unpack(tree)


def test_a_generator_goes_on_where_it_was():
    rng = np.random.default_rng(8)
    rng.normal(size=3)
    copy = values.unpack_rng(values.pack_rng(rng))
    assert copy.normal(size=4).tolist() == rng.normal(size=4).tolist()
