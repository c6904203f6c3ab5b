import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// What a market file says under `adjust`, and what is read by it.
@Suite struct ActionFilesTests {
    static func market(_ adjust: String) throws -> MarketSpec {
        try MarketSpec(JSONParser.parse(#"{"schemaVersion": 2, "interval": "1d", "adjust": \#(adjust)}"#))
    }

    static let list = """
        date,kind,ratio,factor,amount,currency,first_known
        2014-05-08,dividend,,0.9944,3.29,USD,2014-05-08T13:30:00Z
        2014-06-09,split,7:1,0.14285714285714285,,,2014-06-09T13:30:00Z
        2014-08-07,dividend,,,0.47,USD,2014-08-07T13:30:00Z

        """

    @Test("the key is read, written and read back; what it cannot mean is refused")
    func spec() throws {
        let market = try ActionFilesTests.market(
            #"{"prices": "total", "actions": "a", "tickers": "t", "missing": "none", "held": "splits"}"#)
        #expect(try MarketSpec(market.json) == market && market.adjust?.prices == .total)
        #expect(MarketSpec().json.text(.compact).contains("\"schemaVersion\":1") && MarketSpec().adjust == nil)
        for text in [
            #"{"prices": "splits"}"#, #"{"prices": "all", "actions": "a"}"#, #"{"action": "a"}"#,
            #"{"actions": "a", "missing": "x"}"#,
        ] {
            #expect(throws: ConfigError.self, "\(text)") { try ActionFilesTests.market(text) }
        }
        #expect(throws: ConfigError.self) {
            try MarketSpec(JSONParser.parse(#"{"schemaVersion": 1, "adjust": {"prices": "none"}}"#))
        }
    }

    @Test("lists of actions and factor files are found by instrument; a changed file is another digest")
    func files() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write(ActionFilesTests.list, to: "a/AAPL_1d_actions.csv")
        _ = try directory.write("datetime,open\n", to: "a/AAPL_1d.csv")
        let market = try ActionFilesTests.market(#"{"prices": "total", "actions": "a"}"#)
        let files = try #require(try ActionFiles(market, root: directory.path))
        let table = try files.table("aapl")
        #expect(table.actions.map(\.factor) == [0.9944, 0.14285714285714285] && table.notes.count == 1)
        #expect(table.actions.map { "\($0.lastDay)" } == ["2014-05-07", "2014-06-08"] && table.pricesHoldSplits)
        #expect(table.zone == "America/New_York")
        #expect { _ = try files.table("MSFT") } throws: { ($0 as? Failure)?.code == "data.actions" }
        let lenient = try ActionFilesTests.market(#"{"prices": "total", "actions": "a", "missing": "none"}"#)
        #expect(try ActionFiles(lenient, root: directory.path)?.table("MSFT").actions.isEmpty == true)
        let stamped = files.stamped(market)
        #expect(try ActionFiles(stamped, root: directory.path)?.digest == files.digest)
        _ = try directory.write(
            ActionFilesTests.list + "2020-08-31,split,4:1,0.25,,,2020-08-31T13:30:00Z\n",
            to: "a/AAPL_1d_actions.csv")
        #expect { _ = try ActionFiles(stamped, root: directory.path) } throws: {
            ($0 as? Failure)?.code == "data.actions"
        }
        #expect(try ActionFiles(market, root: directory.path)?.digest != files.digest)
    }

    @Test("lists that cannot be right are refused with the line")
    func refused() throws {
        let directory = try TemporaryDirectory()
        let head = "date,kind,factor,first_known\n"
        for text in [
            "", "date,kind\n", head + "x,split,0.5,2014-06-09T13:30:00Z\n", head + "2014-06-09,party,0.5,x\n",
            head + "2014-06-09,split,0,2014-06-09T13:30:00Z\n", head + "2014-06-09,split,0.5,yesterday\n",
            head + "2014-06-09,split,0.5,2014-06-09T13:30:00Z\n2014-05-09,split,0.5,2014-06-09T13:30:00Z\n",
        ] {
            let path = try directory.write(text, to: "x_actions.csv")
            #expect(throws: Failure.self, "\(text)") {
                try ActionListFile.read(path, instrument: "x", zone: "America/New_York")
            }
        }
    }

    @Test("mutated lists give an error or a table")
    func mutated() throws {
        let directory = try TemporaryDirectory(), bytes = Array(ActionFilesTests.list.utf8)
        var state: UInt64 = 17
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(count, 1)))
        }
        for _ in 0..<300 {
            var copy = bytes
            for _ in 0...random(4) {
                switch random(3) {
                case 0: copy[random(copy.count)] = UInt8(random(256))
                case 1: copy.remove(at: random(copy.count))
                default: copy.insert(UInt8(random(256)), at: random(copy.count))
                }
            }
            let path = try directory.write(String(decoding: copy, as: UTF8.self), to: "x_actions.csv")
            let table = try? ActionListFile.read(path, instrument: "x", zone: "America/New_York")
            #expect(table?.actions.allSatisfy { $0.factor > 0 && $0.factor.isFinite } != false)
        }
    }

    @Test(
        "tickers followed: companies and the rest are the stretches of the key, row by row",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func tickers() throws {
        let map = try LEANShares.map()
        let found = try map.followed(LEANShares.tickers.map { try LEANShares.daily($0) })
        var lines: [[String]] = []
        for (table, _) in found {
            for stretch in try BarStretch.find(table, zone: LEANFile.zone) {
                let ticker = table.instrument.split(separator: "@").first.map(String.init) ?? ""
                let closes = [stretch.rows.lowerBound, stretch.rows.upperBound - 1].map {
                    FixedPoint.text(table.close[$0], decimals: 4)
                }
                lines.append([ticker, "\(stretch.first)", "\(stretch.last)", "\(stretch.rows.count)"] + closes)
            }
        }
        let key = try LEANShares.lines("data/keys/lean-stretches.csv").dropFirst().map { $0 }
        #expect(lines.sorted { $0.joined() < $1.joined() } == key.sorted { $0.joined() < $1.joined() })
        // Owners by the key: no row of a company lies on a day that another had the ticker.
        let names = Set(found.map(\.table.instrument))
        #expect(names.contains("wm") && names.contains("wm@1998-12-09") && names.contains("fb@1999-09-29"))
        #expect(["uso@1998-01-02", "uso@1998-11-12", "eem@1998-01-06"].allSatisfy(names.contains))
        let owners = try LEANShares.lines("data/keys/lean-owners.csv").dropFirst()
        for (table, _) in found where !table.instrument.contains("@") {
            let firsts = owners.filter { $0[0] == table.instrument }.compactMap { $0[2].split(separator: " ").last }
            let first = firsts.map { LEANShares.day($0) }.min()
            #expect(try LEANShares.days(table).first.map { day in first.map { $0 <= day } ?? false } == true)
        }
        // Former tickers: bars of uw, wmi and wm are one company's.
        func made(_ ticker: String, _ day: CivilDate) throws -> BarTable {
            var zone = try ExchangeZone(LEANFile.zone)
            var bars = BarTable(instrument: ticker, zone: LEANFile.zone, interval: 86_400_000_000_000)
            let time = zone.utc(Int64(day.daysSince1970) * 86_400_000_000_000)
            bars.append(Bar(time: time, open: 1, high: 1, low: 1, close: 1, volume: 1))
            return bars
        }
        let days = [(1998, 3, 2), (2001, 3, 1), (2012, 3, 1)].map { CivilDate(year: $0.0, month: $0.1, day: $0.2) }
        let joined = try map.followed(zip(["wm", "UW", "wmi"], [days[2], days[0], days[1]]).map { try made($0, $1) })
        #expect(joined.count == 1 && joined[0].table.instrument == "wm" && joined[0].table.count == 3)
        #expect(joined[0].sources == [1, 2, 0])
    }
}
