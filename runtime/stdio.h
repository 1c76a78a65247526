/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The payload's standard streams: pipes or a terminal of its own, pumped by the monitor into the log and, in the
 * foreground, to the caller.
 *
 * The payload's end of a pipe is open for reading and writing, so that a pipe without its monitor is never broken: a
 * killed monitor costs the payload nothing but that it waits when the pipe is full.
 */
#ifndef CTR_RUNTIME_STDIO_H
#define CTR_RUNTIME_STDIO_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#include "common/error.h"

#define CTR_LOG_MAX (16 << 20) /* bytes; then the log becomes log.1 and a new one begins */

/* One stream that goes to the log; a line that does not end is kept until it does. */
struct ctr_stream {
	int fd;      /* our end, -1 when closed */
	int echo_fd; /* the caller's stream in the foreground, or -1 */
	const char *name;
	size_t used;
	char line[1024];
};

struct ctr_stdio {
	int payload[3];   /* what init makes its 0, 1, 2; open here only until the clone */
	int stdin_fd;     /* write end of the payload's stdin while we relay ours, or -1 */
	bool terminal;    /* the payload has a terminal */
	bool foreground;  /* our own 0, 1, 2 are the caller's */
	bool interactive; /* pass our stdin on */
	int ptmx_fd;      /* our end of its terminal, from init */
	struct ctr_stream out, err;
	int log_dirfd; /* the definition's directory, or -1: no log */
	int log_fd;
	off_t log_size;
	bool raw; /* our terminal is in raw mode: saved holds what it was */
	struct termios saved;
};

void ctr_stdio_init(struct ctr_stdio *io);
void ctr_stdio_done(struct ctr_stdio *io);
/*
 * Makes the streams. foreground: stdout and stderr are echoed to our 1 and 2; interactive: stdin is passed on, else it
 * is /dev/null. owner: host uid and gid that may reopen /dev/stdout inside.
 */
int ctr_stdio_open(struct ctr_stdio *io, bool foreground, bool interactive, bool terminal,
		   uid_t owner, struct ctr_error *err);
/* Closes the payload's ends after the clone. */
void ctr_stdio_cloned(struct ctr_stdio *io);
/* Takes over the terminal's multiplexer; in the foreground puts our terminal into raw mode and copies its size. */
int ctr_stdio_terminal(struct ctr_stdio *io, int ptmx_fd, struct ctr_error *err);
/* Copies the size of our terminal to the payload's (at SIGWINCH). */
void ctr_stdio_resize(struct ctr_stdio *io);
/* Fills at most 4 entries of a poll set; returns how many. */
size_t ctr_stdio_poll(const struct ctr_stdio *io, struct pollfd *fds);
/* Handles what poll said of one of our fds; a stream that ended is closed. */
void ctr_stdio_pump(struct ctr_stdio *io, const struct pollfd *event);
/* Takes what is still in the pipes without waiting, ends unfinished lines, restores the terminal. */
void ctr_stdio_finish(struct ctr_stdio *io);

/* In init and exec: makes the payload's ends 0, 1, 2; with terminal a new session with slave_fd as its terminal. */
int ctr_stdio_become(const int payload[static 3], int slave_fd, struct ctr_error *err);
/* Checks that an fd received from inside is a terminal's multiplexer: CTR_E_PEER when not. */
int ctr_stdio_check_ptmx(int fd, struct ctr_error *err);

#endif
