#!/bin/bash
# One policy table per network that is not the default gateway's, as appliance 0.2.0 (and later builds) makes them.
# Its two bugs are kept: rules are never deleted ("ip call" is no command), and each table is declared once per line.
set -o errexit -o nounset -o pipefail

cfg=/etc/vmware/route-tables.cfg
workload_networks=/etc/vmware/workload-networks.cfg
tables=/etc/iproute2/rt_tables
prefix=rtctl_

lines() { grep -Ev '^(#|[[:space:]]*$)' "${1}" || true; }
own_tables() { grep -oE "${prefix}[[:alnum:]]+" "${tables}" || true; }
device_of() { ip -o link | grep -F "${1}" | awk -F': ' '{sub(/@.*/, "", $2); print $2}'; }
network_of() { python3 -c 'import ipaddress as i, sys; print(i.ip_interface(sys.argv[1]).network)' "${1}"; }

shown() {
  echo "$*"
  # The words are split on purpose: an empty device leaves a hole, and ip says so.
  # shellcheck disable=SC2048
  $*
}

declare_tables() {
  local id name
  lines "${cfg}" | while IFS=, read -r id name _; do
    echo "create new route table id=${id} name=${prefix}${name}"
    printf '%s\t%s\n' "${id}" "${prefix}${name}" >>"${tables}"
  done
}

route_more_networks() {
  local network
  if [[ -z "$(lines "${workload_networks}" 2>/dev/null)" ]]; then
    echo "no additional workload networks detected"
    return
  fi
  lines "${workload_networks}" | while read -r network; do
    shown ip rule add to "${network}" lookup "${prefix}workload"
  done
}

fill_tables() {
  local name mac cidr gateway dev
  lines "${cfg}" | while IFS=, read -r _ name mac cidr gateway; do
    dev=$(device_of "${mac}" || true)
    if [[ -n "${gateway}" ]]; then
      shown "ip route add table ${prefix}${name} default via ${gateway} dev ${dev} proto static"
      shown ip rule add from "${cidr}" lookup "${prefix}${name}"
    else
      shown ip route add table "${prefix}${name}" "$(network_of "${cidr}")" dev "${dev}" \
        proto kernel scope link src "${cidr%/*}"
    fi
  done
}

down() {
  local table route
  own_tables | while read -r table; do
    echo "discovered route table ${table}"
    while ip call "rule del from all lookup ${table}"; do :; done
    { ip route show table "${table}" || true; } | while read -r route; do
      shown "ip route del table ${table} ${route}"
    done
  done
  sed -i "/${prefix}/d" "${tables}"
}

up() {
  down
  declare_tables
  route_more_networks
  fill_tables
}

watch() {
  echo "watching configuration file for changes"
  inotifywait -m -e modify "${cfg}" | while read -r _; do up; done
  echo "watch exit"
}

case "${1:-}" in
up | down | watch) "${1}" ;;
*) echo "usage: ${0##*/} up|down|watch" >&2 && exit 64 ;;
esac
