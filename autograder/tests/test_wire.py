"""Values cross as bytes: whole, by type, and never as anything that could run."""

import collections
import io
import struct
import sys
import tracemalloc

import msgpack
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.worker import wire
from autograder.sandbox.worker.wire import MAX_DEPTH, Opaque, Ref, WireError, decode, encode, write_frame
from cs231n_utils.tests import stand_in_for_torch

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="?", sizes=(64, 128)),
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.one_of(TEXT, st.integers(-(2**63), 2**64 - 1), st.binary(max_size=5), st.booleans())


def values(integers):
    """Nested values of every type that crosses."""
    hashable = st.one_of(st.none(), st.booleans(), integers, st.floats(allow_nan=False), TEXT, st.binary(max_size=20))
    leaves = st.one_of(
        hashable,
        st.floats(),
        st.complex_numbers(),
        ARRAYS,
        st.sets(hashable, max_size=4),
        st.builds(Ref, st.integers(0, 2**64 - 1)),
        st.builds(Opaque, TEXT),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=4).map(tuple),
            st.dictionaries(KEYS, inner, max_size=4),
        ),
        max_leaves=12,
    )


VALUES = values(st.integers())


def same(one, other):
    """Equal in value and in type, NaN included."""
    if isinstance(one, np.ndarray):
        return (
            type(other) is np.ndarray
            and one.shape == other.shape
            and one.dtype == other.dtype.newbyteorder("=").newbyteorder(one.dtype.byteorder)
            and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        )
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (float, complex)):
        return repr(one) == repr(other)
    return one == other


@given(VALUES)
def test_round_trip(value):
    assert same(value, decode(encode(value)))


@given(ARRAYS, st.sampled_from("CFTS"))
def test_arrays_keep_their_numbers_in_every_layout(array, layout):
    if layout in "CF":
        array = np.array(array, order=layout)
    elif layout == "T":
        array = array.T
    elif array.ndim:
        array = array[::-1]
    copy = decode(encode(array))
    assert same(array, copy)
    assert copy.flags.owndata and copy.flags.writeable and copy.dtype.isnative


def test_layout_in_memory_survives():
    assert decode(encode(np.zeros((3, 4), order="F"))).flags.f_contiguous
    assert decode(encode(np.zeros((3, 4)))).flags.c_contiguous


def test_scalars_of_numpy_become_arrays_of_no_axis():
    copy = decode(encode(np.float32(1.5)))
    assert copy.shape == () and copy.dtype == np.float32 and copy == 1.5
    assert decode(encode(np.True_)).dtype == bool


def test_long_double_comes_as_double():
    copy = decode(encode(np.array([1, 2], dtype=np.longdouble)))
    assert copy.dtype == np.float64 and copy.tolist() == [1.0, 2.0]


def test_frame_is_length_and_bytes():
    stream = io.BytesIO()
    write_frame(stream, b"abc")
    assert stream.getvalue() == struct.pack("<Q", 3) + b"abc"


# Whatever has no encoding


class Masked(np.ndarray):
    pass


class Liar:
    """Says that it is something else."""

    def __init__(self, claim):
        self.claim = claim

    @property
    def __class__(self):
        return self.claim


class Params(dict):
    def items(self):
        return [("W1", "forged")]

    def __iter__(self):
        return iter(["forged"])


class Pair(tuple):
    def __iter__(self):
        return iter(["forged"])


@pytest.mark.parametrize(
    "thing, name",
    [
        (object(), "object"),
        (len, "builtin_function_or_method"),
        ((i for i in range(3)), "generator"),
        (..., "ellipsis"),
        (int, "type"),
        (io.StringIO(), "StringIO"),
        (np.array([None, 1]), "array of dtype object"),
        (np.array(["a"]), "array of dtype <U1"),
        (np.zeros(2, dtype=[("a", "f8")]), "array of dtype [('a', '<f8')]"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "array of dtype datetime64[D]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unknown_objects_cross_by_the_name_of_their_type(thing, name):
    assert decode(encode(thing)) == Opaque(name)
    assert decode(encode({"inside": [thing]})) == {"inside": [Opaque(name)]}


def test_subclasses_of_arrays_cross_as_arrays():
    for array in (np.arange(3.0).view(Masked), np.ma.masked_array([0.0, 1.0, 2.0])):
        copy = decode(encode(array))
        assert type(copy) is np.ndarray and copy.ravel().tolist() == [0.0, 1.0, 2.0]


def test_tensors_cross_as_the_arrays_that_numpy_makes_of_them(monkeypatch):
    class Refused(stand_in_for_torch.Tensor):
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    array = np.arange(6.0).reshape(2, 3)
    assert decode(encode(stand_in_for_torch.Tensor(array))) == Opaque("Tensor")  # nobody has imported torch
    monkeypatch.setitem(sys.modules, "torch", stand_in_for_torch)
    for value in (array, array.T, array.astype(np.float32), array > 2, np.int64(3)):
        assert same(decode(encode({"a": [stand_in_for_torch.Tensor(value)]})), {"a": [np.asarray(value)]})
    assert decode(encode((Refused(array), 1))) == (Opaque("Refused"), 1)
    monkeypatch.setattr(stand_in_for_torch, "Tensor", "no class")
    assert decode(encode(Refused(array))) == Opaque("Refused")


def test_a_masked_array_does_not_cross_without_its_mask():
    assert decode(encode(np.ma.masked_array([0.0, 1.0, 2.0], mask=[1, 0, 0]))) == Opaque("MaskedArray")


def test_subclasses_of_dict_and_tuple_cross_as_what_they_hold():
    assert decode(encode(Params(W1=1, b1=2))) == {"W1": 1, "b1": 2}
    assert decode(encode(collections.OrderedDict(W1=1))) == {"W1": 1}
    assert decode(encode(collections.defaultdict(list, a=[3]))) == {"a": [3]}
    assert decode(encode(Pair((1, 2)))) == (1, 2)
    assert decode(encode(collections.namedtuple("Result", "loss dx")(1.0, 2.0))) == (1.0, 2.0)


@pytest.mark.parametrize("claim", [int, float, str, list, set, np.ndarray, np.float64, Ref, Opaque])
def test_a_class_that_lies_is_opaque(claim):
    assert isinstance(decode(encode(Liar(claim))), Opaque)


@pytest.mark.parametrize("claim", [dict, tuple])
def test_a_class_that_says_it_is_a_container_is_opaque(claim):
    assert decode(encode(Liar(claim))) == Opaque("Liar")


def test_keys_of_other_types_cross_by_name():
    assert decode(encode({(1e-3, 0.5): 0.4})) == {"<tuple>": 0.4}


# Limits


def nested(depth, wrap):
    value = 0
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "wrap", [lambda value: [value], lambda value: (value,), lambda value: {"a": value}], ids=["list", "tuple", "dict"]
)
def test_depth_is_limited(wrap):
    assert decode(encode(nested(10, wrap))) == nested(10, wrap)
    with pytest.raises(WireError, match="nested deeper"):
        encode(nested(MAX_DEPTH + 2, wrap))


def test_a_value_that_holds_itself_is_too_deep():
    loop = []
    loop.append(loop)
    with pytest.raises(WireError, match="nested deeper"):
        encode(loop)


def test_deep_tuples_are_not_decoded():
    data = msgpack.packb([])
    for _ in range(MAX_DEPTH + 2):
        data = msgpack.packb([msgpack.ExtType(0, data)])
    with pytest.raises(WireError):
        decode(data)


def test_size_is_limited(monkeypatch):
    monkeypatch.setattr(wire, "MAX_FRAME", 2**20)
    assert decode(encode(np.zeros(2**16))).shape == (2**16,)
    with pytest.raises(WireError, match="larger than the limit"):
        encode(np.zeros(2**17 + 1))
    with pytest.raises(WireError, match="larger than the limit"):
        encode("x" * (2**20 + 1))
    with pytest.raises(WireError, match="larger than the limit"):
        encode([np.zeros(2**16)] * 3)
    with pytest.raises(WireError, match="larger"):
        decode(b"\x00" * (2**20 + 1))


def test_integers_of_any_size():
    for number in (2**64, -(2**63) - 1, 10**2400, -(10**2400)):
        assert decode(encode(number)) == number


@pytest.mark.parametrize("value", [10**5000, {2**70: 1}, "\ud800", ["\udcff"]], ids=["int", "key", "text", "nested"])
def test_odd_values_encode_or_are_refused_as_wire_errors(value):
    try:
        decode(encode(value))
    except WireError as error:
        assert str(error)


# Bytes from somebody who means harm


@given(st.binary(max_size=200))
@example(b"")
@example(b"\xc1")
@example(msgpack.packb({"a": 1}) + b"\x00")
@settings(max_examples=300)
def test_any_bytes_decode_or_raise_a_wire_error(data):
    try:
        decode(data)
    except WireError as error:
        assert str(error)


@given(VALUES, st.data())
@settings(max_examples=200)
def test_damaged_frames_decode_or_raise_a_wire_error(value, data):
    damaged = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))] if data.draw(st.booleans()) else damaged
    try:
        decode(bytes(damaged))
    except WireError as error:
        assert str(error)


def forged(dtype, shape, order="C", body=b"\x00" * 16):
    return msgpack.packb(msgpack.ExtType(3, msgpack.packb([dtype, shape, order]) + body))


def test_the_forger_of_these_tests_knows_the_format():
    assert decode(forged("<f8", [2])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "dtype, shape, order",
    [
        ("<f8", [3], "C"),
        ("<f8", [1], "C"),
        ("<f8", [-1, -1], "C"),
        ("<f8", [2**62], "C"),
        ("<f8", [2**40, 2**40], "C"),
        ("<f8", [2**64 - 1], "C"),
        ("<f8", [1] * 60, "C"),
        ("<f8", 2.5, "C"),
        ("<f8", ["2"], "C"),
        ("<f8", [2], "K"),
        ("<f8", [2], None),
        ("O", [2], "C"),
        ("|O8", [2], "C"),
        ("V8", [2], "C"),
        ("<U2", [2], "C"),
        ("S8", [2], "C"),
        ("M8[s]", [2], "C"),
        ("2f8", [1], "C"),
        ("f8,f8", [1], "C"),
        ("nonsense", [2], "C"),
        ("", [2], "C"),
        ([["a", "<f8"]], [2], "C"),
        ({"names": ["a"], "formats": ["O"]}, [2], "C"),
        (3, [2], "C"),
    ],
)
def test_forged_array_headers_are_refused(dtype, shape, order):
    with pytest.raises(WireError):
        decode(forged(dtype, shape, order))


@pytest.mark.parametrize("side", [-1, -2, -(2**63)])
def test_a_negative_side_never_comes_out_as_a_shape(side):
    try:
        assert decode(forged("<f8", [side])).shape == (2,)
    except WireError as error:
        assert str(error)


def test_a_tiny_frame_allocates_little():
    frames = [
        forged("<f8", [2**28]),
        forged("<f8", [2**20, 2**20]),
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x03",
        b"\xc6\xff\xff\xff\xff",
    ]
    tracemalloc.start()
    for frame in frames:
        with pytest.raises(WireError):
            decode(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize(
    "code, body",
    [
        (0, msgpack.packb({"a": 1})),
        (0, msgpack.packb("abc")),
        (1, msgpack.packb([[1]])),
        (1, msgpack.packb([{}])),
        (2, b"\x00" * 15),
        (5, b"1" * 1002),
        (5, b""),
        (6, b"\x00"),
        (77, b""),
        (0, b""),
        (3, b""),
    ],
)
def test_forged_extensions_are_refused(code, body):
    with pytest.raises(WireError):
        decode(msgpack.packb(msgpack.ExtType(code, body)))


def test_half_characters_arrive_as_whole_ones():
    value = decode(msgpack.packb({"a\ud800": ["\udcff"]}, unicode_errors="surrogatepass"))
    assert str(value).encode() and list(value) == ["a" + 3 * "\ufffd"]


def test_tuples_within_tuples_do_not_multiply_what_is_in_them(monkeypatch):
    monkeypatch.setattr(wire, "MAX_COPIED", 4 * 2**20)
    data = msgpack.packb([b"x" * 2**20])
    for _ in range(20):
        data = msgpack.packb([msgpack.ExtType(0, data)])
    tracemalloc.start()
    with pytest.raises(WireError, match="nested too deeply"):
        decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_many_small_arrays_are_too_many_parts():
    array = encode(np.zeros(1))
    with pytest.raises(WireError, match="more than"):
        decode(b"\xdd" + struct.pack(">I", 200_000) + array * 200_000)
