import Basics
import Foundation

/// A number with a sensible count of digits.
package func shown(_ value: Double?) -> String {
    guard let value else { return "–" }
    if value == value.rounded(), value.magnitude < 1e6 { return String(Int(saturating: value)) }
    let digits = value.magnitude >= 100 ? 1 : value.magnitude >= 1 ? 3 : value.magnitude >= 0.01 ? 4 : 6
    return fixed(value, digits)
}

/// A p-value: never 0, which no finite evidence gives.
package func shownP(_ p: Double) -> String { p < 1e-6 ? "below 0.000001" : shown(p) }

/// A measure with six significant digits, and no more than it has; all of them are in `--json`.
package func measured(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return String(whole) }
    return value.isFinite ? String(format: "%.6g", value) : "\(value)"
}

/// A number for tips and labels of plots: few digits, and powers of ten where it is very small or large.
package func brief(_ value: Double) -> String {
    let size = abs(value)
    guard size != 0, size < 0.001 || size >= 100_000 else {
        return fixed(value, size < 1 ? 4 : size < 100 ? 3 : 0)
    }
    return value.isFinite ? String(format: "%.2e", value) : "\(value)"
}

/// A number with so many digits after the point, rounded half away from zero.
package func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value * scale).rounded()
    guard scaled.magnitude < 9e15 else { return "\(value)" }
    let magnitude = Int(saturating: scaled.magnitude), unit = Int(saturating: scale)
    let fraction = String(magnitude % unit)
    return (scaled < 0 ? "-" : "") + "\(magnitude / unit)"
        + (digits > 0 ? "." + String(repeating: "0", count: digits - fraction.count) + fraction : "")
}

/// Values as a line of blocks.
package func sparkline(_ values: [Double], width: Int = 40) -> String {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), !finite.isEmpty else { return "" }
    let step = max(1, (finite.count + width - 1) / width)
    let blocks = Array("▁▂▃▄▅▆▇█")
    return String(
        stride(from: 0, to: finite.count, by: step).map { start in
            let part = finite[start..<min(start + step, finite.count)]
            let sum = part.reduce(0, +), count = Double(part.count)
            // Numbers near the largest one have neither a sum nor a difference.
            let mean = sum.isFinite ? sum / count : part.reduce(0) { $0 + $1 / count }
            let share = (mean / 2 - low / 2) / (high / 2 - low / 2)
            return blocks[share.isFinite ? min(max(Int(saturating: share * 8), 0), 7) : 3]
        })
}

/// 1234567 as 1,234,567.
package func grouped(_ number: Int) -> String {
    let digits = String(abs(number))
    var out = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { out.append(",") }
        out.append(digit)
    }
    return number < 0 ? "-" + out : out
}

/// `1.5 GB`: powers of ten, as disks and networks count.
package func byteText(_ count: Int) -> String {
    var value = Double(count), unit = 0
    let units = ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000, unit < units.count - 1 {
        value /= 1000
        unit += 1
    }
    return unit == 0 ? "\(count) B" : "\(fixed(value, value < 10 ? 1 : 0)) \(units[unit])"
}
