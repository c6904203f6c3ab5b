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
