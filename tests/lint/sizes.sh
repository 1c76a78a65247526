#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A .c file has at most 600 lines, a header 200, a function 80. The lines of a table do not count when the comment
# "lint: table" stands directly above it.
#
# Usage: tests/lint/sizes.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

# shellcheck disable=SC2016 # awk's own $
c_files | xargs awk '
	function finish() {
		if (file != "" && lines > limit)
			print file ":" limit + 1 ": it has " lines " lines, " limit " are allowed; split it by job, never by number"
	}
	FNR == 1 {
		finish()
		file = FILENAME
		limit = file ~ /\.h$/ ? 200 : 600
		lines = begin = table = marked = 0
	}
	{ lines++ }
	marked {
		marked = 0
		if (/[={,][ \t]*$/)
			table = 1
		else
			print file ":" FNR - 1 ": \"lint: table\" is not directly above a table; remove it"
	}
	table {
		lines--
		if (/^}/)
			table = 0
		next
	}
	/^\/\* lint: table \*\/$/ { marked = 1 }
	/^[A-Za-z_].*\(/ { head = $0 }
	/^{/ { begin = FNR }
	/^}/ && begin {
		if (FNR - begin + 1 > 80) {
			name = head
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			print file ":" begin ": " name " has " FNR - begin + 1 " lines, 80 are allowed; split it by job"
		}
		begin = 0
	}
	END { finish() }
' | verdict
