"""The README keeps up: all that is read is listed there, and what it shows to type is what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from checks.evidence.manifest import FILES, ITEMS
from checks.site import load
from tui.demo.scenario import scenario_names

PAGE = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
READ = PAGE.partition("## What it reads")[2].partition("\n## ")[0]
# How the page calls each section of the manifest; a file by its name, a journal as all of them.
CALLED = {
    "id": "as whom it runs",
    "hostname": "host name",
    "os-release": "/etc/os-release",
    "kernel": "uname -r",
    "boot-id": "boot id",
    "clock": "the clock",
    "time-sync": "timedatectl",
    "units": "state of the appliance's units",
    "system-state": "systemctl is-system-running",
    "addresses": "addresses",
    "links": "links",
    "neighbours": "neighbours",
    "routes": "all routes",
    "rules": "rules",
    "rp-filter": "rp_filter",
    "listeners": "listening sockets",
    "watchers": "processes that watch",
    "workers": "how many haproxy has",
    "files": "with inode, size, time and checksum",
    "sha256": "with inode, size, time and checksum",
    "scripts": "the two scripts that tell the appliance's build",
    "haproxy-version": "haproxy -v",
    "haproxy-check": "haproxy -c",
    "show-stat": "show stat",
    "dataplane-version": "dataplaneapi --version",
    "certificate": "dates and names of the API's certificate",
    "certificate-names": "dates and names of the API's certificate",
    "tls-files": "Of the private keys only facts",
    "disk": "disk",
    "root-room": "what root may still write",
    "password-age": "root's password age",
    "cloud-init": "cloud-init.log",
    "first-boot": "the first boot's log",
    "fix-journal": "noroute's own journal",
}


@pytest.mark.parametrize("name", [item.name for item in ITEMS if not item.name.startswith(("file:", "journal:"))])
def test_all_that_is_read_is_listed(name: str) -> None:
    assert CALLED[name] in " ".join(READ.split())


@pytest.mark.parametrize("path", [path for path in FILES if "/systemd/network/" not in path])
def test_every_file_that_is_read_is_listed(path: str) -> None:
    assert path.rpartition("/")[2].removesuffix(".cfg") in READ


def test_every_story_of_the_demo_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in scenario_names())


def test_the_site_file_that_is_shown_is_one(tmp_path: Path) -> None:
    shown = [
        block for block in re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "[wizard]" in block
    ]
    assert len(shown) == 1 and tomllib.loads(shown[0])["production"] is True
    path = tmp_path / "jarvis.toml"
    path.write_text(shown[0], "utf-8")
    site = load(path)
    assert site.production and [row.code for row in site.ignores] == ["A19"]
