package import Basics
import MarketData
import Tensors

/// Samples of a feature table: each is `window` consecutive rows of one segment, ending at a row that has a label.
///
/// Windows overlap and are never copied out: a batch gathers and scales its rows where they lie, in memory or in a
/// mapped file. What is kept for every sample is nothing; runs of rows and the cuts between them are enough.
package struct WindowedDataset: Sendable {
    /// The rows that samples are windows of.
    package let table: FeatureTable
    /// Rows of one sample.
    package let window: Int
    /// Last row of each training, validation and test sample.
    package let training: SampleRows
    /// Last row of each validation sample.
    package let validation: SampleRows
    /// Last row of each test sample.
    package let test: SampleRows
    /// Fitted on the rows of the training windows alone.
    package let scaler: Scaler
    /// With the threshold that the training rows gave.
    package let label: LabelSpec
    /// Features with one value in all rows of the training windows.
    package let constantFeatures: [Int]

    /// Ends of all windows that lie in one segment; with `labelled`, only those with a label.
    package static func ends(_ table: FeatureTable, window: Int, labelled: Bool = true) -> SampleRows {
        SampleRows(
            (0..<table.rowCount).lazy.filter { row in
                let first = row - window + 1
                return first >= 0 && table.segment[first] == table.segment[row] && (!labelled || !table.move(row).isNaN)
            })
    }

    /// Which of the distinct times, by position, are for training and which are tested; for splits that no
    /// ``SplitSpec`` names.
    package struct Positions: Sendable {
        /// Increasing.
        package var training: [Int]
        /// Stretches that are tested.
        package var tests: [Range<Int>]
        /// Samples of each instrument dropped behind the labels of a tested stretch; nil for as many as a window has
        /// rows.
        package var embargo: Int?

        /// Positions as they are given; what may be learned from them is purged by time.
        package init(training: [Int], tests: [Range<Int>], embargo: Int? = nil) {
            (self.training, self.tests, self.embargo) = (training, tests, embargo)
        }
    }

    /// Splits, fits threshold and scaler on the rows of the training windows alone.
    ///
    /// - Parameters:
    ///   - trainingStride: trains on every so many-th window only; neighbours share nearly all their rows.
    ///   - unscaled: names of features to leave as they are.
    ///   - reserved: share of the times, at their end, that no part may see, nor a label reach into: what a search
    ///     keeps for the final test.
    ///   - positions: in place of those that the split chooses; its share for validation still counts.
    /// - Throws: ``Failure`` when a part has no samples, or a value or label is no finite number.
    package init(
        _ table: FeatureTable, window: Int, split: SplitSpec, trainingStride: Int = 1, unscaled: [String] = [],
        reserved: Double = 0, positions: Positions? = nil
    ) throws {
        self.table = table
        self.window = window
        try table.requireDefined()
        let parts = try WindowedDataset.parts(
            table, window: window, split: split, reserved: reserved, positions: positions)
        let all = parts.training
        guard !all.isEmpty, !parts.validation.isEmpty, !parts.test.isEmpty else {
            throw Failure(
                "features.no-samples",
                "found \(all.count) training, \(parts.validation.count) validation and \(parts.test.count) test "
                    + "windows of \(window) rows",
                hint: "use a shorter window, more data, or another split")
        }
        (training, validation, test) = (all.strided(by: trainingStride), parts.validation, parts.test)
        if case .fixed = table.label.threshold {
            label = table.label
        } else {
            label = table.label.resolved(moves: all.map { table.move($0) }, spreadsBps: all.map { table.spread($0) })
        }
        let skipped = try unscaled.map { name in
            guard let index = table.featureNames.firstIndex(of: name) else {
                throw Failure(
                    "features.unknown", "found the unscaled feature '\(name)', which the table does not have",
                    hint: NearestName.of(name, in: table.featureNames).map { "did you mean '\($0)'?" })
            }
            return index
        }
        let rows = WindowedDataset.rows(of: all, window: window)
        constantFeatures = table.constantFeatures(in: rows)
        scaler =
            table.spec.input == .given
            ? Scaler(identity: table.width)
            : Scaler(fitting: table, rows: rows, unscaled: skipped, constant: constantFeatures)
        // Until here the table was read from end to end; windows are drawn at random.
        table.values.expectRandomAccess()
    }

    /// The rows that windows cover, as ranges.
    private static func rows(of ends: SampleRows, window: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for end in ends {
            let first = end - window + 1
            if let last = ranges.last, first <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, end + 1)
            } else {
                ranges.append(first..<end + 1)
            }
        }
        return ranges
    }

    private static func parts(
        _ table: FeatureTable, window: Int, split: SplitSpec, reserved: Double, positions: Positions?
    ) throws -> PurgedParts {
        let window = max(window, split.longestWindow ?? window)
        let ends = try splitEnds(table, window: window, split: split)
        var times = distinctTimes(table, ends)
        var plan = PurgedParts.Plan(
            times: [], tests: [], learnsAfter: split.kind.learnsAfter, embargo: split.embargo ?? window,
            validation: .share(split.validation))
        if reserved > 0 {
            let kept = times.count - min(times.count, Int(saturating: (Double(times.count) * reserved).rounded()))
            if kept < times.count {
                // Without the times of which no label ends before what is reserved.
                let reserved = PurgedParts.Border(table, ends, from: times[kept])
                plan.reserved = reserved
                times = distinctTimes(
                    table,
                    SampleRows(
                        ends.lazy.filter {
                            table.time[$0] < reserved.first && reserved.isBehind(labelOf: $0, in: table)
                        }))
            }
        }
        plan.times = times
        if let positions {
            // Of other times than these a position would be a place behind the end.
            let stretches = positions.tests.map { $0.clamped(to: times.indices) }
            (plan.tests, plan.learnsAfter, plan.embargo) = (stretches, true, positions.embargo ?? window)
            var candidates = [Bool](repeating: false, count: times.count)
            for position in positions.training where position < times.count { candidates[position] = true }
            plan.candidates = candidates
        } else if split.kind == .times {
            let cuts = try split.cuts(zone: table.market.zone)
            let first = times.firstIndex { $0 >= cuts.test } ?? times.count
            (plan.tests, plan.validation) = ([first..<times.count], .from(cuts.validation))
        } else {
            plan.tests = [split.kind.test(split, times.count)]
        }
        return PurgedParts(table, ends: ends, plan: plan)
    }

    /// The samples that a split divides: those that its longest window leaves, known by its moment.
    private static func splitEnds(_ table: FeatureTable, window: Int, split: SplitSpec) throws -> SampleRows {
        try known(by: split.asOf, table, ends(table, window: max(window, split.longestWindow ?? window)))
    }

    /// The times that ``Positions`` of a split count, in order.
    ///
    /// - Throws: ``Failure`` with code `features.no-samples` where nothing was known by the split's moment.
    package static func times(_ table: FeatureTable, window: Int, split: SplitSpec) throws -> [Nanoseconds] {
        distinctTimes(table, try splitEnds(table, window: window, split: split))
    }

    /// The samples whose labels were known by a moment.
    ///
    /// - Throws: ``Failure`` with code `features.no-samples` where there are none.
    private static func known(by asOf: String?, _ table: FeatureTable, _ ends: SampleRows) throws -> SampleRows {
        guard let asOf, let moment = TimeText.parseKnownBy(asOf) else { return ends }
        let known = SampleRows(
            ends.lazy.filter { end in
                let known = table.known(labelAt: end)
                return known != FeatureTable.neverEnds && known <= moment
            })
        guard known.isEmpty, let first = ends.first else { return known }
        throw Failure(
            "features.no-samples",
            "found no sample whose label was known by \(asOf); the first begins at "
                + TimeText.utc(table.time[first]), hint: "choose a later day, or more data")
    }

    /// Times of samples in order, each once: what positions count.
    package static func distinctTimes(_ table: FeatureTable, _ ends: SampleRows) -> [Nanoseconds] {
        var times: [Nanoseconds] = []
        for end in ends where times.last != table.time[end] { times.append(table.time[end]) }
        if zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) { return times }
        times.sort()
        return times.indices.compactMap { $0 == 0 || times[$0] != times[$0 - 1] ? times[$0] : nil }
    }

    /// The target of the sample that ends at a row.
    package func target(_ end: Int) -> Float { label.target(table.move(end)) }

    /// Training samples of every class; empty where the label has no classes.
    package var classCounts: [Int] {
        guard let classes = label.kind.classes else { return [] }
        return training.reduce(into: [Int](repeating: 0, count: classes.count)) { $0[Int(saturating: target($1))] += 1 }
    }
}

extension FeatureTable {
    /// Copies the window that ends at a row, scaled: the one way from a table to a model.
    @inline(__always)
    package func copyWindow(endingAt end: Int, rows: Int, scaler: Scaler, into target: UnsafeMutablePointer<Float>) {
        values.withPointer {
            if let base = $0 { scaler.apply(rows: rows, from: base + (end - rows + 1) * width, to: target) }
        }
    }
}
