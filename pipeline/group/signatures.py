"""One-permutation MinHash with optimal densification (Li et al. 2012, Shrivastava 2017), and its band keys."""

import numpy as np

from pipeline.group.shingles import mix
from pipeline.kernels import kernel

BANDS, ROWS = 32, 4
BINS = BANDS * ROWS
_SHIFT = np.uint32(25)  # 32 - log2(BINS)
_VALUE = np.uint32((1 << 25) - 1)
_EMPTY = np.uint32(0xFFFFFFFF)


@kernel
def sign(flat, start, end, signature):  # type: ignore[no-untyped-def]
    """Least value in each of BINS bins; an empty bin borrows from a random other one. The text has shingles."""
    signature[:] = _EMPTY
    for at in range(start, end):
        place, value = flat[at] >> _SHIFT, flat[at] & _VALUE
        signature[place] = min(signature[place], value)
    filled = signature.copy()
    for place in range(BINS):
        attempt = 0
        while signature[place] == _EMPTY:
            attempt += 1
            signature[place] = filled[np.int64(mix(np.uint64((place << 32) | attempt)) >> np.uint64(57))]


@kernel
def band_keys(signature, out):  # type: ignore[no-untyped-def]
    """One 32-bit key per band."""
    for band in range(BANDS):
        key = np.uint64(band)
        for row in range(ROWS):
            key = mix(key ^ np.uint64(signature[band * ROWS + row]))
        out[band] = np.uint32(key >> np.uint64(32))
