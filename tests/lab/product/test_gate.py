"""The words that a gate of the lab waits for, as the shell that stands there reads them."""

import subprocess

import pytest

from tests.lab.product.gate import pattern


@pytest.mark.parametrize(
    ("words", "run", "waits"),
    [
        ("-c -f *.lkg", "-c -f /etc/haproxy/haproxy.cfg.lkg", True),
        ("-c -f *.lkg", "-c -f /etc/haproxy/haproxy.cfg", False),
        ("*conv=notrunc", "of=/x bs=1 conv=notrunc", True),
        ("restart haproxy", "restart haproxy", True),
        ("restart haproxy", "restart  haproxy", False),
        ("x) reboot ;; y?[z]", "x) reboot ;; y?[z]", True),
        ("y?[z]", "yxz", False),
        ("it's $(id)", "it's $(id)", True),
        ("*", "anything at all", True),
    ],
)
def test_only_a_star_stands_for_anything(words: str, run: str, waits: bool) -> None:
    script = f'case "$1" in {pattern(words)}) echo waits ;; esac'
    said = subprocess.run(["sh", "-c", script, "sh", run], capture_output=True, text=True, check=True).stdout
    assert (said == "waits\n") is waits
