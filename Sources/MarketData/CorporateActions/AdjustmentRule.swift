package import Basics
import Foundation
import Tables

/// By what bars of a day are multiplied: the factors of a table, an adjustment and, for a look from the past, a day.
///
/// As of a day nothing is used that was known after its end, and factors are relative to the level of that day: the
/// last price that was known then is unadjusted, as in files of that evening.
package struct AdjustmentRule: Sendable {
    /// The company's actions.
    package let table: CorporateActionTable
    /// What is taken out of prices.
    package let adjustment: Adjustment
    /// The last day whose bars are known; nil: all.
    package let asOf: CivilDate?
    /// Decimals that adjusted prices have beyond those of the raw: as many as the smallest factor takes away, so that a
    /// price that is not 0 does not become 0.
    package let morePriceDecimals: Int
    /// The same of volumes.
    package let moreVolumeDecimals: Int
    private let base: CorporateActionTable.Step?

    /// - Throws: ``Failure`` with code `time.zone`.
    package init(_ table: CorporateActionTable, _ adjustment: Adjustment, asOf: CivilDate? = nil) throws {
        (self.table, self.adjustment, self.asOf) = (table, adjustment, asOf)
        if let asOf {
            var zone = try ExchangeZone(table.zone)
            let end = zone.utc(Int64(clamping: asOf.daysSince1970 + 1).saturatingTimes(86_400_000_000_000))
            base = table.step(knownAt: end.saturatingMinus(1))
        } else {
            base = nil
        }
        var least = 1.0, most = 1.0
        for step in table.steps where base.map({ step.until <= $0.until }) ?? true {
            let (price, volume) = AdjustmentRule.factors(step, base, adjustment, table.pricesHoldSplits)
            (least, most) = (min(least, price), min(most, volume))
        }
        func decimals(_ factor: Double) -> Int { (0...9).first { factor * pow(10, Double($0)) >= 0.999_999 } ?? 9 }
        (morePriceDecimals, moreVolumeDecimals) = (decimals(least), decimals(most))
    }

    /// Whether bars of the day are known.
    package func isKnown(_ day: CivilDate) -> Bool { asOf.map { day <= $0 } ?? true }

    /// What prices and volumes of a day are multiplied by.
    package func factors(on day: CivilDate) -> (price: Double, volume: Double) {
        AdjustmentRule.factors(table.step(on: day), base, adjustment, table.pricesHoldSplits)
    }

    private static func factors(
        _ step: CorporateActionTable.Step?, _ base: CorporateActionTable.Step?, _ adjustment: Adjustment,
        _ pricesHoldSplits: Bool
    ) -> (price: Double, volume: Double) {
        let split = (step?.split ?? 1) / (base?.split ?? 1), cash = (step?.cash ?? 1) / (base?.cash ?? 1)
        // What the prices have in them already is taken out first.
        let held = pricesHoldSplits ? step?.split ?? 1 : 1
        return switch adjustment {
        case .none: (1 / held, held)
        case .splits: (split / held, held / split)
        case .total: (cash * split / held, held / split)
        }
    }

    /// A number multiplied and rounded half away from zero, with more decimals.
    ///
    /// - Throws: ``Failure`` with code `data.factors` where it does not fit, or would become 0.
    func scaled(_ value: Int64, by factor: Double, decimals: Int) throws -> Int64 {
        guard value != 0, factor != 1 || decimals > 0 else { return value }
        // A factor of 1 stays exact.
        if factor == 1, let exact = value.times(FixedPoint.powers[decimals]) { return exact }
        let result = (Double(value) * factor * Double(FixedPoint.powers[decimals])).rounded()
        guard result != 0, let whole = Int64(exactly: result) else {
            throw Failure(
                "data.factors",
                "found \(value) times \(factor) to be \(result == 0 ? "0" : "too large") in \(table.instrument)",
                hint: "check the factors of \(table.instrument), or leave prices unadjusted")
        }
        return whole
    }
}
