"""The identity of an alert: Alertmanager's fingerprint of its labels."""

from kizashi.model.labels import Labels

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = (1 << 64) - 1
#: Stands after each name and each value; it is no byte of UTF-8 text.
_SEPARATOR = b"\xff"


def fingerprint(labels: Labels) -> str:
    """Return sixteen hex digits that follow from the labels alone.

    Source: FNV-1a with 64 bits over name, 0xFF, value, 0xFF of each label by name, as
    Alertmanager and the Prometheus libraries work it out.
    """
    digest = _OFFSET
    for name, value in labels:
        for octet in b"".join((name.encode(), _SEPARATOR, value.encode(), _SEPARATOR)):
            digest = (digest ^ octet) * _PRIME & _MASK
    return f"{digest:016x}"
