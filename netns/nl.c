/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One netlink transaction over libmnl. Host side; CAP_NET_ADMIN. */
#include "netns/nl_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int ctr_nl_open(struct ctr_nl *nl, int protocol, struct ctr_error *err)
{
	int on = 1;

	nl->sock = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->sock)
		return ctr_err_sys(err, "open a netlink socket");
	nl->first_seq = 1;
	nl->n = 0;
	nl->used = 0;
	/* The kernel's reason in words; old kernels just have none. */
	(void)mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	return 0;
}

int ctr_nl_open_in(struct ctr_nl *nl, int netns_fd, struct ctr_error *err)
{
	_cleanup_close_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int rc;

	if (own < 0)
		return ctr_err_sys(err, "open /proc/self/ns/net");
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return ctr_err_sys(err, "enter the container's network namespace");
	rc = ctr_nl_open(nl, NETLINK_ROUTE, err);
	/* To go on in the wrong network would act on the container in the host's name. */
	if (setns(own, CLONE_NEWNET) < 0)
		abort();
	return rc;
}

void ctr_nl_close(struct ctr_nl *nl)
{
	if (nl->sock)
		(void)mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

struct nlmsghdr *ctr_nl_request(struct ctr_nl *nl, uint16_t type, uint16_t flags, const char *what)
{
	struct nlmsghdr *message;

	/* A container's batch is of known size: 8 addresses at the most. */
	if (nl->used + 512 > sizeof(nl->data) || nl->n == CTR_ARRAY_LEN(nl->what))
		abort();
	message = mnl_nlmsg_put_header(nl->data + nl->used);
	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	message->nlmsg_seq = nl->first_seq + nl->n;
	nl->what[nl->n++] = what;
	return message;
}

void ctr_nl_end(struct ctr_nl *nl, struct nlmsghdr *message)
{
	nl->used += NLMSG_ALIGN(message->nlmsg_len);
}

/* The text that the kernel put behind its error, or NULL. */
static const char *reason(const struct nlmsghdr *message)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
	size_t skip = sizeof(*answer);
	const struct nlattr *attr;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&answer->msg);
	mnl_attr_for_each(attr, message, skip)
	{
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			return mnl_attr_get_str(attr);
	}
	return NULL;
}

/* One answer: counts it, keeps the first failure. */
static int take_answer(struct ctr_nl *nl, const struct nlmsghdr *message, int tolerate, int *rc,
		       struct ctr_error *err)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
	unsigned int index = message->nlmsg_seq - nl->first_seq;
	const char *why;

	if (message->nlmsg_type != NLMSG_ERROR || index >= nl->n)
		return 0;
	if (answer->error == 0 || -answer->error == tolerate || *rc < 0)
		return 1;
	why = reason(message);
	errno = -answer->error;
	*rc = ctr_err_sys(err, "%s", nl->what[index]);
	if (why)
		(void)ctr_err_hint(err, "the kernel says: %s", why);
	return 1;
}

int ctr_nl_commit(struct ctr_nl *nl, int tolerate, struct ctr_error *err)
{
	unsigned int answered = 0;
	char answers[8192];
	int rc = 0;

	if (nl->n == 0)
		return 0;
	if (mnl_socket_sendto(nl->sock, nl->data, nl->used) < 0)
		return ctr_err_sys(err, "send a netlink batch");
	while (answered < nl->n) {
		ssize_t got = mnl_socket_recvfrom(nl->sock, answers, sizeof(answers));
		const struct nlmsghdr *message = (const struct nlmsghdr *)answers;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ctr_err_sys(err, "receive netlink answers");
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
			answered += (unsigned int)take_answer(nl, message, tolerate, &rc, err);
	}
	nl->first_seq += nl->n;
	nl->n = 0;
	nl->used = 0;
	return rc;
}

int ctr_nl_query(struct ctr_nl *nl, struct nlmsghdr *message, char *answer, size_t size,
		 struct ctr_error *err)
{
	const char *what = nl->what[0];
	ssize_t n = mnl_socket_sendto(nl->sock, message, message->nlmsg_len);

	if (n >= 0)
		n = mnl_socket_recvfrom(nl->sock, answer, size);
	nl->first_seq++;
	nl->n = 0;
	if (n < (ssize_t)sizeof(*message))
		return ctr_err_sys(err, "%s", what);
	return (int)n;
}
