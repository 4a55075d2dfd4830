/* nomen tag: find the entities in texts. */
#include <stdint.h>
#include <string.h>

#include "cli/tag.h"
#include "nomen/runtime.h"

static nomen_status write_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    (void)user;
    return nomen_cli_write(&(nomen_buffer){.data = (char *)(uintptr_t)bytes, .size = n_bytes}, err);
}

static nomen_status write_tagged(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index;
    return nomen_tagged_writer_add(user, tagged, err);
}

/* A file's text is called as the file is, without folder and suffix. */
static nomen_status name_next(nomen_tagged_writer *writer, const char *path, nomen_error *err) {
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    char stem[256];
    if (strcmp(path, "-") == 0) { return NOMEN_OK; }
    snprintf(stem, sizeof stem, "%.*s", dot != NULL && dot > name ? (int)(dot - name) : (int)strlen(name), name);
    return nomen_tagged_writer_name_next(writer, stem, err);
}

static nomen_status tag_file(const nomen_tag_command *c, nomen_tagger *tagger, const char *path, size_t context,
                             nomen_tagged_writer *writer, nomen_error *err) {
    nomen_input *input = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_input_open(path, c->input, context, &input, err));
    for (;;) {
        const nomen_text *texts = NULL;
        size_t n_texts = 0;
        NOMEN_TRY(nomen_input_next(input, &texts, &n_texts, err));
        if (n_texts == 0) { break; }
        if (c->input == NOMEN_INPUT_FILE) { NOMEN_TRY(name_next(writer, path, err)); }
        NOMEN_TRY(nomen_tagger_run(tagger, texts, n_texts, &c->request, write_tagged, writer, err));
        NOMEN_TRY(nomen_tagged_writer_flush(writer, err));
        if (c->output == NULL) { NOMEN_TRY(nomen_cli_flush(err)); }
    }
done:
    nomen_input_close(input);
    return status;
}

/* The model's name: that of its directory. */
static const char *name_model(const char *path, char name[256]) {
    size_t end = strlen(path), start;
    while (end > 1 && path[end - 1] == '/') { end--; }
    for (start = end; start > 0 && path[start - 1] != '/'; start--) {}
    snprintf(name, 256, "%.*s", (int)(end - start), path + start);
    return name;
}

static nomen_status open_writer(const nomen_tag_command *c, nomen_tagged_writer **out, nomen_error *err) {
    return c->output != NULL ? nomen_tagged_writer_open(c->output, c->overwrite, c->format, &c->write, out, err)
                             : nomen_tagged_writer_create(c->format, &c->write, write_part, NULL, out, err);
}

int nomen_cli_tag(int argc, char **argv) {
    nomen_tag_command c = {0};
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    nomen_tagged_writer *writer = NULL;
    int code = nomen_cli_parse_tag(argc, argv, &c);
    if (code >= 0) { return code; }
    c.write.color = c.output == NULL && nomen_cli_has_color(stdout);
    char model_name[256], *found = NULL;
    c.write.model = name_model(c.model, model_name);
    nomen_cli_catch_interrupt();
    c.how.tokenizer = &c.common.tokenizer;
    nomen_status status;
    size_t context = 0;
    NOMEN_TRY(open_writer(&c, &writer, &err)); /* first: a name that can't be written is reported at once */
    NOMEN_TRY(nomen_cli_find_model(&c.model, &found, &err));
    NOMEN_TRY(nomen_model_load(c.model, &c.how, &model, &err));
    NOMEN_TRY(nomen_tagger_create(model, NULL, &tagger, &err));
    NOMEN_TRY(nomen_tagger_run(tagger, NULL, 0, &c.request, write_tagged, writer,
                               &err)); /* refuses what can't be, before input is read */
    context = nomen_model_get_context(model);
    if (c.n_files == 0) { NOMEN_TRY(tag_file(&c, tagger, "-", context, writer, &err)); }
    for (int i = 0; i < c.n_files; i++) { NOMEN_TRY(tag_file(&c, tagger, c.files[i], context, writer, &err)); }
    NOMEN_TRY(nomen_tagged_writer_finish(writer, &err));
done:
    nomen_tagged_writer_free(writer);
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    nomen_free(found);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
