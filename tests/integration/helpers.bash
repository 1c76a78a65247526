# SPDX-License-Identifier: LGPL-2.1-or-later
# Shared by all integration tests: how ctr is called, how values are compared, and the rule that a test leaves no trace.
#
# CTR, PAYLOAD: the programs under test (absolute paths, set by tests/run.sh).
# CTR_TEST_STRICT=1: a test that cannot run here fails instead of being skipped.

: "${CTR:=$BATS_TEST_DIRNAME/../../build/cli/ctr}"
: "${PAYLOAD:=$BATS_TEST_DIRNAME/../../build/tests/payload/payload}"
: "${CTR_TIMEOUT:=60}"
export CTR PAYLOAD

# run_ctr [-EXIT] ARGS...: runs ctr with a time limit; fails unless it ends with EXIT (0). Sets $output, $status.
run_ctr() {
	local want=0
	case "$1" in
	-[0-9]*)
		want="${1#-}"
		shift
		;;
	esac
	run timeout --foreground -k 5 "$CTR_TIMEOUT" "$CTR" "$@"
	printf '$ ctr %s\n%s\n-> %s\n' "$*" "$output" "$status"
	if [ "$status" != "$want" ]; then
		printf '# exit status %s, expected %s\n' "$status" "$want"
		return 1
	fi
}

# is ACTUAL EXPECTED WHY
is() {
	if [ "$1" != "$2" ]; then
		printf '# %s\n#      got: %s\n# expected: %s\n' "$3" "$1" "$2"
		return 1
	fi
}

# has TEXT PART WHY: TEXT contains PART.
has() {
	case "$1" in
	*"$2"*) ;;
	*)
		printf '# %s\n#      got: %s\n# expected in it: %s\n' "$3" "$1" "$2"
		return 1
		;;
	esac
}

# lacks TEXT PART WHY
lacks() {
	case "$1" in
	*"$2"*)
		printf '# %s\n#      got: %s\n# not expected in it: %s\n' "$3" "$1" "$2"
		return 1
		;;
	esac
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when time is up.
wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			printf '# gave up waiting for: %s\n' "$*"
			return 1
		fi
		command sleep 0.05
	done
}

# status_is NAME STATUS
status_is() {
	[ "$("$CTR" state --json "$1" | jq -r .status)" = "$2" ]
}

# make_root DIR: a root file system that is the payload and nothing else.
make_root() {
	mkdir -p "$1"
	cp "$PAYLOAD" "$1/payload"
}

# spec NAME FILE [LINES...]: a specification of the payload's root with a command that waits.
spec() {
	local name="$1" file="$2"
	shift 2
	{
		printf 'name: %s\nrootfs: {path: %s}\n' "$name" "$ROOT"
		printf '%s\n' "$@"
	} >"$file"
	grep -q '^command:' "$file" || printf 'command: [/payload, pause]\n' >>"$file"
	grep -q '^stop:' "$file" || printf 'stop: {timeout: 2s}\n' >>"$file"
}

hybrid() {
	[ ! -e /sys/fs/cgroup/cgroup.controllers ]
}

# What must be the same after a test. Host-wide things that ctr makes once (its root cgroups, the bridge, the table) are
# left out here; tests/run.sh compares them over the whole run.
trace() {
	awk '{print "mount", $5, $9}' /proc/self/mountinfo | sort
	find /sys/fs/cgroup -mindepth 2 -maxdepth 3 -type d -path '*/ctr/*' ! -name monitors 2>/dev/null |
		sed 's/^/cgroup /' | sort
	ip -o link 2>/dev/null | awk -F': ' '{sub(/@.*/, "", $2); print "link", $2}' | grep -v 'link ctr0$' | sort
	find /run/ctr /var/lib/ctr -mindepth 1 -maxdepth 2 ! -path '/run/ctr/.host' ! -path '/run/ctr/.net' \
		! -path '/run/ctr/.net/*.hosts' ! -path '/run/ctr/.net/lock' ! -path '/run/ctr/.net/boot' \
		! -path /var/lib/ctr/containers ! -path /var/lib/ctr/ids 2>/dev/null | sed 's/^/file /' | sort
	pgrep -a '^ctr' 2>/dev/null | grep -v 'ctr-tests' | sed 's/^[0-9]*/process/' | sort
	nft list table inet ctr 2>/dev/null | grep -E 'elements|:' | grep -vE 'type|chain|policy|10\.77\.0\.0/16' | sort
}

setup() {
	BASE="$BATS_TEST_TMPDIR"
	ROOT="$BASE/root"
	make_root "$ROOT"
	chmod 755 "$BASE" "$ROOT"
	"$CTR" list -q 2>/dev/null | sort >"$BASE/names.before" || true
	trace >"$BASE/trace.before"
	if declare -F setup_test >/dev/null; then setup_test; fi
}

# Deletes whatever the test left (a failed test may), then says what the test should not have left.
teardown() {
	local name failed=0
	if declare -F teardown_test >/dev/null; then teardown_test; fi
	# Only what came since: there may be containers on this machine that are not ours.
	for name in $("$CTR" list -q 2>/dev/null | sort | comm -13 "$BASE/names.before" -); do
		timeout 60 "$CTR" delete --force "$name" || failed=1
	done
	wait_for 10 same_trace || {
		printf '# left behind (<: before, >: after):\n'
		diff "$BASE/trace.before" "$BASE/trace.after"
		failed=1
	}
	return $failed
}

same_trace() {
	trace >"$BASE/trace.after"
	cmp -s "$BASE/trace.before" "$BASE/trace.after"
}
