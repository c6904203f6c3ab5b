package import Basics

/// Exact latency percentiles: every sample is kept in a block sized at the start, and sorted at the end.
package struct LatencyRecorder: Sendable {
    private var samples: [UInt32]
    private var count = 0

    /// - Parameter capacity: samples that are kept; later ones are dropped.
    package init(capacity: Int) { samples = [UInt32](repeating: 0, count: max(capacity, 1)) }

    /// Keeps a sample; allocates nothing. More than four seconds count as four.
    @inline(__always)
    package mutating func record(_ nanoseconds: Nanoseconds) {
        if count < samples.count {
            samples[count] = UInt32(clamping: nanoseconds)
            count += 1
        }
    }

    /// Percentiles in nanoseconds; 0 without samples. The quantile q is the sample of rank ⌊q·n⌋.
    package struct Summary: Sendable, Equatable {
        /// Samples that were kept.
        package var count: Int
        /// The median.
        package var p50: Int
        /// 99 of 100 are not slower.
        package var p99: Int
        /// 999 of 1000 are not slower.
        package var p999: Int
        /// The slowest.
        package var maximum: Int

        /// Percentiles as given.
        package init(count: Int, p50: Int, p99: Int, p999: Int, maximum: Int) {
            (self.count, self.p50, self.p99, self.p999, self.maximum) = (count, p50, p99, p999, maximum)
        }

        /// What `summary.json` holds.
        package var json: JSONValue {
            .map([
                "count": .int(count), "p50Ns": .int(p50), "p99Ns": .int(p99), "p999Ns": .int(p999),
                "maximumNs": .int(maximum),
            ])
        }
    }

    /// - Complexity: O(n log n).
    package func summary() -> Summary {
        let sorted = samples[..<count].sorted()
        func quantile(_ q: Double) -> Int {
            sorted.isEmpty ? 0 : Int(sorted[min(Int(saturating: q * Double(sorted.count)), sorted.count - 1)])
        }
        return Summary(
            count: count, p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), maximum: quantile(1))
    }
}
