#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds ctr and passes all its tests: lint, unit, integration on this machine, and integration in a virtual machine with
# pure cgroup v2 under systemd. Ends with the counts; leaves nothing behind on the machine.
#
# Usage: tests/run.sh [--fast] [--only LEVEL] [BATS-FILE...]
#   --fast        all but the virtual machine
#   --only LEVEL  lint, unit, native or vm
#   BATS-FILE     only these files of tests/integration (with native and vm)
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
top="$(dirname "$here")"
build="${CTR_TEST_BUILD:-$top/build-test}"
fast=0
only=
files=()

while [ $# -gt 0 ]; do
	case "$1" in
	--fast) fast=1 ;;
	--only)
		only="$2"
		shift
		;;
	-h | --help)
		sed -n '3,11s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	-*)
		echo "tests/run.sh: unknown option $1; see --help" >&2
		exit 2
		;;
	*) files+=("$(basename "$1")") ;;
	esac
	shift
done
if [ "$(id -u)" != 0 ]; then
	echo "tests/run.sh: containers are made by root; run it as root" >&2
	exit 1
fi

wants() { [ -z "$only" ] || [ "$only" = "$1" ]; }

"$top/packaging/install-deps.sh" test

build_all() {
	cmake -S "$top" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCTR_WERROR=ON -DCTR_FAULTS=ON >"$build.log"
	cmake --build "$build" -j"$(nproc)" >>"$build.log" 2>&1 || {
		tail -n 40 "$build.log"
		exit 1
	}
}

build_asan() {
	cmake -S "$top" -B "$build-asan" -DCMAKE_BUILD_TYPE=Debug -DCTR_WERROR=ON -DCTR_SANITIZE=ON \
		-DCTR_PREFER_STATIC=OFF >"$build-asan.log"
	cmake --build "$build-asan" -j"$(nproc)" >>"$build-asan.log" 2>&1 || {
		tail -n 40 "$build-asan.log"
		exit 1
	}
}

results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
failed_levels=0

# level NAME COMMAND...: shows and keeps the command's TAP.
level() {
	local name="$1" rc=0
	shift
	printf '\n== %s\n' "$name"
	"$@" 2>&1 | tee "$results/$name" || rc=$?
	if [ "$rc" != 0 ] && ! grep -q '^not ok' "$results/$name"; then
		printf 'not ok - %s ended with status %s\n' "$name" "$rc" | tee -a "$results/$name"
	fi
	[ "$rc" = 0 ] || failed_levels=$((failed_levels + 1))
}

unit() {
	local test rc=0
	for test in "$build-asan"/*/test_*; do
		[ -x "$test" ] || continue
		printf '# %s\n' "$(basename "$test")"
		ASAN_OPTIONS=detect_leaks=0 timeout 120 "$test" >"$results/one" 2>&1 || {
			rc=1
			printf 'not ok - %s as a whole\n' "$(basename "$test")"
		}
		grep -v '^ok' "$results/one" || true
		grep '^ok' "$results/one" >>"$results/quiet" || true
	done
	return $rc
}

native() {
	local list=()
	if [ ${#files[@]} -gt 0 ]; then list=("${files[@]/#/$here/integration/}"); else list=("$here"/integration/*.bats); fi
	CTR="$build/cli/ctr" PAYLOAD="$build/tests/payload/payload" NOSYS="$build/tests/fault/nosys" CTR_TEST_STRICT=1 \
		"$build/tests/harness/subreaper" bats --tap --timing "${list[@]}"
}

vm() {
	rm -rf "$build/tree"
	DESTDIR="$build/tree" cmake --install "$build" --prefix /usr/local >/dev/null
	"$here/vm/suite.sh" "$build" "${files[@]}"
}

# What the machine looked like; all of it must be so again.
machine() {
	awk '{print $5, $9}' /proc/self/mountinfo | sort
	find /sys/fs/cgroup -maxdepth 2 -name ctr -type d 2>/dev/null | sort
	ip -o link | awk -F': ' '{print $2}' | sort
	nft list tables 2>/dev/null | sort
	ls -A /run/ctr /var/lib/ctr /var/cache/ctr 2>/dev/null || true
	pgrep -a '^ctr' | grep -v '^ctr-' | sed 's/^[0-9]* //' || true
}

# Host-wide state of ctr is made with its first use and stays: without containers it is taken away, before and after.
clean_host() {
	if [ -z "$("$build/cli/ctr" list -q)" ]; then "$build/cli/ctr" doctor --remove-host-state >/dev/null; fi
}

build_all
clean_host
machine >"$results/.before"
if wants lint; then level lint "$here/lint/run.sh" "$build" "$build/cli/ctr"; fi
if wants unit; then
	build_asan
	level unit unit
fi
if wants native; then level native native; fi
if [ "$fast" = 0 ] && wants vm; then level vm vm; fi
clean_host
machine >"$results/.after"
if ! diff "$results/.before" "$results/.after"; then
	echo "not ok - the machine is not as it was before (<: before, >: after)" | tee "$results/trace"
	failed_levels=$((failed_levels + 1))
fi

passed="$(cat "$results"/* | grep -E '^ok' | grep -cviE '# skip' || true)"
skipped="$(cat "$results"/* | grep -E '^ok' | grep -ciE '# skip' || true)"
failed="$(cat "$results"/* | grep -cE '^not ok' || true)"
printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$failed_levels" = 0 ]
