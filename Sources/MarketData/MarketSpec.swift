package import Basics

/// What a directory of bar files does not say itself: zone, interval, calendar and scale. One small YAML file that all
/// stages of a pipeline share.
package struct MarketSpec: Sendable, Equatable {
    /// What faulty rows do to a reading.
    package enum Mode: String, CaseIterable, Sendable {
        /// The first faulty rows end the reading.
        case strict
        /// Faulty rows are left out, and each is listed.
        case repair
    }

    /// IANA name of the exchange's time zone.
    package var zone = "America/New_York"
    /// Length of a bar in nanoseconds.
    package var interval: Nanoseconds = 300_000_000_000
    /// When the market is open.
    package var calendar = CalendarSpec.named("XNYS")
    /// Decimals that prices are kept with.
    package var priceDecimals = 4
    /// Decimals that volumes are kept with.
    package var volumeDecimals = 0
    /// What faulty rows do to a reading.
    package var mode = Mode.strict
    /// How the files are written, where they do not say it or say it wrongly; since version 2.
    package var files = FileDescription()
    /// What corporate actions do to prices; since version 2. Nil: prices are used as the files have them.
    package var adjust: AdjustSpec?

    /// The largest scale.
    package static let mostDecimals = 9

    /// Five-minute bars of US shares.
    package init() {}

    /// Keys of a market file.
    package static let keys = [
        "schemaVersion", "zone", "interval", "calendar", "priceDecimals", "volumeDecimals", "mode",
        "files", "adjust",
    ]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: MarketSpec.keys)
        let version = try reader.checkSchemaVersion(1...2)
        zone = try reader.string("zone", default: "America/New_York")
        guard ExchangeZone.isKnown(zone) else {
            throw ConfigError(
                "found the unknown time zone '\(zone)'", at: reader.value("zone")?.mark,
                hint: "use an IANA name such as America/New_York")
        }
        if let node = reader.value("interval") { interval = try Interval.parse(node) }
        if let node = reader.value("calendar") { calendar = try CalendarSpec(node, path: "calendar") }
        priceDecimals = try reader.int("priceDecimals", default: 4, in: 0...MarketSpec.mostDecimals)
        volumeDecimals = try reader.int("volumeDecimals", default: 0, in: 0...MarketSpec.mostDecimals)
        mode = try reader.choice("mode", default: .strict)
        for key in ["files", "adjust"] where version < 2 {
            guard let node = reader.value(key) else { continue }
            throw ConfigError(
                "found '\(key)' in a market file of version 1", at: node.mark, hint: "write: schemaVersion: 2")
        }
        if let node = reader.value("files") { files = try FileDescription(node) }
        if let node = reader.value("adjust") { adjust = try AdjustSpec(node) }
    }

    /// What tables, models and bundles carry; reads back to an equal spec.
    package var json: JSONValue {
        // What version 1 can say is written as it always was: digests of what carries it stay.
        let isDescribed = files != FileDescription(), isNew = isDescribed || adjust != nil
        let common: [(String, JSONValue)] = [
            ("schemaVersion", .int(isNew ? 2 : 1)), ("zone", .string(zone)),
            ("interval", .string(Interval.text(interval))), ("calendar", calendar.json),
            ("priceDecimals", .int(priceDecimals)), ("volumeDecimals", .int(volumeDecimals)),
            ("mode", .string(mode.rawValue)),
        ]
        return .map(
            common + (isDescribed ? [("files", files.json)] : []) + (adjust.map { [("adjust", $0.json)] } ?? []))
    }
}

/// Lengths of time as people write them: `1m`, `5m`, `1h`, `1d`, `30s`.
package enum Interval {
    private static let units: [(String, Nanoseconds)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ]

    /// The longest: times and a few intervals still fit 64 bits.
    private static let longest: Nanoseconds = 10_000 * 86_400_000_000_000

    /// Nanoseconds of a text such as `5m`, up to `10000d`; nil for anything else.
    package static func parse(_ text: String) -> Nanoseconds? {
        guard let unit = units.first(where: { text.hasSuffix($0.0) }), let number = Int64(text.dropLast()), number > 0,
            number < 1_000_000, number <= longest / unit.1
        else { return nil }
        return number * unit.1
    }

    /// Nanoseconds of a text node.
    ///
    /// - Throws: ``ConfigError`` for anything else.
    package static func parse(_ node: JSONValue) throws -> Nanoseconds {
        guard let text = node.stringValue, let value = parse(text) else {
            let found = node.stringValue.map { "'\($0)'" } ?? node.kindName
            throw ConfigError("found \(found) as an interval, expected a text such as 5m", at: node.mark)
        }
        return value
    }

    /// The shortest text with a whole number: `1h`, not `60m`.
    package static func text(_ interval: Nanoseconds) -> String {
        let unit = units.first { interval % $0.1 == 0 } ?? ("s", 1_000_000_000)
        return "\(interval / unit.1)\(unit.0)"
    }
}
