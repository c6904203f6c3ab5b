package import Basics

/// How files of market data are written: what they do not say themselves, or say wrongly. Whatever is nil is found out,
/// and shown.
package struct FileDescription: Sendable, Equatable {
    /// Name of the format in ``FoundFiles/kinds``; a file of another one is refused.
    package var format: String?
    /// Which end of its bar a stamp is; the open by default.
    package var stamp: CSVOptions.StampSide?
    /// Names of columns by role.
    package var columns: [String: String] = [:]
    /// One character between cells.
    package var separator: Character?
    /// Which number of a date comes first.
    package var dateOrder: CSVOptions.DateOrder?
    /// Between whole digits and decimals.
    package var decimalMark: Character?
    /// Currency of prices; hundredths of one, such as GBp, become the whole currency.
    package var unit: String?
    /// Whether bars have no volume on purpose; they are kept with 0 then.
    package var isVolumeAbsent = false
    /// The instrument of all files, where neither names nor columns say it.
    package var instrument: String?
    /// Which prices are meant where bids and asks of an instrument lie in a file each.
    package var side: PriceSides.Side?

    /// Nothing is known.
    package init() {}

    private static let keys = [
        "format", "stamp", "columns", "separator", "dateOrder", "decimalMark", "unit", "volume", "instrument", "side",
    ]

    /// Roles that columns may have.
    private static let roles = CSVRole.allCases.map(\.rawValue)

    private enum Volume: String, CaseIterable { case present, absent }

    /// - Throws: ``ConfigError``.
    init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "files", keys: FileDescription.keys)
        if let name = try reader.optionalString("format") {
            _ = try FoundFiles.kinds.find(name, at: reader.value("format")?.mark)
            format = name
        }
        if reader.value("stamp") != nil { stamp = try reader.choice("stamp", default: .open) }
        if reader.value("dateOrder") != nil { dateOrder = try reader.choice("dateOrder", default: .monthFirst) }
        separator = try FileDescription.character("separator", reader)
        decimalMark = try FileDescription.character("decimalMark", reader)
        unit = try reader.optionalString("unit")
        instrument = try reader.optionalString("instrument")
        if reader.value("side") != nil { side = try reader.choice("side", default: .mid) }
        isVolumeAbsent = try reader.choice("volume", default: Volume.present) == .absent
        for entry in reader.value("columns")?.mapValue ?? [] {
            guard let name = entry.value.stringValue, FileDescription.roles.contains(entry.key) else {
                throw ConfigError(
                    "found '\(entry.key)' in 'files.columns', expected the name of a column for one of "
                        + FileDescription.roles.joined(separator: ", "), at: entry.value.mark,
                    hint: NearestName.of(entry.key, in: FileDescription.roles).map { "did you mean '\($0)'?" })
            }
            columns[entry.key] = name
        }
    }

    private static func character(_ key: String, _ reader: ConfigReader) throws -> Character? {
        guard let text = try reader.optionalString(key) else { return nil }
        guard text.count == 1, let first = text.first else {
            throw ConfigError(
                "found '\(text)' for 'files.\(key)', expected one character", at: reader.value(key)?.mark)
        }
        return first
    }

    /// What a reader of text takes of it.
    func options(zone: String?, interval: Nanoseconds?) -> CSVOptions {
        var options = CSVOptions()
        (options.zone, options.interval, options.stampSide) = (zone, interval, stamp)
        (options.columns, options.separator, options.dateOrder) = (columns, separator, dateOrder)
        (options.decimalMark, options.unit) = (decimalMark, unit)
        return options
    }

    /// Reads back to an equal description.
    package var json: JSONValue {
        var out: [(String, JSONValue)] = []
        func add(_ key: String, _ value: String?) { if let value { out.append((key, .string(value))) } }
        add("format", format)
        add("stamp", stamp?.rawValue)
        if !columns.isEmpty {
            out.append(("columns", .map(columns.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        }
        add("separator", separator.map(String.init))
        add("dateOrder", dateOrder?.rawValue)
        add("decimalMark", decimalMark.map(String.init))
        add("unit", unit)
        if isVolumeAbsent { add("volume", Volume.absent.rawValue) }
        add("instrument", instrument)
        add("side", side?.rawValue)
        return .map(out)
    }
}
