#!/usr/bin/env python3
"""Checks what hftml claims, with nothing of hftml: only Sources/Deployment/Deployment.docc/Formats.md was read.

  stranger.py entry PROOF.json LOG_KEY.pub.json [ANCHOR]         this entry is in the log whose head lies at the anchor
  stranger.py bundle FILE.hftbundle ROOT.json AUTHORITY.json... [--statement FILE]...
                                                                 this bundle may run, ordered and judged by whom
  ANCHOR is a file that holds a signed head, as `git show refs/hftml/audit:head.json` prints it.
Exit status 0: every check holds; 1: one does not, named on the last line.
"""
import base64, hashlib, json, struct, sys

sha = lambda data: hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


def require(condition, what):
    if not condition:
        print("NOT PROVEN:", what)
        sys.exit(1)


# Ed25519: the `cryptography` package, or RFC 8032, section 5.1.7, in plain Python.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, I = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    g, h = 2 * t1 * t2 * D, 2 * z1 * z2
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = add(out, point)
        point, n = add(point, point), n >> 1
    return out


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def verify_plainly(public, signature, message):
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or len(signature) != 64:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    gy = 4 * pow(5, P - 2, P) % P
    base = decompress(gy.to_bytes(32, "little"))
    left, right = multiply(s, base), add(r, multiply(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def verify(public, signature, message):
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return verify_plainly(public, signature, message)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except Exception:
        return False


# Keys and envelopes.
def key_of(node):
    raw = base64.b64decode(node["publicKey"], validate=True)
    require(len(raw) == 32 and node["keyID"] == sha(raw)[:16], f"the id of the key '{node['name']}'")
    return dict(node, raw=raw, person=node.get("person", node["name"]), roles=node.get("roles", []))


def pae(kind, payload):
    return b"DSSEv1 %d %s %d " % (len(kind.encode()), kind.encode(), len(payload)) + payload


def signers(kind, payload, signatures, keys):
    """The keys whose signatures fit; each key is asked only for the signature that names it."""
    return [
        key
        for signature in signatures
        for key in keys
        if key["keyID"] == signature["keyid"]
        and verify(key["raw"], base64.b64decode(signature["sig"], validate=True), pae(kind, payload))
    ]


def opened(envelope, kind):
    node = json.loads(envelope) if isinstance(envelope, str) else envelope
    require(node["payloadType"] == kind, f"an envelope of the type {kind}")
    return base64.b64decode(node["payload"], validate=True), node["signatures"]


def usable(key, role, time):
    """Times are texts such as 2026-12-31T00:00:00Z, which order as they read."""
    return role in key["roles"] and "revoked" not in key and time < key.get("expiresAt", "9999")


# The log.
HEAD = "application/vnd.hftml.audit-head+json"


def entry_hash(e):
    body = {name: e[name] for name in ("sequence", "time", "actor", "action", "subject", "detail")}
    return sha(e["previous"] + json.dumps(body, sort_keys=True))


def root_from(leaf_hash, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    node = hashlib.sha256(b"\0" + bytes.fromhex(leaf_hash)).digest()
    place, last = index, size - 1
    for other in map(bytes.fromhex, path):
        require(last > 0, "the path, which is too long")
        if place & 1 or place == last:
            node = hashlib.sha256(b"\1" + other + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + other).digest()
        place, last = place >> 1, last >> 1
    require(last == 0, "the path, which is too short")
    return node.hex()


def check_entry(proof_file, key_file, anchor_file=None):
    proof, key = json.load(open(proof_file)), key_of(json.load(open(key_file)))
    entry = proof["entry"]
    require(entry_hash(entry) == entry["hash"], "the hash of the entry")
    payload, signatures = opened(proof["head"], HEAD)
    require(signers(HEAD, payload, signatures, [key]), "the signature of the head")
    head = json.loads(payload)
    require(head["schemaVersion"] == 2 and head["sequence"] == proof["treeSize"], "the size of the tree")
    require(proof["leafIndex"] == entry["sequence"] - 1, "the position of the entry")
    require(0 <= proof["leafIndex"] < proof["treeSize"], "the position in the tree")
    root = root_from(entry["hash"], proof["leafIndex"], proof["treeSize"], proof["path"])
    require(root == head["root"], "the way from the entry to the signed root")
    if entry["sequence"] == head["sequence"]:
        require(entry["hash"] == head["hash"], "the newest entry")
    if anchor_file:
        anchored, anchor_signatures = opened(open(anchor_file).read(), HEAD)
        require(anchored == payload and signers(HEAD, anchored, anchor_signatures, [key]), "the head at the anchor")
    print(f"entry {entry['sequence']} of {proof['treeSize']}: {entry['action']} {entry['subject']} by {entry['actor']}")


# A bundle.
AUTHORITY, ORDER = "application/vnd.hftml.environment+json", "application/vnd.hftml.deployment+json"
STATEMENT, BUNDLE = "application/vnd.in-toto+json", "application/vnd.hftml.bundle+json"


def check_chain(pin, files):
    """Every document is signed by the root keys of the one before it (the first: of the pin) and by its own."""
    root = {"threshold": pin["threshold"], "keys": [key_of(k) for k in pin["keys"]]}
    chain = sorted((opened(open(f).read(), AUTHORITY) for f in files), key=lambda c: json.loads(c[0])["counter"])
    counter, newest = 0, None
    for payload, signatures in chain:
        document = json.loads(payload)
        require(document["name"] == pin["environment"], "the environment of the document")
        require(document["counter"] > counter, "the order of the documents")
        own = {"threshold": document["root"]["threshold"], "keys": [key_of(k) for k in document["root"]["keys"]]}
        for keys in (root, own):
            persons = {
                k["person"]
                for k in signers(AUTHORITY, payload, signatures, keys["keys"])
                if "revoked" not in k and document["createdAt"] < k.get("expiresAt", "9999")
            }
            require(len(persons) >= keys["threshold"], f"the root signatures on document {document['counter']}")
        root, counter, newest = own, document["counter"], (document, sha(payload))
    require(newest, "a document of the environment")
    return newest


def read_bundle(data):
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    metadata, body = header.pop("__metadata__"), data[8 + length :]
    require(metadata["format"] == "hftml-bundle" and metadata["version"] == "2", "a bundle of version 2")
    require(len(body) == max(t["data_offsets"][1] for t in header.values()), "the length of the file")
    return metadata, header, body


def compact(node):
    return json.dumps(node, separators=(",", ":"), ensure_ascii=False).encode()


def model_file_digest(spec, tensors, body):
    """The model's file again, from spec and tensors: what verdicts name as weights."""
    out, parts, offset = {"__metadata__": {"format": "hftml-model", "spec": spec, "version": "1"}}, [], 0
    for name in sorted(tensors, key=lambda n: n.encode()):
        first, end = tensors[name]["data_offsets"]
        out[name] = {
            "dtype": tensors[name]["dtype"], "shape": tensors[name]["shape"],
            "data_offsets": [offset, offset + end - first],
        }
        parts.append(body[first:end])
        offset += end - first
    text = compact(out)
    text += b" " * (-len(text) % 8)
    return sha(struct.pack("<Q", len(text)) + text + b"".join(parts))


def check_bundle(bundle_file, pin_file, authority_files, statement_files):
    document, authority = check_chain(json.load(open(pin_file)), authority_files)
    keys = [key_of(k) for k in document["keys"]]
    metadata, tensors, body = read_bundle(open(bundle_file, "rb").read())
    manifest_text = metadata["manifest"].encode()
    manifest = json.loads(manifest_text)

    order_text, order_signatures = opened(metadata["deployment"], ORDER)
    order = json.loads(order_text)
    time = order["time"]
    ordered = [k for k in signers(ORDER, order_text, order_signatures, keys) if usable(k, "promoter", time)]
    require(ordered, "the order, by a key with the role promoter")
    verdict_text, verdict_signatures = opened(metadata["verdict"], STATEMENT)
    statement = json.loads(verdict_text)
    predicate, facts = statement["predicate"], statement["predicate"]["hftml"]
    judged = [k for k in signers(STATEMENT, verdict_text, verdict_signatures, keys)
              if usable(k, "gate", predicate["timeVerified"])]
    require(judged, "the verdict, by a key with the role gate")
    signature = json.loads(metadata["envelope"])
    require(signature["payloadType"] == BUNDLE, "the signature of the manifest")
    require([k for k in signers(BUNDLE, manifest_text, signature["signatures"], keys) if usable(k, "promoter", time)],
            "the manifest, by a key with the role promoter")

    require(order["environment"] == document["name"] == facts["environment"], "the environment")
    require(order["authority"]["counter"] <= document["counter"], "the document that the order rests on")
    if order["authority"]["counter"] == document["counter"]:
        require(order["authority"]["sha256"] == authority, "the document that the order names")
    require(time < order["expiresAt"] and time < document["expiresAt"], "the end of the order")
    require(order["manifest"] == sha(manifest_text), "the manifest that the order names")
    require(order["verdict"] == sha(verdict_text), "the verdict that the order names")
    require(statement["predicateType"] == "https://slsa.dev/verification_summary/v1", "a verification summary")
    require(predicate["verificationResult"] == "PASSED", "a verdict that passed")
    require(predicate["policy"]["digest"]["sha256"] == document["policy"]["sha256"], "the policy of the environment")

    require(set(manifest["tensors"]) == set(tensors), "the tensors that the manifest lists")
    for name, tensor in tensors.items():
        first, end = tensor["data_offsets"]
        listed = manifest["tensors"][name]
        require(listed["sha256"] == sha(body[first:end]) and listed["shape"] == tensor["shape"], f"the tensor {name}")
    weights = {name: t for name, t in tensors.items() if not name.startswith("golden.")}
    require(model_file_digest(manifest["model"], weights, body) == manifest["weights"], "the digest of the weights")
    subject = statement["subject"]
    require(len(subject) == 1 and subject[0]["digest"]["sha256"] == manifest["weights"], "the weights of the verdict")
    require(subject[0]["name"] == f"{manifest['name']}/{manifest['version']}", "the name of the version")
    require(facts["strategy"] == sha(manifest["strategy"]), "the strategy of the verdict")
    require(facts["limits"] == order["limits"], "the limits that order and verdict name")
    require(json.loads(manifest["strategy"])["costBps"] >= document["minimumCostBps"], "the floor of the costs")

    named = {a["uri"]: a["digest"]["sha256"] for a in predicate["inputAttestations"]}
    for file in statement_files:
        text = open(file).read().strip()
        require(sha(text) in named.values(), f"the statement in {file}, which the verdict does not name")
        payload, signatures = opened(text, STATEMENT)
        said = json.loads(payload)
        require([k for k in signers(STATEMENT, payload, signatures, keys) if k["name"] == said["predicate"]["signer"]],
                f"the signature of the statement in {file}")
        require(said["subject"][0]["digest"]["sha256"] == manifest["weights"], f"the weights in {file}")
        print(said["predicateType"], "by", said["predicate"]["signer"])
    log = facts["log"]
    print(f"{subject[0]['name']} in {order['environment']}, order {order['counter']} by {ordered[0]['name']}, "
          f"verdict by {judged[0]['name']}" + (f", log at entry {log['sequence']} {log['hash']}" if log else ""))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    try:
        if arguments[0] == "entry":
            check_entry(*arguments[1:])
        else:
            rest, statements = arguments[3:], []
            while "--statement" in rest:
                at = rest.index("--statement")
                statements.append(rest[at + 1])
                del rest[at : at + 2]
            check_bundle(arguments[1], arguments[2], rest, statements)
    except (KeyError, ValueError, TypeError, IndexError, struct.error) as error:
        require(False, f"a well-formed file: {error!r}")
