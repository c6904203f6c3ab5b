import Basics
import Features
import MarketData

/// Data of which no row came; which feature is never defined, and why, out.
enum ExplainEmptyFeatures {
    /// - Parameter all: what became of the bars or events, instrument by instrument.
    static func failure(
        _ all: [RowCounts], spec: FeatureSpec, data: String, market: MarketSpec, session: Session
    ) throws -> Failure {
        var counts = RowCounts(instrument: "")
        for one in all { counts.add(one) }
        var leftOut = 0
        if spec.input != .book {
            leftOut = try Self.leftOut(try RecordedInstruments.files(at: data, session: session), market)
        }
        var failure = try failure(counts, spec: spec, data: data, market: market)
        if leftOut > 0 {
            failure = Failure(
                failure.code,
                "\(failure.message); mode: repair left out \(leftOut) faulty rows of "
                    + "\(leftOut.saturatingPlus(counts.read))",
                hint: failure.hint.map { "\($0); see the faulty rows without mode: repair" })
        }
        return failure
    }

    /// Rows that reading in repair mode took out.
    private static func leftOut(_ files: BarFiles, _ market: MarketSpec) throws -> Int {
        guard market.mode == .repair else { return 0 }
        var reader = try BarReader(market), count = 0
        for path in files.paths {
            for reading in try files.read(path, &reader) { count += reading.issueCounts.values.reduce(0, +) }
        }
        return count
    }

    private static func failure(_ counts: RowCounts, spec: FeatureSpec, data: String, market: MarketSpec) throws
        -> Failure
    {
        let unit = spec.input == .book ? "events" : "bars"
        let start = "found no \(unit.dropLast()) in '\(data)' with all features defined: "
        guard counts.read > counts.outsideHours else {
            return Failure(
                "features.empty",
                start
                    + "none of \(counts.read) \(unit) lies inside the hours '\(spec.hours.rawValue)' of the market in "
                    + market.zone,
                hint: "check zone and calendar of the market file, or set hours: all")
        }
        guard counts.read > counts.outsideHours.saturatingPlus(counts.withoutBook) else {
            return Failure(
                "features.empty",
                start + "after none of \(counts.read) events the book has two sides that do not cross",
                hint: "check the recording: the price of an ask must be above that of a bid, and sizes above 0")
        }
        let program = try spec.program(), warmUp = program.warmUp
        guard counts.undefined > 0 else {
            let slowest = zip(spec.features, program.warmUps).max { $0.1 < $1.1 }?.0
            return Failure(
                "features.empty",
                start + "'\(slowest?.name ?? "")' needs \(warmUp) \(unit) that follow each other, and the longest "
                    + "stretch has \(counts.longestStretch)",
                hint: spec.resetsAtSession
                    ? "use shorter windows, allow gaps with missingBarsAllowed, or set resetAtSession: false"
                    : "use shorter windows, or allow longer gaps than missingBarsAllowed: \(spec.missingBarsAllowed)")
        }
        let all = counts.undefined,
            named = undefined(counts, spec).prefix(3).map { feature, rows, values in
                let inner = values.first.map { worst in
                    worst.value.expression == feature.expression && worst.value.reason == .undefined
                        ? ""
                        : ", as '\(worst.value.expression)' is \(worst.value.reason.rawValue)"
                            + (worst.rows == rows ? "" : " in \(worst.rows) of them")
                }
                return "'\(feature.name)' (\(feature.expression)) is no finite number in "
                    + "\(rows == all ? "all" : "\(rows) of") \(all) \(unit)\(inner ?? "")"
            }
        return Failure(
            "features.empty", start + named.joined(separator: "; "),
            hint: "a logarithm of 0, a division by 0 or a number above 3.4e38 is undefined: change the expression")
    }

    /// Features by how many rows they are undefined in, and of each what made it so, the most frequent first.
    private static func undefined(_ counts: RowCounts, _ spec: FeatureSpec) -> [(
        feature: FeatureSpec.Feature, rows: Int, values: [(value: RowCounts.Undefined, rows: Int)]
    )] {
        let values = Dictionary(grouping: counts.undefinedBy.map { (value: $0.key, rows: $0.value) }) {
            $0.value.feature
        }
        return spec.features.enumerated().compactMap { index, feature in
            values[feature.name].map { (index, feature, $0) }
        }.map { index, feature, values in
            (index, feature, values.reduce(0) { $0.saturatingPlus($1.rows) }, values)
        }.sorted { ($1.2, $0.0) < ($0.2, $1.0) }.map { _, feature, rows, values in
            (feature, rows, values.sorted { ($1.rows, $0.value.expression) < ($0.rows, $1.value.expression) })
        }
    }
}
