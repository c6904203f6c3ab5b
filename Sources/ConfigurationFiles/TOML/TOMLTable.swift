import Basics

/// A table that grows while its document is read, in the order in which its keys appear.
final class TOMLTable {
    enum Value {
        /// Finished: a scalar or a list in brackets.
        case value(JSONValue)
        /// Finished too: a table in braces.
        case inline(TOMLTable, SourceMark)
        case table(TOMLTable)
        /// `[[name]]`, one table a header.
        case tables(TOMLTables)

        var json: JSONValue {
            switch self {
            case .value(let value): value
            case .inline(let table, let mark): JSONValue(table.value.kind, mark: mark)
            case .table(let table): table.value
            case .tables(let list): JSONValue(.list(list.tables.map(\.value)), mark: list.tables.first?.mark)
            }
        }
    }

    /// How a table came to be, which decides who may add to it.
    private enum Origin {
        /// On the way to another one; its own header may follow.
        case implied
        case header
        /// By a key with points, which no header may open again.
        case dotted
    }

    private var entries: [(key: String, value: Value, mark: SourceMark)] = []
    private var places: [ExactText: Int] = [:]
    private var origin = Origin.header
    private(set) var mark: SourceMark?

    init() {}

    private init(_ origin: Origin, _ mark: SourceMark) {
        self.origin = origin
        self.mark = mark
    }

    var value: JSONValue {
        JSONValue(
            .map(entries.map { JSONValue.Entry(key: $0.key, value: $0.value.json, keyMark: $0.mark) }), mark: mark)
    }

    private subscript(key: String) -> Value? { places[ExactText(key)].map { entries[$0].value } }

    private func add(_ key: String, _ value: Value, _ mark: SourceMark) {
        places[ExactText(key)] = entries.count
        entries.append((key, value, mark))
    }

    /// The table that a header names; nil where that is something else, or was opened before.
    func open(_ path: ArraySlice<String>, isList: Bool, at mark: SourceMark) -> TOMLTable? {
        var table = self
        for key in path.dropLast() {
            switch table[key] {
            case .table(let next): table = next
            case .tables(let list):
                guard let last = list.tables.last else { return nil }
                table = last
            case nil:
                let next = TOMLTable(.implied, mark)
                table.add(key, .table(next), mark)
                table = next
            default: return nil
            }
        }
        guard let key = path.last else { return nil }
        let fresh = TOMLTable(.header, mark)
        switch table[key] {
        case nil: table.add(key, isList ? .tables(TOMLTables(fresh)) : .table(fresh), mark)
        case .tables(let list) where isList: list.tables.append(fresh)
        case .table(let known) where !isList && known.origin == .implied:
            known.origin = .header
            return known
        default: return nil
        }
        return fresh
    }

    /// Sets a key, dotted or not; false where it is there already.
    func set(_ path: ArraySlice<String>, _ value: Value, at mark: SourceMark) -> Bool {
        var table = self
        for key in path.dropLast() {
            switch table[key] {
            case .table(let next) where next.origin != .header: table = next
            case nil:
                let next = TOMLTable(.dotted, mark)
                table.add(key, .table(next), mark)
                table = next
            default: return false
            }
        }
        guard let key = path.last, table[key] == nil else { return false }
        table.add(key, value, mark)
        return true
    }
}

/// The tables of one `[[name]]`.
final class TOMLTables {
    var tables: [TOMLTable]

    init(_ first: TOMLTable) { tables = [first] }
}
