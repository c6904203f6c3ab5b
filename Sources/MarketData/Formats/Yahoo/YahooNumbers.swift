import Basics
import Foundation

/// The decimal numbers that the server means by its doubles.
///
/// It widens floats of 32 bits, so 123.45999908447266 means 123.46: the shortest decimal number that is the same float.
/// Doubles that are no such floats mean the number of 15 digits that lies next to them, if one does.
package struct YahooNumbers: Sendable {
    private let areSingle: Bool

    /// - Parameter values: of one kind, such as all prices of an answer; what nine of ten of them are, all are.
    package init(_ values: some Collection<Double>) {
        let single = values.count { Float(exactly: $0) != nil }
        areSingle = single * 10 >= values.count * 9
    }

    /// - Returns: nil for NaN, infinity, and what 64 bits and 18 decimals do not hold.
    package func decimal(_ value: Double) -> ExactDecimal? {
        guard value.isFinite else { return nil }
        if areSingle, let float = Float(exactly: value) {
            return ExactDecimal(Array(float.description.utf8)) ?? ExactDecimal(value)
        }
        let short = String(format: "%.14e", value)
        if let near = Double(short), abs(near - value) <= 4 * value.ulp,
            let decimal = ExactDecimal(Array(short.utf8))
        {
            return decimal
        }
        return ExactDecimal(value)
    }
}

/// How many decimals the prices of one instrument are kept with, and what that costs.
struct YahooScale {
    let decimals: Int
    /// Prices that lose a digit.
    private(set) var rounded = 0
    /// Above this, as a part of the price, a loss is no rounding any more.
    private static let largestLoss = 1e-3

    /// - Parameters:
    ///   - values: all of them.
    ///   - least: decimals that are kept in any case.
    ///   - asked: decimals that somebody asks for; nil for as many as the numbers need.
    /// - Throws: ``Failure`` with code `data.bad-rows` where a number that is not zero would become zero, or would not
    ///   fit 64 bits.
    init(_ values: [ExactDecimal], least: Int, asked: Int?, what: String) throws {
        let most = MarketSpec.mostDecimals, needed = values.map(\.scale).max() ?? 0
        var decimals = min(max(asked ?? max(needed, min(max(least, 0), most)), 0), most)
        if asked == nil {
            while decimals > 0, values.contains(where: { $0.integer(decimals: decimals) == nil }) { decimals -= 1 }
        }
        self.decimals = decimals
        for value in values where value.scale > decimals || value.integer(decimals: decimals) == nil {
            guard let kept = value.integer(decimals: decimals) else {
                throw YahooScale.refused(value, what, "do not fit 64 bits", decimals, needed: nil)
            }
            guard kept != 0 || value.mantissa == 0 else {
                throw YahooScale.refused(value, what, "make 0", decimals, needed: needed)
            }
            let loss = abs(ExactDecimal(kept, scale: decimals).double - value.double) / abs(value.double)
            guard asked != nil || loss <= YahooScale.largestLoss else {
                throw YahooScale.refused(value, what, "do not hold", decimals, needed: needed)
            }
            rounded += 1
        }
    }

    private static func refused(_ value: ExactDecimal, _ what: String, _ effect: String, _ decimals: Int, needed: Int?)
        -> Failure
    {
        let enough = needed.map { $0 <= MarketSpec.mostDecimals } ?? false
        return Failure(
            "data.bad-rows", "found the \(what) \(value.double), which \(decimals) decimals \(effect)",
            hint: enough
                ? "keep more of them: --price-decimals \(needed ?? 0)"
                : "a market file holds up to \(MarketSpec.mostDecimals) decimals; take another unit of the instrument")
    }

    func integer(_ value: ExactDecimal) -> Int64 { value.integer(decimals: decimals) ?? 0 }
}
