/* The limit: a broadcast in C that stores nothing, one thread, epoll, text frames.
 *
 *   PORT=8000 broadcast each      one send for each member and message
 *   PORT=8000 broadcast batch     all that is ready is read first, then one send for each member whose room got something
 *
 * A room is the path. It does less than a chat server must: JSON is not parsed (the strings behind "content":" and
 * "key":" are copied as they stand, escapes and all), nothing is checked for UTF-8, nobody is pinged, a message in
 * fragments is refused, and a room once made stays. Whoever lets BACKLOG bytes wait is cut.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_SIZE = 256 << 10,
    MOST_REST = 64 << 10,        /* bytes of a request or frame that has not come whole */
    BACKLOG = 4 << 20,           /* bytes that wait for one member */
    BUCKETS = 4096,              /* of the table of rooms */
    MOST_PATH = 128,
    AT_ONCE = 4096,              /* sockets served between two looks at what is ready */
};

struct bytes {
    char *data;
    size_t len, size;
};

struct room {
    char path[MOST_PATH];
    struct member **members;
    size_t count, size;
    uint64_t number;             /* of its latest message */
    struct bytes out;            /* frames for everybody in it */
    bool waits;                  /* for deliver_all */
    struct room *next;           /* in its bucket */
};

struct member {
    int fd;
    struct room *room;           /* NULL until the handshake is over */
    size_t place;                /* in the room's members */
    struct bytes rest;           /* an incomplete frame's bytes so far */
    struct bytes backlog;
    size_t sent;                 /* of the backlog */
    bool gone;
    char author[96];
};

static bool batching;
static int queue, listener;
static struct room *buckets[BUCKETS];
static struct room **waiting;
static struct member **leaving;
static size_t waiting_count, waiting_size, leaving_count, leaving_size;
static char inbox[MOST_REST + READ_SIZE];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void *grown(void *memory, size_t bytes) {
    if (!(memory = realloc(memory, bytes))) die("out of memory");
    return memory;
}

static void append(struct bytes *to, const void *data, size_t len) {
    if (to->len + len > to->size) to->data = grown(to->data, to->size = (to->len + len) * 2);
    memcpy(to->data + to->len, data, len);
    to->len += len;
}

/* Adds `one` to a list that grows. */
#define PUSH(list, count, size, one)                                                          \
    do {                                                                                      \
        if (count == size) list = grown(list, (size = size * 2 + 16) * sizeof *list);         \
        list[count++] = one;                                                                  \
    } while (0)

/* ---- writing to members ---- */

static void leaves(struct member *m) {
    if (m->gone) return;
    m->gone = true;
    PUSH(leaving, leaving_count, leaving_size, m);
}

static void watch(struct member *m, int how, uint32_t events) {
    if (epoll_ctl(queue, how, m->fd, &(struct epoll_event){.events = events, .data.ptr = m})) die("epoll_ctl");
}

/* One send; what the kernel does not take waits in the backlog. */
static void give(struct member *m, const char *data, size_t len) {
    if (m->gone) return;
    if (!m->backlog.len) {
        ssize_t n = send(m->fd, data, len, MSG_NOSIGNAL);
        if (n == (ssize_t)len) return;
        if (n < 0 && errno != EAGAIN) return leaves(m);
        if (n > 0) data += n, len -= (size_t)n;
        watch(m, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    append(&m->backlog, data, len);
    if (m->backlog.len - m->sent > BACKLOG) leaves(m);
}

static void on_writable(struct member *m) {
    ssize_t n = send(m->fd, m->backlog.data + m->sent, m->backlog.len - m->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return leaves(m);
    if (n > 0) m->sent += (size_t)n;
    if (m->sent < m->backlog.len) return;
    m->sent = m->backlog.len = 0;
    watch(m, EPOLL_CTL_MOD, EPOLLIN);
}

static void deliver(struct room *room) {
    for (size_t i = 0; i < room->count; i++) give(room->members[i], room->out.data, room->out.len);
    room->out.len = 0;
}

static void deliver_all(void) {
    for (size_t i = 0; i < waiting_count; i++) deliver(waiting[i]), waiting[i]->waits = false;
    waiting_count = 0;
}

/* ---- messages ---- */

static size_t head_of(char *out, int opcode, size_t len) {
    out[0] = (char)(0x80 | opcode);
    if (len < 126) return out[1] = (char)len, 2;
    out[1] = 126, out[2] = (char)(len >> 8), out[3] = (char)len;
    return 4;
}

/* Appends the JSON string that stands behind `name`, with its quotes; an empty one where there is none. */
static void append_string(struct bytes *to, const char *text, size_t len, const char *name) {
    const char *end = text + len, *from = memmem(text, len, name, strlen(name));
    if (!from) return append(to, "\"\"", 2);
    const char *at = from += strlen(name) - 1;
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    if (at >= end) return append(to, "\"\"", 2);
    append(to, from, (size_t)(at + 1 - from));
}

static void append_number(struct bytes *to, uint64_t number) {
    char digits[20], *at = digits + sizeof digits;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    append(to, at, (size_t)(digits + sizeof digits - at));
}

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#define APPEND(to, literal) append(to, literal, sizeof literal - 1)

static void on_message(struct member *m, const char *said, size_t len) {
    static struct bytes json;
    struct room *room = m->room;
    char head[4];
    json.len = 0;
    APPEND(&json, "{\"type\":\"message\",\"id\":");
    append_number(&json, ++room->number);
    APPEND(&json, ",\"ts\":");
    append_number(&json, now_ms());
    append(&json, m->author, strlen(m->author));
    append_string(&json, said, len, "\"content\":\"");
    APPEND(&json, ",\"key\":");
    append_string(&json, said, len, "\"key\":\"");
    APPEND(&json, "}");
    if (json.len > 65535) return leaves(m);
    append(&room->out, head, head_of(head, 1, json.len));
    append(&room->out, json.data, json.len);
    if (!batching) return deliver(room);
    if (!room->waits) PUSH(waiting, waiting_count, waiting_size, room);
    room->waits = true;
}

static void unmask(char *data, size_t len, const char *mask) {
    for (size_t i = 0; i < len; i++) data[i] ^= mask[i & 3];
}

static void on_frame(struct member *m, int first, char *payload, size_t len) {
    char pong[4];
    if (first == 0x81) return on_message(m, payload, len);
    if (first == 0x8a) return;
    if (first != 0x89) return leaves(m); /* a close, binary data, a fragment */
    give(m, pong, head_of(pong, 10, len));
    give(m, payload, len);
}

/* Takes one frame off the front; returns its bytes, 0 if it is incomplete. */
static size_t take_frame(struct member *m, char *data, size_t len) {
    const unsigned char *b = (const unsigned char *)data;
    if (len < 6) return 0;
    size_t head = 6, size = b[1] & 127;
    if (!(b[1] & 128) || size == 127) return leaves(m), len;
    if (size == 126) {
        if (len < 8) return 0;
        head = 8, size = (size_t)b[2] << 8 | b[3];
    }
    if (len < head + size) return 0;
    unmask(data + head, size, data + head - 4);
    on_frame(m, b[0], data + head, size);
    return head + size;
}

/* ---- the handshake (RFC 6455, section 4.2.2) ---- */

static uint32_t rotated(uint32_t x, int n) { return x << n | x >> (32 - n); }

/* SHA-1 (RFC 3174), one block of 64 bytes. */
static void sha1_block(uint32_t state[5], const unsigned char *block) {
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
        uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
        uint32_t sum = rotated(a, 5) + f + e + k + w[i];
        e = d, d = c, c = rotated(b, 30), b = a, a = sum;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* The SHA-1 of 60 bytes, a key and the protocol's own: with the padding they are two blocks. */
static void sha1_of_60(const char *text, unsigned char out[20]) {
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char blocks[128] = {0};
    memcpy(blocks, text, 60);
    blocks[60] = 0x80, blocks[126] = 60 * 8 >> 8, blocks[127] = 60 * 8 & 255;
    sha1_block(state, blocks);
    sha1_block(state, blocks + 64);
    for (int i = 0; i < 20; i++) out[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void accept_of(const char *key, char out[29]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[61];
    unsigned char hash[21] = {0};
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1_of_60(text, hash);
    for (int i = 0; i < 7; i++) {
        uint32_t three = (uint32_t)hash[3 * i] << 16 | hash[3 * i + 1] << 8 | hash[3 * i + 2];
        for (int j = 0; j < 4; j++) out[4 * i + j] = letters[three >> (18 - 6 * j) & 63];
    }
    out[27] = '=', out[28] = 0;
}

static struct room *room_of(const char *path) {
    uint32_t hash = 2166136261u;
    for (const char *at = path; *at; at++) hash = (hash ^ (unsigned char)*at) * 16777619u;
    struct room **bucket = &buckets[hash % BUCKETS];
    for (struct room *room = *bucket; room; room = room->next)
        if (!strcmp(room->path, path)) return room;
    struct room *room = memset(grown(NULL, sizeof *room), 0, sizeof *room);
    strcpy(room->path, path);
    room->next = *bucket;
    return *bucket = room;
}

static void joins(struct member *m, struct room *room) {
    static unsigned people;
    m->room = room, m->place = room->count;
    snprintf(m->author, sizeof m->author, ",\"author\":{\"id\":\"u%x\",\"name\":\"Guest\",\"kind\":\"human\"},\"content\":", ++people);
    PUSH(room->members, room->count, room->size, m);
}

/* Takes the request off the front and answers it; returns its bytes, 0 if it is incomplete. */
static size_t take_request(struct member *m, char *data, size_t len) {
    char answer[256], accept[29], path[MOST_PATH];
    char *end = memmem(data, len, "\r\n\r\n", 4);
    if (!end) return 0;
    end[2] = 0;
    char *key = strcasestr(data, "\r\nSec-WebSocket-Key:");
    if (sscanf(data, "GET %127s HTTP/1.1", path) != 1 || !key) return leaves(m), len;
    key += strlen("\r\nSec-WebSocket-Key:");
    key += strspn(key, " ");
    if (strcspn(key, "\r") != 24) return leaves(m), len;
    accept_of(key, accept);
    int size = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    give(m, answer, (size_t)size);
    joins(m, room_of(path));
    return (size_t)(end - data) + 4;
}

/* ---- sockets ---- */

static void on_readable(struct member *m) {
    memcpy(inbox, m->rest.data, m->rest.len);
    ssize_t n = recv(m->fd, inbox + m->rest.len, READ_SIZE, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return leaves(m);
    size_t len = m->rest.len + (size_t)n, at = 0, taken;
    do {
        taken = m->room ? take_frame(m, inbox + at, len - at) : take_request(m, inbox + at, len - at);
        at += taken;
    } while (taken && at < len && !m->gone);
    m->rest.len = 0;
    if (len - at > MOST_REST) return leaves(m);
    append(&m->rest, inbox + at, len - at);
}

static void accept_all(void) {
    int fd, yes = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct member *m = memset(grown(NULL, sizeof *m), 0, sizeof *m);
        m->fd = fd;
        m->rest.data = grown(NULL, m->rest.size = 64);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(m, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* Between two rounds: within one, its room's list is being walked and its events may still wait. */
static void let_go(void) {
    for (size_t i = 0; i < leaving_count; i++) {
        struct member *m = leaving[i];
        if (m->room) {
            struct member *last = m->room->members[--m->room->count];
            m->room->members[last->place = m->place] = last;
        }
        close(m->fd);
        free(m->rest.data), free(m->backlog.data), free(m);
    }
    leaving_count = 0;
}

static void serve(void) {
    static struct epoll_event events[AT_ONCE];
    int n = epoll_wait(queue, events, AT_ONCE, -1);
    for (int i = 0; i < n; i++) {
        struct member *m = events[i].data.ptr;
        if (!m) accept_all();
        else if (!m->gone && events[i].events & EPOLLOUT) on_writable(m);
        if (m && !m->gone && events[i].events & ~(uint32_t)EPOLLOUT) on_readable(m);
    }
    deliver_all();
    let_go();
}

static void listen_on(int port) {
    int yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)) die("cannot listen");
    queue = epoll_create1(0);
    if (epoll_ctl(queue, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN})) die("epoll_ctl");
}

int main(int argc, char **argv) {
    const char *port = getenv("PORT");
    if (argc != 2 || !port || (strcmp(argv[1], "each") && strcmp(argv[1], "batch")))
        return fputs("usage: PORT=8000 broadcast each|batch\n", stderr), 2;
    batching = !strcmp(argv[1], "batch");
    signal(SIGPIPE, SIG_IGN);
    listen_on(atoi(port));
    for (;;) serve();
}
