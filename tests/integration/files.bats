#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Roots, volumes, tmpfs, devices, masks.

load helpers

@test "host: the host's own packages, read-only, with a generated /etc" {
	run_ctr run --rm --host /usr -- /bin/sh -c 'echo "$0 works"; id -u; cat /etc/passwd | head -1; ls -d /bin /lib /tmp /run'
	has "$output" "works" "a shell of the host"
	has "$output" ":0:0:root:/root:" "a passwd"
	run_ctr -1 run --rm --host /usr -- /bin/touch /usr/new
	has "$output" "Read-only" "it cannot be written"
	run_ctr run --rm --host /usr -- /bin/ls /
	lacks "$output" "work" "nothing else of the host is there"
	lacks "$output" "boot" "nothing else of the host is there"
	run_ctr run --rm --host /usr -- /bin/sh -c 'cat /etc/shadow' && return 1
	true
}

@test "host: a path that does not exist is named" {
	run_ctr -4 run --rm --host /usr,/nonexistent -- /bin/true
	has "$output" /nonexistent "it is named"
}

@test "a writable root keeps what is written, a read-only one refuses" {
	run_ctr run --rm --rootfs "$ROOT" -- /payload write /file text
	is "$(cat "$ROOT/file")" text "it is on the host"
	is "$(stat -c %u "$ROOT/file")" 0 "as root's"
	run_ctr -1 run --rm --rootfs "$ROOT" --set rootfs.readonly=true -- /payload write /other text
	has "$output" EROFS "read-only"
	[ ! -e "$ROOT/other" ]
	run_ctr -1 run --rm --profile service --rootfs "$ROOT" -- /payload write /other text
	run_ctr run --rm --profile service --rootfs "$ROOT" -- /payload write /tmp/other text
	[ ! -e "$ROOT/tmp/other" ]
}

@test "volumes: directories and files, read-write and read-only" {
	mkdir "$BASE/dir"
	echo content >"$BASE/dir/file"
	chown 1234:1234 "$BASE/dir/file"
	run_ctr run --rm --rootfs "$ROOT" -v "$BASE/dir:/a/b/c" -- /payload read /a/b/c/file
	is "$output" content "a directory"
	run_ctr run --rm --rootfs "$ROOT" -v "$BASE/dir/file:/f:ro" -- /payload stat /f
	has "$output" "uid=1234" "a file, with its owner"
	run_ctr -1 run --rm --rootfs "$ROOT" -v "$BASE/dir:/a:ro" -- /payload write /a/new x
	has "$output" EROFS "read-only"
	run_ctr run --rm --rootfs "$ROOT" -v "$BASE/dir:/a" -- /payload mounts
	grep '^/a ' <<<"$output" | grep nosuid | grep -q nodev
}

@test "a volume's nosuid and nodev hold" {
	mkdir "$BASE/dir"
	cp "$PAYLOAD" "$BASE/dir/suid"
	chmod 4755 "$BASE/dir/suid"
	run_ctr run --rm --rootfs "$ROOT" --set 'user="1000"' --set no_new_privileges=false -v "$BASE/dir:/a" -- /a/suid id
	has "$output" "uid=1000" "a set-user-id file gives nothing"
}

@test "tmpfs: size and mode" {
	run_ctr run --rm --rootfs "$ROOT" --set 'tmpfs=["/scratch:size=1M,mode=0700"]' -- /payload stat /scratch
	has "$output" "mode=0700" "its mode"
	run_ctr run --rm --rootfs "$ROOT" --set 'tmpfs=["/scratch:size=1M"]' -- /payload mounts
	grep '^/scratch ' <<<"$output" | grep -q 'size=1024k'
}

@test "devices: only those listed, and they open" {
	run_ctr -1 run --rm --rootfs "$ROOT" -- /payload read /dev/fuse
	[ -c /dev/fuse ] || return 0
	run_ctr run --rm --rootfs "$ROOT" --set 'devices=["/dev/fuse"]' -- /payload stat /dev/fuse
	has "$output" "rdev=10:229" "the device"
}

@test "the log and the exec of a container whose root was replaced meanwhile" {
	spec moved "$BASE/moved.yaml"
	run_ctr create "$BASE/moved.yaml"
	run_ctr start moved
	mv "$ROOT" "$ROOT.old"
	mkdir "$ROOT"
	run_ctr exec moved -- /payload true
	run_ctr stop moved
	rmdir "$ROOT"
	mv "$ROOT.old" "$ROOT"
}

@test "mount points that a root lacks are made, and nothing else" {
	run_ctr run --rm --rootfs "$ROOT" -- /payload true
	is "$(cd "$ROOT" && find . -mindepth 1 | sort | tr '\n' ' ')" "./dev ./payload ./proc ./sys " "the three"
}
