/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, ports, link names, leases, the shared hosts file, resolv.conf: all that needs no network. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "netns/netns.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static char dir[] = "/tmp/ctr-test-net.XXXXXX";
static int dirfd_;

static void test_addresses(void)
{
	static const char *const bad[] = {
		"",           "10.77.0",  "10.77.0.256",  "10.77.0.1/33", "10.77.0.1/",
		"fd00::/129", "fd00:::1", "10.77.0.1/8x", " 10.77.0.1",   "::1%lo"
	};
	struct ctr_net_addr a;
	char text[64];

	ok(ctr_net_addr_parse("10.77.0.20/16", &a) && a.family == AF_INET && a.prefix == 16,
	   "an IPv4 address");
	is_str(ctr_net_addr_format(&a, true, text), "10.77.0.20/16", "and back");
	is_str(ctr_net_addr_format(&a, false, text), "10.77.0.20", "without its prefix");
	ok(ctr_net_addr_parse("fd00::2/64", &a) && a.family == AF_INET6, "an IPv6 address");
	is_str(ctr_net_addr_format(&a, true, text), "fd00::2/64", "and back");
	ok(ctr_net_addr_parse("192.0.2.1", &a) && a.prefix == 255, "without a prefix");
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++)
		ok(!ctr_net_addr_parse(bad[i], &a), bad[i]);
}

static void test_ports(void)
{
	static const char *const bad[] = { "",
					   "80",
					   "80:",
					   ":80",
					   "0:80",
					   "80:0",
					   "65536:1",
					   "80:80/sctp",
					   "x:80",
					   "1.2.3:80:80",
					   "80:80:80:80",
					   "[::1:80:80",
					   "::1:80:80",
					   "10.0.0.1/8:80:80",
					   "-1:80" };
	struct ctr_net_port p;
	const char *why;
	char text[64];

	ok(ctr_net_port_parse("8080:80", &p, &why) && p.host == 8080 && p.container == 80 &&
		   p.proto == IPPROTO_TCP && !p.host_addr.family,
	   "HOST:CONTAINER is tcp on every address");
	ok(ctr_net_port_parse("53:53/udp", &p, &why) && p.proto == IPPROTO_UDP, "/udp");
	ok(ctr_net_port_parse("127.0.0.1:8080:80/tcp", &p, &why), "an address in front");
	is_str(ctr_net_addr_format(&p.host_addr, false, text), "127.0.0.1", "is kept");
	ok(ctr_net_port_parse("[::1]:8080:80", &p, &why) && p.host_addr.family == AF_INET6 &&
		   p.host == 8080,
	   "an IPv6 address in brackets");
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++) {
		why = NULL;
		ok(!ctr_net_port_parse(bad[i], &p, &why) && why && *why, bad[i]);
	}
}

static void test_ifname(void)
{
	char a[16], b[16];

	ctr_net_ifname("web1", a);
	is_str(a, "vcweb1", "a short name is readable");
	ctr_net_ifname("a-very-long-container-name-1", a);
	ctr_net_ifname("a-very-long-container-name-2", b);
	ok(strlen(a) == 15 && strlen(b) == 15 && strcmp(a, b), "long ones fit and differ");
}

static int take(const char *name, struct ctr_net_spec *spec, struct ctr_net_lease *lease)
{
	struct ctr_net_bridge bridge;

	ctr_net_bridge_default(&bridge);
	return ctr_net_lease_take(dirfd_, name, name, spec, &bridge, lease, &err);
}

static void test_leases(void)
{
	struct ctr_net_spec spec, fixed;
	struct ctr_net_lease a = { 0 }, b = { 0 }, c = { 0 };
	struct ctr_net_port port = { .host = 8080, .container = 80, .proto = IPPROTO_TCP };
	struct ctr_net_addr local;
	char first[64], again[64];

	ctr_net_spec_init(&spec);
	ok(take("a", &spec, &a) == 0 && a.n_addresses == 1, "an address");
	(void)ctr_net_addr_format(&a.addresses[0], true, first);
	ok(!strncmp(first, "10.77.", 6), "out of the subnet");
	ok(take("a", &spec, &b) == 0, "taken again");
	is_str(ctr_net_addr_format(&b.addresses[0], true, again), first, "it is the same");
	ok(take("b", &spec, &c) == 0 && c.addresses[0].v4.s_addr != a.addresses[0].v4.s_addr,
	   "another's is another");

	ctr_net_spec_init(&fixed);
	fixed.address_auto = false;
	fixed.addresses = calloc(1, sizeof(*fixed.addresses));
	fixed.n_addresses = 1;
	fixed.addresses[0] = a.addresses[0];
	ok(take("thief", &fixed, &b) < 0 && err.code == CTR_E_EXISTS &&
		   strstr(err.msg, "container a"),
	   "a taken address is refused, its owner named");
	(void)ctr_net_addr_parse("10.78.0.1/16", &fixed.addresses[0]);
	ok(take("far", &fixed, &b) < 0 && err.code == CTR_E_SPEC,
	   "one outside the subnet is refused");
	(void)ctr_net_addr_parse("10.77.0.1/16", &fixed.addresses[0]);
	ok(take("gw", &fixed, &b) < 0, "the gateway's is refused");

	spec.ports = &port;
	spec.n_ports = 1;
	ok(take("p1", &spec, &b) == 0 && b.n_ports == 1, "a port");
	ctr_net_lease_done(&b);
	ok(take("p2", &spec, &b) < 0 && err.code == CTR_E_EXISTS && strstr(err.msg, "p1"),
	   "is one container's only");
	(void)ctr_net_addr_parse("127.0.0.1", &local);
	port.host_addr = local;
	ok(take("p2", &spec, &b) < 0, "also at a single address");
	port.proto = IPPROTO_UDP;
	ok(take("p2", &spec, &b) == 0, "another protocol is another port");
	ctr_net_lease_done(&b);
	(void)ctr_net_addr_parse("127.0.0.2", &port.host_addr);
	ok(take("p3", &spec, &b) == 0, "and so is another single address");
	ctr_net_lease_done(&b);
	ok(ctr_net_lease_load(dirfd_, "p3", &b, &err) == 0 && b.n_ports == 1 &&
		   b.ports[0].proto == IPPROTO_UDP && b.ports[0].host_addr.family == AF_INET,
	   "the record has it all");
	ctr_net_lease_done(&b);
	ok(ctr_net_lease_load(dirfd_, "nobody", &b, &err) < 0 && err.code == CTR_E_NOTFOUND,
	   "no lease is not found");
	spec.ports = NULL;
	spec.n_ports = 0;
	ctr_net_spec_done(&spec);
	ctr_net_spec_done(&fixed);
}

/* 24 processes take addresses at once: all different. */
static void test_race(void)
{
	uint32_t seen[24] = { 0 };
	bool distinct = true;

	for (int i = 0; i < 24; i++) {
		if (fork() == 0) {
			struct ctr_net_lease lease;
			struct ctr_net_spec spec;
			char name[16];

			ctr_net_spec_init(&spec);
			snprintf(name, sizeof(name), "race%d", i);
			_exit(take(name, &spec, &lease) < 0);
		}
	}
	for (int i = 0; i < 24; i++) {
		int status;

		(void)wait(&status);
		distinct = distinct && status == 0;
	}
	for (int i = 0; i < 24; i++) {
		struct ctr_net_lease lease = { 0 };
		char name[16];

		snprintf(name, sizeof(name), "race%d", i);
		distinct = distinct && ctr_net_lease_load(dirfd_, name, &lease, &err) == 0;
		seen[i] = lease.addresses[0].v4.s_addr;
		for (int j = 0; j < i; j++)
			distinct = distinct && seen[i] != seen[j];
	}
	ok(distinct, "24 at once get 24 addresses");
}

static void test_hosts(void)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	char line[128], a[64];
	struct ctr_net_lease lease = { 0 };

	ok(ctr_net_lease_load(dirfd_, "a", &lease, &err) == 0, "a has a lease");
	(void)snprintf(line, sizeof(line), "%s\ta\n",
		       ctr_net_addr_format(&lease.addresses[0], false, a));
	ok(ctr_fd_read_at(dirfd_, "ctr0.hosts", 65536, &text, &err) == 0,
	   "the hosts file is there");
	ok(strstr(ctr_buf_str(&text), "127.0.0.1\tlocalhost\n") && strstr(ctr_buf_str(&text), line),
	   "and has a's line");
	ok(strstr(ctr_buf_str(&text), "race23\n") &&
		   !strstr(strstr(ctr_buf_str(&text), "race23\n") + 1, "race23\n"),
	   "each once");
}

static void test_resolv(void)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_net_spec spec;

	ctr_net_spec_init(&spec);
	ok(ctr_net_resolv_conf(
		   &spec, "# c\nnameserver 127.0.0.53\nnameserver 192.0.2.1\nsearch example.org\n",
		   &text, &err) == 0,
	   "from the host's");
	is_str(ctr_buf_str(&text), "nameserver 192.0.2.1\nsearch example.org\n",
	       "without its loopback resolver");
	ctr_buf_done(&text);
	ok(ctr_net_resolv_conf(&spec, "nameserver 127.0.0.53\n", &text, &err) == 0 &&
		   text.data[0] == '#',
	   "with nothing left it says so");
	ctr_buf_done(&text);
	(void)ctr_strv_add(&spec.dns_servers, "192.0.2.9", &err);
	(void)ctr_strv_add(&spec.dns_search, "a.test", &err);
	(void)ctr_net_resolv_conf(&spec, "nameserver 192.0.2.1\nsearch x\n", &text, &err);
	is_str(ctr_buf_str(&text), "search a.test\nnameserver 192.0.2.9\n", "the spec's win");
	ctr_net_spec_done(&spec);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 2;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_addresses();
	test_ports();
	test_ifname();
	test_leases();
	test_race();
	test_hosts();
	test_resolv();
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
