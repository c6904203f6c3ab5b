import Basics
import Foundation
import Tables

/// Bars of JSON text in one of the shapes that people save.
///
/// A list of objects, a list of lists, objects line by line, columns as lists or as maps from row to value, and pandas'
/// split form (`columns`, `index`, `data`).
struct JSONBarsParser {
    /// What a column is.
    enum Column: Int, CaseIterable {
        case time, open, high, low, close, volume, instrument

        var meaning: MarketColumn {
            switch self {
            case .time: .time
            case .open: .open
            case .high: .high
            case .low: .low
            case .close: .close
            case .volume: .volume
            case .instrument: .instrument
            }
        }

        static let needed: Set<Column> = [.time, .open, .high, .low, .close]
    }

    /// One cell of a time column.
    enum Time { case number(ExactDecimal), text(String) }

    let file: String
    /// By column, each a cell a row; nil for null.
    var times: [Time?] = []
    var cells: [[ExactDecimal?]] = .init(repeating: [], count: 5)
    /// The instrument of each row; nil where the row has none.
    var instruments: [String?] = []
    /// The instrument of the whole text, where it says one beside the rows.
    var instrument: String?
    /// Keys that columns were found under, in rows that are objects, and those that were passed over for them.
    private var keys: [Column: String] = [:]
    var passedOver: [String: String] = [:]
    /// Items of a row where columns have no names; 0 where they have.
    var namelessWidth = 0

    init(file: String) { self.file = file }

    /// The column that a name means, whatever its case.
    static func column(_ name: String) -> Column? { ranked(name)?.column }

    /// The same with its place among the names of the column: the first one is meant.
    static func ranked(_ name: String) -> (column: Column, rank: Int)? {
        let key = MarketColumn.key(name)
        for column in Column.allCases {
            if let rank = column.meaning.rank(key) { return (column, rank) }
        }
        return nil
    }

    /// Reads the text.
    ///
    /// - Returns: false for JSON that has no bars in a known shape.
    /// - Throws: ``JSONCursor/Problem``, ``Failure`` with code `data.bad-rows`.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws -> Bool {
        var cursor = JSONCursor(bytes)
        if cursor.peek() == UInt8(ascii: "[") {
            guard try list(&cursor) else { return false }
            guard cursor.isAtEnd() else { throw refused(times.count, "found text behind the list") }
            return true
        }
        guard cursor.peek() == UInt8(ascii: "{"), try cursor.enter("{") else { return false }
        let first = cursor.position
        var isColumns = false
        repeat {
            let key = cursor.string(try cursor.key()), opening = cursor.peek()
            let isList = opening == UInt8(ascii: "["), isMap = opening == UInt8(ascii: "{")
            let column = JSONBarsParser.column(key)
            isColumns =
                (column != nil && column != .instrument || key == "columns")
                && (isMap || isList && JSONBarsParser.first(in: cursor) != UInt8(ascii: "{"))
            try cursor.skip()
        } while try !isColumns && cursor.goesOn("{")
        var copy = self
        cursor = JSONCursor(bytes, from: first)
        if try isColumns ? copy.columns(&cursor) : copy.lines(bytes) {
            self = copy
            return true
        }
        cursor = JSONCursor(bytes)
        return try document(&cursor, nil, depth: 0)
    }

    /// The first byte inside a list or map that comes next.
    static func first(in cursor: JSONCursor) -> UInt8 {
        var inside = cursor
        return (try? inside.enter("[")) == true ? inside.peek() : 0
    }

    func refused(_ row: Int, _ reason: String) -> Failure {
        Failure("data.bad-rows", "\(file): row \(row): \(reason)", hint: "correct the row or leave it out")
    }

    /// `[[t, o, h, l, c, v], …]` or `[{"time": …}, …]`.
    mutating func list(_ cursor: inout JSONCursor) throws -> Bool {
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

    func time(_ cursor: inout JSONCursor) throws -> Time? {
        let isText = cursor.peek() == UInt8(ascii: "\"")
        guard let range = try cursor.number() else { return nil }
        if let number = ExactDecimal(cursor.slice(range)) { return .number(number) }
        guard isText else { throw refused(times.count + 1, "found '\(cursor.string(range))' as a time") }
        return .text(cursor.string(range))
    }

    /// - Returns: nil where the first row has something else than a number; a cell without a value for null.
    func cell(_ cursor: inout JSONCursor, isFirst: Bool) throws -> ExactDecimal?? {
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

    /// The name of an instrument; exchanges of some countries number theirs.
    func name(_ cursor: inout JSONCursor) throws -> String? {
        guard let range = try cursor.number() else { return nil }
        let text = cursor.unescaped(range)
        return text.isEmpty ? nil : text
    }

    /// - Returns: false where it has no time or price.
    private mutating func object(_ cursor: inout JSONCursor) throws -> Bool {
        var hasMore = try cursor.enter("{"), found: [Column: (rank: Int, key: String)] = [:]
        let row = times.count
        while hasMore {
            let key = cursor.string(try cursor.key())
            guard let (column, rank) = JSONBarsParser.ranked(key) else {
                try cursor.skip()
                hasMore = try cursor.goesOn("{")
                continue
            }
            if let known = found[column] {
                guard known.rank != rank else { throw refused(row + 1, "found a second value that '\(key)' may mean") }
                // Where several may be meant, the one that stands first in the table is.
                guard rank < known.rank else {
                    passedOver[key] = known.key
                    try cursor.skip()
                    hasMore = try cursor.goesOn("{")
                    continue
                }
                passedOver[known.key] = key
                removeLast(column)
            }
            found[column] = (rank, key)
            switch column {
            case .time: times.append(try time(&cursor))
            case .instrument: instruments.append(try name(&cursor))
            default:
                guard let cell = try cell(&cursor, isFirst: row == 0) else { return false }
                cells[column.rawValue - 1].append(cell)
            }
            hasMore = try cursor.goesOn("{")
        }
        guard Set(found.keys).isSuperset(of: Column.needed) else {
            if row == 0 { return false }
            throw refused(row + 1, "found no time, open, high, low or close")
        }
        if found[.volume] == nil { cells[4].append(nil) }
        if found[.instrument] == nil { instruments.append(nil) }
        for (column, one) in found {
            if let before = keys[column], before != one.key {
                throw refused(row + 1, "found '\(one.key)' as \(column), expected '\(before)' as in the rows before")
            }
            keys[column] = one.key
        }
        return true
    }

    private mutating func removeLast(_ column: Column) {
        switch column {
        case .time: times.removeLast()
        case .instrument: instruments.removeLast()
        default: cells[column.rawValue - 1].removeLast()
        }
    }

    /// An object a line.
    private mutating func lines(_ bytes: UnsafeBufferPointer<UInt8>) throws -> Bool {
        var cursor = JSONCursor(bytes)
        while !cursor.isAtEnd() {
            guard cursor.peek() == UInt8(ascii: "{"), try object(&cursor) else { return false }
        }
        return !times.isEmpty
    }
}
