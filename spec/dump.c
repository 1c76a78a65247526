/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The canonical text of a specification: every key with its effective value, in the order of the
 * tables, so that a later change of a default does not change containers that exist. Any process,
 * no privilege.
 */
#include "spec/spec.h"
#include "spec/tables.h"

void ctr_spec_quote(const char *text, struct ctr_buf *ret_text)
{
	ctr_dump_text(text, ret_text);
}

int ctr_spec_dump(const struct ctr_spec *spec, struct ctr_buf *ret_text, struct ctr_error *err)
{
	ctr_schema_dump(ctr_spec_tables, spec, ret_text);
	return ctr_buf_check(ret_text, err);
}
