import Basics
import Foundation
import Tables

/// Bars of JSON text in one of the shapes that people save.
///
/// A list of objects, a list of lists, objects line by line, columns as lists or as maps from row to value, and pandas'
/// split form (`columns`, `index`, `data`).
struct JSONBarsParser {
    /// What a column is.
    enum Column: Int, CaseIterable { case time, open, high, low, close, volume }

    private static let names: [Column: [String]] = [
        .time: [
            "time", "timestamp", "date", "datetime", "ts", "t", "opentime", "open_time", "starttime", "start", "index",
        ],
        .open: ["open", "o"], .high: ["high", "h"], .low: ["low", "l"], .close: ["close", "c"],
        .volume: ["volume", "v", "vol"],
    ]

    /// One cell of a time column.
    enum Time { case number(ExactDecimal), text(String) }

    let file: String
    /// By column, each a cell a row; nil for null.
    private(set) var times: [Time?] = []
    private(set) var cells: [[ExactDecimal?]] = .init(repeating: [], count: 5)
    /// Items of a row where columns have no names; 0 where they have.
    private(set) var namelessWidth = 0

    init(file: String) { self.file = file }

    /// The column that a name means, whatever its case.
    static func column(_ name: String) -> Column? {
        let name = name.lowercased()
        return Column.allCases.first { names[$0]?.contains(name) == true }
    }

    /// Reads the text.
    ///
    /// - Returns: false for JSON that has no bars in a known shape.
    /// - Throws: ``JSONCursor/Problem``, ``Failure`` with code `data.bad-rows`.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws -> Bool {
        var cursor = JSONCursor(bytes)
        if cursor.peek() == UInt8(ascii: "[") { return try list(&cursor) }
        guard cursor.peek() == UInt8(ascii: "{"), try cursor.enter("{") else { return false }
        let first = cursor.position
        var isColumns = false
        repeat {
            let key = cursor.string(try cursor.key()), opening = cursor.peek()
            let isNamed = JSONBarsParser.column(key) != nil || key == "data" || key == "columns"
            isColumns = isNamed && (opening == UInt8(ascii: "[") || opening == UInt8(ascii: "{"))
            try cursor.skip()
        } while try !isColumns && cursor.goesOn("{")
        cursor = JSONCursor(bytes, from: first)
        return isColumns ? try columns(&cursor) : try lines(bytes)
    }

    private func refused(_ row: Int, _ reason: String) -> Failure {
        Failure("data.bad-rows", "\(file): row \(row): \(reason)", hint: "correct the row or leave it out")
    }

    /// `[[t, o, h, l, c, v], …]` or `[{"time": …}, …]`.
    private mutating func list(_ cursor: inout JSONCursor) throws -> Bool {
        var hasMore = try cursor.enter("["), isFirst = true
        while hasMore {
            let byte = cursor.peek()
            if byte == UInt8(ascii: "[") {
                guard try row(&cursor, isFirst: isFirst) else { return false }
            } else {
                guard byte == UInt8(ascii: "{"), namelessWidth == 0, try object(&cursor) else { return false }
            }
            isFirst = false
            hasMore = try cursor.goesOn("[")
        }
        guard cursor.isAtEnd() else { throw refused(times.count, "found text behind the list") }
        return !times.isEmpty
    }

    /// - Returns: false where it is the first and no bar.
    private mutating func row(_ cursor: inout JSONCursor, isFirst: Bool) throws -> Bool {
        var hasMore = try cursor.enter("["), width = 0
        while hasMore {
            if width == 0 {
                times.append(try time(&cursor))
            } else if width <= 5 {
                guard let cell = try cell(&cursor, isFirst: isFirst) else { return false }
                cells[width - 1].append(cell)
            } else {
                try cursor.skip()
            }
            width += 1
            hasMore = try cursor.goesOn("[")
        }
        if isFirst { namelessWidth = width }
        // Six are time, prices and volume; twelve an exchange's klines, of which the first six are these.
        guard width == namelessWidth, width == 6 || width == 12 else {
            if isFirst { return false }
            throw refused(times.count, "found \(width) items, expected \(namelessWidth) as in the rows before")
        }
        return true
    }

    private func time(_ cursor: inout JSONCursor) throws -> Time? {
        let isText = cursor.peek() == UInt8(ascii: "\"")
        guard let range = try cursor.number() else { return nil }
        if let number = ExactDecimal(cursor.slice(range)) { return .number(number) }
        guard isText else { throw refused(times.count + 1, "found '\(cursor.string(range))' as a time") }
        return .text(cursor.string(range))
    }

    /// - Returns: nil where the first row has something else than a number; a cell without a value for null.
    private func cell(_ cursor: inout JSONCursor, isFirst: Bool) throws -> ExactDecimal?? {
        switch cursor.peek() {
        case UInt8(ascii: "["), UInt8(ascii: "{"): return nil
        default: break
        }
        let start = cursor.position
        if let range = try? cursor.number() {
            guard let number = ExactDecimal(cursor.slice(range)) else {
                if isFirst { return nil }
                throw refused(times.count, "found '\(cursor.string(range))', expected a number of up to 18 digits")
            }
            return number
        }
        // null, or a word such as NaN that Python writes for no value.
        cursor = JSONCursor(cursor.bytes, from: start)
        try cursor.skip()
        return .some(nil)
    }

    /// - Returns: false where it has no time or price.
    private mutating func object(_ cursor: inout JSONCursor) throws -> Bool {
        var hasMore = try cursor.enter("{"), found: Set<Column> = []
        while hasMore {
            let key = cursor.string(try cursor.key())
            switch JSONBarsParser.column(key) {
            case .none: try cursor.skip()
            case .time where !found.contains(.time):
                times.append(try time(&cursor))
                found.insert(.time)
            case .some(let column) where column != .time && !found.contains(column):
                guard let cell = try cell(&cursor, isFirst: times.count <= 1) else { return false }
                cells[column.rawValue - 1].append(cell)
                found.insert(column)
            case .some: throw refused(times.count, "found a second value that '\(key)' may mean")
            }
            hasMore = try cursor.goesOn("{")
        }
        let row = cells[0].count
        guard found.isSuperset(of: [.time, .open, .high, .low, .close]) else {
            if row <= 1 { return false }
            throw refused(row, "found no time, open, high, low or close")
        }
        if !found.contains(.volume) { cells[4].append(nil) }
        return true
    }

    /// An object a line.
    private mutating func lines(_ bytes: UnsafeBufferPointer<UInt8>) throws -> Bool {
        var cursor = JSONCursor(bytes)
        while !cursor.isAtEnd() {
            guard cursor.peek() == UInt8(ascii: "{"), try object(&cursor) else { return false }
        }
        return !times.isEmpty
    }

    /// `{"open": [...], …}`, `{"open": {"0": …}, …}`, or pandas' split form; the cursor stands at the first key.
    private mutating func columns(_ cursor: inout JSONCursor) throws -> Bool {
        var names: [String] = [], index: [Time?]?, data: JSONCursor?, rowKeys: [Time?]?, found: Set<Column> = []
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
            } else if let column = JSONBarsParser.column(key), opening == UInt8(ascii: "[") || isMap,
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
        guard found.isSuperset(of: [.time, .open, .high, .low, .close]) else { return false }
        if !found.contains(.volume) { cells[4] = times.map { _ in nil } }
        for (column, cells) in zip(Column.allCases.dropFirst(), cells) where cells.count != times.count {
            throw refused(
                times.count,
                "found \(cells.count) values of '\(column)' for \(times.count) times; columns must be equally long")
        }
        return true
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
        let columns = names.map { JSONBarsParser.column($0) }
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
