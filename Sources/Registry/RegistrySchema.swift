import GRDB

/// The tables of the registry, as migrations that only ever grow.
///
/// All tables are STRICT; times are nanoseconds UTC. People query the views, whose columns are a promise; tables may
/// change.
enum RegistrySchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-foundation") { try $0.execute(sql: foundation) }
        migrator.registerMigration("2-studies") { try $0.execute(sql: studies) }
        migrator.registerMigration("3-evidence") { try $0.execute(sql: evidence) }
        migrator.registerMigration("4-typed-records") { try addTypedRecords($0) }
        migrator.registerMigration("5-evaluations") { try addEvaluations($0) }
        migrator.registerMigration("6-pruned-runs") { try addPrunedRuns($0) }
        migrator.registerMigration("7-ground") { try addGround($0) }
        migrator.registerMigration("8-strategies") { try addStrategyMeanings($0) }
        migrator.registerMigration("9-authority") { try addAuthority($0) }
        migrator.registerMigration("10-rows") { try addRowLog($0) }
        migrator.registerMigration("11-people") { try addPeopleViews($0) }
        return migrator
    }

    private static let foundation = """
        CREATE TABLE experiment (
            name TEXT PRIMARY KEY,
            created_at INTEGER NOT NULL
        ) STRICT;
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
        CREATE INDEX run_by_time ON run(started_at);
        CREATE TABLE param (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE metric (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            step INTEGER NOT NULL,
            value REAL NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (run, key, step)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE artefact (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (run, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE model (
            name TEXT PRIMARY KEY,
            description TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE version (
            model TEXT NOT NULL REFERENCES model(name),
            version INTEGER NOT NULL,
            run TEXT NOT NULL REFERENCES run(id),
            weights TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            PRIMARY KEY (model, version)
        ) STRICT;
        CREATE TABLE alias (
            model TEXT NOT NULL,
            alias TEXT NOT NULL,
            version INTEGER NOT NULL,
            moved_at INTEGER NOT NULL,
            PRIMARY KEY (model, alias),
            FOREIGN KEY (model, version) REFERENCES version(model, version)
        ) STRICT;
        CREATE TABLE node (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            label TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE edge (
            source TEXT NOT NULL REFERENCES node(id),
            target TEXT NOT NULL REFERENCES node(id),
            PRIMARY KEY (source, target)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX edge_by_target ON edge(target);
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
        CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is \
        append-only'); END;
        CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is \
        append-only'); END;

        CREATE VIEW runs AS
            SELECT id, experiment, name, kind, status, strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000000, \
        'unixepoch') AS started,
                (ended_at - started_at) / 1e9 AS seconds, seed, threads, data_digest, git_commit, git_dirty, \
        tool_version, machine, cpu, user
            FROM run;
        CREATE VIEW metrics_latest AS
            SELECT run, key, value, step FROM metric m
            WHERE step = (SELECT max(step) FROM metric l WHERE l.run = m.run AND l.key = m.key);
        CREATE VIEW models AS
            SELECT model.name, count(version.version) AS versions, max(version.version) AS latest, model.description \
        FROM model
            LEFT JOIN version ON version.model = model.name GROUP BY model.name;
        CREATE VIEW versions AS
            SELECT version.model, version.version, version.run, version.weights,
                strftime('%Y-%m-%dT%H:%M:%SZ', version.created_at / 1000000000, 'unixepoch') AS created, \
        version.created_by,
                (SELECT group_concat(alias, ',') FROM alias WHERE alias.model = version.model AND alias.version = \
        version.version) AS aliases
            FROM version;
        CREATE VIEW lineage AS
            SELECT s.id AS source, s.kind AS source_kind, s.label AS source_label, t.id AS target, t.kind AS \
        target_kind,
                t.label AS target_label FROM edge JOIN node s ON s.id = edge.source JOIN node t ON t.id = edge.target;
        CREATE VIEW gate_decisions AS
            SELECT model, version, policy, passed, strftime('%Y-%m-%dT%H:%M:%SZ', decided_at / 1000000000, \
        'unixepoch') AS decided,
                decided_by, digest FROM gate_decision;
        CREATE VIEW deployments AS
            SELECT environment, model, version, outcome, strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000000, \
        'unixepoch') AS at, signer,
                reason, bundle FROM deployment;
        CREATE VIEW audit_log AS
            SELECT sequence, strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000000000, 'unixepoch') AS at, actor, action, \
        subject, detail, hash
            FROM audit;
        """

    private static let studies = """
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
        CREATE INDEX trial_by_revision ON trial(study, revision);
        CREATE INDEX trial_by_state ON trial(study, state);
        CREATE TABLE trial_report (
            study TEXT NOT NULL,
            number INTEGER NOT NULL,
            step INTEGER NOT NULL,
            value REAL,
            PRIMARY KEY (study, number, step),
            FOREIGN KEY (study, number) REFERENCES trial(study, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE VIEW trials AS
            SELECT study, number, state, json_extract(objectives, '$[0]') AS value, objectives, parameters, reason, \
        retry_of, run, worker,
                strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000000, 'unixepoch') AS started, (ended_at - \
        started_at) / 1e9 AS seconds
            FROM trial;
        """
}
