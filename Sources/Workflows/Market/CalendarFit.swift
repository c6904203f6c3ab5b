import Basics
import MarketData

/// How well bars and a calendar fit, from 0 to 1.
struct CalendarFit {
    /// What the bars are held against: `XNYS`.
    let name: String
    let zone: String
    /// Of two markets that hold all bars, the one that promises fewer others has more.
    let score: Double
    /// Share of the bars that lie in sessions, with the hours before and after; of days, those with trading.
    let inside: Double
    /// What speaks for it, in one sentence.
    let evidence: String

    /// - Parameters:
    ///   - stamps: increasing; wall clocks where `isWallClock`.
    ///   - interval: daily bars are told by their days, shorter ones by sessions; longer ones by nothing.
    /// - Throws: ``Failure`` with code `calendar.unknown` for times that the calendar does not know.
    init?(_ stamps: [Nanoseconds], isWallClock: Bool, interval: Nanoseconds, calendar name: String) throws {
        let day: Nanoseconds = 86_400_000_000_000
        var calendar = try TradingCalendar(name)
        (self.name, zone) = (name, calendar.zone.name)
        if interval < day {
            var zone = calendar.zone
            let times = isWallClock ? stamps.map { zone.utc($0) } : stamps
            (inside, score, evidence) = try CalendarFit.sessions(times, interval, &calendar)
        } else if interval == day {
            (inside, score, evidence) = try CalendarFit.days(stamps, isWallClock, &calendar)
        } else {
            return nil
        }
    }

    private static func sessions(
        _ times: [Nanoseconds], _ interval: Nanoseconds, _ calendar: inout TradingCalendar
    ) throws -> (Double, Double, String) {
        var inside = 0, count = 0, expected = 0, last: CivilDate?
        for time in times {
            guard let session = try calendar.owner(of: time) else { continue }
            let isRegular = session.contains(time)
            // Bars before and after the session belong to it, and are promised by nobody.
            guard isRegular || session.isExtended(time) else { continue }
            inside += 1
            guard isRegular else { continue }
            count += 1
            // Days without any bar are holidays of some other market, or gaps: they do not count against it.
            if session.label != last { expected += session.bars(of: interval) }
            last = session.label
        }
        let all = Double(max(times.count, 1)), share = Double(inside) / all, regular = Double(count) / all
        let filled = Double(count) / Double(max(expected, count, 1))
        return (
            share, (0.9 * share + 0.1 * regular) * filled,
            "\(percent(share, 1)) of the bars lie in its sessions, of whose bars \(percent(filled, 1)) are there"
        )
    }

    /// Fewer days than this have no holiday that tells markets apart.
    private static let fewestDays = 20

    private static func days(
        _ stamps: [Nanoseconds], _ isWallClock: Bool, _ calendar: inout TradingCalendar
    ) throws -> (Double, Double, String) {
        var zone = calendar.zone
        let dates = Set(try stamps.map { try date($0, isWallClock, &calendar, &zone) })
        guard let first = dates.min(), let last = dates.max() else { return (0, 0, "") }
        let open = Set(try calendar.sessions(from: first, to: last).map(\.label))
        let there = dates.count { open.contains($0) }
        let inside = Double(there) / Double(dates.count), filled = Double(there) / Double(max(open.count, 1))
        var evidence =
            "\(percent(inside, 1)) of \(dates.count) days with a bar are its trading days, of which "
            + "\(percent(filled, 1)) have one"
        let closed = dates.subtracting(open).sorted(), absent = open.subtracting(dates).sorted()
        if !closed.isEmpty { evidence += "; it is closed on \(some(closed))" }
        if !absent.isEmpty { evidence += "; no bar on \(some(absent))" }
        let few = dates.count < fewestDays ? 0.5 : 1
        return (inside, inside * filled * few, evidence)
    }

    /// The day that a bar is of: the date of a wall clock, the session in which a time lies, else its date in the zone.
    private static func date(
        _ stamp: Nanoseconds, _ isWallClock: Bool, _ calendar: inout TradingCalendar, _ zone: inout ExchangeZone
    ) throws -> CivilDate {
        let day: Nanoseconds = 86_400_000_000_000
        func floor(_ time: Nanoseconds) -> CivilDate {
            CivilDate(daysSince1970: Int(time / day) - (time % day < 0 ? 1 : 0))
        }
        // Midnight in UTC is how a date alone is kept.
        if isWallClock || stamp % day == 0 { return floor(stamp) }
        if let session = try calendar.session(containing: stamp) { return session.label }
        return floor(zone.local(stamp))
    }

    private static func some(_ dates: [CivilDate]) -> String {
        dates.prefix(3).map(\.description).joined(separator: ", ")
            + (dates.count > 3 ? " and \(dates.count - 3) more" : "")
    }
}

/// Times of a wall clock that say two moments, or none.
struct ClockChanges {
    private var twice: (count: Int, first: Nanoseconds)?
    private var never: (count: Int, first: Nanoseconds)?

    /// - Parameters:
    ///   - stamps: wall clocks, or UTC where they were read in the zone.
    ///   - zone: whose clock it is.
    init(_ stamps: [Nanoseconds], isWallClock: Bool, zone name: String) throws {
        var zone = try ExchangeZone(name)
        let hour: Nanoseconds = 3_600_000_000_000
        for stamp in stamps {
            let time = isWallClock ? zone.utc(stamp) : stamp
            let local = zone.local(time)
            if isWallClock, local != stamp {
                never = ((never?.count ?? 0) + 1, never?.first ?? stamp)
            } else if zone.local(time.saturatingPlus(hour)) == local || zone.local(time.saturatingMinus(hour)) == local
            {
                twice = ((twice?.count ?? 0) + 1, twice?.first ?? local)
            }
        }
    }

    /// What is to be said of them, as the end of a sentence; nothing where there is none.
    var text: String {
        var parts: [String] = []
        if let twice {
            parts.append(
                "\(twice.count) stamps lie in the hour that autumn repeats, the first "
                    + "\(TimeText.wallClock(twice.first)): the earlier is taken unless their order says the later")
        }
        if let never {
            parts.append(
                "\(never.count) stamps lie in the hour that spring leaves out, the first "
                    + "\(TimeText.wallClock(never.first)): they are moved forward")
        }
        return parts.map { "; \($0)" }.joined()
    }
}
