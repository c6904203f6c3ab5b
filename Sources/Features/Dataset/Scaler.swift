import Basics

/// Standardises features with the mean and deviation of the training interval, which it remembers.
package struct Scaler: Sendable, Equatable {
    package var mean: [Float]
    package var inverseDeviation: [Float]
    /// Scaled values are limited to ±clip.
    package var clip: Float
    /// First and last time of the rows it was fitted on.
    package var from: Nanoseconds
    package var to: Nanoseconds
    package var rows: Int

    /// Fits on the given rows of a table. Sums in double precision in row order; a constant feature is only centred.
    package init(fitting table: FeatureTable, rows: [Int], clip: Float = 8) {
        let width = table.width
        var sum = [Double](repeating: 0, count: width), squares = sum
        var from = Nanoseconds.max, to = Nanoseconds.min
        for row in rows {
            for f in 0..<width { sum[f] += Double(table.values[row * width + f]) }
            from = min(from, table.time[row])
            to = max(to, table.time[row])
        }
        let n = Double(max(rows.count, 1))
        let means = sum.map { $0 / n }
        for row in rows {
            for f in 0..<width {
                let d = Double(table.values[row * width + f]) - means[f]
                squares[f] += d * d
            }
        }
        mean = means.map { Float($0) }
        inverseDeviation = squares.map { $0 > 0 ? Float(1 / ($0 / n).squareRoot()) : 1 }
        self.clip = clip
        self.from = rows.isEmpty ? 0 : from
        self.to = rows.isEmpty ? 0 : to
        self.rows = rows.count
    }

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(
            node, path: "scaler", keys: ["mean", "inverseDeviation", "clip", "fittedFrom", "fittedTo", "rows"])
        func floats(_ key: String) throws -> [Float] {
            try reader.list(key).map {
                guard let value = $0.doubleValue, value.isFinite else {
                    throw ConfigError("found \($0.kindName) in '\(key)', expected finite numbers", at: $0.mark)
                }
                return Float(value)
            }
        }
        mean = try floats("mean")
        inverseDeviation = try floats("inverseDeviation")
        guard mean.count == inverseDeviation.count else {
            throw ConfigError("found \(mean.count) means and \(inverseDeviation.count) deviations in the scaler", at: node.mark)
        }
        clip = Float(try reader.double("clip", in: 0.1...1e6))
        from = Int64(try reader.int("fittedFrom"))
        to = Int64(try reader.int("fittedTo"))
        rows = try reader.int("rows", in: 0...Int.max)
    }

    package var json: JSONValue {
        .map([
            "mean": .doubles(mean.map(Double.init)), "inverseDeviation": .doubles(inverseDeviation.map(Double.init)),
            "clip": .double(Double(clip)), "fittedFrom": .int(Int(from)), "fittedTo": .int(Int(to)), "rows": .int(rows),
        ])
    }

    /// Scales one row in place.
    @inline(__always)
    package func apply(_ row: UnsafeMutablePointer<Float>) {
        for f in 0..<mean.count {
            let scaled = (row[f] - mean[f]) * inverseDeviation[f]
            row[f] = max(-clip, min(clip, scaled))
        }
    }
}
