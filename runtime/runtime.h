/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a container: the façade, one function per verb. cli/ calls nothing else of this folder.
 *
 * Every function runs in the CLI process as root of the host. Those that change a container take its lock without
 * waiting (CTR_E_STATE: another command is working on it); status is observed, never stored. A container that does
 * not exist is CTR_E_NOTFOUND, a verb in the wrong status CTR_E_STATE with the status in the text.
 */
#ifndef CTR_RUNTIME_RUNTIME_H
#define CTR_RUNTIME_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "spec/spec.h"

/* Where things are; all directories are root's, 0700 but for the readable parents. */
#define CTR_CONF_FILE "/etc/ctr/ctr.yaml"
#define CTR_LIB_DIR "/var/lib/ctr"
#define CTR_RUN_DIR "/run/ctr"
#define CTR_CACHE_DIR "/var/cache/ctr"

enum ctr_status {
	CTR_STOPPED,
	CTR_STARTING,
	CTR_RUNNING,
	CTR_PAUSED,
	CTR_STOPPING,
	CTR_STATUS_MAX_
};
const char *ctr_status_name(enum ctr_status status);

enum ctr_verb {
	CTR_V_START,
	CTR_V_EXEC,
	CTR_V_STOP,
	CTR_V_KILL,
	CTR_V_PAUSE,
	CTR_V_RESUME,
	CTR_V_DELETE,
	CTR_V_PS,
	CTR_VERB_MAX_
};
/* The one verb x status table: the code, the manual and the test. */
bool ctr_verb_allowed(enum ctr_verb verb, enum ctr_status status);
const char *ctr_verb_name(enum ctr_verb verb);

/* The open directories and the host's configuration: opened once per command. */
struct ctr_host {
	int run_dirfd;        /* /run/ctr */
	int containers_dirfd; /* /var/lib/ctr/containers */
	int ids_dirfd;        /* /var/lib/ctr/ids */
	int net_dirfd;        /* /run/ctr/.net */
	int cache_dirfd;      /* /var/cache/ctr */
	struct ctr_hostconf conf;
	struct ctr_cg_host cg;
	bool cg_loaded;
};
#define CTR_HOST_NULL                               \
	((struct ctr_host){ .run_dirfd = -1,        \
			    .containers_dirfd = -1, \
			    .ids_dirfd = -1,        \
			    .net_dirfd = -1,        \
			    .cache_dirfd = -1 })

/* Makes the directories when they are missing and reads CTR_CONF_FILE (problems as text, as in ctr_spec_read_file). */
int ctr_host_open(struct ctr_host *ret_host, struct ctr_buf *ret_problems, struct ctr_error *err);
void ctr_host_close(struct ctr_host *host);

/* How the last run ended. */
struct ctr_exit {
	bool known;              /* false: never ran in this boot, or it runs */
	int code;                /* exit code, or -1 when a signal ended it */
	int signal;              /* 0 when it exited by itself */
	bool oom;                /* the kernel killed for memory */
	uint64_t oom_limit;      /* memory.max then, bytes */
	struct timespec at;      /* CLOCK_REALTIME */
	uint64_t cpu_usage_usec; /* final counters */
	uint64_t memory_peak;
};

/* What `ctr state` shows of one container. ctr_info_done() frees. */
struct ctr_info {
	char *name;
	enum ctr_status status;
	pid_t pid; /* of init, on the host; 0 when it does not run */
	pid_t monitor_pid;
	struct timespec created_at, started_at; /* CLOCK_REALTIME; 0 when unknown */
	struct ctr_exit exit;
	char *cgroup; /* path of <cgroup2>/ctr/NAME/payload while it runs, or NULL */
	struct ctr_net_lease lease;
	struct ctr_cg_stat stat; /* zero when it does not run */
	struct ctr_spec spec;    /* as stored */
	struct ctr_sec_idrange ids;
};
void ctr_info_done(struct ctr_info *info);

/* Defines a container: stores the spec. CTR_E_EXISTS when the name is taken. Nothing half-made remains. */
int ctr_create(struct ctr_host *host, const struct ctr_spec *spec, struct ctr_error *err);
/* Builds the namespaces and runs it under a detached monitor; returns when its program was executed. */
int ctr_start(struct ctr_host *host, const char *name, struct ctr_error *err);

struct ctr_run_options {
	bool detach;
	bool remove;      /* --rm: delete when it has ended */
	bool interactive; /* -i: pass stdin */
	bool terminal;    /* -t: a terminal of its own; stdin must be one */
};
/*
 * create + start (+ delete). Without detach the calling process becomes the monitor and ret_status is the payload's
 * exit status (128 + n after signal n); it takes over signals and, with terminal, the terminal, and restores both.
 */
int ctr_run(struct ctr_host *host, struct ctr_spec *spec, const struct ctr_run_options *options,
	    int *ret_status, struct ctr_error *err);

struct ctr_exec_options {
	bool interactive, terminal;
	const char *user;         /* NULL: as the spec says */
	char *const *environment; /* KEY=VALUE, added to the container's */
	const char *working_dir;  /* NULL: as the spec says */
	char *const *command;
};
int ctr_exec(struct ctr_host *host, const char *name, const struct ctr_exec_options *options,
	     int *ret_status, struct ctr_error *err);

struct ctr_stop_options {
	int signal;           /* 0: as the spec says */
	int64_t timeout_usec; /* -1: as the spec says */
};
/* Signal, wait, then cgroup.kill. A container that is stopped already is no error. */
int ctr_stop(struct ctr_host *host, const char *name, const struct ctr_stop_options *options,
	     struct ctr_error *err);
/* To its first process, or with all to every process of it. */
int ctr_kill(struct ctr_host *host, const char *name, int signo, bool all, struct ctr_error *err);
int ctr_pause(struct ctr_host *host, const char *name, struct ctr_error *err);
int ctr_resume(struct ctr_host *host, const char *name, struct ctr_error *err);
/* Removes what create made; force kills it first and takes away whatever a crash left. */
int ctr_delete(struct ctr_host *host, const char *name, bool force, struct ctr_error *err);

/* Names of all containers, sorted; the caller's (ctr_strv_free). */
int ctr_names(struct ctr_host *host, char ***ret_names, struct ctr_error *err);
/* Observes one; with_spec false leaves spec empty and is faster (for list). */
int ctr_inspect(struct ctr_host *host, const char *name, bool with_spec, struct ctr_info *ret_info,
		struct ctr_error *err);

struct ctr_process {
	pid_t pid;       /* on the host */
	pid_t inner_pid; /* in the container */
	uid_t uid;       /* in the container; 65534 when it is not mapped */
	uint64_t cpu_usec;
	uint64_t rss;  /* bytes */
	char *command; /* arguments joined by blanks, control characters replaced; owned */
};
int ctr_ps(struct ctr_host *host, const char *name, struct ctr_process **ret_processes,
	   size_t *ret_n, struct ctr_error *err);
void ctr_ps_free(struct ctr_process *processes, size_t n);

/* Waits until it has stopped; ret_status as of ctr_run. timeout_usec -1: for ever; CTR_E_STATE when time is up. */
int ctr_wait(struct ctr_host *host, const char *name, int64_t timeout_usec, int *ret_status,
	     struct ctr_error *err);

/*
 * The log, one line each: "2026-11-21T10:00:00.123456789Z stdout F text" (F: full line, P: partial; the format of
 * Kubernetes' CRI). Opens it for reading (and, when there is one, the rotated older part as ret_older_fd, else -1).
 */
int ctr_logs_open(struct ctr_host *host, const char *name, int *ret_fd, int *ret_older_fd,
		  struct ctr_error *err);

/* Findings of all folders, one line "area: name: finding; remedy" each; empty when all is well. */
int ctr_doctor(struct ctr_host *host, struct ctr_buf *ret_lines, struct ctr_error *err);
/* Removes what ctr left on a host without containers: cgroup roots, bridges, nftables table, caches, /run/ctr. */
int ctr_uninstall_host(struct ctr_host *host, struct ctr_error *err);

#endif
