package import Basics
import GRDB

/// One training or evaluation, with everything that decided its result.
package struct RunRecord: Sendable, Equatable {
    package enum Status: String, Sendable {
        case scheduled, running, finished, failed, interrupted
        /// A trial that was given up, because its reports promised too little.
        case pruned
    }

    package var id: String
    package var experiment: String
    package var name: String
    package var kind: RunKind
    package var status: Status
    package var startedAt: Nanoseconds
    package var endedAt: Nanoseconds?
    package var seed: Int?
    package var threads: Int?
    /// The whole configuration as JSON text.
    package var config: String
    package var dataDigest: String?
    package var gitCommit: String?
    package var gitDirty: [String]
    package var toolVersion: String
    package var machine: String
    package var cpu: String
    package var user: String
    /// The run that this one is a part of.
    package var parent: String?

    package init(
        id: String, experiment: String, name: String, kind: RunKind, status: Status = .running, startedAt: Nanoseconds,
        endedAt: Nanoseconds? = nil, seed: Int?,
        threads: Int?, config: String, dataDigest: String?, gitCommit: String?, gitDirty: [String], toolVersion: String,
        machine: String,
        cpu: String, user: String, parent: String? = nil
    ) {
        self.id = id
        self.experiment = experiment
        self.name = name
        self.kind = kind
        self.status = status
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.seed = seed
        self.threads = threads
        self.config = config
        self.dataDigest = dataDigest
        self.gitCommit = gitCommit
        self.gitDirty = gitDirty
        self.toolVersion = toolVersion
        self.machine = machine
        self.cpu = cpu
        self.user = user
        self.parent = parent
    }

    /// 32 random hexadecimal digits.
    package static func newID() -> String {
        var random = SystemRandomNumberGenerator()
        return Digest.hex((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    /// The columns of the table, which what is written and what is read share.
    enum Column: Int32, CaseIterable {
        case id, experiment, name, kind, status, startedAt, endedAt, seed, threads, config, dataDigest, gitCommit
        case gitDirty, toolVersion, machine, cpu, user, parent

        /// As the table has it: `started_at`.
        var name: String { "\(self)".map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined() }
    }

    /// The columns of a run `r`, in their order.
    static let columns = Column.allCases.map { "r.\($0.name)" }.joined(separator: ", ")

    static let insertion = """
        INSERT INTO run(\(Column.allCases.map(\.name).joined(separator: ", ")))
        VALUES (\(SQLBuilder.marks(Column.allCases.count)))
        """

    var arguments: StatementArguments { StatementArguments(Column.allCases.map(value)) }

    private func value(_ column: Column) -> (any DatabaseValueConvertible)? {
        switch column {
        case .id: id
        case .experiment: experiment
        case .name: name
        case .kind: kind.rawValue
        case .status: status.rawValue
        case .startedAt: startedAt
        case .endedAt: endedAt
        case .seed: seed
        case .threads: threads
        case .config: config
        case .dataDigest: dataDigest
        case .gitCommit: gitCommit
        case .gitDirty: JSONValue.strings(gitDirty).text(.compact)
        case .toolVersion: toolVersion
        case .machine: machine
        case .cpu: cpu
        case .user: user
        case .parent: parent
        }
    }

    init(_ row: StatementRows) {
        func text(_ column: Column) -> String { row.text(column.rawValue) }
        func optionalText(_ column: Column) -> String? { row.optionalText(column.rawValue) }
        func optionalInt(_ column: Column) -> Int64? { row.optionalInt(column.rawValue) }
        let dirty = text(.gitDirty)
        self.init(
            id: text(.id), experiment: text(.experiment), name: text(.name), kind: RunKind(rawValue: text(.kind)),
            status: Status(rawValue: text(.status)) ?? .failed, startedAt: row.int(Column.startedAt.rawValue),
            endedAt: optionalInt(.endedAt), seed: optionalInt(.seed).map(Int.init),
            threads: optionalInt(.threads).map(Int.init), config: text(.config),
            dataDigest: optionalText(.dataDigest), gitCommit: optionalText(.gitCommit),
            gitDirty: dirty == "[]" ? [] : (try? JSONParser.parse(dirty))?.listValue?.compactMap(\.stringValue) ?? [],
            toolVersion: text(.toolVersion), machine: text(.machine), cpu: text(.cpu), user: text(.user),
            parent: optionalText(.parent))
    }

    /// The runs that `FROM run r …` gives.
    static func fetch(_ db: Database, from rest: String, arguments: StatementArguments = StatementArguments()) throws
        -> [RunRecord]
    {
        let rows = try StatementRows(try db.cachedStatement(sql: "SELECT \(columns) FROM run r \(rest)"), arguments, db)
        defer { rows.end() }
        var out: [RunRecord] = []
        while try rows.next() { out.append(RunRecord(rows)) }
        return out
    }
}
