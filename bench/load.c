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
 *
 * rate=N: the loop is open. So many messages a second in all, the rooms in turn, each sent when it is due whatever became
 *   of those before it. Latency counts from when it was due, so that nobody gains by making us wait. Measured are the
 *   messages due in the measured time; what has not come as long again after it has taken until then, at least.
 * stalled=N: the last so many members of each room read nothing once they have joined, nor does anybody wait for them.
 * end=TEXT: one message in each room, at once, and then what comes is an answer: each `marker` is a token, and who has
 *   got a frame with `end` in it has all of it. It ends when everybody has, or after `seconds`.
 * hello=TEXT: what every member says first. ping=TEXT pong=TEXT: a text frame that is answered by another.
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
#include <sys/prctl.h>
#else
#include <sys/event.h>
#endif

#define SETTLE_SECONDS 0.2       /* between the last join and the first message */

enum {
    AT_ONCE = 16,                /* handshakes under way */
    MOST_MEMBERS = 50000,        /* connections in all */
    MOST_FLIGHT = 1024,          /* messages under way in one room */
    MOST_OPEN_FLIGHT = 65536,    /* with `rate`, in all; beyond it the server cannot keep up */
    MOST_RATE = 1000000,         /* messages per second in all */
    MOST_SECONDS = 600,          /* warm-up and measurement, each */
    MOST_MESSAGES = 100000000,   /* sent in all */
    MOST_SHORT = 1000,           /* bytes of `hello` and `pong` */
    MOST_TEXT = 60000,           /* bytes of one frame sent: its length fits 16 bits */
    MOST_FRAME = 4 << 20,        /* bytes of one frame received */
    READ_SIZE = 256 << 10,
    TINY = 4096,                 /* bytes of receive buffer of who is stalled: the rest stays with the server */
    LOOK_NS = 100000,            /* with `rate`, between two looks at what has come; it is within the latencies */
    STALL_SECONDS = 10,
    CONNECT_SECONDS = 120,
    BUCKETS = 64 * 32,           /* 32 per power of two: 3 % wide */
};

struct room {
    uint64_t sent, done;         /* messages 0 … sent-1 were sent, 0 … done-1 reached everybody */
    uint64_t *sent_at;           /* ns, by number modulo flight; with `rate` when it was due */
    unsigned *reached;           /* members, by number modulo flight */
    struct member *sender;
    size_t hint;                 /* where the marker stood in the last delivery */
    char *unsent;                /* with `rate`: what the server has not taken yet */
    size_t unsent_at, unsent_len, unsent_size;
};

struct member {
    int fd;
    bool upgraded, ready, stalled;
    struct room *room;
    uint64_t next;               /* the message it lacks */
    bool has_token, over;        /* with `end`: of the answer */
    char *rest;                  /* an incomplete frame's bytes so far */
    size_t rest_len, rest_size;
};

static struct {
    long port, rooms, members, flight, stalled;
    double warmup, seconds, rate;
    const char *path, *text, *marker, *ready;
    const char *hello, *ping, *pong, *end;
    size_t marker_len, ready_len, ping_len;
} opt = {.path = "/", .text = "", .marker = "", .ready = "", .hello = "", .ping = "", .pong = ""};

static struct {
    uint64_t deliveries, messages, bytes, missed, repeated, caught_up;
    uint64_t latency[BUCKETS];   /* of deliveries */
    uint64_t last[BUCKETS];      /* of messages: until the last member had it */
    uint64_t tokens, frames;     /* with `end` */
    uint64_t undelivered, unfinished; /* with `rate`: deliveries and messages that had not come in the end */
    uint64_t sends, late[BUCKETS]; /* with `rate`: by how much we sent later than was due, which counts against the server */
} seen;

static struct room *rooms;
static struct member *members;
static long total, opened, ready;
static uint64_t sent_in_all, done_in_all, moved_at;
static long readers;             /* members of a room who are not stalled */
static uint64_t counted_from;    /* ns; messages that were sent before are not measured */
static uint64_t began_at;        /* ns, with `rate`: message i of all is due i / rate after it, the rooms in turn */
static bool closing, overrun;    /* with `rate`: nothing more is sent; because too much was under way */
static long over;                /* with `end`: members who have the whole answer */
static long rooms_unsent;        /* that hold something the server has not taken */
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

static bool has_room(const struct room *room) { return room->sent - room->done < (uint64_t)opt.flight; }

/* Writes the room's next message to `out` (room for MOST_TEXT + 8 bytes) and returns its length. */
static size_t next_message(struct room *room, char *out, uint64_t at) {
    static char text[MOST_TEXT];
    if (sent_in_all++ == MOST_MESSAGES) die("stopped after %d messages", MOST_MESSAGES);
    size_t len = fill_in(text, sizeof text, opt.text, room->sent);
    room->sent_at[room->sent++ % (uint64_t)opt.flight] = at;
    return masked_frame(out, 1, text, len);
}

/* Sends what the room's flight has room for, in one write. */
static void top_up(struct room *room) {
    static char out[3 * MOST_TEXT];
    size_t len = 0;
    uint64_t now = now_ns();
    while (has_room(room)) {
        if (len + MOST_TEXT + 8 > sizeof out) write_all(room->sender->fd, out, len), len = 0;
        len += next_message(room, out + len, now);
    }
    if (len) write_all(room->sender->fd, out, len);
}

/* Room for so many bytes more behind what the server has not taken yet. */
static char *unsent_end(struct room *room, size_t more) {
    if (room->unsent_at + room->unsent_len + more > room->unsent_size) {
        size_t size = room->unsent_len + more > room->unsent_size / 2 ? 2 * room->unsent_size + more : room->unsent_size;
        char *grown = zeroed(size, 1);
        if (room->unsent_len) memcpy(grown, room->unsent + room->unsent_at, room->unsent_len);
        free(room->unsent);
        room->unsent = grown, room->unsent_size = size, room->unsent_at = 0;
    }
    return room->unsent + room->unsent_at + room->unsent_len;
}

static void add_unsent(struct room *room, size_t len) {
    if (!room->unsent_len) rooms_unsent++;
    room->unsent_len += len;
}

/* Gives the server what it takes: waiting for it would keep us from reading what it may be waiting to write. */
static void send_unsent(struct room *room) {
    ssize_t n = send(room->sender->fd, room->unsent + room->unsent_at, room->unsent_len, 0);
    if (n < 0 && errno != EAGAIN) die("cannot send: %s", strerror(errno));
    if (n <= 0) return;
    room->unsent_at += (size_t)n, room->unsent_len -= (size_t)n;
    if (!room->unsent_len) room->unsent_at = 0, rooms_unsent--;
}

/* Sends one frame that is no message, behind whatever the server has not taken yet: else it would stand within that. */
static void send_short(struct member *m, int opcode, const char *payload, size_t len) {
    char out[MOST_SHORT + 8];
    size_t size = masked_frame(out, opcode, payload, len);
    if (m != m->room->sender || !m->room->unsent_len) {
        write_all(m->fd, out, size);
    } else {
        memcpy(unsent_end(m->room, size), out, size);
        add_unsent(m->room, size);
    }
}

static uint64_t next_due(void) { return began_at + (uint64_t)((double)sent_in_all * 1e9 / opt.rate); }

/* Sends all that is due; what became due together goes in one write for each room. */
static void send_due(uint64_t now) {
    for (uint64_t due; !closing && (due = next_due()) <= now;) {
        struct room *room = &rooms[sent_in_all % (uint64_t)opt.rooms];
        if (!has_room(room)) closing = overrun = true;
        if (closing) return;
        if (due >= counted_from) seen.sends++, seen.late[bucket_of(now - due)]++;
        add_unsent(room, next_message(room, unsent_end(room, MOST_TEXT + 8), due));
    }
    for (long i = 0; rooms_unsent && i < opt.rooms; i++)
        if (rooms[i].unsent_len) send_unsent(&rooms[i]);
}

/* ---- receiving ---- */

static void reached(struct room *room, uint64_t number, uint64_t now) {
    uint64_t slot = number % (uint64_t)opt.flight;
    if (++room->reached[slot] < (unsigned)readers) return;
    room->reached[slot] = 0;
    room->done++, done_in_all++;
    if (room->sent_at[slot] < counted_from) return;
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
    uint64_t sent_at = room->sent_at[number % (uint64_t)opt.flight];
    if (sent_at >= counted_from) seen.deliveries++, seen.latency[bucket_of(now - sent_at)]++;
    m->next++;
    moved_at = now;
    reached(room, number, now);
}

static uint64_t number_at(const char *at, const char *end) {
    uint64_t number = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

static void look_away(struct member *m);

static void on_joined(struct member *m, uint64_t now) {
    m->ready = true;
    ready++;
    moved_at = now;
    if (m->stalled) look_away(m);
}

static uint64_t occurrences(const char *text, size_t len, const char *marker, size_t marker_len) {
    uint64_t count = 0;
    const char *end = text + len;
    for (const char *at = text; (at = memmem(at, (size_t)(end - at), marker, marker_len)); at += marker_len) count++;
    return count;
}

/* A frame of an answer: its tokens are counted, and it may be the last. */
static void on_part(struct member *m, const char *text, size_t len, uint64_t now) {
    uint64_t tokens = occurrences(text, len, opt.marker, opt.marker_len);
    seen.frames++, seen.tokens += tokens;
    moved_at = now;
    if (tokens && !m->has_token) {
        m->has_token = true;
        seen.deliveries++, seen.latency[bucket_of(now - m->room->sent_at[0])]++;
    }
    if (!m->over && memmem(text, len, opt.end, strlen(opt.end))) m->over = true, over++;
}

static void on_text(struct member *m, const char *text, size_t len, uint64_t now) {
    const char *end = text + len, *at = text + m->room->hint;
    bool welcome = opt.ready_len && len >= opt.ready_len && !memcmp(text, opt.ready, opt.ready_len);
    if (opt.ping_len && len == opt.ping_len && !memcmp(text, opt.ping, len)) {
        send_short(m, 1, opt.pong, strlen(opt.pong));
    } else if (welcome && !m->ready) {
        on_joined(m, now);
    } else if (opt.end) {
        seen.caught_up += welcome;
        if (m->ready && m->room->sent) on_part(m, text, len, now);
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
        send_short(m, 10, payload, len);
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
    if (*opt.hello) send_short(m, 1, opt.hello, strlen(opt.hello));
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
    if (began_at) send_due(now_ns());
    else if (room->sent && has_room(room)) top_up(room);
}

/* ---- waiting: epoll, or kqueue where there is none ---- */

static int queue;

#ifdef __linux__
static void open_queue(void) {
    queue = epoll_create1(0);
    prctl(PR_SET_TIMERSLACK, 1); /* ns: by itself Linux wakes a sleeper up to 50 us late */
}

static void watch(struct member *m) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = m};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, m->fd, &event)) die("cannot watch a socket: %s", strerror(errno));
}

/* Once a member is not watched, nothing tells of it any more, nor of the end of its line. */
static void look_away(struct member *m) { epoll_ctl(queue, EPOLL_CTL_DEL, m->fd, NULL); }

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

static void look_away(struct member *m) {
    struct kevent event;
    EV_SET(&event, (uintptr_t)m->fd, EVFILT_READ, EV_DELETE, 0, 0, m);
    kevent(queue, &event, 1, NULL, 0, NULL);
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
    int tiny = TINY, yes = 1;
    if (m->stalled) setsockopt(m->fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
    if (connect(m->fd, (struct sockaddr *)&to, sizeof to)) die("cannot connect: %s", strerror(errno));
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
            m->stalled = opened % opt.members >= readers;
            open_member(m, opened / opt.members);
            if (opened % opt.members == 0) m->room->sender = m;
        }
        serve(100);
        check_moving();
    }
}

/* Sends what is due, and reads every LOOK_NS: woken for each delivery, we would be busy long before the server is. */
static void serve_on_time(uint64_t now) {
    static uint64_t look_at;
    send_due(now);
    if (now >= look_at) {
        serve(0);
        look_at = now + LOOK_NS;
        return;
    }
    uint64_t wake_at = closing || next_due() > look_at ? look_at : next_due();
    if (wake_at > now) nanosleep(&(struct timespec){.tv_nsec = (long)(wake_at - now)}, NULL);
}

static bool is_over(void) { return opt.end ? over == opt.rooms * readers : overrun || (closing && done_in_all == sent_in_all); }

static void run_for(double seconds) {
    uint64_t now, end = now_ns() + (uint64_t)(seconds * 1e9);
    while ((now = now_ns()) < end && !is_over()) {
        if (began_at) serve_on_time(now);
        else serve(10), check_moving();
    }
}

/* What is under way may still come; what does not has taken until now, at least. */
static void wait_for_the_rest(void) {
    bool was_overrun = overrun;
    closing = true, overrun = false;
    run_for(opt.seconds < STALL_SECONDS ? opt.seconds : STALL_SECONDS);
    overrun = was_overrun;
    uint64_t now = now_ns();
    for (struct room *room = rooms; room < rooms + opt.rooms; room++)
        for (uint64_t number = room->done; number < room->sent; number++) {
            uint64_t slot = number % (uint64_t)opt.flight, sent_at = room->sent_at[slot];
            if (sent_at < counted_from) continue;
            uint64_t lacking = (uint64_t)readers - room->reached[slot];
            seen.undelivered += lacking, seen.latency[bucket_of(now - sent_at)] += lacking;
            seen.unfinished++, seen.last[bucket_of(now - sent_at)]++;
        }
}

static void report(double seconds, double cpu) {
    uint64_t deliveries = seen.deliveries + seen.undelivered, messages = seen.messages + seen.unfinished;
    printf("{\"deliveries\": %llu, \"messages\": %llu, \"seconds\": %.6f, \"load_cpu_seconds\": %.6f, "
           "\"p50_ms\": %.4f, \"p99_ms\": %.4f, \"p999_ms\": %.4f, \"last_p99_ms\": %.4f, \"bytes\": %llu, "
           "\"missed\": %llu, \"repeated\": %llu, \"caught_up\": %llu, "
           "\"undelivered\": %llu, \"overrun\": %s, \"late_p99_ms\": %.4f}\n",
           (unsigned long long)seen.deliveries, (unsigned long long)seen.messages, seconds, cpu,
           percentile_ms(0.5, seen.latency, deliveries), percentile_ms(0.99, seen.latency, deliveries),
           percentile_ms(0.999, seen.latency, deliveries), percentile_ms(0.99, seen.last, messages),
           (unsigned long long)seen.bytes, (unsigned long long)seen.missed, (unsigned long long)seen.repeated,
           (unsigned long long)seen.caught_up, (unsigned long long)seen.undelivered, overrun ? "true" : "false",
           percentile_ms(0.99, seen.late, seen.sends));
}

static void report_answers(double seconds, double cpu) {
    printf("{\"tokens\": %llu, \"frames\": %llu, \"bytes\": %llu, \"over\": %ld, \"seconds\": %.6f, "
           "\"load_cpu_seconds\": %.6f, \"first_p50_ms\": %.4f, \"first_p99_ms\": %.4f, \"caught_up\": %llu}\n",
           (unsigned long long)seen.tokens, (unsigned long long)seen.frames, (unsigned long long)seen.bytes, over, seconds, cpu,
           percentile_ms(0.5, seen.latency, seen.deliveries), percentile_ms(0.99, seen.latency, seen.deliveries),
           (unsigned long long)seen.caught_up);
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
    else if (!strcmp(arg, "rate")) opt.rate = atof(value);
    else if (!strcmp(arg, "stalled")) opt.stalled = atol(value);
    else if (!strcmp(arg, "hello")) opt.hello = value;
    else if (!strcmp(arg, "ping")) opt.ping = value;
    else if (!strcmp(arg, "pong")) opt.pong = value;
    else if (!strcmp(arg, "end")) opt.end = value;
    else die("unknown option: %s", arg);
}

static void check_options(void) {
    total = opt.rooms * opt.members;
    if (opt.port < 1 || opt.port > 65535) die("port: 1 to 65535");
    if (opt.rooms < 1 || opt.members < 1 || total > MOST_MEMBERS) die("rooms × members: 1 to %d", MOST_MEMBERS);
    if (opt.stalled < 0 || opt.stalled >= opt.members) die("stalled: 0 to members - 1");
    if (opt.rate && (opt.rate < 0.1 || opt.rate > MOST_RATE)) die("rate: 0.1 to %d", MOST_RATE);
    if (opt.rate) opt.flight = opt.rooms > MOST_OPEN_FLIGHT ? 1 : MOST_OPEN_FLIGHT / opt.rooms;
    else if (opt.flight < 1 || opt.flight > MOST_FLIGHT) die("flight: 1 to %d", MOST_FLIGHT);
    if (opt.end && (opt.rate || opt.stalled)) die("end goes with neither rate nor stalled");
    if (opt.seconds <= 0 || opt.seconds > MOST_SECONDS || opt.warmup < 0 || opt.warmup > MOST_SECONDS)
        die("seconds and warmup: at most %d", MOST_SECONDS);
    readers = opt.members - opt.stalled;
    opt.marker_len = strlen(opt.marker), opt.ready_len = strlen(opt.ready), opt.ping_len = strlen(opt.ping);
    if (strlen(opt.hello) > MOST_SHORT || strlen(opt.pong) > MOST_SHORT) die("hello and pong: %d bytes", MOST_SHORT);
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

static void begin(void) {
    if (opt.rate) began_at = now_ns();
    else for (long i = 0; i < opt.rooms; i++) top_up(&rooms[i]);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) read_option(argv[i]);
    check_options();
    signal(SIGPIPE, SIG_IGN);
    alarm(CONNECT_SECONDS + (unsigned)(opt.warmup + opt.seconds) + 2 * STALL_SECONDS);
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_room_for_all();
    gather();
    run_for(SETTLE_SECONDS);
    if (!opt.end) begin(), run_for(opt.warmup);
    memset(&seen, 0, sizeof seen);
    puts("measure");
    uint64_t start = now_ns();
    double cpu = own_cpu();
    if (opt.rate) counted_from = start;
    if (opt.end) begin();
    run_for(opt.seconds);
    if (opt.rate) wait_for_the_rest();
    double took = (double)(now_ns() - start) / 1e9;
    if (opt.end) report_answers(took, own_cpu() - cpu);
    else if (!opt.rate && now_ns() - moved_at > opt.seconds / 2 * 1e9) die("deliveries had ceased when the time was over");
    else report(took, own_cpu() - cpu);
    return 0;
}
