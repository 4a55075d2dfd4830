"""Runs a program and measures it, from a process so small that its own memory does not count.

usage: python -I -S launch.py SAID ERRORS PROGRAM [ARGUMENT...]

A child's peak RSS (as wait4 tells it) is at least what its parent had when it was started. So programs are not
started by suite.py itself. Standard output goes to SAID, standard error to ERRORS; printed are the seconds until the
first output, the seconds until the end, the peak RSS in bytes, and the exit code. Nothing is read, and no time of
a first output known, where SAID is /dev/null.
"""
import os
import sys
import time


def main():
    said, errors, *command = sys.argv[1:]
    actions = [(os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
    ours = theirs = None
    if said == os.devnull:
        actions.append((os.POSIX_SPAWN_OPEN, 1, said, os.O_WRONLY, 0))
    else:
        ours, theirs = os.pipe()
        actions.append((os.POSIX_SPAWN_DUP2, theirs, 1))
    began = time.perf_counter()
    first = 0.0
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    if ours is not None:
        os.close(theirs)
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        while block := os.read(ours, 1 << 20):
            first = first or time.perf_counter() - began
            os.write(file, block)
    _, status, usage = os.wait4(process, 0)
    print(first, time.perf_counter() - began, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status))


main()
