/* The model card: what a reader of the directory, or of the hub, wants to know first. */
#include "base/file.h"
#include "base/mem.h"
#include "nomen/version.h"
#include "train/optim/optimizer.h"
#include "train/record/record.h"

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
                                   "base = PeftConfig.from_pretrained(\"DIR\").base_model_name_or_path\n"
                                   "model = AutoModelForTokenClassification.from_pretrained(\n"
                                   "    base, config=AutoConfig.from_pretrained(\"DIR\"), ignore_mismatched_sizes=True)\n"
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
    bool adapter = options->lora_rank > 0 && options->lora_export == NOMEN_LORA_ADAPTER;
    char *path = nomen_file_join(directory, "README.md");
    nomen_status status;
    if (path == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, 64)); }
    NOMEN_TRY(nomen_buffer_printf(&card, err,
                                  "---\nlibrary_name: %s\npipeline_tag: token-classification\n"
                                  "tags:\n- named-entity-recognition\n- nomen\n---\n\n"
                                  "# Named entity recognition\n\n",
                                  adapter ? "peft" : "transformers"));
    NOMEN_TRY(nomen_buffer_printf(&card, err,
                                  "Fine-tuned by nomen %s: %zu sentences, epoch %zu of %zu kept, %s, learning rate %g, "
                                  "batches of %zu sentences, seed %llu%s. `nomen.json` holds the whole recipe.\n\n",
                                  NOMEN_VERSION, result->n_sentences[0], result->best_epoch, options->epochs,
                                  nomen_optimizer_kind_of(options->optimizer)->name, options->learning_rate, options->batch_size,
                                  (unsigned long long)options->seed,
                                  options->precision == NOMEN_PRECISION_BF16 ? ", dense products in bf16" : ""));
    NOMEN_TRY(nomen_buffer_append_text(&card, "Labels:", err));
    for (size_t k = 0; k < model->labels.n; k++) { NOMEN_TRY(nomen_buffer_printf(&card, err, " `%s`", model->labels.names[k])); }
    NOMEN_TRY(nomen_buffer_append_text(&card, "\n\n", err));
    if (result->has_dev) { NOMEN_TRY(add_scores(&card, "dev", result->n_sentences[1], &result->dev, err)); }
    if (result->has_test) { NOMEN_TRY(add_scores(&card, "test", result->n_sentences[2], &result->test, err)); }
    NOMEN_TRY(add_use(&card, adapter, err));
    NOMEN_TRY(nomen_file_write(path, card.data, card.size, err));
done:
    nomen_mem_free(path);
    nomen_buffer_clear(&card);
    return status;
}
