/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sub-commands about the process itself: how it ends, what it was given (arguments, environment,
 * directory), who it is (ids, capabilities, limits) and how it takes signals.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "payload.h"

extern char **environ;

static int cmd_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int cmd_false(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 1;
}

static int cmd_exit(int argc, char **argv)
{
	(void)argc;
	return (int)number_arg(argv[1]);
}

static int cmd_sleep(int argc, char **argv)
{
	(void)argc;
	sleep_seconds(strtod(argv[1], NULL));
	return 0;
}

/* As pid 1 of a namespace a signal without a handler is dropped, so SIGTERM is waited for, not left
 * to its default. */
static int cmd_pause(int argc, char **argv)
{
	sigset_t set;
	int signo;

	(void)argc;
	(void)argv;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	sigwait(&set, &signo);
	return 0;
}

/* Until SIGKILL. */
static int cmd_ignore_term(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	signal(SIGTERM, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
	return 0;
}

/* Prints the name of each signal that arrives until SIGTERM: which stop signal was sent. */
static int cmd_signals(int argc, char **argv)
{
	sigset_t set;
	int signo;

	(void)argc;
	(void)argv;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	do {
		fflush(stdout);
		if (sigwait(&set, &signo) != 0)
			return 1;
		if (signo >= SIGRTMIN)
			printf("SIGRTMIN+%d\n", signo - SIGRTMIN);
		else
			printf("SIG%s\n", sigabbrev_np(signo));
	} while (signo != SIGTERM);
	return 0;
}

static int cmd_kill_self(int argc, char **argv)
{
	(void)argc;
	kill(getpid(), (int)number_arg(argv[1]));
	sleep_seconds(1);
	return 1; /* pid 1 is immune to its own signals */
}

static int cmd_cat(int argc, char **argv)
{
	char buf[65536];
	ssize_t n;

	(void)argc;
	(void)argv;
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(STDOUT_FILENO, buf + done, (size_t)(n - done));
			if (w < 0)
				return fail("stdout");
		}
	}
	return n == 0 ? 0 : fail("stdin");
}

static int cmd_echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("%s%s", i > 1 ? " " : "", argv[i]);
	putchar('\n');
	return 0;
}

static int cmd_args(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		puts(argv[i]);
	return 0;
}

static int cmd_env(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (char **e = environ; *e != NULL; e++)
		puts(*e);
	return 0;
}

static int cmd_cwd(int argc, char **argv)
{
	char buf[4096];

	(void)argc;
	(void)argv;
	if (getcwd(buf, sizeof(buf)) == NULL)
		return fail("getcwd");
	puts(buf);
	return 0;
}

static int cmd_id(int argc, char **argv)
{
	gid_t groups[1024];
	int n = getgroups(1024, groups);

	(void)argc;
	(void)argv;
	printf("uid=%u gid=%u groups=", (unsigned int)geteuid(), (unsigned int)getegid());
	for (int i = 0; i < n; i++)
		printf("%s%u", i > 0 ? "," : "", (unsigned int)groups[i]);
	putchar('\n');
	return 0;
}

static int cmd_pid(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("pid=%d ppid=%d sid=%d pgid=%d\n", (int)getpid(), (int)getppid(), (int)getsid(0),
	       (int)getpgrp());
	return 0;
}

static int cmd_status(int argc, char **argv)
{
	static const char *const keys[] = { "Cap",  "NoNewPrivs:", "Seccomp:",
					    "Uid:", "Gid:",        "Groups:" };
	char line[4096];
	FILE *f = fopen("/proc/self/status", "re");

	(void)argc;
	(void)argv;
	if (f == NULL)
		return fail("/proc/self/status");
	while (fgets(line, sizeof(line), f) != NULL) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
		}
	}
	fclose(f);
	return 0;
}

static int cmd_hostname(int argc, char **argv)
{
	struct utsname uts;

	(void)argc;
	(void)argv;
	if (uname(&uts) < 0)
		return fail("uname");
	puts(uts.nodename);
	return 0;
}

static void print_limit(rlim_t value)
{
	if (value == RLIM_INFINITY)
		printf(" unlimited");
	else
		printf(" %llu", (unsigned long long)value);
}

static int cmd_rlimit(int argc, char **argv)
{
	static const struct {
		const char *name;
		__rlimit_resource_t resource;
	} limits[] = {
		{ "as", RLIMIT_AS },
		{ "core", RLIMIT_CORE },
		{ "cpu", RLIMIT_CPU },
		{ "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE },
		{ "locks", RLIMIT_LOCKS },
		{ "memlock", RLIMIT_MEMLOCK },
		{ "msgqueue", RLIMIT_MSGQUEUE },
		{ "nice", RLIMIT_NICE },
		{ "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC },
		{ "rss", RLIMIT_RSS },
		{ "rtprio", RLIMIT_RTPRIO },
		{ "rttime", RLIMIT_RTTIME },
		{ "sigpending", RLIMIT_SIGPENDING },
		{ "stack", RLIMIT_STACK },
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit rl;

		if (getrlimit(limits[i].resource, &rl) < 0)
			return fail(limits[i].name);
		fputs(limits[i].name, stdout);
		print_limit(rl.rlim_cur);
		print_limit(rl.rlim_max);
		putchar('\n');
	}
	return 0;
}

const struct command process_commands[] = {
	{ "true", 0, -1, "", cmd_true },
	{ "false", 0, -1, "", cmd_false },
	{ "exit", 1, 1, "N", cmd_exit },
	{ "sleep", 1, 1, "SECONDS", cmd_sleep },
	{ "pause", 0, 0, "", cmd_pause },
	{ "ignore-term", 0, 0, "", cmd_ignore_term },
	{ "signals", 0, 0, "", cmd_signals },
	{ "kill-self", 1, 1, "SIGNAL-NUMBER", cmd_kill_self },
	{ "cat", 0, 0, "", cmd_cat },
	{ "echo", 0, -1, "[TEXT ...]", cmd_echo },
	{ "args", 0, -1, "[TEXT ...]", cmd_args },
	{ "env", 0, 0, "", cmd_env },
	{ "cwd", 0, 0, "", cmd_cwd },
	{ "id", 0, 0, "", cmd_id },
	{ "pid", 0, 0, "", cmd_pid },
	{ "status", 0, 0, "", cmd_status },
	{ "hostname", 0, 0, "", cmd_hostname },
	{ "rlimit", 0, 0, "", cmd_rlimit },
	{ 0 },
};
