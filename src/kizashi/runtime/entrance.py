"""Who is let in to a running server, and by what."""

from kizashi.api.admission import standing
from kizashi.ports.clock import Clock
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.tokens import SqlTokenStore


class Entrance:
    """The tokens and sessions of a server."""

    def __init__(self, state: StateDatabase, clock: Clock) -> None:
        self.tokens = SqlTokenStore(state)
        self.sessions = SqlSessionStore(state)
        self.standing = standing(self.tokens, self.sessions, clock)
