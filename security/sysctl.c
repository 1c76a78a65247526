/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which sysctls a container may set: those that one of its own namespaces isolates, and no other (CVE-2022-0811 set
 * kernel.core_pattern through a list that was not looked at). The decision is pure; writing runs in init, as the
 * container's root, before /proc/sys becomes read-only.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/sys.h"
#include "security/sec_int.h"

#define KEY_MAX 128
#define VALUE_MAX 1024

static const char *const isolated[] = {
	"kernel.domainname",      "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
	"kernel.shm_rmid_forced", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
};

/* Letters, digits, '_' and '-' between single dots: no '/', no "..", nothing that a path or a file could read otherwise. */
static bool well_formed(const char *key)
{
	size_t len = strlen(key);

	return len > 0 && len <= KEY_MAX && key[0] != '.' && key[len - 1] != '.' &&
	       !strstr(key, "..") &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

bool ctr_sec_sysctl_allowed(const char *key, bool own_network, const char **ret_why)
{
	*ret_why = "only letters, digits, '_', '-' and single dots make the name of a sysctl";
	if (!well_formed(key))
		return false;
	if (!strncmp(key, "net.", 4)) {
		*ret_why =
			"it would change the host's network; give the container a network of its own";
		return own_network;
	}
	if (!strncmp(key, "fs.mqueue.", 10))
		return true;
	for (size_t i = 0; i < CTR_ARRAY_LEN(isolated); i++)
		if (!strcmp(key, isolated[i]))
			return true;
	*ret_why = !strcmp(key, "kernel.hostname")
			   ? "use the key hostname"
			   : "no namespace isolates it, it would change the host";
	return false;
}

static int write_sysctl(int proc_sys_fd, const char *key, const char *value, struct ctr_error *err)
{
	_cleanup_close_ int fd = -1;
	char path[KEY_MAX + 1];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s", key);
	for (char *dot = strchr(path, '.'); dot; dot = strchr(dot, '.'))
		*dot = '/';
	fd = ctr_sys_openat2(proc_sys_fd, path, O_WRONLY | O_NOFOLLOW, 0,
			     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
				     RESOLVE_NO_XDEV);
	if (fd < 0) {
		(void)ctr_err_sys(err, "open sysctl %s", key);
		if (err->sys_errno == ENOENT)
			ctr_err_hint(err, "this kernel does not have it per container");
		else if (err->sys_errno == EACCES)
			ctr_err_hint(
				err,
				"before Linux 5.19 a user namespace cannot set it; use user_namespace: host");
		return -1;
	}
	n = write(fd, value, strlen(value));
	return n < 0 ? ctr_err_sys(err, "write '%s' to sysctl %s", value, key) : 0;
}

int ctr_sec_sysctls_apply(int proc_sys_fd, char *const *sysctls, struct ctr_error *err)
{
	struct statfs fs;

	if (!sysctls || !*sysctls)
		return 0;
	/* A file system of the container's own in its place would swallow what we write (CVE-2025-52881). */
	if (fstatfs(proc_sys_fd, &fs) < 0)
		return ctr_err_sys(err, "look at /proc/sys");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return ctr_err_set(err, CTR_E_SPEC, "/proc/sys is not procfs");
	for (; *sysctls; sysctls++) {
		const char *equals = strchr(*sysctls, '='), *why;
		char key[KEY_MAX + 1];

		if (!equals || (size_t)(equals - *sysctls) >= sizeof(key) ||
		    strlen(equals + 1) > VALUE_MAX || strpbrk(equals + 1, "\n\r"))
			return ctr_err_set(err, CTR_E_SPEC, "sysctl '%.64s' is not KEY=VALUE",
					   *sysctls);
		memcpy(key, *sysctls, (size_t)(equals - *sysctls));
		key[equals - *sysctls] = '\0';
		/* Whether the network is the container's own was checked with the spec. */
		if (!ctr_sec_sysctl_allowed(key, true, &why))
			return ctr_err_set(err, CTR_E_SPEC, "sysctl %s: %s", key, why);
		/* The file belongs to the host's root; setdomainname(2) asks for the namespace's. */
		if (!strcmp(key, "kernel.domainname")) {
			if (setdomainname(equals + 1, strlen(equals + 1)) < 0)
				return ctr_err_sys(err, "set the domain name '%s'", equals + 1);
			continue;
		}
		if (write_sysctl(proc_sys_fd, key, equals + 1, err) < 0)
			return -1;
	}
	return 0;
}
