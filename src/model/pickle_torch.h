/*
 * Inside of weights: the names a pickled state dict may use, and what they stand for; and the tensors of a state dict,
 * which both forms of torch.save's files hold.
 */
#ifndef NOMEN_MODEL_PICKLE_TORCH_H
#define NOMEN_MODEL_PICKLE_TORCH_H

#include "model/pickle.h"

extern const nomen_pickle_names nomen_pickle_torch;

/*
 * Copies the named tensors of the state dict at `top` into the file, with as many empty storages as
 * the pickle speaks of, for the caller to fill in.
 */
nomen_status nomen_pickle_torch_tensors(const nomen_pickle *p, uint32_t top, nomen_tensor_file *file, nomen_error *err);

#endif
