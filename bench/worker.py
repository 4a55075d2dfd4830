"""The other end of measure.Worker: a loop over standard input's lines of words, an answer in JSON to each."""
import json
import os
import sys

# Answers go to the standard output that the process was given; what libraries print goes to standard error.
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def answer(what):
    _answers.write(json.dumps(what) + "\n")
    _answers.flush()


def serve(commands, ready):
    """`commands`: a function by name, which takes the words behind it and returns what json can write."""
    answer(ready)
    for line in sys.stdin:
        words = line.split()
        answer(commands[words[0]](*words[1:]))
