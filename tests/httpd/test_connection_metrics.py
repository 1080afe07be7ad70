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
    seats, registry = ConnectionSlots(3, 2, 1), CollectorRegistry()
    ConnectionMetrics(registry, seats)
    first, second, third, fourth, fifth, sixth = (Caller() for _ in range(6))

    seats.admit(first, "198.51.100.1")
    seats.admit(second, "198.51.100.1")
    seats.admit(third, "198.51.100.1")  # ends the first: one address has two
    seats.admit(fourth, "198.51.100.2")
    seats.admit(fifth, "198.51.100.3")  # ends the second: all are taken
    for guest in (third, fourth, fifth):
        seats.works(guest)
    seats.admit(sixth, "198.51.100.4")
    assert value(registry, "connections", state="working") == 3
    assert value(registry, "connections", state="probes") == 1
    seats.admit(Caller(), "198.51.100.4")  # ends the sixth
    seats.waits(third)
    seats.holds(third, MOST_UNSENT_BYTES + 1)
    seats.waits(fourth)
    seats.counts.timed_out[TimedOut.IDLE] += 1
    seats.counts.requests[RequestFault.CODING] += 2

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
    seats, registry = ConnectionSlots(1, 1, 0), CollectorRegistry()
    ConnectionMetrics(registry, seats)
    busy = Caller()
    seats.admit(busy, "198.51.100.1")
    seats.works(busy)

    assert seats.admit(Caller(), "198.51.100.2") is None

    assert value(registry, "connections_refused_total", reason="no_seat") == 1
    assert value(registry, "connections_accepted_total") == 1
