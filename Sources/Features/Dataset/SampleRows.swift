/// The last rows of samples, as runs of rows that follow each other: a few numbers where a list would need one for
/// every sample.
package struct SampleRows: RandomAccessCollection, Sendable {
    /// First row of each run, and the number of samples before it.
    private var starts: [Int] = []
    private var before: [Int] = []
    private var last = Int.min
    /// Samples, after the stride.
    package private(set) var count = 0
    /// Only every so many-th row counts.
    private var step = 1

    /// No samples.
    package init() {}

    /// - Precondition: the rows increase.
    package init(_ rows: some Sequence<Int>) { for row in rows { append(row) } }

    /// Adds a row behind all others.
    package mutating func append(_ row: Int) {
        if row != last + 1 {
            starts.append(row)
            before.append(count)
        }
        last = row
        count += 1
    }

    /// Every `step`-th of these samples.
    package func strided(by step: Int) -> SampleRows {
        var out = self
        out.step = step
        out.count = (count + step - 1) / step
        return out
    }

    /// Always 0.
    package var startIndex: Int { 0 }
    /// The number of samples.
    package var endIndex: Int { count }

    /// Complexity: O(log runs).
    package subscript(index: Int) -> Int {
        let position = index * step
        var low = 0, high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if before[middle] <= position { low = middle } else { high = middle }
        }
        return starts[low] + position - before[low]
    }
}
