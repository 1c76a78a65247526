#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Limits and weights that the kernel enforces, on whatever cgroup layout the machine has.

load helpers

# usage NAME: CPU time used so far, microseconds.
usage() {
	"$CTR" state --json "$1" | jq .cpu.usage_usec
}

@test "memory.max kills, and the reason says so with the limit" {
	spec m "$BASE/m.yaml" 'command: [/payload, alloc, 200M]' 'memory: {max: 64M, swap_max: 0}'
	run_ctr create "$BASE/m.yaml"
	run_ctr start m
	wait_for 30 status_is m stopped
	run_ctr state --json m
	is "$(jq -r '.exit.oom, .exit.signal' <<<"$output" | tr '\n' ' ')" "true SIGKILL " "killed for memory"
	run_ctr state m
	has "$output" "64M" "the limit is named"
	has "$output" "memory" "and the reason"
}

@test "oom: container takes all of it down, oom: process the culprit only" {
	spec all "$BASE/all.yaml" 'memory: {max: 64M, swap_max: 0}'
	run_ctr create "$BASE/all.yaml"
	run_ctr start all
	run_ctr -137 exec all -- /payload alloc 200M
	wait_for 10 status_is all stopped
	spec one "$BASE/one.yaml" 'memory: {max: 64M, swap_max: 0, oom: process}'
	run_ctr create "$BASE/one.yaml"
	run_ctr start one
	run_ctr -137 exec one -- /payload alloc 200M
	status_is one running
}

@test "pids.max contains a fork bomb" {
	spec p "$BASE/p.yaml" 'command: [/payload, forkbomb, "1000"]' 'pids: {max: 32}'
	run_ctr create "$BASE/p.yaml"
	run_ctr start p
	wait_for 20 sh -c "'$CTR' logs p | grep -q forked"
	run_ctr logs p
	has "$output" "EAGAIN" "fork is refused inside"
	local forked
	forked="$(grep -o 'forked [0-9]*' <<<"$output" | cut -d' ' -f2)"
	[ "$forked" -le 32 ]
	true # the host goes on
	run_ctr delete --force p
}

@test "cpu.max: half a CPU is half a CPU over 10 s" {
	spec c "$BASE/c.yaml" 'command: [/payload, burn, "60"]' 'cpu: {max: 0.5}'
	run_ctr create "$BASE/c.yaml"
	run_ctr start c
	local u0 u1 t0 t1 share
	for _ in 1 2 3; do
		u0="$(usage c)" t0="$(date +%s%N)"
		command sleep 10
		u1="$(usage c)" t1="$(date +%s%N)"
		share=$(((u1 - u0) * 100000 / (t1 - t0)))
		printf 'achieved %s %% of one CPU\n' "$share"
		[ "$share" -lt 47 ] || [ "$share" -gt 53 ] || break
	done
	[ "$share" -ge 47 ] && [ "$share" -le 53 ]
	run_ctr delete --force c
}

@test "weights 1:2:4:8 hold with four threads each on all CPUs over 20 s" {
	local total w
	declare -A before after
	for w in 100 200 400 800; do
		spec "w$w" "$BASE/w$w.yaml" 'command: [/payload, burn, "120", "4"]' "cpu: {weight: $w}"
		run_ctr create "$BASE/w$w.yaml"
		run_ctr start "w$w"
	done
	command sleep 1
	# Other work on the machine that holds one CPU for a while tilts a window; the promise holds in one of three.
	for _ in 1 2 3; do
		local good=1
		total=0
		for w in 100 200 400 800; do before[$w]="$(usage "w$w")"; done
		command sleep 20
		for w in 100 200 400 800; do
			after[$w]="$(usage "w$w")"
			total=$((total + after[$w] - before[$w]))
		done
		for w in 100 200 400 800; do
			local got want=$((w * 10000 / 1500))
			got=$(((after[$w] - before[$w]) * 10000 / total))
			printf 'weight %d: entitled %d.%02d %%, achieved %d.%02d %%\n' "$w" $((want / 100)) \
				$((want % 100)) $((got / 100)) $((got % 100))
			[ $((got - want)) -le 200 ] && [ $((want - got)) -le 200 ] || good=0
		done
		[ "$good" = 0 ] || break
	done
	[ "$good" = 1 ]
}

@test "cpus: pins to the named ones" {
	spec pin "$BASE/pin.yaml" 'cpu: {cpus: "0"}'
	run_ctr create "$BASE/pin.yaml"
	run_ctr start pin
	local pid
	pid="$("$CTR" state --json pin | jq .pid)"
	is "$(awk '/^Cpus_allowed_list/ {print $2}' "/proc/$pid/status")" 0 "one CPU only"
}

@test "limits are read back from the kernel" {
	spec rb "$BASE/rb.yaml" 'cpu: {weight: 300, max: 1.5}' 'memory: {max: 128M}' 'pids: {max: 77}'
	run_ctr create "$BASE/rb.yaml"
	run_ctr start rb
	run_ctr state --json rb
	is "$(jq -c '[.cpu.weight, .cpu.max, .memory.max, .pids.max]' <<<"$output")" "[300,1.5,134217728,77]" \
		"the kernel has what the spec says"
}

@test "a setting that this host cannot express is refused by name, and nothing is left" {
	spec low "$BASE/low.yaml" 'memory: {high: 32M}'
	run_ctr create "$BASE/low.yaml"
	if ! hybrid; then
		run_ctr start low
		is "$(cat /sys/fs/cgroup/ctr/low/memory.high)" 33554432 "this host can: it is in force"
		return
	fi
	run_ctr -5 start low
	has "$output" "memory.high" "the setting"
	has "$output" "memory" "the controller"
	status_is low stopped
}

@test "pause stops the clock, resume goes on" {
	spec z "$BASE/z.yaml" 'command: [/payload, burn, "60"]'
	run_ctr create "$BASE/z.yaml"
	run_ctr start z
	run_ctr pause z
	local u0 u1
	u0="$(usage z)"
	command sleep 1
	u1="$(usage z)"
	[ $((u1 - u0)) -lt 20000 ]
	run_ctr resume z
	command sleep 1
	[ "$(usage z)" -gt $((u1 + 200000)) ]
	run_ctr delete --force z
}
