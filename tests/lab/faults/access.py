"""Faults on the way in: logins, host keys, and what the jump host allows."""

from typing import Final

from tests.lab.addresses import APPLIANCE
from tests.lab.faults.fault import fault
from tests.lab.laboratory import Laboratory

NOT_UTF8: Final = b"Zugriff nur f\xfcr Berechtigte \xff\xfe\n"


@fault("H01", capture="q-root-password-expired", live=True)
def root_password_expired(lab: Laboratory) -> None:
    """root's password has expired: the login succeeds and nothing can be run."""
    lab.box.must("chage -d 2020-01-01 root")


@fault("B18", live=True)
def root_login_refused(lab: Laboratory) -> None:
    """sshd takes no root."""
    lab.box.replace_text("/etc/ssh/sshd_config.d/appliance.conf", "PermitRootLogin yes", "PermitRootLogin no")
    lab.box.must("systemctl restart ssh")


@fault(live=True)
def host_key_changed(lab: Laboratory) -> None:
    """The appliance shows another host key than the known one, as after a new deployment."""
    lab.box.must(
        "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh"
    )


@fault(live=True)
def talkative_shell(lab: Laboratory) -> None:
    """root's shell prints junk at every login, some of it not text."""
    lab.box.path("/root/.bashrc").write_bytes(b"printf 'Welcome \\001\\033[31m to \\377 the appliance\\n'\n")


@fault(live=True)
def appliance_banner(lab: Laboratory) -> None:
    """The appliance's sshd shows a banner that is not UTF-8."""
    lab.box.path("/etc/ssh/banner").write_bytes(NOT_UTF8)
    lab.box.append("/etc/ssh/sshd_config.d/appliance.conf", "Banner /etc/ssh/banner\n")
    lab.box.must("systemctl restart ssh")


@fault(live=True)
def jump_banner(lab: Laboratory) -> None:
    """The jump host shows a banner that is not UTF-8."""
    lab.jump.write("/etc/ssh/banner", NOT_UTF8)
    lab.jump.configure({"Banner": "/etc/ssh/banner"})


@fault(live=True)
def jump_forwards_nothing(lab: Laboratory) -> None:
    """The jump host has AllowTcpForwarding no."""
    lab.jump.configure({"AllowTcpForwarding": "no"})


@fault(live=True)
def jump_forwards_only_ssh(lab: Laboratory) -> None:
    """The jump host's PermitOpen lets through to the appliance's sshd and to nothing else."""
    lab.jump.configure({"PermitOpen": f"{APPLIANCE}:22"})


@fault(live=True)
def jump_one_session(lab: Laboratory) -> None:
    """The jump host has MaxSessions 1."""
    lab.jump.configure({"MaxSessions": "1"})


@fault(live=True)
def appliance_one_session(lab: Laboratory) -> None:
    """The appliance has MaxSessions 1."""
    lab.box.append("/etc/ssh/sshd_config.d/appliance.conf", "MaxSessions 1\n")
    lab.box.must("systemctl restart ssh")
