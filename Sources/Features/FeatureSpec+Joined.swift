package import Basics
package import MarketData

/// Features that come from another table, as of the time at which each row was known.
extension FeatureSpec {
    /// One table that was joined to the rows.
    package struct Joined: Sendable, Equatable {
        /// What its columns are called by.
        package var name: String
        /// Whose rows they are; nil for those of the row's own instrument, or of the only one.
        package var instrument: String?
        /// The largest time from when its row was known to when the row was.
        package var maxAge: Nanoseconds
        /// What its columns are.
        package var spec: FeatureSpec
        /// Of what its columns were made.
        package var market: MarketSpec

        /// A joined table from its parts.
        package init(name: String, instrument: String?, maxAge: Nanoseconds, spec: FeatureSpec, market: MarketSpec) {
            (self.name, self.instrument, self.maxAge) = (name, instrument, maxAge)
            (self.spec, self.market) = (spec, market)
        }

        /// - Throws: ``ConfigError``, and what ``FeatureSpec/init(recorded:)`` throws.
        init(_ node: JSONValue, path: String) throws {
            let reader = try ConfigReader(
                node, path: path, keys: ["as", "instrument", "maxAgeNanoseconds", "features", "market"])
            name = try reader.string("as")
            instrument = try reader.optionalString("instrument")
            maxAge = Int64(try reader.int("maxAgeNanoseconds", in: 0...Int.max))
            spec = try FeatureSpec(recorded: try reader.required("features"))
            market = try MarketSpec(try reader.required("market"))
        }

        var json: JSONValue {
            .map(
                [("as", .string(name))] + (instrument.map { [("instrument", .string($0))] } ?? [])
                    + [
                        ("maxAgeNanoseconds", .int(Int(maxAge))), ("features", spec.json), ("market", market.json),
                    ])
        }
    }

    /// Names of a row's columns: the features, then those of each joined table as `name.feature`.
    package var columnNames: [String] {
        features.map(\.name) + joined.flatMap { one in one.spec.columnNames.map { "\(one.name).\($0)" } }
    }

    /// Columns of a row.
    package var width: Int { joined.reduce(features.count) { $0 + $1.spec.width } }

    /// Refuses features of several sources where one source is read event by event.
    ///
    /// - Throws: ``Failure`` with code `features.join`.
    package func requireOneSource() throws {
        guard let first = joined.first else { return }
        throw Failure(
            "features.join",
            "found features joined of two sources ('\(first.name)'); the trading process reads one source yet",
            hint: "export a model of features of one source; predict and backtest work on the joined table")
    }
}
