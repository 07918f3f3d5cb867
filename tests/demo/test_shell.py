"""The small shell: what it understands, and that it touches nothing but the model."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.evidence.manifest import ANYIP_CFG
from tests.demo.way import appliance_of, said, shell_of
from tui.demo.commands.patterns import BadPattern, compiled
from tui.demo.files import CAPACITY
from tui.demo.shell import Unreadable, parse


@pytest.mark.parametrize(
    ("command", "out"),
    [
        ("echo one two", "one two\n"),
        ("echo 'one  two' \"three  four\" five\\ six", "one  two three  four five six\n"),
        ("echo a; echo b", "a\nb\n"),
        ("echo a && echo b || echo c", "a\nb\n"),
        ("nothing 2>/dev/null || echo c", "c\n"),
        ("nothing 2> /dev/null; echo $?", "127\n"),
        ("printf '%s-%s\\n' a b c d", "a-b\nc-d\n"),
        ("printf 'b\\na\\nb\\n' | sort -u | head -n 1", "a\n"),
        ("printf 'a\\nb\\nc\\n' | tail -n +2 | wc -l", "2\n"),
        ("printf 'a\\nb\\n' | grep -v a", "b\n"),
        ("printf 'a1\\nb2\\n' | grep -E '^(a|c)[0-9]+$'", "a1\n"),
        ("echo x > /tmp/f; echo y >> /tmp/f; cat < /tmp/f", "x\ny\n"),
        ("echo x | tee /tmp/f /tmp/g | cat - /tmp/g", "x\nx\n"),
        ("cat <<EOF | grep two\none\ntwo\nEOF", "two\n"),
        ("cat <<'EOF' > /tmp/h\n$(id) `id`\nEOF\ncat /tmp/h", "$(id) `id`\n"),
        ("echo 'a/b/c' | sed 's|/|-|g'", "a-b-c\n"),
        ("printf '1\\n2\\n3\\n' | sed '2d'", "1\n3\n"),
        ("printf '1\\n2\\n3\\n' | sed -n '2,$p'", "2\n3\n"),
        ("printf 'a\\nb' | sed 's/b/c/'", "a\nc"),
        ("printf 'a\\nb' | sed '/b/d'", "a\n"),
        ("printf 'ab' | sed -E 's/(a)(b)/\\2\\1&/'", "baab"),
        ("echo # nothing", "\n"),
        ("printf '\\033[1m%s' x", "\x1b[1mx"),
        ("printf '%b' '\\0101'; echo -e '\\0102'", "AB\n"),
        ("true && echo yes; false || echo no", "yes\nno\n"),
        ("echo '$HOME'; echo a$ \\$b; echo $?", "$HOME\na$ $b\n0\n"),
        ("echo x > /tmp/b; echo x > /tmp/a; ls /tmp/b /tmp/a", "/tmp/a\n/tmp/b\n"),
        (
            "reboot --help; uptime | grep -c 'up 0 min'",
            "reboot: simulated as far as the demo needs it; nothing was done.\n0\n",
        ),
        ("systemctl --failed", "0 loaded units listed.\n"),
        ("systemctl list-units | head -n 1", "UNIT                      LOAD   ACTIVE SUB     DESCRIPTION\n"),
        ("systemctl list-units --no-legend | grep -c -E 'UNIT|listed'", "0\n"),
        (
            "ping -c 1 10.10.18.77 | tail -n +2 | head -n 4",
            "From 10.10.18.5 icmp_seq=1 Destination Host Unreachable\n\n--- 10.10.18.77 ping statistics ---\n"
            "1 packets transmitted, 0 received, +1 errors, 100% packet loss\n",
        ),
        ("cp /etc/vmware/anyip-routes.cfg /tmp/f.bak && grep -c 10.10.18 /tmp/f.bak", "1\n"),
        ("echo x > /tmp/f; cp -p /tmp/f /etc/vmware; cat /etc/vmware/f", "x\n"),
        ("cp nothing /tmp/f 2>&1", "cp: cannot copy 'nothing': No such file or directory\n"),
        ("stat -c '%a %U %n' /etc/vmware/anyip-routes.cfg", "644 root /etc/vmware/anyip-routes.cfg\n"),
        ("stat -f -c '%f %S %n' / /etc", "4181676 4096 /\n4181676 4096 /etc\n"),
        ("ls /etc/vmware", "anyip-routes.cfg\nroute-tables.cfg\n"),
        ("/usr/bin/echo here", "here\n"),
        ("ip route show table local | grep -c 'dev lo scope host'", "1\n"),
        (
            "ip rule add priority 32000 from 10.10.18.77/24 lookup 3 && ip rule | grep 32000:; "
            "ip rule add priority 32000 from 10.10.18.77/24 lookup 3 2>&1; "
            "ip rule del priority 32000 from 10.10.18.78/24 lookup 3 2>&1; "
            "ip rule del priority 32000 from 10.10.18.77/24 lookup 3 && ip rule | grep -c 32000:",
            "32000:\tfrom 10.10.18.77/24 lookup rtctl_frontend\nRTNETLINK answers: File exists\n"
            "RTNETLINK answers: No such file or directory\n0\n",
        ),
        ("ip rule del all 2>&1 | head -c 6", "Usage:"),
        ("ip rule add from nowhere lookup 3 2>&1 | head -c 16", "Error: any valid"),
        ("hostname 2>&1 | head -c 7", "haproxy"),
        ("curl -sk -o /dev/null -w '%{http_code}\\n' https://10.10.18.19/wcp/loginbanner", "200\n"),
        ("ping -c 1 10.10.18.19 | grep -c '1 received, 0% packet loss'", "1\n"),
        ("systemctl is-active haproxy; exit 4; echo never", "active\n"),
        ("haproxy -c -f /etc/haproxy/haproxy.cfg.lkg", "Configuration file is valid\n"),
        ("echo bnd > /tmp/f; haproxy -c -f /tmp/f 2>&1 | grep -c '/tmp/f:1'", "1\n"),
    ],
)
async def test_prints(command: str, out: str) -> None:
    assert await said(shell_of(appliance_of()), command) == out


@pytest.mark.parametrize(
    "command",
    [
        "id; touch PWNED",
        "$(touch PWNED)",
        'echo "$(touch PWNED)"',
        "echo $HOME > PWNED",
        "`touch PWNED`",
        "sh -c 'touch PWNED'",
    ],
)
async def test_what_there_is_not_is_not_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = await shell_of(appliance_of()).run(command)
    assert result.code == 127
    complaint, offer = result.err.decode().splitlines()[:2]
    assert complaint.endswith(("command not found", "nothing is substituted in this shell"))
    assert " systemctl " in offer
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize("command", ["cat /etc/passwd", "cat ../../etc/passwd", "cat /proc/self/environ", "ls /home"])
async def test_no_file_of_the_host_is_there(command: str) -> None:
    result = await shell_of(appliance_of()).run(command)
    assert result.code in (1, 2)
    assert b"No such file or directory" in result.err


@pytest.mark.parametrize(
    "command", ["echo 'open", "| echo", "echo &", "(echo)", "echo >", "; echo", "&& echo", "echo ||"]
)
async def test_what_cannot_be_read_is_said(command: str) -> None:
    result = await shell_of(appliance_of()).run(command)
    assert result.code == 2
    assert result.err.startswith(b"sh: ")


async def test_sed_in_place_makes_a_new_file_and_a_redirection_does_not() -> None:
    box = appliance_of()
    session = shell_of(box)
    before = box.disk.inode(ANYIP_CFG).number
    await session.run(f"cat {ANYIP_CFG} > /tmp/n; cat /tmp/n > {ANYIP_CFG}")
    assert box.disk.inode(ANYIP_CFG).number == before
    await session.run(f"sed -i.bak 's/16/32/' {ANYIP_CFG}")
    assert box.disk.inode(ANYIP_CFG).number != before
    assert "10.10.18.16/28" in await said(session, f"cat {ANYIP_CFG}.bak")


async def test_a_disk_can_be_full() -> None:
    session = shell_of(appliance_of())
    await session.run("printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx > /tmp/a")
    result = await session.run("; ".join(["cat /tmp/a /tmp/a > /tmp/b; cat /tmp/b /tmp/b > /tmp/a"] * 12))
    assert b"No space left on device" in result.err
    assert len(session.machine.disk.read("/tmp/a")) <= CAPACITY


_PIECES = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["'", '"', "\\", ";", "|", "&&", "||", ">", ">>", "<<EOF\n", "\nEOF\n", "2>&1", "$?", "*", "#", "(", "&"]
        ),
        st.sampled_from(["echo", "sed", "-i", "s/a/b/", "grep", "cat", "/etc/vmware/anyip-routes.cfg", "ip", "route"]),
    ),
    max_size=12,
)


@given(_PIECES)
def test_the_parser_knows_any_text_or_says_that_it_does_not(pieces: list[str]) -> None:
    for source in ("".join(pieces), " ".join(pieces)):
        with contextlib.suppress(Unreadable):
            parse(source)


@settings(max_examples=60, deadline=None)
@given(_PIECES)
async def test_no_text_makes_the_shell_raise(pieces: list[str]) -> None:
    session = shell_of(_BOX)
    result = await session.run(" ".join(pieces))
    assert 0 <= result.code <= 255


_BOX = appliance_of()


@given(st.text(max_size=30), st.booleans())
@example("[[x]", False)
def test_a_pattern_is_understood_or_refused(source: str, extended: bool) -> None:
    with contextlib.suppress(BadPattern):
        compiled(source, extended)
