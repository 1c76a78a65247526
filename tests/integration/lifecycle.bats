#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# create, start, stop, restart, delete: the life of a container and what each verb says in each status.

load helpers

@test "create, start, stop, start again, delete" {
	spec life "$BASE/life.yaml"
	run_ctr create "$BASE/life.yaml"
	status_is life stopped
	run_ctr start life
	status_is life running
	local pid
	pid="$("$CTR" state --json life | jq .pid)"
	[ -d "/proc/$pid" ]
	run_ctr stop life
	status_is life stopped
	[ ! -d "/proc/$pid" ]
	run_ctr start life
	status_is life running
	run_ctr stop life
	run_ctr delete life
	run_ctr -4 state life
}

@test "several names at once; one failure does not keep the others" {
	for n in a b c; do
		spec $n "$BASE/$n.yaml"
	done
	run_ctr create "$BASE/a.yaml" "$BASE/b.yaml" "$BASE/c.yaml"
	run_ctr -4 start a nothing c
	has "$output" "nothing: no such container" "the missing one is named"
	status_is a running
	status_is c running
	run_ctr stop a b c
	run_ctr delete a b c
}

@test "each verb in the wrong status says so with status 3" {
	spec v "$BASE/v.yaml"
	run_ctr create "$BASE/v.yaml"
	run_ctr -3 create "$BASE/v.yaml"
	run_ctr -3 exec v -- /payload true
	run_ctr -3 pause v
	run_ctr -3 resume v
	run_ctr -3 kill v
	run_ctr stop v
	run_ctr start v
	run_ctr -3 start v
	run_ctr -3 resume v
	run_ctr -3 delete v
	has "$output" "running" "the status is named"
	run_ctr pause v
	status_is v paused
	run_ctr -3 exec v -- /payload true
	has "$output" "resume" "with the remedy"
	run_ctr resume v
	status_is v running
	run_ctr exec v -- /payload true
	run_ctr delete --force v
}

@test "stop: a program that ignores the signal is killed after the timeout" {
	spec stubborn "$BASE/s.yaml" 'command: [/payload, ignore-term]' 'stop: {timeout: 1s}'
	run_ctr create "$BASE/s.yaml"
	run_ctr start stubborn
	run_ctr stop stubborn
	run_ctr state --json stubborn
	is "$(jq -r .exit.signal <<<"$output")" SIGKILL "it was killed"
}

@test "stop: a program without a handler is not waited for in vain" {
	spec deaf "$BASE/d.yaml" 'command: [/payload, sleep, "60"]' 'stop: {timeout: 20s}'
	run_ctr create "$BASE/d.yaml"
	run_ctr start deaf
	local begin=$SECONDS
	run_ctr stop deaf
	[ $((SECONDS - begin)) -lt 8 ]
}

@test "stop right after start" {
	spec quick "$BASE/q.yaml"
	run_ctr create "$BASE/q.yaml"
	for _ in 1 2 3 4 5; do
		run_ctr start quick
		run_ctr stop quick
	done
}

@test "wait gives the exit status, kill sends the signal" {
	spec w "$BASE/w.yaml"
	run_ctr create "$BASE/w.yaml"
	run_ctr start w
	run_ctr kill w SIGTERM
	run_ctr wait w
	run_ctr start w
	run_ctr -3 wait --timeout 200ms w
	run_ctr kill w SIGKILL
	run_ctr -137 wait w
}

@test "two starts at once: one wins, the other says so with status 3" {
	spec race "$BASE/r.yaml"
	run_ctr create "$BASE/r.yaml"
	for _ in 1 2 3 4 5; do
		"$CTR" start race 2>"$BASE/e1" & local a=$!
		"$CTR" start race 2>"$BASE/e2" & local b=$!
		local ra=0 rb=0
		wait $a || ra=$?
		wait $b || rb=$?
		is "$((ra + rb))" 3 "one 0 and one 3"
		run_ctr stop race
	done
}

@test "restart policy: on-failure starts it again at most max times" {
	spec r "$BASE/r.yaml" 'command: [/payload, exit, "1"]' 'restart: {policy: on-failure, delay: 50ms, max: 3}'
	run_ctr create "$BASE/r.yaml"
	run_ctr start r
	wait_for 20 status_is r stopped
	run_ctr logs r || true
	spec k "$BASE/k.yaml" 'restart: {policy: always, delay: 100ms}'
	run_ctr create "$BASE/k.yaml"
	run_ctr start k
	local first
	first="$("$CTR" state --json k | jq .pid)"
	run_ctr kill k SIGKILL
	another_pid() { local p; p="$("$CTR" state --json k | jq .pid)"; [ "$p" != "$first" ] && [ "$p" != 0 ] && [ "$p" != null ]; }
	wait_for 20 another_pid
	run_ctr stop k
	status_is k stopped
}

@test "init: reaper reaps orphans and forwards signals" {
	run_ctr run --rm --rootfs "$ROOT" --set init=reaper -- /payload zombies 5
	spec reaped "$BASE/reaped.yaml" 'init: reaper'
	run_ctr create "$BASE/reaped.yaml"
	run_ctr start reaped
	run_ctr stop reaped
	run_ctr state --json reaped
	is "$(jq -r .exit.code <<<"$output")" 0 "the command got the signal and ended by itself"
}

@test "run -d --rm: gone when it ends by itself, and when it is stopped" {
	run_ctr run -d --rm --name short --rootfs "$ROOT" -- /payload sleep 1
	is_gone() { ! "$CTR" state "$1"; }
	wait_for 15 is_gone short
	run_ctr run -d --rm --name long --rootfs "$ROOT" -- /payload pause
	run_ctr stop long
	run_ctr -4 state long
	timeout 30 "$CTR" run --rm --name front --rootfs "$ROOT" -- /payload pause 3>&- &
	wait_for 10 status_is front running
	run_ctr stop front
	wait $!
	run_ctr -4 state front
}

@test "delete --force takes a running one away" {
	spec f "$BASE/f.yaml"
	run_ctr create "$BASE/f.yaml"
	run_ctr start f
	run_ctr delete --force f
	run_ctr -4 state f
}

@test "a killed monitor: the payload runs on, stop and delete still work" {
	spec orphan "$BASE/o.yaml"
	run_ctr create "$BASE/o.yaml"
	run_ctr start orphan
	kill -9 "$("$CTR" state --json orphan | jq .monitor_pid)"
	status_is orphan running
	run_ctr exec orphan -- /payload true
	run_ctr stop orphan
	status_is orphan stopped
	run_ctr start orphan
	run_ctr delete --force orphan
}

@test "list and ps" {
	spec l1 "$BASE/l1.yaml"
	run_ctr create "$BASE/l1.yaml"
	run_ctr list -q
	is "$output" l1 "names only"
	run_ctr list --json
	is "$(jq -r '.[0].name, .[0].status' <<<"$output" | tr '\n' ' ')" "l1 stopped " "as JSON"
	run_ctr start l1
	run_ctr list
	has "$output" running "the table shows the status"
	run_ctr ps --json l1
	is "$(jq -r '.[0].inner_pid' <<<"$output")" 1 "the first process is pid 1 inside"
	run_ctr delete --force l1
}
