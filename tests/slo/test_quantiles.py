"""Quantiles of a classic histogram lie where Prometheus puts them."""

import math

import pytest

from kizashi.slo.quantiles import quantile


@pytest.mark.parametrize(
    ("edges", "counts", "rank", "expected"),
    [
        ((0.1, 0.2, math.inf), (50, 50, 0), 0.5, 0.1),
        ((0.1, 0.2, math.inf), (50, 50, 0), 0.75, 0.15),
        ((0.1, 0.2, math.inf), (0, 0, 4), 0.5, 0.2),
        ((0.1, math.inf), (0, 0), 0.5, None),
        ((), (), 0.5, None),
        ((0.1, 0.2, math.inf), (10, 0, 0), 1.0, 0.1),
    ],
)
def test_a_quantile_lies_where_prometheus_puts_it(
    edges: tuple[float, ...],
    counts: tuple[float, ...],
    rank: float,
    expected: float | None,
):
    found = quantile(edges, counts, rank)

    assert found == (None if expected is None else pytest.approx(expected))
