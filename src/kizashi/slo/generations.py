"""Generations and versions: what was counted of an objective, and promised, from when on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Generation:
    """One way of counting an objective: rule 10.

    Attributes:
        id: Number in this store.
        service: The service's name.
        objective: The objective's name.
        number: 1 for the objective's first generation.
        fingerprint: What is counted, as canonical text.
        slice_ms: Length of its slices.
        opened_ms: When it began to answer.
        sealed_block: Its newest block that is written for good, or None.
    """

    id: int
    service: str
    objective: str
    number: int
    fingerprint: str
    slice_ms: int
    opened_ms: int
    sealed_block: int | None


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """A generation to open; its number is the next of its objective."""

    service: str
    objective: str
    fingerprint: str
    slice_ms: int
    opened_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """What an objective promised from a time on; target and policy apply by date.

    Attributes:
        service: The service's name.
        objective: The objective's name.
        from_ms: When it began to apply.
        to_ms: When it ceased to, or None.
        generation: Number of the generation that answers.
        spec: The objective as canonical JSON.
    """

    service: str
    objective: str
    from_ms: int
    to_ms: int | None
    generation: int
    spec: str
