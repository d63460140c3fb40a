"""Text in columns: numbers, identifiers and JSON as Arrow strings, built without a Python loop over rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company.draws import scattered

_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_CHECKSUM = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)


def fixed_width(matrix: np.ndarray) -> pa.StringArray:
    """One string per row of a matrix of ASCII bytes."""
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix))]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def padded(numbers: np.ndarray, width: int) -> pa.StringArray:
    """Decimal digits with leading zeros."""
    matrix = np.empty((len(numbers), width), dtype=np.uint8)
    rest = np.asarray(numbers).astype(np.int64)
    for position in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        matrix[:, position] = digit + ord("0")
    return fixed_width(matrix)


def plain(numbers: np.ndarray) -> pa.StringArray:
    """Whole numbers as text without padding."""
    return pc.cast(pa.array(np.asarray(numbers)), pa.string())


def chosen(values: list[str | None], rows: np.ndarray) -> pa.StringArray:
    """values[row] for each row; a position of -1 takes the last value."""
    return pa.array(values, pa.string()).take(pa.array(np.asarray(rows) % len(values)))


def joined(*parts: pa.Array | str) -> pa.StringArray:
    """The parts of each row put together; null where any part is null."""
    return pc.binary_join_element_wise(*parts, "")


def where(mask: np.ndarray, yes: pa.Array | str | None, no: pa.Array | str | None) -> pa.StringArray:
    """Text by condition; None stands for null."""
    yes, no = (value if isinstance(value, pa.Array) else pa.scalar(value, pa.string()) for value in (yes, no))
    return pc.if_else(pa.array(np.asarray(mask, dtype=bool)), yes, no)


def repeated(value: str | None, rows: int) -> pa.StringArray:
    """The same text in every row."""
    return pa.repeat(pa.scalar(value, pa.string()), rows)


def unpadded(code: str) -> str:
    """A code without the zeros a system pads numbers with, as the warehouse knows it."""
    return (code.lstrip("0") or "0") if code.isdigit() else code


def _base62(numbers: np.ndarray, width: int) -> np.ndarray:
    matrix = np.empty((len(numbers), width), dtype=np.uint8)
    rest = np.asarray(numbers).astype(np.int64)
    for position in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 62)
        matrix[:, position] = _BASE62[digit]
    return matrix


def salesforce_ids(prefix: str, numbers: np.ndarray) -> pa.StringArray:
    """18-character record ids: key prefix, instance, number, and the checksum that makes them case-insensitive."""
    head = np.frombuffer(f"{prefix}5f0000".encode(), dtype=np.uint8)
    matrix = np.empty((len(numbers), 18), dtype=np.uint8)
    matrix[:, :9] = head
    matrix[:, 9:15] = _base62(numbers, 6)
    is_upper = (matrix[:, :15] >= ord("A")) & (matrix[:, :15] <= ord("Z"))
    bits = is_upper.reshape(-1, 3, 5) @ (1 << np.arange(5))
    matrix[:, 15:] = _CHECKSUM[bits]
    return fixed_width(matrix)


def stripe_ids(prefix: str, numbers: np.ndarray) -> pa.StringArray:
    """Opaque ids such as in_1Qa…: the prefix, then a mixed part and the number itself, so that no two are equal."""
    salt = sum(prefix.encode())
    mixed = _base62(scattered(numbers, salt) % 62**8, 8)
    return joined(prefix + "_1M", fixed_width(np.hstack([mixed, _base62(numbers, 6)])))


def chargebee_ids(prefix: str, numbers: np.ndarray) -> pa.StringArray:
    """Opaque ids such as txn_AzyU…: the prefix, then a mixed part and the number itself, so that no two are equal."""
    mixed = _base62(scattered(numbers, sum(prefix.encode()) + 500) % 62**6, 6)
    return joined(prefix + "Azy", fixed_width(np.hstack([mixed, _base62(numbers, 6)])))


def uuids(numbers: np.ndarray, salt: int) -> pa.StringArray:
    """32 upper-case hexadecimal digits."""
    digits = np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8)
    matrix = np.empty((len(numbers), 32), dtype=np.uint8)
    for half in (0, 1):
        rest = scattered(numbers, salt + half)
        for position in range(16):
            matrix[:, half * 16 + position] = digits[rest % 16]
            rest = rest // 16
    return fixed_width(matrix)


def zuora_ids(kind: str, numbers: np.ndarray) -> pa.StringArray:
    """32 lower-case hexadecimal digits; the kind keeps ids of different objects apart."""
    salt = sum(ord(letter) * 31**place for place, letter in enumerate(kind)) % 100_000
    return pc.utf8_lower(uuids(numbers, salt))


def guids(numbers: np.ndarray, salt: int) -> pa.StringArray:
    """Identifiers such as 5d115c9c-44e3-ea11-bb43-000d3a2feca1."""
    digits = pc.utf8_lower(uuids(numbers, salt))
    edges = (0, 8, 12, 16, 20, 32)
    parts = [pc.utf8_slice_codeunits(digits, start, stop) for start, stop in pairwise(edges)]
    return pc.binary_join_element_wise(*parts, "-")
