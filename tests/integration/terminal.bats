#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Terminals: run -t and exec -t in a real terminal (tmux), their size, their isolation, and that ours is restored.

load helpers

setup_test() {
	TMUX_SOCKET="$BASE/tmux"
	tmux -S "$TMUX_SOCKET" -f /dev/null new-session -d -x 100 -y 30 'PS1="host> " sh'
	wait_for 10 screen_has 'host>'
}

teardown_test() {
	tmux -S "$TMUX_SOCKET" kill-server || true
}

screen() {
	tmux -S "$TMUX_SOCKET" capture-pane -p
}

screen_has() {
	screen | grep -q -- "$1"
}

type_line() {
	tmux -S "$TMUX_SOCKET" send-keys "$1" Enter
}

@test "run -t: a terminal of its own, with our size" {
	type_line "$CTR run --rm -i -t --rootfs $ROOT -- /payload tty; echo status=\$?"
	wait_for 20 screen_has 'status=0'
	screen
	screen_has '/dev/pts/0'
	screen_has 'size 30 100'
}

@test "the size follows ours" {
	type_line "$CTR run --rm -i -t --rootfs $ROOT -- /payload winch; echo status=\$?"
	wait_for 20 screen_has 'size 30 100'
	tmux -S "$TMUX_SOCKET" resize-window -x 77 -y 22
	wait_for 20 screen_has 'size 22 77'
	type_line q
	wait_for 20 screen_has 'status=0'
}

@test "exec -t: a terminal in the container's own devpts; ours is restored after a kill" {
	spec t "$BASE/t.yaml"
	run_ctr create "$BASE/t.yaml"
	run_ctr start t
	type_line "stty -a >$BASE/before; $CTR exec -i -t t -- /payload tty; $CTR exec -i -t t -- /payload pause; stty -a >$BASE/after; echo done=\$?"
	wait_for 20 screen_has '/dev/pts/'
	wait_for 20 sh -c "'$CTR' ps --json t | jq -e 'length == 2'"
	run_ctr stop t
	wait_for 20 screen_has 'done=0'
	diff "$BASE/before" "$BASE/after"
}

@test "TIOCSTI and TIOCLINUX are denied on a terminal" {
	type_line "$CTR run --rm -i -t --rootfs $ROOT -- /payload probe tiocsti; echo status=\$?"
	wait_for 20 screen_has 'status='
	screen
	screen_has 'denied'
	if screen_has ALLOWED; then return 1; fi
}

@test "-t without a terminal is refused with the remedy" {
	run_ctr -2 run --rm -t --rootfs "$ROOT" -- /payload true </dev/null
	has "$output" "-i" "the remedy"
}
