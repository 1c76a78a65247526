/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a specification: they are refused, or they are read and their dump is read again and
 *gives itself.
 *
 *	clang -fsanitize=fuzzer,address,undefined ... fuzz_spec.c; ./fuzz_spec -max_len=4096
 *tests/golden/spec/good
 */
#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int round_trip(const char *text, size_t len, struct ctr_buf *ret_dump)
{
	struct ctr_buf problems = { 0 };
	struct ctr_error err = { 0 };
	struct ctr_spec spec;
	int rc;

	ctr_spec_init(&spec);
	rc = ctr_spec_read_text("fuzz", text, len, &spec, &problems, &err);
	if (rc < 0 && err.code == CTR_E_SPEC && !problems.len)
		abort();
	if (rc == 0 && ctr_spec_dump(&spec, ret_dump, &err) < 0)
		abort();
	ctr_spec_done(&spec);
	ctr_buf_done(&problems);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctr_buf dump = { 0 }, again = { 0 };

	if (round_trip((const char *)data, size, &dump) == 0 &&
	    (round_trip(dump.data, dump.len, &again) < 0 || strcmp(dump.data, again.data) != 0))
		abort();
	ctr_buf_done(&dump);
	ctr_buf_done(&again);
	return 0;
}
