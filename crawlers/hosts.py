"""Which links belong to a portal, and where they are fetched."""

from urllib.parse import urljoin, urlsplit, urlunsplit

from crawlers.settings import is_loopback
from pipeline.portals import PortalFacts


class Hosts:
    """Which links belong to the portal, and where they are fetched.

    With a replica on this machine as home, all the portal's hosts are fetched from it; a live portal as printed.
    """

    def __init__(self, facts: PortalFacts, home: str) -> None:
        self._base = facts.home
        self._portal = facts.hosts
        parts = urlsplit(home)
        self._home = (parts.scheme, parts.netloc)
        self._moves = is_loopback(home) or not self._is_portal(parts.hostname or "")

    def printed(self, href: str) -> str:
        """The link with the host it lacks; path and query stay as printed."""
        return urljoin(self._base, href.strip())

    def fetched(self, url: str) -> str | None:
        """Where a printed link is fetched; null for a link to elsewhere."""
        parts = urlsplit(url)
        ours = self._is_portal(parts.hostname or "") or parts.netloc == self._home[1]
        if parts.scheme not in ("http", "https") or not ours:
            return None
        return urlunsplit((*self._home, parts.path or "/", parts.query, "")) if self._moves else url

    def _is_portal(self, host: str) -> bool:
        return any(host == own or host.endswith("." + own) for own in self._portal)
