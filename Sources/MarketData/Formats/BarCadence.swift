import Basics

/// Finds the length of bars by the steps between their stamps; the same for every format.
package struct BarCadence: Sendable {
    private static let day: Int64 = 86_400_000_000_000

    /// What is known of a size of step.
    private struct Step {
        var count = 0
        /// Row behind the first of them.
        let row: Int
        /// The most that follow each other.
        var longest = 0
    }

    private var steps: [Int64: Step] = [:]
    private var count = 0
    /// The running stretch of equal steps, which is not in `steps` yet.
    private var current: (size: Int64, run: Int, row: Int) = (0, 0, 0)

    /// Of no step.
    package init() {}

    /// Adds the step between two neighbouring stamps of an instrument, on the wall clock where there is one.
    ///
    /// - Parameter row: number of the later one in the file, for messages.
    @inline(__always)
    package mutating func add(_ step: Int64, row: Int) {
        if step == current.size, step > 0 { current.run += 1 } else { turn(step, row) }
    }

    private mutating func turn(_ step: Int64, _ row: Int) {
        var size = step.magnitude > UInt64(Int64.max) ? Int64.max : abs(step)
        // Days of the exchange in UTC are an hour longer or shorter where its clock changes.
        let days = (size.saturatingPlus(BarCadence.day / 2)) / BarCadence.day * BarCadence.day
        if days > 0, abs(size - days) <= 3_600_000_000_000 { size = days }
        guard size > 0 else { return }
        if size == current.size {
            current.run += 1
            return
        }
        settle()
        current = (size, 1, row)
    }

    private mutating func settle() {
        guard current.run > 0 else { return }
        count += current.run
        // Steps of ticks are of many sizes; of bars they are few.
        if steps[current.size] != nil || steps.count < 4096 {
            var known = steps[current.size] ?? Step(row: current.row)
            known.count += current.run
            known.longest = max(known.longest, current.run)
            steps[current.size] = known
        }
        current.run = 0
    }

    /// The length of bars, and the share of steps that are as long.
    ///
    /// - Returns: nil where no two stamps of an instrument follow each other.
    /// - Throws: ``Failure`` with code `data.cadence` where bars are of several lengths.
    package mutating func length(_ path: String, _ place: RowPlace) throws -> (length: BarLength, share: Double)? {
        settle()
        guard count > 0 else { return nil }
        if let months = months() { return (months, 1) }
        // The shorter of two that are as frequent: the longer one is a gap.
        guard let best = steps.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }) else { return nil }
        if let other = contradiction(best.key) {
            let found = steps[other].map { place.text(path, $0.row) } ?? path
            throw Failure(
                "data.cadence",
                "\(found): found a step of \(BarLength(length: other).text) among bars of "
                    + "\(BarLength(length: best.key).text), expected one length of bars in a file",
                hint: "split the file by the length of its bars")
        }
        return (BarLength(length: best.key), Double(best.value.count) / Double(count))
    }

    /// A step that is no gap between bars of that length.
    private func contradiction(_ length: Int64) -> Int64? {
        // Steps that are no multiple: within a day for bars of less, any for bars of days.
        let wrong = steps.filter { $0.key % length != 0 && (length >= BarCadence.day || $0.key < BarCadence.day / 4) }
        let total = wrong.values.reduce(0) { $0 + $1.count }
        if total > max(2, count / 50),
            let worst = wrong.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })
        {
            return worst.key
        }
        let shorter = steps.filter { $0.key < length }.values.reduce(0) { $0 + $1.count }
        if shorter > max(1, count / 50), let step = steps.keys.filter({ $0 < length }).max() { return step }
        // A stretch of longer steps, one like the other, is another length and no gaps.
        return steps.filter {
            $0.key > length && $0.key < BarCadence.day * 27 && $0.value.longest >= 8 && $0.value.longest * 10 >= count
        }.keys.min()
    }

    /// Bars of one or three months, of which no two need be of the same length.
    private func months() -> BarLength? {
        for (months, least, most) in [(1, 28, 31), (3, 89, 92), (12, 365, 366)]
        where steps.keys.allSatisfy({ $0 % BarCadence.day == 0 }) {
            let fitting = steps.filter { (least...most).contains(Int($0.key / BarCadence.day)) }
            if fitting.values.reduce(0, { $0 + $1.count }) * 10 >= count * 9 {
                // Four weeks each time are weeks.
                if months == 1, count > 2, fitting.count == 1, fitting.keys.first == 28 * BarCadence.day { return nil }
                return BarLength(length: Int64(least) * BarCadence.day, months: months)
            }
        }
        return nil
    }
}
