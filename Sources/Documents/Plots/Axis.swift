import Basics
import Foundation

/// One axis of a plot: the span that is drawn and where it is labelled, at round places (1, 2 or 5 times a power of
/// ten) inside it.
package struct Axis: Sendable {
    package struct Tick: Sendable, Equatable {
        package let value: Double
        package let label: String

        package init(_ value: Double, _ label: String) {
            self.value = value
            self.label = label
        }
    }

    /// What is drawn: the values and a margin, so that nothing lies on the edge.
    package let low: Double
    package let high: Double
    package let ticks: [Tick]

    package init(low: Double, high: Double, ticks: [Tick]) {
        self.low = low
        self.high = high
        self.ticks = ticks
    }

    /// Where a value lies, 0 at the lower end and 1 at the upper.
    package func share(_ value: Double) -> Double { (value - low) / (high - low) }

    /// Numbers: about so many ticks, at most one more.
    package static func numbers(_ low: Double, _ high: Double, count: Int = 4, margin: Double = 0.03) -> Axis {
        guard high > low else {
            // One value: it alone is labelled.
            let room = low == 0 ? 1 : abs(low) * 0.1
            return Axis(low: low - room, high: low + room, ticks: [Tick(low, shown(low))])
        }
        let (from, to) = widened(low, high, margin)
        let step = roundStep((to - from) / Double(max(count, 1)))
        return Axis(low: from, high: to, ticks: labelled(multiples(step, from, to), step: step))
    }

    /// Trials, steps and epochs: whole numbers only.
    package static func counts(_ low: Double, _ high: Double, count: Int = 5) -> Axis {
        let (from, to) = high > low ? widened(low, high, 0.02) : (low - 1, high + 1)
        let step = max(1, roundStep((to - from) / Double(max(count, 1))))
        // The margin is no place to label: there are no trials below the first.
        return Axis(low: from, high: to, ticks: labelled(multiples(step, max(from, low), to), step: step))
    }

    /// The smallest of 1, 2, 5 and 10 times a power of ten that is no less than a number above 0.
    package static func roundStep(_ least: Double) -> Double {
        guard least > 0, least.isFinite else { return 1 }
        let power = pow(10, floor(log10(least)))
        let factor = [1.0, 2, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10
        return factor * power
    }

    static func multiples(_ step: Double, _ low: Double, _ high: Double) -> [Double] {
        let first = (low / step - 1e-9).rounded(.up), last = (high / step + 1e-9).rounded(.down)
        guard first <= last, last - first < 1000 else { return [] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    static func widened(_ low: Double, _ high: Double, _ margin: Double) -> (Double, Double) {
        let room = high > low ? (high - low) * margin : max(abs(low) * 0.1, 1e-9)
        return (low - room, high + room)
    }

    /// Numbers with the digits that tell them from their neighbours, all in one unit: `0.25`, `20k`, `1.5M`, `2e-6`.
    private static func labelled(_ values: [Double], step: Double) -> [Tick] {
        let largest = values.map(abs).max() ?? 0
        let units: [(size: Double, name: String, least: Double)] = [
            (1e9, "G", 1e9), (1e6, "M", 1e6), (1e3, "k", 1e4),
        ]
        let unit = units.first { largest >= $0.least && digits(step / $0.size) <= 1 }
        return values.map { value in
            // What rounding left of zero.
            if abs(value) < step * 1e-6 { return Tick(0, "0") }
            if let unit { return Tick(value, fixed(value / unit.size, digits(step / unit.size)) + unit.name) }
            return Tick(value, step < 1e-5 || largest >= 1e12 ? scientific(value, step) : fixed(value, digits(step)))
        }
    }

    private static func scientific(_ value: Double, _ step: Double) -> String {
        func power(_ number: Double) -> Int { Int(saturating: (log10(number) + 1e-9).rounded(.down)) }
        let digits = max(0, power(abs(value)) - power(step))
        let parts = String(format: "%.\(min(digits, 17))e", value).split(separator: "e")
        return "\(parts[0])e\(Int(parts.last ?? "0") ?? 0)"
    }

    private static func digits(_ step: Double) -> Int { max(0, Int(saturating: (-log10(step) - 1e-9).rounded(.up))) }
}
