"""Why a host could not be reached or logged in to, in one line for a person."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import asyncssh

from checks.inert import inert
from checks.refusal import DENIED, Refusal
from checks.sources.login import LoginClient, says_expired
from checks.sources.ssh_route import Step
from checks.sources.tcp_connect import DialError
from checks.sources.user_paths import at_home

_NOT_REACHABLE = 3
_SENTENCE_LIMIT = 600
_MOST_NAMED = 3
FORWARDING_REFUSED = 1  # SSH_OPEN_ADMINISTRATIVELY_PROHIBITED
CONNECT_FAILED = 2
# OpenSSH reports the strerror of the machine that dialled; other servers word it alike.
_ERRNO_WORDS = (
    ("connection refused", errno.ECONNREFUSED),
    ("no route to host", errno.EHOSTUNREACH),
    ("network is unreachable", errno.ENETUNREACH),
    ("network unreachable", errno.ENETUNREACH),
    ("timed out", errno.ETIMEDOUT),
)
_NAME_WORDS = ("name resolution", "name or service not known", "nodename nor servname", "no address associated")


def errno_in(words: str) -> int | None:
    """The error number that another host's words mean, None where they mean none."""
    lowered = words.lower()
    return next((number for text, number in _ERRNO_WORDS if text in lowered), None)


def is_name_error(words: str) -> bool:
    """Whether another host's words say that it does not know the name."""
    return any(text in words.lower() for text in _NAME_WORDS)


def forwarding_advice(host: str, target: str) -> str:
    """What would have to be set on ``host`` so that it forwards to ``target`` (HOST:PORT)."""
    return (
        f"{host} does not forward to {target}: its sshd_config needs AllowTcpForwarding yes (or local)"
        f" and, if PermitOpen is set there, PermitOpen {target}"
    )


def refusal(step: Step, problem: Exception, client: LoginClient, via: str, unusable: tuple[str, ...] = ()) -> Refusal:
    """The one line that a failed step stands for, with exit code 3. ``via`` names the jump host that dialled, or is
    ""; ``unusable`` are the key files that could not be offered."""
    where = f"{step.name} ({step.place})"
    through = f" from {via}" if via else ""
    heard = client.heard.strip()
    if client.expired or (heard and isinstance(problem, asyncssh.PermissionDenied) and says_expired(heard)):
        return expired(step, heard)
    match problem:
        case DialError():
            return _refuse(f"{where}: {problem.said}{_closed_port(problem.errno)}", said=heard)
        case socket.gaierror():
            return _refuse(f"{where}: {_unknown_name(problem)}")
        case asyncssh.ChannelOpenError():
            return _channel(step, problem, where, via)
        case asyncssh.PermissionDenied():
            return _denied(step, client, where, unusable)
        case asyncssh.KeyExchangeFailed():
            return _refuse(f"{where}: no common SSH algorithm: {first_line(problem)}")
        case TimeoutError() if not client.connected:
            return _refuse(f"{where}: timed out{through}, no answer in {step.seconds:g} s")
        case TimeoutError() if not client.begun:
            return _refuse(f"{where}: timed out{through}: connected, but no SSH handshake in {step.seconds:g} s")
        case TimeoutError():
            return _refuse(f"{where}: timed out while logging in", said=heard)
        case asyncssh.ProtocolError() if "authentication failures" in str(problem):
            return _too_many(where, client.keys, heard)
        case asyncssh.DisconnectError() | OSError() if not client.begun:
            return _before_the_handshake(where, through, problem, client.version)
        case asyncssh.DisconnectError() | OSError():
            return _refuse(f"{where}: the connection was lost while logging in: {first_line(problem)}", said=heard)
        case _:
            return _refuse(f"{where}: {first_line(problem)}", said=heard)


def expired(step: Step, said: str) -> Refusal:
    """The password has to be changed by hand first: finding H01."""
    return Refusal(
        f"{step.name}: the password of {step.user} has expired; log in once with ssh {step.user}@{step.typed} and"
        " change it, noroute never does that by itself",
        _NOT_REACHABLE,
        code="H01",
        said=said,
    )


def os_words(problem: OSError) -> str:
    """The reason in an OSError without its number."""
    return problem.strerror or (os.strerror(problem.errno) if problem.errno else str(problem)) or "no reason given"


def first_line(problem: BaseException) -> str:
    """The first line of an error's text, at most 200 characters."""
    text = (os_words(problem) if isinstance(problem, OSError) else str(problem)).strip()
    return (text.splitlines() or [type(problem).__name__])[0][:200]


def _refuse(sentence: str, said: str = "", code: str = "") -> Refusal:
    # Some of it may be another host's words.
    return Refusal(inert(sentence, _SENTENCE_LIMIT), _NOT_REACHABLE, code=code, said=said, final=bool(code))


def _closed_port(number: int | None) -> str:
    """What to look at where nobody listens; "" for another error."""
    if number != errno.ECONNREFUSED:
        return ""
    return ": check the port (-p), that sshd runs there, and whether the way leads through a jump host (-J)"


def _unknown_name(problem: socket.gaierror) -> str:
    if problem.errno == socket.EAI_AGAIN:
        return f"its name cannot be looked up now: {os_words(problem)}"
    said = os_words(problem)
    words = "no such name" if is_name_error(said) else f"no such name: {said}"
    return f"{words}; check the spelling, or reach it through a jump host: -J"


def _before_the_handshake(where: str, through: str, problem: Exception, version: str) -> Refusal:
    text = first_line(problem)
    if isinstance(problem, OSError) and problem.errno == errno.ECONNREFUSED:
        return _refuse(f"{where}: connection refused{through}{_closed_port(problem.errno)}")
    if re.search(r"version|banner|protocol", text, re.IGNORECASE) and isinstance(problem, asyncssh.ProtocolError):
        return _refuse(f"{where}: what answers there is not SSH ({text})")
    if isinstance(problem, asyncssh.HostKeyNotVerifiable):
        return _refuse(f"{where}: its host key cannot be trusted: {text}")
    if isinstance(problem, OSError) and problem.filename:
        return _refuse(f"{where}: {os.fsdecode(problem.filename)}: {text}")
    if isinstance(problem, (asyncssh.ConnectionLost, ConnectionError)):
        if version:
            return _refuse(f"{where}: {version} broke off the SSH handshake: no common algorithm, or it is going down")
        return _refuse(
            f"{where}: closed the connection before the SSH handshake{through}: not SSH, or sshd refuses our address"
            " for now (MaxStartups, PerSourcePenalties); wait 15 s before the next try"
        )
    return _refuse(f"{where}: {text}")


def _channel(step: Step, problem: asyncssh.ChannelOpenError, where: str, via: str) -> Refusal:
    reason = problem.reason.strip()
    if problem.code == CONNECT_FAILED and (errno_in(reason) or is_name_error(reason)):
        what = ": check the port, and that sshd runs there" if errno_in(reason) == errno.ECONNREFUSED else ""
        return _refuse(f"{where}: {reason}, as {via} says{what}", said=reason)
    if problem.code in (FORWARDING_REFUSED, CONNECT_FAILED):
        return _refuse(forwarding_advice(via, f"{step.host}:{step.port}"), said=reason)
    return _refuse(f"{where}: {via} opens no channel to it: {reason}", said=reason)


def _too_many(where: str, keys: tuple[str, ...], heard: str) -> Refusal:
    advice = "each try is one, and MaxAuthTries of its sshd_config allows no more"
    if len(keys) > 1:
        advice = f"each of {len(keys)} keys is one; offer only the right one, with -i and IdentitiesOnly yes in the SSH"
        advice += " configuration"
    return _refuse(f"{where}: permission denied: too many authentication failures: {advice}", said=heard, code=DENIED)


def _denied(step: Step, client: LoginClient, where: str, unusable: tuple[str, ...]) -> Refusal:
    methods = ", ".join(client.methods)
    parts = [f"{where}: permission denied" + (f": {client.vain}" if client.vain else "")]
    if methods:
        parts.append(f"the host allows {methods}")
    if "publickey" in client.methods and not client.vain:
        parts.append(_offered(step, client.keys))
    if client.gave_up:
        parts.append("it needs a password: use an agent, a key (-i), or --password-file")
    if unusable:
        parts.append(f"not usable: {unusable[0]}")
    # Nothing was refused by a setting where nothing was offered.
    if step.user == "root" and (client.keys or client.vain):
        parts.append(
            "or PermitRootLogin is off there" if client.gave_up or client.vain else "PermitRootLogin may be off there"
        )
    return _refuse("; ".join(parts), said=client.heard.strip(), code=DENIED)


def _offered(step: Step, keys: tuple[str, ...]) -> str:
    """What became of the keys of a login that was denied."""
    if not keys:
        usual = all(Path(name).parent == at_home("~/.ssh") for name in step.identity_files)
        files = "~/.ssh" if usual else ", ".join(step.identity_files[:_MOST_NAMED])
        return f"no key was offered: none in {files}, {'none of the agent' if step.agent else 'no agent'}"
    names = ", ".join(keys[:_MOST_NAMED]) + (", ..." if len(keys) > _MOST_NAMED else "")
    return f"{len(keys)} key{' was' if len(keys) == 1 else 's were'} offered and refused: {names}"
