#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# mandoc has nothing to say about the manual pages.
#
# Usage: tests/lint/mandoc.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

{
	[ -n "$(files 'man/*.[0-9]')" ] || echo "man:1: there are no manual pages"
	# "mandoc: FILE:LINE:COLUMN: LEVEL: text"; the level is in the exit status as well.
	files 'man/*.[0-9]' | xargs -r mandoc -T lint -W warning 2>&1 | sed 's/^mandoc: //' || true
} | verdict
