import Basics
import MarketData
import Tables
import TestSupport

/// The shared daily bars, factors and ticker maps, read once.
enum LEANShares {
    static let tickers = ["aapl", "aig", "eem", "fb", "ibm", "iwm", "qqq", "spy", "uso", "wm"]

    static func daily(_ ticker: String) throws -> BarTable {
        let file = try FoundFiles.find(SharedData.path("data/lean/daily/\(ticker).zip"))
        return try BarTable(canonical: file.read(.bars), zone: LEANFile.zone, interval: 86_400_000_000_000)
    }

    /// Two bars for each row of a factor file whose company has no daily file: its day at its close, and the session
    /// behind it.
    static func made(_ ticker: String) throws -> BarTable {
        var bars = BarTable(instrument: ticker, zone: LEANFile.zone, interval: 86_400_000_000_000)
        var calendar = try TradingCalendar("XNYS"), zone = try ExchangeZone(LEANFile.zone)
        for row in try lines("data/lean/factor_files/\(ticker).csv") {
            let day = day(row[0]), close = Int64((Double(row[3]) ?? 0) * 10_000)
            guard close > 1 else { continue }
            let next = try calendar.session(after: day)?.label
            for date in [day, next].compactMap({ $0 }) {
                let time = zone.utc(Int64(date.daysSince1970) * 86_400_000_000_000)
                guard time > bars.time.last ?? 0 else { continue }
                bars.append(Bar(time: time, open: close, high: close, low: close, close: close, volume: 100))
            }
        }
        return bars
    }

    static func factors(_ ticker: String) throws -> CorporateActionTable {
        try LEANFactorFile.read(SharedData.path("data/lean/factor_files/\(ticker).csv"))
    }

    static func map() throws -> TickerMap { try TickerMap(directory: SharedData.path("data/lean/map_files")) }

    static func days(_ bars: BarTable) throws -> [CivilDate] {
        var zone = try ExchangeZone(LEANFile.zone)
        return bars.time.map { CivilDate(nanoseconds: zone.local($0)) }
    }

    static func lines(_ name: String) throws -> [[String]] {
        let text = String(decoding: try FileChunks.bytes(SharedData.path(name)), as: UTF8.self)
        return text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// `20040101` as a day.
    static func day(_ text: some StringProtocol) -> CivilDate {
        let number = Int(text) ?? 0
        return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    static func compact(_ day: CivilDate) -> String { day.description.filter { $0 != "-" } }
}
