import Basics
import MarketData

/// What prices are multiplied by so that returns are those of a holder: nothing where the market does not adjust.
struct MoneyOfShares {
    private let table: CorporateActionTable?
    private let adjustment: Adjustment
    private var zone: ExchangeZone
    private var recent: (day: CivilDate, level: Double)?

    /// - Throws: ``Failure`` with code `time.zone`.
    init(_ table: CorporateActionTable?, _ market: MarketSpec) throws {
        self.table = market.adjust == nil || table?.actions.isEmpty != false ? nil : table
        adjustment = market.adjust?.prices ?? .none
        zone = try ExchangeZone(table?.zone ?? market.zone)
    }

    /// By what money grew between two times beside the quotient of their prices.
    mutating func growth(_ first: Nanoseconds, _ last: Nanoseconds) -> Double {
        guard let table else { return 1 }
        let from = day(first), to = day(last)
        return from == to ? 1 : table.growth(from: from, to: to, adjustment)
    }

    /// What a price at a time is multiplied by to be on the level of the first day.
    mutating func level(_ time: Nanoseconds) -> Double {
        guard let table else { return 1 }
        let day = day(time)
        if let recent, recent.day == day { return recent.level }
        let level = table.money(on: day, adjustment).price
        recent = (day, level)
        return level
    }

    private mutating func day(_ time: Nanoseconds) -> CivilDate { CivilDate(nanoseconds: zone.local(time)) }
}
