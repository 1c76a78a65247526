/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This folder's part of the specification. Pure; any process. */
#include <stdlib.h>
#include <string.h>

#include "common/strv.h"
#include "security/sec_int.h"

void ctr_sec_spec_init(struct ctr_sec_spec *spec)
{
	*spec = (struct ctr_sec_spec){ .profile = CTR_SEC_APP,
				       .userns = true,
				       .no_new_privs = true };
}

void ctr_sec_spec_done(struct ctr_sec_spec *spec)
{
	free(spec->user);
	ctr_strv_free(spec->cap_add);
	ctr_strv_free(spec->cap_drop);
	free(spec->seccomp);
	free(spec->rlimits);
	ctr_strv_free(spec->sysctls);
	memset(spec, 0, sizeof(*spec));
}
