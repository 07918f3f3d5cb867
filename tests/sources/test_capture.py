"""Evidence on disk comes back byte for byte, and what is no capture is refused with what would be right."""

from __future__ import annotations

import json
import math
import os
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.evidence import Login
from checks.evidence.probes import Answer, Kind, Probe
from checks.evidence.section import Ending, Reading, Section
from checks.model import Vantage
from checks.refusal import Refusal
from checks.snapshot import Origin, SourceKind
from checks.sources.capture import Loaded, load, save

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
times = st.none() | st.datetimes(timezones=st.sampled_from([UTC, UTC]))
numbers = st.none() | st.floats(0, 1e6)
names = st.one_of(
    st.sampled_from(
        [
            "id",
            "id.err",
            "file:/etc/vmware/a.cfg",
            "file:/etc/vmware",
            "file:/etc/../x",
            "journal:haproxy",
            "file:",
            ".",
        ]
    ),
    st.text(max_size=30),
    st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=8),
    st.text("a/.:%", min_size=1, max_size=12),
    st.text("x", min_size=100, max_size=400),
)
sections = st.builds(
    Section,
    names,
    st.text(max_size=20),
    st.binary(max_size=200),
    st.binary(max_size=50),
    st.sampled_from(Ending),
    st.none() | st.integers(0, 255),
    st.integers(0, 10**9),
    numbers,
)
readings = st.builds(
    Reading,
    st.lists(sections, max_size=12).map(lambda many: {one.name: one for one in many}),
    times,
    st.booleans(),
    st.lists(st.text(max_size=20), max_size=3).map(tuple),
)
probes = st.builds(
    Probe,
    st.sampled_from(Vantage),
    st.text(max_size=20),
    st.integers(1, 65535),
    st.sampled_from(Kind),
    st.sampled_from(Answer),
    st.text(max_size=20),
    st.none() | st.integers(100, 599),
    numbers,
    times,
    st.text(max_size=10),
)
logins = st.builds(Login, st.booleans(), st.text(max_size=20), st.text(max_size=5), st.text(max_size=20))
origins = st.builds(
    Origin,
    st.sampled_from(SourceKind),
    st.text(max_size=10),
    st.lists(st.text(max_size=10), max_size=3).map(tuple),
    st.sampled_from(Vantage),
    st.text(max_size=10),
    st.text(max_size=10),
    st.booleans(),
    st.text(max_size=10),
)


@given(readings, st.lists(probes, max_size=4).map(tuple), logins, origins)
@settings(deadline=None, max_examples=80)
def test_what_is_saved_is_what_is_loaded(
    reading: Reading, made: tuple[Probe, ...], login: Login, origin: Origin
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "capture"
        save(folder, reading, made, login, origin)
        assert load(folder) == Loaded(reading, made, login, origin)
        assert [path.name for path in Path(place).iterdir()] == ["capture"]
        for path in (folder, *folder.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        (folder / "capture.json").read_bytes().decode("ascii")


def a_capture(folder: Path) -> Path:
    reading = Reading(
        {
            "file:/etc/vmware/anyip-routes.cfg": Section("file:/etc/vmware/anyip-routes.cfg", "x", b"10.0.0.0/8\r\n\0"),
            "journal:haproxy": Section("journal:haproxy", "journalctl", b"{}\n"),
            "id": Section("id", "id", b"0\n", b"warned", code=1),
        },
        NOW,
    )
    save(folder, reading)
    return folder


def test_the_folder_can_be_read_by_a_person(tmp_path: Path) -> None:
    folder = a_capture(tmp_path / "c")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "capture.json",
        "commands/id",
        "commands/id.err",
        "files/etc/vmware/anyip-routes.cfg",
        "journal/haproxy.json",
    ]
    assert (folder / "files/etc/vmware/anyip-routes.cfg").read_bytes() == b"10.0.0.0/8\r\n\0"


def test_an_edited_file_is_read_as_it_is_now(tmp_path: Path) -> None:
    folder = a_capture(tmp_path / "c")
    (folder / "commands" / "id").write_bytes(b"edited")
    (folder / "commands" / "id.err").unlink()
    assert load(folder).reading.sections["id"].out == b"edited"
    assert load(folder).reading.sections["id"].err == b""


def test_a_short_index_by_hand_is_enough(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"1")
    (tmp_path / "capture.json").write_text(
        '{"schema": "noroute/capture/1", "sections": [{"name": "id", "path": "out"}]}'
    )
    loaded = load(tmp_path)
    assert loaded.reading.sections["id"] == Section("id", "id", b"1", code=None)
    assert loaded.login.reached


def refused(folder: Path, says: str) -> None:
    with pytest.raises(Refusal, match=says) as caught:
        load(folder)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.sentence


def index(rest: str) -> str:
    return f'{{"schema": "noroute/capture/1", {rest}}}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ("[" * 100_000, "not JSON"),
        ("{}", '"schema" is'),
        ('{"schema": "noroute/capture/2"}', "'noroute/capture/2' where 'noroute/capture/1' is right"),
        (index('"sections": {}'), '"sections" must be a list'),
        (index('"sections": [3]'), '"sections" 1 must be an object'),
        (index('"sections": [{"name": "a"}]'), '"path" is missing'),
        (index('"sections": [{"name": "a", "path": "b", "code": true}]'), "a whole number"),
        (
            '{"schema": "noroute/capture/1", "sections": [{"name": "a", "path": "b", "ending": "?"}]}',
            "known are: exited",
        ),
        (index('"sections": [{"name": "a", "path": "b"}]'), "b is missing"),
        (index('"probes": [{"address": "a", "port": 0, "answer": "ok"}]'), "1 to 65535"),
        (index('"taken_at": "noon"'), "must be a time"),
    ],
)
def test_what_is_no_capture(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "capture.json").write_text(text)
    refused(tmp_path, says)


def test_what_is_not_even_a_folder(tmp_path: Path) -> None:
    refused(tmp_path / "absent", "is not there")
    refused(tmp_path, "there is no capture.json in it")
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file", "is a file")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../secret", "", "link", "folder/x", "a\0b"])
def test_a_path_that_leads_out_is_not_followed(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "folder").symlink_to(tmp_path)
    (tmp_path / "x").write_text("secret")
    (folder / "capture.json").write_text(index(f'"sections": [{{"name": "a", "path": {json.dumps(path)}}}]'))
    refused(folder, "outside of the capture")


def test_a_pipe_or_a_link_in_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    folder = a_capture(tmp_path / "c")
    (folder / "commands" / "id").unlink()
    os.mkfifo(folder / "commands" / "id")
    refused(folder, "no plain file")
    (folder / "commands" / "id").unlink()
    (folder / "commands" / "id").symlink_to("id.err")
    refused(folder, "symbolic link")


def test_an_oversized_file_is_not_read(tmp_path: Path) -> None:
    folder = a_capture(tmp_path / "c")
    with (folder / "commands" / "id").open("r+b") as file:
        file.truncate(10**12)
    refused(folder, "at most 32000000 are read")


def test_nothing_is_overwritten_and_nothing_stays_half(tmp_path: Path) -> None:
    folder = a_capture(tmp_path / "c")
    with pytest.raises(Refusal, match="is there already") as caught:
        a_capture(folder)
    assert caught.value.exit_code == 2
    endless = Reading({"a": Section("a", "a", b"", ms=math.inf)})
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal) as caught:
        save(tmp_path / "file" / "c", endless)
    assert caught.value.exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "file", "home"]
