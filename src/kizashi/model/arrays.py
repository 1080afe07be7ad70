"""The array types that signatures name, and the two NaNs that samples know."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Int64Array = NDArray[np.int64]
UInt16Array = NDArray[np.uint16]
UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]

#: The bit pattern that ends a series, told apart from an ordinary NaN by its bits.
#: Source: Prometheus model/value/value.go, StaleNaN.
STALE_NAN_BITS = 0x7FF0000000000002
STALE_NAN = np.array([STALE_NAN_BITS], np.uint64).view(np.float64)[0]


def is_stale(values: FloatArray) -> BoolArray:
    """Return where values are staleness markers, compared bit by bit."""
    bits = np.ascontiguousarray(values).view(np.uint64)
    return np.equal(bits, np.uint64(STALE_NAN_BITS))
