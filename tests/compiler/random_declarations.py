"""Declarations that somebody might write, drawn at random: every one is legal.

Each label of a made-up series gets matchers that the series satisfies, so that whatever
is drawn, some series can be found for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TypeVar

import numpy as np
import yaml
from reading import configured, declared

from kizashi.compiler._base import CompileOptions, jobs_of
from kizashi.declarations.configuration import Configuration
from kizashi.slo.objective import ServiceSpec

T = TypeVar("T")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

#: Values of labels, and regular expressions that each of them matches.
VALUES: dict[str, tuple[str, ...]] = {
    "500": ("5..", "5[0-9]{2}", "500|503", "[45]\\d\\d", "(5|4)[0-9]+", "5.+"),
    "200": ("2..", "2\\d{2}", "(?:200|204)", "1..|2..|3.."),
    "GET": ("(?i)get", "GET|POST", "[A-Z]+", "(?i:g)ET", "G.T", "\\w+", "[[:upper:]]+"),
    "/api/v1": ("/api/.*", "/api/v[0-9]", "/api.*?1", "\\Q/api/\\Ev1"),
    "日本": ("日.", "[日月]本", "日本|英国", ".{2}", "\\pL+"),
    "a.b-c": ("a\\.b-c", "[a-z.-]+", "a.b.c", "[^A-Z]*", "(a|b)\\.(b|c)-c?"),
    "web-7:80": ("web-[0-9]+:80", "web-.*", "(web|db)-\\d+:\\d+", "[a-z]+-7:80"),
    'q"\\x': (".*", "q.+x", 'q"\\\\x', "q[\"'].x"),
    "été 1": ("été.*", "(?i)ÉTÉ 1", "été [0-9]"),
}
#: The same; Prometheus takes a hundred times longer to read them, at each evaluation.
DEAR: dict[str, tuple[str, ...]] = {
    "200": ("[^5]..", "[^5]00"),
    "/api/v1": ("/[^/]+/v1",),
    "日本": ("\\p{Han}+", "[^a]本"),
    "été 1": ("[^ ]+ 1", "\\S+\\s\\d"),
}
#: What no value above is or matches.
OTHERS = ("canary:9100", "debug", "x", "ÿ", "404")
OTHER_EXPRESSIONS = ("canary.*", "(?i)DEBUG", "4..", "x|y", "[0-3]", "ö+")
#: Labels of a counter, those among them that our own series carry as well. Only
#: ``kizashi_counter`` is ours alone: by it rules tell what they remember apart.
NAMES = (
    "code",
    "status",
    "method",
    "path",
    "service",
    "objective",
    "window",
    "short",
    "severity",
    "period",
    "alertname",
    "counter",
    "indicator",
    "owner",
    "tier",
    "exported_job",
)
METRICS = ("requests_total", "http:requests:count", "r", "up_total", "_x_total")


@dataclass(frozen=True)
class Declared:
    """A declaration as text, and what compiles it."""

    text: str
    services: tuple[ServiceSpec, ...]
    configuration: Configuration
    options: CompileOptions


def declaration(seed: int, *, is_dear: bool) -> Declared:
    """Return the declaration of a number, of one objective named after it.

    Args:
        seed: The number.
        is_dear: Whether its unit tests may take seconds: short slices, many pairs,
            dear expressions.
    """
    drawn = (_draw(seed, attempt, is_dear=is_dear) for attempt in count())
    return next(found for found in drawn if found.services[0].objectives)


def _draw(seed: int, attempt: int, *, is_dear: bool) -> Declared:
    rng = Draw(np.random.default_rng([seed, attempt]))
    interval_s, slice_s = rng.one_of([(15, 15), (15, 15), (60, 60), (30, 15)])
    if is_dear:
        interval_s = rng.one_of([1, 5, 10, 15, 15, 15, 15, 30, 60])
        lengths = (1, 5, 10, 15, 15, 30, 60)
        slice_s = rng.one_of([s for s in lengths if interval_s <= 4 * s])
    configuration = configured(
        yaml.safe_dump(
            {
                "ledger": {"slice": f"{slice_s}s"},
                "scrape_configs": [
                    {
                        "job_name": "shop",
                        "scrape_interval": f"{interval_s}s",
                        "scrape_timeout": f"{min(10, interval_s)}s",
                    }
                ],
            }
        )
    )
    document = {
        "apiVersion": "kizashi.dev/v1",
        "kind": "Service",
        "metadata": {"name": f"s{seed}"},
        "spec": {"objectives": [_Objective(rng, slice_s, is_dear).draw(seed)]},
    }
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    options = CompileOptions(
        language=rng.one_of(["en", "ja"]),
        slice_ms=configuration.slice_ms,
        jobs=jobs_of(configuration),
        query_offset_ms=rng.one_of([None, None, 0, 7_000]),
        sloth_names=rng.random() < 0.1,
    )
    services = declared(text, configuration)
    return Declared(text, services, configuration, options)


@dataclass(frozen=True)
class Draw:
    """Draws from a generator, whatever the options are."""

    rng: np.random.Generator

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of some options."""
        return options[int(self.rng.integers(len(options)))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return options in any order."""
        return [options[int(place)] for place in self.rng.permutation(len(options))]

    def random(self) -> float:
        """Return a number from 0 up to 1."""
        return float(self.rng.random())


class _Objective:
    """Draws one objective."""

    def __init__(self, rng: Draw, slice_s: int, is_dear: bool) -> None:
        self._rng = rng
        self._slice_ms = slice_s * SECOND
        self._is_dear = is_dear
        self._job = rng.one_of(["named", "equal", "expression", "unknown", "other"])
        # A label that is asked for twice might never be found.
        self._names = iter(rng.shuffled(NAMES))

    def draw(self, seed: int) -> dict[str, object]:
        rng = self._rng
        kind = rng.one_of(["bad", "bad", "good", "two", "latency", "boolean", "gauge"])
        window_ms = self._whole(
            rng.one_of([HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 30 * DAY, 366 * DAY])
        )
        # A factor of one and more must be within reach of any target.
        target = rng.one_of(["50%", "90%", "0.99", "99.5%", "99.95%", "0.999999999"])
        found: dict[str, object] = {
            "name": f"o{seed}",
            "target": target,
            "window": f"{window_ms // SECOND}s",
        }
        if self._job == "named":
            found["job"] = "shop"
        elif self._job == "other":
            # Whatever the scrape job is called, its targets name another one.
            found["job"] = "mall"
        found |= self._indicator(kind)
        found["alerting"] = self._alerting(window_ms, float(target.rstrip("%")))
        return found

    def _whole(self, time_ms: int) -> int:
        return max(4, time_ms // self._slice_ms) * self._slice_ms

    def _alerting(self, window_ms: int, target: float) -> dict[str, object]:
        rng = self._rng
        share = 1 - (target / 100 if target > 1 else target)
        found: dict[str, object] = {}
        if rng.random() < (0.4 if self._is_dear else 0.1):
            found["preset"] = rng.one_of(["google-30d", "2h-6h-24h"])
        else:
            pairs = rng.one_of([1, 1, 2, 3] if self._is_dear else [1])
            found["policies"] = [self._pair(window_ms, share) for _ in range(pairs)]
        if rng.random() < 0.3:
            found["for"] = rng.one_of(["1m", "30s", "5m"])
        found["minBadEvents"] = rng.one_of([1, 3, 3, 20, 1000])
        found["noData"] = rng.one_of(["freeze", "bad", "bad", "good"])
        return found

    def _pair(self, window_ms: int, share: float) -> dict[str, object]:
        rng = self._rng
        lengths = [2 * self._slice_ms, 7 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY]
        lengths += [window_ms, 25_260 * SECOND, 17 * DAY]
        long_ms = self._whole(
            rng.one_of([w for w in lengths if w <= window_ms] or [window_ms])
        )
        shorts = [self._slice_ms, 4 * self._slice_ms, 5 * MINUTE, long_ms // 12]
        shorts += [31 * MINUTE, 2 * HOUR, 14 * HOUR, 2 * DAY, long_ms // 2]
        short_ms = rng.one_of(
            [s for s in shorts if self._slice_ms <= s < long_ms]
            or [long_ms - self._slice_ms]
        )
        factor = rng.one_of(
            [f for f in (0.5, 1, 1.25, 3, 6, 14.4, 100) if f * share < 1]
        )
        return {
            "long": f"{long_ms // SECOND}s",
            "short": f"{short_ms // SECOND}s",
            "factor": factor,
            "severity": rng.one_of(["page", "ticket"]),
        }

    def _indicator(self, kind: str) -> dict[str, object]:
        rng = self._rng
        metric = rng.one_of(METRICS)
        if kind == "latency":
            below = rng.one_of(["5ms", "200ms", "250ms", "1s", "10s", "2m"])
            match = "{" + ",".join(self._matchers()) + "}"
            own = {"histogram": "d_seconds", "below": below}
            return {"latency": own if match == "{}" else {**own, "match": match}}
        if kind in {"boolean", "gauge"}:
            name = rng.one_of(["queue_length", "probe_success", "up", "load:avg"])
            gauge = _selector(name, self._matchers())
            if kind == "boolean":
                return {"boolean": {"gauge": gauge}}
            key = rng.one_of(["below", "atMost", "above", "atLeast"])
            bound = rng.one_of([0.5, 1, 100, -3, 0.001, 1e6])
            return {"threshold": {"gauge": gauge, key: bound}}
        if kind == "two":
            common = self._matchers()
            own = [*common, *self._label()]
            return {
                "ratio": {
                    "bad": _selector(f"bad_{metric}", own),
                    "valid": _selector(metric, common),
                }
            }
        common = self._matchers()
        side, wanted = ("bad", "500") if kind == "bad" else ("good", "200")
        name = next(self._names)
        apart = f'{name}=~"{_quoted(self._expression(wanted))}"'
        if rng.random() < 0.3:
            apart = f'{name}="{wanted}"'
        if rng.random() < 0.2:
            apart = f'{name}!~"{"2..|" if side == "bad" else "5..|"}4.."'
        return {
            "ratio": {
                side: _selector(metric, [*common, apart]),
                "valid": _selector(metric, common),
            }
        }

    def _matchers(self) -> list[str]:
        """Return matchers of job, instance and other labels; any may be missing."""
        rng = self._rng
        found = []
        if self._job == "equal" or (self._job == "named" and rng.random() < 0.5):
            found.append('job="shop"')
        elif self._job == "expression":
            found.append(
                f'job=~"{rng.one_of(["shop|mall", "sh.p", "[a-z]+", "(?i)SHOP"])}"'
            )
        if rng.random() < 0.5:
            found += self._label("instance", "web-7:80")
        for _ in range(rng.one_of([0, 0, 1, 1, 2])):
            found += self._label()
        return found

    def _label(self, name: str = "", value: str = "") -> list[str]:
        """Return one or two matchers of a label."""
        rng = self._rng
        name = name or next(self._names)
        value = value or rng.one_of(list(VALUES))
        return [
            rng.one_of(
                [
                    partial(self._equal, name, value),
                    partial(self._alike, name, value),
                    partial(self._not, name),
                    partial(self._unlike, name),
                    partial(self._both, name, value),
                ]
            )()
        ]

    def _expression(self, value: str) -> str:
        dear = DEAR.get(value, ()) if self._is_dear else ()
        return self._rng.one_of((*VALUES[value], *dear))

    def _equal(self, name: str, value: str) -> str:
        return f'{name}="{_quoted(value)}"'

    def _alike(self, name: str, value: str) -> str:
        return f'{name}=~"{_quoted(self._expression(value))}"'

    def _not(self, name: str) -> str:
        return f'{name}!="{_quoted(self._rng.one_of((*OTHERS, "")))}"'

    def _unlike(self, name: str) -> str:
        return f'{name}!~"{_quoted(self._rng.one_of(OTHER_EXPRESSIONS))}"'

    def _both(self, name: str, value: str) -> str:
        return f"{self._alike(name, value)},{self._unlike(name)}"


def _selector(metric: str, matchers: Sequence[str]) -> str:
    return f"{metric}{{{','.join(matchers)}}}" if matchers else metric


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
