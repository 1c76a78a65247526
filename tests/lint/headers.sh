#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each header compiles alone: it includes what it needs, and whoever includes it needs nothing before it.
#
# Usage: tests/lint/headers.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

# shellcheck disable=SC2016 # $1 is of the inner shell
{
	[ -n "$(files '*.h')" ] || echo ".:1: there are no headers"
	files '*.h' | xargs -P "$(nproc)" -n 1 sh -c '
		# Included, not compiled: a header as main file would be warned of for its static functions.
		printf "#include \"%s\"\n" "$1" |
			${CC:-cc} -std=gnu11 -fsyntax-only -D_GNU_SOURCE -Werror=implicit -I. -x c - 2>&1 ||
			echo "$1:1: error: it does not compile alone"' sh
} | sed -n '/: \(fatal \)\{0,1\}error: /s/$/; include what it needs/p' | sort -u | verdict
