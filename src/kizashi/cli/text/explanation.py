"""Why an alert fired, is held, was resolved or did not fire, in a reader's words.

Everything is worked out again from what the server answered, so that each line can be
checked by hand. What an answer holds is made harmless for the terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import msgspec

from kizashi.alert.kinds.data_loss import NAME as DATA_LOSS
from kizashi.app.limit_texts import TERMINAL, comparison
from kizashi.cli.text.alerts import state_tone, state_word
from kizashi.cli.text.terminal import Cell, Tone, painted, table, utc
from kizashi.logs.logging import printable
from kizashi.messages import CATALOGUE, render
from kizashi.messages.formats import number, share, times
from kizashi.model.durations import format_duration
from kizashi.ports.alert_service import (
    AlertDetailView,
    AlertEventView,
    AlertListView,
    AttemptView,
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
    SilenceView,
)
from kizashi.ports.alerts import REMARK, TAKEN, attributed
from kizashi.slo.budget import value_of
from kizashi.slo.explain import bad_events_to_fire, most_bad_to_end
from kizashi.slo.firing import Decision, LimitCheck

_STEP = "  "
_NO_DATA = {
    "freeze": "explain.no_data.freeze",
    "bad": "explain.no_data.bad",
    "good": "explain.no_data.good",
}
_NOTIFICATIONS = {
    "pending": "explain.notification.pending",
    "delivered": "ui.notice.delivered",
    "dead": "ui.notice.dead",
    "muted": "explain.notification.muted",
}
_COLUMNS = (
    ("explain.column.window", False),
    ("explain.column.bad", True),
    ("explain.column.valid", True),
    ("explain.column.seen", True),
    ("status.column.coverage", True),
    ("status.column.burn", True),
    ("explain.column.work", False),
    ("explain.column.verdict", False),
)


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains alerts to one reader.

    Attributes:
        language: The reader's language.
        color: Whether tones are shown.
        silences: Silences by their ids, as far as they are known.
        shortest: The policy's shortest window as burn alerts saw it, with what unseen
            time counts as; None where no burn alert is at hand.
    """

    language: str
    color: bool = False
    silences: Mapping[str, SilenceView] = field(default_factory=dict)
    shortest: tuple[EvidenceWindowView, str] | None = None

    def alert(self, detail: AlertDetailView) -> list[str]:
        """Return the lines that explain one alert."""
        alert = detail.alert
        title = self._say(
            "explain.alert",
            name=alert.name,
            severity=alert.severity,
            state=state_word(alert.state, self.language),
        )
        lines = [painted(title, state_tone(alert.state), color=self.color)]
        body = [self._say("explain.id", id=alert.id), *self._verdict(detail)]
        if detail.evidence is not None:
            for pair in detail.evidence.pairs:
                body += self._pair(detail.evidence, pair, alert)
            body += self._rules(detail.evidence)
        elif alert.facts:
            facts = ", ".join(f"{k} {v}" for k, v in sorted(alert.facts.items()))
            body.append(self._say("explain.facts", facts=facts))
        body += self._held_back(alert)
        body += self._history(detail.history)
        body += self._notifications(detail)
        if alert.runbook:
            body.append(self._say("explain.runbook", ref=alert.runbook))
        return [*lines, *_inside(body)]

    def _say(self, message_id: str, /, **params: object) -> str:
        return printable(render(self.language, message_id, **params))

    # Why it stands as it does.

    def _verdict(self, detail: AlertDetailView) -> list[str]:
        alert = detail.alert
        match alert.state:
            case "firing":
                return [self._firing(detail)]
            case "frozen":
                since, fired = _when(alert.since), _when(alert.fired)
                return [self._say("explain.frozen", since=since, fired=fired)]
            case "pending":
                return self._pending(detail)
            case "resolved":
                return [self._resolved(detail)]
            case _:
                return self._inactive(detail)

    def _firing(self, detail: AlertDetailView) -> str:
        since = _when(detail.alert.since)
        pairs = _that_fire(detail.evidence)
        if not pairs:
            return self._say("explain.fires.plain", since=since)
        return self._say("explain.fires", since=since, pairs=", ".join(pairs))

    def _pending(self, detail: AlertDetailView) -> list[str]:
        began, evidence = detail.alert.began, detail.evidence
        lines = [self._say("explain.pending", began=_when(began))]
        if evidence is not None and began is not None:
            until, length = _when(began + evidence.for_s), _length(evidence.for_s)
            lines.append(self._say("explain.pending.until", until=until, length=length))
        return lines

    def _resolved(self, detail: AlertDetailView) -> str:
        since = _when(detail.alert.since)
        why = detail.history[-1].why if detail.history else {}
        ending = why.get("ended", detail.alert.ending)
        if ending == "person":
            by, reason = _who(why, "by"), why.get("reason", "?")
            return self._say(
                "explain.resolved.person", since=since, by=by, reason=reason
            )
        if ending == "deleted":
            return self._say("explain.resolved.deleted", since=since)
        return self._say("explain.resolved.data", since=since)

    def _inactive(self, detail: AlertDetailView) -> list[str]:
        evidence = detail.evidence
        if detail.alert.name == DATA_LOSS and self.shortest is not None:
            return [self._loss(*self.shortest)]
        if evidence is None:
            return [self._say("explain.inactive.plain")]
        if pairs := _that_fire(evidence):
            return [self._say("explain.inactive.fires", pairs=", ".join(pairs))]
        lines = [self._say("explain.inactive")]
        needs = [
            (needed, _name(pair))
            for pair in evidence.pairs
            if (needed := bad_events_to_fire(evidence.decision(pair))) is not None
        ]
        if needs:
            count, name = min(needs)
            shown = f"{count:,}"
            lines.append(self._say("explain.nearest", pair=name, count=shown))
        return lines

    def _loss(self, window: EvidenceWindowView, no_data: str) -> str:
        if no_data == "good":
            return self._say("explain.loss.good")
        seen = share(window.coverage, 0)
        return self._say("explain.loss", window=window.window, coverage=seen)

    # What its windows say.

    def _pair(
        self, evidence: EvidenceView, pair: EvidencePairView, alert: AlertListView
    ) -> list[str]:
        decision = evidence.decision(pair)
        formula = (
            "explain.formula.bad" if evidence.no_data == "bad" else "explain.formula"
        )
        p, q = decision.long.limit
        shown = self._say(formula, p=f"{p:,}", q=f"{q:,}")
        head = [
            Cell(render(self.language, message_id), Tone.FAINT, is_right)
            for message_id, is_right in _COLUMNS
        ]
        rows = [
            self._window(pair, pair.long, decision.long),
            self._window(pair, pair.short, decision.short),
        ]
        inner = [
            self._say("explain.limit", limit=pair.limit, formula=shown),
            *table([head, *rows], color=self.color).splitlines(),
            self._guard(pair, decision),
            *self._change(pair, decision, alert),
        ]
        title = self._say(
            "explain.pair",
            pair=_name(pair),
            factor=pair.factor,
            verdict=self._pair_verdict(pair),
        )
        return [title, *_inside(inner)]

    def _pair_verdict(self, pair: EvidencePairView) -> str:
        if pair.fires:
            return render(self.language, "explain.verdict.fires")
        if pair.held:
            return render(self.language, "explain.verdict.held")
        return render(self.language, "explain.verdict.quiet")

    def _window(
        self, pair: EvidencePairView, window: EvidenceWindowView, weighing: LimitCheck
    ) -> list[Cell]:
        rate = value_of(pair.burn(window))
        none = render(self.language, "status.none")
        word = "explain.over" if weighing.exceeds else "explain.under"
        return [
            Cell(window.window),
            Cell(number(window.bad), is_right=True),
            Cell(number(window.valid), is_right=True),
            Cell(f"{number(window.seen)}/{window.expected:,}", is_right=True),
            Cell(share(window.coverage), is_right=True),
            Cell(none if rate is None else times(rate), is_right=True),
            Cell(comparison(weighing, TERMINAL)),
            Cell(
                render(self.language, word),
                Tone.BAD if weighing.exceeds else Tone.GOOD,
            ),
        ]

    def _guard(self, pair: EvidencePairView, decision: Decision) -> str:
        return self._say(
            "explain.guard.met" if decision.has_enough else "explain.guard.missed",
            least=decision.min_bad_events,
            window=pair.long.window,
            bad=number(Fraction(decision.long.weighed_bad)),
        )

    def _change(
        self, pair: EvidencePairView, decision: Decision, alert: AlertListView
    ) -> list[str]:
        """Return what would have to change: to end what is held, to fire the rest."""
        if not (pair.fires or pair.held):
            needed = bad_events_to_fire(decision)
            if needed is None:
                return [self._say("explain.to_fire.unseen")]
            return [self._say("explain.to_fire", count=f"{needed:,}")]
        if alert.state not in {"firing", "frozen", "pending"}:
            return []
        long, short = pair.long, pair.short
        ends = (decision.long, decision.short)
        most = [max(0, most_bad_to_end(window)) for window in ends]
        lines = [
            self._say(
                "explain.to_end",
                long=long.window,
                long_bad=f"{most[0]:,}",
                long_valid=number(long.valid),
                short=short.window,
                short_bad=f"{most[1]:,}",
                short_valid=number(short.valid),
                least=decision.min_bad_events,
            )
        ]
        return [*lines, *self._cannot_end(pair, decision)]

    def _cannot_end(self, pair: EvidencePairView, decision: Decision) -> Iterator[str]:
        """Yield which windows cannot end an alert, whatever their bad events."""
        windows = ((pair.long, decision.long), (pair.short, decision.short))
        blind = [w.window for w, weighing in windows if not weighing.is_seen_enough]
        if blind:
            yield self._say("explain.to_end.unseen", windows=", ".join(blind))
        lost = [
            w.window
            for w, weighing in windows
            if weighing.is_seen_enough and most_bad_to_end(weighing) < 0
        ]
        if lost:
            yield self._say("explain.to_end.bad", windows=", ".join(lost))

    def _rules(self, evidence: EvidenceView) -> list[str]:
        lines = []
        if evidence.no_data in _NO_DATA:
            lines.append(self._say(_NO_DATA[evidence.no_data]))
        if evidence.for_s:
            lines.append(self._say("explain.for", length=_length(evidence.for_s)))
        return lines

    # Whom it told.

    def _held_back(self, alert: AlertListView) -> list[str]:
        lines = []
        for silence_id in alert.silenced_by:
            silence = self.silences.get(silence_id)
            if silence is None:
                lines.append(self._say("explain.silenced.unknown", id=silence_id))
                continue
            lines.append(
                self._say(
                    "explain.silenced",
                    id=silence_id,
                    ends=_when(silence.ends),
                    owner=silence.who,
                    reason=silence.reason,
                )
            )
        if alert.acknowledged is not None:
            taken = alert.acknowledged
            at = _when(taken.at)
            lines.append(self._say("explain.taken", by=taken.who, at=at))
        return lines

    def _history(self, events: Sequence[AlertEventView]) -> list[str]:
        if not events:
            return [self._titled("explain.history", "explain.history.none")]
        return [self._say("explain.history"), *_inside(map(self._event, events))]

    def _event(self, event: AlertEventView) -> str:
        if event.before == event.after:
            by = _who(event.why, TAKEN)
            return self._say("explain.event.taken", at=_when(event.at), by=by)
        return self._say(
            "explain.event",
            at=_when(event.at),
            before=state_word(event.before, self.language),
            after=state_word(event.after, self.language),
            episode=event.episode,
            why=self._why(event),
        ).rstrip()

    def _why(self, event: AlertEventView) -> str:
        """Return the evidence of a change in one line, whatever its form."""
        why, is_end = event.why, event.after == "resolved"
        if why.get("ended") == "person":
            by, reason = _who(why, "by"), why.get("reason", "?")
            return self._say("explain.why.person", by=by, reason=reason)
        if why.get("ended") == "deleted":
            return self._say("explain.why.deleted")
        try:
            pairs = msgspec.convert(why.get("pairs"), list[EvidencePairView])
        except msgspec.ValidationError:
            rest = {k: v for k, v in why.items() if k != "at"}
            return ", ".join(f"{k} {_plain(v)}" for k, v in sorted(rest.items()))
        chosen = [p for p in pairs if p.fires] or [p for p in pairs if p.held] or pairs
        return "; ".join(
            self._say(
                "explain.why.pair",
                pair=_name(pair),
                verdict=self._say("explain.verdict.over")
                if is_end
                else self._pair_verdict(pair),
                long=pair.long.window,
                long_bad=number(pair.long.bad),
                long_valid=number(pair.long.valid),
                short=pair.short.window,
                short_bad=number(pair.short.bad),
                short_valid=number(pair.short.valid),
            )
            for pair in chosen
        )

    def _notifications(self, detail: AlertDetailView) -> list[str]:
        notifications = detail.notifications
        if not notifications and detail.alert.source == "upstream":
            said = "explain.notifications.upstream"
            return [self._titled("explain.notifications", said)]
        if not notifications:
            return [self._titled("explain.notifications", "explain.notifications.none")]
        lines = []
        for each in notifications:
            is_next = each.next_attempt is not None
            known = _NOTIFICATIONS.get(each.state)
            lines.append(
                self._say(
                    "explain.notification.next" if is_next else "explain.notification",
                    at=_when(each.created),
                    receiver=each.receiver,
                    kind=each.kind,
                    state=each.state if known is None else self._say(known),
                    next=_when(each.next_attempt),
                )
            )
            attempts = [
                self._say(
                    "explain.attempt",
                    at=_when(attempt.at),
                    outcome=self._outcome(attempt),
                )
                for attempt in each.attempts
            ]
            lines += _inside(attempts)
        return [self._say("explain.notifications"), *_inside(lines)]

    def _outcome(self, attempt: AttemptView) -> str:
        """Return what came of an attempt in words, with the receiver's own."""
        if attempt.outcome not in CATALOGUE:
            return f"{attempt.outcome}: {attempt.answer}".rstrip(": ")
        return self._say(attempt.outcome, answer=attempt.answer)

    def _titled(self, title_id: str, text_id: str) -> str:
        return f"{self._say(title_id)}: {self._say(text_id)}"


def shortest_window(
    details: Iterable[AlertDetailView],
) -> tuple[EvidenceWindowView, str] | None:
    """Return the shortest window of burn alerts, with what unseen time counts as."""
    found = [
        (pair.short, detail.evidence.no_data)
        for detail in details
        if detail.evidence is not None
        for pair in detail.evidence.pairs
    ]
    return min(found, key=lambda each: each[0].expected, default=None)


def _inside(lines: Iterable[str]) -> list[str]:
    return [_STEP + line for line in lines]


def _that_fire(evidence: EvidenceView | None) -> list[str]:
    pairs = () if evidence is None else evidence.pairs
    return [_name(pair) for pair in pairs if pair.fires]


def _name(pair: EvidencePairView) -> str:
    return f"{pair.long.window}/{pair.short.window}"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _length(seconds: float) -> str:
    return format_duration(int(seconds * 1000))


def _when(seconds: float | None) -> str:
    return "?" if seconds is None else utc(seconds)


def _who(why: Mapping[str, object], key: str) -> str:
    """Return who acted, by the evidence of a change."""
    return attributed(str(why.get(key, "?")), why.get(REMARK))
