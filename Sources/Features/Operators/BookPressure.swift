/// How the sides of the order book lean against each other over several levels.
enum QueueImbalance: BookLevel {
    static let name = "queue_imbalance"
    static let summary = "(bids − asks) / (bids + asks) of the sizes of the first n levels; 0 for an empty book"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.queueImbalance(call.n) }
}

enum AskSlope: BookLevel {
    static let name = "ask_slope"
    static let summary = "shares on the ask side up to level n per basis point between its price and the mid"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.slope(call.n, of: .ask) }
}

enum BidSlope: BookLevel {
    static let name = "bid_slope"
    static let summary = "shares on the bid side up to level n per basis point between its price and the mid"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.book.slope(call.n, of: .bid) }
}

/// What the event added to demand less supply at level n (Cont, Kukanov & Stoikov 2014, doi:10.1093/jjfinec/nbt003; Xu,
/// Gould & Howison 2018, arXiv:1907.06230, for n > 1). Sum it over events: `sum(order_flow_imbalance(1), 50)`.
enum OrderFlowImbalance: BookLevel {
    static let name = "order_flow_imbalance"
    static let summary = "what the event added to demand less supply at level n, in shares"
    static func warmUp(_ n: Int) -> Int { 1 }
    /// Bid price and size, ask price and size of the event before.
    static func memory(_ n: Int) -> Int { 4 }
    static func evaluate(_ call: OperatorCall) -> Double {
        call.inputs.pointee.book.orderFlow(call.n - 1, before: call.memory, isFirst: call.bars == 0)
    }
}
