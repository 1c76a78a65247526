/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire format. Runs in every process; the receiver trusts nothing but its own bounds. */
#include "runtime/msg.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_FDS 250
#define MAGIC 0x6374 /* "ct" */

struct frame {
	uint16_t magic;
	uint16_t type;
	struct ctr_error error; /* only with CTR_MSG_ERROR; the frame ends behind the text's NUL */
};
#define HEADER offsetof(struct frame, error)

static const char *const names[] = { "end of file", "GO", "START", "READY", "EXECING", "ERROR" };

int ctr_msg_pair(int ret_fds[static 2], struct ctr_error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return ctr_err_sys(err, "socketpair");
	return 0;
}

int ctr_msg_send(int sock, enum ctr_msg_type type, const int *fds, size_t n_fds,
		 struct ctr_error *err)
{
	struct frame frame = { .magic = MAGIC, .type = (uint16_t)type };
	union {
		char room[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = &frame, .iov_len = HEADER };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (n_fds == 0) {
		/* A peer that is gone is EPIPE here, SIGPIPE is ignored by every process that sends. */
		if (write(sock, &frame, HEADER) != (ssize_t)HEADER)
			return ctr_err_sys(err, "send %s", names[type]);
		return 0;
	}
	if (n_fds > MAX_FDS)
		return ctr_err_set(err, CTR_E_SPEC, "%zu mounts are more than the %d that fit",
				   n_fds, MAX_FDS);
	msg.msg_control = control.room;
	msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n_fds);
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		return ctr_err_sys(err, "send %s", names[type]);
	return 0;
}

void ctr_msg_send_error(int sock, const struct ctr_error *error)
{
	struct frame frame = { .magic = MAGIC, .type = CTR_MSG_ERROR, .error = *error };
	size_t len =
		offsetof(struct frame, error.msg) + strnlen(error->msg, sizeof(error->msg) - 1) + 1;

	/* write(2) only: the filter may forbid sendmsg(2) by now. */
	(void)!write(sock, &frame, len);
}

/* Takes the fds out of the control message; more than there is room for are closed and counted as an error. */
static int take_fds(struct msghdr *msg, int *fds, size_t *n_fds)
{
	size_t room = n_fds ? *n_fds : 0, n = 0;
	bool surplus = (msg->msg_flags & MSG_CTRUNC) != 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < room) {
				fds[n++] = fd;
			} else {
				(void)close(fd);
				surplus = true;
			}
		}
	}
	if (surplus)
		while (n)
			(void)close(fds[--n]);
	if (n_fds)
		*n_fds = n;
	return surplus ? -1 : 0;
}

int ctr_msg_recv(int sock, int *fds, size_t *n_fds, struct ctr_error *err)
{
	struct frame frame = { 0 };
	union {
		char room[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = &frame, .iov_len = sizeof(frame) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != ECONNRESET)
		return ctr_err_sys(err, "receive a message");
	if (take_fds(&msg, fds, n_fds) < 0)
		return ctr_err_set(err, CTR_E_PEER,
				   "the peer sent file descriptors that nobody asked for");
	if (n <= 0)
		return CTR_MSG_EOF;
	if ((size_t)n < HEADER || frame.magic != MAGIC || frame.type == CTR_MSG_EOF ||
	    frame.type > CTR_MSG_ERROR)
		return ctr_err_set(err, CTR_E_PEER, "the peer sent a frame that is none of ours");
	if (frame.type != CTR_MSG_ERROR)
		return frame.type;
	if ((size_t)n <= offsetof(struct frame, error.msg))
		return ctr_err_set(err, CTR_E_PEER, "the peer sent an error without a text");
	frame.error.msg[sizeof(frame.error.msg) - 1] = '\0';
	for (char *p = frame.error.msg; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	*err = frame.error;
	if (err->code == CTR_OK || err->code > CTR_E_INTERNAL)
		err->code = CTR_E_PEER;
	return -1;
}

int ctr_msg_expect(int sock, enum ctr_msg_type wanted, int *fds, size_t *n_fds, const char *who,
		   struct ctr_error *err)
{
	int type = ctr_msg_recv(sock, fds, n_fds, err);

	if (type == (int)wanted)
		return 0;
	while (n_fds && *n_fds > 0)
		(void)close(fds[--*n_fds]);
	if (type < 0)
		return -1;
	if (type == CTR_MSG_EOF)
		return ctr_err_set(err, CTR_E_PEER, "%s died before %s", who, names[wanted]);
	return ctr_err_set(err, CTR_E_PEER, "%s sent %s before %s", who, names[type],
			   names[wanted]);
}
