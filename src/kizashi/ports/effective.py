"""What a server runs with, as far as it may be shown."""

from dataclasses import dataclass

from kizashi.messages import render, render_sentences


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file with an error that is not in force as it stands.

    Attributes:
        file: Its name.
        has_copy: Whether what it last said is in force; else it is left out.
        where: The place of its first error.
        code: That error's message id.
        params: The message's parameters.
    """

    file: str
    has_copy: bool
    where: str
    code: str
    params: dict[str, str]

    def said(self, language: str) -> str:
        """Return which file it is, what is wrong and where, and what is in force."""
        why = render_sentences(language, self.code, **self.params)
        message = "file.refused.copy" if self.has_copy else "file.refused.left-out"
        return render(language, message, file=self.file, where=self.where, why=why)


@dataclass(frozen=True, slots=True)
class EmptiedFile:
    """A file that no longer declares anything, and what it last declared."""

    file: str
    services: tuple[str, ...]

    def said(self, language: str) -> str:
        """Return which file it is, and which services went with its content."""
        names = ", ".join(self.services)
        return render(language, "file.emptied", file=self.file, services=names)


@dataclass(frozen=True, slots=True)
class EffectiveView:
    """The settings in force, secrets masked.

    Attributes:
        flags: What only a restart changes: the option, and its value.
        configuration: What reloads, defaults filled in, as YAML.
        files: The files that were read, in their order.
        warnings: What was found wrong with them and not refused: where, message id,
            parameters.
    """

    flags: tuple[tuple[str, str], ...]
    configuration: str
    files: tuple[str, ...]
    warnings: tuple[tuple[str, str, dict[str, str]], ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionsView:
    """Connections from outside: how many there are, and whom limits have struck.

    Attributes:
        open: How many are open.
        most: How many may be.
        evicted: How many were ended to make room for others, since the start.
        refused: How many callers were sent away, because all were worked for.
        timed_out: How many were ended because their client took too long.
        requests: How many requests were refused before anything read them.
    """

    open: int
    most: int
    evicted: int
    refused: int
    timed_out: int
    requests: int
