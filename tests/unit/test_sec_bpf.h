/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a seccomp program as the kernel would (Documentation/userspace-api/seccomp_filter), for the tests of filters. */
#ifndef CTR_TESTS_TEST_SEC_BPF_H
#define CTR_TESTS_TEST_SEC_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BPF_RUN_BROKEN 0xdeadbeefu

/* The action for one call, or BPF_RUN_BROKEN for what the kernel would not have loaded. */
static inline uint32_t bpf_run(const struct sock_filter *f, size_t len,
			       const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS] = { 0 };

	for (size_t pc = 0; pc < len; pc++) {
		uint32_t k = f[pc].k;
		bool taken;

		switch (f[pc].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (k % 4 || k + 4 > sizeof(*data))
				return BPF_RUN_BROKEN;
			memcpy(&a, (const char *)data + k, 4);
			continue;
		case BPF_LD | BPF_IMM:
			a = k;
			continue;
		case BPF_LD | BPF_MEM:
			a = mem[k % BPF_MEMWORDS];
			continue;
		case BPF_ST:
			mem[k % BPF_MEMWORDS] = a;
			continue;
		case BPF_MISC | BPF_TAX:
			x = a;
			continue;
		case BPF_MISC | BPF_TXA:
			a = x;
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= k;
			continue;
		case BPF_RET | BPF_K:
			return k;
		case BPF_JMP | BPF_JA:
			pc += k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			taken = a == k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			taken = a > k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			taken = a >= k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			taken = a & k;
			break;
		default:
			return BPF_RUN_BROKEN;
		}
		pc += taken ? f[pc].jt : f[pc].jf;
	}
	return BPF_RUN_BROKEN;
}

#endif
