import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Bars as JSON, and answers of Yahoo's chart endpoint as files.
@Suite struct JSONBarsTests {
    /// Rows as text without file and position, and the notes.
    static func rows(_ path: String) throws -> (rows: [String], notes: [String]) {
        let file = try FoundFiles.find(path), source = try file.read(.bars)
        var rows: [String] = []
        while let chunk = try source.next() {
            for row in 0..<chunk.rowCount {
                let cells = chunk.fields.indices.filter { $0 != 5 && $0 != 6 }.map {
                    ColumnText.cell(chunk.columns[$0], chunk.fields[$0].type, row)
                }
                rows.append(cells.joined(separator: ","))
            }
        }
        return (rows, file.notes)
    }

    static func rows(of text: String, name: String = "X.json") throws -> (rows: [String], notes: [String]) {
        let directory = try TemporaryDirectory(), path = directory.file(name)
        try AtomicFile.write(text, to: path)
        return try rows(path)
    }

    @Test(
        "the shared bars equal a script's", .enabled(if: CanonicalPeer.isThere, "needs the shared data and Python"))
    func shared() throws {
        let path = SharedData.path("data/bars-crypto/UNITTEST_BTC-1m.json")
        let ours = try CanonicalPeer.ours(path)
        #expect(ours == (try CanonicalPeer.theirs("json", path)))
        #expect(ours.hasPrefix("13681 8 8 "))
    }

    static let expected = [
        "2017-11-04T23:02:00Z,,2017-11-04T23:03:00Z,,X,0.000020,0.000030,0.000012,0.000021,108.5",
        "2017-11-04T23:03:00Z,,2017-11-04T23:04:00Z,,X,0.000020,0.000020,0.000020,0.000020,",
    ]

    @Test(
        "the same bars in every shape",
        arguments: [
            "[[1509836520, 2e-05, 0.00003, 0.000012, 2.1e-5, 108.50],"
                + #"[1509836580,"0.00002",2E-5,0.00002,0.00002,null]]"#,
            #"[{"date":"2017-11-04T23:02:00Z","open":2e-05,"high":3e-5,"low":1.2e-5,"#
                + #""close":2.1e-5,"volume":108.5,"x":[1]},"#
                + #"{"date":"2017-11-04 23:03:00+00:00","open":2e-5,"high":2e-5,"low":2e-5,"close":2e-5}]"#,
            #"{"T":1509836520000,"o":"0.00002","h":3e-5,"l":1.2e-5,"c":2.1e-5,"v":108.5,"n":{"a":1}}"# + "\n"
                + #"{"T":1509836580000,"o":"0.00002","h":2e-5,"l":2e-5,"c":2e-5,"v":null}"#,
            #"{"s":"ok","t":[1509836520,1509836580],"o":[2e-5,2e-5],"h":[3e-5,2e-5],"#
                + #""l":[1.2e-5,2e-5],"c":[2.1e-5,2e-5],"#
                + #""v":[108.5,NaN]}"#,
            #"{"open":{"1509836520000":2e-5,"1509836580000":2e-5},"high":{"1509836520000":3e-5,"1509836580000":2e-5},"#
                + #""low":{"1509836520000":1.2e-5,"1509836580000":2e-5},"#
                + #""close":{"1509836520000":2.1e-5,"1509836580000":2e-5},"Volume":{"0":108.5,"1":null}}"#,
            #"{"columns":["open","high","low","close","volume"],"index":[1509836520000000,1509836580000000],"#
                + #""data":[[2e-5,3e-5,1.2e-5,2.1e-5,108.5],[2e-5,2e-5,2e-5,2e-5,null]]}"#,
            // Newest first, and low, high, open, close as one exchange has them.
            "[[1509836580,2e-5,2e-5,2e-5,2e-5,null],[1509836520,1.2e-5,3e-5,2e-5,2.1e-5,108.5]]",
        ])
    func shapes(_ text: String) throws { #expect(try JSONBarsTests.rows(of: text).rows == JSONBarsTests.expected) }

    @Test(
        "what has the shape and not the meaning is refused with the row",
        arguments: [
            ("[[1509836580,2,3,1,2,5],[1509836580,2,3,1,2,5]]", "row 2: found two bars with the same time"),
            ("[[1,2,1,3,2,5]]", "row 1: found prices that do not fit"),
            ("[[1509836580,2,3,1,2,5],[1509836580000,2,3,1,2,5]]", "row 2: found a time in milliseconds"),
            ("[[1,2,3,1,2,5],[2,2,3,1,2]]", "row 2: found 5 items"),
            ("[[1,2,3,1,2,5],[2,2,3,1,2,\"x\"]]", "row 2: found 'x'"),
            ("[[1,2,3,1,2,5],[2,2,3,1,2,5]", "expected ',' or ']'"),
            (#"{"t":[1,2],"o":[1],"h":[1,1],"l":[1,1],"c":[1,1]}"#, "equally long"),
        ])
    func refused(_ text: String, _ expected: String) throws {
        let failure = #expect(throws: Failure.self) { try JSONBarsTests.rows(of: text) }
        #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "")")
    }

    @Test(
        "the instrument that a row, a column or the document says",
        arguments: [
            #"[{"symbol":"A","t":1509836520,"o":1,"h":2,"l":1,"c":2,"v":1},"#
                + #"{"symbol":"BRK\/B","t":1509836520,"o":1,"h":2,"l":1,"c":2},"#
                + #"{"symbol":"A","t":1509836580,"o":1,"h":2,"l":1,"c":2}]"#,
            #"{"ticker":"A","t":1509836520,"o":1,"h":2,"l":1,"c":2,"v":1}"# + "\n"
                + #"{"ticker":"BRK/B","t":1509836520,"o":1,"h":2,"l":1,"c":2}"# + "\n"
                + #"{"ticker":"A","t":1509836580,"o":1,"h":2,"l":1,"c":2}"#,
            #"{"symbol":["A","BRK/B","A"],"t":[1509836520,1509836520,1509836580],"o":[1,1,1],"h":[2,2,2],"l":[1,1,1],"#
                + #""c":[2,2,2],"v":[1,null,null]}"#,
            #"{"columns":["symbol","open","high","low","close","volume"],"index":[1509836520,1509836520,1509836580],"#
                + #""data":[["A",1,2,1,2,1],["BRK/B",1,2,1,2,null],["A",1,2,1,2,null]]}"#,
            #"{"bars":{"A":[{"t":1509836520,"o":1,"h":2,"l":1,"c":2,"v":1},{"t":1509836580,"o":1,"h":2,"l":1,"c":2}],"#
                + #""BRK/B":[{"t":1509836520,"o":1,"h":2,"l":1,"c":2}]},"next_page_token":null}"#,
        ])
    func instruments(_ text: String) throws {
        #expect(
            try JSONBarsTests.rows(of: text).rows.sorted() == [
                "2017-11-04T23:02:00Z,,2017-11-04T23:03:00Z,,A,1,2,1,2,1",
                "2017-11-04T23:02:00Z,,2017-11-04T23:03:00Z,,BRK/B,1,2,1,2,",
                "2017-11-04T23:03:00Z,,2017-11-04T23:04:00Z,,A,1,2,1,2,",
            ])
    }

    @Test(
        "one instrument of the whole document",
        arguments: [
            #"{"symbol":"A","t":[1509836520,1509836580],"o":[1,1],"h":[2,2],"l":[1,1],"c":[2,2]}"#,
            #"{"ticker":"A","status":"OK","results":[{"t":1509836520,"o":1,"h":2,"l":1,"c":2},"#
                + #"{"t":1509836580,"o":1,"h":2,"l":1,"c":2}],"count":2}"#,
            #"{"meta":{"symbol":"A","interval":"1min"},"values":[{"datetime":1509836520,"open":"1","high":"2","#
                + #""low":"1","close":"2"},{"datetime":1509836580,"open":"1","high":"2","low":"1","close":"2"}],"#
                + #""status":"ok"}"#,
            #"{"data":[[1509836520,1,2,1,2,null],[1509836580,1,2,1,2,null]],"symbol":"A"}"#,
            #"{"A":[[1509836520,1,2,1,2,null],[1509836580,1,2,1,2,null]]}"#,
        ])
    func document(_ text: String) throws {
        #expect(
            try JSONBarsTests.rows(of: text).rows == [
                "2017-11-04T23:02:00Z,,2017-11-04T23:03:00Z,,A,1,2,1,2,",
                "2017-11-04T23:03:00Z,,2017-11-04T23:04:00Z,,A,1,2,1,2,",
            ])
    }

    @Test("an instrument that some rows lack, and keys that mean one column")
    func instrumentRefusals() throws {
        let row = #""t":1509836520,"o":1,"h":2,"l":1,"c":2"#
        let failure = #expect(throws: Failure.self) {
            try JSONBarsTests.rows(of: "[{\"symbol\":\"A\",\(row)},{\(row)}]")
        }
        #expect(failure?.message.contains("row 2: found no instrument beside rows that have one") == true)
        let two = try JSONBarsTests.rows(of: "[{\"name\":\"Alpha\",\"symbol\":\"A\",\(row)}]")
        #expect(two.rows[0].contains(",A,") && two.notes.contains("'name' is passed over for 'symbol'"))
        let mixed = #expect(throws: Failure.self) {
            try JSONBarsTests.rows(of: "[{\"symbol\":\"A\",\(row)},{\"name\":\"A\",\(row)}]")
        }
        #expect(mixed?.message.contains("found 'name' as instrument, expected 'symbol'") == true)
    }

    @Test(
        "every recorded body of Yahoo equals a script's reading",
        .enabled(if: CanonicalPeer.isThere, "needs the shared data and Python"))
    func yahoo() throws {
        let directory = SharedData.path("data/yahoo-chart/bodies")
        var read = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        where !name.contains("error") && !name.contains("handedited") {
            let path = "\(directory)/\(name)"
            #expect(try CanonicalPeer.ours(path) == CanonicalPeer.theirs("yahoo", path), "\(name)")
            read += 1
            let recorded = SharedData.path("data/yahoo-chart/recorded/\(name)")
            if FileManager.default.fileExists(atPath: recorded) {
                #expect(try CanonicalPeer.ours(recorded) == CanonicalPeer.ours(path), "\(name)")
            }
        }
        #expect(read == 17)
        #expect(try CanonicalPeer.ours("\(directory)/AAPL_1m_2024-10-02_nulls.json").hasPrefix("389 "))
        let live = try JSONBarsTests.rows("\(directory)/GS2C.DE_1d_5d_20251029.json")
        #expect(live.rows.count == 4 && live.notes.contains { $0.contains("is the live quote and left out") })
        for name in ["SI_error404_delisted", "BEKE_error400_no_data_for_range"] {
            #expect(throws: YahooChart.ServerError.self) { try FoundFiles.find("\(directory)/\(name).json") }
        }
        #expect(throws: Failure.self) {
            try FoundFiles.find("\(directory)/handedited_notimestamp_quotes_length.json")
        }
    }

    /// One answer of made-up bars.
    static func body(
        _ stamps: [Int], _ price: String, granularity: String = "1d", currency: String = "USD",
        zone: String = "America/New_York", volume: String = "1000"
    ) -> String {
        func list(_ value: String) -> String { "[" + stamps.map { _ in value }.joined(separator: ",") + "]" }
        let quote = ["open", "high", "low", "close"].map { "\"\($0)\":\(list(price))" }.joined(separator: ",")
        return """
            {"chart":{"result":[{"meta":{"currency":"\(currency)","symbol":"S","exchangeTimezoneName":"\(zone)",\
            "dataGranularity":"\(granularity)"},"timestamp":\(stamps),"indicators":{"quote":[{\(quote),\
            "volume":\(list(volume))}]}}],"error":null}}
            """
    }

    @Test("grids begin at the open, small prices stay, a live quote is no bar, units are told")
    func yahooMeanings() throws {
        // 25 November 2024, 9:30 in New York, and 9:15 in Mumbai.
        let open = 1_732_545_000, mumbai = 1_732_506_300
        let hours = try JSONBarsTests.rows(
            of: JSONBarsTests.body((0..<7).map { open + 3600 * $0 }, "230.5", granularity: "1h"))
        #expect(hours.rows.count == 7)
        #expect(hours.rows[0] == "2024-11-25T14:30:00Z,,2024-11-25T15:30:00Z,,S,230.5,230.5,230.5,230.5,1000")
        let ninety = try JSONBarsTests.rows(
            of: JSONBarsTests.body((0..<5).map { open + 5400 * $0 } + [open + 5400 * 5 + 7], "1", granularity: "90m"))
        #expect(ninety.rows.count == 5 && ninety.notes.contains { $0.contains("off the grid") })
        let india = try JSONBarsTests.rows(
            of: JSONBarsTests.body(
                (0..<4).map { mumbai + 1800 * $0 }, "4000", granularity: "30m", currency: "INR", zone: "Asia/Kolkata"))
        #expect(india.rows.count == 4)
        let coin = try JSONBarsTests.rows(of: JSONBarsTests.body([open], "0.00000812", volume: "1234.567"))
        #expect(coin.rows[0].hasSuffix(",0.00000812,0.00000812,0.00000812,0.00000812,1234.567"))
        let euro = try JSONBarsTests.rows(of: JSONBarsTests.body([open], "1.0487651824951172"))
        // A double holds fifteen digits; what is behind them was computed.
        #expect(euro.rows[0].contains(",1.04876518249512,"))
        let pence = try JSONBarsTests.rows(of: JSONBarsTests.body([open], "230.5", currency: "GBp"))
        #expect(pence.notes.contains("prices are in GBp, which is a hundredth of GBP"))
        let live = try JSONBarsTests.rows(
            of: JSONBarsTests.body([open, open + 86_400, open + 86_400 + 23_400], "230"))
        #expect(live.rows.count == 2 && live.notes.contains { $0.contains("its day has a bar already") })
    }

    @Test("mutated JSON is refused or read, and nothing else happens")
    func mutations() throws {
        let texts = [
            "[[1509836520, 2e-05, 0.00003, 0.000012, 2.1e-5, 108.50],"
                + "[1509836580,\"0.00002\",2E-5,0.00002,0.00002,null]]",
            #"{"columns":["open","high","low","close"],"index":[1,2],"data":[[2,3,1,2],[2,2,2,2]]}"#,
            #"{"t":[1,2],"o":[1,1],"h":[1,1],"l":[1,1],"c":[1,1]}"#,
            #"{"bars":{"A":[{"t":1,"o":1,"h":2,"l":1,"c":2,"v":1}],"B":[{"t":2,"o":1,"h":2,"l":1,"c":2}]},"#
                + #""symbol":"C"}"#,
            JSONBarsTests.body([1_732_545_000, 1_732_548_600], "1.5", granularity: "1h"),
        ]
        for text in texts {
            try Mutations.run(text, count: 800) { path in
                let source = try FoundFiles.find(path).read(.bars)
                while try source.next() != nil {}
            }
        }
    }
}
