/* gzip by zlib, zip by libzip; see the header. Each is left out where the library was missing. */
#include "data/unpack.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/excerpt.h"
#include "data/known.h"
#include "data/zlib_memory.h"

#if NOMEN_HAVE_LIBZIP
#include <zip.h>
#endif

static const size_t mebibyte = (size_t)1 << 20, most_by_default = (size_t)64 << 20;
/* Deflate gives up to 1032 times its input, labelled text some 10: more than 200 times is a bomb, not data. Memory is asked
 * for in steps, so that a size that an archive only states costs nothing. */
enum { MOST_TIMES = 200, FIRST_ROOM = 64 * 1024, MOST_STEP = 16 << 20 };

/* One unpacking: where the bytes go, and how many there may be. */
typedef struct target {
    nomen_unpacked *out;
    const char *name;
    size_t archive_size, limit;
} target;

static size_t default_limit(size_t archive_size) {
    size_t times = archive_size > SIZE_MAX / MOST_TIMES ? SIZE_MAX : archive_size * MOST_TIMES;
    return times > most_by_default ? times : most_by_default;
}

static nomen_status too_large(const target *t, nomen_error *err) {
    char limit[40];
    if (t->limit % mebibyte == 0) {
        snprintf(limit, sizeof limit, "%zu MiB", t->limit / mebibyte);
    } else {
        snprintf(limit, sizeof limit, "%zu bytes", t->limit);
    }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_LIMIT, NOMEN_REMEDY_MAX_UNPACKED,
        "%s: these %zu bytes of %s unpack to more than the limit of %s; if that is intended, raise the limit", t->name,
        t->archive_size, t->out->from, limit);
}

#if NOMEN_HAVE_ZLIB || NOMEN_HAVE_LIBZIP
/*
 * Makes room after what is there, by doubling, but never for more than one byte over the limit and a NUL: by that byte it
 * shows that the limit was passed.
 */
static nomen_status make_room(target *t, char **at, size_t *n_room, nomen_error *err) {
    nomen_buffer *b = &t->out->buffer;
    if (b->size > t->limit) { return too_large(t, err); }
    if (nomen_call_is_stopped()) { return nomen_call_stopped_while(err, "unpacking", t->name); }
    if (b->size + 1 >= b->capacity) {
        size_t most = t->limit > SIZE_MAX - 2 ? SIZE_MAX : t->limit + 2;
        size_t wanted = b->capacity == 0 ? FIRST_ROOM : b->capacity > most / 2 ? most : b->capacity * 2;
        if (wanted > most) { wanted = most; }
        char *moved = nomen_mem_resize(b->data, wanted, 1);
        if (moved == NULL) { return nomen_error_memory(err, wanted, 1); }
        b->data = moved;
        b->capacity = wanted;
    }
    *at = b->data + b->size;
    *n_room = b->capacity - b->size - 1;
    if (*n_room > MOST_STEP) { *n_room = MOST_STEP; }
    return NOMEN_OK;
}
#endif

#if NOMEN_HAVE_ZLIB
static nomen_status bad_gzip(const target *t, const char *what, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the gzip data is %s; copy or download the file again", t->name, what);
}

/* After a member: the next one, the end (which may be filled up with zeros), or something that does not belong there. */
static nomen_status after_member(const target *t, z_stream *z, const char *at, size_t left, bool *end, nomen_error *err) {
    size_t n_zeros = 0;
    while (n_zeros < left && at[n_zeros] == '\0') { n_zeros++; }
    *end = n_zeros == left;
    if (*end) { return NOMEN_OK; }
    if (left > 1 && memcmp(at, "\x1f\x8b", 2) == 0) { return inflateReset(z) == Z_OK ? NOMEN_OK : bad_gzip(t, "damaged", err); }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                           "%s: the gzip data is followed by %zu bytes that are not gzip data; copy or download the file again",
                           t->name, left);
}

/* What inflate answers, other than Z_OK and Z_STREAM_END. */
static nomen_status bad_inflate(const target *t, const z_stream *z, int result, nomen_error *err) {
    char what[80];
    if (result == Z_MEM_ERROR) { return nomen_error_out_of_memory(err); }
    if (result == Z_BUF_ERROR) { return bad_gzip(t, "cut off: its end is missing", err); }
    snprintf(what, sizeof what, "damaged (%s)", z->msg != NULL ? z->msg : "it needs a dictionary");
    return bad_gzip(t, what, err);
}

static nomen_status gunzip(target *t, const char *bytes, size_t n_bytes, nomen_error *err) {
    z_stream z = {NOMEN_ZLIB_MEMORY};
    const char *at = bytes, *stop = bytes + n_bytes;
    bool end = false;
    nomen_status status = NOMEN_OK;
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) { return nomen_error_out_of_memory(err); }
    while (!end) {
        char *to = NULL;
        size_t n_room = 0, n_in = (size_t)(stop - at) < MOST_STEP ? (size_t)(stop - at) : MOST_STEP;
        NOMEN_TRY(make_room(t, &to, &n_room, err));
        z.next_in = (const unsigned char *)at;
        z.avail_in = (unsigned)n_in;
        z.next_out = (unsigned char *)to;
        z.avail_out = (unsigned)n_room;
        int result = inflate(&z, Z_NO_FLUSH);
        at += n_in - z.avail_in;
        t->out->buffer.size += n_room - z.avail_out;
        if (result == Z_STREAM_END) {
            NOMEN_TRY(after_member(t, &z, at, (size_t)(stop - at), &end, err));
        } else if (result != Z_OK) {
            NOMEN_TRY(bad_inflate(t, &z, result, err));
        }
    }
done:
    inflateEnd(&z);
    return status;
}
#else
static nomen_status gunzip(target *t, const char *bytes, size_t n_bytes, nomen_error *err) {
    (void)bytes, (void)n_bytes;
    return nomen_error_set(
        err, NOMEN_ERROR_UNSUPPORTED,
        "%s: is compressed by gzip, but this nomen was built without zlib; build it with zlib, or unpack the file by gunzip",
        t->name);
}
#endif

#if NOMEN_HAVE_LIBZIP
static const char *method_name(unsigned method) {
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {{1, "shrink"}, {6, "implode"}, {9, "deflate64"}, {12, "bzip2"},
                 {14, "lzma"},  {93, "zstd"},   {95, "xz"},       {98, "PPMd"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].method == method) { return names[i].name; }
    }
    return "an unknown one";
}

static nomen_status bad_zip(const target *t, const char *what, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the zip archive is damaged (%s); copy or download it again", t->name,
                           what);
}

/* Directories are no files, nor is what macOS puts beside them. */
static bool is_file(const char *name) {
    size_t n = strlen(name);
    const char *slash = strrchr(name, '/'), *last = slash != NULL ? slash + 1 : name;
    return n > 0 && name[n - 1] != '/' && strncmp(name, "__MACOSX/", 9) != 0 && strcmp(last, ".DS_Store") != 0;
}

/* Finds the one file; *found is its place. */
static nomen_status find_file(const target *t, zip_t *zip, zip_uint64_t *found, nomen_error *err) {
    enum { N_NAMED = 3 };
    nomen_buffer names = {0};
    size_t n_files = 0;
    const nomen_known *known = NULL;
    nomen_status status = NOMEN_OK;
    zip_int64_t n = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (name == NULL) { NOMEN_TRY(bad_zip(t, "a name can't be read", err)); }
        if (known == NULL) { known = nomen_known_by_member(name); }
        if (!is_file(name)) { continue; }
        char shown[NOMEN_EXCERPT_SIZE];
        if (n_files < N_NAMED) {
            NOMEN_TRY(
                nomen_buffer_printf(&names, err, "%s%s", n_files > 0 ? ", " : "", nomen_excerpt(shown, name, strlen(name))));
        }
        if (n_files == 0) { *found = (zip_uint64_t)i; }
        n_files++;
    }
    if (n_files == 1) { goto done; }
    if (known != NULL) { NOMEN_TRY(nomen_known_refuse(known, t->name, NULL, err)); }
    status = n_files == 0 ? nomen_error_set(err, NOMEN_ERROR_DATA, "%s: the zip archive contains no file", t->name)
                          : nomen_error_set(err, NOMEN_ERROR_DATA,
                                            "%s: the zip archive contains %zu files (%s%s), but one is expected; unpack it with "
                                            "unzip, and name one of them",
                                            t->name, n_files, names.data, n_files > N_NAMED ? ", ..." : "");
done:
    nomen_buffer_clear(&names);
    return status;
}

/* Only what zip programs write everywhere is read, whatever else this build of libzip can do. */
static nomen_status check_member(const target *t, const struct zip_stat *info, nomen_error *err) {
    zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((info->valid & needed) != needed) { return bad_zip(t, "a member's entry is incomplete", err); }
    if (info->encryption_method != ZIP_EM_NONE) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: the zip archive is encrypted; unpack it with unzip, which asks "
                               "for the password",
                               t->name);
    }
    if (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE) {
        return nomen_error_set(
            err, NOMEN_ERROR_UNSUPPORTED,
            "%s: its file is compressed by method %u (%s), but deflate is expected; unpack it with 7z, or pack it by zip",
            t->name, (unsigned)info->comp_method, method_name(info->comp_method));
    }
    return NOMEN_OK;
}

static nomen_status read_member(target *t, zip_t *zip, zip_uint64_t index, nomen_error *err) {
    struct zip_stat info;
    zip_file_t *file = NULL;
    nomen_status status;
    if (zip_stat_index(zip, index, 0, &info) != 0) { return bad_zip(t, "a member's entry can't be read", err); }
    NOMEN_TRY(nomen_buffer_append_text(&t->out->member, info.name, err));
    NOMEN_TRY(check_member(t, &info, err));
    if ((file = zip_fopen_index(zip, index, 0)) == NULL) { NOMEN_TRY(bad_zip(t, zip_strerror(zip), err)); }
    for (;;) { /* to the end, where libzip compares the CRC */
        char *to = NULL;
        size_t n_room = 0;
        NOMEN_TRY(make_room(t, &to, &n_room, err));
        zip_int64_t got = zip_fread(file, to, n_room);
        if (got < 0) { NOMEN_TRY(bad_zip(t, zip_file_strerror(file), err)); }
        if (got == 0) { break; }
        t->out->buffer.size += (size_t)got;
    }
    if (t->out->buffer.size != info.size) { NOMEN_TRY(bad_zip(t, "its file does not have the stated size", err)); }
done:
    if (file != NULL) { zip_fclose(file); }
    return status;
}

static nomen_status unzip(target *t, const char *bytes, size_t n_bytes, nomen_error *err) {
    zip_error_t problem;
    zip_t *zip = NULL;
    zip_uint64_t index = 0;
    nomen_status status;
    zip_error_init(&problem);
    zip_source_t *source = zip_source_buffer_create(bytes, n_bytes, 0, &problem);
    if (source != NULL) { zip = zip_open_from_source(source, ZIP_RDONLY, &problem); }
    if (zip == NULL) {
        zip_source_free(source);
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                 "%s: begins like a zip archive but is incomplete (%s); copy or download it again", t->name,
                                 zip_error_strerror(&problem));
        zip_error_fini(&problem);
        return status;
    }
    NOMEN_TRY(find_file(t, zip, &index, err));
    NOMEN_TRY(read_member(t, zip, index, err));
done:
    zip_discard(zip);
    zip_error_fini(&problem);
    return status;
}
#else
static nomen_status unzip(target *t, const char *bytes, size_t n_bytes, nomen_error *err) {
    (void)bytes, (void)n_bytes;
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "%s: is a zip archive, but this nomen was built without libzip; build it with libzip, or unpack it "
                           "with unzip; save a spreadsheet as CSV",
                           t->name);
}
#endif

static nomen_status unpack(target *t, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_unpacked *out = t->out;
    nomen_status status = strcmp(out->from, "zip") == 0 ? unzip(t, bytes, n_bytes, err) : gunzip(t, bytes, n_bytes, err);
    if (status == NOMEN_OK && out->buffer.size > t->limit) { status = too_large(t, err); }
    if (status != NOMEN_OK) { return status; }
    out->bytes = out->buffer.data;
    out->n_bytes = out->buffer.size;
    out->buffer.data[out->buffer.size] = '\0';
    return NOMEN_OK;
}

nomen_status nomen_unpack(const char *bytes, size_t n_bytes, const char *name, size_t max_unpacked, nomen_unpacked *out,
                          nomen_error *err) {
    target t = {out, name, n_bytes, max_unpacked != 0 ? max_unpacked : default_limit(n_bytes)};
    nomen_status status;
    *out = (nomen_unpacked){.bytes = bytes, .n_bytes = n_bytes};
    const nomen_known *known = nomen_known_find(bytes, n_bytes);
    out->from = known != NULL ? nomen_known_packing(known) : NULL;
    if (out->from != NULL) {
        NOMEN_TRY(unpack(&t, bytes, n_bytes, err));
        known = nomen_known_find(out->bytes, out->n_bytes);
    }
    if (known != NULL) { NOMEN_TRY(nomen_known_refuse(known, name, out->from, err)); }
    return NOMEN_OK;
done:
    nomen_unpacked_clear(out);
    return status;
}

void nomen_unpacked_log(const nomen_unpacked *unpacked, const char *name) {
    char shown[NOMEN_EXCERPT_SIZE];
    if (unpacked->from == NULL) { return; }
    if (unpacked->member.size == 0) {
        nomen_log_info("%s: unpacked from %s, %zu bytes", name, unpacked->from, unpacked->n_bytes);
    } else {
        nomen_log_info("%s: %s unpacked from %s, %zu bytes", name,
                       nomen_excerpt(shown, unpacked->member.data, unpacked->member.size), unpacked->from, unpacked->n_bytes);
    }
}

void nomen_unpacked_clear(nomen_unpacked *unpacked) {
    nomen_buffer_clear(&unpacked->member);
    nomen_buffer_clear(&unpacked->buffer);
    *unpacked = (nomen_unpacked){0};
}
