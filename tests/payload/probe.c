/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The attacker: tries what a container must not be able to do and says how each attempt ended. One
 * line per probe:
 *
 *   probe NAME: denied ERRNO[,ERRNO]      every attempt was refused
 *   probe NAME: ALLOWED attempt[ attempt] these got through (exit status 1)
 *   probe NAME: not applicable            nothing to try here
 *
 * Probes that only report say "allowed" and do not count. With -v each attempt has its own line
 * before that. Every attempt is chosen so that it does no harm to the host when the sandbox fails:
 * wrong arguments behind the permission check, the current value written again, files opened but
 * not written.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "payload.h"

#define RESULT_FAILED (-1)

static const struct probe *const tables[] = { file_probes, mount_probes, syscall_probes,
					      abi_probes };
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

int reached(long ret)
{
	if (ret >= 0)
		return 0;
	switch (errno) {
	case EPERM:
	case EACCES:
	case ENOSYS:
	case EROFS:
	case EAFNOSUPPORT:
		return errno;
	default:
		return 0;
	}
}

int plain(long ret)
{
	return ret >= 0 ? 0 : errno;
}

bool try_private_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

const char *some_directory(void)
{
	static const char *const candidates[] = { "/tmp", "/run", "/mnt", "/dev/shm",
						  "/proc/self" };
	struct stat st;

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if (stat(candidates[i], &st) == 0 && S_ISDIR(st.st_mode))
			return candidates[i];
	}
	return "/";
}

/* The attempt's result, or minus the signal that killed it (a filter that kills: SIGSYS). */
static int run_attempt(const struct attempt *attempt, const char *arg, bool *ret_killed)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return RESULT_FAILED;
	if (pid == 0)
		_exit(attempt->run(arg != NULL ? arg : attempt->arg));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return RESULT_FAILED;
	}
	*ret_killed = WIFSIGNALED(status);
	return *ret_killed ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void result_text(int result, bool killed, char text[static 32])
{
	if (killed)
		snprintf(text, 32, "SIG%s",
			 sigabbrev_np(result) != NULL ? sigabbrev_np(result) : "?");
	else if (result == ATTEMPT_MASKED)
		snprintf(text, 32, "masked");
	else
		snprintf(text, 32, "%s", errno_name(result));
}

static void add_word(char *list, size_t size, const char *word, char separator)
{
	size_t len = strlen(list);
	const char *found = strstr(list, word);

	if (found != NULL && (found[strlen(word)] == '\0' || found[strlen(word)] == separator))
		return;
	snprintf(list + len, size - len, "%s%s", len > 0 ? (char[]){ separator, '\0' } : "", word);
}

/* 0 when nothing got through, 1 when something did, 2 when the probe itself could not run. */
static int run_probe(const struct probe *probe, const char *arg, bool verbose)
{
	char denied[512] = "", allowed[1024] = "";

	for (const struct attempt *a = probe->attempts; a->name != NULL; a++) {
		bool killed = false;
		int result = run_attempt(a, arg, &killed);
		char text[32];

		if (result == RESULT_FAILED) {
			printf("probe %s: cannot fork: %s\n", probe->name, errno_name(errno));
			return 2;
		}
		if (!killed && result == ATTEMPT_NOT_APPLICABLE)
			continue;
		if (!killed && result == 0) {
			add_word(allowed, sizeof(allowed), a->name, ' ');
			if (verbose)
				printf("  %s: %s\n", a->name,
				       probe->report_only ? "allowed" : "ALLOWED");
			continue;
		}
		result_text(result, killed, text);
		add_word(denied, sizeof(denied), text, ',');
		if (verbose)
			printf("  %s: %s\n", a->name, text);
	}
	if (allowed[0] != '\0') {
		printf("probe %s: %s %s\n", probe->name, probe->report_only ? "allowed" : "ALLOWED",
		       allowed);
		return probe->report_only ? 0 : 1;
	}
	if (denied[0] != '\0')
		printf("probe %s: denied %s\n", probe->name, denied);
	else
		printf("probe %s: not applicable\n", probe->name);
	return 0;
}

static const struct probe *find_probe(const char *name, size_t len)
{
	for (size_t t = 0; t < N_TABLES; t++) {
		for (const struct probe *p = tables[t]; p->name != NULL; p++) {
			if (strlen(p->name) == len && strncmp(p->name, name, len) == 0)
				return p;
		}
	}
	return NULL;
}

static int cmd_probe(int argc, char **argv)
{
	int worst = 0, status, first = 1;
	bool verbose = strcmp(argv[1], "-v") == 0;

	if (verbose)
		first++;
	for (int i = first; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t len = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);
		const struct probe *probe;

		if (strcmp(argv[i], "all") == 0) {
			for (size_t t = 0; t < N_TABLES; t++) {
				for (const struct probe *p = tables[t]; p->name != NULL; p++) {
					status = run_probe(p, NULL, verbose);
					worst = status > worst ? status : worst;
				}
			}
			continue;
		}
		probe = find_probe(argv[i], len);
		if (probe == NULL) {
			fprintf(stderr, "no such probe: %s\n", argv[i]);
			return 2;
		}
		status = run_probe(probe, equals != NULL ? equals + 1 : NULL, verbose);
		worst = status > worst ? status : worst;
	}
	return worst;
}

static int cmd_probes(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t t = 0; t < N_TABLES; t++) {
		for (const struct probe *p = tables[t]; p->name != NULL; p++)
			printf("%s%s\n", p->name, p->report_only ? " (report only)" : "");
	}
	return 0;
}

const struct command probe_commands[] = {
	{ "probe", 1, -1, "[-v] all|NAME[=ARGUMENT] ...", cmd_probe },
	{ "probes", 0, 0, "", cmd_probes },
	{ 0 },
};
