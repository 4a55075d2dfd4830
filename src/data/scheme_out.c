/* Tags on their way out; see the header. */
#include "data/scheme_out.h"

#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"

/* A tag's names by its word's place in the entity. */
enum { NAME_BEGIN, NAME_INSIDE, NAME_END, NAME_SINGLE, N_NAMES };

/* Of a word in an entity: whether it begins it, ends it. */
enum { WORD_INSIDE = 1, WORD_FIRST = 2, WORD_LAST = 4 };

static bool same_type(const nomen_dataset *set, int32_t a, int32_t b) {
    return a == b || strcmp(nomen_tag_type(set, a), nomen_tag_type(set, b)) == 0;
}

/* "x-" + type, or the type alone where `letter` is 0. */
static nomen_status make_name(const char *type, char letter, bool clean, nomen_tag_name *out, bool *changed, nomen_error *err) {
    nomen_buffer name = {0};
    nomen_status status = NOMEN_OK;
    if (letter != 0) {
        NOMEN_TRY(nomen_buffer_append_byte(&name, letter, err));
        NOMEN_TRY(nomen_buffer_append_byte(&name, '-', err));
    }
    size_t from = name.size;
    NOMEN_TRY(nomen_buffer_append_text(&name, type, err));
    for (size_t i = from; clean && i < name.size; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        if (byte > ' ' && byte != 0x7F) { continue; }
        name.data[i] = '_';
        *changed = true;
    }
    out->n_bytes = name.size;
    out->text = nomen_buffer_release(&name);
done:
    nomen_buffer_clear(&name);
    return status;
}

static nomen_status make_names(nomen_tag_writer *writer, bool clean, nomen_error *err) {
    const nomen_dataset *set = writer->set;
    const char *letters = writer->scheme == NOMEN_SCHEME_BILOU ? "BILU" : "BIES";
    for (size_t tag = 0; tag < set->n_tags; tag++) {
        bool plain = writer->scheme == NOMEN_SCHEME_PLAIN, outside = nomen_tag_is_outside(set, (int32_t)tag);
        const char *type = outside ? "O" : nomen_tag_type(set, (int32_t)tag);
        for (size_t i = 0; i < N_NAMES; i++) {
            char letter = outside || plain ? '\0' : letters[i];
            nomen_status status =
                make_name(type, letter, clean && !outside, &writer->names[tag * N_NAMES + i], &writer->changed[tag], err);
            if (status != NOMEN_OK) { return status; }
            writer->in_csv_bare = writer->in_csv_bare && strpbrk(writer->names[tag * N_NAMES + i].text, ",\"\r\n") == NULL;
        }
        writer->any_changed = writer->any_changed || writer->changed[tag];
    }
    return NOMEN_OK;
}

nomen_status nomen_tag_writer_create(const nomen_dataset *set, nomen_scheme scheme, bool clean, nomen_tag_writer *out,
                                     nomen_error *err) {
    nomen_tag_writer writer = {.set = set, .scheme = scheme, .in_csv_bare = true};
    /* What the file had is kept as it is, with its faults. */
    writer.as_is = scheme == NOMEN_SCHEME_AUTO && (set->scheme == NOMEN_SCHEME_IOB2 || set->scheme == NOMEN_SCHEME_PLAIN);
    if (scheme == NOMEN_SCHEME_AUTO) { writer.scheme = set->scheme; }
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(writer.names, set->n_tags * N_NAMES, err));
    NOMEN_TRY(NOMEN_NEW(writer.changed, set->n_tags, err));
    NOMEN_TRY(make_names(&writer, clean, err));
    *out = writer;
    return NOMEN_OK;
done:
    nomen_tag_writer_clear(&writer);
    return status;
}

void nomen_tag_writer_clear(nomen_tag_writer *writer) {
    for (size_t i = 0; writer->names != NULL && i < writer->set->n_tags * N_NAMES; i++) { nomen_mem_free(writer->names[i].text); }
    nomen_mem_free(writer->names);
    nomen_mem_free(writer->changed);
    nomen_mem_free(writer->tags);
    nomen_mem_free(writer->places);
    *writer = (nomen_tag_writer){0};
}

/* The places of a sentence's words in their entities, in writer->places. */
static nomen_status find_places(nomen_tag_writer *writer, size_t sentence, nomen_error *err) {
    const nomen_dataset *set = writer->set;
    const int32_t *tags = set->tags + set->sentences[sentence].first_word;
    size_t n = set->sentences[sentence].n_words;
    nomen_status status = NOMEN_RESERVE(writer->places, writer->places_capacity, n, err);
    if (status != NOMEN_OK) { return status; }
    bool inside = false; /* the word before is in an entity */
    for (size_t w = 0; w < n; w++) {
        unsigned char *place = &writer->places[w];
        *place = 0;
        if (nomen_tag_is_outside(set, tags[w])) {
            inside = false;
            continue;
        }
        bool first = nomen_tag_begins(set, inside, inside ? tags[w - 1] : -1, tags[w]);
        *place = WORD_INSIDE | (first ? WORD_FIRST : 0) | WORD_LAST;
        if (!first) { place[-1] &= (unsigned char)~WORD_LAST; }
        inside = true;
    }
    return NOMEN_OK;
}

/* Which name a word takes; `place` is its own, `touched` says that an entity of its type ends or begins beside. */
static size_t choose(nomen_scheme scheme, unsigned place, bool before, bool behind) {
    bool first = place & WORD_FIRST, last = place & WORD_LAST;
    switch (scheme) {
    case NOMEN_SCHEME_IOB1: return first && before ? NAME_BEGIN : NAME_INSIDE;
    case NOMEN_SCHEME_IOE1: return last && behind ? NAME_END : NAME_INSIDE;
    case NOMEN_SCHEME_IOE2: return last ? NAME_END : NAME_INSIDE;
    case NOMEN_SCHEME_IOBES:
    case NOMEN_SCHEME_BILOU: return first && last ? NAME_SINGLE : first ? NAME_BEGIN : last ? NAME_END : NAME_INSIDE;
    case NOMEN_SCHEME_AUTO:
    case NOMEN_SCHEME_IOB2:
    case NOMEN_SCHEME_PLAIN: break;
    }
    return first ? NAME_BEGIN : NAME_INSIDE;
}

nomen_status nomen_tag_writer_run(nomen_tag_writer *writer, size_t sentence, nomen_error *err) {
    const nomen_dataset *set = writer->set;
    const int32_t *tags = set->tags + set->sentences[sentence].first_word;
    size_t n = set->sentences[sentence].n_words;
    nomen_status status = NOMEN_RESERVE(writer->tags, writer->tags_capacity, n, err);
    if (status != NOMEN_OK) { return status; }
    if (writer->as_is) {
        for (size_t w = 0; w < n; w++) {
            bool inside = set->scheme != NOMEN_SCHEME_PLAIN && set->tag_names[tags[w]][0] == 'I';
            writer->tags[w] = writer->names[(size_t)tags[w] * N_NAMES + (inside ? NAME_INSIDE : NAME_BEGIN)];
        }
        return NOMEN_OK;
    }
    if ((status = find_places(writer, sentence, err)) != NOMEN_OK) { return status; }
    const unsigned char *places = writer->places;
    for (size_t w = 0; w < n; w++) {
        bool before = w > 0 && places[w] != 0 && places[w - 1] != 0 && same_type(set, tags[w - 1], tags[w]);
        bool behind = w + 1 < n && places[w] != 0 && places[w + 1] != 0 && same_type(set, tags[w], tags[w + 1]);
        size_t name = choose(writer->scheme, places[w], before, behind);
        writer->tags[w] = writer->names[(size_t)tags[w] * N_NAMES + name];
        writer->n_merged += writer->scheme == NOMEN_SCHEME_PLAIN && before && (places[w] & WORD_FIRST) != 0;
    }
    return NOMEN_OK;
}
