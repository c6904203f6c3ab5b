import GRDB

extension RegistrySchema {
    /// Fifth schema: an evaluation is a record of its own, and a run keeps what it began from.
    ///
    /// Until here the test measures of a run were whatever was evaluated last, on any samples. What stands in `test.*`
    /// of earlier runs becomes their test, of unknown samples: nobody can tell any more what it was measured on. An
    /// evaluation that gives the same numbers on the run's own test span fills the identity in.
    static func addEvaluations(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE evaluation (
                    id TEXT PRIMARY KEY,
                    run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
                    sequence INTEGER NOT NULL,
                    role TEXT NOT NULL CHECK (role IN ('validation', 'test', 'other')),
                    features TEXT,
                    source TEXT,
                    label TEXT,
                    strategy TEXT,
                    sample_set TEXT,
                    samples INTEGER,
                    instruments TEXT NOT NULL DEFAULT '[]',
                    first_sample INTEGER,
                    last_sample INTEGER,
                    seen INTEGER,
                    predictions TEXT,
                    metrics TEXT NOT NULL DEFAULT '{}',
                    baseline TEXT NOT NULL DEFAULT '{}',
                    evaluated_at INTEGER NOT NULL,
                    UNIQUE (run, sequence)
                ) STRICT;
                CREATE UNIQUE INDEX evaluation_by_role ON evaluation(run, role) WHERE role != 'other';
                CREATE INDEX evaluation_by_samples ON evaluation(role, sample_set, strategy);
                CREATE TABLE run_start (
                    run TEXT PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
                    span TEXT,
                    start TEXT NOT NULL DEFAULT '{}'
                ) STRICT;
                INSERT INTO evaluation(id, run, sequence, role, predictions, metrics, baseline, evaluated_at)
                    SELECT 'before-5-' || r.id, r.id, 1, 'test',
                        (SELECT digest FROM artefact a WHERE a.run = r.id AND a.name = 'predictions'),
                        (SELECT json_group_object(substr(s.key, 6), s.last_value) FROM series s
                            WHERE s.run = r.id AND s.key LIKE 'test.%' AND s.last_value IS NOT NULL),
                        (SELECT json_group_object(substr(s.key, 10), s.last_value) FROM series s
                            WHERE s.run = r.id AND s.key LIKE 'baseline.%' AND s.last_value IS NOT NULL),
                        coalesce(r.ended_at, r.started_at)
                    FROM run r WHERE r.id IN (SELECT run FROM series WHERE key >= 'test.' AND key < 'test/');
                CREATE VIEW evaluations AS \(evaluationsView.definition);
                """)
    }

    static let evaluationsView = (
        name: "evaluations",
        definition: """
        SELECT id, run, sequence, role, sample_set, samples, instruments,
            strftime('%Y-%m-%dT%H:%M:%SZ', first_sample / 1000000000, 'unixepoch') AS first_sample,
            strftime('%Y-%m-%dT%H:%M:%SZ', last_sample / 1000000000, 'unixepoch') AS last_sample, seen, label,
            strategy, features, source, predictions, metrics, baseline,
            strftime('%Y-%m-%dT%H:%M:%SZ', evaluated_at / 1000000000, 'unixepoch') AS evaluated
        FROM evaluation
        """,
        about: "every measuring of a model: on which samples, by which strategy, and what came out",
        example: "SELECT sample_set, strategy, count(*) FROM evaluations WHERE role = 'test' GROUP BY 1, 2"
    )
}
