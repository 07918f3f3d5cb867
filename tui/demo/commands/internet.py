"""ip, ss, ping, curl: what they show comes from the kernel's tables and from who answers in the site."""

from __future__ import annotations

import base64
from ipaddress import IPv4Address
from itertools import pairwise
from urllib.parse import urlsplit

from tui.demo.commands import addressing
from tui.demo.commands.streams import options
from tui.demo.machine import Call, Result, text
from tui.demo.network import Fate
from tui.demo.supervisor import Request


async def ip(call: Call) -> Result:
    appliance = call.machine.appliance
    if appliance is None:
        return call.fail("not on this machine")
    return addressing.run(call, appliance)


async def ss(call: Call) -> Result:
    appliance = call.machine.appliance
    if appliance is None:
        return call.fail("not on this machine")
    flags = "".join(word[1:] for word in call.words if word.startswith("-"))
    rows = [] if "H" in flags else ["State  Recv-Q Send-Q     Local Address:Port Peer Address:Port Process"]
    if "t" in flags or not flags:
        for address, port, process, pid, backlog in appliance.listeners():
            users = f' users:(("{process}",pid={pid},fd=6))' if "p" in flags else ""
            rows.append(f"LISTEN 0      {backlog:<6} {f'{address}:{port}':>21} 0.0.0.0:*{users}")
    return text("".join(f"{row}\n" for row in rows))


async def ping(call: Call) -> Result:
    try:
        flags, names = options(call.words, "nq", "cWwiI")
        count = min(int(flags.get("c", "4")), 10)
        host = str(IPv4Address(names[0]))
    except (ValueError, IndexError):
        wanted = next((word for word in call.words if not word.startswith("-")), "")
        said = f"{wanted}: Name or service not known" if wanted else "usage error: Destination address required"
        return call.fail(said, 2)
    network, vantage = call.machine.network, call.machine.vantage
    out, received, errors = f"PING {host} ({host}) 56(84) bytes of data.\n", 0, 0
    for number in range(1, count + 1):
        if network.alive(host, vantage):
            received += 1
            out += f"64 bytes from {host}: icmp_seq={number} ttl=64 time=0.3{number % 10} ms\n"
            if number < count:
                await call.machine.clock.sleep(1.0)
        else:
            await call.machine.clock.sleep(1.0)
            if teller := network.unreachable_from(host, vantage):
                errors += 1
                out += f"From {teller} icmp_seq={number} Destination Host Unreachable\n"
    lost = 100 - 100 * received // count if count > 0 else 0
    failed = f", +{errors} errors" if errors else ""
    out += (
        f"\n--- {host} ping statistics ---\n"
        f"{count} packets transmitted, {received} received{failed}, {lost}% packet loss\n"
    )
    return text(out, 0 if received else 1)


async def curl(call: Call) -> Result:
    words = tuple(word for word in call.words if word not in ("--insecure", "--silent", "--show-error"))
    long = ("--max-time", "--connect-timeout")
    limits = [float(b) for a, b in pairwise(words) if a in long and b.isdecimal()]
    words = tuple(word for i, word in enumerate(words) if word not in long and (i == 0 or words[i - 1] not in long))
    insecure = "k" in "".join(word for word in call.words if word[:1] == "-" and word[:2] != "--") or (
        "--insecure" in call.words
    )
    try:
        flags, urls = options(words, "ksSivILfg4", "muowHX")
        limits += [float(flags["m"])] if "m" in flags else []
        parts = urlsplit(urls[0] if "://" in urls[0] else f"http://{urls[0]}")
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except (ValueError, IndexError) as why:
        return call.fail(str(why) if str(why) and not isinstance(why, IndexError) else "no URL specified", 2)
    quiet = "s" in flags and "S" not in flags

    def failed(code: int, words: str) -> Result:
        written = flags.get("w", "").replace("%{http_code}", "000").replace("\\n", "\n")
        return Result(code, written.encode(), b"" if quiet else f"curl: ({code}) {words}\n".encode())

    answer = call.machine.network.connect(host, port, call.machine.vantage)
    patience = min(limits, default=130.0)
    await call.machine.clock.sleep(min(answer.seconds, patience))
    if answer.fate is Fate.NO_NAME:
        return failed(6, f"Could not resolve host: {host}")
    if answer.seconds > patience:
        return failed(28, f"Connection timed out after {int(patience * 1000)} milliseconds")
    if answer.fate is not Fate.CONNECTED:
        return failed(7, f"Failed to connect to {host} port {port}: {answer.fate}")
    if answer.ssh or answer.app is None or parts.scheme != "https":
        wanted = "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to" if parts.scheme == "https" else "Empty reply"
        return failed(35 if parts.scheme == "https" else 52, f"{wanted} {host}:{port}")
    if not insecure:
        return failed(60, "SSL certificate problem: unable to get local issuer certificate")
    headers = {"host": host}
    if "u" in flags:
        headers["authorization"] = "Basic " + base64.b64encode(flags["u"].encode()).decode()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    reply = answer.app(Request("HEAD" if "I" in flags else "GET", path, headers))
    if "f" in flags and reply.status >= 400:
        return failed(22, f"The requested URL returned error: {reply.status}")
    encoded = reply.encoded("HEAD" if "I" in flags else "GET")
    body = encoded if flags.keys() & {"i", "I"} else encoded.partition(b"\r\n\r\n")[2]
    written = flags.get("w", "").replace("%{http_code}", str(reply.status)).replace("\\n", "\n").encode()
    if "o" in flags:
        try:
            if flags["o"] != "/dev/null":
                call.machine.disk.write(call.machine.disk.path(flags["o"]), body)
        except OSError as error:
            return failed(23, f"Failed writing body: {error.strerror}")
        body = b""
    return Result(0, body + written)
