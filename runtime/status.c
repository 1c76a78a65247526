/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb x status table: the code, the manual (ctr(8), STATUS) and the test. Pure. */
#include "runtime/state.h"

static const char *const status_names[CTR_STATUS_MAX_] = {
	[CTR_STOPPED] = "stopped", [CTR_STARTING] = "starting", [CTR_RUNNING] = "running",
	[CTR_PAUSED] = "paused",   [CTR_STOPPING] = "stopping",
};

static const char *const verb_names[CTR_VERB_MAX_] = {
	[CTR_V_START] = "start",   [CTR_V_EXEC] = "exec",   [CTR_V_STOP] = "stop",
	[CTR_V_KILL] = "kill",     [CTR_V_PAUSE] = "pause", [CTR_V_RESUME] = "resume",
	[CTR_V_DELETE] = "delete", [CTR_V_PS] = "ps",
};

static const bool allowed[CTR_VERB_MAX_][CTR_STATUS_MAX_] = {
	/*                  stopped starting running paused stopping */
	[CTR_V_START] = { true, false, false, false, false },
	[CTR_V_EXEC] = { false, false, true, false, false },
	[CTR_V_STOP] = { true, true, true, true, true },
	[CTR_V_KILL] = { false, true, true, true, true },
	[CTR_V_PAUSE] = { false, false, true, false, false },
	[CTR_V_RESUME] = { false, false, false, true, false },
	[CTR_V_DELETE] = { true, false, false, false, false },
	[CTR_V_PS] = { false, false, true, true, true },
};

static const char *const remedies[CTR_VERB_MAX_][CTR_STATUS_MAX_] = {
	[CTR_V_EXEC] = { [CTR_STOPPED] = "start it first", [CTR_PAUSED] = "resume it first" },
	[CTR_V_KILL] = { [CTR_STOPPED] = "nothing of it runs" },
	[CTR_V_PAUSE] = { [CTR_STOPPED] = "start it first" },
	[CTR_V_DELETE] = { [CTR_RUNNING] = "stop it first, or use --force",
			   [CTR_PAUSED] = "stop it first, or use --force" },
};

const char *ctr_status_name(enum ctr_status status)
{
	return status_names[status];
}

const char *ctr_verb_name(enum ctr_verb verb)
{
	return verb_names[verb];
}

bool ctr_verb_allowed(enum ctr_verb verb, enum ctr_status status)
{
	return allowed[verb][status];
}

int ctr_verb_check(enum ctr_verb verb, enum ctr_status status, struct ctr_error *err)
{
	if (ctr_verb_allowed(verb, status))
		return 0;
	ctr_err_set(err, CTR_E_STATE, "cannot %s: it is %s", verb_names[verb],
		    status_names[status]);
	return remedies[verb][status] ? ctr_err_hint(err, "%s", remedies[verb][status]) : -1;
}
