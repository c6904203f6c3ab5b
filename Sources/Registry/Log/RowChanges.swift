import Basics
import GRDB
import Synchronization

/// What the transaction under way has changed and wants to enter in the log; one of each connection that writes.
///
/// SQLite's triggers say which rows change, see ``TrackedTable/triggers``, so that no place that writes can forget it.
final class RowChanges: Sendable {
    /// An entry that waits for the end of the transaction.
    struct Pending {
        var time: Nanoseconds
        var actor: String
        var action: String
        var subject: AuditSubject
        var detail: JSONValue
    }

    /// A row that was touched.
    struct Note {
        var table: String
        var key: [DatabaseValue]
        /// Its digest before the transaction; nil where it was not on record.
        var was: String?
    }

    private struct State {
        var order: [Note] = []
        var known: Set<String> = []
        var pending: [Pending] = []
        var areTriggersMade = false
    }

    private let state = Mutex(State())

    /// Begins a transaction: what one that failed left is forgotten.
    func begin() {
        state.withLock { ($0.order, $0.known, $0.pending) = ([], [], []) }
    }

    func add(_ entry: Pending) { state.withLock { $0.pending.append(entry) } }

    /// Entries that the transaction has asked for so far.
    var pendingCount: Int { state.withLock { $0.pending.count } }

    /// All that was noted, in the order in which it came; nothing is left.
    func take() -> (notes: [Note], pending: [Pending]) {
        state.withLock { state in
            defer { (state.order, state.known, state.pending) = ([], [], []) }
            return (state.order, state.pending)
        }
    }

    /// The first call for a row counts: it knows what was there before.
    private func note(_ table: String, _ was: String?, _ key: [DatabaseValue]) {
        let name = RowChanges.name(table, key)
        state.withLock { state in
            guard state.known.insert(name).inserted else { return }
            state.order.append(Note(table: table, key: key, was: was))
        }
    }

    private func isUnnoted(_ table: String, _ key: [DatabaseValue]) -> Bool {
        let name = RowChanges.name(table, key)
        return state.withLock { !$0.known.contains(name) }
    }

    private static func name(_ table: String, _ key: [DatabaseValue]) -> String {
        "\(table) \(RowKey.text(key))"
    }

    /// Makes the triggers of a connection, before its first transaction that writes: a command that only reads does
    /// not pay for them.
    func prepare(_ db: Database) throws {
        guard !state.withLock({ $0.areTriggersMade }) else { return }
        try db.inSavepoint {
            for trigger in TrackedTable.all.flatMap(\.triggers) { try db.execute(sql: trigger) }
            return .commit
        }
        state.withLock { $0.areTriggersMade = true }
    }

    /// Adds the functions that the triggers call.
    func install(_ db: Database) {
        db.add(
            function: DatabaseFunction("note_row", pure: false) { [self] values in
                guard values.count > 2, let table = String.fromDatabaseValue(values[0]) else { return nil }
                note(table, String.fromDatabaseValue(values[1]), Array(values[2...]))
                return nil
            })
        db.add(
            function: DatabaseFunction("is_unnoted", pure: false) { [self] values in
                guard values.count > 1, let table = String.fromDatabaseValue(values[0]) else { return 0 }
                return isUnnoted(table, Array(values[1...])) ? 1 : 0
            })
    }
}

/// How the log names a row: the values of its key as a list in JSON.
enum RowKey {
    static func text(_ key: [DatabaseValue]) -> String {
        JSONValue.list(key.map(value)).text(.compact)
    }

    private static func value(_ value: DatabaseValue) -> JSONValue {
        switch value.storage {
        case .null, .blob: .null
        case .int64(let number): .int(Int(number))
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        }
    }

    /// For people: `m/3`, `m@champion`, `run 4f1c… 'seed'`.
    static func words(_ table: String, _ key: String) -> String {
        let values: [JSONValue] = (try? JSONParser.parse(key))?.listValue ?? []
        let parts: [String] = values.map { value in
            let text: String = value.stringValue ?? value.text(.compact)
            // Of a digest twelve digits tell.
            return text.count >= 32 && text.allSatisfy(\.isHexDigit) ? String(text.prefix(12)) : text
        }
        switch (table, parts.count) {
        case ("version", 2): return "\(parts[0])/\(parts[1])"
        case ("alias", 2): return "\(parts[0])@\(parts[1])"
        case ("edge", 2): return "\(parts[0]) → \(parts[1])"
        default: return parts.joined(separator: " ")
        }
    }
}

/// SHA-256 over what a row holds: for each column that is not null its name, its type and its value. Texts with their
/// length before them, numbers in 8 bytes, the least first.
enum RowDigest {
    static let function = DatabaseFunction("row_digest", pure: true) { values in of(values) }

    private static func of(_ values: [DatabaseValue]) -> String {
        var digest = RunningDigest()
        for index in stride(from: 0, to: values.count - 1, by: 2) {
            let value = values[index + 1]
            guard !value.isNull else { continue }
            digest.add(String.fromDatabaseValue(values[index]) ?? "")
            switch value.storage {
            case .null: break
            case .int64(let number):
                digest.add("i")
                digest.add(number)
            case .double(let number):
                digest.add("r")
                digest.add(number.bitPattern)
            case .string(let text):
                digest.add("t")
                digest.add(text)
            case .blob(let bytes):
                digest.add("b")
                digest.add(Digest.sha256(Array(bytes)))
            }
        }
        return digest.finish()
    }
}
