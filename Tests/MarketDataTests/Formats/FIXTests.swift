import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Logs of FIX messages.
@Suite struct FIXTests {
    /// A message with its frame.
    static func message(_ body: String, separator: String = "\u{1}", length: Int? = nil, sum: Int? = nil) -> String {
        let body = body.split(separator: " ").map { $0 + "\u{1}" }.joined()
        let head = "8=FIX.4.2\u{1}9=\(length ?? body.utf8.count)\u{1}"
        let check = sum ?? (head + body).utf8.reduce(0) { ($0 + Int($1)) % 256 }
        let text = head + body + "10=" + String(format: "%03d", check) + "\u{1}"
        return text.replacingOccurrences(of: "\u{1}", with: separator)
    }

    static let execution =
        "35=8 34=7 49=A 56=B 52=20150406-12:17:28.250 17=E1 20=0 150=2 39=2 55=SJM 54=2 40=1 31=48.1410 "
        + "32=300 60=20150406-12:17:27.123456789"

    static func rows(_ text: String) throws -> [String] {
        let directory = try TemporaryDirectory(), path = directory.file("x.log")
        try AtomicFile.write(text, to: path)
        let source = try FoundFiles.find(path).read(.trades)
        var rows: [String] = []
        while let chunk = try source.next() {
            for row in 0..<chunk.rowCount {
                let cells = chunk.fields.indices.filter { $0 != 5 }.map {
                    ColumnText.cell(chunk.columns[$0], chunk.fields[$0].type, row)
                }
                rows.append(cells.joined(separator: ","))
            }
        }
        return rows
    }

    @Test("the shared log: 25 executions among 100 messages", .enabled(if: SharedData.isThere, "needs the shared data"))
    func shared() throws {
        let path = SharedData.path("data/fix/100FIX42.dat"), file = try FoundFiles.find(path)
        #expect(file.kindName == "FIX.4.2 log" && file.tables == [.trades])
        #expect(file.notes.contains("the first 100 messages: 75 of type D, 25 of type 8"))
        #expect(file.notes.contains { $0.hasPrefix("100 of them have BodyLength 0 and CheckSum 0") })
        let source = try file.read(.trades), chunk = try #require(try source.next())
        #expect(try source.next() == nil)
        try #require(chunk.rowCount == 25)
        // Read from the file by hand: every fourth line is the execution.
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        for row in 0..<25 {
            var values: [String: String] = [:]
            for field in lines[4 * row + 3].split(separator: "\u{1}") {
                let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
                values[parts[0]] = parts[1]
            }
            func cell(_ name: String) -> String {
                let index = chunk.fields.firstIndex { $0.name == name } ?? 0
                return ColumnText.cell(chunk.columns[index], chunk.fields[index].type, row)
            }
            let time = "2015-04-06T" + (values["60"]?.dropFirst(9) ?? "") + "Z"
            #expect(cell("time") == time && cell("position") == String(4 * row + 4) && cell("sequence") == "3")
            #expect(cell("instrument") == values["55"] && cell("id") == values["17"])
            #expect(cell("price") == "48.141000" && Double(cell("size")) == Double(values["32"] ?? ""))
            #expect(cell("side") == (values["54"] == "1" ? "1" : "-1"))
        }
    }

    @Test(
        "separators, prefixes, several messages a line, lines that are none", arguments: ["\u{1}", "|", "^A", "<SOH>"])
    func separators(_ separator: String) throws {
        let one = FIXTests.message(FIXTests.execution, separator: separator)
        let limit = FIXTests.message(
            FIXTests.execution.replacingOccurrences(of: "40=1", with: "40=2") + " 65=B", separator: separator)
        let row = "2015-04-06T12:17:27.123456789Z,,2015-04-06T12:17:28.25Z,7,SJM"
        let text = one + limit + "\nsome words\n20150406-12:17:28 : " + one + "\r\n"
        #expect(
            try FIXTests.rows(text) == [
                row + ",1,48.1410,300,-1,E1,", row + " B,1,48.1410,300,,E1,", row + ",3,48.1410,300,-1,E1,",
            ])
    }

    @Test(
        "a wrong frame is refused with line, found and expected",
        arguments: [
            (FIXTests.message(FIXTests.execution, sum: 255), ":1: found CheckSum 255, expected "),
            (FIXTests.message(FIXTests.execution, length: 5), ":1: found BodyLength 5, expected "),
            (FIXTests.message(FIXTests.execution + " 55=IBM"), ":1: found field 55 twice, as 'SJM' and 'IBM'"),
            (FIXTests.message("34=7 35=8"), ":1: found field 34, expected field 35"),
            (String(FIXTests.message(FIXTests.execution).dropLast(8)), "expected field 10 as the last"),
            (FIXTests.message("35=8 x=7"), "found no tag at byte"),
            (FIXTests.message("35=8 31=1 32=x1 55=A 60=20150406-12:17:27"), "found 'x1' in field 32"),
            (FIXTests.message("35=8 31=1 32=1 55=A 60=20150431-12:17:27"), "found '20150431-12:17:27' in field 60"),
        ])
    func frames(_ text: String, _ expected: String) throws {
        let failure = #expect(throws: Failure.self) { try FIXTests.rows(text + "\n") }
        #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "")")
    }

    @Test("cancellations and corrections say whose, status reports are no trades")
    func corrections() throws {
        let rows = try FIXTests.rows(
            ["0", "1", "2", "3"].map {
                FIXTests.message(FIXTests.execution.replacingOccurrences(of: "20=0", with: "20=\($0) 19=E0")) + "\n"
            }.joined())
        #expect(
            rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).last } == [
                "", "cancels E0", "corrects E0",
            ])
    }

    @Test("mutated logs are refused or read, and nothing else happens")
    func mutations() throws {
        let text =
            FIXTests.message(FIXTests.execution) + "\n" + FIXTests.message(FIXTests.execution, length: 0, sum: 0)
            + "\n"
        for text in [text, text.replacingOccurrences(of: "\u{1}", with: "|")] {
            try Mutations.run(text, count: 1200) { path in
                let source = try FoundFiles.find(path).read(.trades)
                while try source.next() != nil {}
            }
        }
    }
}
