"""The way through the jump host: real SSH, and who answers behind it."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
from hashlib import sha256
from ipaddress import IPv4Address
from typing import Any

import asyncssh
import pytest

from checks.evidence.manifest import ANYIP_CFG, FIX_JOURNAL
from checks.sources.remote_exec import run_script
from checks.sources.script import as_command
from checks.sources.write_script import LOCK, WriteRequest, compose_write, read_written
from checks.transaction import WriteResult
from tests.demo.way import appliance, evidence_of, jump, until
from tui.demo.server import MAX_SESSIONS
from tui.demo.site import Demo, simulated

NONCE = "0" * 32


async def _https(through: asyncssh.SSHClientConnection, host: str, port: int, request: bytes) -> bytes:
    """One request over TLS over a channel; what was answered, empty where the other side closed before."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await through.open_connection(host, port)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    answer = b""

    async def carry_on(step: Any) -> Any:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                data = await reader.read(65_536)
                if not data:
                    raise EOFError from None
                incoming.write(data)

    try:
        await carry_on(tls.do_handshake)
        tls.write(request)
        while part := await carry_on(lambda: tls.read(65_536)):
            answer += part
    except (EOFError, ssl.SSLZeroReturnError):
        pass
    finally:
        writer.close()
    return answer


def _get(path: str, extra: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: demo\r\n{extra}\r\n".encode()


async def test_the_supervisor_answers_through_the_vip() -> None:
    async with simulated("healthy") as demo, jump(demo) as through:
        answer = await _https(through, "10.10.18.19", 443, _get("/wcp/loginbanner"))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert "BannerMessage" in json.loads(body)
        assert (await _https(through, "10.10.18.19", 6443, _get("/"))).startswith(b"HTTP/1.1 403")


async def test_the_dataplane_api_wants_credentials() -> None:
    async with simulated("healthy") as demo, jump(demo) as through:
        assert (await _https(through, demo.appliance_host, 5556, _get("/v2/info"))).startswith(b"HTTP/1.1 401")
        token = base64.b64encode(f"admin:{demo.network.api_password}".encode()).decode()
        request = _get("/v2/info", f"Authorization: Basic {token}\r\n")
        assert (await _https(through, demo.appliance_host, 5556, request)).startswith(b"HTTP/1.1 200")


async def test_no_server_behind_the_vip_closes_in_tls() -> None:
    async with simulated("healthy") as demo, jump(demo) as through:
        demo.model.world.ports.update(dict.fromkeys(("10.10.17.11", "10.10.17.12", "10.10.17.13"), ()))
        assert await _https(through, "10.10.18.19", 443, _get("/wcp/loginbanner")) == b""


@pytest.mark.parametrize(
    ("scenario", "host", "port", "reason", "seconds"),
    [
        ("no-route-to-host", "10.10.18.19", 443, "No route to host", 3.0),
        ("healthy", "10.10.18.40", 443, "No route to host", 3.0),
        ("healthy", "10.10.18.25", 443, "Connection refused", 0.0),
        ("healthy", "192.168.100.10", 5557, "Connection refused", 0.0),
        ("dead-after-restart", "10.10.18.19", 443, "Connection refused", 0.0),
        ("healthy", "203.0.113.9", 443, "Connection timed out", 100.0),
        ("healthy", "example.org", 443, "Name or service not known", 0.0),
    ],
)
async def test_why_a_connection_fails(scenario: str, host: str, port: int, reason: str, seconds: float) -> None:
    speed = 200.0
    async with simulated(scenario, clock=speed) as demo, jump(demo) as through:
        started = time.monotonic()
        with pytest.raises(asyncssh.ChannelOpenError) as refused:
            await through.open_connection(host, port)
        assert (refused.value.code, refused.value.reason) == (asyncssh.OPEN_CONNECT_FAILED, reason)
        assert time.monotonic() - started >= seconds / speed


async def test_at_most_ten_sessions_at_a_time() -> None:
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        open_ones = [await box.create_process() for _ in range(MAX_SESSIONS)]
        with pytest.raises(asyncssh.ChannelOpenError, match="open failed"):
            await box.create_process("hostname")
        open_ones[0].stdin.write("exit\n")
        await open_ones[0].wait()

        async def again() -> bool:
            try:
                return (await box.run("hostname")).exit_status == 0
            except asyncssh.ChannelOpenError:
                return False

        await until(again)


async def test_nobody_else_gets_in() -> None:
    async with simulated("healthy") as demo:
        stranger = asyncssh.generate_private_key("ssh-ed25519")
        for user, key in ((demo.jump_user, stranger), ("root", demo.client_key)):
            with pytest.raises(asyncssh.PermissionDenied):
                await asyncssh.connect(
                    demo.jump_host,
                    demo.jump_port,
                    username=user,
                    client_keys=[key],
                    known_hosts=demo.known_hosts,
                    config=None,
                    agent_path=None,
                )


async def test_neither_files_nor_sockets_nor_ports_of_the_host_are_offered() -> None:
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        for connection in (through, box):
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_unix_connection("/run/haproxy.sock")
            with pytest.raises(asyncssh.ChannelListenError):
                await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 9)
            with pytest.raises((asyncssh.SFTPError, asyncssh.ChannelOpenError)):
                await connection.start_sftp_client()


_SEEN: list[tuple[str, Any]] = []
_LOOKS: list[bool] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    # Python tells of every socket and process here, whoever makes it; a hook cannot be taken away again.
    if _LOOKS and event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")):
        _SEEN.append((event, args))


async def test_nothing_leaves_the_process_but_one_port_of_loopback() -> None:
    sys.addaudithook(_audit)
    _LOOKS.append(True)
    try:
        async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
            await evidence_of(box)
            commands = "curl -sk https://10.10.18.19/; curl -sk -m 1 https://203.0.113.9/; ping -c 1 192.168.100.1"
            await box.run(commands)
            await through.run(commands)
            await _https(through, "10.10.18.19", 443, _get("/wcp/loginbanner"))
            ours = ("127.0.0.1", demo.jump_port)
    finally:
        _LOOKS.clear()
    events = {event for event, _ in _SEEN}
    assert events <= {"socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo"}
    assert {args[1] for event, args in _SEEN if event == "socket.bind"} == {("127.0.0.1", 0)}
    assert {args[1] for event, args in _SEEN if event == "socket.connect"} == {ours}
    for name in {args[0] for event, args in _SEEN if event == "socket.getaddrinfo"}:
        IPv4Address(name)  # an address, so nobody was asked


async def test_a_reboot_drops_all_and_comes_back_as_another_boot() -> None:
    async with simulated("no-route-to-host", clock=40.0) as demo, jump(demo) as through:
        async with appliance(demo, through) as box:
            before = (await evidence_of(box)).boot_id
            await box.run(f"sed -i 's|10.10.18.18/28|10.10.18.16/28|' {ANYIP_CFG} && reboot")
            await asyncio.wait_for(box.wait_closed(), 10)

        async def back() -> bool:
            try:
                async with appliance(demo, through) as box:
                    ran = await box.run("systemctl is-system-running")
                    return ran.exit_status == 0
            except (asyncssh.Error, OSError):
                return False

        await until(back)
        async with appliance(demo, through) as box:
            after = await evidence_of(box)
        assert after.boot_id not in (None, before)
        assert (await _https(through, "10.10.18.19", 443, _get("/wcp/loginbanner"))).startswith(b"HTTP/1.1 200")


async def _write(box: asyncssh.SSHClientConnection, request: WriteRequest) -> WriteResult:
    ran = await box.run(as_command(compose_write(request, NONCE)), encoding=None)
    output = ran.stdout
    assert isinstance(output, bytes)
    return read_written(output, NONCE).result


async def test_the_writing_script_keeps_the_inode_and_a_backup() -> None:
    async with simulated("no-route-to-host") as demo, jump(demo) as through, appliance(demo, through) as box:
        file = (await evidence_of(box)).files[ANYIP_CFG]
        after = file.content.replace(b"18.18", b"18.16")
        request = WriteRequest(ANYIP_CFG, f"{ANYIP_CFG}.noroute", file.sha256, after, "test", FIX_JOURNAL, "")
        assert await _write(box, request) is WriteResult.WRITTEN
        again = (await evidence_of(box)).files[ANYIP_CFG]
        assert again.content == after
        assert again.stat is not None
        assert file.stat is not None
        assert again.stat.inode == file.stat.inode
        assert demo.model.disk.read(f"{ANYIP_CFG}.noroute") == file.content
        assert await _write(box, request) is WriteResult.CHANGED
        back = WriteRequest(ANYIP_CFG, f"{ANYIP_CFG}.noroute", again.sha256, file.content, "test", FIX_JOURNAL, "")
        assert await _write(box, back) is WriteResult.NO_BACKUP


async def test_a_write_too_long_for_a_command_line_comes_on_standard_input() -> None:
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        connection_script = compose_write(
            WriteRequest(
                "/etc/long", "/etc/long.noroute", sha256(b"").hexdigest(), b"x" * 150_000, "test", FIX_JOURNAL, ""
            ),
            NONCE,
        )
        demo.model.disk.plant("/etc/long", b"")
        ran = await run_script(box, connection_script, seconds=20, limit=100_000)
        assert read_written(ran.out, NONCE).result is WriteResult.WRITTEN
        assert demo.model.disk.read("/etc/long") == b"x" * 150_000


async def test_a_held_lock_is_respected() -> None:
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        demo.model.disk.plant(f"{LOCK}/owner", b"somebody\n")
        demo.model.disk.write(f"{LOCK}/owner", b"anna@desk 4711\n")
        request = WriteRequest(ANYIP_CFG, f"{ANYIP_CFG}.noroute", "0" * 64, b"", "test", FIX_JOURNAL, "")
        assert await _write(box, request) is WriteResult.LOCKED


@pytest.mark.parametrize("scenario", ["no-route-to-host", "dead-after-restart"])
async def test_a_scenario_knows_when_it_is_solved(scenario: str) -> None:
    async with simulated(scenario) as demo, jump(demo) as through, appliance(demo, through) as box:
        assert not demo.solved
        await box.run(f"echo 10.10.18.16/28 > {ANYIP_CFG}; echo 10.10.18.40 >> {ANYIP_CFG}")
        await box.run("systemctl reset-failed; systemctl restart anyip-routes; systemctl start haproxy")
        assert demo.solved


async def _plant(demo: Demo, text: str | bytes) -> None:
    demo.model.plant_in_journal(text)


async def test_hostile_text_reaches_the_evidence_as_it_is() -> None:
    hostile = "haproxy[1234]: [/b] \x1b[2J \u202e"
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        await _plant(demo, hostile)
        await _plant(demo, b"\xff\xfe raw")
        e = await evidence_of(box)
        assert [line.text for line in e.lines_of("haproxy")][-2:] == [hostile, "\ufffd\ufffd raw"]
        shown = await box.run("journalctl -u haproxy | tail -n 2", encoding=None)
        assert isinstance(shown.stdout, bytes)
        assert b"blob data]" in shown.stdout
        assert b"\x1b" not in shown.stdout


async def test_a_line_based_shell_without_a_command() -> None:
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        plain = await box.run(input="hostname\ncat <<EOF\nin\nEOF\nexit 3\n")
        assert plain.exit_status == 3
        assert str(plain.stdout).splitlines()[1:] == ["haproxy.jarvis.lab", "in"]
        assert "simulated" in str(plain.stdout).splitlines()[0]
        process = await box.create_process(term_type="vt100")
        process.stdin.write("echo over\n")
        assert "]# " in await process.stdout.readuntil("]# ")
        assert "over\r\n" in await process.stdout.readuntil("]# ")
        process.stdin.write("nothing\n")
        assert "nothing: command not found" in await process.stdout.readuntil("]# ")
        process.stdin.write("cat > /tmp/typed\n")
        assert "cat: -: not read from the terminal here" in await process.stdout.readuntil("]# ")
        process.stdin.write("exit 0\n")
        assert (await process.wait()).exit_status == 0
