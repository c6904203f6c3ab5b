package import Basics
import MarketData

/// A list of expectations with severities, as data.
package struct QualitySuite: Sendable {
    /// What an offence means for the suite.
    package enum Severity: String, CaseIterable, Sendable {
        /// An offence is reported and does not fail the suite.
        case warning
        /// An offence fails the suite.
        case error
    }

    /// One expectation of the suite.
    package struct Entry: Sendable {
        /// With its options.
        package let expectation: any BarExpectation
        /// What its offence means.
        package let severity: Severity
    }

    /// In the order of the file, which is the order of the report.
    package let entries: [Entry]

    /// Reads a suite: `expectations` is a list of names, or of maps with `expect`, options and `severity`.
    ///
    /// - Throws: ``ConfigError`` with the nearest valid name of an expectation or option; for an empty suite.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "expectations"])
        try reader.checkSchemaVersion(1)
        let items = try reader.list("expectations")
        guard !items.isEmpty else { throw ConfigError("found no expectations in the suite", at: node.mark) }
        entries = try items.map(QualitySuite.entry)
    }

    private static func entry(_ item: JSONValue) throws -> Entry {
        guard let name = item.stringValue ?? item[key: "expect"]?.stringValue else {
            throw ConfigError(
                "found an entry without 'expect'", at: item.mark, hint: "write the name, or a map with expect: NAME")
        }
        let kind = try Expectations.kinds.find(name, at: item.mark)
        let isName = item.stringValue != nil
        let map = isName ? JSONValue(.map([JSONValue.Entry(key: "expect", value: item)]), mark: item.mark) : item
        let options = try ConfigReader(map, path: name, keys: ["expect", "severity"] + kind.keys)
        return Entry(expectation: try kind.init(options), severity: try options.choice("severity", default: .error))
    }
}
