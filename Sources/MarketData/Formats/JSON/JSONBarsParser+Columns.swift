import Basics
import Tables

/// Bars as columns.
extension JSONBarsParser {
    /// `{"open": [...], …}`, `{"open": {"0": …}, …}`, or pandas' split form; the cursor stands at the first key.
    mutating func columns(_ cursor: inout JSONCursor) throws -> Bool {
        var names: [String] = [], index: [Time?]?, data: JSONCursor?, rowKeys: [Time?]?, found: Set<Column> = []
        let chosen = try chosen(try keys(cursor))
        repeat {
            let key = cursor.string(try cursor.key())
            let opening = cursor.peek(), isMap = opening == UInt8(ascii: "{")
            if key == "columns", opening == UInt8(ascii: "[") {
                var hasMore = try cursor.enter("[")
                while hasMore {
                    names.append(cursor.string(try cursor.text()))
                    hasMore = try cursor.goesOn("[")
                }
            } else if key == "data", opening == UInt8(ascii: "[") {
                data = cursor
                try cursor.skip()
            } else if chosen[key] == .instrument, opening != UInt8(ascii: "["), !isMap {
                instrument = instrument ?? (try? name(&cursor))
            } else if let column = chosen[key], opening == UInt8(ascii: "[") || isMap,
                found.insert(column).inserted
            {
                let keys = try values(&cursor, column, isMap: isMap)
                if column == .time { index = times } else if let keys { rowKeys = rowKeys ?? keys }
            } else {
                try cursor.skip()
            }
        } while try cursor.goesOn("{")
        if var data, !names.isEmpty { return try split(&data, names, index: index) }
        if !found.contains(.time), let rowKeys {
            times = rowKeys
            found.insert(.time)
        }
        guard found.isSuperset(of: Column.needed) else { return false }
        if !found.contains(.volume) { cells[4] = times.map { _ in nil } }
        let counts = cells.map(\.count) + (found.contains(.instrument) ? [instruments.count] : [])
        for (column, count) in zip(Column.allCases.dropFirst(), counts) where count != times.count {
            throw refused(
                times.count,
                "found \(count) values of '\(column)' for \(times.count) times; columns must be equally long")
        }
        return true
    }

    /// The keys of a map whose first one comes next, and that are columns by what stands behind them.
    private func keys(_ cursor: JSONCursor) throws -> [String] {
        var cursor = cursor, keys: [String] = []
        repeat {
            let key = cursor.string(try cursor.key()), opening = cursor.peek()
            let isMany = opening == UInt8(ascii: "[") || opening == UInt8(ascii: "{")
            if isMany || JSONBarsParser.column(key) == .instrument { keys.append(key) }
            try cursor.skip()
        } while try cursor.goesOn("{")
        return keys
    }

    /// What each key means; where several may mean one column, the one that stands first in the table does.
    private mutating func chosen(_ keys: [String]) throws -> [String: Column] {
        var best: [Column: (key: String, rank: Int)] = [:]
        for key in keys {
            guard let (column, rank) = JSONBarsParser.ranked(key) else { continue }
            guard let known = best[column] else {
                best[column] = (key, rank)
                continue
            }
            guard known.rank != rank else {
                throw refused(1, "found a second column that '\(known.key)' may mean, '\(key)'")
            }
            let (kept, left) = rank < known.rank ? (key, known.key) : (known.key, key)
            passedOver[left] = kept
            if rank < known.rank { best[column] = (key, rank) }
        }
        return Dictionary(best.map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The values of a column; of a map also its keys, which may be the times.
    private mutating func values(_ cursor: inout JSONCursor, _ column: Column, isMap: Bool) throws -> [Time?]? {
        let bracket: Character = isMap ? "{" : "["
        var hasMore = try cursor.enter(bracket), keys: [Time?] = []
        while hasMore {
            if isMap {
                let range = try cursor.key()
                keys.append(ExactDecimal(cursor.slice(range)).map { .number($0) } ?? .text(cursor.string(range)))
            }
            if column == .time {
                times.append(try time(&cursor))
            } else if column == .instrument {
                instruments.append(try name(&cursor))
            } else {
                guard let cell = try cell(&cursor, isFirst: false) else {
                    throw refused(cells[column.rawValue - 1].count + 1, "found a list or map, expected a number")
                }
                cells[column.rawValue - 1].append(cell)
            }
            hasMore = try cursor.goesOn(bracket)
        }
        return isMap ? keys : nil
    }

    private mutating func split(_ cursor: inout JSONCursor, _ names: [String], index: [Time?]?) throws -> Bool {
        let chosen = try chosen(names), columns = names.map { chosen[$0] }
        times = columns.contains(.time) ? [] : index ?? []
        let known = columns.compactMap { $0 }
        guard Set(known).count == known.count, known.contains(.open), known.contains(.high), known.contains(.low),
            known.contains(.close), known.contains(.time) || index != nil
        else { return false }
        var hasMore = try cursor.enter("["), rows = 0
        while hasMore {
            var hasCell = try cursor.enter("["), place = 0
            while hasCell {
                switch place < columns.count ? columns[place] : nil {
                case .none: try cursor.skip()
                case .time: times.append(try time(&cursor))
                case .instrument: instruments.append(try name(&cursor))
                case .some(let column):
                    guard let cell = try cell(&cursor, isFirst: false) else {
                        throw refused(rows + 1, "found a list or map, expected a number")
                    }
                    cells[column.rawValue - 1].append(cell)
                }
                place += 1
                hasCell = try cursor.goesOn("[")
            }
            guard place == columns.count else {
                throw refused(rows + 1, "found \(place) items, expected \(columns.count)")
            }
            rows += 1
            hasMore = try cursor.goesOn("[")
        }
        if !known.contains(.volume) { cells[4] = .init(repeating: nil, count: rows) }
        guard times.count == rows else { throw refused(rows, "found \(times.count) times for \(rows) rows") }
        return rows > 0
    }
}
