"""A demo without a service or a past to load: what is injected is remembered."""

from types import SimpleNamespace

from demo.faults import Faults, FaultSwitch
from demo.page import DemoPages
from demo.past import Loading, SimulatedView


class FakeSwitch(FaultSwitch):
    """A service that is there until it is killed.

    Attributes:
        switched: The faults in force; None while the service is down.
    """

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")
        self.switched: Faults | None = Faults()

    async def faults(self) -> Faults | None:
        return self.switched

    async def inject(self, faults: Faults) -> bool:
        if self.switched is None:
            return False
        self.switched = faults
        return True

    async def kill(self) -> bool:
        was_there = self.switched is not None
        self.switched = None
        return was_there


class FakeDemo:
    """A demo whose past is loaded.

    Attributes:
        switch: Its service's fault switch.
        past: Its past; a test puts another view in.
        pages: What it adds to a server.
    """

    def __init__(self) -> None:
        self.switch = FakeSwitch()
        start, until = 1_697_400_000.0, 1_700_000_000.0
        view = SimulatedView(Loading.LOADED, 1.0, start, until)
        self.past = SimpleNamespace(view=view)
        self.pages = DemoPages(self.past, self.switch)  # type: ignore[arg-type]
