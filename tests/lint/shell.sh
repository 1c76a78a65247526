#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nothing in the scripts is what shellcheck warns of. What bats sets is unknown to it in the helpers (*.bash).
#
# Usage: tests/lint/shell.sh
set -euo pipefail
. "$(dirname "$0")/lib.bash"

check() {
	xargs -P "$(nproc)" -n 4 shellcheck --shell=bash --format=gcc --exclude="$1" || true
}
{
	files '*.sh' '.ci/run' | check SC1091
	files '*.bash' | check SC1091,SC2154
} | sort | verdict
