package import Basics

/// What bars of the past are multiplied by as a series goes on: at every bar, by the actions known then.
///
/// Law: at bar `t` the prices of day `d` are multiplied by the factors of all actions with `lastDay ≥ d`, that became
/// effective before the day of `t` and were known at the end of `t`. So the newest bar is as traded, and nothing later
/// changes what was. Products run from the newest action to the oldest over what is known alone: a table without the
/// later actions gives the same to the bit.
///
/// Prices that hold splits already are divided by those that were not known yet. What was left of their decimals when
/// the file was made is not brought back.
package struct PointInTimeFactors: Sendable {
    private let adjustment: Adjustment
    private let actions: [CorporateAction]
    private let holdsSplits: Bool
    private let interval: Nanoseconds
    private var zone: ExchangeZone
    /// Of ``actions``: whether it counts, and the earliest moment at which another may.
    private var isKnown: [Bool]
    private var nextKnown: Nanoseconds
    private var current: (known: CorporateActionTable, undone: CorporateActionTable)
    /// The last day that was asked for, and what held for it.
    private var recent: (day: CivilDate, factors: (price: Double, volume: Double))?

    /// - Parameter interval: length of a bar: its end is when it is known.
    /// - Throws: ``Failure`` with code `time.zone`.
    package init(_ table: CorporateActionTable, _ adjustment: Adjustment, interval: Nanoseconds) throws {
        self.adjustment = adjustment
        (actions, holdsSplits, self.interval) = (table.actions, table.pricesHoldSplits, interval)
        zone = try ExchangeZone(table.zone)
        isKnown = actions.map { _ in false }
        nextKnown = actions.map(\.firstKnown).min() ?? .max
        let none = CorporateActionTable(
            instrument: table.instrument, zone: table.zone, actions: [], pricesHoldSplits: false, notes: [])
        current = (none, none)
        rebuild()
    }

    /// The day of a bar where its market is.
    package mutating func day(_ time: Nanoseconds) -> CivilDate { CivilDate(nanoseconds: zone.local(time)) }

    /// Goes on to a bar.
    ///
    /// - Returns: whether bars before it are multiplied by something else from here on.
    package mutating func advance(to time: Nanoseconds) -> Bool {
        let end = time.saturatingPlus(interval)
        guard end >= nextKnown else { return false }
        let day = day(time)
        var isNew = false, next = Nanoseconds.max
        for index in actions.indices where !isKnown[index] {
            let action = actions[index]
            if action.firstKnown <= end, action.lastDay < day {
                isKnown[index] = true
                isNew = true
            } else {
                next = min(next, action.firstKnown)
            }
        }
        nextKnown = next
        if isNew { rebuild() }
        return isNew
    }

    /// What prices and volumes of a bar at a time are multiplied by, as of the bar that was gone to last.
    package mutating func factors(_ time: Nanoseconds) -> (price: Double, volume: Double) {
        guard !actions.isEmpty else { return (1, 1) }
        let day = day(time)
        if let recent, recent.day == day { return recent.factors }
        let known = current.known.step(on: day), undone = current.undone.step(on: day)?.split ?? 1
        let split = adjustment == .none || holdsSplits ? 1 : known?.split ?? 1
        let cash = adjustment == .total ? known?.cash ?? 1 : 1
        let factors = (price: cash * split / undone, volume: undone / split)
        recent = (day, factors)
        return factors
    }

    private mutating func rebuild() {
        func table(_ isIn: (Int) -> Bool) -> CorporateActionTable {
            CorporateActionTable(
                instrument: "", zone: zone.name, actions: actions.indices.filter(isIn).map { actions[$0] },
                pricesHoldSplits: false, notes: [])
        }
        current.known = table { isKnown[$0] }
        current.undone = table { holdsSplits && actions[$0].kind == .split && (adjustment == .none || !isKnown[$0]) }
        recent = nil
    }
}
