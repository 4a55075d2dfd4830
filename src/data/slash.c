/*
 * Lines of text whose words carry their tags: "John/B-PER lives/O", with "/", "|" or "_" between them, a sentence a line.
 * What stands between word and tag (WikiNER's "word|POS|I-PER") is not read. Words may hold the separator: a token is cut
 * from its end. Where every line holds one token and blank lines stand among them, these end the sentences.
 */
#include <string.h>

#include "data/documents.h"
#include "data/excerpt.h"
#include "data/format.h"
#include "data/label_split.h"
#include "data/line_cursor.h"

/*
 * Lines that are looked at to know a file. Fewer, and a few faulty tokens at its beginning outweigh the rest; with more,
 * every file of text is split into tokens three times before another format is asked.
 */
enum { MOST_LINES = 100 };

/*
 * Different tags without a prefix that these lines may have. Tags repeat while words do not: with more, text full of
 * "and/or" and "km/h" would be taken for tagged; with fewer, sets of some 18 types (OntoNotes) would not be.
 */
enum { MOST_PLAIN = 20 };

/* Parts of a token, its word and tag included. WikiNER has three; with fewer than a file has, the rest would stay in the word. */
enum { MOST_PARTS = 8 };

static const char separators[] = "/|_";

typedef struct slash_shape {
    char separator;
    size_t n_parts;
    bool any_tag; /* no tag has a prefix, so that any may come */
    bool columns; /* a token a line */
    size_t line;  /* of the example, a token as all should be; 0 for none */
    char example[NOMEN_EXCERPT_SIZE];
} slash_shape;

/* What the first lines say for a separator. */
typedef struct slash_counts {
    size_t n_lines, n_tokens;
    size_t n_parted;                  /* tokens with a word and a tag */
    size_t n_tags, n_outside;         /* of them those whose tag is O or has a prefix, and those whose tag is O */
    size_t n_parts[MOST_PARTS + 1];   /* of tokens with a tag: those that may have so many parts or more */
    nomen_span plain[MOST_PLAIN + 1]; /* different tags, as far as there is room */
    size_t n_plain;
    bool several, blank;         /* a line holds several tokens; a blank line stands between others */
    nomen_span first_tag, first; /* the first token with such a tag, and the first with any */
    size_t first_tag_line, first_line;
} slash_counts;

/* The next run of bytes that are no blanks. */
static bool next_token(const char *bytes, size_t end, size_t *at, nomen_span *out) {
    while (*at < end && nomen_is_blank(bytes[*at])) { (*at)++; }
    out->start = *at;
    while (*at < end && !nomen_is_blank(bytes[*at])) { (*at)++; }
    out->end = *at;
    return out->start < out->end;
}

static bool is_outside(const char *tag, size_t n) {
    return n == 1 && tag[0] == 'O';
}

/* The last separator of bytes[start..end), `end` where there is none. */
static size_t last_separator(const char *bytes, size_t start, size_t end, char separator) {
    for (size_t i = end; i > start; i--) {
        if (bytes[i - 1] == separator) { return i - 1; }
    }
    return end;
}

/* Whether a part may be a POS: of "1/2/O" and "and/or/O" the middle is none, while words seldom hold a "|". */
static bool may_be_pos(const char *bytes, nomen_span part, char separator) {
    size_t n_digits = 0;
    for (size_t i = part.start; i < part.end; i++) { n_digits += bytes[i] >= '0' && bytes[i] <= '9'; }
    if (n_digits == part.end - part.start) { return false; } /* an empty part too */
    return separator == '|' || !(bytes[part.start] >= 'a' && bytes[part.start] <= 'z');
}

/* Counts of how many parts a token may be, besides its tag, which begins after `end`. */
static void count_parts(slash_counts *counts, const char *bytes, size_t start, size_t end, char separator) {
    counts->n_parts[2]++;
    for (size_t n = 3; n <= MOST_PARTS; n++) {
        size_t mark = last_separator(bytes, start, end, separator);
        if (mark == end || mark == start || !may_be_pos(bytes, (nomen_span){mark + 1, end}, separator)) { return; }
        counts->n_parts[n]++;
        end = mark;
    }
}

static void count_plain(slash_counts *counts, const char *bytes, nomen_span tag) {
    size_t n = tag.end - tag.start;
    for (size_t i = 0; i < counts->n_plain; i++) {
        nomen_span other = counts->plain[i];
        if (other.end - other.start == n && memcmp(bytes + other.start, bytes + tag.start, n) == 0) { return; }
    }
    if (counts->n_plain <= MOST_PLAIN) { counts->plain[counts->n_plain++] = tag; }
}

static void count_token(slash_counts *counts, const char *bytes, nomen_span token, size_t line, char separator) {
    size_t mark = last_separator(bytes, token.start, token.end, separator);
    counts->n_tokens++;
    if (mark == token.start || mark + 1 >= token.end) { return; }
    nomen_span tag = {mark + 1, token.end};
    if (counts->n_parted++ == 0) {
        counts->first = token;
        counts->first_line = line;
    }
    counts->n_outside += is_outside(bytes + tag.start, tag.end - tag.start);
    if (nomen_is_tag(bytes + tag.start, tag.end - tag.start) && counts->n_tags++ == 0) {
        counts->first_tag = token;
        counts->first_tag_line = line;
    }
    count_plain(counts, bytes, tag);
    count_parts(counts, bytes, token.start, mark, separator);
}

/* Looks at the first lines; where each holds one token, at more of them for a blank line. */
static slash_counts count_tokens(const char *bytes, size_t n_bytes, char separator) {
    slash_counts counts = {0};
    size_t n_seen = nomen_looked_at(n_bytes);
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_seen};
    bool after_blank = false;
    for (size_t at, end; nomen_line_cursor_next(&lines, &at, &end);) {
        if (counts.n_lines >= MOST_LINES && (counts.several || counts.blank)) { break; }
        size_t n_before = counts.n_tokens;
        for (nomen_span token; next_token(bytes, end, &at, &token);) {
            if (token.end == n_seen && n_seen < n_bytes) { break; } /* cut off */
            count_token(&counts, bytes, token, lines.line, separator);
        }
        size_t n = counts.n_tokens - n_before;
        counts.n_lines += n > 0;
        counts.several = counts.several || n > 1;
        counts.blank = counts.blank || (n > 0 && after_blank);
        after_blank = n == 0 && counts.n_lines > 0;
    }
    return counts;
}

/* Takes a separator's counts for the file's shape. The largest number of parts that most tokens may have is taken. */
static void set_shape(slash_shape *out, const char *bytes, const slash_counts *counts, char separator) {
    bool any = counts->n_tags == 0;
    nomen_span example = any ? counts->first : counts->first_tag;
    *out = (slash_shape){.separator = separator,
                         .n_parts = 2,
                         .any_tag = counts->n_tags == counts->n_outside,
                         .columns = !counts->several && counts->blank,
                         .line = any ? counts->first_line : counts->first_tag_line};
    for (size_t n = 3; n <= MOST_PARTS; n++) {
        if (counts->n_parts[n] * 2 > counts->n_parted) { out->n_parts = n; }
    }
    nomen_excerpt(out->example, bytes + example.start, example.end - example.start);
}

/* Whether nearly all tokens end in O or a tag with a prefix; the few that do not are faults, and no columns. */
static bool has_tags(const slash_counts *counts) {
    return counts->n_tags > 1 && counts->n_tags * 4 >= counts->n_tokens * 3;
}

/* The same of plain tags: all tokens have one, or nearly all and O is common. */
static bool has_plain_tags(const slash_counts *counts) {
    bool all = counts->n_parted == counts->n_tokens;
    bool most = counts->n_parted * 4 >= counts->n_tokens * 3 && counts->n_outside * 4 >= counts->n_tokens;
    return counts->n_parted > 1 && counts->n_outside > 0 && counts->n_plain <= MOST_PLAIN && (all || most);
}

/* Finds the shape of a file by its first lines; false where it does not look like one of these. */
static bool find_shape(const char *bytes, size_t n_bytes, slash_shape *out) {
    slash_counts counts[sizeof separators - 1];
    size_t best = 0;
    for (size_t i = 0; separators[i] != '\0'; i++) {
        counts[i] = count_tokens(bytes, n_bytes, separators[i]);
        if (counts[i].n_tags > counts[best].n_tags) { best = i; }
    }
    bool tags = has_tags(&counts[best]);
    for (size_t i = 0; !tags && separators[i] != '\0'; i++) {
        if (!has_plain_tags(&counts[i])) { continue; }
        set_shape(out, bytes, &counts[i], separators[i]);
        return true;
    }
    if (!tags) { /* what is nearest, for a file whose format is stated */
        best = 0;
        for (size_t i = 1; separators[i] != '\0'; i++) { best = counts[i].n_parted > counts[best].n_parted ? i : best; }
    }
    set_shape(out, bytes, &counts[best], separators[best]);
    return tags;
}

/* A token that is not as the others are. */
static nomen_status refuse(nomen_builder *builder, const slash_shape *shape, nomen_diagnostic_kind kind, const char *bytes,
                           nomen_span token, const char *what, size_t line, nomen_error *err) {
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_excerpt(seen, bytes + token.start, token.end - token.start);
    if (shape->line == 0) {
        return nomen_error_remedy(
            err, NOMEN_REMEDY_FORMAT,
            nomen_builder_fault_of(builder, kind, line, err, "the token '%s' %s; expected word/TAG", seen, what));
    }
    return nomen_error_remedy(
        err, NOMEN_REMEDY_FORMAT,
        nomen_builder_fault_of(
            builder, kind, line, err,
            "the token '%s' %s; expected a word, '%c' and its tag, as in '%s' on line %zu; correct it, or state another format",
            seen, what, shape->separator, shape->example, shape->line));
}

static nomen_status read_token(nomen_builder *builder, const slash_shape *shape, const char *bytes, nomen_span token, size_t line,
                               nomen_error *err) {
    size_t mark = last_separator(bytes, token.start, token.end, shape->separator), word = mark;
    if (mark + 1 >= token.end) { return refuse(builder, shape, NOMEN_FAULT_TAG, bytes, token, "has no tag", line, err); }
    const char *tag = bytes + mark + 1;
    size_t n_tag = token.end - mark - 1;
    if (!shape->any_tag && builder->options->scheme != NOMEN_SCHEME_PLAIN && !nomen_is_tag(tag, n_tag)) {
        return refuse(builder, shape, NOMEN_FAULT_TAG, bytes, token, "does not end in a tag such as O or B-type", line, err);
    }
    for (size_t n = 2; n < shape->n_parts; n++) {
        size_t before = last_separator(bytes, token.start, word, shape->separator);
        if (before == word) {
            return refuse(builder, shape, NOMEN_FAULT_COLUMNS, bytes, token, "has fewer parts than others", line, err);
        }
        word = before;
    }
    if (word == token.start) { return refuse(builder, shape, NOMEN_FAULT_EMPTY, bytes, token, "has no word", line, err); }
    return nomen_builder_add(builder, bytes + token.start, word - token.start, tag, n_tag, line, err);
}

/* Whether the line bytes[at..end) is a token -DOCSTART- and its O alone. */
static bool is_document(const slash_shape *shape, const char *bytes, size_t at, size_t end) {
    nomen_span token, other;
    size_t n = sizeof NOMEN_DOCUMENT_MARK - 1;
    if (!next_token(bytes, end, &at, &token) || next_token(bytes, end, &at, &other)) { return false; }
    size_t length = token.end - token.start;
    return length > n + 1 && memcmp(bytes + token.start, NOMEN_DOCUMENT_MARK, n) == 0 &&
           bytes[token.start + n] == shape->separator && bytes[token.end - 2] == shape->separator && bytes[token.end - 1] == 'O';
}

static nomen_status read_line(nomen_builder *builder, const slash_shape *shape, const char *bytes, size_t at, size_t end,
                              size_t line, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    nomen_span token;
    if (is_document(shape, bytes, at, end)) {
        NOMEN_TRY(nomen_builder_end(builder, err));
        nomen_document_begin(builder);
        return NOMEN_OK;
    }
    for (size_t n = 0; next_token(bytes, end, &at, &token); n++) {
        if (!builder->open) { nomen_builder_begin(builder, line); }
        if (n > 0 && shape->columns) {
            return refuse(builder, shape, NOMEN_FAULT_COLUMNS, bytes, token,
                          "is not alone on its line, although the ones before it are", line, err);
        }
        NOMEN_TRY(read_token(builder, shape, bytes, token, line, err));
    }
done:
    return status;
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_bytes};
    slash_shape shape;
    nomen_status status;
    if (builder->options->word_column != NULL || builder->options->tag_column != NULL) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_COLUMNS,
                                      "%s: word/TAG has no columns: a token begins with its word and ends with its tag",
                                      builder->name);
    }
    (void)find_shape(bytes, n_bytes, &shape);
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] = shape.n_parts - 2;
    for (size_t first, end; !nomen_builder_full(builder) && nomen_line_cursor_next(&lines, &first, &end);) {
        while (first < end && nomen_is_blank(bytes[first])) { first++; }
        if (!shape.columns || first == end) { NOMEN_TRY(nomen_builder_end(builder, err)); }
        if (nomen_builder_full(builder)) { break; }
        NOMEN_TRY(read_line(builder, &shape, bytes, first, end, lines.line, err));
    }
    status = nomen_builder_end(builder, err);
done:
    return status;
}

/* In place of what would end a token or a line. */
static const char *stand_in(unsigned char byte) {
    return nomen_is_blank((char)byte) || nomen_is_line_end((char)byte) ? "\xc2\xa0" : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

/* The first separator that is not in so many words that reading would take these for a word and its POS. */
static char choose_separator(const nomen_writer *writer) {
    for (size_t i = 0; separators[i] != '\0'; i++) {
        size_t n_words = 0, n_parted = 0;
        for (size_t s = 0; s < writer->set->n_sentences && s < MOST_LINES; s++) {
            for (size_t w = 0; w < writer->set->sentences[s].n_words; w++) {
                size_t n;
                const char *word = nomen_writer_word(writer, s, w, &n);
                size_t mark = last_separator(word, 0, n, separators[i]);
                n_parted += mark > 0 && mark < n && may_be_pos(word, (nomen_span){mark + 1, n}, separators[i]);
                n_words++;
            }
        }
        if (n_parted * 2 <= n_words) { return separators[i]; }
    }
    return separators[0];
}

/* A tag in which the separator becomes "_", and is counted, unless it was for another character. */
static nomen_status write_tag(nomen_writer *writer, size_t sentence, size_t word, char separator, nomen_error *err) {
    const nomen_tag_name *tag = &writer->sentence_tags[word];
    const nomen_sentence *s = &writer->set->sentences[sentence];
    nomen_status status;
    size_t from = writer->out.size;
    NOMEN_TRY(nomen_buffer_append(&writer->out, tag->text, tag->n_bytes, err));
    if (memchr(tag->text, separator, tag->n_bytes) == NULL) { return NOMEN_OK; }
    for (size_t i = from; i < writer->out.size; i++) {
        if (writer->out.data[i] == separator) { writer->out.data[i] = separator == '_' ? '-' : '_'; }
    }
    if (!writer->tags.changed[writer->set->tags[s->first_word + word]]) {
        char seen[NOMEN_EXCERPT_SIZE];
        nomen_note(&writer->notes, NOMEN_NOTE_LABELS, writer->set->path, s->line, "the tag '%s' becomes '%s'",
                   nomen_excerpt(seen, tag->text, tag->n_bytes), writer->out.data + from);
    }
done:
    return status;
}

static nomen_status write_sentence(nomen_writer *writer, size_t sentence, char separator, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    nomen_buffer *out = &writer->out;
    nomen_status status;
    if (s->document_start) { NOMEN_TRY(nomen_buffer_printf(out, err, NOMEN_DOCUMENT_MARK "%cO\n", separator)); }
    nomen_writer_note_spacing(writer, sentence);
    NOMEN_TRY(nomen_writer_tags(writer, sentence, err));
    for (size_t w = 0; w < s->n_words; w++) {
        size_t n;
        const char *word = nomen_writer_word(writer, sentence, w, &n);
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err)); }
        if (s->n_words == 1 && n == sizeof NOMEN_DOCUMENT_MARK - 1 && memcmp(word, NOMEN_DOCUMENT_MARK, n) == 0) {
            NOMEN_TRY(nomen_buffer_append_text(out, "\xc2\xa0", err)); /* else it would be read as the mark */
            nomen_note(&writer->notes, NOMEN_NOTE_CHARACTERS, writer->set->path, s->line,
                       "the word '%s' gets a no-break space in front of it", NOMEN_DOCUMENT_MARK);
        }
        NOMEN_TRY(nomen_writer_append_word(writer, sentence, w, stand_in, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, separator, err));
        NOMEN_TRY(write_tag(writer, sentence, w, separator, err));
    }
    status = nomen_buffer_append_byte(out, '\n', err);
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    char separator = choose_separator(writer);
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(write_sentence(writer, s, separator, err));
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    return status;
}

static bool looks_like(const nomen_probe *probe) {
    slash_shape shape;
    return find_shape(probe->bytes, probe->n_bytes, &shape);
}

const nomen_format nomen_format_slash = {.format = NOMEN_DATA_SLASH,
                                         .key = "slash",
                                         .form = "John/B-PER lives/O",
                                         .name = "word/TAG",
                                         .suffix = "",
                                         .holds = NOMEN_HOLDS_DOCUMENTS,
                                         .tag_place = "the last part of each token",
                                         .advice = "add lines such as John/B-PER lives/O",
                                         .looks_like = looks_like,
                                         .read = read_all,
                                         .write = write_all};
