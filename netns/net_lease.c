/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has which address and port. A claim is a link named after the thing, "a.10.77.0.20" or "p.udp.53", to its owner's
 * name: symlinkat(2) decides between two starts, and nothing has to read all leases. The lease itself is a small file
 * for undo and for `ctr state`. All of it is void after a reboot: the directory remembers its boot.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/parse.h"
#include "common/proc.h"
#include "netns/nl_int.h"

#define LEASE_MAX 65536

int ctr_net_lock(int net_dirfd, struct ctr_error *err)
{
	_cleanup_close_ int fd =
		ctr_fd_open_at(net_dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600, err);

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return ctr_err_sys(err, "lock the network's leases");
	return ctr_take_fd(&fd);
}

/* What another boot claimed is nobody's. The caller has the lock: two first starts must not forget each other's claims. */
static int forget_other_boots(int net_dirfd, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf seen = { 0 };
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	char boot[37];
	int fd;

	if (ctr_proc_boot_id(boot, err) < 0)
		return -1;
	if (faccessat(net_dirfd, "boot", F_OK, 0) == 0 &&
	    ctr_fd_read_at(net_dirfd, "boot", 64, &seen, err) == 0 &&
	    !strcmp(ctr_buf_str(&seen), boot))
		return 0;
	fd = openat(net_dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return ctr_err_sys(err, "read the network's leases");
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lock"))
			(void)unlinkat(net_dirfd, entry->d_name, 0);
	return ctr_fd_replace_at(net_dirfd, "boot", boot, strlen(boot), 0600, err);
}

/* 0: ours (now or already), 1: another's, whose name is in owner, -1: error. */
static int claim(int net_dirfd, const char *what, const char *name, char owner[static 80],
		 struct ctr_error *err)
{
	ssize_t n;

	if (symlinkat(name, net_dirfd, what) == 0)
		return 0;
	if (errno != EEXIST)
		return ctr_err_sys(err, "claim %s", what);
	n = readlinkat(net_dirfd, what, owner, 79);
	if (n < 0)
		return ctr_err_sys(err, "read the claim of %s", what);
	owner[n] = '\0';
	return strcmp(owner, name) ? 1 : 0;
}

static void release(int net_dirfd, const char *what, const char *name)
{
	char owner[80];
	ssize_t n = readlinkat(net_dirfd, what, owner, sizeof(owner) - 1);

	if (n < 0)
		return;
	owner[n] = '\0';
	if (!strcmp(owner, name))
		(void)unlinkat(net_dirfd, what, 0);
}

static const char *address_claim(const struct ctr_net_addr *a, char buf[static 80])
{
	char text[64];

	(void)snprintf(buf, 80, "a.%s", ctr_net_addr_format(a, false, text));
	return buf;
}

static const char *port_claim(const struct ctr_net_port *p, bool with_address, char buf[static 96])
{
	char text[64];

	(void)snprintf(buf, 96, "p.%s.%u.%s", p->proto == IPPROTO_UDP ? "udp" : "tcp", p->host,
		       with_address && p->host_addr.family
			       ? ctr_net_addr_format(&p->host_addr, false, text)
			       : "");
	return buf;
}

static bool in_subnet(const struct ctr_net_addr *a, const struct ctr_net_bridge *b)
{
	uint32_t mask =
		b->subnet.prefix ? htonl(~(uint32_t)(0xffffffffULL >> b->subnet.prefix)) : 0;

	return a->family == AF_INET && b->subnet.family == AF_INET &&
	       (a->v4.s_addr & mask) == (b->subnet.v4.s_addr & mask);
}

static int take_static(int net_dirfd, const char *name, const struct ctr_net_addr *wanted,
		       const struct ctr_net_bridge *b, struct ctr_net_lease *lease,
		       struct ctr_error *err)
{
	char what[80], owner[80], text[64], net[64];
	struct ctr_net_addr a = *wanted;
	int rc;

	if (a.prefix == 255)
		a.prefix = a.family == AF_INET ? b->subnet.prefix : 64;
	(void)ctr_net_addr_format(&a, false, text);
	if (a.family == AF_INET && !in_subnet(&a, b))
		return ctr_err_set(err, CTR_E_SPEC, "address %s is not in network %s (%s)", text,
				   b->name, ctr_net_addr_format(&b->subnet, true, net));
	if (a.family == AF_INET && a.v4.s_addr == b->gateway.v4.s_addr)
		return ctr_err_set(err, CTR_E_EXISTS, "address %s is the host's own in network %s",
				   text, b->name);
	rc = claim(net_dirfd, address_claim(&a, what), name, owner, err);
	if (rc > 0)
		return ctr_err_set(err, CTR_E_EXISTS, "address %s is taken by container %s", text,
				   owner);
	if (rc == 0)
		lease->addresses[lease->n_addresses++] = a;
	return rc;
}

static int take_auto(int net_dirfd, const char *name, const struct ctr_net_bridge *b,
		     struct ctr_net_lease *lease, struct ctr_error *err)
{
	uint32_t size = b->subnet.prefix > 30 ? 0 : (uint32_t)(1ULL << (32 - b->subnet.prefix)),
		 h = 2166136261u;
	uint32_t network = ntohl(b->subnet.v4.s_addr) & ~(size - 1);
	char what[80], owner[80];

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	for (uint32_t i = 0; size && i < size; i++) {
		uint32_t host = (h + i) % size;
		struct ctr_net_addr a = { .family = AF_INET, .prefix = b->subnet.prefix };
		int rc;

		a.v4.s_addr = htonl(network + host);
		if (host == 0 || host == size - 1 || a.v4.s_addr == b->gateway.v4.s_addr)
			continue;
		rc = claim(net_dirfd, address_claim(&a, what), name, owner, err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			continue;
		lease->addresses[lease->n_addresses++] = a;
		return 0;
	}
	ctr_err_set(err, CTR_E_HOST, "network %s has no free address", b->name);
	return ctr_err_hint(err, "delete containers, or widen its subnet in /etc/ctr/ctr.yaml");
}

/* A claim of the same port that would overlap: every address against a single one. */
static int overlapping(int net_dirfd, const struct ctr_net_port *p, const char *name,
		       char owner[static 80], struct ctr_error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	char prefix[96];
	int fd;

	(void)port_claim(p, false, prefix);
	fd = openat(net_dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return ctr_err_sys(err, "read the network's leases");
	while ((entry = readdir(dir))) {
		ssize_t n;

		if (strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		/* Two single addresses do not meet. */
		if (p->host_addr.family && entry->d_name[strlen(prefix)])
			continue;
		n = readlinkat(net_dirfd, entry->d_name, owner, 79);
		if (n < 0)
			continue;
		owner[n] = '\0';
		if (strcmp(owner, name))
			return 1;
	}
	return 0;
}

/* A port at an address of the host goes to a container's address of the same family. */
static int check_family(const struct ctr_net_port *p, const struct ctr_net_lease *lease,
			struct ctr_error *err)
{
	const char *family = p->host_addr.family == AF_INET6 ? "IPv6" : "IPv4";

	for (size_t i = 0; i < lease->n_addresses; i++)
		if (!p->host_addr.family || lease->addresses[i].family == p->host_addr.family)
			return 0;
	ctr_err_set(err, CTR_E_SPEC, "port %u is to be published at an %s address", p->host,
		    family);
	return ctr_err_hint(err, "give the container an %s address too", family);
}

static int take_ports(int net_dirfd, const char *name, const struct ctr_net_spec *spec,
		      struct ctr_net_lease *lease, struct ctr_error *err)
{
	if (!spec->n_ports)
		return 0;
	lease->ports = calloc(spec->n_ports, sizeof(*lease->ports));
	if (!lease->ports)
		return ctr_err_nomem(err);
	for (size_t i = 0; i < spec->n_ports; i++) {
		const struct ctr_net_port *p = &spec->ports[i];
		char what[96], owner[80];
		int rc = check_family(p, lease, err);

		if (rc == 0)
			rc = overlapping(net_dirfd, p, name, owner, err);
		if (rc == 0)
			rc = claim(net_dirfd, port_claim(p, true, what), name, owner, err);
		if (rc > 0)
			return ctr_err_set(err, CTR_E_EXISTS,
					   "port %u/%s of the host is taken by container %s",
					   p->host, p->proto == IPPROTO_UDP ? "udp" : "tcp", owner);
		if (rc < 0)
			return -1;
		lease->ports[lease->n_ports++] = *p;
	}
	return 0;
}

/* --- the lease's file --- */

static int write_lease(int net_dirfd, const char *name, const struct ctr_net_lease *lease,
		       struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	char file[80], a[64];

	ctr_buf_printf(&text, "bridge %s\nlink %s\n", lease->bridge, lease->host_if);
	for (size_t i = 0; i < lease->n_addresses; i++)
		ctr_buf_printf(&text, "address %s\n",
			       ctr_net_addr_format(&lease->addresses[i], true, a));
	if (lease->gateway.family)
		ctr_buf_printf(&text, "gateway %s\n",
			       ctr_net_addr_format(&lease->gateway, true, a));
	for (size_t i = 0; i < lease->n_ports; i++) {
		const struct ctr_net_port *p = &lease->ports[i];

		ctr_buf_printf(&text, "port %s %u %u %s\n", p->proto == IPPROTO_UDP ? "udp" : "tcp",
			       p->host, p->container,
			       p->host_addr.family ? ctr_net_addr_format(&p->host_addr, false, a)
						   : "*");
	}
	ctr_buf_puts(&text, "end\n");
	if (ctr_buf_check(&text, err) < 0)
		return -1;
	(void)snprintf(file, sizeof(file), "%s.lease", name);
	return ctr_fd_replace_at(net_dirfd, file, ctr_buf_str(&text), text.len, 0600, err);
}

static bool read_port(const char *line, struct ctr_net_lease *lease)
{
	char proto[4], addr[64];
	struct ctr_net_port p = { 0 }, *grown;

	if (sscanf(line, "%3[a-z] %hu %hu %63s", proto, &p.host, &p.container, addr) != 4)
		return false;
	p.proto = !strcmp(proto, "udp") ? IPPROTO_UDP : IPPROTO_TCP;
	if (strcmp(addr, "*") && !ctr_net_addr_parse(addr, &p.host_addr))
		return false;
	grown = realloc(lease->ports, (lease->n_ports + 1) * sizeof(*grown));
	if (!grown)
		return false;
	grown[lease->n_ports++] = p;
	lease->ports = grown;
	return true;
}

static bool read_line(char *line, struct ctr_net_lease *lease, bool *ret_end)
{
	char *value = strchr(line, ' ');

	*ret_end = !strcmp(line, "end");
	if (*ret_end)
		return true;
	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(line, "bridge"))
		return snprintf(lease->bridge, sizeof(lease->bridge), "%s", value) <
		       (int)sizeof(lease->bridge);
	if (!strcmp(line, "link"))
		return snprintf(lease->host_if, sizeof(lease->host_if), "%s", value) <
		       (int)sizeof(lease->host_if);
	if (!strcmp(line, "address"))
		return lease->n_addresses < CTR_ARRAY_LEN(lease->addresses) &&
		       ctr_net_addr_parse(value, &lease->addresses[lease->n_addresses++]);
	if (!strcmp(line, "gateway"))
		return ctr_net_addr_parse(value, &lease->gateway);
	return !strcmp(line, "port") && read_port(value, lease);
}

int ctr_net_lease_load(int net_dirfd, const char *name, struct ctr_net_lease *ret_lease,
		       struct ctr_error *err)
{
	_cleanup_(ctr_net_lease_done) struct ctr_net_lease lease = { .mode = CTR_NET_BRIDGE };
	_cleanup_buf_ struct ctr_buf text = { 0 };
	char file[80], *save = NULL;
	bool end = false;

	(void)snprintf(file, sizeof(file), "%s.lease", name);
	if (ctr_fd_read_at(net_dirfd, file, LEASE_MAX, &text, err) < 0)
		return err->sys_errno == ENOENT ? ctr_err_set(err, CTR_E_NOTFOUND, "no lease") : -1;
	for (char *line = text.len ? strtok_r(text.data, "\n", &save) : NULL; line && !end;
	     line = strtok_r(NULL, "\n", &save))
		if (!read_line(line, &lease, &end))
			return ctr_err_set(err, CTR_E_INTERNAL, "the lease of %s is damaged", name);
	if (!end)
		return ctr_err_set(err, CTR_E_INTERNAL, "the lease of %s is cut off", name);
	*ret_lease = lease;
	lease = (struct ctr_net_lease){ 0 };
	return 0;
}

int ctr_net_claims_release(int net_dirfd, const char *name, const struct ctr_net_lease *lease,
			   struct ctr_error *err)
{
	_cleanup_close_ int lock = ctr_net_lock(net_dirfd, err);
	char what[96];

	if (lock < 0 || (lease->bridge[0] &&
			 ctr_net_hosts_set(net_dirfd, lease->bridge, name, NULL, NULL, err) < 0))
		return -1;
	for (size_t i = 0; i < lease->n_addresses; i++)
		release(net_dirfd, address_claim(&lease->addresses[i], what), name);
	for (size_t i = 0; i < lease->n_ports; i++)
		release(net_dirfd, port_claim(&lease->ports[i], true, what), name);
	(void)snprintf(what, sizeof(what), "%s.lease", name);
	if (unlinkat(net_dirfd, what, 0) < 0 && errno != ENOENT)
		return ctr_err_sys(err, "remove the lease of %s", name);
	return 0;
}

static int take_all(int net_dirfd, const char *name, const char *hostname,
		    const struct ctr_net_spec *spec, const struct ctr_net_bridge *bridge,
		    struct ctr_net_lease *lease, struct ctr_error *err)
{
	/* Held from the look to the claim: a port on every address and one on a single address are different claims. */
	_cleanup_close_ int lock = ctr_net_lock(net_dirfd, err);
	char text[64];

	if (lock < 0 || forget_other_boots(net_dirfd, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_addresses; i++)
		if (take_static(net_dirfd, name, &spec->addresses[i], bridge, lease, err) < 0)
			return -1;
	if ((spec->address_auto || !spec->n_addresses) &&
	    take_auto(net_dirfd, name, bridge, lease, err) < 0)
		return -1;
	if (take_ports(net_dirfd, name, spec, lease, err) < 0 ||
	    write_lease(net_dirfd, name, lease, err) < 0)
		return -1;
	return ctr_net_hosts_set(net_dirfd, lease->bridge, name, hostname,
				 ctr_net_addr_format(&lease->addresses[0], false, text), err);
}

int ctr_net_lease_take(int net_dirfd, const char *name, const char *hostname,
		       const struct ctr_net_spec *spec, const struct ctr_net_bridge *bridge,
		       struct ctr_net_lease *ret_lease, struct ctr_error *err)
{
	_cleanup_(ctr_net_lease_done) struct ctr_net_lease lease = { .mode = spec->mode };
	struct ctr_error ignored;

	if (spec->mode == CTR_NET_BRIDGE) {
		(void)snprintf(lease.bridge, sizeof(lease.bridge), "%s", bridge->name);
		ctr_net_ifname(name, lease.host_if);
		lease.gateway = bridge->gateway;
		if (take_all(net_dirfd, name, hostname, spec, bridge, &lease, err) < 0) {
			(void)ctr_net_claims_release(net_dirfd, name, &lease, &ignored);
			return -1;
		}
	}
	*ret_lease = lease;
	lease = (struct ctr_net_lease){ 0 };
	return 0;
}
