/* The log: lines of text or of JSON, each made whole and then written at once. */
#include "serve/access_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_out.h"
#include "base/number.h"
#include "base/utf8.h"

/* Room for "2026-01-31T23:59:59.999Z", whatever the year is. */
enum { TIME_SIZE = 48, EVENT_SIZE = 2048 };

static void write_time(char out[TIME_SIZE]) {
    struct timespec now;
    struct tm parts;
    char date[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, TIME_SIZE, "%s.%03dZ", date, (int)(now.tv_nsec / 1000000));
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_broken; /* the last line lost its end */

/*
 * Writes a line by one write(2), so that lines of several processes stay whole. What a full pipe or disk did not take is lost
 * rather than waited for: the log must not hold the service up. The next line then begins anew.
 */
static void write_line(const char *line, size_t n) {
    pthread_mutex_lock(&lock);
    if (is_broken && write(STDERR_FILENO, "\n", 1) == 1) { is_broken = false; }
    size_t done = 0;
    while (!is_broken && done < n) {
        ssize_t written = write(STDERR_FILENO, line + done, n - done);
        if (written < 0 && errno == EINTR) { continue; }
        if (written <= 0) { break; }
        done += (size_t)written;
    }
    if (done > 0 && done < n) { is_broken = true; }
    pthread_mutex_unlock(&lock);
}

static void write_lost_line(void) {
    static const char text[] = "no memory for a line of the log\n";
    write_line(text, sizeof text - 1);
}

/* Whether a character could end a line, move a terminal's cursor or turn the direction of writing: what hides or forges lines. */
static bool is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
           c == 0x200F || c == 0x061C;
}

/* Adds a string with quotes, in which nothing ends the line. */
static nomen_status add_quoted(nomen_buffer *out, const char *text, size_t n, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_byte(out, '"', err));
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t length = nomen_utf8_length(text + i, n - i);
        unsigned char byte = (unsigned char)text[i];
        if (length == 0) {
            NOMEN_TRY(nomen_buffer_printf(out, err, "\\x%02x", byte));
            i++;
            continue;
        }
        nomen_utf8_decode(text + i, n - i, &c);
        if (c == '"' || c == '\\') {
            NOMEN_TRY(nomen_buffer_printf(out, err, "\\%c", (int)c));
        } else if (c == '\n' || c == '\r' || c == '\t') {
            NOMEN_TRY(nomen_buffer_append_text(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", err));
        } else if (is_control(c)) {
            NOMEN_TRY(nomen_buffer_printf(out, err, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c));
        } else {
            NOMEN_TRY(nomen_buffer_append(out, text + i, length, err));
        }
        i += length;
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '"', err));
done:
    return status;
}

/* Adds " NAME=VALUE", or " VALUE" without a name; the value in quotes where it is not plain; nothing for "" with a name. */
static nomen_status add_word(nomen_buffer *out, const char *name, const char *value, nomen_error *err) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:;/@%+*~[]";
    nomen_status status = NOMEN_OK;
    if (name != NULL && *value == '\0') { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err));
    if (name != NULL) { NOMEN_TRY(nomen_buffer_printf(out, err, "%s=", name)); }
    if (*value != '\0' && strspn(value, plain) == strlen(value)) {
        NOMEN_TRY(nomen_buffer_append_text(out, value, err));
    } else {
        NOMEN_TRY(add_quoted(out, value, strlen(value), err));
    }
done:
    return status;
}

/* 2026-01-31T12:00:00.000Z 127.0.0.1 POST /tag 200 id=... key=... model=... texts=1 in=20 out=99 seconds=0.0123 waited=0.0001 */
static nomen_status write_text(const nomen_access *access, const char *time, const char *text, nomen_buffer *out,
                               nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, time, err));
    NOMEN_TRY(add_word(out, NULL, access->client, err));
    NOMEN_TRY(add_word(out, NULL, access->method, err));
    NOMEN_TRY(add_word(out, NULL, access->path, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, " %u", access->status));
    NOMEN_TRY(add_word(out, "id", access->id, err));
    NOMEN_TRY(add_word(out, "key", access->key, err));
    NOMEN_TRY(add_word(out, "model", access->model, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, " texts=%zu in=%zu out=%zu seconds=%.4f waited=%.4f", access->n_texts,
                                  access->bytes_in, access->bytes_out, access->seconds, access->waited));
    if (text != NULL) {
        NOMEN_TRY(nomen_buffer_append_text(out, " text=", err));
        NOMEN_TRY(add_quoted(out, text, access->n_text, err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    return status;
}

static nomen_status write_json(const nomen_access *access, const char *time, const char *text, nomen_buffer *out,
                               nomen_error *err) {
    nomen_json_out json = nomen_json_start(out, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "time", time);
    nomen_json_add_text(&json, "level", "info");
    nomen_json_add_text(&json, "event", "request");
    nomen_json_add_text(&json, "id", access->id);
    nomen_json_add_text(&json, "client", access->client);
    nomen_json_add_text(&json, "method", access->method);
    nomen_json_add_text(&json, "path", access->path);
    nomen_json_add_size(&json, "status", access->status);
    if (*access->key != '\0') { nomen_json_add_text(&json, "key", access->key); }
    if (*access->model != '\0') { nomen_json_add_text(&json, "model", access->model); }
    nomen_json_add_size(&json, "texts", access->n_texts);
    nomen_json_add_size(&json, "bytes_in", access->bytes_in);
    nomen_json_add_size(&json, "bytes_out", access->bytes_out);
    nomen_json_add_rounded(&json, "seconds", access->seconds, 4);
    nomen_json_add_rounded(&json, "waited", access->waited, 4);
    if (text != NULL) { nomen_json_add_bytes(&json, "text", text, access->n_text); }
    nomen_json_end_object(&json);
    return nomen_json_end_line(&json);
}

/* A field that the caller left out is empty. */
static const char *given(const char *text) {
    return text != NULL ? text : "";
}

void nomen_access_log(const nomen_settings *settings, const nomen_access *access) {
    nomen_buffer line = {0};
    nomen_error err = {0};
    char time[TIME_SIZE];
    if (settings->quiet) { return; }
    nomen_access all = *access;
    all.id = given(access->id);
    all.client = given(access->client);
    all.method = given(access->method);
    all.path = given(access->path);
    all.key = given(access->key);
    all.model = given(access->model);
    const char *text = settings->log_text ? access->text : NULL;
    write_time(time);
    nomen_status status = settings->log_form == NOMEN_LOG_JSON ? write_json(&all, time, text, &line, &err)
                                                               : write_text(&all, time, text, &line, &err);
    if (status == NOMEN_OK) {
        write_line(line.data, line.size);
    } else {
        write_lost_line();
    }
    nomen_buffer_clear(&line);
}

/* Replaces what could forge a line; the message's own words stay as they are, without quotes. */
static nomen_status write_event(const char *time, const char *level, const char *message, nomen_buffer *out, nomen_error *err) {
    nomen_buffer quoted = {0};
    nomen_status status;
    NOMEN_TRY(add_quoted(&quoted, message, strlen(message), err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%s %s: ", time, level));
    for (size_t i = 1; i + 1 < quoted.size; i++) {
        if (quoted.data[i] == '\\' && quoted.data[i + 1] == '"') { continue; }
        NOMEN_TRY(nomen_buffer_append_byte(out, quoted.data[i], err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    nomen_buffer_clear(&quoted);
    return status;
}

void nomen_event_log(const nomen_settings *settings, const char *level, const char *format, ...) {
    char message[EVENT_SIZE], time[TIME_SIZE];
    nomen_buffer line = {0};
    nomen_error err = {0};
    nomen_status status;
    va_list list;
    va_start(list, format);
    nomen_number_vsnprintf(message, sizeof message, format, list);
    va_end(list);
    write_time(time);
    if (settings->log_form == NOMEN_LOG_JSON) {
        nomen_json_out json = nomen_json_start(&line, &err);
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_text(&json, "time", time);
        nomen_json_add_text(&json, "level", level);
        nomen_json_add_text(&json, "event", "message");
        nomen_json_add_text(&json, "message", message);
        nomen_json_end_object(&json);
        status = nomen_json_end_line(&json);
    } else {
        status = write_event(time, level, message, &line, &err);
    }
    if (status == NOMEN_OK) {
        write_line(line.data, line.size);
    } else {
        write_lost_line();
    }
    nomen_buffer_clear(&line);
}
