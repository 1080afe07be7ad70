"""Whatever stands in a file, an import ends with an account and sound declarations."""

import copy
from collections.abc import Callable

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st
from sound_inputs import SOUND

Carry = Callable[..., object]
WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""

strange = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            1e9,
            "0",
            "NaN",
            "-5",
            "1e400",
            "",
            "a{b=~'('}",
            "sum(",
            "rate(a[5m] offset 1h)",
            "1 - 1",
            "a / b",
            "sum(rate(a[5m])) / 0",
            "0s",
            "400d",
            "日本",
            [],
            {},
            [{}],
            [None],
            {"a": {"b": []}},
        ]
    ),
    st.text(max_size=12),
)


def paths(node: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [at] if at else []
    if isinstance(node, dict):
        found += [p for k, v in node.items() for p in paths(v, (*at, k))]
    if isinstance(node, list):
        found += [p for n, v in enumerate(node) for p in paths(v, (*at, n))]
    return found


@pytest.mark.parametrize("dialect", [*SOUND, "windows"])
@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nothing_breaks_an_import(dialect: str, carry: Carry, data: st.DataObject):
    is_windows = dialect == "windows"
    text = WINDOWS if is_windows else SOUND[dialect]
    document = copy.deepcopy(yaml.safe_load(text))
    for _ in range(data.draw(st.integers(1, 2))):
        places = paths(document)
        if not places:
            break
        *above, last = data.draw(st.sampled_from(places))
        inside = document
        for key in above:
            inside = inside[key]
        inside[last] = copy.deepcopy(data.draw(strange))
    mutated = yaml.safe_dump(document, allow_unicode=True)

    texts = [SOUND["sloth"], mutated] if is_windows else [mutated]
    # The fixture reads what was written as `kizashi check` does.
    result = carry("sloth" if is_windows else dialect, *texts)

    assert result.imported.carried or result.imported.problems
