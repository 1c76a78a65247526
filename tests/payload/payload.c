/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entry of the test payload: finds the sub-command in the tables of the other files. Also holds the
 * helpers they share. Runs as the first process of a test container, so it assumes nothing: no
 * /proc, no /dev, no libraries.
 */
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct command *const tables[] = {
	process_commands, file_commands, load_commands, net_commands, tty_commands, probe_commands,
};

const char *errno_name(int number)
{
	const char *name = strerrorname_np(number);

	return name != NULL ? name : "unknown";
}

int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, errno_name(errno));
	return 1;
}

uint64_t number_arg(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-') {
		fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return value;
}

uint64_t size_arg(const char *text)
{
	size_t len = strlen(text);
	char digits[32];
	unsigned int shift = 0;

	if (len == 0 || len >= sizeof(digits)) {
		fprintf(stderr, "not a size: %s\n", text);
		exit(2);
	}
	memcpy(digits, text, len + 1);
	switch (digits[len - 1]) {
	case 'G':
		shift += 10;
		/* fall through */
	case 'M':
		shift += 10;
		/* fall through */
	case 'K':
		shift += 10;
		digits[len - 1] = '\0';
	}
	return number_arg(digits) << shift;
}

double monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void sleep_seconds(double seconds)
{
	struct timespec left = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

int copy_to_stdout(const char *path)
{
	char buf[65536];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (fwrite(buf, 1, (size_t)n, stdout) != (size_t)n)
			break;
	}
	close(fd);
	return n == 0 ? 0 : fail(path);
}

static void usage(void)
{
	fprintf(stderr, "usage: payload COMMAND [ARGUMENT ...]\n");
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct command *c = tables[t]; c->name != NULL; c++)
			fprintf(stderr, "  %s %s\n", c->name, c->usage);
	}
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2) {
		usage();
		return 2;
	}
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct command *c = tables[t]; c->name != NULL; c++) {
			if (strcmp(c->name, argv[1]) != 0)
				continue;
			if (argc - 2 < c->min_args ||
			    (c->max_args >= 0 && argc - 2 > c->max_args)) {
				fprintf(stderr, "usage: payload %s %s\n", c->name, c->usage);
				return 2;
			}
			status = c->run(argc - 1, argv + 1);
			if (fflush(stdout) != 0)
				return fail("stdout");
			return status;
		}
	}
	fprintf(stderr, "no such command: %s\n", argv[1]);
	return 2;
}
