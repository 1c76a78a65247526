# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The same container for each peer, written as that peer wants it: OCI bundles, LXC configurations, a bwrap command
# line. Sourced by run.sh; uses its variables root, bridge and seccomp. Lists of words are strings, split on purpose.
# shellcheck disable=SC2013,SC2086,SC2154

id_first=100000
id_count=65536
masked_files="/proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/timer_list"
masked_dirs="/proc/acpi /proc/asound /proc/scsi /sys/firmware /sys/devices/virtual/powercap"
readonly_paths="/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger"
capabilities="CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"

# What an allow-list leaves out; everything else that this C library's headers know is allowed.
denied_calls="acct add_key bpf clock_adjtime clock_settime create_module delete_module fanotify_init finit_module
fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy init_module io_uring_enter io_uring_register
io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind migrate_pages mount
mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree perf_event_open personality pivot_root
query_module quotactl quotactl_fd reboot request_key set_mempolicy setdomainname sethostname setns settimeofday
stime swapoff swapon sysfs _sysctl syslog umount2 unshare uselib userfaultfd ustat vhangup vm86 vm86old"

present() { # PATH ...: those that this kernel has
	local path
	for path in "$@"; do
		if [ -e "$path" ]; then echo "$path"; fi
	done
}

json_list() { # WORD ...: "a","b"
	local sep="" word
	for word in "$@"; do
		printf '%s"%s"' "$sep" "$word"
		sep=,
	done
}

json_seccomp() {
	local call allowed=()
	local denied=" ${denied_calls//$'\n'/ } "
	for call in $(sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' /usr/include/x86_64-linux-gnu/asm/unistd_64.h); do
		case "$denied" in
		*" $call "*) ;;
		*) allowed+=("$call") ;;
		esac
	done
	printf ',"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86_64"],'
	printf '"syscalls":[{"names":[%s],"action":"SCMP_ACT_ALLOW"}]}' "$(json_list "${allowed[@]}")"
}

json_sys_mount() { # host|own: sysfs cannot be mounted in the host's network namespace from a user namespace
	if [ "$1" = own ]; then
		printf '{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]}'
	else
		printf '{"destination":"/sys","type":"bind","source":"/sys",'
		printf '"options":["rprivate","rbind","nosuid","noexec","nodev","ro"]}'
	fi
}

# oci_bundle DIR host|own on|off COMMAND ...: config.json with the namespaces, mounts and masks of ctr's default.
oci_bundle() {
	local dir=$1 net=$2 filter=$3 caps=() cap net_ns="" sec=""
	shift 3
	for cap in $capabilities; do
		caps+=("CAP_$cap")
	done
	[ "$net" = own ] && net_ns=',{"type":"network"}'
	[ "$filter" = on ] && sec=$(json_seccomp)
	mkdir -p "$dir"
	local cap_list
	cap_list=$(json_list "${caps[@]}")
	cat > "$dir/config.json" <<-CONFIG
	{"ociVersion":"1.0.2","hostname":"bench",
	"process":{"terminal":false,"user":{"uid":0,"gid":0},"cwd":"/","noNewPrivileges":true,
	"args":[$(json_list "$@")],"env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
	"capabilities":{"bounding":[$cap_list],"effective":[$cap_list],"permitted":[$cap_list]}},
	"root":{"path":"$root","readonly":false},
	"mounts":[
	{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},
	$(json_sys_mount "$net"),
	{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev","ro"]},
	{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","noexec","mode=755","size=65536k"]},
	{"destination":"/dev/pts","type":"devpts","source":"devpts",
	"options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]},
	{"destination":"/dev/shm","type":"tmpfs","source":"shm",
	"options":["nosuid","noexec","nodev","mode=1777","size=65536k"]},
	{"destination":"/dev/mqueue","type":"mqueue","source":"mqueue","options":["nosuid","noexec","nodev"]}],
	"linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"},{"type":"cgroup"},
	{"type":"user"}$net_ns],
	"uidMappings":[{"containerID":0,"hostID":$id_first,"size":$id_count}],
	"gidMappings":[{"containerID":0,"hostID":$id_first,"size":$id_count}],
	"maskedPaths":[$(json_list $masked_files $masked_dirs)],
	"readonlyPaths":[$(json_list $readonly_paths)]$sec}}
	CONFIG
}

# lxc_config FILE host|own|bridge COMMAND ...
lxc_config() {
	local file=$1 net=$2 path
	shift 2
	{
		echo "lxc.rootfs.path = dir:$root"
		echo "lxc.rootfs.options = idmap=container"
		echo "lxc.uts.name = bench"
		echo "lxc.init.cmd = $*"
		echo "lxc.idmap = u 0 $id_first $id_count"
		echo "lxc.idmap = g 0 $id_first $id_count"
		echo "lxc.tty.max = 0"
		echo "lxc.pty.max = 16"
		echo "lxc.cap.keep = $(echo "$capabilities" | tr '[:upper:]' '[:lower:]')"
		echo "lxc.no_new_privs = 1"
		[ "$seccomp" = on ] && echo "lxc.seccomp.profile = /usr/share/lxc/config/common.seccomp"
		if [ "$net" = host ]; then
			echo "lxc.mount.auto = proc:mixed"
			echo "lxc.mount.entry = /sys sys none rbind,ro,nosuid,nodev,noexec 0 0"
			echo "lxc.net.0.type = none"
		else
			echo "lxc.mount.auto = proc:mixed sys:ro cgroup:ro"
		fi
		[ "$net" = own ] && echo "lxc.net.0.type = empty"
		if [ "$net" = bridge ]; then
			printf '%s\n' "lxc.net.0.type = veth" "lxc.net.0.link = $bridge" "lxc.net.0.flags = up" \
				"lxc.net.0.ipv4.address = 10.99.0.3/16" "lxc.net.0.ipv4.gateway = 10.99.0.1"
		fi
		echo "lxc.mount.entry = shm dev/shm tmpfs rw,nosuid,nodev,noexec,mode=1777,size=65536k,create=dir 0 0"
		echo "lxc.mount.entry = mqueue dev/mqueue mqueue rw,nosuid,nodev,noexec,create=dir 0 0"
		for path in $(present $masked_files); do
			echo "lxc.mount.entry = /dev/null ${path#/} none bind 0 0"
		done
		for path in $(present $masked_dirs); do
			echo "lxc.mount.entry = tmpfs ${path#/} tmpfs ro,size=0,nr_inodes=2 0 0"
		done
	} > "$file"
}

# bwrap_words host|own: its command line. It maps one id only, makes no cgroup and cannot remount what it did not
# mount, so the read-only paths are binds of the host's; the number of mounts is the same.
bwrap_words() {
	local path words="bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup"
	[ "$1" = own ] && words+=" --unshare-net"
	words+=" --uid 0 --gid 0 --hostname bench --as-pid-1 --bind $root / --proc /proc --ro-bind /sys /sys --dev /dev"
	words+=" --tmpfs /dev/shm --mqueue /dev/mqueue"
	words+=" --cap-drop ALL"
	for path in $capabilities; do
		words+=" --cap-add CAP_$path"
	done
	for path in $(present $masked_files); do
		words+=" --ro-bind /dev/null $path"
	done
	for path in $(present $masked_dirs); do
		words+=" --tmpfs $path --remount-ro $path"
	done
	for path in $(present $readonly_paths); do
		words+=" --ro-bind $path $path"
	done
	echo "$words"
}
