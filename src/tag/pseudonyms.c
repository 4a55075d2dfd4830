/* Pseudonyms; see the header. */
#include "tag/pseudonyms.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

nomen_status nomen_pseudonym_append_name(nomen_buffer *out, const char *type, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (*type == '\0') { return nomen_buffer_append_text(out, "ENTITY", err); } /* of a label "B-" */
    for (; *type != '\0'; type++) {
        char c = *type;
        bool lower = c >= 'a' && c <= 'z', kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
        NOMEN_TRY(nomen_buffer_append_byte(out, lower ? (char)(c - 'a' + 'A') : kept ? c : '_', err));
    }
done:
    return status;
}

nomen_status nomen_pseudonym_names_add(nomen_pseudonym_names *names, const char *name, nomen_error *err) {
    size_t at = names->n, n = strlen(name);
    char *copy;
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->items[i], name) == 0) { return NOMEN_OK; }
    }
    nomen_status status = NOMEN_RESERVE(names->items, names->capacity, names->n + 1, err);
    if (status != NOMEN_OK) { return status; }
    if ((copy = nomen_mem_copy(name, n)) == NULL) { return nomen_error_memory(err, n + 1, 1); }
    for (; at > 0 && strlen(names->items[at - 1]) < n; at--) { names->items[at] = names->items[at - 1]; }
    names->items[at] = copy;
    names->n++;
    names->starts[(unsigned char)name[0]] = true;
    for (size_t i = 0; i < n; i++) { names->wide = names->wide || (unsigned char)name[i] >= 0x80; }
    return NOMEN_OK;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

size_t nomen_pseudonym_length(const nomen_pseudonym_names *names, const char *text, size_t n_bytes) {
    if (n_bytes == 0 || !names->starts[(unsigned char)text[0]]) { return 0; }
    for (size_t i = 0; i < names->n; i++) {
        size_t n = strlen(names->items[i]);
        if (n + 2 > n_bytes || memcmp(text, names->items[i], n) != 0 || text[n] != '_' || !is_digit(text[n + 1])) { continue; }
        for (n += 2; n < n_bytes && is_digit(text[n]);) { n++; }
        return n;
    }
    return 0;
}

bool nomen_pseudonym_joins(const nomen_pseudonym_names *names, char byte) {
    return (byte >= 'A' && byte <= 'Z') || is_digit(byte) || byte == '_' || byte == NOMEN_PSEUDONYM_MARK ||
           (names->wide && (unsigned char)byte >= 0x80);
}

void nomen_pseudonym_names_clear(nomen_pseudonym_names *names) {
    for (size_t i = 0; i < names->n; i++) { nomen_mem_free(names->items[i]); }
    nomen_mem_free(names->items);
    *names = (nomen_pseudonym_names){0};
}

/* "NAME_" and the bytes: a NUL, which would end a name of the table, is "\1\2", and "\1" is "\1\1". */
static nomen_status append_escaped(nomen_buffer *out, const char *name, const char *text, size_t n_bytes, nomen_error *err) {
    nomen_status status;
    nomen_buffer_reset(out);
    NOMEN_TRY(nomen_buffer_printf(out, err, "%s_", name));
    for (size_t i = 0; i < n_bytes; i++) {
        if (text[i] == '\0' || text[i] == '\1') { NOMEN_TRY(nomen_buffer_append_byte(out, '\1', err)); }
        NOMEN_TRY(nomen_buffer_append_byte(out, text[i] == '\0' ? '\2' : text[i], err));
    }
done:
    return status;
}

/* The bytes again. */
static nomen_status append_unescaped(const char *written, const char *name, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    nomen_buffer_reset(out);
    NOMEN_TRY(nomen_buffer_append(out, "", 0, err));
    for (const char *c = written + strlen(name) + 1; *c != '\0'; c++) {
        bool escaped = *c == '\1';
        c += escaped;
        NOMEN_TRY(nomen_buffer_append_byte(out, escaped && *c == '\2' ? '\0' : *c, err));
    }
done:
    return status;
}

nomen_status nomen_pseudonyms_get(nomen_pseudonyms *p, const char *name, const char *text, size_t n_bytes, const char **out,
                                  nomen_error *err) {
    int32_t original, counted;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(p->keys, p->key_capacity, p->n_keys + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(p->counts, p->count_capacity, p->counted.n + 1, err));
    NOMEN_TRY(append_escaped(&p->scratch, name, text, n_bytes, err));
    original = nomen_interner_find(&p->originals, p->scratch.data, p->scratch.size);
    if (original < 0) {
        nomen_buffer key = {0};
        size_t before = p->counted.n;
        NOMEN_TRY(nomen_intern(&p->counted, name, strlen(name), &counted, err));
        if (p->counted.n > before) { p->counts[counted] = 0; }
        NOMEN_TRY(nomen_buffer_printf(&key, err, "%s_%zu", name, p->counts[counted] + 1));
        status = nomen_intern(&p->originals, p->scratch.data, p->scratch.size, &original, err);
        if (status != NOMEN_OK) {
            nomen_buffer_clear(&key);
            goto done;
        }
        p->counts[counted]++;
        p->keys[p->n_keys++] = key;
    }
    *out = p->keys[original].data;
done:
    return status;
}

static nomen_status append_hex(nomen_buffer *out, const nomen_buffer *bytes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, "{\"hex\":\"", err));
    for (size_t i = 0; i < bytes->size; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%02x", (unsigned)(unsigned char)bytes->data[i]));
    }
    status = nomen_buffer_append_text(out, "\"}", err);
done:
    return status;
}

static nomen_status append_names(const nomen_pseudonyms *p, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, "{\"format\":\"nomen pseudonyms\",\"version\":1,\n\"names\":[", err));
    for (size_t i = 0; i < p->names.n; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(nomen_buffer_append_json(out, p->names.items[i], strlen(p->names.items[i]), err));
    }
    status = nomen_buffer_append_text(out, "],\n\"originals\":{", err);
done:
    return status;
}

/* The name of a pseudonym: what stands before its number. */
static nomen_status name_of(const nomen_buffer *key, nomen_buffer *out, nomen_error *err) {
    nomen_buffer_reset(out);
    return nomen_buffer_append(out, key->data, (size_t)(strrchr(key->data, '_') - key->data), err);
}

nomen_status nomen_pseudonyms_append(const nomen_pseudonyms *p, nomen_buffer *out, nomen_error *err) {
    nomen_buffer name = {0}, bytes = {0};
    nomen_status status;
    NOMEN_TRY(append_names(p, out, err));
    for (size_t i = 0; i < p->n_keys; i++) {
        NOMEN_TRY(name_of(&p->keys[i], &name, err));
        NOMEN_TRY(append_unescaped(p->originals.names[i], name.data, &bytes, err));
        NOMEN_TRY(nomen_buffer_append_text(out, i > 0 ? ",\n" : "\n", err));
        NOMEN_TRY(nomen_buffer_append_json(out, p->keys[i].data, p->keys[i].size, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ':', err));
        NOMEN_TRY(nomen_utf8_is_valid(bytes.data, bytes.size) ? nomen_buffer_append_json(out, bytes.data, bytes.size, err)
                                                              : append_hex(out, &bytes, err));
    }
    status = nomen_buffer_append_text(out, "\n}}\n", err);
done:
    nomen_buffer_clear(&name);
    nomen_buffer_clear(&bytes);
    return status;
}

void nomen_pseudonyms_clear(nomen_pseudonyms *p) {
    for (size_t i = 0; i < p->n_keys; i++) { nomen_buffer_clear(&p->keys[i]); }
    nomen_mem_free(p->keys);
    nomen_mem_free(p->counts);
    nomen_interner_clear(&p->originals);
    nomen_interner_clear(&p->counted);
    nomen_pseudonym_names_clear(&p->names);
    nomen_buffer_clear(&p->scratch);
    *p = (nomen_pseudonyms){0};
}
