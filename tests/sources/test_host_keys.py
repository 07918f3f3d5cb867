"""Which host keys are trusted, and that the person's own files are only read."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import asyncssh
import pytest

from checks.sources.host_keys import HostKeys, fingerprint, removal

OLD = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
NEW = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()


def line(name: str, key: asyncssh.SSHKey) -> str:
    return f"{name} {key.export_public_key().decode().strip()}\n"


def test_an_accepted_key_is_known_from_then_on(tmp_path: Path) -> None:
    keys = HostKeys(tmp_path / "state")
    assert keys.known("haproxy", 22, ()).keys == ()
    keys.add("haproxy", 22, OLD)
    keys.add("jump", 2222, NEW)
    assert keys.known("haproxy", 22, ()).keys == (OLD,)
    assert keys.known("jump", 2222, ()).keys == (NEW,)
    assert stat.S_IMODE(keys.own_file.stat().st_mode) == 0o600
    assert sorted(path.name for path in keys.own_file.parent.iterdir()) == ["known_hosts"]


def test_openssh_reads_what_was_written(tmp_path: Path) -> None:
    keys = HostKeys(tmp_path)
    keys.add("haproxy.lab", 2222, OLD)
    found = subprocess.run(
        ["ssh-keygen", "-F", "[haproxy.lab]:2222", "-l", "-f", str(keys.own_file)], capture_output=True, text=True
    )
    assert fingerprint(OLD) in found.stdout


def test_hashed_names_bad_lines_and_missing_final_newlines(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("nonsense\n\x00\n" + line("haproxy", OLD) + line("other", NEW).strip())
    subprocess.run(["ssh-keygen", "-H", "-f", str(mine)], capture_output=True)
    keys = HostKeys(tmp_path / "state")
    assert OLD in keys.known("haproxy", 22, (str(mine),)).keys
    keys.own_file.parent.mkdir()
    keys.own_file.write_text(line("one", OLD).rstrip("\n"))
    keys.add("two", 22, NEW)
    assert keys.known("one", 22, ()).keys == (OLD,)
    assert keys.known("two", 22, ()).keys == (NEW,)


def test_an_entry_without_port_is_trusted_but_contradicts_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text(line("haproxy", OLD))
    known = HostKeys(tmp_path).known("haproxy", 2222, (str(mine),))
    assert known.keys == ()
    assert known.trusted[0] == [OLD]


def test_the_pinned_text_is_all_that_counts(tmp_path: Path) -> None:
    HostKeys(tmp_path).add("haproxy", 22, OLD)
    keys = HostKeys(tmp_path, line("haproxy", NEW))
    assert keys.known("haproxy", 22, (str(tmp_path / "known_hosts"),)).keys == (NEW,)


def test_an_unwritable_folder_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = HostKeys(tmp_path / "state")
    keys.add("haproxy", 22, OLD)

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        keys.add("jump", 22, NEW)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["known_hosts"]
    assert keys.known("haproxy", 22, ()).keys == (OLD,)


def test_the_command_that_forgets_a_key() -> None:
    assert removal("haproxy", 22, ("/a",)) == "ssh-keygen -R haproxy -f /a"
    assert removal("haproxy", 2222, ("/a",)) == "ssh-keygen -R '[haproxy]:2222' -f /a"
