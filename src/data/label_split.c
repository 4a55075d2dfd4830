/* Labels taken apart; see the header. */
#include "data/label_split.h"

#include <string.h>

char nomen_label_prefix(const char *label, size_t n_bytes) {
    if (n_bytes == 1) { return label[0] == 'O' ? 'O' : 0; }
    if (n_bytes < 3 || label[1] != '-') { return 0; }
    switch (label[0]) {
    case 'B':
    case 'I':
    case 'E':
    case 'S': return label[0];
    case 'L': return 'E';
    case 'U': return 'S';
    default: return 0;
    }
}

nomen_label_parts nomen_label_split(const char *label) {
    char prefix = nomen_label_prefix(label, strlen(label));
    return (nomen_label_parts){prefix, prefix != 0 && prefix != 'O' ? label + 2 : label};
}

nomen_label_parts nomen_label_split_hf(const char *label) {
    bool has_prefix = (label[0] == 'B' || label[0] == 'I') && label[1] == '-';
    return has_prefix ? (nomen_label_parts){label[0], label + 2} : (nomen_label_parts){0, label};
}

bool nomen_label_continues_hf(const char *before, const char *label) {
    nomen_label_parts parts = nomen_label_split_hf(label);
    return parts.prefix != 'B' && strcmp(nomen_label_split_hf(before).type, parts.type) == 0;
}

const char *nomen_label_group_name(const char *label) {
    const char *hyphen = strchr(label, '-');
    return hyphen != NULL ? hyphen + 1 : label;
}

const char *nomen_label_entity_type(const char *label) {
    return strcmp(label, "O") == 0 || label[0] == '\0' ? NULL : nomen_label_group_name(label);
}

/* Bytes of the character at `s` (at least one). An ill-formed byte is a character of its own. */
static size_t character_size(const char *s) {
    unsigned char c = (unsigned char)s[0];
    size_t size = c >= 0xF0 && c <= 0xF4 ? 4 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xC2 && c < 0xE0 ? 2 : 1;
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)s[i] & 0xC0) != 0x80) { return 1; }
    }
    return size;
}

nomen_label_parts nomen_label_split_seqeval(const char *label) {
    const char *rest = label + character_size(label), *hyphen = strchr(rest, '-');
    const char *type = hyphen != NULL ? hyphen + 1 : rest;
    return (nomen_label_parts){(unsigned char)label[0] < 0x80 ? label[0] : 0, *type != '\0' ? type : "_"};
}
