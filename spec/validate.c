/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules across keys that concern neither files nor powers: memory, CPU, network. Each is reported
 * where its key stands. A rule is left out when a part of it was refused already. Pure, but for the
 * number of CPUs of this host; any process.
 */
#include <string.h>
#include <unistd.h>

#include "common/parse.h"
#include "spec/tables.h"

static void check_memory(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			 struct ctr_problems *problems)
{
	const struct ctr_doc_node *memory = ctr_doc_get(root, "memory");
	const struct ctr_doc_node *min = ctr_doc_get(memory, "min"),
				  *high = ctr_doc_get(memory, "high");
	const struct ctr_doc_node *max = ctr_doc_get(memory, "max");
	const struct ctr_cg_spec *cg = &spec->cgroup;

	if (min && high && cg->memory_min > cg->memory_high)
		ctr_schema_problem(problems, min, "%s is above memory.high (%s); lower it",
				   min->text, high->text);
	else if (min && max && cg->memory_min > cg->memory_max)
		ctr_schema_problem(problems, min, "%s is above memory.max (%s); lower it",
				   min->text, max->text);
	if (high && max && cg->memory_high > cg->memory_max && cg->memory_high != CTR_CG_MAX)
		ctr_schema_problem(problems, high, "%s is above memory.max (%s); lower it",
				   high->text, max->text);
}

static void check_cpu(const struct ctr_doc_node *root, const struct ctr_spec *spec,
		      struct ctr_problems *problems)
{
	const struct ctr_doc_node *cpu = ctr_doc_get(root, "cpu");
	const struct ctr_doc_node *burst = ctr_doc_get(cpu, "burst"),
				  *cpus = ctr_doc_get(cpu, "cpus");
	const struct ctr_cg_spec *cg = &spec->cgroup;
	char shown[32];

	if (burst && cg->cpu_burst_usec && !cg->cpu_max_milli && !ctr_doc_get(cpu, "max"))
		ctr_schema_problem(problems, burst,
				   "there is no cap to save up below; add cpu.max");
	/* The quota of one period of 100 ms: the kernel takes no more (cpu.max.burst). */
	if (burst && cg->cpu_max_milli && cg->cpu_burst_usec > cg->cpu_max_milli * 100)
		ctr_schema_problem(
			problems, burst, "%s is above what cpu.max gives in 100ms; use at most %s",
			burst->text, ctr_format_duration(cg->cpu_max_milli * 100, shown));
	if (cpus && cg->cpus) {
		long n = sysconf(_SC_NPROCESSORS_CONF);
		uint64_t mask[64];

		if (n > 0 && n <= 4096 && !ctr_parse_cpulist(cg->cpus, mask, (size_t)n))
			ctr_schema_problem(
				problems, cpus,
				"'%s' names a CPU that this host does not have; use 0 to %ld",
				cpus->text, n - 1);
	}
}

static void check_network(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			  struct ctr_problems *problems)
{
	const struct ctr_doc_node *ports = ctr_doc_get(root, "ports"),
				  *network = ctr_doc_get(root, "network");

	/* With a network that was refused, what it would have been is unknown. */
	if (!spec->net.n_ports || !ports)
		return;
	if (spec->net.mode == CTR_NET_HOST)
		ctr_schema_problem(problems, ports,
				   "with network host every port is the host's already; remove it");
	else if (spec->net.mode == CTR_NET_NONE &&
		 (!network || (network->kind == CTR_DOC_TEXT && !strcmp(network->text, "none"))))
		ctr_schema_problem(
			problems, ports,
			"there is no network that they could lead to; add 'network: ctr0'");
}

static void check_restart(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			  struct ctr_problems *problems)
{
	const struct ctr_doc_node *restart = ctr_doc_get(root, "restart");
	const struct ctr_doc_node *policy = ctr_doc_get(restart, "policy");
	static const char *const keys[] = { "delay", "max" };

	if (spec->restart != CTR_RESTART_NO || (policy && strcmp(policy->text, "no") != 0))
		return;
	/* A dump writes all three; only a file that sets one without a policy is a mistake. */
	for (size_t i = 0; !policy && i < CTR_ARRAY_LEN(keys); i++)
		if (ctr_doc_get(restart, keys[i]))
			ctr_schema_problem(
				problems, ctr_doc_get(restart, keys[i]),
				"it does nothing without a policy; add 'policy: on-failure'");
}

void ctr_spec_validate(const struct ctr_doc_node *root, const struct ctr_spec *spec,
		       struct ctr_problems *problems)
{
	check_memory(root, spec, problems);
	check_cpu(root, spec, problems);
	check_network(root, spec, problems);
	check_restart(root, spec, problems);
	ctr_spec_validate_rootfs(root, spec, problems);
	ctr_spec_validate_powers(root, spec, problems);
}
