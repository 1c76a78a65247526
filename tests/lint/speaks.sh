#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What no file may say: a path of somebody's machine, a note to do it later; in C, a call that resolves a mount's path by
# string (SECURITY.md: races in an untrusted root), starts a shell, or copies without a bound.
#
# Usage: tests/lint/speaks.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

# May call mount(2) and umount(2). In the runtime only this: what is detached is ".", the old root below the new one.
mount_allowed=(
	rootfs/enter.c
	# Not part of ctr: programs that run inside containers or on their own.
	bench/floor.c
	tests/payload/probe.c tests/payload/probe_abi.c tests/payload/probe_mounts.c
)

# grep_files WHAT REGEX FILE...: one finding for each line.
grep_files() {
	local what="$1" regex="$2"
	shift 2
	[ $# -gt 0 ] || return 0
	grep -nHIE -- "$regex" "$@" | awk -F: -v what="$what" '{ print $1 ":" $2 ": " what }' || true
}

# The same for C, without its comments.
grep_code() {
	local what="$1" regex="$2"
	shift 2
	awk -v what="$what" -v regex="$regex" '
		FNR == 1 { comment = 0 }
		{
			line = $0
			gsub(/\\"/, "", line)
			gsub(/"[^"]*"/, "\"\"", line)
			code = ""
			while (line != "") {
				if (comment) {
					at = index(line, "*/")
					if (!at)
						break
					line = substr(line, at + 2)
					comment = 0
				} else {
					at = index(line, "/*")
					code = code (at ? substr(line, 1, at - 1) : line)
					if (!at)
						break
					line = substr(line, at + 2)
					comment = 1
				}
			}
			sub(/\/\/.*/, "", code)
			if (code ~ "(^|[^A-Za-z0-9_.>])(" regex ")[ \t]*\\(")
				print FILENAME ":" FNR ": " what
		}' "$@"
}

check() {
	local all=() code=() mounts=() file allowed
	# This file has the words in it.
	mapfile -t all < <(files '*' | grep -v '^tests/lint/speaks\.sh$')
	mapfile -t code < <(c_files)
	allowed=" ${mount_allowed[*]} "
	for file in "${code[@]}"; do
		case "$allowed" in
		*" $file "*) ;;
		*) mounts+=("$file") ;;
		esac
	done
	grep_files 'a path of one machine; name it relative to the tree, or take it as an argument' \
		'(^|[^A-Za-z0-9_.})-])/(work|workspace)/' "${all[@]}"
	grep_files 'a note to do it later; do it, or write it down where users look (CHANGELOG.md, ctr(8))' \
		'(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)($|[^A-Za-z0-9_])' "${all[@]}"
	for file in "${mount_allowed[@]}"; do
		grep -qsE 'mount2?[ \t]*\(' "$file" || echo "$file:1: it mounts nothing; take it from the list in tests/lint/speaks.sh"
	done
	grep_code 'a mount by path string; use the fds of rootfs/ (move_mount), or add the file to the list in tests/lint/speaks.sh with a reason' \
		'mount|umount|umount2' "${mounts[@]}"
	grep_code 'starts a shell; use posix_spawn or fork and execve with an argument vector' 'system|popen' "${code[@]}"
	grep_code 'writes without a bound; use snprintf, struct ctr_buf or memcpy' \
		'strcpy|strcat|stpcpy|sprintf|vsprintf|gets' "${code[@]}"
	grep_code 'a race with whoever makes the name first; use mkstemp, mkdtemp or O_TMPFILE' 'mktemp|tmpnam|tempnam' "${code[@]}"
}
check | sort -t: -k1,1 -k2,2n | verdict
