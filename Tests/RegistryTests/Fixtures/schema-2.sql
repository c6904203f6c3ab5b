BEGIN TRANSACTION;
CREATE TABLE alias (
            model TEXT NOT NULL,
            alias TEXT NOT NULL,
            version INTEGER NOT NULL,
            moved_at INTEGER NOT NULL,
            PRIMARY KEY (model, alias),
            FOREIGN KEY (model, version) REFERENCES version(model, version)
        ) STRICT;
INSERT INTO "alias" VALUES('m','champion',1,4000);
CREATE TABLE artefact (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (run, name)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT;
INSERT INTO "audit" VALUES(1,3001,'u@h','version.register','m/1','{"run": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weights": "w1"}','0000000000000000000000000000000000000000000000000000000000000000','363b0844a377cfea9747e79aba4ab3eb69064ce959fc19e28da7e181f8ea45f7');
INSERT INTO "audit" VALUES(2,3002,'u@h','version.register','m/2','{"run": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "weights": "w2"}','363b0844a377cfea9747e79aba4ab3eb69064ce959fc19e28da7e181f8ea45f7','c7f7e7f2b98d0776c274432e24e380b9e68582faff4381480ad3ee7a855440bf');
INSERT INTO "audit" VALUES(3,3003,'u@h','alias.set','m@champion','{"new": 1, "old": null, "reason": ""}','c7f7e7f2b98d0776c274432e24e380b9e68582faff4381480ad3ee7a855440bf','362db98b7872873add1d34ca73befa57a4904d13c8c954ae7c2c88da58a587dd');
CREATE TABLE deployment (
            id INTEGER PRIMARY KEY,
            environment TEXT NOT NULL,
            bundle TEXT NOT NULL,
            model TEXT,
            version INTEGER,
            outcome TEXT NOT NULL,
            reason TEXT,
            signer TEXT,
            replaced TEXT,
            time INTEGER NOT NULL,
            UNIQUE (environment, bundle, time)
        ) STRICT;
CREATE TABLE edge (
            source TEXT NOT NULL REFERENCES node(id),
            target TEXT NOT NULL REFERENCES node(id),
            PRIMARY KEY (source, target)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE experiment (
            name TEXT PRIMARY KEY,
            created_at INTEGER NOT NULL
        ) STRICT;
INSERT INTO "experiment" VALUES('demo',1000);
CREATE TABLE gate_decision (
            digest TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            version INTEGER NOT NULL,
            weights TEXT NOT NULL,
            policy TEXT NOT NULL,
            policy_digest TEXT NOT NULL,
            passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
            report TEXT NOT NULL,
            decided_at INTEGER NOT NULL,
            decided_by TEXT NOT NULL,
            FOREIGN KEY (model, version) REFERENCES version(model, version)
        ) STRICT;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1-foundation');
INSERT INTO "grdb_migrations" VALUES('2-studies');
CREATE TABLE metric (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            step INTEGER NOT NULL,
            value REAL NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (run, key, step)
        ) STRICT, WITHOUT ROWID;
INSERT INTO "metric" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','test.ic',0,0.1,5);
INSERT INTO "metric" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','val.loss',1,1.0,1001);
INSERT INTO "metric" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','val.loss',2,0.5,1002);
INSERT INTO "metric" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','val.loss',3,0.25,1003);
INSERT INTO "metric" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','val.loss',1,1.0,2001);
INSERT INTO "metric" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','val.loss',2,0.5,2002);
INSERT INTO "metric" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','val.loss',3,0.25,2003);
CREATE TABLE model (
            name TEXT PRIMARY KEY,
            description TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL
        ) STRICT;
INSERT INTO "model" VALUES('m','',3000);
CREATE TABLE node (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            label TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
CREATE TABLE param (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID;
INSERT INTO "param" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','window','12');
INSERT INTO "param" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','window','12');
CREATE TABLE run (
            id TEXT PRIMARY KEY,
            experiment TEXT NOT NULL REFERENCES experiment(name),
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'interrupted')),
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            seed INTEGER,
            threads INTEGER,
            config TEXT NOT NULL,
            data_digest TEXT,
            git_commit TEXT,
            git_dirty TEXT NOT NULL DEFAULT '[]',
            tool_version TEXT NOT NULL,
            machine TEXT NOT NULL,
            cpu TEXT NOT NULL,
            user TEXT NOT NULL
        ) STRICT;
INSERT INTO "run" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','demo','r0','train','finished',1000,1005,1,2,'{}','d','c','[]','0.1','m','avx2','u@h');
INSERT INTO "run" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','demo','r1','train','finished',2000,2005,1,2,'{}','d','c','[]','0.1','m','avx2','u@h');
CREATE TABLE study (
            name TEXT PRIMARY KEY,
            experiment TEXT NOT NULL,
            definition TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
CREATE TABLE trial (
            study TEXT NOT NULL REFERENCES study(name) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'pruned', 'failed')),
            point TEXT NOT NULL DEFAULT '[]',
            parameters TEXT NOT NULL DEFAULT '{}',
            tag INTEGER NOT NULL DEFAULT 0,
            objectives TEXT NOT NULL DEFAULT '[]',
            reason TEXT,
            retry_of INTEGER,
            run TEXT REFERENCES run(id),
            worker TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            ended_at INTEGER,
            revision INTEGER NOT NULL,
            PRIMARY KEY (study, number)
        ) STRICT;
CREATE TABLE trial_report (
            study TEXT NOT NULL,
            number INTEGER NOT NULL,
            step INTEGER NOT NULL,
            value REAL,
            PRIMARY KEY (study, number, step),
            FOREIGN KEY (study, number) REFERENCES trial(study, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
CREATE TABLE version (
            model TEXT NOT NULL REFERENCES model(name),
            version INTEGER NOT NULL,
            run TEXT NOT NULL REFERENCES run(id),
            weights TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            PRIMARY KEY (model, version)
        ) STRICT;
INSERT INTO "version" VALUES('m',1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','w1',3001,'u@h');
INSERT INTO "version" VALUES('m',2,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','w2',3002,'u@h');
CREATE INDEX run_by_time ON run(started_at);
CREATE INDEX edge_by_target ON edge(target);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE VIEW runs AS
            SELECT id, experiment, name, kind, status, strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000000, 'unixepoch') AS started,
                (ended_at - started_at) / 1e9 AS seconds, seed, threads, data_digest, git_commit, git_dirty, tool_version, machine, cpu, user
            FROM run;
CREATE VIEW metrics_latest AS
            SELECT run, key, value, step FROM metric m
            WHERE step = (SELECT max(step) FROM metric l WHERE l.run = m.run AND l.key = m.key);
CREATE VIEW models AS
            SELECT model.name, count(version.version) AS versions, max(version.version) AS latest, model.description FROM model
            LEFT JOIN version ON version.model = model.name GROUP BY model.name;
CREATE VIEW versions AS
            SELECT version.model, version.version, version.run, version.weights,
                strftime('%Y-%m-%dT%H:%M:%SZ', version.created_at / 1000000000, 'unixepoch') AS created, version.created_by,
                (SELECT group_concat(alias, ',') FROM alias WHERE alias.model = version.model AND alias.version = version.version) AS aliases
            FROM version;
CREATE VIEW lineage AS
            SELECT s.id AS source, s.kind AS source_kind, s.label AS source_label, t.id AS target, t.kind AS target_kind,
                t.label AS target_label FROM edge JOIN node s ON s.id = edge.source JOIN node t ON t.id = edge.target;
CREATE VIEW gate_decisions AS
            SELECT model, version, policy, passed, strftime('%Y-%m-%dT%H:%M:%SZ', decided_at / 1000000000, 'unixepoch') AS decided,
                decided_by, digest FROM gate_decision;
CREATE VIEW deployments AS
            SELECT environment, model, version, outcome, strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000000, 'unixepoch') AS at, signer,
                reason, bundle FROM deployment;
CREATE VIEW audit_log AS
            SELECT sequence, strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000000, 'unixepoch') AS at, actor, action, subject, detail, hash
            FROM audit;
CREATE INDEX trial_by_revision ON trial(study, revision);
CREATE INDEX trial_by_state ON trial(study, state);
CREATE VIEW trials AS
            SELECT study, number, state, json_extract(objectives, '$[0]') AS value, objectives, parameters, reason, retry_of, run, worker,
                strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000000, 'unixepoch') AS started, (ended_at - started_at) / 1e9 AS seconds
            FROM trial;
COMMIT;
