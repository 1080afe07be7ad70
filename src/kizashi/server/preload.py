"""What libraries would import in the middle of things, loaded at the start.

An import opens files. When none can be opened any more it fails, and with it whatever
loop happened to be the first to need it. `tests/end_to_end/test_late_imports.py` finds
what is missing here.
"""

import codecs
from importlib import import_module

#: numpy's sets look for masked arrays; a worker thread of a request needs anyio's
#: backend; resources in a package are found by readers.
_MODULES = ("numpy.ma", "anyio._backends._asyncio", "importlib.readers")
_CODECS = ("idna", "unicode_escape")


def preload() -> None:
    """Load them."""
    for name in _MODULES:
        import_module(name)
    for name in _CODECS:
        codecs.lookup(name)
