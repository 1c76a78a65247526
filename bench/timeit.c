/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timeit [-n ROUNDS] [-w WARMUP] [-s SETTLE-MS] [-j JSON-FILE] PLAN
 *
 * Times commands as whole processes, from posix_spawn to the end of wait4, all of them once per
 * round and in another order each round, so that a machine that gets slower or faster does so for
 * all. The plan is lines of words:
 *
 *   group KEY TITLE ...       what the following tools do, compared with each other
 *   ratio NAME ...            the tools of the group that the others are divided by (at most two)
 *   tool NAME                 a way to do it; the next lines are its own
 *   mntns FILE                joins this mount namespace first (not timed)
 *   run COMMAND [ARG ...]     the command; "%n" in a word is a number that never repeats
 *   after COMMAND [ARG ...]   run afterwards (not timed), with the same number
 *
 * A command that fails ends the measurement with its output: a number for something that did not
 * work is worth less than none. Without "-j -" a table is printed; with it JSON lines go to stdout
 * and the table to stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_GROUPS 16
#define MAX_TOOLS 128
#define MAX_WORDS 256

extern char **environ;

struct group {
	char *key, *title;
	char *ratio[2];
};

struct tool {
	const struct group *group;
	char *name;
	int mntns_fd; /* -1: where we are */
	char *run[MAX_WORDS + 1], *after[MAX_WORDS + 1];
	double *wall_ms, *cpu_ms;
	double min, median, p90, cpu_median;
};

static struct group groups[MAX_GROUPS];
static struct tool tools[MAX_TOOLS];
static size_t n_groups, n_tools;
static int own_mntns, capture_fd, null_fd;
static uint64_t serial;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "timeit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void die_plan(const char *what, size_t line)
{
	fprintf(stderr, "timeit: plan, line %zu: %s\n", line, what);
	exit(2);
}

static void split_words(char *text, char **words, size_t line)
{
	size_t n = 0;
	char *save;

	for (char *w = strtok_r(text, " \t", &save); w != NULL; w = strtok_r(NULL, " \t", &save)) {
		if (n == MAX_WORDS)
			die_plan("too many words", line);
		words[n++] = w;
	}
	words[n] = NULL;
	if (n == 0)
		die_plan("no command", line);
}

static void parse_group(char *rest, size_t line)
{
	char *title = strchr(rest, ' ');

	if (n_groups == MAX_GROUPS)
		die_plan("too many groups", line);
	if (title != NULL)
		*title++ = '\0';
	groups[n_groups++] = (struct group){ .key = rest, .title = title != NULL ? title : rest };
}

static void parse_line(char *text, size_t line)
{
	char *rest = strchr(text, ' ');
	struct tool *tool = n_tools > 0 ? &tools[n_tools - 1] : NULL;
	char *save;

	if (rest == NULL)
		die_plan("a word is missing", line);
	*rest++ = '\0';
	if (strcmp(text, "group") == 0) {
		parse_group(rest, line);
	} else if (n_groups == 0) {
		die_plan("no group yet", line);
	} else if (strcmp(text, "ratio") == 0) {
		groups[n_groups - 1].ratio[0] = strtok_r(rest, " ", &save);
		groups[n_groups - 1].ratio[1] = strtok_r(NULL, " ", &save);
	} else if (strcmp(text, "tool") == 0) {
		if (n_tools == MAX_TOOLS)
			die_plan("too many tools", line);
		tools[n_tools++] = (struct tool){ .group = &groups[n_groups - 1],
						  .name = rest,
						  .mntns_fd = -1 };
	} else if (tool == NULL) {
		die_plan("no tool yet", line);
	} else if (strcmp(text, "mntns") == 0) {
		tool->mntns_fd = open(rest, O_RDONLY | O_CLOEXEC);
		if (tool->mntns_fd < 0)
			die(rest);
	} else if (strcmp(text, "run") == 0) {
		split_words(rest, tool->run, line);
	} else if (strcmp(text, "after") == 0) {
		split_words(rest, tool->after, line);
	} else {
		die_plan("unknown word", line);
	}
}

static void read_plan(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0, line = 0;

	if (f == NULL)
		die(path);
	while (getline(&text, &size, f) > 0) {
		line++;
		text[strcspn(text, "\n")] = '\0';
		if (text[0] == '\0' || text[0] == '#')
			continue;
		/* The words of the plan live as long as the program. */
		parse_line(text, line);
		text = NULL;
		size = 0;
	}
	free(text);
	fclose(f);
	for (size_t i = 0; i < n_tools; i++) {
		if (tools[i].run[0] == NULL)
			die_plan("a tool without a run line", line);
	}
	if (n_tools == 0)
		die_plan("nothing to run", line);
}

/* The words with "%n" replaced; only those that hold it are copied. */
static void fill_words(char *const *from, char **to, char *space, size_t size)
{
	size_t i;

	for (i = 0; from[i] != NULL; i++) {
		const char *mark = strstr(from[i], "%n");
		int len;

		to[i] = from[i];
		if (mark == NULL)
			continue;
		len = snprintf(space, size, "%.*s%llu%s", (int)(mark - from[i]), from[i],
			       (unsigned long long)serial, mark + 2);
		if (len < 0 || (size_t)len >= size)
			die("a word is too long");
		to[i] = space;
		space += len + 1;
		size -= (size_t)len + 1;
	}
	to[i] = NULL;
}

static void show_capture(void)
{
	char buf[4096];
	ssize_t n;

	for (off_t at = 0; (n = pread(capture_fd, buf, sizeof(buf), at)) > 0; at += n)
		fwrite(buf, 1, (size_t)n, stderr);
}

/* Spawns and waits. Only what lies between the two clock readings counts. */
static double run_words(char *const *words, const char *tool, double *ret_cpu_ms)
{
	posix_spawn_file_actions_t actions;
	struct timespec begin, end;
	struct rusage usage;
	int ret, status;
	pid_t pid;

	if (ftruncate(capture_fd, 0) < 0)
		die("capture file");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, null_fd, 0);
	posix_spawn_file_actions_adddup2(&actions, capture_fd, 1);
	posix_spawn_file_actions_adddup2(&actions, capture_fd, 2);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ret = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
	if (ret != 0) {
		errno = ret;
		die(words[0]);
	}
	while (wait4(pid, &status, 0, &usage) < 0) {
		if (errno != EINTR)
			die("wait4");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	posix_spawn_file_actions_destroy(&actions);
	if (status != 0) {
		fprintf(stderr, "timeit: %s failed with %s %d:", tool,
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		for (size_t i = 0; words[i] != NULL; i++)
			fprintf(stderr, " %s", words[i]);
		fputc('\n', stderr);
		show_capture();
		exit(1);
	}
	*ret_cpu_ms = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
	return (double)(end.tv_sec - begin.tv_sec) * 1e3 +
	       (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
}

static void run_tool(const struct tool *tool, double *ret_wall_ms, double *ret_cpu_ms)
{
	char *words[MAX_WORDS + 1], space[4096];
	double ignored;

	serial++;
	if (tool->mntns_fd >= 0 && setns(tool->mntns_fd, CLONE_NEWNS) < 0)
		die("setns");
	fill_words(tool->run, words, space, sizeof(space));
	*ret_wall_ms = run_words(words, tool->name, ret_cpu_ms);
	if (tool->after[0] != NULL) {
		fill_words(tool->after, words, space, sizeof(space));
		run_words(words, tool->name, &ignored);
	}
	if (tool->mntns_fd >= 0 && setns(own_mntns, CLONE_NEWNS) < 0)
		die("setns");
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t low = (size_t)at;

	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

/* The order of a round: a shuffle that is the same in every measurement. */
static void shuffle(size_t *order, uint64_t *state)
{
	for (size_t i = 0; i < n_tools; i++)
		order[i] = i;
	for (size_t i = n_tools - 1; i > 0; i--) {
		size_t j, keep = order[i];

		*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
		j = (size_t)((*state >> 33) % (i + 1));
		order[i] = order[j];
		order[j] = keep;
	}
}

static void measure(size_t rounds, size_t warmup, long settle_ms)
{
	struct timespec settle = { .tv_sec = settle_ms / 1000,
				   .tv_nsec = settle_ms % 1000 * 1000000 };
	size_t order[MAX_TOOLS];
	uint64_t state = 1;
	double wall, cpu;

	for (size_t r = 0; r < warmup + rounds; r++) {
		shuffle(order, &state);
		for (size_t i = 0; i < n_tools; i++) {
			struct tool *tool = &tools[order[i]];

			/* The kernel takes namespaces down after the process has gone. */
			nanosleep(&settle, NULL);
			run_tool(tool, &wall, &cpu);
			if (r >= warmup) {
				tool->wall_ms[r - warmup] = wall;
				tool->cpu_ms[r - warmup] = cpu;
			}
		}
	}
	for (size_t i = 0; i < n_tools; i++) {
		qsort(tools[i].wall_ms, rounds, sizeof(double), compare);
		qsort(tools[i].cpu_ms, rounds, sizeof(double), compare);
		tools[i].min = tools[i].wall_ms[0];
		tools[i].median = quantile(tools[i].wall_ms, rounds, 0.5);
		tools[i].p90 = quantile(tools[i].wall_ms, rounds, 0.9);
		tools[i].cpu_median = quantile(tools[i].cpu_ms, rounds, 0.5);
	}
}

/* The median divided by that of the reference, or 0 when the group has no such tool. */
static double ratio(const struct tool *tool, const char *reference)
{
	for (size_t i = 0; reference != NULL && i < n_tools; i++) {
		if (tools[i].group == tool->group && strcmp(tools[i].name, reference) == 0)
			return tool->median / tools[i].median;
	}
	return 0;
}

static void print_table(FILE *out, size_t rounds)
{
	for (size_t g = 0; g < n_groups; g++) {
		const char *const *refs = (const char *const *)groups[g].ratio;

		fprintf(out, "\n%s (%zu rounds, milliseconds)\n  %-18s %8s %8s %8s %8s",
			groups[g].title, rounds, "", "median", "min", "p90", "cpu");
		for (int k = 0; k < 2 && refs[k] != NULL; k++)
			fprintf(out, "  x %-8s", refs[k]);
		fputc('\n', out);
		for (size_t i = 0; i < n_tools; i++) {
			const struct tool *t = &tools[i];

			if (t->group != &groups[g])
				continue;
			fprintf(out, "  %-18s %8.2f %8.2f %8.2f %8.2f", t->name, t->median, t->min,
				t->p90, t->cpu_median);
			for (int k = 0; k < 2 && refs[k] != NULL; k++) {
				double x = ratio(t, refs[k]);

				if (x > 0)
					fprintf(out, "  %-10.2f", x);
				else
					fprintf(out, "  %-10s", "-");
			}
			fputc('\n', out);
		}
	}
}

static void print_json(FILE *out, size_t rounds)
{
	for (size_t i = 0; i < n_tools; i++) {
		const struct tool *t = &tools[i];

		fprintf(out,
			"{\"measure\":\"%s\",\"tool\":\"%s\",\"unit\":\"ms\",\"rounds\":%zu,"
			"\"median\":%.3f,"
			"\"min\":%.3f,\"p90\":%.3f,\"cpu\":%.3f,\"ratio\":{",
			t->group->key, t->name, rounds, t->median, t->min, t->p90, t->cpu_median);
		for (int k = 0, n = 0; k < 2 && t->group->ratio[k] != NULL; k++) {
			double x = ratio(t, t->group->ratio[k]);

			if (x > 0)
				fprintf(out, "%s\"%s\":%.3f", n++ > 0 ? "," : "",
					t->group->ratio[k], x);
		}
		fprintf(out, "}}\n");
	}
}

static long positive(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < 0 || value > 1000000) {
		fprintf(stderr, "timeit: not a number: %s\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	long rounds = 40, warmup = 3, settle = 5;
	const char *json = NULL;
	char name[] = "/tmp/timeit.XXXXXX";
	FILE *json_file;
	int opt;

	while ((opt = getopt(argc, argv, "n:w:s:j:")) != -1) {
		if (opt == 'n')
			rounds = positive(optarg);
		else if (opt == 'w')
			warmup = positive(optarg);
		else if (opt == 's')
			settle = positive(optarg);
		else if (opt == 'j')
			json = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc || rounds < 1) {
		fprintf(stderr, "usage: timeit [-n ROUNDS] [-w WARMUP] [-s SETTLE-MS] [-j "
				"JSON-FILE] PLAN\n");
		return 2;
	}
	read_plan(argv[optind]);
	own_mntns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	capture_fd = mkostemp(name, O_APPEND | O_CLOEXEC);
	if (own_mntns < 0 || null_fd < 0 || capture_fd < 0)
		die("open");
	unlink(name);
	for (size_t i = 0; i < n_tools; i++) {
		tools[i].wall_ms = calloc((size_t)rounds, sizeof(double));
		tools[i].cpu_ms = calloc((size_t)rounds, sizeof(double));
		if (tools[i].wall_ms == NULL || tools[i].cpu_ms == NULL)
			die("calloc");
	}
	measure((size_t)rounds, (size_t)warmup, settle);
	print_table(json != NULL && strcmp(json, "-") == 0 ? stderr : stdout, (size_t)rounds);
	if (json != NULL) {
		json_file = strcmp(json, "-") == 0 ? stdout : fopen(json, "ae");
		if (json_file == NULL)
			die(json);
		print_json(json_file, (size_t)rounds);
		if (fflush(json_file) != 0)
			die(json);
	}
	return 0;
}
