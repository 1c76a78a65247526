#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a command as root on a Debian machine of its own: systemd, pure cgroup v2, Debian's kernel, in software emulation.
# The command's output is this script's output, as it comes, and its exit status is this script's; 125 says that the
# machine failed (the last lines of its console are shown then). The machine has no network and nothing it writes is kept.
#
# Usage: tests/vm/run.sh [OPTION...] -- COMMAND [ARG...]
#   --tree DIR       copy what is in DIR over / before COMMAND
#   --add SRC[:TO]   copy SRC to /ctr-tests/TO (TO is the last part of SRC, if not named); COMMAND starts in /ctr-tests
#   --quiet SECONDS  how long COMMAND may print nothing (300)
#   --limit SECONDS  how long all of it may take (1500)
#   --memory MIB     (2048)
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
trees=() adds=()
quiet=300 limit=1500 memory=2048

usage() {
	echo "tests/vm/run.sh: $1; see --help" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case "$1" in
	--tree | --add | --quiet | --limit | --memory)
		[ $# -gt 1 ] || usage "$1 needs a value"
		case "$1" in
		--tree) trees+=("$2") ;;
		--add) adds+=("$2") ;;
		--quiet) quiet="$2" ;;
		--limit) limit="$2" ;;
		--memory) memory="$2" ;;
		esac
		shift
		;;
	-h | --help)
		sed -n '3,13s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	--)
		shift
		break
		;;
	*) usage "unknown option $1" ;;
	esac
	shift
done
[ $# -gt 0 ] || usage "no command"

image="$("$here/build-image.sh")" || exit 125
work="$(mktemp -d)"
qemu=
# shellcheck disable=SC2317 # called by the trap
finish() {
	if [ -n "$qemu" ]; then
		kill -KILL "$qemu" 2>/dev/null || true
		wait "$qemu" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP PIPE

# The second disk: what is tested, and how it is started. MARK ends the output; it is followed by the exit status.
mark="@ctr-vm-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')"
stage="$work/stage"
mkdir -p "$stage/tree" "$stage/.vm"
for tree in ${trees[@]+"${trees[@]}"}; do
	cp -a "$tree/." "$stage/tree/"
done
for add in ${adds[@]+"${adds[@]}"}; do
	src="${add%%:*}" to="$(basename "${add%%:*}")"
	[ "$src" = "$add" ] || to="${add#*:}"
	mkdir -p "$(dirname "$stage/$to")"
	cp -aT "$src" "$stage/$to"
done
cp "$here/guest.sh" "$stage/.vm/start"
chmod 755 "$stage/.vm/start"
printf '%s\n' "$mark" >"$stage/.vm/mark"
printf '%s\0' "$@" >"$stage/.vm/command"
truncate -s "$(($(du -s --apparent-size -B 1M "$stage" | cut -f1) * 5 / 4 + 64))M" "$work/tests.img"
mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$stage" "$work/tests.img"
rm -rf "$stage"

# Output comes over a port of its own, away from what kernel and systemd print. Only qemu writes to it, so that its end
# is the end of the machine; qemu gets its side before it starts, so that this holds when it cannot start, too. Not KVM:
# a /dev/kvm inside a virtual machine may open and then hang.
mkfifo "$work/port.in" "$work/port.out"
console="$work/console"
TMPDIR="$work" setpriv --pdeathsig KILL qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" -nodefaults -no-user-config \
	-display none -no-reboot -nic none -serial "file:$console" \
	-kernel "$image/vmlinuz" -initrd "$image/initrd" \
	-append "root=/dev/vda rw console=ttyS0 quiet panic=-1 mitigations=off audit=0 \
systemd.unit=ctr-tests.target systemd.show_status=error" \
	-drive "file=$image/disk,format=raw,if=virtio,snapshot=on,cache=unsafe" \
	-drive "file=$work/tests.img,format=raw,if=virtio,cache=unsafe" \
	-device virtio-rng-pci -device virtio-serial-pci \
	-chardev "pipe,id=port,path=$work/port" -device virtserialport,chardev=port,name=ctr-tests \
	</dev/null >"$work/qemu" 2>&1 4>"$work/port.out" &
qemu=$!
exec 3<"$work/port.out"

fail() {
	echo "tests/vm/run.sh: $1; the machine's last words:" >&2
	cat "$work/qemu" >&2
	if [ -e "$console" ]; then tail -n 40 "$console" | tr -d '\r' >&2; fi
	exit 125
}

while :; do
	left=$((limit - SECONDS))
	[ "$left" -gt 0 ] || fail "not done after $limit s"
	[ "$left" -lt "$quiet" ] || left="$quiet"
	rc=0
	IFS= read -r -t "$left" line <&3 || rc=$?
	case "$line" in
	*"$mark "*)
		printf '%s' "${line%"$mark "*}"
		status="${line##*"$mark "}"
		break
		;;
	esac
	if [ "$rc" != 0 ]; then
		[ -z "$line" ] || printf '%s\n' "$line"
		[ "$rc" -gt 128 ] || fail "the machine ended before the command did"
		[ "$SECONDS" -lt "$limit" ] || fail "not done after $limit s"
		fail "nothing printed for $quiet s"
	fi
	printf '%s\n' "$line"
done
case "$status" in
machine) fail "the machine is not as it must be" ;;
*[!0-9]* | '') fail "no exit status came back" ;;
esac
exit "$status"
