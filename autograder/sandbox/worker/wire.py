"""Values as bytes, by type: what may cross between a student's process and the grader.

The encoding is msgpack with five extension types, for tuples, sets, complex numbers, NumPy arrays and
*opaque* objects. It has no way to name a class or a function, so decoding runs none of the sender's
code. A value that has no encoding (a generator, an open file, a class instance) crosses as an
`Opaque` that carries only the name of its type. Array subclasses and PyTorch's tensors cross as plain arrays, and half
of a surrogate pair, which no file could hold, as U+FFFD.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import msgpack
import numpy as np

MAX_FRAME = 64 * 2**20  # bytes; a (3072, 1000) float64 matrix takes 24 MiB
MAX_DEPTH = 32
MAX_BITS = 8000  # of a whole number
MAX_ITEMS = 1_000_000  # in all lists and dictionaries of a frame together
ITEMS_OF_AN_EXTENSION = 10  # what a tuple, a set or an array counts as: they take longer
MAX_COPIED = 4 * MAX_FRAME  # bytes; each tuple within a tuple makes one more copy of its contents
MAX_MEMBERS = 1000  # of a set: forged ones may all have the same hash
_TUPLE, _SET, _COMPLEX, _ARRAY, _OPAQUE, _BIGINT, _REF = range(7)
_ARRAY_KINDS = "biufc"


class WireError(ValueError):
    """The bytes are not a valid value, too many, or too deeply nested."""


@dataclass(frozen=True)
class Opaque:
    """Stands for an object that cannot cross; `type_name` is all that is known about it."""

    type_name: str


@dataclass(frozen=True)
class Ref:
    """Stands for an object that stays in the other process, by its number there."""

    number: int


def encode(value: Any) -> bytes:
    """Bytes for `value`; whatever has no encoding becomes an `Opaque`.

    Raises
    ------
    WireError
        If the encoded value is larger than `MAX_FRAME` bytes or nested deeper than `MAX_DEPTH`.
    """
    data = _pack(value, 0)
    if len(data) > MAX_FRAME:
        raise WireError(f"a value of {len(data) / 2**20:.0f} MiB is larger than the limit of {MAX_FRAME // 2**20} MiB")
    return data


def decode(data: bytes) -> Any:
    """The value encoded in `data`.

    Raises
    ------
    WireError
        If `data` is malformed, too large or too deeply nested.
    """
    return _unpack(data, 0, [MAX_ITEMS, MAX_COPIED])


def framed(data: bytes) -> bytes:
    """`data` behind its length (eight bytes, little-endian), as it goes through a pipe."""
    return struct.pack("<Q", len(data)) + data


def write_frame(stream: BinaryIO, data: bytes) -> None:
    """Write `data` behind its length."""
    stream.write(framed(data))
    stream.flush()


def _pack(value: Any, depth: int) -> bytes:
    if depth > MAX_DEPTH:
        raise WireError(f"a value is nested deeper than {MAX_DEPTH} levels")
    try:
        data: bytes = msgpack.packb(_plain(value, depth), use_bin_type=True, unicode_errors="surrogatepass")
        return data
    except (OverflowError, ValueError) as error:
        raise error if isinstance(error, WireError) else WireError(f"a value cannot cross ({error})") from None


def _plain(value: Any, depth: int) -> Any:
    """`value` in terms of what msgpack knows: exact built-in types and extension types."""
    if depth > MAX_DEPTH:
        raise WireError(f"a value is nested deeper than {MAX_DEPTH} levels")
    kind = type(value)  # not isinstance: a subclass may lie about itself
    if value is None or kind in (bool, float, str, bytes):
        return value
    if kind is int:
        return value if -(2**63) <= value < 2**64 else _bigint(value)
    if kind is list:
        return [_plain(item, depth + 1) for item in value]
    if kind is dict:
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if kind is tuple:
        return msgpack.ExtType(_TUPLE, _pack(list(value), depth + 1))
    if kind in (set, frozenset):
        # A NumPy number would arrive as an array, which cannot be in a set.
        items = [item.item() if isinstance(item, np.generic) else item for item in value]
        return msgpack.ExtType(_SET, _pack(items, depth + 1))
    if kind is complex:
        return msgpack.ExtType(_COMPLEX, struct.pack("<dd", value.real, value.imag))
    if kind is Ref:
        return msgpack.ExtType(_REF, struct.pack("<Q", value.number))
    if issubclass(kind, np.ma.MaskedArray) and np.ma.is_masked(value):  # its numbers mean nothing without the mask
        return msgpack.ExtType(_OPAQUE, b"MaskedArray")
    if issubclass(kind, (np.ndarray, np.generic)):
        return _array(value)
    if issubclass(kind, dict):  # OrderedDict, defaultdict: they hold parameters just as well
        return {_key(key): _plain(item, depth + 1) for key, item in dict.items(value)}
    if issubclass(kind, tuple):  # a named tuple
        return msgpack.ExtType(_TUPLE, _pack(list(tuple.__iter__(value)), depth + 1))
    if kind is Opaque:
        return msgpack.ExtType(_OPAQUE, value.type_name.encode("utf-8", "replace")[:200])
    if _is_tensor(kind):
        try:
            return _array(np.asarray(value))
        except WireError:
            raise
        except Exception:  # one that NumPy does not take either: with a gradient of its own, on another device
            pass
    return msgpack.ExtType(_OPAQUE, f"{kind.__name__}".encode("utf-8", "replace")[:200])


def _key(key: Any) -> Any:
    if type(key) in (str, bytes, bool) or (type(key) is int and -(2**63) <= key < 2**64):
        return key
    return f"<{type(key).__name__}>"


def _bigint(value: int) -> msgpack.ExtType:
    if value.bit_length() > MAX_BITS:
        raise WireError(f"a whole number has {value.bit_length()} bits; the limit is {MAX_BITS}")
    return msgpack.ExtType(_BIGINT, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _is_tensor(kind: type) -> bool:
    """Whether these are PyTorch's tensors; whoever has one has imported it."""
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    return isinstance(tensor, type) and issubclass(kind, tensor)


def _array(value: np.ndarray | np.generic) -> msgpack.ExtType:
    array = np.asarray(value).view(np.ndarray)
    if array.dtype.kind not in _ARRAY_KINDS:
        return msgpack.ExtType(_OPAQUE, f"array of dtype {array.dtype}"[:200].encode("utf-8", "replace"))
    if array.nbytes > MAX_FRAME:
        raise WireError(
            f"an array of shape {array.shape} ({array.nbytes / 2**20:.0f} MiB) is larger than "
            f"the limit of {MAX_FRAME // 2**20} MiB"
        )
    if array.dtype == np.longdouble and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    order: Literal["F", "C"] = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    head = msgpack.packb([array.dtype.str, list(array.shape), order])
    return msgpack.ExtType(_ARRAY, head + array.tobytes(order=order))


def _unpack(data: bytes, depth: int, room: list[int]) -> Any:
    if depth > MAX_DEPTH:
        raise WireError(f"a value is nested deeper than {MAX_DEPTH} levels")
    if len(data) > MAX_FRAME:
        raise WireError("a value is larger than the limit")
    room[1] -= len(data)
    if room[1] < 0:
        raise WireError("a value of such a size is nested too deeply")

    def take(count: int) -> None:
        room[0] -= count
        if room[0] < 0:
            raise WireError(f"a value has more than {MAX_ITEMS} parts")

    def sequence(items: list[Any]) -> list[Any]:
        take(len(items) + 1)
        return items

    def mapping(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
        take(len(pairs) + 1)
        for key, _ in pairs:
            if type(key) not in (str, bytes, bool) and not (type(key) is int and -(2**63) <= key < 2**64):
                raise WireError("a dictionary has a key of a kind that may not cross")
        return dict(pairs)

    def extension(code: int, body: bytes) -> Any:
        if code in (_TUPLE, _SET, _ARRAY):
            take(ITEMS_OF_AN_EXTENSION)
        if code == _TUPLE:
            return tuple(_list(body, depth, room))
        if code == _SET:
            try:
                members = _list(body, depth, room)
                if len(members) > MAX_MEMBERS:
                    raise WireError(f"a set has more than {MAX_MEMBERS} members")
                return set(members)
            except TypeError:
                raise WireError("a set holds something that cannot be in a set") from None
        if code == _COMPLEX:
            return complex(*struct.unpack("<dd", body))
        if code == _ARRAY:
            return _unpack_array(body)
        if code == _OPAQUE:
            return Opaque(body.decode("utf-8", "replace"))
        if code == _BIGINT:
            if not 0 < len(body) <= MAX_BITS // 8 + 1:
                raise WireError("a whole number of no size, or beyond the limit")
            return int.from_bytes(body, "little", signed=True)
        if code == _REF:
            return Ref(struct.unpack("<Q", body)[0])
        raise WireError(f"unknown extension type {code}")

    try:
        return msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=False,
            ext_hook=extension,
            list_hook=sequence,
            object_pairs_hook=mapping,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            unicode_errors="replace",
        )
    except WireError:
        raise
    except Exception as error:  # msgpack raises a family of its own, ValueError, struct.error, UnicodeError ...
        raise WireError(f"malformed value ({type(error).__name__})") from None


def _list(body: bytes, depth: int, room: list[int]) -> list[Any]:
    items = _unpack(body, depth + 1, room)
    if type(items) is not list:
        raise WireError("a tuple or set is not encoded as a list")
    return items


def _unpack_array(body: bytes) -> np.ndarray:
    unpacker = msgpack.Unpacker(max_buffer_size=len(body) + 1)
    unpacker.feed(body)
    dtype_name, shape, order = unpacker.unpack()
    if type(dtype_name) is not str or len(dtype_name) > 8:
        raise WireError("an array of a kind that may not cross")
    dtype = np.dtype(dtype_name)
    if dtype.kind not in _ARRAY_KINDS or order not in ("C", "F") or len(shape) > 32:
        raise WireError("an array of a kind that may not cross")
    flat = np.frombuffer(body, dtype=dtype, offset=unpacker.tell())
    return flat.reshape(shape, order=order).copy(order="K")
