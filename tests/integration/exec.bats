#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# ctr exec: joins, streams, status, and exactly the sandbox of start.

load helpers

setup_test() {
	spec x "$BASE/x.yaml" 'environment: {FROM: spec}'
	run_ctr create "$BASE/x.yaml"
	run_ctr start x
}

@test "exec passes status, streams and stdin" {
	run_ctr -5 exec x -- /payload exit 5
	run_ctr -143 exec x -- /payload kill-self 15
	is "$(echo in | "$CTR" exec -i x -- /payload cat)" in "stdin arrives with -i"
	is "$(echo in | "$CTR" exec x -- /payload cat)" "" "and not without"
	run_ctr -127 exec x -- /nothing
}

@test "exec: user, environment, working directory" {
	run_ctr exec --user 1000:1001 x -- /payload id
	has "$output" "uid=1000 gid=1001" "numbers are taken as they are"
	run_ctr exec --user 1 x -- /payload id
	has "$output" "uid=1 " "1 is 1"
	run_ctr -2 exec --user 4294967296 x -- /payload id
	run_ctr exec --env A=b --env FROM=exec x -- /payload env
	has "$output" "A=b" "--env adds"
	has "$output" "FROM=exec" "--env wins over the spec"
	run_ctr exec --cwd /proc x -- /payload cwd
	is "$output" /proc "--cwd"
	run_ctr -2 exec --cwd /proc/../proc x -- /payload cwd
}

@test "exec has exactly the sandbox of the payload" {
	run_ctr exec x -- /payload read /proc/1/status
	local init exec
	init="$(grep -E '^(Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups)' <<<"$output" | grep -v Seccomp_filters)"
	run_ctr exec x -- /payload status
	exec="$(grep -E '^(Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups)' <<<"$output" | grep -v Seccomp_filters)"
	is "$exec" "$init" "capabilities, seccomp, no_new_privs and ids are equal"
	has "$exec" "Seccomp:	2" "a filter is in force"
	has "$exec" "NoNewPrivs:	1" "no new privileges"
	has "$exec" "CapInh:	0000000000000000" "nothing is inheritable"
	has "$exec" "CapAmb:	0000000000000000" "nothing is ambient"
	local ns pid
	pid="$("$CTR" state --json x | jq .pid)"
	"$CTR" exec x -- /payload sleep 5 &
	wait_for 5 sh -c "'$CTR' ps --json x | jq -e 'length == 2'"
	local other
	other="$("$CTR" ps --json x | jq ".[] | select(.pid != $pid) | .pid")"
	for ns in user mnt pid ipc uts net cgroup; do
		is "$(readlink "/proc/$other/ns/$ns")" "$(readlink "/proc/$pid/ns/$ns")" "the same $ns namespace"
	done
	is "$(cat "/proc/$other/cgroup")" "$(cat "/proc/$pid/cgroup")" "the same cgroups"
}

@test "exec leaks no file descriptor" {
	run_ctr exec x -- /payload fds
	is "$(wc -l <<<"$output")" 3 "0, 1, 2 only"
}

@test "100 execs one after the other and 20 at once" {
	for i in $(seq 20); do
		"$CTR" exec x -- /payload echo "$i" >"$BASE/out.$i" &
	done
	wait
	for i in $(seq 20); do
		is "$(cat "$BASE/out.$i")" "$i" "each its own output"
	done
	for i in $(seq 80); do
		"$CTR" exec x -- /payload true
	done
	run_ctr ps --json x
	is "$(jq length <<<"$output")" 1 "nothing of them stays"
}
