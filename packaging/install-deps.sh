#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs the Debian packages that a purpose needs and that are missing.
# Usage: packaging/install-deps.sh build|run|example|test|bench
set -euo pipefail

build="gcc libc6-dev make cmake pkgconf libcap-dev libseccomp-dev libmnl-dev libcgroup-dev libyaml-dev libjson-c-dev
	libnftables-dev libbpf-dev libarchive-dev linux-libc-dev"
run="libseccomp2 libmnl0 libcgroup2 libnftables1 libbpf1 nftables iproute2"
example="bind9 bind9-dnsutils jq"
test="bats jq tmux mandoc shellcheck clang-format libasan8 libubsan1 strace procps socat mmdebstrap e2fsprogs
	qemu-system-x86 qemu-utils bind9 bind9-dnsutils keyutils nginx-light redis-server busybox-static"
bench="crun runc lxc bubblewrap jq strace"

case "${1:-}" in
build) wanted="$build $run" ;;
run) wanted="$run" ;;
example) wanted="$build $run $example" ;;
test) wanted="$build $run $example $test" ;;
bench) wanted="$build $run $bench" ;;
*)
	echo "usage: $0 build|run|example|test|bench" >&2
	exit 2
	;;
esac

missing=()
for package in $wanted; do
	dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "$0: missing packages: ${missing[*]}; run it as root, or apt-get install them" >&2
	exit 1
fi
echo "installing ${#missing[@]} packages: ${missing[*]}"
# A package's own service is not started: it would take the ports that the container wants.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
	trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
