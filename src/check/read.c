/*
 * Reads a file for a check. NUL bytes, and a damaged character among good UTF-8, for which convert and train refuse the
 * whole file, are reported byte by byte and left out, so that the rest is checked too.
 */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "check/checker.h"
#include "data/brat.h"
#include "data/encoding.h"
#include "data/read.h"
#include "data/unpack.h"

/* Counts lines as nomen_data_line does, going on from the last place. */
typedef struct line_count {
    const char *bytes;
    size_t at, line;
} line_count;

static size_t line_of(line_count *c, size_t at) {
    for (; c->at < at; c->at++) {
        c->line += c->bytes[c->at] == '\n' || (c->bytes[c->at] == '\r' && c->bytes[c->at + 1] != '\n');
    }
    return c->line;
}

static bool starts_with(const nomen_buffer *bytes, const char *mark) {
    size_t n = strlen(mark);
    return bytes->size >= n && memcmp(bytes->data, mark, n) == 0;
}

/* Takes the NULs out, unless there are so many that this is no text of bytes. */
static void drop_nuls(nomen_buffer *bytes, const char *name, nomen_findings *findings) {
    size_t n_nul = 0, kept = 0;
    for (const char *at = bytes->data, *end = at + bytes->size; (at = memchr(at, 0, (size_t)(end - at))) != NULL; at++) {
        n_nul++;
    }
    if (n_nul == 0 || n_nul > bytes->size / 10) { return; }
    line_count lines = {bytes->data, 0, 1};
    for (size_t i = 0; i < bytes->size; i++) {
        if (bytes->data[i] != '\0') { continue; }
        nomen_findings_add(findings, NOMEN_CHECK_NUL, name, line_of(&lines, i), "a NUL byte");
    }
    for (size_t i = 0; i < bytes->size; i++) {
        if (bytes->data[i] != '\0') { bytes->data[kept++] = bytes->data[i]; }
    }
    bytes->data[bytes->size = kept] = '\0';
}

/* Takes out what is not UTF-8, where most of it is; a file of another encoding is left for nomen_data_decode. */
static void drop_ill_formed(nomen_buffer *bytes, const char *name, bool stated, nomen_findings *findings) {
    size_t n_wide = 0, n_bad = 0, kept = nomen_utf8_valid_prefix(bytes->data, bytes->size, &n_wide);
    if (kept == bytes->size) { return; }
    for (size_t at = kept; at < bytes->size; n_bad++) {
        at++;
        at += nomen_utf8_valid_prefix(bytes->data + at, bytes->size - at, &n_wide);
    }
    if (n_wide <= n_bad && !stated) { return; }
    line_count lines = {bytes->data, 0, 1};
    for (size_t at = kept; at < bytes->size;) {
        nomen_findings_add(findings, NOMEN_CHECK_NOT_UTF8, name, line_of(&lines, at), "byte 0x%02X is not UTF-8",
                           (unsigned char)bytes->data[at]);
        size_t valid = nomen_utf8_valid_prefix(bytes->data + at + 1, bytes->size - at - 1, &n_wide);
        (void)line_of(&lines, at + 1 + valid); /* before what stands there is moved over */
        memmove(bytes->data + kept, bytes->data + at + 1, valid);
        kept += valid;
        at += 1 + valid;
    }
    bytes->data[bytes->size = kept] = '\0';
}

static void mend(nomen_buffer *bytes, const nomen_checker *checker, const char *name, nomen_findings *findings) {
    const char *encoding = checker->reading.encoding;
    if (bytes->size == 0 || starts_with(bytes, "\xff\xfe") || starts_with(bytes, "\xfe\xff")) { return; }
    drop_nuls(bytes, name, findings);
    bool utf8 = encoding != NULL && (encoding[0] == 'u' || encoding[0] == 'U');
    if (encoding == NULL || utf8) { drop_ill_formed(bytes, name, utf8 || starts_with(bytes, "\xef\xbb\xbf"), findings); }
}

/* The message of a reader begins with the file's name, and maybe a line. */
static void add_unreadable(nomen_checker *checker, const char *name, const nomen_error *problem) {
    const char *message = problem->message;
    size_t n = strlen(name), line = 0;
    if (strncmp(message, name, n) == 0 && message[n] == ':') {
        message += n + 1;
        const char *at = message;
        for (; *at >= '0' && *at <= '9'; at++) { line = line * 10 + (size_t)(*at - '0'); }
        message = *at == ':' && at > message ? at + 1 : message;
        line = message > at ? line : 0;
        message += *message == ' ';
    }
    nomen_findings_add(&checker->findings, NOMEN_CHECK_UNREADABLE, name, line, "%s%s", message,
                       nomen_check_advice(checker, problem->remedy));
}

static nomen_status read_set(nomen_checker *checker, nomen_checked *c, nomen_error *err) {
    nomen_data_sink sink = {nomen_findings_report, &checker->findings};
    const nomen_data_options *options = &checker->reading;
    nomen_buffer bytes = {0};
    nomen_unpacked unpacked = {0};
    nomen_status status;
    if (nomen_brat_is(c->input->path)) { return nomen_dataset_read_to_sink(c->input->path, options, &sink, &c->set, err); }
    NOMEN_TRY(nomen_file_read(c->input->path, &bytes, err));
    /* before bytes are left out, which an archive does not survive */
    NOMEN_TRY(nomen_unpack(bytes.data, bytes.size, c->name, options->max_unpacked, &unpacked, err));
    if (unpacked.from != NULL) {
        nomen_buffer_clear(&bytes);
        bytes = unpacked.buffer;
        unpacked.buffer = (nomen_buffer){0};
    }
    mend(&bytes, checker, c->name, &checker->findings);
    status = nomen_dataset_parse_to_sink(bytes.data, bytes.size, c->name,
                                         strcmp(c->input->path, "-") == 0 ? NULL : c->input->path, options, &sink, &c->set, err);
done:
    nomen_unpacked_clear(&unpacked);
    nomen_buffer_clear(&bytes);
    return status;
}

nomen_status nomen_check_read(nomen_checker *checker, size_t i, nomen_error *err) {
    nomen_checked *c = &checker->inputs[i];
    nomen_error problem = {0};
    c->name = strcmp(c->input->path, "-") == 0 ? "standard input" : c->input->path;
    nomen_status status = read_set(checker, c, &problem);
    switch (status) {
    case NOMEN_OK: break;
    case NOMEN_ERROR_MEMORY:
    case NOMEN_ERROR_ARGUMENT:
    case NOMEN_ERROR_INTERRUPTED:
    case NOMEN_ERROR_TIMEOUT:
    case NOMEN_ERROR_CALLBACK: return nomen_error_pass(err, &problem);
    default:
        memset(checker->findings.n_told, 0, sizeof checker->findings.n_told);
        add_unreadable(checker, c->name, &problem);
        return NOMEN_OK;
    }
    c->readable = true;
    nomen_findings_unreported(&checker->findings, c->name, &c->set.notes);
    if (c->set.n_sentences == 0) {
        nomen_findings_add(&checker->findings, NOMEN_CHECK_NO_SENTENCES, c->name, 0, "%s",
                           c->set.n_skipped > 0 ? "every row is bad" : "it contains no sentence");
    }
    return NOMEN_OK;
}
