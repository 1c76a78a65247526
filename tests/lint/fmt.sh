#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every .c and .h is as clang-format writes it; no file is exempt.
#
# Usage: tests/lint/fmt.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

check() {
	local rc=0 out
	out="$(c_files | xargs -P "$(nproc)" -n 16 clang-format --dry-run -Werror --ferror-limit=1 2>&1)" || rc=$?
	# One line for each file; anything else that clang-format says is a finding too.
	printf '%s\n' "$out" | awk -F: '
		/clang-formatted/ { if (!seen[$1]++) print $1 ":" $2 ": not formatted; run clang-format -i " $1; n++ }
		END { exit n == 0 }' || [ "$rc" = 0 ] || printf '%s\n' "$out"
}
check | sort | verdict
