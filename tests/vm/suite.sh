#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs integration tests on a machine with systemd and pure cgroup v2 (run.sh); TAP on stdout.
#
# Usage: tests/vm/suite.sh BUILD_DIR [BATS-FILE...]
#   BUILD_DIR  has the installed tree (tree/, made with DESTDIR) and the test programs
#   BATS-FILE  names of files of tests/integration; without them the list below
set -euo pipefail

# What is run when no file is named; empty: all files. Emulation makes everything about 20 times slower, and the whole
# list must stay under 12 minutes.
default_files=()

here="$(cd "$(dirname "$0")" && pwd)"
top="$(dirname "$(dirname "$here")")"
if [ $# -lt 1 ]; then
	echo "usage: tests/vm/suite.sh BUILD_DIR [BATS-FILE...]" >&2
	exit 2
fi
build="$(readlink -f "$1")"
shift
[ $# -gt 0 ] || set -- ${default_files[@]+"${default_files[@]}"}
[ $# -gt 0 ] || set -- "$top"/tests/integration/*.bats
files=()
for file; do
	if [ ! -e "$top/tests/integration/$(basename "$file")" ]; then
		echo "tests/vm/suite.sh: no tests/integration/$(basename "$file")" >&2
		exit 2
	fi
	files+=("tests/integration/$(basename "$file")")
done

bin=/ctr-tests/bin
args=(--tree "$build/tree" --add "$top/tests" --add "$top/examples"
	--add "$build/tests/payload/payload:bin/payload" --add "$build/tests/fault/nosys:bin/nosys"
	--add "$build/tests/harness/subreaper:bin/subreaper")
exec "$here/run.sh" "${args[@]}" -- env CTR=/usr/local/sbin/ctr "PAYLOAD=$bin/payload" "NOSYS=$bin/nosys" \
	CTR_TEST_STRICT=1 CTR_TIMEOUT=300 CTR_VM=1 bats --tap --timing "${files[@]}"
