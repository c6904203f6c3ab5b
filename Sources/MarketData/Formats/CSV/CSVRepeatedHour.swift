import Basics

/// Which of two moments a wall clock means that is put back, of one instrument's rows in order.
///
/// The second one is meant from where the clock goes back on. Bars never stand twice at one time, so any row that is
/// not later than the one before says so; trades and quotes may be out of order by a little, so only half an hour does.
struct CSVRepeatedHour {
    private static let half: Int64 = 1_800_000_000_000
    private var last: Nanoseconds?
    private var isSecond = false
    /// The first row in an hour that occurs twice, while nothing says which it is.
    private var pending: String?
    /// The first row of which nothing said it.
    private(set) var undecided: String?

    /// - Parameters:
    ///   - isDown: rows run from the newest to the oldest.
    ///   - place: of the row, for messages.
    /// - Throws: ``Failure`` with code `data.ambiguous` where rows run backwards through such an hour, or step back in
    ///   it by less than a clock does.
    mutating func resolve(
        _ moment: CSVRowReader.Moment, _ reader: inout CSVRowReader, isBars: Bool, isDown: Bool,
        place: @autoclosure () -> String
    ) throws -> CSVRowReader.Moment {
        guard let second = reader.second(of: moment) else {
            leave(moment.time)
            return moment
        }
        if isDown { throw fault(place(), "in rows of which the newest stands first") }
        if isSecond {
            last = second.time
            return second
        }
        if let last, isBars ? moment.time <= last : moment.time < last, second.time > last {
            guard isBars || last - moment.time >= CSVRepeatedHour.half else {
                throw fault(place(), "behind a row that is a little later")
            }
            (isSecond, pending, self.last) = (true, nil, second.time)
            return second
        }
        if pending == nil { pending = place() }
        last = moment.time
        return moment
    }

    /// A row that stands at one moment only.
    mutating func leave(_ time: Nanoseconds) {
        finish()
        isSecond = false
        last = time
    }

    /// No more rows.
    mutating func finish() {
        if let pending, undecided == nil { undecided = pending }
        pending = nil
    }

    private func fault(_ place: String, _ reason: String) -> Failure {
        Failure(
            "data.ambiguous", "\(place): found a time that occurs twice, because a clock was put back, \(reason)",
            hint: "write the times in UTC or with their offset, oldest first")
    }
}
