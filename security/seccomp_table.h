/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the default filter (seccomp_table.c). */
#ifndef CTR_SECURITY_SECCOMP_TABLE_H
#define CTR_SECURITY_SECCOMP_TABLE_H

#include <stdint.h>

enum ctr_sec_gate { CTR_SEC_ANY, CTR_SEC_NOT_SERVICE, CTR_SEC_VPS_ONLY, CTR_SEC_NEVER };

/* Allowed when the gate lets the profile through and the container has the capability (0: none needed). */
struct ctr_sec_gated {
	const char *name;
	uint64_t cap; /* mask */
	enum ctr_sec_gate gate;
};

extern const char *const ctr_sec_allowed[];        /* NULL ends it */
extern const struct ctr_sec_gated ctr_sec_gated[]; /* a NULL name ends it */

#endif
