/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program that runs inside test containers: one static file, the only file of the test root.
 * Sub-commands print plain, stable lines; the exit status is 0 when the command did what it says, 1
 * when it could not, 2 for wrong usage.
 */
#ifndef CTR_TESTS_PAYLOAD_H
#define CTR_TESTS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command {
	const char *name;
	int min_args; /* after the name */
	int max_args; /* -1: any number */
	const char *usage;
	int (*run)(int argc, char **argv); /* argv[0] is the sub-command */
};

/* Tables end with a NULL name; each file has its own. */
extern const struct command process_commands[];
extern const struct command file_commands[];
extern const struct command load_commands[];
extern const struct command net_commands[];
extern const struct command tty_commands[];
extern const struct command probe_commands[];

/* "<what>: ERRNO" on stderr; returns 1. */
int fail(const char *what);
/* "EPERM" for a number, never NULL. */
const char *errno_name(int number);
/* The number in text, or exit status 2. */
uint64_t number_arg(const char *text);
/* Bytes: digits with an optional K, M or G. */
uint64_t size_arg(const char *text);
/* Sleeps SECONDS, a decimal fraction; signals do not shorten it. */
void sleep_seconds(double seconds);
double monotonic_seconds(void);
/* Copies a file to stdout. */
int copy_to_stdout(const char *path);

/*
 * One attempt of an attack. Runs in a child of its own, so that it may lose its ids or be killed.
 * Returns 0 when the attack got through, an errno when it was refused, or one of the values below.
 */
enum { ATTEMPT_MASKED = 250, ATTEMPT_NOT_APPLICABLE = 251 };

struct attempt {
	const char *name;
	int (*run)(const char *arg);
	const char
		*arg; /* given to run; a probe's own argument (hostmounts=TEXT) takes its place */
};

struct probe {
	const char *name;
	bool report_only; /* shown, but being allowed is no failure */
	const struct attempt *attempts;
};

extern const struct probe file_probes[];
extern const struct probe mount_probes[];
extern const struct probe syscall_probes[];
extern const struct probe abi_probes[];

/* The result of a call whose success cannot be tried safely: wrong arguments on purpose, so any
 * errno but a refusal means that the call reached the code behind the permission check. */
int reached(long ret);
/* The result of a call that is harmless when it succeeds: 0 or errno. */
int plain(long ret);
/* A private mount namespace when this process may have one, so that what follows is undone by its
 * exit. */
bool try_private_mounts(void);
/* A directory that exists, for mount attempts. */
const char *some_directory(void);

#endif
