import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// Features of order books that are no LOBSTER files.
@Suite struct BookFeaturesTests {
    private let project: TestProject

    init() throws {
        project = try TestProject(.features)
        try project.write(
            "schemaVersion: 1\nzone: UTC\ncalendar: always\npriceDecimals: 2\n", to: "books.yaml")
        try Paths.makeDirectory(project.file("Data/books/deep"))
    }

    private func quotes(_ instruments: [String], day: Int, rows: Int = 60) -> String {
        let header = "time,receive_time,known_time,sequence,instrument,file,position,bid,bid_size,ask,ask_size,venue\n"
        return header
            + (0..<rows).map { row in
                let second = row < 10 ? "0\(row)" : "\(row)", name = instruments[row % instruments.count]
                let time = "2024-08-0\(day)T14:00:\(second)Z"
                return "\(time),,\(time),,\(name),q,\(row + 1),1\(row % 7).50,3,2\(row % 5).25,4,\n"
            }.joined()
    }

    private func build(_ features: String, levels: Int = 1, data: String = "Data/books") throws -> BuildFeatures.Outcome
    {
        try project.write(
            """
            schemaVersion: 1
            input: book
            levels: \(levels)
            hours: all
            resetAtSession: false
            features: {\(features)}
            label: {kind: smoothed-future, horizon: 3, threshold: 0.0001}
            """, to: "books-features.yaml")
        return try BuildFeatures.run(
            spec: project.file("books-features.yaml"), data: project.file(data), market: project.file("books.yaml"),
            quality: nil, output: project.file("out/books.safetensors"), threads: 2, session: project.session)
    }

    @Test("several instruments of one file and days of one instrument in several, with what was assumed")
    func build() throws {
        try project.write(quotes(["AAA", "BBB"], day: 7), to: "Data/books/deep/7.csv")
        try project.write(quotes(["BBB"], day: 8), to: "Data/books/8.csv")
        let made = try build("m: mid, s: spread")
        #expect(made.instruments == 2 && made.bars == 120 && made.rows == 120 && made.features == ["m", "s"])
        #expect(
            project.code { _ = try build("t: trade_sign") } == "features.no-trades"
                && project.code { _ = try build("m: mid", levels: 2) } == "features.levels")
        // Two files with the same hour of one instrument.
        try project.write(quotes(["BBB"], day: 8), to: "Data/books/again.csv")
        #expect(project.code { _ = try build("m: mid") } == "data.instrument-files")
        #expect(project.code { _ = try build("m: mid", data: "Data/books/nothing") } == "file.missing")
    }

    @Test("a file without books among them is refused, not passed over")
    func others() throws {
        try project.write(quotes(["AAA"], day: 7), to: "Data/books/7.csv")
        try project.write("nothing\n", to: "Data/books/notes.txt")
        #expect(project.code { _ = try build("m: mid") } == "data.unread-files")
    }
}
