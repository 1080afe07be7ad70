"""How urgent an alert is."""

from enum import StrEnum


class Severity(StrEnum):
    """How a person is told: woken, or told in working hours."""

    PAGE = "page"
    TICKET = "ticket"
