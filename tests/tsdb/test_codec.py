"""The codec of the embedded store: every 64-bit pattern comes back."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from kizashi.model.arrays import STALE_NAN
from kizashi.tsdb import codec

PLACE = (7 << 32 | 3, 7 << 32)
BITS = st.one_of(
    st.integers(0, 2**64 - 1),
    st.sampled_from(
        [
            np.array([v], np.float64).view(np.uint64)[0].item()
            for v in (0.0, -0.0, 1.0, 2.5, np.inf, -np.inf, np.nan, 5e-324)
        ]
    ),
    st.just(0x7FF0000000000002),
    st.integers(-(2**53), 2**53).map(
        lambda n: np.array([n], np.float64).view(np.uint64)[0].item()
    ),
)


@settings(max_examples=300)
@given(
    hnp.arrays(
        np.uint64,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
        elements=BITS,
    )
)
def test_any_columns_come_back_bit_for_bit(bits: NDArray[np.uint64]):
    blobs = codec.encode_columns(bits.view(np.float64))
    for place, blob in enumerate(blobs):
        got = codec.decode_column(blob, len(bits), PLACE)
        assert got is not None
        assert got.view(np.uint64).tolist() == bits[:, place].tolist()


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1), st.data())
def test_any_whole_numbers_come_back(numbers: list[int], data: st.DataObject):
    values = np.array(numbers, np.float64)
    for place in data.draw(st.lists(st.integers(0, len(values) - 1), max_size=3)):
        values[place] = STALE_NAN
    (blob,) = codec.encode_columns(values[:, None])
    got = codec.decode_column(blob, len(values), PLACE)
    assert got is not None
    assert got.tobytes() == values.tobytes()


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1, unique=True))
def test_any_times_come_back(numbers: list[int]):
    times = np.array(sorted(numbers), np.int64)
    got = codec.decode_times(codec.encode_times(times), PLACE)
    assert got is not None
    assert got.tolist() == times.tolist()


@given(hnp.arrays(np.uint64, st.integers(1, 40), elements=BITS), st.data())
def test_any_row_gives_the_columns_asked_for(
    bits: NDArray[np.uint64], data: st.DataObject
):
    columns = data.draw(st.lists(st.integers(0, len(bits) - 1)))
    row = codec.pack(bits.view(np.float64))
    damaged = b"\0" + row[1:]
    got, good = codec.unpack_rows(
        [damaged, row], len(bits), np.array(columns, np.int64)
    )
    assert good == [1]
    assert got.view(np.uint64).tolist() == [bits[columns].tolist()]


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_any_integers_come_back(numbers: list[int]):
    got = codec.unpack_ints(codec.pack(np.array(numbers, np.int64)))
    assert got is not None
    assert got.tolist() == numbers


@pytest.mark.parametrize("place", range(40))
def test_one_flipped_bit_is_noticed(place: int):
    values = np.array([[1.5], [2.25], [STALE_NAN], [1e300]])
    (column,) = codec.encode_columns(values)
    times = codec.encode_times(np.array([5, 20, 36, 50], np.int64))
    for blob, decode in (
        (column, lambda b: codec.decode_column(b, 4, PLACE)),
        (times, lambda b: codec.decode_times(b, PLACE)),
        (codec.bound(column, PLACE), lambda b: codec.decode_column(b, 4, PLACE)),
        (codec.bound(times, PLACE), lambda b: codec.decode_times(b, PLACE)),
    ):
        damaged = bytearray(blob)
        damaged[place % len(blob)] ^= 1 << (place % 8)
        assert decode(blob) is not None
        assert decode(bytes(damaged)) is None


@pytest.mark.parametrize("blob", [b"", b"1234", b"x" * 30])
def test_rubbish_is_none_not_an_error(blob: bytes):
    assert codec.decode_column(blob, 3, PLACE) is None
    assert codec.decode_times(blob, PLACE) is None
    assert codec.unpack_ints(blob) is None


@pytest.mark.parametrize("other", [(PLACE[0] + 1, PLACE[1]), (PLACE[0], PLACE[1] + 1)])
def test_what_is_bound_to_a_place_is_damage_elsewhere(other: tuple[int, int]):
    (column,) = codec.encode_columns(np.array([[1.0], [2.0]]))
    times = codec.encode_times(np.array([5, 20], np.int64))
    assert codec.decode_column(codec.bound(column, PLACE), 2, PLACE) is not None
    assert codec.decode_column(codec.bound(column, PLACE), 2, other) is None
    assert codec.decode_times(codec.bound(times, PLACE), PLACE) is not None
    assert codec.decode_times(codec.bound(times, PLACE), other) is None


def test_a_column_of_another_length_is_damage():
    (blob,) = codec.encode_columns(np.array([[1.0], [2.0], [4.0]]))
    assert codec.decode_column(blob, 4, PLACE) is None


def test_a_staleness_marker_does_not_make_a_counter_expensive():
    counter = np.cumsum(np.random.default_rng(1).poisson(30, 480)).astype(np.float64)
    marked = counter.copy()
    marked[200] = STALE_NAN
    (plain,) = codec.encode_columns(counter[:, None])
    (other,) = codec.encode_columns(marked[:, None])
    assert len(other) < len(plain) + 20
