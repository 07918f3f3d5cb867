"""The whole site, put together: networks, jump host, far client, Supervisor servers, and the appliance among them.

`Laboratory` is what fixtures, faults and people hold.
"""

from pathlib import Path
from typing import Self

from tests.lab import appliance, certificates, cleanup, network, rootfs, slots
from tests.lab.addresses import APPLIANCE, BANNER_URL, DATAPLANE_PASSWORD, DATAPLANE_USER, FAR
from tests.lab.box import Box
from tests.lab.commands import Finished, LabError, run, wait_for
from tests.lab.network import FAR_CLIENT, JUMP
from tests.lab.ssh_hosts import USER, SshHost
from tests.lab.supervisors import Supervisors
from tests.lab.vantage import TIMEOUT, HttpAnswer, TcpAnswer, Vantage


class Laboratory:
    """One complete site. Make it with `build`, give it a pristine appliance with `fresh`, end it with `close`."""

    def __init__(self, claim: slots.Claim) -> None:
        self._claim = claim
        self.slot = claim.slot
        place = self.slot.directory
        self.ssh_config = place / "ssh_config"
        self.known_hosts = place / "known_hosts"
        self.identity = place / "identity"
        self._certificates = certificates.Certificates(place / "certificates")
        self.box = Box(self.slot)
        self.jump = SshHost(self.slot, JUMP, self.slot.uplink[1])
        self.far = SshHost(self.slot, FAR_CLIENT, FAR)
        self.supervisors = Supervisors(self.slot, self._certificates)

    @classmethod
    def build(cls) -> Self:
        """Claim a place and put up everything but the appliance. What killed labs left is removed first."""
        cleanup.sweep()
        base = rootfs.ensure()
        lab = cls(slots.claim())
        try:
            lab._furnish(base)
        except BaseException:
            lab.close()
            raise
        return lab

    @classmethod
    def attach(cls, slot: slots.Slot) -> Self:
        """Hold a lab that an earlier command left running (`up`)."""
        claim = slots.take_over(slot)
        if claim is None:
            raise LabError(f"lab {slot.number} is in use by another process")
        return cls(claim)

    def fresh(self, version: str = appliance.DEFAULT_VERSION, release: str = rootfs.DEFAULT_RELEASE) -> None:
        """A pristine appliance, switched off, on a pristine site: nothing of any earlier fault is left."""
        self.box.power_off()
        network.remove_stranger(self.slot)
        network.hear_supervisors(self.slot)
        network.let_routed_through(self.slot)
        network.forget_neighbours(self.slot)
        self.jump.configure({})
        self.far.configure({})
        self.supervisors.start()
        self.box.disk.renew(rootfs.ensure(release))
        authorized = self.identity.with_suffix(".pub").read_text()
        appliance.install(self.box.disk.root, version, self._certificates, authorized, self._host_keys(APPLIANCE))

    def wait_until_serving(self) -> None:
        """Wait until haproxy has checked its servers and the banner comes through the VIP."""
        look = self.vantage(JUMP)
        wait_for("the login banner through the VIP", lambda: look.http(BANNER_URL).status == 200, seconds=15)

    def run_in_appliance(self, command: str) -> Finished:
        """Run a shell command as root in the appliance, past sshd: (code, out, err)."""
        return self.box.run(command)

    def reboot(self) -> None:
        """Reboot the appliance and wait until it has come to rest; boots it where it is off."""
        self.box.reboot()

    def vantage(self, name: str) -> Vantage:
        """A place to probe from: "jump" (on-link) or "far" (routed)."""
        return Vantage(self.slot, name)

    def client_tcp(self, vantage: str, address: str, port: int, timeout: float = TIMEOUT) -> TcpAnswer:
        """What a TCP connect from there meets."""
        return self.vantage(vantage).tcp(address, port, timeout)

    def client_http(self, vantage: str, url: str, timeout: float = TIMEOUT) -> HttpAnswer:
        """What a GET from there meets; the Data Plane API's user is sent along."""
        return self.vantage(vantage).http(url, user=DATAPLANE_USER, password=DATAPLANE_PASSWORD, timeout=timeout)

    def keep(self) -> None:
        """Let it outlive this process: only `down` removes it then."""
        self.slot.kept.touch()
        self._claim.release()

    def close(self) -> None:
        """End it in order and remove all of it from this machine."""
        try:
            self.box.power_off()
            self.jump.remove()
            self.far.remove()
            self.supervisors.stop()
        finally:
            cleanup.remove(self.slot)
            self._claim.release()

    def _furnish(self, base: Path) -> None:
        network.build(self.slot)
        certificates.make(self._certificates.directory)
        _make_key(self.identity)
        authorized = self.identity.with_suffix(".pub").read_text()
        for host in (self.jump, self.far):
            host.install(base, authorized, self._host_keys(host.address))
            host.start()
        self.supervisors.start()
        self._host_keys(APPLIANCE)
        self._write_ssh_files()

    def _host_keys(self, address: str) -> Path:
        """The host keys of one machine: the same for the life of the lab, whatever happens to its disk."""
        directory = self.slot.directory / f"host-keys-{address}"
        if not directory.exists():
            directory.mkdir()
            _make_key(directory / "ssh_host_ed25519_key")
        return directory

    def _write_ssh_files(self) -> None:
        machines = (self.jump.address, self.far.address, APPLIANCE)
        public = {address: (self._host_keys(address) / "ssh_host_ed25519_key.pub").read_text() for address in machines}
        self.known_hosts.write_text("".join(f"{address} {key}" for address, key in public.items()))
        common = (
            f"Host *\n  IdentityFile {self.identity}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking yes\n"
        )
        self.ssh_config.write_text(
            _host("lab-jump", self.jump.address, USER)
            + _host("lab-far", self.far.address, USER, via="lab-jump")
            + _host("lab-appliance", APPLIANCE, "root", via="lab-jump")
            + _host("lab-appliance-from-far", APPLIANCE, "root", via="lab-far")
            + common
        )


def _host(alias: str, address: str, user: str, via: str = "") -> str:
    lines = f"Host {alias}\n  HostName {address}\n  User {user}\n"
    return lines + (f"  ProxyJump {via}\n" if via else "")


def _make_key(path: Path) -> None:
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)])
