/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sub-commands about files: what the container sees of its root, its mounts, its descriptors and
 * its sysctls, and the two races (a name swapped under somebody's feet, a program written while it
 * is executed).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "payload.h"

static int cmd_fds(int argc, char **argv)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	(void)argc;
	(void)argv;
	if (dir == NULL)
		return fail("/proc/self/fd");
	while ((entry = readdir(dir)) != NULL) {
		char target[4096];
		ssize_t n;

		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir))
			continue;
		n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		printf("%s %s\n", entry->d_name, target);
	}
	closedir(dir);
	return 0;
}

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int cmd_ls(int argc, char **argv)
{
	struct dirent **entries;
	int n = scandir(argv[1], &entries, not_dots, alphasort);

	(void)argc;
	if (n < 0)
		return fail(argv[1]);
	for (int i = 0; i < n; i++) {
		puts(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static int cmd_read(int argc, char **argv)
{
	(void)argc;
	return copy_to_stdout(argv[1]);
}

static int write_file(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	ssize_t n;

	if (fd < 0)
		return fail(path);
	n = write(fd, text, strlen(text));
	if (n < 0 || close(fd) < 0)
		return fail(path);
	return 0;
}

static int cmd_write(int argc, char **argv)
{
	(void)argc;
	return write_file(argv[1], argv[2], O_CREAT | O_TRUNC);
}

static int cmd_mkdir(int argc, char **argv)
{
	(void)argc;
	return mkdir(argv[1], 0755) == 0 ? 0 : fail(argv[1]);
}

static int cmd_chown(int argc, char **argv)
{
	(void)argc;
	return lchown(argv[1], (uid_t)number_arg(argv[2]), (gid_t)number_arg(argv[3])) == 0
		       ? 0
		       : fail(argv[1]);
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "link";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	default:
		return "socket";
	}
}

static int cmd_stat(int argc, char **argv)
{
	struct stat st;

	(void)argc;
	if (lstat(argv[1], &st) < 0)
		return fail(argv[1]);
	printf("type=%s mode=%04o uid=%u gid=%u size=%lld rdev=%u:%u", type_name(st.st_mode),
	       (unsigned int)(st.st_mode & 07777), (unsigned int)st.st_uid, (unsigned int)st.st_gid,
	       (long long)st.st_size, major(st.st_rdev), minor(st.st_rdev));
	if (S_ISLNK(st.st_mode)) {
		char target[4096];
		ssize_t n = readlink(argv[1], target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		printf(" target=%s", target);
	}
	putchar('\n');
	return 0;
}

/* proc_pid_mountinfo(5): id parent major:minor root TARGET OPTIONS [optional ...] - FSTYPE SOURCE
 * SUPEROPTIONS. */
static int cmd_mounts(int argc, char **argv)
{
	char line[8192];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	(void)argc;
	(void)argv;
	if (f == NULL)
		return fail("/proc/self/mountinfo");
	while (fgets(line, sizeof(line), f) != NULL) {
		char *tail = strstr(line, " - ");
		char *save, *root, *target, *options, *type, *source, *super;

		if (tail == NULL)
			continue;
		*tail = '\0';
		strtok_r(line, " ", &save);
		strtok_r(NULL, " ", &save);
		strtok_r(NULL, " ", &save);
		root = strtok_r(NULL, " ", &save);
		target = strtok_r(NULL, " ", &save);
		options = strtok_r(NULL, " ", &save);
		type = strtok_r(tail + 3, " \n", &save);
		source = strtok_r(NULL, " \n", &save);
		super = strtok_r(NULL, " \n", &save);
		printf("%s %s %s %s root=%s source=%s\n", target, type, options,
		       super != NULL ? super : "-", root, source != NULL ? source : "-");
	}
	fclose(f);
	return 0;
}

static void sysctl_path(const char *name, char path[static 512])
{
	size_t len = (size_t)snprintf(path, 512, "/proc/sys/%s", name);

	for (size_t i = strlen("/proc/sys/"); i < len && i < 511; i++) {
		if (path[i] == '.')
			path[i] = '/';
	}
}

static int cmd_sysctl(int argc, char **argv)
{
	char path[512];

	(void)argc;
	sysctl_path(argv[1], path);
	return copy_to_stdout(path);
}

static int cmd_sysctl_write(int argc, char **argv)
{
	char path[512];

	(void)argc;
	sysctl_path(argv[1], path);
	return write_file(path, argv[2], 0);
}

static int cmd_swap_loop(int argc, char **argv)
{
	double end = monotonic_seconds() + strtod(argv[3], NULL);
	uint64_t n = 0;

	(void)argc;
	while (monotonic_seconds() < end) {
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
			return fail("renameat2");
		n++;
	}
	printf("swaps %llu\n", (unsigned long long)n);
	return 0;
}

/*
 * CVE-2019-5736: writes to the program that another process executes, through its magic link. It
 * only opens for writing, never writes. "any" takes every process that appears in /proc. A runtime
 * that joined the container is not the container's own file when its exe is not this program.
 */
static uint64_t open_exe_of(const char *pid, const struct stat *own, uint64_t *ret_tries)
{
	char path[64];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	if (stat(path, &st) == 0 && st.st_dev == own->st_dev && st.st_ino == own->st_ino)
		return 0;
	(*ret_tries)++;
	/* The text is busy while it runs, so the attack reopens a read descriptor after the program
	 * is gone. */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < 200; i++) {
		int w = open(path, O_WRONLY | O_CLOEXEC);

		if (w >= 0) {
			close(w);
			close(fd);
			return 1;
		}
		if (errno != ETXTBSY)
			break;
		usleep(500);
	}
	close(fd);
	return 0;
}

static int cmd_exe_write(int argc, char **argv)
{
	double end = monotonic_seconds() + strtod(argv[2], NULL);
	uint64_t opened = 0, tries = 0;
	struct stat own;

	(void)argc;
	if (stat("/proc/self/exe", &own) < 0)
		return fail("/proc/self/exe");
	while (monotonic_seconds() < end) {
		DIR *dir;
		struct dirent *entry;

		if (strcmp(argv[1], "any") != 0) {
			opened += open_exe_of(argv[1], &own, &tries);
			continue;
		}
		dir = opendir("/proc");
		if (dir == NULL)
			return fail("/proc");
		while ((entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
				opened += open_exe_of(entry->d_name, &own, &tries);
		}
		closedir(dir);
	}
	printf("tries %llu\nopened %llu\n", (unsigned long long)tries, (unsigned long long)opened);
	return opened == 0 ? 0 : 1;
}

const struct command file_commands[] = {
	{ "fds", 0, 0, "", cmd_fds },
	{ "ls", 1, 1, "PATH", cmd_ls },
	{ "read", 1, 1, "FILE", cmd_read },
	{ "write", 2, 2, "FILE TEXT", cmd_write },
	{ "mkdir", 1, 1, "PATH", cmd_mkdir },
	{ "chown", 3, 3, "PATH UID GID", cmd_chown },
	{ "stat", 1, 1, "PATH", cmd_stat },
	{ "mounts", 0, 0, "", cmd_mounts },
	{ "sysctl", 1, 1, "NAME", cmd_sysctl },
	{ "sysctl-write", 2, 2, "NAME VALUE", cmd_sysctl_write },
	{ "swap-loop", 3, 3, "PATH PATH SECONDS", cmd_swap_loop },
	{ "exe-write", 2, 2, "PID|any SECONDS", cmd_exe_write },
	{ 0 },
};
