import Testing
import Workflows

/// Notes of many files.
@Suite struct GroupedNotesTests {
    @Test("notes that differ in the file and in numbers are one line, and what one file alone has stands first")
    func groups() {
        let notes =
            (1...300).flatMap { day in
                [
                    "Data/sim01/2025\(day)_trade.zip: times are of New York",
                    "Data/sim01/2025\(day)_trade.zip: the day 2025-\(day) is by the file's name",
                ]
            } + ["Data/sim01/20257_trade.zip:12:3: the high is below the low"]
        let lines = GroupedNotes.lines(notes)
        #expect(
            lines == [
                "Data/sim01/20257_trade.zip:12:3: the high is below the low",
                "Data/sim01/20251_trade.zip: times are of New York (and 299 like it)",
                "Data/sim01/20251_trade.zip: the day 2025-1 is by the file's name (and 299 like it)",
            ])
    }

    @Test("a name of a folder that the text repeats is no other note; more kinds than lines are counted")
    func names() {
        #expect(
            GroupedNotes.lines([
                "a/one/x.zip: the instrument 'one' is a ticker", "a/two/x.zip: the instrument 'two' is a ticker",
            ])
                == ["a/one/x.zip: the instrument 'one' is a ticker (and 1 like it)"])
        let kinds = ["alpha", "beta", "gamma", "delta"].map { "f.csv: \($0)" }
        #expect(
            GroupedNotes.lines(kinds, most: 2)
                == ["f.csv: alpha", "f.csv: beta", "and 2 other kinds of notes"])
        #expect(GroupedNotes.lines([]).isEmpty)
    }
}
