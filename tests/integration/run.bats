#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# ctr run: streams, exit status, signals, names, --rm, -d, --set.

load helpers

@test "run passes the exit status" {
	run_ctr run --rm --rootfs "$ROOT" -- /payload true
	run_ctr -7 run --rm --rootfs "$ROOT" -- /payload exit 7
	run_ctr -143 run --rm --rootfs "$ROOT" --set init=reaper -- /payload kill-self 15
}

@test "run: a command that does not exist is 127, one that is not executable 126" {
	run_ctr -127 run --rm --rootfs "$ROOT" -- /nothing
	has "$output" "execute /nothing: No such file or directory" "the error names the file"
	run_ctr -127 run --rm --rootfs "$ROOT" -- nothing
	has "$output" "PATH" "the remedy names PATH"
	echo text >"$ROOT/text"
	run_ctr -126 run --rm --rootfs "$ROOT" -- /text
	has "$output" "Permission denied" "the error says why"
}

@test "run separates stdout and stderr and is binary-clean" {
	timeout 30 "$CTR" run --rm --rootfs "$ROOT" -- /payload both >"$BASE/out" 2>"$BASE/err"
	is "$(cat "$BASE/out")" "this is stdout" "stdout is stdout"
	is "$(cat "$BASE/err")" "this is stderr" "stderr is stderr"
	timeout 30 "$CTR" run --rm --rootfs "$ROOT" -- /payload random 3000000 >"$BASE/random"
	is "$(stat -c %s "$BASE/random")" 3000000 "every byte arrives"
	is "$(sha256sum <"$BASE/random")" "$("$PAYLOAD" random 3000000 | sha256sum)" "and is what was written"
}

@test "run -i passes stdin, without -i it is empty" {
	is "$(printf 'a\0b' | timeout 30 "$CTR" run --rm -i --rootfs "$ROOT" -- /payload cat | od -An -c | tr -d ' ')" \
		'a\0b' "stdin arrives byte by byte"
	is "$(echo hello | timeout 30 "$CTR" run --rm --rootfs "$ROOT" -- /payload cat)" "" "no -i, no stdin"
}

@test "run forwards signals" {
	timeout 30 "$CTR" run --rm --name sig --rootfs "$ROOT" -- /payload pause &
	local pid=$!
	wait_for 10 status_is sig running
	kill -TERM "$(pgrep -P $pid -x ctr || echo $pid)"
	wait $pid
}

@test "run -d prints the name and goes on; logs have both streams with time" {
	run_ctr run -d --name bg --rootfs "$ROOT" -- /payload both
	is "$output" bg "the name is printed"
	run_ctr wait bg
	run_ctr logs --timestamps bg
	has "$output" " stdout" "stdout was logged"
	[[ "$output" =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T.*Z ]]
	run_ctr delete bg
}

@test "run --rm leaves nothing, without it the container stays" {
	run_ctr run --rm --name gone --rootfs "$ROOT" -- /payload true
	run_ctr -4 state gone
	run_ctr run --name stays --rootfs "$ROOT" -- /payload exit 3 || true
	run_ctr state --json stays
	is "$(jq -r '.status, .exit.code' <<<"$output" | tr '\n' ' ')" "stopped 3 " "it is stopped with its status"
	run_ctr delete stays
}

@test "run refuses a name that is taken and keeps what is there" {
	run_ctr run -d --name one --rootfs "$ROOT" -- /payload pause
	run_ctr -3 run -d --name one --rootfs "$ROOT" -- /payload pause
	status_is one running
}

@test "run: environment, working directory and host name are the container's" {
	SECRET=host run_ctr run --rm --name envtest --rootfs "$ROOT" -- /payload env
	lacks "$output" SECRET "nothing of the caller's environment"
	has "$output" "container=ctr" "but the container's"
	run_ctr run --rm --rootfs "$ROOT" --set environment='{A: "1 2"}' -- /payload env
	has "$output" "A=1 2" "and the spec's"
	run_ctr run --rm --name envtest --rootfs "$ROOT" -- /payload hostname
	is "$output" envtest "the host name is the name"
	run_ctr run --rm --rootfs "$ROOT" --set working_dir=/proc -- /payload cwd || true
}
