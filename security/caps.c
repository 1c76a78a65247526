/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capability sets. The plan is made on the host side; apply runs in the container right before execve. A user other than
 * root gets as ambient what the spec adds by name, and only that; nothing is ever left inheritable for root.
 */
#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "security/sec_int.h"

/* podman's default set. */
#define CAPS_APP                                                                                   \
	(SEC_CAP(CAP_CHOWN) | SEC_CAP(CAP_DAC_OVERRIDE) | SEC_CAP(CAP_FOWNER) |                    \
	 SEC_CAP(CAP_FSETID) | SEC_CAP(CAP_KILL) | SEC_CAP(CAP_NET_BIND_SERVICE) |                 \
	 SEC_CAP(CAP_SETFCAP) | SEC_CAP(CAP_SETGID) | SEC_CAP(CAP_SETPCAP) | SEC_CAP(CAP_SETUID) | \
	 SEC_CAP(CAP_SYS_CHROOT))
/* What a whole distribution expects and a user namespace keeps harmless. */
#define CAPS_VPS                                                                      \
	(CAPS_APP | SEC_CAP(CAP_AUDIT_WRITE) | SEC_CAP(CAP_DAC_READ_SEARCH) |         \
	 SEC_CAP(CAP_IPC_LOCK) | SEC_CAP(CAP_IPC_OWNER) | SEC_CAP(CAP_LEASE) |        \
	 SEC_CAP(CAP_LINUX_IMMUTABLE) | SEC_CAP(CAP_MKNOD) | SEC_CAP(CAP_NET_ADMIN) | \
	 SEC_CAP(CAP_NET_BROADCAST) | SEC_CAP(CAP_NET_RAW) | SEC_CAP(CAP_SYS_ADMIN) | \
	 SEC_CAP(CAP_SYS_BOOT) | SEC_CAP(CAP_SYS_NICE) | SEC_CAP(CAP_SYS_PTRACE) |    \
	 SEC_CAP(CAP_SYS_RESOURCE) | SEC_CAP(CAP_SYS_TTY_CONFIG))

int ctr_sec_cap_number(const char *name)
{
	char full[32];
	cap_value_t value;

	if (!strncmp(name, "CAP_", 4))
		name += 4;
	if (snprintf(full, sizeof(full), "cap_%s", name) >= (int)sizeof(full) ||
	    cap_from_name(full, &value) < 0)
		return -1;
	return value;
}

static uint64_t host_bounding(void)
{
	uint64_t set = 0;

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			set |= SEC_CAP(cap);
	return set;
}

static int add_names(char *const *names, uint64_t host, uint64_t *set, uint64_t *ret_named,
		     struct ctr_error *err)
{
	for (; names && *names; names++) {
		int cap;

		if (!strcmp(*names, "ALL")) {
			*set |= host;
			continue;
		}
		cap = ctr_sec_cap_number(*names);
		if (cap < 0)
			return ctr_err_set(err, CTR_E_SPEC, "unknown capability %s", *names);
		if (!(host & SEC_CAP(cap))) {
			ctr_err_set(err, CTR_E_HOST,
				    "capability %s is not in this host's own bounding set", *names);
			return ctr_err_hint(err, "nothing started here can have it; leave it out");
		}
		*set |= SEC_CAP(cap);
		*ret_named |= SEC_CAP(cap);
	}
	return 0;
}

int ctr_sec_caps_plan(const struct ctr_sec_spec *spec, uint64_t *ret_bounding,
		      uint64_t *ret_ambient, struct ctr_error *err)
{
	static const uint64_t profiles[] = {
		[CTR_SEC_APP] = CAPS_APP, [CTR_SEC_SERVICE] = 0, [CTR_SEC_VPS] = CAPS_VPS
	};
	uint64_t host = host_bounding(), set = profiles[spec->profile] & host, named = 0;

	for (char *const *name = spec->cap_drop; name && *name; name++) {
		int cap = ctr_sec_cap_number(*name);

		if (!strcmp(*name, "ALL"))
			set = 0;
		else if (cap < 0)
			return ctr_err_set(err, CTR_E_SPEC, "unknown capability %s", *name);
		else
			set &= ~SEC_CAP(cap);
	}
	if (add_names(spec->cap_add, host, &set, &named, err) < 0)
		return -1;
	*ret_bounding = set;
	*ret_ambient = named;
	return 0;
}

static int set_process(uint64_t effective, uint64_t inheritable, struct ctr_error *err)
{
	cap_t caps = cap_init();
	int rc = 0;

	if (!caps)
		return ctr_err_sys(err, "allocate capabilities");
	for (cap_value_t cap = 0; cap <= CAP_LAST_CAP && rc == 0; cap++) {
		if (effective & SEC_CAP(cap))
			rc |= cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_SET) |
			      cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_SET);
		if (inheritable & SEC_CAP(cap))
			rc |= cap_set_flag(caps, CAP_INHERITABLE, 1, &cap, CAP_SET);
	}
	if (rc == 0)
		rc = cap_set_proc(caps);
	if (rc < 0)
		(void)ctr_err_sys(err, "set capabilities");
	(void)cap_free(caps);
	return rc;
}

int ctr_sec_caps_bound(uint64_t bounding, struct ctr_error *err)
{
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (bounding & SEC_CAP(cap))
			continue;
		/* EINVAL: this kernel has fewer capabilities than our headers. */
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
			return ctr_err_sys(err, "drop capability %d from the bounding set", cap);
	}
	return 0;
}

int ctr_sec_caps_apply(uint64_t bounding, uint64_t ambient, bool root, bool keep_sys_admin,
		       struct ctr_error *err)
{
	uint64_t now = (root ? bounding : ambient) | (keep_sys_admin ? SEC_CAP(CAP_SYS_ADMIN) : 0);

	if (set_process(now, root ? 0 : ambient, err) < 0)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return ctr_err_sys(err, "clear the ambient set");
	for (cap_value_t cap = 0; !root && cap <= CAP_LAST_CAP; cap++)
		if ((ambient & SEC_CAP(cap)) && cap_set_ambient(cap, CAP_SET) < 0)
			return ctr_err_sys(err, "raise capability %d in the ambient set", cap);
	return 0;
}
