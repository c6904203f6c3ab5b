"""Runs a program on a terminal of its own and answers its question.

usage: on_terminal.py ANSWER PROGRAM [ARGUMENT…]; prints what the terminal showed, and ends with the program's status.
"""

import os
import pty
import sys

answer, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
shown, is_asked = b"", False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # Linux says so when the program has ended.
        break
    if not part:
        break
    shown += part
    if not is_asked and b"[y/N]" in shown:
        is_asked = True
        os.write(terminal, answer.encode() + b"\n")
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
