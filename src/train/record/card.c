/*
 * The model card: what a reader of the directory, or of the hub, wants to know first. It begins with the hub's metadata in YAML
 * (https://github.com/huggingface/hub-docs/blob/main/modelcard.md), which `huggingface_hub` reads. What nobody has told nomen,
 * such as language and licence, is left out.
 */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "nomen/version.h"
#include "train/optim/optimizer.h"
#include "train/record/record.h"

/* A text as a double-quoted scalar of YAML 1.2 (7.3.1): what it calls not printable is escaped, ill-formed bytes are U+FFFD. */
static nomen_status add_quoted(nomen_buffer *card, const char *text, size_t n_bytes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_byte(card, '"', err));
    for (size_t i = 0; i < n_bytes;) {
        uint32_t scalar;
        size_t length = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
        if (scalar == '"' || scalar == '\\') {
            NOMEN_TRY(nomen_buffer_printf(card, err, "\\%c", (int)scalar));
        } else if (scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0) || scalar == 0xFFFE || scalar == 0xFFFF) {
            NOMEN_TRY(nomen_buffer_printf(card, err, "\\u%04X", (unsigned)scalar));
        } else if (scalar == NOMEN_UTF8_REPLACEMENT) {
            NOMEN_TRY(nomen_buffer_append_text(card, "\xEF\xBF\xBD", err));
        } else {
            NOMEN_TRY(nomen_buffer_append(card, text + i, length, err));
        }
        i += length;
    }
    status = nomen_buffer_append_byte(card, '"', err);
done:
    return status;
}

/* Where the last name of a path begins, whose slashes at its end are cut off from *end. */
static size_t find_name(const char *path, size_t *end) {
    size_t start;
    while (*end > 1 && path[*end - 1] == '/') { (*end)--; }
    for (start = *end; start > 0 && path[start - 1] != '/'; start--) {}
    return start;
}

/* The last name of a path, quoted: directories are of this machine alone. */
static nomen_status add_name(nomen_buffer *card, const char *path, nomen_error *err) {
    size_t end = strlen(path), start = find_name(path, &end);
    return add_quoted(card, path + start, end - start, err);
}

/* The name of what is trained: that of its directory, or of the sweep whose run it is; SWEEP/run-1 is only for the meantime. */
static nomen_status add_model_name(nomen_buffer *card, const char *output, nomen_error *err) {
    size_t end = strlen(output), n_parent = find_name(output, &end), start;
    nomen_buffer sweep = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&sweep, err, "%.*ssweep.json", (int)n_parent, output));
    const bool is_run = end - n_parent > 4 && strncmp(output + n_parent, "run-", 4) == 0 &&
                        strspn(output + n_parent + 4, "0123456789") == end - n_parent - 4;
    if (!is_run || n_parent == 0 || !nomen_file_exists(sweep.data)) { NOMEN_FAIL(add_name(card, output, err)); }
    start = find_name(output, &n_parent);
    status = add_quoted(card, output + start, n_parent - start, err);
done:
    nomen_buffer_clear(&sweep);
    return status;
}

static nomen_status add_metric(nomen_buffer *card, const char *type, const char *name, double value, nomen_error *err) {
    if (!isfinite(value)) { return NOMEN_OK; } /* the hub takes no such number */
    /* Always with a point: YAML 1.1 reads 1e-05 as a text. */
    return nomen_buffer_printf(card, err, "    - type: %s\n      value: %.6f\n      name: %s\n", type, value, name);
}

/* The scores of the test part as the hub shows them beside the model. */
static nomen_status add_index(nomen_buffer *card, const nomen_train_options *options, const nomen_report *test,
                              nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(card, "model-index:\n- name: ", err));
    NOMEN_TRY(add_model_name(card, options->output, err));
    NOMEN_TRY(nomen_buffer_append_text(card,
                                       "\n  results:\n  - task:\n      type: token-classification\n"
                                       "      name: Token Classification\n    dataset:\n      name: ",
                                       err));
    NOMEN_TRY(add_name(card, options->test != NULL ? options->test : options->train, err));
    NOMEN_TRY(nomen_buffer_append_text(card, "\n      type: custom\n      split: test\n    metrics:\n", err));
    NOMEN_TRY(add_metric(card, "precision", "Precision", test->micro.precision, err));
    NOMEN_TRY(add_metric(card, "recall", "Recall", test->micro.recall, err));
    NOMEN_TRY(add_metric(card, "f1", "F1", test->micro.f1, err));
    status = add_metric(card, "accuracy", "Accuracy", test->accuracy, err);
done:
    return status;
}

/* Whether the directory holds adapters alone. */
static bool is_adapter(const nomen_train_options *options) {
    return options->lora_rank > 0 && options->lora_export == NOMEN_LORA_ADAPTER;
}

static nomen_status add_metadata(nomen_buffer *card, const nomen_train_options *options, const nomen_train_result *result,
                                 nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(card, "---\n", err));
    if (options->model_name != NULL) {
        const char *revision = strchr(options->model_name, '@'); /* NAME@REVISION: the hub links the name */
        NOMEN_TRY(nomen_buffer_append_text(card, "base_model: ", err));
        NOMEN_TRY(add_quoted(card, options->model_name,
                             revision != NULL ? (size_t)(revision - options->model_name) : strlen(options->model_name), err));
        NOMEN_TRY(nomen_buffer_append_byte(card, '\n', err));
    }
    NOMEN_TRY(nomen_buffer_printf(card, err,
                                  "library_name: %s\npipeline_tag: token-classification\n"
                                  "tags:\n- named-entity-recognition\n- nomen\n",
                                  is_adapter(options) ? "peft" : "transformers"));
    if (result->has_test) { NOMEN_TRY(add_index(card, options, &result->test, err)); }
    status = nomen_buffer_append_text(card, "---\n\n", err);
done:
    return status;
}

static nomen_status add_scores(nomen_buffer *card, const char *name, size_t n_sentences, const nomen_report *report,
                               nomen_error *err) {
    char *table = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_report_to_text(report, &table, &n_bytes, err));
    NOMEN_TRY(nomen_buffer_printf(card, err, "## Scores on the %s part (%zu sentences)\n\n```\n", name, n_sentences));
    NOMEN_TRY(nomen_buffer_append(card, table, n_bytes, err));
    NOMEN_TRY(nomen_buffer_append_text(card, "```\n\n", err));
done:
    nomen_free(table);
    return status;
}

/* How the directory is used; that of an adapter by peft. */
static nomen_status add_use(nomen_buffer *card, bool adapter, nomen_error *err) {
    const char *python = adapter ? "from transformers import AutoConfig, AutoModelForTokenClassification, pipeline\n"
                                   "from peft import PeftConfig, PeftModel\n"
                                   "adapter = PeftConfig.from_pretrained(\"DIR\")\n"
                                   "model = AutoModelForTokenClassification.from_pretrained(\n"
                                   "    adapter.base_model_name_or_path, revision=adapter.revision or \"main\",\n"
                                   "    config=AutoConfig.from_pretrained(\"DIR\"), ignore_mismatched_sizes=True)\n"
                                   "model = PeftModel.from_pretrained(model, \"DIR\")\n"
                                   "pipeline(\"ner\", model=model, tokenizer=\"DIR\", aggregation_strategy=\"first\")(\"...\")\n"
                                 : "from transformers import pipeline\n"
                                   "pipeline(\"ner\", model=\"DIR\", aggregation_strategy=\"first\")(\"...\")\n";
    return nomen_buffer_printf(card, err, "## Use\n\n```\nnomen tag --model DIR texts.txt\n```\n\nor, in Python,\n\n```\n%s```\n",
                               python);
}

nomen_status nomen_card_write(const char *directory, const nomen_model *model, const nomen_train_options *options,
                              const nomen_train_result *result, nomen_error *err) {
    nomen_buffer card = {0};
    char *path = nomen_file_join(directory, "README.md");
    const bool by_steps = options->eval_steps > 0;
    nomen_status status;
    if (path == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, 64)); }
    NOMEN_TRY(add_metadata(&card, options, result, err));
    NOMEN_TRY(nomen_buffer_append_text(&card, "# Named entity recognition\n\n", err));
    NOMEN_TRY(nomen_buffer_printf(
        &card, err,
        "Fine-tuned by nomen %s: %zu sentences, %s %zu of %zu kept, %s, learning rate %g, "
        "batches of %zu sentences, seed %llu%s. `nomen.json` holds the whole recipe.\n\n",
        NOMEN_VERSION, result->n_sentences[0], by_steps ? "step" : "epoch", by_steps ? result->best_step : result->best_epoch,
        by_steps ? result->steps_per_epoch * options->epochs : options->epochs, nomen_optimizer_kind_of(options)->name,
        options->learning_rate, options->batch_size, (unsigned long long)options->seed,
        options->precision == NOMEN_PRECISION_BF16 ? ", dense products in bf16" : ""));
    NOMEN_TRY(nomen_buffer_append_text(&card, "Labels:", err));
    for (size_t k = 0; k < model->labels.n; k++) { NOMEN_TRY(nomen_buffer_printf(&card, err, " `%s`", model->labels.names[k])); }
    NOMEN_TRY(nomen_buffer_append_text(&card, "\n\n", err));
    if (result->has_dev) { NOMEN_TRY(add_scores(&card, "dev", result->n_sentences[1], &result->dev, err)); }
    if (result->has_test) { NOMEN_TRY(add_scores(&card, "test", result->n_sentences[2], &result->test, err)); }
    NOMEN_TRY(add_use(&card, is_adapter(options), err));
    NOMEN_TRY(nomen_file_write(path, card.data, card.size, err));
done:
    nomen_mem_free(path);
    nomen_buffer_clear(&card);
    return status;
}
