#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The part of run.sh that is inside the machine: started by ctr-tests.service when the machine is up, with the second
# disk at /ctr-tests. All output goes through one pipe to the port, so that the exit status comes after the last of it.
set -u

port=/dev/virtio-ports/ctr-tests
read -r mark </ctr-tests/.vm/mark
# The driver is loaded by udev, which nothing waits for.
for ((i = 0; i < 300; i++)); do
	[ ! -e "$port" ] || break
	sleep 0.1
done
if [ ! -e "$port" ]; then
	echo "no $port" >&2
	exit 1
fi

machine() {
	local controllers c
	printf '# machine: Linux %s, %s, %s with %s, up in %s s\n' "$(uname -r)" "$(systemctl --version | head -n 1)" \
		"$(stat -fc %T /sys/fs/cgroup)" "$(cat /sys/fs/cgroup/cgroup.controllers)" "$(cut -d' ' -f1 /proc/uptime)"
	if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
		echo "# /sys/fs/cgroup is not cgroup v2"
		return 1
	fi
	# What systemd mounts it with; without it a weight of memory protects nothing below the container's own cgroup.
	if ! grep -q ' /sys/fs/cgroup .* - cgroup2 .*memory_recursiveprot' /proc/self/mountinfo; then
		echo "# /sys/fs/cgroup is mounted without memory_recursiveprot"
		return 1
	fi
	if [ "$(wc -l </proc/swaps)" != 1 ]; then
		echo "# there is swap; limits of memory would mean something else"
		return 1
	fi
	controllers=" $(cat /sys/fs/cgroup/cgroup.controllers) "
	for c in cpu memory pids io cpuset; do
		case "$controllers" in
		*" $c "*) ;;
		*)
			echo "# no cgroup controller $c"
			return 1
			;;
		esac
	done
}

run() {
	local command=()
	mapfile -d '' command </ctr-tests/.vm/command
	# Directories of the tree may be links here (/lib).
	tar -C /ctr-tests/tree -cf - . | tar -C / -xf - --keep-directory-symlink --no-overwrite-dir || return 1
	cd /ctr-tests || return 1
	"${command[@]}" </dev/null
}

export HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
{
	if machine; then
		(run)
		printf '%s %s\n' "$mark" "$?"
	else
		printf '%s machine\n' "$mark"
	fi
} 2>&1 | cat >"$port" || exit 1
# run.sh ends the machine when it has read the status.
exec sleep infinity
