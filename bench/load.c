/*
 * A load generator for `nomen serve`: keep-alive clients in one thread that send requests from a file, one after another
 * (closed loop) or at given times (open loop), where the time of an answer counts from when its request should have been sent
 * (Tene's "coordinated omission"). Prints one JSON object.
 *
 *     bench_load --port 8080 --path /tag --bodies bodies.jsonl [--clients 32] [--seconds 10 | --requests N] [--rate PER_SECOND]
 *                [--expect answers.jsonl] [--idle N] [--header 'Name: value']
 *
 * --expect: line i is the body that the request of line i must be answered with, byte for byte. --idle: connections that send
 * nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
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

enum { MAX_STATUS = 600, READ_BYTES = 65536 };

typedef struct line_list {
    char **lines;
    size_t *lengths;
    size_t n;
} line_list;

typedef struct client {
    int file;
    bool busy;
    size_t request; /* its line */
    double due, sent_at;
    size_t sent; /* bytes of it */
    char *in;
    size_t n_in, capacity;
} client;

typedef struct load {
    const char *path, *header;
    int port;
    size_t n_clients, n_idle, max_requests;
    double seconds, rate;
    line_list bodies, expected;
    char **requests; /* whole, as sent */
    size_t *request_bytes;
    client *clients;
    int epoll;
    size_t n_started, n_done, n_wrong, n_reconnected, by_status[MAX_STATUS];
    double *times; /* of the answers with 200, seconds */
    size_t n_times, times_capacity;
    double first, last;
} load;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what) {
    fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *grown(void *block, size_t n_bytes) {
    block = realloc(block, n_bytes);
    if (block == NULL) { die("memory"); }
    return block;
}

static line_list read_lines(const char *path) {
    line_list list = {0};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    if (file == NULL) { die(path); }
    while ((n = getline(&line, &capacity, file)) >= 0) {
        if (n > 0 && line[n - 1] == '\n') { n--; }
        list.lines = grown(list.lines, (list.n + 1) * sizeof *list.lines);
        list.lengths = grown(list.lengths, (list.n + 1) * sizeof *list.lengths);
        list.lines[list.n] = grown(NULL, (size_t)n + 1);
        memcpy(list.lines[list.n], line, (size_t)n);
        list.lines[list.n][n] = '\0';
        list.lengths[list.n++] = (size_t)n;
    }
    free(line);
    fclose(file);
    return list;
}

static int open_connection(const load *l) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->port)};
    int on = 1, file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* never anywhere else */
    if (file < 0 || connect(file, (struct sockaddr *)&address, sizeof address) != 0) { die("connect"); }
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(file, F_SETFL, O_NONBLOCK);
    return file;
}

static void connect_client(load *l, client *c) {
    c->file = open_connection(l);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->file, &event) != 0) { die("epoll"); }
}

static void prepare_requests(load *l) {
    l->requests = grown(NULL, l->bodies.n * sizeof *l->requests);
    l->request_bytes = grown(NULL, l->bodies.n * sizeof *l->request_bytes);
    for (size_t i = 0; i < l->bodies.n; i++) {
        size_t n = l->bodies.lengths[i] + strlen(l->path) + 512;
        l->requests[i] = grown(NULL, n);
        int head = snprintf(
            l->requests[i], n,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s%s\r\n",
            l->path, l->port, l->bodies.lengths[i], l->header != NULL ? l->header : "", l->header != NULL ? "\r\n" : "");
        memcpy(l->requests[i] + head, l->bodies.lines[i], l->bodies.lengths[i]);
        l->request_bytes[i] = (size_t)head + l->bodies.lengths[i];
    }
}

static void write_more(load *l, client *c) {
    while (c->sent < l->request_bytes[c->request]) {
        ssize_t n = send(c->file, l->requests[c->request] + c->sent, l->request_bytes[c->request] - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) { break; }
        if (n < 0) { return; } /* the answer, or the end, is read */
        c->sent += (size_t)n;
    }
    bool more = c->sent < l->request_bytes[c->request];
    struct epoll_event event = {.events = EPOLLIN | (more ? EPOLLOUT : 0U), .data.ptr = c};
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->file, &event);
}

static void start_request(load *l, client *c, double due) {
    c->busy = true;
    c->request = l->n_started++ % l->bodies.n;
    c->due = due;
    c->sent = c->n_in = 0;
    write_more(l, c);
}

static void add_time(load *l, double seconds) {
    if (l->n_times == l->times_capacity) {
        l->times_capacity = l->times_capacity * 2 + 1024;
        l->times = grown(l->times, l->times_capacity * sizeof *l->times);
    }
    l->times[l->n_times++] = seconds;
}

static void drop_connection(load *l, client *c) {
    close(c->file);
    l->n_reconnected++;
    connect_client(l, c);
}

/* The answer is complete. */
static void end_request(load *l, client *c, int status, const char *body, size_t n_body, bool close_it) {
    l->last = now();
    l->by_status[status > 0 && status < MAX_STATUS ? status : 0]++;
    l->n_done++;
    if (status == 200) { add_time(l, l->last - c->due); }
    if (status == 200 && l->expected.n > 0) {
        size_t n = l->expected.lengths[c->request];
        if (n_body > 0 && body[n_body - 1] == '\n') { n_body--; }
        if (n != n_body || memcmp(body, l->expected.lines[c->request], n) != 0) { l->n_wrong++; }
    }
    c->busy = false;
    if (close_it) { drop_connection(l, c); }
}

static const char *field(const char *head, const char *name) {
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':') { return line + 3 + n; }
    }
    return NULL;
}

static void read_more(load *l, client *c) {
    for (;;) {
        if (c->capacity - c->n_in < READ_BYTES) {
            c->capacity = c->capacity * 2 + 2 * READ_BYTES;
            c->in = grown(c->in, c->capacity);
        }
        ssize_t n = recv(c->file, c->in + c->n_in, READ_BYTES - 1, 0);
        if (n < 0 && errno == EAGAIN) { return; }
        if (n <= 0) { /* the end, or an error, without an answer */
            if (c->busy) {
                end_request(l, c, 0, NULL, 0, true);
            } else {
                drop_connection(l, c);
            }
            return;
        }
        c->n_in += (size_t)n;
        c->in[c->n_in] = '\0';
        char *end = strstr(c->in, "\r\n\r\n");
        if (end == NULL) { continue; }
        *end = '\0'; /* of the head; put back below */
        const char *length = field(c->in, "Content-Length"), *connection = field(c->in, "Connection");
        size_t n_head = (size_t)(end - c->in) + 4, n_body = length != NULL ? strtoul(length, NULL, 10) : 0;
        bool close_it = connection != NULL && strncasecmp(connection + strspn(connection, " "), "close", 5) == 0;
        int status = atoi(c->in + 9);
        *end = '\r';
        if (length == NULL) { status = 0; } /* lines; not measured by this program */
        if (c->n_in < n_head + n_body) { continue; }
        if (c->busy) {
            end_request(l, c, status, c->in + n_head, n_body, close_it);
        } else {
            drop_connection(l, c);
        }
        return;
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const load *l, double q) {
    if (l->n_times == 0) { return 0.0; }
    size_t i = (size_t)(q * (double)(l->n_times - 1) + 0.5);
    return l->times[i] * 1e3;
}

static void report(load *l) {
    double seconds = l->last - l->first;
    if (l->n_times > 0) { qsort(l->times, l->n_times, sizeof *l->times, by_value); }
    printf("{\"requests\":%zu,\"ok\":%zu,\"wrong\":%zu,\"reconnected\":%zu,\"seconds\":%.3f,\"per_second\":%.2f,\"p50_ms\":%.3f,"
           "\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"status\":{",
           l->n_done, l->by_status[200], l->n_wrong, l->n_reconnected, seconds,
           seconds > 0.0 ? (double)l->by_status[200] / seconds : 0.0, quantile(l, 0.5), quantile(l, 0.9), quantile(l, 0.99),
           quantile(l, 1.0));
    const char *comma = "";
    for (int i = 0; i < MAX_STATUS; i++) {
        if (l->by_status[i] == 0) { continue; }
        printf("%s\"%d\":%zu", comma, i, l->by_status[i]);
        comma = ",";
    }
    printf("}}\n");
}

static client *free_client(load *l) {
    for (size_t i = 0; i < l->n_clients; i++) {
        if (!l->clients[i].busy) { return &l->clients[i]; }
    }
    return NULL;
}

/* Starts what is due; the time of the next, or 0 for none. */
static double start_due(load *l) {
    double at = now();
    while (l->n_started < l->max_requests && (l->seconds <= 0.0 || at < l->first + l->seconds)) {
        double due = l->rate > 0.0 ? l->first + (double)l->n_started / l->rate : at;
        if (due > at) { return due; }
        client *c = free_client(l);
        if (c == NULL) { break; } /* it starts late, and its time counts from when it was due */
        start_request(l, c, due);
    }
    return 0.0;
}

static void run(load *l) {
    struct epoll_event events[256];
    l->first = l->last = now();
    for (;;) {
        double next = start_due(l), at = now();
        bool over = l->n_started >= l->max_requests || (l->seconds > 0.0 && at >= l->first + l->seconds);
        if (over && (l->n_done == l->n_started || at > l->first + l->seconds + 60.0)) { return; }
        int wait = next > 0.0 ? (int)((next - at) * 1e3) : 50;
        int n = epoll_wait(l->epoll, events, 256, wait < 0 ? 0 : wait);
        for (int i = 0; i < n; i++) {
            client *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) { write_more(l, c); }
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) { read_more(l, c); }
        }
    }
}

static void set_option(load *l, const char *name, const char *value) {
    if (strcmp(name, "--port") == 0) {
        l->port = atoi(value);
    } else if (strcmp(name, "--path") == 0) {
        l->path = value;
    } else if (strcmp(name, "--header") == 0) {
        l->header = value;
    } else if (strcmp(name, "--bodies") == 0) {
        l->bodies = read_lines(value);
    } else if (strcmp(name, "--expect") == 0) {
        l->expected = read_lines(value);
    } else if (strcmp(name, "--clients") == 0) {
        l->n_clients = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--idle") == 0) {
        l->n_idle = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--requests") == 0) {
        l->max_requests = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--seconds") == 0) {
        l->seconds = strtod(value, NULL);
    } else if (strcmp(name, "--rate") == 0) {
        l->rate = strtod(value, NULL);
    } else {
        fprintf(stderr, "bench_load: unknown option %s\n", name);
        exit(2);
    }
}

int main(int argc, char **argv) {
    load l = {.path = "/tag", .n_clients = 32, .max_requests = SIZE_MAX};
    for (int i = 1; i + 1 < argc; i += 2) { set_option(&l, argv[i], argv[i + 1]); }
    if (l.port == 0 || l.bodies.n == 0 || l.n_clients == 0) {
        fprintf(stderr, "usage: bench_load --port N --bodies FILE [--path /tag] [--clients 32] [--seconds S] [--requests N] "
                        "[--rate R] [--expect FILE] [--idle N] [--header 'Name: value']\n");
        return 2;
    }
    if (l.seconds <= 0.0 && l.max_requests == SIZE_MAX) { l.seconds = 10.0; }
    if (l.expected.n > 0 && l.expected.n != l.bodies.n) {
        fprintf(stderr, "bench_load: %zu bodies and %zu answers; there must be as many\n", l.bodies.n, l.expected.n);
        return 2;
    }
    prepare_requests(&l);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    l.clients = calloc(l.n_clients, sizeof *l.clients);
    if (l.epoll < 0 || l.clients == NULL) { die("epoll"); }
    for (size_t i = 0; i < l.n_clients; i++) { connect_client(&l, &l.clients[i]); }
    for (size_t i = 0; i < l.n_idle; i++) { (void)open_connection(&l); } /* until the process ends */
    run(&l);
    report(&l);
    return l.n_wrong > 0;
}
