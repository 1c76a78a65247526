#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the disk, kernel and initrd of the virtual machine the tests run in, and prints the directory they are in.
# The directory is kept: its name holds the hash of this script, so a changed script makes a new one.
#
# Usage: tests/vm/build-image.sh
#   CTR_VM_CACHE  where images are kept (/var/cache/ctr-tests); those unused for 30 days are deleted
set -euo pipefail

suite=bookworm
free_mb=1536
packages=(
	systemd systemd-sysv udev kmod linux-image-cloud-amd64 initramfs-tools busybox-static
	# What the tests call, and the services the examples run in containers.
	bats bind9 bind9-dnsutils diffutils iproute2 iputils-ping jq keyutils ncurses-base netcat-openbsd
	nftables nginx-light procps redis-server socat strace tmux util-linux xxd
	# What ctr is linked with, or loads when it is needed.
	libarchive13 libbpf1 libcap2 libcgroup2 libjson-c5 libmnl0 libnftables1 libseccomp2 libyaml-0-2
)
# Units a machine of a few minutes has no use for; in emulation each costs a part of a second.
masked=(
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
	fstrim.timer getty.target logrotate.timer man-db.timer
	named.service nginx.service redis-server.service
	serial-getty@ttyS0.service systemd-boot-update.service systemd-journal-flush.service
	systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-tmpfiles-clean.timer
	systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-timesyncd.service
)

self="$(readlink -f "$0")"
cache="${CTR_VM_CACHE:-/var/cache/ctr-tests}"
image="$cache/vm-$(sha256sum "$self" | cut -c1-12)"

# Run by mmdebstrap with the unpacked root, before the packages are installed.
before_packages() {
	local root="$1"
	# No daemon may start while the packages are installed.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	# An initrd with nothing but what finds the disk: the default one takes many seconds to unpack in emulation.
	mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
	printf 'MODULES=list\nRESUME=none\nFSTYPE=ext4\n' >"$root/etc/initramfs-tools/conf.d/ctr"
	printf '%s\n' virtio_pci virtio_blk ext4 crc32c_generic >"$root/usr/share/initramfs-tools/modules.d/ctr"
}

# Run by mmdebstrap with the finished root.
after_packages() {
	local root="$1" unit
	rm "$root/usr/sbin/policy-rc.d"
	for unit in "${masked[@]}"; do
		ln -sfn /dev/null "$root/etc/systemd/system/$unit"
	done
	echo ctr-tests >"$root/etc/hostname"
	printf '127.0.0.1\tlocalhost\n127.0.1.1\tctr-tests\n::1\tlocalhost\n' >"$root/etc/hosts"
	printf '/dev/vda / ext4 rw,noatime 0 0\n' >"$root/etc/fstab"
	# An empty one would make every boot a first boot.
	printf '%s\n' "$(echo ctr-tests | md5sum | cut -d' ' -f1)" >"$root/etc/machine-id"
	mkdir -p "$root/etc/systemd/journald.conf.d" "$root/ctr-tests"
	printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n' >"$root/etc/systemd/journald.conf.d/ctr.conf"
	# The command under test comes with the second disk; see run.sh.
	cat >"$root/etc/systemd/system/ctr-tests.service" <<-'UNIT'
		[Unit]
		Description=Tests of ctr
		After=multi-user.target

		[Service]
		ExecStartPre=/bin/mount -t ext4 -o noatime /dev/vdb /ctr-tests
		ExecStart=/ctr-tests/.vm/start
		StandardOutput=file:/dev/console
		StandardError=file:/dev/console
		FailureAction=poweroff-immediate
	UNIT
	cat >"$root/etc/systemd/system/ctr-tests.target" <<-'UNIT'
		[Unit]
		Description=Tests of ctr on a machine that is up
		Requires=multi-user.target ctr-tests.service
		After=multi-user.target
	UNIT
}

build() {
	local tmp="$1" size
	# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
	mmdebstrap --quiet --variant=minbase --include="$(
		IFS=,
		echo "${packages[*]}"
	)" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--essential-hook="'$self' --before-packages "'"$1"' \
		--customize-hook="'$self' --after-packages "'"$1"' \
		"$suite" "$tmp/root" >"$tmp/log" 2>&1
	size=$(($(du -s --apparent-size -B 1M "$tmp/root" | cut -f1) * 5 / 4 + free_mb))
	cp -L "$tmp/root/vmlinuz" "$tmp/vmlinuz"
	cp -L "$tmp/root/initrd.img" "$tmp/initrd"
	# No journal: the disk is thrown away after each run.
	mke2fs -q -t ext4 -O ^has_journal -L ctr-root -d "$tmp/root" "$tmp/disk" "${size}M" >>"$tmp/log" 2>&1
	rm -rf --one-file-system "$tmp/root"
}

case "${1:-}" in
--before-packages | --after-packages)
	step="${1#--}"
	"${step/-/_}" "$2"
	exit
	;;
'') ;;
*)
	echo "usage: tests/vm/build-image.sh" >&2
	exit 2
	;;
esac

if [ ! -e "$image/disk" ]; then
	mkdir -p "$cache"
	tmp="$(mktemp -d "$cache/.vm-XXXXXX")"
	trap 'rm -rf --one-file-system "$tmp"' EXIT
	chmod 755 "$tmp"
	# Not in a condition: there, set -e would not hold inside.
	set +e
	(
		set -e
		build "$tmp"
	)
	rc=$?
	set -e
	if [ "$rc" != 0 ]; then
		tail -n 30 "$tmp/log" >&2
		echo "tests/vm/build-image.sh: the image could not be built" >&2
		exit 1
	fi
	# Another run may have been faster.
	mv -T "$tmp" "$image" 2>/dev/null || [ -e "$image/disk" ]
fi
touch "$image"
find "$cache" -mindepth 1 -maxdepth 1 -name 'vm-*' -mtime +30 -exec rm -rf {} +
echo "$image"
