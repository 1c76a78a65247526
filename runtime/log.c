/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing the log. Runs in the monitor. A log that cannot be written (disk full) never stops the payload: the line is
 * lost, the next one is tried again.
 */
#include "runtime/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "common/fd.h"

int ctr_log_open(struct ctr_stdio *io, struct ctr_error *err)
{
	struct stat st;

	if (io->log_dirfd < 0)
		return 0;
	io->log_fd = ctr_fd_open_at(io->log_dirfd, "log",
				    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600, err);
	if (io->log_fd < 0)
		return -1;
	io->log_size = fstat(io->log_fd, &st) == 0 ? st.st_size : 0;
	return 0;
}

/* log -> log.1, and a new log. Failing to turn it over keeps the old one. */
static void turn_over(struct ctr_stdio *io)
{
	struct ctr_error err;

	if (io->log_size < CTR_LOG_MAX ||
	    renameat(io->log_dirfd, "log", io->log_dirfd, "log.1") < 0)
		return;
	ctr_cleanup_close(&io->log_fd);
	(void)ctr_log_open(io, &err);
}

static void write_line(struct ctr_stdio *io, const struct ctr_stream *stream, const char *text,
		       size_t len, bool full)
{
	char head[64];
	struct timespec now;
	struct tm tm;
	size_t n;

	if (io->log_fd < 0)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	n = strftime(head, sizeof(head), "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(head + n, sizeof(head) - n, ".%09ldZ %s %c ", now.tv_nsec,
			      stream->name, full ? 'F' : 'P');
	struct iovec parts[3] = { { head, n }, { (char *)text, len }, { (char *)"\n", 1 } };
	ssize_t written = writev(io->log_fd, parts, 3);

	if (written > 0)
		io->log_size += written;
	turn_over(io);
}

void ctr_log_append(struct ctr_stdio *io, struct ctr_stream *s, const char *data, size_t len)
{
	if (io->log_fd < 0)
		return;
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t take = end ? (size_t)(end - data) : len;

		if (take > sizeof(s->line) - s->used) {
			take = sizeof(s->line) - s->used;
			end = NULL;
		}
		memcpy(s->line + s->used, data, take);
		s->used += take;
		if (end || s->used == sizeof(s->line)) {
			write_line(io, s, s->line, s->used, end != NULL);
			s->used = 0;
		}
		data += take + (end ? 1 : 0);
		len -= take + (end ? 1 : 0);
	}
}

void ctr_log_flush(struct ctr_stdio *io, struct ctr_stream *s)
{
	if (s->used)
		write_line(io, s, s->line, s->used, false);
	s->used = 0;
}
