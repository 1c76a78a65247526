/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Faults for the tests: with the build option CTR_FAULTS, the environment variable CTR_FAULT = "STEP:before:fail",
 * "STEP:after:fail", "STEP:before:kill" or "STEP:after:kill" makes the monitor fail, or kill itself, around a step. Without
 * the option (the default) there is no such code.
 */
#ifndef CTR_RUNTIME_FAULT_H
#define CTR_RUNTIME_FAULT_H

#include "common/error.h"

#ifdef CTR_FAULTS
int ctr_fault_before(const char *step, struct ctr_error *err);
int ctr_fault_after(const char *step, struct ctr_error *err);
#else
static inline int ctr_fault_before(const char *step, struct ctr_error *err)
{
	(void)step;
	(void)err;
	return 0;
}
static inline int ctr_fault_after(const char *step, struct ctr_error *err)
{
	(void)step;
	(void)err;
	return 0;
}
#endif

#endif
