/* Events of a run for TensorBoard. */
#include "train/record/tensorboard.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/tree.h"

#define PREFIX "events.out.tfevents."
#define LAST_SECOND 9999999999 /* of ten digits, by which names sort */

uint32_t nomen_crc32c(const void *bytes, size_t n_bytes) {
    const unsigned char *s = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n_bytes; i++) { /* bit by bit: a run has kilobytes of events */
        crc ^= s[i];
        for (int bit = 0; bit < 8; bit++) { crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0x82F63B78) : 0); }
    }
    return ~crc;
}

/* ---- protocol buffers: a field is its number and kind, then its value ---- */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static nomen_status add_varint(nomen_buffer *out, uint64_t number, nomen_error *err) {
    char bytes[10];
    size_t n = 0;
    for (; number >= 0x80; number >>= 7) { bytes[n++] = (char)(number | 0x80); }
    bytes[n++] = (char)number;
    return nomen_buffer_append(out, bytes, n, err);
}

static nomen_status add_key(nomen_buffer *out, unsigned field, unsigned kind, nomen_error *err) {
    return add_varint(out, (uint64_t)field << 3 | kind, err);
}

/* A whole number of n_bytes bytes, least byte first. */
static nomen_status add_little_endian(nomen_buffer *out, uint64_t number, size_t n_bytes, nomen_error *err) {
    char bytes[8];
    for (size_t i = 0; i < n_bytes; i++) { bytes[i] = (char)(number >> 8 * i); }
    return nomen_buffer_append(out, bytes, n_bytes, err);
}

static nomen_status add_number_field(nomen_buffer *out, unsigned field, uint64_t number, nomen_error *err) {
    nomen_status status = add_key(out, field, VARINT, err);
    return status == NOMEN_OK ? add_varint(out, number, err) : status;
}

static nomen_status add_bytes_field(nomen_buffer *out, unsigned field, const void *bytes, size_t n_bytes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(add_key(out, field, BYTES, err));
    NOMEN_TRY(add_varint(out, n_bytes, err));
    status = nomen_buffer_append(out, bytes, n_bytes, err);
done:
    return status;
}

static nomen_status add_text_field(nomen_buffer *out, unsigned field, const char *text, nomen_error *err) {
    return add_bytes_field(out, field, text, strlen(text), err);
}

/* ---- TFRecords of events ---- */

/* The masked checksum of tensorflow's record format: a file may hold checksums of what holds checksums. */
static uint32_t masked(const void *bytes, size_t n_bytes) {
    uint32_t crc = nomen_crc32c(bytes, n_bytes);
    return (crc >> 15 | crc << 17) + UINT32_C(0xA282EAD8);
}

/* Begins an Event: its time and its step. */
static nomen_status begin_event(nomen_tensorboard *b, size_t step, nomen_error *err) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const double seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    uint64_t bits;
    nomen_status status;
    memcpy(&bits, &seconds, sizeof bits);
    nomen_buffer_reset(&b->record);
    NOMEN_TRY(add_key(&b->record, 1, FIXED64, err));
    NOMEN_TRY(add_little_endian(&b->record, bits, 8, err));
    if (step > 0) { NOMEN_TRY(add_number_field(&b->record, 2, step, err)); }
done:
    return status;
}

/* Writes the event as a record. */
static nomen_status end_event(nomen_tensorboard *b, nomen_error *err) {
    nomen_buffer *out = &b->message;
    nomen_status status;
    nomen_buffer_reset(out);
    NOMEN_TRY(add_little_endian(out, b->record.size, 8, err));
    NOMEN_TRY(add_little_endian(out, masked(out->data, 8), 4, err));
    NOMEN_TRY(nomen_buffer_append(out, b->record.data, b->record.size, err));
    NOMEN_TRY(add_little_endian(out, masked(b->record.data, b->record.size), 4, err));
    nomen_append_file_add(&b->file, out->data, out->size, "the log of the run (TensorBoard)");
done:
    return status;
}

static nomen_status add_version(nomen_tensorboard *b, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(begin_event(b, 0, err));
    NOMEN_TRY(add_text_field(&b->record, 3, "brain.Event:2", err));
    status = end_event(b, err);
done:
    return status;
}

/* SessionLog.status = START: readers drop what they have of this step and later. */
static nomen_status add_start(nomen_tensorboard *b, size_t step, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(begin_event(b, step, err));
    NOMEN_TRY(add_bytes_field(&b->record, 7, "\x08\x01", 2, err));
    status = end_event(b, err);
done:
    return status;
}

/* A Summary of one Value, which is in b->message, put into the event. */
static nomen_status put_value(nomen_tensorboard *b, nomen_error *err) {
    nomen_buffer summary = {0};
    nomen_status status;
    NOMEN_TRY(add_bytes_field(&summary, 1, b->message.data, b->message.size, err));
    status = add_bytes_field(&b->record, 5, summary.data, summary.size, err);
done:
    nomen_buffer_clear(&summary);
    return status;
}

/* A text, as the text plugin reads it: a tensor of one string. */
static nomen_status add_text(nomen_tensorboard *b, const char *tag, const char *text, nomen_error *err) {
    static const char plugin[] = "\x0A\x06\x0A\x04text"; /* SummaryMetadata: plugin_data { plugin_name: "text" } */
    static const char shape[] =
        "\x08\x07\x12\x04\x12\x02\x08\x01"; /* TensorProto: dtype: DT_STRING, tensor_shape { dim { size: 1 } } */
    nomen_buffer tensor = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append(&tensor, shape, sizeof shape - 1, err));
    NOMEN_TRY(add_text_field(&tensor, 8, text, err));
    NOMEN_TRY(begin_event(b, 0, err));
    nomen_buffer_reset(&b->message);
    NOMEN_TRY(add_text_field(&b->message, 1, tag, err));
    NOMEN_TRY(add_bytes_field(&b->message, 8, tensor.data, tensor.size, err));
    NOMEN_TRY(add_bytes_field(&b->message, 9, plugin, sizeof plugin - 1, err));
    NOMEN_TRY(put_value(b, err));
    status = end_event(b, err);
done:
    nomen_buffer_clear(&tensor);
    return status;
}

static nomen_status add_scalar(nomen_tensorboard *b, const char *tag, size_t step, double value, nomen_error *err) {
    const float number = (float)value;
    uint32_t bits;
    nomen_status status;
    if (isnan(value)) { return NOMEN_OK; }
    memcpy(&bits, &number, sizeof bits);
    NOMEN_TRY(begin_event(b, step, err));
    nomen_buffer_reset(&b->message);
    NOMEN_TRY(add_text_field(&b->message, 1, tag, err));
    NOMEN_TRY(add_key(&b->message, 2, FIXED32, err));
    NOMEN_TRY(add_little_endian(&b->message, bits, 4, err));
    NOMEN_TRY(put_value(b, err));
    status = end_event(b, err);
done:
    return status;
}

/* ---- the directory ---- */

/* The seconds in the name of an event file; false for other names. */
static bool read_seconds(const char *name, long long *seconds) {
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0) { return false; }
    char *end;
    *seconds = strtoll(name + sizeof PREFIX - 1, &end, 10);
    return true;
}

/* How many event files there are, and the seconds of the last. */
static nomen_status survey(const char *directory, size_t *n, long long *last, nomen_error *err) {
    nomen_names names = {0};
    nomen_status status;
    long long seconds;
    *n = 0;
    *last = 0;
    NOMEN_TRY(nomen_directory_list(directory, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        if (!read_seconds(names.items[i], &seconds)) { continue; }
        *n += 1;
        if (seconds > *last && seconds < LAST_SECOND) { *last = seconds; }
    }
done:
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_tensorboard_check(const char *directory, bool replace, nomen_error *err) {
    size_t n = 0;
    long long last;
    if (replace || !nomen_file_is_directory(directory)) { return NOMEN_OK; }
    nomen_status status = survey(directory, &n, &last, err);
    if (status != NOMEN_OK || n == 0) { return status; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_OVERWRITE,
                                  "%s: holds the TensorBoard events of another run, whose curves would be mixed with this one's",
                                  directory);
}

/* Makes a directory and those above it. */
static nomen_status make_directories(const char *path, nomen_error *err) {
    char *part = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(part, path, strlen(path), err));
    for (char *at = part + 1; status == NOMEN_OK; at++) {
        const char end = *at;
        if (end != '/' && end != '\0') { continue; }
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be created", part));
        }
        if (end == '\0') { break; }
        *at = end;
    }
done:
    nomen_mem_free(part);
    return status;
}

/* Opens a file whose name nobody has and that sorts behind all others there: readers go by the names. */
static nomen_status open_file(const char *directory, nomen_tensorboard *out, nomen_error *err) {
    char host[65] = "localhost", name[160];
    char *path = NULL;
    size_t n;
    long long last, seconds = (long long)time(NULL);
    nomen_status status;
    (void)gethostname(host, sizeof host - 1);
    NOMEN_TRY(survey(directory, &n, &last, err));
    if (seconds <= last) { seconds = last + 1; }
    snprintf(name, sizeof name, PREFIX "%010lld.%s.%ld", seconds, host, (long)getpid());
    NOMEN_TRY(NOMEN_JOIN(path, directory, name, err));
    out->alone = n == 0;
    status = nomen_append_file_open(path, true, &out->file, err);
done:
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_tensorboard_open(const char *directory, size_t purge, const char *args, nomen_tensorboard *out,
                                    nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(make_directories(directory, err));
    NOMEN_TRY(open_file(directory, out, err));
    NOMEN_TRY(add_version(out, err));
    NOMEN_TRY(add_start(out, purge, err));
    status = add_text(out, "args/text_summary", args, err);
done:
    return status;
}

nomen_status nomen_tensorboard_add(nomen_tensorboard *b, nomen_history_item item, nomen_error *err) {
    const nomen_log_entry *x = item.entry;
    const nomen_train_evaluation *e = item.evaluation;
    nomen_status status;
    if (b->file.file < 0) { return NOMEN_OK; }
    if (x != NULL) {
        NOMEN_TRY(add_scalar(b, "train/loss", x->step, x->loss, err));
        NOMEN_TRY(add_scalar(b, "train/grad_norm", x->step, nomen_log_norm(x), err));
        NOMEN_TRY(add_scalar(b, "train/learning_rate", x->step, x->learning_rate, err));
        status = add_scalar(b, "train/epoch", x->step, x->epoch, err);
    } else {
        NOMEN_TRY(add_scalar(b, "eval/loss", e->step, e->dev_loss, err));
        NOMEN_TRY(add_scalar(b, "eval/precision", e->step, e->dev_precision, err));
        NOMEN_TRY(add_scalar(b, "eval/recall", e->step, e->dev_recall, err));
        NOMEN_TRY(add_scalar(b, "eval/f1", e->step, e->dev_f1, err));
        NOMEN_TRY(add_scalar(b, "eval/accuracy", e->step, e->dev_token_accuracy, err));
        status = add_scalar(b, "train/epoch", e->step, e->epoch, err);
    }
done:
    return status;
}

void nomen_tensorboard_close(nomen_tensorboard *b) {
    nomen_append_file_close(&b->file);
    nomen_buffer_clear(&b->record);
    nomen_buffer_clear(&b->message);
    *b = NOMEN_TENSORBOARD_NONE;
}
