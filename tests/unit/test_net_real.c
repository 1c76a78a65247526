/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network with a real kernel, as root, in network and mount namespaces of its own: bridges, addresses, published
 * ports from every side, and what must stay out. Skipped as another user. Needs ip(8) for the world around.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "netns/netns.h"
#include "tests/unit/tap.h"

#define HOST "10.77.0.1"
#define UPLINK "198.51.100.1"
#define OUTSIDE "198.51.100.2"

static struct ctr_error err;
static char dir[] = "/tmp/ctr-test-net-real.XXXXXX";
static int dirfd_, host_ns;

struct box {
	const char *name;
	int ns;
	struct ctr_net_lease lease;
	char address[64];
};

static int own_ns(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* A new network namespace, held by its fd alone. */
static int make_ns(void)
{
	int own = own_ns(), ns;

	if (unshare(CLONE_NEWNET) < 0)
		exit(2);
	ns = own_ns();
	if (setns(own, CLONE_NEWNET) < 0)
		exit(2);
	close(own);
	return ns;
}

/* A child inside the namespace; it dies with the test. */
static pid_t enter(int ns)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setns(ns, CLONE_NEWNET) < 0)
			_exit(2);
	}
	return pid;
}

static bool shell(int ns, const char *command)
{
	pid_t pid = enter(ns);
	int status = -1;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static struct sockaddr_in place(const char *address, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };

	(void)inet_pton(AF_INET, address, &at.sin_addr);
	return at;
}

/* Answers every TCP connection, or UDP datagram, with text. Listens when it returns. */
static pid_t serve(int ns, int type, const char *address, uint16_t port, const char *text)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready) < 0)
		exit(2);
	pid = enter(ns);
	if (pid == 0) {
		struct sockaddr_in at = place(address, port);
		int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		    (type == SOCK_STREAM && listen(fd, 16) < 0))
			_exit(2);
		(void)write(ready[1], "", 1);
		for (;;) {
			socklen_t len = sizeof(at);
			char in[64];

			if (type == SOCK_STREAM) {
				int peer = accept(fd, NULL, NULL);

				(void)write(peer, text, strlen(text));
				(void)close(peer);
			} else if (recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&at, &len) >=
				   0) {
				(void)sendto(fd, text, strlen(text), 0, (struct sockaddr *)&at,
					     len);
			}
		}
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(2);
	(void)close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Whether this text is answered there, asked from the namespace. from: the own port, 0: any. */
static bool asks(int ns, int type, const char *address, uint16_t port, uint16_t from,
		 const char *text, int timeout_ms)
{
	pid_t pid = enter(ns);
	int status = -1;

	if (pid == 0) {
		struct sockaddr_in at = place(address, port), me = place("0.0.0.0", from);
		int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		struct pollfd wait_for = { .fd = fd, .events = POLLIN };
		char got[64] = "";

		if (from)
			(void)bind(fd, (struct sockaddr *)&me, sizeof(me));
		(void)connect(fd, (struct sockaddr *)&at, sizeof(at));
		if (type == SOCK_DGRAM)
			(void)write(fd, "?", 1);
		if (poll(&wait_for, 1, timeout_ms) != 1 || read(fd, got, sizeof(got) - 1) <= 0)
			_exit(1);
		_exit(strcmp(got, text) != 0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static bool tcp(int ns, const char *address, uint16_t port, const char *text)
{
	return asks(ns, SOCK_STREAM, address, port, 0, text, 3000);
}

static bool never(int ns, const char *address, uint16_t port, const char *text)
{
	return !asks(ns, SOCK_STREAM, address, port, 0, text, 400);
}

static int up(struct box *box, const char *name, const struct ctr_net_bridge *bridge,
	      struct ctr_net_port *ports, size_t n_ports)
{
	struct ctr_net_spec spec = {
		.mode = CTR_NET_BRIDGE, .address_auto = true, .ports = ports, .n_ports = n_ports
	};

	*box = (struct box){ .name = name, .ns = make_ns() };
	if (ctr_net_lease_take(dirfd_, name, name, &spec, bridge, &box->lease, &err) < 0 ||
	    ctr_net_up(&box->lease, bridge, name, box->ns, &err) < 0) {
		printf("# %s: %s\n", name, err.msg);
		return -1;
	}
	(void)ctr_net_addr_format(&box->lease.addresses[0], false, box->address);
	return 0;
}

static int down(struct box *box)
{
	int rc = ctr_net_down(dirfd_, box->name, &err);

	if (rc == 0)
		rc = ctr_net_link_remove(box->name, &err);
	ctr_net_lease_done(&box->lease);
	(void)close(box->ns);
	return rc;
}

static void read_mac(const char *link, char mac[static 32])
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", link);
	(void)ctr_fd_read_at(AT_FDCWD, path, 31, &text, &err);
	(void)snprintf(mac, 32, "%s", ctr_buf_str(&text));
}

static struct ctr_net_port port(const char *text)
{
	struct ctr_net_port p = { 0 };
	const char *why;

	if (!ctr_net_port_parse(text, &p, &why))
		exit(2);
	return p;
}

static void test_published(const struct ctr_net_bridge *bridge, int outside)
{
	struct ctr_net_port ports[] = { port("8080:80"), port("5353:53/udp"),
					port("127.0.0.1:8081:80") };
	char before[32], after[32];
	struct box a, b;
	pid_t web, dns;

	ok(up(&a, "a", bridge, ports, CTR_ARRAY_LEN(ports)) == 0, "a container with ports");
	read_mac(bridge->name, before);
	ok(up(&b, "b", bridge, NULL, 0) == 0, "and one without");
	read_mac(bridge->name, after);
	is_str(after, before, "a container that comes leaves the gateway's hardware address");
	web = serve(a.ns, SOCK_STREAM, "0.0.0.0", 80, "web");
	dns = serve(a.ns, SOCK_DGRAM, "0.0.0.0", 53, "dns");
	ok(tcp(b.ns, a.address, 80, "web"), "containers reach each other");
	ok(tcp(host_ns, a.address, 80, "web"), "the host reaches the container");
	ok(tcp(host_ns, "127.0.0.1", 8080, "web"), "its port at the host's loopback");
	ok(tcp(host_ns, UPLINK, 8080, "web"), "at the host's own address");
	ok(tcp(b.ns, HOST, 8080, "web"), "from another container");
	ok(tcp(a.ns, HOST, 8080, "web"), "from itself, by way of the host");
	ok(tcp(outside, UPLINK, 8080, "web"), "from outside");
	ok(asks(host_ns, SOCK_DGRAM, "127.0.0.1", 5353, 0, "dns", 3000), "udp at the loopback");
	ok(asks(outside, SOCK_DGRAM, UPLINK, 5353, 4000, "dns", 3000), "udp from outside");
	ok(tcp(host_ns, "127.0.0.1", 8081, "web"), "a port published on the loopback only");
	ok(never(outside, UPLINK, 8081, "web"), "is not at another address");
	ok(shell(outside, "ip route add 127.0.0.1/32 via " UPLINK " dev eth0 src " OUTSIDE) &&
		   never(outside, "127.0.0.1", 8081, "web"),
	   "and a neighbour of the host does not get there by a route to 127.0.0.1");
	stop(web);
	stop(dns);
	ok(down(&a) == 0 && ctr_net_down(dirfd_, "a", &err) == 0, "down, and down again");
	ok(!shell(host_ns, "nft list table inet ctr | grep -Eq '8080|8081|5353'"),
	   "its ports are out of the table");
	ok(up(&a, "a", bridge, ports, CTR_ARRAY_LEN(ports)) == 0, "the same name again");
	web = serve(a.ns, SOCK_STREAM, "0.0.0.0", 80, "again");
	ok(tcp(outside, UPLINK, 8080, "again"), "and its port works");
	stop(web);
	ok(down(&a) == 0 && down(&b) == 0, "both down");
}

/* Root of a container may shape its own network as it likes. */
static void test_guard(const struct ctr_net_bridge *bridge)
{
	pid_t secret = serve(host_ns, SOCK_STREAM, "127.0.0.1", 777, "secret");
	char command[512];
	struct box a;

	ok(tcp(host_ns, "127.0.0.1", 777, "secret"), "the host listens on its loopback");
	ok(up(&a, "prober", bridge, NULL, 0) == 0, "a container");
	(void)snprintf(
		command, sizeof(command),
		"echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet && ip addr del 127.0.0.1/8 dev lo && "
		"ip route flush table local && ip route add local %s dev eth0 table local && "
		"ip route add 127.0.0.1 via " HOST " src %s",
		a.address, a.address);
	ok(shell(a.ns, command), "sends 127.0.0.1 to the host");
	ok(never(a.ns, "127.0.0.1", 777, "secret"), "and does not reach what listens there");
	stop(secret);
	ok(down(&a) == 0, "down");
}

static void test_second_bridge(int outside)
{
	struct ctr_net_bridge nat = { .name = "ctr9", .nat = true };
	struct ctr_net_bridge plain = { .name = "ctr8" };
	struct ctr_net_port ports = port("8090:80");
	pid_t server = serve(outside, SOCK_STREAM, "0.0.0.0", 9000, "world"), web;
	struct box a, b;

	(void)ctr_net_addr_parse("10.99.0.0/24", &nat.subnet);
	(void)ctr_net_addr_parse("10.99.0.1/24", &nat.gateway);
	(void)ctr_net_addr_parse("10.98.0.0/24", &plain.subnet);
	(void)ctr_net_addr_parse("10.98.0.1/24", &plain.gateway);
	ok(up(&a, "second", &nat, NULL, 0) == 0, "a second network");
	ok(tcp(a.ns, OUTSIDE, 9000, "world"), "goes out by NAT too");
	ok(up(&b, "plain", &plain, &ports, 1) == 0, "one without NAT");
	web = serve(b.ns, SOCK_STREAM, "0.0.0.0", 80, "plain");
	ok(tcp(host_ns, "127.0.0.1", 8090, "plain"), "publishes ports all the same");
	ok(never(b.ns, OUTSIDE, 9000, "world"), "and does not go out");
	ok(ctr_net_host_clean(dirfd_, &err) == 0 && tcp(host_ns, "127.0.0.1", 8090, "plain"),
	   "a clean-up leaves what is in use");
	stop(web);
	stop(server);
	ok(down(&a) == 0 && down(&b) == 0, "both down");
}

static void test_family(const struct ctr_net_bridge *bridge)
{
	struct ctr_net_port ports = port("[::1]:8080:80");
	struct ctr_net_spec spec = {
		.mode = CTR_NET_BRIDGE, .address_auto = true, .ports = &ports, .n_ports = 1
	};
	struct ctr_net_lease lease = { 0 };

	ok(ctr_net_lease_take(dirfd_, "six", "six", &spec, bridge, &lease, &err) < 0 &&
		   err.code == CTR_E_SPEC && strstr(err.msg, "IPv6"),
	   "a port at an IPv6 address wants a container with one");
}

/* Network and mounts of its own, and a /sys that shows that network. */
static int own_sysfs(void)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	int fs, tree;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private)) < 0)
		return -1;
	fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	tree = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return tree < 0 ? -1 : move_mount(tree, "", AT_FDCWD, "/sys", MOVE_MOUNT_F_EMPTY_PATH);
}

int main(void)
{
	struct ctr_net_bridge bridge;
	char wire[256];
	int outside;

	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return EXIT_SUCCESS;
	}
	if (own_sysfs() < 0 || !mkdtemp(dir))
		return 2;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	host_ns = own_ns();
	outside = make_ns();
	(void)signal(SIGPIPE, SIG_IGN);
	ctr_net_bridge_default(&bridge);
	/* The outside host is at the other end of up0. */
	(void)snprintf(
		wire, sizeof(wire),
		"ip link add eth0 type veth peer name up0 netns /proc/%d/fd/%d && ip link set lo up && "
		"ip addr add " OUTSIDE "/24 dev eth0 && ip link set eth0 up",
		(int)getpid(), host_ns);
	ok(shell(outside, wire), "the outside host has a wire");
	ok(shell(host_ns,
		 "ip link set lo up && ip addr add " UPLINK "/24 dev up0 && ip link set up0 up"),
	   "and the host its end of it");
	test_published(&bridge, outside);
	test_guard(&bridge);
	test_second_bridge(outside);
	test_family(&bridge);
	ok(ctr_net_host_clean(dirfd_, &err) == 0 && !if_nametoindex("ctr0") &&
		   !if_nametoindex("ctr9") &&
		   !shell(host_ns, "nft list table inet ctr 2>/dev/null"),
	   "the clean-up leaves no bridge and no table");
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
