/* A disk as slow as one likes: preloaded into a server, it counts fsync and fdatasync, and makes each take longer.
 *
 *   LD_PRELOAD=slow_disk.so SLOW_DISK=counters python main.py
 *
 * `counters` is a file of three numbers of 64 bits: how many syncs have returned, how many nanoseconds they took, and
 * by how many nanoseconds each is to be longer. Whoever measures reads and writes it meanwhile. Linux only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct counters {
    _Atomic int64_t syncs, took, longer;
};

static struct counters *counters;

__attribute__((constructor)) static void map_counters(void) {
    const char *path = getenv("SLOW_DISK");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED) counters = mapped;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int counted(int (*sync)(int), int fd) {
    if (!counters) return sync(fd);
    int64_t began = now_ns(), longer = counters->longer;
    int failed = sync(fd);
    if (longer) nanosleep(&(struct timespec){longer / 1000000000, longer % 1000000000}, NULL);
    counters->took += now_ns() - began;
    counters->syncs++;
    return failed;
}

int fsync(int fd) {
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return counted(next, fd);
}

int fdatasync(int fd) {
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return counted(next, fd);
}
