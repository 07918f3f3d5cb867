"""What a client sees: TCP and HTTPS probes whose packets start in one of the lab's namespaces."""

import base64
import errno
import http.client
import socket
import ssl
import time
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from tests.lab.network import inside
from tests.lab.slots import Slot

TIMEOUT: Final = 4.0
# How long an accepted connection is watched for a first byte or an early end.
LISTEN: Final = 0.4
_WORDS: Final = {
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ECONNRESET: "closed",
}


class TcpAnswer(NamedTuple):
    """`outcome`: open (connected and silent), data (the server spoke first), closed (connected, then the end),
    refused, unreachable or timeout."""

    outcome: str
    seconds: float


class HttpAnswer(NamedTuple):
    """`status` is 0 where no HTTP answer came; `text` is then the outcome's word, else the body."""

    status: int
    text: str


class Vantage:
    """A place from which to look."""

    def __init__(self, slot: Slot, name: str) -> None:
        self._slot = slot
        self.name = name

    def tcp(self, address: str, port: int, timeout: float = TIMEOUT) -> TcpAnswer:
        """Connect, and see whether the connection stays."""
        started = time.monotonic()
        connection = self._socket(timeout)
        try:
            connection.connect((address, port))
            took = time.monotonic() - started
            connection.settimeout(min(timeout, LISTEN))
            try:
                return TcpAnswer("data" if connection.recv(1) else "closed", took)
            except TimeoutError:
                return TcpAnswer("open", took)
        except OSError as error:
            return TcpAnswer(_word(error), time.monotonic() - started)
        finally:
            connection.close()

    def http(self, url: str, *, user: str = "", password: str = "", timeout: float = TIMEOUT) -> HttpAnswer:
        """GET an https URL by address; the certificate is taken as it comes."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        headers = {"Host": host}
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
        plain = self._socket(timeout)
        try:
            plain.connect((host, port))
            connection.sock = context.wrap_socket(plain)
            connection.request("GET", parts.path or "/", headers=headers)
            answer = connection.getresponse()
            return HttpAnswer(answer.status, answer.read().decode(errors="replace"))
        except http.client.HTTPException:
            return HttpAnswer(0, "closed")
        except OSError as error:
            return HttpAnswer(0, _word(error))
        finally:
            connection.close()
            plain.close()

    def _socket(self, timeout: float) -> socket.socket:
        with inside(self._slot, self.name):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(timeout)
        return made


def _word(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "closed" if isinstance(error, ssl.SSLEOFError) else "tls"
    if isinstance(error, TimeoutError) and error.errno is None:
        return "timeout"
    return _WORDS.get(error.errno or 0, "timeout" if error.errno == errno.ETIMEDOUT else str(error))
