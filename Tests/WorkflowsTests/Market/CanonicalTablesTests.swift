import Basics
import Foundation
import MarketData
import TestSupport
import Testing
import Workflows

/// Every real file as a canonical table, here and by a script that knows nothing of this program: rows, first and last
/// time, and the digest of every cell.
@Suite struct CanonicalTablesTests {
    private static let isPossible =
        SharedData.isThere && SharedData.client("python3") != nil && SharedData.pythonHas("pyarrow")
        && SharedData.pythonHas("exchange_calendars")
    private static let script =
        "\(SharedData.repository)/Tests/WorkflowsTests/Fixtures/canonical_table.py"

    /// Beginnings of paths, and how many files they have: of about the same work, side by side.
    private static let parts: [(names: [String], files: Int)] = [
        (["lean/tick", "lean/daily", "lean/hour", "fix", "itch"], 30), (["lean/minute", "lean/second"], 66),
        (["bars-us-5min", "bars-yfinance-5min"], 60), (["bars-us-1min", "bars-crypto", "bars-fx"], 18),
        (["crypto-feed", "lobster", "parquet"], 14), (["daily-djia", "yahoo-chart", "yfinance-repair"], 112),
    ]

    /// A line a file: path, kind found, rows, first and last time, digest; `HFTML_DATA_TABLE` names where it goes.
    private static let output = SharedData.environment["HFTML_DATA_TABLE"]

    @Test(
        "rows, times and digest of every real file are those of pandas, pyarrow, json and zipfile",
        .enabled(if: isPossible, "needs the shared data, and python3 with pandas, pyarrow, exchange_calendars"),
        arguments: parts)
    func everyFile(part: (names: [String], files: Int)) throws {
        let root = SharedData.path("data"), process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(SharedData.client("python3")))
        process.arguments = [Self.script, root] + part.names.map { "\($0)/" }
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var files = 0, table = ""
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            files += 1
            if cells.count == 2, cells[1] == "error" {
                let error = #expect(throws: (any Error).self, "\(cells[0])") {
                    try DescribeData.run(Paths.join(root, cells[0]), table: nil, known: KnownOfData())
                }
                #expect((error as? any UserFacingError)?.code.hasPrefix("yahoo.") == true, "\(cells[0])")
                continue
            }
            let found = try DescribeData.run(Paths.join(root, cells[0]), table: nil, known: KnownOfData())
            let ours = [
                cells[0], "\(found.rows)", found.first.map { "\($0)" } ?? "", found.last.map { "\($0)" } ?? "",
                found.digest,
            ]
            #expect(ours == cells, "\(found.kind)")
            let times = [found.first, found.last].map { $0.map { TimeText.utc($0) } ?? "" }
            table += ([cells[0], found.kind, "\(found.rows)"] + times + [found.digest]).joined(separator: "\t") + "\n"
        }
        #expect(files == part.files)
        if let output = Self.output {
            try AtomicFile.write(table, to: "\(output).\(part.names[0].replacing("/", with: "-"))")
        }
    }
}
