import Basics

/// Finds columns by the first records of a file.
struct CSVHeader {
    let records: [[String]]
    let path: String
    let options: CSVOptions
    var layout = CSVLayout()

    /// - Parameter records: the first records, the header among them; at least one.
    init(_ records: [[String]], path: String, separator: UInt8, options: CSVOptions) {
        (self.records, self.path, self.options) = (records, path, options)
        layout.separator = separator
    }

    /// - Returns: nil where there are no columns of market data.
    /// - Throws: ``Failure`` where some are there and others are missing or stand twice.
    mutating func find() throws -> CSVLayout? {
        guard let first = records.first else { return nil }
        if let wide = try threeLines() { return wide }
        if try named(first) { return layout }
        return headerless()
    }

    func fault(_ reason: String, _ hint: String) -> Failure {
        Failure("data.header", "\(path): \(reason)", hint: hint)
    }

    static func stamp(_ text: String) -> CSVStamp? {
        var text = text
        return text.withUTF8 { CSVStamp.parse($0) }
    }

    static func number(_ text: String) -> CSVNumber? {
        var text = text
        return text.withUTF8 { bytes in
            (try? CSVNumber.parse(bytes, .point)) ?? (try? CSVNumber.parse(bytes, .comma))
        }
    }

    static func isNumberOrNone(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { CSVNumber.isEmpty($0) } || number(text) != nil
    }

    // MARK: - One line of names

    /// Cells of a column below the header.
    func samples(_ column: Int, from first: Int = 1) -> [String] {
        records.dropFirst(first).compactMap { column < $0.count && !$0[column].isEmpty ? $0[column] : nil }
    }

    private mutating func named(_ header: [String]) throws -> Bool {
        let keys = header.map(CSVRole.key)
        // A row of numbers is no header.
        if header.contains(where: { CSVHeader.number($0) != nil }) { return false }
        layout.names = header
        layout.headerRecords = 1
        var group = CSVLayout.Group()
        let found = try barColumns(keys)
        let bars = Set(found.keys)
        if bars.isSuperset(of: [.open, .high, .low, .close]) {
            group.columns = found
            layout.groups = [group]
        } else if bars.count >= 2, bars.intersection([.open, .high, .low, .close]).count >= 2 {
            let missing = CSVRole.barRoles.first { !bars.contains($0) && $0 != .volume }
            throw fault(
                "found no column '\(missing?.rawValue ?? "")' among \(quoted(header))",
                "expected open, high, low and close; name a column of another name with columns: {close: NAME}")
        } else if let groups = try groupedColumns(header) {
            layout.groups = groups
            layout.notes.append("columns of \(groups.count) instruments stand beside each other")
        } else if let quotes = try columns([.bid, .ask], [.bidSize, .askSize], keys) {
            layout.kind = .quotes
            layout.groups = [quotes]
        } else if let trades = try columns([.price, .size], [.side, .id, .condition], keys) {
            layout.kind = .trades
            layout.groups = [trades]
        } else {
            return false
        }
        try timeColumns(keys)
        layout.symbol = try column(.symbol, keys)
        if let place = try column(.receiveTime, keys), place != layout.time.date,
            options.columns[CSVRole.receiveTime.rawValue] != nil || (rank(place) ?? 0) > 1
        {
            layout.receive = place
        }
        dialect(keys)
        return true
    }

    private func quoted(_ names: [String]) -> String {
        let shown = names.prefix(20).map { Escaping.terminal(String($0.prefix(40))) }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }

    /// The column of a role; the first of its names that is there.
    private func column(_ role: CSVRole, _ keys: [String]) throws -> Int? {
        if let name = options.columns[role.rawValue] {
            guard let index = layout.names.firstIndex(of: name) else {
                throw fault(
                    "found no column '\(name)' for '\(role.rawValue)' among \(quoted(layout.names))",
                    "name a column that is there")
            }
            return index
        }
        for name in CSVRole.names[role] ?? [] {
            let places = keys.indices.filter { keys[$0] == name && (role != .symbol || isText($0)) }
            if places.count > 1, !areEqual(places) {
                throw fault(
                    "found \(places.count) columns '\(layout.names[places[0]])' with different values "
                        + "(\(places.map { String($0 + 1) }.joined(separator: ", ")))",
                    "remove or rename all but one")
            }
            if let place = places.first { return place }
        }
        return nil
    }

    /// A name is seldom a number, and never one with decimals.
    private func isText(_ column: Int) -> Bool { !samples(column).isEmpty }

    private func areEqual(_ places: [Int]) -> Bool {
        // Rows that are not looked at here may differ.
        records.count < 300
            && records.dropFirst().allSatisfy { record in
                places.allSatisfy { $0 < record.count && record[$0] == record[places[0]] }
            }
    }

    private func barColumns(_ keys: [String]) throws -> [CSVRole: Int] {
        var out: [CSVRole: Int] = [:]
        for role in CSVRole.barRoles { out[role] = try column(role, keys) }
        // investing.com names the close 'Price'.
        if out[.close] == nil, out[.open] != nil, out[.high] != nil, out[.low] != nil,
            let place = keys.firstIndex(of: "price")
        {
            out[.close] = place
        }
        if out[.volume] == nil {
            let many = keys.indices.filter { keys[$0].hasPrefix("volume") && !keys[$0].hasPrefix("volumew") }
            if many.count == 1 {
                out[.volume] = many[0]
            } else if many.count > 1, out[.open] != nil {
                throw fault(
                    "found the columns \(quoted(many.map { layout.names[$0] })), expected one volume",
                    "say which it is with columns: {volume: \(layout.names[many[0]])}")
            }
        }
        return out
    }

    private func columns(_ needed: [CSVRole], _ more: [CSVRole], _ keys: [String]) throws -> CSVLayout.Group? {
        var group = CSVLayout.Group()
        for role in needed + more { group.columns[role] = try column(role, keys) }
        return needed.allSatisfy { group.columns[$0] != nil } ? group : nil
    }

    private func groupedColumns(_ header: [String]) throws -> [CSVLayout.Group]? {
        var order: [String] = [], groups: [String: CSVLayout.Group] = [:]
        for (index, name) in header.enumerated() {
            guard let (group, role) = CSVRole.grouped(name) else { continue }
            if groups[group] == nil { order.append(group) }
            guard groups[group, default: .init(name: group)].columns.updateValue(index, forKey: role) == nil else {
                throw fault("found two columns '\(name)'", "remove or rename one")
            }
        }
        let complete = order.compactMap { groups[$0] }.filter {
            Set($0.columns.keys).isSuperset(of: [.open, .high, .low, .close])
        }
        guard !complete.isEmpty else { return nil }
        if let partial = order.first(where: { name in !complete.contains { $0.name == name } }) {
            throw fault(
                "found only some of open, high, low, close of '\(Escaping.terminal(partial))'",
                "add the missing columns")
        }
        return complete
    }

    // MARK: - Times

    private mutating func timeColumns(_ keys: [String]) throws {
        if let name = options.columns[CSVRole.time.rawValue] {
            guard let place = layout.names.firstIndex(of: name) else {
                throw fault("found no column '\(name)' for 'time'", "name a column that is there")
            }
            layout.time.date = place
            layout.time.isClose = layout.kind == .bars && CSVRole.saysEnd(name)
        } else if options.columns[CSVRole.closeTime.rawValue] != nil, let place = try column(.closeTime, keys) {
            // Both may be there: the start is what the table has.
            try findTime(keys)
            if layout.time.date == place || layout.time.isClose {
                (layout.time.date, layout.time.isClose, layout.closeTime) = (place, true, nil)
            } else {
                layout.closeTime = place
            }
        } else {
            try findTime(keys)
        }
        if layout.time.date >= 0 {
            layout.time.isUTC = ["utc", "gmt"].contains { keys[layout.time.date].contains($0) }
        }
    }

    /// How good a column is as time: 3 an instant, 2 date and time, 1 a date, 0 a time of day, nil none.
    func rank(_ column: Int) -> Int? {
        let cells = samples(column).prefix(20)
        guard !cells.isEmpty else { return nil }
        let stamps = cells.compactMap(CSVHeader.stamp)
        if stamps.count == cells.count {
            if stamps.allSatisfy({ $0.shape == .clock }) { return 0 }
            if stamps.allSatisfy({ $0.shape == .number }) {
                if stamps.allSatisfy({ CSVStamp.unit(of: $0.number) != nil }) { return 3 }
                return isClock(column, stamps) ? 0 : nil
            }
            if stamps.allSatisfy({ $0.offset != nil }) { return 3 }
            return stamps.contains { $0.clock != nil } ? 2 : 1
        }
        // Some cells are damaged: the survey will say which.
        guard stamps.count * 2 > cells.count else { return nil }
        return stamps.contains { $0.shape == .number || $0.clock != nil } ? 2 : 1
    }

    /// Hours, minutes and seconds as one number, in a column that says so.
    private func isClock(_ column: Int, _ stamps: [CSVStamp]) -> Bool {
        ["time", "timeofday", "hour", "hhmmss", "hhmm", "clock"].contains(CSVRole.key(layout.names[column]))
            && stamps.allSatisfy { $0.number.decimals == 0 && (0..<240_000).contains($0.number.mantissa) }
    }

    private mutating func findTime(_ keys: [String]) throws {
        let names = CSVRole.names[.time] ?? []
        var found: [(column: Int, rank: Int, order: Int)] = []
        for (index, key) in keys.enumerated() {
            guard let order = names.firstIndex(of: key), let rank = rank(index) else { continue }
            found.append((index, rank, order))
        }
        layout.closeTime = keys.indices.first {
            (CSVRole.names[.closeTime] ?? []).contains(keys[$0]) && (rank($0) ?? 0) > 1
        }
        let dates = found.filter { $0.rank > 0 }.sorted { ($1.rank, $0.order) < ($0.rank, $1.order) }
        let clocks = found.filter { $0.rank == 0 }
        if let best = dates.first {
            layout.time.date = best.column
            if best.rank == 1, let clock = clocks.first {
                layout.time.clock = clock.column
            } else if let other = dates.dropFirst().first {
                layout.notes.append(
                    "times are taken from column '\(layout.name(best.column))', not from '\(layout.name(other.column))'"
                )
            }
            if keys.indices.filter({ keys[$0] == keys[best.column] }).count > 1,
                !areEqual(keys.indices.filter { keys[$0] == keys[best.column] })
            {
                throw fault(
                    "found several columns '\(layout.name(best.column))' with different values",
                    "remove or rename all but one")
            }
            return
        }
        if let close = layout.closeTime {
            (layout.time.date, layout.time.isClose, layout.closeTime) = (close, true, nil)
            return
        }
        // Where there are no rows the name has to do; the survey says that there are none.
        if records.count == 1, let place = keys.firstIndex(where: { names.contains($0) }) {
            layout.time.date = place
            return
        }
        let named = keys.indices.filter { names.contains(keys[$0]) }
        guard let place = named.first else {
            throw fault(
                "found no column of times among \(quoted(layout.names))",
                "name it datetime, or say which it is with columns: {time: NAME}")
        }
        throw fault(
            "found '\(Escaping.terminal(String((samples(place).first ?? "").prefix(40))))' in column "
                + "'\(layout.name(place))', "
                + "expected a time such as 2025-05-12 09:30:00, 20250512, 05/12/2025 09:30 or 1747042200",
            "write the times in one of these ways, or say which column holds them with columns: {time: NAME}")
    }

    private mutating func dialect(_ keys: [String]) {
        let all = Set(keys)
        if all.isSuperset(of: ["tsevent", "rtype", "publisherid"]) {
            layout.dialect = "Databento"
        } else if all.contains("takerbuybaseassetvolume") || all.contains("takerbuyvolume")
            || all.contains("takerbuybasevolume")
        {
            layout.dialect = "Binance klines"
        } else if all.contains("dtyyyymmdd") || all.isSuperset(of: ["tickvol", "spread"]) {
            layout.dialect = "MetaTrader"
        } else if all.contains("adjclose") {
            layout.dialect = "Yahoo client"
            layout.notes.append("column 'Adj Close' is left out")
        }
    }
}
