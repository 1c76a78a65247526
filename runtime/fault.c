/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Faults on demand, in test builds only. Runs in the monitor. */
#include "runtime/fault.h"

#ifdef CTR_FAULTS
#include <signal.h>
#include <string.h>

static int fault(const char *step, const char *when, struct ctr_error *err)
{
	const char *wanted = getenv("CTR_FAULT");
	char text[64];

	if (!wanted)
		return 0;
	(void)snprintf(text, sizeof(text), "%s:%s:kill", step, when);
	if (!strcmp(wanted, text))
		(void)raise(SIGKILL);
	(void)snprintf(text, sizeof(text), "%s:%s:fail", step, when);
	if (!strcmp(wanted, text))
		return ctr_err_set(err, CTR_E_INTERNAL, "failing as CTR_FAULT asks");
	return 0;
}

int ctr_fault_before(const char *step, struct ctr_error *err)
{
	return fault(step, "before", err);
}

int ctr_fault_after(const char *step, struct ctr_error *err)
{
	return fault(step, "after", err);
}
#endif
