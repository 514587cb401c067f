"""The few lines of nginx's configuration that change with each edition, swapped in one step."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import BadInput
from pipeline.paths import Paths
from pipeline.publish.serving.moved import MOVED
from pipeline.publish.serving.server import SITE_POLICY

_PLAIN = re.compile(r"[A-Za-z0-9._/+@-]+")


def expose(paths: Paths, edition: str, socket: Path, into: Path) -> Path:
    """Write `into/EDITION/*.conf` and let `into/current` name that folder; nginx sees it at its next reload.

    BadInput where the edition has no site, or a path holds what nginx would read as syntax.
    """
    site = paths.editions / edition / "site"
    if not site.is_dir():
        raise BadInput(f"{site}: this edition has no pages; run `sinkrate build`, then name one of {paths.editions}")
    for path in (site, socket):
        if not _PLAIN.fullmatch(str(path)):
            raise BadInput(f"{path}: nginx's configuration wants a path of plain letters, digits and . _ - / + @")
    moved = json.loads((site / MOVED).read_text(encoding="utf8")) if (site / MOVED).is_file() else {}
    folder = into / edition
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _files(edition, site, socket, moved).items():
        (folder / name).write_text(text, encoding="utf8")
    aside = into / ".current.next"
    aside.unlink(missing_ok=True)
    aside.symlink_to(edition, target_is_directory=True)
    aside.replace(into / "current")
    return folder


def _files(edition: str, site: Path, socket: Path, moved: Mapping[str, str]) -> dict[str, str]:
    redirects = "".join(
        f"rewrite ^/(platforms|embed|open/feeds|open/badges|open/cards|open/oembed|open/proofs/platforms)/{old}([./].*)?$ /$1/{new}$2 permanent;\n"
        for old, new in moved.items()
    )
    policy = SITE_POLICY.replace("frame-ancestors 'self'", "frame-ancestors $sinkrate_frames")
    policy = policy.replace("script-src 'self'", "script-src 'self'$sinkrate_scripts")
    return {
        "upstream.conf": f"upstream sinkrate {{ server unix:{socket}; keepalive 16; }}\n"
        "map $uri $sinkrate_frames { ~^/embed/ '*'; default \"'self'\"; }\n"
        'map $uri $sinkrate_scripts { ~^/(en/)?search/(index.html)?$ " \'wasm-unsafe-eval\'"; default ""; }\n',
        "edition.conf": f'root {site};\nset $sinkrate_edition "{edition}";\n{redirects}',
        "headers.conf": f'add_header X-Edition "{edition}" always;\n'
        f'add_header Content-Security-Policy "{policy}" always;\n'
        "add_header X-Content-Type-Options nosniff always;\n"
        "add_header Referrer-Policy strict-origin-when-cross-origin always;\n"
        'add_header Permissions-Policy "camera=(), geolocation=(), microphone=()" always;\n',
    }
