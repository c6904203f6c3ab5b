import Basics
import MarketData

/// A list of expectations with severities, as data.
package struct QualitySuite: Sendable {
    package enum Severity: String, CaseIterable, Sendable {
        case warning
        case error
    }

    package struct Entry: Sendable {
        package let expectation: any BarExpectation
        package let severity: Severity
    }

    package let entries: [Entry]

    private static let kinds: [any BarExpectation.Type] = [
        NotNull.self, IncreasingTime.self, HighNotBelowLow.self, OpenCloseInside.self, PositivePrice.self,
        NonnegativeVolume.self, CalendarGaps.self, OutlierReturns.self,
    ]

    /// Reads a suite: `expectations` is a list of names, or of maps with `expect`, options and `severity`.
    ///
    /// - Throws: ``ConfigError`` with the nearest valid name.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "expectations"])
        try reader.checkSchemaVersion(1)
        let items = try reader.list("expectations")
        guard !items.isEmpty else { throw ConfigError("found no expectations in the suite", at: node.mark) }
        entries = try items.map { item in
            let name = item.stringValue ?? item[key: "expect"]?.stringValue
            guard let name else {
                throw ConfigError(
                    "found an entry without 'expect'", at: item.mark, hint: "write the name, or a map with expect: NAME"
                )
            }
            guard let kind = QualitySuite.kinds.first(where: { $0.name == name }) else {
                let names = QualitySuite.kinds.map { $0.name }
                throw ConfigError(
                    "found the unknown expectation '\(name)', expected one of \(names.joined(separator: ", "))",
                    at: item.mark,
                    hint: NearestName.of(name, in: names).map { "did you mean '\($0)'?" })
            }
            let map =
                item.stringValue == nil
                ? item : JSONValue(.map([JSONValue.Entry(key: "expect", value: item)]), mark: item.mark)
            let options = try ConfigReader(map, path: name, keys: ["expect", "severity"] + kind.keys)
            return Entry(expectation: try kind.init(options), severity: try options.choice("severity", default: .error))
        }
    }
}
