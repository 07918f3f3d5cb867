"""What socket checks saw: the client's side of the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checks.model import Vantage


class Answer(StrEnum):
    """How a probe ended, in the client's own words."""

    OK = "ok"
    REFUSED = "refused"
    NO_ROUTE = "no route to host"
    UNREACHABLE = "network unreachable"
    TIMED_OUT = "timed out"
    CLOSED = "closed"  # connected, then EOF or RST before anything was said
    MUTE = "mute"  # connected, then nothing
    TLS = "TLS failed"
    WRONG = "wrong owner"  # something answered that is not what should live there
    NOT_ALLOWED = "not allowed"  # the jump host does not forward there
    NO_NAME = "name not found"
    OTHER = "other"


class Kind(StrEnum):
    """What a probe asked for."""

    SSH = "ssh"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"
    WEB = "web"


# Nothing follows from these for the one that was probed.
SAYS_NOTHING = frozenset({Answer.NOT_ALLOWED, Answer.NO_NAME, Answer.OTHER, Answer.MUTE})


@dataclass(frozen=True, slots=True)
class Probe:
    """One socket check from one vantage.

    ``said`` is the raw text of the failure (errno words, TLS alert) or what answered (untrusted);
    ``status`` the HTTP status; ``ms`` until the answer; ``via`` the host it started from, for words.
    """

    vantage: Vantage
    address: str
    port: int
    kind: Kind
    answer: Answer
    said: str = ""
    status: int | None = None
    ms: float | None = None
    at: datetime | None = None
    via: str = ""

    @property
    def target(self) -> str:
        """``ADDR:PORT``."""
        return f"{self.address}:{self.port}"

    @property
    def says_nothing(self) -> bool:
        """Whether it proves neither that the target answers nor that it does not."""
        return self.answer in SAYS_NOTHING
