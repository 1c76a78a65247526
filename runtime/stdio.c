/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams between the payload, the log and the caller. Runs in the monitor (and in the CLI for exec), single-threaded,
 * from poll(2); only ctr_stdio_become() runs in the container. Bytes are passed on as they are; the log alone looks
 * for line ends.
 */
#include "runtime/stdio.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/fd.h"
#include "runtime/log.h"

void ctr_stdio_init(struct ctr_stdio *io)
{
	memset(io, 0, sizeof(*io));
	io->payload[0] = io->payload[1] = io->payload[2] = -1;
	io->stdin_fd = io->ptmx_fd = io->log_dirfd = io->log_fd = -1;
	io->out = (struct ctr_stream){ .fd = -1, .echo_fd = -1, .name = "stdout" };
	io->err = (struct ctr_stream){ .fd = -1, .echo_fd = -1, .name = "stderr" };
}

void ctr_stdio_done(struct ctr_stdio *io)
{
	ctr_stdio_cloned(io);
	ctr_cleanup_close(&io->stdin_fd);
	ctr_cleanup_close(&io->ptmx_fd);
	ctr_cleanup_close(&io->log_fd);
	ctr_cleanup_close(&io->out.fd);
	ctr_cleanup_close(&io->err.fd);
}

/* A pipe whose writer also reads: see the header. The owner may reopen it through /proc/self/fd. */
static int open_pipe(int *ret_read, int *ret_payload, uid_t owner, struct ctr_error *err)
{
	int ends[2];
	char path[32];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ctr_err_sys(err, "pipe");
	*ret_read = ends[0];
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	*ret_payload = open(path, O_RDWR | O_CLOEXEC);
	if (*ret_payload < 0)
		(void)ctr_err_sys(err, "reopen a pipe");
	(void)close(ends[1]);
	if (*ret_payload < 0)
		return -1;
	if (owner && fchown(*ret_payload, owner, owner) < 0)
		return ctr_err_sys(err, "give the pipe to the container");
	if (fcntl(*ret_read, F_SETFL, O_NONBLOCK) < 0)
		return ctr_err_sys(err, "make the pipe non-blocking");
	return 0;
}

static int open_stdin(struct ctr_stdio *io, bool interactive, uid_t owner, struct ctr_error *err)
{
	int ends[2];

	if (!interactive || !io->foreground)
		io->payload[0] = ctr_fd_open_at(AT_FDCWD, "/dev/null", O_RDONLY, 0, err);
	else if (!isatty(STDIN_FILENO))
		/* The file or pipe itself: binary-clean and without a copy. */
		io->payload[0] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else {
		/* A terminal is never handed in (TIOCSTI): its bytes are. */
		if (pipe2(ends, O_CLOEXEC) < 0)
			return ctr_err_sys(err, "pipe");
		io->payload[0] = ends[0];
		io->stdin_fd = ends[1];
		if (owner && fchown(ends[0], owner, owner) < 0)
			return ctr_err_sys(err, "give the pipe to the container");
	}
	return io->payload[0] < 0 ? -1 : 0;
}

int ctr_stdio_open(struct ctr_stdio *io, bool foreground, bool interactive, bool terminal,
		   uid_t owner, struct ctr_error *err)
{
	io->foreground = foreground;
	io->terminal = terminal;
	if (foreground) {
		io->out.echo_fd = STDOUT_FILENO;
		io->err.echo_fd = STDERR_FILENO;
	}
	if (terminal)
		return 0; /* init opens it from the container's own devpts */
	if (open_stdin(io, interactive, owner, err) < 0 ||
	    open_pipe(&io->out.fd, &io->payload[1], owner, err) < 0 ||
	    open_pipe(&io->err.fd, &io->payload[2], owner, err) < 0)
		return -1;
	return 0;
}

void ctr_stdio_cloned(struct ctr_stdio *io)
{
	for (int i = 0; i < 3; i++)
		ctr_cleanup_close(&io->payload[i]);
}

int ctr_stdio_check_ptmx(int fd, struct ctr_error *err)
{
	struct stat st;
	unsigned int number;

	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) ||
	    ioctl(fd, TIOCGPTN, &number) < 0)
		return ctr_err_set(err, CTR_E_PEER,
				   "the container sent something that is no terminal");
	return 0;
}

void ctr_stdio_resize(struct ctr_stdio *io)
{
	struct winsize size;

	if (io->ptmx_fd >= 0 && io->foreground && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(io->ptmx_fd, TIOCSWINSZ, &size);
}

int ctr_stdio_terminal(struct ctr_stdio *io, int ptmx_fd, struct ctr_error *err)
{
	struct termios raw;

	if (ctr_stdio_check_ptmx(ptmx_fd, err) < 0) {
		(void)close(ptmx_fd);
		return -1;
	}
	io->ptmx_fd = ptmx_fd;
	if (fcntl(ptmx_fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return ctr_err_sys(err, "make the terminal non-blocking");
	if (!io->foreground || !isatty(STDIN_FILENO))
		return 0;
	ctr_stdio_resize(io);
	if (tcgetattr(STDIN_FILENO, &io->saved) < 0)
		return ctr_err_sys(err, "read the terminal's settings");
	raw = io->saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
		return ctr_err_sys(err, "set the terminal to raw mode");
	io->raw = true;
	return 0;
}

size_t ctr_stdio_poll(const struct ctr_stdio *io, struct pollfd *fds)
{
	size_t n = 0;

	if (io->out.fd >= 0)
		fds[n++] = (struct pollfd){ .fd = io->out.fd, .events = POLLIN };
	if (io->err.fd >= 0)
		fds[n++] = (struct pollfd){ .fd = io->err.fd, .events = POLLIN };
	if (io->ptmx_fd >= 0)
		fds[n++] = (struct pollfd){ .fd = io->ptmx_fd, .events = POLLIN };
	if (io->foreground && (io->stdin_fd >= 0 || (io->ptmx_fd >= 0 && io->terminal)))
		fds[n++] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	return n;
}

/* To the caller, all of it; a caller that went away (EPIPE) is not written to again. */
static void echo(struct ctr_stream *s, const char *data, size_t len)
{
	while (s->echo_fd >= 0 && len > 0) {
		ssize_t n = write(s->echo_fd, data, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = s->echo_fd, .events = POLLOUT };

			(void)poll(&wait, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			s->echo_fd = -1;
			return;
		}
		data += n;
		len -= (size_t)n;
	}
}

/* One read of a stream; false at its end. */
static bool pump_stream(struct ctr_stdio *io, struct ctr_stream *s, int fd)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	echo(s, chunk, (size_t)n);
	ctr_log_append(io, s, chunk, (size_t)n);
	return true;
}

/* From our stdin to the payload. */
static void pump_stdin(struct ctr_stdio *io)
{
	int to = io->ptmx_fd >= 0 ? io->ptmx_fd : io->stdin_fd;
	char chunk[1024];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, chunk + done, (size_t)(n - done));

			if (w < 0 && errno == EAGAIN) {
				struct pollfd wait = { .fd = to, .events = POLLOUT };

				/* A payload that does not read must not stop its own output. */
				if (poll(&wait, 1, 100) <= 0)
					return;
				continue;
			}
			if (w <= 0)
				break;
			done += w;
		}
		return;
	}
	if (io->ptmx_fd >= 0) {
		/* End of file on a terminal is a character. */
		(void)!write(io->ptmx_fd, "\004", 1);
		io->terminal = false;
	} else {
		ctr_cleanup_close(&io->stdin_fd);
	}
}

void ctr_stdio_pump(struct ctr_stdio *io, const struct pollfd *event)
{
	if (!event->revents)
		return;
	if (event->fd == io->out.fd) {
		if (!pump_stream(io, &io->out, io->out.fd))
			ctr_cleanup_close(&io->out.fd);
	} else if (event->fd == io->err.fd) {
		if (!pump_stream(io, &io->err, io->err.fd))
			ctr_cleanup_close(&io->err.fd);
	} else if (event->fd == io->ptmx_fd) {
		/* EIO: the last slave was closed; a new one may be opened, init's end decides. */
		if (!pump_stream(io, &io->out, io->ptmx_fd) && !(event->revents & POLLIN))
			ctr_cleanup_close(&io->ptmx_fd);
	} else if (event->fd == STDIN_FILENO) {
		pump_stdin(io);
	}
}

static void drain(struct ctr_stdio *io, struct ctr_stream *s, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	/* Bounded: a process that outlives init in its own cgroup cannot hold us here. */
	for (int i = 0; fd >= 0 && i < 1024 && poll(&p, 1, 0) > 0 && (p.revents & POLLIN); i++)
		if (!pump_stream(io, s, fd))
			break;
}

void ctr_stdio_finish(struct ctr_stdio *io)
{
	drain(io, &io->out, io->ptmx_fd >= 0 ? io->ptmx_fd : io->out.fd);
	drain(io, &io->err, io->err.fd);
	ctr_log_flush(io, &io->out);
	ctr_log_flush(io, &io->err);
	if (io->raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &io->saved);
	io->raw = false;
}

int ctr_stdio_become(const int payload[static 3], int slave_fd, struct ctr_error *err)
{
	if (slave_fd >= 0) {
		/* A session of its own, so that the terminal can be its controlling one. */
		if (setsid() < 0 && errno != EPERM)
			return ctr_err_sys(err, "setsid");
		if (ioctl(slave_fd, TIOCSCTTY, 0) < 0)
			return ctr_err_sys(err, "make the terminal the controlling one");
	}
	for (int i = 0; i < 3; i++)
		if (dup2(slave_fd >= 0 ? slave_fd : payload[i], i) < 0)
			return ctr_err_sys(err, "set up file descriptor %d", i);
	return 0;
}
