"""Runs a command on a terminal of its own, and types.

  typed.py LINES COMMAND…    at each question that ends in "]: ", the next line of the file LINES;
                             what the command says is on standard output

Exits with the command's status; 125 when it asks more than there are lines.
"""
import os
import pty
import signal
import sys

lines = open(sys.argv[1]).read().splitlines()
child, terminal = pty.fork()
if child == 0:
    # Python's own disposition would be the command's.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(sys.argv[2], sys.argv[2:])
unseen = b""
while True:
    try:
        said = os.read(terminal, 4096)
    except OSError:
        said = b""
    if not said:
        break
    sys.stdout.buffer.write(said)
    sys.stdout.flush()
    unseen += said
    if unseen.endswith(b"]: "):
        unseen = b""
        if not lines:
            os.kill(child, signal.SIGKILL)
            sys.exit(125)
        os.write(terminal, lines.pop(0).encode() + b"\n")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
