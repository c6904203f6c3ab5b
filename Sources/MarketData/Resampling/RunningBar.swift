import Basics

/// A bar that is being made of trades or of finer bars, in exact integers.
struct RunningBar: Sendable {
    /// Of the first row, or of the grid.
    let time: Nanoseconds
    private(set) var open: Int64
    private(set) var high: Int64
    private(set) var low: Int64
    private(set) var close: Int64
    private(set) var volume: Int64 = 0
    /// Σ price × size, in units of both.
    private(set) var money: Int128 = 0
    /// Rows that it is made of.
    private(set) var rows = 0

    /// Begins at a price; its first row is to be added yet.
    init(time: Nanoseconds, price: Int64) {
        self.time = time
        (open, high, low, close) = (price, price, price, price)
    }

    /// Adds a row: a finer bar, or a trade, whose prices are one.
    ///
    /// - Returns: false where the sums no longer fit; nothing was added then.
    mutating func add(high: Int64, low: Int64, close: Int64, volume: Int64) -> Bool {
        let (sum, isTooLarge) = self.volume.addingReportingOverflow(volume)
        let (value, isTooDear) = money.addingReportingOverflow(Int128(close) * Int128(volume))
        guard !isTooLarge, !isTooDear else { return false }
        (self.high, self.low, self.close) = (max(self.high, high), min(self.low, low), close)
        (self.volume, money) = (sum, value)
        rows += 1
        return true
    }
}

/// A rule in the units of one table.
struct BarLimit: Sendable {
    private let ticks: Int
    private let volume: Int128
    private let money: Int128

    /// Nil for the rule that goes by time.
    init?(_ rule: BarRule, priceDecimals: Int, sizeDecimals: Int) {
        var (ticks, volume, money) = (Int.max, Int128.max, Int128.max)
        switch rule {
        case .every: return nil
        case .ticks(let count): ticks = count
        case .volume(let threshold): volume = threshold.units(decimals: sizeDecimals)
        case .dollars(let threshold):
            money = threshold.units(decimals: priceDecimals.saturatingPlus(sizeDecimals))
        }
        (self.ticks, self.volume, self.money) = (ticks, volume, money)
    }

    /// Whether the row that was added last ends the bar.
    func isReached(_ bar: RunningBar) -> Bool {
        bar.rows >= ticks || Int128(bar.volume) >= volume || bar.money >= money
    }
}
