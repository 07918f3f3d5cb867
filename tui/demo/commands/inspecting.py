"""What mostly the script that reads evidence asks: id, date, uname, sha256sum, df, chage, timedatectl, openssl,
haproxy, sync, sleep."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tui.demo import seed
from tui.demo.haproxy import VERSION
from tui.demo.machine import Call, Result, text


async def identity(call: Call) -> Result:
    root = call.machine.user == "root"
    answers = {("-u",): "0" if root else "1000", ("-un",): call.machine.user, ("-u", "-n"): call.machine.user}
    whole = "uid=0(root) gid=0(root) groups=0(root)"
    return text(answers.get(call.words, whole) + "\n")


async def false(call: Call) -> Result:
    """It fails, whatever it is told."""
    del call
    return Result(1)


async def date(call: Call) -> Result:
    form = next((word[1:] for word in call.words if word.startswith("+")), "%a %b %e %H:%M:%S %Z %Y")
    now = call.machine.clock.stamp()
    return text(time.strftime(form.replace("%s", str(int(now))).replace("%Z", "UTC"), time.gmtime(now)) + "\n")


async def uname(call: Call) -> Result:
    return text((seed.KERNEL if call.words == ("-r",) else "Linux") + "\n")


async def sha256sum(call: Call) -> Result:
    disk, out, err = call.machine.disk, "", ""
    for name in call.words:
        path = disk.path(name)
        if disk.exists(path):
            out += f"{hashlib.sha256(disk.read(path)).hexdigest()}  {name}\n"
        else:
            err += f"sha256sum: {name}: No such file or directory\n"
    return Result(1 if err else 0, text(out).out, text(err).out)


async def chage(call: Call) -> Result:
    changed = time.gmtime(call.machine.clock.stamp() - 86_400 * 12)
    return text(
        f"Last password change\t\t\t\t\t: {time.strftime('%b %d, %Y', changed)}\n"
        "Password expires\t\t\t\t\t: never\nPassword inactive\t\t\t\t\t: never\nAccount expires\t\t\t\t\t\t: never\n"
        "Minimum number of days between password change\t\t: 0\n"
        "Maximum number of days between password change\t\t: 99999\n"
        "Number of days of warning before password expires\t: 7\n"
    )


async def timedatectl(call: Call) -> Result:
    now = time.strftime("%a %Y-%m-%d %H:%M:%S UTC", time.gmtime(call.machine.clock.stamp()))
    return text(
        f"Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\nTimeUSec={now}\nRTCTimeUSec={now}\n"
    )


def _moment(moment: datetime) -> str:
    return moment.strftime("%b %e %H:%M:%S %Y GMT")


def _distinguished(name: x509.Name) -> str:
    short = {"countryName": "C", "organizationName": "O", "commonName": "CN"}
    return ", ".join(f"{short.get(part.oid._name, part.oid._name)} = {part.value!s}" for part in name)


def alternative_names(certificate: x509.Certificate) -> str:
    """The names of a certificate as ``openssl x509 -text`` writes them."""
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return ", ".join(
        f"{'DNS' if isinstance(name, x509.DNSName) else 'IP Address'}:{name.value!s}" for name in extension
    )


async def openssl(call: Call) -> Result:
    if call.words[:2] != ("x509", "-in") or len(call.words) < 3:
        return call.fail("only `openssl x509 -in FILE -noout` is known here")
    try:
        certificate = x509.load_pem_x509_certificate(call.machine.disk.read(call.machine.disk.path(call.words[2])))
    except (OSError, ValueError) as why:
        return call.fail(f"unable to load certificate: {why}")
    digest = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    shown = {
        "-startdate": f"notBefore={_moment(certificate.not_valid_before_utc)}",
        "-enddate": f"notAfter={_moment(certificate.not_valid_after_utc)}",
        "-subject": f"subject={_distinguished(certificate.subject)}",
        "-issuer": f"issuer={_distinguished(certificate.issuer)}",
        "-fingerprint": f"SHA256 Fingerprint={digest}",
    }
    return text("".join(f"{shown[word]}\n" for word in call.words[3:] if word in shown))


async def haproxy(call: Call) -> Result:
    if call.words == ("-v",):
        lines = (f"HA-Proxy version {VERSION} 2020/07/31 - https://haproxy.org/", "Status: long-term supported branch")
        return text("".join(f"{line}\n" for line in lines))
    if "-c" in call.words and call.machine.appliance is not None:
        if "-f" not in call.words[:-1]:
            return call.fail("-c needs -f FILE here")
        path = call.machine.disk.path(call.words[call.words.index("-f") + 1])
        code, said = call.machine.appliance.haproxy.check(path)
        return Result(code, b"" if code else said.encode(), said.encode() if code else b"")
    return call.fail("only -v and -c -f are known here")


async def sync(call: Call) -> Result:
    return Result()


async def sleep(call: Call) -> Result:
    try:
        await call.machine.clock.sleep(min(float(call.words[0]), 60.0))
    except (IndexError, ValueError):
        return call.fail("invalid time interval")
    return Result()
