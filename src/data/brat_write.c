/* brat's standoff, writing; see data/brat.h. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "data/brat.h"
#include "data/encoding.h"
#include "data/excerpt.h"
#include "data/line_cursor.h"
#include "data/write.h"
#include "text/offsets.h"

/* Bytes of a file's name without its suffix: most file systems take 255 in all. */
enum { LONGEST_NAME = 200 };

bool nomen_brat_is_pair(const char *path) {
    size_t n = strlen(path);
    return n > 4 && (strcmp(path + n - 4, ".ann") == 0 || strcmp(path + n - 4, ".txt") == 0);
}

/* A type without white space, which would part it from the offsets. */
static nomen_status append_type(nomen_writer *writer, size_t sentence, const char *label, nomen_error *err) {
    size_t from = writer->out.size;
    bool changed = false;
    nomen_status status = nomen_buffer_append_text(&writer->out, label, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = from; i < writer->out.size; i++) {
        if ((unsigned char)writer->out.data[i] > ' ' && writer->out.data[i] != 0x7F) { continue; }
        writer->out.data[i] = '_';
        changed = true;
    }
    char seen[NOMEN_EXCERPT_SIZE];
    if (changed) {
        nomen_note(&writer->notes, NOMEN_NOTE_LABELS, writer->set->path, writer->set->sentences[sentence].line,
                   "the type '%s' becomes '%s'", nomen_excerpt(seen, label, strlen(label)), writer->out.data + from);
    }
    return NOMEN_OK;
}

/* Whether an entity stays in one part though it has line ends: at its own ends, or more than a reader takes. */
static bool is_whole(const char *text, const nomen_gold_span *span) {
    size_t n = 0;
    for (size_t i = span->start; i < span->end; i++) { n += nomen_is_line_end(text[i]) != 0; }
    return n > 50 || nomen_is_line_end(text[span->start]) || nomen_is_line_end(text[span->end - 1]);
}

/* The parts of an entity between line ends. */
static nomen_status append_parts(nomen_writer *writer, const nomen_offset_map *map, const nomen_gold_span *span,
                                 nomen_error *err) {
    const char *text = map->text;
    size_t start = span->start;
    bool whole = is_whole(text, span);
    nomen_status status = NOMEN_OK;
    for (size_t i = start; i <= span->end; i++) {
        bool end = i == span->end, cut = !end && !whole && nomen_is_line_end(text[i]);
        if (!end && !cut) { continue; }
        NOMEN_TRY(nomen_buffer_printf(&writer->out, err, "%c%zu %zu", start == span->start ? ' ' : ';',
                                      nomen_offset_map_from_byte(map, start), nomen_offset_map_from_byte(map, i)));
        while (!end && nomen_is_line_end(text[i + 1])) { i++; }
        start = i + 1;
    }
done:
    return status;
}

/* The entity's text on one line: each run of line ends a space, as its parts are joined. */
static nomen_status append_text(nomen_writer *writer, const char *text, const nomen_gold_span *span, nomen_error *err) {
    bool whole = is_whole(text, span);
    nomen_status status = NOMEN_OK;
    for (size_t i = span->start; i < span->end; i++) {
        bool end = nomen_is_line_end(text[i]);
        if (end && !whole && nomen_is_line_end(text[i - 1])) { continue; }
        if (text[i] == '\0') {
            NOMEN_TRY(nomen_buffer_append_text(&writer->out, "\xef\xbf\xbd", err));
        } else {
            NOMEN_TRY(nomen_buffer_append_byte(&writer->out, end || text[i] == '\t' ? ' ' : text[i], err));
        }
    }
done:
    return status;
}

static nomen_status append_annotations(nomen_writer *writer, size_t sentence, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const char *text = s->text_size > 0 ? nomen_sentence_text(writer->set, sentence) : "";
    nomen_offset_map map = {0};
    nomen_status status;
    nomen_buffer_reset(&writer->out);
    NOMEN_TRY(nomen_writer_spans(writer, sentence, err));
    NOMEN_TRY(nomen_offset_map_fill(text, s->text_size, NOMEN_OFFSET_CODEPOINT, &map, err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        const nomen_gold_span *span = &writer->spans[i];
        NOMEN_TRY(nomen_buffer_printf(&writer->out, err, "T%zu\t", i + 1));
        NOMEN_TRY(append_type(writer, sentence, nomen_writer_label(writer, span->label), err));
        NOMEN_TRY(append_parts(writer, &map, span, err));
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\t', err));
        NOMEN_TRY(append_text(writer, text, span, err));
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err));
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

/* The text file: what stands there, a NUL apart. */
static nomen_status append_whole_text(nomen_writer *writer, size_t sentence, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const char *text = s->text_size > 0 ? nomen_sentence_text(writer->set, sentence) : "";
    size_t from = 0, n_changed = 0;
    nomen_status status = NOMEN_OK;
    nomen_buffer_reset(&writer->out);
    if (nomen_data_needs_mark(text, s->text_size)) { NOMEN_TRY(nomen_buffer_append_text(&writer->out, "\xef\xbb\xbf", err)); }
    for (size_t i = 0; i < s->text_size; i++) {
        if (text[i] != '\0') { continue; }
        NOMEN_TRY(nomen_buffer_append(&writer->out, text + from, i - from, err));
        NOMEN_TRY(nomen_buffer_append_text(&writer->out, "\xef\xbf\xbd", err));
        from = i + 1;
        n_changed++;
    }
    writer->notes.counts[NOMEN_NOTE_CHARACTERS] += n_changed;
    status = nomen_buffer_append(&writer->out, text + from, s->text_size - from, err);
done:
    return status;
}

void nomen_brat_pair_abandon(nomen_brat_pair *pair) {
    nomen_output_abandon(pair->text);
    nomen_output_abandon(pair->ann);
    *pair = (nomen_brat_pair){0};
}

nomen_status nomen_brat_pair_open(nomen_writer *writer, size_t sentence, char *path, bool overwrite, nomen_brat_pair *out,
                                  nomen_error *err) {
    unsigned flags = overwrite ? NOMEN_OUTPUT_OVERWRITE : NOMEN_OUTPUT_NEW;
    char *suffix = path + strlen(path) - 4;
    nomen_brat_pair pair = {0};
    nomen_status status;
    memcpy(suffix, ".txt", 4);
    NOMEN_TRY(nomen_output_open(path, flags, &pair.text, err));
    NOMEN_TRY(append_whole_text(writer, sentence, err));
    NOMEN_TRY(nomen_output_write(pair.text, writer->out.data, writer->out.size, err));
    memcpy(suffix, ".ann", 4);
    NOMEN_TRY(nomen_output_open(path, flags, &pair.ann, err));
    NOMEN_TRY(append_annotations(writer, sentence, err));
    NOMEN_TRY(nomen_output_write(pair.ann, writer->out.data, writer->out.size, err));
    *out = pair;
    return NOMEN_OK;
done:
    nomen_brat_pair_abandon(&pair);
    return status;
}

nomen_status nomen_brat_pair_commit(nomen_brat_pair *pair, nomen_error *err) {
    nomen_status status = nomen_output_commit(pair->text, err);
    pair->text = NULL;
    if (status == NOMEN_OK) {
        status = nomen_output_commit(pair->ann, err);
        pair->ann = NULL;
    }
    nomen_brat_pair_abandon(pair);
    return status;
}

static nomen_status write_pair(nomen_writer *writer, size_t sentence, char *path, bool overwrite, nomen_error *err) {
    nomen_brat_pair pair;
    nomen_status status = nomen_brat_pair_open(writer, sentence, path, overwrite, &pair, err);
    return status == NOMEN_OK ? nomen_brat_pair_commit(&pair, err) : status;
}

nomen_status nomen_brat_pair_check(char *path, bool overwrite, const char *input, nomen_error *err) {
    static const char *const suffixes[] = {".txt", ".ann"};
    for (size_t i = 0; i < 2; i++) {
        memcpy(path + strlen(path) - 4, suffixes[i], 4);
        nomen_status status = nomen_output_check(path, overwrite, err);
        if (status != NOMEN_OK) { return status; }
        if (input != NULL && nomen_file_is_same(path, input)) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is the input %s; give the pair another name", path, input);
        }
    }
    return NOMEN_OK;
}

/* Whether a text's name can be that of its files: not hidden, no path, not too long, and the name of one text alone. */
static bool is_file_name(const char *name, size_t n_bytes) {
    if (n_bytes == 0 || n_bytes > LONGEST_NAME || name[0] == '.') { return false; }
    for (size_t i = 0; i < n_bytes; i++) {
        if ((unsigned char)name[i] < ' ' || name[i] == '/' || name[i] == 0x7F) { return false; }
    }
    return true;
}

/* The path of a text's annotations in `folder`: by its name where it has one, it can stand, and no file has it yet. */
static nomen_status name_file(nomen_writer *writer, const char *folder, size_t sentence, char **out, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const char *own = s->name_size > 0 ? nomen_sentence_name(writer->set, sentence) : "";
    char name[LONGEST_NAME + 5];
    nomen_status status = NOMEN_OK;
    if (is_file_name(own, s->name_size)) {
        snprintf(name, sizeof name, "%.*s.ann", (int)s->name_size, own);
        nomen_mem_free(*out);
        NOMEN_TRY(NOMEN_JOIN(*out, folder, name, err));
        if (!nomen_file_exists(*out)) { return NOMEN_OK; }
    }
    for (size_t number = sentence + 1;; number += writer->set->n_sentences) {
        snprintf(name, sizeof name, "%06zu.ann", number);
        nomen_mem_free(*out);
        NOMEN_TRY(NOMEN_JOIN(*out, folder, name, err));
        if (!nomen_file_exists(*out)) { break; }
    }
    if (s->name_size == 0) { return NOMEN_OK; }
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_note(&writer->notes, NOMEN_NOTE_NAMES, writer->set->path, s->line,
               "the name '%s' can't be used for a file, or belongs to another text; its files are called %.*s",
               nomen_excerpt(seen, own, s->name_size), (int)strlen(name) - 4, name);
done:
    return status;
}

nomen_status nomen_brat_directory_check(const char *path, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    DIR *directory = opendir(path);
    char *file = NULL;
    if (directory == NULL) { return NOMEN_OK; } /* is not there, or no directory: reported where it is made */
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) { continue; }
        nomen_mem_free(file);
        NOMEN_TRY(NOMEN_JOIN(file, path, entry->d_name, err));
        bool whole = nomen_brat_is_pair(entry->d_name) && !nomen_file_is_directory(file);
        if (whole) {
            char *suffix = file + strlen(file) - 4;
            memcpy(suffix, strcmp(suffix, ".ann") == 0 ? ".txt" : ".ann", 4);
            whole = nomen_file_exists(file);
        }
        if (whole) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_EXISTS,
                                   "%s: contains '%s', which is not part of a brat pair and would be lost with the directory; "
                                   "give another name, or move it away",
                                   path, entry->d_name));
    }
done:
    closedir(directory);
    nomen_mem_free(file);
    return status;
}

static nomen_status write_directory(nomen_writer *writer, const char *path, bool overwrite, nomen_error *err) {
    nomen_staging staging = {0};
    char *file = NULL, *before = NULL;
    nomen_status status;
    if (overwrite) { NOMEN_TRY(nomen_brat_directory_check(path, err)); }
    NOMEN_TRY(nomen_staging_begin(path, overwrite, &staging, err));
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(name_file(writer, staging.temporary, s, &file, err));
        writer->notes.counts[NOMEN_NOTE_ORDER] += before != NULL && strcmp(file, before) < 0;
        NOMEN_TRY(write_pair(writer, s, file, true, err));
        nomen_mem_free(before);
        before = file;
        file = NULL;
    }
    NOMEN_TRY(nomen_staging_commit(&staging, err));
done:
    nomen_staging_abandon(&staging);
    nomen_mem_free(file);
    nomen_mem_free(before);
    return status;
}

nomen_status nomen_brat_write(const nomen_dataset *set, const nomen_write_options *options, const char *path, bool overwrite,
                              nomen_notes *notes, nomen_error *err) {
    nomen_writer writer;
    char *file = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_writer_create(set, options, NULL, NULL, &writer, err));
    NOMEN_TRY(nomen_writer_begin(&writer, NOMEN_DATA_BRAT, err));
    if (!nomen_brat_is_pair(path)) {
        NOMEN_TRY(write_directory(&writer, path, overwrite, err));
    } else if (set->n_sentences > 1) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: a brat pair holds one text, but there are %zu; give the name of a directory", path,
                                   set->n_sentences));
    } else {
        NOMEN_TRY(NOMEN_COPY(file, path, strlen(path), err));
        const char *input = set->format != NOMEN_DATA_BRAT ? set->path : NULL;
        NOMEN_TRY(nomen_brat_pair_check(file, overwrite, input, err));
        NOMEN_TRY(write_pair(&writer, 0, file, overwrite, err));
        writer.notes.counts[NOMEN_NOTE_NAMES] += set->sentences[0].name_size > 0;
    }
    nomen_notes_log(&writer.notes, path);
    *notes = writer.notes;
done:
    nomen_mem_free(file);
    nomen_writer_clear(&writer);
    return status;
}
