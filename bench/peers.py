"""The engines nomen is compared with, each set up as its makers advise for this work.

An engine is a class with `variants` (settings worth trying), `prepare` (a batch of lists of ids to what `run`
takes, not timed) and `run` (all batches; each one's logits, padded). What it makes from a model stays in `cache`.
"""
import os

import numpy


def padded(batch):
    """ids, mask and types (B,T) of lists of ids."""
    longest = max(map(len, batch))
    ids = numpy.zeros((len(batch), longest), numpy.int64)
    mask = numpy.zeros_like(ids)
    for i, row in enumerate(batch):
        ids[i, :len(row)] = row
        mask[i, :len(row)] = 1
    return ids, mask, numpy.zeros_like(ids)


NAMES = ("input_ids", "attention_mask", "token_type_ids")


def load_torch(model, **more):
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers.AutoModelForTokenClassification.from_pretrained(model, **more).eval()


class Torch:
    """PyTorch: inference mode, scaled-dot-product attention; int8 is its dynamic quantisation of linear layers."""
    name = "PyTorch"
    variants = {"fp32": ("sdpa",), "int8": ("sdpa",)}

    def __init__(self, model, cache, precision, variant, threads, single):
        import torch
        torch.set_num_threads(threads)
        self.torch = torch
        self.model = load_torch(model, attn_implementation=variant)
        if precision == "int8":
            self.model = torch.ao.quantization.quantize_dynamic(self.model, {torch.nn.Linear}, dtype=torch.qint8)

    def prepare(self, batch):
        return {name: self.torch.from_numpy(a) for name, a in zip(NAMES, padded(batch))}

    def run(self, batches):
        with self.torch.inference_mode():
            return [self.model(**batch).logits.numpy() for batch in batches]


def export_onnx(model, cache):
    """The model as ONNX, from eager attention, whose pattern ONNX Runtime's optimiser knows how to fuse."""
    path = os.path.join(cache, "model.onnx")
    if not os.path.exists(path):
        import torch
        one = torch.ones(2, 16, dtype=torch.long)
        axes = {name: {0: "batch", 1: "length"} for name in NAMES + ("logits",)}
        torch.onnx.export(load_torch(model, attn_implementation="eager"), (one, one, torch.zeros_like(one)), path,
                          input_names=list(NAMES), output_names=["logits"], dynamic_axes=axes, dynamo=False,
                          opset_version=17)
    return path


class OnnxRuntime:
    """ONNX Runtime: its transformers optimiser's fused graph; int8 by quantize_dynamic, per channel."""
    name = "ONNX Runtime"
    variants = {"fp32": ("fused",), "int8": ("s8", "u8")}  # int8: type of weights; activations are u8

    def __init__(self, model, cache, precision, variant, threads, single):
        import onnxruntime
        path = self.fused(model, cache)
        if precision == "int8":
            path = self.quantised(path, cache, variant)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.names = [i.name for i in self.session.get_inputs()]

    @staticmethod
    def fused(model, cache):
        import json
        path = os.path.join(cache, "fused.onnx")
        if not os.path.exists(path):
            from onnxruntime.transformers import optimizer
            from onnxruntime.transformers.fusion_options import FusionOptions
            with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
                config = json.load(file)
            graph = optimizer.optimize_model(export_onnx(model, cache), model_type="bert",
                                             num_heads=config["num_attention_heads"],
                                             hidden_size=config["hidden_size"], optimization_options=FusionOptions("bert"))
            count = graph.get_fused_operator_statistics()
            if count["Attention"] != config["num_hidden_layers"]:
                raise RuntimeError("ONNX Runtime's optimiser has not fused all attention: %r" % count)
            graph.save_model_to_file(path)
        return path

    @staticmethod
    def quantised(fused, cache, variant):
        path = os.path.join(cache, "int8-%s.onnx" % variant)
        if not os.path.exists(path):
            import onnx
            from onnxruntime.quantization import QuantType, quantize_dynamic
            kind = QuantType.QInt8 if variant == "s8" else QuantType.QUInt8
            # reduce_range is for machines without VNNI, whose u8 x s8 sums saturate.
            with open("/proc/cpuinfo", encoding="utf-8") as file:
                vnni = "vnni" in file.read()
            # The fused operators have no shape inference; the tensors between them are floats.
            quantize_dynamic(fused, path, per_channel=True, reduce_range=not vnni and variant == "s8", weight_type=kind,
                             extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
        return path

    def prepare(self, batch):
        return {name: a for name, a in zip(NAMES, padded(batch)) if name in self.names}

    def run(self, batches):
        return [self.session.run(None, batch)[0] for batch in batches]


class OpenVino:
    """OpenVINO: converted from PyTorch, fp32 stated (its default is bf16 where there is AMX); int8 by NNCF."""
    name = "OpenVINO"
    variants = {"fp32": ("LATENCY", "THROUGHPUT"), "int8": ("LATENCY", "THROUGHPUT")}

    def __init__(self, model, cache, precision, variant, threads, single):
        import openvino
        self.openvino = openvino
        core = openvino.Core()
        path = self.int8(model, cache) if precision == "int8" else self.converted(model, cache)
        self.compiled = core.compile_model(core.read_model(path), "CPU", {
            "PERFORMANCE_HINT": variant, "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads})
        self.by_turns = variant == "LATENCY" or single
        self.request = self.compiled.create_infer_request()

    @staticmethod
    def converted(model, cache):
        path = os.path.join(cache, "openvino.xml")
        if not os.path.exists(path):
            import openvino
            import torch
            one = torch.ones(2, 16, dtype=torch.long)
            graph = openvino.convert_model(load_torch(model), example_input=dict(zip(NAMES, (one, one, one * 0))))
            openvino.save_model(graph, path, compress_to_fp16=False)
        return path

    @classmethod
    def int8(cls, model, cache):
        """Post-training quantisation, calibrated on sentences of the very file that is measured."""
        path = os.path.join(cache, "openvino-int8.xml")
        if not os.path.exists(path):
            import json
            import nncf
            import openvino
            with open(os.path.join(cache, "ids.json"), encoding="ascii") as file:
                some = json.load(file)[:64]
            data = nncf.Dataset([dict(zip(NAMES, padded([row]))) for row in some])
            graph = openvino.Core().read_model(cls.converted(model, cache))
            graph = nncf.quantize(graph, data, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(some))
            openvino.save_model(graph, path, compress_to_fp16=False)
        return path

    def prepare(self, batch):
        return dict(zip(NAMES, padded(batch)))

    def run(self, batches):
        if self.by_turns:
            return [self.request.infer(batch, share_inputs=True)[0] for batch in batches]
        logits = [None] * len(batches)

        def keep(request, i):
            logits[i] = request.get_output_tensor(0).data.copy()
        queue = self.openvino.AsyncInferQueue(self.compiled)
        queue.set_callback(keep)
        for i, batch in enumerate(batches):
            queue.start_async(batch, i)
        queue.wait_all()
        return logits


class CTranslate2:
    """CTranslate2's encoder, which computes no padding; the head in numpy."""
    name = "CTranslate2"
    variants = {"fp32": ("one", "each"), "int8": ("one", "each")}  # a batch on all threads, or one a thread

    def __init__(self, model, cache, precision, variant, threads, single):
        import ctranslate2
        directory = os.path.join(cache, "ctranslate2")
        if not os.path.exists(os.path.join(directory, "model.bin")):
            import transformers
            transformers.logging.set_verbosity_error()
            ctranslate2.converters.TransformersConverter(model).convert(directory, force=True)
        head = load_torch(model).classifier
        self.weight = numpy.ascontiguousarray(head.weight.detach().numpy().T)
        self.bias = head.bias.detach().numpy()
        each = variant == "each" and not single
        self.ahead = each
        self.encoder = ctranslate2.Encoder(directory, device="cpu", compute_type="int8" if precision == "int8" else "float32",
                                           inter_threads=threads if each else 1, intra_threads=1 if each else threads)

    def prepare(self, batch):
        return batch

    def logits(self, batch):
        hidden = numpy.asarray(self.encoder.forward_batch(batch).last_hidden_state)
        return hidden @ self.weight + self.bias

    def run(self, batches):
        if not self.ahead:
            return [self.logits(batch) for batch in batches]
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(self.encoder.num_encoders if hasattr(self.encoder, "num_encoders") else os.cpu_count()) as pool:
            return list(pool.map(self.logits, batches))


ENGINES = {"torch": Torch, "onnxruntime": OnnxRuntime, "openvino": OpenVino, "ctranslate2": CTranslate2}
