import Basics
import DataVersioning
import Features
import Foundation
import MarketData
import Tensors
import TestSupport
import Testing
import Workflows

/// The same bars as one file of an instrument and as a file per day are the same samples.
@Suite struct InstrumentFilesTests {
    /// The simulated market again, a file for each instrument and day, named by `name(day, symbol)`.
    private static func split(_ project: TestProject, into directory: String, _ name: (String, String) -> String) throws
    {
        for path in try BarReader.files(at: project.market) {
            var reader = try BarReader(MarketSpec()), zone = try ExchangeZone("America/New_York")
            let bars = try reader.read(path).table
            let days = Dictionary(grouping: 0..<bars.count) { zone.local(bars.time[$0]) / 86_400_000_000_000 }
            for (day, rows) in days {
                let date = CivilDate(daysSince1970: Int(day)).description
                try FileManager.default.createDirectory(
                    atPath: project.file(directory), withIntermediateDirectories: true)
                try bars.selecting(rows).writeCSV(
                    to: project.file("\(directory)/\(name(date, bars.instrument)).csv"), zone: zone)
            }
        }
    }

    private static func build(_ project: TestProject, _ data: String) throws -> FeatureTable {
        let output = project.file("out/split.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: project.file(data), market: project.file("market.yaml"),
            quality: nil, output: output, threads: 2, session: project.session)
        return try FeatureTable.read(output)
    }

    @Test("a file per day gives the rows and the sample set of one file an instrument")
    func perDay() throws {
        let project = try TestProject(.features)
        let whole = try FeatureTable.read(project.features)
        try InstrumentFilesTests.split(project, into: "days") { "\($1)_\($0)" }
        let table = try InstrumentFilesTests.build(project, "days")
        #expect(table.instruments == whole.instruments && table.rowCount == whole.rowCount)
        let rows = SampleRows(0..<table.rowCount)
        #expect(
            SampleSet(table, ends: rows, label: table.label).digest
                == SampleSet(whole, ends: rows, label: whole.label).digest)
        #expect((0..<table.rowCount * table.width).allSatisfy { table.values[$0] == whole.values[$0] })
    }

    @Test("one file of all instruments, rows by time, gives the rows of one file an instrument; so does check")
    func together() throws {
        let project = try TestProject(.features)
        var rows: [(time: String, line: String)] = []
        for path in try BarReader.files(at: project.market) {
            let name = BarReader.instrument(of: path)
            for line in try FileChunks.text(path).split(separator: "\n").dropFirst() {
                rows.append((String(line.prefix(19)) + name, "\(name),\(line)"))
            }
        }
        let lines = rows.sorted { $0.time < $1.time }.map(\.line)
        try Paths.makeDirectory(project.file("one"))
        try project.write(
            "symbol,datetime,open,high,low,close,volume\n" + lines.joined(separator: "\n") + "\n", to: "one/all.csv")
        let whole = try FeatureTable.read(project.features), table = try InstrumentFilesTests.build(project, "one")
        #expect(table.instruments == whole.instruments && table.instruments.count == 2)
        #expect(Array(table.time) == Array(whole.time) && Array(table.instrument) == Array(whole.instrument))
        #expect(table.values.map(\.bitPattern) == whole.values.map(\.bitPattern))
        let report = try CheckData.run(
            suite: project.file("quality.yaml"), data: [project.file("one")], market: project.file("market.yaml"),
            session: project.session)
        #expect(report.isPassed && report.subject.contains("(1 files, \(rows.count) rows)"), "\(report.subject)")
    }

    @Test("names that begin with the day need a recorded pattern, whose symbol is the instrument")
    func pattern() throws {
        let project = try TestProject(.features)
        let whole = try FeatureTable.read(project.features)
        try InstrumentFilesTests.split(project, into: "Data/days") { "\($0)_\($1)" }
        let failure = #expect(throws: Failure.self) { try InstrumentFilesTests.build(project, "Data/days") }
        #expect(failure?.code == "data.instrument-name" && failure?.hint?.contains("--each") == true)
        _ = try AddData.run(
            [project.file("Data/days")], partitions: AddData.Partitions(each: "{date:%Y-%m-%d}_{symbol}.csv"),
            in: project.session.workspace)
        let table = try InstrumentFilesTests.build(project, "Data/days")
        #expect(table.instruments == whole.instruments && table.rowCount == whole.rowCount)
        // A pointer that cannot be read may say what the names mean.
        try project.write("outs: [", to: "Data/days.dvc")
        let unread = #expect(throws: Failure.self) { try InstrumentFilesTests.build(project, "Data/days") }
        #expect(unread?.message.contains("cannot read 'Data/days.dvc'") == true, "\(unread?.message ?? "")")
    }
}
