#!/bin/bash
# Policy tables as appliance 0.1.8 makes them: a default route and a rule per network and nothing on link, so a
# restart is clean and clients of the NIC's own subnet are answered through the gateway.
set -o errexit -o nounset -o pipefail

cfg=/etc/vmware/route-tables.cfg
tables=/etc/iproute2/rt_tables
prefix=rtctl_

lines() { grep -Ev '^(#|[[:space:]]*$)' "${cfg}" || true; }
own_tables() { grep -oE "${prefix}[[:alnum:]]+" "${tables}" | sort -u || true; }
device_of() { ip -o link | grep -F "${1}" | awk -F': ' '{sub(/@.*/, "", $2); print $2}'; }

create_route() {
  echo "create route with cmd: $*"
  # shellcheck disable=SC2048
  $*
}

up() {
  local id name mac cidr gateway dev
  lines | while IFS=, read -r id name mac cidr gateway; do
    grep -qF "${prefix}${name}" "${tables}" || printf '%s\t%s\n' "${id}" "${prefix}${name}" >>"${tables}"
    dev=$(device_of "${mac}" || true)
    create_route "ip route add table ${prefix}${name} default via ${gateway} dev ${dev} proto static"
    ip rule add from "${cidr}" lookup "${prefix}${name}"
  done
}

down() {
  local table
  own_tables | while read -r table; do
    while ip rule del lookup "${table}" 2>/dev/null; do :; done
    ip rule del || true
    ip route del table "${table}" default || echo "ignoring failed attempt to delete route default from ${table}"
  done
  sed -i "/${prefix}/d" "${tables}"
}

watch() {
  echo "watching configuration file for changes"
  inotifywait -m -e modify "${cfg}" | while read -r _; do down && up; done
  echo "watch exit"
}

case "${1:-}" in
up | down | watch) "${1}" ;;
*) echo "usage: ${0##*/} up|down|watch" >&2 && exit 64 ;;
esac
