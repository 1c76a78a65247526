/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resource limits by the names of prlimit(1). */
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "security/sec_int.h"

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
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
	return "unknown";
}

int ctr_sec_rlimits_check(const struct ctr_sec_spec *spec, struct ctr_error *err)
{
	bool may_raise = false;
	cap_flag_value_t flag;
	cap_t caps = cap_get_proc();

	if (caps && cap_get_flag(caps, CAP_SYS_RESOURCE, CAP_EFFECTIVE, &flag) == 0)
		may_raise = flag == CAP_SET;
	(void)cap_free(caps);
	/* Init raises as root of its user namespace, where CAP_SYS_RESOURCE does not count for this. */
	may_raise = may_raise && !spec->userns;
	for (size_t i = 0; i < spec->n_rlimits; i++) {
		const struct ctr_sec_rlimit *want = &spec->rlimits[i];
		struct rlimit now;

		if (getrlimit((__rlimit_resource_t)want->resource, &now) < 0)
			return ctr_err_sys(err, "read limit %s",
					   ctr_sec_rlimit_name(want->resource));
		if (want->hard > now.rlim_max && !may_raise) {
			ctr_err_set(err, CTR_E_HOST,
				    "ulimits.%s: %llu is above the hard limit of %llu here",
				    ctr_sec_rlimit_name(want->resource),
				    (unsigned long long)want->hard,
				    (unsigned long long)now.rlim_max);
			return ctr_err_hint(err, "raise it where ctr is started, or ask for less");
		}
	}
	return 0;
}
