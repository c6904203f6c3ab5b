package import Basics

/// The stamps of bars, held against the sessions of the market that they are said to be of.
///
/// A wrong calendar, zone or stamp side is silent otherwise: rows are left out as outside the hours, or every label and
/// every time of day lies a bar too late.
package enum SessionFit {
    /// How stamps contradict the market.
    package enum Contradiction: Sendable, Equatable {
        /// So many of the bars lie where the market is closed, and not before or after a session either; the first row.
        case closed(bars: Int, of: Int, row: Int)
        /// On so many of the sessions a bar is stamped with the close and none with the open; the first row.
        case stampedAtClose(sessions: Int, of: Int, row: Int)
        /// They were moved back by a bar, as stamps of the close: on so many of the sessions one then lies before the
        /// open and none is the last; the first row.
        case stampedAtOpen(sessions: Int, of: Int, row: Int)
    }

    /// The share of bars outside sessions from which on it is no exception.
    static let mostClosed = 0.1
    /// Fewer bars than this say nothing.
    static let fewestBars = 8

    /// - Parameters:
    ///   - times: starts of bars as they were read, increasing.
    ///   - market: daily and longer bars lie at no time of day, and never contradict it.
    /// - Returns: nil where the stamps fit, or are too few to tell.
    /// - Throws: ``Failure`` with code `calendar.unknown` for a time beyond the days that the calendar knows.
    /// - Complexity: linear.
    package static func contradiction(_ times: [Nanoseconds], to market: MarketSpec) throws -> Contradiction? {
        let day: Nanoseconds = 86_400_000_000_000
        guard times.count >= fewestBars, market.interval < day else { return nil }
        var calendar = try TradingCalendar(market)
        var hasAllHours = false
        if case .named = market.calendar { hasAllHours = true }
        var closed = (count: 0, row: 0), sessions = 0, late = (count: 0, row: 0)
        var current: (label: CivilDate, open: Nanoseconds, close: Nanoseconds)?
        var hasOpen = false, closeRow: Int?, early = (count: 0, row: 0), before: [Int] = [], hasLast = false
        func endSession() {
            guard current != nil else { return }
            sessions += 1
            if before.count == 1, !hasLast { early = (early.count + 1, early.count == 0 ? before[0] : early.row) }
            guard !hasOpen, let row = closeRow else { return }
            late = (late.count + 1, late.count == 0 ? row : late.row)
        }
        for (row, time) in times.enumerated() {
            let session = try calendar.owner(of: time)
            // Hours that somebody states may be a part of those of the market; closed days may not.
            let isOutside =
                session.map { hasAllHours && !$0.contains(time) && !$0.isExtended(time) && time != $0.close } ?? true
            if isOutside { closed = (closed.count + 1, closed.count == 0 ? row : closed.row) }
            guard let session, session.length < day else { continue }
            if session.label != current?.label {
                endSession()
                current = (session.label, session.open, session.close)
                (hasOpen, closeRow, before, hasLast) = (false, nil, [], false)
            }
            // Bars of the full hour begin before a session that opens at half past.
            if time <= session.open, session.open.saturatingMinus(time) < market.interval { hasOpen = true }
            if time == session.close { closeRow = row }
            if time < session.open, before.count < 2 { before.append(row) }
            if time == session.close.saturatingMinus(market.interval) { hasLast = true }
        }
        endSession()
        if Double(closed.count) > mostClosed * Double(times.count) {
            return .closed(bars: closed.count, of: times.count, row: closed.row)
        }
        if market.files.stamp == .close, 2 * early.count > sessions {
            return .stampedAtOpen(sessions: early.count, of: sessions, row: early.row)
        }
        return 2 * late.count > sessions ? .stampedAtClose(sessions: late.count, of: sessions, row: late.row) : nil
    }
}
