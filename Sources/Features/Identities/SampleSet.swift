package import Basics
import Tensors

/// Which questions a measure was made on, as an identity: instruments, times, label and market, with what came true.
///
/// Two measures may stand in one column only where these digests are equal. What was answered (weights, features,
/// window) is no part of it: two models of different windows that were asked the same questions are comparable. The
/// order of instruments in a table is none either.
package struct SampleSet: Sendable, Equatable {
    /// SHA-256 over market, label, and of every instrument the times, moves and returns of its samples.
    package let digest: String
    /// Samples.
    package let count: Int
    /// Names, sorted, each once.
    package let instruments: [String]
    /// The earliest and the latest sample; 0 where there is none.
    package let first: Nanoseconds
    /// The latest sample.
    package let last: Nanoseconds
    /// Digest of the label.
    package let label: String

    /// The samples that end at some rows of a table.
    ///
    /// - Parameter label: what the targets are made with; a model's label has the threshold that its training gave.
    /// - Complexity: O(samples); 24 bytes a sample of one instrument at a time.
    package init(_ table: FeatureTable, ends: SampleRows, label: LabelSpec) {
        var parts: [(name: String, first: Nanoseconds, digest: String)] = [], words: [UInt64] = []
        var current: Int32 = -1, begin: Nanoseconds = 0, low = Nanoseconds.max, high = Nanoseconds.min
        func close() {
            guard !words.isEmpty else { return }
            let name = table.instruments.indices.contains(Int(current)) ? table.instruments[Int(current)] : ""
            parts.append((name, begin, words.withUnsafeBytes { Digest.sha256($0) }))
            words.removeAll(keepingCapacity: true)
        }
        for row in ends {
            let time = table.time[row]
            if table.instrument[row] != current {
                close()
                (current, begin) = (table.instrument[row], time)
            }
            (low, high) = (min(low, time), max(high, time))
            words.append(UInt64(bitPattern: time))
            words.append(table.move(row).bitPattern)
            words.append(table.forwardReturn[row].bitPattern)
        }
        close()
        parts.sort { ($0.name, $0.first, $0.digest) < ($1.name, $1.first, $1.digest) }
        var whole = RunningDigest()
        whole.add("samples")
        whole.add(table.market.identity)
        whole.add(label.digest)
        for part in parts {
            whole.add(part.name)
            whole.add(part.digest)
        }
        digest = whole.finish()
        count = ends.count
        instruments = Set(parts.map(\.name)).sorted()
        (first, last) = ends.isEmpty ? (0, 0) : (low, high)
        self.label = label.digest
    }
}
