import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.isThere, "needs the shared data")) struct TickerMapTests {
    @Test("owners of tickers are those of the key, line by line")
    func owners() throws {
        let map = try LEANShares.map()
        var found: [[String]] = []
        for company in map.names {
            for (index, segment) in map.segments(company).enumerated() {
                let from = index == 0 ? segment.from : CivilDate(daysSince1970: segment.from.daysSince1970 - 1)
                found.append([
                    company, segment.ticker, (index == 0 ? "" : "after ") + LEANShares.compact(from),
                    LEANShares.compact(segment.until),
                ])
            }
        }
        #expect(found == (try LEANShares.lines("data/keys/lean-owners.csv")).dropFirst().map { $0 })
        func owner(_ ticker: String, _ year: Int, _ month: Int, _ day: Int) -> String? {
            map.owner(ticker, on: CivilDate(year: year, month: month, day: day))
        }
        #expect(owner("WM", 2009, 8, 4) == nil && owner("wm", 2009, 8, 5) == "wm" && owner("wmi", 2009, 8, 4) == "wm")
        #expect(owner("aol", 2003, 10, 15) == "twx" && owner("aol", 2003, 10, 16) == nil)
        #expect(
            owner("qqqq", 2004, 12, 1) == "qqq" && owner("qqq", 2004, 12, 1) == nil && owner("fb", 2003, 3, 28) == nil)
        #expect(map.segments("wm").map(\.ticker) == ["uw", "wmi", "wm"] && map.segments("nobody").isEmpty)
    }

    @Test("stretches of tickers are those of the key, line by line")
    func stretches() throws {
        var found: [[String]] = []
        for ticker in LEANShares.tickers {
            let bars = try LEANShares.daily(ticker)
            for stretch in try BarStretch.find(bars, zone: LEANFile.zone) {
                let closes = [stretch.rows.lowerBound, stretch.rows.upperBound - 1].map {
                    FixedPoint.text(bars.close[$0], decimals: 4)
                }
                found.append([ticker, "\(stretch.first)", "\(stretch.last)", "\(stretch.rows.count)"] + closes)
            }
        }
        let key = try LEANShares.lines("data/keys/lean-stretches.csv").dropFirst().map { $0 }
        #expect(found.count == key.count)
        for (line, expected) in zip(found, key) { #expect(line == expected) }
    }

    @Test("jumps and their causes are those of the key, line by line")
    func jumps() throws {
        let map = try LEANShares.map()
        var found: [[String]] = []
        for ticker in LEANShares.tickers {
            for jump in try PriceJump.find(LEANShares.daily(ticker), LEANShares.factors(ticker), map) {
                let logs = [jump.raw, jump.adjusted].map { String(format: "%.4f", $0) }
                found.append([ticker, "\(jump.day)"] + logs + [jump.cause.rawValue])
            }
        }
        #expect(found == (try LEANShares.lines("data/keys/lean-jumps.csv")).dropFirst().map { $0 })
    }

    @Test("map files that cannot be right are refused")
    func refused() throws {
        let directory = try TemporaryDirectory()
        for text in [
            "", "19980102,a,N\n", "19980102,a,N\n19970102,a,N\n", "19980102,a,N\n20501231,b,N\n",
            "x,a,N\n20501231,a,N\n",
            "19980102,,N\n20501231,a,N\n",
        ] {
            let path = try directory.write(text, to: "a.csv")
            #expect(throws: Failure.self, "\(text)") { try TickerMap([path]) }
        }
        let one = try directory.write("19980102,x,N\n20501231,x,N\n", to: "x.csv")
        let two = try directory.write("20100102,x,N\n20120102,x,N\n20501231,y,N\n", to: "y.csv")
        #expect(throws: Failure.self) { try TickerMap([one, two]) }
    }
}
