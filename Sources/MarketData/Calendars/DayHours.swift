/// Opening hours of one stretch, in seconds of the wall clock after midnight of the day that the session is named by.
package struct SessionHours: Sendable, Equatable {
    /// The first second. Negative on the evening before.
    package let open: Int
    /// The first second after it.
    package let close: Int

    /// - Precondition: the open is before the close.
    package init(open: Int, close: Int) {
        self.open = open
        self.close = close
    }

    /// `9:30` to `16:00`.
    init(_ open: (Int, Int), _ close: (Int, Int), dayOffset: Int = 0) {
        self.open = dayOffset * 86_400 + open.0 * 3600 + open.1 * 60
        self.close = dayOffset * 86_400 + close.0 * 3600 + close.1 * 60
    }
}

/// The hours of one session on the wall clock of its market.
struct DayHours: Sendable, Equatable {
    /// Regular trading, in order and disjoint; what lies between two is a break.
    let regular: [SessionHours]
    /// Before regular trading: early trading, or the auction that opens a stretch.
    let pre: [SessionHours]
    /// After regular trading.
    let post: [SessionHours]
    /// Whether it is shorter than the market's usual session.
    let isShort: Bool

    init(_ regular: [SessionHours], pre: [SessionHours] = [], post: [SessionHours] = [], isShort: Bool = false) {
        (self.regular, self.pre, self.post, self.isShort) = (regular, pre, post, isShort)
    }
}
