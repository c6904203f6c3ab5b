import Basics
import Features
import MarketData

/// Data of which no row came; which feature is never defined, and why, out.
enum ExplainEmptyFeatures {
    private struct Counts {
        var all = 0
        /// Inside the hours that the spec asks for.
        var used = 0
        /// Where every feature has seen enough.
        var warm = 0
        var longestStretch = 0
        /// Of every feature: where it is no finite number although it has seen enough.
        var undefined: [Int]

        mutating func add(_ row: [Float], _ outcome: FeatureStream.Row, isWarm: Bool, stretch: Int) {
            all += 1
            guard outcome != .unused else { return }
            used += 1
            longestStretch = max(longestStretch, stretch)
            guard isWarm else { return }
            warm += 1
            for (index, value) in row.enumerated() where !value.isFinite { undefined[index] += 1 }
        }
    }

    static func failure(spec: FeatureSpec, data: String, market: MarketSpec, session: Session) throws -> Failure {
        var leftOut = 0
        var counts = Counts(undefined: [Int](repeating: 0, count: spec.features.count))
        var row = [Float](repeating: 0, count: spec.features.count)
        if spec.input == .book {
            for source in try BookReader.recordings(at: data) {
                var stream = try BookFeatureStream(spec: spec, market: market, priceDecimals: source.priceDecimals)
                var stretch = 0
                try source.read { event in
                    let outcome = row.withUnsafeMutableBufferPointer { buffer in
                        buffer.baseAddress.map { stream.push(event, into: $0) } ?? .unused
                    }
                    stretch = outcome == .unused ? 0 : stretch + 1
                    counts.add(row, outcome, isWarm: stream.isWarm, stretch: stretch)
                }
            }
        } else {
            let files = try RecordedInstruments.files(at: data, session: session)
            leftOut = try Self.leftOut(files, market)
            for bars in try files.tables(market) {
                var stream = try FeatureStream(
                    spec: spec, market: market, priceDecimals: bars.priceDecimals, volumeDecimals: bars.volumeDecimals)
                var segmenter = try BarSegmenter(spec: spec, market: market), stretch = 0
                for index in 0..<bars.count {
                    let outcome = row.withUnsafeMutableBufferPointer { buffer in
                        buffer.baseAddress.map { stream.push(bars[index], into: $0) } ?? .unused
                    }
                    let verdict = segmenter.push(bars[index].time)
                    if verdict.isUsed { stretch = verdict.startsSegment ? 1 : stretch + 1 }
                    counts.add(row, outcome, isWarm: stream.isWarm, stretch: stretch)
                }
            }
        }
        var failure = try failure(counts, spec: spec, data: data, market: market)
        if leftOut > 0 {
            failure = Failure(
                failure.code,
                "\(failure.message); mode: repair left out \(leftOut) faulty rows of "
                    + "\(leftOut.saturatingPlus(counts.all))",
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

    private static func failure(_ counts: Counts, spec: FeatureSpec, data: String, market: MarketSpec) throws -> Failure
    {
        let unit = spec.input == .book ? "events" : "bars"
        let start = "found no \(unit.dropLast()) in '\(data)' with all features defined: "
        guard counts.used > 0 else {
            return Failure(
                "features.empty",
                start + "none of \(counts.all) \(unit) lies inside the hours '\(spec.hours.rawValue)' of the market in "
                    + market.zone,
                hint: "check zone and calendar of the market file, or set hours: all")
        }
        let program = try spec.program(), warmUp = program.warmUp
        guard counts.warm > 0 else {
            let slowest = zip(spec.features, program.warmUps).max { $0.1 < $1.1 }?.0
            return Failure(
                "features.empty",
                start + "'\(slowest?.name ?? "")' needs \(warmUp) \(unit) that follow each other, and the longest "
                    + "stretch has \(counts.longestStretch)",
                hint: spec.resetsAtSession
                    ? "use shorter windows, allow gaps with missingBarsAllowed, or set resetAtSession: false"
                    : "use shorter windows, or allow longer gaps than missingBarsAllowed: \(spec.missingBarsAllowed)")
        }
        let worst = counts.undefined.indices.filter { counts.undefined[$0] > 0 }.sorted {
            counts.undefined[$0] > counts.undefined[$1]
        }
        let named = worst.prefix(3).map { index in
            "'\(spec.features[index].name)' (\(spec.features[index].expression)) is no finite number in "
                + "\(counts.undefined[index] == counts.warm ? "all" : "\(counts.undefined[index]) of") \(counts.warm)"
        }
        return Failure(
            "features.empty", start + named.joined(separator: "; ") + " \(unit)",
            hint: "a logarithm of 0, a division by 0 or a number above 3.4e38 is undefined: change the expression")
    }
}
