/* What the phases of a run share. */
#include "train/training.h"

nomen_history nomen_training_history(const nomen_training *r) {
    return (nomen_history){.log = r->trainer.state.log,
                           .n_log = r->trainer.state.n_log,
                           .evaluations = r->result.evaluations,
                           .n_evaluations = r->result.n_evaluations};
}

void nomen_training_clear(nomen_training *r) {
    nomen_run_logs_close(&r->logs);
    nomen_review_clear(&r->scored);
    nomen_review_clear(&r->dev);
    nomen_review_clear(&r->test);
    nomen_staging_abandon(&r->staging); /* before the lock goes, which says where it is */
    nomen_checkpoints_clear(&r->checkpoints);
    nomen_trainer_clear(&r->trainer);
    nomen_model_release(r->model);
    nomen_corpus_clear(&r->corpus);
}
