/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sub-commands that make load: processors, memory, processes, output. They measure what they got,
 * so that a test can compare it with what the container was promised.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "payload.h"

static double burn_until;

static void *burn_thread(void *arg)
{
	volatile uint64_t x = 1;

	(void)arg;
	while (monotonic_seconds() < burn_until) {
		for (int i = 0; i < 100000; i++)
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
	}
	return NULL;
}

static int cmd_burn(int argc, char **argv)
{
	uint64_t n = argc > 2 ? number_arg(argv[2]) : 1;
	struct timespec used;
	pthread_t threads[512];

	if (n < 1 || n > 512)
		return 2;
	burn_until = monotonic_seconds() + strtod(argv[1], NULL);
	for (uint64_t i = 1; i < n; i++) {
		errno = pthread_create(&threads[i], NULL, burn_thread, NULL);
		if (errno != 0)
			return fail("pthread_create");
	}
	burn_thread(NULL);
	for (uint64_t i = 1; i < n; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	printf("burned %lld\n", (long long)used.tv_sec * 1000000 + used.tv_nsec / 1000);
	return 0;
}

static int cmd_alloc(int argc, char **argv)
{
	uint64_t size = size_arg(argv[1]);
	volatile char *p =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return fail("mmap");
	for (uint64_t i = 0; i < size; i += 4096)
		p[i] = 1;
	printf("allocated %llu\n", (unsigned long long)size);
	fflush(stdout);
	if (argc > 2)
		sleep_seconds(strtod(argv[2], NULL));
	return 0;
}

/* Touches its memory again and again: keeps a working set that reclaim must respect. Prints the
 * rounds. */
static int cmd_thrash(int argc, char **argv)
{
	uint64_t size = size_arg(argv[1]), rounds = 0;
	double end = monotonic_seconds() + strtod(argv[2], NULL);
	volatile char *p =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argc;
	if (p == MAP_FAILED)
		return fail("mmap");
	for (; monotonic_seconds() < end; rounds++) {
		for (uint64_t i = 0; i < size; i += 4096)
			p[i]++;
	}
	printf("rounds %llu\n", (unsigned long long)rounds);
	return 0;
}

static int cmd_forkbomb(int argc, char **argv)
{
	uint64_t n = number_arg(argv[1]), k;
	pid_t *pids = calloc(n + 1, sizeof(*pids));
	int failed = 0;

	(void)argc;
	if (pids == NULL)
		return fail("calloc");
	fflush(stdout);
	for (k = 0; k < n; k++) {
		pids[k] = fork();
		if (pids[k] < 0) {
			failed = errno;
			break;
		}
		if (pids[k] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	if (failed != 0)
		printf("forked %llu %s\n", (unsigned long long)k, errno_name(failed));
	else
		printf("forked %llu\n", (unsigned long long)k);
	for (uint64_t i = 0; i < k; i++)
		kill(pids[i], SIGKILL);
	for (uint64_t i = 0; i < k; i++)
		waitpid(pids[i], NULL, 0);
	free(pids);
	return 0;
}

static int count_zombies(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int n = 0;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		char path[300], text[512];
		const char *state;
		ssize_t len;
		int fd;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[len > 0 ? len : 0] = '\0';
		state = strrchr(text, ')');
		if (state != NULL && state[1] == ' ' && state[2] == 'Z')
			n++;
	}
	closedir(dir);
	return n;
}

/* Leaves N orphans that exit once their parent is gone; they are pid 1's to reap. */
static int cmd_zombies(int argc, char **argv)
{
	uint64_t n = number_arg(argv[1]);

	fflush(stdout);
	for (uint64_t i = 0; i < n; i++) {
		pid_t middle = fork();

		if (middle < 0)
			return fail("fork");
		if (middle == 0) {
			pid_t parent = getpid();

			if (fork() == 0) {
				while (getppid() == parent)
					usleep(200);
				_exit(0);
			}
			_exit(0);
		}
		waitpid(middle, NULL, 0);
	}
	printf("orphaned %llu\n", (unsigned long long)n);
	fflush(stdout);
	if (argc > 2) {
		sleep_seconds(strtod(argv[2], NULL));
		printf("zombies %d\n", count_zombies());
	}
	return 0;
}

static int cmd_spawn_daemon(int argc, char **argv)
{
	int fds[2];
	pid_t pid, daemon = 0;

	(void)argc;
	(void)argv;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail("pipe2");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (pid == 0) {
		setsid();
		daemon = fork();
		if (daemon == 0) {
			for (int fd = 0; fd < 3; fd++)
				close(fd);
			close(fds[0]);
			close(fds[1]);
			for (;;)
				pause();
		}
		_exit(write(fds[1], &daemon, sizeof(daemon)) == (ssize_t)sizeof(daemon) &&
				      daemon > 0
			      ? 0
			      : 1);
	}
	close(fds[1]);
	if (read(fds[0], &daemon, sizeof(daemon)) != (ssize_t)sizeof(daemon) || daemon <= 0)
		return fail("fork");
	waitpid(pid, NULL, 0);
	printf("daemon %d\n", (int)daemon);
	return 0;
}

static int cmd_print_lines(int argc, char **argv)
{
	uint64_t n = number_arg(argv[1]);
	double interval = (double)number_arg(argv[2]) / 1000;

	(void)argc;
	for (uint64_t i = 1; i <= n; i++) {
		printf("line %llu\n", (unsigned long long)i);
		if (interval > 0) {
			fflush(stdout);
			sleep_seconds(interval);
		}
	}
	return 0;
}

static int cmd_both(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("this is stdout");
	fflush(stdout);
	fputs("this is stderr\n", stderr);
	return 0;
}

/* The same bytes every time, with every value among them: what goes through a pipe must arrive
 * unchanged. */
static int cmd_random(int argc, char **argv)
{
	uint64_t n = size_arg(argv[1]), x = 88172645463325252ULL;

	(void)argc;
	for (uint64_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (putchar((int)((x >> 24) & 0xff)) == EOF)
			return fail("stdout");
	}
	return 0;
}

/* Lives on without stdin, stdout and stderr, as daemons do. */
static int cmd_dropfd(int argc, char **argv)
{
	(void)argc;
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	sleep_seconds(strtod(argv[1], NULL));
	_exit(0);
}

const struct command load_commands[] = {
	{ "burn", 1, 2, "SECONDS [THREADS]", cmd_burn },
	{ "alloc", 1, 2, "SIZE[KMG] [HOLD-SECONDS]", cmd_alloc },
	{ "thrash", 2, 2, "SIZE[KMG] SECONDS", cmd_thrash },
	{ "forkbomb", 1, 1, "N", cmd_forkbomb },
	{ "zombies", 1, 2, "N [COUNT-AFTER-SECONDS]", cmd_zombies },
	{ "spawn-daemon", 0, 0, "", cmd_spawn_daemon },
	{ "print-lines", 2, 2, "N INTERVAL-MS", cmd_print_lines },
	{ "both", 0, 0, "", cmd_both },
	{ "random", 1, 1, "BYTES", cmd_random },
	{ "dropfd", 1, 1, "SECONDS", cmd_dropfd },
	{ 0 },
};
