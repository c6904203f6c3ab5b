package import Basics

/// Pre-trade limits of one model version. They travel in the signed bundle; the strategy cannot change them.
package struct RiskLimits: Sendable, Equatable {
    /// Smallest price step, in price units.
    package var tick: Int64 = 100
    /// Smallest quantity step, in lots.
    package var lot: Int64 = 1
    /// Lots of one order.
    package var maximumQuantity: Int64 = 500
    /// Price units × lots.
    package var maximumNotional: Int64 = 600_000_000
    /// Distance from the reference price beyond which an order is refused, in basis points; buys from above, sells from
    /// below.
    package var collarBps: Int64 = 500
    /// Lots of one instrument, long or short, if everything that rests fills.
    package var maximumPosition: Int64 = 1000
    /// Over all instruments, price units × lots.
    package var maximumGross: Int64 = 10_000_000_000
    /// Loss since the start of the run at which trading halts, price units × lots.
    package var maximumLoss: Int64 = 1_000_000_000
    /// Messages a second that tokens come back at.
    package var ordersPerSecond: Double = 10
    /// Messages at once, after a pause.
    package var burst: Double = 100
    /// Nanoseconds in which the same order is taken for a mistake.
    package var duplicateWindow: Nanoseconds = 500_000_000
    /// Nanoseconds after which a reference price counts no more.
    package var referenceMaximumAge: Nanoseconds = 600_000_000_000
    /// Instruments that may be traded; empty for all.
    package var instruments: [String] = []

    /// The defaults: those of a small account in US shares with four decimals.
    package init() {}

    /// Keys of a limits file.
    package static let keys = [
        "tick", "lot", "maximumQuantity", "maximumNotional", "collarBps", "maximumPosition", "maximumGross",
        "maximumLoss",
        "ordersPerSecond", "burst", "duplicateWindowMs", "referenceMaximumAgeMs", "instruments",
    ]

    /// Reads limits. Money and prices are in price units (10^−priceDecimals); an absent limit keeps its default, no
    /// limit can be switched off.
    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(node, path: path, keys: RiskLimits.keys)
        func whole(_ key: String, _ fallback: Int64) throws -> Int64 {
            Int64(try reader.int(key, default: Int(fallback), in: 1...1_000_000_000_000_000))
        }
        tick = try whole("tick", tick)
        lot = try whole("lot", lot)
        maximumQuantity = try whole("maximumQuantity", maximumQuantity)
        maximumNotional = try whole("maximumNotional", maximumNotional)
        collarBps = try whole("collarBps", collarBps)
        maximumPosition = try whole("maximumPosition", maximumPosition)
        maximumGross = try whole("maximumGross", maximumGross)
        maximumLoss = try whole("maximumLoss", maximumLoss)
        ordersPerSecond = try reader.double("ordersPerSecond", default: ordersPerSecond, in: 0.001...1e6)
        burst = try reader.double("burst", default: burst, in: 1...1e6)
        duplicateWindow = try Int64(reader.int("duplicateWindowMs", default: 500, in: 0...86_400_000)) * 1_000_000
        referenceMaximumAge =
            try Int64(reader.int("referenceMaximumAgeMs", default: 600_000, in: 1...86_400_000)) * 1_000_000
        instruments = try reader.strings("instruments")
    }

    /// What bundles carry; reads back to equal limits.
    package var json: JSONValue {
        .map([
            "tick": .int(Int(tick)), "lot": .int(Int(lot)), "maximumQuantity": .int(Int(maximumQuantity)),
            "maximumNotional": .int(Int(maximumNotional)), "collarBps": .int(Int(collarBps)),
            "maximumPosition": .int(Int(maximumPosition)), "maximumGross": .int(Int(maximumGross)),
            "maximumLoss": .int(Int(maximumLoss)), "ordersPerSecond": .double(ordersPerSecond), "burst": .double(burst),
            "duplicateWindowMs": .int(Int(duplicateWindow / 1_000_000)),
            "referenceMaximumAgeMs": .int(Int(referenceMaximumAge / 1_000_000)), "instruments": .strings(instruments),
        ])
    }
}
