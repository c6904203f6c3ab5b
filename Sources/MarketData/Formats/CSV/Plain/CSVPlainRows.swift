import Basics
import Tables

/// Rows of one instrument whose cells are all plain, as columns, and what a survey wants to know of them.
struct CSVPlainRows: Sendable {
    /// Greatest and least of numbers that are integers of 10^−scale.
    struct Numbers: Sendable {
        var scale = 0
        /// Decimals that are needed, of which the last is not 0 in some cell.
        var decimals = 0
        var greatest: Int64 = 0
        /// Of those that are not 0.
        var least = Int64.max
    }

    /// Neighbouring rows of the same step on the wall clock.
    struct Steps: Sendable {
        var size: Int64
        var count: Int
        /// Row behind the first step.
        var row: Int
    }

    /// Rows of one day.
    struct Day: Sendable {
        var day: Int64
        var first: Int64
        var last: Int64
    }

    var count = 0
    /// Time, then open, high, low, close, then volume where the file has it.
    var columns: [[Int64]] = []
    var prices = Numbers()
    var sizes = Numbers()
    var steps: [Steps] = []
    var days: [Day] = []
    var first = CSVRowReader.Moment(time: 0, local: 0)
    var last = CSVRowReader.Moment(time: 0, local: 0)
    /// 1 where every row is later than the one before, −1 where every one is earlier, 0 for one row.
    var direction = 0
    var onMidnight = true
    /// Rows whose high or low is inside the body.
    var broken = 0, firstBroken = 0
    /// From close to the next open, and as if open and close were changed, in units of the scale.
    var forward = 0.0, backward = 0.0
    var firstOpen: Int64 = 0, firstClose: Int64 = 0, lastOpen: Int64 = 0, lastClose: Int64 = 0

    var bytes: Int { columns.reduce(0) { $0 + $1.count * 8 } }
}

/// Why a block of lines is not read as plain rows.
enum CSVPlainProblem: Error {
    case notPlain
    /// Numbers have more decimals than was thought.
    case decimals(price: Int, size: Int)
}
