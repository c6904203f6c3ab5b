import Basics

/// Decimal numbers as integers with a stated number of decimals.
package enum FixedPoint {
    /// Why text is no number of the scale.
    package enum Problem: Error, Equatable, Sendable {
        case empty
        case notANumber
        case tooManyDecimals(found: Int)
        case outOfRange
    }

    /// Powers of ten that fit 64 bits, by exponent.
    package static let powers: [Int64] = (0...18).map { n in (0..<n).reduce(Int64(1)) { power, _ in power * 10 } }

    /// Reads decimal text into an integer scaled by 10^decimals.
    ///
    /// - Parameter rounds: round half away from zero where the text has more decimals; otherwise trailing zeros are
    ///   accepted and anything else is `tooManyDecimals`.
    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>, decimals: Int, rounds: Bool) throws(Problem) -> Int64
    {
        var index = 0
        let count = bytes.count
        guard count > 0 else { throw .empty }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative || bytes[0] == UInt8(ascii: "+") { index = 1 }
        var mantissa: Int64 = 0
        var digits = 0, fraction = 0
        var isInFraction = false, roundsUp = false, lastSignificant = 0
        while index < count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "."), !isInFraction {
                isInFraction = true
            } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                digits += 1
                if isInFraction { fraction += 1 }
                if !isInFraction || fraction <= decimals {
                    let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                    let (sum, more) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                    if overflow || more { throw .outOfRange }
                    mantissa = sum
                } else {
                    if fraction == decimals + 1 { roundsUp = byte >= UInt8(ascii: "5") }
                    if byte != UInt8(ascii: "0") { lastSignificant = fraction }
                }
            } else if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
                return try parseExponent(bytes, decimals: decimals)
            } else {
                throw .notANumber
            }
            index += 1
        }
        guard digits > 0 else { throw .notANumber }
        if lastSignificant > decimals, !rounds { throw .tooManyDecimals(found: lastSignificant) }
        if fraction < decimals {
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: powers[decimals - fraction])
            if overflow { throw .outOfRange }
            mantissa = product
        } else if roundsUp, rounds {
            guard mantissa < .max else { throw .outOfRange }
            mantissa += 1
        }
        return isNegative ? -mantissa : mantissa
    }

    /// Exponent notation is rare in market data; it takes the slow path through a Double.
    private static func parseExponent(_ bytes: UnsafeBufferPointer<UInt8>, decimals: Int) throws(Problem) -> Int64 {
        guard let value = Double(String(decoding: bytes, as: UTF8.self)) else { throw .notANumber }
        return try scale(value, decimals: decimals)
    }

    /// The nearest scaled integer of a Double.
    package static func scale(_ value: Double, decimals: Int) throws(Problem) -> Int64 {
        let scaled = (value * Double(powers[decimals])).rounded()
        guard scaled.isFinite, scaled.magnitude < 9.2e18 else { throw .outOfRange }
        return Int64(saturating: scaled)
    }

    /// Decimal text with exactly `decimals` decimals.
    package static func text(_ value: Int64, decimals: Int) -> String {
        if decimals == 0 { return String(value) }
        let (quotient, remainder) = value.magnitude.quotientAndRemainder(dividingBy: powers[decimals].magnitude)
        let fraction = String(remainder)
        return (value < 0 ? "-" : "") + "\(quotient)." + String(repeating: "0", count: decimals - fraction.count)
            + fraction
    }
}
