"""What people put around a model in Python, to compare `nomen serve` with: FastAPI on uvicorn with uvloop and httptools, on one
thread of computation.

pipeline: the transformers pipeline, one request after another, as its documentation shows it.
onnxruntime: requests are collected, sorted by length, cut into batches of 1,024 tokens without mixing long and short ones, and
run by ONNX Runtime with its fused attention; orjson writes the answers. This is the best that is usually built.

    peer_service.py pipeline|onnxruntime MODEL PORT fp32|int8
"""
import asyncio
import os
import sys

os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import fastapi  # noqa: E402
import uvicorn  # noqa: E402

kind, model, port, precision = sys.argv[1:]
app = fastapi.FastAPI()


@app.get("/health")
async def health():
    return {}


if kind == "pipeline":
    import torch
    import transformers
    torch.set_num_threads(1)
    tagger = transformers.pipeline("ner", model=model, aggregation_strategy="simple", device=-1)

    @app.post("/")
    def answer(body: dict):
        found = tagger(body["inputs"])
        return [{**entity, "score": float(entity["score"])} for entity in found]
else:
    import json

    import numpy
    import orjson
    import tokenizers

    import peers
    labels = json.load(open(os.path.join(model, "config.json")))["id2label"]
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    cache = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "bench", "service-onnx")
    os.makedirs(cache, exist_ok=True)
    engine = peers.OnnxRuntime(model, cache, precision, peers.OnnxRuntime.variants[precision][0], 1, True)
    waiting = []
    wanted = asyncio.Event()

    def entities(encoding, rows, text):
        """The pipeline's "simple": neighbouring tokens of one type."""
        rows = rows - rows.max(axis=-1, keepdims=True)
        scores = numpy.exp(rows)
        scores /= scores.sum(axis=-1, keepdims=True)
        best = scores.argmax(axis=-1)
        found = []
        for i, special in enumerate(encoding.special_tokens_mask):
            label = labels[str(best[i])]
            if special or label == "O":
                continue
            start, end = encoding.offsets[i]
            prefix, _, name = label.partition("-")
            last = found[-1] if found else None
            if last and last["entity_group"] == name and prefix != "B" and last["at"] == i - 1:
                last.update(end=end, at=i)
                last["scores"].append(float(scores[i, best[i]]))
            else:
                found.append({"entity_group": name, "start": start, "end": end, "at": i, "scores": [float(scores[i, best[i]])]})
        return [{"entity_group": e["entity_group"], "score": sum(e["scores"]) / len(e["scores"]), "word": text[e["start"]:e["end"]],
                 "start": e["start"], "end": e["end"]} for e in found]

    def run(requests):
        """Sorted by length, at most 1,024 padded tokens a batch."""
        encodings = tokenizer.encode_batch([text for text, _ in requests])
        order = sorted(range(len(requests)), key=lambda i: len(encodings[i].ids))
        answers = [None] * len(requests)
        while order:
            n = 1
            while n < len(order) and (n + 1) * len(encodings[order[n]].ids) <= 1024:
                n += 1
            batch, order = order[:n], order[n:]
            logits = engine.run([engine.prepare([encodings[i].ids for i in batch])])[0]
            for row, i in zip(logits, batch):
                answers[i] = entities(encodings[i], row[:len(encodings[i].ids)], requests[i][0])
        return answers

    async def work():
        loop = asyncio.get_running_loop()
        while True:
            await wanted.wait()
            wanted.clear()
            while waiting:
                requests = waiting[:256]
                del waiting[:256]
                answers = await loop.run_in_executor(None, run, requests)
                for (_, future), found in zip(requests, answers):
                    future.set_result(found)

    @app.on_event("startup")
    async def start():
        app.state.work = asyncio.create_task(work())

    @app.post("/")
    async def answer(request: fastapi.Request):
        body = orjson.loads(await request.body())
        future = asyncio.get_running_loop().create_future()
        waiting.append((body["inputs"], future))
        wanted.set()
        return fastapi.Response(orjson.dumps(await future), media_type="application/json")

uvicorn.run(app, host="127.0.0.1", port=int(port), loop="uvloop", http="httptools", log_level="warning", access_log=False)
