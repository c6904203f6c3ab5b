extension RegistrySchema {
    /// Third schema: experiments with a life, tags, nested runs, metric series with their latest value at hand, signed
    /// statements, subscriptions to events.
    ///
    /// Metrics were one table keyed by (run, key, step). Ten million rows of two texts and an index are a gigabyte, and
    /// the latest value of a metric over 100,000 runs was a search in it. Now a series has one row with its latest
    /// value, and a point is four numbers.
    static let evidence =
        """
        DROP VIEW runs; DROP VIEW metrics_latest; DROP VIEW models; DROP VIEW versions; DROP VIEW lineage; DROP VIEW \
        gate_decisions; DROP VIEW deployments;
        DROP VIEW audit_log; DROP VIEW trials;

        CREATE TABLE new_experiment (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            description TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            deleted_at INTEGER
        ) STRICT;
        INSERT INTO new_experiment(id, name, created_at, updated_at) SELECT rowid, name, created_at, created_at FROM \
        experiment;
        DROP TABLE experiment;
        ALTER TABLE new_experiment RENAME TO experiment;

        CREATE TABLE new_run (
            id TEXT PRIMARY KEY,
            experiment TEXT NOT NULL REFERENCES experiment(name) ON UPDATE CASCADE,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('scheduled', 'running', 'finished', 'failed', 'interrupted')),
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
            user TEXT NOT NULL,
            parent TEXT,
            deleted_at INTEGER
        ) STRICT;
        INSERT INTO new_run SELECT *, NULL, NULL FROM run;
        DROP TABLE run;
        ALTER TABLE new_run RENAME TO run;
        CREATE INDEX run_by_time ON run(started_at DESC, id);
        CREATE INDEX run_by_experiment ON run(experiment, started_at DESC, id);
        CREATE INDEX run_by_name ON run(name);
        CREATE INDEX run_by_parent ON run(parent) WHERE parent IS NOT NULL;
        CREATE INDEX param_by_value ON param(key, value);

        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            last_step INTEGER NOT NULL,
            last_time INTEGER NOT NULL,
            last_value REAL,
            UNIQUE (run, key)
        ) STRICT;
        CREATE INDEX series_by_value ON series(key, last_value, run);
        CREATE TABLE new_metric (
            series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            value REAL,
            time INTEGER NOT NULL,
            PRIMARY KEY (series, step, sequence)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO series(run, key, last_step, last_time, last_value)
            SELECT run, key, step, time, value FROM metric m WHERE step = (SELECT max(step) FROM metric l WHERE l.run \
        = m.run AND l.key = m.key);
        INSERT INTO new_metric SELECT s.id, m.step, 0, m.value, m.time FROM metric m JOIN series s ON s.run = m.run \
        AND s.key = m.key;
        DROP TABLE metric;
        ALTER TABLE new_metric RENAME TO metric;

        CREATE TABLE run_tag (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY \
        KEY (run, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX run_tag_by_value ON run_tag(key, value);
        CREATE TABLE experiment_tag (
            experiment INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT \
        NULL, PRIMARY KEY (experiment, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE model_tag (
            model TEXT NOT NULL REFERENCES model(name) ON UPDATE CASCADE ON DELETE CASCADE, key TEXT NOT NULL, value \
        TEXT NOT NULL, PRIMARY KEY (model, key)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE model ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE model ADD COLUMN deleted_at INTEGER;
        UPDATE model SET updated_at = created_at;
        CREATE TABLE new_version (
            model TEXT NOT NULL REFERENCES model(name) ON UPDATE CASCADE,
            version INTEGER NOT NULL,
            run TEXT REFERENCES run(id),
            weights TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            updated_at INTEGER NOT NULL,
            description TEXT NOT NULL DEFAULT '',
            source TEXT NOT NULL DEFAULT '',
            stage TEXT NOT NULL DEFAULT 'None',
            deleted_at INTEGER,
            PRIMARY KEY (model, version)
        ) STRICT;
        INSERT INTO new_version(model, version, run, weights, created_at, created_by, updated_at) SELECT *, created_at \
        FROM version;
        DROP TABLE version;
        ALTER TABLE new_version RENAME TO version;
        CREATE INDEX version_by_run ON version(run, weights);
        CREATE TABLE version_tag (
            model TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, \
        version, key),
            FOREIGN KEY (model, version) REFERENCES version(model, version) ON UPDATE CASCADE ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE gate_decision ADD COLUMN incumbent TEXT;
        ALTER TABLE deployment ADD COLUMN share REAL NOT NULL DEFAULT 1;
        CREATE INDEX gate_decision_by_version ON gate_decision(model, version, decided_at);

        CREATE TABLE statement (
            digest TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('approval', 'rejection', 'waiver')),
            model TEXT NOT NULL,
            version INTEGER NOT NULL,
            signer TEXT NOT NULL,
            key_id TEXT NOT NULL,
            envelope TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            FOREIGN KEY (model, version) REFERENCES version(model, version) ON UPDATE CASCADE
        ) STRICT;
        CREATE INDEX statement_by_version ON statement(model, version);
        CREATE TABLE promotion (
            bundle TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            version INTEGER NOT NULL,
            environment TEXT NOT NULL,
            alias TEXT NOT NULL,
            share REAL NOT NULL,
            replaced INTEGER,
            path TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('begun', 'installed', 'refused', 'withdrawn')),
            begun_at INTEGER NOT NULL,
            ended_at INTEGER,
            FOREIGN KEY (model, version) REFERENCES version(model, version) ON UPDATE CASCADE
        ) STRICT;
        CREATE TABLE audit_head (
            sequence INTEGER PRIMARY KEY,
            hash TEXT NOT NULL,
            signer TEXT NOT NULL,
            key_id TEXT NOT NULL,
            envelope TEXT NOT NULL,
            signed_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE subscription (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('command', 'webhook')),
            target TEXT NOT NULL,
            secret TEXT,
            actions TEXT NOT NULL,
            delivered_through INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY,
            subscription INTEGER NOT NULL REFERENCES subscription(id) ON DELETE CASCADE,
            event INTEGER NOT NULL,
            succeeded INTEGER NOT NULL CHECK (succeeded IN (0, 1)),
            detail TEXT NOT NULL,
            time INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX delivery_by_event ON delivery(subscription, event);

        DROP TRIGGER audit_is_append_only_update; DROP TRIGGER audit_is_append_only_delete;
        ALTER TABLE audit RENAME TO audit_entry;
        CREATE INDEX audit_by_subject ON audit_entry(subject, sequence);
        CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit \
        log is append-only'); END;
        CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit \
        log is append-only'); END;
        """
        + views.map { "\nCREATE VIEW \($0.name) AS \($0.name == "lineage" ? firstLineageView : $0.definition);" }
        .joined()

    /// Before migration 4, when a node had one name.
    private static let firstLineageView = """
        SELECT s.id AS source, s.kind AS source_kind, s.label AS source_label, t.id AS target, t.kind AS target_kind,
            t.label AS target_label
        FROM edge JOIN node s ON s.id = edge.source JOIN node t ON t.id = edge.target
        """

    private static func day(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%SZ', \(column) / 1000000000, 'unixepoch')"
    }

    /// The views that people may rely on: columns are a promise, tables may change. Each with what it holds and a query
    /// to start from.
    static let views: [(name: String, definition: String, about: String, example: String)] = [
        (
            "experiments",
            """
            SELECT id, name, description, \(day("created_at")) AS created, (SELECT count(*) FROM run WHERE \
            run.experiment = experiment.name) AS runs,
                deleted_at IS NOT NULL AS deleted FROM experiment
            """,
            "groups of runs that try the same thing",
            "SELECT name, runs FROM experiments WHERE NOT deleted ORDER BY runs DESC"
        ),
        (
            "runs",
            "SELECT id, experiment, name, kind, status, \(day("started_at")) AS started, (ended_at - started_at) / 1e9 "
                + "AS seconds, seed, threads, data_digest, git_commit, git_dirty, tool_version, machine, cpu, user, "
                + "parent, deleted_at IS NOT NULL AS deleted FROM run",
            "trainings, trials and evaluations, with all that decided their result",
            "SELECT id, name, status, seconds FROM runs WHERE NOT deleted ORDER BY started DESC LIMIT 10"
        ),
        (
            "params", "SELECT run, key, value FROM param", "what a run was told, as text",
            "SELECT value, count(*) FROM params WHERE key = 'training.batchSize' GROUP BY value"
        ),
        (
            "metrics",
            "SELECT s.run, s.key, m.step, m.value, \(day("m.time")) AS at FROM metric m JOIN series s ON s.id = "
                + "m.series",
            "every value of every metric; a null value was not a number",
            "SELECT step, value FROM metrics WHERE run = (SELECT id FROM runs ORDER BY started DESC LIMIT 1) AND key = "
                + "'val.loss' ORDER BY step"
        ),
        (
            "metrics_latest", "SELECT run, key, last_value AS value, last_step AS step FROM series",
            "the value of the last step of every metric",
            "SELECT run, value FROM metrics_latest WHERE key = 'test.f1' ORDER BY value DESC LIMIT 10"
        ),
        (
            "tags",
            "SELECT 'run' AS kind, run AS subject, key, value FROM run_tag UNION ALL SELECT 'experiment', "
                + "experiment.name, t.key, t.value FROM experiment_tag t JOIN experiment ON experiment.id = "
                + "t.experiment UNION ALL SELECT 'model', model, key, value FROM model_tag UNION ALL SELECT 'version', "
                + "model || '/' || version, key, value FROM version_tag",
            "what people wrote on runs, experiments, models and versions",
            "SELECT subject, value FROM tags WHERE kind = 'version' AND key = 'tier'"
        ),
        (
            "trials",
            "SELECT study, number, state, json_extract(objectives, '$[0]') AS value, objectives, parameters, reason, "
                + "retry_of, run, worker, \(day("started_at")) AS started, (ended_at - started_at) / 1e9 AS seconds "
                + "FROM trial",
            "all that a search tried, also what failed",
            "SELECT number, value, json_extract(parameters, '$.\"training.batchSize\"') FROM trials WHERE study = "
                + "'bars-lstm' ORDER BY value LIMIT 5"
        ),
        (
            "models",
            "SELECT model.name, count(version.version) AS versions, max(version.version) AS latest, model.description, "
                + "model.deleted_at IS NOT NULL AS deleted FROM model LEFT JOIN version ON version.model = model.name "
                + "AND version.deleted_at IS NULL GROUP BY model.name",
            "names under which versions are kept", "SELECT name, versions, latest FROM models"
        ),
        (
            "versions",
            "SELECT model, version, run, weights, \(day("created_at")) AS created, created_by, (SELECT "
                + "group_concat(alias, ',') FROM alias WHERE alias.model = v.model AND alias.version = v.version) AS "
                + "aliases, description, source, stage, deleted_at IS NOT NULL AS deleted FROM version v",
            "weights by digest, and the run that made them",
            "SELECT model, version, aliases FROM versions WHERE aliases LIKE '%champion%'"
        ),
        (
            "lineage",
            lineageView,
            "what was made from what", "SELECT source_label, target_label FROM lineage WHERE target_kind = 'version'"
        ),
        (
            "gate_decisions",
            "SELECT model, version, policy, passed, \(day("decided_at")) AS decided, decided_by, incumbent, weights, "
                + "digest FROM gate_decision",
            "every verdict, also refusals",
            "SELECT model, version, passed, decided FROM gate_decisions WHERE passed = 0"
        ),
        (
            "approvals",
            "SELECT model, version, kind, signer, key_id, \(day("created_at")) AS signed, digest FROM statement",
            "signed statements by people: approvals, rejections, waivers",
            "SELECT model, version, kind, signer FROM approvals ORDER BY signed DESC"
        ),
        (
            "deployments",
            "SELECT environment, model, version, outcome, \(day("time")) AS at, signer, reason, bundle, share FROM "
                + "deployment",
            "what runtimes said about bundles",
            "SELECT environment, model, version, outcome, at FROM deployments ORDER BY at DESC"
        ),
        (
            "audit", "SELECT sequence, \(day("time")) AS at, actor, action, subject, detail, hash FROM audit_entry",
            "who changed what, when and why; each entry holds the hash of the one before",
            "SELECT at, actor, action, subject FROM audit ORDER BY sequence DESC LIMIT 20"
        ),
    ]
}
