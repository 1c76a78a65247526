#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Includes point down only: cli -> runtime -> spec -> { cgroups, netns, rootfs, security } -> common. A header named
# *_int.h belongs to its folder (and to the unit tests). Of the other programs only
# the unit tests and the fuzzers see the library.
#
# Usage: tests/lint/layers.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

# shellcheck disable=SC2016 # awk's own $
c_files | xargs awk '
	BEGIN {
		leaves = " cgroups netns rootfs security"
		may["common"] = ""
		may["cgroups"] = may["netns"] = may["rootfs"] = may["security"] = " common"
		may["spec"] = leaves " common"
		may["runtime"] = " spec" leaves " common"
		may["cli"] = " runtime spec" leaves " common"
		may["tests/unit"] = may["tests/fuzz"] = " cli runtime spec" leaves " common"
	}
	!/^[ \t]*#[ \t]*include[ \t]*"/ { next }
	{
		split($0, quoted, "\"")
		header = quoted[2]
		from = FILENAME
		sub(/\/[^\/]*$/, "", from)
		at = FILENAME ":" FNR ": "
		if (header ~ /^\.\.?\// || header !~ /\//) {
			# Folders without modules (a test program, a benchmark) name their own headers.
			if (from in may || header ~ /\//)
				print at "\"" header "\" does not name its folder; include it as \"folder/header.h\""
			next
		}
		to = header
		sub(/\/[^\/]*$/, "", to)
		if (to == from)
			next
		if (header ~ /_int\.h$/ && from != "tests/unit") {
			print at from " includes " header ", which is internal to " to "; use what the public header of " to " offers"
			next
		}
		if (index((from in may ? may[from] : "") " ", " " to " ") == 0)
			print at from " may not include from " to "; arrows point down only (docs/architecture.md)"
	}
' | verdict
