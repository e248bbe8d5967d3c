/* The load on a chat server: members in rooms over WebSocket, one thread, loopback only.
 *
 *   load port=8000 rooms=1 members=100 flight=32 warmup=0.5 seconds=3 path=/ws/room-%d \
 *        text='{"content":"m%d hello"}' marker='"content":"m' [ready='{"type":"welcome"']
 *
 * The first member of each room keeps `flight` messages under way: when every member of the room has received
 * message n, the next is sent. `%d` stands for the room's number in `path` and for the message's number in `text`;
 * the server's text frames that carry `marker` followed by a number are the deliveries. Frames that begin with
 * `ready` say that a member has joined and, later on, bring it up to date. It prints the line `measure` after the
 * warm-up, one line of JSON at the end, and gives up with a sentence on stderr when nothing moves for 10 s.
 */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#else
#include <sys/event.h>
#endif

#define SETTLE_SECONDS 0.2       /* between the last join and the first message */

enum {
    AT_ONCE = 16,                /* handshakes under way */
    MOST_MEMBERS = 50000,        /* connections in all */
    MOST_FLIGHT = 1024,          /* messages under way in one room */
    MOST_SECONDS = 600,          /* warm-up and measurement, each */
    MOST_MESSAGES = 100000000,   /* sent in all */
    MOST_TEXT = 60000,           /* bytes of one frame sent: its length fits 16 bits */
    MOST_FRAME = 4 << 20,        /* bytes of one frame received */
    READ_SIZE = 256 << 10,
    STALL_SECONDS = 10,
    CONNECT_SECONDS = 120,
    BUCKETS = 64 * 32,           /* 32 per power of two: 3 % wide */
};

struct room {
    uint64_t sent, done;         /* messages 0 … sent-1 were sent, 0 … done-1 reached everybody */
    uint64_t *sent_at;           /* ns, by number modulo flight */
    unsigned *reached;           /* members, by number modulo flight */
    struct member *sender;
    size_t hint;                 /* where the marker stood in the last delivery */
};

struct member {
    int fd;
    bool upgraded, ready;
    struct room *room;
    uint64_t next;               /* the message it lacks */
    char *rest;                  /* an incomplete frame's bytes so far */
    size_t rest_len, rest_size;
};

static struct {
    long port, rooms, members, flight;
    double warmup, seconds;
    const char *path, *text, *marker, *ready;
    size_t marker_len, ready_len;
} opt = {.path = "/", .text = "", .marker = "", .ready = ""};

static struct {
    uint64_t deliveries, messages, bytes, missed, repeated, caught_up;
    uint64_t latency[BUCKETS];   /* of deliveries */
    uint64_t last[BUCKETS];      /* of messages: until the last member had it */
} seen;

static struct room *rooms;
static struct member *members;
static long total, opened, ready;
static uint64_t sent_in_all, moved_at;
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

/* ---- latencies: 32 buckets for each power of two of nanoseconds ---- */

static unsigned bucket_of(uint64_t ns) {
    if (ns < 32) return (unsigned)ns;
    unsigned shift = 58u - (unsigned)__builtin_clzll(ns);
    return (shift + 1) * 32 + (unsigned)((ns >> shift) & 31);
}

static double bucket_ms(unsigned bucket) {
    if (bucket < 32) return bucket / 1e6;
    return (double)(32 + bucket % 32) * (double)(1ull << (bucket / 32 - 1)) / 1e6;
}

static double percentile_ms(double share, const uint64_t *buckets, uint64_t total_count) {
    uint64_t wanted = (uint64_t)(share * (double)total_count), count = 0;
    for (unsigned b = 0; b < BUCKETS; b++)
        if ((count += buckets[b]) > wanted) return bucket_ms(b);
    return 0;
}

/* ---- sending ---- */

static void write_all(int fd, const char *data, size_t len) {
    while (len) {
        ssize_t n = send(fd, data, len, 0);
        if (n < 0 && errno == EAGAIN) {
            if (poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, STALL_SECONDS * 1000) < 1)
                die("the server has read nothing for %d s", STALL_SECONDS);
            continue;
        }
        if (n < 0) die("cannot send: %s", strerror(errno));
        data += n, len -= (size_t)n;
    }
}

/* Writes one masked frame to `out` (room for len + 8 bytes) and returns its length. */
static size_t masked_frame(char *out, int opcode, const char *payload, size_t len) {
    static uint32_t mask = 2463534242u;
    mask ^= mask << 13, mask ^= mask >> 17, mask ^= mask << 5;
    size_t head = 2;
    out[0] = (char)(0x80 | opcode);
    if (len < 126) {
        out[1] = (char)(0x80 | len);
    } else {
        out[1] = (char)(0x80 | 126), out[2] = (char)(len >> 8), out[3] = (char)len;
        head = 4;
    }
    memcpy(out + head, &mask, 4);
    for (size_t i = 0; i < len; i++) out[head + 4 + i] = payload[i] ^ out[head + (i & 3)];
    return head + 4 + len;
}

/* Copies `template` with every %d replaced; returns the length. */
static size_t fill_in(char *out, size_t size, const char *template, uint64_t number) {
    size_t len = 0;
    for (const char *t = template; *t; t++) {
        if (len + 24 > size) die("a text or path is too long");
        if (t[0] == '%' && t[1] == 'd')
            len += (size_t)snprintf(out + len, 24, "%llu", (unsigned long long)number), t++;
        else
            out[len++] = *t;
    }
    out[len] = 0;
    return len;
}

/* Sends what the room's flight has room for, in one write. */
static void top_up(struct room *room) {
    static char text[MOST_TEXT], out[2 * MOST_TEXT];
    size_t len = 0;
    uint64_t now = now_ns();
    while (room->sent - room->done < (uint64_t)opt.flight) {
        if (sent_in_all++ == MOST_MESSAGES) die("stopped after %d messages", MOST_MESSAGES);
        size_t size = fill_in(text, sizeof text, opt.text, room->sent);
        if (len + size + 8 > sizeof out) write_all(room->sender->fd, out, len), len = 0;
        len += masked_frame(out + len, 1, text, size);
        room->sent_at[room->sent++ % (uint64_t)opt.flight] = now;
    }
    if (len) write_all(room->sender->fd, out, len);
}

/* ---- receiving ---- */

static void reached(struct room *room, uint64_t number, uint64_t now) {
    uint64_t slot = number % (uint64_t)opt.flight;
    if (++room->reached[slot] < (unsigned)opt.members) return;
    room->reached[slot] = 0;
    room->done++;
    seen.messages++;
    seen.last[bucket_of(now - room->sent_at[slot])]++;
}

static void on_delivery(struct member *m, uint64_t number, uint64_t now) {
    struct room *room = m->room;
    if (number >= room->sent) die("message %llu came before it was sent", (unsigned long long)number);
    if (number < m->next) {
        seen.repeated++;
        return;
    }
    for (; m->next < number; m->next++, seen.missed++) reached(room, m->next, now);
    seen.deliveries++;
    seen.latency[bucket_of(now - room->sent_at[number % (uint64_t)opt.flight])]++;
    m->next++;
    moved_at = now;
    reached(room, number, now);
}

static uint64_t number_at(const char *at, const char *end) {
    uint64_t number = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

static void on_joined(struct member *m, uint64_t now) {
    m->ready = true;
    ready++;
    moved_at = now;
}

static void on_text(struct member *m, const char *text, size_t len, uint64_t now) {
    const char *end = text + len, *at = text + m->room->hint;
    bool welcome = opt.ready_len && len >= opt.ready_len && !memcmp(text, opt.ready, opt.ready_len);
    if (welcome && !m->ready) {
        on_joined(m, now);
    } else if (welcome) {
        seen.caught_up++;
        for (at = text; (at = memmem(at, (size_t)(end - at), opt.marker, opt.marker_len));)
            at += opt.marker_len, on_delivery(m, number_at(at, end), now);
    } else {
        bool known = m->room->hint + opt.marker_len <= len && !memcmp(at, opt.marker, opt.marker_len);
        if (!known) at = memmem(text, len, opt.marker, opt.marker_len);
        if (!at) return;
        m->room->hint = (size_t)(at - text);
        on_delivery(m, number_at(at + opt.marker_len, end), now);
    }
}

static void on_frame(struct member *m, int first, const char *payload, size_t len, uint64_t now) {
    char pong[140];
    switch (first) {
    case 0x81:
        on_text(m, payload, len, now);
        break;
    case 0x88:
        die("the server closed a member's connection with code %d",
            len < 2 ? 1005 : (unsigned char)payload[0] << 8 | (unsigned char)payload[1]);
        break;
    case 0x89:
        if (len > 125) die("the server sent a ping of %zu bytes", len);
        write_all(m->fd, pong, masked_frame(pong, 10, payload, len));
        break;
    case 0x8a:
        break;
    default:
        die("the server sent a frame that begins with byte 0x%02x", (unsigned)first);
    }
}

/* Takes the answer to the upgrade off the front; returns its bytes, 0 if it is incomplete. */
static size_t take_upgrade(struct member *m, const char *data, size_t len, uint64_t now) {
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    if (!end) return 0;
    if (len < 12 || memcmp(data, "HTTP/1.1 101", 12))
        die("the server refused a member: %.*s", (int)strcspn(data, "\r"), data);
    m->upgraded = true;
    if (!opt.ready_len) on_joined(m, now);
    return (size_t)(end - data) + 4;
}

/* Takes one frame off the front; returns its bytes, 0 if it is incomplete. */
static size_t take_frame(struct member *m, const char *data, size_t len, uint64_t now) {
    const unsigned char *b = (const unsigned char *)data;
    if (len < 2) return 0;
    size_t head = 2, size = b[1];
    if (size == 126) {
        if (len < 4) return 0;
        head = 4, size = (size_t)b[2] << 8 | b[3];
    } else if (size >= 127) {
        if (size > 127) die("the server masked a frame");
        if (len < 10) return 0;
        head = 10, size = 0;
        for (int i = 2; i < 10; i++) size = size << 8 | b[i];
    }
    if (size > MOST_FRAME) die("the server sent a frame of %zu bytes", size);
    if (len < head + size) return 0;
    on_frame(m, b[0], data + head, size, now);
    return head + size;
}

static void keep_rest(struct member *m, const char *data, size_t len) {
    if (len > m->rest_size) {
        m->rest_size = len * 2;
        free(m->rest);
        m->rest = zeroed(m->rest_size, 1);
    }
    memcpy(m->rest, data, len);
    m->rest_len = len;
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
        taken = m->upgraded ? take_frame(m, inbox + at, len - at, now) : take_upgrade(m, inbox + at, len - at, now);
        at += taken;
    } while (taken && at < len);
    keep_rest(m, inbox + at, len - at);
    struct room *room = m->room;
    if (room->sent && room->sent - room->done < (uint64_t)opt.flight) top_up(room);
}

/* ---- waiting: epoll, or kqueue where there is none ---- */

static int queue;

#ifdef __linux__
static void open_queue(void) { queue = epoll_create1(0); }

static void watch(struct member *m) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = m};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, m->fd, &event)) die("cannot watch a socket: %s", strerror(errno));
}

static void serve(int timeout_ms) {
    struct epoll_event events[256];
    int n = epoll_wait(queue, events, 256, timeout_ms);
    for (int i = 0; i < n; i++) on_readable(events[i].data.ptr);
}
#else
static void open_queue(void) { queue = kqueue(); }

static void watch(struct member *m) {
    struct kevent event;
    EV_SET(&event, (uintptr_t)m->fd, EVFILT_READ, EV_ADD, 0, 0, m);
    if (kevent(queue, &event, 1, NULL, 0, NULL) < 0) die("cannot watch a socket: %s", strerror(errno));
}

static void serve(int timeout_ms) {
    struct kevent events[256];
    struct timespec timeout = {.tv_nsec = timeout_ms * 1000000l};
    int n = kevent(queue, NULL, 0, events, 256, &timeout);
    for (int i = 0; i < n; i++) on_readable(events[i].udata);
}
#endif

/* ---- the run ---- */

static void open_member(struct member *m, long room_number) {
    char path[1024], request[2048];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    m->room = &rooms[room_number];
    m->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (m->fd < 0) die("cannot open a socket (is the limit of open files too low?): %s", strerror(errno));
    if (connect(m->fd, (struct sockaddr *)&to, sizeof to)) die("cannot connect: %s", strerror(errno));
    int yes = 1;
    setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(m->fd, F_SETFL, O_NONBLOCK);
    fill_in(path, sizeof path, opt.path, (uint64_t)room_number);
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%ld\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n",
                       path, opt.port);
    write_all(m->fd, request, (size_t)len);
    watch(m);
}

static void check_moving(void) {
    if (now_ns() - moved_at < STALL_SECONDS * 1000000000ull) return;
    die("nothing has moved for %d s: %ld of %ld members are there, %llu messages sent", STALL_SECONDS, ready, total,
        (unsigned long long)sent_in_all);
}

static void gather(void) {
    moved_at = now_ns();
    while (ready < total) {
        for (; opened < total && opened - ready < AT_ONCE; opened++) {
            struct member *m = &members[opened];
            open_member(m, opened / opt.members);
            if (opened % opt.members == 0) m->room->sender = m;
        }
        serve(100);
        check_moving();
    }
}

static void run_for(double seconds) {
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
    while (now_ns() < end) {
        serve(10);
        check_moving();
    }
}

static void report(double seconds, double cpu) {
    printf("{\"deliveries\": %llu, \"messages\": %llu, \"seconds\": %.6f, \"load_cpu_seconds\": %.6f, "
           "\"p50_ms\": %.4f, \"p99_ms\": %.4f, \"last_p99_ms\": %.4f, \"bytes\": %llu, \"missed\": %llu, \"repeated\": %llu, "
           "\"caught_up\": %llu}\n",
           (unsigned long long)seen.deliveries, (unsigned long long)seen.messages, seconds, cpu,
           percentile_ms(0.5, seen.latency, seen.deliveries), percentile_ms(0.99, seen.latency, seen.deliveries),
           percentile_ms(0.99, seen.last, seen.messages), (unsigned long long)seen.bytes, (unsigned long long)seen.missed,
           (unsigned long long)seen.repeated, (unsigned long long)seen.caught_up);
}

static void read_option(char *arg) {
    char *value = strchr(arg, '=');
    if (!value) die("not name=value: %s", arg);
    *value++ = 0;
    if (!strcmp(arg, "port")) opt.port = atol(value);
    else if (!strcmp(arg, "rooms")) opt.rooms = atol(value);
    else if (!strcmp(arg, "members")) opt.members = atol(value);
    else if (!strcmp(arg, "flight")) opt.flight = atol(value);
    else if (!strcmp(arg, "warmup")) opt.warmup = atof(value);
    else if (!strcmp(arg, "seconds")) opt.seconds = atof(value);
    else if (!strcmp(arg, "path")) opt.path = value;
    else if (!strcmp(arg, "text")) opt.text = value;
    else if (!strcmp(arg, "marker")) opt.marker = value;
    else if (!strcmp(arg, "ready")) opt.ready = value;
    else die("unknown option: %s", arg);
}

static void check_options(void) {
    total = opt.rooms * opt.members;
    if (opt.port < 1 || opt.port > 65535) die("port: 1 to 65535");
    if (opt.rooms < 1 || opt.members < 1 || total > MOST_MEMBERS) die("rooms × members: 1 to %d", MOST_MEMBERS);
    if (opt.flight < 1 || opt.flight > MOST_FLIGHT) die("flight: 1 to %d", MOST_FLIGHT);
    if (opt.seconds <= 0 || opt.seconds > MOST_SECONDS || opt.warmup < 0 || opt.warmup > MOST_SECONDS)
        die("seconds and warmup: at most %d", MOST_SECONDS);
    opt.marker_len = strlen(opt.marker), opt.ready_len = strlen(opt.ready);
    if (!opt.marker_len || !strstr(opt.text, "%d")) die("a marker, and a text with %%d in it, are needed");
}

static void make_room_for_all(void) {
    rooms = zeroed((size_t)opt.rooms, sizeof *rooms);
    members = zeroed((size_t)total, sizeof *members);
    inbox = zeroed(MOST_FRAME + 16 + READ_SIZE, 1);
    for (long i = 0; i < opt.rooms; i++) {
        rooms[i].sent_at = zeroed((size_t)opt.flight, sizeof *rooms[i].sent_at);
        rooms[i].reached = zeroed((size_t)opt.flight, sizeof *rooms[i].reached);
    }
    open_queue();
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) read_option(argv[i]);
    check_options();
    signal(SIGPIPE, SIG_IGN);
    alarm(CONNECT_SECONDS + (unsigned)(opt.warmup + opt.seconds) + STALL_SECONDS);
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_room_for_all();
    gather();
    run_for(SETTLE_SECONDS);
    for (long i = 0; i < opt.rooms; i++) top_up(&rooms[i]);
    run_for(opt.warmup);
    memset(&seen, 0, sizeof seen);
    puts("measure");
    uint64_t start = now_ns();
    double cpu = own_cpu();
    run_for(opt.seconds);
    double took = (double)(now_ns() - start) / 1e9;
    if (now_ns() - moved_at > opt.seconds / 2 * 1e9) die("deliveries had ceased when the time was over");
    report(took, own_cpu() - cpu);
    return 0;
}
