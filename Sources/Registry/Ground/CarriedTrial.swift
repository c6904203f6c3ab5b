import Basics
import GRDB

/// A trial that was counted beside a run where it was made: an archive carries all of them, so that a count does not
/// begin anew in another registry.
struct CarriedTrial: Sendable, Equatable {
    let run: String
    /// Digest of the features.
    let data: String?
    /// By which it was judged.
    var strategies: [String] = []
    /// Its daily Sharpe ratios.
    var metrics: [String: Double] = [:]
    /// Whether it is known from an archive alone.
    var isCarried = false

    /// What a gate reads of trials.
    static let carriedMetrics = ["test.sharpe_daily", "val.sharpe_daily"]

    init(run: String, data: String?) { (self.run, self.data) = (run, data) }

    /// Nil for what ``json`` did not write.
    init?(_ node: JSONValue) {
        guard let run = node[key: "run"]?.stringValue, !run.isEmpty else { return nil }
        self.init(run: run, data: node[key: "data"]?.stringValue)
        strategies = node[key: "strategies"]?.listValue?.compactMap(\.stringValue) ?? []
        metrics = CarriedTrial.numbers(node[key: "metrics"])
    }

    var json: JSONValue {
        .map([
            "run": .string(run), "data": .string(data), "strategies": .strings(strategies),
            "metrics": CarriedTrial.json(metrics),
        ])
    }

    static func json(_ values: [String: Double]) -> JSONValue {
        .map(values.filter(\.value.isFinite).sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })
    }

    static func numbers(_ node: JSONValue?) -> [String: Double] {
        Dictionary(
            (node?.mapValue ?? []).compactMap { entry in entry.value.doubleValue.map { (entry.key, $0) } },
            uniquingKeysWith: { $1 })
    }

    /// One trial that came with two versions.
    func joined(_ other: CarriedTrial) -> CarriedTrial {
        var joined = self
        joined.strategies = Set(strategies).union(other.strategies).sorted()
        joined.metrics.merge(other.metrics) { $1 }
        return joined
    }
}

extension RegistryDatabase {
    /// Those that came with a version of this run, or with one that learned on the same ground.
    static func carriedTrials(beside run: RunRecord, _ db: Database) throws -> [CarriedTrial] {
        guard try db.tableExists("carried_trial") else { return [] }
        let bound: [String: (any DatabaseValueConvertible)?] = [
            "data": run.dataDigest, "same": try same(run, db), "run": run.id,
        ]
        let rows = try StoredRow.fetchAll(
            db,
            sql: """
                \(family)
                SELECT run, data, strategies, metrics FROM carried_trial WHERE base_run = :run
                UNION ALL SELECT run, data, strategies, metrics FROM carried_trial
                WHERE base_run != :run AND base_data IN (SELECT id FROM family WHERE id IS NOT NULL)
                """, arguments: StatementArguments(bound))
        return try rows.map { row in
            var trial = CarriedTrial(run: try row[0], data: try row[1])
            let place = "trial \(trial.run.prefix(8)) that was carried here"
            // Of a damaged one nobody knows by how many strategies it was judged: a smaller count would flatter.
            trial.strategies =
                try JSONParser.parse(try row[2] as String, file: place).listValue?.compactMap(\.stringValue) ?? []
            trial.metrics = CarriedTrial.numbers(try JSONParser.parse(try row[3] as String, file: place))
            trial.isCarried = true
            return trial
        }
    }

    /// What an archive says of the trials beside a version's run, and of the ground that they were made on.
    static func trialsToCarry(beside run: RunRecord, _ db: Database) throws -> JSONValue {
        var trials = try trials(beside: run, db)
        for metric in CarriedTrial.carriedMetrics {
            for row in try StoredRow.fetchAll(
                db, sql: "SELECT run, last_value FROM series WHERE key = ? AND last_value IS NOT NULL",
                arguments: [metric])
            {
                let id: String = try row[0]
                trials[id]?.metrics[metric] = try row[1]
            }
        }
        for trial in try carriedTrials(beside: run, db) where trials[trial.run]?.isCarried == false {
            trials[trial.run]?.metrics.merge(trial.metrics) { own, _ in own }
        }
        let ground: DataGround? = try run.dataDigest.flatMap { try RegistryDatabase.ground(of: $0, db) }
        let list: [JSONValue] = trials.values.sorted { $0.run < $1.run }.map(\.json)
        return .map([("trials", .list(list)), ("ground", ground?.json ?? .null)])
    }

    /// Takes in what ``trialsToCarry(beside:_:)`` wrote; nothing where an older program made the archive.
    static func insertCarried(_ records: JSONValue, run: String, _ db: Database) throws {
        let node = records[key: "carried"],
            data = try String.fetchOne(db, sql: "SELECT data_digest FROM run WHERE id = ?", arguments: [run])
        if let data, let ground = DataGround(node?[key: "ground"]) { try insert(ground, of: data, db) }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO carried_trial(base_run, run, base_data, data, strategies, metrics) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET strategies = excluded.strategies, metrics = excluded.metrics
                """)
        for trial in (node?[key: "trials"]?.listValue ?? []).compactMap(CarriedTrial.init) {
            try statement.execute(arguments: [
                run, trial.run, data, trial.data, JSONValue.strings(trial.strategies).text(.compact),
                CarriedTrial.json(trial.metrics).text(.compact),
            ])
        }
    }
}

extension DataGround {
    /// Nil for anything that ``json`` did not write.
    init?(_ node: JSONValue?) {
        guard let source = node?[key: "source"]?.stringValue, let list = node?[key: "stretches"]?.listValue else {
            return nil
        }
        self.init(
            source: source,
            stretches: list.compactMap { part in
                guard let name = part[key: "instrument"]?.stringValue, let first = part[key: "first"]?.intValue,
                    let last = part[key: "last"]?.intValue, first <= last
                else { return nil }
                return Stretch(instrument: name, first: Nanoseconds(first), last: Nanoseconds(last))
            },
            marks: (node?[key: "marks"]?.listValue ?? []).prefix(DataGround.mostMarks).compactMap {
                $0.intValue.map { Int64($0) }
            })
    }

    var json: JSONValue {
        .map([
            "source": .string(source),
            "stretches": .list(
                stretches.map {
                    .map([
                        "instrument": .string($0.instrument), "first": .int(Int($0.first)), "last": .int(Int($0.last)),
                    ])
                }),
            "marks": .list(marks.map { .int(Int($0)) }),
        ])
    }
}
