import Basics
import Tables

/// Factor files of LEAN's layout: day, cash factor, split factor, close of the day, oldest first.
///
/// A row's factors hold for days up to it and behind the row before; the last row has factors 1. Two rows that differ
/// are an action behind the first of them. When an action became known is not in the file: it counts from the open of
/// the next session of New York on, because its factor needs the close before.
package enum LEANFactorFile {
    /// More than any company has.
    private static let mostRows = 100_000

    /// - Throws: ``Failure`` with code `data.factors` that names the line, ``FileError``.
    package static func read(_ path: String) throws -> CorporateActionTable {
        var rows: [Row] = []
        try CSVScanner.scan(path) { record in
            let row = try Row(record, path)
            if let last = rows.last, row.day <= last.day {
                throw fault(path, record.line, "found \(row.day) behind \(last.day), expected days in order")
            }
            guard rows.count < mostRows else { throw fault(path, record.line, "found more than \(mostRows) rows") }
            rows.append(row)
        }
        guard let last = rows.last else { throw fault(path, 1, "found no row") }
        guard last.cash == 1, last.split == 1 else {
            throw fault(
                path, last.line, "found the factors \(last.cash) and \(last.split), expected 1 and 1 at the end")
        }
        return try table(rows, instrument: LEANNames.stem(Paths.name(path)).lowercased())
    }

    private static func table(_ rows: [Row], instrument: String) throws -> CorporateActionTable {
        var calendar = try TradingCalendar("XNYS"), zone = try ExchangeZone(LEANFile.zone)
        var steps: [CorporateActionTable.Step] = [], actions: [CorporateAction] = []
        for (row, next) in zip(rows, rows.dropFirst()) {
            let known = firstOpen(after: row.day, &calendar, &zone)
            steps.append(.init(until: row.day, cash: row.cash, split: row.split, endKnown: known))
            if row.split != next.split {
                actions.append(
                    CorporateAction(
                        lastDay: row.day, kind: .split, factor: row.split / next.split, reference: row.reference,
                        amount: nil, firstKnown: known))
            }
            if row.cash != next.cash {
                let factor = row.cash / next.cash
                actions.append(
                    CorporateAction(
                        lastDay: row.day, kind: .dividend, factor: factor, reference: row.reference,
                        amount: row.reference.map { (1 - factor) * $0 }, firstKnown: known))
            }
        }
        if let last = rows.last { steps.append(.init(until: last.day, cash: 1, split: 1, endKnown: .max)) }
        return CorporateActionTable(
            instrument: instrument, zone: LEANFile.zone, actions: actions, steps: steps, pricesHoldSplits: false,
            notes: [
                "the file does not say when an action became known: it counts from the open of the next session on",
                "the file has factors alone: a dividend's amount is what its factor says of the close before",
            ])
    }

    /// The open of the first session behind a day, in UTC; midnight of the next day where the calendar knows none, as
    /// before it begins.
    private static func firstOpen(
        after day: CivilDate, _ calendar: inout TradingCalendar, _ zone: inout ExchangeZone
    ) -> Nanoseconds {
        if let session = try? calendar.session(after: day) { return session.open }
        return zone.utc(Int64(day.daysSince1970 + 1) * 86_400_000_000_000)
    }

    private struct Row {
        let line: Int
        let day: CivilDate
        let cash: Double
        let split: Double
        let reference: Double?

        init(_ record: CSVRecords, _ path: String) throws {
            line = record.line
            guard record.count == 4 else {
                throw fault(path, line, "found \(record.count) cells, expected day, two factors and a close")
            }
            guard let day = LEANDate.parse(record.text(0)) else {
                throw fault(path, line, "found '\(record.text(0).prefix(30))', expected a day such as 20140606")
            }
            self.day = day
            func number(_ cell: Int) throws -> Double {
                let text = record.text(cell)
                guard text.utf8.count <= 30, text.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) }),
                    let value = Double(text), value < 1e12
                else { throw fault(path, record.line, "found '\(text.prefix(30))', expected a number") }
                return value
            }
            (cash, split) = (try number(1), try number(2))
            let close = try number(3)
            reference = close > 0 ? close : nil
            guard (1e-9...1e9).contains(cash), (1e-9...1e9).contains(split) else {
                throw fault(path, line, "found the factors \(cash) and \(split), expected some above 0")
            }
        }
    }

    private static func fault(_ path: String, _ line: Int, _ what: String) -> Failure {
        Failure(
            "data.factors", "\(path):\(line): \(what)",
            hint: "a factor file has rows such as 20200828,0.9967882,0.25,499.23 up to 20501231,1,1,0")
    }
}
