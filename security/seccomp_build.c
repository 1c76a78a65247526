/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the tables to a filter, by libseccomp. Host side, only when the cache has none. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "common/dl.h"
#include "security/sec_int.h"
#include "security/seccomp_table.h"

#define NEW_NAMESPACES                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)
#define CLONE_NEWTIME_FLAG 0x80

int ctr_sec_seccomp_load(struct sec_seccomp *lib, struct ctr_error *err)
{
	const struct ctr_dl_symbol table[] = {
		{ "seccomp_init", (void **)&lib->init },
		{ "seccomp_release", (void **)&lib->release },
		{ "seccomp_attr_set", (void **)&lib->attr_set },
		{ "seccomp_arch_add", (void **)&lib->arch_add },
		{ "seccomp_arch_native", (void **)&lib->arch_native },
		{ "seccomp_arch_resolve_name", (void **)&lib->arch_resolve_name },
		{ "seccomp_syscall_resolve_name", (void **)&lib->resolve_name },
		{ "seccomp_rule_add_array", (void **)&lib->rule_add_array },
		{ "seccomp_export_bpf", (void **)&lib->export_bpf },
		{ "seccomp_export_pfc", (void **)&lib->export_pfc },
		{ 0 },
	};

	return ctr_dl_load("libseccomp.so.2", "libseccomp2", table, err);
}

struct build {
	const struct sec_seccomp *lib;
	scmp_filter_ctx ctx;
	struct ctr_error *err;
};

/* One rule; a name that this libseccomp or architecture does not know needs none: the default denies it. */
static int rule(struct build *b, uint32_t action, const char *name, unsigned int n,
		const struct scmp_arg_cmp *args)
{
	int number = b->lib->resolve_name(name), rc;

	if (number == __NR_SCMP_ERROR)
		return 0;
	rc = b->lib->rule_add_array(b->ctx, action, number, n, args);
	/* EDOM: the call does not exist on one of the architectures. */
	if (rc == 0 || rc == -EDOM || rc == -EACCES)
		return 0;
	errno = -rc;
	return ctr_err_sys(b->err, "add seccomp rule for %s", name);
}

static int allow_masked(struct build *b, const char *name, uint64_t mask)
{
	struct scmp_arg_cmp none = SCMP_A0(SCMP_CMP_MASKED_EQ, mask, 0);

	return rule(b, SCMP_ACT_ALLOW, name, 1, &none);
}

static int allow_values(struct build *b, const char *name, const uint64_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scmp_arg_cmp equal = SCMP_A0(SCMP_CMP_EQ, values[i], 0);

		if (rule(b, SCMP_ACT_ALLOW, name, 1, &equal) < 0)
			return -1;
	}
	return 0;
}

/* Calls whose arguments decide. An allow rule compares all 64 bits, so high bits cannot smuggle a value past it. */
static int add_conditional(struct build *b, enum ctr_sec_profile profile, uint64_t caps)
{
	static const uint64_t personalities[] = { 0, 8, 0x20000, 0x20008, 0xffffffff };
	static const uint64_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET };
	bool namespaces = profile == CTR_SEC_VPS ||
			  (profile == CTR_SEC_APP && (caps & SEC_CAP(CAP_SYS_ADMIN)));

	if (allow_values(b, "personality", personalities, CTR_ARRAY_LEN(personalities)) < 0 ||
	    allow_values(b, "socket", families,
			 CTR_ARRAY_LEN(families) - !(caps & SEC_CAP(CAP_NET_RAW))) < 0)
		return -1;
	/* Its flags are behind a pointer, where no filter looks: ENOSYS makes every libc use clone(2). */
	if (namespaces)
		return rule(b, SCMP_ACT_ALLOW, "clone", 0, NULL) < 0 ||
				       rule(b, SCMP_ACT_ALLOW, "unshare", 0, NULL) < 0 ||
				       rule(b, SCMP_ACT_ALLOW, "clone3", 0, NULL) < 0
			       ? -1
			       : 0;
	return allow_masked(b, "clone", NEW_NAMESPACES) < 0 ||
			       allow_masked(b, "unshare", NEW_NAMESPACES | CLONE_NEWTIME_FLAG) < 0
		       ? -1
		       : 0;
}

static bool gate_open(const struct ctr_sec_gated *g, enum ctr_sec_profile profile, uint64_t caps)
{
	if (g->cap && !(caps & g->cap))
		return false;
	switch (g->gate) {
	case CTR_SEC_ANY:
		return true;
	case CTR_SEC_NOT_SERVICE:
		return profile != CTR_SEC_SERVICE;
	case CTR_SEC_VPS_ONLY:
		return profile == CTR_SEC_VPS;
	case CTR_SEC_NEVER:
		break;
	}
	return false;
}

static int add_rules(struct build *b, enum ctr_sec_profile profile, uint64_t caps)
{
	for (const char *const *name = ctr_sec_allowed; *name; name++)
		if (rule(b, SCMP_ACT_ALLOW, *name, 0, NULL) < 0)
			return -1;
	for (const struct ctr_sec_gated *g = ctr_sec_gated; g->name; g++) {
		uint32_t action =
			gate_open(g, profile, caps) ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM);

		if (rule(b, action, g->name, 0, NULL) < 0)
			return -1;
	}
	return add_conditional(b, profile, caps);
}

int ctr_sec_filter_build(const struct sec_seccomp *lib, enum ctr_sec_profile profile, uint64_t caps,
			 scmp_filter_ctx *ret_ctx, struct ctr_error *err)
{
	struct build b = { .lib = lib, .err = err };

	b.ctx = lib->init(SCMP_ACT_ERRNO(ENOSYS));
	if (!b.ctx)
		return ctr_err_nomem(err);
	/*
	 * A foreign ABI is refused like an unknown call: x32 always, and 32-bit x86 but for a whole distribution. Its
	 * multiplexed calls are the harder ones to filter, and its half of the program costs every start 0.15 ms.
	 */
	(void)lib->attr_set(b.ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	(void)lib->attr_set(b.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (profile == CTR_SEC_VPS && lib->arch_native() == SCMP_ARCH_X86_64 &&
	    lib->arch_add(b.ctx, SCMP_ARCH_X86) < 0) {
		lib->release(b.ctx);
		return ctr_err_set(err, CTR_E_INTERNAL, "libseccomp refuses the x86 architecture");
	}
	if (add_rules(&b, profile, caps) < 0) {
		lib->release(b.ctx);
		return -1;
	}
	*ret_ctx = b.ctx;
	return 0;
}
