#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A start that fails at any step says which one and leaves nothing behind; nor does a monitor killed there, once the next
# command has cleared up. Needs a build with CTR_FAULTS.

load helpers

steps="cgroup network rootfs powers init links inside"

setup_test() {
	spec f "$BASE/f.yaml" 'network: [{bridge: ctr0, address: auto}]' 'ports: ["18099:1"]'
	run_ctr create "$BASE/f.yaml"
	trace >"$BASE/trace.created"
}

same_as_created() {
	trace | grep -vE '^file /(run/ctr/f|var/lib/ctr/containers/f)' >"$BASE/now"
	grep -vE '^file /(run/ctr/f|var/lib/ctr/containers/f)' "$BASE/trace.created" | cmp -s - "$BASE/now"
}

@test "a step that fails is named, and all before it are undone" {
	local step when
	for step in $steps; do
		for when in before after; do
			CTR_FAULT="$step:$when:fail" run_ctr -1 start f
			has "$output" "f: $step: failing" "the step is named"
			status_is f stopped
			wait_for 5 same_as_created
		done
	done
	run_ctr start f
}

@test "run leaves no definition when its start fails" {
	CTR_FAULT="links:after:fail" run_ctr -1 run --name r --rootfs "$ROOT" --network ctr0 -- /payload true
	run_ctr -4 state r
	CTR_FAULT="inside:before:fail" run_ctr -1 run -d --name r --rootfs "$ROOT" -- /payload true
	run_ctr -4 state r
}

@test "a monitor killed at any step: the next start works, delete --force leaves nothing" {
	local step when
	for step in $steps; do
		for when in before after; do
			CTR_FAULT="$step:$when:kill" run_ctr -1 start f
			has "$output" "died" "its death is told"
			run_ctr start f
			status_is f running
			run_ctr stop f
			CTR_FAULT="$step:$when:kill" run_ctr -1 start f
			run_ctr delete --force f
			wait_for 5 no_trace_of_f
			run_ctr create "$BASE/f.yaml"
		done
	done
}

no_trace_of_f() {
	same_trace
}

@test "real failures: a missing volume, a port that is taken, a bad user, a bad seccomp file" {
	spec bad "$BASE/bad.yaml" 'volumes: ["/nonexistent/volume:/data"]'
	run_ctr create "$BASE/bad.yaml"
	run_ctr -4 start bad
	has "$output" "/nonexistent/volume" "it is named"
	run_ctr delete bad
	spec bad "$BASE/bad.yaml" 'user: nobody-here'
	run_ctr create "$BASE/bad.yaml"
	run_ctr -4 start bad
	has "$output" "nobody-here" "it is named"
	run_ctr delete bad
	echo '{' >"$BASE/filter.json"
	spec bad "$BASE/bad.yaml" "seccomp: $BASE/filter.json"
	run_ctr create "$BASE/bad.yaml"
	run_ctr start bad && return 1
	has "$output" "filter.json" "it is named"
	run_ctr delete bad
}
