import Basics
import Foundation
import Tables

/// A number as it is written: an integer of 10^−scale, without zeros at its end.
package struct ExactDecimal: Sendable, Equatable {
    /// The number without its point.
    package let mantissa: Int64
    /// Decimals, 0 to ``largestScale``.
    package let scale: Int

    /// More decimals than a 64-bit integer has digits are not kept.
    package static let largestScale = 18

    /// The number mantissa · 10^−scale.
    package init(_ mantissa: Int64, scale: Int = 0) {
        var (mantissa, scale) = (mantissa, max(scale, 0))
        while scale > 0, mantissa % 10 == 0 { (mantissa, scale) = (mantissa / 10, scale - 1) }
        (self.mantissa, self.scale) = (mantissa, scale)
    }

    /// Reads decimal text, with or without an exponent.
    ///
    /// - Returns: nil for what is no number, and for more digits than 64 bits hold.
    package init?(_ text: some Collection<UInt8>) {
        var mantissa: Int64 = 0, scale = 0, digits = 0, zeros = 0, isInFraction = false
        var rest = text[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "."), !isInFraction { isInFraction = true; continue }
            guard byte &- 48 < 10 else { return nil }
            digits += 1
            if isInFraction, byte == 48 { zeros += 1; continue }
            // Zeros count once something follows them.
            for _ in 0..<(isInFraction ? zeros + 1 : 1) {
                guard let wider = mantissa.times(10) else { return nil }
                mantissa = wider
            }
            guard let next = mantissa.plus(Int64(byte) - 48) else { return nil }
            if isInFraction { scale += zeros + 1 }
            (mantissa, zeros) = (next, 0)
        }
        guard digits > 0 else { return nil }
        if !rest.isEmpty {
            guard rest.count <= 6, let exponent = Int(String(decoding: rest.dropFirst(), as: UTF8.self)) else {
                return nil
            }
            scale -= exponent
        }
        if mantissa == 0 { scale = 0 }
        while scale < 0 {
            guard let wider = mantissa.times(10) else { return nil }
            (mantissa, scale) = (wider, scale + 1)
        }
        while scale > 0, mantissa % 10 == 0 { (mantissa, scale) = (mantissa / 10, scale - 1) }
        guard scale <= ExactDecimal.largestScale else { return nil }
        self.init(isNegative ? -mantissa : mantissa, scale: scale)
    }

    /// The shortest decimal number that reads back as this double; where that has more than 15 digits, the nearest one
    /// of 15: a double holds every number of so many digits, so that what is behind them was computed and not written.
    ///
    /// - Returns: nil for NaN, infinity, and what 64 bits and 18 decimals do not hold.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 {
            self.init(whole)
            return
        }
        for scale in 1...12 {
            if let mantissa = ExactDecimal.mantissa(of: value, scale: scale) {
                self.init(mantissa, scale: scale)
                return
            }
        }
        if let exact = ExactDecimal(Array(String(format: "%.14e", value).utf8)) {
            self = exact
            return
        }
        // The last digits of a small double are noise behind the 18th decimal.
        guard value.magnitude < 9, value.magnitude >= 1e-14 else { return nil }
        self.init(Array(String(format: "%.18f", value).utf8))
    }

    /// The integer of 10^−scale that a double is the nearest one to, where it has few enough digits to be sure.
    @inline(__always)
    static func mantissa(of value: Double, scale: Int) -> Int64? {
        let power = Double(FixedPoint.powers[scale]), scaled = (value * power).rounded()
        guard scaled.magnitude < 0x1p50, scaled / power == value else { return nil }
        return Int64(exactly: scaled)
    }

    /// The number as an integer of 10^−decimals, rounded half away from zero where it has more.
    ///
    /// - Returns: nil where it does not fit.
    package func integer(decimals: Int) -> Int64? {
        guard (0...ExactDecimal.largestScale).contains(decimals) else { return nil }
        if decimals >= scale { return mantissa.times(FixedPoint.powers[decimals - scale]) }
        let power = FixedPoint.powers[scale - decimals], half = mantissa % power
        return mantissa / power + (half.magnitude >= power.magnitude - half.magnitude ? half.signum() : 0)
    }

    /// The nearest double.
    package var double: Double { Double("\(mantissa)e-\(scale)") ?? .nan }
}

/// Finds the fewest decimals that hold all numbers of some columns exactly.
package struct DecimalScale: Sendable {
    private var most = 0
    private var largest = 0.0
    private var smallest = Double.infinity

    /// Of no number yet.
    package init() {}

    /// Adds a number.
    package mutating func add(_ value: ExactDecimal) {
        most = max(most, value.scale)
        let magnitude = Double(value.mantissa.magnitude) / Double(FixedPoint.powers[value.scale])
        largest = max(largest, magnitude)
        if magnitude > 0 { smallest = min(smallest, magnitude) }
    }

    /// Adds a double, as ``ExactDecimal`` takes it.
    ///
    /// - Returns: false for NaN, infinity, and what has too many digits for 64 bits.
    package mutating func add(_ value: Double) -> Bool {
        // Most numbers of a column have as many decimals as those before.
        if most <= 12, ExactDecimal.mantissa(of: value, scale: most) != nil {
            largest = max(largest, value.magnitude)
            if value != 0 { smallest = min(smallest, value.magnitude) }
            return true
        }
        guard let exact = ExactDecimal(value) else { return false }
        add(exact)
        return true
    }

    /// The decimals, and whether fewer than needed because 18 digits, as many as table files have for a decimal of 64
    /// bits, do not hold more.
    ///
    /// - Returns: nil where a number that is not zero would become zero.
    package func decimals() -> (decimals: Int, isRounded: Bool)? {
        var decimals = most
        while decimals > 0, largest * Double(FixedPoint.powers[decimals]) >= 1e18 { decimals -= 1 }
        guard largest < 1e18, decimals == most || smallest * Double(FixedPoint.powers[decimals]) >= 0.5 else {
            return nil
        }
        return (decimals, decimals < most)
    }
}
