import Basics

/// Finds the length of bars by the steps between their stamps.
struct CSVCadence {
    /// How long bars are.
    struct Interval: Equatable {
        /// Nanoseconds; of bars of months that of the shortest.
        var length: Nanoseconds
        /// Months of a bar; 0 where all are of one length.
        var months = 0

        /// The end of a bar that starts at `time`.
        func end(_ time: Nanoseconds) -> Nanoseconds { shifted(time, by: 1) }
        /// The start of a bar that ends at `time`.
        func start(_ time: Nanoseconds) -> Nanoseconds { shifted(time, by: -1) }

        private func shifted(_ time: Nanoseconds, by count: Int) -> Nanoseconds {
            guard months > 0 else { return count > 0 ? time.saturatingPlus(length) : time.saturatingMinus(length) }
            let nanosecondsOfDay: Int64 = 86_400_000_000_000
            let day = time >= 0 ? time / nanosecondsOfDay : (time - nanosecondsOfDay + 1) / nanosecondsOfDay
            let date = CivilDate(daysSince1970: Int(day))
            let month = date.year * 12 + date.month - 1 + months * count
            var target = CivilDate(year: month / 12, month: month % 12 + 1, day: date.day)
            while !target.isValid, target.day > 28 {
                target = CivilDate(year: target.year, month: target.month, day: target.day - 1)
            }
            return Int64(target.daysSince1970) * nanosecondsOfDay + (time - day * nanosecondsOfDay)
        }

        /// As a descriptor writes it: `5m`, `1d`, `1mo`.
        var text: String {
            if months > 0 { return "\(months)mo" }
            let units: [(Int64, String)] = [
                (604_800_000_000_000, "wk"), (86_400_000_000_000, "d"), (3_600_000_000_000, "h"),
                (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us"),
            ]
            for (size, name) in units where length % size == 0 { return "\(length / size)\(name)" }
            return "\(length)ns"
        }
    }

    private static let day: Int64 = 86_400_000_000_000
    private var steps: [Int64: Int] = [:]
    /// Line behind the first step of a size.
    private var lines: [Int64: Int] = [:]
    private var count = 0
    /// Of the running stretch of equal steps, and the longest of each step.
    private var current: (step: Int64, run: Int) = (0, 0)
    private var longest: [Int64: Int] = [:]

    /// Adds the step between two neighbouring stamps of an instrument, on the wall clock where there is one.
    ///
    /// - Parameter times: how often it follows itself.
    mutating func add(_ step: Int64, line: Int, times: Int = 1) {
        var size = step.magnitude > UInt64(Int64.max) ? Int64.max : abs(step)
        // Days of the exchange in UTC are an hour longer or shorter where its clock changes.
        let days = (size.saturatingPlus(CSVCadence.day / 2)) / CSVCadence.day * CSVCadence.day
        if days > 0, abs(size - days) <= 3_600_000_000_000 { size = days }
        guard size > 0 else { return }
        count += times
        // Steps of ticks are of many sizes; of bars they are few.
        if steps[size] != nil || steps.count < 4096 {
            steps[size, default: 0] += times
            if lines[size] == nil { lines[size] = line }
        }
        current = (size, current.step == size ? current.run + times : times)
        if steps[size] != nil { longest[size] = max(longest[size] ?? 0, current.run) }
    }

    /// - Returns: nil where no two stamps of an instrument follow each other.
    /// - Throws: ``Failure`` with code `data.cadence` where bars are of several lengths.
    func interval(_ path: String) throws -> (interval: Interval, share: Double)? {
        guard count > 0 else { return nil }
        if let months = months() { return (months, 1) }
        // The shorter of two that are as frequent: the longer one is a gap.
        guard let best = steps.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
        let length = best.key
        try check(length, path)
        return (Interval(length: length), Double(best.value) / Double(count))
    }

    private func check(_ length: Int64, _ path: String) throws {
        // Steps that are no multiple: within a day for bars of less, any for bars of days.
        let wrong = steps.filter { $0.key % length != 0 && (length >= CSVCadence.day || $0.key < CSVCadence.day / 4) }
        let total = wrong.values.reduce(0, +)
        if total > max(2, count / 50), let worst = wrong.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            throw mixed(length, worst.key, path)
        }
        let shorter = steps.filter { $0.key < length }.values.reduce(0, +)
        if shorter > max(1, count / 50), let step = steps.keys.filter({ $0 < length }).max() {
            throw mixed(length, step, path)
        }
        // A stretch of longer steps, one like the other, is another length and no gaps.
        for (step, run) in longest where step > length && step < CSVCadence.day * 27 && run >= 8 && run * 10 >= count {
            throw mixed(length, step, path)
        }
    }

    private func mixed(_ length: Int64, _ other: Int64, _ path: String) -> Failure {
        let place = lines[other].map { "\(path):\($0)" } ?? path
        return Failure(
            "data.cadence",
            "\(place): found a step of \(Interval(length: other).text) among bars of \(Interval(length: length).text), "
                + "expected one length of bars in a file",
            hint: "split the file by the length of its bars")
    }

    /// Bars of one or three months, of which no two need be of the same length.
    private func months() -> Interval? {
        for (months, least, most) in [(1, 28, 31), (3, 89, 92), (12, 365, 366)]
        where steps.keys.allSatisfy({ $0 % CSVCadence.day == 0 }) {
            let fitting = steps.filter { (least...most).contains(Int($0.key / CSVCadence.day)) }
            if fitting.values.reduce(0, +) * 10 >= count * 9 {
                // Four weeks each time are weeks.
                if months == 1, count > 2, fitting.count == 1, fitting.keys.first == 28 * CSVCadence.day { return nil }
                return Interval(length: Int64(least) * CSVCadence.day, months: months)
            }
        }
        return nil
    }
}
