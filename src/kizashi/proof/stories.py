"""Traffic of which everybody knows what happened: the rows of the accuracy table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Page = dict[str, int]
_MINUTE, _HOUR = 60, 3_600


@dataclass(frozen=True, slots=True)
class Story:
    """Requests of one target, scrape by scrape.

    Attributes:
        name: Its row.
        end_s: When it is asked, seconds after its beginning; rules of every pace are
            evaluated then: a multiple of four minutes.
        requests: How many requests of each status code came since the scrape before,
            given the scrape's number and its time.
        window: The objective's window.
        interval_s: Seconds between two scrapes.
        grid_s: Every scrape stands on this grid.
        jitter_s: How much later than planned each scrape comes, by its number.
        codes: The status codes that are on the page from the first scrape on.
        failing_s: When requests begin to fail, where the row asks for the first page.
    """

    name: str
    end_s: int
    requests: Callable[[int, int], Page]
    window: str = "30d"
    interval_s: int = 15
    grid_s: int = 15
    jitter_s: Callable[[int], int] = field(default=lambda _: 0)
    codes: tuple[str, ...] = ("200",)
    failing_s: int | None = None

    def pages(self) -> Iterator[tuple[int, Page]]:
        """Yield the time and the counters of every scrape."""
        counters = dict.fromkeys(self.codes, 0)
        for number in range(self.end_s // self.interval_s + 1):
            at_s = number * self.interval_s + self.jitter_s(number)
            if at_s > self.end_s:
                return
            if number:
                for code, more in self.requests(number, at_s).items():
                    if more:
                        counters[code] = counters.get(code, 0) + more
            yield at_s, dict(counters)

    def happened(self) -> tuple[int, int]:
        """Failed requests and all of them, counted as they came."""
        *_, (_, last) = self.pages()
        return last.get("500", 0), sum(last.values())


def stories(hour_s: int = _HOUR) -> tuple[Story, ...]:
    """The rows of the table.

    Args:
        hour_s: What an hour of the long rows lasts; shorter where time is dear.
    """
    end_s = 12 * hour_s
    rare_s = end_s - 4 * _MINUTE

    def burst(number: int, at_s: int) -> Page:
        if at_s <= 11 * hour_s:
            return {"200": int(number % 4 == 1)}
        return {"200": 1_350, "500": 150}

    def mirror(number: int, at_s: int) -> Page:
        if at_s <= 11 * hour_s:
            return {"200": 1_500}
        return {"500": int(number % 4 == 1)}

    def gap(number: int, at_s: int) -> Page:
        if 6 * hour_s < at_s <= 6 * hour_s + hour_s // 2:
            return {}
        return {"200": 15 - (number % 20 == 0), "500": int(number % 20 == 0)}

    def rare(number: int, at_s: int) -> Page:
        # One request in five minutes; the last one, three minutes ago, fails.
        if at_s == rare_s - 3 * _MINUTE:
            return {"500": 1}
        return {"200": int(number % 20 == 0 and at_s < rare_s - 3 * _MINUTE)}

    both = ("200", "500")
    return (
        Story("burst", end_s, burst, codes=both),
        Story("mirror", end_s, mirror, codes=both),
        Story("gap", end_s, gap, codes=both),
        Story("no-errors", end_s, lambda _number, _at_s: {"200": 15}),
        Story("rare", rare_s, rare, codes=both),
        Story(
            "first-error",
            end_s,
            lambda number, _: {"200": 15, "500": 5 * (number == end_s // 15 - 2)},
        ),
        Story(
            "outage",
            88 * _MINUTE,
            lambda _, at_s: {"500" if at_s > _HOUR else "200": 100},
            window="7d",
            interval_s=60,
            grid_s=1,
            jitter_s=lambda number: number * 7 % 3,
            failing_s=_HOUR,
        ),
    )
