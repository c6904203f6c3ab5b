import Basics

/// Holding and money of one instrument, marked by average cost. Money is in price units × lots.
///
/// Law: realised + unrealised(at: p) is the cash of all fills plus the value of the holding at p, but for less than one
/// unit a fill, which integer average costs round away. Fees stand beside it. Sums that do not fit stay at the end of
/// their range, where the loss limit sees them; prices come from outside, and a jump must not end the loop.
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

    /// Books a fill.
    package mutating func fill(_ side: Side, quantity filled: Int64, price: Int64, fee: Double) {
        let signed = side.sign.saturatingTimes(filled)
        fees += fee
        if quantity == 0 || (quantity > 0) == (signed > 0) {
            quantity = quantity.saturatingPlus(signed)
            cost = cost.saturatingPlus(signed.saturatingTimes(price))
            return
        }
        // Closing, perhaps beyond flat.
        let closing = min(filled, Int64(clamping: quantity.magnitude)).saturatingTimes(side.sign)
        let released = Position.share(of: cost, closing, of: quantity)
        realised = realised.saturatingMinus(closing.saturatingTimes(price)).saturatingMinus(released)
        cost = cost.saturatingMinus(released)
        quantity += closing
        let rest = signed.saturatingMinus(closing)
        if rest != 0 {
            quantity = rest
            cost = rest.saturatingTimes(price)
        }
    }

    /// The cost of the closed part: cost × |closing| / |quantity|, whose product may need 128 bits.
    private static func share(of cost: Int64, _ closing: Int64, of quantity: Int64) -> Int64 {
        let product = cost.magnitude.multipliedFullWidth(by: closing.magnitude)
        let share = Int64(clamping: quantity.magnitude.dividingFullWidth(product).quotient)
        return cost < 0 ? -share : share
    }

    /// Value of the open quantity at a price, less its cost.
    package func unrealised(at price: Int64) -> Int64 { quantity.saturatingTimes(price).saturatingMinus(cost) }
}
