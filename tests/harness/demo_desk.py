"""A demo without a service: what is injected is remembered."""

from kizashi.ports.demo import FaultsView, Loading, SimulatedView


class FakeDemo:
    """Answers for a demo whose simulated past is loaded.

    Attributes:
        past: The simulated past.
        switched: The faults in force; None while the service is down.
    """

    def __init__(self) -> None:
        self.past = SimulatedView(Loading.LOADED, 1.0, 1_697_400_000.0, 1_700_000_000.0)
        self.switched: FaultsView | None = FaultsView()

    def simulated(self) -> SimulatedView:
        """Return the simulated past."""
        return self.past

    async def faults(self) -> FaultsView | None:
        """Return the faults in force, None while the service is down."""
        return self.switched

    async def inject(self, faults: FaultsView) -> bool:
        """Put these faults in place of the others; return whether that went through."""
        if self.switched is None:
            return False
        self.switched = faults
        return True

    async def kill(self) -> bool:
        """Let the service be down; return whether it was there."""
        was_there = self.switched is not None
        self.switched = None
        return was_there
