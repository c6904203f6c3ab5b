/// A number for a reason, to at most so many decimals: `0.25`, `12.0`; `0` for what rounds to zero of either sign.
package func rounded(_ value: Double, _ digits: Int = 4) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let result = (value * scale).rounded() / scale
    return result == 0 ? "0" : result.description
}

/// A fraction as a percentage: `12.5 %`, `25.0 %`.
package func percent(_ fraction: Double, _ digits: Int = 2) -> String { "\(rounded(fraction * 100, digits)) %" }
