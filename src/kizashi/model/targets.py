"""Targets as they were discovered and configured over time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kizashi.model.labels import Labels


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target that was discovered at least once; job and labels identify it.

    Attributes:
        id: Number in its store.
        job: The job of its scrape configuration.
        labels: Its labels after relabelling, job and instance among them.
    """

    id: int
    job: str
    labels: Labels

    @property
    def job_label(self) -> str:
        """The job that its series are of: relabelling may name another."""
        return self.labels.get("job", self.job)


@dataclass(frozen=True, slots=True)
class DiscoverySpan:
    """A span in which a target was discovered: ``[from_ms, to_ms)``, open if None."""

    target: int
    from_ms: int
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """The scrape configuration of a target from a time on."""

    target: int
    from_ms: int
    fingerprint: str
    honor_labels: bool
    interval_ms: int


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """A target that is discovered from a time on, and how it is scraped.

    Attributes:
        job: The job of its scrape configuration.
        labels: Its labels after relabelling.
        from_ms: When it began to hold, Unix milliseconds.
        fingerprint: Of its scrape configuration.
        honor_labels: As its scrape configuration says.
        interval_ms: Time between scrapes.
    """

    job: str
    labels: Labels
    from_ms: int
    fingerprint: str
    honor_labels: bool
    interval_ms: int

    def configured(self, target: int) -> TargetConfig:
        """Return its configuration as that of the target of a number."""
        return TargetConfig(
            target, self.from_ms, self.fingerprint, self.honor_labels, self.interval_ms
        )


#: The fingerprint of a target that never was: a demo made its samples up.
SIMULATED = "simulated"


def past_configs(
    noted: Sequence[TargetConfig], config: TargetConfig, to_ms: int
) -> list[TargetConfig]:
    """Return what to note so that a configuration applies in a span of the past.

    Args:
        noted: What is noted of the target, by time.
        config: What applied from its time on.
        to_ms: When that ended; what was noted for then and later stays in force.
    """
    before = [c for c in noted if c.from_ms <= config.from_ms]
    if before and settings(before[-1]) == settings(config):
        return []
    out = [config]
    if before and not any(config.from_ms < c.from_ms <= to_ms for c in noted):
        out.append(replace(before[-1], from_ms=to_ms))
    return out


def settings(config: TargetConfig) -> tuple[str, bool, int]:
    """Return what a configuration says, whenever it is in force."""
    return config.fingerprint, config.honor_labels, config.interval_ms
