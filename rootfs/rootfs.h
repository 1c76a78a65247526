/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which files? The plan is a list of mounts in order, computed without privilege; the monitor opens
 * what comes from the host as detached, id-mapped mount trees (host side, trusted paths); init
 * attaches them inside the container's root, where every path is resolved with
 * openat2(RESOLVE_IN_ROOT), and pivots.
 */
#ifndef CTR_ROOTFS_ROOTFS_H
#define CTR_ROOTFS_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

enum ctr_rootfs_kind { CTR_ROOTFS_NONE, CTR_ROOTFS_PATH, CTR_ROOTFS_HOST };

struct ctr_rootfs_volume {
	char *source; /* absolute path on the host: a directory, file or socket */
	char *target; /* clean absolute path in the container */
	bool readonly;
};

struct ctr_rootfs_tmpfs {
	char *target;
	uint64_t size; /* bytes; 0: the default of 64 MiB */
	uint32_t mode; /* 0: 01777 for /tmp and /var/tmp, else 0755 */
};

/* This folder's part of the specification. */
struct ctr_rootfs_spec {
	enum ctr_rootfs_kind kind;
	char *path;        /* kind PATH: a directory, used as it is */
	char **host_paths; /* kind HOST: read-only views of the host's own files */
	bool readonly;
	struct ctr_rootfs_volume *volumes;
	size_t n_volumes;
	struct ctr_rootfs_tmpfs *tmpfs;
	size_t n_tmpfs;
	char **devices; /* host device nodes shown in /dev */
};

/* What the runtime adds: files it generated and how the other namespaces look. */
struct ctr_rootfs_context {
	bool userns;      /* the container has its own user namespace (id-mapped mounts, mounts made
			     inside it) */
	bool own_network; /* false: the host's; sysfs cannot be mounted in it, the host's is bound
			     read-only */
	bool cgroup_writable; /* profile vps */
	bool may_mount; /* CAP_SYS_ADMIN is in the payload's bounding set: what the host shares gets
			   locked flags */
	bool terminal;  /* /dev/console is the payload's pty */
	const char *hostname;
	const char *resolv_conf; /* host path of the generated file, bound over /etc/resolv.conf;
				    NULL: none */
	const char *hosts;       /* host path of the shared hosts file; NULL: none */
	const char *user;        /* spec's user: for the generated passwd of kind HOST */
};

enum ctr_mount_kind {
	CTR_MOUNT_BIND, /* a detached tree of the host: a volume, a host path, a device node, a
			   generated file */
	CTR_MOUNT_TMPFS,
	CTR_MOUNT_PROC,
	CTR_MOUNT_SYSFS,
	CTR_MOUNT_DEVPTS,
	CTR_MOUNT_MQUEUE,
	CTR_MOUNT_CGROUP2,
	CTR_MOUNT_DIR,      /* a directory is made; data is its mode in octal */
	CTR_MOUNT_SYMLINK,  /* source is the link's text */
	CTR_MOUNT_FILE,     /* source is the content of a generated file; optional: bound over the
			       root's own, if any */
	CTR_MOUNT_MASK,     /* hides a file (host's /dev/null) or directory (one shared read-only
			       tmpfs); absent is fine */
	CTR_MOUNT_READONLY, /* remounts what is there read-only (a bind over itself); absent is fine
			     */
};

struct ctr_mount {
	enum ctr_mount_kind kind;
	char *source;  /* owned; NULL when the kind needs none */
	char *target;  /* clean absolute path in the container; owned */
	char *data;    /* file system options, "size=65536k,mode=755"; owned */
	uint64_t attr; /* MOUNT_ATTR_RDONLY | NOSUID | NODEV | NOEXEC */
	bool idmap;    /* BIND: map ids when the container has a user namespace */
	bool nolink; /* a link on the way to the target is refused (/dev, /proc, /sys and below) */
	bool optional; /* a missing source or target is skipped */
};

struct ctr_mount_plan {
	enum ctr_rootfs_kind kind;
	char *root;    /* kind PATH: the directory; kind HOST: NULL, the root is a new tmpfs */
	bool readonly; /* the root itself, applied last */
	bool userns;
	bool terminal; /* enter opens the container's pty multiplexer */
	bool lock; /* the flags of host trees must withstand CAP_SYS_ADMIN in the container's user
		      namespace */
	struct ctr_mount *mounts;
	size_t n_mounts;
};

/* Detached trees opened by the monitor, in the order the plan needs them; passed to init over the
 * handshake socket. */
#define CTR_ROOTFS_MAX_FDS 200
struct ctr_rootfs_fds {
	int fds[CTR_ROOTFS_MAX_FDS];
	size_t n;
};

void ctr_rootfs_spec_init(struct ctr_rootfs_spec *spec);
void ctr_rootfs_spec_done(struct ctr_rootfs_spec *spec);

/* "/srv/zones:/etc/bind/zones:ro" -> volume; false + reason text. */
bool ctr_rootfs_volume_parse(const char *text, struct ctr_rootfs_volume *ret_volume,
			     const char **ret_why);
/* "/var/cache/bind:size=16M,mode=0750" -> tmpfs; false + reason text. */
bool ctr_rootfs_tmpfs_parse(const char *text, struct ctr_rootfs_tmpfs *ret_tmpfs,
			    const char **ret_why);

/*
 * Decide (kind HOST reads the host's passwd, group, merged-/usr links and which optional files
 * there are; otherwise pure). CTR_E_SPEC names what cannot be: a target over /proc, a device
 * outside /dev, too many volumes.
 */
int ctr_rootfs_plan(const struct ctr_rootfs_spec *spec, const struct ctr_rootfs_context *context,
		    struct ctr_mount_plan *ret_plan, struct ctr_error *err);
void ctr_mount_plan_done(struct ctr_mount_plan *plan);
/* One line per mount: golden tests. */
int ctr_mount_plan_dump(const struct ctr_mount_plan *plan, struct ctr_buf *ret_text,
			struct ctr_error *err);

/*
 * Do, monitor half (host mount namespace, CAP_SYS_ADMIN there): opens each source as a detached,
 * private tree with its attributes and, when userns_fd >= 0, the id mapping of that user namespace.
 * Trees never include the mounts below their source. CTR_E_NOTFOUND names a missing source;
 * CTR_E_HOST a file system that cannot be id-mapped, with the remedy. With plan->lock a short-lived
 * helper process makes the flags permanent (about 0.4 ms). open_tree(2), mount_setattr(2),
 * mount_namespaces(7).
 */
int ctr_rootfs_open(const struct ctr_mount_plan *plan, int userns_fd,
		    struct ctr_rootfs_fds *ret_fds, struct ctr_error *err);
void ctr_rootfs_fds_done(struct ctr_rootfs_fds *fds);

/*
 * Do, init half: inside the new mount namespace, as root of the container's user namespace, with
 * the fds in the same order. Makes everything private, builds the root, pivots into it, drops the
 * old root. Afterwards cwd is "/". ret_ptmx_fd: the container's own devpts multiplexer opened from
 * its fresh mount (O_RDWR), or -1 without terminal.
 */
int ctr_rootfs_enter(const struct ctr_mount_plan *plan, const struct ctr_rootfs_fds *fds,
		     int *ret_ptmx_fd, struct ctr_error *err);
/*
 * After enter, with its ptmx fd: binds the terminal's slave over /dev/console and returns it
 * (O_RDWR, close-on-exec; the caller's). The name is never resolved in the container: TIOCGPTPEER,
 * ioctl_tty(2).
 */
int ctr_rootfs_console(int ptmx_fd, struct ctr_error *err);
/* The last part of it, after sysctls were written: masks, read-only paths and the read-only root.
 */
int ctr_rootfs_seal(const struct ctr_mount_plan *plan, const struct ctr_rootfs_fds *fds,
		    struct ctr_error *err);

/*
 * What doctor prints, one "rootfs: name: finding; remedy" a line: a kernel without the mount API,
 * id-mapped mounts missing on the file system of dir (CAP_SYS_ADMIN; makes a user namespace for the
 * trial).
 */
int ctr_rootfs_host_findings(const char *dir, struct ctr_buf *ret_lines, struct ctr_error *err);

#endif
