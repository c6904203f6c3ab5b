#!/usr/bin/env python3
"""Writes schema-1.sql and schema-2.sql: small registries as earlier versions of hftml made them. Reads the SQL of the migrations from RegistrySchema.swift.

    python3 Tests/RegistryTests/Fixtures/make.py
"""
import hashlib, json, os, re, sqlite3

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = open(os.path.join(HERE, "../../../Sources/Registry/RegistrySchema.swift")).read()


def migration(name):
    return re.search(r'private static let %s = """\n(.*?)\n        """' % name, SOURCE, re.S).group(1)


def canonical(value):
    return json.dumps(value, sort_keys=True)


for schema in (1, 2):
    db = sqlite3.connect(":memory:")
    for name in ("foundation", "studies")[:schema]:
        db.executescript(migration(name))
    db.execute("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    for identifier in ("1-foundation", "2-studies")[:schema]:
        db.execute("INSERT INTO grdb_migrations VALUES (?)", (identifier,))
    db.execute("INSERT INTO experiment VALUES ('demo', 1000)")
    for k, (run, t) in enumerate([("a" * 32, 1000), ("b" * 32, 2000)]):
        db.execute("INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", (run, "demo", f"r{k}", "train", "finished", t, t + 5, 1, 2, "{}", "d", "c", "[]", "0.1", "m", "avx2", "u@h"))
        db.execute("INSERT INTO param VALUES (?,?,?)", (run, "window", "12"))
        for step, value in ((1, 1.0), (2, 0.5), (3, 0.25)):
            db.execute("INSERT INTO metric VALUES (?,?,?,?,?)", (run, "val.loss", step, value, t + step))
    db.execute("INSERT INTO metric VALUES (?,?,?,?,?)", ("a" * 32, "test.ic", 0, 0.1, 5))
    db.execute("INSERT INTO model VALUES ('m', '', 3000)")
    for version, run in ((1, "a" * 32), (2, "b" * 32)):
        db.execute("INSERT INTO version VALUES ('m',?,?,?,?,?)", (version, run, f"w{version}", 3000 + version, "u@h"))
    db.execute("INSERT INTO alias VALUES ('m', 'champion', 1, 4000)")
    previous = "0" * 64
    entries = [("version.register", "m/1", {"run": "a" * 32, "weights": "w1"}), ("version.register", "m/2", {"run": "b" * 32, "weights": "w2"}), ("alias.set", "m@champion", {"new": 1, "old": None, "reason": ""})]
    for sequence, (action, subject, detail) in enumerate(entries, 1):
        body = canonical({"sequence": sequence, "time": 3000 + sequence, "actor": "u@h", "action": action, "subject": subject, "detail": canonical(detail)})
        digest = hashlib.sha256((previous + body).encode()).hexdigest()
        db.execute("INSERT INTO audit VALUES (?,?,?,?,?,?,?,?)", (sequence, 3000 + sequence, "u@h", action, subject, canonical(detail), previous, digest))
        previous = digest
    db.commit()
    with open(os.path.join(HERE, f"schema-{schema}.sql"), "w") as file:
        file.write("\n".join(db.iterdump()) + "\n")
