import Basics
import MarketData
import Tensors

/// Samples divided into training, validation and test so that no label crosses a cut.
///
/// A sample has two times, its own and the one at which its label ends, and each is known at a time. Cuts are times
/// that hold for all instruments. With a test stretch [a, z] and r the end of the last label in it, a sample may be
/// learned from
/// - before the stretch, where its label ends before a and was known when the first sample of the stretch was;
/// - after it, where the split allows that, where its time is behind r and `embargo` samples of its own instrument
///   lie between, so that its window shares no row with what was tested.
///
/// Validation is the end of what is left; training samples whose label reaches into it are dropped too. Counting
/// positions among the times of all instruments instead is wrong as soon as two interleave: a label of h events of one
/// book spans many more than h of the merged times (López de Prado 2018, ch. 7, purges by time as well).
///
/// Complexity: O(n log n) in samples for the distinct times, four passes after that; keeps a few bytes a time.
struct PurgedParts {
    private(set) var training = SampleRows()
    private(set) var validation = SampleRows()
    private(set) var test = SampleRows()

    /// What decides the parts.
    struct Plan {
        /// Distinct times of the samples, increasing.
        var times: [Nanoseconds]
        /// Tested stretches, as positions in `times`, in order.
        var tests: [Range<Int>]
        /// Which positions may be learned from at all; nil for every one that is not tested.
        var candidates: [Bool]?
        /// Whether what comes after a tested stretch may be learned from.
        var learnsAfter: Bool
        /// Samples of an instrument dropped behind the labels of a tested stretch.
        var embargo: Int
        /// Where validation begins: a share of what may be learned from, at its end, or a time.
        var validation: Validation
        /// Times from here on, and labels that reach there, are in no part.
        var reserved: Border?

        /// Whether a sample may be in a part at all.
        func holds(_ end: Int, of table: FeatureTable) -> Bool {
            reserved.map { table.time[end] < $0.first && $0.isBehind(labelOf: end, in: table) } ?? true
        }
    }

    /// Where a stretch of time begins that no label before it may reach into.
    struct Border {
        /// Of the stretch's samples the earliest time.
        var first: Nanoseconds
        /// When the first of its samples was known.
        var known = Nanoseconds.max

        init(first: Nanoseconds) { self.first = first }

        /// The border of the samples from a time on.
        init(_ table: FeatureTable, _ ends: SampleRows, from first: Nanoseconds) {
            self.first = first
            for end in ends where table.time[end] >= first { known = min(known, table.known(end)) }
        }

        /// Whether the stretch lies behind a label: it ended before, and was known no later than the first sample.
        @inline(__always)
        func isBehind(labelOf end: Int, in table: FeatureTable) -> Bool {
            table.end(ofLabelAt: end) < first && table.known(labelAt: end) <= known
        }
    }

    enum Validation {
        case share(Double)
        case from(Nanoseconds)
    }

    private struct Stretch {
        var border: Border
        var last: Nanoseconds
        /// The end of the last label in it.
        var reach = Nanoseconds.min
        /// When the last label in it could be known.
        var reachKnown = Nanoseconds.min
        /// Samples of the present instrument behind the reach.
        var behind = 0
    }

    init(_ table: FeatureTable, ends: SampleRows, plan: Plan) {
        let n = plan.times.count
        guard n > 0 else { return }
        var index = TimeIndex(plan.times), isTested = [Bool](repeating: false, count: n)
        for position in plan.tests.joined() where position < n { isTested[position] = true }
        var stretches = plan.tests.filter { !$0.isEmpty }.map {
            Stretch(border: Border(first: plan.times[$0.lowerBound]), last: plan.times[$0.upperBound - 1])
        }
        for end in ends where plan.holds(end, of: table) {
            let time = table.time[end]
            for k in stretches.indices where stretches[k].border.first <= time && time <= stretches[k].last {
                stretches[k].border.known = min(stretches[k].border.known, table.known(end))
                stretches[k].reach = max(stretches[k].reach, table.end(ofLabelAt: end))
                stretches[k].reachKnown = max(stretches[k].reachKnown, table.known(labelAt: end))
            }
        }
        /// Calls `body` with every sample that is tested or may be learned from.
        func forEach(_ body: (_ end: Int, _ position: Int, _ isTest: Bool) -> Void) {
            var instrument = Int32.min
            for end in ends where plan.holds(end, of: table) {
                if table.instrument[end] != instrument {
                    instrument = table.instrument[end]
                    for k in stretches.indices { stretches[k].behind = 0 }
                }
                let time = table.time[end], position = index.position(of: time)
                var isAllowed = plan.candidates?[position] ?? true
                for k in stretches.indices {
                    let isBehind = time > stretches[k].reach && table.known(end) >= stretches[k].reachKnown
                    if isBehind { stretches[k].behind += 1 }
                    let isBefore = stretches[k].border.isBehind(labelOf: end, in: table)
                    isAllowed =
                        isAllowed && (isBefore || (plan.learnsAfter && isBehind && stretches[k].behind > plan.embargo))
                }
                if isTested[position] {
                    body(end, position, true)
                } else if isAllowed {
                    body(end, position, false)
                }
            }
        }
        let cut: Nanoseconds
        switch plan.validation {
        case .from(let time): cut = time
        case .share(let share):
            var isLearned = [Bool](repeating: false, count: n)
            forEach { _, position, isTest in if !isTest { isLearned[position] = true } }
            let count = isLearned.count { $0 }, first = count - Int(saturating: (Double(count) * share).rounded())
            var seen = 0
            cut =
                isLearned.indices.first { position in
                    seen += isLearned[position] ? 1 : 0
                    return seen > first
                }.map { plan.times[$0] } ?? .max
        }
        var chosen = Border(first: cut)
        forEach { end, position, isTest in
            if !isTest, plan.times[position] >= cut { chosen.known = min(chosen.known, table.known(end)) }
        }
        var training = SampleRows(), validation = SampleRows(), test = SampleRows()
        forEach { end, position, isTest in
            if isTest {
                test.append(end)
            } else if plan.times[position] >= cut {
                validation.append(end)
            } else if chosen.isBehind(labelOf: end, in: table) {
                training.append(end)
            }
        }
        (self.training, self.validation, self.test) = (training, validation, test)
    }
}

/// Positions of times in an increasing list, fast where they are asked for in order.
private struct TimeIndex {
    private let times: [Nanoseconds]
    private var last = 0

    init(_ times: [Nanoseconds]) { self.times = times }

    /// The position of the last time that is not behind the given one.
    mutating func position(of time: Nanoseconds) -> Int {
        if times[last] == time { return last }
        if last + 1 < times.count, times[last + 1] == time {
            last += 1
            return last
        }
        var low = 0, high = times.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle } else { high = middle }
        }
        last = low
        return low
    }
}
