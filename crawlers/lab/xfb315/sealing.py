"""The replica's stand-in for the portal's encrypted calls: textbook RSA, good enough to see that a page made the call."""

import json
from typing import Any

N = (2**521 - 1) * (2**607 - 1)
E = 65537
_D = pow(E, -1, (2**521 - 2) * (2**607 - 2))


def opened(code: str) -> dict[str, Any] | None:
    """The parameters a page's script has sealed; null for anything else."""
    try:
        blocks = [f"{pow(int(block, 16), _D, N):x}" for block in code.split(".")]
        found = json.loads(b"".join(bytes.fromhex(f"0{block}"[2:]) for block in blocks))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
