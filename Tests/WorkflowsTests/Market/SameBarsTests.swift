import Basics
import Features
import Foundation
import Interchange
import TestSupport
import Testing
import Workflows

/// The same bars in other files: nothing after the reading may see the difference.
@Suite struct SameBarsTests {
    private let project: TestProject

    init() throws { project = try TestProject(.features) }

    private func features(of data: String) throws -> FeatureTable {
        let output = project.file("out/same.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: data, market: project.file("market.yaml"), quality: nil,
            output: output, threads: 2, session: project.session)
        return try FeatureTable.read(output)
    }

    /// Times, labels and every bit of every value.
    private func expectSame(_ table: FeatureTable, _ expected: FeatureTable, _ what: String) {
        #expect(expected.rowCount > 100)
        #expect(table.values.map(\.bitPattern) == expected.values.map(\.bitPattern), "\(what)")
        #expect(Array(table.time) == Array(expected.time), "\(what)")
        #expect(Array(table.labelEnd) == Array(expected.labelEnd), "\(what)")
        #expect(table.forwardReturn.map(\.bitPattern) == expected.forwardReturn.map(\.bitPattern), "\(what)")
        #expect(Array(table.segment) == Array(expected.segment), "\(what)")
    }

    @Test(
        "Parquet, Arrow and canonical CSV of the same bars give the same features",
        arguments: ["parquet", "arrow", "csv"])
    func converted(_ ending: String) throws {
        let directory = project.file("Data/other")
        try Paths.makeDirectory(directory)
        let known = try KnownOfData(market: project.file("market.yaml"))
        for name in try Paths.entries(project.market) where name.hasSuffix(".csv") {
            let output = Paths.join(directory, name.replacing(".csv", with: ".\(ending)"))
            _ = try ConvertData.run(Paths.join(project.market, name), table: nil, output: output, known: known)
        }
        expectSame(try features(of: directory), try features(of: project.market), ending)
    }

    @Test("a directory of LEAN, a zip for each day, gives the same features")
    func lean() throws {
        for name in try Paths.entries(project.market) where name.hasSuffix(".csv") {
            let ticker = name.prefix { $0 != "_" }.lowercased()
            var days: [(day: String, lines: [String])] = []
            for line in try FileChunks.text(Paths.join(project.market, name)).split(separator: "\n").dropFirst() {
                let cells = line.split(separator: ",").map(String.init)
                let (day, time) = (String(cells[0].prefix(10)).replacing("-", with: ""), cells[0].suffix(8))
                let parts = time.split(separator: ":").compactMap { Int($0) }
                let prices = cells[1...4].compactMap { Double($0) }.map { String(Int(($0 * 10_000).rounded())) }
                let row = ["\(((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000)"] + prices + [cells[5]]
                if days.last?.day != day { days.append((day, [])) }
                days[days.count - 1].lines.append(row.joined(separator: ","))
            }
            let directory = project.file("Data/lean/equity/usa/minute/\(ticker)")
            try Paths.makeDirectory(directory)
            for (day, lines) in days {
                var zip = StoredZipWriter()
                zip.add("\(day)_\(ticker)_minute_trade.csv", Array((lines.joined(separator: "\n") + "\n").utf8))
                try AtomicFile.write(zip.finished(), to: Paths.join(directory, "\(day)_trade.zip"))
            }
        }
        expectSame(try features(of: project.file("Data/lean")), try features(of: project.market), "LEAN")
    }
}
