/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sysctls a container may set: those that one of its own namespaces isolates, and no other (CVE-2022-0811). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/fd.h"
#include "common/path.h"
#include "security/sec_int.h"

bool ctr_sec_sysctl_allowed(const char *key, bool own_network, const char **ret_why)
{
	static const char *const exact[] = { "kernel.shmmax",    "kernel.shmall",
					     "kernel.shmmni",    "kernel.shm_rmid_forced",
					     "kernel.msgmax",    "kernel.msgmnb",
					     "kernel.msgmni",    "kernel.sem",
					     "kernel.domainname" };
	size_t len = strlen(key);

	*ret_why = "only letters, digits, '_', '-' and single dots make a sysctl's name";
	if (!len || len > 128 || key[0] == '.' || key[len - 1] == '.' || strstr(key, "..") ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != len)
		return false;
	if (!strncmp(key, "net.", 4)) {
		*ret_why =
			"it would change the host's network; give the container a network of its own";
		return own_network;
	}
	if (!strncmp(key, "fs.mqueue.", 10))
		return true;
	for (size_t i = 0; i < CTR_ARRAY_LEN(exact); i++)
		if (!strcmp(key, exact[i]))
			return true;
	*ret_why = "it is not isolated by a namespace and would change the host";
	return false;
}

int ctr_sec_sysctls_apply(int proc_sys_fd, char *const *sysctls, struct ctr_error *err)
{
	for (; sysctls && *sysctls; sysctls++) {
		const char *equals = strchr(*sysctls, '=');
		_cleanup_close_ int fd = -1;
		char path[160];
		size_t len;

		if (!equals || equals - *sysctls >= (long)sizeof(path))
			return ctr_err_set(err, CTR_E_SPEC, "'%s' is not KEY=VALUE", *sysctls);
		len = (size_t)(equals - *sysctls);
		memcpy(path, *sysctls, len);
		path[len] = '\0';
		for (char *dot = strchr(path, '.'); dot; dot = strchr(dot, '.'))
			*dot = '/';
		fd = ctr_path_open_in_nolink(proc_sys_fd, path, O_WRONLY, err);
		if (fd < 0)
			return ctr_err_wrap(err, "%.*s", (int)len, *sysctls);
		if (write(fd, equals + 1, strlen(equals + 1)) < 0)
			return ctr_err_sys(err, "write '%s' to sysctl %.*s", equals + 1, (int)len,
					   *sysctls);
	}
	return 0;
}
