/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sub-commands about the terminal: which one it is, its size, and the news of a changed size. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "payload.h"

static int cmd_tty(int argc, char **argv)
{
	struct winsize size;

	(void)argc;
	(void)argv;
	for (int fd = 0; fd < 3; fd++) {
		char name[256];
		int ret;

		if (!isatty(fd)) {
			printf("%d no\n", fd);
			continue;
		}
		ret = ttyname_r(fd, name, sizeof(name));
		printf("%d yes %s\n", fd, ret == 0 ? name : errno_name(ret));
	}
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		printf("size %u %u\n", size.ws_row, size.ws_col);
	printf("controlling %s\n", tcgetpgrp(STDIN_FILENO) == getpgrp() ? "yes" : "no");
	return 0;
}

static void print_size(void)
{
	struct winsize size = { 0 };

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	printf("size %u %u\n", size.ws_row, size.ws_col);
	fflush(stdout);
}

static int cmd_winch(int argc, char **argv)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
	sigset_t set;

	(void)argc;
	(void)argv;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fds[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fds[1].fd < 0)
		return fail("signalfd");
	print_size();
	for (;;) {
		struct signalfd_siginfo info;
		char line[256];

		if (poll(fds, 2, -1) < 0)
			return fail("poll");
		if ((fds[1].revents & POLLIN) != 0) {
			if (read(fds[1].fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
				return fail("signalfd");
			print_size();
		}
		if (fds[0].revents != 0) {
			ssize_t n = read(STDIN_FILENO, line, sizeof(line));

			if (n <= 0 || line[0] == 'q')
				return 0;
		}
	}
}

const struct command tty_commands[] = {
	{ "tty", 0, 0, "", cmd_tty },
	{ "winch", 0, 0, "", cmd_winch },
	{ 0 },
};
