/* Tag schemes; see the header. */
#include "data/scheme.h"

#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/excerpt.h"

/* What a tag is, looked at alone. */
enum kind { KIND_OUTSIDE, KIND_BEGIN, KIND_INSIDE, KIND_PLAIN, KIND_FOREIGN, KIND_MALFORMED };

static enum kind kind_of(const char *tag) {
    for (const char *c = tag; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F) { return KIND_MALFORMED; }
    }
    if (strcmp(tag, "O") == 0) { return KIND_OUTSIDE; }
    if (tag[0] == '\0' || tag[1] != '-') { return KIND_PLAIN; }
    if (strchr("BIESLU", tag[0]) == NULL) { return KIND_PLAIN; }
    if (tag[2] == '\0') { return KIND_MALFORMED; }
    return tag[0] == 'B' ? KIND_BEGIN : tag[0] == 'I' ? KIND_INSIDE : KIND_FOREIGN;
}

/* Facts about each tag, and about the file. */
typedef struct tag_facts {
    enum kind *kinds;
    size_t *counts;
    size_t *types; /* for B-x and I-x, the number of the first tag with type x */
    bool iob;
    size_t example; /* a B- or I- tag, when iob */
} tag_facts;

static void clear_facts(tag_facts *facts) {
    nomen_mem_free(facts->kinds);
    nomen_mem_free(facts->counts);
    nomen_mem_free(facts->types);
    *facts = (tag_facts){0};
}

/* Numbers types by a second table, so that many tags cost no square. */
static nomen_status find_types(const nomen_tag_table *tags, tag_facts *facts, nomen_error *err) {
    nomen_tag_table types = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < tags->n; i++) {
        if (facts->kinds[i] != KIND_BEGIN && facts->kinds[i] != KIND_INSIDE) { continue; }
        int32_t type = 0;
        const char *name = tags->names[i] + 2;
        NOMEN_TRY(nomen_tag_table_add(&types, name, strlen(name), "", 0, &type, err));
        facts->types[i] = (size_t)type;
    }
done:
    nomen_tag_table_clear(&types);
    return status;
}

static nomen_status find_facts(const nomen_builder *builder, tag_facts *out, nomen_error *err) {
    const nomen_tag_table *tags = &builder->tags;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(out->kinds, tags->n, err));
    NOMEN_TRY(NOMEN_NEW(out->counts, tags->n, err));
    NOMEN_TRY(NOMEN_NEW(out->types, tags->n, err));
    for (size_t i = 0; i < builder->set.n_words; i++) { out->counts[builder->set.tags[i]]++; }
    for (size_t i = 0; i < tags->n; i++) {
        out->kinds[i] = kind_of(tags->names[i]);
        bool iob = out->counts[i] > 0 && (out->kinds[i] == KIND_BEGIN || out->kinds[i] == KIND_INSIDE);
        if (iob && !out->iob) { out->example = i; }
        out->iob = out->iob || iob;
    }
    status = find_types(tags, out, err);
done:
    return status;
}

static bool fits(const tag_facts *facts, size_t tag) {
    enum kind kind = facts->kinds[tag];
    return kind == KIND_OUTSIDE || (facts->iob ? kind == KIND_BEGIN || kind == KIND_INSIDE : kind == KIND_PLAIN);
}

/* Says why a tag does not fit. */
static nomen_status refuse(nomen_builder *builder, const tag_facts *facts, size_t tag, size_t line, nomen_error *err) {
    const char *name = builder->tags.names[tag];
    char seen[NOMEN_EXCERPT_SIZE], other[NOMEN_EXCERPT_SIZE];
    nomen_excerpt(seen, name, strlen(name));
    if (facts->kinds[tag] == KIND_FOREIGN) {
        return nomen_builder_fault(builder, line, err,
                                   "tag '%s' is of the IOBES or BILOU scheme; convert the tags to IOB2 (O, B-type, "
                                   "I-type)",
                                   seen);
    }
    if (facts->kinds[tag] == KIND_MALFORMED || !facts->iob) {
        return nomen_builder_fault(builder, line, err, "tag '%s' is malformed; O, B-type and I-type are tags", seen);
    }
    name = builder->tags.names[facts->example];
    return nomen_builder_fault(builder, line, err,
                               "tag '%s' is neither O nor B-type nor I-type, as others are ('%s' on line %zu); correct it",
                               seen, nomen_excerpt(other, name, strlen(name)), builder->tags.lines[facts->example]);
}

/* Drops the sentences that hold a tag that does not fit; the arrays stay without gaps. */
static nomen_status drop_unfit(nomen_builder *builder, const tag_facts *facts, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    size_t n_sentences = 0, n_words = 0, text_size = 0;
    bool document_start = false;
    for (size_t s = 0; s < set->n_sentences; s++) {
        nomen_sentence sentence = set->sentences[s];
        const int32_t *tags = set->tags + sentence.first_word;
        size_t word = 0;
        while (word < sentence.n_words && fits(facts, (size_t)tags[word])) { word++; }
        document_start = document_start || sentence.document_start;
        if (word < sentence.n_words) {
            nomen_status status = refuse(builder, facts, (size_t)tags[word], sentence.line, err);
            if (status != NOMEN_OK) { return status; }
            continue;
        }
        memmove(set->text + text_size, set->text + sentence.text_start, sentence.text_size);
        memmove(set->words + n_words, set->words + sentence.first_word, sentence.n_words * sizeof *set->words);
        memmove(set->tags + n_words, tags, sentence.n_words * sizeof *set->tags);
        sentence.text_start = text_size;
        sentence.first_word = n_words;
        sentence.document_start = document_start;
        document_start = false;
        text_size += sentence.text_size;
        n_words += sentence.n_words;
        set->sentences[n_sentences++] = sentence;
    }
    set->n_sentences = n_sentences;
    set->n_words = n_words;
    set->text_size = text_size;
    return NOMEN_OK;
}

static nomen_status check_tags(nomen_builder *builder, const tag_facts *facts, nomen_error *err) {
    for (size_t i = 0; i < builder->tags.n; i++) {
        if (facts->counts[i] == 0 || fits(facts, i)) { continue; }
        /* Tags are numbered as they appear, so this one is the first in the file. */
        if (!builder->skip_bad) { return refuse(builder, facts, i, builder->tags.lines[i], err); }
        return drop_unfit(builder, facts, err);
    }
    return NOMEN_OK;
}

/* How a word's tag stands to the one before it in its sentence. */
typedef struct scheme_counts {
    size_t n_begin_alone; /* B-x that does not follow x: IOB1 would have I-x */
    size_t n_inside_first; /* I-x that does not follow x: IOB2 would have B-x */
    size_t first_line;     /* of the sentence of the first such I-x */
} scheme_counts;

static bool follows(const tag_facts *facts, const int32_t *tags, size_t word) {
    if (word == 0) { return false; }
    size_t before = (size_t)tags[word - 1], here = (size_t)tags[word];
    return facts->kinds[before] != KIND_OUTSIDE && facts->types[before] == facts->types[here];
}

static scheme_counts count_rules(const nomen_dataset *set, const tag_facts *facts) {
    scheme_counts counts = {0};
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        const int32_t *tags = set->tags + sentence->first_word;
        for (size_t word = 0; word < sentence->n_words; word++) {
            enum kind kind = facts->kinds[tags[word]];
            if (kind == KIND_OUTSIDE || follows(facts, tags, word)) { continue; }
            if (kind == KIND_BEGIN) {
                counts.n_begin_alone++;
            } else if (counts.n_inside_first++ == 0) {
                counts.first_line = sentence->line;
            }
        }
    }
    return counts;
}

/* Each I-x that begins an entity becomes B-x. From the last word to the first: I-x looks at the tag before it. */
static nomen_status convert_iob1(nomen_builder *builder, const tag_facts *facts, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_buffer name = {0};
    nomen_status status = NOMEN_OK;
    int32_t *begin = NULL; /* for each I-x, the number of B-x; facts know only the tags of before */
    size_t n_tags = builder->tags.n;
    NOMEN_TRY(NOMEN_NEW(begin, n_tags, err));
    for (size_t i = 0; i < n_tags; i++) {
        if (facts->kinds[i] != KIND_INSIDE || facts->counts[i] == 0) { continue; }
        nomen_buffer_reset(&name);
        NOMEN_TRY(nomen_buffer_append_byte(&name, 'B', err));
        NOMEN_TRY(nomen_buffer_append_text(&name, builder->tags.names[i] + 1, err));
        NOMEN_TRY(nomen_tag_table_add(&builder->tags, name.data, name.size, builder->name, builder->tags.lines[i],
                                      &begin[i], err));
    }
    for (size_t s = 0; s < set->n_sentences; s++) {
        int32_t *tags = set->tags + set->sentences[s].first_word;
        for (size_t word = set->sentences[s].n_words; word-- > 0;) {
            if (facts->kinds[tags[word]] == KIND_INSIDE && !follows(facts, tags, word)) { tags[word] = begin[tags[word]]; }
        }
    }
done:
    nomen_buffer_clear(&name);
    nomen_mem_free(begin);
    return status;
}

/* Numbers the tags in use as they appear, and hands their names over to the set. */
static nomen_status number_tags(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_tag_table *table = &builder->tags;
    nomen_status status;
    int32_t *numbers = NULL;
    NOMEN_TRY(NOMEN_NEW(numbers, table->n, err));
    NOMEN_TRY(NOMEN_NEW(set->tag_names, table->n, err));
    for (size_t i = 0; i < table->n; i++) { numbers[i] = -1; }
    for (size_t i = 0; i < set->n_words; i++) {
        int32_t tag = set->tags[i];
        if (numbers[tag] < 0) {
            numbers[tag] = (int32_t)set->n_tags;
            set->tag_names[set->n_tags++] = table->names[tag];
            table->names[tag] = NULL;
        }
        set->tags[i] = numbers[tag];
    }
done:
    nomen_mem_free(numbers);
    return status;
}

nomen_status nomen_scheme_settle(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    tag_facts facts = {0};
    nomen_status status;
    NOMEN_TRY(find_facts(builder, &facts, err));
    NOMEN_TRY(check_tags(builder, &facts, err));
    set->scheme = facts.iob ? NOMEN_SCHEME_IOB2 : NOMEN_SCHEME_PLAIN;
    if (facts.iob) {
        scheme_counts counts = count_rules(set, &facts);
        if (counts.n_inside_first > 0 && counts.n_begin_alone == 0) {
            set->scheme = NOMEN_SCHEME_IOB1;
            NOMEN_TRY(convert_iob1(builder, &facts, err));
        } else if (counts.n_inside_first > 0) {
            nomen_log_warning("%s: %zu I- tags follow no tag of their type, first in the sentence of line %zu; they "
                              "stay as they are",
                              builder->name, counts.n_inside_first, counts.first_line);
        }
    }
    status = number_tags(builder, err);
done:
    clear_facts(&facts);
    return status;
}
