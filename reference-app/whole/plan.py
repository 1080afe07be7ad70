"""What a run of the whole is made of: its folder, its ports, how long it lasts."""

import socket
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parents[1]
HOST = "127.0.0.1"
PEOPLE = 10
GUESTS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where.

    Attributes:
        folder: An empty folder, gone afterwards.
        python: The interpreter with the services' requirements.
        rate: Requests a second.
        duration: Of the traffic, as ``30m``; the demo ends after it.
        language: The reader's.
        ports: By name; every part's.
        parts: The parts that run here.
        history_days: How long the simulated past is, 0 for none.
        hook: Where an exercise takes its pages; None in a demo.
        shows_status: Whether to show the figures every ten seconds.
    """

    folder: Path
    python: str
    rate: float
    duration: str
    language: str
    ports: dict[str, int]
    parts: frozenset[str]
    history_days: int = 0
    hook: str | None = None
    shows_status: bool = False

    @property
    def is_exercise(self) -> bool:
        """Whether a story is told, in place of waiting for a person."""
        return self.hook is not None

    @property
    def restart_s(self) -> float:
        """How long a part that ended stays away.

        In an exercise longer than the ten seconds after which lost data pages.
        """
        return 20.0 if self.is_exercise else 10.0

    @property
    def config(self) -> Path:
        """The services' settings, once the emulator has written them."""
        return self.folder / "config.json"

    @property
    def admin_token(self) -> Path:
        """Who has what is in this file may switch faults on."""
        return self.folder / "admin-token"

    @property
    def tokens(self) -> Path:
        """The people's access tokens, one a line."""
        return self.folder / "tokens"

    @property
    def certificates(self) -> Path:
        """Where the secure port's certificates are, and their authority."""
        return self.folder / "tls"

    @property
    def password(self) -> Path:
        """The people's password, all the same."""
        return self.folder / "aws" / "password"

    def url(self, port: str) -> str:
        """Return what listens on a port."""
        return f"http://{HOST}:{self.ports[port]}"


def free_port(wanted: int) -> int:
    """Return the wanted port if nobody listens there, else one that is free now."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # As servers do: a port whose last connections linger is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no port is free on {HOST}")
