import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing
import Workflows

/// `import` of files and directories: what is written, with which provenance, and what is refused.
@Suite struct ImportFilesTests {
    private let directory: TemporaryDirectory
    private let known: KnownOfData

    /// As many files as an import of instruments has open.
    private static let mostOpen = 64

    init() throws {
        directory = try TemporaryDirectory()
        known = try KnownOfData(zone: "America/New_York")
    }

    private static func rows(_ day: Int, column: String = "") -> [String] {
        (0..<5).map { "\(column)2025-01-0\(day) 09:\(30 + 5 * $0):00,100.00,101.50,99.50,100.\($0)0,1200" }
    }

    private static func bars(_ day: Int) -> String {
        "datetime,open,high,low,close,volume\n" + rows(day).joined(separator: "\n") + "\n"
    }

    private func run(
        _ names: String..., to output: String, _ change: (inout ImportFiles.Options) -> Void = { _ in }
    ) throws -> ImportFiles.Outcome {
        var options = ImportFiles.Options(output: directory.file(output))
        change(&options)
        return try ImportFiles.run(names.map { directory.file($0) }, known: known, options: options)
    }

    @Test("a directory becomes a directory of Parquet files with provenance that says everything")
    func files() throws {
        try directory.write(Self.bars(6), to: "feed/AAA_5min.csv")
        try directory.write(Self.bars(7), to: "feed/deep/BBB_5min.csv")
        try directory.write("about", to: "feed/README.md")
        let outcome = try run("feed", to: "out")
        let written = outcome.imported.flatMap(\.result.written)
        #expect(outcome.failed.isEmpty && written.map(\.rows) == [5, 5] && written.map(\.rowsIn) == [5, 5])
        #expect(
            written.map(\.path) == ["out/AAA_5min.parquet", "out/deep/BBB_5min.parquet"].map { directory.file($0) })
        let output = directory.file("out/AAA_5min.parquet")
        let found = try DescribeData.run(output, table: nil, known: KnownOfData())
        #expect(found.digest == written[0].digest && found.instruments.map(\.name) == ["AAA"])
        let provenance = try JSONParser.parse(try FileChunks.text("\(output).provenance.json"), file: "")
        #expect(provenance[key: "source"]?.stringValue == "AAA_5min.csv")
        #expect(
            provenance[key: "sha256"]?.stringValue == (try Digest.sha256(file: directory.file("feed/AAA_5min.csv"))))
        #expect(provenance[key: "outputSHA256"]?.stringValue == (try Digest.sha256(file: output)))
        #expect(provenance[path: "descriptor.zone"]?.stringValue == "America/New_York")
        #expect(provenance[key: "rowsIn"]?.intValue == 5 && provenance[key: "rows"]?.intValue == 5)
        #expect(provenance[key: "first"]?.stringValue == "2025-01-06T14:30:00Z")
        #expect(provenance[key: "last"]?.stringValue == "2025-01-06T14:50:00Z")
        #expect(provenance[key: "digest"]?.stringValue == found.digest)
    }

    @Test("where files do not open, every reason is listed and nothing is written")
    func refused() throws {
        try directory.write(Self.bars(6), to: "AAA_5min.csv")
        try directory.write("%PDF-1.7", to: "b.csv")
        try directory.write("<html><body>429</body></html>", to: "c.csv")
        let error = #expect(throws: Failure.self) { try run("AAA_5min.csv", "b.csv", "c.csv", to: "out") }
        #expect(error?.code == "data.import-files")
        #expect(error?.message.contains("a PDF document") == true && error?.message.contains("an HTML page") == true)
        #expect(!Paths.exists(directory.file("out")))
        // Two files of one output.
        try directory.write(Self.bars(6), to: "other/AAA_5min.csv")
        #expect(throws: Failure.self) { try run("AAA_5min.csv", "other/AAA_5min.csv", to: "out") }
        #expect(!Paths.exists(directory.file("out")))
    }

    @Test("what lies there is written over where it is an earlier output of the same source, or by force")
    func exists() throws {
        try directory.write(Self.bars(6), to: "AAA_5min.csv")
        try directory.write(Self.bars(7), to: "BBB_5min.csv")
        _ = try run("AAA_5min.csv", to: "x.parquet")
        try directory.write(Self.bars(7), to: "AAA_5min.csv")
        let again = try run("AAA_5min.csv", to: "x.parquet").imported[0].result.written[0]
        #expect(again.first == TimeText.parseUTC("2025-01-07T14:30:00Z"))
        let code = { (body: () throws -> Void) in #expect(throws: Failure.self, performing: body)?.code }
        #expect(code { _ = try run("BBB_5min.csv", to: "x.parquet") } == "data.exists")
        try directory.write("mine", to: "x.parquet")
        #expect(code { _ = try run("AAA_5min.csv", to: "x.parquet") } == "data.exists")
        try directory.write("mine", to: "y.parquet")
        #expect(code { _ = try run("AAA_5min.csv", to: "y.parquet") } == "data.exists")
        #expect(
            code {
                _ = try ConvertData.run(
                    directory.file("AAA_5min.csv"), table: nil, output: directory.file("y.parquet"), known: known)
            } == "data.exists")
        #expect(try FileChunks.text(directory.file("y.parquet")) == "mine")
        #expect(try run("AAA_5min.csv", to: "y.parquet") { $0.isForced = true }.failed.isEmpty)
        // A file to read is no file to write, whatever is forced.
        let error = #expect(throws: Failure.self) { try run("AAA_5min.csv", to: "AAA_5min.csv") { $0.isForced = true } }
        #expect(error?.code == "usage.data-format")
    }

    @Test("a file that breaks behind its front is not written, the others are", arguments: ["parquet", "csv", "arrow"])
    func broken(_ ending: String) throws {
        try directory.write(Self.bars(6), to: "AAA_5min.csv")
        _ = try run("AAA_5min.csv", to: "good.csv")
        let good = try FileChunks.text(directory.file("good.csv"))
        let lines = good.split(separator: "\n")
        try directory.write(
            (lines + [lines[1].replacing("2025-01", with: "2025-13")]).joined(separator: "\n"), to: "bad.csv")
        let format = try #require(ConvertData.Format(rawValue: ending))
        let outcome = try run("good.csv", "bad.csv", to: "out") { $0.format = format }
        #expect(outcome.imported.map(\.result.written.count) == [1] && outcome.failed.map(\.code) == ["data.cell"])
        let names = try Paths.entries(directory.file("out"))
        #expect(names == ["good.\(ending)", "good.\(ending).provenance.json"])
    }

    @Test("instruments become files each, more of them than are open at a time, with the rows of the whole")
    func eachInstrument() throws {
        let names = (0..<(Self.mostOpen + 6)).map { "S\(100 + $0)" }
        let rows = (0..<5).flatMap { row in names.map { "\($0),\(Self.rows(6)[row])" } }
        try directory.write(
            "symbol,datetime,open,high,low,close,volume\n" + rows.joined(separator: "\n"), to: "all.csv")
        let outcome = try run("all.csv", to: "out") { $0.isEachInstrument = true }
        let written = outcome.imported[0].result.written
        #expect(written.count == names.count && written.allSatisfy { $0.rows == 5 && $0.rowsIn == 5 * names.count })
        #expect(Set(written.map(\.path)) == Set(names.map { directory.file("out/\($0).parquet") }))
        let last = try DescribeData.run(try #require(written.last?.path), table: nil, known: KnownOfData())
        #expect(last.instruments.map(\.name) == [names[names.count - 1]] && last.digest == written.last?.digest)
        // What is there already ends it before anything is written.
        try directory.write("mine", to: "again/\(names[3]).parquet")
        let again = try run("all.csv", to: "again") { $0.isEachInstrument = true }
        #expect(again.failed.map(\.code) == ["data.exists"] && again.imported.isEmpty)
        #expect(try Paths.entries(directory.file("again")).count == 1)
    }

    @Test(
        "rows that a source has and a table does not are told",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func leftOut() throws {
        for (name, rowsIn, rows) in [
            ("yahoo-chart/bodies/AAPL_1m_2024-10-02_nulls.json", 391, 389), ("fix/100FIX42.dat", 100, 25),
        ] {
            let options = ImportFiles.Options(output: directory.file("left"))
            let result = try ImportFiles.run([SharedData.path("data/\(name)")], known: KnownOfData(), options: options)
                .imported[0].result
            #expect(result.written.map(\.rowsIn) == [rowsIn] && result.written.map(\.rows) == [rows], "\(name)")
            #expect(result.notes.contains { $0.hasPrefix("\(rowsIn - rows) of \(rowsIn) rows or messages") }, "\(name)")
        }
    }
}
