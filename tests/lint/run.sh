#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs all lints; one line of TAP for each, findings before it.
#
# Usage: tests/lint/run.sh BUILD_DIR CTR
set -uo pipefail
[ $# = 2 ] || { echo "usage: $0 BUILD_DIR CTR" >&2; exit 2; }
here="$(cd "$(dirname "$0")" && pwd)"

lints=(layers sizes names man fmt shell mandoc speaks headers)
failed=0
n=0

echo "1..${#lints[@]}"
for lint in "${lints[@]}"; do
	n=$((n + 1))
	args=()
	case "$lint" in
	names) args=("$1") ;;
	man) args=("$2") ;;
	esac
	if out="$("$here/$lint.sh" ${args[@]+"${args[@]}"} 2>&1 </dev/null)"; then
		echo "ok $n - $lint"
	else
		failed=$((failed + 1))
		[ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/# /'
		echo "not ok $n - $lint"
	fi
done
[ "$failed" = 0 ]
