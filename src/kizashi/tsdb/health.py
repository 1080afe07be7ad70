"""How much damage was met."""

import threading


class Health:
    """Counts damaged rows and chunks as readers meet them; any thread may."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._damaged = 0

    @property
    def damaged(self) -> int:
        """How many damaged rows and chunks were met and left out."""
        return self._damaged

    def note_damage(self, count: int) -> None:
        """Count so many more."""
        if count:
            with self._lock:
                self._damaged += count
