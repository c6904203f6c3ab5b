import Tables

/// How numbers are written in a file.
enum CSVNumberStyle: String, CaseIterable {
    /// `1,234.5`, `1234.5`
    case point
    /// `1.234,5`, `1234,5`
    case comma

    var decimal: UInt8 { self == .point ? UInt8(ascii: ".") : UInt8(ascii: ",") }
    var grouping: UInt8 { self == .point ? UInt8(ascii: ",") : UInt8(ascii: ".") }
}

/// A decimal number, exactly: `mantissa` / 10^`decimals`, without trailing zeros behind the point.
struct CSVNumber: Equatable {
    enum Problem: Error, Equatable {
        case notANumber
        /// More than 18 digits.
        case tooManyDigits
    }

    var mantissa: Int64
    var decimals: Int
    /// Digits of the integer part stood in groups of three.
    var isGrouped = false
    /// `K`, `M` or `B` stood behind it.
    var isAbbreviated = false
    /// A currency sign stood before it.
    var hasCurrency = false
    /// Digits of the integer part that stood together without a mark between.
    var longestRun = 0

    /// As integer of 10^−scale; nil where digits would be lost or it does not fit.
    @inline(__always)
    func scaled(_ scale: Int) -> Int64? {
        if decimals == scale { return mantissa }
        if mantissa == 0 { return 0 }
        guard scale >= decimals, scale - decimals <= 18 else { return nil }
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: FixedPoint.powers[scale - decimals])
        return overflow ? nil : product
    }

    /// As integer of 10^−scale, rounded half away from zero; nil where it does not fit.
    func rounded(_ scale: Int) -> Int64? {
        if decimals <= scale { return scaled(scale) }
        let dropped = decimals - scale
        guard dropped <= 18 else { return 0 }
        let power = FixedPoint.powers[dropped]
        let (quotient, rest) = mantissa.quotientAndRemainder(dividingBy: power)
        return rest.magnitude >= (power / 2).magnitude ? quotient + (mantissa < 0 ? -1 : 1) : quotient
    }

    var value: Double {
        decimals <= 0 ? Double(mantissa) * CSVNumber.ten(-decimals) : Double(mantissa) / CSVNumber.ten(decimals)
    }

    private static func ten(_ power: Int) -> Double { (0..<min(power, 400)).reduce(1.0) { value, _ in value * 10 } }

    /// What stands in cells without a value.
    static func isEmpty(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        // Digits are the usual case.
        if first >= 48, first <= 57 { return false }
        guard bytes.count <= 5 else { return false }
        return emptyWords.contains(String(decoding: bytes, as: UTF8.self).lowercased())
    }

    private static let emptyWords: Set<String> = [
        "nan", "null", "none", "na", "n/a", "-", "--", "#n/a", "<na>", "nil", "\\n",
    ]

    /// Reads a number.
    ///
    /// - Complexity: linear in its length.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ style: CSVNumberStyle) throws(Problem) -> CSVNumber {
        var reader = CSVNumberReader(bytes: bytes, style: style)
        return try reader.read()
    }
}

/// Reads one number from its bytes.
private struct CSVNumberReader {
    let bytes: UnsafeBufferPointer<UInt8>
    let style: CSVNumberStyle
    private var index = 0
    private var out = CSVNumber(mantissa: 0, decimals: 0)
    private var digits = 0
    private var isNegative = false

    init(bytes: UnsafeBufferPointer<UInt8>, style: CSVNumberStyle) { (self.bytes, self.style) = (bytes, style) }

    mutating func read() throws(CSVNumber.Problem) -> CSVNumber {
        try prefix()
        try integerPart()
        if index < bytes.count, bytes[index] == style.decimal {
            index += 1
            try fraction()
        }
        guard digits > 0 else { throw .notANumber }
        try suffix()
        guard index == bytes.count else { throw .notANumber }
        if isNegative { out.mantissa = -out.mantissa }
        if out.mantissa == 0 { out.decimals = 0 }
        // What an exponent left: digits before the point, and zeros behind it.
        while out.decimals > 0, out.mantissa % 10 == 0, out.mantissa != 0 {
            out.mantissa /= 10
            out.decimals -= 1
        }
        if out.decimals < 0 {
            guard out.decimals >= -18, let whole = out.scaled(0) else { throw .tooManyDigits }
            (out.mantissa, out.decimals) = (whole, 0)
        }
        return out
    }

    private mutating func prefix() throws(CSVNumber.Problem) {
        guard let first = bytes.first else { throw .notANumber }
        if first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            index = 1
        }
        for sign in [[0x24], [0xE2, 0x82, 0xAC], [0xC2, 0xA3], [0xC2, 0xA5], [0xE2, 0x82, 0xB9]] as [[UInt8]]
        where index < bytes.count && bytes[index] >= 0x24 && (bytes[index] > 57 || bytes[index] == 0x24) {
            if bytes[index...].starts(with: sign) {
                index += sign.count
                out.hasCurrency = true
                return
            }
        }
    }

    @inline(__always)
    private mutating func add(_ digit: UInt8) throws(CSVNumber.Problem) {
        let (product, overflow) = out.mantissa.multipliedReportingOverflow(by: 10)
        let (sum, more) = product.addingReportingOverflow(Int64(digit))
        if overflow || more { throw .tooManyDigits }
        out.mantissa = sum
    }

    /// Digits, or groups of three behind one to three digits of which the first is not 0, all with one mark between.
    private mutating func integerPart() throws(CSVNumber.Problem) {
        let start = index
        var run = 0, mark: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 48, byte <= 57 {
                try add(byte - 48)
                digits += 1
                run += 1
                index += 1
                continue
            }
            out.longestRun = max(out.longestRun, run)
            guard run > 0, let found = groupMark() else { break }
            if mark.isEmpty {
                guard run <= 3, bytes[start] != 48 else { throw .notANumber }
                mark = found
            } else {
                guard run == 3, found == mark else { throw .notANumber }
            }
            run = 0
            index += found.count
        }
        out.longestRun = max(out.longestRun, run)
        if !mark.isEmpty {
            guard run == 3 else { throw .notANumber }
            out.isGrouped = true
        }
    }

    /// The mark between groups of digits at the place: the style's, a space of either kind, an apostrophe.
    private func groupMark() -> [UInt8]? {
        let byte = bytes[index]
        if byte == style.grouping || byte == 32 || byte == 39 { return [byte] }
        for mark in [[0xC2, 0xA0], [0xE2, 0x80, 0xAF], [0xE2, 0x80, 0x99]] as [[UInt8]]
        where byte == mark[0] && bytes[index...].starts(with: mark) { return mark }
        return nil
    }

    private mutating func fraction() throws(CSVNumber.Problem) {
        var zeros = 0
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
            digits += 1
            if bytes[index] == 48 {
                zeros += 1
            } else {
                for _ in 0..<zeros { try add(0) }
                try add(bytes[index] - 48)
                out.decimals += zeros + 1
                zeros = 0
            }
            index += 1
        }
    }

    private mutating func suffix() throws(CSVNumber.Problem) {
        guard index < bytes.count else { return }
        switch bytes[index] {
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            index += 1
            var isMinus = false, exponent = 0, count = 0
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
                isMinus = bytes[index] == UInt8(ascii: "-")
                index += 1
            }
            while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57, count < 4 {
                exponent = exponent * 10 + Int(bytes[index] - 48)
                (index, count) = (index + 1, count + 1)
            }
            guard count > 0, count < 4, !out.isGrouped else { throw .notANumber }
            if out.mantissa != 0 { out.decimals += isMinus ? exponent : -exponent }
        case UInt8(ascii: "K"), UInt8(ascii: "k"): abbreviation(3)
        case UInt8(ascii: "M"): abbreviation(6)
        case UInt8(ascii: "B"): abbreviation(9)
        default: throw .notANumber
        }
    }

    private mutating func abbreviation(_ power: Int) {
        out.isAbbreviated = true
        out.decimals -= power
        index += 1
    }
}
