/*
 * Keys: their file, and whether a request has one. What is kept of a key is its SHA-256, and the file's text is overwritten
 * once it is read. No message holds a part of a line, as that may be a key.
 */
#include "serve/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha256.h"

enum {
    MAX_KEYS = 10000,
    MAX_FILE = 4 << 20, /* bytes */
    LEAST_KEY = 16,     /* characters */
    MOST_KEY = 1024,
    MOST_NAME = 64,
    N_WORDS = 8 /* of a digest: its 64 digits, eight at a time */
};

typedef struct stored_key {
    uint64_t digest[N_WORDS];
    nomen_key_role role;
    size_t line;
    char *name;
} stored_key;

struct nomen_keys {
    stored_key *items; /* (n) in the order of their digests */
    size_t n, capacity;
};

static void digest_of(const char *key, size_t n_bytes, uint64_t out[N_WORDS]) {
    char digits[65];
    nomen_sha256 hash;
    nomen_sha256_start(&hash);
    nomen_sha256_add(&hash, key, n_bytes);
    nomen_sha256_finish(&hash, digits);
    memcpy(out, digits, 64);
    explicit_bzero(&hash, sizeof hash);
    explicit_bzero(digits, sizeof digits);
}

/* A field of a line: what stands between spaces. */
typedef struct key_field {
    const char *text;
    size_t n;
} key_field;

/* The fields of a line, at most `most` of them in `out`; returns how many there are. */
static size_t cut(const char *line, size_t n, key_field *out, size_t most) {
    size_t n_fields = 0;
    for (size_t i = 0; i < n;) {
        size_t from = i;
        while (i < n && line[i] != ' ' && line[i] != '\t' && line[i] != '\r') { i++; }
        if (i > from) {
            if (n_fields < most) { out[n_fields] = (key_field){line + from, i - from}; }
            n_fields++;
        } else {
            i++;
        }
    }
    return n_fields;
}

static bool consists_of(key_field part, const char *marks) {
    for (size_t i = 0; i < part.n; i++) {
        char c = part.text[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr(marks, c) == NULL)) { return false; }
    }
    return true;
}

static bool is_word(key_field part, const char *word) {
    return part.n == strlen(word) && memcmp(part.text, word, part.n) == 0;
}

/* The role of the first field; says what is wrong with a line of `n_fields` fields. */
static nomen_status check_line(const key_field parts[3], size_t n_fields, const char *path, size_t line, nomen_error *err) {
    if (n_fields != 3) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %zu %s; expected three: ROLE NAME KEY", path, line, n_fields,
                               n_fields == 1 ? "word" : "words");
    }
    if (!is_word(parts[0], "user") && !is_word(parts[0], "admin")) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: does not begin with user or admin; expected ROLE NAME KEY", path,
                               line);
    }
    if (parts[1].n > MOST_NAME || !consists_of(parts[1], "._-")) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the name is not of at most %d letters, digits, dots, hyphens and underscores (ROLE NAME "
                               "KEY)",
                               path, line, MOST_NAME);
    }
    if (parts[2].n < LEAST_KEY || parts[2].n > MOST_KEY) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the key has %zu characters; expected %d to %d, such as those of openssl rand -hex 32",
                               path, line, parts[2].n, LEAST_KEY, MOST_KEY);
    }
    if (!consists_of(parts[2], "-._~+/=")) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the key has a character that no Authorization field may have; expected ASCII letters, "
                               "digits and - . _ ~ + / =",
                               path, line);
    }
    return NOMEN_OK;
}

static nomen_status add_line(nomen_keys *keys, const char *text, size_t n, const char *path, size_t line, nomen_error *err) {
    key_field parts[3];
    size_t n_fields = cut(text, n, parts, 3);
    nomen_status status;
    if (n_fields == 0 || parts[0].text[0] == '#') { return NOMEN_OK; }
    NOMEN_TRY(check_line(parts, n_fields, path, line, err));
    if (keys->n == MAX_KEYS) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s:%zu: more than %d keys", path, line, MAX_KEYS));
    }
    NOMEN_TRY(NOMEN_RESERVE(keys->items, keys->capacity, keys->n + 1, err));
    stored_key *key = &keys->items[keys->n];
    *key = (stored_key){.role = is_word(parts[0], "admin") ? NOMEN_KEY_ADMIN : NOMEN_KEY_USER, .line = line};
    NOMEN_TRY(NOMEN_COPY(key->name, parts[1].text, parts[1].n, err));
    digest_of(parts[2].text, parts[2].n, key->digest);
    keys->n++;
done:
    return status;
}

static int by_name(const void *a, const void *b) {
    const stored_key *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static int by_digest(const void *a, const void *b) {
    const stored_key *x = a, *y = b;
    int order = memcmp(x->digest, y->digest, sizeof x->digest);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static nomen_status check_twice(nomen_keys *keys, const char *path, nomen_error *err) {
    qsort(keys->items, keys->n, sizeof *keys->items, by_name);
    for (size_t i = 1; i < keys->n; i++) {
        const stored_key *a = &keys->items[i - 1], *b = &keys->items[i];
        if (strcmp(a->name, b->name) != 0) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: the name is that of line %zu; each key needs its own", path,
                               b->line, a->line);
    }
    qsort(keys->items, keys->n, sizeof *keys->items, by_digest);
    for (size_t i = 1; i < keys->n; i++) {
        const stored_key *a = &keys->items[i - 1], *b = &keys->items[i];
        if (memcmp(a->digest, b->digest, sizeof a->digest) != 0) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: the key is that of line %zu; each client needs its own", path,
                               b->line, a->line);
    }
    return NOMEN_OK;
}

static nomen_status parse(nomen_keys *keys, const char *text, size_t n, const char *path, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (n >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is UTF-16; save it as UTF-8", path));
    }
    size_t at = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* some editors' mark of UTF-8 */
    for (size_t line = 1; at < n; line++) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t length = end != NULL ? (size_t)(end - text) - at : n - at;
        NOMEN_TRY(add_line(keys, text + at, length, path, line, err));
        at += length + 1;
    }
    if (keys->n == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: holds no key; expected lines of ROLE NAME KEY", path));
    }
    NOMEN_TRY(check_twice(keys, path, err));
done:
    return status;
}

/*
 * Whether a file is in the directory that systemd made for this service's credentials. No other user may enter that, and its
 * files look group-readable although they are not: they have an access control list, and its mask stands in the group's place.
 */
static bool is_credential(const char *path) {
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    size_t n = directory != NULL ? strlen(directory) : 0;
    while (n > 1 && directory[n - 1] == '/') { n--; }
    return n > 1 && strncmp(path, directory, n) == 0 && path[n] == '/' && strstr(path + n, "/../") == NULL;
}

/*
 * Whether a file is root's, given to this process through a group of its own: how Kubernetes mounts a secret for one who is not
 * root (fsGroup makes 0400 to 0440).
 */
static bool is_lent(const struct stat *about) {
    if (about->st_uid != 0 || geteuid() == 0) { return false; }
    gid_t groups[64];
    int n = getgroups(64, groups);
    bool ours = about->st_gid == getegid();
    for (int i = 0; i < n; i++) { ours = ours || groups[i] == about->st_gid; }
    return ours;
}

static nomen_status check_file(int file, const char *path, nomen_error *err) {
    struct stat about;
    if (fstat(file, &about) != 0) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: the file of keys can't be read", path);
    }
    if (S_ISDIR(about.st_mode)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is a directory; expected a file of keys", path);
    }
    unsigned open_bits = (unsigned)about.st_mode & (is_credential(path) || is_lent(&about) ? 037u : 077u);
    if (open_bits == 0) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_DATA,
                           "%s: its mode is %04o, so that others than its owner may read or change the keys; chmod 600 (a secret "
                           "of Kubernetes: defaultMode 0400, and fsGroup)",
                           path, (unsigned)about.st_mode & 07777u);
}

/* Reads all of a file into a new block, which is wiped and freed by wipe. */
static nomen_status read_file(const char *path, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_status status;
    char *bytes = NULL;
    size_t n = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: the file of keys can't be opened", path); }
    NOMEN_TRY(check_file(file, path, err));
    NOMEN_TRY(NOMEN_NEW(bytes, MAX_FILE + 1, err));
    while (n <= MAX_FILE) {
        ssize_t got = read(file, bytes + n, MAX_FILE + 1 - n);
        if (got < 0 && errno == EINTR) { continue; }
        if (got < 0) {
            NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: the file of keys can't be read", path));
        }
        if (got == 0) { break; }
        n += (size_t)got;
    }
    if (n > MAX_FILE) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: has more than %d bytes; is it a file of keys?", path, MAX_FILE));
    }
done:
    close(file);
    *out = bytes;
    *n_bytes = n;
    return status;
}

static void wipe(char *bytes, size_t n) {
    if (bytes != NULL) { explicit_bzero(bytes, n); }
    nomen_mem_free(bytes);
}

nomen_status nomen_keys_read(const char *path, nomen_keys **out, nomen_error *err) {
    nomen_keys *keys = NULL;
    char *bytes = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(read_file(path, &bytes, &n, err));
    NOMEN_TRY(NOMEN_NEW(keys, 1, err));
    NOMEN_TRY(parse(keys, bytes, n, path, err));
    *out = keys;
    keys = NULL;
done:
    wipe(bytes, n);
    nomen_keys_free(keys);
    return status;
}

void nomen_keys_free(nomen_keys *keys) {
    if (keys == NULL) { return; }
    for (size_t i = 0; i < keys->n; i++) { nomen_mem_free(keys->items[i].name); }
    nomen_mem_free(keys->items);
    nomen_mem_free(keys);
}

bool nomen_keys_have_admin(const nomen_keys *keys) {
    for (size_t i = 0; keys != NULL && i < keys->n; i++) {
        if (keys->items[i].role == NOMEN_KEY_ADMIN) { return true; }
    }
    return false;
}

/* The key of "Bearer KEY"; of no bytes where it is not that. */
static key_field bearer_of(const char *authorization) {
    static const char scheme[] = "Bearer";
    const size_t n = sizeof scheme - 1;
    key_field none = {"", 0};
    if (authorization == NULL || strncasecmp(authorization, scheme, n) != 0) { return none; }
    if (authorization[n] != ' ' && authorization[n] != '\t') { return none; }
    const char *key = authorization + n + strspn(authorization + n, " \t");
    size_t n_key = strlen(key);
    while (n_key > 0 && (key[n_key - 1] == ' ' || key[n_key - 1] == '\t')) { n_key--; }
    return (key_field){key, n_key};
}

nomen_key_role nomen_keys_check(const nomen_keys *keys, const char *authorization, const char **name) {
    *name = "";
    if (keys == NULL) { return NOMEN_KEY_NONE; }
    key_field key = bearer_of(authorization);
    if (key.n == 0 || key.n > MOST_KEY) { return NOMEN_KEY_NONE; }
    uint64_t digest[N_WORDS];
    size_t found = 0; /* 1 more than the place */
    digest_of(key.text, key.n, digest);
    /* All keys are compared, all of each, and nothing branches on what was equal. */
    for (size_t i = 0; i < keys->n; i++) {
        uint64_t differs = 0;
        for (size_t w = 0; w < N_WORDS; w++) { differs |= digest[w] ^ keys->items[i].digest[w]; }
        uint64_t same = ((differs | (0 - differs)) >> 63) - 1; /* all ones or 0 */
        found |= (size_t)same & (i + 1);
    }
    explicit_bzero(digest, sizeof digest);
    if (found == 0) { return NOMEN_KEY_NONE; }
    *name = keys->items[found - 1].name;
    return keys->items[found - 1].role;
}
