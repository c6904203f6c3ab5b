import Basics

extension TickerMap {
    /// Bars by company of bars by ticker: a company's are followed through all its tickers, and days of a ticker that
    /// no company is known to have had are an instrument of their own, `TICKER@FIRST-DAY`, one for each stretch without
    /// a gap of two months.
    ///
    /// Tables that no map file speaks of stay as they are.
    ///
    /// - Parameter tables: one a ticker, in order of time.
    /// - Throws: ``Failure`` with code `data.instrument-files` for parts of one company that overlap or differ in
    ///   interval, zone or decimals, `time.zone`.
    package func followed(_ tables: [BarTable]) throws -> [(table: BarTable, sources: [Int])] {
        var found: [(path: String, table: BarTable)] = [], origins: [Int] = []
        for (index, table) in tables.enumerated() {
            for part in try parts(of: table) {
                found.append((table.instrument, part))
                origins.append(index)
            }
        }
        return try BarFiles.joined(found).map { joined in (joined.table, joined.files.map { origins[$0] }) }
    }

    private func parts(of table: BarTable) throws -> [BarTable] {
        guard speaks(of: table.instrument), table.count > 0 else { return [table] }
        var zone = try ExchangeZone(table.zone)
        var rows: [String: [Int]] = [:], order: [String] = [], unowned: [Int] = []
        for index in 0..<table.count {
            guard let company = owner(table.instrument, on: CivilDate(nanoseconds: zone.local(table.time[index])))
            else {
                unowned.append(index)
                continue
            }
            if rows[company] == nil { order.append(company) }
            rows[company, default: []].append(index)
        }
        // A name keeps its letters where the company is called as its file.
        func name(_ company: String) -> String {
            table.instrument.lowercased() == company ? table.instrument : company
        }
        var parts = order.map { company in
            var part = table.selecting(rows[company] ?? [])
            part.instrument = name(company)
            return part
        }
        let others = table.selecting(unowned)
        for stretch in try BarStretch.find(others, zone: table.zone) {
            var part = others.selecting(Array(stretch.rows))
            part.instrument = "\(table.instrument)@\(stretch.first)"
            parts.append(part)
        }
        return parts
    }
}
