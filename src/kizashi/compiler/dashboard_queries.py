"""What dashboards ask about objectives: PromQL over the recorded series."""

from dataclasses import dataclass

from kizashi.rules.series_names import OBJECTIVE, SERVICE, SEVERITY, WINDOW, Series

_ONE = f"{SERVICE}, {OBJECTIVE}"
_EACH = f"{_ONE}, {WINDOW}"


@dataclass(frozen=True, slots=True)
class ObjectiveQueries:
    """Queries about the objectives that some matchers choose.

    Attributes:
        matchers: Of the labels that every recorded series has.
    """

    matchers: str

    def select(self, series: Series, more: str = "") -> str:
        """Return the selector of a series; `more` are further matchers."""
        return f"{series}{{{self.matchers}{',' if more else ''}{more}}}"

    @property
    def info(self) -> str:
        """One for each objective, with its own window as a label."""
        return self.select(Series.INFO)

    def over_own_window(self, series: Series) -> str:
        """Return what a series says of each objective's own window."""
        chosen = f"{self.select(series)} and on ({_EACH}) {self.info}"
        return f"sum by ({_EACH}) ({chosen})"

    def with_own_window(self, series: Series) -> str:
        """Return a series that has no window, with the objective's own as a label."""
        series_and_info = f"{self.select(series)} * on ({_ONE}) group_left ({WINDOW})"
        return f"sum by ({_EACH}) ({series_and_info} {self.info})"

    @property
    def sli(self) -> str:
        """Share of good events over each objective's own window."""
        bad = self.over_own_window(Series.WINDOW_BAD)
        return f"1 - {bad} / {self.over_own_window(Series.WINDOW_VALID)}"

    @property
    def events_left(self) -> str:
        """Bad events that the budget still holds; negative where it is overspent."""
        allowed = f"(1 - {self.with_own_window(Series.TARGET)})"
        valid = self.over_own_window(Series.WINDOW_VALID)
        return f"{allowed} * {valid} - {self.over_own_window(Series.WINDOW_BAD)}"

    def burn_rate(self, more: str = "") -> str:
        """Return how many times faster than allowed each window burns."""
        bad = self.select(Series.WINDOW_BAD, more)
        valid = self.select(Series.WINDOW_VALID, more)
        budget = f"(1 - {self.select(Series.TARGET)})"
        return f"({bad} / {valid}) / on ({_ONE}) group_left () {budget}"

    def time_to_empty(self, more: str = "") -> str:
        """Return seconds until the budget is spent if each window's burn goes on.

        Nothing where it does not burn.
        """
        left = f"clamp_min({self.select(Series.BUDGET_REMAINING)}, 0)"
        seconds = f"({left} * {self.select(Series.PERIOD)})"
        burning = f"({self.burn_rate(more)} > 0)"
        return f"1 / {burning} * on ({_ONE}) group_left () {seconds}"

    @property
    def firing(self) -> str:
        """How many burn alerts fire, an objective's severities apart."""
        held = self.select(Series.PAIR_HELD)
        return f"count(max by ({_ONE}, {SEVERITY}) ({held}) == 1) or vector(0)"

    @property
    def spent(self) -> str:
        """How many budgets are spent."""
        return f"count({self.select(Series.BUDGET_REMAINING)} <= 0) or vector(0)"

    def slice_share(self, window: str) -> str:
        """Return the share of bad events in the last stretch of slices."""
        bad = f"sum_over_time({self.select(Series.SLICE_BAD)}[{window}])"
        valid = f"sum_over_time({self.select(Series.SLICE_VALID)}[{window}])"
        return f"{bad} / {valid}"
