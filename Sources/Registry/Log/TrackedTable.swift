import GRDB

/// A table whose rows the audit log vouches for: every change of a row goes with an entry that holds the row's digest.
///
/// What is left out has another seal (metrics and parameters: the seal of their run), is no fact (heartbeats, counters
/// of revisions), or is the log itself.
struct TrackedTable: Sendable {
    let name: String
    /// Which row it is.
    let key: [String]
    /// What the digest covers beside the key. A column that is null does not enter, so that one that is added later
    /// changes no digest.
    let columns: [String]
    /// Rows for which it does not hold are not on record yet; `{t}` stands for the row.
    var condition: String?
    /// Rows of another table that belong to this one, as one text; `{t}` stands for the row.
    var parts: String?
    /// The table of ``parts``, its columns that name the row, and those that name the part.
    var partsTable: (name: String, owner: [String], key: [String])?
    /// What a change is called in the log where the transaction has no entry of its own, before `.record`.
    let group: String

    static let all = runs + models + governance + lineage + searches

    private static let runs = [
        TrackedTable(
            name: "experiment", key: ["name"], columns: ["id", "description", "created_at", "deleted_at"],
            group: "experiment"),
        TrackedTable(
            name: "run", key: ["id"],
            columns: [
                "experiment", "name", "kind", "status", "started_at", "ended_at", "seed", "threads", "config",
                "data_digest", "git_commit", "git_dirty", "tool_version", "machine", "cpu", "user", "parent",
                "deleted_at",
            ], group: "run"),
        TrackedTable(name: "run_tag", key: ["run", "key"], columns: ["value"], group: "tag"),
        TrackedTable(name: "experiment_tag", key: ["experiment", "key"], columns: ["value"], group: "tag"),
        TrackedTable(name: "artefact", key: ["run", "name"], columns: ["digest", "size"], group: "artefact"),
        TrackedTable(name: "run_start", key: ["run"], columns: ["span", "start"], group: "run"),
        TrackedTable(
            name: "evaluation", key: ["id"],
            columns: [
                "run", "sequence", "role", "features", "source", "label", "strategy", "sample_set", "samples",
                "instruments", "first_sample", "last_sample", "seen", "predictions", "metrics", "baseline",
                "evaluated_at",
            ], group: "evaluation"),
    ]

    private static let models = [
        TrackedTable(
            name: "model", key: ["name"], columns: ["description", "created_at", "deleted_at"], group: "model"),
        TrackedTable(name: "model_tag", key: ["model", "key"], columns: ["value"], group: "tag"),
        TrackedTable(
            name: "version", key: ["model", "version"],
            columns: [
                "run", "weights", "created_at", "created_by", "description", "source", "stage", "deleted_at",
            ], group: "version"),
        TrackedTable(name: "version_tag", key: ["model", "version", "key"], columns: ["value"], group: "tag"),
        TrackedTable(name: "alias", key: ["model", "alias"], columns: ["version", "moved_at"], group: "alias"),
    ]

    private static let governance = [
        TrackedTable(
            name: "gate_decision", key: ["digest"],
            columns: [
                "model", "version", "weights", "policy", "policy_digest", "passed", "report", "decided_at",
                "decided_by", "incumbent", "envelope",
            ], group: "gate"),
        TrackedTable(
            name: "statement", key: ["digest"],
            columns: ["kind", "model", "version", "signer", "key_id", "envelope", "created_at"], group: "statement"),
        TrackedTable(
            name: "promotion", key: ["bundle"],
            columns: [
                "model", "version", "environment", "alias", "share", "replaced", "path", "state", "begun_at",
                "ended_at", "counter", "manifest",
            ], group: "promotion"),
        TrackedTable(
            name: "deployment", key: ["environment", "bundle", "time"],
            columns: [
                "model", "version", "outcome", "reason", "signer", "replaced", "share", "counter", "manifest",
                "envelope", "person",
            ], group: "deployment"),
        TrackedTable(
            name: "subscription", key: ["name"], columns: ["kind", "target", "secret", "actions", "created_at"],
            group: "hook"),
    ]

    private static let lineage = [
        TrackedTable(
            name: "node", key: ["id"], columns: ["kind", "label", "created_at", "attributes"], group: "lineage"),
        TrackedTable(
            name: "edge", key: ["source", "target"], columns: ["source_name", "target_name", "recorded_at"],
            group: "lineage"),
    ]

    private static let searches = [
        TrackedTable(
            name: "study", key: ["name"], columns: ["experiment", "definition", "created_at"], group: "study"),
        TrackedTable(
            name: "trial", key: ["study", "number"],
            columns: [
                "state", "point", "parameters", "tag", "objectives", "reason", "retry_of", "run", "started_at",
                "ended_at",
            ],
            // One that is under way changes at every step; it is on record by its run.
            condition: "{t}.state != 'running'",
            parts: """
                (SELECT group_concat(row_digest('step', step, 'value', value), ' ') FROM (
                SELECT step, value FROM trial_report part
                WHERE part.study = {t}.study AND part.number = {t}.number ORDER BY step))
                """,
            partsTable: ("trial_report", ["study", "number"], ["study", "number", "step"]), group: "trial"),
        TrackedTable(
            name: "ground", key: ["data", "instrument"],
            columns: ["first_sample", "last_sample", "source", "is_whole"],
            parts: """
                (SELECT group_concat(mark, ' ') FROM (SELECT mark FROM ground_mark part
                WHERE part.data = {t}.data ORDER BY mark))
                """, partsTable: ("ground_mark", ["data"], ["mark", "data"]), group: "ground"),
        TrackedTable(
            name: "carried_trial", key: ["base_run", "run"], columns: ["base_data", "data", "strategies", "metrics"],
            group: "ground"),
        TrackedTable(name: "strategy_meaning", key: ["meaning"], columns: ["digest"], group: "ground"),
    ]

    // MARK: SQL

    /// The digest of a row, or null for one that is not on record yet.
    ///
    /// - Parameter row: the name under which it stands: of a table, `OLD` or `NEW`.
    func digest(_ row: String) -> String {
        var values = (key + columns).map { "'\($0)', \(row).\"\($0)\"" }
        if let parts { values.append("'parts', \(parts.replacing("{t}", with: row))") }
        let digest = "row_digest(\(values.joined(separator: ", ")))"
        guard let condition else { return digest }
        return "CASE WHEN \(condition.replacing("{t}", with: row)) THEN \(digest) END"
    }

    private func keys(_ row: String) -> String { key.map { "\(row).\"\($0)\"" }.joined(separator: ", ") }

    /// Every row with its digest: the columns of the key, then the digest.
    var rowsSQL: String { "SELECT \(keys("t")), \(digest("t")) FROM \"\(name)\" t" }

    /// The digest of one row; the arguments are those of the key.
    var rowSQL: String {
        "SELECT \(digest("t")) FROM \"\(name)\" t WHERE "
            + key.map { "t.\"\($0)\" = ?" }.joined(separator: " AND ")
    }

    /// What tells ``RowChanges`` of every change that a connection makes, also of those that SQLite makes itself where
    /// rows that others refer to are renamed or deleted.
    var triggers: [String] {
        func note(_ row: String, was: String) -> String { "SELECT note_row('\(name)', \(was), \(keys(row)));" }
        let hook = { (event: String) in "CREATE TEMP TRIGGER row_\(name)_\(event)" }
        let inserted = condition.map { " WHEN \($0.replacing("{t}", with: "NEW"))" } ?? "",
            changed =
                condition.map {
                    " WHEN \($0.replacing("{t}", with: "NEW")) OR \($0.replacing("{t}", with: "OLD"))"
                } ?? "",
            deleted = condition.map { " WHEN \($0.replacing("{t}", with: "OLD"))" } ?? ""
        let names = (key + columns).map { "\"\($0)\"" }.joined(separator: ", ")
        return [
            "\(hook("insert")) AFTER INSERT ON main.\"\(name)\"\(inserted) BEGIN \(note("NEW", was: "NULL")) END",
            "\(hook("update")) AFTER UPDATE OF \(names) ON main.\"\(name)\"\(changed) BEGIN "
                + "\(note("OLD", was: digest("OLD"))) \(note("NEW", was: "NULL")) END",
            "\(hook("delete")) AFTER DELETE ON main.\"\(name)\"\(deleted) BEGIN \(note("OLD", was: digest("OLD"))) END",
        ] + partsTriggers
    }

    /// A row changes with its parts, so its digest is taken before they do.
    private var partsTriggers: [String] {
        guard let partsTable else { return [] }
        return [("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")].map { event, row in
            let owner = partsTable.owner.map { "t.\"\($0)\" = \(row).\"\($0)\"" }.joined(separator: " AND "),
                wanted = condition.map { " AND \($0.replacing("{t}", with: "t"))" } ?? ""
            return "CREATE TEMP TRIGGER row_\(partsTable.name)_\(event) BEFORE \(event) ON main.\"\(partsTable.name)\" "
                + "BEGIN SELECT note_row('\(name)', \(digest("t")), \(keys("t"))) FROM main.\"\(name)\" t "
                + "WHERE \(owner)\(wanted) AND is_unnoted('\(name)', \(keys("t"))); END"
        }
    }
}
