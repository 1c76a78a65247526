/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision: capability sets, filter, limits. Host side. */
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/capability.h>

#include "security/sec_int.h"

int ctr_sec_plan(const struct ctr_sec_spec *spec, int cache_dirfd, struct ctr_sec_plan *ret_plan,
		 struct ctr_error *err)
{
	struct ctr_sec_plan plan = { .no_new_privs = spec->no_new_privs };

	if (ctr_sec_caps_plan(spec, &plan.bounding, &plan.ambient, err) < 0 ||
	    ctr_sec_rlimits_check(spec, err) < 0)
		return -1;
	if (spec->n_rlimits) {
		plan.rlimits = calloc(spec->n_rlimits, sizeof(*plan.rlimits));
		if (!plan.rlimits)
			return ctr_err_nomem(err);
		memcpy(plan.rlimits, spec->rlimits, spec->n_rlimits * sizeof(*plan.rlimits));
		plan.n_rlimits = spec->n_rlimits;
	}
	if (ctr_sec_filter_get(spec, plan.bounding, cache_dirfd, &plan.filter, &plan.filter_len,
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
	ctr_buf_printf(text, "%s:", label);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *name = set & SEC_CAP(cap) ? cap_to_name(cap) : NULL;

		if (name)
			ctr_buf_printf(text, " %s", name + strlen("cap_"));
		(void)cap_free(name);
	}
	ctr_buf_puts(text, "\n");
}

int ctr_sec_plan_dump(const struct ctr_sec_plan *plan, struct ctr_buf *ret_text,
		      struct ctr_error *err)
{
	dump_caps(ret_text, "bounding", plan->bounding);
	dump_caps(ret_text, "ambient", plan->ambient);
	ctr_buf_printf(ret_text, "no_new_privs: %s\nseccomp: %s\n",
		       plan->no_new_privs ? "yes" : "no", plan->filter ? "filter" : "unconfined");
	for (size_t i = 0; i < plan->n_rlimits; i++)
		ctr_buf_printf(ret_text, "%s: %" PRIu64 " %" PRIu64 "\n",
			       ctr_sec_rlimit_name(plan->rlimits[i].resource),
			       plan->rlimits[i].soft, plan->rlimits[i].hard);
	return ctr_buf_check(ret_text, err);
}
