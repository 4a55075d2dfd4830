/*
 * The zip form of torch.save: NAME/data.pkl, NAME/data/KEY for each storage, NAME/byteorder. Members
 * are stored uncompressed; libzip checks their CRC when they are read.
 */
#include "model/torch_zip.h"

#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "model/pickle_torch.h"

#if NOMEN_HAVE_LIBZIP
#include <zip.h>

/* A pickle of more than 16 MB is no state dict of BERT. */
enum { MOST_PICKLE = 16 << 20 };

static nomen_status zip_bad(const nomen_tensor_file *file, const char *name, const char *what, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: member \"%s\" %s; the file is damaged", file->path, name, what);
}

/* Looks a member up; its stated size is bounded by the file's. *found is false where there is none. */
static nomen_status find_member(const nomen_tensor_file *file, const char *name, nomen_storage *out, bool *found,
                                nomen_error *err) {
    struct zip_stat info;
    zip_int64_t index = zip_name_locate(file->archive, name, 0);
    *found = index >= 0;
    if (!*found) { return NOMEN_OK; }
    zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(file->archive, (zip_uint64_t)index, 0, &info) != 0 || (info.valid & needed) != needed) {
        return zip_bad(file, name, "can't be found", err);
    }
    if (info.comp_method != ZIP_CM_STORE || info.encryption_method != ZIP_EM_NONE) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: member \"%s\" is compressed or encrypted, which torch.save never does; save it again",
                               file->path, name);
    }
    if (info.size != info.comp_size || info.size > file->mapping.size) {
        return zip_bad(file, name, "has an impossible size", err);
    }
    *out = (nomen_storage){NULL, (size_t)info.size, (uint64_t)index};
    return NOMEN_OK;
}

static nomen_status read_member(nomen_tensor_file *file, const nomen_storage *storage, uint8_t **out, nomen_error *err) {
    uint8_t *bytes = NULL;
    nomen_status status = NOMEN_OK;
    zip_file_t *member = zip_fopen_index(file->archive, storage->member, 0);
    const char *name = zip_get_name(file->archive, storage->member, 0);
    if (name == NULL) { name = "?"; }
    if (member == NULL) { NOMEN_TRY(zip_bad(file, name, "can't be opened", err)); }
    /* one byte more, so that the last read meets the end and libzip compares the CRC */
    NOMEN_TRY(NOMEN_NEW_ALIGNED(bytes, storage->n_bytes + 1, err));
    size_t n = 0;
    for (;;) {
        zip_int64_t got = zip_fread(member, bytes + n, storage->n_bytes + 1 - n);
        if (got < 0) { NOMEN_TRY(zip_bad(file, name, "can't be read completely", err)); }
        if (got == 0) { break; }
        n += (size_t)got;
    }
    if (n != storage->n_bytes) { NOMEN_TRY(zip_bad(file, name, "does not have the stated size", err)); }
    *out = bytes;
    bytes = NULL;
done:
    if (member != NULL) { zip_fclose(member); }
    nomen_mem_free(bytes);
    return status;
}

/* NAME of NAME/data.pkl, with its slash; torch takes it from the file's name when saving. */
static nomen_status find_prefix(const nomen_tensor_file *file, nomen_buffer *prefix, nomen_error *err) {
    zip_int64_t n = zip_get_num_entries(file->archive, 0);
    size_t n_found = 0;
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(file->archive, (zip_uint64_t)i, 0);
        const char *slash = name != NULL ? strchr(name, '/') : NULL;
        if (slash == NULL || (strcmp(slash, "/data.pkl") != 0 && strcmp(slash, "/constants.pkl") != 0)) { continue; }
        if (strcmp(slash, "/constants.pkl") == 0) {
            return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: is a TorchScript program; give the model's state dict",
                                   file->path);
        }
        nomen_buffer_reset(prefix);
        nomen_status status = nomen_buffer_append(prefix, name, (size_t)(slash - name) + 1, err);
        if (status != NOMEN_OK) { return status; }
        n_found++;
    }
    if (n_found == 1) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has %zu members data.pkl, expected one; it is not a file of torch.save",
                           file->path, n_found);
}

/* prefix + name in `path`, which is reused. */
static nomen_status member_path(nomen_buffer *path, const nomen_buffer *prefix, const char *folder, const char *name,
                                size_t n_name, nomen_error *err) {
    nomen_buffer_reset(path);
    nomen_status status = nomen_buffer_append(path, prefix->data, prefix->size, err);
    if (status == NOMEN_OK) { status = nomen_buffer_append_text(path, folder, err); }
    return status == NOMEN_OK ? nomen_buffer_append(path, name, n_name, err) : status;
}

/* Absent before torch 2.1, whose files are little-endian. */
static nomen_status check_byte_order(nomen_tensor_file *file, const nomen_buffer *prefix, nomen_buffer *path, nomen_error *err) {
    nomen_storage member = {0};
    uint8_t *bytes = NULL;
    bool found = false;
    nomen_status status;
    NOMEN_TRY(member_path(path, prefix, "", "byteorder", 9, err));
    NOMEN_TRY(find_member(file, path->data, &member, &found, err));
    if (!found) { goto done; }
    NOMEN_TRY(read_member(file, &member, &bytes, err));
    if (member.n_bytes != 6 || memcmp(bytes, "little", 6) != 0) {
        status = nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: was not written on a little-endian machine", file->path);
    }
done:
    nomen_mem_free(bytes);
    return status;
}

/* Finds the member of each storage; its bytes are read when a tensor is asked for. */
static nomen_status find_storages(nomen_tensor_file *file, const nomen_pickle *p, const nomen_buffer *prefix, nomen_buffer *path,
                                  nomen_error *err) {
    for (size_t i = 0; i < p->n_storages; i++) {
        const nomen_pickle_storage *storage = &p->storages[i];
        bool found = false;
        nomen_status status = member_path(path, prefix, "data/", storage->key, storage->n_key, err);
        if (status == NOMEN_OK) { status = find_member(file, path->data, &file->storages[i], &found, err); }
        if (status != NOMEN_OK) { return status; }
        if (!found) { return zip_bad(file, path->data, "is missing", err); }
        if (file->storages[i].n_bytes != storage->n_elements * nomen_dtype_size(storage->dtype)) {
            return zip_bad(file, path->data, "does not have the size that data.pkl states", err);
        }
    }
    return NOMEN_OK;
}

static nomen_status read_members(nomen_tensor_file *file, const nomen_buffer *prefix, nomen_error *err) {
    nomen_buffer path = {0};
    nomen_pickle p = {.names = &nomen_pickle_torch, .path = file->path};
    nomen_storage member = {0};
    uint8_t *bytes = NULL;
    bool found = false;
    uint32_t top = 0;
    nomen_status status;
    NOMEN_TRY(check_byte_order(file, prefix, &path, err));
    NOMEN_TRY(member_path(&path, prefix, "", "data.pkl", 8, err));
    NOMEN_TRY(find_member(file, path.data, &member, &found, err));
    if (!found || member.n_bytes > MOST_PICKLE) { NOMEN_TRY(zip_bad(file, path.data, "is too large", err)); }
    NOMEN_TRY(read_member(file, &member, &bytes, err));
    p.bytes = bytes;
    p.n_bytes = member.n_bytes;
    NOMEN_TRY(nomen_pickle_read(&p, &top, err));
    NOMEN_TRY(nomen_pickle_torch_tensors(&p, top, file, err));
    NOMEN_TRY(find_storages(file, &p, prefix, &path, err));
done:
    nomen_pickle_clear(&p);
    nomen_mem_free(bytes);
    nomen_buffer_clear(&path);
    return status;
}

static void close_zip(void *archive) {
    zip_discard(archive);
}

nomen_status nomen_torch_zip_open(nomen_tensor_file *file, nomen_error *err) {
    static const nomen_archive_ops ops = {.read_member = read_member, .close = close_zip};
    zip_error_t problem;
    nomen_buffer prefix = {0};
    zip_t *archive = NULL;
    zip_error_init(&problem);
    zip_source_t *source = zip_source_buffer_create(file->mapping.data, file->mapping.size, 0, &problem);
    if (source != NULL) { archive = zip_open_from_source(source, ZIP_RDONLY, &problem); }
    if (archive == NULL) {
        zip_source_free(source);
        nomen_status status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a complete zip file: %s", file->path,
                                              zip_error_strerror(&problem));
        zip_error_fini(&problem);
        return status;
    }
    zip_error_fini(&problem);
    file->archive = archive;
    file->archive_ops = &ops;
    nomen_status status = find_prefix(file, &prefix, err);
    if (status == NOMEN_OK) { status = read_members(file, &prefix, err); }
    nomen_buffer_clear(&prefix);
    return status;
}

#else

nomen_status nomen_torch_zip_open(nomen_tensor_file *file, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "%s: is in torch.save's zip format, but this nomen was built without libzip; build it with libzip, or "
                           "convert the weights to safetensors",
                           file->path);
}

#endif
