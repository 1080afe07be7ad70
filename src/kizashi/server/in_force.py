"""The configuration and declarations that a server runs with, and the next ones."""

import logging

from kizashi.errors import ConfigurationError
from kizashi.ports.effective import RefusedFile
from kizashi.server.settings import Settings
from kizashi.settings.declaration_files import Loaded, load
from kizashi.settings.kept_declarations import LastDeclarations
from kizashi.settings.last_good import (
    compared,
    keep,
    load_for_start,
    refused_files,
    tell,
)

_LOG = logging.getLogger(__name__)


class SettingsInForce:
    """What is in force, and which files are not, as they stand.

    Attributes:
        loaded: What is in force.
        refused: Files that are not: of the start, or of the last reload.
    """

    def __init__(self, settings: Settings) -> None:
        """Read what the server is to start with.

        Raises:
            ConfigurationError: If nothing can be started with; its argument is a
                `Loaded`.
        """
        self._config, self._data = settings.config, settings.data
        self.loaded: Loaded = load_for_start(self._config, self._data)
        if not self.loaded.is_usable:
            raise ConfigurationError(self.loaded)
        self.refused: tuple[RefusedFile, ...] = self.loaded.refused

    def read(self) -> Loaded:
        """Return what the files say now; where they cannot be used, say so."""
        kept = LastDeclarations.of(self.loaded, self._config)
        loaded = compared(load([], self._config), kept)
        if not loaded.is_usable:
            self.refused = refused_files(loaded, kept, self._config)
            _LOG.error("the configuration was not taken, and nothing has changed")
            tell(loaded, self.refused, ())
        return loaded

    def take(self, loaded: Loaded) -> None:
        """Let what was read be in force."""
        self.loaded = loaded

    def taken(self) -> None:
        """Say that what was read is in force with all its consequences."""
        self.refused = ()
        tell(self.loaded, (), self.loaded.emptied)
        _LOG.info("the configuration was taken")

    def keep(self) -> None:
        """Keep the declarations in force for a start with a bad file."""
        keep(self._data, self.loaded, self._config)
