"""Who calls, as far as proxies that are trusted tell it."""

import ipaddress

import pytest
from hypothesis import given, strategies as st

from kizashi.model.outside import Outside

OUTSIDE = Outside(
    proxies=tuple(map(ipaddress.ip_network, ("127.0.0.1", "10.0.0.0/8", "::1")))
)
ADDRESSES = st.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("peer", "told", "caller"),
    [
        # Nobody is believed who is no proxy.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        # What the caller wrote stands in front of what the proxy wrote.
        ("127.0.0.1", ["127.0.0.1", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9", "10.1.2.3"], "203.0.113.9"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9", "_hidden"], "127.0.0.1"),
        ("127.0.0.1", [" 203.0.113.9:4711 "], "203.0.113.9"),
        ("::1", ['"[2001:db8::7]:4711"'], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_caller_is_the_last_whom_a_trusted_proxy_saw(
    peer: str, told: list[str], caller: str
):
    assert OUTSIDE.caller(peer, told) == caller


@given(written=st.lists(st.text() | ADDRESSES), seen=ADDRESSES)
def test_whatever_a_caller_writes_the_proxy_names_it(written: list[str], seen: str):
    if not OUTSIDE.trusts(seen):
        found = OUTSIDE.caller("127.0.0.1", [*written, seen])

        assert ipaddress.ip_address(found) == unmapped(seen)


def unmapped(text: str) -> object:
    found = ipaddress.ip_address(text)
    return getattr(found, "ipv4_mapped", None) or found
