#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A root whose mount targets are links to the host, some of them changing while we start: nothing outside is created,
# written or shown.

load helpers

setup_test() {
	CANARY="$BASE/canary"
	mkdir "$CANARY"
	echo untouched >"$CANARY/file"
	find "$CANARY" -printf '%p %y %m %U %s %T@\n' | sort >"$BASE/canary.before"
}

canary_is_untouched() {
	find "$CANARY" -printf '%p %y %m %U %s %T@\n' | sort >"$BASE/canary.after"
	diff "$BASE/canary.before" "$BASE/canary.after"
}

@test "/dev, /proc or /sys as a link is refused by name" {
	local dir target
	for dir in dev proc sys; do
		for target in "$CANARY" "../../../../../../../../..$CANARY" /nowhere; do
			rm -rf "${ROOT:?}/$dir"
			ln -s "$target" "$ROOT/$dir"
			run_ctr -2 run --rm --rootfs "$ROOT" -- /payload true
			has "$output" "/$dir" "the target is named"
			has "$output" "symbolic link" "and why"
			rm "$ROOT/$dir"
		done
	done
	canary_is_untouched
}

@test "/etc and volume targets as links stay inside the root" {
	mkdir "$BASE/vol"
	echo volume >"$BASE/vol/v"
	local target
	for target in "$CANARY" "../../../../../../../../..$CANARY"; do
		ln -sfn "$target" "$ROOT/etc"
		ln -sfn "$target" "$ROOT/data"
		ln -sfn "$target" "$ROOT/run"
		run timeout 60 "$CTR" run --rm --rootfs "$ROOT" --network ctr0 -v "$BASE/vol:/data/deep/er" \
			--set 'tmpfs=["/run/x"]' -- /payload ls "$CANARY"
		lacks "$output" untouched "the host's directory is not shown"
		canary_is_untouched
	done
}

@test "a file where a directory must be, and the other way round" {
	touch "$ROOT/proc"
	run_ctr -1 run --rm --rootfs "$ROOT" -- /payload true
	has "$output" "/proc" "the target is named"
	rm "$ROOT/proc"
	mkdir -p "$ROOT/target" "$BASE/vol"
	touch "$BASE/vol/f"
	run_ctr -1 run --rm --rootfs "$ROOT" -v "$BASE/vol/f:/target" -- /payload true
}

@test "targets that are exchanged with links while starting" {
	mkdir -p "$ROOT/proc" "$ROOT/dev" "$ROOT/sys" "$ROOT/data" "$BASE/vol"
	local dir pids=()
	for dir in proc dev data; do
		ln -s "$CANARY" "$ROOT/$dir.link"
		"$PAYLOAD" swap-loop "$ROOT/$dir" "$ROOT/$dir.link" 15 >/dev/null &
		pids+=($!)
	done
	for _ in $(seq 40); do
		timeout 20 "$CTR" run --rm --rootfs "$ROOT" -v "$BASE/vol:/data" -- /payload ls "$CANARY" >>"$BASE/seen" 2>&1 || true
	done
	kill "${pids[@]}" 2>/dev/null || true
	wait "${pids[@]}" 2>/dev/null || true
	if grep -x file "$BASE/seen"; then return 1; fi
	canary_is_untouched
}

@test "masks come from the host: a false /dev/null in the root does not matter" {
	mkdir -p "$ROOT/dev"
	ln -s "$CANARY/file" "$ROOT/dev/null"
	run_ctr run --rm --rootfs "$ROOT" -- /payload stat /proc/timer_list
	has "$output" "rdev=1:3" "the mask is the null device"
	canary_is_untouched
}

@test "a root that does not exist, is a file, or is a link to nowhere" {
	run_ctr -4 run --rm --rootfs "$BASE/nothing" -- /payload true
	has "$output" "$BASE/nothing" "it is named"
	touch "$BASE/file"
	run_ctr run --rm --rootfs "$BASE/file" -- /payload true && return 1
	true
}
