package import Basics

/// Prices as the money of somebody who holds on: on the level of the first day, so that actions behind a bar change
/// nothing of it. Returns are counted by it; what a share cost is not in it.
extension CorporateActionTable {
    /// By what the money of a holder grew from one day to a later one beside the quotient of the file's prices.
    ///
    /// - Complexity: O(actions).
    package func growth(from first: CivilDate, to last: CivilDate, _ adjustment: Adjustment) -> Double {
        var product = 1.0
        for action in actions where first <= action.lastDay && action.lastDay < last {
            if action.kind != .split {
                if adjustment == .total { product /= action.factor }
            } else if adjustment == .none {
                // As traded: the prices before it have it in them, those behind it have not.
                if pricesHoldSplits { product *= action.factor }
            } else if !pricesHoldSplits {
                product /= action.factor
            }
        }
        return product
    }

    /// What prices and volumes of a day are multiplied by. Of prices that hold splits already the level is the file's
    /// own.
    ///
    /// - Complexity: O(actions).
    package func money(on day: CivilDate, _ adjustment: Adjustment) -> (price: Double, volume: Double) {
        var (price, volume) = (1.0, 1.0)
        for action in actions {
            let isPast = action.lastDay < day
            if action.kind != .split {
                if isPast, adjustment == .total { price /= action.factor }
            } else if adjustment == .none ? pricesHoldSplits && !isPast : !pricesHoldSplits && isPast {
                (price, volume) = (price / action.factor, volume * action.factor)
            }
        }
        return (price, volume)
    }
}

extension BarTable {
    /// The bars as the money of a holder; decimals stay.
    ///
    /// - Throws: ``Failure`` with code `data.factors` where a number does not fit, or a price would become 0.
    package func asMoney(_ table: CorporateActionTable, _ adjustment: Adjustment) throws -> BarTable {
        guard !table.actions.isEmpty else { return self }
        var zone = try ExchangeZone(table.zone), out = self
        var recent: (day: CivilDate, factor: (price: Double, volume: Double))?
        for row in 0..<count {
            let day = CivilDate(nanoseconds: zone.local(time[row]))
            let factor = recent.flatMap { $0.day == day ? $0.factor : nil } ?? table.money(on: day, adjustment)
            recent = (day, factor)
            guard factor.price != 1 || factor.volume != 1 else { continue }
            func scaled(_ value: Int64, _ by: Double, isPrice: Bool) throws -> Int64 {
                let result = (Double(value) * by).rounded()
                guard let whole = Int64(exactly: result), value == 0 || whole != 0 || !isPrice else {
                    throw Failure(
                        "data.factors",
                        "found a price of \(instrument) on \(day) that \(priceDecimals) decimals cannot hold after its "
                            + "corporate actions",
                        hint: "give the market more priceDecimals, or check the factors of \(instrument)")
                }
                return whole
            }
            out.open[row] = try scaled(open[row], factor.price, isPrice: true)
            out.high[row] = try scaled(high[row], factor.price, isPrice: true)
            out.low[row] = try scaled(low[row], factor.price, isPrice: true)
            out.close[row] = try scaled(close[row], factor.price, isPrice: true)
            out.volume[row] = try scaled(volume[row], factor.volume, isPrice: false)
        }
        return out
    }

    /// The bars that had ended by a moment: a day's bar at the close of its session.
    ///
    /// - Parameter allHours: whether bars hold trading before and after the session too.
    /// - Throws: ``Failure`` with code `calendar.unknown`, or one for an unknown zone.
    package func known(at moment: Nanoseconds, in market: MarketSpec, allHours: Bool = false) throws -> BarTable {
        var calendar = try TradingCalendar(market), rows: [Int] = []
        for row in time.indices
        where try calendar.end(ofBarAt: time[row], interval: interval, allHours: allHours) <= moment {
            rows.append(row)
        }
        return rows.count == count ? self : selecting(rows)
    }
}
