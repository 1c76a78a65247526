// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Decides which files a specification becomes on this host. Pure: runs anywhere, as any user,
 * touches nothing. A value that a fresh group has anyway is not written, so that a container
 * without limits costs almost only its mkdir(2)s. Sources: Documentation/admin-guide/cgroup-v2.rst
 * of the kernel.
 */
#include "cgroups/cg_int.h"

#include <stdarg.h>
#include <string.h>

#define WEIGHT_DEFAULT 100
#define WEIGHT_MAX 10000
#define PERIOD_USEC 100000
#define PERIOD_LONG_USEC 1000000 /* the kernel's longest */
#define QUOTA_MIN_USEC 1000      /* the kernel's smallest */
#define MILLI_MAX 1000000000     /* a million CPUs: keeps the products far from overflow */

void ctr_cg_spec_init(struct ctr_cg_spec *spec)
{
	*spec = (struct ctr_cg_spec){
		.cpu_weight = WEIGHT_DEFAULT,
		.memory_high = CTR_CG_MAX,
		.memory_max = CTR_CG_MAX,
		.memory_swap_max = CTR_CG_MAX,
		.pids_max = CTR_CG_MAX,
	};
}

void ctr_cg_spec_done(struct ctr_cg_spec *spec)
{
	free(spec->cpus);
	spec->cpus = NULL;
	for (size_t i = 0; spec->devices && spec->devices[i]; i++)
		free(spec->devices[i]);
	free(spec->devices);
	spec->devices = NULL;
}

const char *ctr_cg_controller_name(enum ctr_cg_controller c, bool v1)
{
	static const char *const names[CTR_CG_CONTROLLERS_] = {
		[CTR_CG_CPU] = "cpu",   [CTR_CG_CPUACCT] = "cpuacct", [CTR_CG_MEMORY] = "memory",
		[CTR_CG_PIDS] = "pids", [CTR_CG_IO] = "io",           [CTR_CG_CPUSET] = "cpuset",
	};

	return v1 && c == CTR_CG_IO ? "blkio" : names[c];
}

enum cg_place ctr_cg_place(const struct ctr_cg_host *host, enum ctr_cg_controller c)
{
	if (host->v1[c][0])
		return CG_ON_V1;
	return host->on_v2[c] ? CG_ON_V2 : CG_NOWHERE;
}

bool ctr_cg_plan_has(const struct ctr_cg_plan *plan, enum ctr_cg_controller c)
{
	for (size_t i = 0; i < plan->n_writes; i++) {
		if (plan->writes[i].controller == c)
			return true;
	}
	return false;
}

int ctr_cg_plan_add(struct ctr_cg_plan *plan, enum ctr_cg_controller c, struct ctr_error *err,
		    const char *file, const char *fmt, ...)
{
	struct ctr_cg_write *w;
	va_list ap;
	int len;

	if (plan->n_writes == CTR_ARRAY_LEN(plan->writes))
		return ctr_err_set(err, CTR_E_INTERNAL, "too many cgroup settings");
	w = &plan->writes[plan->n_writes];
	w->controller = c;
	(void)snprintf(w->file, sizeof(w->file), "%s", file);
	va_start(ap, fmt);
	len = vsnprintf(w->value, sizeof(w->value), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(w->value))
		return ctr_err_set(err, CTR_E_SPEC, "%s: the value is longer than %zu bytes", file,
				   sizeof(w->value) - 1);
	plan->n_writes++;
	return 0;
}

void ctr_cg_quota(uint64_t milli, uint64_t *ret_quota, uint64_t *ret_period)
{
	*ret_period = PERIOD_USEC;
	*ret_quota = milli * PERIOD_USEC / 1000;
	if (*ret_quota < QUOTA_MIN_USEC) {
		*ret_period = PERIOD_LONG_USEC;
		*ret_quota = milli * PERIOD_LONG_USEC / 1000;
	}
}

/* What no host could do. */
static int check(const struct ctr_cg_spec *spec, struct ctr_error *err)
{
	uint64_t quota, period;

	if (spec->cpu_weight > WEIGHT_MAX)
		return ctr_err_set(err, CTR_E_SPEC, "cpu.weight: %llu is more than %d",
				   (unsigned long long)spec->cpu_weight, WEIGHT_MAX);
	if (spec->cpu_max_milli > MILLI_MAX)
		return ctr_err_set(err, CTR_E_SPEC, "cpu.max: more than %d CPUs", MILLI_MAX / 1000);
	if (!spec->cpu_burst_usec)
		return 0;
	if (!spec->cpu_max_milli)
		return ctr_err_set(err, CTR_E_SPEC,
				   "cpu.burst: there is no cap to exceed; set cpu.max too");
	ctr_cg_quota(spec->cpu_max_milli, &quota, &period);
	if (spec->cpu_burst_usec > quota)
		return ctr_err_set(
			err, CTR_E_SPEC,
			"cpu.burst: %llu us is more than the quota of one period; at most "
			"%llu us with this cpu.max",
			(unsigned long long)spec->cpu_burst_usec, (unsigned long long)quota);
	return 0;
}

static int missing(enum ctr_cg_controller c, const char *setting, struct ctr_error *err)
{
	ctr_err_set(err, CTR_E_HOST, "%s: this host has no %s controller for containers", setting,
		    ctr_cg_controller_name(c, false));
	return ctr_err_hint(err, "ctr doctor says why, or leave %s out", setting);
}

static int plan_cpu(const struct ctr_cg_spec *spec, const struct ctr_cg_host *host,
		    struct ctr_cg_plan *plan, struct ctr_error *err)
{
	uint64_t quota, period;

	switch (ctr_cg_place(host, CTR_CG_CPU)) {
	case CG_ON_V1:
		return ctr_cg_v1_cpu(spec, plan, err);
	case CG_NOWHERE:
		if (spec->cpu_weight != WEIGHT_DEFAULT)
			return missing(CTR_CG_CPU, "cpu.weight", err);
		return spec->cpu_max_milli ? missing(CTR_CG_CPU, "cpu.max", err) : 0;
	case CG_ON_V2:
		break;
	}
	if (spec->cpu_weight == 0 && ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.idle", "1") < 0)
		return -1;
	if (spec->cpu_weight != 0 && spec->cpu_weight != WEIGHT_DEFAULT &&
	    ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.weight", "%llu",
			    (unsigned long long)spec->cpu_weight) < 0)
		return -1;
	if (!spec->cpu_max_milli)
		return 0;
	ctr_cg_quota(spec->cpu_max_milli, &quota, &period);
	if (ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.max", "%llu %llu",
			    (unsigned long long)quota, (unsigned long long)period) < 0)
		return -1;
	if (!spec->cpu_burst_usec)
		return 0;
	return ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.max.burst", "%llu",
			       (unsigned long long)spec->cpu_burst_usec);
}

static int add_bytes(struct ctr_cg_plan *plan, const char *file, uint64_t bytes, uint64_t fresh,
		     struct ctr_error *err)
{
	if (bytes == fresh)
		return 0;
	if (bytes == CTR_CG_MAX)
		return ctr_cg_plan_add(plan, CTR_CG_MEMORY, err, file, "max");
	return ctr_cg_plan_add(plan, CTR_CG_MEMORY, err, file, "%llu", (unsigned long long)bytes);
}

static int plan_memory(const struct ctr_cg_spec *spec, const struct ctr_cg_host *host,
		       struct ctr_cg_plan *plan, struct ctr_error *err)
{
	switch (ctr_cg_place(host, CTR_CG_MEMORY)) {
	case CG_ON_V1:
		return ctr_cg_v1_memory(spec, plan, err);
	case CG_NOWHERE:
		if (spec->memory_min)
			return missing(CTR_CG_MEMORY, "memory.min", err);
		if (spec->memory_high != CTR_CG_MAX)
			return missing(CTR_CG_MEMORY, "memory.high", err);
		if (spec->memory_max != CTR_CG_MAX)
			return missing(CTR_CG_MEMORY, "memory.max", err);
		if (spec->memory_swap_max != CTR_CG_MAX)
			return missing(CTR_CG_MEMORY, "memory.swap_max", err);
		return 0;
	case CG_ON_V2:
		break;
	}
	if (add_bytes(plan, "memory.min", spec->memory_min, 0, err) < 0 ||
	    add_bytes(plan, "memory.high", spec->memory_high, CTR_CG_MAX, err) < 0 ||
	    add_bytes(plan, "memory.max", spec->memory_max, CTR_CG_MAX, err) < 0 ||
	    add_bytes(plan, "memory.swap.max", spec->memory_swap_max, CTR_CG_MAX, err) < 0)
		return -1;
	if (spec->oom_process)
		return 0;
	/* Also without memory.max: the host's own OOM killer honours it. */
	return ctr_cg_plan_add(plan, CTR_CG_MEMORY, err, "memory.oom.group", "1");
}

static int plan_simple(const struct ctr_cg_spec *spec, const struct ctr_cg_host *host,
		       struct ctr_cg_plan *plan, struct ctr_error *err)
{
	/* pids.max and cpuset.cpus have the same name and values in both versions. */
	if (spec->pids_max != CTR_CG_MAX) {
		if (ctr_cg_place(host, CTR_CG_PIDS) == CG_NOWHERE)
			return missing(CTR_CG_PIDS, "pids.max", err);
		if (ctr_cg_plan_add(plan, CTR_CG_PIDS, err, "pids.max", "%llu",
				    (unsigned long long)spec->pids_max) < 0)
			return -1;
	}
	if (spec->cpus) {
		if (ctr_cg_place(host, CTR_CG_CPUSET) == CG_NOWHERE)
			return missing(CTR_CG_CPUSET, "cpu.cpus", err);
		return ctr_cg_plan_add(plan, CTR_CG_CPUSET, err, "cpuset.cpus", "%s", spec->cpus);
	}
	return 0;
}

int ctr_cg_plan(const struct ctr_cg_spec *spec, const struct ctr_cg_host *host,
		struct ctr_cg_plan *ret_plan, struct ctr_error *err)
{
	ret_plan->n_writes = 0;
	ret_plan->kill_all_on_oom =
		!spec->oom_process && ctr_cg_place(host, CTR_CG_MEMORY) == CG_ON_V1;
	if (check(spec, err) < 0 || plan_cpu(spec, host, ret_plan, err) < 0 ||
	    plan_memory(spec, host, ret_plan, err) < 0 ||
	    plan_simple(spec, host, ret_plan, err) < 0)
		return -1;
	return 0;
}
