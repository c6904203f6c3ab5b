package import Basics
import Tensors

/// Standardises features with the mean and deviation of the training interval, which it remembers.
package struct Scaler: Sendable, Equatable {
    /// Subtracted from each feature.
    package var mean: [Float]
    /// What each feature is multiplied with afterwards; 1 for a constant.
    package var inverseDeviation: [Float]
    /// Scaled values are limited to ±clip.
    package var clip: Float
    /// Features left as they are: codes of an embedding, or what is scaled already.
    package var unscaled: [Int] = []
    /// First and last time of the rows it was fitted on.
    package var from: Nanoseconds
    /// The last of those times.
    package var to: Nanoseconds
    /// Rows it was fitted on; 0 where nothing was fitted.
    package var rows: Int

    /// Fits on the given rows of a table. Sums in double precision in row order; a constant feature is only centred.
    ///
    /// - Parameters:
    ///   - ranges: rows, in order.
    ///   - unscaled: features to leave alone.
    ///   - constant: features with one value in these rows, whose deviation is 0 whatever rounding makes of it.
    package init(
        fitting table: FeatureTable, rows ranges: [Range<Int>], unscaled: [Int] = [], constant: [Int] = [],
        clip: Float = 8
    ) {
        let width = table.width
        var sum = [Double](repeating: 0, count: width), squares = sum
        var from = Nanoseconds.max, to = Nanoseconds.min
        let count = ranges.reduce(0) { $0 + $1.count }, n = Double(max(count, 1))
        var means = sum
        table.values.withPointer { values in
            guard let values else { return }
            for row in ranges.joined() {
                for f in 0..<width { sum[f] += Double(values[row * width + f]) }
                from = min(from, table.time[row])
                to = max(to, table.time[row])
            }
            means = sum.map { $0 / n }
            for row in ranges.joined() {
                for f in 0..<width {
                    let d = Double(values[row * width + f]) - means[f]
                    squares[f] += d * d
                }
            }
        }
        mean = means.map { Float($0) }
        inverseDeviation = squares.map { $0 > 0 ? Float(1 / ($0 / n).squareRoot()) : 1 }
        for f in constant { inverseDeviation[f] = 1 }
        for f in unscaled { (mean[f], inverseDeviation[f]) = (0, 1) }
        self.unscaled = unscaled
        self.clip = clip
        self.from = count == 0 ? 0 : from
        self.to = count == 0 ? 0 : to
        rows = count
    }

    /// Leaves everything as it is, for data that came scaled.
    package init(identity width: Int) {
        mean = [Float](repeating: 0, count: width)
        inverseDeviation = [Float](repeating: 1, count: width)
        unscaled = Array(0..<width)
        (clip, from, to, rows) = (8, 0, 0, 0)
    }

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(
            node, path: "scaler",
            keys: ["mean", "inverseDeviation", "clip", "fittedFrom", "fittedTo", "rows", "unscaled"])
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
            throw ConfigError(
                "found \(mean.count) means and \(inverseDeviation.count) deviations in the scaler", at: node.mark)
        }
        let width = mean.count
        unscaled = try reader.list("unscaled").compactMap(\.intValue)
        guard unscaled.allSatisfy({ (0..<width).contains($0) }) else {
            throw ConfigError(
                "found an unscaled feature outside 0 to \(mean.count - 1) in the scaler",
                at: reader.value("unscaled")?.mark)
        }
        clip = Float(try reader.double("clip", in: 0.1...1e6))
        from = Int64(try reader.int("fittedFrom"))
        to = Int64(try reader.int("fittedTo"))
        rows = try reader.int("rows", in: 0...Int.max)
    }

    /// What models and bundles carry; reads back to an equal scaler.
    package var json: JSONValue {
        .map(
            [
                ("mean", .doubles(mean.map(Double.init))),
                ("inverseDeviation", .doubles(inverseDeviation.map(Double.init))),
                ("clip", .double(Double(clip))), ("fittedFrom", .int(Int(from))), ("fittedTo", .int(Int(to))),
                ("rows", .int(rows)),
            ] + (unscaled.isEmpty ? [] : [("unscaled", .list(unscaled.map { .int($0) }))]))
    }

    /// Scales rows that follow each other, from one place to another or in place. Offline and live use this one
    /// function.
    @inline(__always)
    package func apply(rows: Int, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        let width = mean.count, clip = clip
        mean.withUnsafeBufferPointer { mean in
            inverseDeviation.withUnsafeBufferPointer { inverse in
                for row in 0..<rows {
                    let from = source + row * width, to = target + row * width
                    for f in 0..<width {
                        let scaled = (from[f] - mean[f]) * inverse[f]
                        to[f] = max(-clip, min(clip, scaled))
                    }
                    for f in unscaled { to[f] = from[f] }
                }
            }
        }
    }

    /// Scales one row in place.
    package func apply(_ row: UnsafeMutablePointer<Float>) {
        // The unscaled values would be clipped first when source and target are one.
        guard unscaled.isEmpty else {
            let kept = unscaled.map { row[$0] }
            apply(rows: 1, from: row, to: row)
            for (f, value) in zip(unscaled, kept) { row[f] = value }
            return
        }
        apply(rows: 1, from: row, to: row)
    }
}
