"""What answers behind the VIPs: the Supervisor's login page on 443, its API server on 6443."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
LIMIT = 65_536


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer with a JSON body."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()

    def encoded(self, method: str = "GET") -> bytes:
        """As it goes over the wire."""
        body = self.body.encode()
        head = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'OK')}", "Content-Type: application/json"]
        head += [f"Content-Length: {len(body)}", *(f"{key}: {value}" for key, value in self.headers)]
        return "\r\n".join([*head, "Connection: close", "", ""]).encode() + (b"" if method == "HEAD" else body)


App = Callable[[Request], Reply]


def parse_request(data: bytes) -> Request | None:
    """The request in these bytes, or None for what is none. Never raises."""
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    rows = (line.partition(":") for line in lines[1:])
    return Request(words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in rows})


def supervisor(server: tuple[str, int]) -> App:
    """The application of one Supervisor server (address and port)."""
    address, port = server

    def login(request: Request) -> Reply:
        if request.path.partition("?")[0] == "/wcp/loginbanner":
            banner = {"BannerTitle": "", "BannerMessage": f"simulated supervisor {address.rpartition('.')[2]}"}
            return Reply(200, json.dumps(banner))
        return Reply(404, '{"message":"not found"}')

    def api(request: Request) -> Reply:
        if request.path in ("/version", "/healthz", "/livez", "/readyz"):
            version = '{"major":"1","minor":"21","gitVersion":"v1.21.0+vmware.wcp.2"}'
            return Reply(200, version if request.path == "/version" else '"ok"')
        words = f'forbidden: User "system:anonymous" cannot get path "{request.path[:200]}"'
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": words, "code": 403}
        return Reply(403, json.dumps(status))

    return api if port == 6443 else login
