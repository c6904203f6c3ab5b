package import Basics
import Foundation

/// A change of price from one daily bar to the next that is too large to be passed over, and what made it.
package struct PriceJump: Sendable, Equatable {
    /// What makes a price jump.
    package enum Cause: String, CaseIterable, Sendable {
        /// The factor file has a split between the bars.
        case split
        /// The ticker belonged to another company, or to none that is known.
        case otherOwner = "other owner of the ticker"
        /// The market: it is real and must stay.
        case market
    }

    /// Of the later bar.
    package let day: CivilDate
    /// Logarithm of close by close, as traded.
    package let raw: Double
    /// The same after all factors.
    package let adjusted: Double
    /// What made it.
    package let cause: Cause

    /// Jumps of daily bars of a ticker.
    ///
    /// - Parameters:
    ///   - bars: as traded.
    ///   - threshold: least size of the logarithm as traded.
    package static func find(
        _ bars: BarTable, _ table: CorporateActionTable, _ map: TickerMap, threshold: Double = 0.4
    ) throws -> [PriceJump] {
        var zone = try ExchangeZone(table.zone)
        let rule = try AdjustmentRule(table, .total)
        let days = bars.time.map { CivilDate(nanoseconds: zone.local($0)) }
        return (1..<max(bars.count, 1)).compactMap { index in
            let raw = log(Double(bars.close[index]) / Double(bars.close[index - 1]))
            guard raw.isFinite, abs(raw) > threshold else { return nil }
            let (before, now) = (days[index - 1], days[index])
            let change = rule.factors(on: now).price / rule.factors(on: before).price
            let cause: Cause =
                if map.owner(bars.instrument, on: before) != map.owner(bars.instrument, on: now) {
                    .otherOwner
                } else if table.step(on: before)?.split != table.step(on: now)?.split {
                    .split
                } else {
                    .market
                }
            return PriceJump(day: now, raw: raw, adjusted: raw + log(change), cause: cause)
        }
    }
}

/// An unbroken part of a series of daily bars: a ticker that was in use, by one company perhaps.
package struct BarStretch: Sendable, Equatable {
    /// Positions of its bars.
    package let rows: Range<Int>
    /// Day of the first bar.
    package let first: CivilDate
    /// Day of the last bar.
    package let last: CivilDate

    /// Parts between gaps of more than so many days.
    package static func find(_ bars: BarTable, zone name: String, gap days: Int = 60) throws -> [BarStretch] {
        var zone = try ExchangeZone(name)
        let dates = bars.time.map { CivilDate(nanoseconds: zone.local($0)) }
        var starts = dates.isEmpty ? [] : [0]
        for index in dates.indices.dropFirst() where dates[index].daysSince1970 - dates[index - 1].daysSince1970 > days
        {
            starts.append(index)
        }
        return zip(starts, starts.dropFirst() + [dates.count]).map { start, end in
            BarStretch(rows: start..<end, first: dates[start], last: dates[end - 1])
        }
    }
}
