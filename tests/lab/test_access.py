"""The ways in: what OpenSSH itself meets on the jump host and on the appliance, healthy and with each fault."""

import subprocess

from tests.lab.addresses import APPLIANCE, PLAIN_USER, SUDO_USER, VIP
from tests.lab.bench import Bench


def ssh(lab: Bench, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = ["ssh", "-F", str(lab.ssh_config), "-o", "BatchMode=yes", *words]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)


def through_jump(lab: Bench, address: str, port: int) -> bytes:
    """What OpenSSH says when asked to open a channel to an address from the jump host."""
    return ssh(lab, "-W", f"{address}:{port}", "lab-jump").stderr


def test_every_alias_leads_to_its_machine(healthy_lab: Bench) -> None:
    hosts = {alias: ssh(healthy_lab, alias, "hostname; id -un").stdout.split() for alias in
             ("lab-appliance", "lab-appliance-from-far")}  # fmt: skip
    assert set(map(tuple, hosts.values())) == {(b"haproxy.local", b"root")}
    assert ssh(healthy_lab, "lab-jump", "id -un").stdout == b"lab\n"
    assert b"10.10.99.10" in ssh(healthy_lab, "lab-far", "hostname -I; ip -4 addr").stdout


def test_one_user_may_use_sudo_and_one_may_not(healthy_lab: Bench) -> None:
    assert ssh(healthy_lab, "-l", SUDO_USER, "lab-appliance", "sudo -n id -un").stdout == b"root\n"
    refused = ssh(healthy_lab, "-l", PLAIN_USER, "lab-appliance", "sudo -n id -un")
    assert refused.returncode == 1
    assert b"password is required" in refused.stderr


def test_an_expired_password_lets_nothing_run(lab: Bench) -> None:
    lab.apply("root-password-expired")
    done = ssh(lab, "lab-appliance", "true")
    assert done.returncode == 1
    assert b"WARNING: Your password has expired." in done.stderr
    assert b"Password change required but no TTY available." in done.stderr


def test_root_may_be_refused(lab: Bench) -> None:
    lab.apply("root-login-refused")
    assert b"Permission denied" in ssh(lab, "lab-appliance", "true").stderr
    assert "ROOT LOGIN REFUSED" in lab.run_in_appliance("journalctl -b --no-pager -u ssh").out
    assert ssh(lab, "-l", SUDO_USER, "lab-appliance", "true").returncode == 0


def test_a_changed_host_key_is_noticed(lab: Bench) -> None:
    lab.apply("host-key-changed")
    assert b"REMOTE HOST IDENTIFICATION HAS CHANGED" in ssh(lab, "lab-appliance", "true").stderr


def test_a_shell_may_talk_before_it_works(lab: Bench) -> None:
    lab.apply("talkative-shell")
    assert ssh(lab, "lab-appliance", "echo done").stdout == b"Welcome \x01\x1b[31m to \xff the appliance\ndone\n"


def test_banners_need_not_be_text(lab: Bench) -> None:
    lab.apply("appliance-banner")
    lab.apply("jump-banner")
    done = ssh(lab, "lab-appliance", "echo done")
    assert done.stdout == b"done\n"
    # OpenSSH shows such bytes as octal escapes; on the wire they are as they are.
    assert done.stderr.count(b"f\\374r") == 2


def test_a_jump_host_may_forward_nothing(lab: Bench) -> None:
    lab.apply("jump-forwards-nothing")
    assert b"administratively prohibited" in through_jump(lab, VIP, 443)
    assert b"administratively prohibited" in through_jump(lab, APPLIANCE, 22)


def test_a_jump_host_may_forward_only_to_sshd(lab: Bench) -> None:
    lab.apply("jump-forwards-only-ssh")
    assert b"administratively prohibited" in through_jump(lab, VIP, 443)
    assert ssh(lab, "lab-appliance", "true").returncode == 0


def test_the_jump_host_itself_says_no_route(lab: Bench) -> None:
    lab.apply("host-bits")
    assert b"No route to host" in through_jump(lab, VIP, 443)


def test_one_session_is_enough_for_one_command(lab: Bench) -> None:
    lab.apply("jump-one-session")
    lab.apply("appliance-one-session")
    assert ssh(lab, "lab-appliance", "echo done").stdout == b"done\n"


def test_connections_can_be_cut(healthy_lab: Bench) -> None:
    command = ["ssh", "-F", str(healthy_lab.ssh_config), "lab-appliance", "echo on; sleep 60"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as login:
        assert login.stdout is not None
        assert login.stdout.readline() == b"on\n"
        healthy_lab.jump.cut_connections()
        assert login.wait(timeout=10) == 255
    assert ssh(healthy_lab, "lab-appliance", "true").returncode == 0
