import Basics
import MarketData
import Tables
import TestSupport
import Testing

@Suite struct BarRuleTests {
    @Test("rules read back what they write; what is no rule is refused")
    func text() throws {
        for text in [
            "every:15m", "every:90m", "every:30s", "every:23h", "ticks:500", "volume:10000", "dollars:0.25",
            "volume:123456789.123456789",
        ] {
            let rule = try BarRule(text)
            #expect(try BarRule(rule.text) == rule)
            if !text.hasPrefix("ticks") { #expect(try BarRule(rule.json, path: "bars") == rule) }
        }
        #expect(try BarRule("volume:10.500").text == "volume:10.5" && BarRule("every:60m").text == "every:1h")
        for text in [
            "", "every", "every:", "every:1d", "every:24h", "every:0m", "ticks:0", "ticks:-1", "ticks:1.5", "volume:0",
            "volume:-3", "volume:1e6", "volume:.5", "volume:1.", "volume:1234567890123456789", "dollars:x", "bars:3",
            "volume:1.0.0", "volume:１",
        ] {
            let error = #expect(throws: Failure.self, "\(text)") { try BarRule(text) }
            #expect(error?.code == "data.bars")
        }
    }

    @Test("a spec names one of every, volume and dollars; numbers may be numbers")
    func node() throws {
        func rule(_ text: String) throws -> BarRule { try BarRule(JSONParser.parse(text), path: "bars") }
        #expect(try rule(#"{"volume": 10000}"#) == BarRule("volume:10000"))
        #expect(
            try rule(#"{"dollars": 0.5}"#) == BarRule("dollars:0.5") && rule(#"{"every": "1h"}"#).text == "every:1h")
        for text in [
            "{}", #"{"every": "5m", "volume": 3}"#, #"{"every": 5}"#, #"{"ticks": 5}"#, #"{"evry": "5m"}"#,
            #"{"volume": -1}"#, #"{"volume": [1]}"#, "3",
        ] {
            #expect(throws: ConfigError.self, "\(text)") { try rule(text) }
        }
    }

    @Test("a threshold in units is the least that is not below it")
    func units() throws {
        let third = try #require(BarThreshold("0.333"))
        #expect(third.units(decimals: 3) == 333 && third.units(decimals: 2) == 34 && third.units(decimals: 0) == 1)
        let large = try #require(BarThreshold("999999999999999999"))
        #expect(large.units(decimals: 18) == 999_999_999_999_999_999_000_000_000_000_000_000)
        #expect(large.units(decimals: 30) == .max)
    }
}

@Suite struct ResamplingTests {
    private static let second: Int64 = 1_000_000_000

    private static func time(_ text: String) throws -> Int64 { try #require(TimeText.parseUTC(text)) }

    @Test("a trade that reaches the threshold ends its bar, all of it; what reaches none makes no bar")
    func thresholds() throws {
        let begin = try ResamplingTests.time("2025-01-06T15:00:00Z")
        let sizes: [Int64] = [3, 3, 7, 1, 25, 9, 1, 1]
        func lines(_ rule: String) throws -> ResampledLines.Read {
            try ResampledLines.read(
                ResampledLines.trades(
                    sizes.enumerated().map { ("A", begin + Int64($0), 100 + Int64($0), $1) }, chunk: 3),
                kind: .trades, rule, calendar: nil)
        }
        let volume = try lines("volume:10")
        #expect(
            volume.lines == [
                "\(begin) 100 102 100 102 13 3", "\(begin + 3) 103 104 103 104 26 2",
                "\(begin + 5) 105 106 105 106 10 2",
            ])
        #expect(volume.positions == [1, 4, 6] && volume.knownTimes == [begin + 7, begin + 9, begin + 11])
        #expect(volume.notes.contains("1 trades reached no threshold before the end of data or session: no bar"))
        #expect(try lines("ticks:4").lines == ["\(begin) 100 103 100 103 14 4", "\(begin + 4) 104 107 104 107 36 4"])
        // 3 × 1.00 + 3 × 1.01 + 7 × 1.02 = 13.17; 1.03 + 26; 9.45 + 1.06 + 1.07.
        #expect(try lines("dollars:13.17").lines.count == 2 && lines("dollars:13.18").lines.count == 2)
        #expect(try lines("dollars:13.17").lines[0].hasSuffix(" 13 3"))
        #expect(try lines("dollars:13.18").lines[0].hasSuffix(" 14 4"))
    }

    @Test("instruments do not mix, and each has its own place")
    func instruments() throws {
        let begin = try ResamplingTests.time("2025-01-06T14:30:00Z"), second = ResamplingTests.second
        let rows: [(String, Int64, Int64?, Int64?)] = (0..<600).map {
            ($0 % 3 == 0 ? "A" : "B", begin + Int64($0) * second, Int64($0), 1)
        }
        let read = try ResampledLines.read(
            ResampledLines.trades(rows, chunk: 7), kind: .trades, "every:1m", calendar: "XNYS")
        #expect(read.lines.count == 20 && read.lines[0] == "\(begin) 0 57 0 57 20 20")
        #expect(read.lines.contains("\(begin + 60 * second) 61 119 61 119 40 40"))
        // Known when they end, not with their last trade.
        #expect(zip(read.times, read.knownTimes).allSatisfy { $0.1 == $0.0 + 60 * second })
    }

    @Test(
        "the grid begins at the open of each stretch and ends at its close",
        arguments: [
            // New York: 90 minutes from 09:30; the last bar is 30 minutes short.
            ("XNYS", "90m", "2025-01-06T14:31:00Z", "2025-01-06T14:30:00Z", "2025-01-06T16:00:00Z"),
            ("XNYS", "90m", "2025-01-06T20:59:59Z", "2025-01-06T20:30:00Z", "2025-01-06T21:00:00Z"),
            // A half-day ends at 13:00.
            ("XNYS", "60m", "2024-11-29T17:45:00Z", "2024-11-29T17:30:00Z", "2024-11-29T18:00:00Z"),
            // Before and after the session from their own begin.
            ("XNYS", "7m", "2025-01-06T14:25:00Z", "2025-01-06T14:22:00Z", "2025-01-06T14:29:00Z"),
            ("XNYS", "7m", "2025-01-06T14:29:59Z", "2025-01-06T14:29:00Z", "2025-01-06T14:30:00Z"),
            ("XNYS", "7m", "2025-01-06T21:00:00Z", "2025-01-06T21:00:00Z", "2025-01-06T21:07:00Z"),
            // Summer time.
            ("XNYS", "90m", "2025-07-07T13:31:00Z", "2025-07-07T13:30:00Z", "2025-07-07T15:00:00Z"),
            // Shanghai steel: the night before belongs to the session; lunch cuts bars.
            ("XSGE", "60m", "2025-06-04T14:30:00Z", "2025-06-04T14:00:00Z", "2025-06-04T15:00:00Z"),
            ("XSGE", "60m", "2025-06-05T02:05:00Z", "2025-06-05T02:00:00Z", "2025-06-05T02:15:00Z"),
            ("XSGE", "60m", "2025-06-05T03:29:59Z", "2025-06-05T02:30:00Z", "2025-06-05T03:30:00Z"),
            // The print of the noon auction belongs to no trading.
            ("XSGE", "60m", "2025-06-05T03:30:00.5Z", "2025-06-05T03:30:00Z", "2025-06-05T04:30:00Z"),
            ("always", "7m", "2025-01-01T23:58:00Z", "2025-01-01T23:55:00Z", "2025-01-02T00:00:00Z"),
            // A closed day: from midnight of its wall clock.
            ("XNYS", "7m", "2025-01-05T05:08:00Z", "2025-01-05T05:07:00Z", "2025-01-05T05:14:00Z"),
        ])
    func grid(calendar: String, length: String, time: String, start: String, end: String) throws {
        var grid = BarGrid(every: try #require(Interval.parse(length)), calendar: try TradingCalendar(calendar))
        let slot = try grid.slot(of: try ResamplingTests.time(time))
        #expect(TimeText.utc(slot.start) == TimeText.utc(try ResamplingTests.time(start)))
        #expect(TimeText.utc(slot.end) == TimeText.utc(try ResamplingTests.time(end)))
        #expect(try grid.slot(of: slot.start) == slot && grid.slot(of: slot.end - 1) == slot)
    }

    @Test("a session ends what reached no threshold where that is asked for, and it is counted")
    func reset() throws {
        let monday = try ResamplingTests.time("2025-01-06T20:59:00Z")
        let tuesday = try ResamplingTests.time("2025-01-07T14:30:00Z")
        let rows: [(String, Int64, Int64?, Int64?)] = [
            ("A", monday, 5, 6), ("A", tuesday, 7, 6), ("A", tuesday + 1, 8, 4),
        ]
        func read(_ resets: Bool) throws -> ResampledLines.Read {
            try ResampledLines.read(
                ResampledLines.trades(rows), kind: .trades, "volume:10", calendar: "XNYS", resets: resets)
        }
        #expect(try read(false).lines == ["\(monday) 5 7 5 7 12 2"])
        #expect(try read(true).lines == ["\(tuesday) 7 8 7 8 10 2"])
        #expect(try read(true).notes.contains { $0.hasPrefix("1 trades reached no threshold") })
    }

    @Test("what no bars can be made of is refused with its place")
    func refused() throws {
        let begin = try ResamplingTests.time("2025-01-06T14:30:00Z"), minute = 60 * ResamplingTests.second
        typealias Row = (instrument: String, time: Int64, price: Int64?, size: Int64?)
        func refuse(_ rows: [Row], _ rule: String, calendar: String? = "XNYS", _ problem: String) {
            let error = #expect(throws: Failure.self, "\(problem)") {
                try ResampledLines.read(ResampledLines.trades(rows), kind: .trades, rule, calendar: calendar)
            }
            #expect(error?.code == "data.bars" && error?.message.contains(problem) == true, "\(error?.message ?? "")")
        }
        let late: [Row] = [("A", begin + 2 * minute, 1, 1), ("A", begin, 1, 1)]
        refuse(late, "every:1m", "made.csv: row 2: found 2025-01-06T14:30:00Z behind the bar")
        refuse([("A", begin, nil, 1)], "ticks:1", "made.csv: row 1: found no price")
        refuse(
            [("A", begin, 1, .max), ("A", begin, 1, 1)], "ticks:9", "row 2: found volumes whose sum fits no 64 bits")
        refuse([], "every:1m", calendar: nil, "found no market whose sessions")
        // An empty size makes no volume up.
        let open = try ResampledLines.read(
            ResampledLines.trades([("A", begin, 1, 2), ("A", begin, 1, nil)]), kind: .trades, "ticks:2", calendar: nil)
        #expect(open.lines == ["\(begin) 1 1 1 1 - 2"])
        let directory = try TemporaryDirectory()
        let known = try FoundFiles.find(try ResamplingTests.hours(in: directory), zone: "UTC")
        func bars(_ rule: String, _ interval: Nanoseconds?) -> Failure? {
            #expect(throws: Failure.self) {
                try ResampledLines.read(
                    try known.read(.bars), kind: .bars, rule, calendar: "XNYS", interval: interval)
            }
        }
        let hour = 60 * minute
        #expect(bars("ticks:5", hour)?.message.contains("bars do not say their trades") == true)
        #expect(bars("every:90m", hour)?.message.contains("expected a multiple") == true)
        #expect(bars("every:2h", nil)?.message.contains("an unknown length") == true)
        #expect(bars("every:2h", hour)?.message.contains("reaches beyond") == true)
    }

    /// Hour bars on the full hour, as LEAN has them.
    private static func hours(in directory: TemporaryDirectory) throws -> String {
        let lines = (14...20).map { "2025-01-06 \($0):00:00,1,2,1,2,5" }
        return try directory.write(
            "datetime,open,high,low,close,volume\n" + lines.joined(separator: "\n") + "\n", to: "hours.csv")
    }

    @Test("what is written with a count of trades is read back with it, as Parquet and CSV")
    func roundTrip() throws {
        let directory = try TemporaryDirectory(), begin = try ResamplingTests.time("2025-01-06T14:30:00Z")
        func source() throws -> ResampledBars {
            let rows: [(String, Int64, Int64?, Int64?)] = (0..<500).map {
                ("A", begin + Int64($0) * 7, 100 + Int64($0), 2)
            }
            return try ResampledBars(
                ResampledLines.trades(rows), kind: .trades, rule: BarRule("ticks:10"), calendar: nil, interval: nil,
                resetsAtSession: false)
        }
        var digest = CanonicalDigest()
        let whole = try source()
        while let chunk = try whole.next() { digest.add(chunk) }
        try ParquetWriter.write(try source(), to: directory.file("bars.parquet"))
        _ = try ChunkCSV.write(try source(), to: directory.file("bars.csv"))
        for name in ["bars.parquet", "bars.csv"] {
            let file = try FoundFiles.find(directory.file(name)), read = try file.read(.bars)
            #expect(file.tables == [.bars])
            var found = CanonicalDigest()
            while let chunk = try read.next() { found.add(chunk) }
            #expect(found.text == digest.text, "\(name)")
            // Ten of its bars know their trades.
            let again = try ResampledLines.read(try file.read(.bars), kind: .bars, "volume:200", calendar: nil)
            #expect(again.lines.count == 5 && again.lines.allSatisfy { $0.hasSuffix(" 200 100") })
        }
    }

    @Test("whatever trades come, bars add up or a reason is given", arguments: 0..<40)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, 0xBA7)
        let begin = try ResamplingTests.time("2025-01-03T20:00:00Z")
        let rule = [
            "every:7m", "every:1s", "every:23h", "ticks:3", "volume:100", "dollars:55.5", "volume:0.001",
        ][random.index(below: 7)]
        let isWild = random.index(below: 4) == 0
        var time = begin
        let rows: [(instrument: String, time: Int64, price: Int64?, size: Int64?)] = (0..<300).map { _ in
            time &+= Int64(random.index(below: 4)) * (random.index(below: 20) == 0 ? 3_600 : 1) * ResamplingTests.second
            let price = isWild && random.index(below: 9) == 0 ? Int64.max : Int64(random.index(below: 900))
            let size = isWild && random.index(below: 9) == 0 ? Int64.min : Int64(random.index(below: 60))
            if isWild, random.index(below: 30) == 0 { time = [.min, .max, 0, begin][random.index(below: 4)] }
            return ("ABC".map { String($0) }[random.index(below: 3)], time, price, size)
        }
        do {
            let read = try ResampledLines.read(
                ResampledLines.trades(rows, chunk: 1 + random.index(below: 90)), kind: .trades, rule, calendar: "XNYS")
            let counted = read.lines.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
            let left = read.notes.first { $0.contains("reached no threshold") }.flatMap {
                Int($0.prefix { $0.isNumber })
            }
            #expect(counted + (left ?? 0) == 300, "\(rule)")
            #expect(!rule.hasPrefix("every") || left == nil)
        } catch let failure as Failure {
            #expect(isWild && ["data.bars", "calendar.unknown"].contains(failure.code), "\(failure.message)")
        }
    }
}
