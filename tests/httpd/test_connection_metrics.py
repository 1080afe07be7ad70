"""What is told of connections: how many there are, and whom limits struck, by reason."""

from prometheus_client import CollectorRegistry

from kizashi.httpd.connection_metrics import ConnectionMetrics
from kizashi.httpd.connections import MOST_UNSENT_BYTES, ConnectionSlots, TimedOut
from kizashi.httpd.head import RequestFault


class Caller:
    def evict(self) -> None:
        pass


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"kizashi_{name}", labels)


def test_every_reason_is_there_before_anything_has_happened():
    registry = CollectorRegistry()
    ConnectionMetrics(registry, ConnectionSlots(7, 3, 2))

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in registry.collect()
        for sample in family.samples
    }

    assert found.pop(("kizashi_connections_max",)) == 7
    assert set(found.values()) == {0}
    assert sorted(key[-1] for key in found if "evicted" in key[0]) == [
        "address", "all_taken", "probe", "unread",
    ]  # fmt: skip
    assert len(found) == 3 + 1 + 4 + 3 + 3 + len(RequestFault)


def test_what_happens_is_counted_under_its_reason():
    slots, registry = ConnectionSlots(3, 2, 1), CollectorRegistry()
    ConnectionMetrics(registry, slots)
    first, second, third, fourth, fifth, sixth = (Caller() for _ in range(6))

    slots.admit(first, "198.51.100.1")
    slots.admit(second, "198.51.100.1")
    slots.admit(third, "198.51.100.1")  # ends the first: one address has two
    slots.admit(fourth, "198.51.100.2")
    slots.admit(fifth, "198.51.100.3")  # ends the second: all are taken
    for holder in (third, fourth, fifth):
        slots.works(holder)
    slots.admit(sixth, "198.51.100.4")
    assert value(registry, "connections", state="working") == 3
    assert value(registry, "connections", state="probes") == 1
    slots.admit(Caller(), "198.51.100.4")  # ends the sixth
    slots.waits(third)
    slots.holds(third, MOST_UNSENT_BYTES + 1)
    slots.waits(fourth)
    slots.counts.timed_out[TimedOut.IDLE] += 1
    slots.counts.requests[RequestFault.CODING] += 2

    assert value(registry, "connections", state="waiting") == 1
    assert value(registry, "connections", state="working") == 1
    assert value(registry, "connections_accepted_total") == 7
    evicted = "connections_evicted_total"
    assert value(registry, evicted, reason="address") == 1
    assert value(registry, evicted, reason="all_taken") == 1
    assert value(registry, evicted, reason="probe") == 1
    assert value(registry, evicted, reason="unread") == 1
    assert value(registry, "connections_timed_out_total", reason="idle") == 1
    assert value(registry, "requests_refused_total", reason="coding") == 2


def test_nobody_let_in_is_counted():
    slots, registry = ConnectionSlots(1, 1, 0), CollectorRegistry()
    ConnectionMetrics(registry, slots)
    busy = Caller()
    slots.admit(busy, "198.51.100.1")
    slots.works(busy)

    assert slots.admit(Caller(), "198.51.100.2") is None

    assert value(registry, "connections_refused_total", reason="no_seat") == 1
    assert value(registry, "connections_accepted_total") == 1
