import GRDB

extension RegistrySchema {
    /// Seventh schema: what a feature table covers, whatever file holds it, and trials that came with a version.
    ///
    /// A file has another digest once it is decompressed, copied, cut or saved again, and the market in it is the same.
    /// So a table is known by its instruments with their times, by the digest of the bars that it names, and by a few
    /// of its samples. Of tables of before, what their evaluations say is taken over.
    static func addGround(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE ground (
                    data TEXT NOT NULL,
                    instrument TEXT NOT NULL,
                    first_sample INTEGER NOT NULL,
                    last_sample INTEGER NOT NULL,
                    source TEXT NOT NULL DEFAULT '',
                    is_whole INTEGER NOT NULL CHECK (is_whole IN (0, 1)),
                    PRIMARY KEY (data, instrument)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX ground_by_instrument ON ground(instrument, first_sample);
                CREATE INDEX ground_by_source ON ground(source) WHERE source != '';
                CREATE TABLE ground_mark (
                    mark INTEGER NOT NULL,
                    data TEXT NOT NULL,
                    PRIMARY KEY (mark, data)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX ground_mark_by_data ON ground_mark(data);
                CREATE TABLE carried_trial (
                    base_run TEXT NOT NULL,
                    run TEXT NOT NULL,
                    base_data TEXT,
                    data TEXT,
                    strategies TEXT NOT NULL DEFAULT '[]',
                    metrics TEXT NOT NULL DEFAULT '{}',
                    PRIMARY KEY (base_run, run)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX carried_trial_by_data ON carried_trial(base_data);
                CREATE INDEX run_by_data ON run(data_digest) WHERE data_digest IS NOT NULL;
                INSERT INTO ground(data, instrument, first_sample, last_sample, source, is_whole)
                    SELECT e.features, name.value, min(e.first_sample), max(e.last_sample),
                        coalesce(max(e.source), ''), 0
                    FROM evaluation e, json_each(CASE WHEN json_valid(e.instruments) THEN e.instruments ELSE '[]' END)
                        name
                    WHERE e.features IS NOT NULL AND e.first_sample IS NOT NULL AND e.last_sample IS NOT NULL
                        AND name.type = 'text'
                    GROUP BY e.features, name.value;
                """)
    }

    /// Eighth schema: which digest stands for all spellings of a strategy.
    static func addStrategyMeanings(_ db: Database) throws {
        try db.execute(
            sql: "CREATE TABLE strategy_meaning (meaning TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT, WITHOUT ROWID")
    }
}
