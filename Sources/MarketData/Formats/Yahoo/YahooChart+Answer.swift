import Basics
import Tables

extension YahooChart {
    /// Refuses an answer to another question, and one without a bar.
    ///
    /// - Parameters:
    ///   - ticker: that was asked for; case does not count.
    ///   - interval: that was asked for; `60m` is `1h`.
    /// - Throws: ``Failure`` with code `yahoo.contradiction` or `yahoo.empty`.
    package func requireAnswer(to ticker: String, interval: String) throws {
        if let symbol, symbol.lowercased() != ticker.lowercased() {
            throw Failure(
                "yahoo.contradiction", "found the bars of '\(symbol)' in the answer, expected those of '\(ticker)'",
                hint: "ask for '\(symbol)' if that is its name now, or for another mirror")
        }
        let isSame =
            granularity == interval || Interval.parse(granularity).map { $0 == Interval.parse(interval) } ?? false
        guard isSame else {
            throw Failure(
                "yahoo.contradiction",
                "found bars of \(granularity) in the answer for \(ticker), expected the bars of \(interval) that were "
                    + "asked for",
                hint: "ask for --interval \(granularity), or for a shorter --range: short bars reach back 7 to 730 days"
            )
        }
        guard bars.count == 0 else { return }
        let why = issues.first.map { ": all \(rowCount) rows are left out, the first because it \($0.reason)" } ?? ""
        throw Failure(
            "yahoo.empty", "found no bar of \(ticker) in the answer\(why)",
            hint: "ask for another range: the market may have been closed in all of it")
    }

    /// The corporate actions as CSV, in order of time; nil where there are none.
    ///
    /// `factor` is what prices before the date are multiplied by, for a payment 1 − amount / close of the bar before;
    /// empty where no bar is before it, or where it lies inside a longer bar. The prices of the chart are adjusted for
    /// splits already, and not for cash.
    ///
    /// - Throws: ``Failure`` with code `time.zone`.
    package func actionsCSV() throws -> String? {
        var zone = try ExchangeZone(bars.zone), rows: [(time: Nanoseconds, line: String)] = []
        func line(_ time: Nanoseconds, _ cells: [String]) {
            let date = CivilDate(nanoseconds: zone.local(time))
            rows.append((time, ([date.description] + cells + [TimeText.utc(time)]).joined(separator: ",")))
        }
        for split in splits where split.numerator > 0 && split.denominator > 0 {
            let ratio = "\(YahooChart.text(split.numerator)):\(YahooChart.text(split.denominator))"
            line(split.time, ["split", ratio, "\(split.denominator / split.numerator)", "", ""])
        }
        for (kind, payments) in [("dividend", dividends), ("capital-gains", capitalGains)] {
            for payment in payments where payment.amount.isFinite {
                let factor = close(before: payment.time, &zone).flatMap { close -> String? in
                    payment.amount >= 0 && payment.amount < close ? "\(1 - payment.amount / close)" : nil
                }
                line(payment.time, [kind, "", factor ?? "", YahooChart.text(payment.amount), currencyCell])
            }
        }
        guard !rows.isEmpty else { return nil }
        rows.sort { $0.time < $1.time }
        return "date,kind,ratio,factor,amount,currency,first_known\n" + rows.map { $0.line + "\n" }.joined()
    }

    /// The adjusted closes as cells of a column; nil where the answer has none.
    package var adjustedCells: [String]? {
        adjustedCloses.isEmpty
            ? nil : adjustedCloses.map { $0.map { FixedPoint.text($0.mantissa, decimals: $0.scale) } ?? "" }
    }

    private var currencyCell: String {
        String((currency ?? "").unicodeScalars.filter { $0 != "," && $0 != "\"" && $0.value > 0x20 })
    }

    private static func text(_ value: Double) -> String {
        YahooNumbers([value]).decimal(value).map { FixedPoint.text($0.mantissa, decimals: $0.scale) } ?? "\(value)"
    }

    /// Close of the day before an event; nil where the chart has none.
    private func close(before time: Nanoseconds, _ zone: inout ExchangeZone) -> Double? {
        guard let before = lastBar(before: time, &zone), before.inside == nil, let index = before.index else {
            return nil
        }
        return Double(bars.close[index]) / Double(FixedPoint.powers[bars.priceDecimals])
    }
}
