/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Figures as people read them. Pure; any process. */
#include "cli/words.h"

#include <string.h>
#include <sys/socket.h>

#include "common/parse.h"

const char *ctr_words_exit(const struct ctr_exit *end, char buf[static 64])
{
	char limit[32], name[16];

	if (!end->known)
		buf[0] = '\0';
	else if (end->oom && end->oom_limit && end->oom_limit != CTR_CG_MAX)
		(void)snprintf(buf, 64, "killed for memory (limit %s)",
			       ctr_format_size(end->oom_limit, limit));
	else if (end->oom)
		(void)snprintf(buf, 64, "killed for memory");
	else if (end->signal)
		(void)snprintf(buf, 64, "killed by %s", ctr_format_signal(end->signal, name));
	else
		(void)snprintf(buf, 64, "exit status %d", end->code);
	return buf;
}

const char *ctr_words_span(int64_t seconds, char buf[static 32])
{
	static const struct {
		int64_t seconds;
		char unit, next;
		int64_t next_seconds;
	} units[] = { { 86400, 'd', 'h', 3600 }, { 3600, 'h', 'm', 60 }, { 60, 'm', 's', 1 } };

	/* The clock may have been set back. */
	if (seconds < 0)
		seconds = 0;
	for (size_t i = 0; i < CTR_ARRAY_LEN(units); i++) {
		if (seconds < units[i].seconds)
			continue;
		(void)snprintf(
			buf, 32, "%d%c%d%c", (int)(seconds / units[i].seconds), units[i].unit,
			(int)(seconds % units[i].seconds / units[i].next_seconds), units[i].next);
		return buf;
	}
	(void)snprintf(buf, 32, "%llds", (long long)seconds);
	return buf;
}

const char *ctr_words_time(const struct timespec *at, char buf[static 40])
{
	struct tm tm;
	size_t n;

	(void)gmtime_r(&at->tv_sec, &tm);
	n = strftime(buf, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(buf + n, 40 - n, ".%09ldZ", at->tv_nsec);
	return buf;
}

const char *ctr_words_limit(uint64_t bytes, char buf[static 32])
{
	if (bytes != CTR_CG_MAX)
		return ctr_format_size(bytes, buf);
	memcpy(buf, "max", sizeof("max"));
	return buf;
}

const char *ctr_words_milli(uint64_t milli, char buf[static 32])
{
	int n = snprintf(buf, 32, "%llu.%03u", (unsigned long long)(milli / 1000),
			 (unsigned int)(milli % 1000));

	while (buf[n - 1] == '0')
		buf[--n] = '\0';
	if (buf[n - 1] == '.')
		buf[n - 1] = '\0';
	return buf;
}

const char *ctr_words_port(const struct ctr_net_port *port, char buf[static 96])
{
	bool any = port->host_addr.family == 0, six = port->host_addr.family == AF_INET6;
	char address[64] = "";

	if (!any)
		(void)ctr_net_addr_format(&port->host_addr, false, address);
	(void)snprintf(buf, 96, "%s%s%s%s%u:%u/%s", six ? "[" : "", address, six ? "]" : "",
		       any ? "" : ":", port->host, port->container,
		       port->proto == IPPROTO_UDP ? "udp" : "tcp");
	return buf;
}
