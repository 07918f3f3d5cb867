"""One server of a Supervisor, as far as a load balancer and a login see it: TLS on 443 and 6443, and the banner.

Run as a process: `supervisor_server.py ADDRESS CERTIFICATE KEY`.
"""

import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Final

PORTS: Final = (443, 6443)


class Answers(BaseHTTPRequestHandler):
    """GET /wcp/loginbanner on either port, 404 for the rest."""

    def do_GET(self) -> None:
        found = self.path == "/wcp/loginbanner"
        host = str(self.connection.getsockname()[0])
        body = {"BannerTitle": "", "BannerMessage": f"lab supervisor {host}"} if found else {"code": 404}
        text = json.dumps(body).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Health checks come every two seconds: nothing to tell."""


class Server(ThreadingTCPServer):
    """Survives clients that leave in the middle of a handshake, as a health check does.

    Not http.server's own class: that one asks DNS for its name before it listens, and there is no DNS here.
    """

    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Such clients are no news."""


def main(address: str, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    threads = []
    for port in PORTS:
        server = Server((address, port), Answers)
        # The handshake then happens in the request's own thread: a silent client holds up nobody.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
