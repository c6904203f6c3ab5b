package import Basics
import Tables

/// When a bar that is made of trades, or of finer bars, ends.
///
/// Volume, dollar and tick bars: López de Prado, *Advances in Financial Machine Learning* (2018), chapter 2. Such a bar
/// ends with the row that reaches the threshold, all of which belongs to it; the next begins from zero.
package enum BarRule: Sendable, Equatable {
    /// At each multiple of a length from the open of a stretch of trading, and at its close.
    case every(Nanoseconds)
    /// With the n-th trade.
    case ticks(Int)
    /// When so much was traded.
    case volume(BarThreshold)
    /// When so much money changed hands: the sum of price × size.
    case dollars(BarThreshold)

    /// Reads `every:15m`, `ticks:500`, `volume:10000` or `dollars:2.5`.
    ///
    /// - Throws: ``Failure`` with code `data.bars`.
    package init(_ text: String) throws(Failure) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let rule = BarRule(parts[0], parts[1]) else {
            throw Failure(
                "data.bars",
                "found the bars '\(text)', expected every:15m (shorter than a day), ticks:500, volume:10000 or "
                    + "dollars:1000000", exitStatus: .usage)
        }
        self = rule
    }

    private init?(_ kind: String, _ amount: String) {
        switch kind {
        case "every":
            guard let length = Interval.parse(amount), !BarStep(length).isDaily, length < 86_400_000_000_000 else {
                return nil
            }
            self = .every(length)
        case "ticks":
            guard let count = Int(amount), (1...1_000_000_000).contains(count) else { return nil }
            self = .ticks(count)
        case "volume":
            guard let threshold = BarThreshold(amount) else { return nil }
            self = .volume(threshold)
        case "dollars":
            guard let threshold = BarThreshold(amount) else { return nil }
            self = .dollars(threshold)
        default: return nil
        }
    }

    /// Reads a map with one of `every`, `volume` and `dollars`: what bars can be made of bars by.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(node, path: path, keys: ["every", "volume", "dollars", "ticks"])
        guard let entries = node.mapValue, entries.count == 1, let entry = entries.first else {
            throw ConfigError("expected one of every, volume and dollars in '\(path)'", at: node.mark)
        }
        guard !reader.has("ticks") else {
            throw ConfigError(
                "found 'ticks' in '\(path)', expected every, volume or dollars: bars do not say their trades",
                at: entry.value.mark, hint: "make the bars from trades: hftml data convert TRADES --bars ticks:500")
        }
        let text = entry.value.stringValue ?? entry.value.text(.compact)
        guard let rule = BarRule(entry.key, text) else {
            throw ConfigError(
                "found \(entry.value.text(.compact)) for '\(reader.name(entry.key))', expected "
                    + (entry.key == "every" ? "a length below a day such as 15m" : "a number above 0 such as 10000"),
                at: entry.value.mark)
        }
        self = rule
    }

    private var parts: (kind: String, amount: String) {
        switch self {
        case .every(let length): ("every", Interval.text(length))
        case .ticks(let count): ("ticks", String(count))
        case .volume(let threshold): ("volume", threshold.text)
        case .dollars(let threshold): ("dollars", threshold.text)
        }
    }

    /// Reads back to an equal rule.
    package var text: String { "\(parts.kind):\(parts.amount)" }

    /// What specs carry; reads back to an equal rule.
    package var json: JSONValue {
        let (kind, amount) = parts
        return .map([(kind, Int(amount).map { .int($0) } ?? .string(amount))])
    }
}

/// A threshold as it was written, exact.
package struct BarThreshold: Sendable, Equatable {
    private let mantissa: Int64
    private let scale: Int

    /// Reads a decimal number above 0 of at most 18 digits; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 } }),
            parts.count == 1 || !parts[1].isEmpty
        else { return nil }
        var fraction = parts.count > 1 ? parts[1] : ""
        while fraction.hasSuffix("0") { fraction = fraction.dropLast() }
        let digits = whole + fraction
        guard digits.utf8.count <= 18, let mantissa = Int64(digits), mantissa > 0 else { return nil }
        (self.mantissa, scale) = (mantissa, fraction.utf8.count)
    }

    /// As a number of at most so many decimals as it has.
    package var text: String { FixedPoint.text(mantissa, decimals: scale) }

    /// The least whole number of 10^−decimals that is not below it; the end of the range where there is none.
    package func units(decimals: Int) -> Int128 {
        var value = Int128(mantissa)
        for _ in 0..<max(decimals - scale, 0) {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            if isTooLarge { return .max }
            value = product
        }
        guard decimals < scale else { return value }
        let divisor = Int128(FixedPoint.powers[scale - max(decimals, 0)])
        return (value + divisor - 1) / divisor
    }
}
