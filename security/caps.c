/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capability sets. What a container may have is computed on the host side and is pure; giving up the rest runs in the
 * container right before execve, as root of its user namespace. A user other than root gets as ambient what the spec adds
 * by name and only that; root's inheritable and ambient sets stay empty (CVE-2022-29162: what is inheritable comes back
 * through file capabilities).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "security/sec_int.h"

/* podman's default set. */
#define CAPS_APP                                                                                   \
	(SEC_CAP(CAP_CHOWN) | SEC_CAP(CAP_DAC_OVERRIDE) | SEC_CAP(CAP_FOWNER) |                    \
	 SEC_CAP(CAP_FSETID) | SEC_CAP(CAP_KILL) | SEC_CAP(CAP_NET_BIND_SERVICE) |                 \
	 SEC_CAP(CAP_SETFCAP) | SEC_CAP(CAP_SETGID) | SEC_CAP(CAP_SETPCAP) | SEC_CAP(CAP_SETUID) | \
	 SEC_CAP(CAP_SYS_CHROOT))
/* What a whole distribution expects and the kernel checks against the user namespace or not at all. */
#define CAPS_VPS                                                                       \
	(CAPS_APP | SEC_CAP(CAP_AUDIT_WRITE) | SEC_CAP(CAP_DAC_READ_SEARCH) |          \
	 SEC_CAP(CAP_IPC_LOCK) | SEC_CAP(CAP_IPC_OWNER) | SEC_CAP(CAP_LEASE) |         \
	 SEC_CAP(CAP_MKNOD) | SEC_CAP(CAP_NET_ADMIN) | SEC_CAP(CAP_NET_BROADCAST) |    \
	 SEC_CAP(CAP_NET_RAW) | SEC_CAP(CAP_SYS_ADMIN) | SEC_CAP(CAP_SYS_BOOT) |       \
	 SEC_CAP(CAP_SYS_NICE) | SEC_CAP(CAP_SYS_PTRACE) | SEC_CAP(CAP_SYS_RESOURCE) | \
	 SEC_CAP(CAP_SYS_TTY_CONFIG))

static const uint64_t profiles[] = {
	[CTR_SEC_APP] = CAPS_APP, [CTR_SEC_SERVICE] = 0, [CTR_SEC_VPS] = CAPS_VPS
};

int ctr_sec_cap_number(const char *name)
{
	char full[32];
	cap_value_t value;

	if (!strncmp(name, "CAP_", 4))
		name += 4;
	/* Only what looks like a name: libcap would also take a number, or lower case. */
	if (!*name || strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != strlen(name))
		return -1;
	if (snprintf(full, sizeof(full), "cap_%s", name) >= (int)sizeof(full) ||
	    cap_from_name(full, &value) < 0)
		return -1;
	return value;
}

const char *ctr_sec_cap_text(int cap, char buf[static 32])
{
	char *name = cap_to_name(cap), *from = name;

	if (from && !strncmp(from, "cap_", 4))
		from += 4;
	(void)snprintf(buf, 32, "%s", from ? from : "?");
	(void)cap_free(name);
	for (char *p = buf; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return buf;
}

uint64_t ctr_sec_caps_host(void)
{
	uint64_t set = 0;

	/* Not from cap_max_bits(): a new kernel may have more than this libcap names, and "ALL" is all of the host's. */
	for (int cap = 0; cap < 64; cap++) {
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has < 0)
			break;
		if (has)
			set |= SEC_CAP(cap);
	}
	return set;
}

static int number_of(const char *name, struct ctr_error *err)
{
	int cap = ctr_sec_cap_number(name);

	return cap < 0 ? ctr_err_set(err, CTR_E_SPEC, "capabilities: unknown capability '%s'", name)
		       : cap;
}

static int drop_names(char *const *names, uint64_t *set, struct ctr_error *err)
{
	for (; names && *names; names++) {
		int cap;

		if (!strcmp(*names, "ALL")) {
			*set = 0;
			continue;
		}
		cap = number_of(*names, err);
		if (cap < 0)
			return -1;
		*set &= ~SEC_CAP(cap);
	}
	return 0;
}

static int add_names(char *const *names, uint64_t host, uint64_t *set, uint64_t *ret_named,
		     struct ctr_error *err)
{
	*ret_named = 0;
	for (; names && *names; names++) {
		int cap;

		if (!strcmp(*names, "ALL")) {
			*set |= host;
			continue;
		}
		cap = number_of(*names, err);
		if (cap < 0)
			return -1;
		if (!(host & SEC_CAP(cap))) {
			ctr_err_set(err, CTR_E_HOST,
				    "capability %s is not in this host's own bounding set", *names);
			return ctr_err_hint(
				err,
				"nothing started here can have it, take it out of capabilities.add");
		}
		*ret_named |= SEC_CAP(cap);
	}
	*set |= *ret_named;
	return 0;
}

int ctr_sec_caps_compute(const struct ctr_sec_spec *spec, uint64_t host, uint64_t *ret_bounding,
			 uint64_t *ret_ambient, struct ctr_error *err)
{
	uint64_t set = profiles[spec->profile] & host, named;

	if (drop_names(spec->cap_drop, &set, err) < 0 ||
	    add_names(spec->cap_add, host, &set, &named, err) < 0)
		return -1;
	*ret_bounding = set;
	*ret_ambient = named;
	return 0;
}

int ctr_sec_caps_drop_bounding(uint64_t bounding, struct ctr_error *err)
{
	for (int cap = 0; cap < 64; cap++) {
		if (bounding & SEC_CAP(cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* the kernel's last one was before this */
			break;
		return ctr_err_sys(err, "drop capability %d from the bounding set", cap);
	}
	return 0;
}

/*
 * effective = permitted: a program that knows nothing of capabilities shall have what it was given. By capset(2) itself and
 * not by libcap, whose allocations and pages cost a fresh child 15 us more.
 */
int ctr_sec_caps_set(uint64_t permitted, uint64_t inheritable, struct ctr_error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		sets[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(permitted >> (32 * i)),
			.permitted = (uint32_t)(permitted >> (32 * i)),
			.inheritable = (uint32_t)(inheritable >> (32 * i)),
		};
	if (syscall(SYS_capset, &head, sets) < 0)
		return ctr_err_sys(err, "set the capabilities");
	return 0;
}

int ctr_sec_caps_set_ambient(uint64_t ambient, struct ctr_error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return ctr_err_sys(err, "clear the ambient capabilities");
	for (int cap = 0; ambient && cap < 64; cap++)
		if ((ambient & SEC_CAP(cap)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return ctr_err_sys(err, "raise ambient capability %d", cap);
	return 0;
}
