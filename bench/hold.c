/* Members who only are there: opens WebSockets as fast as a server takes them, and holds them as idle pages do.
 *
 *   hold port=8000 rooms=50 members=100 atonce=32 hold=60 every=10 path=/ws/room-%d ready='{"type":"welcome"' \
 *        tokens=1 ping='{"type":"ping"}' churn=1 calm=30
 *
 * `atonce` handshakes are under way; a member is there with its 101 or, if `ready` is given, with the frame that begins so.
 * With `tokens` each member shows a session of its own, the same at every run; without it comes as somebody new. Who heard
 * no frame for 10 s sends `ping`, as the page does. After `calm` seconds so many a second (`churn`) leave, and are back 2 s
 * later. It prints a line of JSON when all are there, and one `every` so many seconds with what came since the line
 * before. Linux only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_MEMBERS = 60000,
    MOST_TEXT = 120,             /* bytes of a ping: its length fits the head of a short frame */
    MOST_FRAME = 4 << 20,
    READ_SIZE = 256 << 10,
    PER_ADDRESS = 20000,         /* members from 127.0.0.1, then as many from 127.0.0.2, …: ports are 28,000 */
    STALL_SECONDS = 20,
    SILENCE_MS = 10000,          /* without a frame, until the page pings; it looks twice a second */
    LOOK_MS = 500,
    AWAY_MS = 2000,
};

enum state { ABSENT, CONNECTING, UPGRADING, JOINING, HERE };

struct member {
    int fd;
    enum state state;
    long number;
    uint64_t since;              /* ns: when it began to connect, or left */
    uint64_t ping_at;            /* ns: when it will have been silent for too long */
    char *rest;                  /* an incomplete frame's bytes so far */
    size_t rest_len;
};

static struct {
    long port, rooms, members, atonce, tokens, churn;
    double hold, every, calm;
    const char *path, *ready, *ping;
} opt = {.rooms = 1, .members = 1, .atonce = 32, .every = 10, .path = "/", .ready = "", .ping = ""};

static struct {
    uint64_t frames, bytes, server_pings, page_pings, answers, left;
} seen;

static struct member *members;
static double *joined_ms;
static long total, opened, here, joins;
static uint64_t moved_at;
static int queue;
static char *inbox;

static void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) die("out of memory");
    return memory;
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double own_cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint64_t random_below(uint64_t limit) {
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state % limit;
}

/* ---- coming in ---- */

static void watch(struct member *m, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.ptr = m};
    if (epoll_ctl(queue, how, m->fd, &event)) die("cannot watch a socket: %s", strerror(errno));
}

static void choose_source(struct member *m) {
    int yes = 1;
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(m->number / PER_ADDRESS));
#ifdef IP_BIND_ADDRESS_NO_PORT
    setsockopt(m->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
#endif
    if (bind(m->fd, (struct sockaddr *)&from, sizeof from)) die("cannot bind: %s", strerror(errno));
    setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static void begin(struct member *m) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    m->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (m->fd < 0) die("cannot open a socket (is the limit of open files too low?): %s", strerror(errno));
    choose_source(m);
    m->state = CONNECTING;
    m->since = now_ns();
    if (connect(m->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
        die("cannot connect: %s", strerror(errno));
    watch(m, EPOLLOUT, EPOLL_CTL_ADD);
}

static void write_all(struct member *m, const char *data, size_t len) {
    if (send(m->fd, data, len, 0) != (ssize_t)len) die("the server reads nothing: %s", strerror(errno));
}

static void ask_to_come_in(struct member *m) {
    char path[512], token[128] = "", request[1024];
    snprintf(path, sizeof path, opt.path, m->number / opt.members);
    if (opt.tokens) snprintf(token, sizeof token, "Authorization: Bearer held-member-%031ld\r\n", m->number);
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%ld\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%s"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n",
                       path, opt.port, token);
    m->state = UPGRADING;
    watch(m, EPOLLIN, EPOLL_CTL_MOD);
    write_all(m, request, (size_t)len);
}

static void come_in(struct member *m, uint64_t now) {
    m->state = HERE;
    here++;
    moved_at = now;
    if (joins < total) joined_ms[joins++] = (double)(now - m->since) / 1e6;
}

static void leave(struct member *m, uint64_t now) {
    close(m->fd);
    free(m->rest);
    m->rest = NULL, m->rest_len = 0;
    m->state = ABSENT;
    m->since = now;
    here--;
    seen.left++;
}

/* ---- frames ---- */

static void send_frame(struct member *m, int opcode, const char *payload, size_t len) {
    char out[MOST_TEXT + 16];
    static const char mask[4] = {0x37, 0x5a, 0x11, 0x6e};
    out[0] = (char)(0x80 | opcode), out[1] = (char)(0x80 | len);
    memcpy(out + 2, mask, 4);
    for (size_t i = 0; i < len; i++) out[6 + i] = payload[i] ^ mask[i & 3];
    write_all(m, out, len + 6);
}

static bool begins_with(const char *text, size_t len, const char *prefix) {
    size_t size = strlen(prefix);
    return len >= size && !memcmp(text, prefix, size);
}

static void on_text(struct member *m, const char *text, size_t len, uint64_t now) {
    seen.frames++;
    m->ping_at = now + (SILENCE_MS + random_below(LOOK_MS)) * 1000000u;
    if (m->state == JOINING && begins_with(text, len, opt.ready)) come_in(m, now);
    else if (begins_with(text, len, "{\"type\":\"pong\"")) seen.answers++;
}

static void on_frame(struct member *m, int first, const char *payload, size_t len, uint64_t now) {
    switch (first) {
    case 0x81:
        on_text(m, payload, len, now);
        break;
    case 0x89:
        if (len > MOST_TEXT) die("the server sent a ping of %zu bytes", len);
        seen.server_pings++;
        send_frame(m, 10, payload, len);
        break;
    case 0x8a:
        break;
    default:
        die("the server sent a frame that begins with byte 0x%02x: %.*s", (unsigned)first, (int)len, payload);
    }
}

/* Takes the answer to the upgrade off the front; returns its bytes, 0 if it is incomplete. */
static size_t take_upgrade(struct member *m, const char *data, size_t len, uint64_t now) {
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    if (!end) return 0;
    if (!begins_with(data, len, "HTTP/1.1 101")) die("the server refused a member: %.*s", (int)strcspn(data, "\r"), data);
    m->state = JOINING;
    m->ping_at = now + (SILENCE_MS + random_below(LOOK_MS)) * 1000000u;
    if (!*opt.ready) come_in(m, now);
    return (size_t)(end - data) + 4;
}

/* Takes one frame off the front; returns its bytes, 0 if it is incomplete. */
static size_t take_frame(struct member *m, const char *data, size_t len, uint64_t now) {
    const unsigned char *b = (const unsigned char *)data;
    if (len < 2) return 0;
    size_t head = b[1] < 126 ? 2 : b[1] == 126 ? 4 : 10, size = head == 2 ? b[1] : 0;
    if (b[1] > 127) die("the server masked a frame");
    if (len < head) return 0;
    for (size_t i = 2; i < head; i++) size = size << 8 | b[i];
    if (size > MOST_FRAME) die("the server sent a frame of %zu bytes", size);
    if (len < head + size) return 0;
    on_frame(m, b[0], data + head, size, now);
    return head + size;
}

static void keep_rest(struct member *m, const char *data, size_t len) {
    char *rest = len ? zeroed(len, 1) : NULL;
    if (len) memcpy(rest, data, len);
    free(m->rest);
    m->rest = rest, m->rest_len = len;
}

static void on_readable(struct member *m) {
    if (m->rest_len) memcpy(inbox, m->rest, m->rest_len);
    ssize_t n = recv(m->fd, inbox + m->rest_len, READ_SIZE, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) die("the server cut a member's line: %s", n ? strerror(errno) : "end of stream");
    seen.bytes += (uint64_t)n;
    size_t len = m->rest_len + (size_t)n, at = 0, taken;
    uint64_t now = now_ns();
    do {
        bool upgraded = m->state > UPGRADING;
        taken = upgraded ? take_frame(m, inbox + at, len - at, now) : take_upgrade(m, inbox + at, len - at, now);
        at += taken;
    } while (taken && at < len);
    keep_rest(m, inbox + at, len - at);
}

static void on_connected(struct member *m) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) die("cannot connect: %s", strerror(error));
    ask_to_come_in(m);
}

static void serve(int timeout_ms) {
    struct epoll_event events[256];
    int n = epoll_wait(queue, events, 256, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct member *m = events[i].data.ptr;
        if (m->state == CONNECTING) on_connected(m);
        else on_readable(m);
    }
}

/* ---- the run ---- */

static int by_size(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return a < b ? -1 : a > b;
}

static void open_all(void) {
    moved_at = now_ns();
    while (here < total) {
        for (; opened < total && opened - here < opt.atonce; opened++) begin(&members[opened]);
        serve(100);
        if (now_ns() - moved_at > STALL_SECONDS * 1000000000ull)
            die("nobody has come in for %d s: %ld of %ld are there", STALL_SECONDS, here, total);
    }
}

static void tell_opened(double seconds, double cpu) {
    qsort(joined_ms, (size_t)total, sizeof *joined_ms, by_size);
    printf("{\"opened\": %ld, \"seconds\": %.6f, \"load_cpu_seconds\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"bytes\": %llu}\n",
           total, seconds, cpu, joined_ms[total / 2], joined_ms[total * 99 / 100], (unsigned long long)seen.bytes);
}

static void tell_what_came(double seconds) {
    printf("{\"seconds\": %.3f, \"here\": %ld, \"frames\": %llu, \"bytes\": %llu, \"server_pings\": %llu, "
           "\"page_pings\": %llu, \"answers\": %llu, \"left\": %llu, \"load_cpu_seconds\": %.3f}\n",
           seconds, here, (unsigned long long)seen.frames, (unsigned long long)seen.bytes,
           (unsigned long long)seen.server_pings, (unsigned long long)seen.page_pings, (unsigned long long)seen.answers,
           (unsigned long long)seen.left, own_cpu());
    memset(&seen, 0, sizeof seen);
}

static void ping_and_return(uint64_t now) {
    for (long i = 0; i < total; i++) {
        struct member *m = &members[i];
        if (m->state == ABSENT && now - m->since > AWAY_MS * 1000000ull) begin(m);
        if (m->state != HERE || !*opt.ping || now < m->ping_at) continue;
        send_frame(m, 1, opt.ping, strlen(opt.ping));
        seen.page_pings++;
        m->ping_at = now + SILENCE_MS * 1000000ull;
    }
}

static void some_leave(uint64_t now) {
    static uint64_t last;
    if (!opt.churn || now - last < 1000000000u / (uint64_t)opt.churn) return;
    last = now;
    struct member *m = &members[random_below((uint64_t)total)];
    if (m->state == HERE) leave(m, now);
}

static void hold(void) {
    uint64_t start = now_ns(), told = start, looked = start, now = start;
    memset(&seen, 0, sizeof seen);
    while ((double)(now - start) / 1e9 < opt.hold) {
        serve(20);
        now = now_ns();
        if (now - looked > 50000000u) ping_and_return(now), looked = now;
        if ((double)(now - start) / 1e9 > opt.calm) some_leave(now);
        if ((double)(now - told) / 1e9 >= opt.every) tell_what_came((double)(now - told) / 1e9), told = now;
    }
}

static void read_option(char *arg) {
    char *value = strchr(arg, '=');
    if (!value) die("not name=value: %s", arg);
    *value++ = 0;
    if (!strcmp(arg, "port")) opt.port = atol(value);
    else if (!strcmp(arg, "rooms")) opt.rooms = atol(value);
    else if (!strcmp(arg, "members")) opt.members = atol(value);
    else if (!strcmp(arg, "atonce")) opt.atonce = atol(value);
    else if (!strcmp(arg, "tokens")) opt.tokens = atol(value);
    else if (!strcmp(arg, "churn")) opt.churn = atol(value);
    else if (!strcmp(arg, "hold")) opt.hold = atof(value);
    else if (!strcmp(arg, "every")) opt.every = atof(value);
    else if (!strcmp(arg, "calm")) opt.calm = atof(value);
    else if (!strcmp(arg, "path")) opt.path = value;
    else if (!strcmp(arg, "ready")) opt.ready = value;
    else if (!strcmp(arg, "ping")) opt.ping = value;
    else die("unknown option: %s", arg);
}

static void check_options(void) {
    total = opt.rooms * opt.members;
    if (opt.port < 1 || opt.port > 65535) die("port: 1 to 65535");
    if (opt.rooms < 1 || opt.members < 1 || total > MOST_MEMBERS) die("rooms × members: 1 to %d", MOST_MEMBERS);
    if (opt.atonce < 1 || opt.every <= 0 || opt.churn < 0) die("atonce, every: more than 0; churn: 0 or more");
    if (strlen(opt.ping) > MOST_TEXT) die("ping: at most %d bytes", MOST_TEXT);
    const char *place = strstr(opt.path, "%d");
    if ((place && strchr(place + 1, '%')) || (!place && strchr(opt.path, '%'))) die("path: one %%d, for the room's number");
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) read_option(argv[i]);
    check_options();
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    members = zeroed((size_t)total, sizeof *members);
    joined_ms = zeroed((size_t)total, sizeof *joined_ms);
    inbox = zeroed(MOST_FRAME + 16 + READ_SIZE, 1);
    for (long i = 0; i < total; i++) members[i].number = i;
    queue = epoll_create1(0);
    uint64_t start = now_ns();
    double cpu = own_cpu();
    open_all();
    tell_opened((double)(now_ns() - start) / 1e9, own_cpu() - cpu);
    hold();
    return 0;
}
