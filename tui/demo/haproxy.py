"""The simulated HAProxy 2.2: reads its configuration, binds only what the kernel calls local, serves TCP.

Its lines are those of the recordings of 2.2.9, the version of the appliance is 2.2.2.
"""

from __future__ import annotations

import re
import time
from ipaddress import IPv4Address

from checks.evidence.files import File
from checks.evidence.haproxy import Bind, Configuration, Server, parse_configuration
from checks.evidence.manifest import HAPROXY_CFG
from tui.demo.host import Host
from tui.demo.world import World

VERSION = "2.2.2"
COMMAND = "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid -S /run/haproxy-master.sock"
_SECTIONS = frozenset({"global", "defaults", "frontend", "backend", "listen", "userlist"})
# The first words that the Supervisor, the data plane API and the vendor's template use, and their neighbours.
_GLOBAL = (
    "log chroot stats user group master-worker maxconn mworker-max-reloads ca-base crt-base nbthread daemon pidfile "
    "ssl-default-bind-ciphers ssl-default-bind-options tune.ssl.default-dh-param"
)
_PROXY = (
    "mode log option timeout bind log-tag default_backend use_backend balance tcp-check http-check server maxconn "
    "tcp-request acl stats description retries http-request default-server fullconn id disabled enabled"
)
_WORDS = {
    "global": frozenset(_GLOBAL.split()),
    "userlist": frozenset({"user", "group"}),
    **dict.fromkeys(("defaults", "frontend", "backend", "listen"), frozenset(_PROXY.split())),
}
_COLUMNS = (
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,"
    "bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,"
    "check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,"
    "req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,"
    "qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,"
    "check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,"
    "intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,"
    "rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est"
)
_HEADER = _COLUMNS.split(",")


def _stamp(moment: float) -> str:
    return time.strftime("%j/%H%M%S", time.gmtime(moment))


class HAProxy:
    """One master with one worker. ``bound`` are the addresses that it really listens on."""

    def __init__(self, host: Host, world: World) -> None:
        self._host, self._world = host, world
        self._pid = self._worker = 0
        self._turn = 0
        self._since = 0.0
        self._serves = Configuration()
        self.bound: tuple[Bind, ...] = ()

    def _say(self, pid: int, text: str, priority: int = 6) -> None:
        self._host.journal.write("haproxy", "haproxy", pid, text, priority)

    def _head(self, word: str, pid: int) -> str:
        return f"[{word}] {_stamp(self._host.clock.stamp())} ({pid}) : "

    def configuration(self) -> Configuration:
        """What the file asks for now; nothing where it is not there."""
        if not self._host.disk.exists(HAPROXY_CFG):
            return Configuration()
        return parse_configuration(File(HAPROXY_CFG, self._host.disk.read(HAPROXY_CFG)))

    def faults(self, path: str = HAPROXY_CFG) -> list[str]:
        """What ``haproxy -c`` has against the file: the text of each alert."""
        if not self._host.disk.exists(path):
            return [f"Cannot open configuration file/directory {path} : No such file or directory"]
        found, section = [], ""
        for number, raw in enumerate(self._host.disk.read(path).split(b"\n"), 1):
            words = raw.decode("utf-8", "replace").split("#", 1)[0].split()
            if not words:
                continue
            at = f"parsing [{path}:{number}] : "
            if words[0] in _SECTIONS:
                section = words[0]
            elif not section:
                found.append(at + f"unknown keyword '{words[0]}' out of section.")
            elif words[0] not in _WORDS[section] and words[0] != "no":
                found.append(at + f"unknown keyword '{words[0]}' in '{section}' section")
            elif words[0] == "bind" and not re.search(r":\d+$", words[1].split(",")[0] if len(words) > 1 else ""):
                found.append(at + f"'bind' : missing port number in address '{' '.join(words[1:2])}'.")
        if found:
            found.append(f"Error(s) found in configuration file : {path}")
            found.append("Fatal errors found in configuration.")
        return found

    def check(self, path: str = HAPROXY_CFG) -> tuple[int, str]:
        """``haproxy -c``: exit code and what it says (an address that cannot be bound is no fault to it)."""
        faults = self.faults(path)
        if not faults:
            return 0, "Configuration file is valid\n"
        head = self._head("ALERT", self._host.pid())
        return 1, "".join(f"{head}{fault}\n" for fault in faults)

    def _unbindable(self, binds: tuple[Bind, ...]) -> list[Bind]:
        return [bind for bind in binds if not self._host.kernel.is_local(IPv4Address(bind.address))]

    def _alerts(self, pid: int, bad: list[Bind]) -> None:
        self._say(pid, self._head("NOTICE", pid) + f"haproxy version is {VERSION}", 5)
        self._say(pid, self._head("NOTICE", pid) + "path to executable is /usr/sbin/haproxy", 5)
        for bind in bad:
            text = f"Starting frontend {bind.frontend}: cannot bind socket [{bind.address}:{bind.port}]"
            self._say(pid, self._head("ALERT", pid) + text, 1)

    def prepare(self) -> int:
        code, said = self.check()
        if code:
            for line in said.splitlines():
                self._say(self._host.last_pid, line, 1)
        return code

    def run(self) -> int | None:
        wanted = self.configuration()
        pid = self._host.pid()
        bad = self._unbindable(wanted.binds)
        if bad:
            self._alerts(pid, bad)
        for frontend in dict.fromkeys(bind.frontend for bind in wanted.binds):
            self._say(pid, f"Proxy {frontend} started.", 5)
        if bad:
            return 1
        self._pid, self._worker = pid, self._host.pid()
        self._say(pid, self._head("NOTICE", pid) + f"New worker #1 ({self._worker}) forked", 5)
        self._serve(wanted)
        return None

    def _serve(self, wanted: Configuration) -> None:
        self._serves, self.bound, self._since = wanted, wanted.binds, self._host.clock.now()

    def stop(self) -> None:
        self._pid = self._worker = 0
        self.bound = ()

    def after(self) -> None:
        return

    def reload(self) -> int:
        code = self.prepare()
        if code or not self._pid:
            return code
        wanted = self.configuration()
        # What it holds already is handed over to the new worker; only what is new has to be bound.
        held = {(bind.address, bind.port) for bind in self.bound}
        fresh = tuple(bind for bind in wanted.binds if (bind.address, bind.port) not in held)
        bad = self._unbindable(fresh)
        self._say(self._pid, self._head("WARNING", self._pid) + "Reexecuting Master process", 4)
        if bad:
            self._alerts(self._pid, bad)
            text = "Reexecuting Master process in waitpid mode"
            self._say(self._pid, self._head("WARNING", self._pid) + text, 4)
            return 0
        self._worker = self._host.pid()
        self._say(self._pid, self._head("NOTICE", self._pid) + f"New worker #1 ({self._worker}) forked", 5)
        self._serve(wanted)
        return 0

    def processes(self) -> list[tuple[int, str]]:
        return [(self._pid, COMMAND), (self._worker, COMMAND)] if self._pid else []

    @property
    def worker(self) -> int:
        """Number of the process that listens."""
        return self._worker

    def _up(self, server: Server) -> bool:
        address = IPv4Address(server.address)
        # A range that covers the server makes haproxy connect to the appliance itself.
        return not self._host.kernel.is_local(address) and self._world.answers(server.address, server.port)

    def behind(self, address: str, port: int) -> tuple[str, int] | None:
        """The server that a connection to a bound address is handed to, or None where none is up."""
        for bind in self.bound:
            if (bind.address, bind.port) == (address, port):
                backend = self._serves.backend_of(bind.frontend)
                up = [row for row in self._serves.servers if row.backend == backend and self._up(row)]
                self._turn += 1
                return (up[self._turn % len(up)].address, up[self._turn % len(up)].port) if up else None
        return None

    def show_stat(self) -> str:
        """The CSV of ``show stat``."""
        rows: list[dict[str, object]] = []
        serves, since = self._serves, max(int(self._host.clock.now() - self._since), 0)
        names: list[str] = []
        for frontend in dict.fromkeys(bind.frontend for bind in serves.binds):
            names.append(frontend)
            rows.append(_row(frontend, "FRONTEND", "OPEN", since, len(names) + 1, type=0, slim=4000))
            rows[-1].pop("lastchg")
        for backend in dict.fromkeys(server.backend for server in serves.servers):
            names.append(backend)
            servers = [row for row in serves.servers if row.backend == backend]
            up = 0
            for number, server in enumerate(servers, 1):
                alive = self._up(server)
                up += alive
                row = _row(backend, server.name, "UP" if alive else "DOWN", since, len(names) + 1, type=2)
                row |= {"weight": 100, "act": 1, "bck": 0, "sid": number, "addr": f"{server.address}:{server.port}"}
                row |= {"check_status": "L6OK", "check_desc": "Layer6 check passed", "last_chk": "(tcp-check)"}
                row |= {"check_duration": 2, "check_rise": 2, "check_fall": 3, "check_health": 4, "chkfail": 0}
                if not alive:
                    row |= {"check_status": "L4CON", "check_desc": "Layer4 connection problem", "check_health": 0}
                    row["last_chk"] = f"Connection refused at step 1 of tcp-check (connect port {server.port})"
                    row |= {"check_duration": 0, "chkfail": 1}
                rows.append(row)
            state = "UP" if up else "DOWN"
            rows.append(_row(backend, "BACKEND", state, since, len(names) + 1, type=1, algo="roundrobin"))
            rows[-1] |= {"weight": 100 * up, "act": up, "bck": 0}
        lines = ["# " + ",".join(_HEADER) + ","]
        lines += [",".join(str(row.get(column, "")) for column in _HEADER) + "," for row in rows]
        return "\n".join(lines) + "\n\n"


def _row(proxy: str, name: str, status: str, since: int, number: int, **more: object) -> dict[str, object]:
    zeros = dict.fromkeys(("scur", "smax", "stot", "bin", "bout", "rate", "rate_max"), 0)
    known = {"pxname": proxy, "svname": name, "status": status, "lastchg": since, "pid": 1, "iid": number}
    return {**zeros, **known, "mode": "tcp", **more}
