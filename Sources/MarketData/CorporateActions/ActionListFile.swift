import Basics
import Tables

/// Lists of corporate actions as `import yahoo` writes them: `date,kind,ratio,factor,amount,currency,first_known`.
///
/// The date is the first day on the new level, and the factor is what prices before it are multiplied by. Rows without
/// a factor have no bar before them and are left out. Columns are found by name; `ratio`, `amount` and `currency` may
/// be absent, and others are not looked at. `first_known` is a time in UTC.
package enum ActionListFile {
    /// More than any company has.
    private static let mostRows = 100_000

    /// - Parameters:
    ///   - zone: whose days the dates are.
    ///   - pricesHoldSplits: whether the prices that come with it are adjusted for splits already.
    /// - Throws: ``Failure`` with code `data.factors` that names the line, ``FileError``.
    package static func read(_ path: String, instrument: String, zone: String, pricesHoldSplits: Bool = true) throws
        -> CorporateActionTable
    {
        var columns: [String: Int]?, actions: [CorporateAction] = [], notes: [String] = []
        try CSVScanner.scan(path) { record in
            guard let known = columns else {
                let names = (0..<record.count).map { record.text($0) }
                for name in ["date", "kind", "factor", "first_known"] where !names.contains(name) {
                    throw fault(path, record.line, "found no column '\(name)'")
                }
                columns = Dictionary(zip(names, names.indices)) { first, _ in first }
                return
            }
            func cell(_ name: String) -> String {
                guard let index = known[name], index < record.count else { return "" }
                return record.text(index)
            }
            guard let date = CivilDate(cell("date")), date.isValid else {
                throw fault(path, record.line, "found the date '\(cell("date").prefix(30))'")
            }
            guard let kind = CorporateAction.Kind(rawValue: cell("kind")) else {
                throw fault(path, record.line, "found the kind '\(cell("kind").prefix(30))'")
            }
            guard !cell("factor").isEmpty else {
                notes.append("a \(kind.rawValue) of \(date) has no factor and is left out")
                return
            }
            guard let factor = Double(cell("factor")), (1e-9...1e9).contains(factor) else {
                throw fault(path, record.line, "found the factor '\(cell("factor").prefix(30))', expected one above 0")
            }
            guard let firstKnown = TimeText.parseUTC(cell("first_known")) else {
                throw fault(path, record.line, "found '\(cell("first_known").prefix(30))' as a time in UTC")
            }
            let lastDay = CivilDate(daysSince1970: date.daysSince1970 - 1)
            if let last = actions.last, lastDay < last.lastDay {
                throw fault(path, record.line, "found \(date) behind a later day, expected days in order")
            }
            guard actions.count < mostRows else { throw fault(path, record.line, "found more than \(mostRows) rows") }
            actions.append(
                CorporateAction(
                    lastDay: lastDay, kind: kind, factor: factor, reference: nil, amount: Double(cell("amount")),
                    firstKnown: firstKnown))
        }
        guard columns != nil else { throw fault(path, 1, "found no row") }
        return CorporateActionTable(
            instrument: instrument, zone: zone, actions: actions, pricesHoldSplits: pricesHoldSplits, notes: notes)
    }

    private static func fault(_ path: String, _ line: Int, _ what: String) -> Failure {
        Failure(
            "data.factors", "\(path):\(line): \(what)",
            hint: "a list has the columns date,kind,factor,first_known, rows such as "
                + "2014-06-09,split,0.142857142857,2014-06-09T13:30:00Z, oldest first")
    }
}
