#!/bin/bash
# Writes the policy-table lines of each network once its NIC has an address. It only ever appends: the lines of a
# replaced NIC or of an old address stay, and stay first.
set -x -o errexit

route_tables=/etc/vmware/route-tables.cfg

append_once() {
  grep -Fxq "$1" "${route_tables}" || echo "$1" >>"${route_tables}"
}

write_network() {
  local id=$1 network=$2 mac=$3 gateway=$4 ip
  ip=$(ip -4 address show "${network}" | grep 'scope global' | awk '{print $2}')
  append_once "${id},${network},${mac},${ip},${gateway}"
  append_once "${id},${network},${mac},${ip}"
}

write_network 2 workload @WORKLOAD_MAC@ @WORKLOAD_GATEWAY@
write_network 3 frontend @FRONTEND_MAC@ @FRONTEND_GATEWAY@
