import Basics

extension RiskLimits {
    /// Where these limits allow more than others; empty where they only tighten them. Each entry names the limit, what
    /// was found and what is allowed.
    ///
    /// Finer price and quantity steps allow more, and so do a shorter window for duplicates, an older reference price,
    /// and an instrument that the others do not name.
    package func excesses(over hard: RiskLimits) -> [String] {
        var found: [String] = []
        func most(_ name: String, _ value: Int64, _ limit: Int64) {
            if value > limit { found.append("\(name) \(value), at most \(limit)") }
        }
        func most(_ name: String, _ value: Double, _ limit: Double) {
            // Not `>`: what is no number is not within the limit.
            if !(value <= limit) { found.append("\(name) \(value), at most \(limit)") }
        }
        func step(_ name: String, _ value: Int64, _ limit: Int64) {
            if limit <= 0 || value <= 0 || !value.isMultiple(of: limit) {
                found.append("\(name) \(value), a multiple of \(limit)")
            }
        }
        step("tick", tick, hard.tick)
        step("lot", lot, hard.lot)
        most("maximumQuantity", maximumQuantity, hard.maximumQuantity)
        most("maximumNotional", maximumNotional, hard.maximumNotional)
        most("collarBps", collarBps, hard.collarBps)
        most("maximumPosition", maximumPosition, hard.maximumPosition)
        most("maximumGross", maximumGross, hard.maximumGross)
        most("maximumLoss", maximumLoss, hard.maximumLoss)
        most("ordersPerSecond", ordersPerSecond, hard.ordersPerSecond)
        most("burst", burst, hard.burst)
        if duplicateWindow < hard.duplicateWindow {
            found.append(
                "duplicateWindowMs \(duplicateWindow / 1_000_000), at least \(hard.duplicateWindow / 1_000_000)")
        }
        most("referenceMaximumAgeMs", referenceMaximumAge / 1_000_000, hard.referenceMaximumAge / 1_000_000)
        if !hard.instruments.isEmpty {
            let others = Set(instruments).subtracting(hard.instruments).sorted()
            if instruments.isEmpty {
                found.append("all instruments, at most \(hard.instruments.joined(separator: ", "))")
            } else if !others.isEmpty {
                found.append(
                    "instruments \(others.joined(separator: ", ")), at most "
                        + hard.instruments.joined(separator: ", "))
            }
        }
        return found
    }
}
