/// The best level of the order book after each event, and the trade that the event was.
enum Mid: BookField {
    static let name = "mid"
    static let summary = "mean of the best ask and bid price"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.mid }
}

enum Spread: BookField {
    static let name = "spread"
    static let summary = "best ask price less best bid price"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.spread }
}

enum Microprice: BookField {
    static let name = "microprice"
    static let summary = "(ask·bidSize + bid·askSize) / (askSize + bidSize): the mid pulled towards the thinner side"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.microprice }
}

enum TradeSign: BookField {
    static let name = "trade_sign"
    static let summary = "1 where a buyer took, −1 where a seller did, 0 for events without a trade"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.tradeSign }
}

enum TradeSize: BookField {
    static let name = "trade_size"
    static let summary = "shares traded by the event; 0 without a trade"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.tradeSize }
}
