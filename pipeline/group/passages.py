"""Passages: runs of ten characters, and the few of them that stand for a text (winnowing, Schleimer et al. 2003).

Two texts that share PASSAGE + WINDOW - 1 characters in a row share at least one fingerprint.
"""

import numpy as np

from pipeline.group.shingles import mix
from pipeline.kernels import kernel

PASSAGE = 10
WINDOW = 8
_PRIME = np.uint64(1_099_511_628_211)
_TOP = np.uint64(pow(1_099_511_628_211, PASSAGE, 1 << 64))


@kernel
def passage_hashes(codes, size, out):  # type: ignore[no-untyped-def]
    """32-bit hash of each run of ten characters; how many."""
    rolling = np.uint64(0)
    for at in range(size):
        rolling = rolling * _PRIME + np.uint64(codes[at])
        if at >= PASSAGE:
            rolling -= _TOP * np.uint64(codes[at - PASSAGE])
        if at >= PASSAGE - 1:
            out[at - PASSAGE + 1] = np.uint32(mix(rolling) >> np.uint64(32))
    return max(size - PASSAGE + 1, 0)


@kernel
def fingerprints(codes, size, hashes, out):  # type: ignore[no-untyped-def]
    """The least hash of each window of passages, once where windows agree; how many. `hashes` is scratch for all of them."""
    count = passage_hashes(codes, size, hashes)
    kept, best = 0, -1
    for end in range(min(WINDOW, count) - 1, count):
        start, found = max(end - WINDOW + 1, 0), best
        if best < start:
            found = start
            for at in range(start + 1, end + 1):
                if hashes[at] <= hashes[found]:
                    found = at
        elif hashes[end] <= hashes[best]:
            found = end
        if found != best:
            best = found
            out[kept] = hashes[best]
            kept += 1
    return kept
