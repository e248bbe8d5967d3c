/* Makes the disk and the clock lie to the process it is preloaded into; faults.py steers it by shared memory.

   Every write to the database, its WAL and its journal is recorded with what stood there before, until an fsync of that
   file has returned: faults.py can then undo or spoil just those, as a power loss does. One thread writes: no locks. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* These and the structs stand in faults.py, too; `struct_size` finds out when they differ. */
#define PATH_BYTES 4096
#define RECORDS 32768           /* writes to one file between two fsyncs; with more of them nothing is torn */
#define BYTES_BEFORE (64 << 20) /* of what stood there before, per file: a WAL of 16,000 pages, checkpointed at once */
#define DESCRIPTORS 65536       /* a log that is opened above it goes unharmed */

enum { DATABASE, WAL, JOURNAL, FILES, NONE = FILES };
enum { BEFORE, AFTER, WRITE };
typedef _Atomic int64_t number;

struct record {
    int64_t offset, length, size /* of the file before */, before /* where the bytes are */, truncation;
};

struct file {
    int64_t device, inode, size, changed, writing; /* as we left it: whoever else has written makes the records void */
    int64_t halved;                                /* the last write was cut short by a full disk */
    int64_t failed /* records from before an fsync that failed */, bytes, overflowed;
    number count;
    struct record records[RECORDS];
};

struct control {
    number struct_size;
    number refused;                             /* the errno of every write; 0: none */
    number failing;                             /* a bit for each file whose fsync fails */
    number kill_commits, kill_moment, kill_writes; /* 1 commit: the next one */
    number clock;                               /* nanoseconds ahead */
    number commits;
    number failed_syncs, refused_writes;
    char path[PATH_BYTES];
    struct file files[FILES];
    unsigned char before[FILES][BYTES_BEFORE];
};

static struct control *control;
static unsigned char which_plus_one[DESCRIPTORS]; /* by descriptor; 0: none of ours */

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("FAULTS_CONTROL");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    struct control *mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED || mapped->struct_size != sizeof *mapped) {
        fprintf(stderr, "faults.c and faults.py do not agree about the control block\n");
        abort();
    }
    control = mapped;
}

static void die(void)
{
    control->kill_commits = 0;
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* ---- which file ------------------------------------------------------------------------------ */

static int which(const char *path)
{
    size_t length = control ? strlen(control->path) : 0;
    if (!control || !path || strncmp(path, control->path, length) != 0)
        return NONE;
    path += length;
    return !*path ? DATABASE : !strcmp(path, "-wal") ? WAL : !strcmp(path, "-journal") ? JOURNAL : NONE;
}

static int which_of(int fd)
{
    return control && fd >= 0 && fd < DESCRIPTORS && which_plus_one[fd] ? which_plus_one[fd] - 1 : NONE;
}

static void forget(struct file *file)
{
    file->count = 0;
    file->failed = file->bytes = file->overflowed = 0;
}

static int64_t nanoseconds(struct timespec time)
{
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void leave(struct file *file, int fd)
{
    struct stat64 now;
    fstat64(fd, &now);
    file->device = now.st_dev, file->inode = now.st_ino, file->size = now.st_size;
    file->changed = nanoseconds(now.st_mtim);
    file->writing = 0;
}

/* What a killed process wrote and did not sync is still not on disk when the next one opens the file. */
static void claim(struct file *file, int fd)
{
    struct stat64 now;
    fstat64(fd, &now);
    bool same = file->device == (int64_t) now.st_dev && file->inode == (int64_t) now.st_ino && now.st_size > 0;
    bool as_left = file->size == now.st_size && file->changed == nanoseconds(now.st_mtim);
    if (!same || !(as_left || file->writing))
        forget(file);
    leave(file, fd);
}

static bool may_open(const char *path, int flags)
{
    if (which(path) == NONE || control->refused != EROFS || (flags & O_ACCMODE) == O_RDONLY)
        return true;
    errno = EROFS;
    return false;
}

static int opened(int fd, const char *path)
{
    if (fd >= 0 && fd < DESCRIPTORS) {
        int file = which(path);
        which_plus_one[fd] = file == NONE ? 0 : file + 1;
        if (file != NONE)
            claim(&control->files[file], fd);
    }
    return fd;
}

#define MODE(flags, mode) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }

int open(const char *path, int flags, ...)
{
    NEXT(open);
    MODE(flags, mode)
    return may_open(path, flags) ? opened(next(path, flags, mode), path) : -1;
}

int open64(const char *path, int flags, ...)
{
    NEXT(open64);
    MODE(flags, mode)
    return may_open(path, flags) ? opened(next(path, flags, mode), path) : -1;
}

int openat(int folder, const char *path, int flags, ...)
{
    NEXT(openat);
    MODE(flags, mode)
    return may_open(path, flags) ? opened(next(folder, path, flags, mode), path) : -1;
}

int openat64(int folder, const char *path, int flags, ...)
{
    NEXT(openat64);
    MODE(flags, mode)
    return may_open(path, flags) ? opened(next(folder, path, flags, mode), path) : -1;
}

int close(int fd)
{
    NEXT(close);
    if (fd >= 0 && fd < DESCRIPTORS)
        which_plus_one[fd] = 0;
    return next(fd);
}

/* ---- writes ---------------------------------------------------------------------------------- */

/* Before the write: a process that is killed between the two leaves a record of nothing, which harms nothing. */
static void remember(struct file *file, int fd, int64_t offset, int64_t length, int64_t truncation)
{
    struct stat64 now;
    if (file->overflowed)
        return;
    if (file->count == RECORDS || file->bytes + length > BYTES_BEFORE) {
        forget(file);
        file->overflowed = 1;
        return;
    }
    fstat64(fd, &now);
    unsigned char *before = control->before[file - control->files] + file->bytes;
    ssize_t got = pread64(fd, before, length, offset);
    got = got < 0 ? 0 : got;
    memset(before + got, 0, length - got);
    struct record *record = &file->records[file->count];
    record->offset = offset, record->length = length, record->size = now.st_size;
    record->before = file->bytes, record->truncation = truncation;
    file->writing = 1;
    file->bytes += length;
    file->count++;
}

/* How many of `length` bytes may be written; -1: none. A full disk takes a half first. */
static ssize_t room_for(struct file *file, size_t length)
{
    int error = control->refused;
    if (!error)
        return length;
    if (error == ENOSPC && !file->halved && length > 1) {
        file->halved = 1;
        return length / 2;
    }
    file->halved = 0;
    control->refused_writes++;
    errno = error;
    return -1;
}

static bool dies_in_this_write(int which)
{
    return which == WAL && control->kill_moment == WRITE && control->kill_commits == 1 && --control->kill_writes == 0;
}

static ssize_t write_at(int which, int fd, const void *bytes, size_t length, off64_t offset)
{
    NEXT(pwrite64);
    struct file *file = &control->files[which];
    ssize_t room = room_for(file, length);
    if (room < 0)
        return -1;
    bool dies = dies_in_this_write(which);
    room = dies ? room / 2 : room;
    remember(file, fd, offset, room, 0);
    ssize_t written = next(fd, bytes, room, offset);
    leave(file, fd);
    if (dies)
        die();
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
    NEXT(pwrite64);
    int file = which_of(fd);
    return file == NONE ? next(fd, bytes, length, offset) : write_at(file, fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    return pwrite64(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    NEXT(write);
    int file = which_of(fd);
    if (file == NONE)
        return next(fd, bytes, length);
    ssize_t written = write_at(file, fd, bytes, length, lseek64(fd, 0, SEEK_CUR));
    if (written > 0)
        lseek64(fd, written, SEEK_CUR);
    return written;
}

int ftruncate64(int fd, off64_t size)
{
    NEXT(ftruncate64);
    int which = which_of(fd);
    if (which == NONE)
        return next(fd, size);
    if (control->refused == EROFS) {
        errno = EROFS;
        return -1;
    }
    struct file *file = &control->files[which];
    struct stat64 now;
    fstat64(fd, &now);
    remember(file, fd, size, now.st_size > size ? now.st_size - size : 0, 1);
    int result = next(fd, size);
    leave(file, fd);
    return result;
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

/* ---- syncs ----------------------------------------------------------------------------------- */

static bool written_again(struct file *file, struct record *lost)
{
    int64_t end = lost->offset + lost->length;
    for (struct record *later = file->records + file->failed; later < file->records + file->count; later++)
        if (later->truncation || (later->offset < end && lost->offset < later->offset + later->length))
            return true;
    return false;
}

/* After an fsync that failed, Linux holds the pages to be clean: the next one succeeds, and does not write them. */
static void synced(struct file *file)
{
    int64_t kept = 0;
    for (int64_t n = 0; n < file->failed; n++)
        if (!written_again(file, &file->records[n])) {
            file->records[kept] = file->records[n];
            file->records[kept++].size = file->size; /* which is on disk now */
        }
    if (!kept)
        forget(file);
    file->failed = kept;
    file->count = kept;
}

static int sync_file(int which, int fd, int (*next)(int))
{
    struct file *file = &control->files[which];
    bool last = which == WAL && control->kill_commits == 1;
    if (last && control->kill_moment != AFTER)
        die();
    if (control->failing & (1 << which)) {
        file->failed = file->count;
        control->failed_syncs++;
        errno = EIO;
        return -1;
    }
    int result = next(fd);
    if (result == 0) {
        synced(file);
        control->commits += which == WAL;
    }
    if (last)
        die();
    if (which == WAL && control->kill_commits > 1)
        control->kill_commits--;
    return result;
}

int fsync(int fd)
{
    NEXT(fsync);
    int file = which_of(fd);
    return file == NONE ? next(fd) : sync_file(file, fd, next);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    int file = which_of(fd);
    return file == NONE ? next(fd) : sync_file(file, fd, next);
}

/* ---- the clock ------------------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    NEXT(clock_gettime);
    int result = next(clock, now);
    if (result == 0 && control && control->clock && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t moved = nanoseconds(*now) + control->clock;
        now->tv_sec = moved / 1000000000LL, now->tv_nsec = moved % 1000000000LL;
    }
    return result;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into)
        *into = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict into, void *restrict zone)
{
    struct timespec now;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &now);
    into->tv_sec = now.tv_sec, into->tv_usec = now.tv_nsec / 1000;
    return 0;
}
