/// Labels of bars, from the return between the next bar's open and the close `horizon` bars ahead; no mids are read.
extension LabelKind {
    /// 1 where the return exceeds the cost of the round trip, else 0.
    package static let profit = LabelKind(
        "profit", "1 where the return exceeds the cost of the round trip, else 0", classes: nil,
        target: { label, move in move * 10_000 > label.costBps ? 1 : 0 })

    /// The return in basis points.
    package static let forwardReturn = LabelKind(
        "return", "the return in basis points", classes: nil, target: { _, move in Float(move * 10_000) })
}
