/* Offset maps: a mark every 256 bytes, and a short walk from the mark. ASCII texts need no marks. */
#include "text/offsets.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/utf8.h"

enum { MARK_SHIFT = 8 };

static bool is_ascii(const char *text, size_t n_bytes) {
    unsigned char all = 0;
    for (size_t i = 0; i < n_bytes; i++) { all |= (unsigned char)text[i]; }
    return all < 0x80;
}

/* Steps over one character; returns its length in bytes and puts its length in units into *n_units. */
static size_t step(const nomen_offset_map *map, size_t byte, size_t *n_units) {
    uint32_t scalar;
    size_t length = nomen_utf8_decode(map->text + byte, map->n_bytes - byte, &scalar);
    *n_units = map->unit == NOMEN_OFFSET_UTF16 && scalar > 0xFFFF ? 2 : 1;
    return length;
}

nomen_status nomen_offset_map_fill(const char *text, size_t n_bytes, nomen_offset_unit unit, nomen_offset_map *out,
                                   nomen_error *err) {
    nomen_offset_map map = {.text = text, .n_bytes = n_bytes, .n_units = n_bytes, .unit = unit};
    if (unit != NOMEN_OFFSET_BYTE && !is_ascii(text, n_bytes)) {
        nomen_status status = NOMEN_NEW(map.marks, (n_bytes >> MARK_SHIFT) + 1, err);
        if (status != NOMEN_OK) { return status; }
        size_t units = 0;
        for (size_t byte = 0; byte < n_bytes;) {
            size_t n_units;
            size_t next = byte + step(&map, byte, &n_units);
            /* Mark number k is the character that holds byte k * 256. */
            while (map.n_marks << MARK_SHIFT < next) { map.marks[map.n_marks++] = (nomen_offset_mark){byte, units}; }
            byte = next;
            units += n_units;
        }
        map.n_units = units;
    }
    *out = map;
    return NOMEN_OK;
}

void nomen_offset_map_clear(nomen_offset_map *map) {
    nomen_mem_free(map->marks);
    *map = (nomen_offset_map){0};
}

size_t nomen_offset_map_from_byte(const nomen_offset_map *map, size_t byte) {
    if (byte >= map->n_bytes) { return map->n_units; }
    if (map->marks == NULL) { return byte; }
    nomen_offset_mark at = map->marks[byte >> MARK_SHIFT];
    for (;;) {
        size_t n_units;
        size_t next = at.byte + step(map, at.byte, &n_units);
        if (next > byte) { return at.unit; }
        at = (nomen_offset_mark){next, at.unit + n_units};
    }
}

size_t nomen_offset_map_to_byte(const nomen_offset_map *map, size_t offset) {
    if (offset >= map->n_units) { return map->n_bytes; }
    if (map->marks == NULL) { return offset; }
    size_t low = 0, high = map->n_marks; /* the last mark at or before the offset lies in [low, high) */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (map->marks[middle].unit <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    nomen_offset_mark at = map->marks[low];
    for (;;) {
        size_t n_units;
        size_t n_bytes = step(map, at.byte, &n_units);
        if (at.unit + n_units > offset) { return at.byte; }
        at = (nomen_offset_mark){at.byte + n_bytes, at.unit + n_units};
    }
}

nomen_status nomen_offset_map_create(const char *text, size_t n_bytes, nomen_offset_unit unit, nomen_offset_map **out,
                                     nomen_error *err) {
    nomen_offset_map *map = NULL;
    nomen_status status = nomen_value_check(nomen_offset_unit_name(unit), (int)unit, "unit of offsets", err);
    if (status == NOMEN_OK && n_bytes > 0) { status = nomen_string_check(text, "the text", err); }
    if (status == NOMEN_OK) { status = NOMEN_NEW(map, 1, err); }
    if (status == NOMEN_OK) { status = nomen_offset_map_fill(text, n_bytes, unit, map, err); }
    if (status == NOMEN_OK) {
        *out = map;
    } else {
        nomen_mem_free(map);
    }
    return status;
}

void nomen_offset_map_free(nomen_offset_map *map) {
    if (map == NULL) { return; }
    nomen_offset_map_clear(map);
    nomen_mem_free(map);
}

static const char *const units[] = {
    [NOMEN_OFFSET_CODEPOINT] = "codepoint", [NOMEN_OFFSET_BYTE] = "byte", [NOMEN_OFFSET_UTF16] = "utf16", NULL};

const char *nomen_offset_unit_name(nomen_offset_unit unit) {
    return nomen_name_of(units, (int)unit);
}

nomen_status nomen_offset_unit_parse(const char *name, nomen_offset_unit *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, units, "unit of offsets", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_offset_unit)found; }
    return status;
}
