"""The fingerprint that names an alert by its labels."""

from kizashi.model.labels import Labels

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = 2**64 - 1
_SEPARATOR = b"\xff"


def fingerprint(labels: Labels) -> str:
    """Return sixteen hex digits that follow from the labels alone.

    Source: Alertmanager's fingerprint: FNV-1a of 64 bits over the labels sorted by
    name, each name and each value followed by the byte 0xFF.
    """
    digest = _OFFSET
    for pair in labels:
        for text in pair:
            for byte in text.encode() + _SEPARATOR:
                digest = ((digest ^ byte) * _PRIME) & _MASK
    return f"{digest:016x}"
