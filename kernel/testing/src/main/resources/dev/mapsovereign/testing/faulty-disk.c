/*
 * A folder on a disk that fails when told: FaultyDisk.java compiles and runs this.
 *
 *     faulty-disk BACKING LOST MOUNTPOINT
 *
 * A FUSE file system that passes everything on to BACKING and remembers how to take back what was
 * not synced: of each file the old content of the pages written since its last fsync, of each
 * folder the names made, changed or removed since its own. Files that lost their name are kept as
 * links in LOST, on the same disk, until that is durable. Nothing is synced for real: the machine
 * below goes on, only this disk loses power.
 *
 * Files that somebody writes are opened past the kernel's page cache: of a FUSE file it may show,
 * for a moment, what was there before a write that has been answered, which no other file system
 * does. Files that are only read go through it, since only so can they be mapped into memory.
 *
 * Told on standard input, a line each, answered by a line each on standard output:
 *
 *     fail OP ERRNO SKIP TIMES [PART]   of the calls whose path holds PART, SKIP succeed, TIMES fail
 *     slow OP MILLIS [PART]             such calls take so much longer
 *     space BYTES                       so many bytes are left; -1: as many as BACKING has
 *     heal                              nothing fails any more, nothing is slow, space is there
 *     calls OP                          how many such calls there were
 *     cut SEED                          the power goes; from now on every call fails
 *
 * OP is open, write, short (half is written, the rest fails), sync, rename or truncate. With the
 * end of its input it unmounts and ends, so that no mount outlives the test.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096L

enum op { OPEN, WRITE, SHORT, SYNC, RENAME, TRUNCATE, OPS };
static const char *const op_names[OPS] = {"open", "write", "short", "sync", "rename", "truncate"};

struct fault {
    enum op op;
    int error, skip, times, millis;
    char part[256];
    struct fault *next;
};

/* Of one file since its last sync; found by inode, so that renames do not matter. */
struct written {
    ino_t ino;
    int fd;
    off_t length;        /* at the last sync */
    char **pages;        /* old content of those written, by number */
    long *touched;       /* their numbers */
    long touched_count, touched_max;
    int lost;            /* a sync failed: nothing of it becomes durable ever */
    struct written *next;
};

enum change_kind { MADE, REMOVED, REMOVED_FOLDER, RENAMED };

/* Of a name since its folder's last sync, oldest first. */
struct change {
    enum change_kind kind;
    int durable;
    long kept;           /* number of the link in LOST, 0 if there is none */
    char folder[PATH_MAX], path[PATH_MAX], from[PATH_MAX];
    struct change *before, *next;
};

static const char *backing, *lost, *mountpoint;
static int root;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fault *faults;
static struct written *files;
static struct change *oldest, *newest;
static long long space = -1;
static long calls[OPS], kept_count;
static int dead;

/* ---- faults ---- */

static const char *relative(const char *path) { return path[1] ? path + 1 : "."; }

/* The path behind an open file or folder as it is called now. */
static const char *path_of(int fd, char *into) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, into, PATH_MAX - 1);
    into[length < 0 ? 0 : length] = 0;
    return into;
}

/* What a call comes to: 0, or the error it has to end with. Waits without the lock. */
static int fate(enum op op, const char *path, int fd) {
    char buffer[PATH_MAX];
    int error = 0, millis = 0;
    pthread_mutex_lock(&lock);
    calls[op]++;
    if (path == NULL && faults != NULL) path = path_of(fd, buffer);
    for (struct fault *fault = faults; fault != NULL; fault = fault->next) {
        if (fault->op != op || strstr(path, fault->part) == NULL) continue;
        if (fault->millis > 0) millis = fault->millis;
        else if (fault->skip > 0) fault->skip--;
        else if (fault->times > 0) { fault->times--; error = fault->error; }
    }
    if (dead) error = EIO;
    pthread_mutex_unlock(&lock);
    if (millis > 0) {
        struct timespec time = {millis / 1000, millis % 1000 * 1000000L};
        nanosleep(&time, NULL);
    }
    return error;
}

/* ---- what is not synced ---- */

static struct written *written_of(int fd) {
    struct stat now;
    if (fstat(fd, &now) < 0) return NULL;
    for (struct written *file = files; file != NULL; file = file->next)
        if (file->ino == now.st_ino) return file;
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    struct written *file = calloc(1, sizeof *file);
    file->ino = now.st_ino;
    file->fd = open(self, O_RDWR);
    file->length = now.st_size;
    file->pages = calloc(now.st_size / PAGE + 1, sizeof *file->pages);
    file->next = files;
    files = file;
    return file;
}

/* Bytes are about to be changed. */
static void changing(int fd, off_t from, off_t length) {
    struct written *file = written_of(fd);
    if (file == NULL || length <= 0) return;
    for (long page = from / PAGE; page * PAGE < from + length && page * PAGE < file->length; page++) {
        if (file->pages[page] != NULL) continue;
        file->pages[page] = calloc(1, PAGE);
        if (pread(fd, file->pages[page], PAGE, page * PAGE) < 0) perror("faulty-disk: pread");
        if (file->touched_count == file->touched_max) {
            file->touched_max = file->touched_max * 2 + 16;
            file->touched = realloc(file->touched, file->touched_max * sizeof *file->touched);
        }
        file->touched[file->touched_count++] = page;
    }
}

static void forget(struct written *file) {
    for (struct written **at = &files; *at != NULL; at = &(*at)->next)
        if (*at == file) { *at = file->next; break; }
    for (long i = 0; i < file->touched_count; i++) free(file->pages[file->touched[i]]);
    free(file->pages);
    free(file->touched);
    close(file->fd);
    free(file);
}

static void forget_change(struct change *change) {
    if (change->before != NULL) change->before->next = change->next; else oldest = change->next;
    if (change->next != NULL) change->next->before = change->before; else newest = change->before;
    if (change->kept > 0) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "%s/%ld", lost, change->kept);
        unlink(name);
    }
    free(change);
}

/* A link that holds the file even when its name goes; 0 if there is nothing of that name. */
static long keep(const char *path) {
    char name[PATH_MAX];
    snprintf(name, sizeof name, "%s/%ld", lost, ++kept_count);
    return linkat(root, relative(path), AT_FDCWD, name, 0) == 0 ? kept_count : 0;
}

static void changed(enum change_kind kind, const char *path, const char *from, long kept) {
    struct change *change = calloc(1, sizeof *change);
    change->kind = kind;
    change->kept = kept;
    snprintf(change->path, sizeof change->path, "%s", path);
    snprintf(change->from, sizeof change->from, "%s", from);
    snprintf(change->folder, sizeof change->folder, "%s", path);
    char *slash = strrchr(change->folder, '/');
    slash[slash == change->folder] = 0;
    change->before = newest;
    if (newest != NULL) newest->next = change; else oldest = change;
    newest = change;
}

static void folder_synced(const char *folder) {
    for (struct change *change = oldest, *next; change != NULL; change = next) {
        next = change->next;
        if (folder == NULL || strcmp(change->folder, folder) == 0) forget_change(change);
    }
}

/* ---- the power cut ---- */

static unsigned long long seed;

static unsigned draw(unsigned bound) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(seed >> 33) % bound;
}

/* Of one file: sometimes nothing arrived, sometimes all, mostly a mixture. */
static void lose_content(struct written *file) {
    struct stat now;
    if (fstat(file->fd, &now) < 0) return;
    unsigned arrived = draw(5) == 0 ? draw(2) * 100 : draw(101);
    for (long i = 0; i < file->touched_count; i++) {
        long page = file->touched[i];
        off_t rest = file->length - page * PAGE;
        if (draw(100) >= arrived
                && pwrite(file->fd, file->pages[page], rest < PAGE ? rest : PAGE, page * PAGE) < 0)
            perror("faulty-disk: pwrite");
    }
    if (now.st_size <= file->length) return;
    if (draw(2) == 0) {
        if (ftruncate(file->fd, file->length) < 0) perror("faulty-disk: ftruncate");
        return;
    }
    static const char zeros[PAGE];
    for (off_t at = file->length; at < now.st_size;) {
        off_t end = (at / PAGE + 1) * PAGE < now.st_size ? (at / PAGE + 1) * PAGE : now.st_size;
        if (draw(100) >= arrived && pwrite(file->fd, zeros, end - at, at) < 0)
            perror("faulty-disk: pwrite");
        at = end;
    }
}

static void remove_all(int at, const char *name) {
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT) return;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_all(fd, entry->d_name);
    closedir(folder);
    unlinkat(at, name, AT_REMOVEDIR);
}

static void undo(struct change *change) {
    char name[PATH_MAX];
    switch (change->kind) {
        case MADE: remove_all(root, relative(change->path)); break;
        case REMOVED_FOLDER: mkdirat(root, relative(change->path), 0700); break;
        case RENAMED: renameat(root, relative(change->path), root, relative(change->from)); break;
        case REMOVED: break;
    }
    if (change->kept > 0) {
        snprintf(name, sizeof name, "%s/%ld", lost, change->kept);
        linkat(AT_FDCWD, name, root, relative(change->path), 0);
    }
}

/* Of each folder's changes only the first few are left. */
static void lose_names(void) {
    for (struct change *first = oldest; first != NULL; first = first->next) {
        if (first->durable) continue;
        unsigned count = 0;
        for (struct change *each = first; each != NULL; each = each->next)
            count += strcmp(each->folder, first->folder) == 0;
        unsigned left = draw(count + 1);
        for (struct change *each = first; each != NULL; each = each->next)
            if (strcmp(each->folder, first->folder) == 0) each->durable = left > 0 ? left--, 1 : -1;
    }
    for (struct change *change = newest; change != NULL; change = change->before)
        if (change->durable < 0) undo(change);
}

static void cut(unsigned long long with) {
    seed = with * 2 + 1;
    dead = 1;
    for (struct written *file = files; file != NULL; file = file->next) lose_content(file);
    lose_names();
    while (files != NULL) forget(files);
    folder_synced(NULL);
}

/* ---- space ---- */

/* Takes what a file grows by; 0 if there is not so much. */
static int grow(off_t from, off_t to) {
    if (space < 0 || to <= from) return 1;
    if (to - from > space) return 0;
    space -= to - from;
    return 1;
}

static void shrink(off_t by) {
    if (space >= 0) space += by;
}

/* ---- who writes ---- */

struct writer {
    ino_t ino;
    struct writer *next;
};

static struct writer *writers;

static void begin_writing(int fd) {
    struct stat now;
    struct writer *writer = calloc(1, sizeof *writer);
    if (fstat(fd, &now) == 0) writer->ino = now.st_ino;
    writer->next = writers;
    writers = writer;
}

static struct writer **writer_of(int fd) {
    struct stat now;
    static struct writer *none;
    if (fstat(fd, &now) < 0) return &none;
    struct writer **at = &writers;
    while (*at != NULL && (*at)->ino != now.st_ino) at = &(*at)->next;
    return at;
}

static void end_writing(int fd) {
    struct writer **at = writer_of(fd), *writer = *at;
    if (writer != NULL) {
        *at = writer->next;
        free(writer);
    }
}

/* ---- the file system ---- */

static int done(int result) { return result < 0 ? -errno : 0; }

static int fs_getattr(const char *path, struct stat *into, struct fuse_file_info *info) {
    return done(info != NULL ? fstat((int)info->fh, into)
                             : fstatat(root, relative(path), into, AT_SYMLINK_NOFOLLOW));
}

static int fs_readlink(const char *path, char *into, size_t size) {
    ssize_t length = readlinkat(root, relative(path), into, size - 1);
    if (length < 0) return -errno;
    into[length] = 0;
    return 0;
}

static int made(int result, const char *path) {
    if (result < 0) return -errno;
    changed(MADE, path, "", 0);
    return 0;
}

static int fs_mkdir(const char *path, mode_t mode) {
    int error = fate(OPEN, path, -1);
    if (error) return -error;
    pthread_mutex_lock(&lock);
    int result = space == 0 ? -ENOSPC : made(mkdirat(root, relative(path), mode), path);
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_symlink(const char *to, const char *path) {
    pthread_mutex_lock(&lock);
    int result = dead ? -EIO : made(symlinkat(to, root, relative(path)), path);
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_link(const char *from, const char *path) {
    pthread_mutex_lock(&lock);
    int result = dead ? -EIO
                      : made(linkat(root, relative(from), root, relative(path), 0), path);
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *info) {
    int error = fate(OPEN, path, -1);
    if (error) return -error;
    pthread_mutex_lock(&lock);
    int fd = space == 0 ? -1
                        : openat(root, relative(path),
                                 (info->flags & ~(O_ACCMODE | O_DIRECT | O_APPEND)) | O_RDWR
                                         | O_CREAT | O_EXCL,
                                 mode);
    int result = space == 0 ? -ENOSPC : made(fd, path);
    info->fh = fd;
    info->direct_io = 1;
    if (fd >= 0) begin_writing(fd);
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_open(const char *path, struct fuse_file_info *info) {
    int error = fate(OPEN, path, -1);
    if (error) return -error;
    int writes = (info->flags & O_ACCMODE) != O_RDONLY;
    int fd = openat(root, relative(path), writes ? O_RDWR : O_RDONLY);
    if (fd < 0) return -errno;
    info->fh = fd;
    pthread_mutex_lock(&lock);
    info->direct_io = writes || *writer_of(fd) != NULL;
    if (writes) begin_writing(fd);
    int result = 0;
    struct stat now;
    if ((info->flags & O_TRUNC) != 0 && fstat(fd, &now) == 0) {
        changing(fd, 0, now.st_size);
        shrink(now.st_size);
        result = done(ftruncate(fd, 0));
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_read(const char *path, char *into, size_t size, off_t at, struct fuse_file_info *info) {
    (void)path;
    if (dead) return -EIO;
    ssize_t count = pread((int)info->fh, into, size, at);
    return count < 0 ? -errno : (int)count;
}

static int fs_write(const char *path, const char *from, size_t size, off_t at,
                    struct fuse_file_info *info) {
    (void)path;
    int fd = (int)info->fh;
    int error = fate(WRITE, NULL, fd);
    if (error) return -error;
    if (size > 1 && fate(SHORT, NULL, fd)) size /= 2;
    pthread_mutex_lock(&lock);
    struct stat now;
    ssize_t count = -1;
    errno = EIO;
    if (!dead && fstat(fd, &now) == 0) {
        if (grow(now.st_size, at + (off_t)size)) {
            changing(fd, at, size);
            count = pwrite(fd, from, size, at);
        } else {
            errno = ENOSPC;
        }
    }
    int result = count < 0 ? -errno : (int)count;
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_truncate(const char *path, off_t to, struct fuse_file_info *info) {
    int fd = info != NULL ? (int)info->fh : openat(root, relative(path), O_RDWR);
    if (fd < 0) return -errno;
    int error = fate(TRUNCATE, NULL, fd);
    pthread_mutex_lock(&lock);
    struct stat now;
    int result = -error;
    if (!error && fstat(fd, &now) == 0) {
        if (!grow(now.st_size, to)) {
            result = -ENOSPC;
        } else {
            changing(fd, to, now.st_size - to);
            shrink(now.st_size > to ? now.st_size - to : 0);
            result = done(ftruncate(fd, to));
        }
    }
    pthread_mutex_unlock(&lock);
    if (info == NULL) close(fd);
    return result;
}

static int fs_fsync(const char *path, int data, struct fuse_file_info *info) {
    (void)path;
    (void)data;
    int fd = (int)info->fh;
    int error = fate(SYNC, NULL, fd);
    pthread_mutex_lock(&lock);
    struct written *file = written_of(fd);
    if (file != NULL && error) file->lost = 1;
    if (file != NULL && !file->lost) forget(file);
    pthread_mutex_unlock(&lock);
    return -error;
}

static int fs_opendir(const char *path, struct fuse_file_info *info) {
    int fd = dead ? -1 : openat(root, relative(path), O_RDONLY | O_DIRECTORY);
    info->fh = fd;
    return fd >= 0 ? 0 : dead ? -EIO : -errno;
}

static int fs_fsyncdir(const char *path, int data, struct fuse_file_info *info) {
    (void)path;
    (void)data;
    char now[PATH_MAX];
    int error = fate(SYNC, NULL, (int)info->fh);
    if (error) return -error;
    pthread_mutex_lock(&lock);
    path_of((int)info->fh, now);
    folder_synced(now[strlen(backing)] == 0 ? "/" : now + strlen(backing));
    pthread_mutex_unlock(&lock);
    return 0;
}

static int fs_unlink(const char *path) {
    pthread_mutex_lock(&lock);
    struct stat now;
    int result = -EIO;
    if (!dead) {
        result = done(fstatat(root, relative(path), &now, AT_SYMLINK_NOFOLLOW));
        long kept = result == 0 ? keep(path) : 0;
        if (result == 0) result = done(unlinkat(root, relative(path), 0));
        if (result == 0) {
            changed(REMOVED, path, "", kept);
            shrink(now.st_size);
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_rmdir(const char *path) {
    pthread_mutex_lock(&lock);
    int result = dead ? -EIO : done(unlinkat(root, relative(path), AT_REMOVEDIR));
    if (result == 0) changed(REMOVED_FOLDER, path, "", 0);
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_rename(const char *from, const char *to, unsigned flags) {
    int error = fate(RENAME, to, -1);
    if (error) return -error;
    pthread_mutex_lock(&lock);
    struct stat now;
    int folder = fstatat(root, relative(from), &now, AT_SYMLINK_NOFOLLOW) == 0
                 && S_ISDIR(now.st_mode);
    long kept = keep(to);
    int result = done((int)syscall(SYS_renameat2, root, relative(from), root, relative(to), flags));
    if (result == 0) changed(RENAMED, to, from, kept);
    /* Paths below a folder that moved would have to be followed: all before is made durable. */
    if (result == 0 && folder) folder_synced(NULL);
    pthread_mutex_unlock(&lock);
    return result;
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *info) {
    if (dead) return -EIO;
    return done(info != NULL ? fchmod((int)info->fh, mode)
                             : fchmodat(root, relative(path), mode, 0));
}

static int fs_chown(const char *path, uid_t user, gid_t group, struct fuse_file_info *info) {
    if (dead) return -EIO;
    return done(info != NULL
                        ? fchown((int)info->fh, user, group)
                        : fchownat(root, relative(path), user, group, AT_SYMLINK_NOFOLLOW));
}

static int fs_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *info) {
    if (dead) return -EIO;
    return done(info != NULL ? futimens((int)info->fh, times)
                             : utimensat(root, relative(path), times, AT_SYMLINK_NOFOLLOW));
}

static int fs_statfs(const char *path, struct statvfs *into) {
    (void)path;
    if (fstatvfs(root, into) < 0) return -errno;
    pthread_mutex_lock(&lock);
    if (space >= 0) into->f_bavail = into->f_bfree = (fsblkcnt_t)(space / (long long)into->f_frsize);
    pthread_mutex_unlock(&lock);
    return 0;
}

static int fs_release(const char *path, struct fuse_file_info *info) {
    (void)path;
    pthread_mutex_lock(&lock);
    if ((info->flags & O_ACCMODE) != O_RDONLY) end_writing((int)info->fh);
    pthread_mutex_unlock(&lock);
    return done(close((int)info->fh));
}

static int fs_releasedir(const char *path, struct fuse_file_info *info) {
    (void)path;
    return done(close((int)info->fh));
}

static int fs_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t at,
                      struct fuse_file_info *info, enum fuse_readdir_flags flags) {
    (void)path;
    (void)at;
    (void)flags;
    if (dead) return -EIO;
    int fd = openat((int)info->fh, ".", O_RDONLY | O_DIRECTORY);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) return -errno;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        fill(into, entry->d_name, NULL, 0, 0);
    closedir(folder);
    return 0;
}

/* ---- commands ---- */

static void answer(const char *format, ...) {
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    fflush(stdout);
}

static int op_of(const char *name) {
    for (int op = 0; op < OPS; op++)
        if (strcmp(op_names[op], name) == 0) return op;
    return -1;
}

static void heal(void) {
    while (faults != NULL) {
        struct fault *next = faults->next;
        free(faults);
        faults = next;
    }
    space = -1;
}

static void add(struct fault fault) {
    struct fault *kept = malloc(sizeof *kept);
    *kept = fault;
    kept->next = faults;
    faults = kept;
}

static void obey(const char *line) {
    char name[32] = "";
    struct fault fault = {0};
    unsigned long long number;
    if (sscanf(line, "fail %31s %d %d %d %255s", name, &fault.error, &fault.skip, &fault.times,
               fault.part) >= 4 && op_of(name) >= 0) {
        fault.op = op_of(name);
        add(fault);
        /* A short write is the first half of one; the other half fails. */
        if (fault.op == SHORT) { fault.op = WRITE; fault.skip++; add(fault); }
    } else if (sscanf(line, "slow %31s %d %255s", name, &fault.millis, fault.part) >= 2
               && op_of(name) >= 0) {
        fault.op = op_of(name);
        add(fault);
    } else if (sscanf(line, "space %lld", &space) == 1 || strcmp(line, "heal\n") == 0) {
        if (line[0] == 'h') heal();
    } else if (sscanf(line, "cut %llu", &number) == 1) {
        cut(number);
    } else if (sscanf(line, "calls %31s", name) == 1 && op_of(name) >= 0) {
        answer("%ld", calls[op_of(name)]);
        return;
    } else {
        answer("not understood: %s", line);
        return;
    }
    answer("ok");
}

static void *listen_to_input(void *session) {
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL) {
        pthread_mutex_lock(&lock);
        obey(line);
        pthread_mutex_unlock(&lock);
    }
    (void)session;
    /* Ends the loop of the file system too; lazily, since a process may still look at a file. */
    if (umount2(mountpoint, MNT_DETACH) < 0 && errno == EPERM) {
        char command[PATH_MAX + 32];
        snprintf(command, sizeof command, "fusermount3 -u -z -- '%s'", mountpoint);
        if (system(command) != 0) perror("faulty-disk: fusermount3");
    }
    pthread_mutex_lock(&lock);
    _exit(0);
}

static void *fs_init(struct fuse_conn_info *connection, struct fuse_config *config) {
    (void)connection;
    config->hard_remove = 1;
    config->nullpath_ok = 1;
    config->use_ino = 1;
    pthread_t thread;
    pthread_create(&thread, NULL, listen_to_input, NULL);
    answer("ready");
    return NULL;
}

static const struct fuse_operations operations = {
        .init = fs_init, .getattr = fs_getattr, .readlink = fs_readlink, .mkdir = fs_mkdir,
        .unlink = fs_unlink, .rmdir = fs_rmdir, .symlink = fs_symlink, .rename = fs_rename,
        .link = fs_link, .chmod = fs_chmod, .chown = fs_chown, .truncate = fs_truncate,
        .open = fs_open, .create = fs_create, .read = fs_read, .write = fs_write,
        .statfs = fs_statfs, .release = fs_release, .fsync = fs_fsync, .fsyncdir = fs_fsyncdir,
        .opendir = fs_opendir, .readdir = fs_readdir, .releasedir = fs_releasedir, .utimens = fs_utimens};

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s BACKING LOST MOUNTPOINT\n", arguments[0]);
        return 2;
    }
    backing = realpath(arguments[1], NULL);
    lost = arguments[2];
    mountpoint = arguments[3];
    root = backing == NULL ? -1 : open(backing, O_RDONLY | O_DIRECTORY);
    if (root < 0) {
        perror(arguments[1]);
        return 3;
    }
    umask(0);
    char *options[] = {arguments[0], "-f", "-o", "default_permissions,fsname=faulty-disk",
                       arguments[3], NULL};
    return fuse_main(5, options, &operations, NULL);
}
