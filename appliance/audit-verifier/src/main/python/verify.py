#!/usr/bin/env python3
"""verify.py: check the audit bundles of a MAP node with nothing but Python 3.9 or newer.

usage: python3 -I verify.py PATH... --trust FILE
  PATH     a medium, its MAP-AUDIT folder, one node's folder in it, or one bundle-<n> folder
  --trust  C2SP tlog-policy file with the key of the log <node>/_node, from a source you trust
exit status: 0 everything verified; 1 unauthenticated (no trusted key for this node, or too few
  witnesses); 2 usage; 3 a file cannot be opened, or nothing to verify; 4 tampering or failed check

Take this program from a verified release, never from the medium. It follows the page
docs/reference/audit-bundle.md, whose section numbers (§) stand below. It writes no file, opens no
connection, runs nothing, and prints what it did not check.
"""
import argparse
import base64
import contextlib
import hashlib
import json
import os
import re
import stat
import sys

NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
MEMBER = re.compile(r"[a-z0-9_]{1,64}")
BUNDLE = re.compile(r"bundle-([1-9][0-9]{0,14})")
CONVENIENCE = re.compile(
    r"logs/[^/]+/checkpoint|bundle-[0-9]+/(manifest\.(txt|sig)|VERIFY\.txt|verify\.py|keys/.*)")
NOTE_MAX, JSON_MAX, MANIFEST_MAX, ENTRIES_MAX = 1 << 18, 8 << 20, 1 << 30, 256 * 65537
NOTHING = hashlib.sha256().digest()

class Stop(Exception):
    """The end of a verification that does not succeed: (exit status, what is wrong)."""

def require(holds, what):
    if not holds:
        raise ValueError(what)

@contextlib.contextmanager
def judging(where, status=4):
    """Whatever does not hold in here is the fault of the file named."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as e:
        what = e.strerror if isinstance(e, OSError) else e
        raise Stop(3 if isinstance(e, PermissionError) else status, f"{where}: {what}") from None

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

# --- Ed25519 verification, RFC 8032 section 5.1.7; being short matters here more than speed

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def point_decode(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    require((x * x - square) % P == 0 and y < P and (x or not sign), "not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def ed25519_verifies(public, message, signature):
    a, s = point_decode(public), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a, r = (P - a[0], a[1], 1, P - a[3]), (0, 1, 1, 0)
    table = (r, BASE, minus_a, point_add(BASE, minus_a))
    for bit in range(255, -1, -1):
        r = point_add(point_add(r, r), table[(s >> bit & 1) | (k >> bit & 1) << 1])
    x, y = (coordinate * pow(r[2], P - 2, P) % P for coordinate in r[:2])
    encoded = (y | (x & 1) << 255).to_bytes(32, "little")
    return s < L and len(signature) == 64 and encoded == signature[:32]

# --- C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy

def unbase64(text):
    data = base64.b64decode(text.encode("ascii"), validate=True)
    require(base64.b64encode(data).decode() == text, "base64 in another spelling than the one")
    return data

def is_name(name):
    return name and "+" not in name and not any(c.isspace() for c in name)

class Key:
    """A verifier key: name+id+base64(type || public key)."""

    def __init__(self, vkey):
        self.vkey = vkey
        self.name, key_id, material = vkey.split("+", 2)
        data = unbase64(material)
        self.type, self.public = data[0], data[1:]
        self.id = sha256(self.name.encode(), b"\n", data)[:4]
        require(is_name(self.name) and key_id == self.id.hex(), "a key whose name or id is wrong")
        size = {1: 32, 4: 32, 6: 1312}.get(self.type)
        require(len(self.public) == size, "a key of unknown type or size")

    def verifies(self, text, signature):
        if self.type == 1:
            return ed25519_verifies(self.public, text, signature)
        time = int.from_bytes(signature[:8], "big")
        head = b"cosignature/v1\ntime %d\n" % time
        return time < 1 << 63 and ed25519_verifies(self.public, head + text, signature[8:])

class Note:
    """A signed note: its text, and its signatures as (name, key id, signature)."""

    def __init__(self, data):
        whole = data.decode("utf-8")
        require(not any(c < " " and c != "\n" for c in whole), "control characters in a note")
        require("\n\n" in whole and whole.endswith("\n"), "not a signed note")
        cut, self.signatures = whole.rindex("\n\n") + 1, []
        self.text, self.lines = whole[:cut].encode(), whole[:cut].split("\n")[:-1]
        for line in whole[cut + 1:-1].split("\n"):
            dash, name, encoded = line.split(" ")
            raw = unbase64(encoded)
            require(dash == "\u2014" and is_name(name) and len(raw) > 4, "a bad signature line")
            self.signatures.append((name, raw[:4], raw[4:]))

    def signed_by(self, keys):
        """Those of the keys that signed; a known key's line that does not verify is refused."""
        signed = [(key, signature) for key in keys for name, key_id, signature in self.signatures
                  if key.type != 6 and (name, key_id) == (key.name, key.id)]
        for key, signature in signed:
            require(key.verifies(self.text, signature), f"a signature of {key.name} is wrong")
        return {key.vkey for key, _ in signed}

    def checkpoint(self):
        """(origin, size, root)"""
        origin, size, root = self.lines
        root = unbase64(root)
        require(origin and NUMBER.fullmatch(size) and len(root) == 32, "not a checkpoint")
        return origin, int(size), root

class Policy:
    """A C2SP tlog-policy file: keys of logs, witnesses, groups, quorum."""

    def __init__(self, data):
        self.logs, self.quorum, members, seen = [], None, {"none": (0, [])}, []
        for line in data.decode("utf-8").split("\n"):
            kind, *words = re.split("[ \t]+", line.strip(" \t"))
            member = None
            if kind == "log":
                self.logs.append(Key(words[0]))
                seen.append((kind, self.logs[-1].public))
            elif kind == "witness":
                member = Key(words[1])
                seen.append((kind, member.public))
            elif kind == "group":
                count = {"all": len(words) - 2, "any": 1}.get(words[1]) or int(words[1])
                require(1 <= count <= len(set(words[2:])) == len(words) - 2, "no such group can be")
                require("none" not in words, "none in a group")
                member = (count, [members[name] for name in words[2:]])
            elif kind == "quorum":
                require(self.quorum is None and len(words) == 1, "not the one quorum")
                self.quorum = members[words[0]]
            else:
                require(kind == "" or kind.startswith("#"), "unknown line " + kind)
            require(not member or members.setdefault(words[0], member) is member, "a name twice")
        require(self.quorum is not None, "no quorum line")
        require(len(set(seen)) == len(seen), "a key twice")

    def satisfied(self, note, member):
        if isinstance(member, Key):
            return bool(note.signed_by([member]))
        return sum(self.satisfied(note, part) for part in member[1]) >= member[0]

# --- JSON, strict, and in the one form of RFC 8785 (names are ASCII, so they sort as Python sorts)

def depth(value):
    value = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

def canonical_json(data):
    def pairs(items):
        names = {name for name, _ in items if MEMBER.fullmatch(name)}
        require(len(names) == len(items), "a member twice, or with a name that is not allowed")
        return dict(items)

    def whole(text):
        number = int(text)
        require(abs(number) < 2**53, "a number beyond 2^53-1")
        return number

    value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_int=whole,
                       parse_float=whole, parse_constant=whole)
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    require(isinstance(value, dict) and again.encode("utf-8") == data, "not in RFC 8785 form")
    require(depth(value) <= 8, "nested too deeply")
    return value

# --- the tree of a log (RFC 6962), kept as the partial tiles of its present size

def perfect_root(hashes):
    while len(hashes) > 1:
        hashes = [sha256(b"\1", hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]

class Tree:
    def __init__(self, size):
        self.levels, self.size = [[] for _ in range((size.bit_length() + 7) // 8)], size

    def append(self, value, full):
        """Appends a leaf hash; calls full(level, index, tile) for each tile that it completes."""
        self.size += 1
        for level in range(8):
            self.levels += [[]] if level == len(self.levels) else []
            tile = self.levels[level]
            tile.append(value)
            if len(tile) < 256:
                return
            full(level, (self.size >> 8 * (level + 1)) - 1, tile)
            value, self.levels[level] = perfect_root(tile), []

    def root(self):
        value = None
        for tile in self.levels:
            end = len(tile)
            while end:  # from the right: each power of two in the width is one perfect subtree
                start = end & (end - 1)
                part = perfect_root(tile[start:end])
                value, end = sha256(b"\1", part, value) if value else part, start
        return value or NOTHING

def inclusion_root(index, size, value, proof):
    """The root to which the proof leads (RFC 6962 section 2.1.1), taken from its top end."""
    if size == 1:
        return value
    split, sibling = 1 << (size - 1).bit_length() - 1, proof.pop()
    if index < split:
        return sha256(b"\1", inclusion_root(index, split, value, proof), sibling)
    return sha256(b"\1", sibling, inclusion_root(index - split, size - split, value, proof))

# --- §2: names of the files

def tile_path(tenant, level, index, width=256):
    digits = str(index).zfill((len(str(index)) + 2) // 3 * 3)
    parts = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    path = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"logs/{tenant}/tile/{level}/{path}" + (f".p/{width}" if width < 256 else "")

def partial_tiles(tenant, size):
    """(level, width, path) of each partial tile of this size, by ascending level."""
    for level in range((size.bit_length() + 7) // 8):
        width = size >> 8 * level & 255
        if width:
            yield level, width, tile_path(tenant, level, size >> 8 * (level + 1), width)

# --- §5: bundle.json; RFC 8785 leaves it one spelling, so one expression says all of its form

HEX, NUM, TEXT = '"([0-9a-f]{64})"', '"(?:0|[1-9][0-9]{0,14})"', '"[ !#-[^-~]{1,64}"'
NODE = re.compile(r"[a-z0-9][a-z0-9.-]{0,40}\.[0-9a-f]{8}")
TENANT = "(?:_node|[a-z0-9][a-z0-9_-]{0,31})"
LIST = rf"\[(?:{NUM}(?:,{NUM})*)?\]"
LOG = rf'{{"origin":"{NODE.pattern}/{TENANT}","root":{HEX},"size":{NUM},"tenant_id":"{TENANT}"}}'
RANGE = (rf'{{"from":{NUM},"from_root":{HEX},"key_records":{LIST},"last_record_hash":{HEX},'
         rf'"origin":"{NODE.pattern}/{TENANT}","previous_record_hash":{HEX},"rotations":{LIST},'
         rf'"tenant_id":"{TENANT}","to":{NUM},"to_root":{HEX}}}')
DESCRIPTION = re.compile(
    rf'{{"logs":\[{LOG}(?:,{LOG})*\],"node":"{NODE.pattern}","number":{NUM}(?:,"previous":{NUM})?,'
    rf'"product_version":{TEXT},"ranges":\[{RANGE}(?:,{RANGE})*\],"time":{TEXT},"v":1}}')

def description(data):
    """bundle.json with its numbers as numbers."""
    require(DESCRIPTION.fullmatch(data.decode("ascii")), "not of the form that the format has")
    about = json.loads(data)
    about.update(number=int(about["number"]), previous=int(about.get("previous", 0)))
    require(about["previous"] < about["number"], "a previous bundle that is not earlier")
    for rows in about["ranges"], about["logs"]:
        order = [(row["tenant_id"] != "_node", row["tenant_id"]) for row in rows]
        require(order == sorted(set(order)) and not order[0][0], "logs out of order or twice")
        for row in rows:
            require(row["origin"] == about["node"] + "/" + row["tenant_id"], "a foreign origin")
            row.update({name: int(row[name]) for name in ("from", "to", "size") if name in row})
            for name in {"key_records", "rotations"} & set(row):
                row[name] = list(map(int, row[name]))
                require(row[name] == sorted(set(row[name])), f"{name} do not ascend")
    sizes = {log["tenant_id"]: log["size"] for log in about["logs"]}
    for r in about["ranges"]:
        records, rotations, node = r["key_records"], r["rotations"], r["tenant_id"] == "_node"
        require(0 < r["to"] <= sizes[r["tenant_id"]], "a range that ends nowhere")
        require(r["from"] < r["to"] or node and r["from"] == r["to"], "an empty range")
        require(len(records) == len(rotations) + 1, "a log without its key records")
        require(records[0] == 0 or not node, "_node without its first record")
        require(r["from"] or (r["from_root"], r["previous_record_hash"]) == (
            NOTHING.hex(), "0" * 64), "a range that does not begin with nothing")
    return about

# --- reading: regular files only, reached without links, of bounded size

def is_file(at):
    with judging(at):
        mode = os.lstat(at).st_mode
        require(stat.S_ISREG(mode) or stat.S_ISDIR(mode), "not a plain file (links are refused)")
    return stat.S_ISREG(mode)

def read(folder, name, limit):
    at = folder
    for part in name.split("/"):
        at = os.path.join(at, part)
        is_file(at)
    with judging(at), open(at, "rb") as file:
        data = file.read(limit + 1)
    require(len(data) <= limit, f"larger than {limit} bytes")
    return data

def unlisted(folder, listed):
    """The files that no manifest lists; refuses links and special files."""
    for top, folders, files in os.walk(folder):
        for at in (os.path.join(top, name) for name in folders + files):
            path = os.path.relpath(at, folder)
            if is_file(at) and path not in listed and not CONVENIENCE.fullmatch(path):
                yield path

# --- §4 and §6: one bundle, its signatures and keys

class Bundle:
    def __init__(self, folder, number, policy):
        self.folder, self.top, self.policy = folder, f"bundle-{number}/", policy
        self.read, self.epochs = set(), {}
        with judging(self.at("manifest.sig")):
            self.note = Note(read(folder, self.top + "manifest.sig", NOTE_MAX))
            kind, self.node, signed_number, signed_digest, self.previous = self.note.lines
            require(kind == "map/bundle-manifest/v1", "a note of another kind")
            names = {name for name, _, _ in self.note.signatures} | {self.node + "/_node"}
            if not any(key.name in names for key in policy.logs):
                raise Stop(1, f"{self.at('manifest.sig')}: --trust has no key of {self.node}/_node")
            require(signed_number == str(number), f"signed for export {signed_number}")
        with judging(self.at("manifest.txt")):
            manifest = read(folder, self.top + "manifest.txt", MANIFEST_MAX)
            self.digest = sha256(manifest).hex()
            require(self.digest == signed_digest, f"not what {self.top}manifest.sig states")
            lines = manifest.decode("ascii").split("\n")
            self.digests = {line[66:]: line[:64] for line in lines[:-1] if line[64:66] == "  "}
            require(len(self.digests) == len(lines) - 1 and not lines[-1], "a malformed line")
        with judging(self.at("bundle.json")):
            self.about = description(self.checked(self.top + "bundle.json", JSON_MAX))
            found = self.about["node"], self.about["number"], self.about["previous"] == 0
            require(found == (self.node, number, self.previous == "0" * 64),
                    "node, number or previous are not those of manifest.sig")
        self.accept_keys()

    def at(self, name):
        return os.path.join(self.folder, self.top + name)

    def checked(self, path, limit):
        with judging(os.path.join(self.folder, path)):
            data = read(self.folder, path, limit)
            require(sha256(data).hex() == self.digests.get(path),
                    f"its SHA-256 is not the one in {self.top}manifest.txt")
        self.read.add(path)
        return data

    def checkpoint(self, name, origin, size):
        note = Note(self.checked(self.top + name, NOTE_MAX))
        require(note.checkpoint()[:2] == (origin, size), f"not of {origin} at size {size}")
        return note

    def key_record(self, name, under):
        """(index, origin, keys before, keys after, from_size) of a key record with its proof."""
        with judging(self.at(name)):
            data = self.checked(self.top + name, NOTE_MAX + 2 * 65536)
            head, _, note = data.partition(b"\n\n")
            kind, extra, number, *proof = head.decode("ascii").split("\n")
            require(kind == "c2sp.org/tlog-proof@v1" and extra[:6] == "extra ", "not a tlog-proof")
            require(number[:6] == "index " and NUMBER.fullmatch(number[6:]), "not an index")
            require(note == self.checked(self.top + under, NOTE_MAX), "not a proof under " + under)
            leaf, index = unbase64(extra[6:]), int(number[6:])
            _, size, root = Note(note).checkpoint()
            proof = list(map(unbase64, proof))
            found = inclusion_root(index, size, sha256(b"\0", leaf), proof)
            require(index < size and found == root and not proof, "does not lead to the root")
            record = canonical_json(leaf[32:])
            meta, kind = record["meta"], record["event_type"]
            require(record["index"] == str(index), "a record from elsewhere")
            if kind == "TenantCreated":
                return index, meta["origin"], [], list(map(Key, meta["keys"])), 0
            require(kind == "KeyRotated" and NUMBER.fullmatch(meta["from_size"]), "no key record")
            return (index, meta["origin"], list(map(Key, meta["old_keys"])),
                    list(map(Key, meta["new_keys"])), int(meta["from_size"]))

    def accept_keys(self):
        """From the keys in --trust to those in force; then every checkpoint and manifest.sig."""
        origin, node = self.node + "/_node", self.about["ranges"][0]
        known = [key for key in self.policy.logs if key.name == origin]
        for size in node["rotations"]:
            name = f"rotations/_node/{size}"
            _, rotated, _, new, _ = self.key_record(name + ".tlog-proof", name)
            with judging(self.at(name)):
                note = self.checkpoint(name, origin, size)
                known += new if rotated == origin and note.signed_by(known) else []
        newest = f"checkpoints/_node/{node['to']}"
        with judging(self.at(newest)):
            require(self.checkpoint(newest, origin, node["to"]).signed_by(known),
                    "not signed by a key that --trust names or leads to")
        for r in self.about["ranges"]:
            epochs = self.epochs[r["tenant_id"]] = [(0, [])]
            for index in r["key_records"]:
                name = f"proofs/{index}.tlog-proof"
                found, rotated, old, new, first = self.key_record(name, newest)
                with judging(self.at(name)):
                    require((found, rotated) == (index, r["origin"]), "not the record due here")
                    require([key.vkey for key in old] == [key.vkey for key in epochs[-1][1]]
                            and first >= epochs[-1][0], "does not continue the record before it")
                epochs.append((first, new))
            self.check_signatures(r, epochs[1:])
            if r is node:
                with judging(self.at("manifest.sig")):
                    keys = [key for key in in_force(epochs, r["to"]) if key.type == 1]
                    require(self.note.signed_by(keys), "not signed by _node's Ed25519 key")

    def check_signatures(self, r, epochs):
        named = {key.vkey for key in self.policy.logs if key.name == r["origin"]}
        stray = named - {key.vkey for _, keys in epochs for key in keys}
        due = [("rotations", size, epochs[i][1] + epochs[i + 1][1], None)
               for i, size in enumerate(r["rotations"])]
        early = [size for i, size in enumerate(r["rotations"]) if size < epochs[i + 1][0]]
        if 0 < r["from"] < r["to"]:
            due.append(("checkpoints", r["from"], in_force(epochs, r["from"]), r["from_root"]))
        due.append(("checkpoints", r["to"], in_force(epochs, r["to"]), r["to_root"]))
        for kind, size, keys, root in due:
            name = f"{kind}/{r['tenant_id']}/{size}"
            with judging(self.at(name)):
                note = self.checkpoint(name, r["origin"], size)
                require(root in (None, note.checkpoint()[2].hex()), "a root unlike bundle.json's")
                keys = {key.vkey for key in keys if key.type == 1}
                require(keys and keys == note.signed_by(map(Key, keys)), "a signature is missing")
                require(not stray, "a log that never had the key in --trust")
                require(not early, "a rotation before the size from which it is in force")
        if not self.policy.satisfied(note, self.policy.quorum):
            raise Stop(1, f"{self.at(name)}: the quorum of witnesses in --trust is not met")

def in_force(epochs, size):
    return [keys for first, keys in epochs if first <= size][-1]

def keys_seen(epochs, size):
    return [(first, [key.vkey for key in keys]) for first, keys in epochs if first <= size]

# --- §7: the entries of one range

def decode_entries(data):
    leaves, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at:at + 2], "big")
        require(at + 34 < end <= len(data), "an entry that ends too early")
        leaves.append(data[at + 2:end])
        at = end
    return leaves

def check_record(data, index, tenant):
    require(len(data) <= 65000, "too long a record")
    record = canonical_json(data)
    require(record.get("v") == 1 and record["v"] is not True, "not a record of version 1")
    require(record.get("index") == str(index), "its index is not its position")
    require(record.get("tenant_id") == tenant, "a record of another tenant")

def check_range(bundle, r):
    tenant, start, end, tree = r["tenant_id"], r["from"], r["to"], Tree(r["from"])
    before, stated = None, bytes.fromhex(r["previous_record_hash"])

    def hashes(path, width):
        data = bundle.checked(path, 8192)
        require(len(data) == 32 * width, f"{path} does not hold {width} hashes")
        return [data[i:i + 32] for i in range(0, len(data), 32)]

    def full(level, index, tile):
        path = tile_path(tenant, level, index)
        require(level == 0 or hashes(path, 256) == tile, f"{path} does not hold the tree's hashes")

    with judging(bundle.at("bundle.json")):
        for level, width, path in partial_tiles(tenant, start):
            tree.levels[level] = hashes(path, width)
        require(tree.root().hex() == r["from_root"], f"from_root of {tenant} is not its tiles'")
    for block in range(start >> 8, end + 255 >> 8) if start < end else ():
        count = min(256, end - 256 * block)
        path = tile_path(tenant, "entries", block, count)
        where = os.path.join(bundle.folder, path)
        cipher = path + ".age" if path not in bundle.digests else ""
        with judging(where):
            tile = hashes(tile_path(tenant, 0, block, count), count)
            require(not cipher or cipher in bundle.digests, "not in manifest.txt")
            if cipher and not os.path.lexists(where):
                raise Stop(3, f"{where}.age: encrypted; map-verify --identity FILE reads it")
            leaves = decode_entries(read(bundle.folder, path, ENTRIES_MAX))
        for i, leaf in enumerate(leaves[:count]):
            index, hashed = 256 * block + i, sha256(b"\0", leaf)
            with judging(f"{where}: record {index} of {tenant}"):
                require(hashed == tile[i], "not the entry that the tree holds")
                if index < start:
                    require(hashed == tree.levels[0][i], "not the entry that the tree held")
                if index == start:
                    require(before in (None, stated), "does not follow the record stated")
                    before = stated
                require(before in (None, leaf[:32]), "not linked to the record before it")
                check_record(leaf[32:], index, tenant)
                before = sha256(leaf)
                if index >= start:
                    tree.append(hashed, full)
        with judging(where):
            require(len(leaves) == count, f"does not hold exactly {count} entries")
            bundle.read.add(cipher) if cipher else bundle.checked(path, ENTRIES_MAX)
    with judging(bundle.at("bundle.json")):
        require(tree.root().hex() == r["to_root"], f"to_root of {tenant} is not its tree's")
        require((before or bytes.fromhex(r["last_record_hash"])).hex() == r["last_record_hash"],
                f"last_record_hash of {tenant} is not its last record's")
        for level, width, path in partial_tiles(tenant, end):
            require(hashes(path, width) == tree.levels[level], f"{path} is not the tree's")

# --- §8: all bundles of one folder, and the command

def verify_folder(path, one, policy):
    """Prints what was verified; returns what was not."""
    bundles, known, ends, gaps = {}, {}, {}, []
    names = [BUNDLE.fullmatch(name) for name in os.listdir(path)]
    for number in [one] if one else sorted(int(name[1]) for name in names if name):
        bundle = bundles[number] = Bundle(path, number, policy)
        previous = bundle.about["previous"]
        with judging(bundle.at("manifest.sig")):
            require(one or not previous or previous in bundles, f"bundle-{previous} is missing")
            require(previous not in bundles or bundles[previous].digest == bundle.previous,
                    f"continues another bundle-{previous}")
            require(bundle.node == bundles[min(bundles)].node, "a bundle of another node")
        for r in bundle.about["ranges"]:
            tenant, start, end = r["tenant_id"], r["from"], r["to"]
            if start and (tenant, start) not in known:
                gaps.append(f"{bundle.top[:-1]}: {r['origin']} before record {start}")
            with judging(bundle.at("bundle.json")):
                for seen, epochs in ends.setdefault(tenant, []):
                    require(keys_seen(epochs, min(seen, end))
                            == keys_seen(bundle.epochs[tenant], min(seen, end)),
                            f"other keys of {tenant} than an earlier bundle states")
                ends[tenant].append((end, bundle.epochs[tenant]))
                for size, *facts in ((start, r["from_root"], r["previous_record_hash"]),
                                     (end, r["to_root"], r["last_record_hash"])):
                    require(known.setdefault((tenant, size), facts) == facts,
                            f"a second history of {tenant} at size {size}")
            check_range(bundle, r)
            print(f"{bundle.top[:-1]}: {r['origin']}: records {start} to {end - 1} verified,"
                  f" size {end}, root {r['to_root']}")
        with judging(bundle.at("manifest.txt")):
            require(bundle.read == set(bundle.digests), "lists files that are not due")
    if not bundles:
        raise Stop(3, f"{path}: no whole bundle in here")
    gaps += [f"{log['origin']}: not in these bundles up to its size {log['size']}"
             for log in bundle.about["logs"] if (log["tenant_id"], log["size"]) not in known]
    stray = sorted(unlisted(path, {name for each in bundles.values() for name in each.digests}))
    return gaps + [f"{path}: {len(stray)} files that no manifest read here lists, such as {name}"
                   for name in stray[:1]]

def folders(path):
    """(folder of a node, number of its one bundle or None for all) for each node at PATH."""
    path = os.path.abspath(path)
    one, top = BUNDLE.fullmatch(os.path.basename(path)), os.path.join(path, "MAP-AUDIT")
    if one:
        return [(os.path.dirname(path), int(one[1]))]
    top = path if not os.path.lexists(top) or is_file(top) else top
    found = [os.path.join(top, name) for name in sorted(os.listdir(top)) if NODE.fullmatch(name)]
    return [(each, None) for each in found if not is_file(each)] or [(top, None)]

def main():
    parser = argparse.ArgumentParser(
        "verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="+")
    parser.add_argument("--trust", required=True, metavar="FILE")
    given = parser.parse_args()
    gaps = ["ML-DSA-44 signature lines of checkpoints, which map-verify checks",
            "continuity with an earlier visit, which map-verify checks with --state",
            "whether records were made for all that happened, and whether their times are true"]
    try:
        with judging(given.trust, 3), open(given.trust, "rb") as file:
            policy = Policy(file.read(1 << 20))
        for path in given.path:
            for folder, number in folders(path):
                gaps += verify_folder(folder, number, policy)
    except Stop as stop:
        word = {1: "UNAUTHENTICATED", 3: "NOT VERIFIED", 4: "REFUSED"}[stop.args[0]]
        print(f"{word}: {stop.args[1]}", file=sys.stderr)
        return stop.args[0]
    except OSError as e:
        print(f"NOT VERIFIED: {e.filename}: {e.strerror}", file=sys.stderr)
        return 3
    print("not checked:", *gaps, sep="\n  - ")
    print("VERIFIED")
    return 0

if __name__ == "__main__":
    sys.exit(main())
