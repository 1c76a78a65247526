/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision: capability sets, limits, filter. Host side; it changes nothing but the cache. */
#include <inttypes.h>
#include <sys/resource.h>

#include "security/sec_int.h"

int ctr_sec_plan(const struct ctr_sec_spec *spec, int cache_dirfd, struct ctr_sec_plan *ret_plan,
		 struct ctr_error *err)
{
	struct ctr_sec_plan plan = { .no_new_privs = spec->no_new_privs };

	if (ctr_sec_caps_compute(spec, ctr_sec_caps_host(), &plan.bounding, &plan.ambient, err) <
		    0 ||
	    ctr_sec_rlimits_plan(spec, &plan, err) < 0 ||
	    ctr_sec_filter_get(spec, plan.bounding, cache_dirfd, &plan.filter, &plan.filter_len,
			       err) < 0) {
		ctr_sec_plan_done(&plan);
		return -1;
	}
	*ret_plan = plan;
	return 0;
}

void ctr_sec_plan_done(struct ctr_sec_plan *plan)
{
	free(plan->filter);
	free(plan->rlimits);
	*plan = (struct ctr_sec_plan){ 0 };
}

static void dump_caps(struct ctr_buf *text, const char *label, uint64_t set)
{
	char name[32];

	ctr_buf_printf(text, "%s:", label);
	for (int cap = 0; cap < 64; cap++)
		if (set & SEC_CAP(cap))
			ctr_buf_printf(text, " %s", ctr_sec_cap_text(cap, name));
	ctr_buf_puts(text, "\n");
}

static void dump_limit(struct ctr_buf *text, uint64_t value)
{
	if (value == RLIM_INFINITY)
		ctr_buf_puts(text, " unlimited");
	else
		ctr_buf_printf(text, " %" PRIu64, value);
}

int ctr_sec_plan_dump(const struct ctr_sec_plan *plan, struct ctr_buf *ret_text,
		      struct ctr_error *err)
{
	dump_caps(ret_text, "bounding", plan->bounding);
	dump_caps(ret_text, "ambient", plan->ambient);
	ctr_buf_printf(ret_text, "no_new_privs: %s\nseccomp: %s\n",
		       plan->no_new_privs ? "yes" : "no", plan->filter ? "filter" : "unconfined");
	for (size_t i = 0; i < plan->n_rlimits; i++) {
		ctr_buf_printf(ret_text,
			       "rlimit %s:", ctr_sec_rlimit_name(plan->rlimits[i].resource));
		dump_limit(ret_text, plan->rlimits[i].soft);
		dump_limit(ret_text, plan->rlimits[i].hard);
		ctr_buf_puts(ret_text, "\n");
	}
	return ctr_buf_check(ret_text, err);
}
