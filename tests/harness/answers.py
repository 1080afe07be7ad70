"""Answers with figures worked out by hand, for tests of the faces."""

from dataclasses import replace

from kizashi.app.answers import (
    AlertView,
    BudgetView,
    BurnRateView,
    ExplainView,
    LedgerPoint,
    LedgerView,
    NoteView,
    ObjectiveView,
    PairView,
    ServiceView,
    TargetView,
)
from kizashi.errors import InputError, NotFoundError

#: The end of the newest closed slice: 2023-11-14T22:13:30Z, on an edge of 15 s.
AT = 1_700_000_010.0
SLICE_S = 15
_MOST_POINTS = 11_000


def availability() -> ObjectiveView:
    """Return an objective in trouble: 1,000 events, 2 bad, 99.9 % over 30 d.

    1000 x 0.001 = 1 bad event is allowed, 2 are spent, so -1 is left: -100 %, which
    is -43.2 of 43.2 minutes. In the last hour 1 of 10 was bad: 0.1 / 0.001 = 100.
    """
    return ObjectiveView(
        service="backend",
        objective="availability",
        target=0.999,
        window="30d",
        at=AT,
        good=998,
        valid=1000,
        late=0,
        sli=0.998,
        coverage=0.5,
        state="live",
        generation=1,
        budget=BudgetView(1.0, 2, -1.0, -1.0, -43.2, 0.0),
        burn_rates=(
            BurnRateView("5m", 1, 5, 1.0, 200.0),
            BurnRateView("1h", 1, 10, 1.0, 100.0),
            BurnRateView("3d", 0, 0, 0.25, None),
        ),
        alerts=(
            AlertView(
                "page", "firing", AT - 60, (PairView("1h", "5m", 14.4, holds=True),)
            ),
        ),
        explain=(
            ExplainView(
                figure="sli",
                value=0.998,
                formula="(valid - bad) / valid",
                query='bad: errors{service="backend"}',
                start=AT - 30 * 86_400,
                end=AT,
                bad=2,
                valid=1000,
                seen=86_400.0,
                expected=172_800,
                result="(1000 - 2) / 1000 = 0.998",
            ),
        ),
        notes=(NoteView("api.error.no_such_path", {"path": "/x"}),),
    )


def silent() -> ObjectiveView:
    """Return an objective without data; a float in it is NaN, as none should be."""
    return replace(
        availability(),
        service="検索",
        objective="応答時間",
        good=0,
        valid=0,
        sli=None,
        coverage=0.0,
        state="unknown",
        budget=BudgetView(0.0, 0, 0.0, None, None, None),
        burn_rates=(BurnRateView("1h", 0, 0, 0.0, float("nan")),),
        alerts=(AlertView("page", "inactive", None, ()),),
        explain=(),
        notes=(),
    )


class FakeAnswers:
    """Answers for two objectives, which tests may replace.

    Attributes:
        views: The objectives.
        asked: Each call's arguments, as (method, at or (start, end, step_s)).
        failure: Raised by every call, where it is set.
    """

    def __init__(self) -> None:
        self.views: tuple[ObjectiveView, ...] = (availability(), silent())
        self.asked: list[tuple[str, object]] = []
        self.failure: Exception | None = None

    def services(self) -> tuple[ServiceView, ...]:
        """Return the services that the objectives name."""
        self._note("services", None)
        return tuple(
            ServiceView(
                name=view.service,
                display_name={"en": "Backend", "ja": "バックエンド"},
                owner="platform",
                tier=None,
                state=view.state,
                objectives=(view.objective,),
                depends_on=({"service": "database", "kind": "hard"},),
            )
            for view in self.views
        )

    def objectives(self, at: float | None = None) -> tuple[ObjectiveView, ...]:
        """Return every objective without its explanation."""
        self._note("objectives", at)
        return tuple(
            replace(view, at=AT if at is None else at, explain=())
            for view in self.views
        )

    def objective(
        self, service: str, objective: str, at: float | None = None
    ) -> ObjectiveView:
        """Return one objective.

        Raises:
            NotFoundError: If there is no such objective.
        """
        self._note("objective", at)
        for view in self.views:
            if (view.service, view.objective) == (service, objective):
                return replace(view, at=AT if at is None else at)
        raise NotFoundError(f"{service}/{objective}")

    def ledger(
        self,
        service: str,
        objective: str,
        *,
        start: float,
        end: float,
        step_s: float | None = None,
    ) -> LedgerView:
        """Return at most three points of a stretch, one event in each.

        Raises:
            NotFoundError: If there is no such objective.
            InputError: If there would be more than 11,000 points.
        """
        self._note("ledger", (start, end, step_s))
        if (service, objective) not in {(v.service, v.objective) for v in self.views}:
            raise NotFoundError(f"{service}/{objective}")
        step = step_s or max(SLICE_S, (end - start) / _MOST_POINTS)
        count = (end - start) / max(step, SLICE_S)
        if count > _MOST_POINTS:
            raise InputError("more than 11,000 points; ask for a longer step")
        points = tuple(
            LedgerPoint(start + (i + 1) * step, 0, 1, 0, 1.0, "live")
            for i in range(min(3, int(count)))
        )
        return LedgerView(service, objective, 1, "15s", "15s", points)

    def targets(self) -> tuple[TargetView, ...]:
        """Return one target that is up and one that never answered."""
        self._note("targets", None)
        up = TargetView(
            job="backend",
            instance="127.0.0.1:8000",
            labels={"job": "backend", "instance": "127.0.0.1:8000"},
            url="http://127.0.0.1:8000/metrics",
            health="up",
            last_scrape=AT - 3.25,
            last_duration_s=0.002,
            last_error=None,
            samples=120,
            limit_hit=None,
            interval="15s",
            timeout="10s",
        )
        down = replace(
            up,
            instance="127.0.0.1:8001",
            health="down",
            last_scrape=None,
            last_duration_s=None,
            last_error="connection refused",
            samples=None,
        )
        return (up, down)

    def _note(self, method: str, arguments: object) -> None:
        self.asked.append((method, arguments))
        if self.failure is not None:
            raise self.failure
