import Basics

/// Exact latency percentiles: every sample is kept in a block sized at the start, and sorted at the end.
package struct LatencyRecorder: Sendable {
    private var samples: [UInt32]
    private var count = 0

    package init(capacity: Int) { samples = [UInt32](repeating: 0, count: max(capacity, 1)) }

    @inline(__always)
    package mutating func record(_ nanoseconds: Nanoseconds) {
        if count < samples.count {
            samples[count] = UInt32(clamping: nanoseconds)
            count += 1
        }
    }

    package struct Summary: Sendable, Equatable {
        package var count: Int
        package var p50: Int
        package var p99: Int
        package var p999: Int
        package var maximum: Int

        package var json: JSONValue {
            .map([
                "count": .int(count), "p50Ns": .int(p50), "p99Ns": .int(p99), "p999Ns": .int(p999),
                "maximumNs": .int(maximum),
            ])
        }
    }

    package func summary() -> Summary {
        let sorted = samples[..<count].sorted()
        func quantile(_ q: Double) -> Int {
            sorted.isEmpty ? 0 : Int(sorted[min(Int(q * Double(sorted.count)), sorted.count - 1)])
        }
        return Summary(
            count: count, p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), maximum: quantile(1))
    }
}
