import Basics
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct CSVPandasTests {
    /// Whether all shared files are compared: a minute in a debug build.
    static let isComplete = ProcessInfo.processInfo.environment["HFTML_CSV_ALL"] != nil

    static func files() throws -> [String] {
        let folders = [
            "daily-djia", "yfinance-repair", "bars-yfinance-5min", "bars-fx", "bars-crypto", "bars-us-1min",
            "bars-us-5min",
        ]
        let all = try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: SharedData.path("data/\(folder)")).sorted()
                .filter { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }.map {
                    SharedData.path("data/\(folder)/\($0)")
                }
        }
        if isComplete { return all }
        let few = [
            "AABA_", "LSC-L-1d-bad-div.", "SSNLF-1d-bad-div.", "AV-L-1wk-bad-stock-split.", "ASAI-L-1h-bad-unit.",
            "IBM_5min",
        ]
        return all.filter { path in few.contains { path.contains("/\($0)") && !path.contains("djia/IBM") } }
    }

    @Test(
        "every bar of the shared files is what pandas and exact decimals read",
        .enabled(
            if: SharedData.isThere && SharedData.client("python3") != nil && SharedData.pythonHas("pandas"),
            "needs shared data and pandas"))
    func pandas() throws {
        let files = try CSVPandasTests.files()
        #expect(files.count == (CSVPandasTests.isComplete ? 145 : 6))
        var found: [(path: String, decimals: Int, rows: [String], isRounded: Bool)] = []
        for path in files {
            let file = try CSVFormat.open(path)
            let rows = try CSVTestRow.read(file).map { "\($0.time) \($0.cells.joined(separator: " "))" }
            let decimals = try #require(file.inferences.first { $0.name == "decimals" }.flatMap { Int($0.value) })
            found.append((path, decimals, rows, file.notes.contains { $0.hasPrefix("prices look like") }))
        }
        let result = try RunProgram.run(
            try #require(SharedData.client("python3")),
            [SharedData.repository + "/Tests/MarketDataTests/Fixtures/csv_rows.py"]
                + found.map { "\($0.path):\($0.decimals)" }, in: NSTemporaryDirectory())
        #expect(result.status == 0, "\(result.errors.suffix(500))")
        var lines = result.output.split(separator: "\n", omittingEmptySubsequences: true)[...]
        for file in found {
            let head = lines.popFirst().map(String.init) ?? ""
            // Without rounding exactly the decimals that the longest price has.
            #expect(file.isRounded || head == "\(file.path) \(file.decimals)", "\(head)")
            let expected = lines.prefix(file.rows.count).map(String.init)
            lines = lines.dropFirst(file.rows.count)
            let difference = zip(file.rows, expected).first { $0 != $1 }
            #expect(
                file.rows.count == expected.count && difference == nil,
                "\(file.path): \(String(describing: difference))")
        }
        #expect(lines.isEmpty)
        print("CSV beside pandas: \(found.count) files, \(found.map(\.rows.count).reduce(0, +)) rows")
    }
}
