/// Price and size of one level of the order book, best first, counted from 1. An empty level has no price (the row does
/// not count) and the size 0.
enum AskPrice: BookLevel {
    static let name = "ask_price"
    static let summary = "price of the ask side at a level"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.askPrice(call.n - 1) }
}

enum AskSize: BookLevel {
    static let name = "ask_size"
    static let summary = "shares of the ask side at a level"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.askSize(call.n - 1) }
}

enum BidPrice: BookLevel {
    static let name = "bid_price"
    static let summary = "price of the bid side at a level"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.bidPrice(call.n - 1) }
}

enum BidSize: BookLevel {
    static let name = "bid_size"
    static let summary = "shares of the bid side at a level"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.bidSize(call.n - 1) }
}
