import Tables

/// The decimals that keep every number of a file exactly, or nearly where binary fractions were printed.
struct CSVScale {
    private(set) var count = 0
    private var decimals = 0
    private var greatest = 0.0
    private var least = Double.infinity
    private var mostDigits = 0

    @inline(__always)
    mutating func add(_ number: CSVNumber) {
        count += 1
        guard number.mantissa != 0 else { return }
        decimals = max(decimals, number.decimals)
        let value = number.value.magnitude
        if value > greatest { greatest = value }
        if value < least { least = value }
        // Only long numbers can be printed binary fractions.
        if number.mantissa.magnitude > 99_999_999_999_999 { mostDigits = max(mostDigits, 15) }
    }

    /// Adds numbers of at most 14 digits.
    mutating func add(_ numbers: CSVPlainRows.Numbers, count added: Int) {
        count += added
        guard numbers.greatest > 0 else { return }
        decimals = max(decimals, numbers.decimals)
        let power = Double(FixedPoint.powers[numbers.scale])
        greatest = max(greatest, Double(numbers.greatest) / power)
        least = min(least, Double(numbers.least) / power)
    }

    /// What was found.
    enum Choice: Equatable {
        case exact(Int)
        /// Not all digits are kept.
        case rounded(Int)
        /// No scale keeps the numbers.
        case none(decimals: Int, greatest: Double)
    }

    var choice: Choice {
        if decimals <= 18, fits(decimals) { return .exact(decimals) }
        guard mostDigits >= 15 else { return .none(decimals: decimals, greatest: greatest) }
        for scale in stride(from: min(decimals, 18), through: 0, by: -1) where fits(scale) {
            // Eight digits of the least number are kept: more than a float32 has.
            return least * Double(FixedPoint.powers[scale]) >= 1e8
                ? .rounded(scale) : .none(decimals: decimals, greatest: greatest)
        }
        return .none(decimals: decimals, greatest: greatest)
    }

    private func fits(_ scale: Int) -> Bool { greatest * Double(FixedPoint.powers[scale]) < 1e18 }

    /// Whether a number that is not 0 would become 0.
    func vanishes(_ scale: Int) -> Bool {
        least.isFinite && least * Double(FixedPoint.powers[min(max(scale, 0), 18)]) < 0.5
    }

    /// Whether no number but 0 is smaller.
    func leastAtLeast(_ bound: Double) -> Bool { least.isFinite && least >= bound }

    func fitsChosen(_ scale: Int) -> Bool { (0...18).contains(scale) && fits(scale) }
    func isExact(_ scale: Int) -> Bool { decimals <= scale }
}
