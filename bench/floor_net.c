/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rtnetlink by hand for the floor (libc only): messages are put one behind the other into one
 * buffer, sent with one call, and the acknowledgements are read. The first half runs in the parent,
 * the second inside the new namespace.
 */
#include "floor_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* <net/if.h> clashes with <linux/if.h>. */
unsigned int if_nametoindex(const char *name);

struct batch {
	_Alignas(struct nlmsghdr) char data[2048];
	size_t len;
	struct nlmsghdr *message;
	unsigned int count;
};

static void *put(struct batch *b, const void *data, size_t len)
{
	void *to = b->data + b->len;

	if (b->len + NLMSG_ALIGN(len) > sizeof(b->data))
		abort();
	memset(to, 0, NLMSG_ALIGN(len));
	if (data != NULL)
		memcpy(to, data, len);
	b->len += NLMSG_ALIGN(len);
	return to;
}

static void message_begin(struct batch *b, uint16_t type, uint16_t flags, const void *header,
			  size_t len)
{
	b->message = put(b, NULL, sizeof(*b->message));
	b->message->nlmsg_type = type;
	b->message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	b->message->nlmsg_seq = ++b->count;
	put(b, header, len);
}

static void message_end(struct batch *b)
{
	b->message->nlmsg_len = (uint32_t)(b->data + b->len - (char *)b->message);
}

static struct rtattr *attr(struct batch *b, uint16_t type, const void *data, size_t len)
{
	struct rtattr *a = put(b, NULL, sizeof(*a));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len > 0)
		put(b, data, len);
	return a;
}

static void nest_end(struct batch *b, struct rtattr *a)
{
	a->rta_len = (uint16_t)(b->data + b->len - (char *)a);
}

/* Sends all messages at once and reads one acknowledgement for each. */
static int batch_send(struct batch *b)
{
	char answer[8192];
	unsigned int acks = 0;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, b->data, b->len, 0) < 0)
		return -1;
	while (acks < b->count) {
		ssize_t n = recv(fd, answer, sizeof(answer), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)(void *)answer;

		if (n < 0)
			return -1;
		for (size_t left = (size_t)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			const struct nlmsgerr *e = NLMSG_DATA(h);

			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error != 0) {
				errno = -e->error;
				return -1;
			}
			acks++;
		}
	}
	return close(fd);
}

int floor_net_veth(const char *bridge, pid_t pid)
{
	struct batch b = { .len = 0 };
	struct ifinfomsg up = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP }, plain = { 0 };
	struct rtattr *info, *data, *peer;
	uint32_t master = if_nametoindex(bridge), ns = (uint32_t)pid;
	char name[IFNAMSIZ];
	int len = snprintf(name, sizeof(name), "vf%d", (int)pid);

	if (master == 0)
		return -1;
	message_begin(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof(up));
	attr(&b, IFLA_IFNAME, name, (size_t)len + 1);
	attr(&b, IFLA_MASTER, &master, sizeof(master));
	info = attr(&b, IFLA_LINKINFO, NULL, 0);
	attr(&b, IFLA_INFO_KIND, "veth", 4);
	data = attr(&b, IFLA_INFO_DATA, NULL, 0);
	peer = attr(&b, VETH_INFO_PEER, NULL, 0);
	put(&b, &plain, sizeof(plain));
	attr(&b, IFLA_IFNAME, "eth0", 5);
	attr(&b, IFLA_NET_NS_PID, &ns, sizeof(ns));
	nest_end(&b, peer);
	nest_end(&b, data);
	nest_end(&b, info);
	message_end(&b);
	return batch_send(&b);
}

static void set_up(struct batch *b, unsigned int index)
{
	struct ifinfomsg up = { .ifi_index = (int)index,
				.ifi_flags = IFF_UP,
				.ifi_change = IFF_UP };

	message_begin(b, RTM_NEWLINK, 0, &up, sizeof(up));
	message_end(b);
}

int floor_net_inside(const char *address, const char *gateway)
{
	struct batch b = { .len = 0 };
	struct ifaddrmsg ifa = { .ifa_family = AF_INET };
	struct rtmsg route = {
		.rtm_family = AF_INET,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_type = RTN_UNICAST,
	};
	struct in_addr own, via;
	char text[64];
	char *slash;

	snprintf(text, sizeof(text), "%s", address);
	slash = strchr(text, '/');
	if (slash == NULL) {
		errno = EINVAL;
		return -1;
	}
	*slash = '\0';
	ifa.ifa_prefixlen = (uint8_t)atoi(slash + 1);
	ifa.ifa_index = if_nametoindex("eth0");
	if (inet_pton(AF_INET, text, &own) != 1 || inet_pton(AF_INET, gateway, &via) != 1 ||
	    ifa.ifa_index == 0) {
		errno = EINVAL;
		return -1;
	}
	set_up(&b, 1);
	message_begin(&b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &ifa, sizeof(ifa));
	attr(&b, IFA_LOCAL, &own, sizeof(own));
	attr(&b, IFA_ADDRESS, &own, sizeof(own));
	message_end(&b);
	set_up(&b, ifa.ifa_index);
	message_begin(&b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof(route));
	attr(&b, RTA_GATEWAY, &via, sizeof(via));
	message_end(&b);
	return batch_send(&b);
}
