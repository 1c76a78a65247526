/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees over a socket, as the monitor sends them to init. */
#ifndef CTR_TESTS_ROOT_FDS_H
#define CTR_TESTS_ROOT_FDS_H

#include <string.h>
#include <sys/socket.h>

#include "rootfs/rootfs.h"

static inline bool send_fds(int sock, const struct ctr_rootfs_fds *fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fds->fds))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)&fds->n, .iov_len = sizeof(fds->n) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	msg.msg_control = control.bytes;
	msg.msg_controllen = CMSG_SPACE(fds->n * sizeof(int));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(fds->n * sizeof(int));
	memcpy(CMSG_DATA(c), fds->fds, fds->n * sizeof(int));
	return sendmsg(sock, &msg, MSG_NOSIGNAL) > 0;
}

static inline bool receive_fds(int sock, struct ctr_rootfs_fds *fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fds->fds))];
	} control = { 0 };
	struct iovec iov = { .iov_base = &fds->n, .iov_len = sizeof(fds->n) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	msg.msg_control = control.bytes;
	msg.msg_controllen = sizeof(control.bytes);
	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) <= 0)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_len != CMSG_LEN(fds->n * sizeof(int)))
		return false;
	memcpy(fds->fds, CMSG_DATA(c), fds->n * sizeof(int));
	return true;
}

#endif
