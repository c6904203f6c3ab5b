import Basics

/// Opening hours of one day, in seconds after local midnight.
package struct SessionHours: Sendable, Equatable {
    package let open: Int
    package let close: Int

    package init(open: Int, close: Int) {
        self.open = open
        self.close = close
    }
}

/// Which calendar a data set follows.
package enum CalendarSpec: Sendable, Equatable {
    /// A built-in calendar: `XNYS`, `XNSE`, `always`.
    case named(String)
    /// Fixed hours on weekdays, with listed holidays.
    case weekdays(SessionHours, holidays: Set<CivilDate>)

    package static let names = ["XNYS", "XNSE", "always"]

    package init(_ node: JSONValue, path: String) throws {
        if let name = node.stringValue {
            guard CalendarSpec.names.contains(name) else {
                throw ConfigError(
                    "found the unknown calendar '\(name)', expected one of \(CalendarSpec.names.joined(separator: ", "))",
                    at: node.mark, hint: NearestName.of(name, in: CalendarSpec.names).map { "did you mean '\($0)'?" })
            }
            self = .named(name)
            return
        }
        let reader = try ConfigReader(node, path: path, keys: ["open", "close", "holidays"])
        let open = try CalendarSpec.clock(reader, "open"), close = try CalendarSpec.clock(reader, "close")
        guard open < close else { throw ConfigError("found a close at or before the open in '\(path)'", at: node.mark) }
        let holidays = try reader.list("holidays").map { node in
            guard let text = node.stringValue, let date = CivilDate(text) else {
                throw ConfigError("found a holiday that is not a date such as 2026-12-25", at: node.mark)
            }
            return date
        }
        self = .weekdays(SessionHours(open: open, close: close), holidays: Set(holidays))
    }

    private static func clock(_ reader: ConfigReader, _ key: String) throws -> Int {
        let text = try reader.string(key)
        let parts = text.split(separator: ":").map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0...24).contains(hour),
            (0..<60).contains(minute)
        else {
            throw ConfigError(
                "found '\(text)' for '\(key)', expected a time such as 09:30", at: reader.value(key)?.mark)
        }
        return hour * 3600 + minute * 60
    }

    package var json: JSONValue {
        switch self {
        case .named(let name): .string(name)
        case .weekdays(let hours, let holidays):
            .map([
                "open": .string("\(padded(hours.open / 3600, 2)):\(padded(hours.open / 60 % 60, 2))"),
                "close": .string("\(padded(hours.close / 3600, 2)):\(padded(hours.close / 60 % 60, 2))"),
                "holidays": .strings(holidays.sorted().map(\.description)),
            ])
        }
    }
}

/// Says when a market is open.
package struct TradingCalendar: Sendable {
    private let spec: CalendarSpec
    private var cache: (day: CivilDate, hours: SessionHours?)?

    package init(_ spec: CalendarSpec) { self.spec = spec }

    /// The regular session of a local date, or nil when the market is closed.
    package mutating func session(_ date: CivilDate) -> SessionHours? {
        if let cache, cache.day == date { return cache.hours }
        let hours = compute(date)
        cache = (date, hours)
        return hours
    }

    private func compute(_ date: CivilDate) -> SessionHours? {
        switch spec {
        case .named("always"): return SessionHours(open: 0, close: 86_400)
        case .named("XNSE"):
            return date.weekday < 5 ? SessionHours(open: 33_300, close: 55_800) : nil
        case .named: return NewYorkCalendar.session(date)
        case .weekdays(let hours, let holidays): return date.weekday < 5 && !holidays.contains(date) ? hours : nil
        }
    }
}
