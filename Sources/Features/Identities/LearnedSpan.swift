package import Basics
import Tensors

/// What a model learned from: it, its scaler, the samples that chose its epoch, and everything it began with.
///
/// A measure on samples that any of these saw is no evidence. Markets move together, so a stretch of time that was
/// learned from on one instrument counts as seen on all of them.
package struct LearnedSpan: Sendable, Equatable {
    /// A stretch of time, without its begin: a label that ends where another begins shares nothing with it.
    package struct Interval: Sendable, Equatable {
        /// When the first sample could be known.
        package var after: Nanoseconds
        /// When the last label could be known.
        package var through: Nanoseconds

        /// A stretch from a sample to the end of a label.
        package init(after: Nanoseconds, through: Nanoseconds) { (self.after, self.through) = (after, through) }
    }

    /// What one training learned from.
    package struct Piece: Sendable, Equatable {
        /// The run, or what else is known of it.
        package var learner: String
        /// Digest of the raw data.
        package var source: String
        /// Names, sorted.
        package var instruments: [String]
        /// In order, apart from each other.
        package var intervals: [Interval]
        /// Whether intervals say when samples and labels could be known, so that those of a day's bars meet those of
        /// the minutes in it. Spans of tables that do not say that have the times of bars or events.
        package var isOfKnownTimes: Bool

        /// A piece from its parts.
        package init(
            learner: String, source: String, instruments: [String], intervals: [Interval], isOfKnownTimes: Bool = false
        ) {
            (self.learner, self.source) = (learner, source)
            (self.instruments, self.intervals) = (instruments, intervals)
            self.isOfKnownTimes = isOfKnownTimes
        }

        /// What a sample of a table covers, on the clock of this piece.
        @inline(__always)
        static func interval(_ table: FeatureTable, _ row: Int, isOfKnownTimes: Bool) -> Interval {
            isOfKnownTimes
                ? Interval(after: table.known(row), through: table.known(labelAt: row))
                : Interval(after: table.time[row], through: table.end(ofLabelAt: row))
        }
    }

    /// Of the model itself and of all it began with.
    package var pieces: [Piece]
    /// Ancestors of which nobody knows what they saw, in words.
    package var unknown: [String]

    /// A span from its parts.
    package init(pieces: [Piece] = [], unknown: [String] = []) { (self.pieces, self.unknown) = (pieces, unknown) }

    /// Whether all ancestors are known.
    package var isKnown: Bool { unknown.isEmpty }

    /// SHA-256 over what was seen; who learned from it is no part.
    package var digest: String {
        var out = RunningDigest()
        out.add("span")
        let texts = pieces.map { piece in
            LearnedSpan.json(
                Piece(
                    learner: "", source: piece.source, instruments: piece.instruments, intervals: piece.intervals,
                    isOfKnownTimes: piece.isOfKnownTimes)
            )
            .text(.canonical)
        }
        for text in Set(texts).sorted() { out.add(text) }
        for text in Set(unknown).sorted() { out.add(text) }
        return out.finish()
    }

    /// With all that another model learned from.
    package func union(_ other: LearnedSpan) -> LearnedSpan {
        var out = self
        for piece in other.pieces where !out.pieces.contains(piece) { out.pieces.append(piece) }
        for text in other.unknown where !out.unknown.contains(text) { out.unknown.append(text) }
        return out
    }

    // MARK: What a training learns from

    /// What a training on a dataset learns from: training samples with their labels, and the validation samples that
    /// choose its epoch. The scaler is fitted on rows of the training windows, which begin no later.
    ///
    /// Stretches with no test sample between them are one. O(n log n) in samples.
    package init(_ dataset: WindowedDataset, learner: String) {
        let table = dataset.table
        var all: [Interval] = []
        for part in [dataset.training, dataset.validation] {
            for row in part { all.append(Piece.interval(table, row, isOfKnownTimes: table.isTimed)) }
        }
        let names = Set(
            Set([dataset.training, dataset.validation].flatMap { $0.map { table.instrument[$0] } }).compactMap {
                table.instruments.indices.contains(Int($0)) ? table.instruments[Int($0)] : nil
            })
        self.init(pieces: [
            Piece(
                learner: learner, source: table.source, instruments: names.sorted(),
                intervals: LearnedSpan.merged(
                    all, apart: dataset.test.map { table.isTimed ? table.known($0) : table.time[$0] }.sorted()),
                isOfKnownTimes: table.isTimed)
        ])
    }

    /// What is chosen by how models do on some samples of a table: those samples with their labels.
    ///
    /// - Complexity: O(n log n) in samples.
    package init(_ table: FeatureTable, chosenOn samples: SampleRows, learner: String) {
        let names = Set(samples.map { table.instrument[$0] }).compactMap {
            table.instruments.indices.contains(Int($0)) ? table.instruments[Int($0)] : nil
        }
        let all = samples.map { Piece.interval(table, $0, isOfKnownTimes: table.isTimed) }
        self.init(pieces: [
            Piece(
                learner: learner, source: table.source, instruments: Set(names).sorted(),
                intervals: LearnedSpan.merged(all, apart: []), isOfKnownTimes: table.isTimed)
        ])
    }

    /// - Parameter apart: times that keep two stretches apart where they lie between them; sorted.
    static func merged(_ intervals: [Interval], apart: [Nanoseconds]) -> [Interval] {
        var out: [Interval] = []
        for next in intervals.sorted(by: { $0.after < $1.after }) {
            guard let last = out.last else {
                out.append(next)
                continue
            }
            if next.after <= last.through || !contains(apart, last.through...next.after) {
                out[out.count - 1].through = max(last.through, next.through)
            } else {
                out.append(next)
            }
        }
        return out
    }

    private static func contains(_ sorted: [Nanoseconds], _ range: ClosedRange<Nanoseconds>) -> Bool {
        var low = 0, high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] < range.upperBound
    }

    // MARK: Document

    /// For people, a line a stretch and a line an unknown ancestor.
    package var lines: [String] {
        pieces.flatMap { piece in
            piece.intervals.map {
                "\(TimeText.utc($0.after).prefix(16)) to \(TimeText.utc($0.through).prefix(16)) by \(piece.learner)"
            }
        } + unknown.map { "unknown: \($0)" }
    }

    /// What run summaries and the registry carry; reads back to an equal span.
    package var json: JSONValue {
        .map([
            "digest": .string(digest), "pieces": .list(pieces.map(LearnedSpan.json)), "unknown": .strings(unknown),
        ])
    }

    private static func json(_ piece: Piece) -> JSONValue {
        .map(
            [
                ("learner", .string(piece.learner)), ("source", .string(piece.source)),
                ("instruments", .strings(piece.instruments)),
                ("intervals", .list(piece.intervals.map { .list([.int(Int($0.after)), .int(Int($0.through))]) })),
            ] + (piece.isOfKnownTimes ? [("clock", .string("known"))] : []))
    }

    /// Nil for anything that is no span.
    package init?(_ node: JSONValue) {
        guard let list = node[key: "pieces"]?.listValue, let unknown = node[key: "unknown"]?.listValue else {
            return nil
        }
        var pieces: [Piece] = []
        for item in list {
            guard let learner = item[key: "learner"]?.stringValue, let source = item[key: "source"]?.stringValue,
                let names = item[key: "instruments"]?.listValue, let intervals = item[key: "intervals"]?.listValue
            else { return nil }
            var stretches: [Interval] = []
            for pair in intervals {
                guard let ends = pair.listValue?.compactMap(\.intValue), ends.count == 2, ends[0] <= ends[1] else {
                    return nil
                }
                stretches.append(Interval(after: Nanoseconds(ends[0]), through: Nanoseconds(ends[1])))
            }
            pieces.append(
                Piece(
                    learner: learner, source: source, instruments: names.compactMap(\.stringValue),
                    intervals: stretches, isOfKnownTimes: item[key: "clock"]?.stringValue == "known"))
        }
        self.init(pieces: pieces, unknown: unknown.compactMap(\.stringValue))
    }
}
