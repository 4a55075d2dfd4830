/* Texts to pieces, a segment of each at a time; see the header. */
#include "run/feed.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/unicode.h"
#include "text/words.h"
#include "token/encoding.h"

void nomen_feed_clear(nomen_feed *feed) {
    nomen_segmenter_clear(&feed->segmenter);
    nomen_mem_free(feed->segments);
    nomen_mem_free(feed->bases);
    nomen_mem_free(feed->words);
    nomen_mem_free(feed->starts);
    nomen_encoding_clear(&feed->encoding);
    *feed = (nomen_feed){0};
}

void nomen_feed_reset(nomen_feed *feed) {
    feed->n = feed->n_words = 0;
}

static nomen_status add(nomen_feed *feed, nomen_text segment, struct nomen_segment_base base, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(feed->segments, feed->segment_capacity, feed->n + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(feed->bases, feed->base_capacity, feed->n + 1, err));
    feed->segments[feed->n] = segment;
    feed->bases[feed->n++] = base;
done:
    return status;
}

/* A text whose words BERT's pre-tokenizer makes. */
static nomen_status append_plain(nomen_feed *feed, const nomen_text *text, nomen_feed_place *place, nomen_error *err) {
    size_t from = place->at, cut = 0;
    nomen_status status;
    NOMEN_TRY(
        nomen_segment_cut(feed->tokenizer, text->text, text->n_bytes, from, feed->segment_bytes, &feed->segmenter, &cut, err));
    place->at = cut;
    place->complete = cut == text->n_bytes;
    nomen_text segment = {.text = text->n_bytes > 0 ? text->text + from : "", .n_bytes = cut - from};
    NOMEN_TRY(add(feed, segment, (struct nomen_segment_base){from, place->next_word, SIZE_MAX}, err));
done:
    return status;
}

static nomen_status add_word(nomen_feed *feed, size_t start, size_t end, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(feed->words, feed->word_capacity, feed->n_words + 1, err);
    if (status == NOMEN_OK) { feed->words[feed->n_words++] = (nomen_span){start, end}; }
    return status;
}

/* A text that came with its words. One longer than a segment is taken in parts, each a word of the segment. */
static nomen_status append_words(nomen_feed *feed, const nomen_text *text, nomen_feed_place *place, nomen_error *err) {
    struct nomen_segment_base base = {0, place->word, feed->n_words};
    size_t n_bytes = 0;
    nomen_status status = NOMEN_OK;
    nomen_text segment = *text;
    if (place->word == 0 && !place->inside && text->n_bytes <= feed->segment_bytes && text->n_words <= feed->segment_bytes) {
        place->complete = true;
        base.first_word = SIZE_MAX;
        return add(feed, segment, base, err);
    }
    while (place->word < text->n_words && n_bytes < feed->segment_bytes &&
           feed->n_words - base.first_word < feed->segment_bytes / 4 + 1) {
        NOMEN_TRY(nomen_word_check(text, place->word, err));
        size_t start = place->inside ? place->at : text->words[place->word].start, end = text->words[place->word].end;
        size_t cut = end;
        if (end - start > feed->segment_bytes) {
            if (feed->n_words > base.first_word) { break; }
            NOMEN_TRY(
                nomen_segment_cut(feed->tokenizer, text->text, end, start, feed->segment_bytes, &feed->segmenter, &cut, err));
        }
        NOMEN_TRY(add_word(feed, start, cut, err));
        n_bytes += cut - start;
        place->at = cut;
        place->inside = cut < end;
        if (place->inside) { break; }
        place->word++;
    }
    place->complete = place->word == text->n_words;
    segment.n_words = feed->n_words - base.first_word;
    NOMEN_TRY(add(feed, segment, base, err));
done:
    return status;
}

/* A text that is cut into words at white space; a boundary of segments inside a word leaves it one word. */
static nomen_status append_spaced(nomen_feed *feed, const nomen_text *text, nomen_feed_place *place, nomen_error *err) {
    struct nomen_segment_base base = {0, place->next_word - (place->inside ? 1 : 0), feed->n_words};
    size_t from = place->at, cut = 0;
    nomen_status status;
    NOMEN_TRY(
        nomen_segment_cut(feed->tokenizer, text->text, text->n_bytes, from, feed->segment_bytes, &feed->segmenter, &cut, err));
    const char *bytes = text->n_bytes > 0 ? text->text : "";
    NOMEN_TRY(nomen_text_words(bytes + from, cut - from, &feed->words, &feed->word_capacity, &feed->n_words, err));
    for (size_t w = base.first_word; w < feed->n_words; w++) {
        feed->words[w].start += from;
        feed->words[w].end += from;
    }
    nomen_text segment = *text;
    segment.n_words = feed->n_words - base.first_word;
    place->at = cut;
    place->complete = cut == text->n_bytes;
    place->next_word = base.word + segment.n_words;
    place->inside = false;
    if (!place->complete && segment.n_words > 0 && feed->words[feed->n_words - 1].end == cut) {
        uint32_t scalar;
        nomen_utf8_decode(bytes + cut, text->n_bytes - cut, &scalar);
        place->inside = !(nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_SPACE);
    }
    NOMEN_TRY(add(feed, segment, base, err));
done:
    return status;
}

nomen_status nomen_feed_append(nomen_feed *feed, const nomen_text *text, nomen_feed_place *place, size_t *n_bytes,
                               nomen_error *err) {
    nomen_status status = text->words != NULL ? append_words(feed, text, place, err)
                          : feed->by_space    ? append_spaced(feed, text, place, err)
                                              : append_plain(feed, text, place, err);
    if (status != NOMEN_OK) { return status; }
    const nomen_text *segment = &feed->segments[feed->n - 1];
    *n_bytes += segment->n_bytes < feed->segment_bytes ? segment->n_bytes : feed->segment_bytes;
    return NOMEN_OK;
}

nomen_status nomen_feed_encode(nomen_feed *feed, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(feed->words, feed->word_capacity, feed->n_words + 1, err)); /* a text of no words has an array too */
    for (size_t i = 0; i < feed->n; i++) { /* only now do the words stay where they are */
        if (feed->bases[i].first_word != SIZE_MAX) { feed->segments[i].words = feed->words + feed->bases[i].first_word; }
    }
    NOMEN_TRY(NOMEN_RESERVE(feed->starts, feed->start_capacity, feed->n + 1, err));
    NOMEN_TRY(nomen_tokenizer_encode_batch(feed->tokenizer, feed->segments, feed->n, &feed->encoding, feed->starts, err));
done:
    return status;
}

nomen_status nomen_feed_copy(const nomen_feed *feed, size_t i, nomen_feed_place *place, int32_t *ids, int32_t *word_ids,
                             nomen_span *offsets, nomen_error *err) {
    const nomen_encoding *encoding = &feed->encoding;
    size_t first = feed->starts[i], n = feed->starts[i + 1] - first, word = feed->bases[i].word, byte = feed->bases[i].byte;
    if (n == 0) { return NOMEN_OK; }
    size_t next = word + (size_t)encoding->word_ids[first + n - 1] + 1;
    if (next > INT32_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "a text has more than %d words; split it", INT32_MAX);
    }
    if (feed->segments[i].words == NULL) { place->next_word = next; }
    memcpy(ids, encoding->ids + first, n * sizeof *ids);
    for (size_t k = 0; k < n; k++) {
        word_ids[k] = encoding->word_ids[first + k] + (int32_t)word;
        offsets[k] = (nomen_span){encoding->offsets[first + k].start + byte, encoding->offsets[first + k].end + byte};
    }
    return NOMEN_OK;
}
