#!/bin/bash
# Stands in for the appliance's own script of that name: a new key, signed by the authority that is named, for a common
# name and more names; server.crt and server.key go to a directory. The same words in the same order.
set -o errexit -o nounset -o pipefail

authority='' authority_key='' addresses='' hosts=''
while getopts ':1:2:3:4:' option; do
  case ${option} in
  1) authority=${OPTARG} ;;
  2) authority_key=${OPTARG} ;;
  3) addresses=${OPTARG} ;;
  4) hosts=${OPTARG} ;;
  *) echo "usage: ${0##*/} -1 CA_CRT -2 CA_KEY [-3 IPS] [-4 NAMES] COMMON_NAME [DIRECTORY]" >&2 && exit 1 ;;
  esac
done
shift $((OPTIND - 1))
name=${1}
directory=${2:-$(pwd)}

names="DNS:${name}"
for host in ${hosts//,/ }; do names+=",DNS:${host}"; done
for address in ${addresses//,/ }; do names+=",IP:${address}"; done

work=$(mktemp -d)
subject="/C=US/ST=California/L=Palo Alto/O=VMware/OU=CAPV/CN=${name}"
openssl req -new -newkey rsa:2048 -nodes -keyout "${work}/server.key" -subj "${subject}" -out "${work}/request"
openssl x509 -req -days 3650 -in "${work}/request" -CA "${authority}" -CAkey "${authority_key}" -CAcreateserial \
  -extfile <(printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\n' "${names}") -out "${work}/server.crt"
cp -f "${work}/server.crt" "${work}/server.key" "${directory}"
rm -r "${work}"
