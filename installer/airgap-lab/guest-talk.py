"""Talks to a guest of guest.sh, whose sockets lie in a folder.

  guest-talk.py DIR agent TIMEOUT    runs the script on standard input in the guest, shows its
                                     output, exits with its status
  guest-talk.py DIR qmp COMMAND…     gives QEMU commands, in JSON, one after the other

A failed QMP command or an agent that does not answer in time: exit 125.
"""
import base64
import json
import os
import socket
import sys


def connected(path, timeout):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(timeout)
    s.connect(path)
    return s


def agent(folder, timeout):
    with connected(folder + "/agent.sock", float(timeout)) as s:
        own = "r%d" % os.getpid()
        script = base64.b64encode(sys.stdin.buffer.read()).decode()
        s.sendall(("%s %s\n" % (own, script)).encode())
        for line in s.makefile("r"):
            # Answers to those who gave up waiting come first.
            words = line.rstrip("\n").split(" ")
            if words[0] == own:
                sys.stdout.write(base64.b64decode(words[2]).decode(errors="replace"))
                return int(words[1])
    raise OSError("the agent went away")


def qmp(folder, *commands):
    with connected(folder + "/qmp.sock", 30) as s:
        f = s.makefile("rw")
        f.readline()
        for command in ('{"execute":"qmp_capabilities"}',) + commands:
            f.write(command + "\n")
            f.flush()
            answer = {"event": None}
            while "event" in answer:
                answer = json.loads(f.readline() or '{"error": "QEMU went away"}')
            if "error" in answer:
                print("%s: %s" % (command, answer["error"]), file=sys.stderr)
                return 125
            if answer.get("return"):
                print(json.dumps(answer["return"]))
    return 0


try:
    sys.exit({"agent": agent, "qmp": qmp}[sys.argv[2]](sys.argv[1], *sys.argv[3:]))
except OSError as e:
    print("guest-talk: %s" % e, file=sys.stderr)
    sys.exit(125)
