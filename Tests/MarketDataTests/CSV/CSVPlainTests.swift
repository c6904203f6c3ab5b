import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Rows that are read at once, beside the same rows read cell by cell.
@Suite struct CSVPlainTests {
    /// All rows as text, and everything that was found out.
    private static func reading(_ path: String, _ options: CSVOptions) -> [String] {
        do {
            let file = try CSVFormat.open(path, options: options)
            var out = ["\(file.kindName) \(file.rows)", file.notes.joined(separator: "\n")]
            out += file.inferences.map { "\($0.name) \($0.value) \($0.evidence) \($0.confidence)" }
            let source = try file.read(file.tables[0])
            while let chunk = try source.next() {
                for row in 0..<chunk.rowCount {
                    out.append(
                        zip(chunk.fields, chunk.columns).map { field, column in
                            column.validity[row] ? ColumnText.cell(column, field.type, row) : "-"
                        }.joined(separator: " "))
                }
            }
            return out
        } catch let failure as Failure {
            return ["\(failure.code) \(failure.message)"]
        } catch {
            return ["\(error)"]
        }
    }

    private static func compare(_ path: String, _ label: String, zone: String? = nil) {
        var careful = CSVOptions(), plain = CSVOptions()
        (careful.isCareful, careful.zone, plain.zone) = (true, zone, zone)
        let expected = reading(path, careful)
        for size in [nil, 300] as [Int?] {
            plain.blockSize = size
            let found = reading(path, plain)
            if found != expected {
                let difference = zip(found, expected).first { $0 != $1 }
                Issue.record("\(label), blocks of \(size ?? 0): \(String(describing: difference)), \(found.count)")
            }
        }
    }

    @Test("random dialects are read the same at once, in blocks, and cell by cell", arguments: 0..<4)
    func dialects(part: UInt64) throws {
        let directory = try TemporaryDirectory()
        for seed in (1 + part * 20)..<(21 + part * 20) {
            let writer = CSVDialectWriter(seed: seed)
            let path = try directory.write(writer.text, to: "T.csv")
            CSVPlainTests.compare(path, "seed \(seed) \(writer.dialect)")
        }
    }

    @Test("a row with more cells than the header is refused alike, however long the cells behind the last are")
    func wideRows() throws {
        let directory = try TemporaryDirectory()
        for extra in ["", ",0", ",1234567", ",0.02024-01-03", ",abcdefghijklmnopqrst", ",0.0,1,2,3"] {
            let rows = (2...9).map { "2024-01-0\($0),10,11,9,10,500,0,0.0\($0 == 5 ? extra : "")" }
            let path = try directory.write(
                "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n" + rows.joined(separator: "\n") + "\n",
                to: "T.csv")
            CSVPlainTests.compare(path, "extra '\(extra)'")
            let isRefused = CSVPlainTests.reading(path, CSVOptions()).count == 1
            #expect(isRefused == !extra.isEmpty, "\(extra)")
        }
    }

    /// A plain file with a few cells that are not.
    private static func text(_ random: inout SeededRandom) -> String {
        let times = ["iso", "T", "Z", "offset", "fraction", "minutes", "dots", "days", "s", "ms", "us", "ns"]
        let form = times[random.index(below: times.count)], step = form == "days" ? 86_400 : 60
        let isDescending = random.index(below: 4) == 0, newline = random.index(below: 4) == 0 ? "\r\n" : "\n"
        let separator = [",", ";", "\t"][random.index(below: 3)], odd = random.index(below: 3) == 0
        var lines: [String] = [], price = 50_000
        for row in 0..<(5 + random.index(below: 80)) {
            let seconds = 1_705_276_800 + row * step
            let wall = TimeText.utc(Int64(seconds) * 1_000_000_000), date = wall.prefix(10)
            let clock = wall.dropFirst(11).prefix(8)
            let time =
                switch form {
                case "iso": "\(date) \(clock)"
                case "T": "\(date)T\(clock)"
                case "Z": "\(date)T\(clock)Z"
                case "offset": "\(date) \(clock)-05:00"
                case "fraction": "\(date) \(clock).\(["0", "5", "000"][random.index(below: 3)])"
                case "minutes": "\(date) \(clock.prefix(5))"
                case "dots": "\(date.replacing("-", with: ".")) \(clock)"
                case "days": "\(date)"
                case "s": "\(seconds)"
                case "ms": "\(seconds)000"
                case "us": "\(seconds)000000"
                default: "\(seconds)000000000"
                }
            func number(_ value: Int, _ most: Int) -> String {
                let text = FixedPoint.text(Int64(value), decimals: most)
                return random.index(below: 3) == 0 && most > 0 ? String(text.dropLast()) : text
            }
            let decimals = [2, 3, 4, 4][random.index(below: 4)]
            var cells = [
                time, number(price, decimals), number(price + 30_000, decimals),
                number(max(10, price - 30_000), decimals),
                number(price + random.index(below: 20), decimals), number(random.index(below: 90_000_000), 0), "note",
            ]
            if odd, random.index(below: 25) == 0 {
                let values = [
                    "", "NaN", "1e3", "\"7\"", " 8", "0", "-3", "123456789012345", "0.000000000001", "x", "7.",
                ]
                cells[1 + random.index(below: 6)] = values[random.index(below: values.count)]
            }
            if odd, random.index(below: 60) == 0 { lines.append("# a comment") }
            lines.append(cells.joined(separator: separator))
            price = max(40_000, price + random.index(below: 200) - 100)
        }
        if isDescending { lines.reverse() }
        let header = ["datetime", "open", "high", "low", "close", "volume", "note"].joined(separator: separator)
        let end = random.index(below: 5) == 0 ? "" : newline
        return ([header] + lines).joined(separator: newline) + end
    }

    @Test("plain files with odd cells are read the same in every way", arguments: 0..<4)
    func odd(part: UInt64) throws {
        var random = SeededRandom(seed: 100 + part)
        let directory = try TemporaryDirectory()
        for index in 0..<10 {
            let text = CSVPlainTests.text(&random)
            let path = try directory.write(text, to: "T.csv")
            CSVPlainTests.compare(
                path, "\(part) \(index): \(text.prefix(150))",
                zone: [nil, "America/New_York", "Asia/Kolkata"][random.index(below: 3)])
        }
    }

    @Test("clocks that change, in blocks of a few rows")
    func clocks() throws {
        let directory = try TemporaryDirectory()
        for (zone, start) in [("America/New_York", 1_699_140_000), ("Europe/London", 1_711_800_000)] {
            var text = "time,open,high,low,close,volume\n"
            var local = try ExchangeZone(zone)
            for row in 0..<300 {
                let time = local.local(Int64(start + row * 600) * 1_000_000_000)
                text += "\(TimeText.wallClock(time, separator: " ")),1.5,2,1,1.75,10\n"
            }
            let path = try directory.write(text, to: "T.csv")
            CSVPlainTests.compare(path, zone, zone: zone)
            var options = CSVOptions()
            (options.zone, options.blockSize) = (zone, 200)
            let times = try CSVTestRow.read(CSVFormat.open(path, options: options)).map(\.time)
            #expect(times == (0..<300).map { Int64(start + $0 * 600) * 1_000_000_000 })
        }
    }

    @Test("files whose newest row stands first are read from their end, compressed ones too")
    func newestFirst() throws {
        let directory = try TemporaryDirectory()
        let lines = (0..<600).map { row in
            "\(TimeText.utc(Int64(1_705_397_400 + row * 60) * 1_000_000_000)),1.5,2,1,1.\(row % 10),\(row)"
        }
        let header = "time,open,high,low,close,volume"
        let up = try directory.write(([header] + lines).joined(separator: "\n") + "\n", to: "T.csv")
        let oldest = try CSVTestRow.read(CSVFormat.open(up))
        let text = ([header] + lines.reversed()).joined(separator: "\n") + "\n"
        let down = try directory.write(text, to: "down/T.csv")
        let zip = directory.file("T.csv.gz")
        _ = try RunProgram.run("/bin/sh", ["-c", "gzip -c '\(down)' > '\(zip)'"], in: directory.path)
        let quoted = try directory.write(text.replacing(",1.5,", with: ",\"1.5\","), to: "quoted/T.csv")
        for path in [down, zip, quoted] {
            for size in [nil, 500] as [Int?] {
                var options = CSVOptions()
                options.blockSize = size
                #expect(try CSVTestRow.read(CSVFormat.open(path, options: options)) == oldest, "\(path)")
            }
        }
    }
}
