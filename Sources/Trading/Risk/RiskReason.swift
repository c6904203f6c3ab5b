/// Why an order was refused; stable upper-case codes, which journals and summaries carry.
package enum RiskReason: String, Sendable, CaseIterable {
    case halted = "HALTED"
    case malformed = "MALFORMED"
    case tick = "TICK"
    case lot = "LOT"
    case permission = "PERMISSION"
    case staleReference = "STALE_REF"
    case maximumQuantity = "MAX_QTY"
    case maximumNotional = "MAX_NOTIONAL"
    case collar = "COLLAR"
    case duplicate = "DUPLICATE"
    case reducing = "REDUCING"
    case maximumPosition = "MAX_POSITION"
    case selfTrade = "SELF_TRADE"
    case gross = "GROSS"
    case loss = "LOSS"
    case rate = "RATE"
}
