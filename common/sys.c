/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Raw system calls. Any process. */
#include "common/sys.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *title_area;
static size_t title_room;

int ctr_sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve };
	long fd = -1;

	/* The kernel says EAGAIN when ".." met a rename; a hostile loop must not hold us for ever. */
	for (int i = 0; i < 64; i++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

pid_t ctr_sys_clone3(struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

int ctr_sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int ctr_sys_join_session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 ? -1 : 0;
}

void ctr_sys_title_init(int argc, char **argv)
{
	char *begin = argv[0], *end = argv[0];

	/* The area is overwritten by the first title: what points into it must point to copies from now on. */
	for (int i = 0; i < argc; i++) {
		char *copy = strdup(argv[i]);

		if (!copy)
			return;
		if (argv[i] == end)
			end += strlen(end) + 1;
		argv[i] = copy;
	}
	title_area = begin;
	title_room = (size_t)(end - begin);
}

void ctr_sys_title_set(const char *title)
{
	(void)prctl(PR_SET_NAME, title);
	if (!title_area)
		return;
	memset(title_area, 0, title_room);
	strncpy(title_area, title, title_room - 1);
}
