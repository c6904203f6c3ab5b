import Basics
import Trading
import Workflows

/// Limits as people think of them: money in currency, prices in currency, quantities in lots.
struct LimitsInMoney {
    /// Name and value of every limit, in the order of the file.
    let lines: [(name: String, value: String)]

    /// - Parameter limits: money and prices in price units, 10^−priceDecimals of the market's currency.
    init(_ limits: VersionReview.Limits) {
        let values = limits.values, decimals = limits.priceDecimals
        func money(_ units: Int64) -> String { LimitsInMoney.money(units, decimals: decimals) }
        lines = [
            ("one order", "\(grouped(Int(values.maximumQuantity))) lots, \(money(values.maximumNotional))"),
            ("position of one instrument", "\(grouped(Int(values.maximumPosition))) lots"),
            ("all positions together", money(values.maximumGross)),
            ("loss at which trading halts", money(values.maximumLoss)),
            ("distance from the reference price", "\(grouped(Int(values.collarBps))) bps"),
            ("price step", money(values.tick)), ("quantity step", "\(grouped(Int(values.lot))) lots"),
            ("messages", "\(shown(values.ordersPerSecond)) a second, \(shown(values.burst)) at once"),
            ("instruments", values.instruments.isEmpty ? "all" : values.instruments.joined(separator: ", ")),
            ("cost of a round trip", limits.costBps.map { "\(shown($0)) bps" } ?? "–"),
        ]
    }

    /// `60,000.00`, in the currency of the market; price units where nobody knows what one is worth.
    static func money(_ units: Int64, decimals: Int?) -> String {
        guard let decimals, decimals >= 0, decimals <= 15 else { return "\(grouped(Int(units))) price units" }
        var unit: Int64 = 1
        for _ in 0..<decimals { unit *= 10 }
        let whole = units / unit, digits = String((units % unit).magnitude)
        var fraction = String(repeating: "0", count: max(0, decimals - digits.count)) + (decimals > 0 ? digits : "")
        while fraction.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
        while fraction.count < 2 { fraction += "0" }
        return "\(grouped(Int(whole))).\(fraction)"
    }
}
