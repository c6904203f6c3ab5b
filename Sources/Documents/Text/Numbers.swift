/// A number with a sensible count of digits.
package func shown(_ value: Double?) -> String {
    guard let value else { return "–" }
    if value == value.rounded(), value.magnitude < 1e6 { return String(Int(value)) }
    let digits = value.magnitude >= 100 ? 1 : value.magnitude >= 1 ? 3 : value.magnitude >= 0.01 ? 4 : 6
    return fixed(value, digits)
}

package func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value * scale).rounded()
    guard scaled.magnitude < 9e15 else { return "\(value)" }
    let magnitude = Int(scaled.magnitude), unit = Int(scale)
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
            let mean = part.reduce(0, +) / Double(part.count)
            return blocks[high > low ? min(Int((mean - low) / (high - low) * 8), 7) : 3]
        })
}
