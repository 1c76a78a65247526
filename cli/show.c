/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One container for people and for programs. What runs is shown as the kernel has it; what is
 * stopped as its specification says, with the figures of its last run. CLI process.
 */
#include "cli/show.h"

#include <stdarg.h>

#include <json-c/json.h>
#include <string.h>

#include "cli/words.h"
#include "common/parse.h"
#include "common/strv.h"

static void put(struct json_object *object, const char *key, struct json_object *value)
{
	(void)json_object_object_add(object, key, value);
}

static struct json_object *number(uint64_t value)
{
	return json_object_new_uint64(value);
}

/* "max" is null: a program asks for a number. */
static struct json_object *limit(uint64_t value)
{
	return value == CTR_CG_MAX ? NULL : json_object_new_uint64(value);
}

static struct json_object *cpus(uint64_t milli)
{
	char text[32];

	return milli ? json_object_new_double_s((double)milli / 1000, ctr_words_milli(milli, text))
		     : NULL;
}

static struct json_object *moment(const struct timespec *at)
{
	char text[40];

	return at->tv_sec ? json_object_new_string(ctr_words_time(at, text)) : NULL;
}

static struct json_object *texts(char *const *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; list && list[i]; i++)
		(void)json_object_array_add(array, ctr_json_text(list[i]));
	return array;
}

/* "key=value" texts as a map. */
static struct json_object *pairs(char *const *list)
{
	struct json_object *map = json_object_new_object();

	for (size_t i = 0; list && list[i]; i++) {
		size_t len = strcspn(list[i], "=");
		_cleanup_free_ char *key = strndup(list[i], len);

		if (key)
			put(map, key, ctr_json_text(list[i] + len + (list[i][len] == '=')));
	}
	return map;
}

static struct json_object *exit_json(const struct ctr_exit *end)
{
	struct json_object *object;
	char text[64], name[16];

	if (!end->known)
		return NULL;
	object = json_object_new_object();
	put(object, "code", end->signal ? NULL : json_object_new_int(end->code));
	put(object, "signal",
	    end->signal ? json_object_new_string(ctr_format_signal(end->signal, name)) : NULL);
	put(object, "oom", json_object_new_boolean(end->oom));
	put(object, "oom_limit", end->oom ? limit(end->oom_limit) : NULL);
	put(object, "at", moment(&end->at));
	put(object, "reason", json_object_new_string(ctr_words_exit(end, text)));
	return object;
}

static struct json_object *addresses_json(const struct ctr_net_addr *addresses, size_t n)
{
	struct json_object *array = json_object_new_array();
	char text[64];

	for (size_t i = 0; i < n; i++)
		(void)json_object_array_add(array, json_object_new_string(ctr_net_addr_format(
							   &addresses[i], true, text)));
	return array;
}

static struct json_object *ports_json(const struct ctr_net_port *ports, size_t n)
{
	struct json_object *array = json_object_new_array();
	char text[96];

	for (size_t i = 0; i < n; i++)
		(void)json_object_array_add(
			array, json_object_new_string(ctr_words_port(&ports[i], text)));
	return array;
}

/* Counters and limits: of the kernel while it lives, else of the last run and the specification. */
struct figures {
	uint64_t cpu_usage, cpu_throttled, cpu_weight, cpu_max;
	uint64_t memory, memory_peak, memory_max;
	uint64_t pids, pids_max;
};

static struct figures figures_of(const struct ctr_info *info)
{
	const struct ctr_cg_stat *stat = &info->stat;

	if (info->status == CTR_STOPPED)
		return (struct figures){
			.cpu_usage = info->exit.cpu_usage_usec,
			.cpu_weight = info->spec.cgroup.cpu_weight,
			.cpu_max = info->spec.cgroup.cpu_max_milli,
			.memory_peak = info->exit.memory_peak,
			.memory_max = info->spec.cgroup.memory_max,
			.pids_max = info->spec.cgroup.pids_max,
		};
	return (struct figures){
		.cpu_usage = stat->cpu_usage_usec,
		.cpu_throttled = stat->cpu_throttled_usec,
		.cpu_weight = stat->cpu_weight,
		.cpu_max = stat->cpu_max_milli,
		.memory = stat->memory_current,
		.memory_peak = stat->memory_peak,
		.memory_max = stat->memory_max,
		.pids = stat->pids_current,
		.pids_max = stat->pids_max,
	};
}

static void put_resources(struct json_object *object, const struct ctr_info *info, bool with_limits)
{
	struct json_object *cpu = json_object_new_object(), *memory = json_object_new_object();
	struct json_object *pids = json_object_new_object();
	struct figures f = figures_of(info);

	put(cpu, "usage_usec", number(f.cpu_usage));
	put(cpu, "throttled_usec", number(f.cpu_throttled));
	put(cpu, "weight", with_limits ? number(f.cpu_weight) : NULL);
	put(cpu, "max", with_limits ? cpus(f.cpu_max) : NULL);
	put(memory, "current", number(f.memory));
	put(memory, "peak", number(f.memory_peak));
	put(memory, "max", with_limits ? limit(f.memory_max) : NULL);
	put(memory, "weight", NULL);
	put(pids, "current", number(f.pids));
	put(pids, "max", with_limits ? limit(f.pids_max) : NULL);
	put(object, "cpu", cpu);
	put(object, "memory", memory);
	put(object, "pids", pids);
}

static const char *profile_name(const struct ctr_spec *spec)
{
	static const char *const names[] = { "app", "service", "vps" };

	return names[spec->sec.profile];
}

static void put_spec(struct json_object *object, const struct ctr_info *info)
{
	const struct ctr_spec *spec = &info->spec;
	struct json_object *ids = json_object_new_object();

	put(object, "hostname", ctr_json_text(spec->hostname));
	put(object, "profile", json_object_new_string(profile_name(spec)));
	put(object, "labels", pairs(spec->labels));
	put(object, "command", texts(spec->command));
	if (spec->sec.userns && info->ids.count) {
		put(ids, "first", number(info->ids.first));
		put(ids, "count", number(info->ids.count));
		put(object, "ids", ids);
	} else {
		json_object_put(ids);
		put(object, "ids", NULL);
	}
}

struct json_object *ctr_show_json(const struct ctr_info *info, bool with_spec)
{
	struct json_object *object = json_object_new_object();
	bool lives = info->status != CTR_STOPPED;

	put(object, "name", ctr_json_text(info->name));
	put(object, "status", json_object_new_string(ctr_status_name(info->status)));
	put(object, "pid", info->pid ? json_object_new_int(info->pid) : NULL);
	put(object, "monitor_pid",
	    info->monitor_pid ? json_object_new_int(info->monitor_pid) : NULL);
	put(object, "created_at", moment(&info->created_at));
	put(object, "started_at", moment(&info->started_at));
	put(object, "exit", exit_json(&info->exit));
	put(object, "cgroup", ctr_json_text(info->cgroup));
	put(object, "address", addresses_json(info->lease.addresses, info->lease.n_addresses));
	put(object, "ports",
	    lives ? ports_json(info->lease.ports, info->lease.n_ports)
		  : ports_json(info->spec.net.ports, info->spec.net.n_ports));
	put_resources(object, info, lives || with_spec);
	if (with_spec)
		put_spec(object, info);
	return object;
}

/* "key:   value" */
static void CTR_PRINTF(3, 4) field(struct ctr_buf *out, const char *key, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		out->failed = true;
		return;
	}
	ctr_buf_printf(out, "%s:%*s", key, (int)(11 - strlen(key)), "");
	ctr_out_clean(text, (size_t)n, "", out);
	ctr_buf_puts(out, "\n");
}

static void field_texts(struct ctr_buf *out, const char *key, char *const *list)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	for (size_t i = 0; list && list[i]; i++)
		ctr_buf_printf(&text, "%s%s", i ? " " : "", list[i]);
	if (text.len)
		field(out, key, "%s", ctr_buf_str(&text));
}

static void field_time(struct ctr_buf *out, const char *key, const struct timespec *at)
{
	char span[32], text[40];

	if (at->tv_sec)
		field(out, key, "%.19sZ (%s ago)", ctr_words_time(at, text),
		      ctr_words_span(time(NULL) - at->tv_sec, span));
}

static void show_network(const struct ctr_info *info, struct ctr_buf *out)
{
	bool lives = info->status != CTR_STOPPED;
	const struct ctr_net_port *ports = lives ? info->lease.ports : info->spec.net.ports;
	size_t n_ports = lives ? info->lease.n_ports : info->spec.net.n_ports;
	_cleanup_buf_ struct ctr_buf text = { 0 };
	char one[96];

	if (info->spec.net.mode == CTR_NET_BRIDGE)
		field(out, "network", "bridge %s", info->spec.net.bridge);
	else
		field(out, "network", "%s",
		      info->spec.net.mode == CTR_NET_HOST ? "the host's" : "none");
	for (size_t i = 0; i < info->lease.n_addresses; i++)
		field(out, "address", "%s",
		      ctr_net_addr_format(&info->lease.addresses[i], true, one));
	for (size_t i = 0; i < n_ports; i++)
		ctr_buf_printf(&text, "%s%s", i ? " " : "", ctr_words_port(&ports[i], one));
	if (text.len)
		field(out, "ports", "%s", ctr_buf_str(&text));
}

static void show_resources(const struct ctr_info *info, struct ctr_buf *out)
{
	bool lives = info->status != CTR_STOPPED;
	struct figures f = figures_of(info);
	char max[32], peak[32], now[32];

	field(out, "cpu", "%llu.%03llus used%s, weight %llu, max %s",
	      (unsigned long long)(f.cpu_usage / 1000000),
	      (unsigned long long)(f.cpu_usage / 1000 % 1000), lives ? "" : " in its last run",
	      (unsigned long long)f.cpu_weight,
	      f.cpu_max ? ctr_words_milli(f.cpu_max, max) : "none");
	if (f.cpu_throttled)
		field(out, "throttled", "%llu.%03llus",
		      (unsigned long long)(f.cpu_throttled / 1000000),
		      (unsigned long long)(f.cpu_throttled / 1000 % 1000));
	field(out, "memory", "%s%s%s peak, max %s", lives ? ctr_format_size(f.memory, now) : "",
	      lives ? ", " : "", ctr_format_size(f.memory_peak, peak),
	      f.memory_max == CTR_CG_MAX ? "none" : ctr_format_size(f.memory_max, max));
	if (lives)
		(void)snprintf(now, sizeof(now), "%llu, ", (unsigned long long)f.pids);
	(void)snprintf(max, sizeof(max), "%llu", (unsigned long long)f.pids_max);
	field(out, "pids", "%smax %s", lives ? now : "", f.pids_max == CTR_CG_MAX ? "none" : max);
}

void ctr_show_text(const struct ctr_info *info, struct ctr_buf *out)
{
	const struct ctr_spec *spec = &info->spec;
	char text[64];

	field(out, "name", "%s", info->name);
	field(out, "status", "%s", ctr_status_name(info->status));
	if (info->pid)
		field(out, "pid", "%d", (int)info->pid);
	if (info->monitor_pid)
		field(out, "monitor", "%d", (int)info->monitor_pid);
	else if (info->status == CTR_RUNNING || info->status == CTR_PAUSED)
		field(out, "monitor", "none; it was killed, the container goes on");
	field_time(out, "created", &info->created_at);
	field_time(out, "started", &info->started_at);
	if (info->exit.known) {
		field(out, "exit", "%s", ctr_words_exit(&info->exit, text));
		field_time(out, "ended", &info->exit.at);
	}
	field_texts(out, "command", spec->command);
	if (spec->hostname && strcmp(spec->hostname, info->name) != 0)
		field(out, "hostname", "%s", spec->hostname);
	field_texts(out, "labels", spec->labels);
	field(out, "profile", "%s", profile_name(spec));
	if (info->ids.count)
		field(out, "ids", "%u to %u of the host", info->ids.first,
		      info->ids.first + (info->ids.count - 1));
	show_network(info, out);
	show_resources(info, out);
	if (info->cgroup)
		field(out, "cgroup", "%s", info->cgroup);
}
