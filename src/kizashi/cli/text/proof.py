"""Proofs as people and programs read them."""

from collections.abc import Iterator, Sequence

from kizashi.cli.text.terminal import Cell, table
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.offline.proving import Proof
from kizashi.proof.cases import CASES
from kizashi.proof.verdict import (
    NO_FORMER,
    AlertComparison,
    DifferenceReason,
    FiringSpan,
    RatioComparison,
)
from kizashi.slo.budget import share_of

_LONGEST_TROUBLE = 20
_OURS, _NOT_RECORDED = "Kizashi", "–"
#: A number that is further off is said as how many times.
_TIMES = 1.5


class ProofTeller:
    """Tells proofs in a reader's language."""

    def __init__(self, language: str, tool: str) -> None:
        self._language = language
        self._tool = tool

    def lines(self, proof: Proof) -> Iterator[str]:
        """Yield what both sides said of a case."""
        named = {
            "service": proof.carried.service,
            "objective": proof.carried.objective,
            "case": proof.case,
        }
        if proof.verdict is None and not proof.trouble:
            yield self._say("prove.no-series", **named)
        elif proof.verdict is None:
            yield self._say("prove.trouble", **named)
            lines = proof.trouble.splitlines()
            yield from (f"    {line}" for line in lines[:_LONGEST_TROUBLE])
        else:
            what = self._say(CASES[proof.case][1])
            yield self._say("prove.head", **named, what=what)
            yield from self._numbers(proof.verdict.readings)
            for told in proof.verdict.told:
                yield from self._alerts(told, proof.at_end_s)
            if proof.carried.former is None:
                why = self._say(NO_FORMER)
                yield f"    {self._say('prove.why', why=why)}"
        yield ""

    def sum(self, proofs: Sequence[Proof]) -> str:
        """Return how many proofs there were, and what came of them."""
        verdicts = [proof.verdict for proof in proofs if proof.verdict is not None]
        return self._say(
            "prove.sum",
            proofs=len(proofs),
            true=sum(v.is_true for v in verdicts),
            differ=sum(any(r.why for r in v.readings) for v in verdicts),
            alerts=sum(any(t.differs for t in v.told) for v in verdicts),
        )

    def document(self, proof: Proof) -> dict[str, object]:
        """Return a proof for a program; shares are numbers, times are seconds."""
        found: dict[str, object] = {
            "service": proof.carried.service,
            "objective": proof.carried.objective,
            "case": proof.case,
            "trouble": proof.trouble or None,
        }
        if proof.verdict is None:
            return found
        found["windows"] = [self._window(r) for r in proof.verdict.readings]
        found["alerts"] = [self._alert(t) for t in proof.verdict.told]
        return found

    # Numbers.

    def _numbers(self, readings: Sequence[RatioComparison]) -> Iterator[str]:
        head = (
            self._say("prove.window"),
            self._say("prove.truth"),
            self._tool,
            self._say("prove.off"),
            _OURS,
        )
        rows = [head, *(self._row(reading) for reading in readings)]
        text = table([[Cell(cell) for cell in row] for row in rows])
        yield from (f"    {line}" for line in text.splitlines())
        whys = dict.fromkeys(
            self._why(reading.why) for reading in readings if reading.why
        )
        yield from (f"    {self._say('prove.why', why=why)}" for why in whys)

    def _row(self, reading: RatioComparison) -> tuple[str, ...]:
        return (
            format_duration(reading.window_ms),
            self._truth(reading),
            self._former(reading),
            self._error(reading),
            self._own(reading),
        )

    def _truth(self, reading: RatioComparison) -> str:
        if reading.share is None:
            return self._say("prove.no-events")
        bad, valid = reading.truth
        shown = {"bad": f"{bad:,}", "valid": f"{valid:,}"}
        return self._say("prove.of", share=_percent(reading.share), **shown)

    def _former(self, reading: RatioComparison) -> str:
        if not reading.has_former:
            return _NOT_RECORDED
        if reading.former is None:
            return self._say("prove.nothing")
        return _percent(reading.former)

    def _error(self, reading: RatioComparison) -> str:
        """Return how far the other tool's number is from the truth."""
        if not reading.has_former:
            return _NOT_RECORDED
        if reading.why is None:
            return self._say("prove.exact")
        said, truth = reading.former, reading.share
        if said is None:
            return self._say("prove.nothing")
        if not truth or not said:
            return self._say("prove.missed" if truth else "prove.invented")
        return self._off(said, truth)

    def _off(self, said: float, truth: float) -> str:
        """Return how far one number above 0 is from another."""
        if said > _TIMES * truth:
            return self._say("prove.over", times=_times(said / truth))
        if truth > _TIMES * said:
            return self._say("prove.under", times=_times(truth / said))
        by = _percent(abs(said / truth - 1), digits=2)
        return self._say("prove.by" if said > truth else "prove.by-less", percent=by)

    def _own(self, reading: RatioComparison) -> str:
        if reading.own is None:
            return _NOT_RECORDED
        bad, valid = reading.own
        ratio = share_of(bad, valid)
        share = self._say("prove.no-events") if ratio is None else _percent(ratio)
        if reading.is_true:
            return self._say("prove.is-true", share=share)
        counts = {"bad": f"{bad:,.0f}", "valid": f"{valid:,.0f}"}
        return self._say("prove.is-false", share=share, **counts)

    # Alerts.

    def _alerts(self, alert: AlertComparison, end_s: float) -> Iterator[str]:
        if alert.why is not None and alert.why.code == NO_FORMER:
            own = self._span(alert.own, end_s)
            line = self._say("prove.told-own", severity=alert.severity.value, own=own)
            yield f"    {line}"
            return
        line = self._say(
            "prove.told",
            severity=alert.severity.value,
            tool=self._tool,
            former=self._span(alert.former, end_s),
            own=self._span(alert.own, end_s),
        )
        yield f"    {line}"
        if alert.why is not None:
            yield f"    {self._say('prove.why', why=self._why(alert.why))}"

    def _span(self, span: FiringSpan | None, end_s: float) -> str:
        if span is None:
            return self._say("prove.never")
        first = format_duration(int(span.first_s) * 1_000)
        if span.last_s >= end_s:
            return self._say("prove.fires", first=first)
        last = format_duration(int(span.last_s) * 1_000)
        return self._say("prove.fired", first=first, last=last)

    # For programs.

    def _window(self, reading: RatioComparison) -> dict[str, object]:
        bad, valid = reading.truth
        own = reading.own
        return {
            "window": format_duration(reading.window_ms),
            "truth": {"bad": bad, "valid": valid, "share": reading.share},
            "before": reading.former,
            "before_recorded": reading.has_former,
            "error": self._error(reading),
            "kizashi": None if own is None else {"bad": own[0], "valid": own[1]},
            "is_true": reading.is_true,
            "why": None if reading.why is None else self._why(reading.why),
            "why_code": None if reading.why is None else reading.why.code,
        }

    def _alert(self, alert: AlertComparison) -> dict[str, object]:
        return {
            "severity": alert.severity.value,
            "before": _seconds(alert.former),
            "kizashi": _seconds(alert.own),
            "why": None if alert.why is None else self._why(alert.why),
            "why_code": None if alert.why is None else alert.why.code,
        }

    def _why(self, why: DifferenceReason) -> str:
        return self._say(why.code, tool=self._tool, **why.params)

    def _say(self, message_id: str, /, **params: object) -> str:
        return render(self._language, message_id, **params)


def _seconds(span: FiringSpan | None) -> dict[str, float] | None:
    return None if span is None else {"first_s": span.first_s, "last_s": span.last_s}


def _percent(share: float, digits: int = 4) -> str:
    """Return a share as a percentage with some significant digits."""
    text = f"{100 * share:.{digits}g}"
    if "e" in text:
        text = f"{100 * share:.{digits + 4}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"  # noqa: PLR2004 - digits
