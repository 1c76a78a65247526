/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resource limits. A payload's limits come from its spec and from the table here, not from the shell that happened to start
 * it; only hard limits are inherited, because in its user namespace a container cannot raise one (the kernel checks
 * CAP_SYS_RESOURCE against the first namespace). The plan is made on the host side, where raising is tried or refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include "security/sec_int.h"

#define KEEP (UINT64_MAX - 1) /* as high as the hard limit */
#define MIB UINT64_C(1048576)

/*
 * By the names of prlimit(1). soft and hard are what a payload gets when its spec is silent, as far as the caller's hard
 * limit reaches. nofile: the pair of systemd, low enough for programs that use select(2) or walk all descriptors. stack:
 * "unlimited" would switch off the randomised layout of mmap. core: a dump is work of the host's handler.
 */
static const struct {
	const char *name;
	int resource;
	uint64_t soft, hard;
} limits[] = {
	{ "as", RLIMIT_AS, KEEP, KEEP },
	{ "core", RLIMIT_CORE, 0, KEEP },
	{ "cpu", RLIMIT_CPU, KEEP, KEEP },
	{ "data", RLIMIT_DATA, KEEP, KEEP },
	{ "fsize", RLIMIT_FSIZE, KEEP, KEEP },
	{ "locks", RLIMIT_LOCKS, KEEP, KEEP },
	{ "memlock", RLIMIT_MEMLOCK, 8 * MIB, 8 * MIB },
	{ "msgqueue", RLIMIT_MSGQUEUE, KEEP, KEEP },
	{ "nice", RLIMIT_NICE, 0, 0 },
	{ "nofile", RLIMIT_NOFILE, 1024, 524288 },
	{ "nproc", RLIMIT_NPROC, KEEP, KEEP },
	{ "rss", RLIMIT_RSS, KEEP, KEEP },
	{ "rtprio", RLIMIT_RTPRIO, 0, 0 },
	{ "rttime", RLIMIT_RTTIME, KEEP, KEEP },
	{ "sigpending", RLIMIT_SIGPENDING, KEEP, KEEP },
	{ "stack", RLIMIT_STACK, 8 * MIB, KEEP },
};

int ctr_sec_rlimit_number(const char *name)
{
	for (size_t i = 0; i < CTR_ARRAY_LEN(limits); i++)
		if (!strcmp(limits[i].name, name))
			return limits[i].resource;
	return -1;
}

const char *ctr_sec_rlimit_name(int resource)
{
	for (size_t i = 0; i < CTR_ARRAY_LEN(limits); i++)
		if (limits[i].resource == resource)
			return limits[i].name;
	return NULL;
}

static const char *limit_text(uint64_t value, char buf[static 24])
{
	if (value == RLIM_INFINITY)
		return "unlimited";
	(void)snprintf(buf, 24, "%llu", (unsigned long long)value);
	return buf;
}

static bool may_raise(void)
{
	cap_flag_value_t flag = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (caps && cap_get_flag(caps, CAP_SYS_RESOURCE, CAP_EFFECTIVE, &flag) < 0)
		flag = CAP_CLEAR;
	(void)cap_free(caps);
	return flag == CAP_SET;
}

static int check_wanted(const struct ctr_sec_rlimit *want, const struct rlimit *now,
			struct ctr_error *err)
{
	const char *name = ctr_sec_rlimit_name(want->resource);
	char a[24], b[24];

	if (want->soft > want->hard)
		return ctr_err_set(err, CTR_E_SPEC,
				   "ulimits.%s: the soft limit %s is above the hard one, %s", name,
				   limit_text(want->soft, a), limit_text(want->hard, b));
	if (want->hard <= now->rlim_max || may_raise())
		return 0;
	ctr_err_set(
		err, CTR_E_HOST,
		"ulimits.%s: %s is above the hard limit here, %s, and CAP_SYS_RESOURCE is missing",
		name, limit_text(want->hard, a), limit_text(now->rlim_max, b));
	return ctr_err_hint(err, "raise the limit where ctr is started, or ask for less");
}

static const struct ctr_sec_rlimit *wanted(const struct ctr_sec_spec *spec, int resource)
{
	for (size_t i = 0; i < spec->n_rlimits; i++)
		if (spec->rlimits[i].resource == resource)
			return &spec->rlimits[i];
	return NULL;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int ctr_sec_rlimits_plan(const struct ctr_sec_spec *spec, struct ctr_sec_plan *plan,
			 struct ctr_error *err)
{
	plan->rlimits = calloc(CTR_ARRAY_LEN(limits), sizeof(*plan->rlimits));
	if (!plan->rlimits)
		return ctr_err_nomem(err);
	for (size_t i = 0; i < CTR_ARRAY_LEN(limits); i++) {
		const struct ctr_sec_rlimit *want = wanted(spec, limits[i].resource);
		struct ctr_sec_rlimit *to = &plan->rlimits[plan->n_rlimits];
		struct rlimit now;

		if (getrlimit((__rlimit_resource_t)limits[i].resource, &now) < 0)
			return ctr_err_sys(err, "read the limit %s", limits[i].name);
		if (want) {
			if (check_wanted(want, &now, err) < 0)
				return -1;
			*to = *want;
			plan->n_rlimits++;
			continue;
		}
		to->resource = limits[i].resource;
		to->hard =
			limits[i].hard == KEEP ? now.rlim_max : least(limits[i].hard, now.rlim_max);
		to->soft = limits[i].soft == KEEP ? to->hard : least(limits[i].soft, to->hard);
		/* What is so already needs no call; it is inherited. */
		if (to->hard != now.rlim_max || to->soft != now.rlim_cur)
			plan->n_rlimits++;
	}
	return 0;
}

int ctr_sec_rlimits_raise(const struct ctr_sec_plan *plan, pid_t pid, struct ctr_error *err)
{
	for (size_t i = 0; i < plan->n_rlimits; i++) {
		const struct ctr_sec_rlimit *l = &plan->rlimits[i];
		__rlimit_resource_t resource = (__rlimit_resource_t)l->resource;
		struct rlimit now, value = { l->soft, l->hard };

		/* Our own are the child's: it was cloned from us. */
		if (getrlimit(resource, &now) == 0 && l->hard <= now.rlim_max)
			continue;
		if (prlimit(pid, resource, &value, NULL) < 0) {
			(void)ctr_err_sys(err, "raise the limit %s to %llu",
					  ctr_sec_rlimit_name(l->resource),
					  (unsigned long long)l->hard);
			if (err->sys_errno == EPERM && l->resource == RLIMIT_NOFILE)
				ctr_err_hint(err, "see sysctl fs.nr_open");
			return -1;
		}
	}
	return 0;
}

int ctr_sec_rlimits_apply(const struct ctr_sec_plan *plan, struct ctr_error *err)
{
	for (size_t i = 0; i < plan->n_rlimits; i++) {
		const struct ctr_sec_rlimit *l = &plan->rlimits[i];
		struct rlimit value = { l->soft, l->hard };

		if (setrlimit((__rlimit_resource_t)l->resource, &value) < 0)
			return ctr_err_sys(err, "set the limit %s",
					   ctr_sec_rlimit_name(l->resource));
	}
	return 0;
}
