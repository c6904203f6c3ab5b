import GRDB

extension RegistrySchema {
    /// Views for people who ask who decided what: every rule of every verdict, what was signed with its reason and its
    /// end, what was in force when, and who halted, resumed or rolled back.
    ///
    /// What a statement says stands in its envelope, which SQL cannot read; its entry of the log says the same, and the
    /// index finds it whatever the model is called by now.
    static func addPeopleViews(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE deployment ADD COLUMN person TEXT;
                CREATE INDEX audit_by_statement ON audit_entry(
                    CASE WHEN json_valid(detail) THEN json_extract(detail, '$.statement') END)
                    WHERE action >= 'statement.' AND action < 'statement/';
                """)
        for view in peopleViews {
            try db.execute(sql: "DROP VIEW IF EXISTS \(view.name); CREATE VIEW \(view.name) AS \(view.definition);")
        }
    }

    /// Every documented view as it is now.
    static var currentViews: [(name: String, definition: String, about: String, example: String)] {
        let replaced = Set(peopleViews.map(\.name))
        return views.filter { !replaced.contains($0.name) } + [evaluationsView] + peopleViews
    }

    private static func day(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%SZ', \(column) / 1000000000, 'unixepoch')"
    }

    /// A value of a statement's entry in the log.
    private static func said(_ key: String) -> String {
        "CASE WHEN json_valid(a.detail) THEN json_extract(a.detail, '$.\(key)') END"
    }

    private static let statementEntry = """
        LEFT JOIN audit_entry a ON a.action >= 'statement.' AND a.action < 'statement/'
            AND CASE WHEN json_valid(a.detail) THEN json_extract(a.detail, '$.statement') END = s.digest
        """

    /// Those of before keep their columns and get more.
    static let peopleViews: [(name: String, definition: String, about: String, example: String)] = [
        (
            "gate_decisions",
            "SELECT model, version, policy, passed, \(day("decided_at")) AS decided, decided_by, incumbent, weights, "
                + "digest, policy_digest, json_extract(CASE WHEN json_valid(envelope) THEN envelope END, "
                + "'$.signatures[0].keyid') AS key_id FROM gate_decision",
            "every verdict, also refusals",
            "SELECT model, version, passed, decided FROM gate_decisions WHERE passed = 0"
        ),
        (
            "gate_rules",
            """
            SELECT d.model, d.version, d.policy, json_extract(i.value, '$.name') AS rule,
                json_extract(i.value, '$.status') AS verdict, json_extract(i.value, '$.reason') AS reason,
                json_extract(i.value, '$.values.measured') AS measured,
                json_extract(i.value, '$.values.options') AS needed, \(day("d.decided_at")) AS decided, d.decided_by,
                d.digest AS decision, d.policy_digest
            FROM gate_decision d,
                json_each(CASE WHEN json_valid(d.report) THEN d.report ELSE '{}' END, '$.items') i
            """,
            "every rule of every verdict: what it said, of which number, and what was needed",
            "SELECT rule, count(*) FROM gate_rules WHERE verdict = 'failed' GROUP BY rule ORDER BY 2 DESC"
        ),
        (
            "approvals",
            """
            SELECT s.model, s.version, s.kind, s.signer, s.key_id, \(day("s.created_at")) AS signed, s.digest,
                \(said("policy")) AS policy, \(said("rule")) AS rule, \(said("reason")) AS reason,
                \(said("expiresAt")) AS expires, \(said("weights")) AS weights,
                \(said("policyDigest")) AS policy_digest
            FROM statement s
            \(statementEntry)
            """,
            "signed statements by people: approvals, rejections, waivers, each with its policy and reason",
            "SELECT model, version, kind, signer, policy, reason FROM approvals ORDER BY signed DESC"
        ),
        (
            "waivers",
            """
            SELECT s.model, s.version, \(said("policy")) AS policy, \(said("rule")) AS rule, s.signer, s.key_id,
                \(said("reason")) AS reason, \(day("s.created_at")) AS signed, \(said("expiresAt")) AS expires,
                \(said("expiresAt")) <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now') AS expired, s.digest
            FROM statement s
            \(statementEntry)
            WHERE s.kind = 'waiver'
            """,
            "rules that need not hold for a version, by whom, why and until when",
            "SELECT model, version, rule, signer, expires FROM waivers WHERE expired = 0 ORDER BY expires"
        ),
        (
            "deployments",
            "SELECT environment, model, version, outcome, \(day("time")) AS at, signer, reason, bundle, share, person, "
                + "counter, envelope IS NOT NULL AS signed_by_host FROM deployment",
            "what runtimes said about bundles, and who halted, resumed or rolled back at a host",
            "SELECT environment, outcome, person, reason, at FROM deployments WHERE outcome IN ('halted', 'resumed')"
        ),
        (
            "deployments_history",
            """
            SELECT environment, model, version, outcome, \(day("time")) AS since,
                lead(\(day("time"))) OVER (PARTITION BY environment ORDER BY time, id) AS until, share, person, signer,
                reason, bundle, counter
            FROM deployment WHERE outcome IN ('installed', 'rolled-back') AND envelope IS NOT NULL
            """,
            "what was in force in each environment from when to when, as its hosts signed it",
            "SELECT environment, model, version, since, until FROM deployments_history WHERE until IS NULL"
        ),
    ]
}
