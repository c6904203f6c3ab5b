import Basics
import Tensors

/// What a table must be before anything is learned from it or scored on it. `hftml features` never writes another, but
/// tables are files.
extension FeatureTable {
    /// Refuses values and labels that are no finite numbers: clipping would hide them from a model, and its weights or
    /// its scaler would be spoilt. Refuses labels that end before their row too, and those of bars that end at it: they
    /// would escape purging. So would rows and labels that could be known before they were over.
    ///
    /// Refuses rows that are out of order too: see ``requireOrder()``.
    ///
    /// - Throws: ``Failure`` with code `features.undefined` naming feature, row, instrument and time, or
    ///   `features.order`.
    /// - Complexity: O(N·F), one pass.
    package func requireDefined() throws {
        try requireOrder()
        let width = width
        let first = values.withPointer { pointer -> Int? in
            guard let pointer else { return nil }
            return (0..<values.count).first { !pointer[$0].isFinite }
        }
        if let first {
            let bad = values.withPointer { pointer in
                pointer.map { base in (0..<values.count).count { !base[$0].isFinite } } ?? 0
            }
            let (row, feature) = (first / width, first % width)
            throw undefined("\(values[first]) for the feature '\(featureNames[feature])'", row, more: bad - 1)
        }
        if let row = (0..<rowCount).first(where: { move($0).isInfinite || forwardReturn[$0].isInfinite }) {
            throw undefined("an infinite label", row, more: 0)
        }
        // More than everything is lost by nobody who is long.
        if spec.input != .given, let row = (0..<rowCount).first(where: { forwardReturn[$0] <= -1 }) {
            throw undefined("a return of \(forwardReturn[row] * 100) %", row, more: 0)
        }
        guard !labelEnd.isEmpty else { return }
        // The return of a bar is of later bars; an event of a book may share its time with the next.
        let least: Nanoseconds = spec.input == .bars ? 1 : 0
        if let row = (0..<rowCount).first(where: { labelEnd[$0] < time[$0].saturatingPlus(least) && !move($0).isNaN }) {
            throw undefined(
                "a label that ends at \(TimeText.utc(labelEnd[row])), \(least > 0 ? "not behind" : "before") its row,",
                row, more: 0)
        }
        try requireKnownTimes()
    }

    /// Refuses rows that could be known before their time or before the row ahead of them, and labels before they end.
    private func requireKnownTimes() throws {
        guard isTimed else { return }
        for row in 0..<rowCount {
            let known = knownTime[row]
            if known < time[row] {
                throw undefined("known at \(TimeText.utc(known)), before its time, a row", row, more: 0)
            }
            if row > 0, instrument[row] == instrument[row - 1], known < knownTime[row - 1] {
                throw undefined("known at \(TimeText.utc(known)), before the one ahead, a row", row, more: 0)
            }
            guard !move(row).isNaN else { continue }
            let label = labelKnownTime[row]
            if label < known || label < labelEnd[row] {
                throw undefined("a label known at \(TimeText.utc(label)), before it ends,", row, more: 0)
            }
        }
    }

    /// Refuses rows that are not each instrument's together, in order of time, and once; windows, positions and splits
    /// rest on that. Times of bars increase; events of a book may share one.
    ///
    /// - Throws: ``Failure`` with code `features.order` naming row, instrument and time.
    /// - Complexity: O(N).
    private func requireOrder() throws {
        var begun: Set<Int32> = [], names: Set<String> = [], segments: Set<Int32> = []
        for row in 0..<rowCount {
            let isFirst = row == 0 || instrument[row] != instrument[row - 1]
            if isFirst {
                guard begun.insert(instrument[row]).inserted else {
                    throw disorder("found rows of \(name(row)) in two places", row)
                }
                guard names.insert(name(row)).inserted else {
                    throw disorder("found two instruments of the name '\(name(row))'", row)
                }
            } else if time[row] < time[row - 1] || (spec.input == .bars && time[row] == time[row - 1]) {
                throw disorder(
                    time[row] == time[row - 1]
                        ? "found the time \(TimeText.utc(time[row])) of \(name(row)) twice"
                        : "found \(TimeText.utc(time[row])) of \(name(row)) after \(TimeText.utc(time[row - 1]))", row)
            }
            guard isFirst || segment[row] != segment[row - 1] else { continue }
            guard segments.insert(segment[row]).inserted else {
                throw disorder(
                    "found the segment \(segment[row]) again at \(TimeText.utc(time[row])) of \(name(row))", row)
            }
        }
    }

    private func name(_ row: Int) -> String {
        let index = Int(instrument[row])
        return instruments.indices.contains(index) ? instruments[index] : "instrument \(index)"
    }

    private func disorder(_ what: String, _ row: Int) -> Failure {
        Failure(
            "features.order",
            "\(what) (row \(row)), expected each instrument's rows together, in order of time, and a segment's too",
            hint: "make the table again with: hftml features")
    }

    private func undefined(_ what: String, _ row: Int, more: Int) -> Failure {
        Failure(
            "features.undefined",
            "found \(what) of \(instruments[Int(instrument[row])]) at \(TimeText.utc(time[row])) (row \(row))"
                + (more > 0 ? ", and \(more) more" : "") + ", expected finite numbers",
            hint: "make the table again with: hftml features")
    }

    /// Features with one value in all the given rows: nothing can be learned from them there.
    ///
    /// - Complexity: a feature is left at its first other value, so nearly O(F).
    package func constantFeatures(in ranges: [Range<Int>]) -> [Int] {
        guard let first = ranges.first?.first else { return [] }
        let width = width
        return values.withPointer { pointer in
            guard let pointer else { return [] }
            return (0..<width).filter { feature in
                let value = pointer[first * width + feature]
                return ranges.allSatisfy { $0.allSatisfy { pointer[$0 * width + feature] == value } }
            }
        }
    }
}
