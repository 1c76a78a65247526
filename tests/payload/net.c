/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sub-commands about the network: servers that answer with one text, clients that print the answer,
 * and what interfaces there are. Addresses are numeric; nothing here resolves names.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "payload.h"

#define ANSWER_SECONDS 5

/* A socket bound to the port on all addresses, IPv6 and IPv4 in one where the kernel has IPv6. */
static int bind_all(int type, uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	int off = 0, on = 1;
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&six, sizeof(six)) == 0)
			return fd;
		close(fd);
	}
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&four, sizeof(four)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int cmd_tcp_serve(int argc, char **argv)
{
	int fd = bind_all(SOCK_STREAM, (uint16_t)number_arg(argv[1]));

	(void)argc;
	if (fd < 0 || listen(fd, 64) < 0)
		return fail("tcp-serve");
	puts("listening");
	fflush(stdout);
	for (;;) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0)
			continue;
		if (send(peer, argv[2], strlen(argv[2]), MSG_NOSIGNAL) < 0)
			fail("send");
		close(peer);
	}
}

static int cmd_udp_serve(int argc, char **argv)
{
	int fd = bind_all(SOCK_DGRAM, (uint16_t)number_arg(argv[1]));

	(void)argc;
	if (fd < 0)
		return fail("udp-serve");
	puts("listening");
	fflush(stdout);
	for (;;) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		char buf[2048];

		if (recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len) < 0)
			continue;
		if (sendto(fd, argv[2], strlen(argv[2]), 0, (struct sockaddr *)&from, len) < 0)
			fail("sendto");
	}
}

static int connect_to(int type, const char *addr, uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	bool is_six = strchr(addr, ':') != NULL;
	int fd;

	if (inet_pton(is_six ? AF_INET6 : AF_INET, addr,
		      is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(is_six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
		    is_six ? sizeof(six) : sizeof(four)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int cmd_tcp_get(int argc, char **argv)
{
	int fd = connect_to(SOCK_STREAM, argv[1], (uint16_t)number_arg(argv[2]));
	char buf[4096];
	ssize_t n;

	(void)argc;
	if (fd < 0)
		return fail("connect");
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	if (n < 0)
		return fail("recv");
	putchar('\n');
	return 0;
}

static int cmd_udp_get(int argc, char **argv)
{
	int fd = connect_to(SOCK_DGRAM, argv[1], (uint16_t)number_arg(argv[2]));
	char buf[4096];
	ssize_t n;

	(void)argc;
	if (fd < 0)
		return fail("connect");
	if (send(fd, "?", 1, 0) < 0)
		return fail("send");
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0)
		return fail("recv");
	fwrite(buf, 1, (size_t)n, stdout);
	putchar('\n');
	return 0;
}

/* One line per interface and address: NAME up|down ADDRESS. */
static int cmd_interfaces(int argc, char **argv)
{
	struct if_nameindex *names = if_nameindex();
	struct ifaddrs *list = NULL;

	(void)argc;
	(void)argv;
	if (names == NULL || getifaddrs(&list) < 0)
		return fail("interfaces");
	for (struct if_nameindex *i = names; i->if_index != 0; i++) {
		bool seen = false;
		unsigned int flags = 0;

		for (struct ifaddrs *a = list; a != NULL; a = a->ifa_next) {
			char text[INET6_ADDRSTRLEN];
			const void *addr;

			if (strcmp(a->ifa_name, i->if_name) != 0)
				continue;
			flags = a->ifa_flags;
			if (a->ifa_addr == NULL)
				continue;
			if (a->ifa_addr->sa_family == AF_INET)
				addr = &((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr;
			else if (a->ifa_addr->sa_family == AF_INET6)
				addr = &((struct sockaddr_in6 *)(void *)a->ifa_addr)->sin6_addr;
			else
				continue;
			inet_ntop(a->ifa_addr->sa_family, addr, text, sizeof(text));
			printf("%s %s %s\n", i->if_name, (flags & IFF_UP) != 0 ? "up" : "down",
			       text);
			seen = true;
		}
		if (!seen)
			printf("%s %s -\n", i->if_name, (flags & IFF_UP) != 0 ? "up" : "down");
	}
	freeifaddrs(list);
	if_freenameindex(names);
	return 0;
}

const struct command net_commands[] = {
	{ "tcp-serve", 2, 2, "PORT TEXT", cmd_tcp_serve },
	{ "udp-serve", 2, 2, "PORT TEXT", cmd_udp_serve },
	{ "tcp-get", 2, 2, "ADDRESS PORT", cmd_tcp_get },
	{ "udp-get", 2, 2, "ADDRESS PORT", cmd_udp_get },
	{ "interfaces", 0, 0, "", cmd_interfaces },
	{ 0 },
};
