"""The exceptions of sinkrate.

SinkrateError
├── BadInput          a file, line or option the user gave cannot be used (exit 2)
├── PageError         a portal's page is not what we think it is
│   ├── PortalChanged     the structure is unknown: the crawl of that portal stops
│   ├── Refused           login, captcha, risk control, robots: a wall, recorded as a gap
│   └── ComplaintGone     the page says the complaint was deleted or made private
├── GateClosed        the edition must not be published (exit 4)
└── ClusterFailed     the cluster cannot be used, or did not do its part (exit 5)
"""


class SinkrateError(Exception):
    """Anything sinkrate raises on purpose; the text names the record and the remedy."""

    exit_code = 1


class BadInput(SinkrateError):
    """The user's file, line or option cannot be used."""

    exit_code = 2


class PageError(SinkrateError):
    """A page cannot be read as what it should be."""

    exit_code = 3


class PortalChanged(PageError):
    """The page's structure is unknown; guessing would invent data."""


class Refused(PageError):
    """The portal refuses: login, captcha, risk control. Never worked around; recorded as a gap."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ComplaintGone(PageError):
    """The portal says the complaint no longer exists or is private. `kind` is `deleted` or `private`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class GateClosed(SinkrateError):
    """The checks before publishing failed; the last good edition stays."""

    exit_code = 4


class ClusterFailed(SinkrateError):
    """The cluster cannot be reached or used, or lost the work; the last good edition stays."""

    exit_code = 5
