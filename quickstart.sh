#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a fresh Debian 12 to the main job working: installs what is missing, builds and installs ctr, runs Debian's own BIND
# in a container, and shows that weights mean what they say.
#
# Usage: ./quickstart.sh            do it (again)
#        ./quickstart.sh --remove   take everything of it away again
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
	printf '$ %s\n' "$*"
	"$@"
}
ctr=/usr/local/sbin/ctr
examples=/usr/local/share/ctr/examples
if [ "$(id -u)" != 0 ]; then
	echo "quickstart.sh: containers are made by root; run it as root" >&2
	exit 1
fi

# Only what an earlier quickstart made is ever replaced or removed.
mine() { [ "$("$ctr" state --json "$1" 2>/dev/null | jq -r '.labels.example // empty')" != "" ]; }
clear_away() {
	local name
	for name in "$@"; do
		if ! "$ctr" state "$name" >/dev/null 2>&1; then continue; fi
		if ! mine "$name"; then
			echo "quickstart.sh: there is a container '$name' that is not of the examples; rename or delete it first" >&2
			exit 3
		fi
		"$ctr" delete --force "$name" >/dev/null
	done
}

if [ "${1:-}" = --remove ]; then
	if [ -x $ctr ]; then
		clear_away ns1 heavy light
		if [ -z "$("$ctr" list -q)" ]; then "$ctr" doctor --remove-host-state; fi
	fi
	if [ -f build/install_manifest.txt ]; then
		xargs -r -d '\n' rm -f <build/install_manifest.txt
		find /usr/local/share/ctr -depth -type d -empty -delete 2>/dev/null || true
	fi
	rm -rf build
	echo "removed: the example containers, ctr's state, its installed files and build/. Debian's packages stay."
	exit 0
elif [ $# -gt 0 ]; then
	sed -n '3,7s/^# \{0,1\}//p' "$0"
	exit 2
fi

say "1. Packages, build, install"
packaging/install-deps.sh example
cmake -S . -B build -DCTR_TESTS=OFF >/dev/null
cmake --build build -j"$(nproc)" | tail -n 1
cmake --install build >/dev/null
run $ctr version
clear_away ns1 heavy light

say "2. Debian's BIND in a box: $examples/bind9.yaml"
run $ctr create $examples/bind9.yaml
run $ctr start ns1
address="$($ctr state --json ns1 | jq -r '.address[0]' | cut -d/ -f1)"
for _ in $(seq 100); do
	if dig +time=1 +tries=1 +short @"$address" example.test SOA 2>/dev/null | grep -q .; then break; fi
	sleep 0.1
done
echo "at the container's address:"
run dig +norecurse +noall +answer +comments @"$address" www.example.test A | grep -E '^\$|^;; flags|^www'
echo "through the published port of the host, udp and tcp:"
run dig +norecurse +noall +answer +comments @127.0.0.1 -p 5353 www.example.test A | grep -E '^\$|^;; flags|^www'
run dig +tcp +norecurse +short @127.0.0.1 -p 5353 www.example.test A

say "3. Two CPU burners on one CPU, weights 300 and 100"
for pair in heavy:300 light:100; do
	$ctr run -d --name "${pair%:*}" --host /usr --network none --set "cpu.weight=${pair#*:}" --set 'cpu.cpus="0"' \
		--set 'labels={example: quickstart}' -- /bin/sh -c 'while :; do :; done' >/dev/null
done
usage() { $ctr state --json "$1" | jq .cpu.usage_usec; }
sleep 1
h0="$(usage heavy)" l0="$(usage light)"
sleep 10
h1="$(usage heavy)" l1="$(usage light)"
awk -v h=$((h1 - h0)) -v l=$((l1 - l0)) 'BEGIN {
	printf "%-8s %6s %9s %9s\n", "NAME", "WEIGHT", "ENTITLED", "ACHIEVED"
	printf "%-8s %6d %8.1f%% %8.1f%%\n", "heavy", 300, 75, 100 * h / (h + l)
	printf "%-8s %6d %8.1f%% %8.1f%%\n", "light", 100, 25, 100 * l / (h + l)
}'

say "4. What runs"
run $ctr list
run $ctr state ns1
$ctr delete --force heavy light >/dev/null

say "Done. ns1 keeps running."
echo "try:     ctr exec ns1 -- /usr/sbin/rndc status; ctr logs ns1; ctr --help; man ctr"
echo "remove:  ./quickstart.sh --remove"
