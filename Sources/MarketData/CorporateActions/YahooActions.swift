package import Basics
import Tables

extension CorporateActionTable {
    /// The events of a chart. Its prices and dividends are adjusted for splits already.
    ///
    /// Cash of an ex-day makes earlier prices be multiplied by 1 − amount / close of the day before: the rule by which
    /// the server's own adjusted close is made. An event before which the chart has no bar changes no price of it and
    /// is left out. An event is known at its own time, the open of the ex-day.
    ///
    /// A bar of a week or longer that holds the ex-day closes behind it, so that it is no bar before the event. No
    /// close of the day before is there then, and no factor of cash.
    ///
    /// - Throws: ``Failure`` with code `data.factors` for an amount or ratio that cannot be, for cash inside a bar that
    ///   is longer than a day, or an unknown zone.
    package init(_ chart: YahooChart) throws {
        var zone = try ExchangeZone(chart.bars.zone)
        var actions: [CorporateAction] = [], notes: [String] = []
        let scale = 1 / Double(FixedPoint.powers[chart.bars.priceDecimals])
        func fault(
            _ what: String, _ time: Nanoseconds, hint: String = "ask the server again, or leave prices unadjusted"
        ) -> Failure {
            Failure(
                "data.factors", "\(what) at \(TimeText.utc(time)) in the chart of \(chart.bars.instrument)", hint: hint)
        }
        func add(_ kind: CorporateAction.Kind, _ time: Nanoseconds, amount: Double?, factor: (Double) throws -> Double)
            throws
        {
            guard let before = chart.lastBar(before: time, &zone) else {
                notes.append("a \(kind.rawValue) at \(TimeText.utc(time)) has no bar before it and is left out")
                return
            }
            if let inside = before.inside {
                let bar = "the bar of \(chart.granularity) that begins at \(TimeText.utc(chart.bars.time[inside]))"
                guard kind == .split else {
                    throw fault(
                        "found a \(kind.rawValue) inside \(bar), whose factor needs the close of the day before", time,
                        hint: "import daily bars of the ticker, which have that close")
                }
                notes.append(
                    "a split at \(TimeText.utc(time)) lies inside \(bar), which counts as a bar behind it: its close is"
                )
            }
            guard let index = before.index else {
                notes.append("a \(kind.rawValue) at \(TimeText.utc(time)) has no whole bar before it and is left out")
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

extension YahooChart {
    /// The last bar that was over when the day of an event began, and the longer bar that holds this day inside; nil
    /// where the chart has no bar before it.
    func lastBar(before time: Nanoseconds, _ zone: inout ExchangeZone) -> (index: Int?, inside: Int?)? {
        let date = CivilDate(nanoseconds: zone.local(time))
        let midnight = zone.utc(Int64(date.daysSince1970).saturatingTimes(YahooChartRules.day))
        var low = 0, high = bars.count
        while low < high {
            let middle = (low + high) / 2
            if bars.time[middle] < midnight { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let index = low - 1
        guard !isIntraday, index < knownTimes.count, knownTimes[index] > midnight else { return (index, nil) }
        // Nothing may have traded in the bar before this day: after a Monday that is a holiday.
        let first = CivilDate(nanoseconds: zone.local(bars.time[index]))
        var calendar = calendarName.flatMap { try? TradingCalendar($0) }
        if let session = (try? calendar?.session(before: date)) ?? nil, session.label < first {
            return (index > 0 ? index - 1 : nil, nil)
        }
        return (index > 0 ? index - 1 : nil, index)
    }
}

extension CivilDate {
    /// The day of a wall-clock time.
    package init(nanoseconds local: Nanoseconds) {
        let (days, rest) = local.quotientAndRemainder(dividingBy: 86_400_000_000_000)
        self.init(daysSince1970: Int(rest < 0 ? days - 1 : days))
    }
}
