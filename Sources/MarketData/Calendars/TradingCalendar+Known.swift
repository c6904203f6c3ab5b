package import Basics

extension TradingCalendar {
    /// The end of a bar: from then on it can be known.
    ///
    /// A bar shorter than a day ends an interval after its start, but not behind the stretch of trading that it is part
    /// of: the last bar of a session ends at the close, on half-days at the early one, and the last bar before a break
    /// at the break; where the next session begins at once there is no such end. A bar of a day or longer ends at the
    /// close of the last session that it covers; where there is no session, at midnight on the wall clock of stamps,
    /// and where that was before its stamp, an interval after it.
    ///
    /// - Parameter allHours: whether bars hold trading before and after the session too; those shorter than a day then
    ///   end with that, not at the close.
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    /// - Complexity: O(1), and no allocation in the stretch that was last asked for.
    package mutating func end(ofBarAt time: Nanoseconds, interval: Nanoseconds, allHours: Bool = false) throws(Failure)
        -> Nanoseconds
    {
        let over = time.saturatingPlus(interval)
        switch BarStep(interval) {
        case .within:
            _ = try place(time)
            if let stretch = remembered(time), over <= stretch.close { return over }
            guard let session = try allHours ? owner(of: time) : session(ofBarAt: time, interval) else { return over }
            guard let end = session.reach(ofBarAt: time, interval, allHours: allHours), end < over else { return over }
            // Where the next day's trading begins at once, as in markets that never close, nothing cuts the bar.
            let phase = try place(end).phase
            return phase == .regular || (allHours && phase == .extended) ? over : end
        case .sessions(let count):
            let label = try label(ofDailyBarAt: time)
            var last = try session(of: label), covered = label
            for _ in 1..<max(1, count) {
                guard let next = try session(after: covered) else { break }
                (last, covered) = (next, next.label)
            }
            // A bar may lie on a closed day where the market trades outside its calendar.
            let end = last?.close ?? midnight(after: covered)
            // A stamp behind the close is of no bar of that session: what it covers begins with it.
            return end > time ? end : over
        case .weeks(let count):
            let label = try label(ofDailyBarAt: time)
            let monday = label.adding(-label.weekday)
            let behind = monday.adding(Int(clamping: max(1, count).saturatingTimes(7)))
            let last = try session(before: behind)
            let end = last.flatMap { $0.label >= monday ? $0.close : nil } ?? midnight(after: behind.adding(-1))
            return end > time ? end : over
        }
    }

    /// The first moment of the next date on the wall clock of stamps.
    private mutating func midnight(after date: CivilDate) -> Nanoseconds {
        stampZone.utc(Int64(clamping: date.daysSince1970).saturatingPlus(1).saturatingTimes(86_400_000_000_000))
    }
}

extension TradingSession {
    /// Where the trading ends that a bar is part of: of the last stretch that it shares a moment with.
    ///
    /// - Parameter allHours: whether trading before and after counts; stretches that touch are then one.
    fileprivate func reach(ofBarAt time: Nanoseconds, _ interval: Nanoseconds, allHours: Bool) -> Nanoseconds? {
        let stretches = allHours ? allIntervals : intervals
        guard let last = stretches.last(where: { $0.overlaps(barAt: time, interval) }) else { return nil }
        return last.close
    }
}
