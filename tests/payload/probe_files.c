/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Probes of what the file tree gives away: /proc, /sys, /dev, the cgroup tree, other processes,
 * left-over descriptors. Files are opened for writing but never written, except sysrq with "h",
 * which prints a help line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "payload.h"

/* Opens a file of the kernel; what a mask covers with a device or a tmpfs is not that file. */
static int open_kernel_file(const char *path, int flags, int *ret_fd)
{
	struct statfs fs;
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno;
	if (fstatfs(fd, &fs) < 0 ||
	    (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC &&
	     fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC)) {
		close(fd);
		return ATTEMPT_MASKED;
	}
	*ret_fd = fd;
	return 0;
}

static int try_open_write(const char *path)
{
	int fd;

	return open_kernel_file(path, O_WRONLY, &fd);
}

static int try_sysrq(const char *path)
{
	int fd = -1, result = open_kernel_file(path, O_WRONLY, &fd);

	return result != 0 ? result : plain(write(fd, "h", 1));
}

/* Content of a file or an entry of a directory; an empty one gives nothing away. */
static int try_read(const char *path)
{
	char buf[64];
	struct stat st;
	ssize_t n;
	int fd;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode)) {
		DIR *dir = opendir(path);
		struct dirent *entry;

		if (dir == NULL)
			return errno;
		while ((entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] != '.')
				return 0;
		}
		return ATTEMPT_MASKED;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno;
	n = read(fd, buf, sizeof(buf));
	if (n < 0)
		return errno;
	return n > 0 ? 0 : ATTEMPT_MASKED;
}

static int try_thermal(const char *arg)
{
	int result = ENOENT;

	(void)arg;
	for (int cpu = 0; cpu < 4; cpu++) {
		char path[128];

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/thermal_throttle", cpu);
		result = try_read(path);
		if (result == 0)
			return 0;
	}
	return result;
}

/* A device node there already. ENXIO and the like: the node led to a driver, nothing forbade it. */
static int try_device(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return 0;
	return errno == ENOENT ? ENOENT : reached(-1);
}

/* "b8:0": makes the node wherever the tree is writable and opens it. */
static int try_mknod_at(const char *dir, const char *spec, bool open_it)
{
	char path[256];
	unsigned int major_no = 0, minor_no = 0;
	int result, fd;

	if (sscanf(spec + 1, "%u:%u", &major_no, &minor_no) != 2)
		return EINVAL;
	snprintf(path, sizeof(path), "%s/.payload-probe-%d", dir, (int)getpid());
	if (mknod(path, (spec[0] == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major_no, minor_no)) <
	    0)
		return errno;
	result = 0;
	if (open_it) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		result = fd >= 0 ? 0 : reached(-1);
	}
	unlink(path);
	return result;
}

static int try_mknod_everywhere(const char *spec, bool open_it)
{
	static const char *const dirs[] = { "/dev/shm", "/dev", "/tmp", "/run", "" };
	int result = ENOENT;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int r = try_mknod_at(dirs[i], spec, open_it);

		if (r == 0)
			return 0;
		if (r != ENOENT)
			result = r;
	}
	return result;
}

static int try_mknod_open(const char *spec)
{
	return try_mknod_everywhere(spec, true);
}

static int try_mknod(const char *spec)
{
	return try_mknod_everywhere(spec, false);
}

/* A kernel thread has no memory map: its status lacks VmSize. Only the host's pid namespace has
 * some. */
static bool is_kernel_thread(const char *pid)
{
	char path[300], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 && strstr(text, "VmSize:") == NULL && strstr(text, "State:\tZ") == NULL &&
	       strstr(text, "State:\tX") == NULL;
}

static int try_host_pids(const char *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char self[32];
	ssize_t n;
	int result = ENOENT;

	(void)arg;
	if (dir == NULL)
		return errno;
	n = readlink("/proc/self", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	if (n > 0 && atoi(self) != (int)getpid())
		result = 0;
	printf("pids");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (is_kernel_thread(entry->d_name))
			result = 0;
		printf(" %s", entry->d_name);
	}
	printf("\n");
	fflush(stdout);
	closedir(dir);
	return result;
}

/* With an argument: any mount whose line has that text. Without: what a runtime might leave behind
 * of the host. */
static int try_host_mounts(const char *marker)
{
	static const char *const signs[] = { " - cgroup ",  " - devtmpfs ",   " - debugfs ",
					     " - tracefs ", " - securityfs ", " - binfmt_misc ",
					     " /.put_old ", " /.pivot",       " /oldroot " };
	char line[8192];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int result = ENOENT;

	if (f == NULL)
		return errno;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (marker != NULL && strstr(line, marker) != NULL)
			result = 0;
		for (size_t i = 0; marker == NULL && i < sizeof(signs) / sizeof(signs[0]); i++) {
			if (strstr(line, signs[i]) != NULL)
				result = 0;
		}
		/* The device node masks and the six nodes come from the host's devtmpfs, one file
		 * each: fine. */
		if (result == 0 && marker == NULL && strstr(line, " - devtmpfs ") != NULL &&
		    strstr(line, " / /") == NULL)
			result = ENOENT;
		if (result == 0)
			break;
	}
	fclose(f);
	return result;
}

static int try_leaked_fds(const char *arg)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	(void)arg;
	if (dir == NULL)
		return errno;
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd > 2 && fd != dirfd(dir))
			return 0;
	}
	return ENOENT;
}

/* CVE-2024-21626: a working directory outside the root shows as unreachable. */
static int try_leaked_cwd(const char *arg)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/cwd", path, sizeof(path) - 1);

	(void)arg;
	if (n < 0)
		return errno;
	path[n] = '\0';
	return path[0] != '/' ? 0 : ENOENT;
}

static int try_mkdir(const char *path)
{
	if (mkdir(path, 0755) < 0)
		return errno;
	rmdir(path);
	return 0;
}

static int try_write_memory_of(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd >= 0 ? 0 : errno;
}

#define PATH_READ(path)              \
	{                            \
		path, try_read, path \
	}
#define PATH_WRITE(path)                   \
	{                                  \
		path, try_open_write, path \
	}
#define PATH_DEVICE(path)              \
	{                              \
		path, try_device, path \
	}

static const struct attempt kcore[] = { PATH_READ("/proc/kcore"), { 0 } };
static const struct attempt sysrq[] = { { "write", try_sysrq, "/proc/sysrq-trigger" }, { 0 } };
static const struct attempt procsys[] = {
	PATH_WRITE("/proc/sys/kernel/core_pattern"),
	PATH_WRITE("/proc/sys/vm/drop_caches"),
	PATH_WRITE("/proc/sys/kernel/panic"),
	PATH_WRITE("/proc/sys/kernel/modprobe"),
	PATH_WRITE("/proc/sys/kernel/hotplug"),
	PATH_WRITE("/proc/sys/kernel/randomize_va_space"),
	PATH_WRITE("/proc/sys/vm/overcommit_memory"),
	PATH_WRITE("/proc/sys/fs/suid_dumpable"),
	PATH_WRITE("/proc/sys/fs/binfmt_misc/register"),
	PATH_WRITE("/proc/irq/default_smp_affinity"),
	PATH_WRITE("/proc/bus/pci/devices"),
	{ 0 },
};
static const struct attempt hostpids[] = { { "visible", try_host_pids, NULL }, { 0 } };
static const struct attempt hostmounts[] = { { "visible", try_host_mounts, NULL }, { 0 } };
static const struct attempt rawdisk[] = {
	{ "mknod-b8:0", try_mknod_open, "b8:0" },
	{ "mknod-b254:0", try_mknod_open, "b254:0" },
	{ "mknod-b253:0", try_mknod_open, "b253:0" },
	{ "mknod-b7:0", try_mknod_open, "b7:0" },
	{ "mknod-c1:1", try_mknod_open, "c1:1" },
	{ "mknod-c10:229", try_mknod_open, "c10:229" },
	PATH_DEVICE("/dev/sda"),
	PATH_DEVICE("/dev/vda"),
	PATH_DEVICE("/dev/vda1"),
	PATH_DEVICE("/dev/loop0"),
	PATH_DEVICE("/dev/mem"),
	PATH_DEVICE("/dev/kmsg"),
	PATH_DEVICE("/dev/port"),
	PATH_DEVICE("/dev/fuse"),
	PATH_DEVICE("/dev/kvm"),
	PATH_DEVICE("/dev/tty0"),
	{ 0 },
};
static const struct attempt mknod_char[] = { { "mknod-c1:3", try_mknod, "c1:3" }, { 0 } };
static const struct attempt cgroup_write[] = {
	PATH_WRITE("/sys/fs/cgroup/cgroup.procs"),
	PATH_WRITE("/sys/fs/cgroup/cgroup.subtree_control"),
	PATH_WRITE("/sys/fs/cgroup/cgroup.freeze"),
	PATH_WRITE("/sys/fs/cgroup/cgroup.max.descendants"),
	PATH_WRITE("/sys/fs/cgroup/memory.max"),
	PATH_WRITE("/sys/fs/cgroup/memory.low"),
	PATH_WRITE("/sys/fs/cgroup/cpu.max"),
	PATH_WRITE("/sys/fs/cgroup/cpu.weight"),
	PATH_WRITE("/sys/fs/cgroup/pids.max"),
	PATH_WRITE("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
	PATH_WRITE("/sys/fs/cgroup/cpu/cpu.shares"),
	PATH_WRITE("/sys/fs/cgroup/pids/cgroup.procs"),
	PATH_WRITE("/sys/fs/cgroup/unified/cgroup.procs"),
	PATH_WRITE("/sys/fs/cgroup/release_agent"),
	{ "mkdir", try_mkdir, "/sys/fs/cgroup/payload-probe" },
	{ 0 },
};
static const struct attempt sysfs_write[] = {
	PATH_WRITE("/sys/kernel/uevent_helper"),
	PATH_WRITE("/sys/kernel/mm/ksm/run"),
	PATH_WRITE("/sys/kernel/mm/transparent_hugepage/enabled"),
	PATH_WRITE("/sys/kernel/rcu_normal"),
	PATH_WRITE("/sys/power/state"),
	PATH_WRITE("/sys/block/vda/uevent"),
	PATH_WRITE("/sys/devices/system/cpu/cpu1/online"),
	PATH_WRITE("/sys/class/net/lo/mtu"),
	{ 0 },
};
static const struct attempt masked[] = {
	PATH_READ("/proc/interrupts"),
	PATH_READ("/proc/keys"),
	PATH_READ("/proc/timer_list"),
	PATH_READ("/proc/timer_stats"),
	PATH_READ("/proc/sched_debug"),
	PATH_READ("/proc/latency_stats"),
	PATH_READ("/proc/scsi"),
	PATH_READ("/proc/acpi"),
	PATH_READ("/proc/asound"),
	PATH_READ("/sys/firmware"),
	PATH_READ("/sys/devices/virtual/powercap"),
	{ "thermal_throttle", try_thermal, NULL },
	PATH_READ("/sys/kernel/debug"),
	PATH_READ("/sys/kernel/tracing"),
	PATH_READ("/sys/kernel/security"),
	{ 0 },
};
static const struct attempt dmesg[] = {
	{ "/dev/kmsg", try_read, "/dev/kmsg" },
	{ "/proc/kmsg", try_open_write, "/proc/kmsg" },
	{ "/sys/fs/pstore", try_read, "/sys/fs/pstore" },
	{ 0 },
};
static const struct attempt leaks[] = {
	{ "descriptors", try_leaked_fds, NULL },
	{ "cwd", try_leaked_cwd, NULL },
	{ 0 },
};
static const struct attempt init_memory[] = {
	{ "/proc/1/mem", try_write_memory_of, "/proc/1/mem" },
	{ "/proc/1/environ", try_read, "/proc/1/environ" },
	{ 0 },
};

const struct probe file_probes[] = {
	{ "kcore", false, kcore },
	{ "sysrq", false, sysrq },
	{ "procsys", false, procsys },
	{ "hostpids", false, hostpids },
	{ "hostmounts", false, hostmounts },
	{ "rawdisk", false, rawdisk },
	{ "mknod", false, mknod_char },
	{ "cgroup_write", false, cgroup_write },
	{ "sysfs_write", false, sysfs_write },
	{ "masked", false, masked },
	{ "dmesg", false, dmesg },
	{ "leaks", false, leaks },
	{ "init_memory", true, init_memory },
	{ 0 },
};
