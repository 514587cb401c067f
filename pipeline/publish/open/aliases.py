"""Files under a former id of a platform, for hosts that can only send files: the same file under both names.

`sinkrate serve` and nginx answer such an address with a redirect before they look for a file.
"""

from collections.abc import Mapping

from pipeline.publish.editions import hard_link
from pipeline.publish.open.files import Folder

PLACES = (
    "open/feeds/{}.atom", "open/feeds/{}.json", "open/badges/{}.svg", "open/badges/{}.stale.svg", "open/cards/{}.png", "open/oembed/{}.json",
    "open/proofs/platforms/{}.json", "platforms/{}.csv", "platforms/{}.json", "embed/{}/index.html",
)  # fmt: skip


def write_aliases(moved: Mapping[str, str], folder: Folder) -> int:
    """How many were made; the lists of files and sums name each file once, under the id of today."""
    made = 0
    for old, new in sorted(moved.items()):
        for place in PLACES:
            today, former = folder.out / place.format(new), folder.out / place.format(old)
            if today.is_file() and not former.exists():
                former.parent.mkdir(parents=True, exist_ok=True)
                hard_link(str(today), str(former))
                made += 1
    return made
