/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One container as text and as JSON: what `ctr state` and `ctr list --json` print. CLI process. */
#ifndef CTR_CLI_SHOW_H
#define CTR_CLI_SHOW_H

#include "cli/out.h"
#include "runtime/runtime.h"

/*
 * A stable object: fields are only ever added. Without with_spec those that only the specification
 * knows are left out. The caller's.
 */
struct json_object *ctr_show_json(const struct ctr_info *info, bool with_spec);
/* Aligned "key: value" lines; the specification must be there. */
void ctr_show_text(const struct ctr_info *info, struct ctr_buf *out);

#endif
