# SPDX-License-Identifier: LGPL-2.1-or-later
# Shared by all lints: they run at the top of the source tree, print "FILE:LINE: what; remedy" for each finding, and fail
# when there is one.

LC_ALL=C
export LC_ALL
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

# files GLOB...: the source files with these names, without build directories.
files() {
	local tests=() glob
	for glob; do
		tests+=(-o -path "./$glob" -o -name "$glob")
	done
	find . \( -path './.*' ! -path './.ci*' -o -path './build*' \) -prune -o -type f \( "${tests[@]:1}" \) -print |
		cut -c3- | sort -u
}

# Every C source; fails when there is none, as then the lint would say that nothing is fine.
c_files() {
	files '*.c' '*.h' | awk '{ print; n++ } END { exit n == 0 }'
}

# Passes on the findings of stdin; fails if there was one.
verdict() {
	awk '{ print; n++ } END { exit n > 0 }'
}
