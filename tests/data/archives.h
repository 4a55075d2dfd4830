/* Archives for the tests: gzip by zlib, zip put together by hand, so that a header can state what is not so. */
#ifndef NOMEN_TESTS_DATA_ARCHIVES_H
#define NOMEN_TESTS_DATA_ARCHIVES_H

#include <zlib.h>

#include "support.h"

static inline void put(nomen_buffer *out, const void *bytes, size_t n_bytes) {
    if (n_bytes > 0) { assert_int_equal(nomen_buffer_append(out, bytes, n_bytes, NULL), NOMEN_OK); }
}

/* The low `n` bytes of a number, the lowest first. */
static inline void put_number(nomen_buffer *out, uint64_t number, size_t n) {
    for (size_t i = 0; i < n; i++) { put(out, &(char){(char)(number >> 8 * i & 0xFF)}, 1); }
}

/* Appends compressed bytes; window_bits as deflateInit2 has them: 31 for gzip, -15 for deflate alone, 15 for zlib. */
static inline void put_deflated(nomen_buffer *out, const char *bytes, size_t n_bytes, int window_bits, gz_header *header) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    if (header != NULL) { assert_int_equal(deflateSetHeader(&z, header), Z_OK); }
    size_t most = deflateBound(&z, n_bytes) + 64;
    unsigned char *packed = malloc(most);
    assert_non_null(packed);
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (unsigned)n_bytes;
    z.next_out = packed;
    z.avail_out = (unsigned)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    put(out, packed, most - z.avail_out);
    free(packed);
    deflateEnd(&z);
}

static inline nomen_buffer gzip_bytes(const char *bytes, size_t n_bytes) {
    nomen_buffer out = {0};
    put_deflated(&out, bytes, n_bytes, 31, NULL);
    return out;
}

static inline nomen_buffer gzip_text(const char *text) {
    return gzip_bytes(text, strlen(text));
}

/* A member of a zip archive. */
typedef struct zip_member {
    const char *name, *text;
    unsigned method; /* 0 stored, 8 deflated; any other is stated alone, the bytes being stored */
    unsigned flags;  /* 1: encrypted; 8: sizes behind the bytes */
    bool zip64;      /* sizes and place in 64 bits */
    int64_t lie;     /* added to the stated size */
    bool wrong_crc;
} zip_member;

static inline void put_local(nomen_buffer *out, const zip_member *m, uint32_t crc, size_t n_packed, size_t size) {
    bool later = (m->flags & 8) != 0;
    put(out, "PK\3\4", 4);
    put_number(out, m->zip64 ? 45 : 20, 2);
    put_number(out, m->flags, 2);
    put_number(out, m->method, 2);
    put_number(out, 0x58210000, 4); /* a time */
    put_number(out, later ? 0 : crc, 4);
    put_number(out, m->zip64 ? 0xFFFFFFFF : later ? 0 : n_packed, 4);
    put_number(out, m->zip64 ? 0xFFFFFFFF : later ? 0 : size, 4);
    put_number(out, strlen(m->name), 2);
    put_number(out, m->zip64 ? 20 : 0, 2);
    put(out, m->name, strlen(m->name));
    if (m->zip64) {
        put_number(out, 1, 2);
        put_number(out, 16, 2);
        put_number(out, size, 8);
        put_number(out, n_packed, 8);
    }
}

static inline void put_central(nomen_buffer *out, const zip_member *m, uint32_t crc, size_t n_packed, size_t size, size_t at) {
    put(out, "PK\1\2", 4);
    put_number(out, 0x0300 | 45, 2);
    put_number(out, m->zip64 ? 45 : 20, 2);
    put_number(out, m->flags, 2);
    put_number(out, m->method, 2);
    put_number(out, 0x58210000, 4);
    put_number(out, crc, 4);
    put_number(out, m->zip64 ? 0xFFFFFFFF : n_packed, 4);
    put_number(out, m->zip64 ? 0xFFFFFFFF : size, 4);
    put_number(out, strlen(m->name), 2);
    put_number(out, m->zip64 ? 28 : 0, 2);
    put_number(out, 0, 2);
    put_number(out, 0, 2);
    put_number(out, 0, 2);
    put_number(out, 0, 4);
    put_number(out, m->zip64 ? 0xFFFFFFFF : at, 4);
    put(out, m->name, strlen(m->name));
    if (m->zip64) {
        put_number(out, 1, 2);
        put_number(out, 24, 2);
        put_number(out, size, 8);
        put_number(out, n_packed, 8);
        put_number(out, at, 8);
    }
}

/* The end of a zip; in 64 bits there is a second one before it. */
static inline void put_end(nomen_buffer *out, size_t n, size_t start, bool zip64) {
    size_t size = out->size - start, end = out->size;
    if (zip64) {
        put(out, "PK\6\6", 4);
        put_number(out, 44, 8);
        put_number(out, 45, 2);
        put_number(out, 45, 2);
        put_number(out, 0, 4);
        put_number(out, 0, 4);
        put_number(out, n, 8);
        put_number(out, n, 8);
        put_number(out, size, 8);
        put_number(out, start, 8);
        put(out, "PK\6\7", 4);
        put_number(out, 0, 4);
        put_number(out, end, 8);
        put_number(out, 1, 4);
    }
    put(out, "PK\5\6", 4);
    put_number(out, 0, 4);
    put_number(out, zip64 ? 0xFFFF : n, 2);
    put_number(out, zip64 ? 0xFFFF : n, 2);
    put_number(out, zip64 ? 0xFFFFFFFF : size, 4);
    put_number(out, zip64 ? 0xFFFFFFFF : start, 4);
    put_number(out, 0, 2);
}

static inline nomen_buffer zip_members(const zip_member *members, size_t n) {
    nomen_buffer out = {0}, central = {0};
    bool zip64 = false;
    for (size_t i = 0; i < n; i++) {
        const zip_member *m = &members[i];
        nomen_buffer packed = {0};
        size_t size = strlen(m->text), at = out.size;
        uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)m->text, (unsigned)size) ^ (m->wrong_crc ? 1 : 0);
        if (m->method == 8) {
            put_deflated(&packed, m->text, size, -15, NULL);
        } else {
            put(&packed, m->text, size);
        }
        size_t stated = (size_t)((int64_t)size + m->lie);
        put_local(&out, m, crc, packed.size, stated);
        put(&out, packed.data, packed.size);
        if ((m->flags & 8) != 0) {
            put(&out, "PK\7\x8", 4);
            put_number(&out, crc, 4);
            put_number(&out, packed.size, 4);
            put_number(&out, stated, 4);
        }
        put_central(&central, m, crc, packed.size, stated, at);
        nomen_buffer_clear(&packed);
        zip64 |= m->zip64;
    }
    size_t start = out.size;
    put(&out, central.data, central.size);
    put_end(&out, n, start, zip64);
    nomen_buffer_clear(&central);
    return out;
}

#define IT(name_, text_) .name = (name_), .text = (text_)
#define ZIP(...) zip_members((const zip_member[]){__VA_ARGS__}, sizeof((const zip_member[]){__VA_ARGS__}) / sizeof(zip_member))

#endif
