"""Sets of slices as runs, held against Python's own sets."""

from hypothesis import given, strategies as st

from kizashi.ledger.spans import SliceSpans

RUNS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(-2, 12)).map(lambda r: (r[0], sum(r)))
)


def members(runs: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in runs for number in range(first, last + 1)}


def test_neighbours_become_one_run_and_others_stay_apart():
    spans = SliceSpans([(10, 19), (30, 39), (20, 29), (50, 50)])

    assert list(spans) == [(10, 39), (50, 50)]
    assert (spans.first, spans.last) == (10, 50)
    assert spans.missing(5, 60) == [(5, 9), (40, 49), (51, 60)]
    assert spans.within(15, 50) == [(15, 39), (50, 50)]


def test_an_empty_set_has_no_ends_and_misses_everything():
    spans = SliceSpans()

    assert (spans.first, spans.last, len(spans)) == (None, None, 0)
    assert spans.missing(1, 3) == [(1, 3)]


@given(RUNS, st.integers(0, 80), st.integers(0, 80))
def test_runs_say_the_same_as_a_set_of_numbers(
    runs: list[tuple[int, int]], first: int, last: int
):
    expected = members(runs)

    spans = SliceSpans(runs)

    assert members(list(spans)) == expected
    asked = set(range(first, last + 1))
    assert members(spans.missing(first, last)) == asked - expected
    assert members(spans.within(first, last)) == asked & expected
    assert all(
        b + 1 < c for (_, b), (c, _) in zip(list(spans), list(spans)[1:], strict=False)
    )
    assert all((number in spans) == (number in expected) for number in range(80))


@given(RUNS, st.integers(0, 80), st.integers(0, 80))
def test_what_is_taken_out_is_in_the_set_no_more(
    runs: list[tuple[int, int]], first: int, last: int
):
    spans = SliceSpans(runs)

    spans.remove(first, last)

    assert members(list(spans)) == members(runs) - set(range(first, last + 1))
