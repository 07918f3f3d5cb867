"""What is read from an appliance, all of it: the list that the script, the README and ``--what-is-read`` share.

Nothing here changes the appliance. Private keys, shadow and the OVF user data are never opened; lines that hold
credentials are replaced before they leave the appliance.
"""

from __future__ import annotations

from dataclasses import dataclass

UNITS = ("net-postconfig", "route-tables", "anyip-routes", "haproxy", "dataplaneapi", "cloud-final", "sshd")
JOURNALED = UNITS

ANYIP_CFG = "/etc/vmware/anyip-routes.cfg"
ROUTE_TABLES_CFG = "/etc/vmware/route-tables.cfg"
WORKLOAD_NETWORKS_CFG = "/etc/vmware/workload-networks.cfg"
HAPROXY_CFG = "/etc/haproxy/haproxy.cfg"
HAPROXY_LKG = "/etc/haproxy/haproxy.cfg.lkg"
DATAPLANE_CFG = "/etc/haproxy/dataplaneapi.cfg"
SERVER_CRT = "/etc/haproxy/server.crt"
CA_CRT = "/etc/haproxy/ca.crt"
RT_TABLES = "/etc/iproute2/rt_tables"
MANAGEMENT_NETWORK = "/etc/systemd/network/10-management.network"
SSHD_CONFIG = "/etc/ssh/sshd_config"
# noroute's own: there as long as a fix has no end, so that the next start and the next person know of it.
FIX_JOURNAL = "/var/lib/vmware/noroute.journal"
# Their digests tell the build of the appliance.
SCRIPTS = ("/var/lib/vmware/routetablectl.sh", "/var/lib/vmware/net-postconfig.sh")
OVF_LOG = "/var/log/vmware/ovf-to-cloud-init.log"

NETWORK_FILES = (
    MANAGEMENT_NETWORK,
    "/etc/systemd/network/10-workload.network",
    "/etc/systemd/network/10-frontend.network",
)
FILES = (
    ANYIP_CFG,
    ROUTE_TABLES_CFG,
    WORKLOAD_NETWORKS_CFG,
    HAPROXY_CFG,
    HAPROXY_LKG,
    DATAPLANE_CFG,
    RT_TABLES,
    SSHD_CONFIG,
    *NETWORK_FILES,
)
# Written by the dataplane API and by people, and both put credentials into them.
REDACTED_FILES = frozenset({HAPROXY_CFG, HAPROXY_LKG, DATAPLANE_CFG})
FACTS_ONLY = (SERVER_CRT, "/etc/haproxy/server.key", CA_CRT, "/etc/haproxy/ca.key", OVF_LOG)

_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,ExecMainCode,NRestarts,"
    "ActiveEnterTimestamp,InactiveEnterTimestamp,MainPID"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One section: its name, the shell text that produces it, and its bounds.

    ``shell`` runs with ``sh -c``, standard input closed; ``what`` is how a person would say it;
    ``seconds`` and ``limit`` (bytes) bound it.
    """

    name: str
    shell: str
    what: str
    seconds: int = 5
    limit: int = 200_000


def _file_item(path: str) -> Item:
    # cat's own words on stderr say whether a file is absent or forbidden.
    if path in REDACTED_FILES:
        return Item(f"file:{path}", f"sed -E {_REDACT} {path}", path, limit=1_000_000)
    return Item(f"file:{path}", f"cat {path}", path)


# What is replaced, to the end of its line: group 1 stays. In the subset that sed -E and Python's re share; matched
# without regard to case, the first place of a line only. A keyword inside a longer name ("ns-token-10.10.17.11:443",
# "my-password-svc") is a name that the Supervisor chose and stays.
_BLANK = "[ \t]+"  # a tab itself: not every sed reads an escape inside brackets
REDACTIONS = (
    "((^|[^a-z0-9_-])(insecure-)?(password|passwd|passphrase)[^a-z0-9_-]+).*",  # userlists, comments, JSON
    "((password|passwd|pwd|secret|token|api_?key)[a-z0-9_]*[ \t]*[=:]).*",  # KEY=value, key: value
    f"((^|[ \t])stats{_BLANK}auth{_BLANK}).*",
    f"((^|[ \t])(pre)?setenv{_BLANK}[^ \t]+{_BLANK}).*",
    "(authorization[^a-z0-9]+).*",  # the header of a health check
    f"((hdr|set-header|add-header){_BLANK}[^ \t]*(token|secret|key|auth)[^ \t]*{_BLANK}).*",
    f"((^|[ \t])tcp-check{_BLANK}send[a-z-]*{_BLANK}[^a-z0-9]?auth[^a-z0-9]).*",
    "(//[^/@ \t]*:)[^@ \t]+@.*",  # a URL with credentials
)
_REDACT = " ".join(f"-e 's#{pattern}#\\1<redacted>#I'" for pattern in REDACTIONS)

_STATS_SOCKET = f"p=$(sed -n 's/^[ \\t]*stats[ \\t]*socket[ \\t]*\\([^ \\t]*\\).*/\\1/p' {HAPROXY_CFG} | head -n 1)"
_SHOW_STAT = (
    f"{_STATS_SOCKET}; p=${{p#unix@}}; [ -n \"$p\" ] || {{ echo 'no stats socket in haproxy.cfg' >&2; exit 1; }}; "
    "if command -v socat >/dev/null 2>&1; then echo 'show stat' | socat -t 3 - \"UNIX-CONNECT:$p\"; "
    "elif command -v nc >/dev/null 2>&1 && nc -h 2>&1 | grep -q -- '-U'; then echo 'show stat' | nc -w 3 -U \"$p\"; "
    "elif command -v python3 >/dev/null 2>&1; then python3 -c 'import socket,sys\n"
    's=socket.socket(socket.AF_UNIX);s.settimeout(3);s.connect(sys.argv[1]);s.sendall(b"show stat\\n")\n'
    'while True:\n b=s.recv(65536)\n if not b: break\n sys.stdout.buffer.write(b)\' "$p"; '
    "else echo 'neither socat, nc -U nor python3' >&2; exit 127; fi"
)
_WATCHERS = (
    "for f in $(grep -lE 'inotifywait|anyiproutectl|routetablectl' /proc/[0-9]*/cmdline 2>/dev/null); do "
    "d=${f%/cmdline}; a=$(tr '\\0' ' ' <$f 2>/dev/null) || continue; b=${a#* }; b=${b%% *}; c=${a%% *}; "
    'case "${c##*/} ${b##*/}" in inotifywait*|*sh\\ anyiproutectl.sh|*sh\\ routetablectl.sh) '
    "w=$(sed -n 's/^inotify wd:.* ino:\\([0-9a-f]*\\).*/\\1/p' $d/fdinfo/3 2>/dev/null | head -n 1); "
    "g=$(sed -n 's/.*\\/\\([^/]*\\.service\\).*/\\1/p' $d/cgroup 2>/dev/null | head -n 1); "
    'echo "${d#/proc/} ${g:--} ${w:--} $a";; esac; done; :'
)
# The functions of the first boot in the order in which it calls them. Which of them there are is the build's own: up to
# 0.1.10 there is no writeWorkloadNetworks, since 0.2.0 writeNetPostConfig calls writeRouteTableConfig, and
# disableDefaultRoutes came after that.
FIRST_BOOT_STEPS = (
    "publishUserdata",
    "publishMetadata",
    "permitRootViaSSH",
    "bindServicesToManagementIP",
    "setHAProxyUserPass",
    "setDataPlaneAPIPort",
    "writeCAfiles",
    "writeAnyipConfig",
    "writeWorkloadNetworks",
    "writeRouteTableConfig",
    "disableDefaultRoutes",
    "writeNetPostConfig",
)
FIRST_BOOT_TROUBLES = (
    "Unknown option",
    "unable to load",
    "No such file or directory",
    "management IP must be static",
)
# Only the names of the steps and of known failures leave the appliance: the log holds passwords in clear.
_OVF_STEPS = (
    f"[ -e {OVF_LOG} ] || exit 1; "
    f"grep -oE '({'|'.join((*FIRST_BOOT_STEPS, *FIRST_BOOT_TROUBLES))})' {OVF_LOG} | uniq -c"
)
# Of the API's certificates and keys: lines, whether openssl can load it, a digest of the public half of an RSA key, and
# the words of a first line that lost its dashes. Nothing secret is printed.
_TLS_FILES = (
    "cd /etc/haproxy || exit 1; for f in ca.crt ca.key server.crt server.key; do "
    '[ -e $f ] || { echo "$f missing"; continue; }; '
    "case $f in *.crt) t=x509; l=x509;; *) t=rsa; l='pkey -passin pass:';; esac; y=no; m=-; "
    "if openssl $l -in $f -noout >/dev/null 2>&1; then y=yes; "
    "m=$(openssl $t -in $f -noout -modulus 2>/dev/null | grep '^Modulus=[0-9A-F]' | sha256sum | cut -c1-16); fi; "
    "h=$(head -n 1 $f | sed -n 's/^-----BEGIN \\([A-Z ]*\\)$/\\1/p'); "
    'echo "$f $(wc -l <$f) $y $m $h"; done; '
    "openssl verify -CAfile ca.crt server.crt 2>&1 | sed 's/^/verify /'"
)
_CLOUD_INIT = (
    "[ -e /var/log/cloud-init.log ] || exit 1; grep -oE "
    "'(No value found for key metadata|loaded metadata [{][}]|cannot import name .mask_to_net_prefix)' "
    "/var/log/cloud-init.log | sort | uniq -c"
)
_WORKERS = (
    'n=0; for c in /proc/[0-9]*/comm; do read -r w 2>/dev/null <"$c" && [ "$w" = haproxy ] && n=$((n+1)); done; echo $n'
)
_X509 = f"openssl x509 -in {SERVER_CRT} -noout"


def _about(*units: str) -> str:
    """What journalctl is to match: what a unit says and what root's processes say of it. ``-u`` leaves out what
    systemd's child says of a program that it could not start, where it was gone before journald looked at it."""
    return " + ".join(f"_SYSTEMD_UNIT={unit}.service + _UID=0 UNIT={unit}.service" for unit in units)


_ALL_FILES = " ".join((*FILES, *FACTS_ONLY))

ITEMS: tuple[Item, ...] = (
    Item("id", "id -u; id -un", "id"),
    Item("boot-id", "cat /proc/sys/kernel/random/boot_id", "boot id", limit=200),
    Item("clock", "date -u +%s; date +%Z; cat /proc/uptime", "date", limit=400),
    Item("hostname", "hostname", "hostname", limit=400),
    Item("os-release", "cat /etc/os-release", "/etc/os-release", limit=4000),
    Item("kernel", "uname -r", "uname -r", limit=400),
    Item("system-state", "systemctl is-system-running", "systemctl is-system-running", limit=400),
    Item(
        "units",
        f"systemctl show -p {_PROPERTIES} {' '.join(UNITS)} ssh systemd-networkd systemd-timesyncd",
        "systemctl show",
    ),
    *(
        Item(
            f"journal:{unit}",
            "journalctl -b -o json -n 200 --no-pager "
            "--output-fields=MESSAGE,UNIT,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,_PID,PRIORITY "
            + _about(unit, *(("ssh",) if unit == "sshd" else ())),
            f"journalctl -u {unit}",
            seconds=8,
            limit=600_000,
        )
        for unit in JOURNALED
    ),
    Item("addresses", "ip -j addr", "ip -j addr"),
    Item("links", "ip -j link", "ip -j link"),
    Item("neighbours", "ip -j neigh", "ip -j neigh"),
    Item("rules", "ip -j rule", "ip -j rule"),
    Item("routes", "ip -j route show table all", "ip -j route show table all", limit=1_000_000),
    Item("listeners", "ss -Hltnp", "ss -ltnp", limit=1_000_000),
    Item("watchers", _WATCHERS, "processes that watch the configuration files"),
    *(_file_item(path) for path in FILES),
    Item("files", f"stat -c '%i %s %Y %a %U:%G %n' {_ALL_FILES}", "stat"),
    Item("sha256", f"sha256sum {' '.join(FILES)}", "sha256sum"),
    Item("scripts", f"sha256sum {' '.join(SCRIPTS)}", "sha256sum of the appliance's scripts", limit=4000),
    Item("haproxy-version", "haproxy -v", "haproxy -v", limit=4000),
    Item("haproxy-check", f"haproxy -c -f {HAPROXY_CFG} 2>&1", f"haproxy -c -f {HAPROXY_CFG}", limit=20_000),
    Item("show-stat", _SHOW_STAT, "show stat on the haproxy socket", limit=2_000_000),
    Item(
        "certificate",
        f"{_X509} -startdate -enddate -subject -issuer -fingerprint -sha256",
        f"openssl x509 -in {SERVER_CRT}",
        limit=8000,
    ),
    Item(
        "certificate-names",
        f"{_X509} -text | sed -n '/Subject Alternative Name/{{n;p;}}'",
        "names in the certificate",
        limit=8000,
    ),
    Item("disk", "df -P -k / /var/log /etc", "df -P", limit=8000),
    Item("root-room", "stat -f -c '%f %S %n' / /var/log /etc", "stat -f", limit=8000),
    Item("password-age", "chage -l root", "chage -l root", limit=4000),
    Item("time-sync", "timedatectl show", "timedatectl show", limit=4000),
    Item("tls-files", _TLS_FILES, "certificates and keys of the data plane API", limit=4000),
    Item("cloud-init", _CLOUD_INIT, "known failures in cloud-init's log", limit=4000),
    Item("workers", _WORKERS, "processes of haproxy", limit=400),
    Item(
        "dataplane-version",
        "command -v dataplaneapi >/dev/null || exit 127; dataplaneapi --version",
        "dataplaneapi --version",
        limit=4000,
    ),
    Item("rp-filter", "grep -H . /proc/sys/net/ipv4/conf/*/rp_filter", "rp_filter", limit=4000),
    Item("fix-journal", f"stat -c %Y {FIX_JOURNAL} && cat {FIX_JOURNAL}", "noroute's journal", limit=20_000),
    Item("first-boot", _OVF_STEPS, "steps of the first boot", limit=20_000),
)
