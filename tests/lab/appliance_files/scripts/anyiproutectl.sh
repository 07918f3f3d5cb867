#!/bin/bash
# Makes the kernel answer for every address of the ranges in anyip-routes.cfg.
# Faithful to the appliance in what matters to a troubleshooter: it trims nothing, it stops at the first
# error, `down` believes the file and not the kernel, and `watch` follows the inode.
set -o errexit -o nounset -o pipefail

cfg=/etc/vmware/anyip-routes.cfg

each_range() {
  local act=$1 line
  while IFS= read -r line; do
    if [[ -n "${line}" && "${line}" != \#* ]]; then
      "${act}" "${line}"
    fi
  done <"${cfg}"
}

# ip prints a /32 without its mask, and no other spelling than its own.
is_routed() { ip route show table local | grep -qF "local ${1%/32} dev lo scope host"; }

add_range() {
  if is_routed "${1}"; then
    echo "route already exists for ${1}"
  else
    echo "adding route for ${1}"
    ip route add local "${1}" dev lo
  fi
}

remove_range() {
  if is_routed "${1}"; then
    echo "removing route for ${1}"
    ip route del local "${1}" dev lo
  else
    echo "route already removed for ${1}"
  fi
}

watch() {
  echo "watching configuration file for changes"
  inotifywait -m -e modify "${cfg}" | while read -r _; do each_range add_range; done
  echo "watch exit"
}

case "${1:-}" in
up) each_range add_range ;;
down) each_range remove_range ;;
watch) watch ;;
*) echo "usage: ${0##*/} up|down|watch" >&2 && exit 64 ;;
esac
