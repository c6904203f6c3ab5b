import Basics

extension CSVHeader {
    /// The header of three lines that yfinance writes: fields, tickers, the name of the times; the first two in either
    /// order.
    mutating func threeLines() throws -> CSVLayout? {
        guard records.count >= 3, records[0].count >= 5, records[0].count == records[1].count else { return nil }
        let third = records[2]
        guard third.count == records[0].count || third.count == 1,
            ["date", "datetime", "time", "timestamp", ""].contains(CSVRole.key(third[0])),
            CSVHeader.number(third[0]) == nil,
            third.dropFirst().allSatisfy({ $0.isEmpty || $0.lowercased() == "nan" })
        else { return nil }
        let fields = records[0].dropFirst().map(CSVRole.key), others = records[1].dropFirst().map(CSVRole.key)
        let known: Set<String> = ["open", "high", "low", "close", "adjclose", "volume"]
        let isFieldFirst =
            known.isSuperset(of: ["open", "high", "low", "close"].filter(fields.contains))
            && fields.contains("open")
        guard isFieldFirst || others.contains("open") else { return nil }
        let roles = isFieldFirst ? fields : others
        let tickers = Array(records[isFieldFirst ? 1 : 0].dropFirst())
        var order: [String] = [], groups: [String: CSVLayout.Group] = [:]
        for (index, (key, ticker)) in zip(roles, tickers).enumerated() {
            guard let role = CSVRole.barRole(key) else { continue }
            guard !ticker.isEmpty else {
                throw fault("found a column '\(key)' without a ticker", "name its ticker in the second line")
            }
            if groups[ticker] == nil { order.append(ticker) }
            guard groups[ticker, default: .init(name: ticker)].columns.updateValue(index + 1, forKey: role) == nil
            else {
                throw fault("found two columns '\(key)' of '\(Escaping.terminal(ticker))'", "remove one")
            }
        }
        layout.groups = order.compactMap { groups[$0] }
        if let partial = layout.groups.first(where: {
            !Set($0.columns.keys).isSuperset(of: [.open, .high, .low, .close])
        }) {
            throw fault(
                "found only some of open, high, low, close of '\(Escaping.terminal(partial.name ?? ""))'",
                "add the missing columns")
        }
        layout.names = zip(records[0], records[1]).map { $0 + " " + $1 }
        layout.names[0] = third[0]
        layout.headerRecords = 3
        layout.time.date = 0
        layout.dialect = "yfinance, header of three lines"
        return layout.groups.isEmpty ? nil : layout
    }

    /// Rows without names: Binance's twelve columns of klines, or a time and open, high, low, close, volume.
    mutating func headerless() -> CSVLayout? {
        let rows = records.prefix(200)
        guard let first = rows.first, rows.allSatisfy({ $0.count == first.count }) else { return nil }
        layout.names = first.indices.map { "\($0 + 1)" }
        if first.count == 12, isKlines(rows) {
            layout.groups = [.init(columns: [.open: 1, .high: 2, .low: 3, .close: 4, .volume: 5])]
            layout.time.date = 0
            layout.closeTime = 6
            layout.dialect = "Binance klines"
            layout.inferences.append(
                Inference(
                    "columns", "open_time, open, high, low, close, volume, close_time, …",
                    evidence: "twelve columns without names, of which the first and seventh are times", confidence: 0.98
                ))
            return layout
        }
        // One or two columns of time, perhaps a ticker before them.
        var index = 0
        if CSVHeader.stamp(first[0]) == nil, CSVHeader.number(first[0]) == nil, !first[0].isEmpty {
            layout.symbol = 0
            index = 1
        }
        guard index < first.count, let stamp = CSVHeader.stamp(first[index]),
            stamp.shape != .clock, stamp.shape != .number || CSVStamp.unit(of: stamp.number) != nil
        else { return nil }
        layout.time.date = index
        index += 1
        if stamp.clock == nil, stamp.shape != .number, index < first.count, rows.allSatisfy({ isClockText($0[index]) })
        {
            layout.time.clock = index
            index += 1
        }
        guard first.count - index == 4 || first.count - index == 5,
            rows.allSatisfy({ row in row[index...].allSatisfy { CSVHeader.isNumberOrNone($0) } })
        else { return nil }
        guard areBars(rows, index) else { return nil }
        layout.groups = [.init(columns: [.open: index, .high: index + 1, .low: index + 2, .close: index + 3])]
        if first.count - index == 5 { layout.groups[0].columns[.volume] = index + 4 }
        layout.inferences.append(
            Inference(
                "columns", "time, open, high, low, close" + (first.count - index == 5 ? ", volume" : ""),
                evidence: "the file names no columns; their order is the usual one and high and low fit",
                confidence: 0.7))
        layout.notes.append("the file names no columns: taken as time, open, high, low, close, volume in this order")
        return layout
    }

    /// Whether the second number of rows is the greatest of four and the third the least, but for a few.
    private func areBars(_ rows: ArraySlice<[String]>, _ index: Int) -> Bool {
        let wrong = rows.filter { row in
            let values = row[index..<index + 4].compactMap { CSVHeader.number($0)?.value }
            return values.count == 4 && (values[1] < max(values[0], values[3]) || values[2] > min(values[0], values[3]))
        }
        return wrong.count * 20 <= rows.count
    }

    private func isClockText(_ text: String) -> Bool {
        if CSVHeader.stamp(text)?.shape == .clock { return true }
        return (text.count == 4 || text.count == 6) && text.allSatisfy { $0.isASCII && $0.isNumber }
            && (Int(text) ?? .max) < 240_000
    }

    /// Twelve columns of numbers of which the first is a time and the seventh a later one of the same unit.
    private func isKlines(_ rows: ArraySlice<[String]>) -> Bool {
        rows.allSatisfy { row in
            guard let start = CSVHeader.stamp(row[0]), let end = CSVHeader.stamp(row[6]), start.shape == .number,
                let unit = CSVStamp.unit(of: start.number), CSVStamp.unit(of: end.number) == unit,
                end.number.value >= start.number.value
            else { return false }
            return row.allSatisfy { CSVHeader.number($0) != nil }
        }
    }
}
