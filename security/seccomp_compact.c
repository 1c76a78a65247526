/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The built-in filter in the form that loads fastest. Loading is on the way of every start: the kernel compiles each
 * instruction (0.13 us) and runs the program once for each system call to find those that are always allowed (4 ns for each
 * step of each of 900 calls). For a profile with 32-bit x86 libseccomp's own program has 1000 instructions and costs 270 us;
 * in this form it has 340 and costs 140 us.
 *
 * The decision for each number is read off libseccomp's program, by running it as the kernel does. Numbers with the same
 * decision form ranges, ranges a binary tree. Only calls whose arguments decide go on to a program of libseccomp's that
 * knows nothing else. On the way some decisions are replaced by what libseccomp cannot say:
 *
 *  - A number above the newest that the tables know is ENOSYS, not EPERM: a libc tries new calls first and falls back on
 *    ENOSYS only. That refuses the x32 numbers as well, which have bit 30 set.
 *  - An ioctl is denied by the low 32 bits of its request, which is all that the kernel looks at; libseccomp can compare
 *    masked bits for equality but not for inequality, and 64 bits let 1 << 32 | TIOCSTI pass.
 *  - socketcall(2) of 32-bit x86 keeps the address family behind a pointer, which would open AF_ALG; and libseccomp adds an
 *    allow rule for it of its own accord when socket(2) is allowed.
 *
 * Pure; host side, only when the cache has no filter. The result is run against libseccomp's before it is given out.
 */
#include <endian.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "security/sec_int.h"

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define LOW 0
#else
#define LOW 4
#endif
#define ARG_LOW(n) (uint32_t)(offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t) + LOW)

#define NUMBERS 512
#define INVALID UINT32_MAX

/* line disciplines (TIOCSETD) are drivers, loaded on demand. */
static const uint32_t denied_ioctls[] = { TIOCSTI, TIOCLINUX, TIOCSETD };

enum target { ALLOW, DENY, UNKNOWN, IOCTL, ARGUMENTS, N_TARGETS };

struct range {
	uint32_t from;
	enum target target;
};

struct assembler {
	struct sock_filter code[SEC_FILTER_MAX];
	size_t n;
	bool failed;
};

/* Runs a program on one call; *ret_reads is whether it looked at an argument. INVALID: it is none that we know. */
static uint32_t evaluate(const struct sock_filter *f, size_t n, const struct seccomp_data *data,
			 bool *ret_reads)
{
	uint32_t a = 0;

	*ret_reads = false;
	for (size_t pc = 0; pc < n; pc++) {
		bool taken;

		switch (f[pc].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f[pc].k > sizeof(*data) - sizeof(a))
				return INVALID;
			memcpy(&a, (const char *)data + f[pc].k, sizeof(a));
			*ret_reads |= f[pc].k >= offsetof(struct seccomp_data, instruction_pointer);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f[pc].k;
			continue;
		case BPF_RET | BPF_K:
			return f[pc].k;
		case BPF_JMP | BPF_JA:
			pc += f[pc].k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			taken = a == f[pc].k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			taken = a > f[pc].k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			taken = a >= f[pc].k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			taken = a & f[pc].k;
			break;
		default:
			return INVALID;
		}
		pc += taken ? f[pc].jt : f[pc].jf;
	}
	return INVALID;
}

static bool is_denied_ioctl(uint64_t request)
{
	for (size_t i = 0; i < CTR_ARRAY_LEN(denied_ioctls); i++)
		if ((uint32_t)request == denied_ioctls[i])
			return true;
	return false;
}

/* What the finished filter shall answer. */
static uint32_t wanted(const struct sec_program *full, const struct sec_abi *abi,
		       const struct seccomp_data *data)
{
	bool reads;

	if ((uint32_t)data->nr > abi->newest)
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (data->nr == abi->socketcall ||
	    (data->nr == abi->ioctl && is_denied_ioctl(data->args[1])))
		return SECCOMP_RET_ERRNO | EPERM;
	return evaluate(full->code, full->len, data, &reads);
}

static enum target classify(const struct sec_program *full, const struct sec_abi *abi, uint32_t nr,
			    bool *ret_known)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = abi->arch };
	bool reads;
	uint32_t action = evaluate(full->code, full->len, &data, &reads);

	*ret_known = true;
	if (data.nr == abi->socketcall)
		return DENY;
	if (reads)
		return ARGUMENTS;
	switch (action) {
	case SECCOMP_RET_ALLOW:
		return data.nr == abi->ioctl ? IOCTL : ALLOW;
	case SECCOMP_RET_ERRNO | EPERM:
		return DENY;
	case SECCOMP_RET_ERRNO | ENOSYS:
		return UNKNOWN;
	default:
		*ret_known = false;
		return DENY;
	}
}

/* Neighbours with the same decision are one range. 0: a decision that has no target. */
static size_t find_ranges(const struct sec_program *full, const struct sec_abi *abi,
			  struct range ranges[static NUMBERS])
{
	size_t n = 0;

	for (uint32_t nr = 0; nr <= abi->newest; nr++) {
		bool known;
		enum target target = classify(full, abi, nr, &known);

		if (!known)
			return 0;
		if (!n || ranges[n - 1].target != target)
			ranges[n++] = (struct range){ nr, target };
	}
	ranges[n++] = (struct range){ abi->newest + 1, UNKNOWN };
	return n;
}

static size_t emit(struct assembler *a, uint16_t code, uint32_t k)
{
	if (a->n == CTR_ARRAY_LEN(a->code)) {
		a->failed = true;
		return 0;
	}
	a->code[a->n] = (struct sock_filter){ .code = code, .k = k };
	return a->n++;
}

static uint8_t distance(struct assembler *a, size_t from, size_t to)
{
	if (to - from - 1 > UINT8_MAX)
		a->failed = true;
	return (uint8_t)(to - from - 1);
}

struct fixup {
	size_t at;
	bool taken;
	enum target target;
};

struct fixups {
	struct fixup list[2 * NUMBERS];
	size_t n;
};

static void want(struct fixups *fixups, size_t at, bool taken, enum target target)
{
	fixups->list[fixups->n++] = (struct fixup){ at, taken, target };
}

/* ranges[0] holds for what is known to be at or above its start; more than one. */
static void emit_tree(struct assembler *a, const struct range *ranges, size_t n,
		      struct fixups *fixups)
{
	size_t mid = n / 2, test = emit(a, BPF_JMP | BPF_JGE | BPF_K, ranges[mid].from);

	if (mid == 1)
		want(fixups, test, false, ranges[0].target);
	else
		emit_tree(a, ranges, mid, fixups);
	if (n - mid == 1) {
		want(fixups, test, true, ranges[mid].target);
		return;
	}
	a->code[test].jt = distance(a, test, a->n);
	emit_tree(a, ranges + mid, n - mid, fixups);
}

/* Where the tree's leaves jump to. The last is a jump to the program behind, filled in by the caller. */
static size_t emit_targets(struct assembler *a, size_t at[static N_TARGETS])
{
	size_t n = CTR_ARRAY_LEN(denied_ioctls);

	at[IOCTL] = emit(a, BPF_LD | BPF_W | BPF_ABS, ARG_LOW(1));
	for (size_t i = 0; i < n; i++) {
		size_t test = emit(a, BPF_JMP | BPF_JEQ | BPF_K, denied_ioctls[i]);

		a->code[test].jt = (uint8_t)(n - i);
	}
	at[ALLOW] = emit(a, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	at[DENY] = emit(a, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	at[UNKNOWN] = emit(a, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	at[ARGUMENTS] = emit(a, BPF_JMP | BPF_JA, 0);
	return at[ARGUMENTS];
}

/* One architecture: "is it this one?", its tree, its targets. */
static int emit_abi(struct assembler *a, const struct sec_program *full, const struct sec_abi *abi,
		    size_t *ret_jump)
{
	struct range ranges[NUMBERS];
	struct fixups fixups = { .n = 0 };
	size_t n, at[N_TARGETS], over;

	if (abi->newest + 2 > NUMBERS)
		return -1;
	n = find_ranges(full, abi, ranges);
	if (n < 2)
		return -1;
	emit(a, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	/* A tree may be longer than a conditional jump. */
	a->code[emit(a, BPF_JMP | BPF_JEQ | BPF_K, abi->arch)].jt = 1;
	over = emit(a, BPF_JMP | BPF_JA, 0);
	emit(a, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	emit_tree(a, ranges, n, &fixups);
	*ret_jump = emit_targets(a, at);
	a->code[over].k = (uint32_t)(a->n - over - 1);
	for (size_t i = 0; i < fixups.n; i++) {
		struct sock_filter *f = &a->code[fixups.list[i].at];
		uint8_t jump = distance(a, fixups.list[i].at, at[fixups.list[i].target]);

		if (fixups.list[i].taken)
			f->jt = jump;
		else
			f->jf = jump;
	}
	return 0;
}

/* Every number, with arguments that tell rules apart. */
static bool agrees(const struct assembler *a, const struct sec_program *full,
		   const struct sec_abi *abi)
{
	static const uint64_t values[] = { 0,        1,          2,          16,
					   17,       38,         TIOCSTI,    TIOCLINUX,
					   TIOCSETD, 0x10000000, UINT32_MAX, UINT64_MAX };

	for (uint32_t nr = 0; nr <= abi->newest + 8; nr++)
		for (size_t i = 0; i < CTR_ARRAY_LEN(values); i++) {
			uint64_t v = values[i];
			struct seccomp_data data = { .nr = (int)nr,
						     .arch = abi->arch,
						     .args = { v, v, v, v, v, v } };
			uint32_t answer;
			bool reads;

			answer = evaluate(a->code, a->n, &data, &reads);
			if (answer == INVALID || answer != wanted(full, abi, &data))
				return false;
		}
	return true;
}

int ctr_sec_filter_compact(const struct sec_program *full, const struct sec_program *arguments,
			   const struct sec_abi *abis, size_t n_abis, struct ctr_buf *ret_bpf,
			   struct ctr_error *err)
{
	_cleanup_free_ struct assembler *a = calloc(1, sizeof(*a));
	size_t jumps[SEC_ABIS];
	bool right;

	if (!a)
		return ctr_err_nomem(err);
	right = n_abis <= SEC_ABIS && arguments->len < SEC_FILTER_MAX / 2;
	for (size_t i = 0; right && i < n_abis; i++)
		right = emit_abi(a, full, &abis[i], &jumps[i]) == 0;
	if (right) {
		/* Another architecture: as if the kernel could not run it. */
		emit(a, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
		for (size_t i = 0; i < n_abis; i++)
			a->code[jumps[i]].k = (uint32_t)(a->n - jumps[i] - 1);
		for (size_t i = 0; i < arguments->len; i++) {
			size_t at = emit(a, 0, 0);

			a->code[at] = arguments->code[i];
		}
		right = !a->failed;
	}
	for (size_t i = 0; right && i < n_abis; i++)
		right = agrees(a, full, &abis[i]);
	if (!right)
		return ctr_err_set(err, CTR_E_INTERNAL,
				   "the compact seccomp filter is not libseccomp's");
	ctr_buf_add(ret_bpf, a->code, a->n * sizeof(*a->code));
	return ctr_buf_check(ret_bpf, err);
}
