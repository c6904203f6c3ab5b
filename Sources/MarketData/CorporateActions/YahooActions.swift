package import Basics
import Tables

extension CorporateActionTable {
    /// The events of a chart. Its prices and dividends are adjusted for splits already.
    ///
    /// Cash of an ex-day makes earlier prices be multiplied by 1 − amount / close of the bar before: the rule by which
    /// the server's own adjusted close is made. An event before which the chart has no bar changes no price of it and
    /// is left out. An event is known at its own time, the open of the ex-day.
    ///
    /// - Throws: ``Failure`` with code `data.factors` for an amount or ratio that cannot be, or an unknown zone.
    package init(_ chart: YahooChart) throws {
        var zone = try ExchangeZone(chart.bars.zone)
        var actions: [CorporateAction] = [], notes: [String] = []
        let scale = 1 / Double(FixedPoint.powers[chart.bars.priceDecimals])
        func fault(_ what: String, _ time: Nanoseconds) -> Failure {
            Failure(
                "data.factors", "\(what) at \(TimeText.utc(time)) in the chart of \(chart.bars.instrument)",
                hint: "ask the server again, or leave prices unadjusted")
        }
        /// The last bar that began before.
        func bar(before time: Nanoseconds) -> Int? {
            var low = 0, high = chart.bars.count
            while low < high {
                let middle = (low + high) / 2
                if chart.bars.time[middle] < time { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? low - 1 : nil
        }
        func add(_ kind: CorporateAction.Kind, _ time: Nanoseconds, amount: Double?, factor: (Double) throws -> Double)
            rethrows
        {
            guard let index = bar(before: time) else {
                notes.append("a \(kind.rawValue) at \(TimeText.utc(time)) has no bar before it and is left out")
                return
            }
            let local = zone.local(chart.bars.time[index]), close = Double(chart.bars.close[index]) * scale
            actions.append(
                CorporateAction(
                    lastDay: CivilDate(nanoseconds: local), kind: kind, factor: try factor(close), reference: close,
                    amount: amount, firstKnown: time))
        }
        for split in chart.splits {
            try add(.split, split.time, amount: nil) { _ in
                let factor = split.denominator / split.numerator
                guard (1e-9...1e9).contains(factor) else {
                    throw fault("found a split of \(split.numerator):\(split.denominator)", split.time)
                }
                return factor
            }
        }
        for (kind, payments) in [(CorporateAction.Kind.dividend, chart.dividends), (.capitalGains, chart.capitalGains)]
        {
            for payment in payments {
                try add(kind, payment.time, amount: payment.amount) { close in
                    guard payment.amount >= 0, close > 0, payment.amount < close else {
                        throw fault("found \(payment.amount) paid on a share of \(close)", payment.time)
                    }
                    return 1 - payment.amount / close
                }
            }
        }
        self.init(
            instrument: chart.bars.instrument, zone: chart.bars.zone,
            actions: actions.sorted { ($0.lastDay, $0.firstKnown) < ($1.lastDay, $1.firstKnown) },
            pricesHoldSplits: true, notes: notes + ["prices of the chart are adjusted for splits, not for dividends"])
    }
}

extension CivilDate {
    /// The day of a wall-clock time.
    package init(nanoseconds local: Nanoseconds) {
        let (days, rest) = local.quotientAndRemainder(dividingBy: 86_400_000_000_000)
        self.init(daysSince1970: Int(rest < 0 ? days - 1 : days))
    }
}
