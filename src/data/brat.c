/* brat's standoff, reading; see the header. */
#include "data/brat.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/builder_text.h"
#include "data/encoding.h"
#include "data/excerpt.h"
#include "data/format.h"
#include "data/line_cursor.h"
#include "text/offsets.h"

/* Most fragments of an entity; more are no entity but a damaged line. */
enum { MOST_FRAGMENTS = 64 };

static bool ends_in(const char *path, const char *suffix) {
    size_t n = strlen(path), m = strlen(suffix);
    return n > m && strcmp(path + n - m, suffix) == 0;
}

/* The path with another suffix of four characters, in a new block. */
static char *with_suffix(const char *path, const char *suffix) {
    size_t n = strlen(path);
    char *other = nomen_mem_copy(path, n);
    if (other != NULL) { memcpy(other + n - 4, suffix, 4); }
    return other;
}

bool nomen_brat_is(const char *path) {
    if (nomen_file_is_directory(path)) { return true; }
    if (ends_in(path, ".ann")) { return true; }
    char *other = ends_in(path, ".txt") ? with_suffix(path, ".ann") : NULL;
    bool both = other != NULL && nomen_file_exists(other);
    nomen_mem_free(other);
    return both;
}

/* A file as UTF-8; an empty one is an empty text. */
typedef struct brat_file {
    nomen_buffer bytes, converted;
    const char *text;
    size_t n_text;
} brat_file;

static nomen_status load(const char *path, const char *wish, brat_file *out, const char **encoding, nomen_error *err) {
    nomen_status status = nomen_file_read(path, &out->bytes, err);
    out->text = "";
    if (status != NOMEN_OK || out->bytes.size == 0) { return status; }
    return nomen_data_decode(out->bytes.data, out->bytes.size, path, wish, &out->converted, &out->text, &out->n_text, encoding,
                             err);
}

static void unload(brat_file *file) {
    nomen_buffer_clear(&file->bytes);
    nomen_buffer_clear(&file->converted);
}

/* A line "T1<tab>type 0 4;9 12<tab>text". */
typedef struct brat_line {
    const char *type, *text;
    size_t n_type, n_text;
    nomen_span parts[MOST_FRAGMENTS]; /* in code points */
    size_t n_parts;
} brat_line;

/* A number at *at, which moves past it. */
static bool read_number(const char **at, const char *end, size_t *out) {
    const char *p = *at;
    *out = 0;
    while (p < end && *p >= '0' && *p <= '9' && p - *at < 18) { *out = *out * 10 + (size_t)(*p++ - '0'); }
    bool some = p > *at;
    *at = p;
    return some;
}

static bool read_line(const char *bytes, size_t n_bytes, brat_line *out) {
    const char *end = bytes + n_bytes, *tab = memchr(bytes, '\t', n_bytes);
    if (tab == NULL) { return false; }
    const char *second = memchr(tab + 1, '\t', (size_t)(end - tab - 1)), *stop = second == NULL ? end : second;
    const char *space = memchr(tab + 1, ' ', (size_t)(stop - tab - 1));
    if (space == NULL) { return false; }
    *out = (brat_line){.type = tab + 1, .n_type = (size_t)(space - tab - 1)};
    out->text = second == NULL ? NULL : second + 1;
    out->n_text = second == NULL ? 0 : (size_t)(end - second - 1);
    for (const char *at = space; at < stop; out->n_parts++) {
        if (out->n_parts == MOST_FRAGMENTS || (out->n_parts > 0 && *at != ';')) { return false; }
        at++;
        nomen_span *part = &out->parts[out->n_parts];
        if (!read_number(&at, stop, &part->start) || at == stop || *at++ != ' ' || !read_number(&at, stop, &part->end)) {
            return false;
        }
    }
    return out->n_parts > 0;
}

static bool is_white(const char *bytes, size_t n_bytes) {
    for (size_t i = 0; i < n_bytes; i++) {
        if (strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0') { return false; }
    }
    return true;
}

/* Compares what the line says the entity is with its parts, joined by spaces; brat writes line ends as spaces. */
static void compare(nomen_builder *builder, const char *text, const brat_line *entity, const nomen_span *parts, size_t n_parts,
                    size_t line) {
    size_t at = 0;
    bool same = true;
    for (size_t p = 0; same && p < n_parts; p++) {
        if (p > 0) { same = at < entity->n_text && entity->text[at++] == ' '; }
        for (size_t i = parts[p].start; same && i < parts[p].end; i++) {
            char c = text[i] == '\n' || text[i] == '\r' || text[i] == '\t' ? ' ' : text[i];
            char own = at < entity->n_text ? entity->text[at] == '\t' ? ' ' : entity->text[at] : '\0';
            same = at++ < entity->n_text && own == c;
        }
    }
    if (same && at == entity->n_text) { return; }
    char here[NOMEN_EXCERPT_SIZE], there[NOMEN_EXCERPT_SIZE];
    nomen_note(&builder->set.notes, NOMEN_NOTE_TEXT_DIFFERS, builder->name, line,
               "the entity's text is '%s', but its offsets give '%s'", nomen_excerpt(there, entity->text, entity->n_text),
               nomen_excerpt(here, text + parts[0].start, parts[n_parts - 1].end - parts[0].start));
}

/* Offsets in bytes may point into a character. */
static bool cuts_character(const nomen_offset_map *map, size_t byte) {
    return byte < map->n_bytes && (map->text[byte] & 0xC0) == 0x80;
}

/* Adds the entity of a line, in as many spans as it has parts with more than white space between. */
static nomen_status add_entity(nomen_builder *builder, const nomen_offset_map *map, const char *bytes, size_t n_bytes,
                               size_t line, nomen_error *err) {
    brat_line entity;
    char seen[NOMEN_EXCERPT_SIZE];
    if (!read_line(bytes, n_bytes, &entity)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "'%s' is not an entity; write T1, a tab, its type, start and end, a tab, its text",
                                      nomen_excerpt(seen, bytes, n_bytes));
    }
    nomen_span parts[MOST_FRAGMENTS];
    for (size_t i = 0; i < entity.n_parts; i++) {
        nomen_span part = entity.parts[i];
        if (part.end > map->n_units || part.start >= part.end || (i > 0 && part.start < entity.parts[i - 1].end)) {
            return nomen_builder_fault_of(
                builder, NOMEN_FAULT_SPAN, line, err,
                "the offsets %zu and %zu are out of order or outside the text, which has %zu characters", part.start, part.end,
                map->n_units);
        }
        parts[i] = (nomen_span){nomen_offset_map_to_byte(map, part.start), nomen_offset_map_to_byte(map, part.end)};
        if (cuts_character(map, parts[i].start) || cuts_character(map, parts[i].end)) {
            return nomen_error_remedy(
                err, NOMEN_REMEDY_OFFSETS,
                nomen_builder_fault(builder, line, err,
                                    "the offsets %zu and %zu fall inside a character; they do not count bytes", part.start,
                                    part.end));
        }
    }
    if (entity.text != NULL) { compare(builder, map->text, &entity, parts, entity.n_parts, line); }
    size_t n = 0; /* parts after joining */
    for (size_t i = 1; i < entity.n_parts; i++) {
        if (is_white(map->text + parts[n].end, parts[i].start - parts[n].end)) {
            parts[n].end = parts[i].end;
            continue;
        }
        parts[++n] = parts[i];
    }
    n++;
    if (n > 1) {
        nomen_note(&builder->set.notes, NOMEN_NOTE_DISCONTINUOUS, builder->name, line, "the entity '%s' is in %zu parts",
                   nomen_excerpt(seen, entity.text != NULL ? entity.text : bytes, entity.text != NULL ? entity.n_text : n_bytes),
                   n);
    }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < n; i++) {
        status = nomen_builder_add_span(builder, parts[i].start, parts[i].end, entity.type, entity.n_type, err);
    }
    return status;
}

static nomen_status add_annotations(nomen_builder *builder, const nomen_offset_map *map, const brat_file *ann, nomen_error *err) {
    nomen_line_cursor lines = {.bytes = ann->text, .n_bytes = ann->n_text};
    for (size_t at, end; nomen_line_cursor_next(&lines, &at, &end);) {
        if (end > at && ann->text[at] == 'T') {
            nomen_status status = add_entity(builder, map, ann->text + at, end - at, lines.line, err);
            if (status != NOMEN_OK) { return status; }
        } else if (end > at) {
            char seen[NOMEN_EXCERPT_SIZE]; /* a relation, an event, an attribute, a remark */
            nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_OTHER, builder->name, lines.line, "'%s' is not an entity",
                               nomen_excerpt(seen, ann->text + at, end - at));
        }
    }
    return NOMEN_OK;
}

/* Adds one pair; `ann` is the path of its annotations. */
static nomen_status read_pair(nomen_builder *builder, const char *path, const char **encoding, nomen_error *err) {
    brat_file text = {0}, ann = {0};
    nomen_offset_map map = {0};
    const char *ignored, *name = builder->name;
    char *text_path = with_suffix(path, ".txt");
    nomen_status status = text_path == NULL ? nomen_error_out_of_memory(err) : NOMEN_OK;
    if (status != NOMEN_OK) { return status; }
    builder->name = path;
    NOMEN_TRY(load(text_path, builder->options->encoding, &text, encoding, err));
    NOMEN_TRY(load(path, builder->options->encoding, &ann, &ignored, err));
    NOMEN_TRY(nomen_offset_map_fill(text.text, text.n_text, builder->options->offsets, &map, err));
    NOMEN_TRY(nomen_builder_begin_text(builder, text.text, text.n_text, 1, err));
    NOMEN_TRY(add_annotations(builder, &map, &ann, err));
    status = nomen_builder_end_text(builder, err);
done:
    builder->name = name;
    nomen_offset_map_clear(&map);
    unload(&text);
    unload(&ann);
    nomen_mem_free(text_path);
    return status;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static nomen_status list(const char *path, char ***names, size_t *n, nomen_error *err) {
    size_t capacity = 0;
    nomen_status status = NOMEN_OK;
    DIR *directory = opendir(path);
    if (directory == NULL) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path); }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!ends_in(entry->d_name, ".ann") || entry->d_name[0] == '.') { continue; }
        NOMEN_TRY(NOMEN_RESERVE(*names, capacity, *n + 1, err));
        char *name = nomen_file_join(path, entry->d_name);
        if (name == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
        (*names)[(*n)++] = name;
    }
    if (*n == 0) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_IO, "%s: is a directory without brat's .ann files; name a file instead", path));
    }
    if (*n > 1) { qsort(*names, *n, sizeof **names, compare_names); }
done:
    closedir(directory);
    return status;
}

/* The text is called as its file is; not where this has bytes that are no text. */
static nomen_status name_text(nomen_builder *builder, const char *path, nomen_error *err) {
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t n = strlen(name) - 4, n_wide;
    bool text = nomen_utf8_valid_prefix(name, n, &n_wide) == n;
    return nomen_builder_name(builder, name, text ? n : 0, false, err);
}

nomen_status nomen_brat_read(nomen_builder *builder, const char *path, const char **encoding, nomen_error *err) {
    char **names = NULL;
    size_t n = 0;
    nomen_status status = NOMEN_OK;
    *encoding = "UTF-8";
    bool directory = nomen_file_is_directory(path);
    if (directory) {
        NOMEN_TRY(list(path, &names, &n, err));
    } else {
        NOMEN_TRY(NOMEN_NEW(names, 1, err));
        if ((names[0] = with_suffix(path, ".ann")) == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
        n = 1;
    }
    builder->set.files = names;
    builder->set.n_files = n;
    names = NULL;
    for (size_t i = 0; i < n && !nomen_builder_full(builder); i++) {
        if (n > 1) { builder->document_start = true; }
        if (directory) { NOMEN_TRY(name_text(builder, builder->set.files[i], err)); }
        builder->file = (uint32_t)i;
        NOMEN_TRY(read_pair(builder, builder->set.files[i], encoding, err));
    }
done:
    for (size_t i = 0; names != NULL && i < n; i++) { nomen_mem_free(names[i]); }
    nomen_mem_free(names);
    return status;
}

const nomen_format nomen_format_brat = {.format = NOMEN_DATA_BRAT,
                                        .key = "brat",
                                        .form = "a directory, or a pair of .txt and .ann",
                                        .name = "brat",
                                        .suffix = ".ann",
                                        .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES,
                                        .word_lines = NOMEN_LINES_TEXT,
                                        .advice = "add pairs of a .txt and an .ann file"};
