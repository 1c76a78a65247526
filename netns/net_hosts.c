/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names: the hosts file that all containers of a bridge share, written in place so that their bind mounts of it stay
 * current, and the text of resolv.conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "netns/nl_int.h"

#define HOSTS_MAX (1 << 20)
#define HOSTS_HEAD "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

const char *ctr_net_hosts_file(const struct ctr_net_lease *lease, char buf[static 32])
{
	(void)snprintf(buf, 32, "%s.hosts",
		       lease->mode == CTR_NET_BRIDGE ? lease->bridge : "local");
	return buf;
}

/* Whether a line "ADDRESS<tab>NAME ..." is of this container. */
static bool is_line_of(const char *line, size_t len, const char *name)
{
	const char *tab = memchr(line, '\t', len);
	size_t n = strlen(name);

	return tab && (size_t)(line + len - tab - 1) >= n && !strncmp(tab + 1, name, n) &&
	       (tab + 1 + n == line + len || tab[1 + n] == ' ');
}

int ctr_net_hosts_set(int net_dirfd, const char *bridge, const char *name, const char *hostname,
		      const char *address, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf old = { 0 };
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_close_ int fd = -1;
	char file[32];

	(void)snprintf(file, sizeof(file), "%s.hosts", bridge);
	fd = ctr_fd_open_at(net_dirfd, file, O_RDWR | O_CREAT | O_NOFOLLOW, 0644, err);
	if (fd < 0 || ctr_fd_read_all(fd, HOSTS_MAX, &old, err) < 0)
		return -1;
	if (!old.len)
		ctr_buf_puts(&text, HOSTS_HEAD);
	for (const char *p = ctr_buf_str(&old); *p;) {
		size_t len = strcspn(p, "\n");

		if (!is_line_of(p, len, name)) {
			ctr_buf_add(&text, p, len);
			ctr_buf_puts(&text, "\n");
		}
		p += len + (p[len] == '\n');
	}
	if (address)
		ctr_buf_printf(&text, "%s\t%s%s%s\n", address, name,
			       strcmp(name, hostname) ? " " : "",
			       strcmp(name, hostname) ? hostname : "");
	if (ctr_buf_check(&text, err) < 0)
		return -1;
	if (pwrite(fd, ctr_buf_str(&text), text.len, 0) != (ssize_t)text.len ||
	    ftruncate(fd, (off_t)text.len) < 0)
		return ctr_err_sys(err, "write %s", file);
	return 0;
}

/* A resolver on the host's own loopback answers nobody in another network namespace. */
static bool is_loopback(const char *server, size_t len)
{
	return (len >= 4 && !strncmp(server, "127.", 4)) ||
	       (len == 3 && !strncmp(server, "::1", 3));
}

static void add_host_lines(const char *text, bool servers, bool search, struct ctr_buf *to)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), skip = strspn(text, " \t");
		const char *line = text + skip;
		size_t n = len > skip ? len - skip : 0;

		if (servers && n > 11 && !strncmp(line, "nameserver ", 11)) {
			if (!is_loopback(line + 11, n - 11))
				ctr_buf_printf(to, "%.*s\n", (int)n, line);
		} else if (search && n > 7 && !strncmp(line, "search ", 7)) {
			ctr_buf_printf(to, "%.*s\n", (int)n, line);
		} else if (servers && n > 8 && !strncmp(line, "options ", 8)) {
			ctr_buf_printf(to, "%.*s\n", (int)n, line);
		}
		text += len + (text[len] == '\n');
	}
}

int ctr_net_resolv_conf(const struct ctr_net_spec *spec, const char *host_resolv_conf,
			struct ctr_buf *text, struct ctr_error *err)
{
	if (spec->dns_search) {
		ctr_buf_puts(text, "search");
		for (char *const *s = spec->dns_search; *s; s++)
			ctr_buf_printf(text, " %s", *s);
		ctr_buf_puts(text, "\n");
	}
	for (char *const *s = spec->dns_servers; s && *s; s++)
		ctr_buf_printf(text, "nameserver %s\n", *s);
	add_host_lines(host_resolv_conf, !spec->dns_servers, !spec->dns_search, text);
	if (!strstr(ctr_buf_str(text), "nameserver"))
		ctr_buf_puts(
			text,
			"# no server: the host's resolver listens on its loopback only; set dns in the specification\n");
	return ctr_buf_check(text, err);
}
