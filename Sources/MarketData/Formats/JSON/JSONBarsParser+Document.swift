import Basics

/// Bars inside of a document that says more.
extension JSONBarsParser {
    /// `{"symbol": "A", "bars": [...]}`, `{"meta": {"symbol": "A"}, "values": [...]}`, `{"A": [...], "B": [...]}`, and
    /// the last of these under a key.
    mutating func document(_ cursor: inout JSONCursor, _ above: String?, depth: Int) throws -> Bool {
        guard depth < 3 else { return false }
        var lists: [(key: String, at: Int)] = [], maps: [(key: String, at: Int)] = []
        var said: (name: String, rank: Int)?
        var hasMore = try cursor.enter("{")
        while hasMore {
            let key = cursor.unescaped(try cursor.key()), opening = cursor.peek()
            if opening == UInt8(ascii: "[") {
                let inner = JSONBarsParser.first(in: cursor)
                if inner == UInt8(ascii: "{") || inner == UInt8(ascii: "[") { lists.append((key, cursor.position)) }
                try cursor.skip()
            } else if opening == UInt8(ascii: "{") {
                maps.append((key, cursor.position))
                try cursor.skip()
            } else if let (column, rank) = JSONBarsParser.ranked(key), column == .instrument,
                rank < said?.rank ?? .max, let name = try? self.name(&cursor)
            {
                said = (name, rank)
            } else {
                try cursor.skip()
            }
            hasMore = try cursor.goesOn("{")
        }
        let whole = try said?.name ?? meta(maps, cursor.bytes) ?? above
        var read = false
        for (key, at) in lists {
            var part = JSONBarsParser(file: file), inside = JSONCursor(cursor.bytes, from: at)
            // Another list beside the bars need not be one of bars.
            guard try part.list(&inside) else { continue }
            let isContainer = JSONBarsParser.containers.contains(key.lowercased())
            try add(part, isContainer ? whole : whole ?? key)
            read = true
        }
        if read { return true }
        for (key, at) in maps where JSONBarsParser.containers.contains(key.lowercased()) {
            var inside = JSONCursor(cursor.bytes, from: at)
            if try document(&inside, whole, depth: depth + 1) { return true }
        }
        return false
    }

    /// Keys that stand before lists of bars and name no instrument.
    private static let containers: Set<String> = [
        "data", "bars", "candles", "results", "result", "values", "prices", "ohlcv", "ohlc", "klines", "items",
        "history",
        "historical", "rows", "records", "list",
    ]

    /// The instrument that is said beside the bars.
    private func meta(_ maps: [(key: String, at: Int)], _ bytes: UnsafeBufferPointer<UInt8>) throws -> String? {
        for (key, at) in maps where ["meta", "metadata", "info", "header"].contains(key.lowercased()) {
            var cursor = JSONCursor(bytes, from: at), found: (name: String, rank: Int)?
            var hasMore = try cursor.enter("{")
            while hasMore {
                let key = cursor.string(try cursor.key())
                let isScalar = cursor.peek() != UInt8(ascii: "[") && cursor.peek() != UInt8(ascii: "{")
                if isScalar, let (column, rank) = JSONBarsParser.ranked(key), column == .instrument,
                    rank < found?.rank ?? .max, let name = try? name(&cursor)
                {
                    found = (name, rank)
                } else {
                    try cursor.skip()
                }
                hasMore = try cursor.goesOn("{")
            }
            if let found { return found.name }
        }
        return nil
    }

    /// Takes the rows of a part of the text in.
    private mutating func add(_ part: JSONBarsParser, _ name: String?) throws {
        guard times.isEmpty || (part.namelessWidth > 0) == (namelessWidth > 0) else {
            throw refused(times.count + 1, "found bars with names behind bars without")
        }
        namelessWidth = part.namelessWidth
        times += part.times
        for index in cells.indices { cells[index] += part.cells[index] }
        instruments += part.instruments.isEmpty ? part.times.map { _ in name } : part.instruments.map { $0 ?? name }
        passedOver.merge(part.passedOver) { first, _ in first }
    }
}
