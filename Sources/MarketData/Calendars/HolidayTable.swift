import Basics

/// Days that no rule gives, as exchanges announced them: a line a year, `2007 0101-0103 0219-0223`.
///
/// A stretch may run over a weekend.
struct HolidayTable: Sendable {
    /// Days since 1970 on which the market is closed.
    let days: Set<Int>

    /// Text that is no date is left out; a test compares every table with what it must hold.
    init(_ text: String) {
        var days: Set<Int> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let year = words.first.flatMap({ Int($0) }) else { continue }
            for word in words.dropFirst() {
                let ends = word.split(separator: "-").compactMap { Int($0) }.map {
                    CivilDate(year: year, month: $0 / 100, day: $0 % 100)
                }
                guard let first = ends.first, let last = ends.last, first.isValid, last.isValid, first <= last else {
                    continue
                }
                days.formUnion(first.daysSince1970...last.daysSince1970)
            }
        }
        self.days = days
    }

    func contains(_ date: CivilDate) -> Bool { days.contains(date.daysSince1970) }
}

extension CivilDate {
    /// The day a number of days later.
    func adding(_ days: Int) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }

    /// Easter Sunday of a year (Gauss's rule in the form of Meeus, Jones and Butcher).
    static func easterSunday(_ year: Int) -> CivilDate {
        let a = year % 19, b = year / 100, c = year % 100
        let d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3
        let h = (19 * a + b - d - g + 15) % 30
        let i = c / 4, k = c % 4
        let l = (32 + 2 * e + 2 * i - h - k) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let sum = h + l - 7 * m + 114
        return CivilDate(year: year, month: sum / 31, day: sum % 31 + 1)
    }
}
