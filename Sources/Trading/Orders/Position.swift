/// Holding and money of one instrument, marked by average cost. Money is in price units × lots.
///
/// Law: realised + unrealised(at: p) is the cash of all fills plus the value of the holding at p, but for less than one
/// unit a fill, which integer average costs round away. Fees stand beside it.
package struct Position: Sendable, Equatable {
    /// Lots; negative when short.
    package private(set) var quantity: Int64 = 0
    /// Cash spent on the open quantity; negative for a short position.
    package private(set) var cost: Int64 = 0
    /// Result of what was closed, before fees.
    package private(set) var realised: Int64 = 0
    /// Sum of the fees of all fills.
    package private(set) var fees: Double = 0

    /// Flat.
    package init() {}

    /// Books a fill. Quantities and prices are bounded by the risk limits, so products fit 64 bits.
    package mutating func fill(_ side: Side, quantity filled: Int64, price: Int64, fee: Double) {
        let signed = side.sign * filled
        fees += fee
        if quantity == 0 || (quantity > 0) == (signed > 0) {
            quantity += signed
            cost += signed * price
            return
        }
        // Closing, perhaps beyond flat.
        let closing = min(filled, quantity.magnitude.asInt64) * side.sign
        let released = cost * closing / -quantity
        realised += -closing * price - released
        cost -= released
        quantity += closing
        let rest = signed - closing
        if rest != 0 {
            quantity = rest
            cost = rest * price
        }
    }

    /// Value of the open quantity at a price, less its cost.
    package func unrealised(at price: Int64) -> Int64 { quantity * price - cost }
}

extension UInt64 {
    fileprivate var asInt64: Int64 { Int64(clamping: self) }
}
