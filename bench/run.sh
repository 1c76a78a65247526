#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Measures ctr, the floor and its peers in one interleaved run. See bench/README.md.
set -eu

usage() {
	cat <<-TEXT
	usage: bench/run.sh [OPTION ...]
	  -n, --rounds N         runs of each command (default 40)
	  -j, --json FILE        JSON lines, appended to FILE; "-" is stdout, the tables go to stderr then
	  -s, --seccomp on|off   with or without a system call filter, for ctr and the peers (default on)
	  -g, --groups LIST      of run-host,run-none,run-bridge,exec,memory (default all)
	  -t, --tools LIST       of floor,ctr,crun,runc,bwrap,lxc,nsenter (default all that are installed)
	  --settle MS            pause before each command (default 5)
	environment: CTR, the ctr to measure (default build/cli/ctr); CC
	TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
ctr=${CTR:-$top/build/cli/ctr}
rounds=40 json="" seccomp=on settle=5
wanted_groups=run-host,run-none,run-bridge,exec,memory
wanted_tools=floor,ctr,crun,runc,bwrap,lxc,nsenter
while [ $# -gt 0 ]; do
	case "$1" in
	-h | --help) usage && exit 0 ;;
	-n | --rounds) rounds=$2 ;;
	-j | --json) json=$2 ;;
	-s | --seccomp) seccomp=$2 ;;
	-g | --groups) wanted_groups=$2 ;;
	-t | --tools) wanted_tools=$2 ;;
	--settle) settle=$2 ;;
	*) usage >&2 && exit 2 ;;
	esac
	shift 2 || { usage >&2 && exit 2; }
done

say() { echo "bench: $*" >&2; }
die() { say "$*" && exit 1; }
has() { case ",$2," in *",$1,"*) return 0 ;; *) return 1 ;; esac }

[ "$(id -u)" = 0 ] || die "must run as root"
work=$(mktemp -d /tmp/ctr-bench.XXXXXX)
chmod 755 "$work"
root=$work/root
plan=$work/plan
bridge=ctrbench$((RANDOM % 1000))
name=ctr-bench-$$
holder="" made_pivot=""
peer_ns=()
# shellcheck source-path=SCRIPTDIR source=peers.sh
. "$here/peers.sh"

# Whatever happened: containers, the holder of the mount namespace, the bridge, cgroups, files.
cleanup() {
	set +e
	trap - EXIT INT TERM
	for tool in crun runc; do
		if command -v $tool >/dev/null && [ -d "$work/$tool" ]; then
			in_peer_ns $tool --root "$work/$tool" delete -f "$name-$tool" >/dev/null 2>&1
		fi
	done
	for second in "" -2; do
		[ -d "$work/lxc" ] && in_peer_ns lxc-stop -k -P "$work/lxc" -n "$name$second" >/dev/null 2>&1
	done
	[ -x "$ctr" ] && "$ctr" delete --force "$name" "$name-2" >/dev/null 2>&1
	# LXC leaves this one behind when it had to make it.
	[ -n "$made_pivot" ] && in_peer_ns rmdir /sys/fs/cgroup/lxc.pivot 2>/dev/null
	[ -n "$holder" ] && kill "$holder"
	ip link del "$bridge" 2>/dev/null
	rm -rf "$work" "/run/lxc/lock$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The peers refuse a host whose controllers sit on v1 hierarchies: for them there is a mount namespace where
# /sys/fs/cgroup is cgroup2 alone. The holder keeps it; timeit joins it outside of what it measures.
make_peer_ns() {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] && return
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m --propagation private sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
		: > "$1" && exec sleep 100000' sh "$work/ready" &
	holder=$!
	for _ in $(seq 100); do
		[ -e "$work/ready" ] && break
		sleep 0.05
	done
	[ -e "$work/ready" ] || die "cannot make a mount namespace with cgroup2 alone"
	peer_ns=(nsenter -m -t "$holder" --wd=/ --)
}
in_peer_ns() { "${peer_ns[@]}" "$@"; }

# Which tools are here, of those wanted.
installed() {
	case "$1" in
	ctr) [ -x "$ctr" ] ;;
	floor) true ;;
	lxc) command -v lxc-start >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}
use() { has "$1" "$tools"; }

prepare() {
	local cc=${CC:-cc} f
	$cc -O2 -D_GNU_SOURCE -o "$work/floor" "$here/floor.c" "$here/floor_net.c"
	$cc -O2 -D_GNU_SOURCE -o "$work/timeit" "$here/timeit.c"
	mkdir -p "$root"/{proc,sys,dev,run,tmp,etc}
	$cc -O2 -D_GNU_SOURCE -static -no-pie -fno-pie -pthread -o "$root/payload" "$top"/tests/payload/*.c
	make_peer_ns
	in_peer_ns test -e /sys/fs/cgroup/lxc.pivot || made_pivot=yes
	ip link add "$bridge" type bridge
	ip addr add 10.99.0.1/16 dev "$bridge"
	ip link set "$bridge" up
	for f in host own; do
		oci_bundle "$work/oci-$f" $f "$seccomp" /payload true
	done
	oci_bundle "$work/oci-nosec" own off /payload true
	oci_bundle "$work/oci-pause" own "$seccomp" /payload pause
	mkdir -p "$work/lxc"
	for f in host own bridge; do
		lxc_config "$work/lxc/$f.conf" $f /payload true
	done
	lxc_config "$work/lxc/pause.conf" own /payload pause
}

plan_line() { echo "$*" >> "$plan"; }
plan_peer() { # NAME COMMAND ...: runs where cgroup2 is alone
	local tool=$1
	shift
	plan_line tool "$tool"
	if [ -n "$holder" ]; then
		plan_line mntns "/proc/$holder/ns/mnt"
	fi
	plan_line run "$@"
}

ctr_seccomp=()
plan_run() { # KEY host|own|bridge TITLE
	local key=$1 net=$2 tool floor_net="" ctr_net=host
	has "$key" "$wanted_groups" || return 0
	plan_line group "$key" "$3"
	plan_line ratio floor crun
	case $net in
	own) floor_net="--net" ctr_net=none ;;
	bridge) floor_net="--veth $bridge 10.99.0.2/16 10.99.0.1" ctr_net=ctr0 ;;
	esac
	if use floor; then
		plan_line tool floor
		plan_line run "$work/floor" --user "$floor_net" "$root" /payload true
	fi
	if use ctr; then
		plan_line tool ctr
		plan_line run "$ctr" run --rm --rootfs "$root" --network "$ctr_net" "${ctr_seccomp[*]}" -- /payload true
	fi
	if [ "$net" != bridge ]; then
		for tool in crun runc; do
			use $tool || continue
			plan_peer $tool $tool --root "$work/$tool" run --bundle "$work/oci-$net" "$tool-%n"
		done
		if [ "$net" = own ] && [ "$seccomp" = on ] && use crun; then
			plan_peer crun-no-seccomp crun --root "$work/crun" run --bundle "$work/oci-nosec" "crun-%n"
		fi
		if use bwrap; then
			plan_line tool bwrap
			plan_line run "$(bwrap_words "$net")" /payload true
		fi
	fi
	if use lxc; then
		plan_peer lxc-start lxc-start -F -P "$work/lxc" -n "$name-run" -f "$work/lxc/$net.conf" -o none
	fi
}

container_pid() { # TOOL: the pid of the running container's first process
	case "$1" in
	ctr) "$ctr" state "$name" --json | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' | head -1 ;;
	lxc) in_peer_ns lxc-info -P "$work/lxc" -n "$name" -p -H ;;
	*) in_peer_ns "$1" --root "$work/$1" state "$name-$1" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' | head -1 ;;
	esac
}

# One running container per tool for exec; two where a process stays behind, so that its program's pages are shared as
# they are on any host with more than one container.
start_containers() {
	local tool second
	for tool in crun runc; do
		use $tool || continue
		in_peer_ns $tool --root "$work/$tool" run -d --bundle "$work/oci-pause" "$name-$tool" \
			</dev/null >/dev/null 2>"$work/err" || die "$tool: $(cat "$work/err")"
	done
	if use lxc; then
		for second in "" -2; do
			in_peer_ns lxc-start -d -P "$work/lxc" -n "$name$second" -f "$work/lxc/pause.conf" -o none ||
				die "lxc-start failed"
		done
	fi
	if use ctr; then
		for second in "" -2; do
			"$ctr" run -d --name "$name$second" --rootfs "$root" --network none "${ctr_seccomp[@]}" \
				-- /payload pause >/dev/null || die "ctr run -d failed"
		done
	fi
}

plan_exec() {
	local tool pid=""
	has exec "$wanted_groups" || return 0
	plan_line group exec "exec of a static true into a running container"
	plan_line ratio nsenter crun
	for tool in ctr crun runc lxc; do
		if [ -z "$pid" ] && use $tool; then
			pid=$(container_pid $tool)
		fi
	done
	if use nsenter && [ -n "$pid" ]; then
		plan_line tool nsenter
		plan_line run nsenter -a -t "$pid" /payload true
	fi
	if use ctr; then
		plan_line tool ctr
		plan_line run "$ctr" exec "$name" -- /payload true
	fi
	for tool in crun runc; do
		use $tool || continue
		plan_peer $tool $tool --root "$work/$tool" exec "$name-$tool" /payload true
	done
	if use lxc; then
		plan_peer lxc-attach lxc-attach -P "$work/lxc" -n "$name" -o none -- /payload true
	fi
}

private_kib() { # PID: what would be free again if only this process went away
	awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' "/proc/$1/smaps_rollup"
}

report_memory() {
	local tool pid monitor kib
	has memory "$wanted_groups" || return 0
	if [ "$json" = - ]; then exec 3>&2; else exec 3>&1; fi
	printf '\nPrivate memory of the process that stays with a running container (KiB)\n' >&3
	for tool in ctr lxc; do
		use $tool || continue
		pid=$(container_pid $tool)
		# The parent of the container's first process; crun and runc leave none.
		monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
		kib=$(private_kib "$monitor")
		printf '  %-18s %8d   (%s)\n' $tool "$kib" "$(tr '\0' ' ' < "/proc/$monitor/cmdline" | cut -c1-40)" >&3
		if [ -n "$json" ]; then
			printf '{"measure":"monitor-memory","tool":"%s","unit":"KiB","private":%d}\n' $tool "$kib" |
				if [ "$json" = - ]; then cat; else cat >> "$json"; fi
		fi
	done
}

tools=""
for tool in $(echo "$wanted_tools" | tr , ' '); do
	if installed "$tool"; then
		tools+=",$tool"
	elif [ "$tool" = ctr ]; then
		say "ctr is left out: $ctr is not an executable (build it, or set CTR)"
	else
		say "$tool is left out: not installed"
	fi
done
tools=${tools#,}
case "$seccomp" in
on) ;;
off) ctr_seccomp=(--set seccomp=unconfined) ;;
*) die "--seccomp is on or off" ;;
esac

prepare
plan_run run-host host "run of a static true, the host's network"
plan_run run-none own "run of a static true, own empty network"
plan_run run-bridge bridge "run of a static true, bridge and address"
if has exec "$wanted_groups" || has memory "$wanted_groups"; then
	start_containers
fi
plan_exec
if [ -s "$plan" ]; then
	"$work/timeit" -n "$rounds" -s "$settle" ${json:+-j "$json"} "$plan"
fi
report_memory
