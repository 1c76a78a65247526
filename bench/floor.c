/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The floor: what the kernel alone costs for a container, timed as a whole process. One ordinary C
 * program makes the same namespaces and the same mounts in the cheapest way known, executes the
 * command and waits. No cgroups, no seccomp, no ids but root, no checks of the root it is given:
 * this is a measure, never a sandbox.
 *
 *   floor [--user] [--net] [--mounts none|min|full] [--veth BRIDGE ADDRESS/PREFIX GATEWAY] ROOT
 * COMMAND [ARG ...]
 *
 * Always new: mount, pid, ipc, uts, cgroup. "min" is proc, /dev with its nodes and pivot_root;
 * "full" adds sysfs, cgroup2, devpts, shm, mqueue, masked and read-only paths. ROOT needs the
 * directories proc, sys and dev.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor_net.h"

#define ID_FIRST 100000
#define ID_COUNT 65536

/* <sys/mount.h> and <linux/mount.h> cannot both be included with this C library. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);
#define UMOUNT_DETACH 2
#define BASIC (MS_NOSUID | MS_NODEV | MS_NOEXEC)

enum mounts { MOUNTS_NONE, MOUNTS_MIN, MOUNTS_FULL };

struct options {
	bool user, net;
	enum mounts mounts;
	const char *bridge, *address, *gateway;
	const char *root;
	char **command;
};

/* The parent's word to the child: detached trees, as descriptors in the table that both share; -1:
 * none. */
struct go {
	int root_fd; /* the root with mapped ids */
	int sys_fd;  /* the host's /sys, read-only, without the mounts below it */
};

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void do_mount(const char *source, const char *target, const char *type, unsigned long flags,
		     const char *data)
{
	if (mount(source, target, type, flags, data) < 0)
		die(target);
}

static void write_map(pid_t pid, const char *name)
{
	char path[64], line[64];
	int fd, len;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	len = snprintf(line, sizeof(line), "0 %d %d", ID_FIRST, ID_COUNT);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, (size_t)len) != len)
		die(path);
	close(fd);
}

/* A detached copy of the root whose ids are mapped by the child's user namespace. */
static int open_mapped_root(const char *root, pid_t pid)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	char path[64];
	int tree, ns;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		die(path);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		die(root);
	attr.userns_fd = (uint64_t)ns;
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		die("mount_setattr");
	close(ns);
	return tree;
}

static int open_host_sys(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	int tree =
		(int)syscall(SYS_open_tree, AT_FDCWD, "/sys", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		die("/sys");
	return tree;
}

static void attach(int tree, const char *target)
{
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		die(target);
}

static void make_nodes(void)
{
	static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
	char from[32], to[32];

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		int fd;

		snprintf(from, sizeof(from), "/dev/%s", nodes[i]);
		snprintf(to, sizeof(to), "dev/%s", nodes[i]);
		fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
		if (fd < 0)
			die(to);
		close(fd);
		do_mount(from, to, NULL, MS_BIND, NULL);
	}
}

static void make_links(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },       { "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
		{ "pts/ptmx", "dev/ptmx" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (symlink(links[i][0], links[i][1]) < 0)
			die(links[i][1]);
	}
}

/* A file is covered with /dev/null, a directory with one empty read-only tmpfs; what this kernel
 * lacks is skipped. */
static void mask_paths(void)
{
	static const char *const files[] = { "proc/interrupts",  "proc/kcore",
					     "proc/keys",        "proc/latency_stats",
					     "proc/sched_debug", "proc/timer_list",
					     "proc/timer_stats" };
	static const char *const dirs[] = { "proc/acpi", "proc/asound", "proc/scsi", "sys/firmware",
					    "sys/devices/virtual/powercap" };
	const char *empty = NULL;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (mount("dev/null", files[i], NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
			die(files[i]);
	}
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int ret = empty == NULL ? mount("tmpfs", dirs[i], "tmpfs", BASIC | MS_RDONLY,
						"size=0,nr_inodes=2")
					: mount(empty, dirs[i], NULL, MS_BIND, NULL);

		if (ret < 0 && errno != ENOENT)
			die(dirs[i]);
		if (ret == 0 && empty == NULL)
			empty = dirs[i];
	}
}

static void protect_paths(void)
{
	static const char *const paths[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
					     "proc/sysrq-trigger" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (mount(paths[i], paths[i], NULL, MS_BIND | MS_REC, NULL) < 0) {
			if (errno == ENOENT)
				continue;
			die(paths[i]);
		}
		do_mount(NULL, paths[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | BASIC, NULL);
	}
}

/* sysfs shows the network namespace it is mounted in, which must be ours; else the host's is
 * attached. */
static void mount_sys(int sys_fd)
{
	if (sys_fd < 0)
		do_mount("sysfs", "sys", "sysfs", BASIC | MS_RDONLY, NULL);
	else
		attach(sys_fd, "sys");
	do_mount("cgroup2", "sys/fs/cgroup", "cgroup2", BASIC | MS_RDONLY, NULL);
}

static void make_mounts(const struct options *opt, const struct go *go)
{
	bool full = opt->mounts == MOUNTS_FULL;

	do_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (go->root_fd < 0)
		do_mount(opt->root, opt->root, NULL, MS_BIND, NULL);
	else
		attach(go->root_fd, opt->root);
	if (chdir(opt->root) < 0)
		die(opt->root);
	do_mount("proc", "proc", "proc", BASIC, NULL);
	if (full)
		mount_sys(go->sys_fd);
	do_mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=65536k");
	make_nodes();
	if (full) {
		make_links();
		if (mkdir("dev/pts", 0755) < 0 || mkdir("dev/shm", 0755) < 0 ||
		    mkdir("dev/mqueue", 0755) < 0)
			die("dev");
		do_mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			 "newinstance,ptmxmode=0666,mode=0620,gid=5");
		do_mount("shm", "dev/shm", "tmpfs", BASIC, "mode=1777,size=65536k");
		do_mount("mqueue", "dev/mqueue", "mqueue", BASIC, NULL);
		mask_paths();
		protect_paths();
	}
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		die("pivot_root");
	if (umount2(".", UMOUNT_DETACH) < 0)
		die("umount the old root");
}

static void child(const struct options *opt, int go_fd)
{
	struct go go;

	if (read(go_fd, &go, sizeof(go)) != (ssize_t)sizeof(go))
		die("go");
	if (opt->user && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		die("become root");
	if (sethostname("floor", 5) < 0)
		die("sethostname");
	if (opt->mounts != MOUNTS_NONE)
		make_mounts(opt, &go);
	if (opt->bridge != NULL && floor_net_inside(opt->address, opt->gateway) < 0)
		die("network inside");
	execv(opt->command[0], opt->command);
	die(opt->command[0]);
}

static int run(const struct options *opt)
{
	struct clone_args args = {
		/* One descriptor table until exec: the root's descriptor needs no message. */
		.flags = CLONE_FILES | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	struct go go = { .root_fd = -1, .sys_fd = -1 };
	int fds[2], status;
	pid_t pid;

	if (opt->user)
		args.flags |= CLONE_NEWUSER;
	if (opt->net)
		args.flags |= CLONE_NEWNET;
	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe2");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (pid == 0)
		child(opt, fds[0]);
	if (opt->user) {
		write_map(pid, "uid_map");
		write_map(pid, "gid_map");
		if (opt->mounts != MOUNTS_NONE)
			go.root_fd = open_mapped_root(opt->root, pid);
	}
	if (opt->mounts == MOUNTS_FULL && !opt->net)
		go.sys_fd = open_host_sys();
	if (opt->bridge != NULL && floor_net_veth(opt->bridge, pid) < 0)
		die("veth");
	if (write(fds[1], &go, sizeof(go)) != (ssize_t)sizeof(go))
		die("go");
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: floor [--user] [--net] [--mounts none|min|full]\n"
		"             [--veth BRIDGE ADDRESS/PREFIX GATEWAY] ROOT COMMAND [ARG ...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct options opt = { .mounts = MOUNTS_FULL };
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--user") == 0) {
			opt.user = true;
		} else if (strcmp(argv[i], "--net") == 0) {
			opt.net = true;
		} else if (strcmp(argv[i], "--mounts") == 0 && i + 1 < argc) {
			i++;
			if (strcmp(argv[i], "none") == 0)
				opt.mounts = MOUNTS_NONE;
			else if (strcmp(argv[i], "min") == 0)
				opt.mounts = MOUNTS_MIN;
			else if (strcmp(argv[i], "full") != 0)
				return usage();
		} else if (strcmp(argv[i], "--veth") == 0 && i + 3 < argc) {
			opt.net = true;
			opt.bridge = argv[++i];
			opt.address = argv[++i];
			opt.gateway = argv[++i];
		} else {
			return usage();
		}
	}
	if (i + 2 > argc)
		return usage();
	opt.root = argv[i];
	opt.command = argv + i + 1;
	return run(&opt);
}
