/*
 * Plain text with entities between tags of their type, a text a line: "<per>Jane Doe</per> left". Entities may nest.
 * A "<" that opens no tag that is closed again on its line is text; &lt; &amp; and numbers such as &#10; stand for
 * characters, so that any text can be held.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "data/builder_text.h"
#include "data/documents.h"
#include "data/format.h"
#include "data/line_cursor.h"
#include "data/roles.h"

/* A closing tag looks for its counterpart among so many open ones, or a line of tags would take forever. */
static const size_t deepest = 256;

/* A file is known by a pair of tags in its first bytes. */
static const size_t most_looked_at = (size_t)16 << 10;

/* A tag of the line: where it stands, and whether it has its counterpart. */
typedef struct line_tag {
    size_t start, end; /* with the angle brackets */
    size_t name, n_name;
    bool closes, paired;
} line_tag;

typedef struct inline_reader {
    nomen_buffer text, label;
    line_tag *tags; /* of the line */
    size_t n_tags, tags_capacity;
    size_t *stack; /* of tags that are open: places in `tags` */
    size_t n_stack, stack_capacity;
    nomen_gold_span *spans; /* label: place in `tags` */
    size_t n_spans, spans_capacity;
} inline_reader;

/* The character that a reference at bytes[0], a '&', stands for; returns its length, 0 for none. */
static size_t read_reference(const char *bytes, size_t n_bytes, uint32_t *scalar) {
    static const struct {
        const char *name;
        char character;
    } names[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i].name);
        if (n_bytes < n || memcmp(bytes, names[i].name, n) != 0) { continue; }
        *scalar = (unsigned char)names[i].character;
        return n;
    }
    if (n_bytes < 4 || bytes[1] != '#') { return 0; }
    uint32_t value = 0;
    size_t i = 2;
    for (; i < n_bytes && i < 10 && bytes[i] >= '0' && bytes[i] <= '9'; i++) { value = value * 10 + (uint32_t)(bytes[i] - '0'); }
    bool valid = i > 2 && i < n_bytes && bytes[i] == ';' && value < 0x110000 && (value < 0xD800 || value > 0xDFFF);
    *scalar = value;
    return valid ? i + 1 : 0;
}

/* Appends part of a line with its references resolved. */
static nomen_status append_plain(nomen_buffer *out, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_bytes;) {
        const char *mark = memchr(bytes + i, '&', n_bytes - i);
        size_t end = mark == NULL ? n_bytes : (size_t)(mark - bytes);
        NOMEN_TRY(nomen_buffer_append(out, bytes + i, end - i, err));
        if (mark == NULL) { break; }
        uint32_t scalar = '&';
        size_t length = read_reference(mark, n_bytes - end, &scalar);
        char character[4];
        NOMEN_TRY(nomen_buffer_append(out, character, nomen_utf8_encode(scalar, character), err));
        i = end + (length > 0 ? length : 1);
    }
done:
    return status;
}

/* The tag at bytes[at], a '<': a name without white space, '<' or '/' at its beginning. */
static bool read_tag(const char *bytes, size_t n_bytes, size_t at, line_tag *out) {
    bool closes = at + 1 < n_bytes && bytes[at + 1] == '/';
    size_t name = at + 1 + closes, i = name;
    while (i < n_bytes && (unsigned char)bytes[i] > ' ' && bytes[i] != '<' && bytes[i] != '>') { i++; }
    if (i == name || i == n_bytes || bytes[i] != '>' || bytes[name] == '/') { return false; }
    *out = (line_tag){.start = at, .end = i + 1, .name = name, .n_name = i - name, .closes = closes};
    return true;
}

static bool same_name(const char *bytes, const line_tag *a, const line_tag *b) {
    return a->n_name == b->n_name && memcmp(bytes + a->name, bytes + b->name, a->n_name) == 0;
}

/* Finds the line's tags and pairs each closing one with the last open one of its name. */
static nomen_status find_tags(inline_reader *r, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    r->n_tags = r->n_stack = 0;
    for (size_t at = 0; at < n_bytes;) {
        const char *mark = memchr(bytes + at, '<', n_bytes - at);
        if (mark == NULL) { break; }
        at = (size_t)(mark - bytes);
        line_tag tag;
        if (!read_tag(bytes, n_bytes, at, &tag)) {
            at++;
            continue;
        }
        at = tag.end;
        NOMEN_TRY(NOMEN_RESERVE(r->tags, r->tags_capacity, r->n_tags + 1, err));
        if (tag.closes) {
            size_t depth = r->n_stack, least = depth > deepest ? depth - deepest : 0;
            while (depth > least && !same_name(bytes, &r->tags[r->stack[depth - 1]], &tag)) { depth--; }
            if (depth == least) { continue; } /* text */
            tag.paired = r->tags[r->stack[depth - 1]].paired = true;
            memmove(r->stack + depth - 1, r->stack + depth, (r->n_stack - depth) * sizeof *r->stack);
            r->n_stack--;
        } else {
            NOMEN_TRY(NOMEN_RESERVE(r->stack, r->stack_capacity, r->n_stack + 1, err));
            r->stack[r->n_stack++] = r->n_tags;
        }
        r->tags[r->n_tags++] = tag;
    }
done:
    return status;
}

/* The text without its paired tags, and their spans. */
static nomen_status read_text(inline_reader *r, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    size_t at = 0;
    nomen_buffer_reset(&r->text);
    r->n_spans = r->n_stack = 0;
    for (size_t i = 0; i < r->n_tags; i++) {
        const line_tag *tag = &r->tags[i];
        if (!tag->paired) { continue; }
        NOMEN_TRY(append_plain(&r->text, bytes + at, tag->start - at, err));
        at = tag->end;
        if (!tag->closes) {
            NOMEN_TRY(NOMEN_RESERVE(r->stack, r->stack_capacity, r->n_stack + 1, err));
            NOMEN_TRY(NOMEN_RESERVE(r->spans, r->spans_capacity, r->n_spans + 1, err));
            r->stack[r->n_stack++] = r->n_spans;
            r->spans[r->n_spans++] = (nomen_gold_span){r->text.size, r->text.size, (int32_t)i};
            continue;
        }
        size_t depth = r->n_stack;
        while (depth > 0 && !same_name(bytes, &r->tags[r->spans[r->stack[depth - 1]].label], tag)) { depth--; }
        if (depth == 0) { continue; }
        r->spans[r->stack[depth - 1]].end = r->text.size;
        memmove(r->stack + depth - 1, r->stack + depth, (r->n_stack - depth) * sizeof *r->stack);
        r->n_stack--;
    }
    status = append_plain(&r->text, bytes + at, n_bytes - at, err);
done:
    return status;
}

static nomen_status read_line(inline_reader *r, nomen_builder *builder, const char *bytes, size_t n_bytes, size_t line,
                              nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(find_tags(r, bytes, n_bytes, err));
    NOMEN_TRY(read_text(r, bytes, n_bytes, err));
    NOMEN_TRY(nomen_builder_begin_text(builder, r->text.data, r->text.size, line, err));
    for (size_t i = 0; i < r->n_spans; i++) {
        const nomen_gold_span *span = &r->spans[i];
        const line_tag *tag = &r->tags[span->label];
        nomen_buffer_reset(&r->label);
        NOMEN_TRY(append_plain(&r->label, bytes + tag->name, tag->n_name, err));
        NOMEN_TRY(nomen_builder_add_span(builder, span->start, span->end, r->label.data, r->label.size, err));
    }
    status = nomen_builder_end_text(builder, err);
done:
    return status;
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    inline_reader reader = {0};
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_bytes};
    nomen_status status = NOMEN_OK;
    for (size_t at, end; !nomen_builder_full(builder) && nomen_line_cursor_next(&lines, &at, &end);) {
        NOMEN_TRY(read_line(&reader, builder, bytes + at, end - at, lines.line, err));
    }
done:
    nomen_buffer_clear(&reader.text);
    nomen_buffer_clear(&reader.label);
    nomen_mem_free(reader.tags);
    nomen_mem_free(reader.stack);
    nomen_mem_free(reader.spans);
    return status;
}

/* Whether a pair of tags round an entity stands on one of the first lines. */
static bool has_pair(const char *bytes, size_t n_bytes) {
    if (n_bytes > most_looked_at) { n_bytes = most_looked_at; }
    for (size_t at = 0; at < n_bytes; at++) {
        line_tag open, close;
        if (bytes[at] != '<' || !read_tag(bytes, n_bytes, at, &open) || open.closes) { continue; }
        for (size_t i = open.end; i < n_bytes && !nomen_is_line_end(bytes[i]); i++) {
            if (bytes[i] == '<' && read_tag(bytes, n_bytes, i, &close) && close.closes && same_name(bytes, &open, &close)) {
                return true;
            }
        }
    }
    return false;
}

/* Text in which nothing is taken for a tag, a reference or the end of the line. A name has no white space nor brackets. */
static nomen_status append_escaped(nomen_buffer *out, const char *bytes, size_t n_bytes, bool is_name, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0, from = 0; i <= n_bytes; i++) {
        unsigned char c = i < n_bytes ? (unsigned char)bytes[i] : 'a';
        bool escape =
            c == '<' || c == '&' || c == '\n' || c == '\r' || c == '\0' || (is_name && (c <= ' ' || c == '>' || c == '/'));
        if (!escape && i < n_bytes) { continue; }
        NOMEN_TRY(nomen_buffer_append(out, bytes + from, i - from, err));
        if (i == n_bytes) { break; }
        if (c == '<' || c == '&') {
            NOMEN_TRY(nomen_buffer_append_text(out, c == '<' ? "&lt;" : "&amp;", err));
        } else {
            NOMEN_TRY(nomen_buffer_printf(out, err, "&#%u;", c));
        }
        from = i + 1;
    }
done:
    return status;
}

static nomen_status append_tag(nomen_writer *writer, const nomen_gold_span *span, const char *begin, nomen_error *err) {
    const char *label = nomen_writer_label(writer, span->label);
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, begin, err));
    NOMEN_TRY(append_escaped(&writer->out, label, strlen(label), true, err));
    status = nomen_buffer_append_byte(&writer->out, '>', err);
done:
    return status;
}

static nomen_status write_line(nomen_writer *writer, size_t sentence, size_t **open, size_t *capacity, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const char *text = s->text_size > 0 ? nomen_sentence_text(writer->set, sentence) : "";
    nomen_status status;
    NOMEN_TRY(nomen_writer_spans(writer, sentence, err));
    size_t at = 0, next = 0, n_open = 0;
    while (next < writer->n_spans || n_open > 0) {
        const nomen_gold_span *top = n_open > 0 ? &writer->spans[(*open)[n_open - 1]] : NULL;
        bool closing = top != NULL && (next == writer->n_spans || top->end <= writer->spans[next].start);
        const nomen_gold_span *span = closing ? top : &writer->spans[next];
        size_t place = closing ? span->end : span->start;
        NOMEN_TRY(append_escaped(&writer->out, text + at, place - at, false, err));
        at = place;
        if (closing) {
            NOMEN_TRY(append_tag(writer, span, "</", err));
            n_open--;
            continue;
        }
        if (top != NULL && span->end > top->end) { /* tags can nest, but not cross */
            nomen_note(&writer->notes, NOMEN_NOTE_CROSSING, writer->set->path, s->line,
                       "two spans cross; the later one is left out");
            next++;
            continue;
        }
        NOMEN_TRY(append_tag(writer, span, "<", err));
        NOMEN_TRY(NOMEN_RESERVE(*open, *capacity, n_open + 1, err));
        (*open)[n_open++] = next++;
    }
    NOMEN_TRY(append_escaped(&writer->out, text + at, s->text_size - at, false, err));
    status = nomen_buffer_append_byte(&writer->out, '\n', err);
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    size_t *open = NULL, capacity = 0;
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(write_line(writer, s, &open, &capacity, err));
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    nomen_mem_free(open);
    return status;
}

/* The columns of a line, 0 where the last is no tag (O, B-type and so on). */
static size_t count_tagged(const char *bytes, size_t n_bytes) {
    size_t n = 0, last = 0;
    while (n_bytes > 0 && nomen_is_blank(bytes[n_bytes - 1])) { n_bytes--; }
    for (size_t i = 0; i < n_bytes; i++) {
        if (nomen_is_blank(bytes[i]) || (i > 0 && !nomen_is_blank(bytes[i - 1]))) { continue; }
        n++;
        last = i;
    }
    const char *tag = bytes + last;
    size_t n_tag = n_bytes - last;
    return nomen_is_tag(tag, n_tag) ? n : 0;
}

/* Whether each of the first lines has as many columns, the last a tag; a single line of many might be a text. */
static bool are_columns(const char *bytes, size_t n_bytes) {
    enum { MOST_LINES = 64 };
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = nomen_looked_at(n_bytes)};
    size_t n_columns = 0, n_lines = 0;
    for (size_t start, end; n_lines < MOST_LINES && nomen_line_cursor_next(&lines, &start, &end);) {
        while (end > start && nomen_is_blank(bytes[end - 1])) { end--; }
        if (start == end || nomen_line_mark_of(bytes + start, end - start, false) != NOMEN_LINE_WORD) { continue; }
        size_t n = count_tagged(bytes + start, end - start);
        if (n < 2 || (n_columns > 0 && n != n_columns)) { return false; }
        n_columns = n;
        n_lines++;
    }
    return n_lines > 1 || n_columns == 2;
}

static bool looks_like(const nomen_probe *probe) {
    return has_pair(probe->bytes, probe->n_bytes) && memchr(probe->bytes, '\t', probe->n_line) == NULL &&
           !are_columns(probe->bytes, probe->n_bytes);
}

const nomen_format nomen_format_inline = {.format = NOMEN_DATA_INLINE,
                                          .key = "inline",
                                          .form = "<per>Jane</per> left",
                                          .name = "inline tags",
                                          .suffix = "",
                                          .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING,
                                          .advice = "add lines of text",
                                          .looks_like = looks_like,
                                          .read = read_all,
                                          .write = write_all};
