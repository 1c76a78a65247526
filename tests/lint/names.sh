#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every symbol that the static libraries export begins with ctr_.
#
# Usage: tests/lint/names.sh BUILD_DIR
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 BUILD_DIR" >&2; exit 2; }
build="$(readlink -f "$1")"
. "$(dirname "$0")/lib.bash"

check() {
	local folder library symbol place
	for folder in common cgroups netns rootfs security spec runtime cli; do
		library="$build/$folder/libctr_$folder.a"
		if [ ! -e "$library" ]; then
			echo "$folder:1: $library is missing; build first"
			continue
		fi
		nm --defined-only --extern-only --format=posix "$library" | awk 'NF > 1 && $1 !~ /^ctr_/ { print $1 }' |
			while read -r symbol; do
				place="$(grep -nHE "^[A-Za-z].*\\<$symbol\\>" "$folder"/*.c | head -n 1 | cut -d: -f1,2 || true)"
				echo "${place:-$folder:1}: $symbol is exported without the prefix ctr_; make it static or rename it"
			done
	done
}
check | verdict
