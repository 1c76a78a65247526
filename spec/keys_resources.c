/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the resources, in the words of cgroup v2. Pure; any process. */
#include <stddef.h>
#include <string.h>

#include "common/parse.h"
#include "spec/tables.h"

#define AT(field) offsetof(struct ctr_spec, cgroup.field)
#define MIB (UINT64_C(1024) * 1024)

/* 1 ms in a period of 100 ms is the least the kernel takes. */
#define CPU_MAX_LEAST_MILLI 10
#define CPU_MAX_MOST_MILLI (UINT64_C(8192) * 1000)

static void cpu_max_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	static const char wanted[] = "CPUs from 0.01, with at most 3 decimals, such as 1.5, or max";
	uint64_t *field = CTR_FIELD(base, key, uint64_t);
	const char *text = ctr_schema_text(node, problems);
	uint64_t milli;

	if (!text)
		return;
	if (!strcmp(text, "max"))
		*field = 0;
	else if (!ctr_parse_millicpus(text, &milli) || milli < CPU_MAX_LEAST_MILLI ||
		 milli > CPU_MAX_MOST_MILLI)
		ctr_schema_wanted(problems, node, wanted);
	else
		*field = milli;
}

static void cpu_max_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	uint64_t milli = *CTR_CONST_FIELD(base, key, uint64_t);
	unsigned int rest = (unsigned int)(milli % 1000), digits = 3;

	if (!milli) {
		ctr_buf_puts(out, "max");
		return;
	}
	ctr_buf_printf(out, "%llu", (unsigned long long)(milli / 1000));
	if (!rest)
		return;
	for (; rest % 10 == 0; digits--)
		rest /= 10;
	ctr_buf_printf(out, ".%0*u", (int)digits, rest);
}

static const struct ctr_schema_type type_cpu_max = {
	"cpus|max",
	"{\"type\":[\"number\",\"string\"],\"minimum\":0.01,\"pattern\":\"^[0-9]+(\\\\.[0-9]{1,3})?"
	"$|^max$\"}",
	cpu_max_read, cpu_max_dump
};

static bool check_cpus(const char *text, const char **ret_why)
{
	uint64_t mask[64];

	*ret_why = "is not a list of CPUs; use numbers and ranges, such as \"0-3,8\"";
	return ctr_parse_cpulist(text, mask, 4096);
}

static const char *const oom_words[] = { "container", "process", NULL };

static const struct ctr_schema_key cpu_keys[] = {
	{ "weight", &ctr_type_number, AT(cpu_weight), .min = 0, .max = 10000, .fallback = "100",
	  .help = "share of the CPU against the others; 0: only when nobody else wants it" },
	{ "max", &type_cpu_max, AT(cpu_max_milli), .fallback = "max",
	  .help = "hard cap in CPUs, independent of the weight" },
	{ "burst", &ctr_type_duration, AT(cpu_burst_usec), .max = UINT64_C(1000000) * 3600,
	  .fallback = "0s", .help = "time saved up below cpu.max that may be spent at once" },
	{ "cpus", &ctr_type_text, AT(cpus), .check = check_cpus, .fallback = "all",
	  .help = "the CPUs it may run on, such as \"0-3,8\"" },
	{ 0 },
};

static const struct ctr_schema_key memory_keys[] = {
	{ "weight", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "share of memory protected under pressure" },
	{ "min", &ctr_type_size, AT(memory_min), .fallback = "0",
	  .help = "memory that is never taken away" },
	{ "high", &ctr_type_size_limit, AT(memory_high), .min = MIB, .fallback = "max",
	  .help = "above this it is slowed down" },
	{ "max", &ctr_type_size_limit, AT(memory_max), .min = MIB, .fallback = "max",
	  .help = "above this it is killed" },
	{ "swap_max", &ctr_type_size_limit, AT(memory_swap_max), .fallback = "max",
	  .help = "swap it may use" },
	{ "oom", &ctr_type_either, AT(oom_process), .words = oom_words, .fallback = "container",
	  .help = "what dies when memory is used up: container (all of it), process (one)" },
	{ 0 },
};

static const struct ctr_schema_key io_keys[] = {
	{ "weight", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "share of disk time against the others" },
	{ "max", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "hard caps by device" },
	{ 0 },
};

static const struct ctr_schema_key pids_keys[] = {
	{ "max", &ctr_type_limit, AT(pids_max), .min = 1, .max = 4194304, .fallback = "max",
	  .help = "processes and threads it may have" },
	{ 0 },
};

const struct ctr_schema_key ctr_keys_resources[] = {
	{ "cpu", &ctr_type_section, .section = cpu_keys, .help = "share and cap of the CPUs" },
	{ "memory", &ctr_type_section, .section = memory_keys,
	  .help = "guarantee and limits of memory" },
	{ "io", &ctr_type_section, .flags = CTR_KEY_LATER, .section = io_keys,
	  .help = "share and caps of the disks" },
	{ "pids", &ctr_type_section, .section = pids_keys, .help = "limit of processes" },
	{ "pool", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "fair-share group it competes in" },
	{ 0 },
};
