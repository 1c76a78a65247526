/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nosys CALL[,CALL ...]=ERRNO [...] -- COMMAND [ARGUMENT ...]
 *
 * Runs COMMAND under a filter in which the named system calls fail with that errno: the way to meet
 * an older kernel, an outer sandbox or a full table on a machine that has none of them. Exit
 * status: the command's; 125 when the filter cannot be made, 126 or 127 when the command cannot be
 * executed.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_FILTER 125
#define LAST_ERRNO 133

static int errno_number(const char *text)
{
	char *end;
	long value;

	for (int i = 1; i <= LAST_ERRNO; i++) {
		const char *name = strerrorname_np(i);

		if (name != NULL && strcmp(name, text) == 0)
			return i;
	}
	value = strtol(text, &end, 10);
	return *text != '\0' && *end == '\0' && value > 0 && value <= LAST_ERRNO ? (int)value : -1;
}

/* One argument "CALL[,CALL]=ERRNO"; it is taken apart in place. */
static int add_rule(scmp_filter_ctx filter, char *rule)
{
	char *equals = strchr(rule, '='), *save, *name;
	int number, call, ret;

	if (equals == NULL) {
		fprintf(stderr, "nosys: %s: expected CALL[,CALL ...]=ERRNO\n", rule);
		return -1;
	}
	*equals = '\0';
	number = errno_number(equals + 1);
	if (number < 0) {
		fprintf(stderr, "nosys: unknown errno %s\n", equals + 1);
		return -1;
	}
	for (name = strtok_r(rule, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save)) {
		call = seccomp_syscall_resolve_name(name);
		if (call == __NR_SCMP_ERROR) {
			fprintf(stderr, "nosys: unknown system call %s\n", name);
			return -1;
		}
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned int)number), call, 0);
		if (ret < 0) {
			fprintf(stderr, "nosys: rule for %s: %s\n", name, strerror(-ret));
			return -1;
		}
	}
	return 0;
}

/*
 * With CAP_SYS_ADMIN the filter needs no no_new_privs, which would change what the command under
 * test sees. The other architectures are let through: a filter that stands for an old kernel has no
 * opinion about them.
 */
static int load_filter(scmp_filter_ctx filter)
{
	int ret = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

	if (ret == 0)
		ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() == 0 ? 0 : 1);
	if (ret == 0)
		ret = seccomp_load(filter);
	if (ret < 0) {
		fprintf(stderr, "nosys: load the filter: %s\n", strerror(-ret));
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter;
	int i;

	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter == NULL) {
		fprintf(stderr, "nosys: seccomp_init failed\n");
		return EXIT_FILTER;
	}
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (add_rule(filter, argv[i]) < 0)
			return EXIT_FILTER;
	}
	if (i == 1 || i + 1 >= argc) {
		fprintf(stderr,
			"usage: nosys CALL[,CALL ...]=ERRNO ... -- COMMAND [ARGUMENT ...]\n");
		return EXIT_FILTER;
	}
	if (load_filter(filter) < 0)
		return EXIT_FILTER;
	seccomp_release(filter);
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "nosys: %s: %s\n", argv[i + 1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
