/*
 * Files of torch.save: the zip form (since torch 1.6; torch_zip.c) and the form before it, which is
 * five pickles one after the other (a magic number, a version, the machine's sizes, the state
 * dict, the keys of its storages) followed by each storage's length and bytes.
 */
#include <string.h>

#include "model/pickle_torch.h"
#include "model/torch_zip.h"

/* LONG1 argument of 0x1950a86a20f9469cfc6c, with which the old form begins. */
static const uint8_t magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

/* The first three pickles: what wrote the file. */
static nomen_status check_preamble(nomen_pickle *p, nomen_error *err) {
    uint32_t number = 0, version = 0, machine = 0;
    nomen_status status;
    NOMEN_TRY(nomen_pickle_read(p, &number, err));
    NOMEN_TRY(nomen_pickle_read(p, &version, err));
    NOMEN_TRY(nomen_pickle_read(p, &machine, err));
    if (p->values[number].kind != NOMEN_PICKLE_BIG || p->values[number].n_text != sizeof magic ||
        memcmp(p->values[number].text, magic, sizeof magic) != 0) {
        NOMEN_TRY(nomen_pickle_bad(p, "the magic number is wrong", err));
    }
    if (p->values[version].kind != NOMEN_PICKLE_INTEGER || p->values[version].integer != 1001) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: the torch.save protocol is not 1001", p->path));
    }
    const nomen_pickle_value *little = NULL;
    if (p->values[machine].kind == NOMEN_PICKLE_DICT) { little = nomen_pickle_get(p, &p->values[machine], "little_endian"); }
    if (little == NULL || little->kind != NOMEN_PICKLE_BOOL || little->integer != 1) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: was not written on a little-endian machine", p->path));
    }
done:
    return status;
}

/* One storage after the pickles: its number of elements and its bytes. */
static nomen_status read_storage(nomen_tensor_file *file, const nomen_pickle *p, const nomen_pickle_value *key, size_t *at,
                                 nomen_error *err) {
    size_t index = 0;
    while (index < p->n_storages && !(key->kind == NOMEN_PICKLE_TEXT && p->storages[index].n_key == key->n_text &&
                                      memcmp(p->storages[index].key, key->text, key->n_text) == 0)) {
        index++;
    }
    if (index == p->n_storages || file->storages[index].bytes != NULL) {
        return nomen_pickle_bad(p, "its list of storages does not match its tensors", err);
    }
    uint64_t n = 0;
    size_t n_bytes = p->storages[index].n_elements * nomen_dtype_size(p->storages[index].dtype);
    size_t left = file->mapping.size - *at;
    if (left >= sizeof n) { memcpy(&n, file->mapping.data + *at, sizeof n); }
    if (left < sizeof n || n != p->storages[index].n_elements || n_bytes > left - sizeof n) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: the storage at byte %zu is incomplete; the file was cut off or damaged", file->path, *at);
    }
    file->storages[index] = (nomen_storage){file->mapping.data + *at + sizeof n, n_bytes, 0};
    *at += sizeof n + n_bytes;
    return NOMEN_OK;
}

static nomen_status open_legacy(nomen_tensor_file *file, nomen_error *err) {
    nomen_pickle p = {
        .names = &nomen_pickle_torch, .path = file->path, .bytes = file->mapping.data, .n_bytes = file->mapping.size};
    uint32_t top = 0, keys = 0;
    size_t n_read = 0;
    nomen_status status;
    NOMEN_TRY(check_preamble(&p, err));
    NOMEN_TRY(nomen_pickle_read(&p, &top, err));
    NOMEN_TRY(nomen_pickle_torch_tensors(&p, top, file, err));
    NOMEN_TRY(nomen_pickle_read(&p, &keys, err));
    if (p.values[keys].kind != NOMEN_PICKLE_LIST) { NOMEN_TRY(nomen_pickle_bad(&p, "no list of storages", err)); }
    size_t at = p.at;
    for (uint32_t link = p.values[keys].first; link != 0; link = p.cells[link - 1].next, n_read++) {
        NOMEN_TRY(read_storage(file, &p, &p.values[p.cells[link - 1].value], &at, err));
    }
    if (n_read != file->n_storages) { NOMEN_TRY(nomen_pickle_bad(&p, "a storage is missing from its list", err)); }
done:
    nomen_pickle_clear(&p);
    return status;
}

nomen_status nomen_tensor_file_open_torch(const char *path, nomen_tensor_file *out, nomen_error *err) {
    nomen_tensor_file file;
    nomen_status status;
    NOMEN_TRY(nomen_tensor_file_map(path, &file, err));
    const uint8_t *data = file.mapping.data;
    size_t size = file.mapping.size;
    if (size >= 4 && memcmp(data, "PK\3\4", 4) == 0) {
        NOMEN_TRY(nomen_torch_zip_open(&file, err));
    } else if (size >= 4 && memcmp(data, "\x80\2\x8a\n", 4) == 0) {
        NOMEN_TRY(open_legacy(&file, err));
    } else {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a file of torch.save, in either of its formats", path));
    }
    *out = file;
    file = (nomen_tensor_file){0};
done:
    nomen_tensor_file_close(&file);
    return status;
}
