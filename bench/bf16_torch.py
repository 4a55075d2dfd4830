#!/usr/bin/env python3
"""PyTorch in fp32 and under autocast to bf16, beside `nomen bench --lengths N [--precision bf16]`.

The same work as that of `nomen bench` at one length: 1024 subword tokens in texts of N, no padding; forward, and a step of
training with AdamW and the norm clipped to 1. Prints the median of the runs in tokens per second.

usage: bf16_torch.py MODEL [N [THREADS [SECONDS]]]
"""
import statistics
import sys
import time

import torch
import transformers

TOKENS = 1024


def rate(work, seconds):
    work()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main():
    directory = sys.argv[1]
    length, threads, seconds = (int(a) for a in sys.argv[2:5] + ["128", "2", "5"][len(sys.argv) - 2:])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    config = transformers.AutoConfig.from_pretrained(directory, num_labels=9)
    model = transformers.AutoModelForTokenClassification.from_pretrained(directory, config=config, ignore_mismatched_sizes=True)
    ids = torch.randint(1000, config.vocab_size, (TOKENS // length, length))
    labels = torch.randint(0, 9, ids.shape)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01, fused=True)

    def forward():
        with torch.inference_mode():
            return model(input_ids=ids).logits

    def step():
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def step_autocast():
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def forward_autocast():
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            return model(input_ids=ids).logits

    print("torch %s, %d threads, texts of %d" % (torch.__version__, threads, length))
    model.eval()
    for name, work in (("forward, fp32", forward), ("forward, autocast to bf16", forward_autocast)):
        seconds_of_one = rate(work, seconds)
        print("%-28s %9.3f ms %9.0f tokens/s" % (name, 1e3 * seconds_of_one, ids.numel() / seconds_of_one))
    model.train()
    for name, work in (("train step, fp32", step), ("train step, autocast to bf16", step_autocast)):
        seconds_of_one = rate(work, seconds)
        print("%-28s %9.3f ms %9.0f tokens/s" % (name, 1e3 * seconds_of_one, ids.numel() / seconds_of_one))


main()
