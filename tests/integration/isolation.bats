#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a payload, as root of its container, cannot reach. The same probes in both profiles.

load helpers

probe_all() {
	local profile="$1"
	shift
	run_ctr run --rm --profile "$profile" --rootfs "$ROOT" "$@" -- /payload probe all
	lacks "$output" ALLOWED "nothing of it is reachable"
	[ "$(grep -c denied <<<"$output")" -ge 25 ]
}

@test "app: every probe is denied" {
	probe_all app
}

@test "service: every probe is denied" {
	probe_all service
}

@test "app with the host's user namespace: every probe is denied" {
	probe_all app --set user_namespace=host
}

@test "the payload sees no host mount, no host process and only its own devices" {
	run_ctr run --rm --rootfs "$ROOT" -- /payload mounts
	lacks "$output" "/sys/fs/cgroup/memory" "no v1 hierarchy"
	lacks "$output" " /var " "no host directory"
	local n
	n="$(wc -l <<<"$output")"
	[ "$n" -lt 60 ]
	run_ctr run --rm --rootfs "$ROOT" -- /payload ls /proc
	is "$(grep -cE '^[0-9]+$' <<<"$output")" 1 "one process only"
	run_ctr run --rm --rootfs "$ROOT" -- /payload ls /dev
	is "$(sort <<<"$output" | tr '\n' ' ')" \
		"fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero " "the device list"
}

@test "only 0, 1 and 2 are open" {
	run_ctr run --rm --rootfs "$ROOT" -- /payload fds
	is "$(wc -l <<<"$output")" 3 "three descriptors"
	exec 77</etc/passwd
	run_ctr run --rm --rootfs "$ROOT" -- /payload fds
	is "$(wc -l <<<"$output")" 3 "an fd of the caller does not get in"
	exec 77<&-
}

@test "a working directory behind /proc is refused" {
	local fd
	for fd in 3 7 12; do
		run_ctr -2 run --rm --rootfs "$ROOT" --set "working_dir=/proc/self/fd/$fd" -- /payload cwd
		has "$output" "working_dir" "the key is named"
	done
	ln -s /proc/self/fd/7 "$ROOT/link"
	run_ctr -1 run --rm --rootfs "$ROOT" --set "working_dir=/link" -- /payload cwd
}

@test "capabilities: app has podman's eleven, service none, lists change them" {
	run_ctr run --rm --rootfs "$ROOT" -- /payload status
	has "$output" "CapEff:	00000000800405fb" "app"
	run_ctr run --rm --profile service --rootfs "$ROOT" -- /payload status
	has "$output" "CapEff:	0000000000000000" "service"
	has "$output" "CapBnd:	0000000000000000" "and cannot get any"
	run_ctr run --rm --profile service --rootfs "$ROOT" --set 'capabilities={add: [NET_BIND_SERVICE]}' -- /payload status
	has "$output" "CapEff:	0000000000000400" "one that is listed"
	run_ctr run --rm --rootfs "$ROOT" --set 'user="1000"' --set 'capabilities={drop: [ALL], add: [NET_BIND_SERVICE]}' -- \
		/payload status
	has "$output" "CapAmb:	0000000000000400" "another user than root gets it as ambient"
}

@test "each container has its own id range, and files are owned right on both sides" {
	mkdir "$BASE/vol"
	echo host >"$BASE/vol/file"
	spec id1 "$BASE/id1.yaml" "volumes: [\"$BASE/vol:/vol\"]"
	spec id2 "$BASE/id2.yaml"
	run_ctr create "$BASE/id1.yaml" "$BASE/id2.yaml"
	run_ctr start id1 id2
	local p1 p2
	p1="$(awk '{print $2}' "/proc/$("$CTR" state --json id1 | jq .pid)/uid_map")"
	p2="$(awk '{print $2}' "/proc/$("$CTR" state --json id2 | jq .pid)/uid_map")"
	[ "$p1" != "$p2" ] && [ "$p1" -ge 65536 ] && [ "$p2" -ge 65536 ]
	run_ctr exec id1 -- /payload stat /vol/file
	has "$output" "uid=0" "root's file is root's inside"
	run_ctr exec id1 -- /payload write /vol/new text
	is "$(stat -c %u "$BASE/vol/new")" 0 "and what root writes is root's outside"
}

@test "sysctls: those of a namespace can be set, others are refused" {
	run_ctr run --rm --rootfs "$ROOT" --network none --set 'sysctls={net.ipv4.ip_unprivileged_port_start: 7}' -- \
		/payload sysctl net.ipv4.ip_unprivileged_port_start
	is "$output" 7 "it is set"
	local key
	for key in kernel.core_pattern vm.drop_caches kernel.panic net/ipv4/ip_forward "net.ipv4.ip_forward=1"; do
		run_ctr -2 run --rm --rootfs "$ROOT" --set "sysctls={\"$key\": 1}" -- /payload true
	done
	run_ctr -2 run --rm --rootfs "$ROOT" --network host --set 'sysctls={net.ipv4.ip_forward: 1}' -- /payload true
}

@test "the user of a hostile passwd cannot become more than it says" {
	mkdir "$ROOT/etc"
	printf 'evil:x:4294967296:0::/:/x\nroot:x:0:0::/:/x\nneg:x:-1:0::/:/x\n' >"$ROOT/etc/passwd"
	run_ctr -2 run --rm --rootfs "$ROOT" --set user=evil -- /payload id
	run_ctr -2 run --rm --rootfs "$ROOT" --set user=neg -- /payload id
	run_ctr -4 run --rm --rootfs "$ROOT" --set user=nobody-there -- /payload id
	rm "$ROOT/etc/passwd"
	mkfifo "$ROOT/etc/passwd"
	run_ctr -2 run --rm --rootfs "$ROOT" --set user=root -- /payload id
	rm "$ROOT/etc/passwd"
	ln -s /proc/1/root/etc/passwd "$ROOT/etc/passwd"
	CTR_TIMEOUT=10 run_ctr -4 run --rm --rootfs "$ROOT" --set user=nobody-there -- /payload id || true
}
