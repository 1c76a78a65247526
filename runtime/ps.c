/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ps: the processes of a container, seen from the host. CLI process. What they say of themselves is not trusted. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "runtime/state.h"

static const char *field(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? line + strlen(key) : NULL;
}

/* The last number of a line: NSpid lists a pid for each namespace, the innermost last. */
static long last_number(const char *line)
{
	long value = 0;

	while (line && *line && *line != '\n') {
		char *end;
		long next = strtol(line, &end, 10);

		if (end == line)
			break;
		value = next;
		line = end;
	}
	return value;
}

static void read_command(int dirfd, const char *status, struct ctr_process *p)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error err;
	const char *name = field(status, "Name:\t");

	/* A payload may make this as long as it likes; the beginning says enough. */
	(void)ctr_fd_read_at(dirfd, "cmdline", 4096, &text, &err);
	if (!text.len && name)
		ctr_buf_printf(&text, "[%.*s]", (int)strcspn(name, "\n"), name);
	if (!text.len)
		return;
	while (text.len && !text.data[text.len - 1])
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < 0x20 || c == 0x7f)
			text.data[i] = c ? '?' : ' ';
	}
	p->command = ctr_buf_steal(&text);
}

static uint64_t read_cpu(int dirfd)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error err;
	uint64_t user = 0, system = 0;
	const char *p;

	if (ctr_fd_read_at(dirfd, "stat", 4096, &text, &err) < 0)
		return 0;
	p = strrchr(ctr_buf_str(&text), ')');
	if (!p || sscanf(p, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
			 &user, &system) != 2)
		return 0;
	return (user + system) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* false: it is gone. */
static bool read_process(pid_t pid, const struct ctr_sec_idrange *ids, struct ctr_process *p)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_close_ int dirfd = -1;
	struct ctr_error err;
	const char *status, *line;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || ctr_fd_read_at(dirfd, "status", 16384, &text, &err) < 0)
		return false;
	status = ctr_buf_str(&text);
	*p = (struct ctr_process){ .pid = pid, .uid = 65534 };
	p->inner_pid = (pid_t)last_number(field(status, "\nNSpid:"));
	line = field(status, "\nUid:");
	if (line) {
		uint32_t uid = (uint32_t)strtoul(line, NULL, 10);

		if (!ids->count)
			p->uid = uid;
		else if (uid >= ids->first && uid - ids->first < ids->count)
			p->uid = uid - ids->first;
	}
	line = field(status, "\nVmRSS:");
	p->rss = line ? strtoull(line, NULL, 10) * 1024 : 0;
	p->cpu_usec = read_cpu(dirfd);
	read_command(dirfd, status, p);
	return true;
}

int ctr_ps(struct ctr_host *host, const char *name, struct ctr_process **ret_processes,
	   size_t *ret_n, struct ctr_error *err)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_close_ int dirfd = -1;
	_cleanup_free_ pid_t *pids = NULL;
	struct ctr_process *list;
	struct ctr_observed seen;
	size_t n_pids, n = 0;

	if (ctr_defined(host, name, err) < 0)
		return -1;
	dirfd = ctr_run_dir_open(host, name);
	if (ctr_observe(host, name, dirfd, &seen, err) < 0 ||
	    ctr_verb_check(CTR_V_PS, seen.status, err) < 0 ||
	    ctr_cg_open(&host->cg, name, &cg, err) < 0 || ctr_cg_pids(&cg, &pids, &n_pids, err) < 0)
		return -1;
	list = calloc(n_pids + 1, sizeof(*list));
	if (!list)
		return ctr_err_nomem(err);
	for (size_t i = 0; i < n_pids; i++)
		if (read_process(pids[i], &seen.state.ids, &list[n]))
			n++;
	*ret_processes = list;
	*ret_n = n;
	return 0;
}

void ctr_ps_free(struct ctr_process *processes, size_t n)
{
	for (size_t i = 0; processes && i < n; i++)
		free(processes[i].command);
	free(processes);
}
