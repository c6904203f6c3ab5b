import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct CheckDataTests {
    private static let header = "datetime,open,high,low,close,volume\n"

    private static func day(_ day: String, bars: Int = 78) -> String {
        (0..<bars).map { i in
            let minute = 570 + i * 5
            return
                "\(day) \(minute / 60 < 10 ? "0" : "")\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60):00,"
                + "10,11,9,10,100\n"
        }.joined()
    }

    @Test("files of one instrument are one series, by their own names and by a recorded pattern")
    func oneSeries() throws {
        let project = try VersionedProject(), session = try project.session()
        let suite = try project.write("expectations: [{expect: gaps, maximumBars: 3}]\n", to: "suite.yaml")
        for (day, bars) in [("2025-05-12", 20), ("2025-05-14", 78)] {
            try project.write(Self.header + Self.day(day, bars: bars), to: "own/X_\(day).csv")
            try project.write(Self.header + Self.day(day, bars: bars), to: "dated/\(day)_X.csv")
        }
        let dated = project.file("dated")
        _ = try AddData.run(
            [dated], partitions: AddData.Partitions(each: "{date:%Y-%m-%d}_{symbol}.csv"), in: session.workspace)
        for data in [project.file("own"), dated] {
            let report = try CheckData.run(suite: suite, data: [data], market: nil, session: session)
            #expect(!report.isPassed && report.items[0].values[key: "offending"]?.intValue == 58 + 78, "\(report)")
        }
    }

    @Test("names that only count the parts of an instrument are refused, as for features")
    func parts() throws {
        let project = try VersionedProject(), session = try project.session()
        let suite = try project.write("expectations: [not_null]\n", to: "suite.yaml")
        for day in ["2025-05-12", "2025-05-13"] {
            try project.write(Self.header + Self.day(day), to: "d/X-5m-\(day).csv")
        }
        let failure = #expect(throws: Failure.self) {
            try CheckData.run(suite: suite, data: [project.file("d")], market: nil, session: session)
        }
        #expect(failure?.code == "data.instrument-name")
    }

    @Test("a file that is not read is named, and what tools keep is no data")
    func passedOver() throws {
        let project = try VersionedProject(), session = try project.session()
        let suite = try project.write("expectations: [not_null]\n", to: "suite.yaml")
        try project.write(Self.header + Self.day("2025-05-12"), to: "d/X_2025-05-12.csv")
        try project.write("/x\n", to: "d/.gitignore")
        let data = project.file("d")
        #expect(try CheckData.run(suite: suite, data: [data], market: nil, session: session).items.count == 1)
        try project.write("HDF", to: "d/X_2025-05-13.h5")
        let report = try CheckData.run(suite: suite, data: [data], market: nil, session: session)
        #expect(report.isPassed && report.items.last?.name == "files_read" && report.items.last?.status == .warned)
        #expect(report.items.last?.evidence == ["d/X_2025-05-13.h5"], "\(report)")
    }
}
