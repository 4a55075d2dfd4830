/* What a column's title says that it holds; see the header. */
#include "data/roles.h"

#include <string.h>

/* Titles as people write them, in lower case with underscores; each list ends in NULL. */
static const char *const texts[] = {"text", "texts", "sentences", "content", "sentence_text", "raw_text", NULL};
static const char *const words[] = {"word", "words", "token", "tokens", "form", "tokenized_text", NULL};
static const char *const tags[] = {"tag",       "tags",         "label",         "labels",      "ner_tag", "ner_tags",
                                   "ner_label", "ner_labels",   "word_label",    "word_labels", "ner",     "iob",
                                   "iob_tag",   "bio",          "bio_tag",       "bio_tags",    "entity",  "entities",
                                   "ne",        "named_entity", "fine_ner_tags", "gold",        NULL};
static const char *const sentences[] = {"sentence_#",      "sentence#",    "sentence_id", "sent_id", "sentence_idx", "sent_idx",
                                        "sentence_number", "sentence_num", "sentence_no", "sent_no", "sent_num",     "sent_#",
                                        "sentence_index",  "sentenceid",   "sid",         NULL};

static bool is_one_of(const char *const *names, const char *name) {
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) { return true; }
    }
    return false;
}

nomen_role nomen_role_of(const char *title, size_t n_bytes) {
    char name[32];
    while (n_bytes > 0 && (unsigned char)title[0] <= ' ') {
        title++;
        n_bytes--;
    }
    while (n_bytes > 0 && (unsigned char)title[n_bytes - 1] <= ' ') { n_bytes--; }
    if (n_bytes == 0 || n_bytes >= sizeof name) { return NOMEN_ROLE_NONE; }
    for (size_t i = 0; i < n_bytes; i++) {
        char c = title[i];
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == ' ' || c == '-' ? '_' : c;
    }
    name[n_bytes] = '\0';
    if (strcmp(name, "sentence") == 0) { return NOMEN_ROLE_EITHER; }
    return is_one_of(texts, name)       ? NOMEN_ROLE_TEXT
           : is_one_of(words, name)     ? NOMEN_ROLE_WORD
           : is_one_of(tags, name)      ? NOMEN_ROLE_TAG
           : is_one_of(sentences, name) ? NOMEN_ROLE_SENTENCE
                                        : NOMEN_ROLE_NONE;
}
