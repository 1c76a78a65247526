/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the log, as it stands and as it grows. Following waits on two things at once: the log's
 * directory (inotify(7): the file grows, or is turned over) and the process that writes it (its
 * pidfd). Nothing is polled by time. CLI process.
 */
#include "cli/logs.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "cli/out.h"
#include "common/fd.h"

/* Longer than any line of the log: its texts are cut at 1,000 bytes. */
#define LINE_ROOM 65536

struct reader {
	const struct ctr_logs_options *options;
	bool counting;       /* only count lines, for --tail */
	uint64_t seen, skip; /* whole lines so far; those to leave out */
	bool open[2];        /* the stream's last part was not the end of its line */
	bool terminal[2];    /* control characters must be shown, not sent */
	struct ctr_buf out[2];
	char buf[LINE_ROOM];
	size_t used;
};

static int flush(struct reader *r, struct ctr_error *err)
{
	for (int i = 0; i < 2; i++) {
		if (!r->out[i].len && !r->out[i].failed)
			continue;
		if (ctr_buf_check(&r->out[i], err) < 0)
			return -1;
		if (ctr_fd_write_all(i ? STDERR_FILENO : STDOUT_FILENO, r->out[i].data,
				     r->out[i].len, err) < 0)
			return ctr_err_wrap(err, i ? "standard error" : "standard output");
		r->out[i].len = 0;
	}
	return 0;
}

/* As cat -v shows it: the container decides what is in the log, not what the terminal does. */
static void add_visible(const char *text, size_t len, struct ctr_buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			continue;
		ctr_out_clean(text + done, i - done, "\t", out);
		done = i + 1;
		/* A program with a terminal ends its lines with both. */
		if (c != '\r' || done < len)
			ctr_buf_printf(out, "^%c", c ^ 0x40);
	}
	ctr_out_clean(text + done, len - done, "\t", out);
}

/* One line of the file, without its line break: "TIME STREAM F|P TEXT". */
static int take_line(struct reader *r, const char *line, size_t len, struct ctr_error *err)
{
	const struct ctr_logs_options *o = r->options;
	const char *end = line + len, *stream = memchr(line, ' ', len), *flag, *text;
	size_t time_len = stream ? (size_t)(stream - line) : 0, stream_len;
	bool full, skipped;
	int to;

	flag = stream ? memchr(stream + 1, ' ', (size_t)(end - stream - 1)) : NULL;
	if (!flag || end - flag < 3 || flag[2] != ' ')
		return 0; /* torn by a crash or a full disk */
	stream_len = (size_t)(flag - ++stream);
	text = flag + 3;
	full = flag[1] == 'F';
	if (o->since[0] && strncmp(line, o->since, time_len) < 0)
		return 0;
	if (o->stream &&
	    (strlen(o->stream) != stream_len || strncmp(stream, o->stream, stream_len) != 0))
		return 0;
	skipped = r->counting || r->seen < r->skip;
	r->seen += full;
	if (skipped)
		return 0;
	to = stream_len == strlen("stderr") && !strncmp(stream, "stderr", stream_len);
	/* Both may be one terminal: what came first goes first. */
	if (r->out[!to].len && flush(r, err) < 0)
		return -1;
	if (o->timestamps && !r->open[to])
		ctr_buf_printf(&r->out[to], "%.*s %.*s ", (int)time_len, line, (int)stream_len,
			       stream);
	if (r->terminal[to])
		add_visible(text, (size_t)(end - text), &r->out[to]);
	else
		ctr_buf_add(&r->out[to], text, (size_t)(end - text));
	if (full)
		ctr_buf_puts(&r->out[to], "\n");
	r->open[to] = !full;
	return r->out[to].len > LINE_ROOM ? flush(r, err) : 0;
}

/* Everything that is in fd from where it stands. */
static int drain(struct reader *r, int fd, struct ctr_error *err)
{
	for (;;) {
		ssize_t n = read(fd, r->buf + r->used, sizeof(r->buf) - r->used);
		char *line = r->buf, *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctr_err_sys(err, "read the log");
		if (n == 0)
			return flush(r, err);
		r->used += (size_t)n;
		while ((end = memchr(line, '\n', r->used - (size_t)(line - r->buf)))) {
			if (take_line(r, line, (size_t)(end - line), err) < 0)
				return -1;
			line = end + 1;
		}
		r->used -= (size_t)(line - r->buf);
		memmove(r->buf, line, r->used);
		if (r->used == sizeof(r->buf))
			r->used = 0; /* no line of ours is that long: damaged */
	}
}

/* The older file, then the one that is written to. */
static int drain_both(struct reader *r, int older_fd, int fd, struct ctr_error *err)
{
	if (older_fd >= 0 && drain(r, older_fd, err) < 0)
		return -1;
	r->used = 0;
	return drain(r, fd, err);
}

static int count_lines(struct reader *r, int older_fd, int fd, struct ctr_error *err)
{
	r->counting = true;
	if (drain_both(r, older_fd, fd, err) < 0)
		return -1;
	r->counting = false;
	r->skip = r->seen > r->options->tail ? r->seen - r->options->tail : 0;
	r->seen = 0;
	r->used = 0;
	if ((older_fd >= 0 && lseek(older_fd, 0, SEEK_SET) < 0) || lseek(fd, 0, SEEK_SET) < 0)
		return ctr_err_sys(err, "read the log again");
	return 0;
}

/* The process that writes the log, or else the container's first; -1 when neither runs. */
static int open_writer(struct ctr_host *host, const char *name, struct ctr_error *err)
{
	for (int attempt = 0; attempt < 10; attempt++) {
		_cleanup_(ctr_info_done) struct ctr_info info = { 0 };
		_cleanup_(ctr_info_done) struct ctr_info again = { 0 };
		_cleanup_close_ int pidfd = -1;
		pid_t pid;

		if (ctr_inspect(host, name, false, &info, err) < 0)
			return -1;
		pid = info.monitor_pid ? info.monitor_pid : info.pid;
		if (info.status == CTR_STOPPED || !pid)
			return -1;
		pidfd = pidfd_open(pid, 0);
		/* It may have ended in between and its number be another's: who it is, is asked
		 * again. */
		if (pidfd >= 0 && ctr_inspect(host, name, false, &again, err) == 0 &&
		    again.status != CTR_STOPPED &&
		    (again.monitor_pid ? again.monitor_pid : again.pid) == pid)
			return ctr_take_fd(&pidfd);
	}
	return -1;
}

static ino_t inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* When the log was turned over, reads the rest of ours and goes on with the new one. */
static int follow_turn(struct reader *r, struct ctr_host *host, const char *name, int *fd,
		       struct ctr_error *err)
{
	_cleanup_close_ int next = -1;
	_cleanup_close_ int older = -1;
	struct ctr_error ignored;

	/* Between the two renames there is no log for a moment: its creation wakes us again. */
	if (ctr_logs_open(host, name, &next, &older, &ignored) < 0 ||
	    inode_of(next) == inode_of(*fd))
		return 0;
	if (drain(r, *fd, err) < 0)
		return -1;
	r->used = 0;
	/* Turned over twice: the one between is whole. */
	if (inode_of(older) != inode_of(*fd) && older >= 0 && drain(r, older, err) < 0)
		return -1;
	r->used = 0;
	ctr_cleanup_close(fd);
	*fd = ctr_take_fd(&next);
	return drain(r, *fd, err);
}

static int follow(struct reader *r, struct ctr_host *host, const char *name, int *fd,
		  struct ctr_error *err)
{
	_cleanup_close_ int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	_cleanup_close_ int writer = -1;
	char path[128], events[4096];

	if (watch < 0)
		return ctr_err_sys(err, "inotify_init");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", host->containers_dirfd, name);
	if (inotify_add_watch(watch, path, IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_DELETE_SELF) <
	    0)
		return ctr_err_sys(err, "watch the log");
	writer = open_writer(host, name, err);
	for (bool ends = writer < 0;;) {
		struct pollfd fds[2] = { { watch, POLLIN, 0 }, { writer, POLLIN, 0 } };

		if (drain(r, *fd, err) < 0 || follow_turn(r, host, name, fd, err) < 0)
			return -1;
		if (ends)
			return 0;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return ctr_err_sys(err, "wait for the log");
		while (read(watch, events, sizeof(events)) > 0)
			;
		/* It has ended; what it wrote last is read in one more round. */
		ends = fds[1].revents;
	}
}

int ctr_logs_print(struct ctr_host *host, const char *name, const struct ctr_logs_options *options,
		   struct ctr_error *err)
{
	_cleanup_free_ struct reader *r = calloc(1, sizeof(*r));
	_cleanup_close_ int fd = -1;
	_cleanup_close_ int older = -1;
	int rc = 0;

	if (!r)
		return ctr_err_nomem(err);
	if (ctr_logs_open(host, name, &fd, &older, err) < 0)
		return -1;
	r->options = options;
	for (int i = 0; i < 2; i++)
		r->terminal[i] = isatty(i ? STDERR_FILENO : STDOUT_FILENO);
	if (options->tail != UINT64_MAX)
		rc = count_lines(r, older, fd, err);
	if (rc == 0)
		rc = drain_both(r, older, fd, err);
	ctr_cleanup_close(&older);
	if (rc == 0 && options->follow)
		rc = follow(r, host, name, &fd, err);
	ctr_buf_done(&r->out[0]);
	ctr_buf_done(&r->out[1]);
	return rc;
}
