package import Basics

/// Which calendar a data set follows.
package enum CalendarSpec: Sendable, Equatable {
    /// One of ``MarketCalendar/kinds`` by name, in its own zone: `XNYS`, `XSGE`, `always`.
    case named(String)
    /// Fixed hours on weekdays in the market's zone, with listed holidays.
    case weekdays(SessionHours, holidays: Set<CivilDate>)

    /// Reads a name, or a map with `open`, `close` and `holidays`.
    ///
    /// - Throws: ``ConfigError`` with the nearest valid name.
    package init(_ node: JSONValue, path: String) throws {
        if let name = node.stringValue {
            self = .named(try MarketCalendar.kinds.find(name, at: node.mark).name)
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

    /// What market specs carry; reads back to an equal spec.
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
